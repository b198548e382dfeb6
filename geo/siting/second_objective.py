"""Second aim of a plan: among plans that cover nearly as much, choose the shortest distances.

A maximal covering problem has many nearly equal answers, and its objective ignores the distance to
a site: the best cover may lie far from everyone, just within reach. Swaps start from the best cover
and shorten the distances while at least :data:`ENOUGH` of the cover stays. The cover stays proven.
The distances are not proven to be the shortest. Two objectives in this order: Church and Bengtson
1983 would weigh them, which hides what each loses for the other.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from geo.errors import ParameterError
from geo.siting.cover import most_backup
from geo.siting.heuristics import Conditions, as_columns, shorten_ways
from geo.siting.median import finite_costs
from geo.siting.problem import Plan, SitingProblem, evaluate_under_capacity, plan_of

Second = Literal["ways", "backup"]
SECONDS: tuple[str, ...] = get_args(Second)
ENOUGH = 0.99
"""share of the best cover that a plan keeps."""
LONGEST_S = 30.0
"""seconds of the search for the most backup"""
_TINY = 1e-9
_SLACK = 2 * _TINY
"""relative: whoever shares out a capacity keeps a least share to 1e-9, and rounds."""


def best_second(
    problem: SitingProblem,
    plan: Plan,
    second: Second,
    *,
    sites: int,
    worst_cost: float | None = None,
    time_limit_s: float = np.inf,
) -> Plan:
    """Return a plan with ENOUGH of the cover of ``plan`` that is the best by its second aim.

    It has at most ``sites`` sites.

    ``second``: "ways", the demand-weighted sum of the costs to the nearest site or service;
    "backup", the most demand covered that two or more sites or services reach
    (:func:`geo.siting.cover.most_backup`). Objective and bound stay those of the first aim; a plan
    whose search the time limit ended is a stopped one. ParameterError: backup with a capacity.
    """
    until = time.monotonic() + time_limit_s
    if {*plan.sites} <= {*problem.must}:
        return plan
    demand, total = problem.demand, float(problem.demand.sum())
    least = ENOUGH * plan.evaluation.coverage_share * total * (1 - _TINY)
    if second == "backup":
        if problem.capacity is not None:
            raise ParameterError("backup has no capacity: a full site backs up nobody")
        limit = min(time_limit_s, LONGEST_S)
        chosen, is_late = most_backup(
            problem, plan.sites, sites, least, worst_cost=worst_cost, time_limit_s=limit
        )
    else:
        free = problem.candidates
        fixed = float(demand[problem.is_covered_already].sum())
        weight = np.where(problem.is_covered_already, 0.0, demand)
        has_limit = problem.capacity is not None or problem.min_group_share or worst_cost

        def is_allowed(columns: list[int]) -> bool:
            if time.monotonic() > until:
                return False
            seen, _ = evaluate_under_capacity(problem, free[columns].tolist())
            if problem.capacity is not None and float(demand @ seen.served) < least:
                return False
            others = seen.groups["demand"] - seen.groups["in_zones"]
            if (seen.groups["covered"] < problem.min_group_share * others * (1 - _SLACK)).any():
                return False
            return worst_cost is None or not seen.worst_cost > worst_cost * (1 + _TINY)

        columns = shorten_ways(
            as_columns(problem.covers[:, free]),
            weight,
            *finite_costs(problem),
            np.searchsorted(free, plan.sites).tolist(),
            Conditions.of(problem, sites),
            least=least - fixed,
            is_allowed=is_allowed if has_limit or np.isfinite(time_limit_s) else None,
        )
        chosen, is_late = [int(j) for j in free[columns]], time.monotonic() > until
    is_stopped = plan.is_stopped or is_late
    if set(chosen) == set(plan.sites):
        return replace(plan, is_stopped=is_stopped)
    proof = {"objective": plan.objective, "bound": plan.bound, "is_stopped": is_stopped}
    return plan_of(problem, plan.model, chosen, **proof)
