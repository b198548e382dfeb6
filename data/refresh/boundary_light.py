"""Light outlines for the web: a shared border is simplified once, so neighbours still touch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.refresh.boundary_codes import Level
from geo.crs import to_wgs84

BUDGET_BYTES: dict[Level, int] = {"departments": 66_000, "provinces": 230_000, "districts": 640_000}
"""of the light file; gzip sends about a fifth of a district's bytes"""
TOLERANCES_M = (200.0, 300.0, 500.0, 800.0, 1200.0, 2000.0, 3000.0, 5000.0, 8000.0)
FULL_DECIMALS, LIGHT_DECIMALS = 5, 3
"""of degrees: 1 m and 110 m"""
_SNAP_M = 20.0
_SLIVER_M = 100.0
"""gaps narrower than this are faults of drawing; a wider one may be a lake"""


@dataclass(frozen=True, slots=True)
class Light:
    """Simplified outlines that fit a budget."""

    geometries: np.ndarray
    """WGS84, shape (n,)."""
    tolerance_m: float
    """square root of the area of the smallest triangle kept (Visvalingam-Whyatt)."""


def lighten(flat: np.ndarray, level: Level) -> Light:
    """Simplify a coverage until it fits its budget.

    Parameters
    ----------
    flat : ndarray of shapely geometries, shape (n,)
        Metres.
    level : str
        Whose budget.

    Notes
    -----
    Slivers are closed first (``coverage_clean``); ``coverage_simplify`` then moves a border once
    for both its sides. Rounding keeps that: equal coordinates round equally.
    """
    clean = shapely.coverage_clean(flat, snapping_distance=_SNAP_M, gap_width=_SLIVER_M)
    # an island of a few metres may vanish in a cleaned coverage; then it stays as it was
    clean = np.where(shapely.is_empty(clean), flat, clean)
    degrees, tolerance = clean, 0.0
    for tolerance in TOLERANCES_M:
        simple = shapely.coverage_simplify(clean, tolerance)
        degrees = _degrees(simple, LIGHT_DECIMALS)
        lost = shapely.is_empty(degrees)
        if lost.any():
            degrees[lost] = _degrees(clean[lost], FULL_DECIMALS)
        if sum(len(text) for text in shapely.to_geojson(degrees)) <= BUDGET_BYTES[level]:
            break
    return Light(degrees, tolerance)


def full(flat: np.ndarray) -> np.ndarray:
    """Outlines in degrees, rounded to about one metre."""
    return _degrees(flat, FULL_DECIMALS)


def feature_collection(rows: Sequence[Mapping[str, Any]], geometries: np.ndarray) -> bytes:
    """GeoJSON without blanks, one feature a line.

    Examples
    --------
    >>> feature_collection([{"a": "1"}], np.array([shapely.Point(1, 2)])).decode().splitlines()[1]
    '{"type":"Feature","properties":{"a":"1"},"geometry":{"type":"Point","coordinates":[1.0,2.0]}}'
    """
    lines = []
    for row, geometry in zip(rows, shapely.to_geojson(geometries), strict=True):
        properties = json.dumps(dict(row), ensure_ascii=False, separators=(",", ":"))
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}')
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def _degrees(flat: np.ndarray, decimals: int) -> np.ndarray:
    """Back to degrees and rounded; what the rounding made cross itself is repaired."""
    degrees = shapely.transform(
        flat, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1])).round(decimals)
    )
    bad = ~shapely.is_valid(degrees)
    if bad.any():
        degrees[bad] = shapely.buffer(shapely.make_valid(degrees[bad]), 0)
    return shapely.remove_repeated_points(degrees)
