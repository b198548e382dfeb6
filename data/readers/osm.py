"""Roads, paths, ferries and navigable rivers out of an OpenStreetMap extract, by osmium."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from data.readers.raw_table import refuse
from geo.errors import ParameterError

SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
_VEHICLE = ("motor_vehicle", "vehicle", "access")
"""Tags that allow or forbid a vehicle; the first that a way has decides."""
_WALKER = ("foot", "access")
_ANYBODY = ("access",)
_FORBIDDEN = frozenset({"no", "private", "agricultural", "forestry", "military"})
_OPEN = frozenset({"yes", "permissive", "designated", "destination", "customers", "delivery"})
_PASSED = frozenset(
    {"border_control", "cattle_grid", "entrance", "gate", "height_restrictor", "kerb"}
    | {"lift_gate", "no", "sally_port", "spikes", "swing_gate", "toll_booth", "checkpoint"}
)
"""Barriers that open for who may pass; a vehicle stops at any other."""
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|knots|km/h|kmh)?")
_KMH = {"mph": 1.609344, "knots": 1.852}
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,3}):)?(\d+)")
_PERIOD = re.compile(
    r"P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The ways of an extract; each a run of positions, each position a point."""

    longitude: np.ndarray
    """shape (n,), degrees, of the points."""
    latitude: np.ndarray
    node: np.ndarray
    """shape (p,), int: the point at each position; ways meet where they have the same one."""
    way: np.ndarray
    """shape (p,), int: the way of each position, ascending."""
    code: np.ndarray
    """shape (w,), str: the value of its tag highway, or ferry, or river."""
    surface: np.ndarray
    """shape (w,), str: surface or track type, "" where the map has none that is known."""
    limit_kmh: np.ndarray
    """shape (w,), the sign's limit, infinite where there is none."""
    minutes: np.ndarray
    """shape (w,), stated for a ferry's whole way, NaN where not."""
    direction: np.ndarray
    """shape (w,), 1 along the way only, -1 against it only, 0 both."""


def read_ways(
    path: Path, *, roads: frozenset[str], paths: frozenset[str], surfaces: frozenset[str]
) -> Ways:
    """Read what can be travelled of an extract (.osm, .osm.pbf).

    ``roads`` and ``paths`` are the classes of highway that are read; who walks a path heeds signs
    for walkers, not for vehicles. A closed barrier, or a point that the extract leaves out, cuts a
    way in two. ParameterError: osmium is not installed; DataError: no such file, none of the
    kind, nothing to travel on.
    """
    try:
        import osmium
    except ImportError:
        raise ParameterError(
            "{option} needs {package}, which is optional. Install it with pip install "
            "--require-hashes -r requirements-dev.lock",
            option="--network",
            package="osmium",
        ) from None
    if not path.name.lower().endswith(SUFFIXES):
        refuse(
            path,
            "another kind of file",
            "an OpenStreetMap extract: {endings}",
            endings=", ".join(SUFFIXES),
        )
    if not path.is_file():
        refuse(path, "no such file", "an OpenStreetMap extract that can be read")
    ids, longitude, latitude, of_way = array("q"), array("d"), array("d"), array("l")
    ways: list[tuple[str, str, float, float, int]] = []
    closed: set[int] = set()
    cuts = 0
    only = osmium.osm.NODE | osmium.osm.WAY
    wanted = osmium.filter.KeyFilter("highway", "route", "waterway", "barrier")
    try:
        stream = osmium.FileProcessor(str(path), only).with_locations().with_filter(wanted)
        for item in cast("Iterator[Any]", stream):
            tags = item.tags
            if item.is_node():
                if _stops_vehicles(tags):
                    closed.add(item.id)
                continue
            way = _way(tags, roads, paths, surfaces)
            if way is None:
                continue
            has_point = False  # the way goes on from the position before
            for point in item.nodes:
                if not point.location.valid():
                    has_point = False
                    continue
                stops = point.ref in closed and way[0] in roads
                if not has_point:
                    ways.append(way)
                name = point.ref
                if stops:
                    cuts -= 1
                    name = cuts
                for again in range(2 if stops and has_point else 1):
                    if again:  # the way begins anew behind the barrier
                        ways.append(way)
                        cuts -= 1
                        name = cuts
                    ids.append(name)
                    longitude.append(point.location.lon)
                    latitude.append(point.location.lat)
                    of_way.append(len(ways) - 1)
                has_point = True
    except (RuntimeError, ValueError) as error:
        why = " ".join(str(error).split())
        refuse(path, "a damaged file ({why})", "an OpenStreetMap extract", why=why)
    if not ways:
        refuse(
            path, "no road and no river to travel on", "an extract with tags highway or waterway"
        )
    _, first, node = np.unique(np.asarray(ids), return_index=True, return_inverse=True)
    code, surface, limit, minutes, direction = zip(*ways, strict=True)
    return Ways(
        longitude=np.asarray(longitude)[first],
        latitude=np.asarray(latitude)[first],
        node=node,
        way=np.asarray(of_way),
        code=np.array(code),
        surface=np.array(surface),
        limit_kmh=np.array(limit, float),
        minutes=np.array(minutes, float),
        direction=np.array(direction, int),
    )


