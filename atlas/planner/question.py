"""A question with its own lists, as arrays for the solver."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from atlas.planner.candidates import (
    Candidates,
    Zones,
    about_services,
    candidate_aliases,
    district_capitals,
    existing_services,
    listed_candidates,
    nearest_candidates,
    outside_zones,
)
from atlas.planner.demand import Demand, area_name, demand_for, nearest_place, places
from atlas.planner.plan_question import TRAVELLED, PlanQuestion
from atlas.planner.reach import Areas, areas_for
from atlas.words import Message, message
from data.context import load_known_connections, load_travel_speeds
from geo.errors import UserError
from geo.siting.problem import SitingProblem, Unit
from geo.siting.solver import InfeasibleError
from geo.siting.travel import (
    LANDS,
    DetourFactors,
    great_circle_km,
    land_of,
    over_road,
    travel_cost,
    travel_time_matrix,
)

MOST_RESAMPLES = 10_000
"""of the demand, each some 20 ms of work."""
MEASURED = {"low": 0.8, "high": 1.8, "rainy": 2.4}
"""How many times an estimated way in the jungle the way over the roads of Madre de Dios lasts, from
the 5th to the 95th of a hundred; ``rainy`` is the high end of the rainy season
(docs/travel-times.md)."""
NEAR_KM = 1.0
"""Farther apart no two places are 0 minutes from each other, however a router rounds."""


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list that a planner brought, as the plan names it."""

    task: str
    """one of :data:`atlas.own_files.planning.LISTS`, or "records" where they are the demand."""
    file: str
    """name of its file, one line without control signs; escape it."""
    rows: int
    rows_used: int
    sha256: str = ""
    """of the bytes that were handed in: a saved plan knows its list again by it."""

    @property
    def digest(self) -> str:
        """What files that leave call the list: its name may be a person's."""
        return self.sha256[:6] or "–"


@dataclass(frozen=True, slots=True, eq=False)
class OwnFiles:
    """What the planner brought; nothing of it is kept or printed beyond counts."""

    candidates: pd.DataFrame | None = None
    services: pd.DataFrame | None = None
    travel_times: pd.DataFrame | None = None
    zones: Zones | None = None
    areas: pd.DataFrame | None = None
    """within reach of places, as :func:`atlas.own_files.zones.read_areas` leaves them."""
    demand: Demand | None = None
    """own demand instead of the request's code (:func:`atlas.planner.demand.own_demand`)."""
    sources: tuple[ListSource, ...] = ()
    """the lists that a plan obeys: it says so on the page and in every file."""

    @property
    def digest(self) -> str:
        """Hash of all lists, by which a session keeps plans."""
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

    @property
    def demand_in_zones(self) -> float:
        """Demand that stands in excluded zones, in its unit."""
        return float(self.demand.weight[self.in_zone].sum())


