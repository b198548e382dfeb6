"""From gathered polynomials to a smoothed map: nodes, then two matrix products.

The Gaussian is a product of one along northing and one along easting, so smoothing weights of nodes
N into cells is A N B^T, with A and B the Gaussian between the cells' centres and the nodes: two
products of banded matrices, at the cells asked for and nowhere else. No kernel is narrowed for what
binning blurs, no FFT is padded, and the error does not depend on the size of the map's cells.

A coarse cell's polynomial becomes weights of nodes through the rule that reads the Chebyshev
coefficients of a smooth function from its values at the seven nodes around (a polynomial of degree
6 through them, of which degrees 0 to 3 are kept: the rest is below 1.2e-5 of the Gaussian's peak).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.polynomial import chebyshev, polynomial

from geo.grid import Grid
from geo.kernels import GAUSSIAN_REACH
from geo.lattice import DEGREE, MARGIN, TERMS, Gathered, Lattice

SMALLEST_SHARE = 1e-12
"""Shares of a kernel inside the country below this are no place where a point can stand."""
SMALL = 1 << 18
"""Cells below which a second thread costs more than it gives."""
ONE_THREAD = 250_000
"""Products of numbers in one matrix product up to which OpenBLAS uses one thread (262,144)."""
LARGE = 1 << 19
"""Cells from which on the matrix products run in float32; the map is float32 in any case."""


def smoothed(found: Gathered, grid: Grid, bandwidth_m: float, edge: str) -> np.ndarray:
    """Smooth what was gathered, with an edge correction of :func:`geo.density.kernel_density`.

    Returns
    -------
    ndarray, shape of the mask
        Cases per m2; cells outside the country hold numbers that mean nothing.
    """
    smoother = GaussianSmoother(grid, found.lattice, bandwidth_m)
    sums = found.chebyshev()
    if edge == "none":
        return smoother.at_cells(nodes_from(sums))
    inside = np.maximum(smoother.share_inside(), SMALLEST_SHARE)
    if edge == "diggle":
        return smoother.at_cells(nodes_from(product_of(polynomials_of(1 / inside), sums)))
    at_cells = values_at_cells(inside, grid, found.lattice)
    return smoother.at_cells(nodes_from(sums)) / np.maximum(at_cells, SMALLEST_SHARE)


class GaussianSmoother:
    """Gaussian of one bandwidth between a lattice's nodes and a grid's cells."""

    def __init__(self, grid: Grid, lattice: Lattice, bandwidth_m: float) -> None:
        self.grid = grid
        self.lattice = lattice
        self._dtype = np.float32 if grid.mask.size > LARGE else np.float64
        self._down, self._right = (
            _gaussian_matrix(cells, nodes, grid.cell_size_m, lattice.spacing_m, bandwidth_m).astype(
                self._dtype
            )
            for cells, nodes in zip(grid.mask.shape, lattice.shape, strict=True)
        )

    def at_cells(self, nodes: np.ndarray) -> np.ndarray:
        """Weights of nodes, smoothed, at the cells' centres: weight per m2, shape of the mask."""
        half = _banded(self._right, nodes.T.astype(self._dtype))
        return _banded(self._down, half.T)

    def share_inside(self) -> np.ndarray:
        """Share of a kernel standing at each node that falls on the country's cells."""
        area = self.grid.cell_size_m**2
        half = _banded(self._down.T, self.grid.mask.astype(self._dtype))
        return area * _banded(self._right.T, half.T).T.astype(float)


def nodes_from(coefficients: np.ndarray) -> np.ndarray:
    """Weights of nodes that act on smooth functions as the gathered points do.

    Parameters
    ----------
    coefficients : ndarray, shape (10, rows, columns)
        From :meth:`geo.lattice.Gathered.chebyshev`.

    Examples
    --------
    >>> one = np.zeros((10, 9, 9))
    >>> one[:, 4, 4] = [1.0 if p == q == 0 else 0.0 for p, q in TERMS]
    >>> round(float(nodes_from(one).sum()), 12)  # the weight is kept
    1.0
    """
    from scipy.ndimage import convolve1d

    out = np.zeros(coefficients.shape[1:])
    for q in range(DEGREE + 1):
        column = np.zeros_like(out)
        for p in range(DEGREE + 1 - q):
            column += convolve1d(
                coefficients[TERMS.index((p, q))], _READING[p], axis=0, mode="constant"
            )
        out += convolve1d(column, _READING[q], axis=1, mode="constant")
    return out


def polynomials_of(nodes: np.ndarray) -> np.ndarray:
    """Chebyshev coefficients in each coarse cell of a function given at the nodes.

    Examples
    --------
    >>> along = np.arange(9.0) * np.ones((9, 1))
    >>> polynomials_of(along)[TERMS.index((0, 1)), 4, 4].round(12)  # half a cell from its middle
    np.float64(0.5)
    """
    from scipy.ndimage import correlate1d

    out = np.empty((len(TERMS), *nodes.shape))
    for p in range(DEGREE + 1):
        row = correlate1d(nodes, _READING[p], axis=0, mode="nearest")
        for q in range(DEGREE + 1 - p):
            out[TERMS.index((p, q))] = correlate1d(row, _READING[q], axis=1, mode="nearest")
    return out


