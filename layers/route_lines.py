"""From documented routes to bent lines that may be drawn, and how honestly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely

BEND = {True: 0.05, False: 0.11}
"""bend of a leg whose course is known, and of one whose course is not."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One directed piece between two stated towns, shared by all routes that travel it."""

    start: tuple[float, float]
    """longitude, latitude in degrees"""
    end: tuple[float, float]
    """longitude, latitude in degrees"""
    start_place: str
    end_place: str
    is_known: bool
    """solid line if true, dashed arc if not"""
    confidence: str
    """the best among its routes: ``high`` or ``medium``"""
    route_ids: tuple[str, ...]
    """sorted"""
    independent: int
    """number of distinct sources behind the routes: routes of one report count once"""


def route_legs(routes: pd.DataFrame, waypoints: pd.DataFrame) -> tuple[Leg, ...]:
    """Return the drawable legs, each directed pair of towns and kind of line once.

    ``routes`` has ``route_id``, ``geometry_class`` (path, od_stated, od_proxy, none),
    ``confidence``, ``is_default`` and ``source_url``; ``waypoints`` has ``route_id``, ``branch``,
    ``sequence``, ``place``, ``longitude``, ``latitude`` and ``is_stated``. Routes that are not
    shown by default are left out.
    """
    is_drawn = routes["geometry_class"].isin(["path", "od_stated"])
    chosen = routes[is_drawn & routes["is_default"].astype(bool)]
    by_id: dict[str, dict[str, Any]] = {row["route_id"]: row for row in chosen.to_dict("records")}
    merged: dict[tuple[Any, ...], list[str]] = {}
    for (route_id, _), branch in waypoints.groupby(["route_id", "branch"], sort=True):
        if route_id not in by_id:
            continue
        stops = branch.sort_values("sequence").to_dict("records")
        stated = [(number, stop) for number, stop in enumerate(stops) if bool(stop["is_stated"])]
        for (i, a), (j, b) in pairwise(stated):
            is_known = by_id[route_id]["geometry_class"] == "path" and j == i + 1
            key = (_at(a), _at(b), a["place"], b["place"], is_known)
            ids = merged.setdefault(key, [])
            if route_id not in ids and key[0] != key[1]:
                ids.append(route_id)
    return tuple(
        Leg(
            start=start,
            end=end,
            start_place=start_place,
            end_place=end_place,
            is_known=is_known,
            confidence="high" if "high" in {by_id[i]["confidence"] for i in ids} else "medium",
            route_ids=tuple(sorted(ids)),
            independent=len({by_id[i]["source_url"] for i in ids}),
        )
        for (start, end, start_place, end_place, is_known), ids in sorted(merged.items())
        if ids
    )


def _at(stop: dict[str, Any]) -> tuple[float, float]:
    return round(float(stop["longitude"]), 4), round(float(stop["latitude"]), 4)


def to_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return Web Mercator x, y in radians of the sphere (degrees in)."""
    phi = math.radians(latitude)
    return math.radians(longitude), math.asinh(math.tan(phi))


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
    """Return longitude, latitude and screen angle of an arrowhead at three fifths of the curve."""
    before, at, after = _curve(start, end, bend, np.array([0.58, 0.6, 0.62]))
    dx, dy = after - before
    latitude = math.degrees(math.atan(math.sinh(at[1])))
    return math.degrees(at[0]), latitude, math.degrees(math.atan2(-dy, dx))


def _curve(
    start: tuple[float, float], end: tuple[float, float], bend: float, share: np.ndarray
) -> np.ndarray:
    a, b = np.array(to_mercator(*start)), np.array(to_mercator(*end))
    across = np.array([-(b - a)[1], (b - a)[0]])
    # a quadratic curve reaches half of its control point's offset
    control = (a + b) / 2 + across * 2 * bend
    t = share[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
