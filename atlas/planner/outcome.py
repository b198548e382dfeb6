"""What a session keeps of a plan, and what a planner asks about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from atlas.drawing.small_maps import small_view
from atlas.planner.demand import places
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.model import FIRST_S, FIRST_SWAPS_S, plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, Question, question_for
from atlas.planner.reach import drawn_areas
from atlas.words import Words
from geo.siting.model import PlanFigures, coverage_curve, coverage_front
from geo.siting.problem import Plan, Stability
from geo.siting.second_objective import Exchange, alternatives, best_exchange
from geo.siting.solver import UnsolvedError
from layers.picture.scene import path_data, rings_of

AS_GOOD = 0.002
"""share of the demand: a candidate that loses no more is as good as the site."""
SURE, LIKELY = 0.8, 0.5
"""shares of the resamples from which a site counts as sure, and as likely."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a site is in the plan: what it does that no site before it does."""

    is_must: bool
    places_added: int
    departments_added: int
    """departments in which these places lie."""
    department: str
    """the one with most of their demand."""
    department_share: float
    shortens: bool
    """whether anybody's way is shorter than it were without the site."""
    others: tuple[str, ...]
    """names of up to three candidates that could stand in its place, best first."""
    others_lose: float
    """share of the demand that the last of these would cover less; 0 where it covers as much."""
    surety: str
    """sure, area (a neighbour would do as well), likely, unsure; empty: fixed or not computed."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome(PlanDocument):
    """A plan with what its page and its print sheet show beside; without the matrices."""

    reasons: tuple[Reason, ...]
    candidates: dict[str, tuple[str, float, float]] = field(repr=False)
    """by code, the candidates that could be added: how they are offered, x and y on the map."""
    services: tuple[tuple[float, float], ...]
    """x and y on the map of the shipped services that count: none that stands in a zone."""


def outcome_of(question: Question, plan: Plan, *, is_searching: bool = False) -> Outcome:
    """Keep what is shown and written of a plan."""
    request, candidates = question.request, question.candidates
    can_be_added = question.problem.is_allowed | np.isin(candidates.code, request.barred)
    can_be_added[list(plan.sites)] = False
    free = np.flatnonzero(can_be_added)
    spots = small_view().project(np.column_stack([candidates.longitude, candidates.latitude])[free])
    document = document_of(question, plan, is_searching=is_searching)
    services = question.shipped_services[["longitude", "latitude"]].to_numpy(float)
    return Outcome(
        **{one.name: getattr(document, one.name) for one in fields(document)},
        reasons=_reasons(question, plan),
        candidates={
            code: (candidate_label(code, str(candidates.name[j])), round(x, 1), round(y, 1))
            for j, (x, y) in zip(free, spots.tolist(), strict=True)
            if (code := str(candidates.code[j]))
        },
        services=tuple(
            (round(x, 1), round(y, 1)) for x, y in small_view().project(services).tolist()
        ),
    )


def first_outcome(request: PlanQuestion, own: OwnFiles) -> Outcome:
    """What a short search finds; where that is not even a first choice, the whole search."""
    limits = {"time_limit_s": FIRST_S, "swaps_s": FIRST_SWAPS_S}
    try:
        question, plan = plan_for(request, own, replicas=0, **limits)  # type: ignore[arg-type]
        return outcome_of(question, plan, is_searching=plan.is_stopped)
    except UnsolvedError:
        return outcome_of(*plan_for(request, own, replicas=0))


def candidate_label(code: str, name: str) -> str:
    """A candidate as it is offered in a list: its town, district and department."""
    here = places()
    at = int(np.searchsorted(here.ubigeo, code))
    if at >= len(here.ubigeo) or here.ubigeo[at] != code:
        return name
    names = dict.fromkeys([str(here.district[at]), str(here.department[at])])
    return f"{name} · {', '.join(one for one in names if one != name) or name}"


def token_of(own: OwnFiles) -> str:
    """A digest of what the planner brought, by which plans are kept."""
    mark = hashlib.sha256()
    for table in (own.candidates, own.services, own.travel_times, own.areas):
        mark.update(b"|" if table is None else table.to_csv(index=False).encode("utf-8", "replace"))
    if own.zones is not None:
        mark.update(own.zones.wkb.encode())
    mark.update(repr(own.sources).encode("utf-8", "replace"))
    if own.demand is not None:
        mark.update(own.demand.unit.encode() + own.demand.weight.tobytes())
    return mark.hexdigest()


def _reasons(question: Question, plan: Plan) -> tuple[Reason, ...]:
    """One reason per site, in the order of opening."""
    here, problem = places(), question.problem
    covers, demand = problem.covers, problem.demand
    covered = problem.is_covered_already.copy()
    found = []
    in_its_place: list[list[tuple[int, float]]] = [[] for _ in plan.sites]
    if plan.model == "mclp" and question.request.is_plain:
        in_its_place = alternatives(problem, plan.sites, loss=AS_GOOD)
    ways = np.column_stack([problem.cost[:, list(plan.sites)], problem.existing_cost])
    for number, site in enumerate(plan.sites):
        without = np.delete(ways, number, axis=1).min(axis=1)
        alike = in_its_place[number][:3]
        new = covers[:, site] & ~covered & (demand > 0)
        covered |= covers[:, site]
        names, at = np.unique(here.department[new], return_inverse=True)
        parts = np.bincount(at, weights=demand[new], minlength=len(names))
        top = int(parts.argmax()) if len(parts) else -1
        found.append(
            Reason(
                is_must=site in problem.must,
                places_added=int(new.sum()),
                departments_added=len(names),
                department=str(names[top]) if top >= 0 else "",
                department_share=float(parts[top] / parts.sum()) if top >= 0 else 0.0,
                shortens=bool(((ways[:, number] < without) & (demand > 0)).any()),
                others=tuple(str(question.candidates.name[j]) for j, _ in alike),
                others_lose=max((lost for _, lost in alike), default=0.0),
                surety="" if site in problem.must else _surety(plan.stability, number),
            )
        )
    return tuple(found)


def _surety(sure: Stability | None, number: int) -> str:
    if sure is None:
        return ""
    chosen = sure.chosen_share[number]
    if chosen >= SURE:
        return "sure"
    if sure.near_share[number] >= SURE:
        return "area"
    return "likely" if chosen >= LIKELY else "unsure"


CURVE_SITES = range(1, 21)
FRONT_STEPS = 4
FRONT_SECONDS = 6.0
"""of each exact search of the front: a page's patience; the gap says what that costs."""
Progress = Callable[[float], None]


