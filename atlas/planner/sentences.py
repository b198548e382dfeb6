"""The sentences and cells about a plan, the same on the page, on paper and in files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor
from typing import Any

from atlas.own_files.records import MARK
from atlas.own_files.report import Report, why_left_out
from atlas.planner.document import PART, Department, LeftOut, PlanDocument, Site, rounded_amount
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import about_zones
from atlas.results.regions import department_name
from atlas.words import Message, Words, message
from data.periods import latest_year

_ALL = 1e-9
"""from 1: less is rounding of sums"""
UNKNOWN_GAP = 1.0
"""From here on a search that was stopped says nothing about the best possible."""

_ZONES = ("most", "counts", "idle", "holes", "closed", "services", "stay", "come", "others")
ZONE_NOTES = tuple(f"siting.zones.{name}" for name in _ZONES)
"""Assumptions about zones that stand with the figures, on the page and on stderr."""
_ZONE_PLACES = ("where", "where_many", "districts", "districts_many")
ZONE_WARNINGS = tuple(f"siting.zones.{name}" for name in (*_ZONE_PLACES, "widened", "times"))
"""Assumptions about zones that stand first of all."""


def notice(document: PlanDocument, say: Words) -> str:
    """Return what a plan must not be used for; first that records are invented, if they are."""
    return (f"{MARK}. " if document.is_invented else "") + say("siting.notice")


def headline(document: PlanDocument, say: Words) -> str:
    """Return the headline of a plan."""
    return document.texts([document.headline], say)[0]


def notes(document: PlanDocument, say: Words) -> list[str]:
    """Return the notes of the headline: numbers, zones, people within reach, price."""
    messages = [*_notes(document), *_about_zones(document)]
    stay = document.coverage_share_if_they_stay
    if stay is not None and document.demand_in_zones:  # only beside zones
        messages.append(message("plan.zone_people.if_they_stay", share=say.percent(stay, 1)))
    texts = [*document.texts(messages, say), *reach_notes(document, say)]
    texts += [cost_text(document, say)] if document.cost else []
    return [f"{text.rstrip('.')}." for text in texts]


def answer_head(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return the page's headline and the line below it; warnings about zones are separate."""
    notes, warned = (
        document.texts(messages, say) for messages in (_notes(document), _about_zones(document))
    )
    return {
        "headline": headline(document, say),
        "notes": " ".join(f"{text.rstrip('.')}." for text in notes),
        "warnings": " ".join(f"{text.rstrip('.')}." for text in warned),
    }


def _notes(document: PlanDocument) -> list[Message]:
    """Return the notes of the headline; during a search without that it has ended."""
    return [
        note
        for note in document.notes
        if not (document.is_searching and note.key.startswith("plan.note.gap"))
    ]


def _about_zones(document: PlanDocument) -> list[Message]:
    """Say in a line or two how zones affect the figures; names are in the assumptions."""
    messages = [each for each in document.assumptions if each.key in ZONE_WARNINGS]
    whole = message("siting.zones.whole")
    messages = [whole if each.key == "siting.zones.widened" else each for each in messages]
    if document.zones is not None:
        inside, total = document.demand_in_zones, document.demand_total
        every = about_zones(document.request, document.zones, inside, total)
        messages += [each for each in every if each.key in ZONE_NOTES]
    return messages


def asked_line(document: PlanDocument, say: Words) -> str:
    """Say in a line what is counted, where, and how far a team goes."""
    request = document.request
    names = [", ".join(demand_names(request, say))]
    if request.demand.endswith(f":{latest_year()}"):
        names[0] += f" ({say('plan.asked.full_year')})"  # the map opens on a newer part of a year
    if request.departments:
        names.append(", ".join(department_name(code) for code in request.departments))
    if request.model == "mclp":
        reach = way(request.radius, document.radius_unit, say)
        names.append(say("plan.asked.within", way=reach))
    return " · ".join(names)


def confidence(document: PlanDocument, say: Words) -> tuple[str, str]:
    """Return the one word for a plan, "" where nothing was varied, and the sentence why."""
    word = say(f"plan.confidence.{document.confidence}") if document.confidence else ""
    return word, document.confidence_why.text(say)


