"""The loops over points, compiled by numba: imported only when they are asked for.

Each computes what its twin in numpy does, value for value: the places in geo/lattice.py, the
projection in geo/laea.py. Sums are added point by point instead of term by term, so their last
bits may differ.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, sqrt
from typing import Any

import numba
import numpy as np

BLOCK = 1024
"""Points whose cells are fetched together."""


def _compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call and keep the result, where there is a folder to keep it in."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(loop)
    except RuntimeError:  # no folder can be written: compiled anew in each process
        return numba.njit(nogil=True, error_model="numpy")(loop)


@_compiled
def add_points(
    easting: np.ndarray,
    northing: np.ndarray,
    weight: np.ndarray,
    edges: tuple[float, float, float],
    shape: tuple[int, int],
    cells: tuple[float, float, float],
    mask: np.ndarray,
    sure: np.ndarray,
    sums: np.ndarray,
    off: np.ndarray,
) -> tuple[int, float]:
    """Add the powers of each point on the country to its coarse cell; list the others.

    Parameters
    ----------
    easting, northing, weight : ndarray, shape (n,)
    edges : (west, north, spacing)
        Of the lattice, metres.
    shape : (rows, columns)
        Of the lattice.
    cells : (west, north, side)
        Of the map, metres.
    mask : ndarray, shape (rows, columns), bool
        Cells of the map that are of the country.
    sure : ndarray, shape (coarse cells,), bool
        Coarse cells all of whose ground is.
    sums : ndarray, shape (coarse cells, 10)
        Filled; terms in the order of geo.lattice.TERMS.
    off : ndarray, shape (n,), int64
        Filled with the numbers of the points off the country.

    Returns
    -------
    count : int
        How many these are.
    seen : float
        Of no use; what nobody gets would not be computed, and cells not be fetched early.
    """
    west, north, spacing = edges
    rows, columns = shape
    south_per_m, east_per_m = -1.0 / spacing, 1.0 / spacing
    south, east = np.empty(BLOCK), np.empty(BLOCK)
    places = np.empty(BLOCK, np.int32)
    count, seen = 0, 0.0
    for begin in range(0, len(weight), BLOCK):
        size = min(BLOCK, len(weight) - begin)
        for j in range(size):
            down = (northing[begin + j] - north) * south_per_m
            right = (easting[begin + j] - west) * east_per_m
            row, column = np.floor(down), np.floor(right)
            south[j], east[j] = down - row - 0.5, right - column - 0.5
            on_lattice = (row >= 0) & (column >= 0) & (row < rows) & (column < columns)
            places[j] = np.int32(row * columns + column) if on_lattice else np.int32(-1)
        for j in range(size):
            # many cells are fetched from memory at once; below, one would wait for the other
            if places[j] >= 0:
                seen += sums[places[j], 0] + sums[places[j], 9]
        for j in range(size):
            i, at = begin + j, places[j]
            if at < 0 or not sure[at]:
                x, y = easting[i], northing[i]
                across = floor((cells[1] - y) / cells[2])
                along = floor((x - cells[0]) / cells[2])
                is_on = 0 <= across < mask.shape[0] and 0 <= along < mask.shape[1]
                if at < 0 or not is_on or not mask[across, along]:
                    off[count] = i
                    count += 1
                    continue
            t, s, w = south[j], east[j], weight[i]
            cell = sums[at]
            ws, wt = w * s, w * t
            wss, wst, wtt = ws * s, wt * s, wt * t
            cell[0] += w
            cell[1] += ws
            cell[2] += wss
            cell[3] += wss * s
            cell[4] += wt
            cell[5] += wst
            cell[6] += wst * s
            cell[7] += wtt
            cell[8] += wtt * s
            cell[9] += wtt * t
    return count, seen


@_compiled
def nearest_cells(
    easting: np.ndarray,
    northing: np.ndarray,
    cells: tuple[float, float, float],
    sides: np.ndarray,
    moved: np.ndarray,
) -> None:
    """Find the nearest cell of the country for each point.

    In a row of cells the nearest is the next to the left or the next to the right, so rows are
    looked at, nearer ones first, until a row is farther than the best.

    Parameters
    ----------
    easting, northing : ndarray, shape (n,)
    cells : (west, north, side)
        Of the map, metres.
    sides : ndarray, shape (columns, rows, 2), int32
        Column of the country's last cell up to here, and of its first one after; -1 if none. Rows
        that are looked at one after the other lie side by side in memory.
    moved : ndarray, shape (3, n)
        Filled with easting and northing of that cell's centre and the distance, metres.
    """
    west, north, side = cells
    columns, rows = sides.shape[:2]
    for i in range(len(easting)):
        x, y = easting[i], northing[i]
        column = int(min(max(floor((x - west) / side), 0.0), columns - 1.0))
        first = int(min(max(floor((north - y) / side), 0.0), rows - 1.0))
        best = np.inf
        for turn in range(2):
            row = first - turn
            while 0 <= row < rows:
                centre_y = north - (row + 0.5) * side
                down = (centre_y - y) * (centre_y - y)
                if down >= best:
                    break
                for side_of in range(2):
                    near = sides[column, row, side_of]
                    if near >= 0:
                        centre_x = west + (near + 0.5) * side
                        squared = (centre_x - x) * (centre_x - x) + down
                        if squared < best:
                            best = squared
                            moved[0, i], moved[1, i] = centre_x, centre_y
                row += 1 - 2 * turn
        moved[2, i] = sqrt(best)


@_compiled
def count_records(
    easting: np.ndarray,
    northing: np.ndarray,
    weight: np.ndarray,
    side: float,
    corner: tuple[int, int],
    counts: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Count each record, and its weight, in its square.

    Parameters
    ----------
    easting, northing, weight : ndarray, shape (n,)
    side : float
        Of a square, metres.
    corner : (column, row)
        Of the first square.
    counts, weights : ndarray, shape (columns, rows)
        Filled; every record falls into them.
    """
    for i in range(len(weight)):
        column = floor(easting[i] / side) - corner[0]
        row = floor(northing[i] / side) - corner[1]
        counts[column, row] += 1
        weights[column, row] += weight[i]


