"""Zones where no site may lie, read in the child: what is left of them, and how far places lie."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely

from geo.zones import circles, distance_km, reduced
from records.coordinates import slip
from records.geojson import features_of
from records.limits import FEATURES, VERTICES, ZONES_BYTES
from records.projection import to_degrees
from records.refusal import Refusal
from records.report import Entry, Report
from records.sniffing import kind_of


def read_shapes(content: bytes) -> dict[str, Any]:
    """Read shapes as zones.

    Parameters
    ----------
    content : bytes
        GeoJSON, GeoPackage with one layer, or a zipped Shapefile: polygons, lines, points.

    Returns
    -------
    dict
        ``rows``, as :func:`as_rows`, and ``report``. Properties are judged for personal data and
        dropped.

    Raises
    ------
    Refusal
        As the readers of records.
    """
    kind = kind_of(content, largest=ZONES_BYTES)
    shapes, notices = _of_json(content) if kind == "geojson" else _of_gdal(content, kind)
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
    return {"rows": as_rows(sound), "report": report.as_dict()}


def circle_rows(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Zones that a table tells as points and kilometres around them, as :func:`as_rows`."""
    parts = [[row[name] for row in rows] for name in ("longitude", "latitude", "radius_km")]
    return as_rows(list(circles(*parts)))


def as_rows(shapes: list[Any]) -> list[dict[str, str]]:
    """All zones as one row, or none where there are none.

    Its ``wkb`` (hexadecimal, WGS84 degrees) is what :func:`geo.zones.reduced` leaves of them.
    """
    if not shapes:
        return []
    return [{"wkb": shapely.geometrycollections(reduced(shapes)).wkb_hex}]


def distances(content: bytes) -> dict[str, Any]:
    """How far places lie from the zones.

    Parameters
    ----------
    content : bytes
        JSON of ours: ``wkb`` of :func:`as_rows`, ``longitude`` and ``latitude`` of the places.

    Returns
    -------
    dict
        ``km``, of each place, as :func:`geo.zones.distance_km`.
    """
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


def _of_json(content: bytes) -> tuple[list[Any], list[tuple[str, str]]]:
    features, epsg = features_of(content, is_bare_taken=True)
    shapes = []
    for feature in features:
        try:
            shape = shapely.geometry.shape(feature["geometry"])
        except Exception:  # shapely raises whatever the broken nesting happens to hit
            shape = None
        shapes.append(shape)
    return _in_degrees(shapes, epsg)


def _of_gdal(content: bytes, kind: str) -> tuple[list[Any], list[tuple[str, str]]]:
    from records.geofiles import geopackage_shapes, shapefile_shapes

    shapes, epsg = (shapefile_shapes if kind == "shapefile" else geopackage_shapes)(content)
    return _in_degrees(shapes, epsg)


def _in_degrees(shapes: list[Any], epsg: int) -> tuple[list[Any], list[tuple[str, str]]]:
    if len(shapes) > FEATURES:
        raise Refusal("too_many_rows", limit=f"{FEATURES:,}")
    if sum(int(shapely.get_num_coordinates(shape)) for shape in shapes) > VERTICES:
        raise Refusal("too_many_vertices", limit=f"{VERTICES:,}")
    if epsg == 4326:
        return shapes, []

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees(points, epsg))

    turned = [None if one is None else shapely.transform(one, moved) for one in shapes]
    return turned, [("reprojected", f"EPSG:{epsg}")]
