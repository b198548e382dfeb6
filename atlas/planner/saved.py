"""Plans that are kept: taken back from their own file, and held against each other.

A plan's GeoJSON and GeoPackage hold the whole question. Asked again of the same figures and lists
it gives the same plan, and the same bytes, on any machine; a search that was stopped would not, and
its sites and bound are taken from the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from atlas.own_files.isolation import ask_child
from atlas.own_files.planning import TASKS
from atlas.planner.files import PlanSheet, sheet_bytes
from atlas.planner.outcome import Outcome, outcome_of
from atlas.planner.plan_question import MOST_TEXT, PlanQuestion
from atlas.planner.question import MOST_RESAMPLES, ListSource, Question, question_for
from atlas.planner.words import (
    amount,
    cost_of_plan,
    gap_short,
    has_people_in_zones,
    mean_way,
    share_text,
    territory,
    way,
    worst_served,
)
from atlas.tables import json_value, opened_csv
from atlas.words import LANGUAGES, PlanRefusal, Words, words
from data.readers.refusal import Refusal
from data.refreshed import figures_edition
from geo.errors import GeoError
from geo.siting.problem import Plan, plan_of

_FIRST = frozenset(
    {
        *("demand", "model", "sites", "radius", "services", "lock_services", "min_population"),
        *("must", "capacity", "min_department_share", "second", "loss", "worst_cost", "factors"),
        *("river_codes", "buffer_km", "seed"),
    }
)
"""parts of a question that every saved plan has, whatever was added to it since"""
_EDITION, _SHA256 = re.compile("[0-9a-f]{12}"), re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a plan's file says of itself."""

    request: PlanQuestion
    lang: str
    figures: str
    """:func:`data.refreshed.figures_edition` when it was made."""
    sites: tuple[Mapping[str, Any], ...]
    """order, code, name, department and added share of its sites, in the order of opening."""
    stopped: tuple[float, float, str] | None
    """objective, bound and method of a search that was stopped; None where it came to its end."""
    coverage_share: float = 0.0
    resamples: int = 0
    lists: tuple[ListSource, ...] = ()
    counts_zone_people: bool = False
    """made before anybody could say whether people inside zones come out: it lets them."""

    @property
    def tasks(self) -> set[str]:
        """Kinds of the lists that it obeys."""
        return {one.task for one in self.lists}


def open_saved(content: bytes) -> SavedPlan:
    """A plan of its GeoJSON or GeoPackage, which anybody may have made: a child takes it apart.

    PlanRefusal says that it is none of ours, a Refusal why it was not read.
    """
    try:
        values = ask_child(content, "plan")
    except Refusal as refusal:
        if refusal.code in ("no_plan", "empty"):
            raise PlanRefusal("saved_unreadable") from None
        raise
    return saved_plan(values)


def saved_plan(values: Mapping[str, Any]) -> SavedPlan:
    """A plan of the values of its file, or of its sheet; PlanRefusal where one is none of ours."""
    try:
        plan, sites = values["plan"], values["sites"]
        lists = tuple(_list(one) for one in plan.get("lists", []))
        has_zones = any(one.task == "zones" for one in lists)
        is_older = has_zones and "zone_people" not in plan["question"]
        as_it_was = {"zone_people": "come"} if is_older else {}
        saved = SavedPlan(
            request=question_of({**plan["question"], **as_it_was}),
            lang=_one_of(plan["lang"], LANGUAGES),
            figures=_matched(_EDITION, plan["figures"]),
            resamples=_whole(plan.get("stability", {}).get("resamples", 0)),
            lists=lists,
            sites=tuple(_site(one) for one in sites),
            coverage_share=_share(plan["coverage_share"]),
            stopped=_proof(plan) if plan["is_stopped"] else None,
            counts_zone_people=is_older,
        )
        agrees = _agrees(plan, lists)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PlanRefusal("saved_unreadable") from None
    if not agrees:
        raise PlanRefusal("saved_parts")
    if saved.resamples > MOST_RESAMPLES:
        told = {"count": f"{saved.resamples:,}", "most": f"{MOST_RESAMPLES:,}"}
        raise PlanRefusal("saved_resamples", **told)
    return saved


