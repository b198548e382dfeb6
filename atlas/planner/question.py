"""A question with its own lists, as arrays for the solver."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

import numpy as np
import pandas as pd

from atlas.own_files.lists import ListSource, PlanningList, Zones
from atlas.planner.candidates import (
    Candidates,
    about_services,
    existing_services,
    listed_candidates,
    outside_zones,
    shipped_candidates,
    some_names,
)
from atlas.planner.demand import MINING_WITHIN_KM, Demand, demand_for
from atlas.planner.document import percent
from atlas.planner.document import rounded_amount as in_words
from atlas.planner.plan_question import MOST_SITES, PlanQuestion
from atlas.planner.reach import Areas, areas_for
from atlas.planner.ways import SERVICE_KM, Ways, ways_of
from atlas.results.places import area_name, places
from atlas.results.regions import department_name
from atlas.words import Message, message
from geo.errors import UserError
from geo.siting.problem import SitingProblem
from geo.siting.solver import InfeasibleError

MOST_RESAMPLES = 10_000
"""of the demand, each some 20 ms of work."""
KNOWN_PART = 0.9
"""share of a department's demand whose places a table of minutes has to name before anything is
said of the department"""


_MOSTLY_ZONES = 0.5
"""share of the demand inside zones from which a plan asks whether they are meant"""
_NAMED_PROVINCES = 6
"""of zones in one line; more are counted"""


@dataclass(frozen=True, slots=True, eq=False)
class OwnFiles:
    """Own lists of a planner; only their counts are printed."""

    candidates: pd.DataFrame | None = None
    services: pd.DataFrame | None = None
    travel_times: pd.DataFrame | None = None
    zones: Zones | None = None
    areas: pd.DataFrame | None = None
    """within reach of places, as :func:`atlas.own_files.reach_areas.read_areas` leaves them."""
    demand: Demand | None = None
    """own demand instead of the request's code (:func:`atlas.planner.demand.own_demand`)."""
    sources: tuple[ListSource, ...] = ()
    """the lists that a plan obeys: it says so on the page and in every file."""

    @property
    def digest(self) -> str:
        """Hash of all lists, the key under which a session stores plans."""
        mark = hashlib.sha256()
        for table in (self.candidates, self.services, self.travel_times, self.areas):
            content = (
                b"|" if table is None else table.to_csv(index=False).encode("utf-8", "replace")
            )
            mark.update(content)
        if self.zones is not None:
            mark.update(self.zones.wkb.encode())
        mark.update(repr(self.sources).encode("utf-8", "replace"))
        if self.demand is not None:
            mark.update(self.demand.unit.encode() + self.demand.weight.tobytes())
        return mark.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request with its arrays."""

    request: PlanQuestion
    demand: Demand
    candidates: Candidates
    problem: SitingProblem
    sites: int
    """how many are chosen; with a budget at most."""
    assumptions: tuple[Message, ...]
    lists: tuple[ListSource, ...] = ()
    in_zone: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    """shape (n,), bool: places of demand in an excluded zone, whether people come out or stay."""
    zones: Mapping[str, int] | None = None
    """of excluded zones: count, holes that the buffer leaves open, holes_closed that it does not,
    candidates_away, and of a question with services services_away; None without zones."""
    shipped_services: pd.DataFrame = field(default_factory=pd.DataFrame)
    """longitude and latitude of the shipped services that count."""
    areas: Areas | None = None
    """of a planner's file, by the candidates that it names."""
    only: tuple[str, ...] = ()
    """codes of the departments that a table of minutes knows, where it does not know all that was
    asked for; of the others nothing is said."""
    without: tuple[str, ...] = ()
    """codes of these others."""
    notes: tuple[Message, ...] = ()
    """what a table of minutes does not name, to stand with the headline."""
    is_unknown: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    """shape (n,), bool: places that a table of minutes does not name."""
    surrounded: frozenset[str] = frozenset()
    """codes of the candidates inside a hole of a zone."""

    @property
    def demand_in_zones(self) -> float:
        """Demand in excluded zones, in its unit."""
        return float(self.demand.weight[self.in_zone].sum())

    @property
    def demand_unknown(self) -> float:
        """Demand of places for which no travel times are known."""
        return float(self.demand.weight[self.is_unknown].sum())


