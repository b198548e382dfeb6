"""From documented routes to the legs that may be drawn, and how honestly.

A leg is ``known`` only if the route's course is given (``geometry_class`` path) and both of its
towns are stated by the source. Stated towns with a helper between them, or a route of which only
the ends are stated, are joined by an arc marked "path not known". Proxies at either end draw
nothing, nor do routes whose towns are all proxies: those stay in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from geo.errors import ParameterError


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


def route_legs(
    routes: pd.DataFrame, waypoints: pd.DataFrame, *, default_only: bool = True
) -> tuple[Leg, ...]:
    """Return the drawable legs, each directed pair of towns and kind of line once.

    Parameters
    ----------
    routes : DataFrame
        ``route_id``, ``geometry_class``, ``confidence``, ``is_default``, ``source_url``.
    waypoints : DataFrame
        ``route_id``, ``branch``, ``sequence``, ``place``, ``longitude``, ``latitude``,
        ``is_stated``.
    default_only : bool
        Leave out routes that the map does not show by default.

    Raises
    ------
    ParameterError
        For a ``geometry_class`` that is not path, od_stated, od_proxy or none.
    """
    known = {"path", "od_stated", "od_proxy", "none"}
    strange = set(routes["geometry_class"]) - known
    if strange:
        raise ParameterError(f"geometry_class {sorted(strange)}; allowed: {sorted(known)}")
    chosen = routes[routes["geometry_class"].isin(["path", "od_stated"])]
    if default_only:
        chosen = chosen[chosen["is_default"].astype(bool)]
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
            confidence=_confidence(ids, by_id),
            route_ids=tuple(sorted(ids)),
            independent=_independent(ids, by_id),
        )
        for (start, end, start_place, end_place, is_known), ids in sorted(merged.items())
        if ids
    )


def _at(stop: dict[str, Any]) -> tuple[float, float]:
    return round(float(stop["longitude"]), 4), round(float(stop["latitude"]), 4)


def _confidence(ids: list[str], by_id: dict[str, dict[str, Any]]) -> str:
    return "high" if any(by_id[i]["confidence"] == "high" for i in ids) else "medium"


def _independent(ids: list[str], by_id: dict[str, dict[str, Any]]) -> int:
    return len({by_id[i]["source_url"] for i in ids})
