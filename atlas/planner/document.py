"""A plan without language, made once from the solver's answer; page and files add the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from atlas.drawing.small_maps import small_view
from atlas.planner.candidates import candidate_label
from atlas.planner.demand import department_name, places
from atlas.planner.model import Cost, cost_of
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import ListSource, Question
from atlas.planner.reach import Reach, reach_in_km, reach_in_time
from atlas.words import Message, Words, message
from data.catalogue import figures_edition
from geo.siting.problem import Plan, Stability, plan_of
from geo.siting.second_objective import alternatives


@dataclass(frozen=True, slots=True)
class Site:
    """A chosen candidate; its fields are columns of the files, in their order."""

    order: int
    """of opening, from 1."""
    code: str
    name: str
    kind: str | None
    """None unless an own list has kinds; "" where it has none for the site."""
    district: str
    province: str
    department: str
    department_ubigeo: str
    longitude: float
    latitude: float
    population: float
    town_population: float | None
    is_must_have: bool
    within_reach_added_share: float
    """share of the demand that it adds to the sites before it."""
    within_reach_share: float
    load: float
    """demand that goes there."""
    travelled: float | None
    """kilometres or hours of its round trips, where they have a price."""
    chosen_share: float | None
    """of the resamples; None of a site that is fixed, and without resamples."""
    chosen_near_share: float | None


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
class PlanDocument:
    """A plan as page, print sheet and files show it, without language; it holds no zone."""

    request: PlanQuestion
    plan: Plan = field(repr=False)
    """the solver's answer; its positions count the candidates of the same request."""
    sites: tuple[Site, ...]
    """in the order of opening."""
    reasons: tuple[Reason, ...]
    """why each of these sites is in the plan."""
    candidates: dict[str, tuple[str, float, float]] = field(repr=False)
    """by code, the candidates that could be added: their label, x and y on the map."""
    services: tuple[tuple[float, float], ...]
    """x and y on the map of the shipped services that count: none that stands in a zone."""
    demand: str
    """code of the demand."""
    demand_unit: str
    """as programs read it; people read :attr:`unit`."""
    weight: np.ndarray = field(repr=False)
    """shape (n,), demand of each place."""
    in_zone: np.ndarray = field(repr=False)
    """shape (n,), bool: places in an excluded zone whose people stay there."""
    demand_in_zones: float
    zones: Mapping[str, int] | None
    """counts of the zones (:class:`atlas.planner.question.Question`); None without any."""
    share_if_they_stay: float | None
    """what is covered if the people of zones stay, whom the plan lets come out."""
    rivals: tuple[tuple[str, str, float], ...]
    """code, name and share of the resamples of candidates that were chosen instead."""
    cost: Cost | None
    """None where no price was asked for."""
    reach: Reach
    """within reach of each site, own sites too: in no public file."""
    lists: tuple[ListSource, ...]
    assumptions: tuple[Message, ...]
    is_invented: bool
    figures: str
    """:func:`data.catalogue.figures_edition` when it was made."""
    is_searching: bool = False
    """the search for a better plan goes on."""

    @property
    def ended(self) -> Self:
        """Return the same plan with no search for a better one."""
        return replace(self, is_searching=False)

    def is_same(self, other: PlanDocument) -> bool:
        """Say whether both answer one question with the same sites."""
        return (self.request, self.lists, self.plan.sites) == (
            *(other.request, other.lists, other.plan.sites),
        )

    @property
    def unit(self) -> Message:
        """Name one of the demand: report, resident, ..."""
        return message(f"siting.unit.{self.demand.partition(':')[0]}")

    @property
    def total(self) -> float:
        """The whole demand, in its unit."""
        return float(self.weight.sum())

    @property
    def missed(self) -> float:
        """Demand that no site or service covers, people in zones left out."""
        return float(self.plan.evaluation.groups["missed"].sum())

    @property
    def departments(self) -> tuple[Any, ...]:
        """Each department with demand: code, name, demand, covered, missed, in_zones, share,
        mean_cost (of those who have a way; NaN where nobody has), unreachable."""
        groups = self.plan.evaluation.groups.rename(columns={"group": "code"})
        groups["name"] = groups["code"].map(department_name)
        return tuple(groups.itertuples(index=False, name="Department"))

    @property
    def worst(self) -> Any:
        """The department with the least share covered."""
        code = self.plan.evaluation.worst_group["group"]
        return next(department for department in self.departments if department.code == code)

    @property
    def share_within_reach(self) -> float:
        """Share of the demand that sites and services have within reach, whatever they serve."""
        return float(self.sites[-1].within_reach_share)

    @property
    def has_people_in_zones(self) -> bool:
        """Whether people stay in zones: neither covered nor missed."""
        return self.request.zone_people == "stay" and self.demand_in_zones > 0

    @property
    def travel_unit(self) -> str:
        """Unit of what the sites travel: "km" or "hours"."""
        return "km" if self.plan.unit == "km" else "hours"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the sites, in the order of opening."""
        return tuple(site.code for site in self.sites)

    @property
    def tasks(self) -> set[str]:
        """Kinds of own lists that the plan obeys."""
        return {source.task for source in self.lists}

    @property
    def served(self) -> tuple[Any, ...]:
        """Each place with each site that serves it: place, place_name, longitude, latitude, site,
        site_name, and the share and amount of the place's demand that goes there."""
        towns, assigned = places(), self.plan.assigned
        town, of = np.nonzero(assigned > 1e-9)
        names = np.array([site.name for site in self.sites], object)
        columns = {
            "place": towns.ubigeo[town],
            "place_name": towns.name[town],
            "longitude": towns.longitude[town],
            "latitude": towns.latitude[town],
            "site": np.array(self.codes, object)[of],
            "site_name": names[of],
            "share": assigned[town, of],
            "amount": self.weight[town] * assigned[town, of],
        }
        return tuple(pd.DataFrame(columns).itertuples(index=False, name="Served"))

    def assumption_texts(self, say: Words) -> list[str]:
        """What the plan rests on, in words."""
        return [assumption.text(say) for assumption in self.assumptions]

    def site_values(self, site: Site) -> dict[str, Any]:
        """Return a site by the names of its columns, without those that the plan lacks."""
        values: dict[str, Any] = {name: getattr(site, name) for name in Site.__slots__}
        if self.plan.stability is None:
            del values["chosen_share"], values["chosen_near_share"]
        if site.kind is None:
            del values["kind"]
        is_paid = site.travelled is not None
        return {
            f"travelled_{self.travel_unit}" if name == "travelled" else name: value
            for name, value in values.items()
            if is_paid or name != "travelled"
        }


