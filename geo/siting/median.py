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
from geo.siting.cover import add_conditions
from geo.siting.heuristics import Conditions, fill_up, swap_columns, ways_change
from geo.siting.problem import Plan, SitingProblem, plan_of
from geo.siting.solver import PROVEN_GAP, Rows, Solution, gap_of, solve

EXACT_PAIRS = 12_000
"""up to so many pairs of place and candidate HiGHS proves the optimum in seconds."""
UNREACHABLE_TIMES = 2.0
"""a pair with no way costs so many times the longest way there is."""
_STARTS = 3
_STEPS = 400
_MOMENTUM = 0.7
"""share of the last step kept (Camerini, Fratta and Maffioli 1975): fewer zigzags."""
_PATIENCE, _SHRINK = 15, 0.7
"""steps without a better bound until the step length is cut, and by how much."""


def solve_pmedian(problem: SitingProblem, sites: int, *, time_limit_s: float = 30.0) -> Plan:
    """Return the plan of p candidates with the smallest sum of demand times cost to the nearest.

    With a budget the plan has at most p sites.
    """
    problem.require_sites(sites)
    cost, demand = finite_costs(problem)
    m, conditions = len(problem.candidates), Conditions.of(problem, sites)
    rng = np.random.default_rng(1)
    best: list[int] = []
    value, until = np.inf, time.monotonic() + time_limit_s / 2
    for number in range(_STARTS):
        if number and time.monotonic() > until:
            break
        if number == 0:
            begin = median_greedy(cost, demand, conditions, m)
        else:
            begin = conditions.greedy(lambda _: rng.random(m))
        swapped = median_swap(cost, demand, begin, conditions, m)
        now = median_value(cost, demand, swapped, m)
        if now < value * (1 - 1e-12) and conditions.are_met(swapped):
            best, value = swapped, now
    if cost.size <= EXACT_PAIRS or not best:
        answer = _median_program(cost, demand, sites, conditions, m, best, time_limit_s)
        best = [int(j) for j in np.flatnonzero(answer.values[:m] > 0.5)]
        value, bound, stopped = answer.objective, answer.bound, answer.is_stopped
    else:
        until += time_limit_s / 2
        bound, best = lagrangian_bound(
            cost, demand, conditions, m, value=value, chosen=best, until=until
        )
        value = median_value(cost, demand, best, m)
        stopped = gap_of(value, bound) > PROVEN_GAP
    chosen = [int(problem.candidates[j]) for j in best]
    return plan_of(
        problem,
        "pmedian",
        fill_up(problem, chosen, sites),
        objective=float(value),
        bound=float(min(max(bound, 0.0), value)),  # ways have a length, whatever a search knew
        is_stopped=bool(stopped),
    )


