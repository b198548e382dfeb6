"""Covering as much demand as p sites can: a fast heuristic that many resamples can afford.

Greedy adding, then the best swap of one site for another until none helps. It finds the optimum
of nearly all instances of this size, but proves nothing: whoever uses it states its gap to the
exact optimum (:mod:`geo.siting_mclp`).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from geo.interrupt import checkpoint

_TINY = 1e-12
"""relative gain below which a swap is rounding, not improvement."""


def as_columns(covers: np.ndarray | sparse.csc_array) -> sparse.csc_array:
    """The covering matrix by columns; a site reaches a few places in a hundred."""
    if isinstance(covers, sparse.csc_array):
        return covers
    return sparse.csc_array(np.asarray(covers, dtype=float))


def cover_greedy(
    covers: np.ndarray | sparse.csc_array,
    demand: np.ndarray,
    sites: int,
    *,
    must: tuple[int, ...] = (),
) -> list[int]:
    """Positions of sites added one by one, each covering the most demand that is left.

    Parameters
    ----------
    covers : ndarray of bool or csc_array, shape (n, m)
    demand : ndarray, shape (n,)
    sites : int
        At most this many; fewer if nothing is left to cover.
    must : tuple of int
        Columns that come first.

    Examples
    --------
    >>> covers = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    >>> cover_greedy(covers, np.array([1.0, 2.0, 5.0]), 2)
    [2, 1]
    """
    reach = as_columns(covers)
    left = demand.astype(float).copy()
    chosen = list(must)
    for column in chosen:
        left[_rows(reach, column)] = 0.0
    while len(chosen) < sites:
        gain = reach.T @ left
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        if gain[best] <= _TINY * demand.sum():
            break
        chosen.append(best)
        left[_rows(reach, best)] = 0.0
    return chosen


def cover_swap(
    covers: np.ndarray | sparse.csc_array,
    demand: np.ndarray,
    chosen: list[int],
    *,
    must: tuple[int, ...] = (),
    rounds: int = 100,
) -> list[int]:
    """Improve a choice by the best single swap until none covers more.

    Parameters
    ----------
    covers : ndarray of bool or csc_array, shape (n, m)
    demand : ndarray, shape (n,)
    chosen : list of int
        Where to begin (a warm start).
    must : tuple of int
        Columns that are never given up.
    rounds : int
        Most swaps.

    Examples
    --------
    >>> covers = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    >>> cover_swap(covers, np.array([1.0, 2.0, 5.0]), [0, 2])
    [1, 2]
    """
    chosen = list(chosen)
    reach = as_columns(covers)
    movable = [k for k, j in enumerate(chosen) if j not in must]
    if not movable:
        return chosen
    total = float(demand.sum())
    for _ in range(rounds):
        checkpoint()
        times = np.zeros(len(demand))
        for column in chosen:
            times[_rows(reach, column)] += 1
        # without site k a place is uncovered if k alone covered it, or nobody does
        weights = np.repeat((demand * (times == 0))[:, None], len(movable), axis=1)
        loss = np.zeros(len(movable))
        for at, k in enumerate(movable):
            alone = _rows(reach, chosen[k])
            alone = alone[times[alone] == 1]
            weights[alone, at] = demand[alone]
            loss[at] = demand[alone].sum()
        gain = (reach.T @ weights).T  # [k, j]: covered by j once k has gone
        change = gain - loss[:, None]
        change[:, chosen] = -np.inf
        at_best, j = np.unravel_index(int(np.argmax(change)), change.shape)
        if change[at_best, j] <= _TINY * total:
            break
        chosen[movable[int(at_best)]] = int(j)
    return chosen


def covered_demand(
    covers: np.ndarray | sparse.csc_array, demand: np.ndarray, chosen: list[int]
) -> float:
    """Demand that the chosen columns cover."""
    reach = as_columns(covers)
    is_covered = np.zeros(len(demand), dtype=bool)
    for column in chosen:
        is_covered[_rows(reach, column)] = True
    return float(demand[is_covered].sum())


def _rows(reach: sparse.csc_array, column: int) -> np.ndarray:
    return reach.indices[reach.indptr[column] : reach.indptr[column + 1]]