def own_files(lists: Mapping[str, PlanningList]) -> OwnFiles:
    """Return the usable lists of a session for the planner; demand is chosen apart."""
    usable = {task: own_list for task, own_list in lists.items() if own_list.is_usable}
    rows = {task: own_list.rows for task, own_list in usable.items()}
    return OwnFiles(
        candidates=rows.get("candidates"),
        services=rows.get("services"),
        travel_times=rows.get("travel_times"),
        areas=rows.get("areas"),
        zones=usable["zones"].zones if "zones" in usable else None,
        sources=tuple(part for own_list in usable.values() for part in own_list.parts),
    )


def question_for(request: PlanQuestion, own: OwnFiles | None = None) -> Question:
    """Return arrays, candidates and assumptions of a request; UserError if no plan is possible."""
    files = own or OwnFiles()
    asked = _resolve(request, files)
    sites, problem = _problem(request, files, asked)
    away, lists = asked.service_is_away, _sources(files, asked)
    question = Question(
        request=request,
        demand=asked.demand,
        candidates=asked.candidates,
        problem=problem,
        sites=sites,
        assumptions=(),
        lists=lists,
        in_zone=asked.in_zone,
        zones=asked.zones,
        shipped_services=asked.services[~away & ~asked.services["is_own"]],
        areas=_areas(request, files, asked.candidates, problem),
        only=asked.only,
        without=asked.without,
        notes=asked.notes,
        is_unknown=~asked.ways.is_known & (asked.demand.weight > 0),
        surrounded=_surrounded(files.zones, asked.candidates),
    )
    notes = [*about_services(asked.services, ~away), *asked.ways.assumptions]
    return replace(question, assumptions=tuple(_assumptions(question, files, notes)))


@dataclass(frozen=True, slots=True, eq=False)
class _Resolved:
    """A request resolved to its demand, places and distances."""

    demand: Demand
    only: tuple[str, ...]
    without: tuple[str, ...]
    notes: tuple[Message, ...]
    """these as :class:`Question` has them."""
    candidates: Candidates
    is_allowed: np.ndarray
    """shape (candidates,), bool."""
    is_outside: np.ndarray
    """shape (candidates,), bool: outside every excluded zone."""
    services: pd.DataFrame
    service_is_away: np.ndarray
    """shape (services,), bool: inside an excluded zone."""
    in_zone: np.ndarray
    zones: dict[str, int] | None
    ways: Ways


def _resolve(request: PlanQuestion, files: OwnFiles) -> _Resolved:
    """Find the places, ways and demand of a request; refuse one that leaves no candidate."""
    is_timed = files.travel_times is not None
    candidates = shipped_candidates(request.candidates)
    if files.candidates is not None:
        candidates = listed_candidates(files.candidates)
    PlanQuestion.require_reach(request.radius, "min" if is_timed else "km")
    reach_km = MINING_WITHIN_KM if is_timed else request.radius
    demand = files.demand or demand_for(request.demand, reach_km)
    if not is_timed:  # the direction of a table is read from all candidates
        candidates = candidates.within(request.departments)
    services = existing_services(request.services, files.services)
    is_outside, in_zone, is_away = outside_zones(
        files.zones, candidates, services, request.buffer_km
    )
    zones = _counts(files.zones, is_outside, request.buffer_km)
    if zones is not None and len(services):
        zones["services_away"] = int(is_away.sum())
    ways = ways_of(files.travel_times, files.candidates, candidates, services[~is_away])
    demand, only, without = _limited(demand, request, ways)
    if request.zone_people == "stay" and in_zone.any() and not demand.weight[~in_zone].any():
        raise UserError("siting.refusal.demand_in_zones")
    is_there = np.ones(len(is_outside), bool)
    if request.departments:
        is_there = np.isin(candidates.department_ubigeo, request.departments)
    is_allowed = is_outside & ways.is_named & is_there
    if not is_allowed.any():
        raise UserError("siting.refusal.no_candidate")
    lost = candidates.name[is_there & ~ways.is_named].tolist()
    notes = _about_names(files, lost, ways)
    return _Resolved(
        *(demand, only, without, notes, candidates, is_allowed, is_outside),
        *(services, is_away, in_zone, zones, ways),
    )