def _stops_vehicles(tags: Any) -> bool:
    if "barrier" not in tags:
        return False
    access = _access(tags, _VEHICLE)
    return access in _FORBIDDEN or (tags["barrier"] not in _PASSED and access not in _OPEN)


def _access(tags: Any, names: tuple[str, ...]) -> str:
    return next((tags[name] for name in names if name in tags), "")


def _way(
    tags: Any, roads: frozenset[str], paths: frozenset[str], surfaces: frozenset[str]
) -> tuple[str, str, float, float, int] | None:
    """Code, surface, limit, stated minutes and direction; None for what cannot be travelled."""
    highway, minutes = tags.get("highway", ""), float("nan")
    who: tuple[str, ...]
    if tags.get("route") == "ferry":
        code, who = "ferry", _ANYBODY
        minutes = stated_minutes(tags.get("duration", ""))
    elif highway in roads or highway in paths:
        code, who = highway, _VEHICLE if highway in roads else _WALKER
    elif tags.get("waterway") in ("river", "canal", "fairway") and _is_navigable(tags):
        code, who = "river", _ANYBODY
    else:
        return None
    is_area = tags.get("area") == "yes"
    impassable = "impassable" in (tags.get("smoothness"), tags.get("surface"))
    if is_area or impassable or tags.get("impassable") == "yes":
        return None
    if _access(tags, who) in _FORBIDDEN:
        return None
    direction = _direction(tags, code) if who != _WALKER else 0
    kinds = (tags.get("surface", ""), tags.get("tracktype", ""))
    surface = next((kind for kind in kinds if kind in surfaces), "")
    return code, surface, limit_kmh(tags.get("maxspeed", "")), minutes, direction


def _is_navigable(tags: Any) -> bool:
    boats = ("boat", "motorboat", "ship", "navigable")
    return any(tags.get(name) in _OPEN for name in boats) or "CEMT" in tags


def _direction(tags: Any, code: str) -> int:
    oneway = tags.get("oneway", "")
    if oneway in ("-1", "reverse"):
        return -1
    turns = tags.get("junction") in ("roundabout", "circular") or code == "motorway"
    return int(oneway in ("yes", "true", "1") or (turns and oneway != "no"))


def limit_kmh(text: str) -> float:
    """Return a sign's kilometres an hour; infinite if it gives no number, or 0.

    Examples
    --------
    >>> [limit_kmh(text) for text in ("60", "0", "10 mph", "")]
    [60.0, inf, 16.09344, inf]
    """
    match = _SPEED.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        return float("inf")
    return float(match[1]) * _KMH.get(match[2] or "", 1.0)


def stated_minutes(text: str) -> float:
    """Return the minutes of a tag duration (45, 1:30, 1:30:00, PT1H30M); NaN if invalid.

    Examples
    --------
    >>> [stated_minutes(text) for text in ("45", "1:30", "00:20:30", "PT1H30M", "P1D", "soon")]
    [45.0, 90.0, 20.5, 90.0, 1440.0, nan]
    """
    text = text.strip()
    if (match := _CLOCK.fullmatch(text)) is not None:
        if match[1] is not None:
            total = 60 * int(match[1]) + int(match[2]) + int(match[3]) / 60
        else:
            total = 60 * int(match[2] or 0) + int(match[3])
    elif (match := _PERIOD.fullmatch(text)) is not None:
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        total = 1440 * days + 60 * hours + minutes + seconds / 60
    else:
        return float("nan")
    return float(total) if total > 0 else float("nan")