def _agrees(plan: Mapping[str, Any], lists: Sequence[ListSource]) -> bool:
    """Whether a plan counts the zones that its lists have, and names no list beside them.

    What an older plan did not count is not asked of it.
    """
    zones = [one.rows_used for one in lists if one.task == "zones"]
    counted = [_whole(plan["zones"]["count"])] if "zones" in plan else zones
    inside = 0.0 if zones else _number(plan.get("demand_in_zones", 0.0))
    kept_km = 0.0 if zones else _number(plan["question"]["buffer_km"])
    return counted == zones and not inside and not kept_km and not _unlisted(plan, lists)


def _unlisted(plan: Mapping[str, Any], lists: Sequence[ListSource]) -> Counter[str]:
    """Lists that the assumptions name more often than the plan does, by task."""
    catalogue, named = words(plan["lang"]).catalogue, Counter[str]()
    for task in ("records", *TASKS):
        beginning = catalogue[f"siting.list.{task}"].partition("{file}")[0]
        named[task] = sum(_begins(one, beginning) for one in plan.get("assumptions", []))
    return named - Counter(one.task for one in lists)


def _begins(value: Any, beginning: str) -> bool:
    return isinstance(value, str) and value.startswith(beginning)


def is_same_plan(one: Outcome, other: Outcome) -> bool:
    """Whether they answer one question by one choice: a search that went on may find another."""
    lists = [plan.sheets["es"].plan.get("lists") for plan in (one, other)]
    is_asked = one.request == other.request and lists[0] == lists[1]
    return is_asked and one.plan.sites == other.plan.sites


def _proof(plan: Mapping[str, Any]) -> tuple[float, float, str]:
    return _number(plan["objective"]), _number(plan["bound"]), _text(plan["method"])


def as_it_stopped(saved: SavedPlan, question: Question) -> Plan | None:
    """A plan whose search was stopped, its sites judged anew: searched again, it would be another.

    None where its search had ended (it is found again), the figures are others, or its sites are
    none that the question allows.
    """
    problem, codes = question.problem, question.candidates.code
    if saved.stopped is None or saved.figures != figures_edition():
        return None
    chosen = [int(j) for one in saved.sites for j in np.flatnonzero(codes == one["code"])]
    is_allowed = bool(problem.is_allowed[chosen].all()) and set(problem.must) <= set(chosen)
    count = len(set(chosen))
    if not is_allowed or count != len(saved.sites) or saved.request.sites not in (None, count):
        return None
    objective, bound, method = saved.stopped
    return plan_of(
        problem,
        saved.request.model,
        chosen,
        objective=objective,
        bound=bound,
        is_stopped=True,
        seed=saved.request.seed,
        method=method,
    )


def checked(saved: SavedPlan, sheet: PlanSheet, say: Words) -> tuple[str, str]:
    """Whether a saved plan came out as its file has it: "same", "today" (the figures are others) or
    "other", and the sentence."""
    codes, before = [row["code"] for row in sheet.sites], [one["code"] for one in saved.sites]
    now = float(sheet.plan["coverage_share"])
    is_same = codes == before and abs(now - saved.coverage_share) < 1e-6
    kind = "same" if is_same else "today" if saved.figures != figures_edition() else "other"
    told = {
        "was": say.percent(saved.coverage_share, 1),
        "now": say.percent(now, 1),
        "shared": len(set(codes) & set(before)),
        "sites": len(before),
    }
    return kind, say(f"plan.checked.{kind}.text", **told)


_REMADE = ("question", "figures", "objective", "bound", "method", "is_stopped")


def values_to_remake(outcome: Outcome) -> dict[str, Any] | None:
    """A plan in a few plain values; None of one that obeys own lists, which stay here."""
    sheet = outcome.sheets["es"]
    if "lists" in sheet.plan:
        return None
    values = {name: json_value(sheet.plan[name]) for name in _REMADE}
    return {**values, "codes": [site["code"] for site in sheet.sites]}