def _surrounded(zones: Zones | None, candidates: Candidates) -> frozenset[str]:
    if zones is None or not zones.holes_km:
        return frozenset()
    is_inside = zones.is_surrounded(candidates.longitude, candidates.latitude)
    return frozenset(candidates.code[is_inside].tolist())


def _about_names(files: OwnFiles, lost: list[str], ways: Ways) -> tuple[Message, ...]:
    """Say which places only a table of towns knows, and which names of a table match nothing.

    Also say which candidates a table of minutes does not name.
    """
    notes = []
    if names := ways.towns:
        km, some = f"{SERVICE_KM:g}", some_names(names)
        notes.append(message("plan.note.towns", names=some, count=len(names), km=km))
    # of the shipped ones nobody expects that a table has all
    if lost and (files.candidates is not None or not ways.towns):
        notes.append(message("plan.note.untimed", names=some_names(lost), count=len(lost)))
    if names := ways.unmatched:
        notes.append(message("plan.note.unmatched", names=some_names(names), count=len(names)))
    return tuple(notes)


def _problem(request: PlanQuestion, files: OwnFiles, asked: _Resolved) -> tuple[int, SitingProblem]:
    """Return the number of sites and the solver's arrays; refuse what no sites could meet."""
    candidates = asked.candidates
    must = [_position(candidates, code) for code in dict.fromkeys(request.must)]
    barred = [_position(candidates, code) for code in request.barred]
    if both := set(must) & set(barred):
        raise UserError("siting.refusal.must_barred", name=str(candidates.name[min(both)]))
    is_allowed = asked.is_allowed.copy()
    is_allowed[barred] = False
    _require_fixed(must, asked)
    sites = _number_of_sites(request, is_allowed, must)
    site_cost = _site_costs(request, files, candidates)
    _require_departments(request, candidates, is_allowed, sites)
    problem = SitingProblem(
        demand=asked.demand.weight,
        cost=asked.ways.cost,
        radius=request.radius,
        unit="km" if files.travel_times is None else "min",
        group=places().department_ubigeo,
        existing_cost=asked.ways.existing,
        is_allowed=is_allowed,
        must=tuple(must),
        capacity=request.capacity,
        min_group_share=request.min_department_share,
        in_zone=asked.in_zone & (request.zone_people == "stay"),
        site_cost=site_cost,
        budget=request.budget,
        site_group=candidates.department_ubigeo,
        groups_with_site=request.cover_departments,
    )
    _require_room(request, problem, sites)
    _require_money(problem)
    return sites, problem


def _areas(
    request: PlanQuestion, files: OwnFiles, candidates: Candidates, problem: SitingProblem
) -> Areas | None:
    """Return the areas of a planner's file by the candidates that may be chosen."""
    if files.areas is None:
        return None
    minutes = None if files.travel_times is None else request.radius
    standing = {*candidates.code[problem.is_allowed].tolist()}
    return areas_for(
        files.areas, candidates, files.candidates, minutes=minutes, is_allowed=standing
    )


