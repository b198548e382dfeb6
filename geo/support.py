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

from geo.errors import GeoError, ParameterError
from geo.grid import Grid, require_positive
from geo.threshold import MIN_K, k_anonymity

MIN_RECORDS = MIN_K
"""Fewest records behind a pixel; a deployment that raises K raises this too."""
MIN_PLACES = 3
MIN_BANDWIDTH_M = 10_000.0
PLACE_M = 1000.0
"""Side of the square that counts as one place, metres."""
BIN_M = PLACE_M / 2
"""Side of the squares in which records are counted, metres."""
_STEP = 256
"""Half kilometres by which the tables grow, so that they seldom do."""
_LARGEST = 1 << 25
"""Half kilometres in the tables; Peru takes 14 million."""


class Support:
    """Records per half kilometre, gathered in one pass over their chunks.

    Two tables span the half kilometres seen so far: memory grows with the country, 200 MB for all
    of Peru, and not with the records.
    """

    def __init__(self) -> None:
        self._corner = (0, 0)
        self._counts: np.ndarray = np.zeros((0, 0), dtype=np.int64)
        self._weights: np.ndarray = np.zeros((0, 0))

    def add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        """Count a chunk; a record of weight 0 supports nothing, or zeros could buy a pixel.

        Raises
        ------
        GeoError
            The records span more than the tables may.
        """
        used = weight > 0
        if not used.all():
            easting, northing, weight = easting[used], northing[used], weight[used]
        if len(weight) == 0:
            return
        ends = [(axis.min(), axis.max()) for axis in (easting, northing)]
        self._span(*(np.floor(np.array(end) / BIN_M).astype(np.int64) for end in ends))
        self._count(easting, northing, weight)

    def _count(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        column, row = (np.floor(axis / BIN_M).astype(np.int64) for axis in (easting, northing))
        column -= self._corner[0]
        column *= self._counts.shape[1]
        column += row
        column -= self._corner[1]
        np.add.at(self._counts.reshape(-1), column, 1)
        np.add.at(self._weights.reshape(-1), column, weight)

    def merge(self, other: Support) -> None:
        """Add the records that another pass over other chunks has counted."""
        if other._counts.size == 0:
            return
        column, row = np.nonzero(other._counts)
        counts, weights = other._counts[column, row], other._weights[column, row]
        column, row = column + other._corner[0], row + other._corner[1]
        self._span(column, row)
        at = column - self._corner[0], row - self._corner[1]
        self._counts[at] += counts  # each square occurs once
        self._weights[at] += weights

    def __getstate__(self) -> tuple[np.ndarray, ...]:
        # what travels between machines: the occupied squares, not the empty country around them
        column, row = np.nonzero(self._counts)
        found = self._counts[column, row], self._weights[column, row]
        return column + self._corner[0], row + self._corner[1], *found

    def __setstate__(self, state: tuple[np.ndarray, ...]) -> None:
        column, row, counts, weights = state
        Support.__init__(self)
        if len(counts):
            self._span(column, row)
            at = column - self._corner[0], row - self._corner[1]
            self._counts[at], self._weights[at] = counts, weights

    def _span(self, column: np.ndarray, row: np.ndarray) -> None:
        """Let the tables reach over these half kilometres."""
        low = [int(axis.min()) // _STEP * _STEP for axis in (column, row)]
        high = [(int(axis.max()) // _STEP + 1) * _STEP for axis in (column, row)]
        shape = self._counts.shape
        if self._counts.size:
            low = [min(a, b) for a, b in zip(low, self._corner, strict=True)]
            high = [max(a, b + n) for a, b, n in zip(high, self._corner, shape, strict=True)]
        wanted = tuple(b - a for a, b in zip(low, high, strict=True))
        if wanted == shape:
            return
        if wanted[0] * wanted[1] > _LARGEST:
            raise GeoError(
                f"the records span {wanted[0] * BIN_M / 1000:,.0f} by "
                f"{wanted[1] * BIN_M / 1000:,.0f} km; support is counted over at most "
                f"{_LARGEST * BIN_M**2 / 1e6:,.0f} km2: drop what lies elsewhere"
            )
        at = tuple(
            slice(b - a, b - a + n) for a, b, n in zip(low, self._corner, shape, strict=True)
        )
        counts, weights = np.zeros(wanted, dtype=np.int64), np.zeros(wanted)
        if self._counts.size:
            counts[at], weights[at] = self._counts, self._weights
        self._corner, self._counts, self._weights = (low[0], low[1]), counts, weights

    @property
    def record_count(self) -> int:
        """Records with a weight above 0."""
        return int(self._counts.sum())

    @property
    def records(self) -> np.ndarray:
        """Records of each occupied half kilometre, in the order of :meth:`points`."""
        return self._counts[self._counts > 0]

    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centres of the occupied half kilometres, easting and northing in metres, and weights."""
        column, row = np.nonzero(self._counts)
        weight = self._weights[column, row]
        column, row = column + self._corner[0], row + self._corner[1]
        return (column + 0.5) * BIN_M, (row + 0.5) * BIN_M, weight

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
        shown = grid.mask.copy()
        if self._counts.size == 0:
            return np.zeros_like(shown)
        first = tuple((corner + 0.5) * BIN_M for corner in self._corner)
        records = _count_within(grid, self._counts, first, BIN_M, reach - BIN_M / np.sqrt(2))
        shown &= records >= min_records()
        occupied = self._counts > 0
        for shift in (0, 1):
            # Rounding to even or to odd half kilometres: the square's centre moves with it.
            before = [(corner + shift) % 2 for corner in self._corner]
            odd = [(n, (-n - m) % 2) for n, m in zip(before, occupied.shape, strict=True)]
            pairs = np.pad(occupied, odd)
            places = pairs.reshape(pairs.shape[0] // 2, 2, -1, 2).any(axis=(1, 3))
            first = tuple(
                ((corner + shift) // 2 + 0.5) * PLACE_M - shift * BIN_M for corner in self._corner
            )
            found = _count_within(
                grid,
                np.asarray(places, dtype=np.int64),
                first,
                PLACE_M,
                reach - PLACE_M / np.sqrt(2),
            )
            shown &= found >= MIN_PLACES
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
    grid: Grid, table: np.ndarray, first: tuple[float, ...], step_m: float, reach_m: float
) -> np.ndarray:
    """Sum of a table's squares whose centres lie within a distance of each pixel's centre.

    Column by column of the table a circle is one run of rows, and a run is the difference of two
    cumulated sums: the work does not depend on how many squares are occupied.

    Parameters
    ----------
    grid : Grid
    table : ndarray, shape (columns, rows), int64
        Eastward and northward.
    first : (float, float)
        Easting and northing of the centre of table[0, 0], metres.
    step_m, reach_m : float
        Side of a square and the distance, metres.
    """
    columns, rows = table.shape
    cumulated = np.zeros((columns, rows + 1), dtype=np.int64)
    np.cumsum(table, axis=1, out=cumulated[:, 1:])
    pixel = np.nonzero(grid.mask.T)[::-1]  # column by column, as the table lies in memory
    centre_x, centre_y = grid.centre_of(*pixel)
    total = np.zeros(len(centre_x), dtype=np.int64)
    begin = np.floor((centre_x - reach_m - first[0]) / step_m).astype(np.int64)

    def is_near(row: np.ndarray, squared: np.ndarray) -> np.ndarray:
        return (centre_y - (first[1] + row * step_m)) ** 2 + squared <= reach_m**2

    for offset in range(int(np.ceil(2 * reach_m / step_m)) + 2):
        column = begin + offset
        squared = (centre_x - (first[0] + column * step_m)) ** 2
        half = np.sqrt(np.clip(reach_m**2 - squared, 0, None))
        low = np.ceil((centre_y - half - first[1]) / step_m).astype(np.int64)
        high = np.floor((centre_y + half - first[1]) / step_m).astype(np.int64)
        # Rounding may be off by one square at either end: the distance itself decides.
        low -= is_near(low - 1, squared)
        low += ~is_near(low, squared)
        high += is_near(high + 1, squared)
        high -= ~is_near(high, squared)
        known = (column >= 0) & (column < columns) & (low <= high)
        column = column[known]
        low, high = np.clip(low[known], 0, rows), np.clip(high[known] + 1, 0, rows)
        total[known] += cumulated[column, high] - cumulated[column, low]
    out = np.zeros(grid.mask.shape, dtype=np.int64)
    out[pixel] = total
    return out
