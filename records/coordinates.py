"""Coordinates of a row: degrees in Peru, or which slip of the hand they are."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from geo.crs import PERU_BOUNDS, to_analysis
from records.gazetteer import gazetteer

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,20})?", re.ASCII)
_BORDER_DEGREES = 0.25
"""The shipped outline is off by up to 10 km; nobody on the border is turned away."""


def number(text: str) -> float | None:
    """A number with a decimal point or comma; None if it is none.

    Examples
    --------
    >>> number("-12,046"), number("1.234,5"), number("nan")
    (-12.046, None, None)
    """
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def slip(longitude: float, latitude: float) -> str:
    """Code of what is wrong with coordinates; "" if they lie in Peru's box.

    Examples
    --------
    >>> slip(-77.03, -12.05), slip(-12.05, -77.03), slip(77.03, 12.05), slip(278000, 8665000)
    ('', 'swapped', 'sign_lost', 'utm_metres')
    >>> slip(500, -12), slip(-3.7, 40.4)
    ('not_degrees', 'outside_peru')
    """
    if _in_box(longitude, latitude):
        return ""
    if _in_box(latitude, longitude):
        return "swapped"
    signs = ((-abs(longitude), -abs(latitude)), (-abs(latitude), -abs(longitude)))
    if any(_in_box(*one) for one in signs):
        return "sign_lost"
    pairs = ((longitude, latitude), (latitude, longitude))
    if any(1e5 < x < 1.2e6 and 7.5e6 < y < 1.02e7 for x, y in pairs):
        return "utm_metres"
    if abs(longitude) > 180 or abs(latitude) > 90:
        return "not_degrees"
    return "outside_peru"


def _in_box(longitude: float, latitude: float) -> bool:
    west, south, east, north = PERU_BOUNDS
    return west <= longitude <= east and south <= latitude <= north


def are_outside(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Which points of the box lie clearly beyond the border, shape (n,), bool."""
    import shapely

    return ~shapely.contains_xy(_country(), longitude, latitude)


@lru_cache(maxsize=1)
def _country() -> object:
    import shapely

    from data.geography import load_features

    outlines = load_features("departments_simplified").geometry
    country = shapely.union_all(outlines.to_numpy()).buffer(_BORDER_DEGREES)
    shapely.prepare(country)
    return country


def nearest_districts(longitude: np.ndarray, latitude: np.ndarray) -> list[str]:
    """Code of the district whose capital is nearest to each point."""
    from scipy.spatial import cKDTree

    codes = list(gazetteer().positions)
    places = np.array([gazetteer().positions[code] for code in codes])
    tree = cKDTree(np.column_stack(to_analysis(places[:, 0], places[:, 1])))
    _, nearest = tree.query(np.column_stack(to_analysis(longitude, latitude)))
    return [codes[at] for at in nearest]


def distance_km(longitude: float, latitude: float, district: str) -> float | None:
    """Distance of a point from the capital of a district; None if that has no position."""
    position = gazetteer().positions.get(district)
    if position is None:
        return None
    x, y = to_analysis([longitude, position[0]], [latitude, position[1]])
    return float(np.hypot(x[0] - x[1], y[0] - y[1])) / 1000
