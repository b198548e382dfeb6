"""Zones where no site may lie, read in the child: what is left of them, and how far places lie."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely

from atlas.own_files.checking import slip
from atlas.own_files.report import Entry, Report
from data.readers.geojson import shapes_of_geojson, to_degrees
from data.readers.kinds import kind_of, require_few
from data.readers.limits import ZONES_BYTES
from geo.siting.zones import circles, distance_km, reduced


def read_shapes(content: bytes) -> dict[str, Any]:
    """Read shapes as zones."""
    kind = kind_of(content, largest=ZONES_BYTES)
    if kind == "geojson":
        shapes, notices = _in_degrees(*shapes_of_geojson(content))
    else:
        from data.readers.geofiles import read_shapes as read_layer  # loads GDAL

        shapes, notices = _in_degrees(*read_layer(kind, content))
    report = Report(kind=kind, notices=notices, row_count=len(shapes))
    sound, entries = [], []
    for line, shape in enumerate(shapes, 1):
        usable, fault = _usable(shape)
        if usable is None:
            entries.append(Entry(line, "geometry", fault, True))
        else:
            sound.append(usable)
    report.take(entries)
    report.used_count = len(sound)
    return {"rows": as_rows(sound), "report": asdict(report)}


def circle_rows(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Zones that a table tells as points and kilometres around them, as :func:`as_rows`."""
    parts = [[row[name] for row in rows] for name in ("longitude", "latitude", "radius_km")]
    return as_rows(list(circles(*parts)))


def as_rows(shapes: list[Any]) -> list[dict[str, str]]:
    """All zones as one row, or none: its ``wkb`` (hexadecimal, WGS84 degrees) is what
    :func:`geo.siting.zones.reduced` leaves of them."""
    if not shapes:
        return []
    return [{"wkb": shapely.geometrycollections(reduced(shapes)).wkb_hex}]


def distances(content: bytes) -> dict[str, Any]:
    """How far places lie from the zones."""
    asked = json.loads(content)
    parts = shapely.get_parts(shapely.from_wkb(asked["wkb"]))
    return {"km": distance_km(parts, asked["longitude"], asked["latitude"]).tolist()}


def _usable(shape: Any) -> tuple[Any, str]:
    """A shape of two dimensions that reaches into Peru's box, or the code of its fault."""
    if shape is None or shape.is_empty:
        return None, "geometry_empty"
    flat = shapely.force_2d(shape)
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        return None, "zone_shape"
    west, south, east, north = flat.bounds
    wrong = {slip(west, south), slip(east, north)}
    # a zone may reach over the border, but one corner of it is in Peru's box
    return (None, max(wrong)) if "" not in wrong else (flat, "")


def _in_degrees(shapes: list[Any], epsg: int) -> tuple[list[Any], list[tuple[str, str]]]:
    require_few("too_many_vertices", int(shapely.get_num_coordinates(shapes).sum()))
    if epsg == 4326:
        return shapes, []

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees(points, epsg))

    turned = [None if one is None else shapely.transform(one, moved) for one in shapes]
    return turned, [("reprojected", f"EPSG:{epsg}")]
