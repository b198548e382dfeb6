"""Weighted points to the nodes of a regular grid, and values of nodes back to points.

Both use B-spline weights: "nearest" puts a point on one node, "linear" (cloud in cell) on 4,
"quadratic" on 9. A spline of degree n blurs a point by (n + 1) / 12 of the squared spacing along
each axis: 1/12, 1/6, 1/4. For degrees 0 and 1 that is an average over positions inside a cell (the
blur of one point is f (1 - f), f its fraction of a cell, for linear weights); for degree 2 it is
exact for each point, which is why it can be taken out of the kernel without a rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from geo.errors import ParameterError

Binning = Literal["nearest", "linear", "quadratic"]

CHUNK = 1 << 15
"""Points handled at once; their temporaries stay in the processor's cache."""
NODE_MARGIN = 2
"""Nodes that a point can touch beyond the node nearest to it."""


def blur_in_cells(binning: Binning) -> float:
    """Variance per axis that the weights add, in squared node spacings.

    Examples
    --------
    >>> [round(12 * blur_in_cells(name)) for name in ("nearest", "linear", "quadratic")]
    [1, 2, 3]
    """
    require_binning(binning)
    return (get_args(Binning).index(binning) + 1) / 12


def add_points(
    nodes: np.ndarray, row: np.ndarray, column: np.ndarray, weight: np.ndarray, *, binning: Binning
) -> None:
    """Add each point's weight to the nodes around it, in place.

    Parameters
    ----------
    nodes : ndarray, shape (rows, cols), float64, C order
        Changed in place; its sum grows by the sum of the weights.
    row, column : ndarray, shape (n,)
        Positions in units of nodes, fractions allowed.
    weight : ndarray, shape (n,)
    binning : {"nearest", "linear", "quadratic"}

    Examples
    --------
    >>> nodes = np.zeros((4, 4))
    >>> add_points(nodes, np.array([1.0]), np.array([1.25]), np.array([8.0]), binning="linear")
    >>> nodes[1].tolist()
    [0.0, 6.0, 2.0, 0.0]
    """
    flat = nodes.reshape(-1)
    for start in range(0, len(row), CHUNK):
        part = slice(start, start + CHUNK)
        for index, share in _corners(nodes.shape, row[part], column[part], binning):
            np.add.at(flat, index, weight[part] * share)  # as fast as bincount, no array per call


def values_at_points(
    nodes: np.ndarray, row: np.ndarray, column: np.ndarray, *, binning: Binning
) -> np.ndarray:
    """Weighted mean of the nodes around each point: the transpose of :func:`add_points`.

    Examples
    --------
    >>> nodes = np.arange(16.0).reshape(4, 4)
    >>> values_at_points(nodes, np.array([1.5]), np.array([2.25]), binning="quadratic").tolist()
    [8.25]
    """
    flat = nodes.reshape(-1)
    out = np.zeros(len(row))
    for start in range(0, len(row), CHUNK):
        part = slice(start, start + CHUNK)
        for index, share in _corners(nodes.shape, row[part], column[part], binning):
            out[part] += share * flat[index]
    return out


def require_binning(binning: str) -> None:
    """Raise ParameterError for a binning that does not exist."""
    if binning not in get_args(Binning):
        raise ParameterError(f"binning is {binning!r}; it must be one of {list(get_args(Binning))}")


def _corners(
    shape: tuple[int, ...], row: np.ndarray, column: np.ndarray, binning: Binning
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Flat index and weight of each node that a point touches."""
    first_row, row_shares = _shares(row, binning)
    first_column, column_shares = _shares(column, binning)
    base = first_row * shape[1] + first_column
    for down, row_share in enumerate(row_shares):
        for right, column_share in enumerate(column_shares):
            yield base + (down * shape[1] + right), row_share * column_share


def _shares(position: np.ndarray, binning: Binning) -> tuple[np.ndarray, list[np.ndarray]]:
    """First node touched along one axis, and the B-spline weights of it and those after it."""
    if binning == "linear":
        first = np.floor(position)
        f = position - first
        return first.astype(np.intp), [1 - f, f]
    nearest = np.floor(position + 0.5)
    if binning == "nearest":
        return nearest.astype(np.intp), [np.ones_like(position)]
    f = position - nearest
    shares = [(0.5 - f) ** 2 / 2, 0.75 - f**2, (0.5 + f) ** 2 / 2]
    return nearest.astype(np.intp) - 1, shares
