"""Which areas resemble one: the distance of their standardised features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """The areas from the most to the least alike, and what made them so."""

    order: np.ndarray
    """positions of the other areas, the most alike first; shape (n - 1,)."""
    distance: np.ndarray
    """standard deviations, in the order of the rows; 0 for the area itself; shape (n,)."""
    difference: np.ndarray
    """standardised value less that of the area; NaN where one of the two is unknown; (n, k)."""
    decisive: np.ndarray
    """whether the first ``count`` are others without this feature; shape (k,)."""


def most_similar(features: np.ndarray, row: int, count: int) -> Similarity:
    """Order areas by their standardised Euclidean distance from one of them.

    Each feature is divided by its standard deviation over the areas; the distance is the root of
    the mean square of the differences over the features that both have, so that a missing value
    makes nobody nearer or farther (Gower 1971, Biometrics 27:857, for the mean over known
    features). Ties are settled by the order of the rows.

    Parameters
    ----------
    features
        Shape (n, k): numbers, NaN where unknown.
    row
        Position of the area that is compared.
    count
        How many first areas the leaving out of single features is judged by.

    Raises ParameterError for a feature that is the same everywhere, for fewer than two features or
    fewer than ``count`` others.

    >>> near = most_similar(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 4.0]]), 0, 1)
    >>> near.order.tolist(), near.decisive.tolist()
    ([1, 2], [False, False])
    """
    areas, columns = features.shape
    if not 0 < count < areas or not 0 <= row < areas or columns < 2:
        raise ParameterError(
            f"{count} areas like number {row} cannot be named among {areas} by {columns} features"
        )
    spread = np.nanstd(features, axis=0)
    if not np.all(spread > 0):
        raise ParameterError("a feature that is the same everywhere tells no area from another")
    difference = (features - features[row]) / spread
    squares = difference**2
    distance = _root_mean(squares)
    order = _order(distance, row)
    nearest = set(order[:count].tolist())
    without = [
        set(_order(_root_mean(np.delete(squares, column, axis=1)), row)[:count].tolist())
        for column in range(columns)
    ]
    decisive = np.array([others != nearest for others in without], dtype=bool)
    return Similarity(order, distance, difference, decisive)


def _root_mean(squares: np.ndarray) -> np.ndarray:
    is_known = ~np.isnan(squares)
    sums = np.where(is_known, squares, 0.0).sum(axis=1)
    counts = is_known.sum(axis=1)
    return np.sqrt(np.divide(sums, counts, out=np.full(sums.shape, np.inf), where=counts > 0))


def _order(distance: np.ndarray, row: int) -> np.ndarray:
    order = np.argsort(distance, kind="stable")
    return order[order != row]
