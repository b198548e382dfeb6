"""Minimum support: which pixels of a density of an organisation's records may be shown.

A bandwidth alone hides nobody: the peak of a lone record stands at its place, at every bandwidth.
So a pixel is shown only if at least 11 records from at least 3 places lie within two bandwidths
of its centre.

Records are kept as counts per half kilometre, so memory does not grow with their number. A place
is a coordinate rounded to 1 km. Two roundings are counted, shifted by half a kilometre, and the
smaller count decides: one address whose readings scatter over the corner of four squares is one
square of the other rounding, and never three places.
"""

from __future__ import annotations

import numpy as np

from geo.errors import ParameterError
from geo.grid import Grid, require_positive
from geo.threshold import MIN_K, k_anonymity

MIN_RECORDS = MIN_K
"""Fewest records behind a pixel; a deployment that raises K raises this too."""
MIN_PLACES = 3
MIN_BANDWIDTH_M = 10_000.0
PLACE_M = 1000.0
"""Side of the square that counts as one place, metres."""
_BIN_M = PLACE_M / 2
_OFFSET = 1 << 25
"""Keeps the half-kilometre numbers above 0 so that two of them fit one integer."""


class Support:
    """Records per half kilometre, gathered in one pass over their chunks."""

    def __init__(self) -> None:
        self._key: np.ndarray = np.empty(0, dtype=np.int64)
        self._records: np.ndarray = np.empty(0, dtype=np.int64)
        self._weight: np.ndarray = np.empty(0)

    def add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        """Count a chunk; a record of weight 0 supports nothing, or zeros could buy a pixel."""
        used = weight > 0
        column, row = (
            np.floor(axis[used] / _BIN_M).astype(np.int64) + _OFFSET for axis in (easting, northing)
        )
        key = np.concatenate([self._key, column << 32 | row])
        records = np.concatenate([self._records, np.ones(int(used.sum()), dtype=np.int64)])
        weights = np.concatenate([self._weight, weight[used]])
        self._key, inverse = np.unique(key, return_inverse=True)
        self._records = np.bincount(inverse, records, len(self._key)).astype(np.int64)
        self._weight = np.bincount(inverse, weights, len(self._key))

    @property
    def record_count(self) -> int:
        """Records with a weight above 0."""
        return int(self._records.sum())

    @property
    def records(self) -> np.ndarray:
        """Records of each occupied half kilometre, in the order of :meth:`points`."""
        return self._records

    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centres of the occupied half kilometres, easting and northing in metres, and weights."""
        column, row = self._half_kilometres()
        return (column + 0.5) * _BIN_M, (row + 0.5) * _BIN_M, self._weight

    def _half_kilometres(self) -> tuple[np.ndarray, np.ndarray]:
        return (self._key >> 32) - _OFFSET, (self._key & 0xFFFFFFFF) - _OFFSET

    def is_shown(self, grid: Grid, *, bandwidth_m: float) -> np.ndarray:
        """Pixels with enough records from enough places within two bandwidths.

        A square counts only if all of it lies within the distance, whatever the positions inside.

        Parameters
        ----------
        grid : Grid
            Cells of bandwidth_m / 2 or more.
        bandwidth_m : float
            Standard deviation of the kernel, metres, at least 10 km.

        Returns
        -------
        ndarray, shape (rows, cols), bool
            False outside the country.

        Raises
        ------
        ParameterError
            A bandwidth or a cell below the rule's.

        Examples
        --------
        >>> grid = Grid(0.0, 200_000.0, 10_000.0, np.ones((20, 20), dtype=bool))
        >>> support = Support()
        >>> support.add(np.full(50, 105_000.0), np.full(50, 95_000.0), np.ones(50))
        >>> int(support.is_shown(grid, bandwidth_m=20_000).sum())  # fifty records, one place
        0
        >>> support.add(np.array([99_000.0, 111_000.0]), np.full(2, 95_000.0), np.ones(2))
        >>> int(support.is_shown(grid, bandwidth_m=20_000).sum())
        37
        """
        require_supported(bandwidth_m=bandwidth_m, cell_size_m=grid.cell_size_m)
        reach = 2 * bandwidth_m
        column, row = self._half_kilometres()
        records = _count_within(
            grid,
            (column + 0.5) * _BIN_M,
            (row + 0.5) * _BIN_M,
            self._records,
            reach - _BIN_M / np.sqrt(2),
        )
        shown = grid.mask & (records >= min_records())
        for shift in (0, 1):
            place_of = (column + shift) >> 1, (row + shift) >> 1
            places = np.unique(np.column_stack(place_of), axis=0)
            # Rounding to even or to odd half kilometres: the square's centre moves with it.
            x, y = (places.T + 0.5) * PLACE_M - shift * _BIN_M
            ones = np.ones(len(places), dtype=np.int64)
            shown &= _count_within(grid, x, y, ones, reach - PLACE_M / np.sqrt(2)) >= MIN_PLACES
        return shown


def min_records() -> int:
    """Fewest records behind a pixel in this deployment: 11, or the higher K of its setting."""
    return max(MIN_RECORDS, k_anonymity())


def require_supported(*, bandwidth_m: float, cell_size_m: float) -> None:
    """Raise ParameterError unless records may be shown at this bandwidth and cell."""
    require_positive("bandwidth_m", bandwidth_m)
    require_positive("cell_size_m", cell_size_m)
    if bandwidth_m < MIN_BANDWIDTH_M:
        raise ParameterError(
            f"bandwidth_m is {bandwidth_m:g}: records of one's own are shown from "
            f"{MIN_BANDWIDTH_M:g} m (10 km) on, or a hill points at a house; use a wider one"
        )
    if cell_size_m < bandwidth_m / 2 * (1 - 1e-9):  # 15.15 km in metres may round down
        raise ParameterError(
            f"cell_size_m is {cell_size_m:g}: records of one's own are shown in cells of half the "
            f"bandwidth or more; with {bandwidth_m:g} m use at least {bandwidth_m / 2:g} m"
        )


def _count_within(
    grid: Grid, x: np.ndarray, y: np.ndarray, amount: np.ndarray, reach_m: float
) -> np.ndarray:
    """Sum of the amounts within a distance of each cell's centre."""
    rows, columns = grid.mask.shape
    total = np.zeros(rows * columns, dtype=np.int64)
    row, column = grid.cell_of(x, y)
    steps = int(np.ceil(reach_m / grid.cell_size_m)) + 1
    for down in range(-steps, steps + 1):
        for right in range(-steps, steps + 1):
            r, c = row + down, column + right
            centre_x, centre_y = grid.centre_of(r, c)
            near = (centre_x - x) ** 2 + (centre_y - y) ** 2 <= reach_m**2
            near &= (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
            total += np.bincount(r[near] * columns + c[near], amount[near], rows * columns).astype(
                np.int64
            )
    return total.reshape(rows, columns)
