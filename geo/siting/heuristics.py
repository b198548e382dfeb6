"""Choices without a program: the start of an exact search, or a plan of each variation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from geo.interrupt import checkpoint
from geo.siting.problem import SitingProblem

TINY = 1e-12
"""relative gain below which a swap is rounding, not improvement."""
_ROUNDS = 100
_TRIED = 30
"""swaps of a round that are held against conditions, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Which of the m candidates may join a choice, or replace one in it; all by their columns."""

    most: int
    """sites of a choice."""
    must: tuple[int, ...]
    price: np.ndarray
    """shape (m,), cost of each site."""
    budget: float
    members: np.ndarray
    """shape (groups, m), bool: the candidates of each group that has to have a site."""

    @classmethod
    def of(cls, problem: SitingProblem, sites: int) -> Self:
        free = problem.candidates
        return cls(
            most=sites,
            must=tuple(np.searchsorted(free, sorted(problem.must)).tolist()),
            price=problem.site_cost[free],
            budget=np.inf if problem.budget is None else problem.budget * (1 + 1e-9),
            members=np.array(
                [problem.site_group[free] == name for name in problem.groups_with_site], bool
            ).reshape(len(problem.groups_with_site), len(free)),
        )

    def may_join(self, chosen: list[int]) -> np.ndarray:
        """Return which columns are allowed next, shape (m,); groups without a site go first."""
        if len(chosen) >= self.most:
            return np.zeros(len(self.price), bool)
        fits = self.price <= self.budget - self.price[chosen].sum()
        fits[chosen] = False
        lacking = ~self.members[:, chosen].any(axis=1)
        return fits & self.members[lacking].any(axis=0) if lacking.any() else fits

    def may_swap(self, chosen: list[int], movable: list[int]) -> np.ndarray:
        """Return who may replace each of the positions in a choice, shape (positions, m)."""
        spare = self.budget - self.price[chosen].sum()
        leaving = self.price[[chosen[k] for k in movable]]
        allowed = self.price[None, :] <= spare + leaving[:, None]
        allowed[:, chosen] = False
        for inside in self.members:
            if inside[chosen].sum() == 1:
                alone = [row for row, k in enumerate(movable) if inside[chosen[k]]]
                allowed[alone] &= inside
        return allowed

    def are_met(self, chosen: list[int]) -> bool:
        """Whether a choice has the must-have sites and groups, and is paid."""
        is_paid = self.price[chosen].sum() <= self.budget and 0 < len(chosen) <= self.most
        return is_paid and {*self.must} <= {*chosen} and bool(self.members[:, chosen].any(1).all())

    def greedy(self, score_of: Callable[[list[int]], np.ndarray], least: float = 0.0) -> list[int]:
        """Add the best allowed column again and again until none scores above ``least``.

        With a budget, scores are per unit of price.
        """
        chosen = list(self.must)
        while True:
            checkpoint()
            allowed, score = self.may_join(chosen), score_of(chosen)
            is_asked = bool(~self.members[:, chosen].any(axis=1).all())
            if not allowed.any() or (score[allowed].max() <= least and not is_asked):
                return chosen
            if np.isfinite(self.budget):
                score = score / np.maximum(self.price, 1e-9)
            chosen.append(int(np.argmax(np.where(allowed, score, -np.inf))))


def as_columns(covers: np.ndarray) -> sparse.csc_array:
    """Return the covering matrix in sparse columns: a site reaches few of the places."""
    return sparse.csc_array(covers.astype(float))


def cover_greedy(reach: sparse.csc_array, demand: np.ndarray, conditions: Conditions) -> list[int]:
    """Add columns one by one, each covering the most demand left; fewer if none is left."""

    def score_of(chosen: list[int]) -> np.ndarray:
        left = demand.copy()
        for column in chosen:
            left[_rows(reach, column)] = 0.0
        return reach.T @ left

    return conditions.greedy(score_of, TINY * float(demand.sum()))


def cover_change(
    reach: sparse.csc_array, demand: np.ndarray, chosen: list[int], movable: list[int]
) -> np.ndarray:
    """Return the demand that is covered less after each swap, shape (positions, m)."""
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
    return loss[:, None] - (reach.T @ weights).T


def cover_swap(
    reach: sparse.csc_array, demand: np.ndarray, chosen: list[int], conditions: Conditions
) -> list[int]:
    """Swap columns until no swap covers more demand."""
    least = TINY * float(demand.sum())
    return swap_columns(
        chosen,
        conditions,
        lambda chosen, movable: (cover_change(reach, demand, chosen, movable), least),
    )


def covered_demand(reach: sparse.csc_array, demand: np.ndarray, chosen: list[int]) -> float:
    is_covered = np.zeros(len(demand), dtype=bool)
    for column in chosen:
        is_covered[_rows(reach, column)] = True
    return float(demand[is_covered].sum())


def ways_change(
    cost: np.ndarray,
    demand: np.ndarray,
    chosen: list[int],
    movable: list[int],
    columns: np.ndarray,
    m: int,
) -> np.ndarray:
    """Return each swap's change of the sum of demand times cost, shape (positions, columns).

    The cost is that to the nearest site: Whitaker 1983, INFOR 21, 95-108.
    """
    opened = [*chosen, *range(m, cost.shape[1])]
    ways = cost[:, opened]
    rows = np.arange(len(demand))
    nearest = ways.argmin(axis=1)
    first = ways[rows, nearest]
    ways[rows, nearest] = np.inf
    second = ways.min(axis=1)
    into = cost[:, columns]
    gain = demand @ np.maximum(first[:, None] - into, 0.0)
    change = np.empty((len(movable), len(columns)))
    for row, k in enumerate(movable):
        mine = nearest == k
        to = np.minimum(second[mine, None], np.maximum(into[mine], first[mine, None]))
        change[row] = demand[mine] @ (to - first[mine, None]) - gain
    return change


def shorten_ways(
    reach: sparse.csc_array,
    weight: np.ndarray,
    cost: np.ndarray,
    demand: np.ndarray,
    chosen: list[int],
    conditions: Conditions,
    *,
    least: float,
    is_allowed: Callable[[list[int]], bool] | None = None,
) -> list[int]:
    """Swap columns until no swap shortens the ways of all and still covers ``least``.

    ``reach`` and ``weight`` are the places that count for the cover, ``cost`` and ``demand`` those
    that have a way (:func:`geo.siting.median.finite_costs`).
    """
    tiny = 1e-9 * max(float(demand @ cost.max(axis=1)), 1e-300)

    def change_of(chosen: list[int], movable: list[int]) -> tuple[np.ndarray, float]:
        covered = covered_demand(reach, weight, chosen)
        enough = covered - cover_change(reach, weight, chosen, movable) >= least
        columns = np.flatnonzero(enough.any(axis=0))
        change = np.full(enough.shape, np.inf)
        m = enough.shape[1]
        change[:, columns] = ways_change(cost, demand, chosen, movable, columns, m)
        change[~enough] = np.inf
        return change, tiny

    return swap_columns(chosen, conditions, change_of, is_allowed=is_allowed)


def swap_columns(
    chosen: list[int],
    conditions: Conditions,
    change_of: Callable[[list[int], list[int]], tuple[np.ndarray, float]],
    *,
    rounds: int = _ROUNDS,
    is_allowed: Callable[[list[int]], bool] | None = None,
) -> list[int]:
    """Make the best swap of one chosen column for another, again and again, until none improves.

    ``change_of`` takes the choice and the positions in it that may move, and returns the change of
    an objective to be minimised, shape (positions, columns), and the least change that counts. With
    ``is_allowed`` it is the best of the ``_TRIED`` best after which the choice meets it.
    """
    chosen = list(chosen)
    movable = [k for k, j in enumerate(chosen) if j not in conditions.must]
    for _ in range(rounds if movable else 0):
        checkpoint()
        change, least = change_of(chosen, movable)
        change[~conditions.may_swap(chosen, movable)] = np.inf
        best = [np.argmin(change)]
        if is_allowed is not None:
            best = list(np.argsort(change, axis=None, kind="stable")[:_TRIED])
        for swap in best:
            out, j = divmod(int(swap), change.shape[1])
            if not change[out, j] < -least:
                return chosen
            trial = list(chosen)
            trial[movable[out]] = j
            if is_allowed is None or is_allowed(trial):
                break
        else:
            return chosen
        chosen = trial
    return chosen


def fill_up(problem: SitingProblem, chosen: list[int], sites: int) -> list[int]:
    """Use up the sites and the budget: add those that shorten the ways most."""
    free = problem.candidates
    conditions = Conditions.of(problem, sites)
    cost = problem.cost[:, free]
    far = float(problem.cost[np.isfinite(problem.cost)].max(initial=0.0)) * 2
    columns = np.searchsorted(free, chosen).tolist()
    while True:
        allowed = conditions.may_join(columns)
        if not allowed.any():
            return [int(j) for j in free[columns]]
        nearest = np.minimum(cost[:, columns].min(axis=1, initial=far), problem.existing_cost)
        saved = problem.demand @ np.maximum(nearest[:, None] - np.minimum(cost, far), 0)
        columns.append(int(np.argmax(np.where(allowed, saved, -1.0))))


def _rows(reach: sparse.csc_array, column: int) -> np.ndarray:
    return reach.indices[reach.indptr[column] : reach.indptr[column + 1]]
