"""Turn documented routes into corridors between departments, for public maps.

No town, no waypoint and no course: a corridor joins two departments, and it is drawn only if one
of its routes is of high confidence or if two independent publications state it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from geo.privacy.provenance import Tiered, derive
from geo.privacy.public_lists import PUBLIC_PRODUCTS

CORRIDOR_COLUMNS = PUBLIC_PRODUCTS["department_corridors"]
MIN_SOURCES = 2
"""Independent publications that carry a corridor without a route of high confidence."""

_REGION_STATED = frozenset({"stated", "region capital used as proxy"})
_ONE_ORGANISATION = "CHS"
_NOT_TRAFFICKING = "migrant smuggling"
_ORIGIN_UNKNOWN = "not stated"


class _Route(NamedTuple):
    """A route as its source states it."""

    route_id: str
    origin: str
    transit: str | None
    destination: str
    purpose: str
    confidence: str
    geometry_class: str
    source_id: str
    source_title: str


@dataclass(frozen=True, slots=True)
class _Stop:
    """A department that a source names, in the order of a route's branch."""

    department: str | None
    """INEI code; None abroad."""
    name: str | None
    modes: frozenset[str]
    """how one gets there: road, river; empty where the source does not say."""
    is_destination: bool


def department_corridors(
    routes: Tiered[pd.DataFrame], waypoints: Tiered[pd.DataFrame]
) -> Tiered[pd.DataFrame]:
    """Return the corridors between departments that may be drawn in public.

    A route is read as its sources state it: origin, then the departments passed, in order, then
    each destination from the last department passed. Loreto - Ucayali - Huánuco - Lima is three
    corridors and not one from Loreto to Lima; its further destinations Moquegua and Tacna are
    reached from Huánuco, because several destinations are a choice and not a sequence.

    Not corridors: what stays within one department, a leg that begins or ends abroad, a
    department that only helps to draw a line (no source names it), sets of origins and
    destinations without pairs, a route whose origin is not stated, and the smuggling of migrants.

    Parameters
    ----------
    routes : Tiered
        route_id, origin, transit, destination, purpose, confidence, geometry_class, source_id,
        source_title.
    waypoints : Tiered
        route_id, branch, sequence, place, country, basis, leg_mode, department_ubigeo,
        department.

    Returns
    -------
    Tiered
        One row per directed pair, sorted by codes, without coordinates. ``route_count`` routes;
        ``source_count`` independent publications (all reports of CHS Alternativo count as one);
        ``confidence`` the best of its routes, "high" or "medium"; ``mode`` "road", "river",
        "river and road", missing where no source says; ``source_ids`` keys of sources.csv,
        separated by "; ". Tier and card are derived from both inputs.

    Raises
    ------
    DisclosureError
        An input that is a plain frame.

    Examples
    --------
    >>> card = {"name": "routes", "licence": "CC0-1.0", "sources": [{"title": "made up"}]}
    >>> routes = pd.DataFrame({
    ...     "route_id": ["R1"], "origin": ["Iquitos"], "transit": ["Pucallpa"],
    ...     "destination": ["La Pampa"], "purpose": ["sexual exploitation"],
    ...     "confidence": ["high"], "geometry_class": ["path"], "source_id": ["S1"],
    ...     "source_title": ["made up"]})
    >>> stops = pd.DataFrame({
    ...     "route_id": "R1", "branch": 1, "sequence": [1, 2, 3], "country": "PE",
    ...     "place": ["Iquitos", "Pucallpa", "La Pampa"], "basis": "stated",
    ...     "leg_mode": [None, "river Ucayali", "road"],
    ...     "department_ubigeo": ["16", "25", "17"],
    ...     "department": ["Loreto", "Ucayali", "Madre de Dios"]})
    >>> from geo.privacy.provenance import Tier
    >>> found = department_corridors(*(Tiered(part, Tier.T0, card) for part in (routes, stops)))
    >>> found.frame[["origin", "destination", "source_count", "mode"]].to_numpy().tolist()
    [['Loreto', 'Ucayali', 1, 'river'], ['Ucayali', 'Madre de Dios', 1, 'road']]
    """
    rows = routes.frame[[*_Route._fields]].itertuples(index=False, name=None)
    by_id = {route.route_id: route for route in map(_Route._make, rows)}
    names: dict[str, str] = {}
    routes_of: defaultdict[tuple[str, str], set[_Route]] = defaultdict(set)
    modes_of: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for route_id, stops in waypoints.frame.groupby("route_id", sort=True):
        route = by_id[str(route_id)]
        if not _states_pairs(route, stops):
            continue
        for start, end, modes in _legs(route, stops):
            if not (start.department and end.department) or start.department == end.department:
                continue
            names |= {start.department: str(start.name), end.department: str(end.name)}
            pair = start.department, end.department
            routes_of[pair].add(route)
            modes_of[pair] |= modes
    legs = [_row(pair, names, modes_of[pair], routes_of[pair]) for pair in sorted(routes_of)]
    frame = pd.DataFrame(legs, columns=list(CORRIDOR_COLUMNS))
    carried = (frame["confidence"] == "high") | (frame["source_count"] >= MIN_SOURCES)
    corridors = frame[carried].reset_index(drop=True)
    return derive(corridors, routes, waypoints, name="department_corridors")


def _states_pairs(route: _Route, stops: pd.DataFrame) -> bool:
    """Return whether the source states who travels where, and that it is trafficking."""
    if route.origin == _ORIGIN_UNKNOWN or route.purpose.startswith(_NOT_TRAFFICKING):
        return False
    if route.geometry_class == "path":
        return True
    ends = stops.sort_values("sequence").groupby("branch")["department_ubigeo"]
    # several origins and several destinations: the source gives sets, the pairs are the drawer's
    return 1 in (ends.nth(0).nunique(dropna=False), ends.nth(-1).nunique(dropna=False))


def _legs(route: _Route, stops: pd.DataFrame) -> Iterator[tuple[_Stop, _Stop, frozenset[str]]]:
    """Yield the stated steps of every branch, with the modes of travel between them."""
    for _, branch in stops.sort_values("sequence").groupby("branch", sort=True):
        stated = _stated_stops(route, branch)
        last = max((i for i, stop in enumerate(stated) if not stop.is_destination), default=0)
        for start, end in pairwise(stated[: last + 1]):
            yield start, end, end.modes
        modes: frozenset[str] = frozenset()
        for end in stated[last + 1 :]:
            modes |= end.modes
            yield stated[last], end, modes


def _stated_stops(route: _Route, branch: pd.DataFrame) -> list[_Stop]:
    """The stops whose department a source names; helpers of the drawing lend only their mode."""
    destinations = _listed(route.destination)
    named = _listed(route.origin) | _listed(route.transit) | destinations
    stops: list[_Stop] = []
    modes: frozenset[str] = frozenset()
    records = branch.to_dict("records")
    for position, stop in enumerate(records):
        modes |= _modes(stop["leg_mode"])
        abroad = stop["country"] != "PE"
        if not (abroad or stop["basis"] in _REGION_STATED or stop["department"] in named):
            continue
        is_end = position == len(records) - 1 or stop["place"] in destinations
        stops.append(
            _Stop(
                department=None if abroad else str(stop["department_ubigeo"]),
                name=None if abroad else str(stop["department"]),
                modes=modes,
                is_destination=is_end and position > 0,
            )
        )
        modes = frozenset()
    return stops


def _listed(text: object) -> set[str]:
    return {part.strip() for part in text.split(";")} if isinstance(text, str) else set()


def _modes(text: object) -> frozenset[str]:
    """Road or river; names of roads and rivers, and crossings of a border, are left out."""
    first = text.split()[0].rstrip(",") if isinstance(text, str) and text else ""
    return frozenset({first} & {"road", "river"})


def _row(
    pair: tuple[str, str],
    names: dict[str, str],
    modes: set[str],
    routes: set[_Route],
) -> dict[str, Any]:
    origin, destination = pair
    independent = {
        _ONE_ORGANISATION if _ONE_ORGANISATION in route.source_title else route.source_id
        for route in routes
    }
    return {
        "origin_ubigeo": origin,
        "origin": names[origin],
        "destination_ubigeo": destination,
        "destination": names[destination],
        "route_count": len(routes),
        "source_count": len(independent),
        "confidence": min(route.confidence for route in routes),  # high before medium
        "mode": " and ".join(sorted(modes)) or None,
        "source_ids": "; ".join(sorted({route.source_id for route in routes})),
    }
