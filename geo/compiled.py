"""Points by the hundred million: the same sums from compiled loops, where numba is installed.

numba is optional (requirements-compiled.lock) and costs half a second of start, so the usual way is
numpy's, and whoever has enough points asks for this one.
"""

from __future__ import annotations

import importlib.util

import numpy as np

from geo import laea
from geo.errors import ParameterError
from geo.grid import Grid, Snapper
from geo.lattice import Gathered, Lattice
from geo.support import BIN_M, Support

PAYS_FROM = 30_000_000
"""Points from which a fresh process has its start back (docs/benchmarks.md)."""


def is_installed() -> bool:
    """Whether the loops can be compiled here."""
    return importlib.util.find_spec("numba") is not None


def require_installed() -> None:
    """Raise ParameterError, with what to do, if the loops cannot be compiled here."""
    if not is_installed():
        raise ParameterError(
            "compiled loops need numba, which is not installed: pip install -r "
            "requirements-compiled.lock, or leave them out; the density is the same"
        )


class CompiledGathered(Gathered):
    """As :class:`geo.lattice.Gathered`, point by point instead of term by term.

    Sums of both kinds are merged with each other; they agree to rounding.
    """

    def __init__(self, grid: Grid, lattice: Lattice) -> None:
        super().__init__(grid, lattice)
        self._snapper = CompiledSnapper(grid)

    def _start(self, lattice: Lattice) -> None:
        super()._start(lattice)
        # the ten sums of a coarse cell side by side: one point touches two lines of the cache
        self.sums = np.zeros(self.sums.shape[::-1]).T
        self._off = np.empty(0, dtype=np.int64)

    def _add(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        if len(self._off) < len(weight):
            self._off = np.empty(len(weight), dtype=np.int64)
        self.count += len(weight)
        self.total += float(weight.sum())
        off = self._off[: self._loop(x, y, weight)].copy()
        if len(off):
            moved_x, moved_y, moved_m = self._snapper.nearest_cells(x[off], y[off])
            self._note_moved(moved_m)
            self._loop(moved_x, moved_y, weight[off])

    def _loop(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> int:
        from geo.compiled_loops import add_points

        lattice, grid = self.lattice, self._snapper.grid
        edges = lattice.west_m, lattice.north_m, lattice.spacing_m
        cells = float(grid.west_m), float(grid.north_m), float(grid.cell_size_m)
        table = self.sums.T
        x, y, weight = (np.ascontiguousarray(a) for a in (x, y, weight))
        count, _ = add_points(
            *(x, y, weight, edges, lattice.shape),
            *(cells, grid.mask, self._sure.inside, table, self._off),
        )
        return int(count)


class CompiledSnapper(Snapper):
    """As :class:`geo.grid.Snapper`; of several nearest cells it may take another."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._sides: np.ndarray | None = None

    def nearest_cells(
        self, easting: np.ndarray, northing: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        from geo.compiled_loops import nearest_cells

        if self._sides is None:
            self._sides = _sides(self.grid.mask)
        moved = np.empty((3, len(easting)))
        cells = float(self.grid.west_m), float(self.grid.north_m), float(self.grid.cell_size_m)
        nearest_cells(easting, northing, cells, self._sides, moved)
        return moved[0], moved[1], moved[2]


def _sides(mask: np.ndarray) -> np.ndarray:
    """Column of the last True up to each cell of its row, and of the first after it; -1 if none."""
    columns = np.arange(mask.shape[1], dtype=np.int32)
    left = np.maximum.accumulate(np.where(mask, columns, -1), axis=1)
    none = np.int32(mask.shape[1])
    after = np.minimum.accumulate(np.where(mask, columns, none)[:, ::-1], axis=1)[:, ::-1]
    right = np.full_like(left, -1)
    right[:, :-1] = np.where(after[:, 1:] == none, -1, after[:, 1:])
    return np.stack([left.T, right.T], axis=2)


class CompiledSupport(Support):
    """As :class:`geo.support.Support`, to the bit."""

    def _count(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        from geo.compiled_loops import count_records

        arrays = (np.ascontiguousarray(a) for a in (easting, northing, weight))
        count_records(*arrays, BIN_M, self._corner, self._counts, self._weights)


def project(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`geo.laea.project`, to the last bit; far from Peru it is that function."""
    if len(longitude) == 0:
        return laea.project(longitude, latitude)
    farthest = [longitude.min() - laea.CENTRE_DEGREES, longitude.max() - laea.CENTRE_DEGREES]
    if not laea.is_small(np.radians([*farthest, latitude.min(), latitude.max()])):
        return laea.project(longitude, latitude)
    from geo import compiled_loops

    easting, northing = np.empty(len(longitude)), np.empty(len(longitude))
    compiled_loops.project(
        *(np.ascontiguousarray(a) for a in (longitude, latitude)),
        *(laea.CENTRE_DEGREES, laea.CONSTANTS, laea.SINE, laea.AUTHALIC_SINE),
        *(easting, northing),
    )
    return easting, northing