def product_of(factor: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Sums of weights times a function, from the sums of the weights and its polynomials.

    T_p T_a = (T_(p + a) + T_|p - a|) / 2, and what rises above the total degree is dropped.

    Parameters
    ----------
    factor, sums : ndarray, shape (10, ...)
        Chebyshev coefficients of the function; Chebyshev sums of the weights.
    """
    out = np.zeros_like(sums)
    for (result, left, right), share in _PRODUCTS.items():
        out[result] += (share * factor[left]) * sums[right]
    return out


def values_at_cells(nodes: np.ndarray, grid: Grid, lattice: Lattice) -> np.ndarray:
    """Values at the cells' centres of a smooth function given at the nodes, shape of the mask."""
    down, right = (
        _reading_matrix(cells, count, grid.cell_size_m, lattice.spacing_m)
        for cells, count in zip(grid.mask.shape, lattice.shape, strict=True)
    )
    return _banded(down, _banded(right, nodes.T).T)


def _reading_rule() -> np.ndarray:
    """Coefficients of T_0 to T_3 in a cell from the values at seven nodes, shape (4, 7)."""
    offsets = np.arange(-MARGIN, MARGIN + 1)
    rule = np.empty((DEGREE + 1, len(offsets)))
    for number, offset in enumerate(offsets):
        others = offsets[offsets != offset]
        basis = polynomial.polyfromroots(2.0 * others)  # in t, of which a cell spans -1 to 1
        basis = basis / polynomial.polyval(2.0 * offset, basis)
        rule[:, number] = chebyshev.poly2cheb(basis)[: DEGREE + 1]
    return rule


def _product_table() -> dict[tuple[int, int, int], float]:
    table: dict[tuple[int, int, int], float] = {}
    for result, (a, b) in enumerate(TERMS):
        for left, (p, q) in enumerate(TERMS):
            for right in ((r, s) for r in (p + a, abs(p - a)) for s in (q + b, abs(q - b))):
                if right in TERMS:
                    key = (result, left, TERMS.index(right))
                    table[key] = table.get(key, 0.0) + 0.25
    return table


_READING = _reading_rule()
_PRODUCTS = _product_table()


def _gaussian_matrix(
    cells: int, nodes: int, cell_m: float, spacing_m: float, bandwidth_m: float
) -> np.ndarray:
    """Gaussian per metre between cells' centres and nodes along one axis, zero beyond its reach."""
    step, lag = _lags(cells, nodes, cell_m, spacing_m)
    limit = int(GAUSSIAN_REACH * bandwidth_m / step)
    z = np.arange(limit + 2) * (step / bandwidth_m)
    table = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * bandwidth_m)
    table[-1] = 0
    return table.take(np.minimum(np.abs(lag), limit + 1))


def _reading_matrix(cells: int, nodes: int, cell_m: float, spacing_m: float) -> np.ndarray:
    """Weights of the seven nodes around each cell's centre along one axis."""
    step, lag = _lags(cells, nodes, cell_m, spacing_m)
    t = lag * (2 * step / spacing_m)
    weights = np.zeros((cells, nodes))
    near = np.argmin(np.abs(lag), axis=1)
    rows = np.arange(cells)
    own = chebyshev.chebvander(t[rows, near], DEGREE)
    for number, offset in enumerate(range(-MARGIN, MARGIN + 1)):
        weights[rows, near + offset] = own @ _READING[:, number]
    return weights


def _lags(cells: int, nodes: int, cell_m: float, spacing_m: float) -> tuple[float, np.ndarray]:
    """Half of the smaller step, metres, and cell minus node in whole numbers of it."""
    cell, node = (1, round(spacing_m / cell_m)) if spacing_m >= cell_m else (
        round(cell_m / spacing_m), 1,
    )  # fmt: skip
    of_cell = (2 * np.arange(cells) + 1) * cell
    of_node = (2 * (np.arange(nodes) - MARGIN) + 1) * node
    return min(cell_m, spacing_m) / 2, of_cell[:, None] - of_node[None, :]


def _banded(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix times right, skipping the zeros beside the band, in two threads of our own.

    Each block is so small that the linear algebra library keeps it to one thread: threads of its
    own that wait for each other take ten times as long as soon as a server has other work.
    """
    right = np.ascontiguousarray(right)
    out = np.empty((matrix.shape[0], right.shape[1]), dtype=matrix.dtype)
    blocks = _blocks(matrix)

    def fill(some: list[tuple[slice, slice]]) -> None:
        for rows, band in some:
            block = np.ascontiguousarray(matrix[rows, band])
            width = max(16, ONE_THREAD // block.size)
            whole = right.shape[1] // width * width
            if whole:  # all pieces of one width in one call
                np.matmul(block, _pieces(right[band], width), out=_pieces(out[rows], width))
            np.matmul(block, right[band, whole:], out=out[rows, whole:])

    if out.size < SMALL:
        fill(blocks)
        return out
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(fill, blocks[part::2]) for part in range(2)]:
            done.result()
    return out


def _pieces(values: np.ndarray, width: int) -> np.ndarray:
    """View of the columns in pieces of a width, shape (pieces, rows, width)."""
    rows, count = len(values), values.shape[1] // width
    return values[:, : count * width].reshape(rows, count, width).transpose(1, 0, 2)


def _blocks(matrix: np.ndarray) -> list[tuple[slice, slice]]:
    """Blocks of rows with the columns where any of them is not zero."""
    filled = matrix != 0
    first, last = filled.argmax(axis=1), matrix.shape[1] - filled[:, ::-1].argmax(axis=1)
    steepness = matrix.shape[1] / matrix.shape[0]  # columns by which the band moves in a row
    size = int(np.clip(20 / max(1.0, steepness), 4, 20))
    blocks = []
    for begin in range(0, matrix.shape[0], size):
        rows = slice(begin, min(begin + size, matrix.shape[0]))
        blocks.append((rows, slice(int(first[rows].min()), int(last[rows].max()))))
    return blocks
