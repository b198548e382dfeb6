"""The analysis grid: square cells over the country, origin snapped to multiples of the cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import to_analysis
from geo.errors import GeoError, ParameterError

MAX_CELLS = 20_000_000
"""Largest grid that is computed: about 0.4 km cells over Peru and 1.5 GB of memory."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells in the analysis CRS; row 0 is north, column 0 is west."""

    west_m: float
    """easting of the left edge, metres, a multiple of the cell."""
    north_m: float
    """northing of the upper edge, metres, a multiple of the cell."""
    cell_size_m: float
    """side of a cell, metres."""
    mask: np.ndarray
    """shape (rows, cols), bool, True where the cell's centre lies in the country."""

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine coefficients (a, b, c, d, e, f): x = a col + b row + c, y = d col + e row + f."""
        return (self.cell_size_m, 0.0, self.west_m, 0.0, -self.cell_size_m, self.north_m)

    def cell_of(self, easting: np.ndarray, northing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of the cell that holds each point; outside the grid they run beyond it."""
        row = np.floor((self.north_m - northing) / self.cell_size_m).astype(np.int64)
        column = np.floor((easting - self.west_m) / self.cell_size_m).astype(np.int64)
        return row, column

    def centre_of(self, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Easting and northing, metres, of the centres of the given cells."""
        easting = self.west_m + (column + 0.5) * self.cell_size_m
        northing = self.north_m - (row + 0.5) * self.cell_size_m
        return easting, northing


def country_grid(geometries: Iterable[BaseGeometry], *, cell_size_m: float) -> Grid:
    """Rasterise the country once; every density of the same cell size shares the result.

    A cell belongs to the country when its centre does. One empty cell is left on each side. The
    geometries are WGS84 degrees.

    Raises
    ------
    ParameterError
        The cell is not positive, or so small that the grid would not fit in memory.
    GeoError
        No geometry came, or no cell's centre falls inside.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> grid = country_grid([box(-76, -10, -75, -9)], cell_size_m=5_000)
    >>> grid.mask.shape, int(grid.mask.sum()), grid.west_m % 5_000
    ((25, 24), 484, 0.0)
    """
    require_positive("cell_size_m", cell_size_m)
    shapes = [geometry for geometry in geometries if not geometry.is_empty]
    if not shapes:
        raise GeoError("no geometry came; the grid needs the outline of the country")
    outline, cell = project_geometry(shapely.union_all(shapes)), float(cell_size_m)
    west, south, east, north = outline.bounds
    left, bottom = np.floor(west / cell) - 1, np.floor(south / cell) - 1
    right, top = np.ceil(east / cell) + 1, np.ceil(north / cell) + 1
    rows, columns = int(top - bottom), int(right - left)
    if rows * columns > MAX_CELLS:
        least = cell * (rows * columns / MAX_CELLS) ** 0.5
        raise ParameterError(
            "cell_size_m of {cell:g} needs {cells:,.0f} million cells ({rows} x {columns}). At "
            "most {most:.0f} million fit in memory. Use {least:.0f} m or more",
            cell=cell,
            cells=rows * columns / 1e6,
            rows=rows,
            columns=columns,
            most=MAX_CELLS / 1e6,
            least=np.ceil(least / 10) * 10,
        )
    from rasterio.features import rasterize  # 0.4 s of import, not on the start-up path
    from rasterio.transform import Affine

    mask = rasterize(
        [(outline, 1)],
        out_shape=(rows, columns),
        transform=Affine(cell, 0, left * cell, 0, -cell, top * cell),
        dtype="uint8",
    ).astype(bool)
    if not mask.any():
        raise GeoError(
            "no cell of {cell:g} m has its centre inside the outline. Use a smaller cell_size_m",
            cell=cell,
        )
    return Grid(float(left * cell), float(top * cell), cell, mask)


def project_geometry(geometry: BaseGeometry) -> BaseGeometry:
    """Project a WGS84 geometry to the analysis CRS, vertex by vertex."""
    return shapely.transform(
        geometry, lambda xy: np.column_stack(to_analysis(xy[:, 0], xy[:, 1])), include_z=False
    )


class Snapper:
    """Moves points outside the country's cells to the centre of the nearest cell inside."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._border: tuple[Any, np.ndarray, np.ndarray] | None = None

    def snap(
        self, easting: np.ndarray, northing: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places inside, and how far each point was moved, metres; all of shape (n,)."""
        row, column = self.grid.cell_of(easting, northing)
        rows, columns = self.grid.mask.shape
        off = (row < 0) | (row >= rows) | (column < 0) | (column >= columns)
        off[~off] = ~self.grid.mask[row[~off], column[~off]]
        moved_m = np.zeros(len(easting))
        if off.any():
            tree, x, y = self._nearest()
            moved_m[off], nearest = tree.query(np.column_stack([easting[off], northing[off]]))
            easting, northing = easting.copy(), northing.copy()
            easting[off], northing[off] = x[nearest], y[nearest]
        return easting, northing, moved_m

    def _nearest(self) -> tuple[Any, np.ndarray, np.ndarray]:
        """Return a tree and the centres of the border cells, which hold each nearest cell."""
        if self._border is None:
            from scipy.spatial import KDTree  # late: most calls need no search

            padded = np.pad(self.grid.mask, 1)
            inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
            x, y = self.grid.centre_of(*np.nonzero(self.grid.mask & ~inner))
            # of cells that are equally near, the size of the leaves decides
            self._border = (KDTree(np.column_stack([x, y]), leafsize=16), x, y)
        return self._border


def require_positive(name: str, value: float) -> None:
    """Raise ParameterError unless `value` is a finite number above zero."""
    if not (np.isfinite(value) and value > 0):
        raise ParameterError(
            "{name} is {value}. It must be a number of metres above 0", name=name, value=value
        )