def finite_costs(
    problem: SitingProblem, rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return finite costs, shape (rows, m), and demand, shape (rows,), of reachable places.

    These are the places with demand and a way, or the given ``rows``. With services, one more
    column has the cost to the nearest service.
    """
    cost = problem.cost[:, problem.candidates]
    if rows is None:
        rows = (problem.demand > 0) & (
            np.isfinite(cost).any(axis=1) | np.isfinite(problem.existing_cost)
        )
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate. Add candidates")
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
    cost: np.ndarray, demand: np.ndarray, conditions: Conditions, m: int
) -> list[int]:
    """Add sites to the must-have ones, each shortening the ways most."""
    far = cost.max() * 2

    def score_of(chosen: list[int]) -> np.ndarray:
        nearest = cost[:, [*chosen, *range(m, cost.shape[1])]].min(axis=1, initial=far)
        return demand @ np.maximum(nearest[:, None] - cost[:, :m], 0.0)

    return conditions.greedy(score_of, -1.0)


def median_swap(
    cost: np.ndarray, demand: np.ndarray, chosen: list[int], conditions: Conditions, m: int
) -> list[int]:
    """Swap sites until no swap shortens the ways; must-have ones stay."""
    columns = np.arange(m)

    def change_of(chosen: list[int], movable: list[int]) -> tuple[np.ndarray, float]:
        now = median_value(cost, demand, chosen, m)
        change = ways_change(cost, demand, chosen, movable, columns, m)
        return change, 1e-10 * max(1e-300, now)

    return swap_columns(chosen, conditions, change_of, rounds=500)


def lagrangian_bound(
    cost: np.ndarray,
    demand: np.ndarray,
    conditions: Conditions,
    m: int,
    *,
    value: float,
    chosen: list[int],
    until: float = np.inf,
) -> tuple[float, list[int]]:
    """Return a bound that no choice is below, and the best choice on the way.

    Of a budget the bound knows what can be bought in parts, of groups that need a site nothing: it
    is then lower than it need be, never too high.
    """
    width = cost.shape[1]
    fixed = [*conditions.must, *range(m, width)]
    free = np.setdiff1d(np.arange(m), fixed)
    price_of = conditions.price[free]
    money = conditions.budget - conditions.price[list(conditions.must)].sum()
    more = conditions.most - len(conditions.must)
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
        picked = free[np.argsort(rho[free], kind="stable")[:more]]
        opened = np.concatenate([np.array(fixed, int), picked]).astype(int)
        bound = float(price.sum() + rho[opened].sum())
        if np.isfinite(conditions.budget):
            bought = float(price.sum() + rho[fixed].sum() + _bought(rho[free], price_of, money))
            bound = max(bound, bought)
        now = float(weighted[:, opened].min(axis=1).sum())
        sites = [int(j) for j in opened if j < m]
        if now < best_value * (1 - 1e-12) and conditions.are_met(sites):
            best_value, best_choice = now, sites
        if bound > best_bound:
            best_bound, best_price, idle = bound, price, 0
        else:
            idle += 1
        is_late = time.monotonic() > until
        if gap_of(best_value, best_bound) <= PROVEN_GAP or scale < 1e-4 or is_late:
            break
        if idle >= _PATIENCE:
            scale, idle, price = scale * _SHRINK, 0, best_price
            step[:] = 0.0
            continue
        slope = 1.0 - (work[:, opened] < 0).sum(axis=1)
        step = slope + _MOMENTUM * step
        # scale the step by demand; otherwise prices of large cities converge too slowly
        move = demand * step
        length = float(step @ move)
        if length <= 0:
            break
        price = price + scale * max(best_value - bound, 0.0) / length * move
    # rounding of a long sum must not lift the bound above the truth
    return min(best_bound, best_value), best_choice


def _bought(rho: np.ndarray, price: np.ndarray, money: float) -> float:
    """Return the lowest sum of rho that the budget buys, counting part of the last item."""
    order = np.argsort(rho / np.maximum(price, 1e-12), kind="stable")
    spent = np.cumsum(price[order])
    part = np.clip((money - (spent - price[order])) / np.maximum(price[order], 1e-12), 0.0, 1.0)
    return float(rho[order] @ part)


def _median_program(
    cost: np.ndarray,
    demand: np.ndarray,
    sites: int,
    conditions: Conditions,
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
    add_conditions(rows, conditions, width - m + pairs, least=1.0, most=sites)
    floor = np.zeros(width + pairs)
    floor[[*conditions.must, *range(m, width)]] = 1.0
    start = None
    if chosen:
        start = np.zeros(width + pairs)
        opened = [*chosen, *range(m, width)]
        start[opened] = 1.0
        nearest = np.array(opened)[cost[:, opened].argmin(axis=1)]
        start[width + np.arange(n) * width + nearest] = 1.0
    of_pairs = np.concatenate([np.zeros(width), (cost * demand[:, None]).ravel()])
    program = rows.program(of_pairs, integers=width, floor=floor)
    return solve(program, start=start, time_limit_s=time_limit_s)
