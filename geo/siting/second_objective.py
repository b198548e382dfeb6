"""The second question of a plan: of all that cover as much, which asks least of the ways?

A maximal covering problem has many equal answers, and its objective does not see the way to a site.
The choice here begins at a plan and swaps one site for another as long as the second objective
falls, the coverage stays, and every condition is met. Local search: the coverage keeps its proof,
the ways have none. Two objectives in this order: Church and Bengtson 1983 would weigh them, which
hides what one costs in terms of the other; a stated loss does not.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from geo.errors import ParameterError
from geo.siting.cover import most_backup
from geo.siting.heuristics import swap_columns
from geo.siting.median import finite_costs
from geo.siting.problem import Plan, SitingProblem, evaluate_under_capacity, plan_of

Second = Literal["ways", "worst", "backup", "none"]
SECONDS: tuple[str, ...] = get_args(Second)
_ROUNDS = 60
LONGEST_S = 30.0
"""seconds of the search for the most backup"""
_TINY = 1e-9
_SLACK = 2 * _TINY
"""relative: whoever shares out a capacity keeps a least share to 1e-9, and rounds."""
_NO_WAY = -2
"""marks a place without a way to any site"""


def best_second(
    problem: SitingProblem,
    plan: Plan,
    second: Second,
    *,
    loss: float = 0.0,
    worst_cost: float | None = None,
    time_limit_s: float = np.inf,
) -> Plan:
    """A plan that covers at least (1 - loss) of what ``plan`` covers, best by a second objective.

    ``second``: "ways", the demand-weighted sum of the costs to the nearest site or service;
    "worst", the cost of the farthest place that has a way; "backup", the demand covered that two
    or more sites or services reach (Hogan and ReVelle 1986, Management Science 32, 1434-1444),
    without a capacity the most there can be (:func:`most_backup`); "none" gives ``plan`` back. The
    bound stays that of the first objective; a plan whose swaps the time limit ended is a stopped
    one.
    """
    until = time.monotonic() + time_limit_s
    if not 0 <= loss < 1:
        raise ParameterError(f"the loss is {loss:g}: give a share of the coverage, 0 to below 1")
    if second == "none" or {*plan.sites} <= {*problem.must}:
        return plan
    covers, demand, total = problem.covers, problem.demand, float(problem.demand.sum())
    least = (1 - loss) * plan.evaluation.coverage_share * total * (1 - _TINY)
    cost, weight = finite_costs(problem)
    free, m = problem.candidates, len(problem.candidates)
    reach = covers[:, free] & ~problem.is_covered_already[:, None] & (demand > 0)[:, None]
    fixed = float(demand[problem.is_covered_already].sum())
    is_exact = second == "backup" and problem.capacity is None

    def value_of(nearest: np.ndarray) -> np.ndarray:
        return weight @ nearest if second == "ways" else np.asarray(nearest.max(axis=0))

    def change_of(chosen: list[int], movable: list[int]) -> tuple[np.ndarray, float]:
        opened = [*chosen, *range(m, cost.shape[1])]
        now = cost[:, opened].min(axis=1)
        reached = covers[:, free[chosen]].sum(axis=1) + problem.is_covered_already
        present = -demand @ (reached > 1) if second == "backup" else value_of(now)
        change = np.full((len(movable), m), np.inf)
        for row, k in enumerate(movable):
            others = [j for j in opened if j != chosen[k]]
            left = cost[:, others].min(axis=1) if others else np.full(len(cost), np.inf)
            covered = reach[:, [j for j in chosen if j != chosen[k]]].any(axis=1)
            gained = (demand * ~covered) @ reach + fixed + float(demand[covered].sum())
            enough = np.flatnonzero(gained >= least)
            if second == "backup":
                rest = reached - covers[:, free[chosen[k]]]
                value = -demand @ (rest[:, None] + covers[:, free[enough]] > 1)
            else:
                value = value_of(np.minimum(left[:, None], cost[:, enough]))
            change[row, enough] = value - present
        return change, _TINY * max(float(present), 1e-300)

    def is_allowed(chosen: list[int]) -> bool:
        if time.monotonic() > until:
            return False
        seen, _ = evaluate_under_capacity(problem, free[chosen].tolist())
        if problem.capacity is not None and float(demand @ seen.served) < least:
            return False
        others = seen.groups["demand"] - seen.groups["in_zones"]
        if (seen.groups["covered"] < problem.min_group_share * others * (1 - _SLACK)).any():
            return False
        return worst_cost is None or not seen.worst_cost > worst_cost * (1 + _TINY)

    start, must = (np.searchsorted(free, sites).tolist() for sites in (plan.sites, problem.must))
    rounds = 0 if is_exact else _ROUNDS
    chosen = swap_columns(start, tuple(must), change_of, rounds=rounds, is_allowed=is_allowed)
    is_stopped = plan.is_stopped or time.monotonic() > until
    sites = [int(free[j]) for j in chosen]
    if is_exact:
        time_limit_s = min(time_limit_s, LONGEST_S)
        sites, is_late = most_backup(
            problem, sites, least, worst_cost=worst_cost, time_limit_s=time_limit_s
        )
        is_stopped |= is_late
    if set(sites) == set(plan.sites):
        return replace(plan, is_stopped=is_stopped)
    shorter = plan_of(
        problem,
        plan.model,
        sites,
        objective=0.0,
        bound=plan.bound,
        is_stopped=is_stopped,
        seed=plan.seed,
        method=plan.method if is_exact else f"{plan.method}, swaps",
    )
    return replace(shorter, objective=shorter.evaluation.coverage_share * total)


def alternatives(
    problem: SitingProblem, sites: Sequence[int], *, loss: float = 0.01
) -> list[list[tuple[int, float]]]:
    """For each site the candidates that could stand in its place, least loss first.

    Each with the share of the whole demand that the plan would then cover less (negative: more), at
    most ``loss``. Without a capacity; a must-have site has none.
    """
    covers, demand = problem.covers, problem.demand
    total = float(demand.sum())
    open_demand = np.where(problem.is_covered_already, 0.0, demand)
    free = np.setdiff1d(problem.candidates, np.asarray(sites))
    replacements: list[list[tuple[int, float]]] = []
    for site in sites:
        if site in problem.must:
            replacements.append([])
            continue
        others = [j for j in sites if j != site]
        covered = covers[:, others].any(axis=1) if others else np.zeros(len(demand), bool)
        gain = np.where(covered, 0.0, open_demand) @ covers
        lost = (gain[site] - gain[free]) / total
        order = np.lexsort([free, np.round(lost, 12)])
        replacements.append(
            [(int(free[number]), float(lost[number])) for number in order if lost[number] <= loss]
        )
    return replacements


@dataclass(frozen=True, slots=True)
class Exchange:
    """A candidate that comes into a plan for one of its sites, the others staying."""

    goes: int
    """position of the candidate that leaves."""
    reach: float
    """demand within reach of the one that comes; of places that no service reaches."""
    gain: float
    """the part of it that no site that stays reaches."""
    loss: float
    """what the one that goes reaches, and no site that stays."""


def best_exchange(
    problem: SitingProblem,
    plan: Plan,
    candidate: int,
    *,
    held: Collection[int] = (),
    worst_cost: float | None = None,
) -> Exchange | None:
    """The site that a candidate replaces best: by what the plan's model seeks, then by the ways.

    None where every exchange breaks a condition: sites that are ``held``, the least share,
    ``worst_cost``.
    """
    covers, demand, total = problem.covers, problem.demand, float(problem.demand.sum())
    open_demand = np.where(problem.is_covered_already, 0.0, demand)
    far = 2 * float(problem.cost[np.isfinite(problem.cost)].max(initial=0.0))
    best: tuple[float, ...] = ()
    exchange: Exchange | None = None
    for site in plan.sites:
        if site in held:
            continue
        others = [j for j in plan.sites if j != site]
        left = np.where(covers[:, others].any(axis=1), 0.0, open_demand)
        most = float(open_demand[covers[:, [*others, candidate]].any(axis=1)].sum())
        if problem.capacity is not None:
            most = min(most, problem.capacity * len(plan.sites))
        is_cover = plan.model in ("mclp", "lscp")
        if best and is_cover and most / total < best[0] - _TINY:
            continue  # however it is shared out, no more is served
        seen, assigned = evaluate_under_capacity(problem, [*others, candidate])
        if problem.capacity is not None:
            most = float(demand @ assigned.sum(axis=1))
        if (seen.groups["share"] < problem.min_group_share * (1 - _SLACK)).any():
            continue
        if worst_cost is not None and seen.worst_cost > worst_cost * (1 + _TINY):
            continue
        has_way = seen.nearest != _NO_WAY
        mean = np.nan_to_num(seen.mean_cost) * float(demand[has_way].sum())
        ways = mean + far * seen.unreachable_share * total
        farthest = np.nan_to_num(seen.worst_cost) + far * seen.unreachable_share
        rank = {"pmedian": (-ways,), "pcenter": (-farthest, -ways)}.get(
            plan.model, (round(most / total, 12), -ways)
        )
        if not best or rank > best:
            best = rank
            reach, gain, loss = (
                float(some @ covers[:, j])
                for some, j in ((open_demand, candidate), (left, candidate), (left, site))
            )
            exchange = Exchange(site, reach, gain, loss)
    return exchange