def remade(values: Mapping[str, Any]) -> Outcome | None:
    """A plan made of these values without a search, its sites judged anew; None where they are none
    of ours, or the figures are others."""
    try:
        saved = SavedPlan(
            request=question_of(values["question"]),
            lang="es",
            figures=_matched(_EDITION, values["figures"]),
            sites=tuple({"code": _text(code)} for code in values["codes"]),
            stopped=_proof(values),
        )
        question = question_for(saved.request)
        plan = as_it_stopped(saved, question)
    except (GeoError, KeyError, TypeError, ValueError, AttributeError):
        return None
    if plan is None:
        return None
    return outcome_of(question, replace(plan, is_stopped=values.get("is_stopped") is True))


def question_of(values: Mapping[str, Any]) -> PlanQuestion:
    """A question of the values of a file; ValueError where one is none of ours.

    What an older file does not know yet has its default: nobody could ask for it then.
    """
    if not set(values) >= _FIRST:
        raise ValueError("other fields")
    for value in values.values():
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, str):
                _text(one)
    return PlanQuestion.model_validate(dict(values))


def lists_apart(
    saved: SavedPlan, sources: Iterable[ListSource]
) -> tuple[list[tuple[ListSource, ListSource | None]], list[ListSource]]:
    """Lists of a plan that are not at hand byte by byte, each with the other file of its task that
    is, and lists at hand that the plan does not obey."""
    left, lost = list(sources), []
    for one in saved.lists:
        same = [other for other in left if (other.task, other.sha256) == (one.task, one.sha256)]
        if same:
            left.remove(same[0])
        else:
            lost.append(one)
    tasks = {one.task for one in lost}
    others = {other.task: other for other in left if other.task in tasks}
    pairs = [(one, others.get(one.task)) for one in lost]
    return pairs, [other for other in left if other.task not in tasks]


def short_name(outcome: Outcome, say: Words) -> str:
    """A plan in a few words."""
    kind, _, period = outcome.request.demand.partition(":")
    sheet = outcome.sheets[say.lang]
    parts = [f"{say(f'plan.demand.{kind}')}{territory(sheet.plan, say)}"]
    parts += [say(f"period.{period}.short")] if period else []
    parts.append(say("plan.teams", count=len(outcome.plan.sites)))
    parts.append(way(outcome.plan.radius, str(outcome.plan.unit), say))
    return " · ".join(parts)


def compared(plans: Sequence[Outcome], say: Words, first: str) -> list[list[str]]:
    """Rows of figures with a column a plan after the name of the figure; ``first`` names the first
    plan. The last row has the conditions that not all of them share."""
    codes = [{row["code"] for row in one.sheets[say.lang].sites} for one in plans]
    asked = [_asked(one, say) for one in plans]
    shared = set(asked[0]).intersection(*asked[1:])
    columns = []
    for one, here, texts in zip(plans, codes, asked, strict=True):
        seen = one.sheets[say.lang].plan
        unit = str(seen["radius_unit"])
        columns.append(
            [
                share_text(seen["coverage_share"], say),
                f"{amount(seen['missed'], say)} {one.unit.text(say)}",
                *(
                    mean_way(seen[f"{name}_{unit}"], seen["unreachable_share"], unit, say)
                    for name in ("mean", "worst")
                ),
                worst_served(one, say),
                say(f"plan.model.{seen['model']}"),
                gap_short(float(seen["gap"]), say),
                cost_of_plan(seen, say) if "cost" in seen else "–",
                "–" if one is plans[0] else say.number(len(here & codes[0])),
                "; ".join(text for text in texts if text not in shared) or "–",
            ]
        )
    some_serve = "_either" * any("capacity" in one.sheets[say.lang].plan for one in plans)
    some_zones = any("zones" in one.sheets[say.lang].plan for one in plans)
    if some_zones:
        for column, one in zip(columns, plans, strict=True):
            seen = one.sheets[say.lang].plan
            inside = amount(seen["demand_in_zones"], say) if has_people_in_zones(seen) else "–"
            column.insert(2, inside)
    names = (
        *(f"figure.{name}{some_serve}" for name in ("covered", "missed_short")),
        *(["figure.in_zones_short"] if some_zones else []),
        *("figure.mean", "figure.worst"),
        *("kept.worst_department", "model", "front.gap", "cost"),
    )
    heads = [*(say(f"plan.{name}") for name in names), say("plan.kept.shared", name=first)]
    heads.append(say("plan.kept.asked"))
    return [
        [f"{head[0].upper()}{head[1:]}", *row] for head, *row in zip(heads, *columns, strict=True)
    ]


