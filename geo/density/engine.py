"""Kernel density of weighted points on a grid: cases per km2.

Points go to the nodes of a lattice by cubic B-splines; an inverse spline filter takes the spline's
blur out again, so that the nodes' weights act on every smooth function as the points do (the
transpose of spline interpolation, fourth order in the spacing). Diggle's correction divides these
weights by the share of a kernel at the node that falls on the country. Then a Gaussian is two
matrix products and the quartic kernel one FFT. Sums of two parts of the points add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from geo.density.grid import Grid, Snapper, require_positive
from geo.errors import GeoError, ParameterError

Kernel = Literal["gaussian", "quartic"]
Edge = Literal["diggle", "none"]

NODES_PER_BANDWIDTH = {"gaussian": 5, "quartic": 20}
"""Hold the error of a lone point below 1e-4 of its peak: 2.6e-5 and 7.4e-5. The quartic kernel
needs more because its second derivative jumps at its rim."""
MAX_NODES = 80_000_000
"""Largest lattice, 0.6 GB (its FFT takes some 3 GB): over Peru a Gaussian from 1 km, a quartic
kernel from 4 km on."""
MARGIN = 12
"""Nodes around the cells; the spline's inverse filter decays by 0.27 a node."""
REACH = {"gaussian": 6.0, "quartic": 8.0**0.5}
"""Bandwidths at which a kernel ends; the Gaussian is 1.5e-8 of its peak there."""
LARGEST_BANDWIDTH_M = 500_000
"""metres; Peru is 1,300 km wide: a wider kernel shows nothing."""
PLACES = 32
"""Places along an axis whose kernels are taken together."""
ONE_THREAD = 250_000
"""Multiplications of a matrix product up to which OpenBLAS uses one thread (262,144)."""
BATCH = 1 << 15
"""Points scattered at once; their temporaries stay in the processor's cache."""


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
    """"diggle" or "none"."""
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
    spreading: str = "",
) -> Density:
    """Smooth weighted points into cases per km2.

    With K the kernel, c a cell's centre, x_i the points, w_i their weights, and
    e(u) = sum over the country's cells of K(c - u) times the cell area:

    - "diggle": f(c) = sum_i w_i K(c - x_i) / e(x_i). Each case stays in the country whole, so the
      surface integrates to the sum of the weights (Diggle 1985, Applied Statistics 34, 138-147).
    - "none": f(c) = sum_i w_i K(c - x_i); near the border up to half of a case is lost.

    Parameters
    ----------
    easting, northing, weight : array_like, shape (n,)
        Metres in the analysis CRS; cases, not negative.
    grid : Grid
        Cells and country mask, from :func:`geo.density.grid.country_grid`.
    bandwidth_m : float or None
        Standard deviation of the kernel along one axis, metres, not below the cell (the quartic
        kernel has the radius sqrt(8) times that). None: :func:`automatic_bandwidth`.
    spreading : str
        Rule that placed the cases, if they were modelled.

    Raises
    ------
    ParameterError
        The bandwidth is not positive, below the cell, wider than the map
        or so narrow that its lattice would fill memory.
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
    used = automatic_bandwidth(*points) if bandwidth_m is None else bandwidth_m
    sums = PointSums(grid, used, kernel)
    sums.add(*points)
    return sums.density(edge=edge, spreading=spreading, is_bandwidth_automatic=bandwidth_m is None)


class PointSums:
    """Weights of a lattice's nodes over the points seen so far; outside points are moved inside.

    Memory does not grow with the points. Sums of the same settings are merged, and pickled they
    are the nodes' weights alone, so that parts of the points may be added on other machines.

    Parameters and errors are those of :func:`kernel_density`.
    """

    def __init__(self, grid: Grid, bandwidth_m: float, kernel: str = "gaussian") -> None:
        _require_bandwidth(bandwidth_m, grid.cell_size_m)
        self.bandwidth_m, self.kernel = float(bandwidth_m), kernel
        self._grid, self._snapper = grid, Snapper(grid)
        cell, wanted = grid.cell_size_m, self.bandwidth_m / NODES_PER_BANDWIDTH[kernel]
        # the FFT is read where cells' centres are nodes; matrix products are read anywhere
        self._per_cell = int(np.ceil(cell / wanted))
        self._spacing = wanted if kernel == "gaussian" else cell / self._per_cell
        self._margin = MARGIN + int(np.ceil(cell / 2 / self._spacing))
        shape = [
            int(np.ceil((n - 1) * cell / self._spacing)) + 1 + 2 * self._margin
            for n in grid.mask.shape
        ]
        if shape[0] * shape[1] > MAX_NODES:
            least = 1.01 * self._spacing * (shape[0] * shape[1] / MAX_NODES) ** 0.5
            if kernel == "quartic":
                least = cell / np.floor(cell / least)
            least_m = np.ceil(NODES_PER_BANDWIDTH[kernel] * least / 100) * 100
            raise ParameterError(
                "bandwidth_m of {bandwidth:g} needs {nodes:,.1f} million nodes of a {kernel} "
                "kernel. At most {most:,.1f} million fit in memory. Use {least:.0f} m or more",
                bandwidth=bandwidth_m,
                nodes=shape[0] * shape[1] / 1e6,
                kernel=kernel,
                most=MAX_NODES / 1e6,
                least=least_m,
            )
        self.weights = np.zeros(shape)
        self.count = 0
        self.total = 0.0
        self.snapped_count = 0
        self.snapped_max_distance_m = 0.0

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def add(self, easting: ArrayLike, northing: ArrayLike, weight: ArrayLike) -> None:
        """Add points in metres of the analysis CRS; errors as in :func:`kernel_density`."""
        x, y, w = _checked(easting, northing, weight)
        grid, half = self._grid, self._grid.cell_size_m / 2
        for begin in range(0, len(w), BATCH):
            part = slice(begin, begin + BATCH)
            east, north, moved_m = self._snapper.snap(x[part], y[part])
            self.snapped_count += int(np.count_nonzero(moved_m))
            self.snapped_max_distance_m = max(self.snapped_max_distance_m, float(moved_m.max()))
            row = (grid.north_m - half - north) / self._spacing + self._margin
            column = (east - grid.west_m - half) / self._spacing + self._margin
            _scatter(self.weights, row, column, w[part])
        self.count += len(w)
        self.total += float(w.sum())

    def merge(self, other: PointSums) -> None:
        """Add the sums of other points with the same settings."""
        self.weights += other.weights
        self.count += other.count
        self.total += other.total
        self.snapped_count += other.snapped_count
        self.snapped_max_distance_m = max(self.snapped_max_distance_m, other.snapped_max_distance_m)

    def density(
        self, *, edge: Edge = "diggle", spreading: str = "", is_bandwidth_automatic: bool = False
    ) -> Density:
        """Density of the points added so far; parameters and errors of :func:`kernel_density`."""
        from scipy.ndimage import spline_filter  # 0.5 s of import, not on the start-up path

        grid = self._grid
        scale = float(self.weights.max()) or 1.0  # float32 holds 1e-38 to 3e38
        nodes = spline_filter(self.weights / scale, order=3, output=np.float32)
        smooth, share = self._by_products() if self.kernel == "gaussian" else self._by_fft()
        if edge == "diggle":
            inside = share(grid.mask.astype(np.float32)) * np.float32(grid.cell_size_m**2)
            nodes = np.divide(nodes, inside, out=np.zeros_like(nodes), where=inside > 1e-12)
        values = np.ascontiguousarray(smooth(nodes)) * np.float32(scale * 1e6)
        np.maximum(values, 0, out=values)  # rounding leaves noise on either side of zero
        values[~grid.mask] = np.nan
        return Density(
            values=values,
            transform=grid.transform,
            cell_size_m=grid.cell_size_m,
            bandwidth_m=self.bandwidth_m,
            kernel=self.kernel,
            edge_correction=edge,
            total=self.total,
            snapped_count=self.snapped_count,
            snapped_max_distance_m=self.snapped_max_distance_m,
            is_bandwidth_automatic=is_bandwidth_automatic,
            spreading=spreading,
        )

    def _by_products(self) -> tuple[_Smoother, _Smoother]:
        """From nodes to cells and, the transpose, from cells to nodes, by the Gaussian."""
        cells = [np.arange(n) * self._grid.cell_size_m for n in self._grid.mask.shape]
        nodes = [(np.arange(n) - self._margin) * self._spacing for n in self.weights.shape]

        def product(
            values: np.ndarray, places: list[np.ndarray], origins: list[np.ndarray]
        ) -> np.ndarray:
            half = _gaussian_product(places[1], origins[1], values.T, self.bandwidth_m)
            return _gaussian_product(places[0], origins[0], half.T, self.bandwidth_m)

        return lambda values: product(values, cells, nodes), lambda values: product(
            values, nodes, cells
        )

    def _by_fft(self) -> tuple[_Smoother, _Smoother]:
        """From nodes to cells and from cells to nodes, by the quartic kernel."""
        from scipy.fft import irfft2, next_fast_len, rfft2

        shape, radius = self.weights.shape, REACH["quartic"] * self.bandwidth_m
        # padded by the reach, or the periodic FFT would carry mass from the north to the south
        padded = [next_fast_len(n + int(radius / self._spacing) + 1, real=True) for n in shape]
        lags = [self._spacing * np.minimum(np.arange(n), n - np.arange(n)) for n in padded]
        near = [np.flatnonzero(lag < radius) for lag in lags]
        sampled = np.zeros(padded, dtype=np.float32)
        squared = np.add.outer(lags[0][near[0]] ** 2, lags[1][near[1]] ** 2)
        sampled[np.ix_(*near)] = (
            3 / (np.pi * radius**2) * np.square(np.clip(1 - squared / radius**2, 0, None))
        )
        spectrum = rfft2(sampled, workers=2)
        centres = tuple(
            slice(self._margin, self._margin + (n - 1) * self._per_cell + 1, self._per_cell)
            for n in self._grid.mask.shape
        )

        def convolved(values: np.ndarray) -> np.ndarray:
            product = rfft2(values, s=padded, workers=2)
            product *= spectrum
            return irfft2(product, s=padded, workers=2)[: shape[0], : shape[1]]

        def share(cells: np.ndarray) -> np.ndarray:
            nodes = np.zeros(shape, dtype=np.float32)
            nodes[centres] = cells
            return convolved(nodes)

        return lambda nodes: convolved(nodes)[centres], share


_Smoother = Callable[[np.ndarray], np.ndarray]


def automatic_bandwidth(easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> float:
    """Silverman's rule in two dimensions with a robust spread and weighted points, metres.

    h = s n^(-1/6), with n = (sum w)^2 / sum w^2 (Kish's effective number of points) and s the
    root mean square over both axes of min(standard deviation, interquartile range / 1.349), all
    weighted. In two dimensions Silverman's and Scott's factors are the same, 1 (Silverman 1986,
    eq. 4.14).

    On a modelled surface the points are towns, not cases: there the rule measures how far apart
    the towns lie. It also assumes one hump; a country with many towns is oversmoothed.

    ParameterError: the points do not spread (one place), or none has a weight.
    """
    used = weight > 0
    if not used.any():
        raise ParameterError("no case has a weight above 0. Give bandwidth_m")
    w = weight[used] / weight[used].sum()
    variances = [_robust_spread(axis[used], w) ** 2 for axis in (easting, northing)]
    spread = float(np.sqrt(np.mean(variances)))
    if spread == 0:
        raise ParameterError(
            "all cases lie at one place, so no bandwidth can be read from them. Give bandwidth_m"
        )
    effective_points = 1 / float(np.square(w).sum())
    return spread * effective_points ** (-1 / 6)


def _scatter(nodes: np.ndarray, row: np.ndarray, column: np.ndarray, weight: np.ndarray) -> None:
    """Add each weight to the 16 nodes around it by cubic B-splines, in place."""
    first_row, first_column = np.floor(row), np.floor(column)
    base = ((first_row - 1) * nodes.shape[1] + first_column - 1).astype(np.intp)
    across = [share * weight for share in _cubic_shares(column - first_column)]
    for down, row_share in enumerate(_cubic_shares(row - first_row)):
        for right, share in enumerate(across):
            np.add.at(nodes.reshape(-1), base + (down * nodes.shape[1] + right), row_share * share)


def _cubic_shares(f: np.ndarray) -> list[np.ndarray]:
    """Cubic B-spline at the nodes before, at, after and beyond a place f (0 to 1) after a node."""
    g = 1 - f
    ff, gg = f * f, g * g
    return [gg * g / 6, (4 - 3 * ff * (1 + g)) / 6, (4 - 3 * gg * (1 + f)) / 6, ff * f / 6]


def _gaussian_product(
    places: np.ndarray, nodes: np.ndarray, values: np.ndarray, h: float
) -> np.ndarray:
    """Gaussian between places and nodes along an axis, ascending metres, times the nodes' values.

    Some places at a time meet the nodes within their reach: elsewhere the matrix is zero. Columns
    are taken in pieces so small that OpenBLAS starts no threads: on a busy server OpenBLAS threads
    spend far longer waiting than computing.
    """
    count = values.shape[1]
    out = np.empty((len(places), count), dtype=np.float32)
    values = np.ascontiguousarray(values)
    for begin in range(0, len(places), PLACES):
        batch = places[begin : begin + PLACES]
        reach = REACH["gaussian"] * h
        near = slice(*np.searchsorted(nodes, [batch[0] - reach, batch[-1] + reach]))
        lag = (batch[:, None] - nodes[near]) / h
        gaussian = (np.exp(lag * lag / -2) / (np.sqrt(2 * np.pi) * h)).astype(np.float32)
        width = max(1, ONE_THREAD // max(gaussian.size, 1))
        whole = count // width * width
        for columns, pieces in ((slice(whole), width), (slice(whole, count), count - whole)):
            if pieces:
                part, into = values[near, columns], out[begin : begin + PLACES, columns]
                np.matmul(gaussian, _in_pieces(part, pieces), out=_in_pieces(into, pieces))
    return out


def _in_pieces(values: np.ndarray, width: int) -> np.ndarray:
    """View of the columns in pieces of a width, shape (pieces, rows, width)."""
    rows, columns = values.shape
    return values.reshape(rows, columns // width, width).transpose(1, 0, 2)


def _checked(
    easting: ArrayLike, northing: ArrayLike, weight: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, w = (np.asarray(values, dtype=float) for values in (easting, northing, weight))
    if x.ndim != 1 or not x.shape == y.shape == w.shape:
        raise GeoError(
            "easting, northing and weight must be one-dimensional and of one length; came "
            f"{[a.shape for a in (x, y, w)]}"
        )
    if x.size == 0:
        raise GeoError("no points came; a density needs at least one")
    for name, values in (("easting", x), ("northing", y), ("weight", w)):
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise GeoError(
                f"{bad} of {values.size} values of {name} are not finite; drop or locate those "
                "points first"
            )
    if (w < 0).any():
        raise GeoError(f"weights must not be negative; the least is {w.min():g}")
    return x, y, w


def _require_bandwidth(bandwidth_m: float, cell_size_m: float) -> None:
    require_positive("bandwidth_m", bandwidth_m)
    if bandwidth_m > LARGEST_BANDWIDTH_M:
        raise ParameterError(
            "bandwidth_m of {bandwidth:g} is wider than the map. Give at most {most:,} m "
            "({most_km} km)",
            bandwidth=bandwidth_m,
            most=LARGEST_BANDWIDTH_M,
            most_km=LARGEST_BANDWIDTH_M // 1000,
        )
    if cell_size_m > bandwidth_m:
        raise ParameterError(
            "cell_size_m of {cell:g} is larger than bandwidth_m of {bandwidth:g}. Cells would "
            "step over the bumps and lose cases. Use a cell of at most {bandwidth:g} m, better "
            "{better:g} m",
            cell=cell_size_m,
            bandwidth=bandwidth_m,
            better=bandwidth_m / 10,
        )


def _robust_spread(values: np.ndarray, w: np.ndarray) -> float:
    deviation = float(np.sqrt(np.dot(w, (values - np.dot(w, values)) ** 2)))
    order = np.argsort(values)
    middle = np.cumsum(w[order]) - w[order] / 2
    low, high = np.interp([0.25, 0.75], middle, values[order])
    quartile_based = float(high - low) / 1.349
    return min(deviation, quartile_based) if quartile_based > 0 else deviation
