"""The planner put together: a request, files of the planner's own, one plan that says all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache

import numpy as np
import pandas as pd
import shapely

from data import load_services
from data.periods import LATEST_YEAR
from geo.disclosure import gate
from geo.errors import ParameterError
from geo.siting import SitePlan, choose_sites, evaluate
from geo.siting_problem import Model, SitingProblem
from geo.siting_stability import Stability, stability
from geo.travel import (
    DetourFactors,
    great_circle_km,
    land_of,
    travel_km,
    travel_time_matrix,
)
from maps.said import PlanRefusal, Said, said
from maps.siting_candidates import Candidates, district_capitals, listed_candidates, outside_zones
from maps.siting_demand import Demand, demand_for
from maps.siting_places import places

SERVICES = ("none", "listed")
STABILITY_REPLICAS = 200


@dataclass(frozen=True, slots=True)
class SitingRequest:
    """What a planner asks for; hashable, so that a page can cache by it."""

    demand: str = f"complaints:{LATEST_YEAR}"
    """a code of :func:`maps.siting_demand.demand_for`."""
    model: Model = "mclp"
    sites: int | None = 8
    """p; None for lscp only."""
    radius: float = 75.0
    """travelled kilometres, or minutes with a table of travel times."""
    services: str = "none"
    """"none" or "listed": the shipped services count as sites that are there already. Not being
    listed is not the same as not being there."""
    lock_services: bool = False
    """services stand for must-have sites, each at the candidate nearest to it, and count among
    the sites; else they cover beside them."""
    min_population: float = 0.0
    """residents that a district needs to be a candidate."""
    must: tuple[str, ...] = ()
    """UBIGEO (or names of an own list) of candidates that have to be chosen."""
    capacity: float | None = None
    """demand that one site can serve."""
    min_department_share: float = 0.0
    """every department is covered to this share (0 to 1) at least."""
    worst_cost: float | None = None
    """nobody with a way is farther than this from a site or service."""
    factors: DetourFactors = field(default_factory=DetourFactors)
    river_codes: tuple[str, ...] = ("16",)
    """INEI codes of areas that travel by river."""
    buffer_km: float = 0.0
    """distance that sites keep from the excluded zones."""
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class OwnFiles:
    """What the planner brought; nothing of it is kept or printed beyond counts."""

    candidates: pd.DataFrame | None = None
    """as :func:`data.planning_files.read_place_list` returns it."""
    services: pd.DataFrame | None = None
    travel_times: pd.DataFrame | None = None
    """from, to, minutes."""
    zones: tuple[shapely.Geometry, ...] = ()
    """zones where no site may lie, WGS84."""
    demand: Demand | None = None
    """own demand instead of the request's code (:func:`maps.siting_demand.own_demand`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request with its arrays."""

    request: SitingRequest
    demand: Demand
    candidates: Candidates
    problem: SitingProblem
    assumptions: tuple[Said, ...]
    """what the answer rests on, one sentence each; no zone, no place of a service."""


@dataclass(frozen=True, slots=True, eq=False)
class OutreachPlan:
    """The answer to a question."""

    question: Question
    plan: SitePlan
    stability: Stability | None


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
    is_allowed = outside_zones(candidates, files.zones, request.buffer_km)
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
        preference=candidates.population,
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
    if files.zones:
        assumptions.append(
            said(
                "siting.zones",
                km=f"{request.buffer_km:g}",
                count=len(files.zones),
                away=int((~is_allowed).sum()),
            )
        )
    if request.capacity is not None:
        assumptions.append(said("siting.capacity", capacity=f"{request.capacity:g}"))
    if request.min_department_share:
        assumptions.append(said("siting.equity", percent=f"{100 * request.min_department_share:g}"))
    if request.worst_cost is not None:
        assumptions.append(said("siting.worst", worst=f"{request.worst_cost:g}", unit=unit))
    by_cover = request.model in ("mclp", "lscp")
    assumptions.append(said("siting.order.cover" if by_cover else "siting.order.ways"))
    return Question(request, demand, candidates, problem, tuple(assumptions))


def plan_for(
    request: SitingRequest,
    own: OwnFiles | None = None,
    *,
    replicas: int = STABILITY_REPLICAS,
    progress: Callable[[float], None] | None = None,
    time_limit_s: float = 30.0,
) -> OutreachPlan:
    """Choose the sites of a request.

    Parameters
    ----------
    request : SitingRequest
    own : OwnFiles, optional
    replicas : int
        Resamples of the demand for the stability of an MCLP plan; 0 leaves it out.
    progress : callable, optional
        Called with 0 to 1; whatever it raises stops the work.
    time_limit_s : float
        Of the exact search; the plan says when it came first.

    Examples
    --------
    >>> plan = plan_for(SitingRequest(sites=3), replicas=0).plan
    >>> len(plan.sites), plan.gap
    (3, 0.0)
    """
    question = question_for(request, own)
    plan = choose_sites(
        question.problem,
        model=request.model,
        sites=request.sites,
        seed=request.seed,
        worst_cost=request.worst_cost,
        time_limit_s=time_limit_s,
    )
    found = None
    if replicas and request.model == "mclp" and _is_plain(request):
        rng = np.random.default_rng(request.seed)
        found = stability(
            question.problem,
            plan.sites,
            question.demand.resampled(replicas, rng),
            progress=progress,
        )
    return OutreachPlan(question, plan, found)


def compare_demands(
    request: SitingRequest,
    demands: Sequence[str | Demand],
    own: OwnFiles | None = None,
    *,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """The sites of one request, judged by several demands, and how good each could get.

    Parameters
    ----------
    request : SitingRequest
        Its own demand chooses the sites.
    demands : sequence of str or Demand
        Demands that judge them.
    own : OwnFiles, optional
    progress : callable, optional
        Called with 0 to 1 after each demand.

    Returns
    -------
    DataFrame
        One row per demand: demand, unit, coverage_share of the request's sites, best_share of the
        sites that this demand would choose itself, shared_sites (how many of those are the same),
        mean_cost, worst_cost.
    """
    chosen = plan_for(request, own, replicas=0)
    rows = []
    for done, code in enumerate(demands, start=1):
        other = demand_for(code) if isinstance(code, str) else code
        problem = chosen.question.problem.with_demand(other.weight)
        seen = evaluate(problem, chosen.plan.sites)
        best = choose_sites(problem, model=request.model, sites=request.sites, seed=request.seed)
        rows.append(
            {
                "demand": other.code,
                "unit": other.unit,
                "coverage_share": seen.coverage_share,
                "best_share": best.evaluation.coverage_share,
                "shared_sites": len(set(best.sites) & set(chosen.plan.sites)),
                "mean_cost": seen.mean_cost,
                "worst_cost": seen.worst_cost,
            }
        )
        if progress is not None:
            progress(done / len(demands))
    return pd.DataFrame(rows)


def with_sites(request: SitingRequest, sites: int) -> SitingRequest:
    """The same request with another number of sites."""
    return replace(request, sites=sites)


@lru_cache(maxsize=1)
def listed_services() -> pd.DataFrame:
    """The shipped services that stand somewhere: prosecutors, units, urgent care; one a city."""
    table = gate(load_services(), "T1")
    placed = table[table["longitude"].notna() & table["latitude"].notna()]
    return placed.drop_duplicates(["longitude", "latitude"]).reset_index(drop=True)


def _is_plain(request: SitingRequest) -> bool:
    return (
        request.capacity is None
        and request.min_department_share == 0
        and request.worst_cost is None
    )


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
    rivers = said("siting.river", codes=", ".join(request.river_codes))
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