def document_of(question: Question, plan: Plan, *, is_searching: bool = False) -> PlanDocument:
    """Make the document of a plan; ``is_searching``: a better plan is still sought."""
    request, problem, sure = question.request, question.problem, plan.stability
    candidates = question.candidates
    has_price = bool(request.team_cost or request.way_cost)
    rivals = () if sure is None else sure.rivals
    return PlanDocument(
        request=request,
        plan=plan,
        sites=_sites(question, plan),
        reasons=_reasons(question, plan),
        candidates=_free_candidates(question, plan),
        services=tuple(_on_map(question.shipped_services[["longitude", "latitude"]])),
        demand=question.demand.code,
        demand_unit=question.demand.unit,
        weight=problem.demand,
        in_zone=problem.in_zone,
        demand_in_zones=question.demand_in_zones,
        zones=question.zones,
        share_if_they_stay=_share_if_they_stay(question, plan),
        rivals=tuple(
            (str(candidates.code[j]), str(candidates.name[j]), share) for j, share in rivals
        ),
        cost=cost_of(request, problem, plan) if has_price else None,
        reach=_reach(question, plan),
        lists=question.lists,
        assumptions=question.assumptions,
        is_invented=question.demand.is_invented,
        figures=figures_edition(),
        is_searching=is_searching,
    )


