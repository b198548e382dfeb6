"""What a planner asks for, and the files of their own that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from data.periods import LATEST_YEAR
from geo.siting_problem import Model
from geo.travel import DetourFactors
from maps.siting_demand import Demand
from maps.zones import Zones

SERVICES = ("none", "listed")
BUFFER_KM = 10
"""Kilometres kept from excluded zones on the page until the planner says another number."""


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


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list that a planner brought, as the plan names it."""

    task: str
    """one of :data:`records.planning.TASKS`, or "records" where own records are the demand."""
    file: str
    """name of its file: one line, without control or direction signs; escape it like any text."""
    rows: int
    rows_used: int


@dataclass(frozen=True, slots=True, eq=False)
class OwnFiles:
    """What the planner brought; nothing of it is kept or printed beyond counts."""

    candidates: pd.DataFrame | None = None
    """as :func:`data.planning_files.read_place_list` returns it."""
    services: pd.DataFrame | None = None
    travel_times: pd.DataFrame | None = None
    """from, to, minutes."""
    zones: Zones | None = None
    demand: Demand | None = None
    """own demand instead of the request's code (:func:`maps.siting_demand.own_demand`)."""
    sources: tuple[ListSource, ...] = ()
    """the lists that a plan obeys: it says so on the page and in every file."""
