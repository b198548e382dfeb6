"""Covering as much demand as p sites can: a fast heuristic that many resamples can afford.

Greedy adding, then the best swap of one site for another until none helps. It finds the optimum
of nearly all instances of this size, but proves nothing: whoever uses it states its gap to the
exact optimum (:mod:`geo.siting_models`).
"""

from __future__ import annotations

import numpy as np

_TINY = 1e-12
"""relative gain below which a swap is rounding, not improvement."""


def cover_greedy(
    covers: np.ndarray, demand: np.ndarray, sites: int, *, must: tuple[int, ...] = ()
) -> list[int]:
    """Positions of sites added one by one, each covering the most demand that is left.

    Parameters
    ----------
    covers : ndarray of bool or float32, shape (n, m)
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
    reach = covers.astype(np.float64, copy=False)
    left = demand.astype(float).copy()
    chosen = list(must)
    if chosen:
        left[covers[:, chosen].any(axis=1)] = 0.0
    while len(chosen) < sites:
        gain = left @ reach
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        if gain[best] <= _TINY * demand.sum():
            break
        chosen.append(best)
        left[covers[:, best].astype(bool)] = 0.0
    return chosen


def cover_swap(
    covers: np.ndarray,
    demand: np.ndarray,
    chosen: list[int],
    *,
    must: tuple[int, ...] = (),
    rounds: int = 100,
) -> list[int]:
    """Improve a choice by the best single swap until none covers more.

    Parameters
    ----------
    covers : ndarray of bool, shape (n, m)
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
    reach = covers.astype(np.float64, copy=False)
    movable = [k for k, j in enumerate(chosen) if j not in must]
    if not movable:
        return chosen
    total = float(demand.sum())
    for _ in range(rounds):
        times = reach[:, chosen].sum(axis=1)
        # without site k a place is uncovered if k alone covered it, or nobody does
        uncovered = (times[:, None] - reach[:, [chosen[k] for k in movable]]) < 0.5
        weights = uncovered * demand[:, None]
        gain = weights.T @ reach  # [k, j]: covered again by j once k has gone
        loss = (weights * (times > 0.5)[:, None]).sum(axis=0)
        change = gain - loss[:, None]
        change[:, chosen] = -np.inf
        k, j = np.unravel_index(int(np.argmax(change)), change.shape)
        if change[k, j] <= _TINY * total:
            break
        chosen[movable[int(k)]] = int(j)
    return chosen


def covered_demand(covers: np.ndarray, demand: np.ndarray, chosen: list[int]) -> float:
    """Demand that the chosen columns cover."""
    if not chosen:
        return 0.0
    return float(demand[covers[:, chosen].astype(bool).any(axis=1)].sum())