def sites_compared(plans: Sequence[Outcome], say: Words) -> list[list[str]]:
    """Rows of sites, those of most plans first: the name, then its number in each plan."""
    orders = [{row["code"]: row for row in one.sheets[say.lang].sites} for one in plans]
    every = {code: row["name"] for rows in reversed(orders) for code, row in rows.items()}
    count = {code: sum(code in rows for rows in orders) for code in every}
    return [
        [str(name), *(str(rows[code]["order"]) if code in rows else "" for rows in orders)]
        for code, name in sorted(every.items(), key=lambda one: (-count[one[0]], str(one[1])))
    ]


def plans_zip(plans: Mapping[str, Outcome], say: Words) -> bytes:
    """The GeoJSON of every plan, and their figures and sites compared, a CSV each; the same plans,
    the same bytes."""
    names, outcomes = list(plans), list(plans.values())
    files = {}
    for number, (name, one) in enumerate(plans.items(), start=1):
        plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")
        files[f"{number}-{plain}.geojson"] = sheet_bytes(one.sheets[say.lang], ".geojson")
    for file, head, rows in (
        ("plans_compared", "figure", compared(outcomes, say, names[0])),
        ("plans_sites", "site", sites_compared(outcomes, say)),
    ):
        heads = [say(f"plan.kept.{head}"), *names]
        files[f"{say(f'file.{file}')}.csv"] = opened_csv(heads, rows)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _asked(outcome: Outcome, say: Words) -> list[str]:
    """All that a plan was asked for with, each in words that tell it from another."""
    sheet = outcome.sheets[say.lang]
    kind, _, period = outcome.request.demand.partition(":")
    demand = [say(f"plan.demand.{kind}"), *([say(f"period.{period}.short")] if period else [])]
    asks = {
        say("plan.demand"): demand,
        say("plan.asked.sites"): [say.number(len(sheet.sites))],
        say("plan.must"): [str(row["name"]) for row in sheet.sites if row["is_must_have"]],
        say("plan.seed"): [str(outcome.request.seed)],
    }
    return [
        *(f"{name}: {', '.join(values)}" for name, values in asks.items() if values),
        *sheet.plan["assumptions"],
    ]


def _list(values: Mapping[str, Any]) -> ListSource:
    return ListSource(
        task=_one_of(values["task"], ("records", *TASKS)),
        file=_text(values["file"]),
        rows=_whole(values["rows"]),
        rows_used=_whole(values["rows_used"]),
        sha256=_matched(_SHA256, values["sha256"]),
    )


def _site(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is told of a site where its plan cannot be made again."""
    texts = {name: _text(values[name]) for name in ("code", "name", "department")}
    share = _share(values["within_reach_added_share"])
    return {**texts, "order": _whole(values["order"]), "within_reach_added_share": share}


def _one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError("none of the choices")
    return value


def _text(value: Any) -> str:
    """A short text that a terminal can show: what we write has no signs that steer one."""
    if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isprintable():
        raise ValueError("no short text")
    return value


def _matched(pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError("of another form")
    return value


def _number(value: Any) -> float:
    # a whole number of JSON has no end, and is no float then
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise ValueError("no number")
    return float(value)


def _share(value: Any) -> float:
    share = _number(value)
    if not abs(share) <= 1:
        raise ValueError("no share")
    return share


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number) or not 0 <= number < 1e9:
        raise ValueError("no whole number")
    return int(number)