def site_text(site: Site, document: PlanDocument, say: Words) -> str:
    """Say whom a site serves and misses, how sure it is, its women's centre and its price."""
    return " ".join(filter(None, site_parts(site, document, say)))


def site_parts(site: Site, document: PlanDocument, say: Words) -> tuple[str, str, str]:
    """Return what a site serves and costs, what is missed there, and who helps nearby."""
    near = [each for each in site.says if each.key == "plan.site.cem"]
    texts = document.texts([each for each in site.says if each not in near], say)
    texts += [say("plan.site.cost", soles=soles(site.cost, say))] if site.cost else []
    of = {department.department_ubigeo: department for department in document.departments}
    parts = [of[part.department_ubigeo] for part in site.served if part.amount >= PART * site.load]
    missed = [
        say("plan.site.missed", name=department.name, missed=amount(department.missed, say))
        for department in parts
        if department.missed >= 0.5
    ]
    if missed and len(parts) == 1:
        missed = [amount(parts[0].missed, say)]
    text = say("plan.site.not_served", parts=say.list(missed)) if missed else ""
    return " ".join(texts), text, " ".join(document.texts(near, say))


def left_out_text(document: PlanDocument, say: Words) -> list[str]:
    """Say what a plan misses of departments, who reaches the rest, and what inclusion loses."""
    texts = []
    for department in document.left_out:
        what = missed_text(department, document, say)
        key = "plan.left_out.above" if department.verdict == "above" else "plan.left_out"
        details = [
            include_text(department, document, say),
            *about_including(department, document, say),
        ]
        text = say(key, name=department.name, what=what)
        texts.append(" ".join([text, *(f"{each}." for each in details if each)]))
    return texts


def missed_text(department: LeftOut | Department, document: PlanDocument, say: Words) -> str:
    """Say how much of a department is missed, and which sites reach the rest."""
    reached = [
        say("plan.left_out.reached", name=name, amount=amount(served, say))
        for name, served in document.reached_from(department.department_ubigeo)
    ]
    text = missed_count(department, document, say, document.unit.text(say))
    return "; ".join([text, *([say.list(reached)] if reached else [])])


def missed_count(
    department: LeftOut | Department, document: PlanDocument, say: Words, unit: str = ""
) -> str:
    """Say how much of a department is missed, in its unit or short as on a map."""
    missed = amount(document.missed_of(department.department_ubigeo), say)
    total = amount(department.demand, say)
    key = "plan.left_out.missed" if unit else "plan.left_out.count"
    return say(key, missed=missed, amount=total, unit=unit)


def include_text(department: LeftOut, document: PlanDocument, say: Words) -> str:
    """Say how much less a plan with a department covers, "" if it is not offered."""
    if department.cost_to_include is None:
        return ""
    cost, unit = rounded_amount(department.cost_to_include), document.unit.text(say)
    if document.request.model == "mclp" and department.cost_to_include >= 0.05:
        cost = cost if isinstance(cost, str) else cost.text(say)
        return say("plan.left_out.include", cost=cost, unit=unit)
    ways = [
        way(cost, document.radius_unit, say) for cost in (document.mean_cost, department.mean_cost)
    ]
    if ways[0] == ways[1]:
        return say("plan.left_out.include_free")
    return say("plan.left_out.include_ways", before=ways[0], after=ways[1])


def about_including(department: LeftOut, document: PlanDocument, say: Words) -> list[str]:
    """Say which sites leave and enter for a department, what it has, and what was removed."""
    texts = []
    if department.gives_up or department.takes:
        gone = [document.site(code).name for code in department.gives_up]
        texts.append(
            moved_text(gone, department.takes, say, ("plan.left_out.gone", "plan.left_out.came"))
        )
    if department.too_little:
        texts.append(say("plan.left_out.too_little", name=department.too_little))
    if names := [document.candidates[c][0] for c in department.removed if c in document.candidates]:
        names = [name.partition(" · ")[0] for name in names]
        texts.append(say("plan.left_out.removed", names=say.list(names)))
    return texts


