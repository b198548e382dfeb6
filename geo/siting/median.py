"""p-median: the p sites with the least demand-weighted travel, with a proven gap.

Hakimi 1964, Operations Research 12, 450-459. Large cases are found by greedy adding, random starts
and swaps (Teitz and Bart 1968, Operations Research 16, 955-961, all swaps at once after Whitaker
1983) and bounded by Lagrangian relaxation. ``cost`` has shape (n, width): the first m columns are
candidates, those after them are open already and cost no site.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.interrupt import checkpoint
from geo.siting.heuristics import enumerate_choices, swap_columns
from geo.siting.problem import Plan, SitingProblem, plan_of
from geo.siting.solver import Rows, Solution, gap_of, solve

EXACT_PAIRS = 12_000
"""up to so many pairs of place and candidate HiGHS proves the optimum in seconds."""
UNREACHABLE_TIMES = 2.0
"""a pair with no way costs so many times the longest way there is."""
_STARTS = 3
_GAP = 1e-4
_STEPS = 400
_MOMENTUM = 0.7
"""share of the last step kept (Camerini, Fratta and Maffioli 1975): fewer zigzags."""
_PATIENCE, _SHRINK = 15, 0.7
"""steps without a better bound until the step length is cut, and by how much."""


def solve_pmedian(
    problem: SitingProblem, sites: int, *, seed: int = 1, time_limit_s: float = 30.0
) -> Plan:
    """The p candidates with the least sum of demand times cost to the nearest."""
    problem.require_sites(sites)
    cost, demand = finite_costs(problem)
    m = len(problem.candidates)
    must = tuple(np.flatnonzero(np.isin(problem.candidates, problem.must)).tolist())
    open_already = cost[:, m:].min(axis=1, initial=np.inf)[:, None]
    every = enumerate_choices(
        cost[:, :m], sites, must, lambda nearest: demand @ np.minimum(nearest, open_already)
    )
    if every is not None:
        chosen, least = every
        choice = problem.candidates[chosen].tolist()
        return plan_of(problem, "pmedian", choice, objective=least, seed=seed, method="enumeration")
    rng = np.random.default_rng(seed)
    best: list[int] = []
    value, until = np.inf, time.monotonic() + time_limit_s / 2
    others = np.setdiff1d(np.arange(m), must)
    for number in range(_STARTS):
        if number and time.monotonic() > until:
            break
        if number == 0:
            begin = median_greedy(cost, demand, sites, must, m)
        else:
            drawn = rng.choice(others, size=sites - len(must), replace=False)
            begin = [*must, *(int(j) for j in drawn)]
        swapped = median_swap(cost, demand, begin, must, m)
        now = median_value(cost, demand, swapped, m)
        if now < value * (1 - 1e-12):
            best, value = swapped, now
    if cost.size <= EXACT_PAIRS:
        answer = _median_program(cost, demand, sites, must, m, best, time_limit_s)
        best = [int(j) for j in np.flatnonzero(answer.values[:m] > 0.5)]
        value, bound, stopped = answer.objective, answer.bound, answer.is_stopped
        method = "HiGHS"
    else:
        until += time_limit_s / 2
        bound, best = lagrangian_bound(
            cost, demand, sites, must, m, value=value, chosen=best, until=until
        )
        value = median_value(cost, demand, best, m)
        stopped = gap_of(value, bound) > _GAP
        method = "greedy, swaps, Lagrangian bound"
    return plan_of(
        problem,
        "pmedian",
        [int(problem.candidates[j]) for j in best],
        objective=float(value),
        bound=float(min(max(bound, 0.0), value)),  # ways have a length, whatever a search knew
        is_stopped=bool(stopped),
        seed=seed,
        method=method,
    )


def finite_costs(problem: SitingProblem) -> tuple[np.ndarray, np.ndarray]:
    """Return finite costs, shape (rows, m), and demand, shape (rows,), of the places that have a
    way; with services one more column has the cost to the nearest of them."""
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & (
        np.isfinite(cost).any(axis=1) | np.isfinite(problem.existing_cost)
    )
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    ways = cost[rows]
    if np.isfinite(problem.existing_cost[rows]).any():
        ways = np.hstack([ways, problem.existing_cost[rows, None]])
    longest = float(ways[np.isfinite(ways)].max(initial=0.0))
    ways = np.where(np.isfinite(ways), ways, UNREACHABLE_TIMES * longest)
    return np.ascontiguousarray(ways), problem.demand[rows]


def median_value(cost: np.ndarray, demand: np.ndarray, chosen: list[int], m: int) -> float:
    """Sum demand times cost to the nearest chosen or open column."""
    return float(demand @ cost[:, [*chosen, *range(m, cost.shape[1])]].min(axis=1))


def median_greedy(
    cost: np.ndarray, demand: np.ndarray, sites: int, must: tuple[int, ...], m: int
) -> list[int]:
    """Add sites to the must-have ones, each shortening the ways most."""
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


def median_swap(
    cost: np.ndarray, demand: np.ndarray, chosen: list[int], must: tuple[int, ...], m: int
) -> list[int]:
    """Swap sites until no swap shortens the ways; must-have ones stay."""

    def change_of(chosen: list[int], movable: list[int]) -> tuple[np.ndarray, float]:
        opened = [*chosen, *range(m, cost.shape[1])]
        open_cost = cost[:, opened]
        nearest_at = open_cost.argmin(axis=1)
        rows = np.arange(len(demand))
        first = open_cost[rows, nearest_at]
        if len(opened) > 1:
            again = open_cost.copy()
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
        return change, 1e-10 * max(1e-300, float(demand @ first))

    return swap_columns(chosen, must, change_of, rounds=500)


def lagrangian_bound(
    cost: np.ndarray,
    demand: np.ndarray,
    sites: int,
    must: tuple[int, ...],
    m: int,
    *,
    value: float,
    chosen: list[int],
    until: float = np.inf,
) -> tuple[float, list[int]]:
    """Return a bound that no choice of that many sites is below, and the best choice on the way."""
    width = cost.shape[1]
    fixed = [*must, *range(m, width)]
    free = np.setdiff1d(np.arange(m), fixed)
    weighted = cost * demand[:, None]
    part = np.sort(np.partition(weighted[:, [*chosen, *range(m, width)]], 0, axis=1), axis=1)
    second = part[:, 1] if part.shape[1] > 1 else part[:, 0]
    price = (part[:, 0] + np.maximum(second, part[:, 0])) / 2
    best_bound, best_value, best_choice = -np.inf, value, list(chosen)
    scale, idle = 1.0, 0
    work = np.empty_like(weighted)
    step = np.zeros(len(demand))
    best_price = price
    for _ in range(_STEPS):
        checkpoint()
        np.subtract(weighted, price[:, None], out=work)
        np.minimum(work, 0.0, out=work)
        rho = work.sum(axis=0)
        picked = free[np.argsort(rho[free], kind="stable")[: sites - len(must)]]
        opened = np.concatenate([np.array(fixed, int), picked]).astype(int)
        bound = float(price.sum() + rho[opened].sum())
        now = float(weighted[:, opened].min(axis=1).sum())
        if now < best_value * (1 - 1e-12):
            best_value = now
            best_choice = [int(j) for j in opened if j < m]
        if bound > best_bound:
            best_bound, best_price, idle = bound, price, 0
        else:
            idle += 1
        is_late = time.monotonic() > until
        if gap_of(best_value, best_bound) <= _GAP or scale < 1e-4 or is_late:
            break
        if idle >= _PATIENCE:
            scale, idle, price = scale * _SHRINK, 0, best_price
            step[:] = 0.0
            continue
        slope = 1.0 - (work[:, opened] < 0).sum(axis=1)
        step = slope + _MOMENTUM * step
        # prices live on the scale of the demand: without this factor a metropolis, a hundred
        # times its neighbours, moves as slowly as a village
        move = demand * step
        length = float(step @ move)
        if length <= 0:
            break
        price = price + scale * max(best_value - bound, 0.0) / length * move
    # rounding of a long sum must not lift the bound above the truth
    return min(best_bound, best_value), best_choice


def _median_program(
    cost: np.ndarray,
    demand: np.ndarray,
    sites: int,
    must: tuple[int, ...],
    m: int,
    chosen: list[int],
    time_limit_s: float,
) -> Solution:
    """The whole p-median: y of each column, then x of each pair."""
    n, width = cost.shape
    pairs = n * width
    rows = Rows()
    goes = sparse.kron(sparse.identity(n), np.ones((1, width)))
    rows.add(sparse.csr_matrix((n, width)), goes, least=1.0, most=1.0)
    link = sparse.kron(np.ones((n, 1)), sparse.identity(width))
    rows.add(link, -sparse.identity(pairs), least=0.0)
    rows.add(np.ones(m), np.zeros(width - m + pairs), least=sites, most=sites)
    floor = np.zeros(width + pairs)
    floor[[*must, *range(m, width)]] = 1.0
    start = np.zeros(width + pairs)
    opened = [*chosen, *range(m, width)]
    start[opened] = 1.0
    nearest = np.array(opened)[cost[:, opened].argmin(axis=1)]
    start[width + np.arange(n) * width + nearest] = 1.0
    of_pairs = np.concatenate([np.zeros(width), (cost * demand[:, None]).ravel()])
    program = rows.program(of_pairs, integers=width, floor=floor)
    return solve(program, start=start, time_limit_s=time_limit_s)