def _sites(question: Question, plan: Plan) -> tuple[Site, ...]:
    towns, candidates, sure = places(), question.candidates, plan.stability
    covered, load = plan.evaluation.existing_share, plan.load(question.problem)
    travelled = plan.travelled(question.problem) / (1 if plan.unit == "km" else 60)
    kinds = candidates.kind if candidates.kind is not None and candidates.kind.any() else None
    rows = []
    for number, (site, added) in enumerate(zip(plan.sites, plan.added_share, strict=True)):
        near, is_must = int(candidates.near[site]), site in question.problem.must
        town = float(towns.town_population[near])
        covered += added
        # every resample has a fixed site: its share means nothing
        is_drawn = sure is not None and not is_must
        rows.append(
            Site(
                order=number + 1,
                code=str(candidates.code[site]),
                name=str(candidates.name[site]),
                kind=None if kinds is None else str(kinds[site]),
                **{
                    name: str(getattr(towns, name)[near])
                    for name in ("district", "province", "department", "department_ubigeo")
                },
                longitude=float(candidates.longitude[site]),
                latitude=float(candidates.latitude[site]),
                population=float(towns.population[near]),
                town_population=town if np.isfinite(town) else None,
                is_must_have=is_must,
                within_reach_added_share=added,
                within_reach_share=covered,
                load=float(load[number]),
                travelled=float(travelled[number]) if question.request.way_cost else None,
                chosen_share=sure.chosen_share[number] if sure and is_drawn else None,
                chosen_near_share=sure.near_share[number] if sure and is_drawn else None,
            )
        )
    return tuple(rows)


def _reach(question: Question, plan: Plan) -> Reach:
    """Return what each site reaches; who stays in a zone is inside no area."""
    request, problem, candidates = question.request, question.problem, question.candidates
    opened, comes = list(plan.sites), ~problem.in_zone[:, None]
    cost = problem.cost[:, opened]
    if plan.unit == "km":
        factor = request.factors.of(candidates.land(request.river_codes)[opened])
        places_of = candidates.longitude[opened], candidates.latitude[opened]
        return reach_in_km(*places_of, plan.radius / factor, np.isfinite(cost) & comes)
    reach = reach_in_time(candidates.code[opened].tolist(), cost <= problem.radius, question.areas)
    return replace(reach, inside=reach.inside & comes)


def _share_if_they_stay(question: Question, plan: Plan) -> float | None:
    """Return the coverage if the people of zones stay whom the plan lets come out."""
    if question.zones is None or question.request.zone_people != "come":
        return None
    problem = replace(question.problem, in_zone=question.in_zone, min_group_share=0.0)
    proof = {name: getattr(plan, name) for name in ("objective", "bound", "is_stopped", "seed")}
    stay = plan_of(problem, plan.model, list(plan.sites), **proof)
    return stay.evaluation.coverage_share


def _free_candidates(question: Question, plan: Plan) -> dict[str, tuple[str, float, float]]:
    candidates = question.candidates
    can_be_added = question.problem.is_allowed | np.isin(candidates.code, question.request.barred)
    can_be_added[list(plan.sites)] = False
    free = np.flatnonzero(can_be_added)
    spots = _on_map(np.column_stack([candidates.longitude, candidates.latitude])[free])
    return {
        code: (candidate_label(code, name), *spot)
        for code, name, spot in zip(
            candidates.code[free].tolist(), candidates.name[free].tolist(), spots, strict=True
        )
    }


def _on_map(degrees: ArrayLike) -> list[tuple[float, float]]:
    """Project longitudes and latitudes, shape (k, 2), to x and y on the small map."""
    spots = small_view().project(np.asarray(degrees, float)).tolist()
    return [(round(x, 1), round(y, 1)) for x, y in spots]


def _reasons(question: Question, plan: Plan) -> tuple[Reason, ...]:
    towns, problem = places(), question.problem
    covers, demand = problem.covers, problem.demand
    covered = problem.is_covered_already.copy()
    reasons = []
    in_its_place: list[list[tuple[int, float]]] = [[] for _ in plan.sites]
    if plan.model == "mclp" and question.request.is_plain:
        in_its_place = alternatives(problem, plan.sites, loss=AS_GOOD)
    ways = np.column_stack([problem.cost[:, list(plan.sites)], problem.existing_cost])
    for number, site in enumerate(plan.sites):
        without = np.delete(ways, number, axis=1).min(axis=1)
        alike = in_its_place[number][:3]
        new = covers[:, site] & ~covered & (demand > 0)
        covered |= covers[:, site]
        names, department_of = np.unique(towns.department[new], return_inverse=True)
        parts = np.bincount(department_of, weights=demand[new], minlength=len(names))
        top = int(parts.argmax()) if len(parts) else -1
        reasons.append(
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
    return tuple(reasons)


def _surety(sure: Stability | None, number: int) -> str:
    if sure is None:
        return ""
    chosen = sure.chosen_share[number]
    if chosen >= SURE:
        return "sure"
    if sure.near_share[number] >= SURE:
        return "area"
    return "likely" if chosen >= LIKELY else "unsure"
