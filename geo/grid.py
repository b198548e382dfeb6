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

    @property
    def cell_area_km2(self) -> float:
        """Area of one cell, km2."""
        return self.cell_size_m**2 / 1e6

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

    A cell belongs to the country when its centre does. One empty cell is left on each side.

    Parameters
    ----------
    geometries : iterable of shapely geometries
        The departments (or the country), WGS84 degrees.
    cell_size_m : float
        Side of a cell, metres.

    Returns
    -------
    Grid

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
    return _rasterise(project_geometry(shapely.union_all(shapes)), float(cell_size_m))


def project_geometry(geometry: BaseGeometry) -> BaseGeometry:
    """Project a WGS84 geometry to the analysis CRS, vertex by vertex."""
    return shapely.transform(
        geometry, lambda xy: np.column_stack(to_analysis(xy[:, 0], xy[:, 1])), include_z=False
    )


class Snapper:
    """Moves points outside the country's cells to the centre of the nearest cell inside.

    Coarse borders and cells put some coastal towns in the sea; their cases are real, so they move
    rather than vanish. The search tree is built once, at the first point outside.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._border: tuple[Any, np.ndarray, np.ndarray] | None = None

    def snap(
        self, easting: np.ndarray, northing: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Move what lies outside.

        Returns
        -------
        easting, northing : ndarray, shape (n,)
            Metres, unchanged for points on the mask.
        moved_m : ndarray, shape (n,)
            Distance moved, metres; 0 for points on the mask.
        """
        off = np.flatnonzero(self.outside(easting, northing))
        moved_m = np.zeros(len(easting))
        if not len(off):
            return easting, northing, moved_m
        found = self.nearest_cells(easting[off], northing[off])
        easting, northing = easting.copy(), northing.copy()
        easting[off], northing[off], moved_m[off] = found
        return easting, northing, moved_m

    def nearest_cells(
        self, easting: np.ndarray, northing: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centres of the cells nearest to some points, and how far these are, metres."""
        tree, x, y = self._nearest()
        distance_m, nearest = tree.query(np.column_stack([easting, northing]))
        return x[nearest], y[nearest], distance_m

    def outside(self, easting: np.ndarray, northing: np.ndarray) -> np.ndarray:
        """Whether each point lies off the country's cells, shape (n,), bool."""
        grid, mask = self.grid, self.grid.mask
        rows, columns = mask.shape
        row = np.floor((grid.north_m - northing) / grid.cell_size_m)
        column = np.floor((easting - grid.west_m) / grid.cell_size_m)
        inside = row.size and row.min() >= 0 and column.min() >= 0
        if inside and row.max() < rows and column.max() < columns:
            row *= columns
            row += column
            return ~mask.reshape(-1).take(row.astype(np.intp))
        off = ~((row >= 0) & (row < rows) & (column >= 0) & (column < columns))
        row[off], column[off] = 0, 0
        off |= ~mask[row.astype(np.intp), column.astype(np.intp)]
        return off

    def _nearest(self) -> tuple[Any, np.ndarray, np.ndarray]:
        if self._border is None:
            from scipy.spatial import cKDTree  # only here: most calls need no search

            x, y = self.grid.centre_of(*np.nonzero(_border(self.grid.mask)))
            self._border = (cKDTree(np.column_stack([x, y])), x, y)
        return self._border


def require_positive(name: str, value: float) -> None:
    """Raise ParameterError unless `value` is a finite number above zero."""
    if not (np.isfinite(value) and value > 0):
        raise ParameterError(f"{name} is {value}; it must be a number of metres above 0")


def require_grid_fits(rows: int, columns: int, cell_size_m: float) -> None:
    """Raise ParameterError, naming the smallest possible cell, if the grid is too large."""
    if rows * columns > MAX_CELLS:
        least = cell_size_m * (rows * columns / MAX_CELLS) ** 0.5
        raise ParameterError(
            f"cell_size_m of {cell_size_m:g} needs {rows * columns / 1e6:,.0f} million cells "
            f"({rows} x {columns}); at most {MAX_CELLS / 1e6:.0f} million fit in memory: use "
            f"{np.ceil(least / 10) * 10:.0f} m or more"
        )


def _rasterise(outline: BaseGeometry, cell: float) -> Grid:
    west, south, east, north = outline.bounds
    left, bottom = np.floor(west / cell) - 1, np.floor(south / cell) - 1
    right, top = np.ceil(east / cell) + 1, np.ceil(north / cell) + 1
    rows, columns = int(top - bottom), int(right - left)
    require_grid_fits(rows, columns, cell)
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
            f"no cell of {cell:g} m has its centre inside the outline; use a smaller cell_size_m"
        )
    return Grid(float(left * cell), float(top * cell), cell, mask)


def _border(mask: np.ndarray) -> np.ndarray:
    """Cells of the mask with a side neighbour outside: the nearest cell is always one of them."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner
