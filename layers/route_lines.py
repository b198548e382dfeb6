"""Bundles of documented routes: one bent line between two stated towns, with their number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.palette import ROUTE, ROUTE_MEDIUM

BEND = {True: 0.05, False: 0.11}
"""bend of a leg whose course is known, and of one whose course is not."""


MOST_COUNTED = 3
"""routes from which a line grows no wider"""


@dataclass(frozen=True, slots=True)
class Leg:
    """One directed piece between two stated towns: all routes that travel it are one bundle."""

    start: tuple[float, float]
    """longitude, latitude in degrees"""
    end: tuple[float, float]
    """longitude, latitude in degrees"""
    start_place: str
    end_place: str
    is_known: bool
    """whether a route states the way: solid line if true, dashed arc if not"""
    route_ids: tuple[str, ...]
    """sorted; as many as there are documented routes"""
    departments: tuple[str, ...]
    """department_ubigeo of every stated stop of its routes, sorted"""


def route_look(count: int) -> tuple[str, float]:
    """Return colour and width in pixels of a line that ``count`` documented routes travel.

    One route alone is thin and lighter.

    >>> [route_look(count) for count in (1, 2, 3, 9)]
    [('#667db5', 1.1), ('#2f55a8', 2.2), ('#2f55a8', 3.4), ('#2f55a8', 3.4)]
    """
    widths = (1.1, 2.2, 3.4)
    return ROUTE if count > 1 else ROUTE_MEDIUM, widths[min(count, MOST_COUNTED) - 1]


def route_legs(routes: pd.DataFrame, waypoints: pd.DataFrame) -> tuple[Leg, ...]:
    """Return the drawable legs, each directed pair of towns once.

    ``routes`` has ``route_id``, ``geometry_class`` (path, od_stated, od_proxy, none) and
    ``is_default``; ``waypoints`` has ``route_id``, ``branch``, ``sequence``, ``place``,
    ``longitude``, ``latitude``, ``is_stated`` and ``department_ubigeo``. Routes that are not shown
    by default are left out.
    """
    is_drawn = routes["geometry_class"].isin(["path", "od_stated"])
    chosen = routes[is_drawn & routes["is_default"].astype(bool)]
    states_way = dict(zip(chosen["route_id"], chosen["geometry_class"] == "path", strict=True))
    stated = waypoints[waypoints["is_stated"].astype(bool)].dropna(subset=["department_ubigeo"])
    stops_in = stated.groupby("route_id")["department_ubigeo"].agg(set).to_dict()
    bundles: dict[tuple[Any, ...], dict[str, bool]] = {}
    for (route_id, _), branch in waypoints.groupby(["route_id", "branch"], sort=True):
        if route_id not in states_way:
            continue
        stops = list(enumerate(branch.sort_values("sequence").to_dict("records")))
        for (i, a), (j, b) in pairwise(stop for stop in stops if stop[1]["is_stated"]):
            key = (_at(a), _at(b), a["place"], b["place"])
            if key[0] != key[1]:
                ways = bundles.setdefault(key, {})
                is_known = states_way[route_id] and j == i + 1
                ways[route_id] = ways.get(route_id, False) or is_known
    return tuple(
        Leg(
            start=ends[0],
            end=ends[1],
            start_place=ends[2],
            end_place=ends[3],
            is_known=any(ways.values()),
            route_ids=tuple(sorted(ways)),
            departments=tuple(sorted(set().union(*(stops_in.get(code, ()) for code in ways)))),
        )
        for ends, ways in sorted(bundles.items())
    )


def _at(stop: dict[str, Any]) -> tuple[float, float]:
    return round(float(stop["longitude"]), 4), round(float(stop["latitude"]), 4)


def arc(start: tuple[float, float], end: tuple[float, float], *, bend: float) -> shapely.LineString:
    """Return a quadratic curve that leaves the straight line to the left of the travel.

    Opposite directions therefore part to opposite sides.
    """
    curve = _curve(start, end, bend, np.linspace(0.0, 1.0, 14))
    longitude = np.degrees(curve[:, 0])
    latitude = np.degrees(np.arctan(np.sinh(curve[:, 1])))
    return shapely.LineString(np.column_stack([longitude, latitude]))


def arrow(
    start: tuple[float, float], end: tuple[float, float], *, bend: float
) -> tuple[float, float, float]:
    """Return longitude, latitude and screen angle of the arrowhead at the end of the curve."""
    dx, dy = np.diff(_curve(start, end, bend, np.array([0.96, 1.0])), axis=0)[0]
    return *end, math.degrees(math.atan2(-dy, dx))


def _curve(
    start: tuple[float, float], end: tuple[float, float], bend: float, share: np.ndarray
) -> np.ndarray:
    # Web Mercator, radians of the sphere
    a, b = (
        np.array([math.radians(longitude), math.asinh(math.tan(math.radians(latitude)))])
        for longitude, latitude in (start, end)
    )
    across = np.array([-(b - a)[1], (b - a)[0]])
    # a quadratic curve reaches half of its control point's offset
    control = (a + b) / 2 + across * 2 * bend
    t = share[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