def _limited(
    demand: Demand, request: PlanQuestion, ways: Ways
) -> tuple[Demand, tuple[str, ...], tuple[str, ...]]:
    """Return the demand that is requested and known, then known and unknown departments.

    The demand is that of whole departments, or of the towns of a table. Both lists are empty if all
    are known.
    """
    asked = demand.within(request.departments)
    if ways.is_known.all():
        return asked, (), ()
    if ways.towns:
        return asked.at(ways.is_known), (), ()
    codes, of = np.unique(places().department_ubigeo, return_inverse=True)
    total = np.bincount(of, weights=asked.weight)
    named = np.bincount(of, weights=asked.weight * ways.is_known)
    known = codes[(total > 0) & (named >= KNOWN_PART * total)].tolist()
    if not known:
        raise UserError("siting.refusal.times_nowhere", percent=f"{100 * KNOWN_PART:g}")
    without = tuple(code for code in codes[total > 0].tolist() if code not in known)
    return (asked.within(tuple(known)), tuple(known), without) if without else (asked, (), ())


def _assumptions(question: Question, files: OwnFiles, notes: list[Message]) -> list[Message]:
    """Return a plan's assumptions in order; ``notes`` are sentences on services and ways."""
    request, problem, candidates = question.request, question.problem, question.candidates
    assumptions = [*question.demand.assumptions, candidates.description, *notes]

    def assume(key: str, **values: object) -> None:
        assumptions.append(message(key, **values))

    if question.only:
        key, codes = fewer_names(question)
        assume(f"siting.times.departments.{key}", names=", ".join(map(area_name, codes)))
    if question.demand_unknown:
        count = int(question.is_unknown.sum())
        assume("siting.times.unknown", count=count, amount=in_words(question.demand_unknown))
    if request.departments:
        areas = ", ".join(map(area_name, request.departments))
        assume("siting.departments", names=areas, count=f"{len(problem.candidates):,}")
    assume("siting.radius", radius=f"{request.radius:g}", unit=problem.unit)
    if question.zones is not None:
        total = float(question.demand.weight.sum())
        assumptions += about_zones(request, question.zones, question.demand_in_zones, total)
        assumptions += _about_these_zones(files)
    for source in question.lists:
        rows = {"used": f"{source.rows_used:,}", "rows": f"{source.rows:,}"}
        assume(f"siting.list.{source.task}", **rows)
    for key, codes in (("siting.must", request.must), ("siting.barred", request.barred)):
        if codes:
            positions = [_position(candidates, code) for code in codes]
            assume(key, names=", ".join(map(str, candidates.name[positions])))
    if question.areas is not None:
        season = message(f"siting.season.{question.areas.season}")
        assume("siting.areas", season=season, km=f"{question.areas.widened_km:g}")
        if question.areas.idle:
            assume("siting.areas.idle", count=len(question.areas.idle))
    if request.cover_departments:
        names = ", ".join(map(department_name, request.cover_departments))
        assume("siting.cover_departments", names=names)
    if request.capacity is not None:
        assume("siting.capacity", capacity=f"{request.capacity:g}")
        assume("siting.capacity.ways")
    if request.model == "mclp":
        assume(f"siting.second.{request.second}")
    if request.min_department_share:
        assume("siting.equity", percent=f"{100 * request.min_department_share:g}")
    if request.worst_cost is not None:
        assume("siting.worst", worst=f"{request.worst_cost:g}", unit=problem.unit)
    if request.team_cost:
        assume("siting.cost.team")
    if request.budget is not None:
        assume("siting.cost.budget", budget=f"{request.budget:,g}")
    assume("siting.order.cover" if request.model == "mclp" else "siting.order.ways")
    return assumptions


def fewer_names(question: Question) -> tuple[str, tuple[str, ...]]:
    """Return the shorter list of departments: with minutes ("only") or without ("but")."""
    is_but = len(question.without) < len(question.only)
    return ("but", question.without) if is_but else ("only", question.only)


