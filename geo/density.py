"""Kernel density of weighted points on a grid: cases per km2.

Points go to the nodes of a grid through B-spline weights, one FFT pair smooths them, and Diggle's
correction gives back to each point the part of its kernel that fell outside the country.
docs/decisions/0005-density-linear-binning-and-diggle.md says why, with the errors measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from geo import binning as bins
from geo.bandwidth import automatic_bandwidth
from geo.crs import to_analysis
from geo.errors import GeoError, ParameterError
from geo.grid import Grid, Snapper, require_positive
from geo.kernels import Kernel, require_kernel
from geo.nodes import Nodes
from geo.surface import Surface

Edge = Literal["diggle", "uniform", "none"]
"""Edge corrections: see :func:`kernel_density`."""

Chunk = tuple[ArrayLike, ArrayLike, ArrayLike]


LARGEST_BANDWIDTH_M = 500_000
"""metres; Peru is 1,300 km wide: a wider kernel shows nothing and its padded grid fills memory."""


@dataclass(frozen=True, slots=True)
class Density:
    """Cases per km2 on a grid of the analysis CRS; row 0 is north."""

    values: np.ndarray
    """shape (rows, cols), float32, cases per km2 at the cell's centre; NaN outside the country."""
    transform: tuple[float, float, float, float, float, float]
    """affine coefficients a, b, c, d, e, f: x = a col + b row + c, y = d col + e row + f."""
    cell_size_m: float
    """side of a cell, metres."""
    bandwidth_m: float
    """standard deviation of the kernel, metres."""
    kernel: str
    """"gaussian" or "quartic"."""
    edge_correction: str
    """"diggle", "uniform" or "none"."""
    total: float
    """sum of the weights that came in, cases."""
    snapped_count: int
    """points outside the country's cells that were moved to the nearest one."""
    snapped_max_distance_m: float
    """farthest such move, metres; 0 if none."""
    is_bandwidth_automatic: bool = False
    """True if the bandwidth was read from the points."""
    spreading: str = ""
    """rule that placed the cases ("population"): the surface is modelled; empty for real points."""
    bandwidth_range_m: tuple[float, float] | None = None
    """narrowest and widest bandwidth in use, metres, if it adapts to the points; None if fixed."""

    @property
    def cell_area_km2(self) -> float:
        """Area of one cell, km2."""
        return self.cell_size_m**2 / 1e6

    @property
    def mass(self) -> float:
        """Cases that the grid holds: sum of value times cell area."""
        return float(np.nansum(self.values, dtype=float)) * self.cell_area_km2


def kernel_density(
    easting: ArrayLike,
    northing: ArrayLike,
    weight: ArrayLike,
    *,
    grid: Grid,
    bandwidth_m: float | None,
    kernel: Kernel = "gaussian",
    edge: Edge = "diggle",
    binning: bins.Binning = "quadratic",
    spreading: str = "",
) -> Density:
    """Smooth weighted points into cases per km2.

    With K the kernel, c a cell's centre, x_i the points, w_i their weights, and
    e(u) = sum over the country's cells of K(c - u) times the cell area:

    - "diggle": f(c) = sum_i w_i K(c - x_i) / e(x_i). Each case stays in the country whole, so the
      surface integrates to the sum of the weights (Diggle 1985, Applied Statistics 34, 138-147).
    - "uniform": f(c) = sum_i w_i K(c - x_i) / e(c). Unbiased for a flat intensity, but it does not
      conserve the sum (Jones 1993).
    - "none": f(c) = sum_i w_i K(c - x_i); near the border up to half of a case is lost.

    Parameters
    ----------
    easting, northing : array_like, shape (n,)
        Metres in the analysis CRS.
    weight : array_like, shape (n,)
        Cases, not negative.
    grid : Grid
        Cells and country mask, from :func:`geo.grid.country_grid`.
    bandwidth_m : float or None
        Standard deviation of the kernel, metres, not below the cell. None reads one from the
        points (:func:`geo.bandwidth.automatic_bandwidth`).
    kernel : {"gaussian", "quartic"}
        The quartic kernel has the radius sqrt(8) times the bandwidth.
    edge : {"diggle", "uniform", "none"}
    binning : {"quadratic", "linear", "nearest"}
        How points reach the nodes. Only "quadratic" holds 2e-4 of the peak for every input.
    spreading : str
        Rule that placed the cases, if they were modelled.

    Returns
    -------
    Density

    Raises
    ------
    ParameterError
        An option is unknown, or the bandwidth is not positive or below the cell.
    GeoError
        No point came, shapes differ, a coordinate or weight is not finite, or a weight is negative.

    Examples
    --------
    >>> mask = np.ones((40, 40), dtype=bool)
    >>> grid = Grid(west_m=0.0, north_m=200_000.0, cell_size_m=5_000.0, mask=mask)
    >>> density = kernel_density([2_500.0], [2_500.0], [100.0], grid=grid, bandwidth_m=20_000)
    >>> print(f"{density.mass:.4f} cases, {density.values[-1, 0]:.4f} per km2 in the corner")
    100.0000 cases, 0.1316 per km2 in the corner
    """
    points = _checked(easting, northing, weight)
    automatic = bandwidth_m is None
    if bandwidth_m is None:
        bandwidth_m = automatic_bandwidth(*points)
    return chunked_kernel_density(
        [points],
        grid=grid,
        bandwidth_m=bandwidth_m,
        kernel=kernel,
        edge=edge,
        binning=binning,
        spreading=spreading,
        is_bandwidth_automatic=automatic,
    )


