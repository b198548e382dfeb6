"""Weighted points gathered as local polynomials on a coarse lattice; what is gathered adds up.

Inside a coarse cell of side h / 5 a Gaussian of standard deviation h is a polynomial of total
degree 3, up to 1.2e-5 of its peak wherever in the cell a point lies. So of any number of points a
cell need remember only ten sums: the weights times t^p s^q, p + q <= 3, with t and s the position
in the cell, southward and eastward. They do not depend on the cells of the map, and those of two
parts of the points are added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geo.grid import Grid, Snapper

DEGREE = 3
TERMS = tuple((p, q) for p in range(DEGREE + 1) for q in range(DEGREE + 1 - p))
"""Degrees southward and eastward of the ten sums, in the order they are kept."""
NODES_PER_BANDWIDTH = 5
MARGIN = 3
"""Coarse cells around the map's frame: the reach of the rule that reads polynomials from nodes."""
LARGEST = 1 << 21
"""Coarse cells beyond which the ten sums would take too much memory (170 MB a thread)."""
FEW = 1 << 15
"""Points below which passes over all coarse cells cost more than they save."""
PART = 1 << 18
"""Points handled at once; fewer would spend their time on empty cells."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Coarse cells over a grid; row 0 is north. A node is the centre of a coarse cell."""

    west_m: float
    """easting of the left edge of column 0, metres."""
    north_m: float
    """northing of the upper edge of row 0, metres."""
    spacing_m: float
    """side of a coarse cell, metres: a multiple of the grid's cell or a whole part of it."""
    shape: tuple[int, int]
    """rows and columns, the margin included."""


def lattice_for(grid: Grid, bandwidth_m: float) -> Lattice:
    """Lattice of a fifth of the bandwidth or finer that keeps step with the grid's cells.

    Examples
    --------
    >>> grid = Grid(0.0, 60_000.0, 1_000.0, np.ones((60, 40), dtype=bool))
    >>> lattice_for(grid, 22_000).spacing_m, lattice_for(grid, 22_000).shape
    (4000.0, (21, 16))
    >>> lattice_for(grid, 2_000).spacing_m
    333.3333333333333
    """
    wanted = bandwidth_m / NODES_PER_BANDWIDTH
    cell = grid.cell_size_m
    spacing = cell * np.floor(wanted / cell) if wanted >= cell else cell / np.ceil(cell / wanted)
    rows, columns = (int(np.ceil(n * cell / spacing - 1e-9)) + 2 * MARGIN for n in grid.mask.shape)
    return Lattice(
        float(grid.west_m - MARGIN * spacing),
        float(grid.north_m + MARGIN * spacing),
        float(spacing),
        (rows, columns),
    )


Scatter = Callable[[np.ndarray, np.ndarray], None]
"""Adds values to sums, each in its place."""


