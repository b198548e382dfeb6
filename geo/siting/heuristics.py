"""Choices without a program: what they find is its start, or all that is needed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
from scipy import sparse

from geo.interrupt import checkpoint
from geo.siting.problem import SitingProblem

TINY = 1e-12
"""relative gain below which a swap is rounding, not improvement."""
_ROUNDS = 100
TRIED = 30
"""swaps of a round that are held against conditions, best first."""
FEW_CHOICES = 20_000
"""so many choices are all looked at."""


def enumerate_choices(
    cost: np.ndarray,
    sites: int,
    must: tuple[int, ...],
    judge: Callable[[np.ndarray], np.ndarray],
) -> tuple[list[int], float] | None:
    """Return the columns that ``judge`` values least of all choices, and their value, by looking at
    each choice; None where there are more than ``FEW_CHOICES``.

    ``judge`` takes the cost to the nearest chosen column, shape (n, choices), and returns a value
    for each choice.
    """
    free, more = np.setdiff1d(np.arange(cost.shape[1]), must), sites - len(must)
    if (count := comb(len(free), more)) > FEW_CHOICES:
        return None
    choices = np.array(list(combinations(free.tolist(), more)), int).reshape(count, more)
    always = cost[:, list(must)].min(axis=1, initial=np.inf)[:, None]
    values: list[float] = []
    for part in np.array_split(choices, 1 + cost.shape[0] * choices.size // 4_000_000):
        checkpoint()
        values += judge(np.minimum(always, cost[:, part].min(axis=2, initial=np.inf))).tolist()
    best = int(np.argmin(values))
    return [*must, *choices[best].tolist()], values[best]


def as_columns(covers: np.ndarray) -> sparse.csc_array:
    """Return the covering matrix by columns; a site reaches a few places in a hundred."""
    return sparse.csc_array(covers.astype(float))


def cover_greedy(
    reach: sparse.csc_array, demand: np.ndarray, sites: int, *, must: tuple[int, ...] = ()
) -> list[int]:
    """Add columns one by one, each covering the most demand left; fewer if none is left."""
    left = demand.astype(float).copy()
    chosen = list(must)
    for column in chosen:
        left[_rows(reach, column)] = 0.0
    while len(chosen) < sites:
        gain = reach.T @ left
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        if gain[best] <= TINY * demand.sum():
            break
        chosen.append(best)
        left[_rows(reach, best)] = 0.0
    return chosen


def swap_columns(
    chosen: list[int],
    must: tuple[int, ...],
    change_of: Callable[[list[int], list[int]], tuple[np.ndarray, float]],
    *,
    rounds: int,
    is_allowed: Callable[[list[int]], bool] | None = None,
) -> list[int]:
    """Make the best swap of one chosen column for another, again and again, until none improves.

    ``change_of`` takes the choice and the positions in it that may move, and returns the change of
    an objective to be minimised, shape (positions, columns), and the least change that counts. With
    ``is_allowed`` it is the best of the ``TRIED`` best after which the choice meets it.
    """
    chosen = list(chosen)
    movable = [k for k, j in enumerate(chosen) if j not in must]
    for _ in range(rounds if movable else 0):
        checkpoint()
        change, least = change_of(chosen, movable)
        change[:, chosen] = np.inf
        best = [np.argmin(change)]
        if is_allowed is not None:
            best = list(np.argsort(change, axis=None, kind="stable")[:TRIED])
        for swap in best:
            out, j = divmod(int(swap), change.shape[1])
            if change[out, j] >= -least:
                return chosen
            trial = list(chosen)
            trial[movable[out]] = j
            if is_allowed is None or is_allowed(trial):
                break
        else:
            return chosen
        chosen = trial
    return chosen


def cover_swap(
    reach: sparse.csc_array, demand: np.ndarray, chosen: list[int], *, must: tuple[int, ...]
) -> list[int]:
    """Swap columns until no swap covers more demand."""

    def change_of(chosen: list[int], movable: list[int]) -> tuple[np.ndarray, float]:
        times = np.zeros(len(demand))
        for column in chosen:
            times[_rows(reach, column)] += 1
        # without site k a place is uncovered if k alone covered it, or nobody does
        weights = np.repeat((demand * (times == 0))[:, None], len(movable), axis=1)
        loss = np.zeros(len(movable))
        for row, k in enumerate(movable):
            alone = _rows(reach, chosen[k])
            alone = alone[times[alone] == 1]
            weights[alone, row] = demand[alone]
            loss[row] = demand[alone].sum()
        gain = (reach.T @ weights).T  # [k, j]: covered by j once k has gone
        return loss[:, None] - gain, TINY * float(demand.sum())

    return swap_columns(chosen, must, change_of, rounds=_ROUNDS)


def covered_demand(reach: sparse.csc_array, demand: np.ndarray, chosen: list[int]) -> float:
    is_covered = np.zeros(len(demand), dtype=bool)
    for column in chosen:
        is_covered[_rows(reach, column)] = True
    return float(demand[is_covered].sum())


def fill_up(problem: SitingProblem, chosen: list[int], sites: int) -> list[int]:
    """Use up the sites: add those that shorten the ways most."""
    chosen = list(chosen)
    nearest = problem.existing_cost.copy()
    if chosen:
        nearest = np.minimum(nearest, problem.cost[:, chosen].min(axis=1))
    far = float(problem.cost[np.isfinite(problem.cost)].max(initial=0.0)) * 2
    while len(chosen) < sites:
        free = np.setdiff1d(problem.candidates, chosen)
        now = np.minimum(nearest, far)
        saved = problem.demand @ np.maximum(
            now[:, None] - np.minimum(problem.cost[:, free], far), 0
        )
        chosen.append(int(free[np.argmax(saved)]))
        nearest = np.minimum(nearest, problem.cost[:, chosen[-1]])
    return chosen


def _rows(reach: sparse.csc_array, column: int) -> np.ndarray:
    return reach.indices[reach.indptr[column] : reach.indptr[column + 1]]
