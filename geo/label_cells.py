"""The cells of a raster that outlines pass through, and the runs of cells between them."""

from __future__ import annotations

import numpy as np
import shapely

TOLERANCE = 1e-6
"""Cells; an outline this close to a cell counts as inside it, which covers rounding by far."""
SEGMENTS = 1 << 18
"""Segments followed at once."""


def cells_on_outlines(
    shapes: np.ndarray, west_m: float, south_m: float, cell_size_m: float, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Every cell that an outline enters or comes within the tolerance of.

    A segment is cut where it crosses the lines of the raster; the middle of each piece lies in the
    cell of the piece. Four copies, shifted by the tolerance along both diagonals, stand for a
    segment as thick as the tolerance: a cell is larger, so it cannot hide between them.

    Parameters
    ----------
    shapes : ndarray of shapely polygons, shape (n,)
    west_m, south_m, cell_size_m : float
        Frame of the raster, metres; row 0 is south.
    columns : int

    Returns
    -------
    cell, region : ndarray, int64
        Flat cell numbers (row * columns + column) and positions in shapes; pairs may repeat.

    Examples
    --------
    >>> cell, region = cells_on_outlines(np.array([shapely.box(0.5, 0.5, 2.5, 1.5)]), 0, 0, 1, 4)
    >>> sorted({int(number) for number in cell})
    [0, 1, 2, 4, 5, 6]
    """
    polygons, of_shape = shapely.get_parts(shapes, return_index=True)
    rings, of_polygon = shapely.get_rings(polygons, return_index=True)
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    xy = (xy - (west_m, south_m)) * (1 / cell_size_m)
    follows = of_ring[1:] == of_ring[:-1]
    start, end = xy[:-1][follows], xy[1:][follows]
    owner = of_shape[of_polygon[of_ring[:-1][follows]]]
    found = []
    for begin in range(0, len(start), SEGMENTS):
        part = slice(begin, begin + SEGMENTS)
        for shift in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            moved = np.multiply(shift, TOLERANCE)
            segment, cell = _followed(start[part] + moved, end[part] + moved, columns)
            found.append(np.unique(cell * len(shapes) + owner[part][segment]))
    cell, region = np.divmod(np.unique(np.concatenate(found)), len(shapes))
    return cell, region


def interior_runs(border: np.ndarray, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """First cell and length of each run of cells of one row without a border cell.

    Parameters
    ----------
    border : ndarray, shape (k,)
        Flat numbers of the border cells, ascending.

    Examples
    --------
    >>> [part.tolist() for part in interior_runs(np.array([1, 4]), 2, 4)]
    [[0, 2, 5], [1, 2, 3]]
    """
    is_border = np.zeros(rows * columns, dtype=bool)
    is_border[border] = True
    starts = ~is_border
    starts[1:] &= is_border[:-1]
    starts[::columns] = ~is_border[::columns]
    start = np.flatnonzero(starts)
    stops = np.union1d(border, np.arange(0, rows * columns + 1, columns))
    return start, stops[np.searchsorted(stops, start, side="right")] - start


def _followed(start: np.ndarray, end: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Segment and cell of each piece between two crossings."""
    position, cut = [np.arange(len(start))] * 2, [np.zeros(len(start)), np.ones(len(start))]
    for axis in (0, 1):
        a, b = start[:, axis], end[:, axis]
        low, high = np.floor(np.minimum(a, b)), np.floor(np.maximum(a, b))
        count = (high - low).astype(np.int64)
        segment = np.repeat(np.arange(len(start)), count)
        nth = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
        line = low[segment] + 1 + nth
        position.append(segment)
        cut.append(np.clip((line - a[segment]) / (b - a)[segment], 0, 1))
    segment, along = np.concatenate(position), np.concatenate(cut)
    order = np.lexsort((along, segment))
    segment, along = segment[order], along[order]
    one = segment[1:] == segment[:-1]
    middle, segment = ((along[1:] + along[:-1]) / 2)[one], segment[:-1][one]
    place = start[segment] + middle[:, None] * (end - start)[segment]
    column, row = np.floor(place).astype(np.int64).T
    return segment, row * columns + column
