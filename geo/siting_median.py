"""p-median: the p sites with the least demand-weighted travel, with a proven gap.

Hakimi 1964, Operations Research 12, 450-459. Small cases go to HiGHS; large ones are found by
:mod:`geo.siting_median_search` and bounded from below by :mod:`geo.siting_median_bound`.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.siting_choice import Choice
from geo.siting_median_bound import lagrangian_bound
from geo.siting_median_search import median_greedy, median_start, median_swap, median_value
from geo.siting_problem import SitingProblem
from geo.siting_solver import Program, Solution, gap_of, solve

EXACT_PAIRS = 12_000
"""up to so many pairs of place and candidate HiGHS proves the optimum in seconds."""
UNREACHABLE_TIMES = 2.0
"""a pair with no way costs so many times the longest way there is."""


def solve_pmedian(
    problem: SitingProblem,
    sites: int,
    *,
    seed: int = 1,
    starts: int = 3,
    relative_gap: float = 1e-4,
    time_limit_s: float = 30.0,
    exact_pairs: int = EXACT_PAIRS,
) -> Choice:
    """Choose p candidates with the least sum of demand times cost to the nearest.

    Parameters
    ----------
    problem : SitingProblem
        An existing service is a site that is open already. A pair with no way costs twice the
        longest way (``UNREACHABLE_TIMES``); places with no way at all are left out.
    sites : int
    seed : int
        Of the random starts after the greedy one.
    starts : int
        Choices that are improved by swaps; the best stays.
    relative_gap : float
        Stop bounding once the gap is this small.
    time_limit_s : float
        Of HiGHS on small cases; the bound of large ones takes a fixed number of steps, so that
        the same seed gives the same answer on every machine.
    exact_pairs : int
        Size up to which HiGHS is asked.

    Returns
    -------
    Choice
        objective = sum of demand times cost over the places that have a way.
    """
    problem.require_sites(sites)
    cost, demand = priced(problem)
    m = len(problem.candidates)
    must = tuple(int(np.flatnonzero(problem.candidates == j)[0]) for j in problem.must)
    rng = np.random.default_rng(seed)
    best: list[int] = []
    value = np.inf
    for number in range(max(1, starts)):
        begin = (
            median_greedy(cost, demand, sites, must, m)
            if number == 0
            else median_start(rng, sites, must, m)
        )
        found = median_swap(cost, demand, begin, must, m)
        now = median_value(cost, demand, found, m)
        if now < value * (1 - 1e-12):
            best, value = found, now
    if cost.size <= exact_pairs:
        answer = _exact(cost, demand, sites, must, m, best, time_limit_s)
        chosen = np.flatnonzero(answer.values[: cost.shape[1]] > 0.5)
        best = [int(j) for j in chosen if j < m]
        value, bound, stopped = answer.objective, answer.bound, answer.is_stopped
        method = "HiGHS"
    else:
        bound, better = lagrangian_bound(
            cost,
            demand,
            sites,
            must=must,
            columns=m,
            value=value,
            chosen=best,
            relative_gap=relative_gap,
        )
        now = median_value(cost, demand, better, m)
        if now < value:
            best, value = better, now
        stopped = gap_of(value, bound) > max(relative_gap, 1e-9)
        method = "greedy, swaps, Lagrangian bound"
    chosen_now = [int(problem.candidates[j]) for j in best]
    return Choice(
        sites=tuple(sorted(chosen_now)),
        objective=float(value),
        bound=float(min(bound, value)),
        is_stopped=bool(stopped),
        method=method,
        columns_left=m,
    )


def priced(problem: SitingProblem) -> tuple[np.ndarray, np.ndarray]:
    """Finite costs and demand of the places that have a way; a last column for the services.

    Returns
    -------
    cost : ndarray, shape (rows, m) or (rows, m + 1)
        The extra column, if there are services, is the cost to the nearest of them.
    demand : ndarray, shape (rows,)
    """
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & (
        np.isfinite(cost).any(axis=1) | np.isfinite(problem.existing_cost)
    )
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    cost, existing = cost[rows], problem.existing_cost[rows]
    longest = float(
        max(
            cost[np.isfinite(cost)].max(initial=0.0),
            existing[np.isfinite(existing)].max(initial=0.0),
        )
    )
    penalty = UNREACHABLE_TIMES * longest
    cost = np.where(np.isfinite(cost), cost, penalty)
    if np.isfinite(existing).any():
        last = np.where(np.isfinite(existing), existing, penalty)
        cost = np.hstack([cost, last[:, None]])
    return np.ascontiguousarray(cost), problem.demand[rows]


def _exact(
    cost: np.ndarray,
    demand: np.ndarray,
    sites: int,
    must: tuple[int, ...],
    m: int,
    chosen: list[int],
    time_limit_s: float,
) -> Solution:
    """The whole program: y of each column, then x of each pair."""
    n, width = cost.shape
    pairs = n * width
    ones = sparse.csr_matrix(np.ones((1, width)))
    assign = sparse.kron(sparse.identity(n), ones)
    link = sparse.kron(np.ones((n, 1)), sparse.identity(width))
    count = np.concatenate([np.ones(m), np.zeros(width - m + pairs)])
    floor = np.zeros(width + pairs)
    floor[[*must, *range(m, width)]] = 1.0
    start = np.zeros(width + pairs)
    opened = [*chosen, *range(m, width)]
    start[opened] = 1.0
    nearest = np.array(opened)[cost[:, opened].argmin(axis=1)]
    start[width + np.arange(n) * width + nearest] = 1.0
    return solve(
        Program(
            cost=np.concatenate([np.zeros(width), (cost * demand[:, None]).ravel()]),
            rows=sparse.vstack(
                [
                    sparse.hstack([sparse.csr_matrix((n, width)), assign]),
                    sparse.hstack([link, -sparse.identity(pairs)]),
                    sparse.csr_matrix(count),
                ]
            ).tocsr(),
            lower=np.concatenate([np.ones(n), np.zeros(pairs), [float(sites)]]),
            upper=np.concatenate([np.ones(n), np.full(pairs, np.inf), [float(sites)]]),
            is_integer=np.arange(width + pairs) < width,
            floor=floor,
            ceiling=np.ones(width + pairs),
        ),
        start=start,
        time_limit_s=time_limit_s,
    )
