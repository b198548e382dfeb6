"""A planner's request as arrays: demand, candidates, costs, and what the answer rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from data import load_services
from geo.errors import ParameterError
from geo.siting_problem import SitingProblem
from geo.travel import great_circle_km, land_of, travel_km, travel_time_matrix
from maps.said import PlanRefusal, Said, said
from maps.siting_candidates import Candidates, district_capitals, listed_candidates
from maps.siting_demand import Demand, demand_for
from maps.siting_places import area_name, places
from maps.siting_request import SERVICES, ListSource, OwnFiles, SitingRequest
from maps.zones import outside_zones


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request with its arrays."""

    request: SitingRequest
    demand: Demand
    candidates: Candidates
    problem: SitingProblem
    assumptions: tuple[Said, ...]
    """what the answer rests on, one sentence each; no zone, no place of a service."""
    lists: tuple[ListSource, ...] = ()
    """lists that were brought and obeyed."""


def question_for(request: SitingRequest, own: OwnFiles | None = None) -> Question:
    """Arrays, candidates and assumptions of a request.

    Raises
    ------
    ParameterError
        An unknown code, a must-have site that is no candidate, no candidate left.
    """
    files = own or OwnFiles()
    demand = files.demand or demand_for(request.demand)
    here = places()
    if files.candidates is not None:
        candidates = listed_candidates(files.candidates)
    else:
        candidates = district_capitals(request.min_population)
    is_allowed = outside_zones(
        candidates.longitude, candidates.latitude, files.zones, request.buffer_km
    )
    if not is_allowed.any():
        raise PlanRefusal("no_candidate")
    services, told = _services(request, files)
    must = _must(request, candidates)
    if services is not None and request.lock_services:
        must += tuple(_nearest_candidates(services, candidates, is_allowed))
        services, told = None, [*told[:-1], said("siting.services.locked")]
    must = tuple(dict.fromkeys(must))
    if not is_allowed[list(must)].all():
        raise PlanRefusal("must_excluded")
    if request.sites is not None and len(must) > request.sites:
        raise PlanRefusal("must_too_many", count=len(must), sites=request.sites)
    if request.sites is not None and request.sites > is_allowed.sum():
        raise PlanRefusal("few_candidates", count=int(is_allowed.sum()), sites=request.sites)
    unit = "km" if files.travel_times is None else "min"
    cost, existing, how = _costs(request, files, candidates, services)
    problem = SitingProblem(
        demand=demand.weight,
        cost=cost,
        radius=request.radius,
        unit=unit,  # type: ignore[arg-type]
        group=here.department_ubigeo,
        existing_cost=existing,
        is_allowed=is_allowed,
        must=must,
        capacity=request.capacity,
        min_group_share=request.min_department_share,
    )
    assumptions = [
        *demand.assumptions,
        candidates.description,
        *told,
        *how,
        said("siting.radius", radius=f"{request.radius:g}", unit=unit),
    ]
    if files.zones is not None:
        assumptions.append(
            said(
                "siting.zones",
                km=f"{request.buffer_km:g}",
                count=files.zones.count,
                away=int((~is_allowed).sum()),
            )
        )
    assumptions += [
        said(
            f"siting.list.{one.task}",
            file=one.file,
            used=f"{one.rows_used:,}",
            rows=f"{one.rows:,}",
        )
        for one in files.sources
    ]
    if request.capacity is not None:
        assumptions.append(said("siting.capacity", capacity=f"{request.capacity:g}"))
    if request.min_department_share:
        assumptions.append(said("siting.equity", percent=f"{100 * request.min_department_share:g}"))
    if request.worst_cost is not None:
        assumptions.append(said("siting.worst", worst=f"{request.worst_cost:g}", unit=unit))
    by_cover = request.model in ("mclp", "lscp")
    assumptions.append(said("siting.order.cover" if by_cover else "siting.order.ways"))
    return Question(request, demand, candidates, problem, tuple(assumptions), files.sources)