def moved_text(gone: Sequence[str], came: Sequence[str], say: Words, keys: tuple[str, str]) -> str:
    """Say which sites leave and which come, each by its message."""
    parts = [
        say(key, names=say.list(names), count=len(names))
        for key, names in zip(keys, (gone, came), strict=True)
        if names
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}"


def cost_text(document: PlanDocument, say: Words) -> str:
    """Write the price as a sum for a calculator, and what is left of a budget."""
    cost, request = document.cost, document.request
    if cost is None:
        return "–"
    teams = message("plan.teams", count=len(document.sites)).text(say)
    parts = [f"{teams} × {soles(request.team_cost, say)}"] if request.team_cost else []
    if cost.places:
        parts.append(say("plan.cost.places", soles=soles(cost.places, say)))
    text = say("plan.cost.sum", total=soles(cost.total, say), parts=" + ".join(parts))
    if cost.budget is not None:
        left = soles(cost.budget - cost.total, say)
        text += " " + say("plan.cost.left", budget=soles(cost.budget, say), left=left)
        text += " " + say("plan.cost.another") if cost.pays_another else ""
    return text


def soles(value: float, say: Words) -> str:
    """Write an amount of money in whole soles."""
    return f"S/\u00a0{say.number(value)}"


def reach_notes(document: PlanDocument, say: Words) -> tuple[str, ...]:
    """Say who is within reach of one or several sites, and where no area is known."""
    key, shared_key = (
        ("plan.reach.people", "plan.reach.people.shared")
        if document.has_areas
        else ("plan.reach.places", "plan.reach.places.shared")
    )
    texts = [message(key, people=rounded_amount(document.people, of_noun=True)).text(say)]
    if document.people_shared >= 0.5:
        texts.append(message(shared_key, shared=rounded_amount(document.people_shared)).text(say))
    bare = [site.name for site in document.sites if site.area is None]
    if bare and document.areas_season is not None:
        texts.append(say("plan.reach.bare", names=say.list(bare)))
    return tuple(texts)


def question_rows(document: PlanDocument, say: Words) -> tuple[tuple[str, str], ...]:
    """Return the question as names and values: demand, aim, reach, teams, services."""
    request = document.request
    names = [department_name(code) for code in request.departments]
    return (
        (say("plan.demand"), ", ".join(demand_names(request, say))),
        *([(say("plan.departments_only"), say.list(names))] if names else []),
        (say("plan.model"), say(f"plan.model.{request.model}")),
        (say("plan.asked.reach"), way(request.radius, document.radius_unit, say)),
        (say("plan.sites"), say.number(len(document.sites))),
        (say("plan.services"), say(f"plan.services.{request.services}")),
    )


def demand_names(request: PlanQuestion, say: Words, ending: str = "") -> list[str]:
    """Name the demand of a question and its period, if any (``ending`` ".short" in short)."""
    kind, _, period = request.demand.partition(":")
    return [say(f"plan.demand.{kind}"), *([say(f"period.{period}{ending}")] if period else [])]


def short_name(document: PlanDocument, say: Words) -> str:
    """Name a plan in a few words."""
    demand, *period = demand_names(document.request, say, ".short")
    teams = say("plan.teams", count=len(document.sites))
    reach = way(document.radius, document.radius_unit, say)
    return " · ".join([demand, *period, teams, reach])


def list_texts(document: PlanDocument, say: Words) -> tuple[str, ...]:
    """Name the lists that a plan obeys, and how many of their rows count."""
    return tuple(
        say(
            f"siting.list.{source.task}",
            used=say.number(source.rows_used),
            rows=say.number(source.rows),
        )
        for source in document.lists
    )


def site_place(site: Site) -> str:
    """Return kind, district, province and department of a site, each name once."""
    names = [site.district, site.province, site.department]
    others = [name for name in dict.fromkeys(names) if name != site.name]
    return ", ".join([*filter(None, [site.kind]), *(others or names[-1:])])