@_compiled
def project(
    longitude: np.ndarray,
    latitude: np.ndarray,
    centre: float,
    constants: tuple[float, float, float, float, float],
    sine_series: np.ndarray,
    authalic_series: np.ndarray,
    easting: np.ndarray,
    northing: np.ndarray,
) -> None:
    """Degrees to metres of the analysis CRS, for small angles only (geo.laea.SMALL_RADIANS).

    Parameters
    ----------
    longitude, latitude : ndarray, shape (n,)
    centre : float
        Longitude of the projection's centre, degrees.
    constants : (sine, cosine, scale, cosine / D2, sine / D2)
        Of the authalic latitude of the centre; scale is 2 (R D)2.
    sine_series, authalic_series : ndarray, shape (6,)
        Highest power first.
    easting, northing : ndarray, shape (n,)
        Filled.
    """
    sine_0, cosine_0, scale_0, cosine_d, sine_d = constants
    for i in range(len(longitude)):
        lat = latitude[i] * (np.pi / 180)
        squared = lat * lat
        sine = authalic_series[0] * squared
        for k in range(1, 5):
            sine = (sine + authalic_series[k]) * squared
        sine = (sine + authalic_series[5]) * lat
        cosine = sqrt(1 - sine * sine)
        lag = (longitude[i] - centre) * (np.pi / 180)
        squared = lag * lag
        sin_lag = sine_series[0] * squared
        for k in range(1, 5):
            sin_lag = (sin_lag + sine_series[k]) * squared
        sin_lag = (sin_lag + sine_series[5]) * lag
        toward = sqrt(1 - sin_lag * sin_lag) * cosine
        scale = sqrt(scale_0 / (sine * sine_0 + toward * cosine_0 + 1))
        easting[i] = cosine * sin_lag * scale
        northing[i] = (sine * cosine_d - toward * sine_d) * scale