def surface_density(
    surface: Surface,
    *,
    grid: Grid,
    bandwidth_m: float | None,
    kernel: Kernel = "gaussian",
    edge: Edge = "diggle",
) -> Density:
    """Density of a modelled surface; the spreading rule travels along.

    Parameters and errors are those of :func:`kernel_density`. An automatic bandwidth measures the
    spacing of the towns here, not of the cases.
    """
    easting, northing = to_analysis(surface.longitude, surface.latitude)
    return kernel_density(
        easting,
        northing,
        surface.weight,
        grid=grid,
        bandwidth_m=bandwidth_m,
        kernel=kernel,
        edge=edge,
        spreading=surface.spreading,
    )


def chunked_kernel_density(
    chunks: Iterable[Chunk],
    *,
    grid: Grid,
    bandwidth_m: float,
    kernel: Kernel = "gaussian",
    edge: Edge = "diggle",
    binning: bins.Binning = "quadratic",
    spreading: str = "",
    is_bandwidth_automatic: bool = False,
) -> Density:
    """As :func:`kernel_density`, for points that arrive in parts and never fit in memory at once.

    Parameters
    ----------
    chunks : iterable of (easting, northing, weight)
        Read once; memory does not grow with their number.

    Notes
    -----
    The other parameters and the errors are those of :func:`kernel_density`; the bandwidth must be
    given, because reading one would need all points twice.
    """
    require_kernel(kernel)
    bins.require_binning(binning)
    if edge not in get_args(Edge):
        raise ParameterError(f"edge is {edge!r}; it must be one of {list(get_args(Edge))}")
    _require_bandwidth(bandwidth_m, grid.cell_size_m)
    nodes = Nodes(grid, float(bandwidth_m), kernel, binning)
    inside = None if edge == "none" else nodes.share_inside()
    binned = np.zeros(nodes.shape)
    snapper = Snapper(grid)
    total, snapped_count, snapped_max, seen = 0.0, 0, 0.0, 0
    for easting, northing, weight in _in_parts(chunks):
        seen += len(weight)
        total += float(weight.sum())
        easting, northing, moved_m = snapper.snap(easting, northing)
        snapped_count += int((moved_m > 0).sum())
        snapped_max = max(snapped_max, float(moved_m.max()))
        row, column = nodes.position(easting, northing)
        if inside is not None and edge == "diggle":
            weight = weight / bins.values_at_points(inside, row, column, binning=binning)
        bins.add_points(binned, row, column, weight, binning=binning)
    if seen == 0:
        raise GeoError("no points came; a density needs at least one")
    values = nodes.at_cells(nodes.smooth(binned))
    if inside is not None and edge == "uniform":
        row, column = nodes.position(*grid.centre_of(*np.nonzero(grid.mask)))
        values = values.copy()
        values[grid.mask] /= bins.values_at_points(inside, row, column, binning=binning)
    # The FFT leaves rounding noise of 1e-16 of the peak on either side of zero, and the narrowed
    # quartic kernel a rim of about -1e-4; a density below zero means nothing.
    values = np.where(grid.mask, np.clip(values, 0, None) * 1e6, np.nan).astype(np.float32)
    return Density(
        values=values,
        transform=grid.transform,
        cell_size_m=grid.cell_size_m,
        bandwidth_m=float(bandwidth_m),
        kernel=kernel,
        edge_correction=edge,
        total=total,
        snapped_count=snapped_count,
        snapped_max_distance_m=snapped_max,
        is_bandwidth_automatic=is_bandwidth_automatic,
        spreading=spreading,
    )


def _in_parts(chunks: Iterable[Chunk]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Checked points in parts small enough that their temporaries stay in the processor's cache."""
    for chunk in chunks:
        easting, northing, weight = _checked(*chunk)
        for start in range(0, len(weight), bins.CHUNK):
            part = slice(start, start + bins.CHUNK)
            yield easting[part], northing[part], weight[part]


def _checked(
    easting: ArrayLike, northing: ArrayLike, weight: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = [np.asarray(a, dtype=float) for a in (easting, northing, weight)]
    if any(a.ndim != 1 or a.shape != arrays[0].shape for a in arrays):
        raise GeoError(
            "easting, northing and weight must be one-dimensional and of one length; came "
            f"{[a.shape for a in arrays]}"
        )
    if arrays[0].size == 0:
        raise GeoError("no points came; a density needs at least one")
    for name, values in zip(("easting", "northing", "weight"), arrays, strict=True):
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise GeoError(
                f"{bad} of {values.size} values of {name} are not finite; drop or locate those "
                "points first"
            )
    if (arrays[2] < 0).any():
        raise GeoError(f"weights must not be negative; the least is {arrays[2].min():g}")
    return arrays[0], arrays[1], arrays[2]


def _require_bandwidth(bandwidth_m: float, cell_size_m: float) -> None:
    require_positive("bandwidth_m", bandwidth_m)
    if bandwidth_m > LARGEST_BANDWIDTH_M:
        raise ParameterError(
            f"bandwidth_m of {bandwidth_m:g} is wider than the map: give at most "
            f"{LARGEST_BANDWIDTH_M:,} m ({LARGEST_BANDWIDTH_M // 1000} km)"
        )
    if cell_size_m > bandwidth_m:
        raise ParameterError(
            f"cell_size_m of {cell_size_m:g} is larger than bandwidth_m of {bandwidth_m:g}: cells "
            "would step over the bumps and lose cases; use a cell of at most "
            f"{bandwidth_m:g} m, better {bandwidth_m / 10:g} m"
        )
