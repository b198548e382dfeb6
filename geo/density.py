"""Kernel density of weighted points on a grid: cases per km2.

Points are gathered as polynomials on a coarse lattice and two matrix products smooth them
(Gaussian), or they go to the nodes of a grid through B-splines and one FFT pair does (quartic).
Diggle's correction gives back to each point the part of its kernel that fell outside the country.
docs/decisions/0005-density-linear-binning-and-diggle.md and 0101-density-from-polynomials.md say
why, with the errors measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo import binning as bins
from geo.banded import Finish
from geo.bandwidth import automatic_bandwidth
from geo.crs import to_analysis
from geo.density_sums import Edge, sums_for
from geo.errors import GeoError
from geo.gathering import Chunk, Sums, as_points, gathered, require_points
from geo.grid import Grid
from geo.kernels import Kernel
from geo.lattice import Gathered
from geo.smoothing import smoothed
from geo.surface import Surface


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
    binning: bins.Binning | None = None,
    spreading: str = "",
    compiled: bool = False,
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
    binning : {"quadratic", "linear", "nearest"}, optional
        Send the points through the nodes of an FFT, by these splines. Without it the Gaussian
        gathers polynomials (geo/lattice.py: 1.0e-5 of the peak at most, 2.6e-5 with Diggle's
        correction), the quartic kernel takes "quadratic" (2e-4); the others are there to be
        compared. Where a lattice would fill memory (over Peru: below 10 km at 1 and 2 km cells,
        below 7 km at 5 km cells) the Gaussian takes "quadratic" too, and where even the nodes of
        the FFT would, they are fewer: over Peru at 1 km cells up to 3e-4 of a lone point's
        peak for 2 km, 2.9e-3 for 1 km (quartic 2.3e-3 and 9e-3).
    spreading : str
        Rule that placed the cases, if they were modelled.
    compiled : bool
        Gather a Gaussian's points by compiled loops (geo/compiled.py): for many millions of them,
        where numba is installed. The same density up to rounding.

    Returns
    -------
    Density

    Raises
    ------
    ParameterError
        An option is unknown, the bandwidth is not positive or below the cell, or loops cannot be
        compiled here.
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
    points = as_points(easting, northing, weight)
    automatic = bandwidth_m is None
    if bandwidth_m is None:
        require_points(*points)
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
        compiled=compiled,
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
    binning: bins.Binning | None = None,
    spreading: str = "",
    is_bandwidth_automatic: bool = False,
    compiled: bool = False,
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
    sums = sums_for(
        grid=grid,
        bandwidth_m=bandwidth_m,
        kernel=kernel,
        edge=edge,
        binning=binning,
        compiled=compiled,
    )
    return density_of(
        gathered(chunks, into=sums),
        grid=grid,
        bandwidth_m=bandwidth_m,
        kernel=kernel,
        edge=edge,
        spreading=spreading,
        is_bandwidth_automatic=is_bandwidth_automatic,
    )


def density_of(
    found: Sums,
    *,
    grid: Grid,
    bandwidth_m: float,
    kernel: Kernel = "gaussian",
    edge: Edge = "diggle",
    spreading: str = "",
    is_bandwidth_automatic: bool = False,
) -> Density:
    """Density of points that were gathered, here or elsewhere.

    Parameters
    ----------
    found : Gathered or Binned
        From :func:`geo.density_sums.sums_for` with the same settings; others of them may have
        been merged into it.
    grid : Grid
    bandwidth_m : float
    kernel : {"gaussian", "quartic"}
    edge : {"diggle", "uniform", "none"}
    spreading : str
    is_bandwidth_automatic : bool

    Raises
    ------
    GeoError
        Nothing was gathered.
    """
    if found.count == 0:
        raise GeoError("no points came; a density needs at least one")
    if isinstance(found, Gathered):
        values = smoothed(found, grid, bandwidth_m, edge, _finish(grid))
    else:
        values = (found.smoothed() * 1e6).astype(np.float32)
        _finish(grid)(values, slice(None))
    return Density(
        values=values,
        transform=grid.transform,
        cell_size_m=grid.cell_size_m,
        bandwidth_m=float(bandwidth_m),
        kernel=kernel,
        edge_correction=edge,
        total=found.total,
        snapped_count=found.snapped_count,
        snapped_max_distance_m=found.snapped_max_distance_m,
        is_bandwidth_automatic=is_bandwidth_automatic,
        spreading=spreading,
    )


def _finish(grid: Grid) -> Finish:
    """Nothing below zero, NaN outside the country; for some rows, in place."""

    def finish(values: np.ndarray, rows: slice) -> None:
        # Rounding leaves noise on either side of zero, and the narrowed quartic kernel a rim of
        # about -1e-4 of the peak; a density below zero means nothing.
        np.maximum(values, 0, out=values)
        np.copyto(values, np.nan, where=~grid.mask[rows])

    return finish