def question_for(request: PlanQuestion, own: OwnFiles | None = None) -> Question:
    """Make arrays, candidates and assumptions of a request; UserError: no plan is possible."""
    files = own or OwnFiles()
    demand = (files.demand or demand_for(request.demand)).within(request.departments)
    if request.way_cost and demand.code.partition(":")[0] not in TRAVELLED:
        raise UserError("siting.refusal.way_cost")
    if request.estimate and files.travel_times is not None:
        raise UserError("siting.refusal.estimate_times")
    if files.candidates is not None:
        offered = listed_candidates(files.candidates)
    else:
        offered = district_capitals(request.min_population)
    candidates = offered.within(request.departments)
    services = existing_services(request.services, files.services)
    is_allowed, in_zone, is_away = outside_zones(
        files.zones, candidates, services, request.buffer_km
    )
    stays = in_zone & (request.zone_people == "stay")
    if stays.any() and not demand.weight[~stays].any():
        raise UserError("siting.refusal.demand_in_zones")
    if not is_allowed.any():
        raise UserError("siting.refusal.no_candidate")
    must = [_position(candidates, code) for code in request.must]
    counts, locked = ~is_away, None
    if request.lock_services:
        near, is_asked = nearest_candidates(services, candidates, request.departments)
        is_away = is_asked & (is_away | ~is_allowed[near])
        counts = is_asked & ~is_away
        locked = list(dict.fromkeys(near[counts].tolist()))
        must += locked
    must = list(dict.fromkeys(must))
    barred = [_position(candidates, code) for code in request.barred]
    if both := set(must) & set(barred):
        raise UserError("siting.refusal.must_barred", name=str(candidates.name[min(both)]))
    zones = _counts(files.zones, is_allowed, request.buffer_km)
    if zones is not None and len(services):
        zones["services_away"] = int(is_away.sum())
    is_allowed[barred] = False
    _require_enough(request, is_allowed, must)
    unit: Unit = "min" if request.estimate or files.travel_times is not None else "km"
    PlanQuestion.require_reach(request.radius, unit)
    covering = services[counts] if locked is None and len(services) else None
    cost, existing, about_ways = _costs(request, files, offered, candidates, covering)
    problem = SitingProblem(
        demand=demand.weight,
        cost=cost,
        radius=request.radius,
        unit=unit,
        group=places().department_ubigeo,
        existing_cost=existing,
        is_allowed=is_allowed,
        must=tuple(must),
        capacity=request.capacity,
        min_group_share=request.min_department_share,
        in_zone=stays,
    )
    _require_room(request, problem)
    service_notes = about_services(services, counts, locked)
    assumptions = [*demand.assumptions, candidates.description, *service_notes, *about_ways]

    def assume(key: str, **values: object) -> None:
        assumptions.append(message(key, **values))

    if request.departments:
        areas = ", ".join(map(area_name, request.departments))
        assume("siting.departments", names=areas, count=f"{len(candidates.code):,}")
    unit_text = message("plan.estimate.unit") if request.estimate else unit
    assume("siting.radius", radius=f"{request.radius:g}", unit=unit_text)
    if zones is not None:
        inside = float(demand.weight[in_zone].sum())
        assumptions += about_zones(request, zones, inside)
        assumptions += _about_these_zones(files)
    sources = _sources(files, services, is_away)
    for source in sources:
        rows = {"used": f"{source.rows_used:,}", "rows": f"{source.rows:,}"}
        assume(f"siting.list.{source.task}", digest=source.digest, **rows)
    for key, codes in (("siting.must", request.must), ("siting.barred", request.barred)):
        if codes:
            positions = [_position(candidates, code) for code in codes]
            assume(key, names=", ".join(map(str, candidates.name[positions])))
    reached = None
    if files.areas is not None:
        minutes = None if files.travel_times is None else request.radius
        standing = {*candidates.code[is_allowed].tolist()}
        reached = areas_for(
            files.areas, offered, files.candidates, minutes=minutes, is_allowed=standing
        )
        season = message(f"command.word.{reached.season}")
        assume("siting.areas", season=season, km=f"{reached.widened_km:g}")
        if reached.idle:
            assume("siting.areas.idle", count=len(reached.idle))
    if request.capacity is not None:
        assume("siting.capacity", capacity=f"{request.capacity:g}")
        assume("siting.capacity.ways")
    if request.is_by_cost:
        assume("siting.cost.chosen")
    elif request.model == "mclp" and request.second != "none":
        assume(f"siting.second.{request.second}", percent=f"{100 * request.loss:g}")
    if request.min_department_share:
        assume("siting.equity", percent=f"{100 * request.min_department_share:g}")
    if request.worst_cost is not None:
        assume("siting.worst", worst=f"{request.worst_cost:g}", unit=unit)
    if request.team_cost:
        assume("siting.cost.team")
    if request.way_cost:
        assume("siting.cost.ways")
    is_cover = request.model in ("mclp", "lscp")
    assume("siting.order.cover" if is_cover else "siting.order.ways")
    return Question(
        request=request,
        demand=demand,
        candidates=candidates,
        problem=problem,
        assumptions=tuple(assumptions),
        lists=sources,
        in_zone=in_zone,
        zones=zones,
        shipped_services=services[counts & ~services["is_own"]],
        areas=reached,
    )


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


def about_zones(request: PlanQuestion, zones: Mapping[str, int], inside: float) -> list[Message]:
    """Say how many zones there are, which candidates fall away, how much demand stands ``inside``
    and what becomes of it; ``zones`` as :class:`Question` has them."""
    away = zones["candidates_away"]
    counts = {
        "count": zones["count"],
        "away": away,
        "inside": f"{inside:,.{0 if inside >= 100 else 1}f}",
        "unit": message(f"siting.unit.{request.demand.partition(':')[0]}"),
    }
    km = f"{request.buffer_km:g}"
    sentences = [message("siting.zones", km=km, count=zones["count"])]
    sentences.append(message("siting.zones.counts" if away else "siting.zones.idle", **counts))
    if zones["holes"]:
        sentences.append(message("siting.zones.holes", count=zones["holes"], km=km))
    if zones["holes_closed"]:
        sentences.append(message("siting.zones.closed", count=zones["holes_closed"], km=km))
    if services := zones.get("services_away"):
        key = "siting.zones.locked" if request.lock_services else "siting.zones.services"
        sentences.append(message(key, count=services))
    if inside and request.zone_people == "come":
        sentences.append(message("siting.zones.come"))
    elif inside:
        sentences.append(message("siting.zones.stay"))
        is_asked_of_all = request.worst_cost is not None or request.min_department_share
        if request.model != "mclp" or is_asked_of_all:
            sentences.append(message("siting.zones.others"))
    return sentences


