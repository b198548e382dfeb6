"""The most demand within reach of p sites (MCLP), with a capacity, a least share or a worst way.

Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from geo.siting.heuristics import TINY, as_columns, cover_greedy, cover_swap, fill_up
from geo.siting.problem import Found, Plan, SitingProblem, assign, plan_of
from geo.siting.set_cover import essential, undominated
from geo.siting.solver import InfeasibleError, Program, Rows, UnsolvedError, solve


def solve_mclp(
    problem: SitingProblem,
    sites: int,
    *,
    worst_cost: float | None = None,
    start: tuple[int, ...] = (),
    seed: int = 1,
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """The p candidates that cover most demand together with the existing services."""
    problem.require_sites(sites)
    already = problem.is_covered_already
    free = problem.candidates
    covers = problem.covers[:, free]
    places = np.flatnonzero((problem.demand > 0) & ~already & covers.any(axis=1))
    cover, demand = covers[places], problem.demand[places]
    near = _within(problem, worst_cost)
    is_plain = near is None and problem.capacity is None and not problem.min_group_share
    if is_plain and sites - len(problem.must) == 1:
        return _best_one(problem, seed)
    if near is not None:
        if not start:  # the best without the condition is the best with it where it meets it
            time_limit_s /= 2
            freely = solve_mclp(problem, sites, seed=seed, time_limit_s=time_limit_s)
            if near[:, np.isin(free, freely.sites)].any(axis=1).all():
                return freely
        if problem.capacity is None:  # with one, two equal sites serve more than one
            keep = np.isin(free, [*problem.must, *start])
            columns = undominated(np.vstack([cover, near]), keep)
            free, cover, near = free[columns], cover[:, columns], near[:, columns]
        near = essential(near)
    must = tuple(np.flatnonzero(np.isin(free, problem.must)).tolist())
    guess: list[int] = []
    if start:
        guess = np.flatnonzero(np.isin(free, start)).tolist()
    elif near is None and problem.min_group_share == 0:
        reach = as_columns(cover)
        guess = cover_greedy(reach, demand, sites, must=must)
        guess = cover_swap(reach, demand, guess, must=must)
    # nobody is covered twice, and p sites hold no more than p times the capacity: a stopped search
    # may know less than that, and a guess that reaches it needs no search
    room = np.inf if problem.capacity is None else problem.capacity * sites
    fixed, most = float(problem.demand[already].sum()), min(float(demand.sum()), room)
    if problem.capacity is not None and near is None and not problem.min_group_share and not start:
        full = [
            int(j) for j in free[_capacity_greedy(cover, demand, problem.capacity, sites, must)]
        ]
        served = float(problem.demand @ assign(problem, full).sum(axis=1))
        if served >= most * (1 - 1e-8):  # of a linear program
            full = fill_up(problem, full, sites)
            value = fixed + most
            return plan_of(problem, "mclp", full, objective=value, seed=seed, method="greedy")
        guess = np.flatnonzero(np.isin(free, full)).tolist()
    program, values = _mclp_program(problem, cover, places, sites, must, near, guess)

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
        seed=seed,
    )


def _capacity_greedy(
    cover: np.ndarray, demand: np.ndarray, capacity: float, sites: int, must: tuple[int, ...]
) -> list[int]:
    """Add columns one by one, each filling most of its capacity from what is left; a column takes
    the same part of each place."""
    left = demand.astype(float).copy()
    chosen: list[int] = []
    reach = cover.astype(float)
    while len(chosen) < sites:
        asks = reach.T @ left
        room = np.minimum(asks, capacity)
        # of those that fill up, the one with the fewest others to serve: it leaves most to the rest
        room -= TINY * demand.sum() * asks / max(asks.max(), 1e-300)
        room[chosen] = -1.0
        best = must[len(chosen)] if len(chosen) < len(must) else int(np.argmax(room))
        if asks[best] <= 0 and len(chosen) >= len(must):
            break
        chosen.append(best)
        if asks[best] > 0:
            left -= left * reach[:, best] * min(1.0, capacity / asks[best])
    return chosen


def largest_least_percent(
    problem: SitingProblem, sites: int, *, time_limit_s: float = 10.0
) -> tuple[int, bool]:
    """Return the largest whole per cent to which p sites can cover every group, and whether it is
    proven.

    Bisection, with capacity and must-have sites: first by greedy choices, then by programs that ask
    for any choice at all.
    """
    problem.require_sites(sites)
    until = time.monotonic() + time_limit_s
    free, already = problem.candidates, problem.is_covered_already
    must = tuple(np.flatnonzero(np.isin(free, problem.must)).tolist())
    covers = problem.covers[:, free]
    places = np.flatnonzero((problem.demand > 0) & ~already & covers.any(axis=1))
    cover = covers[places]
    names, group_of = np.unique(problem.group, return_inverse=True)
    total, have = problem.group_totals()
    mine = np.zeros((len(names), len(places)))
    mine[group_of[places], np.arange(len(places))] = problem.demand[places]
    asks = total > 0
    top = int((100 * ((have + mine.sum(axis=1))[asks] / total[asks])).min() + 1e-9)
    room = np.inf if problem.capacity is None else problem.capacity * sites * (1 + TINY)
    while problem.needed(top / 100) > room:
        top -= 1

    def greedily(percent: int) -> bool:
        need, left = percent / 100 * total - have, mine.copy()
        chosen: list[int] = []
        while len(chosen) < sites and (need > TINY * total).any():
            gain = np.minimum(left @ cover, np.maximum(need, 0.0)[:, None])
            score = (gain / np.maximum(percent / 100 * total, 1e-300)[:, None]).sum(axis=0)
            best = must[len(chosen)] if len(chosen) < len(must) else int(np.argmax(score))
            chosen.append(best)
            need -= left[:, cover[:, best]].sum(axis=1)
            left[:, cover[:, best]] = 0.0
        if (need > TINY * total).any():
            return False
        asked = replace(problem, min_group_share=percent / 100)
        opened = fill_up(problem, [int(j) for j in free[chosen]], sites)
        return problem.capacity is None or bool(assign(asked, opened).any())

    low, high = 0, top
    while low < high:
        middle = (low + high + 1) // 2
        if greedily(middle):
            low = middle
        else:
            high = middle - 1
    high, proven = top, top
    while low < high and time.monotonic() < until:
        middle = (low + high + 1) // 2
        asked = replace(problem, min_group_share=middle / 100)
        left_s = max((until - time.monotonic()) / 2, 0.05)
        try:
            program, _ = _mclp_program(asked, cover, places, sites, must, None, [])
            solve(replace(program, cost=np.zeros(program.cost.size)), time_limit_s=left_s)
            low = middle
        except InfeasibleError:
            high = proven = middle - 1
        except UnsolvedError:
            high = middle - 1
    return low, low == proven


def _best_one(problem: SitingProblem, seed: int) -> Plan:
    """Choose the one candidate that covers most of what is left, without conditions."""
    covered = problem.is_covered_already | problem.covers[:, problem.must].any(axis=1)
    gain = np.where(covered, 0.0, problem.demand) @ problem.covers
    free = np.setdiff1d(problem.candidates, problem.must)
    best = int(free[np.argmax(gain[free])])
    value = float(problem.demand[covered].sum() + gain[best])
    chosen = [*problem.must, best]
    return plan_of(problem, "mclp", chosen, objective=value, seed=seed, method="enumeration")


def _mclp_program(
    problem: SitingProblem,
    cover: np.ndarray,
    places: np.ndarray,
    sites: int,
    must: tuple[int, ...],
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
    rows.add(np.ones(m), np.zeros(blank), least=0.0, most=sites)
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
    floor[list(must)] = 1.0
    return rows.program(np.concatenate([np.zeros(m), -weight]), integers=m, floor=floor), start


def most_backup(
    problem: SitingProblem,
    sites: Sequence[int],
    least: float,
    *,
    worst_cost: float | None = None,
    time_limit_s: float = 30.0,
) -> tuple[list[int], bool]:
    """As many sites that cover ``least`` demand, and the most of it twice; stopped or proven.

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
    must = tuple(np.flatnonzero(np.isin(free, problem.must)).tolist())
    guess = np.flatnonzero(np.isin(free, sites)).tolist()
    near = _within(problem, worst_cost)
    # here services count among those that reach a place, so nothing is covered beforehand
    bare = replace(problem, existing_cost=np.full(len(already), np.inf))
    program, start = _mclp_program(bare, cover, places, len(sites), must, near, guess)
    assert start is not None
    held = already[places].astype(float)
    demand = problem.demand[places]
    place, rest, rows = sparse.identity(n, format="csr"), program.rows[n:], Rows()
    # z' before z: it has to be whole, or a place that a single site reaches would count as a half
    rows.add(cover.astype(float), -place, -place, least=-held)
    rows.add(sparse.csr_matrix((n, m)), -place, place, least=0.0)
    blank = sparse.csr_matrix((rest.shape[0], n))
    rows.add(rest[:, :m], blank, rest[:, m:], least=program.lower[n:], most=program.upper[n:])
    rows.add(np.zeros(m + n), demand, least=least)
    backup = rows.program(
        np.concatenate([np.zeros(m), -demand, np.zeros(n)]),
        integers=m + n,
        floor=np.concatenate([program.floor[:m], np.zeros(2 * n)]),
    )
    reached = cover[:, guess].sum(axis=1) + held
    start = np.concatenate([start[:m], reached > 1, reached > 0]).astype(float)
    answer = solve(backup, start=start, time_limit_s=time_limit_s)
    chosen = [int(j) for j in free[answer.values[:m] > 0.5]]
    return fill_up(problem, chosen, len(sites)), answer.is_stopped


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
    return within[asks]
