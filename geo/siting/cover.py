"""The most demand within reach of p sites (MCLP), with a capacity, a least share or a worst way.

Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from geo.siting.heuristics import (
    TINY,
    Conditions,
    as_columns,
    cover_greedy,
    cover_swap,
    fill_up,
)
from geo.siting.problem import Found, Plan, SitingProblem, assign, plan_of
from geo.siting.solver import InfeasibleError, Program, Rows, solve


def solve_mclp(
    problem: SitingProblem,
    sites: int,
    *,
    worst_cost: float | None = None,
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """Return the plan of p candidates that covers most demand together with the existing services.

    With a budget the plan has at most p sites.
    """
    problem.require_sites(sites)
    already, free = problem.is_covered_already, problem.candidates
    covers = problem.covers[:, free]
    places = np.flatnonzero((problem.demand > 0) & ~already & covers.any(axis=1))
    cover, demand = covers[places], problem.demand[places]
    near, conditions = _within(problem, worst_cost), Conditions.of(problem, sites)
    guess: list[int] = []
    # upper bound: total demand, or sites times capacity. A stopped search may report a weaker
    # bound; a guess that reaches this one is optimal
    room = np.inf if problem.capacity is None else problem.capacity * sites
    fixed, most = float(problem.demand[already].sum()), min(float(demand.sum()), room)
    if near is None and not problem.min_group_share:
        if problem.capacity is None:
            reach = as_columns(cover)
            guess = cover_swap(reach, demand, cover_greedy(reach, demand, conditions), conditions)
        else:
            guess = _capacity_greedy(cover, demand, problem.capacity, conditions)
            full = fill_up(problem, [int(j) for j in free[guess]], sites)
            served = float(problem.demand @ assign(problem, full).sum(axis=1))
            if served >= most * (1 - 1e-8) and conditions.are_met(guess):  # of a linear program
                return plan_of(problem, "mclp", full, objective=fixed + most)
        guess = guess if conditions.are_met(guess) else []
    program, values = _mclp_program(problem, cover, places, sites, conditions, near, guess)

    def report(solution: np.ndarray, objective: float, bound: float) -> None:
        if better is not None:
            chosen = free[solution[: len(free)] > 0.5].tolist()
            better(fill_up(problem, chosen, sites), fixed - objective, fixed + min(-bound, most))

    answer = solve(
        program, start=values, time_limit_s=time_limit_s, better=report if better else None
    )
    chosen = [int(j) for j in free[answer.values[: len(free)] > 0.5]]
    return plan_of(
        problem,
        "mclp",
        fill_up(problem, chosen, sites),
        objective=fixed - answer.objective,
        bound=fixed + min(-answer.bound, most),
        is_stopped=answer.is_stopped,
    )


def _capacity_greedy(
    cover: np.ndarray, demand: np.ndarray, capacity: float, conditions: Conditions
) -> list[int]:
    """Add columns one by one, each filling most of its capacity from the demand that is left.

    A column takes the same part of each place.
    """
    reach = cover.astype(float)

    def score_of(chosen: list[int]) -> np.ndarray:
        left = demand.astype(float).copy()
        for column in chosen:
            asks = float(left @ reach[:, column])
            if asks > 0:
                left -= left * reach[:, column] * min(1.0, capacity / asks)
        asks = reach.T @ left
        # of those that fill up, the one with the fewest others to serve: it leaves most to the rest
        tie = TINY * demand.sum() * asks / max(asks.max(initial=0.0), 1e-300)
        return np.where(asks > 0, np.minimum(asks, capacity) - tie, -1.0)

    return conditions.greedy(score_of)


def _mclp_program(
    problem: SitingProblem,
    cover: np.ndarray,
    places: np.ndarray,
    sites: int,
    conditions: Conditions,
    near: np.ndarray | None,
    guess: list[int],
) -> tuple[Program, np.ndarray | None]:
    """Columns: y of each candidate, then z of each place (or x of each pair, with a capacity)."""
    n, m = cover.shape
    demand = problem.demand[places]
    start, rows = None, Rows()
    if problem.capacity is None:
        weight, place = demand, sparse.identity(n, format="csr")
        rows.add(cover.astype(float), -place, least=0.0)
        if guess:
            start = np.zeros(m + n)
            start[guess] = 1.0
            start[m:] = cover[:, guess].any(axis=1)
    else:
        i, j = np.nonzero(cover)
        pairs = len(i)
        weight, arc = demand[i], np.arange(pairs)
        place = sparse.csr_matrix((np.ones(pairs), (i, arc)), shape=(n, pairs))
        site = sparse.csr_matrix((np.ones(pairs), (arc, j)), shape=(pairs, m))
        load = sparse.csr_matrix((demand[i], (j, arc)), shape=(m, pairs))
        rows.add(site, -sparse.identity(pairs), least=0.0)
        rows.add(sparse.csr_matrix((n, m)), place, least=0.0, most=1.0)
        rows.add(-problem.capacity * sparse.identity(m), load, most=0.0)
        if guess:
            shares = np.zeros((n, m))
            shares[:, guess] = assign(problem, [int(j) for j in problem.candidates[guess]])[places]
            start = np.concatenate([np.zeros(m), shares[i, j]])
            start[guess] = 1.0
    blank = weight.size
    add_conditions(rows, conditions, blank, least=0.0, most=sites)
    for name, inside, need in problem.group_needs():
        if need <= 1e-12:
            continue
        mine = np.where(inside, problem.demand, 0.0)[places]
        if mine.sum() < need * (1 - 1e-9):
            percent = f"{100 * problem.min_group_share:g}"
            raise InfeasibleError("siting.refusal.department_share", code=name, percent=percent)
        rows.add(np.zeros(m), sparse.csr_matrix(mine) @ place, least=need)
    if near is not None:
        rows.add(near.astype(float), sparse.csr_matrix((len(near), blank)), least=1.0)
    floor = np.zeros(m + blank)
    floor[list(conditions.must)] = 1.0
    return rows.program(np.concatenate([np.zeros(m), -weight]), integers=m, floor=floor), start


def add_conditions(
    rows: Rows, conditions: Conditions, blank: int, *, least: float, most: float
) -> None:
    """Add the limits on sites and budget and the groups that need a site, over m columns of sites.

    ``blank`` columns that follow them get zeros.
    """
    none = np.zeros(blank)
    rows.add(np.ones(len(conditions.price)), none, least=least, most=most)
    if np.isfinite(conditions.budget):
        rows.add(conditions.price, none, most=conditions.budget)
    for inside in conditions.members:
        rows.add(inside.astype(float), none, least=1.0)


def most_backup(
    problem: SitingProblem,
    sites: Sequence[int],
    most: int,
    least: float,
    *,
    worst_cost: float | None = None,
    time_limit_s: float = 30.0,
) -> tuple[list[int], bool]:
    """Return at most ``most`` sites that cover ``least`` demand and most of it twice.

    Covered twice (backup) means that two or more sites or services reach it. The second value is
    True if the time limit stopped the search, and False if the answer is proven.

    The program of :func:`solve_mclp` with z' of each place, 1 where two sites or services reach it:

        max sum d z'   with   z + z' <= number of them that reach it,   z' <= z,   sum d z >= least

    (Hogan and ReVelle 1986, Management Science 32, 1434-1444). ``sites`` are a choice that meets
    every condition, from which the search begins. Without a capacity.
    """
    free = problem.candidates
    already = problem.is_covered_already
    places = np.flatnonzero(problem.demand > 0)
    cover = problem.covers[np.ix_(places, free)]
    n, m = cover.shape
    conditions = Conditions.of(problem, most)
    guess = np.flatnonzero(np.isin(free, sites)).tolist()
    near = _within(problem, worst_cost)
    # here services count among those that reach a place, so nothing is covered beforehand
    bare = replace(problem, existing_cost=np.full(len(already), np.inf))
    program, start = _mclp_program(bare, cover, places, most, conditions, near, guess)
    assert start is not None
    already_covered = already[places].astype(float)
    demand = problem.demand[places]
    place, rows = sparse.identity(n, format="csr"), Rows()
    # z' before z: it has to be whole, or a place that a single site reaches would count as a half
    rows.add(cover.astype(float), -place, -place, least=-already_covered)
    rows.add(sparse.csr_matrix((n, m)), -place, place, least=0.0)
    lower, upper = program.lower[n:], program.upper[n:]
    blank = sparse.csr_matrix((len(lower), n))
    rows.add(program.rows[n:, :m], blank, program.rows[n:, m:], least=lower, most=upper)
    rows.add(np.zeros(m + n), demand, least=least)
    backup = rows.program(
        np.concatenate([np.zeros(m), -demand, np.zeros(n)]),
        integers=m + n,
        floor=np.concatenate([program.floor[:m], np.zeros(2 * n)]),
    )
    reached = cover[:, guess].sum(axis=1) + already_covered
    start = np.concatenate([start[:m], reached > 1, reached > 0]).astype(float)
    answer = solve(backup, start=start, time_limit_s=time_limit_s)
    chosen = [int(j) for j in free[answer.values[:m] > 0.5]]
    return fill_up(problem, chosen, most), answer.is_stopped


def _within(problem: SitingProblem, worst_cost: float | None) -> np.ndarray | None:
    """Return which candidates are within the worst cost of each place that no service is near."""
    if worst_cost is None:
        return None
    limit = worst_cost * (1 + 1e-9)
    within = problem.cost[:, problem.candidates] <= limit
    asks = (problem.demand > 0) & (problem.existing_cost > limit)
    asks &= np.isfinite(problem.cost[:, problem.candidates]).any(axis=1)
    if not within[asks].any(axis=1).all():
        most = f"{worst_cost:g} {problem.unit}"
        raise InfeasibleError("siting.refusal.worst_cost", limit=most)
    return np.unique(within[asks], axis=0)