def _about_these_zones(files: OwnFiles) -> list[Message]:
    """Say where the zones lie, of which districts the province stands for them, and that a table of
    travel times was not made with them."""
    zones, times = files.zones, files.travel_times
    if zones is None:
        return []
    sentences = [message("siting.zones.provinces", names=zones.touched)] if zones.touched else []
    if zones.widened:
        sentences.append(message("siting.zones.widened", names=zones.widened))
    if times is not None and not ("zones" in times and (times["zones"] == zones.digest).all()):
        sentences.append(message("siting.zones.times"))
    return sentences


def _require_enough(request: PlanQuestion, is_allowed: np.ndarray, must: list[int]) -> None:
    if not is_allowed[must].all():
        raise UserError("siting.refusal.must_excluded")
    if request.sites is not None and len(must) > request.sites:
        raise UserError("siting.refusal.must_too_many", count=len(must), sites=request.sites)
    least = request.sites or 1
    if least > is_allowed.sum():
        raise UserError("siting.refusal.few_candidates", count=int(is_allowed.sum()), sites=least)


def _require_room(request: PlanQuestion, problem: SitingProblem) -> None:
    """Refuse teams that together serve less than the least shares."""
    share, capacity, sites = request.min_department_share, request.capacity, request.sites
    if not share or capacity is None or sites is None:
        return
    needed = problem.needed(share)
    least = ceil(needed / capacity * (1 - 1e-9))
    if least > sites:
        raise InfeasibleError(
            "siting.refusal.capacity_short",
            percent=f"{100 * share:g}",
            needed=f"{needed:,.0f}",
            sites=sites,
            most=f"{sites * capacity:,.0f}",
            least=least,
        )


def _sources(
    files: OwnFiles, services: pd.DataFrame, is_away: np.ndarray
) -> tuple[ListSource, ...]:
    """Return the lists, without the rows of services inside zones."""
    is_own = services["is_own"].to_numpy(bool)
    if not (is_own & is_away).any():
        return files.sources
    used = int((is_own & ~is_away).sum())
    return tuple(
        replace(source, rows_used=used) if source.task == "services" else source
        for source in files.sources
    )


def _costs(
    request: PlanQuestion,
    files: OwnFiles,
    offered: Candidates,
    candidates: Candidates,
    services: pd.DataFrame | None,
) -> tuple[np.ndarray, np.ndarray, list[Message]]:
    """Return ways to each candidate and to the nearest service, and the sentences about them; the
    direction of a table is read from all candidates ``offered``."""
    towns = places()
    existing = np.full(len(towns.ubigeo), np.inf)
    if files.travel_times is not None:
        if services is not None:
            raise UserError("siting.refusal.services_by_time")
        minutes, sentences = _table_minutes(files.travel_times, offered, files.candidates)
        return minutes[:, np.isin(offered.code, candidates.code)], existing, sentences
    kmh = land_speeds() if request.estimate else None
    about = request.factors, request.river_codes, request.estimate
    land = _land_of_places(request.river_codes)
    # nothing of an upload outlives its session
    ways = _ways if files.candidates is None else _ways.__wrapped__
    cost = ways(*about, _ends(candidates, candidates.near, candidates.land(request.river_codes)))
    if services is not None and len(services):
        near = nearest_place(services["longitude"], services["latitude"])
        ways = _ways if files.services is None else _ways.__wrapped__
        existing = ways(*about, _ends(services, near, land[near])).min(axis=1)
    rivers = message("siting.river.none")
    if request.river_codes:
        rivers = message("siting.river", names=", ".join(map(area_name, request.river_codes)))
    name = dict(zip(towns.ubigeo, towns.name, strict=True))
    roads, cut_off = _known_ways()
    about_roads = [
        message(
            "siting.known.road",
            start=name[road.from_ubigeo],
            end=name[road.to_ubigeo],
            km=f"{road.km:g}",
        )
        for road in roads
    ]
    lost = ", ".join(f"{name[code]} ({code})" for code in cut_off)
    sentences = [
        *([message("siting.estimate", **_written({**kmh, **MEASURED}))] if kmh else []),
        message("siting.distance", **_written(asdict(request.factors))),
        message("siting.land"),
        rivers,
        *about_roads,
        message("siting.known.none", places=lost),
        message("siting.known.rest"),
    ]
    return cost, existing, sentences


End = tuple[float, float, int, str]
"""longitude, latitude, position of the nearest place, and land of where a way ends"""


