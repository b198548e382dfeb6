"""The sentences about a plan, the same on the page and on paper."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from math import ceil
from typing import Any

from atlas.own_files.records import MARK
from atlas.planner.demand import department_name
from atlas.planner.document import PlanDocument, Reason, Site
from atlas.planner.plan_question import Control, PlanQuestion
from atlas.planner.question import about_zones
from atlas.planner.reach import some_names
from atlas.words import Words

_ALL = 1e-9
"""from 1: less is rounding of sums"""
_LEAST_PART = 0.0005
"""share of the demand without a way that reads as 0.1 % or more: it stands in the headline"""
_MOST_NAMED = 3
"""departments in a sentence; of more it has their number, and the assumptions their names."""
UNKNOWN_GAP = 1.0
"""From here on a search that was stopped says nothing about the best possible."""

_ZONES = ("counts", "idle", "holes", "closed", "services", "locked", "stay", "come", "others")
ZONE_NOTES = tuple(f"siting.zones.{name}" for name in _ZONES)
"""Assumptions about zones that stand with the figures, on the page and on stderr."""
ZONE_WARNINGS = ("siting.zones.widened", "siting.zones.times")
"""Assumptions about zones that stand in the headline too."""


def wording(document: PlanDocument, say: Words, model: str = "") -> Words:
    """Return the words that fit a plan, by the ending of their messages: _served where a capacity
    limits what is covered, a model (the plan's unless another is named), _estimated."""
    is_served = document.request.capacity is not None
    ending = "_served" if is_served else f"_{model or document.plan.model}"
    return _ending_in(ending, estimating(document, say))


def estimating(document: PlanDocument, say: Words) -> Words:
    """Return the words that call each way an estimate, where it is one."""
    return _ending_in("_estimated", say) if document.request.estimate else say


def _ending_in(ending: str, say: Words) -> Words:
    every = say.catalogue
    fitting = {key.removesuffix(ending): every[key] for key in every if key.endswith(ending)}
    return replace(say, catalogue={**every, **fitting})


def notice(document: PlanDocument, say: Words) -> str:
    """Return what a plan is not for; over invented records that comes first."""
    return (f"{MARK}. " if document.is_invented else "") + say("siting.notice")


def sentence(document: PlanDocument, say: Words) -> str:
    """Say in one sentence what the plan does, beginning with its aim."""
    seen, unit = document.plan.evaluation, document.plan.unit
    say = wording(document, say)
    text = say(
        "plan.sentence",
        sites=len(document.sites),
        of=territory(document, say),
        share=share_text(seen.coverage_share, say, 0),
        reach=share_text(document.share_within_reach, say, 0),
        most=say.number(document.request.capacity or 0),
        unit=document.unit.text(say),
        radius=f"{document.plan.radius:g}",
        measure=way_unit(document, say),
        mean=mean_way(seen.mean_cost, seen.unreachable_share, unit, say),
        worst=way(seen.worst_cost, unit, say),
    )
    if seen.existing_share:  # the teams alone would look better than they are
        text += " " + say("plan.services.share", share=share_text(seen.existing_share, say))
    if is_partial(seen.unreachable_share):
        text += " " + _unreachable(document, say)
    warnings = [each.text(say) for each in document.assumptions if each.key in ZONE_WARNINGS]
    return " ".join([text, *(f"{warning[0].upper()}{warning[1:]}." for warning in warnings)])


def is_partial(unreachable: float) -> bool:
    """Say whether so much of the demand has no way that a mean has to name its part."""
    return unreachable >= _LEAST_PART


def _unreachable(document: PlanDocument, say: Words) -> str:
    share = share_text(document.plan.evaluation.unreachable_share, say)
    return say("plan.unreachable", share=share)


def territory(document: PlanDocument, say: Words) -> str:
    """Return " de Cusco y Puno", the departments whose demand alone counts; "" where all do."""
    names = [department_name(code) for code in document.request.departments]
    if len(names) > _MOST_NAMED:
        return say("plan.territory.many", count=len(names))
    return say("plan.territory", names=say.list(names)) if names else ""


def condition_text(name: str, value: Any, say: Words) -> str:
    """Describe a part of a question that no control shows."""
    control = PlanQuestion.carried(name, Control)[0]
    if control.yes:
        value = control.name(value, say)
    if name == "factors":
        value = tuple(f"{factor:g}" for factor in asdict(value).values())
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    elif isinstance(value, float):
        value = f"{value:g}"
    if name == "worst_cost":
        return say(control.label, value=value)
    return say("plan.carried.one", label=say(control.label), value=value)


def figures(document: PlanDocument, say: Words) -> tuple[tuple[str, str], ...]:
    """Return numbers with their labels, the aim first: covered, missed, in zones if anybody stays
    there, mean and farthest way."""
    seen, say = document.plan.evaluation, wording(document, say)
    reach, of = share_text(document.share_within_reach, say), territory(document, say)
    label = say("plan.figure.of_card", reach=reach) + (f" ({of.strip()})" if of else "")
    unit = document.unit.text(say)
    people = [
        (share_text(seen.coverage_share, say), label),
        (not_nothing(document.missed, say), say("plan.figure.missed", unit=unit)),
    ]
    if document.request.second == "backup":
        people.insert(1, (share_text(seen.twice_share, say), say("plan.figure.twice_card")))
    if document.has_people_in_zones:
        inside = amount(document.demand_in_zones, say)
        people.append((inside, say("plan.figure.in_zones", unit=unit)))
    mean, worst = (
        (way(cost, document.plan.unit, say), way_label(name, seen.unreachable_share, say))
        for name, cost in (("mean", seen.mean_cost), ("worst", seen.worst_cost))
    )
    ways = {"pcenter": (worst, mean), "pmedian": (mean, worst)}.get(document.plan.model)
    return (*ways, *people) if ways else (*people, mean, worst)


def cost_of_plan(document: PlanDocument, say: Words) -> str:
    """Write the cost as a sum to follow on a calculator, and what it leaves of a budget."""
    cost, request, unit = document.cost, document.request, document.travel_unit
    say = estimating(document, say)
    if cost is None:
        return "–"
    count = say("plan.teams", count=len(document.sites))
    parts = [f"{count} × {soles(request.team_cost, say, 4)}"] if request.team_cost else []
    if request.way_cost:
        number = say.number(cost.travelled, 0 if unit == "km" else 1)
        way_told = say(f"plan.cost.{unit}", count=number)
        parts.append(f"{way_told} × {soles(request.way_cost, say, 4)}")
    text = f"{' + '.join(parts)} = {soles(cost.total, say)}"
    if request.budget is not None:
        left = request.budget - cost.total
        key = "plan.cost.left" if left >= 0 else "plan.cost.over"
        values = {"budget": soles(request.budget, say), "left": soles(abs(left), say)}
        text += f". {say(key, **values)}"
    return text


def soles(value: float, say: Words, most: int = 2) -> str:
    """Write an amount of money, with cents if it has any; a price has up to ``most`` decimals."""
    decimals = next((n for n in (0, 2, most) if round(value, n) == value), 2)
    return f"S/\u00a0{say.number(value, decimals)}"


def notes(document: PlanDocument, say: Words) -> tuple[str, ...]:
    """Say how sure the plan is, how near to the best, what exists already, whom it serves worst."""
    seen, worst, say = document.plan.evaluation, document.worst, wording(document, say)
    texts = [f"{say('plan.cost')}: {cost_of_plan(document, say)}."] if document.cost else []
    texts += _of_zones(document, say)
    texts += [_sure(document, say), proof_text(document, say)]
    empty = _uncovered(document)
    if empty > 1:
        texts.append(say("plan.uncovered_departments", count=empty))
    elif worst.share < seen.coverage_share - _ALL:
        share = share_text(worst.share, say, 0)
        texts.append(say("plan.worst_department", department=worst.name, share=share))
    if document.request.capacity is not None and (full := _full_department(document, say)):
        texts.append(full)
    if seen.unreachable_share and not is_partial(seen.unreachable_share):
        texts.append(_unreachable(document, say))
    return (*texts, *reach_notes(document, say))


def reach_notes(document: PlanDocument, say: Words) -> tuple[str, ...]:
    """Say who lives within reach, and within that of several, and what a file of areas lacks."""
    reach, values = document.reach, dict[str, str]()
    values["people"] = say.number(reach.people_of_all(), 0)
    values["shared"] = say.number(reach.people_of_all(least=2), 0)
    texts = [say("plan.reach.people" if reach.has_areas else "plan.reach.places", **values)]
    areas = reach.areas
    if areas is not None and areas.idle:
        values["names"] = some_names(areas.idle)
        texts.append(say("plan.reach.idle", count=len(areas.idle), **values))
    pairs = zip(document.sites, reach.shape, strict=True)
    bare = [site.name for site, shape in pairs if shape is None]
    if bare and areas is not None:
        texts.append(say("plan.reach.bare", names=some_names(bare)))
    return tuple(texts)


def reach_rows(document: PlanDocument, say: Words) -> list[tuple[str, ...]]:
    """Return each site with its residents within reach, those also in reach of another, and km2."""
    reach = document.reach
    held = zip(document.sites, reach.people(), reach.people(least=2), reach.km2, strict=True)
    return [
        (
            f"{site.order} {site.name}",
            say.number(people, 0),
            say.number(shared, 0),
            say.number(km2, 0) if km2 == km2 else "–",
        )
        for site, people, shared, km2 in held
    ]


def _of_zones(document: PlanDocument, say: Words) -> list[str]:
    """Return one note: number of zones, candidates lost, demand inside and what is asked of it."""
    if document.zones is None:
        return []
    every = about_zones(document.request, document.zones, document.demand_in_zones)
    texts = [assumption.text(say) for assumption in every if assumption.key in ZONE_NOTES]
    if document.share_if_they_stay is not None and document.demand_in_zones:
        share = say.percent(document.share_if_they_stay, 1)
        texts.append(say("plan.zone_people.if_they_stay", share=share))
    return [" ".join(f"{text[0].upper()}{text[1:]}." for text in texts)]


def older_text(document: PlanDocument, say: Words) -> str:
    """Say what a plan counts that was made before people inside zones were counted apart."""
    return say(
        "plan.zone_people.older",
        inside=amount(document.demand_in_zones, say),
        unit=document.unit.text(say),
        share=say.percent(document.share_if_they_stay or 0.0, 1),
    )


def _full_department(document: PlanDocument, say: Words) -> str:
    """Name a department that lacks room: its only team is full, or its teams, one of them full,
    serve more than fewer could; of several the one with most missed. "" where none does."""
    most = float(document.request.capacity or 0)
    home = {site.code: site.department_ubigeo for site in document.sites}
    there, load = Counter(home.values()), dict.fromkeys(home.values(), 0.0)
    for pair in document.served:
        if (code := pair.place[:2]) == home[pair.site]:
            load[code] += pair.amount
    is_full = {site.department_ubigeo for site in document.sites if site.load >= most * (1 - 1e-6)}

    def needs_all(code: str) -> bool:
        """Judge by the figures as they are written."""
        if there[code] < 2 or code not in is_full:
            return code in is_full
        return round(load[code], 0 if load[code] >= 100 else 1) > (there[code] - 1) * most

    full = [
        area for area in document.departments if round(area.missed) >= 1 and needs_all(area.code)
    ]
    if not full:
        return ""
    where = max(full, key=lambda department: (there[department.code], department.missed))
    return say(
        f"plan.full.{'one' if there[where.code] == 1 else 'many'}",
        department=where.name,
        demand=say.number(where.demand, 0),
        unit=document.unit.text(say),
        most=f"{most:g}",
        teams=there[where.code],
        load=amount(load[where.code], say),
        missed=say.number(where.missed, 0),
    )


def served_rows(document: PlanDocument, say: Words, *, most: int = 8) -> list[tuple[str, ...]]:
    """Return whom each team serves: site, place, amount and share of the place; the largest
    ``most``, then the rest in one row."""
    rows: list[tuple[str, ...]] = []
    every = document.served
    for site in document.sites:
        mine = [pair for pair in every if pair.site == site.code]
        mine.sort(key=lambda pair: (-pair.amount, pair.place))
        name = f"{site.order} {site.name}"
        rows += [
            (name, pair.place_name, amount(pair.amount, say), share_text(pair.share, say, 0))
            for pair in mine[:most]
        ]
        if left := mine[most:]:
            others = say("plan.served.others", count=say.number(len(left)))
            rows.append((name, others, amount(sum(pair.amount for pair in left), say), ""))
    return rows


def worst_served(document: PlanDocument, say: Words) -> str:
    """Return the department with the least covered, or how many have none."""
    empty, worst = _uncovered(document), document.worst
    if empty > 1:
        return wording(document, say)("plan.uncovered_short", count=empty)
    return f"{worst.name}, {share_text(worst.share, say, 0)}"


def _uncovered(document: PlanDocument) -> int:
    return sum(department.covered <= 0 for department in document.departments)


def question_rows(document: PlanDocument, say: Words) -> tuple[tuple[str, str], ...]:
    """Return the question as names and values: demand, aim, reach, teams, services, seed."""
    plan, request, say = document.plan, document.request, wording(document, say)
    names = [department_name(code) for code in request.departments]
    return (
        (say("plan.demand"), ", ".join(demand_names(request, say))),
        *([(say("plan.departments_only"), say.list(names))] if names else []),
        (say("plan.model"), say(f"plan.model.{plan.model}")),
        (say("plan.asked.reach"), way(request.radius, plan.unit, say)),
        (say("plan.sites"), say.number(len(document.sites))),
        (say("plan.services"), say(f"plan.services.{request.services}")),
        (say("plan.seed"), str(plan.seed)),
    )


def demand_names(request: PlanQuestion, say: Words, ending: str = "") -> list[str]:
    """Name the demand of a question and, where it has one, its period (".short" in short)."""
    kind, _, period = request.demand.partition(":")
    return [say(f"plan.demand.{kind}"), *([say(f"period.{period}{ending}")] if period else [])]


def list_texts(document: PlanDocument, say: Words) -> tuple[str, ...]:
    """Name the lists that a plan obeys, each by its digest and how many rows count."""
    return tuple(
        say(
            f"siting.list.{source.task}",
            digest=source.digest,
            used=say.number(source.rows_used),
            rows=say.number(source.rows),
        )
        for source in document.lists
    )


def site_place(site: Site) -> str:
    """Return kind, district, province and department of a site, each name once."""
    names = [site.district, site.province, site.department]
    others = [name for name in dict.fromkeys(names) if name != site.name]
    if others and site.name.endswith(f"({others[0]})"):
        others = others[1:]
    return ", ".join([*filter(None, [site.kind]), *(others or names[-1:])])


def attainable_text(asked: float, percent: int, is_proven: bool, teams: int, say: Words) -> str:
    """Say to what part every department can be covered, where the asked part is impossible."""
    kind = "none" if percent == 0 else "proven" if is_proven else "found"
    values = {"sites": say("plan.teams", count=teams), "asked": say.percent(asked, 0)}
    return say(f"plan.share.{kind}", **values, percent=percent)


def proof_text(document: PlanDocument, say: Words) -> str:
    """Say how near a plan is to the best possible, and whether the search goes on."""
    gap, request, say = document.plan.gap, document.request, wording(document, say)
    text = gap_text(gap, document.plan.is_stopped, say)
    if gap == 0 and (request.must or request.barred):
        text = say("plan.gap.none_by_hand")
    if document.is_searching:
        return f"{text} {say('plan.gap.searching')}"
    if gap == 0 and document.plan.model == "mclp" and request.second != "none":
        text += " " + say("plan.gap.ways")
    return text


def gap_text(gap: float, is_stopped: bool, say: Words) -> str:
    """Say how much better another choice could be at most."""
    if gap == 0:
        return say("plan.gap.none")
    if gap >= UNKNOWN_GAP:
        return say("plan.gap.unknown")
    return say("plan.gap.stopped" if is_stopped else "plan.gap", gap=share_text(gap, say, 2))


def gap_short(gap: float, say: Words) -> str:
    """Write the gap to the best possible for a cell."""
    if gap >= UNKNOWN_GAP:
        return say("plan.gap.unknown_short")
    return share_text(gap, say, 2 if gap else 0)


def reason_text(reason: Reason, say: Words) -> str:
    """Say in one to three sentences why a site is in the plan."""
    parts = [say("plan.why.must")] if reason.is_must else []
    values = {"count": say.number(reason.places_added), "department": reason.department}
    if reason.places_added == 0:
        parts.append(say("plan.why.nothing"))
        parts += [say("plan.why.shortens")] if reason.shortens else []
    elif reason.departments_added == 1:
        parts.append(say("plan.why.adds_in", **values))
    elif reason.department_share > 0.995:
        parts.append(say("plan.why.adds_nearly", **values))
    else:
        parts.append(say("plan.why.adds", **values, share=say.percent(reason.department_share, 0)))
    if reason.surety:
        parts.append(say(f"plan.why.{reason.surety}"))
    if reason.others:
        names, points = say.list(reason.others), ceil(1000 * reason.others_lose - 1e-6) / 10
        key = "plan.why.others_nearly" if points > 0 else "plan.why.others"
        parts.append(say(key, names=names, points=say.number(points, 1)))
    return " ".join(parts)


def table_columns(document: PlanDocument) -> tuple[str, ...]:
    """Return the figures of a site in the tables of page and paper."""
    # shares within reach ignore the capacity; the headline counts with it
    is_limited = document.request.capacity is not None
    figures = ("load", "added_reach") if is_limited else ("added", "total", "load")
    return figures if document.plan.stability is None else (*figures, "stability")


def department_columns(document: PlanDocument) -> tuple[str, ...]:
    """Return the amounts of a department in the tables of page and paper."""
    return ("missed", *(["in_zones"] if document.has_people_in_zones else []), "covered")


def cell_text(site: Site, column: str, document: PlanDocument, say: Words) -> str:
    if column == "load":
        load, most = amount(site.load, say), document.request.capacity
        return load if most is None else say("plan.load", load=load, most=amount(most, say))
    if column == "stability":
        return (
            say("plan.fixed") if site.is_must_have else share_text(site.chosen_share or 0, say, 0)
        )
    is_total = column == "total"
    return share_text(site.within_reach_share if is_total else site.within_reach_added_share, say)


def amount(value: float, say: Words) -> str:
    """Write an amount of demand: whole numbers, tenths where it is small."""
    return say.number(value, 0 if value >= 100 else 1)


def way(value: float, unit: str, say: Words) -> str:
    """Write a way in kilometres or minutes; a dash where there is none."""
    return say("plan.way", value=say.number(value), unit=unit) if value == value else "–"


def way_unit(document: PlanDocument, say: Words) -> str:
    """Return the unit of ways: km, min, or min as an estimate."""
    return say("plan.estimate.unit") if document.request.estimate else document.plan.unit


def mean_way(value: float, unreachable: float, unit: str, say: Words) -> str:
    """Write a mean or farthest way, with its part where some demand has no way."""
    text, part = way(value, unit, say), _part(unreachable, say)
    return f"{text} ({say('plan.way.part', share=part)})" if part and value == value else text


def way_label(name: str, unreachable: float, say: Words) -> str:
    """Label the "mean" or the "worst" way, with its part where some demand has no way."""
    part = _part(unreachable, say)
    key = f"plan.figure.{name}"
    return say(f"{key}_of_part", share=part) if part else say(key)


def _part(unreachable: float, say: Words) -> str:
    """Return the share that has a way; "" where it reads as all, and a note says the rest."""
    return share_text(1 - unreachable, say) if is_partial(unreachable) else ""


def _sure(document: PlanDocument, say: Words) -> str:
    request, sure = document.request, document.plan.stability
    if sure is not None:
        # residents are no counts of events: their resamples draw places, not reports
        is_counted = request.demand.partition(":")[0] in ("complaints", "eb")
        of_reports = "plan.sure.part" if request.departments else "plan.sure"
        return say(
            of_reports if is_counted else "plan.sure.places",
            low=share_text(sure.coverage_low, say, 0),
            high=share_text(sure.coverage_high, say, 0),
        )
    if request.model != "mclp":
        return say("plan.sure.model")
    if request.is_by_cost:
        return say("plan.sure.cost")
    return say("plan.sure.soon" if request.is_plain else "plan.sure.none")


def sure_detail(document: PlanDocument, say: Words) -> str:
    """Say how the range of the coverage was computed; "" where there is none."""
    sure = document.plan.stability
    if sure is None:
        return ""
    return say(
        "plan.sure.detail",
        resamples=sure.resamples,
        gap=share_text(sure.heuristic_gap, say, 2),
        checks=sure.exact_checks,
    )


def share_text(share: float, say: Words, decimals: int = 1) -> str:
    """Write a share in per cent; more than nothing never reads as 0, less than all never as 100."""
    least = 1 / 10 ** (decimals + 2)
    if 0 < share < least / 2:
        return f"<{say.percent(least, decimals)}"
    if 1 - least / 2 <= share < 1 - _ALL:
        return f">{say.percent(1 - least, decimals)}"
    return say.percent(share, decimals)


def not_nothing(value: float, say: Words) -> str:
    return f"<{say.number(0.1, 1)}" if 1e-6 < value < 0.05 else amount(value, say)