def _counts(zones: Zones | None, is_allowed: np.ndarray, buffer_km: float) -> dict[str, int] | None:
    if zones is None:
        return None
    holes = zones.open_holes(buffer_km)
    return {
        "count": zones.count,
        "holes": holes,
        "holes_closed": len(zones.holes_km) - holes,
        "candidates_away": int((~is_allowed).sum()),
    }


def about_zones(
    request: PlanQuestion, zones: Mapping[str, int], inside: float, total: float
) -> list[Message]:
    """Say how many zones there are, which candidates they exclude and what demand is ``inside``.

    ``zones`` as in :class:`Question`.
    """
    away, share = zones["candidates_away"], inside / total
    counts = {
        "count": zones["count"],
        "away": away,
        "inside": in_words(inside),
        "percent": percent(share),
        "unit": message(f"siting.unit.{request.demand.partition(':')[0]}"),
    }
    km = f"{request.buffer_km:g}"
    sentences = [message("siting.zones", km=km, count=zones["count"])]
    if share >= _MOSTLY_ZONES:
        sentences.append(message("siting.zones.most", percent=percent(share)))
    sentences.append(message("siting.zones.counts" if away else "siting.zones.idle", **counts))
    if zones["holes"]:
        sentences.append(message("siting.zones.holes", count=zones["holes"], km=km))
    if zones["holes_closed"]:
        sentences.append(message("siting.zones.closed", count=zones["holes_closed"], km=km))
    if services := zones.get("services_away"):
        sentences.append(message("siting.zones.services", count=services))
    if inside and request.zone_people == "come":
        sentences.append(message("siting.zones.come"))
    elif inside:
        sentences.append(message("siting.zones.stay"))
        is_asked_of_all = request.worst_cost is not None or request.min_department_share
        if request.model != "mclp" or is_asked_of_all:
            sentences.append(message("siting.zones.others"))
    return sentences


def where_zones_lie(zones: Zones, files: int) -> list[Message]:
    """Say how many zones or districts came in how many files, and in which provinces they lie."""
    if not (names := zones.provinces):
        return []
    counts = {"count": zones.count, "files": files}
    if zones.is_of_districts:
        by_number = len(names) > _NAMED_PROVINCES
        where = {"provinces": len(names)} if by_number else {"names": names}
        return [message(f"siting.zones.districts{'_many' * by_number}", **counts, **where)]
    if len(names) > _NAMED_PROVINCES:
        return [message("siting.zones.where_many", **counts, provinces=len(names))]
    return [message("siting.zones.where", **counts, names=names)]


def _about_these_zones(files: OwnFiles) -> list[Message]:
    """Say where the zones lie, which were widened, and if travel times were made without them."""
    zones, times = files.zones, files.travel_times
    if zones is None:
        return []
    sentences = where_zones_lie(zones, sum(source.task == "zones" for source in files.sources))
    if zones.touched:
        sentences.append(message("siting.zones.provinces", names=zones.touched))
    if zones.widened:
        sentences.append(message("siting.zones.widened", names=zones.widened))
    if times is not None and not ("zones" in times and (times["zones"] == zones.digest).all()):
        sentences.append(message("siting.zones.times"))
    return sentences


def _number_of_sites(request: PlanQuestion, is_allowed: np.ndarray, must: list[int]) -> int:
    """Return how many sites are chosen; with a budget the most."""
    most = int(is_allowed.sum())
    sites = request.sites
    if request.budget is not None:
        sites = min(most, MOST_SITES if sites is None else sites)
    if sites is None:
        raise UserError("siting.refusal.no_number")
    if len(must) > sites:
        raise UserError("siting.refusal.must_too_many", count=len(must), sites=sites)
    return min(sites, most)


def _require_fixed(must: list[int], asked: _Resolved) -> None:
    """Refuse a fixed site that may not be chosen, for its reason."""
    for at in must:
        if not asked.is_allowed[at]:
            why = "excluded" if not asked.is_outside[at] else "untimed"
            why = why if not asked.is_outside[at] or not asked.ways.is_named[at] else "elsewhere"
            raise UserError(f"siting.refusal.must_{why}", name=str(asked.candidates.name[at]))


