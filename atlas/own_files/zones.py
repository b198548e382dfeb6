"""Zones where no site may lie, read in the child: what is left of them, and how far places lie."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from atlas.own_files.checking import slip
from atlas.own_files.report import Entry, Report
from data.readers.geojson import shapes_of_geojson, to_degrees
from data.readers.kinds import kind_of
from data.readers.limits import ZONES_BYTES
from data.readers.raw_table import require_few
from geo.crs import PERU_BOUNDS
from geo.siting.zones import ReducedZones, circles, distance_km, parts_of, reduced

MOST_BEYOND = 10.0
"""degrees that a zone may reach over Peru's box: farther, a corner of it is a slip of the hand."""
_LONGEST_METRES = 10_000.0
"""A longer edge of a projected file is cut before it is turned to degrees, where it is no straight
line: 600 km of UTM lie up to 1.7 km beside it, 10 km less than a metre."""
_LARGEST_METRES = 2e7


def read_shapes(content: bytes) -> dict[str, Any]:
    """Read shapes as zones."""
    kind = kind_of(content, largest=ZONES_BYTES)
    shapes: list[Any]
    if kind == "geojson":
        shapes, notices = _in_degrees(*shapes_of_geojson(content))
    else:
        from data.readers.geofiles import read_shapes as read_layer  # loads GDAL

        shapes, notices = _in_degrees(*read_layer(kind, content))
    faults = _faults(shapes)
    used = [at for at, fault in enumerate(faults) if not fault]
    left = reduced([shapes[at] for at in used])
    for code, lost in (
        ("zone_open", left.nearly_closed),
        ("zone_flat", left.flat),
        ("geometry_empty", np.setdiff1d(np.arange(len(used)), left.zone)),
    ):
        for at in lost:
            faults[used[at]] = faults[used[at]] or code
    counts = {
        "zones_holes": len(left.holes_km),
        "zones_filled": left.filled,
        "zones_lines": left.closed_lines,
    }
    notices += [(code, f"{count:,}") for code, count in counts.items() if count]
    report = Report(kind=kind, notices=notices, row_count=len(shapes))
    report.take(
        [Entry(at + 1, "geometry", fault, True) for at, fault in enumerate(faults) if fault]
    )
    report.used_count = faults.count("")
    return {"rows": _as_rows(left), "report": asdict(report)}


def circle_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Zones that a table tells as points and kilometres around them, as :func:`as_rows`."""
    parts = [[row[name] for row in rows] for name in ("longitude", "latitude", "radius_km")]
    return as_rows(list(circles(*parts)))


def as_rows(shapes: list[Any]) -> list[dict[str, Any]]:
    """All zones as one row, or none: ``wkb`` (hexadecimal, WGS84 degrees) is what
    :func:`geo.siting.zones.reduced` leaves of them, ``holes_km`` how wide a buffer leaves each of
    their holes open."""
    return _as_rows(reduced(shapes))


def _as_rows(left: ReducedZones) -> list[dict[str, Any]]:
    if not len(left.parts):
        return []
    wkb = shapely.geometrycollections(left.parts).wkb_hex
    return [{"wkb": wkb, "holes_km": left.holes_km.tolist()}]


def distances(content: bytes) -> dict[str, Any]:
    """How far places lie from the zones."""
    asked = json.loads(content)
    parts = shapely.get_parts(shapely.from_wkb(asked["wkb"]))
    return {"km": distance_km(parts, asked["longitude"], asked["latitude"]).tolist()}


def _faults(shapes: list[Any]) -> list[str]:
    """For each shape in degrees the code of what is wrong with it or with a part of it, "" for
    nothing."""
    faults = np.full(len(shapes), "", object)

    def note(code: Any, positions: Any) -> None:
        faults[positions] = np.where(faults[positions] == "", code, faults[positions])

    parts, at = parts_of(shapes)
    note("geometry_empty", np.setdiff1d(np.arange(len(shapes)), at))  # a collection of nothing
    note("geometry_empty", at[shapely.is_empty(parts) | shapely.is_missing(parts)])
    note("zone_shape", at[shapely.get_type_id(parts) > 3])
    bounds = shapely.bounds(parts)
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    note("geometry_empty", at[owner[~np.isfinite(coordinates).all(axis=1)]])
    west, south, east, north = bounds.T
    is_wide = (east - west > 180) & (west >= -180) & (east <= 180)
    note("zone_antimeridian", at[is_wide])
    low, high = (np.array(corner) for corner in (PERU_BOUNDS[:2], PERU_BOUNDS[2:]))
    is_far = (bounds[:, :2] < low - MOST_BEYOND) | (bounds[:, 2:] > high + MOST_BEYOND)
    is_apart = (bounds[:, 2:] < low) | (bounds[:, :2] > high)
    reaches = np.zeros(len(shapes), bool)
    reaches[at[~is_apart.any(axis=1)]] = True
    for part in np.flatnonzero((faults[at] == "") & (is_far.any(axis=1) | ~reaches[at])):
        wrong = {slip(west[part], south[part]), slip(east[part], north[part])} - {""}
        note(max(wrong - {"outside_peru"}, default=""), at[[part]])
        note("zone_far" if reaches[at[part]] else "outside_peru", at[[part]])
    return faults.tolist()


def _in_degrees(shapes: list[Any], epsg: int) -> tuple[list[Any], list[tuple[str, str]]]:
    """Shapes of two dimensions in degrees; edges are straight in the system that they came in."""
    flat = shapely.force_2d(np.asarray(shapes, object))
    require_few("records.refusal.too_many_vertices", int(shapely.get_num_coordinates(flat).sum()))
    if epsg == 4326:
        return flat.tolist(), []

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees(points, epsg))

    if CRS.from_epsg(epsg).is_projected:
        bounds = shapely.bounds(flat)
        is_on_earth = (np.abs(bounds) < _LARGEST_METRES).all(axis=1)
        flat[is_on_earth] = shapely.segmentize(flat[is_on_earth], _LONGEST_METRES)
    turned = [None if one is None else shapely.transform(one, moved) for one in flat]
    return turned, [("reprojected", f"EPSG:{epsg}")]
