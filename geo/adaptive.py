"""Kernel density with a bandwidth that widens where points are thin; for real points only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from geo import binning as bins
from geo.density import Density, kernel_density
from geo.density_sums import Edge
from geo.errors import GeoError
from geo.grid import Grid, Snapper
from geo.kernels import Kernel
from geo.nodes import Nodes

STEP = 1.15
"""Ratio of neighbouring bandwidth classes; with the limits below there are at most 21."""
NARROWEST, WIDEST = 0.25, 4.0
"""Limits of a point's bandwidth, as factors of the given one."""


def adaptive_density(
    easting: ArrayLike,
    northing: ArrayLike,
    weight: ArrayLike,
    *,
    grid: Grid,
    bandwidth_m: float | None,
    kernel: Kernel = "gaussian",
    edge: Edge = "diggle",
    spreading: str = "",
) -> Density:
    """Smooth each point with its own bandwidth (Abramson's square-root law).

    h_i = h (f(x_i) / g)^(-1/2), f the density at the fixed bandwidth h and g the geometric mean of
    f over the points, weighted by cases (Abramson 1982, Annals of Statistics 10, 1217-1223;
    Silverman 1986, 5.3). Each h_i lies between its two neighbours on a geometric ladder, and the
    point's weight is split between them in proportion to log h, so every case stays whole.

    Parameters
    ----------
    easting, northing, weight, grid, kernel, edge
        As in :func:`geo.density.kernel_density`.
    bandwidth_m : float or None
        Standard deviation h around which the bandwidths vary, metres; None reads it from the
        points. Bandwidths end at h / 4 and 4 h, and never fall below the cell.
    spreading : str
        Must be empty: towns that a rule filled have no density of their own to adapt to.

    Returns
    -------
    Density
        `bandwidth_m` is h, and `bandwidth_range_m` the narrowest and the widest in use.

    Raises
    ------
    GeoError
        The points come from a spreading rule; and what :func:`geo.density.kernel_density` refuses.

    Examples
    --------
    >>> grid = Grid(0.0, 400_000.0, 5_000.0, np.ones((80, 80), dtype=bool))
    >>> x = np.append(np.full(99, 100_000.0), 300_000.0)  # a town, and one case far away
    >>> density = adaptive_density(x, np.full(100, 200_000.0), np.ones(100), grid=grid,
    ...                            bandwidth_m=10_000)
    >>> [round(h) for h in density.bandwidth_range_m], round(density.mass, 3)
    ([9773, 40000], 100.0)
    """
    if spreading:
        raise GeoError(
            f"the points were placed by the rule {spreading!r}: an adaptive bandwidth would adapt "
            "to the rule; use a fixed one, or points of your own"
        )
    pilot = kernel_density(
        easting, northing, weight, grid=grid, bandwidth_m=bandwidth_m, kernel=kernel, edge=edge
    )
    x, y, w = (np.asarray(a, dtype=float) for a in (easting, northing, weight))
    h = pilot.bandwidth_m
    at_points = _density_at(x, y, w, grid=grid, bandwidth_m=h, kernel=kernel, edge=edge)
    used = w > 0
    if not used.any():
        return replace(pilot, bandwidth_range_m=(h, h))
    floor = at_points[used].max() * 1e-12
    log_density = np.log(np.maximum(at_points, floor))
    mean = np.average(log_density[used], weights=w[used])
    least = max(h * NARROWEST, grid.cell_size_m)
    own = np.clip(h * np.exp(-(log_density - mean) / 2), least, h * WIDEST)
    ladder = _ladder(own[used].min(), own[used].max())
    place = np.interp(np.log(own), np.log(ladder), np.arange(len(ladder)))
    values = np.zeros(grid.mask.shape)
    for number, step in enumerate(ladder):
        part = w * np.clip(1 - np.abs(place - number), 0, 1)
        some = part > 0
        if some.any():
            values += kernel_density(
                x[some], y[some], part[some], grid=grid, bandwidth_m=step, kernel=kernel, edge=edge
            ).values
    return replace(
        pilot,
        values=values.astype(np.float32),
        is_bandwidth_automatic=bandwidth_m is None,
        bandwidth_range_m=(float(own[used].min()), float(own[used].max())),
    )


def _density_at(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    *,
    grid: Grid,
    bandwidth_m: float,
    kernel: Kernel,
    edge: Edge,
) -> np.ndarray:
    """Fixed-bandwidth density at the points, per m2, read from the nodes between the cells.

    Corrected at the point itself, or the coast would look thin and be widened for it.
    """
    nodes = Nodes(grid, bandwidth_m, kernel, "quadratic")
    x, y, _ = Snapper(grid).snap(x, y)
    row, column = nodes.position(x, y)
    binned = np.zeros(nodes.shape)
    bins.add_points(binned, row, column, w, binning="quadratic")
    density = bins.values_at_points(nodes.smooth(binned), row, column, binning="quadratic")
    if edge == "none":
        return density
    return density / bins.values_at_points(nodes.share_inside(), row, column, binning="quadratic")


def _ladder(least: float, most: float) -> np.ndarray:
    """Bandwidths in equal ratios of at most STEP from the least to the most, metres."""
    steps = int(np.ceil(np.log(most / least) / np.log(STEP)))
    return np.geomspace(least, most, steps + 1)