def _site_costs(request: PlanQuestion, files: OwnFiles, candidates: Candidates) -> np.ndarray:
    """Return the soles of each candidate, with its team; a budget needs all of them."""
    costs = np.full(len(candidates.code), request.team_cost)
    if candidates.cost is not None:
        costs = costs + candidates.cost
        if request.budget is not None and files.candidates is not None:
            lost = files.candidates.loc[files.candidates["cost"].isna(), "line"]
            if len(lost):
                raise UserError("siting.refusal.cost_missing", rows=", ".join(map(str, lost)))
    if request.budget is not None and not np.nan_to_num(costs).any():
        raise UserError("siting.refusal.budget_without_cost")
    return np.nan_to_num(costs, nan=np.inf if request.budget is not None else 0.0)


def _require_departments(
    request: PlanQuestion, candidates: Candidates, is_allowed: np.ndarray, sites: int
) -> None:
    """Refuse more departments than sites, or one without a candidate."""
    codes = request.cover_departments
    if len(codes) > sites:
        names = ", ".join(map(department_name, codes))
        raise UserError("siting.refusal.cover_many", names=names, count=len(codes), sites=sites)
    there = set(candidates.department_ubigeo[is_allowed].tolist())
    if lost := [department_name(code) for code in codes if code not in there]:
        raise UserError("siting.refusal.cover_none", names=", ".join(lost))


def _require_room(request: PlanQuestion, problem: SitingProblem, sites: int) -> None:
    """Refuse teams that together serve less than the least shares."""
    share, capacity = request.min_department_share, request.capacity
    if not share or capacity is None:
        return
    least = ceil(problem.needed / capacity * (1 - 1e-9))
    if least > sites:
        raise InfeasibleError(
            "siting.refusal.capacity_short",
            percent=f"{100 * share:g}",
            needed=f"{problem.needed:,.0f}",
            sites=sites,
            most=f"{sites * capacity:,.0f}",
            least=least,
        )


def _require_money(problem: SitingProblem) -> None:
    """Refuse a budget that does not pay the sites that have to be, or none at all."""
    if problem.budget is None:
        return
    price, group = problem.site_cost, problem.site_group
    must = list(problem.must)
    needed = float(price[must].sum())
    for name in problem.groups_with_site:
        if name not in group[must]:
            needed += float(price[problem.is_allowed & (group == name)].min())
    least = needed or float(price[problem.is_allowed].min())
    if least > problem.budget:
        values = {"budget": f"{problem.budget:,g}", "cost": f"{least:,.0f}"}
        raise UserError(f"siting.refusal.budget_{'few' if needed else 'none'}", **values)


def _sources(files: OwnFiles, asked: _Resolved) -> tuple[ListSource, ...]:
    """Return the lists with their used rows, less services in zones and unmatched minutes."""
    is_own, is_away = asked.services["is_own"].to_numpy(bool), asked.service_is_away
    idle = {"services": int((is_own & is_away).sum()), "travel_times": asked.ways.rows_idle}
    lists = []
    for source in files.sources:
        used = max(source.rows_used - idle.get(source.task, 0), 0)
        idle[source.task] = max(idle.get(source.task, 0) - source.rows_used, 0)
        lists.append(replace(source, rows_used=used))
    return tuple(lists)


def _position(candidates: Candidates, code: str) -> int:
    positions = np.flatnonzero(candidates.code == code)
    if len(positions) == 0:
        near = candidates.nearest(code)
        if near is None:
            raise UserError("siting.refusal.must_unknown", code=repr(code))
        name = str(candidates.name[candidates.code == near][0])
        label = name if name == near else f"{name} ({near})"
        raise UserError("siting.refusal.must_unlike", code=repr(code), near=label)
    return int(positions[0])