def _ends(spots: Candidates | pd.DataFrame, near: np.ndarray, land: np.ndarray) -> tuple[End, ...]:
    degrees = spots.longitude.tolist(), spots.latitude.tolist()
    return tuple(zip(*degrees, near.tolist(), land.tolist(), strict=True))


@lru_cache(maxsize=3)
def _ways(
    factors: DetourFactors, river_codes: tuple[str, ...], is_estimate: bool, ends: tuple[End, ...]
) -> np.ndarray:
    """Return kilometres, or estimated minutes, from each place to each end, shape (n, ends).

    Kept: a page asks for the same ways at each change of a plan. Shared: read only.
    """
    towns, kmh = places(), land_speeds() if is_estimate else None
    cost_of = partial(travel_cost, factors=factors, kmh=kmh)
    start = [towns.longitude, towns.latitude, _land_of_places(river_codes)]
    longitude, latitude, near, land = (np.array(part) for part in zip(*ends, strict=True))
    end = [longitude, latitude, land]
    cost = cost_of(*start, *end)
    roads, cut_off = _known_ways()
    for road in roads:
        is_end = [towns.ubigeo == code for code in (road.from_ubigeo, road.to_ubigeo)]
        sides = [[part[is_side] for part in start] for is_side in is_end]
        to_one, to_other = (cost_of(*start, *side)[:, 0] for side in sides)
        from_one, from_other = (cost_of(*side, *end)[0] for side in sides)
        over = road.km * (60 / kmh["jungle"] if kmh else 1)
        cost = over_road(
            cost, to_one, to_other, road_km=over, from_one=from_one, from_other=from_other
        )
    for code in cut_off:
        is_cut_off = towns.ubigeo == code
        cost[is_cut_off[:, None] != is_cut_off[near][None, :]] = np.inf
    cost.setflags(write=False)
    return cost


def _known_ways() -> tuple[list[Any], list[str]]:
    """Return the roads of known length, and the codes of places that no way leads to."""
    connections = load_known_connections()
    roads = list(connections[connections["km"].notna()].itertuples())
    return roads, connections.loc[connections["way"] == "none", "from_ubigeo"].tolist()


def _land_of_places(river_codes: tuple[str, ...]) -> np.ndarray:
    towns = places()
    places_of = towns.longitude, towns.latitude, towns.altitude_m, towns.ubigeo
    return land_of(*places_of, river_codes=river_codes)


def _written(numbers: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{number:g}" for name, number in numbers.items()}


@lru_cache(maxsize=1)
def land_speeds() -> dict[str, float]:
    """Return the km/h of estimated minutes for each of LANDS; known roads are driven as the
    jungle's."""
    speeds = load_travel_speeds().set_index("code")["speed_kmh"]
    return {land: float(speeds[land]) for land in LANDS}


def _table_minutes(
    table: pd.DataFrame, offered: Candidates, listed: pd.DataFrame | None
) -> tuple[np.ndarray, list[Message]]:
    """Return the minutes of a table of travel times to each candidate on offer, and the sentences
    about them."""
    towns = places()
    minutes, idle, is_outward = travel_time_matrix(
        table,
        list(towns.ubigeo),
        list(offered.code),
        candidate_aliases(pd.concat([table["from"], table["to"]]), listed),
    )
    _require_ways(minutes, offered)
    sentences = [message("siting.times")]
    sentences.append(message(f"siting.times.{'outward' if is_outward else 'inward'}"))
    has_way = (np.isfinite(minutes) & (minutes > 0)).any(axis=1)
    joined = np.unique(towns.department_ubigeo[has_way])
    if len(joined) < len(np.unique(towns.department_ubigeo)):
        areas = ", ".join(map(area_name, joined.tolist()))
        sentences.append(message("siting.times.departments", names=areas))
    if idle:
        sentences.append(message("siting.times.idle", count=idle))
    return minutes, sentences


def _require_ways(minutes: np.ndarray, offered: Candidates) -> None:
    """Refuse 0 minutes between places that lie apart."""
    towns = places()
    for town, site in np.argwhere(minutes == 0).tolist():
        if towns.ubigeo[town] == offered.code[site]:
            continue
        start = [towns.longitude[town]], [towns.latitude[town]]
        end = [offered.longitude[site]], [offered.latitude[site]]
        km = float(great_circle_km(*start, *end)[0, 0])
        if km > NEAR_KM:
            raise UserError(
                "siting.refusal.zero_minutes",
                place=f"{towns.name[town]} ({towns.ubigeo[town]})",
                site=str(offered.name[site]),
                km=f"{km:,.0f}",
            )


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
