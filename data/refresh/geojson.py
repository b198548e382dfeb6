"""Features of a GeoJSON file from outside: bounded, in degrees, inside Peru or refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import shapely
from shapely.geometry import shape

from geo.crs import PERU_BOUNDS
from geo.errors import DataError

MAX_FEATURES = 200_000
"""a country's districts are 1,900; a basin's mining polygons 20,000"""
MAX_VERTICES = 20_000_000
_WGS84 = re.compile(r"(CRS:?84|EPSG(:|::|/0/)4326)$", re.IGNORECASE)
_MARGIN = 0.5
"""degrees that an outline may lie outside PERU_BOUNDS: other borders, not another country"""


@dataclass(frozen=True, slots=True)
class Features:
    """What a file holds, one entry per feature that has a geometry."""

    properties: tuple[dict[str, Any], ...]
    """as the file has them."""
    geometries: np.ndarray
    """shape (n,), shapely polygons and multipolygons, WGS84, two dimensions."""
    empty: tuple[dict[str, Any], ...] = ()
    """properties of the features without a geometry."""


def read_features(file: str, content: bytes) -> Features:
    """Parse a FeatureCollection of polygons.

    Parameters
    ----------
    file : str
        Name for messages.
    content : bytes
        UTF-8, with or without a byte-order mark.

    Raises
    ------
    DataError
        When the bytes are a web page, no JSON, no FeatureCollection, in another reference system
        than WGS84, too many, or hold anything but polygons.

    Examples
    --------
    >>> square = {"type": "Polygon", "coordinates": [[[-75, -9], [-74, -9], [-74, -8], [-75, -9]]]}
    >>> feature = {"type": "Feature", "properties": {"n": 1}, "geometry": square}
    >>> text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    >>> float(shapely.area(read_features("a.geojson", text.encode()).geometries[0]))
    0.5
    """
    collection = _parsed(file, content)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        _fail(file, "no list of features", "a GeoJSON FeatureCollection")
    if len(features) > MAX_FEATURES:
        _fail(file, f"{len(features):,} features", f"at most {MAX_FEATURES:,}")
    _require_wgs84(file, collection.get("crs"))
    kept: list[dict[str, Any]] = []
    empty: list[dict[str, Any]] = []
    geometries = []
    for number, feature in enumerate(features, start=1):
        try:
            properties = dict(feature.get("properties") or {})
            geometry = None if feature.get("geometry") is None else shape(feature["geometry"])
        except (AttributeError, KeyError, TypeError, ValueError, shapely.GEOSException):
            _fail(file, f"feature {number} that cannot be read", "a Feature with a geometry")
        if geometry is None or geometry.is_empty:
            empty.append(properties)
            continue
        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            _fail(file, f"a {geometry.geom_type} in feature {number}", "Polygon or MultiPolygon")
        kept.append(properties)
        geometries.append(geometry)
    array = shapely.force_2d(np.array(geometries, dtype=object))
    if shapely.count_coordinates(array) > MAX_VERTICES:
        _fail(file, "more vertices than can be handled", f"at most {MAX_VERTICES:,}")
    return Features(tuple(kept), array, tuple(empty))


def require_in_peru(file: str, geometries: np.ndarray) -> None:
    """Refuse outlines of metres, of swapped coordinates or of elsewhere.

    Raises
    ------
    DataError
        With what the coordinates look like.
    """
    if not len(geometries):
        _fail(file, "no feature with a geometry", "polygons in Peru")
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(geometries))
    if not np.isfinite([west, south, east, north]).all():
        _fail(file, "a coordinate that is no number", "degrees")
    came = f"coordinates from {west:.4g}, {south:.4g} to {east:.4g}, {north:.4g}"
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        if max(abs(value) for value in (west, south, east, north)) > 360:
            came += " (metres of a projection?)"
        _fail(file, came, "longitude and latitude in degrees (WGS84)")
    if _inside(south, west, north, east):
        _fail(file, f"{came}: latitude and longitude are swapped", "longitude first")
    if not _inside(west, south, east, north):
        _fail(file, came, f"outlines inside Peru, {PERU_BOUNDS}")


def _inside(west: float, south: float, east: float, north: float) -> bool:
    low_x, low_y, high_x, high_y = PERU_BOUNDS
    return (
        low_x - _MARGIN <= west <= east <= high_x + _MARGIN
        and low_y - _MARGIN <= south <= north <= high_y + _MARGIN
    )


def _parsed(file: str, content: bytes) -> Any:
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        _fail(file, "a web page or XML", "GeoJSON")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        _fail(file, f"byte {error.start} that is not UTF-8", "GeoJSON in UTF-8")
    except RecursionError:
        _fail(file, "lists inside lists without end", "GeoJSON")
    except ValueError as error:
        # a download that broke off ends here as well
        where = f" at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else ""
        _fail(file, f"text that is no JSON{where}", "a complete GeoJSON file")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _require_wgs84(file: str, crs: Any) -> None:
    """GeoJSON is WGS84 unless an old-fashioned ``crs`` member says something else."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not _WGS84.search(name):
        _fail(file, f"reference system {name[:60]!r}", "WGS84 (CRS84 or EPSG:4326)")


def _fail(file: str, came: str, expected: str) -> NoReturn:
    raise DataError(file, came=came, expected=expected)
