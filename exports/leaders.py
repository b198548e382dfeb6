"""Names beside the land: where one stands that its region has no room for, tied by a line."""

from __future__ import annotations

import numpy as np
import shapely

GAP = 2.0
"""units between a name and the end of its line."""
_STEP, _LEAST = 4.0, 4.0
"""units between two places that are tried; the least way that a line goes away from its name."""
_REACH = 0.25
"""the longest line over the longer side of the free area."""
_PER_UNIT, _PER_TURN, _ON_LAND, _FROM_TOP = 1 / 22, 3.0, 2.5, 1.0
"""what a unit of line, a slant of a right angle, standing on a neighbour's land and a line from
the top of the name cost in preference."""


def aside_spots(
    at: tuple[float, float],
    width: float,
    height: float,
    *,
    free: shapely.Geometry,
    sea: shapely.Geometry | None,
) -> np.ndarray:
    """Places of a box in a free area with the line that ties it to a point.

    Parameters
    ----------
    at : (float, float)
        The point inside the region, units.
    width, height : float
        Of the name, units.
    free : Geometry
        Where it may stand: the sea and the margin.
    sea : Geometry, optional
        The part of it that is preferred.

    Returns
    -------
    array, shape (n, 5)
        Preference (smaller is better, 0 for a short straight line), left, top, and x and y of the
        line's end at the name: the middle of the side that faces the point, or of the top.
    """
    west, north, east, south = free.bounds
    columns = np.arange(west + 1, east - width, _STEP)
    rows = np.arange(north + 1, south - height, _STEP)
    if not len(columns) or not len(rows):
        return np.empty((0, 5))
    left, top = (axis.ravel() for axis in np.meshgrid(columns, rows, indexing="ij"))
    shapely.prepare(free)
    is_free = shapely.contains(free, shapely.box(left, top, left + width, top + height))
    left, top = left[is_free], top[is_free]
    penalty = np.zeros(len(left))
    if sea is not None:
        shapely.prepare(sea)
        at_sea = shapely.contains(sea, shapely.box(left, top, left + width, top + height))
        penalty = np.where(at_sea, 0.0, _ON_LAND)
    x, y = at
    longest = _REACH * max(east - west, south - north)
    sides = np.where(left > x, left - GAP, left + width + GAP)
    is_beside = (left > x) | (left + width < x)
    ends = (
        (sides, top + height / 2, np.abs(sides - x), is_beside, 0.0),
        (left + width / 2, top - GAP / 2, top - y, np.full(len(left), fill_value=True), _FROM_TOP),
    )
    found = []
    for end_x, end_y, away, is_possible, cost in ends:
        length = np.hypot(end_x - x, end_y - y)
        kept = is_possible & (away >= _LEAST) & (length <= longest)
        slant = np.arccos(np.clip(away / np.maximum(length, 1e-9), 0, 1)) / (np.pi / 2)
        total = penalty + length * _PER_UNIT + _PER_TURN * slant + cost
        found.append(np.column_stack([total, left, top, end_x, end_y])[kept])
    return np.concatenate(found)
