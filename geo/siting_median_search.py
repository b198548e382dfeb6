"""p-median without a proof: greedy adding, random starts, and swaps.

Teitz and Bart 1968, Operations Research 16, 955-961, all swaps evaluated at once after Whitaker
1983. Everywhere ``cost`` has shape (n, width) and ``demand`` shape (n,); of the columns the first m
are candidates, those after them are open already and cost no site.
"""

from __future__ import annotations

import numpy as np

from geo.interrupt import checkpoint


def median_value(cost: np.ndarray, demand: np.ndarray, chosen: list[int], m: int) -> float:
    """Sum of demand times cost to the nearest chosen or open column.

    Examples
    --------
    >>> cost = np.array([[0.0, 4.0], [4.0, 0.0]])
    >>> median_value(cost, np.array([3.0, 1.0]), [0], 2)
    4.0
    """
    return float(demand @ cost[:, [*chosen, *range(m, cost.shape[1])]].min(axis=1))


def median_greedy(
    cost: np.ndarray, demand: np.ndarray, sites: int, must: tuple[int, ...], m: int
) -> list[int]:
    """Sites beginning with the must-have ones, each next one shortening the ways most.

    Examples
    --------
    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> median_greedy(cost, np.ones(3), 2, (), 3)
    [1, 2]
    """
    chosen = list(must)
    always = [*chosen, *range(m, cost.shape[1])]
    nearest = cost[:, always].min(axis=1) if always else np.full(len(demand), cost.max() * 2)
    while len(chosen) < sites:
        checkpoint()
        saved = demand @ np.maximum(nearest[:, None] - cost[:, :m], 0.0)
        saved[chosen] = -1.0
        chosen.append(int(np.argmax(saved)))
        nearest = np.minimum(nearest, cost[:, chosen[-1]])
    return chosen


def median_start(rng: np.random.Generator, sites: int, must: tuple[int, ...], m: int) -> list[int]:
    """The must-have sites, and others drawn at random without repetition."""
    others = np.setdiff1d(np.arange(m), must)
    drawn = rng.choice(others, size=sites - len(must), replace=False)
    return [*must, *(int(j) for j in drawn)]


def median_swap(
    cost: np.ndarray, demand: np.ndarray, chosen: list[int], must: tuple[int, ...], m: int
) -> list[int]:
    """Swap sites until no swap shortens the ways; must-have ones stay.

    Best improvement: every pair (site out, candidate in) is evaluated at once.

    Examples
    --------
    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> median_swap(cost, np.ones(3), [0], (), 3)
    [1]
    """
    chosen = list(chosen)
    extra = list(range(m, cost.shape[1]))
    movable = [k for k, j in enumerate(chosen) if j not in must]
    if not movable:
        return chosen
    for _ in range(500):
        checkpoint()
        opened = [*chosen, *extra]
        here = cost[:, opened]
        nearest_at = here.argmin(axis=1)
        rows = np.arange(len(demand))
        first = here[rows, nearest_at]
        if len(opened) > 1:
            again = here.copy()
            again[rows, nearest_at] = np.inf
            second = again.min(axis=1)
        else:
            second = np.full(len(demand), np.inf)
        gain = demand @ np.maximum(first[:, None] - cost[:, :m], 0.0)
        change = np.empty((len(movable), m))
        for row, k in enumerate(movable):
            mine = nearest_at == k
            to = np.minimum(second[mine, None], np.maximum(cost[mine, :m], first[mine, None]))
            change[row] = demand[mine] @ (to - first[mine, None]) - gain
        change[:, chosen] = np.inf
        out, j = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[out, j] >= -1e-10 * max(1e-300, float(demand @ first)):
            break
        chosen[movable[int(out)]] = int(j)
    return chosen
