"""The working grid of a density: nodes at and between the cells' centres, padded for the FFT."""

from __future__ import annotations

import numpy as np

from geo import binning as bins
from geo.grid import Grid, Snapper
from geo.kernels import Kernel, kernel_spectrum, reach_m

NODES_PER_BANDWIDTH = {"gaussian": 10, "quartic": 20}
"""Node spacing that keeps the error below 2e-4 of the peak even for a single point, if it fits."""
MAX_NODES = 1 << 24
"""Nodes of the padded working grid; finer nodes are given up before memory is."""


class Nodes:
    """Working grid: nodes at the cells' centres and, if cells are coarse, between them.

    Padded with empty nodes for the kernel's reach, so that the periodic FFT cannot carry mass from
    the north of the country to its south.
    """

    def __init__(
        self, grid: Grid, bandwidth_m: float, kernel: Kernel, binning: bins.Binning
    ) -> None:
        from scipy.fft import next_fast_len

        self.grid = grid
        self.binning = binning
        wanted = int(np.ceil(NODES_PER_BANDWIDTH[kernel] * grid.cell_size_m / bandwidth_m))
        for per_cell in range(wanted, 0, -1):
            spacing = grid.cell_size_m / per_cell
            margin = per_cell // 2 + bins.NODE_MARGIN
            reach = int(np.ceil(reach_m(bandwidth_m=bandwidth_m, kernel=kernel) / spacing)) + 2
            rows, columns = (
                next_fast_len((n - 1) * per_cell + 1 + 2 * margin + reach, real=True)
                for n in grid.mask.shape
            )
            if rows * columns <= MAX_NODES:
                break
        self.per_cell, self.spacing, self.margin = per_cell, spacing, margin
        self.shape = (rows, columns)
        self.spectrum = kernel_spectrum(
            self.shape,
            spacing_m=spacing,
            bandwidth_m=bandwidth_m,
            kernel=kernel,
            blur_m2=bins.blur_in_cells(binning) * spacing**2,
        )

    def position(self, easting: np.ndarray, northing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Metres to positions in units of nodes."""
        half = self.grid.cell_size_m / 2
        row = (self.grid.north_m - half - northing) / self.spacing + self.margin
        column = (easting - self.grid.west_m - half) / self.spacing + self.margin
        return row, column

    def smooth(self, nodes: np.ndarray) -> np.ndarray:
        """Convolve with the kernel; weights in, weights per m2 out."""
        from scipy.fft import irfft2, rfft2

        spectrum = rfft2(nodes, workers=2)
        spectrum *= self.spectrum
        return irfft2(spectrum, s=self.shape, workers=2, overwrite_x=True)

    def share_inside(self) -> np.ndarray:
        """Share of a kernel standing at each node that falls on the country's cells."""
        indicator = np.zeros(self.shape)
        self.at_cells(indicator)[...] = self.grid.mask * self.grid.cell_size_m**2
        return self.smooth(indicator)

    def at_cells(self, nodes: np.ndarray) -> np.ndarray:
        """View of the nodes that are cells' centres, shape of the mask."""
        rows, columns = self.grid.mask.shape
        first, step = self.margin, self.per_cell
        return nodes[
            first : first + (rows - 1) * step + 1 : step,
            first : first + (columns - 1) * step + 1 : step,
        ]


class Binned:
    """Weights of the nodes over the points seen so far; those of two parts of the points add up."""

    def __init__(self, nodes: Nodes, edge: str) -> None:
        self.weights = np.zeros(nodes.shape)
        self.count = 0
        self.total = 0.0
        self.snapped_count = 0
        self.snapped_max_distance_m = 0.0
        self._nodes = nodes
        self._edge = edge
        self._snapper = Snapper(nodes.grid)
        self._inside = None if edge == "none" else nodes.share_inside()

    def __getstate__(self) -> dict[str, object]:
        # what travels between machines: sums to be merged, not what gathering needs
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        """Add points: finite coordinates in metres of the analysis CRS, weights not negative."""
        for begin in range(0, len(weight), bins.CHUNK):
            part = slice(begin, begin + bins.CHUNK)
            self._add(easting[part], northing[part], weight[part])

    def _add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        nodes, binning = self._nodes, self._nodes.binning
        self.count += len(weight)
        self.total += float(weight.sum())
        easting, northing, moved_m = self._snapper.snap(easting, northing)
        self.snapped_count += int((moved_m > 0).sum())
        self.snapped_max_distance_m = max(self.snapped_max_distance_m, float(moved_m.max()))
        row, column = nodes.position(easting, northing)
        if self._inside is not None and self._edge == "diggle":
            weight = weight / bins.values_at_points(self._inside, row, column, binning=binning)
        bins.add_points(self.weights, row, column, weight, binning=binning)

    def merge(self, other: Binned) -> None:
        """Add what another pass over other points has put on nodes of the same settings."""
        self.weights += other.weights
        self.count += other.count
        self.total += other.total
        self.snapped_count += other.snapped_count
        self.snapped_max_distance_m = max(self.snapped_max_distance_m, other.snapped_max_distance_m)

    def smoothed(self) -> np.ndarray:
        """Cases per m2, shape of the mask; cells outside hold numbers that mean nothing."""
        nodes, grid = self._nodes, self._nodes.grid
        values = nodes.at_cells(nodes.smooth(self.weights))
        if self._inside is not None and self._edge == "uniform":
            row, column = nodes.position(*grid.centre_of(*np.nonzero(grid.mask)))
            values = values.copy()
            values[grid.mask] /= bins.values_at_points(
                self._inside, row, column, binning=nodes.binning
            )
        return values