CurvePoint = tuple[PlanFigures, float]
"""Figures of so many sites, and the residents whom these, or a service, have within reach."""


def curve_for(
    request: PlanQuestion, own: OwnFiles, counts: Iterable[int]
) -> Iterator[tuple[int, CurvePoint | None]]:
    """The best coverage of each number of sites under the request's conditions, as it is solved."""
    problem, people = question_for(request, own).problem, places().population
    if request.departments:
        people = np.where(np.isin(places().department_ubigeo, request.departments), people, 0.0)
    covers, already = problem.covers, problem.is_covered_already
    for count, found in coverage_curve(problem, counts=counts, time_limit_s=10.0):
        if found is None:
            yield count, None
        else:
            is_reached = covers[:, list(found.sites)].any(axis=1) | already
            yield count, (found, float(people[is_reached].sum()))


def front_for(request: PlanQuestion, own: OwnFiles, progress: Progress) -> tuple[PlanFigures, ...]:
    """Coverage against the farthest place, with as many sites as the request has."""
    problem = replace(question_for(request, own).problem, capacity=None)
    return coverage_front(
        problem,
        request.sites or 1,
        steps=FRONT_STEPS,
        time_limit_s=FRONT_SECONDS,
        progress=progress,
    )


def exchange_for(
    outcome: Outcome, own: OwnFiles, code: str, held: Collection[str]
) -> tuple[str, Exchange] | None:
    """The code of the site that a candidate replaces best in a plan, none that is ``held``, and
    what either reaches."""
    request = outcome.request.changed(barred=tuple({*outcome.request.barred} - {code}))
    question = question_for(request, own)
    codes = question.candidates.code
    found = best_exchange(
        question.problem,
        outcome.plan,
        int(np.flatnonzero(codes == code)[0]),
        held=np.flatnonzero(np.isin(codes, list(held))).tolist(),
        worst_cost=request.worst_cost,
    )
    return None if found is None else (str(codes[found.goes]), found)


LARGEST_DOT, SMALLEST_DOT = 7.0, 0.55
"""Radii in view units; the area is the demand, down to the smallest that can be seen."""


def plan_marks(outcome: Outcome, say: Words) -> dict[str, Any]:
    """Dots, links, sites and services in view units, with the words that a site says."""
    here, view = places(), small_view()
    spots = view.project(np.column_stack([here.longitude, here.latitude]))
    weight, evaluation = outcome.weight, outcome.plan.evaluation
    radius = np.maximum(LARGEST_DOT * np.sqrt(weight / weight.max()), SMALLEST_DOT)
    asks = np.flatnonzero(weight > 0)
    kinds = np.where(evaluation.served >= 0.5, "covered", "missed")
    kinds = np.where(outcome.in_zone, "in_zone", kinds)
    dots = [
        [round(float(spots[i, 0]), 1), round(float(spots[i, 1]), 1), round(float(radius[i]), 2),
         str(kinds[i])]
        for i in asks[np.argsort(-radius[asks], kind="stable")]
    ]  # fmt: skip
    at = {
        position: view.at(site.longitude, site.latitude)
        for position, site in zip(outcome.plan.sites, outcome.sites, strict=True)
    }
    links = "".join(
        f"M{spots[i, 0]:.1f},{spots[i, 1]:.1f}L{x:.1f},{y:.1f}"
        for i, k in np.argwhere(outcome.plan.assigned > 1e-9).tolist()
        for x, y in (at[outcome.plan.sites[k]],)
    )
    sites = []
    for site, (x, y) in zip(outcome.sites, at.values(), strict=True):
        text = say(
            "plan.map.site",
            order=site.order,
            name=site.name,
            department=site.department,
            added=say.percent(site.within_reach_added_share, 1),
            total=say.percent(site.within_reach_share, 1),
        )
        place = {"x": round(x, 1), "y": round(y, 1)}
        names = {"order": site.order, "code": site.code, "name": site.name, "says": text}
        sites.append({**names, **place, "isFixed": site.code in outcome.request.must})
    areas = [path_data(rings_of(one), decimals=2) for one in drawn_areas(outcome.reach, view, 0.06)]
    services = list(outcome.services)
    return {"dots": dots, "links": links, "sites": sites, "services": services, "areas": areas}