@lru_cache(maxsize=1)
def listed_services() -> pd.DataFrame:
    """The shipped services that stand somewhere: prosecutors, units, urgent care; one a city."""
    table = load_services()
    placed = table[table["longitude"].notna() & table["latitude"].notna()]
    return placed.drop_duplicates(["longitude", "latitude"]).reset_index(drop=True)


def _services(request: SitingRequest, files: OwnFiles) -> tuple[pd.DataFrame | None, list[Said]]:
    if request.services not in SERVICES:
        raise ParameterError(
            f"unknown services {request.services!r}: allowed are {', '.join(SERVICES)} or a file"
        )
    parts, told = [], []
    if request.services == "listed":
        parts.append(listed_services()[["longitude", "latitude"]])
        told.append(said("siting.services.listed", count=len(parts[-1])))
    if files.services is not None:
        own = listed_candidates(files.services)
        parts.append(pd.DataFrame({"longitude": own.longitude, "latitude": own.latitude}))
        told.append(said("siting.services.own", count=len(parts[-1])))
    if not parts:
        return None, [said("siting.services.none")]
    told.append(said("siting.services.covering"))
    return pd.concat(parts, ignore_index=True), told


def _costs(
    request: SitingRequest,
    files: OwnFiles,
    candidates: Candidates,
    services: pd.DataFrame | None,
) -> tuple[np.ndarray, np.ndarray, list[Said]]:
    here = places()
    nothing = np.full(len(here.ubigeo), np.inf)
    if files.travel_times is not None:
        if services is not None:
            raise PlanRefusal("services_by_time")
        minutes, idle = travel_time_matrix(
            files.travel_times, list(here.ubigeo), list(candidates.code)
        )
        told = [said("siting.times")]
        if idle:
            told.append(said("siting.times.idle", count=idle))
        return minutes, nothing, told
    land = land_of(
        here.longitude,
        here.latitude,
        here.altitude_m,
        here.ubigeo,
        river_codes=request.river_codes,
    )
    to_land = candidates.land(request.river_codes)
    cost = travel_km(
        here.longitude,
        here.latitude,
        land,
        candidates.longitude,
        candidates.latitude,
        to_land,
        factors=request.factors,
    )
    existing = nothing
    if services is not None:
        near = nearest_place(services["longitude"].to_numpy(), services["latitude"].to_numpy())
        existing = travel_km(
            here.longitude,
            here.latitude,
            land,
            services["longitude"].to_numpy(float),
            services["latitude"].to_numpy(float),
            land[near],
            factors=request.factors,
        ).min(axis=1)
    factors = {name: f"{value:g}" for name, value in asdict(request.factors).items()}
    rivers = said("siting.river", names=", ".join(map(area_name, request.river_codes)))
    return (
        cost,
        existing,
        [
            said("siting.distance", **factors),
            said("siting.land"),
            rivers if request.river_codes else said("siting.river.none"),
        ],
    )


def _nearest_candidates(
    services: pd.DataFrame, candidates: Candidates, is_allowed: np.ndarray
) -> list[int]:
    free = np.flatnonzero(is_allowed)
    apart = great_circle_km(
        services["longitude"],
        services["latitude"],
        candidates.longitude[free],
        candidates.latitude[free],
    )
    return [int(free[at]) for at in apart.argmin(axis=1)]


def nearest_place(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Position of the place of demand nearest to each point (great circle)."""
    here = places()
    return great_circle_km(longitude, latitude, here.longitude, here.latitude).argmin(axis=1)


def _must(request: SitingRequest, candidates: Candidates) -> tuple[int, ...]:
    found = []
    for code in request.must:
        at = np.flatnonzero(candidates.code == code)
        if len(at) == 0:
            raise PlanRefusal("must_unknown", code=repr(code))
        found.append(int(at[0]))
    return tuple(found)
