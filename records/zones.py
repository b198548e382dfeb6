"""Zones where no site may lie: shapes of a GeoJSON, GeoPackage or Shapefile, read in the child."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from records.coordinates import slip
from records.geojson import features_of
from records.limits import FEATURES, VERTICES
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
        ``rows``, each with ``line`` (number of the feature) and ``wkb`` (hexadecimal, WGS84
        degrees), and ``report``. Properties are judged for personal data and dropped.

    Raises
    ------
    Refusal
        As the readers of records.
    """
    kind = kind_of(content)
    shapes, notices = _of_json(content) if kind == "geojson" else _of_gdal(content, kind)
    report = Report(kind=kind, notices=notices, row_count=len(shapes))
    rows, entries = [], []
    for line, shape in enumerate(shapes, 1):
        usable, fault = _usable(shape)
        if usable is None:
            entries.append(Entry(line, "geometry", fault, True))
        else:
            rows.append({"line": line, "wkb": usable.wkb_hex})
    report.take(entries)
    report.used_count = len(rows)
    return {"rows": rows, "report": report.as_dict()}


def _usable(shape: Any) -> tuple[Any, str]:
    """A valid shape of two dimensions in Peru's box, or the code of its fault."""
    if shape is None or shape.is_empty:
        return None, "geometry_empty"
    flat = shapely.force_2d(shape)
    if not flat.is_valid:
        flat = shapely.make_valid(flat)
    if flat.is_empty or not np.isfinite(flat.bounds).all():
        return None, "zone_shape"
    west, south, east, north = flat.bounds
    wrong = {slip(west, south), slip(east, north)}
    # a zone may reach over the border, but one corner of it is in Peru's box
    return (None, max(wrong)) if "" not in wrong else (flat, "")


def _of_json(content: bytes) -> tuple[list[Any], list[tuple[str, str]]]:
    features, epsg = features_of(content)
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