def most_missed_first(departments: Iterable[Department]) -> list[Department]:
    """Sort departments by missed demand, then by code."""
    return sorted(departments, key=lambda area: (-round(area.missed, 6), area.department_ubigeo))


def site_cells(site: Site, document: PlanDocument, say: Words) -> dict[str, str]:
    """Return the figures of a site in the tables of page and paper."""
    most = document.request.capacity
    load = amount(site.load, say)
    stability = "–" if site.kept_share is None else share_text(site.kept_share, say, 0)
    return {
        "load": load if most is None else say("plan.load", load=load, most=amount(most, say)),
        "added": share_text(site.within_reach_added_share, say),
        "stability": say("plan.fixed") if site.is_must_have else stability,
    }


def department_columns(document: PlanDocument) -> tuple[str, ...]:
    """Return the amounts of a department in the tables of page and paper."""
    return ("missed", *(["in_zones"] if document.has_people_in_zones else []), "covered")


def figures(document: PlanDocument, say: Words) -> tuple[tuple[str, str], ...]:
    """Return numbers with their labels: covered, missed, mean and farthest way."""
    unit = document.radius_unit
    ways = [
        (way(cost, unit, say), say(f"plan.figure.{name}"))
        for name, cost in (("mean", document.mean_cost), ("worst", document.worst_cost))
    ]
    missed = (amount(document.missed, say), say("plan.figure.missed", unit=document.unit.text(say)))
    covered = share_text(document.coverage_share, say), say("plan.figure.covered")
    return covered, missed, *ways


def amount(value: float, say: Words) -> str:
    """Write an amount of demand in whole numbers; a part of one is less than one."""
    return say("number.less_than_one") if 0 < value < 0.5 else say.number(floor(value + 0.5))


def way(value: float | None, unit: str, say: Words) -> str:
    """Write a way in kilometres or minutes, from 90 minutes on in hours; a dash for none."""
    if value is None:
        return "–"
    if unit == "min" and value > 90:
        return say("plan.way.hours", value=say.number(value / 60, 1))
    return say("plan.way", value=say.number(value), unit=unit)


def share_text(share: float, say: Words, decimals: int = 1) -> str:
    """Write a share in per cent; more than nothing never reads as 0, less than all never as 100."""
    least = 1 / 10 ** (decimals + 2)
    if 0 < share < least / 2:
        return f"<{say.percent(least, decimals)}"
    if 1 - least / 2 <= share < 1 - _ALL:
        return f">{say.percent(1 - least, decimals)}"
    return say.percent(share, decimals)


def gap_text(gap: float | None, say: Words) -> str:
    """Say how much better another choice could be at most, for a cell."""
    if gap is None or gap >= UNKNOWN_GAP:
        return say("plan.gap.unknown_short")
    return share_text(gap, say, 2 if gap else 0)


def compared(plans: Iterable[PlanDocument], say: Words) -> list[list[str]]:
    """Return rows of figures, a column a plan after the name of the figure."""

    def column(document: PlanDocument) -> dict[str, Any]:
        word, _ = confidence(document, say)
        return {
            "plan.figure.covered": share_text(document.coverage_share, say),
            "plan.figure.missed_short": amount(document.missed, say),
            "plan.figure.mean": way(document.mean_cost, document.radius_unit, say),
            "plan.figure.worst": way(document.worst_cost, document.radius_unit, say),
            "plan.confidence": word or "–",
            "plan.cost": cost_text(document, say),
            "plan.sites": say.list(site.name for site in document.sites),
            "plan.left_out.head": say.list(
                say("plan.left_out.amount", name=department.name, amount=amount(missed, say))
                for department in document.left_out
                if (missed := document.missed_of(department.department_ubigeo))
            )
            or "–",
        }

    columns = [column(document) for document in plans]
    return [[say(key), *(each[key] for each in columns)] for key in columns[0]]


def counted_rows(report: Report, say: Words) -> str:
    """Say how many rows of a file count, and why the others do not."""
    why = why_left_out(report, say)
    counts = {"used": say.number(report.used_count), "rows": say.number(report.row_count)}
    return say("plan.rows_counted" + ("_why" if why else ""), **counts, why=why)