class Gathered:
    """Sums over the points seen so far; points outside the country are moved onto it first."""

    def __init__(self, grid: Grid, lattice: Lattice) -> None:
        self._start(lattice)
        self._snapper = Snapper(grid)
        self._sure = _Sure(grid, lattice)

    def _start(self, lattice: Lattice) -> None:
        self.lattice = lattice
        self.sums = np.zeros((len(TERMS), lattice.shape[0] * lattice.shape[1]))
        """shape (10, coarse cells): weights times powers t^p s^q, t and s from -1/2 to 1/2,
        terms in the order of TERMS."""
        self.count = 0
        self.total = 0.0
        self.snapped_count = 0
        self.snapped_max_distance_m = 0.0
        self._work = np.empty((5, 0))
        self._dense = np.empty((1, 0))
        self._first_row = np.zeros(0, dtype=np.int32)

    def another(self) -> Gathered:
        """Empty sums on the same lattice, for another thread."""
        other = object.__new__(type(self))
        other._start(self.lattice)
        other._snapper, other._sure = self._snapper, self._sure
        return other

    def __getstate__(self) -> dict[str, object]:
        # what travels between machines: sums to be merged, not what gathering needs
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        """Add points: finite coordinates in metres of the analysis CRS, weights not negative."""
        for begin in range(0, len(weight), PART):
            part = slice(begin, begin + PART)
            self._add(easting[part], northing[part], weight[part])

    def _add(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        lattice = self.lattice
        if self._work.shape[1] < len(weight):
            self._work = np.empty((5, len(weight)))  # kept: no new memory for each part
        s, t, cell, first, second = self._work[:, : len(weight)]
        at = _placed(x, y, lattice, t, s, cell, first)
        if len(weight) < FEW:
            unsure = np.arange(len(weight))
        else:
            unsure = np.flatnonzero(~self._sure.inside.take(at))
        moved = unsure[self._snapper.outside(x[unsure], y[unsure])]
        if len(moved):
            moved_x, moved_y, moved_m = self._snapper.snap(x[moved], y[moved])
            self._note_moved(moved_m)
            south, east, *spare = np.empty((4, len(moved)))
            at[moved] = _placed(moved_x, moved_y, lattice, south, east, *spare)
            t[moved], s[moved] = south, east
        self.count += len(weight)
        self.total += float(weight.sum())
        scatter = self._scatter_few(at) if len(weight) < FEW else self._scatter_many(at)
        down, term = weight, 0
        for p in range(DEGREE + 1):
            value = down
            for q in range(DEGREE + 1 - p):
                scatter(self.sums[term], value)
                term += 1
                if p + q < DEGREE:
                    value = np.multiply(value, s, out=second)
            down = np.multiply(down, t, out=first)

    def _note_moved(self, moved_m: np.ndarray) -> None:
        self.snapped_count += len(moved_m)
        self.snapped_max_distance_m = max(self.snapped_max_distance_m, float(moved_m.max()))

    def _scatter_few(self, at: np.ndarray) -> Scatter:
        place = at.astype(np.intp)
        return lambda sums, value: np.add.at(sums, place, value)

    def _scatter_many(self, at: np.ndarray) -> Scatter:
        """A matrix of one row made dense adds up what stands in one place: sooner than bincount,
        which looks for the largest place each time, and no thread waits for it."""
        from scipy.sparse import coo_array  # 0.2 s of import, not on the start-up path

        cells = self.sums.shape[1]
        if self._dense.size != cells:
            self._dense = np.empty((1, cells))
        if len(self._first_row) < len(at):
            self._first_row = np.zeros(len(at), dtype=np.int32)
        place = self._first_row[: len(at)], at
        row = coo_array((self._work[3, : len(at)], place), shape=(1, cells))

        def scatter(sums: np.ndarray, value: np.ndarray) -> None:
            row.data = value
            sums += row.toarray(out=self._dense)[0]

        return scatter

    def merge(self, other: Gathered) -> None:
        """Add what another pass over other points has gathered on the same lattice."""
        self.sums += other.sums
        self.count += other.count
        self.total += other.total
        self.snapped_count += other.snapped_count
        self.snapped_max_distance_m = max(self.snapped_max_distance_m, other.snapped_max_distance_m)


def _placed(
    x: np.ndarray,
    y: np.ndarray,
    lattice: Lattice,
    t: np.ndarray,
    s: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
) -> np.ndarray:
    """Flat number of the coarse cell of each point; t and s are filled with its place in it.

    Places run from -1/2 to 1/2, southward and eastward; what lies beyond the lattice gets a place
    in its outermost cells. The last two arrays are room to work in.
    """
    for value, edge, sign, place, cell, count in (
        (y, lattice.north_m, -1.0, t, row, lattice.shape[0]),
        (x, lattice.west_m, 1.0, s, column, lattice.shape[1]),
    ):
        np.subtract(value, edge, out=place)
        place *= sign / lattice.spacing_m
        if not (place.min() >= 0 and place.max() < count):
            np.clip(place, 0, count - 1, out=place)
        np.floor(place, out=cell)
        place -= cell
        place -= 0.5
    row *= lattice.shape[1]
    row += column
    return row.astype(np.int32)


class _Sure:
    """Coarse cells in which no point needs to be looked at; found when first asked for."""

    def __init__(self, grid: Grid, lattice: Lattice) -> None:
        self._of = grid, lattice

    @cached_property
    def inside(self) -> np.ndarray:
        """Whether every cell of the map that a coarse cell touches is of the country, flat."""
        return _wholly_inside(*self._of)


def _wholly_inside(grid: Grid, lattice: Lattice) -> np.ndarray:
    """Whether every cell of the map that a coarse cell touches belongs to the country, flat."""
    rows, columns = (n - 2 * MARGIN for n in lattice.shape)
    cells = round(lattice.spacing_m / grid.cell_size_m)
    if cells >= 1:
        mask = np.zeros((rows * cells, columns * cells), dtype=bool)
        mask[: grid.mask.shape[0], : grid.mask.shape[1]] = grid.mask
        lines = mask[::cells].copy()
        for further in range(1, cells):
            lines &= mask[further::cells]
        inside = lines[:, ::cells].copy()
        for further in range(1, cells):
            inside &= lines[:, further::cells]
    else:
        times = round(grid.cell_size_m / lattice.spacing_m)
        inside = np.repeat(np.repeat(grid.mask, times, axis=0), times, axis=1)
    return np.pad(inside, MARGIN).reshape(-1)
