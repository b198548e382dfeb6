"""Sums of a coarse cell as weights of the lattice's nodes: the rule of seven nodes.

The rule reads the Chebyshev coefficients of a smooth function in a coarse cell from its values at
the seven nodes around, along each axis: a polynomial of degree 6 runs through them, of which
degrees 0 to 3 are kept (the rest is below 1.2e-5 of a Gaussian's peak). Its transpose turns the
sums into weights of nodes that act on every such function as the points themselves do.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import chebyshev, polynomial

from geo.lattice import DEGREE, MARGIN, TERMS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_DEGREES = range(DEGREE + 1)
_OFFSETS = range(-MARGIN, MARGIN + 1)


def node_weights(sums: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Weights of nodes that act on smooth functions as the gathered points do.

    Their total is the points' total: the rule is exact for a constant.

    Parameters
    ----------
    sums : ndarray, shape (10, rows * columns)
        Of :class:`geo.lattice.Gathered`: weights times powers of the places in each coarse cell.
    shape : (int, int)
        Rows and columns of the lattice.

    Returns
    -------
    ndarray, shape (rows, columns), float32 (float64 where that cannot hold them)

    Examples
    --------
    >>> sums = np.zeros((10, 81))
    >>> sums[0, 40] = 2.0  # in the middle of the middle cell
    >>> weights = node_weights(sums, (9, 9))
    >>> round(float(weights.sum()), 6), weights.shape
    (2.0, (9, 9))
    """
    rows, columns = shape
    # no sum of powers is larger than that of the weights; float32 holds 1e-38 to 3e38
    largest = float(sums[0].max())
    if 0 < largest < 1e-20 or largest > 1e20:
        return node_weights(sums / largest, shape) * largest
    down = _down(rows) @ sums.reshape(len(TERMS) * rows, columns).astype(np.float32)
    turned = down.reshape(len(_DEGREES), rows, columns).transpose(0, 2, 1)
    weights: np.ndarray = _across(columns) @ turned.reshape(len(_DEGREES) * columns, rows)
    return weights.T


def reading_rule() -> np.ndarray:
    """Coefficients of T_0 to T_3 in a cell from the values at seven nodes, shape (4, 7)."""
    offsets = np.array(_OFFSETS)
    rule = np.empty((len(_DEGREES), len(offsets)))
    for number, offset in enumerate(offsets):
        others = offsets[offsets != offset]
        basis = polynomial.polyfromroots(2.0 * others)  # in t, of which a cell spans -1 to 1
        basis = basis / polynomial.polyval(2.0 * offset, basis)
        rule[:, number] = chebyshev.poly2cheb(basis)[: len(_DEGREES)]
    return rule


def _powers() -> np.ndarray:
    """T_p(2 t) as powers of t, row by row: sums hold powers of places from -1/2 to 1/2."""
    power = np.zeros((len(_DEGREES), len(_DEGREES)))
    for degree in _DEGREES:
        row = chebyshev.cheb2poly(np.eye(len(_DEGREES))[degree])
        power[degree, : len(row)] = row * 2.0 ** np.arange(len(row))
    return power


_READING = reading_rule()
_POWER = _powers()


@lru_cache(maxsize=16)
def _down(rows: int) -> csr_matrix:
    """From the ten sums of each coarse cell to the nodes of its column, for each degree eastward.

    The degrees southward that a term of degree q eastward may have end at 3 - q.
    """
    rules = {}
    for q in _DEGREES:
        for term, (a, b) in enumerate(TERMS):
            if _POWER[q, b]:
                kept = slice(a, DEGREE + 1 - q)
                rules[q, term] = _POWER[q, b] * (_POWER[kept, a] @ _READING[kept])
    return _stacked(rules, rows, len(_DEGREES), len(TERMS))


@lru_cache(maxsize=16)
def _across(columns: int) -> csr_matrix:
    """From the columns of each degree eastward to nodes."""
    return _stacked({(0, q): _READING[q] for q in _DEGREES}, columns, 1, len(_DEGREES))


def _stacked(
    rules: dict[tuple[int, int], np.ndarray], count: int, results: int, terms: int
) -> csr_matrix:
    """Matrix that spreads each cell of a term over the seven nodes around, stack by stack."""
    from scipy.sparse import coo_matrix  # 0.2 s of import, not on the start-up path

    cells = np.arange(count)
    entries = []
    for (result, term), rule in rules.items():
        for offset, share in zip(_OFFSETS, rule, strict=True):
            node = cells + offset
            on = (node >= 0) & (node < count)
            place = np.full(int(on.sum()), share)
            entries.append((result * count + node[on], term * count + cells[on], place))
    row, column, share = (np.concatenate(part) for part in zip(*entries, strict=True))
    keep = share != 0
    return coo_matrix(
        (share[keep].astype(np.float32), (row[keep], column[keep])),
        shape=(results * count, terms * count),
    ).tocsr()
