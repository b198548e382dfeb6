"""Weights of nodes to a smoothed map, in products of banded matrices.

The Gaussian is a product of one along northing and one along easting, so smoothing weights of nodes
N gives G N H^T, with G and H the Gaussian between places and nodes. A smoothed map has no detail
that nodes a fifth of a bandwidth apart do not hold: where the cells are finer than the nodes, the
map is computed at the nodes and read at the cells from the eight nodes around along each axis (a
polynomial of degree 7: off by at most 4e-7 of the peak). Where they are not, it is computed at the
cells themselves. No kernel is narrowed for what binning blurs, no FFT is padded, and the error does
not depend on the size of the map's cells.
"""

from __future__ import annotations

import numpy as np

from geo.banded import Finish, banded_product
from geo.grid import Grid
from geo.kernels import GAUSSIAN_REACH
from geo.lattice import MARGIN, Gathered, Lattice
from geo.node_weights import node_weights
from geo.reading import Reading

SMALLEST_SHARE = 1e-12
"""Shares of a kernel inside the country below this are no place where a point can stand."""
BEYOND = 2
"""Nodes beyond the lattice that the reading of the outermost cells reaches."""


def smoothed(
    found: Gathered, grid: Grid, bandwidth_m: float, edge: str, finish: Finish
) -> np.ndarray:
    """Smooth what was gathered, with an edge correction of :func:`geo.density.kernel_density`.

    With e the share of a kernel inside the country, Diggle's correction weighs a point at x by
    1 / e(x). The rule that replaces points by nodes holds for every smooth function of x, so for
    K / e as well: the nodes' weights are divided by e, and what the map holds is the points' total.

    Returns
    -------
    ndarray, shape of the mask, float32
        Cases per km2, finished.
    """
    smoother = GaussianSmoother(grid, found.lattice, bandwidth_m)
    weights = node_weights(found.sums, found.lattice.shape)
    if edge == "diggle":
        weights = weights / np.maximum(smoother.share_inside(), SMALLEST_SHARE)
    computed = smoother.smooth(weights)
    computed *= 1e6  # of a km2, here where there are fewer numbers than cells
    if edge == "uniform":
        computed /= np.maximum(smoother.share_where_computed(), SMALLEST_SHARE)
    return smoother.at_cells(computed, finish)


class GaussianSmoother:
    """Gaussian of one bandwidth between a lattice's nodes and a grid's cells."""

    def __init__(self, grid: Grid, lattice: Lattice, bandwidth_m: float) -> None:
        self.grid = grid
        step = grid.cell_size_m / lattice.spacing_m
        self._is_read = step < 1 - 1e-9
        """whether the cells are finer than the nodes, and their values read from those."""
        cells, nodes = grid.mask.shape, lattice.shape
        if self._is_read:
            first, skip, counts = -float(BEYOND), 1, tuple(n + 2 * BEYOND for n in nodes)
            per_node = round(lattice.spacing_m / grid.cell_size_m)
            at = BEYOND + MARGIN - 0.5 + 0.5 / per_node
            self._reading_down, self._reading_right = (
                Reading(at, per_node, count, n) for count, n in zip(cells, counts, strict=True)
            )
        else:
            skip, counts = round(step), cells
            first = MARGIN + (skip - 1) / 2
        self._spacing_m = skip * lattice.spacing_m
        self._bandwidth_m = bandwidth_m
        self._down, self._right = (
            gaussian_matrix(count, n, first=first, step=skip, spacing_m=lattice.spacing_m,
                            bandwidth_m=bandwidth_m)
            for count, n in zip(counts, nodes, strict=True)
        )  # fmt: skip

    def smooth(self, weights: np.ndarray) -> np.ndarray:
        """Weights of nodes, smoothed: weight per m2 at the nodes, or at the cells if coarser."""
        half = banded_product(self._right, weights.T)
        return banded_product(self._down, half.T)

    def at_cells(self, computed: np.ndarray, finish: Finish) -> np.ndarray:
        """What :meth:`smooth` gave, at the cells' centres, finished: shape of the mask, float32."""
        if not self._is_read:
            values = computed.astype(np.float32)
            finish(values, slice(None))
            return values
        half = self._reading_right.read(computed.astype(np.float32), across=True)
        return self._reading_down.read(half, finish=finish)

    def share_inside(self) -> np.ndarray:
        """Share of a kernel standing at each node that falls on the country's cells.

        The transpose of the way from nodes to cells, so that what is given back is what the map
        will hold.
        """
        counted = self._country()
        half = banded_product(self._down.T, counted)
        return self.grid.cell_size_m**2 * banded_product(self._right.T, half.T).T

    def share_where_computed(self) -> np.ndarray:
        """Share of a kernel that falls on the country's cells, where :meth:`smooth` gives values.

        For the uniform correction.
        """
        country = self._country()
        down, right = (
            gaussian_matrix(n, n, first=0, step=1, spacing_m=self._spacing_m,
                            bandwidth_m=self._bandwidth_m)
            for n in country.shape
        )  # fmt: skip
        half = banded_product(right, country.T)
        return self.grid.cell_size_m**2 * banded_product(down, half.T)

    def _country(self) -> np.ndarray:
        """Country's cells where the map is computed: the cells, or what of them each node reads."""
        mask = self.grid.mask
        if not self._is_read:
            return mask.astype(float)
        half = self._reading_down.collect(mask)
        return self._reading_right.collect(half.T).T.astype(float)


def gaussian_matrix(
    places: int, nodes: int, *, first: float, step: int, spacing_m: float, bandwidth_m: float
) -> np.ndarray:
    """Gaussian between places and nodes along one axis, per metre, zero beyond its reach.

    Parameters
    ----------
    places, nodes : int
    first : float
        Where the first place is, counted in nodes from the first node.
    step : int
        Nodes from one place to the next.
    spacing_m, bandwidth_m : float
        Metres from node to node; standard deviation.

    Returns
    -------
    ndarray, shape (places, nodes)
        A view; not to be written to.

    Examples
    --------
    >>> at = gaussian_matrix(2, 3, first=0.5, step=1, spacing_m=1.0, bandwidth_m=1.0)
    >>> at.round(3).tolist()
    [[0.352, 0.352, 0.13], [0.13, 0.352, 0.352]]
    """
    lag_m = (first + np.arange(1 - nodes, step * (places - 1) + 1)) * spacing_m
    values = np.exp(-((lag_m / bandwidth_m) ** 2) / 2) / (np.sqrt(2 * np.pi) * bandwidth_m)
    values[np.abs(lag_m) > GAUSSIAN_REACH * bandwidth_m] = 0
    return np.lib.stride_tricks.sliding_window_view(values, nodes)[::step, ::-1]
