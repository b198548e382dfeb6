"""The p sites whose farthest place is nearest: p-center, by bisection over set coverings.

Minieka 1970, SIAM Review 12, 138-139.
"""

from __future__ import annotations

import time

import numpy as np

from geo.errors import ParameterError
from geo.siting_choice import Choice, fill_up
from geo.siting_lscp import set_cover
from geo.siting_problem import SitingProblem
from geo.siting_solver import InfeasibleError, UnsolvedError


def solve_pcenter(
    problem: SitingProblem,
    sites: int,
    *,
    time_limit_s: float = 30.0,
    relative_gap: float = 0.0,
) -> Choice:
    """The p candidates whose farthest place is nearest: bisection over the costs there are.

    p sites reach everybody within r exactly if the smallest set covering at r has at most p
    sites. Places with no way to any candidate are left out; an existing service counts.
    """
    problem.require_sites(sites)
    best, low, high = _center_start(problem, sites)
    costs = np.unique(_useful_costs(problem))
    if not np.isfinite(high):
        high = float(costs[-1])
        best, bound, _, _ = set_cover(problem, high, time_limit_s=time_limit_s)
        if len(best) > sites:
            raise InfeasibleError(
                f"{sites} sites cannot reach every place that has a way to a candidate: at least "
                f"{bound:.0f} are needed"
            )
    costs = costs[(costs >= low) & (costs <= high)]
    first, last = 0, len(costs) - 1  # costs[last] is reached by `best`
    stopped = False
    left = len(problem.candidates)
    until = time.monotonic() + time_limit_s
    while first < last and costs[last] - costs[first] > relative_gap * costs[last]:
        middle = (first + last) // 2
        left_s = max(until - time.monotonic(), 0.05)
        try:
            found, _, _, left = set_cover(
                problem, float(costs[middle]), most=sites, time_limit_s=left_s
            )
            best, last = found, middle
        except InfeasibleError:
            first = middle + 1
        except UnsolvedError:
            stopped = True
            break
    return Choice(
        sites=tuple(sorted(fill_up(problem, best, sites))),
        objective=float(costs[last]),
        bound=float(costs[first]),
        is_stopped=stopped,
        method="HiGHS, bisection",
        columns_left=left,
    )


def _useful_costs(problem: SitingProblem) -> np.ndarray:
    """Costs of places with demand and a way, none longer than to their existing service."""
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & np.isfinite(cost).any(axis=1)
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    clipped = np.minimum(cost[rows], problem.existing_cost[rows, None])
    return clipped[np.isfinite(clipped)]


def _center_start(problem: SitingProblem, sites: int) -> tuple[list[int], float, float]:
    """A choice by farthest-first adding (Gonzalez 1985), and bounds of the best worst cost."""
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & np.isfinite(cost).any(axis=1)
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    cost, existing = cost[rows], problem.existing_cost[rows]
    low = float(np.minimum(cost.min(axis=1), existing).max())
    chosen = [int(np.flatnonzero(problem.candidates == j)[0]) for j in problem.must]
    nearest = existing.copy()
    if chosen:
        nearest = np.minimum(nearest, cost[:, chosen].min(axis=1))
    else:
        # first the candidate whose farthest place is nearest
        chosen = [int(np.argmin(cost.max(axis=0)))]
        nearest = np.minimum(nearest, cost[:, chosen[0]])
    while len(chosen) < sites:
        farthest = int(np.argmax(nearest))
        order = np.argsort(cost[farthest], kind="stable")
        pick = next((int(j) for j in order if int(j) not in chosen), None)
        if pick is None:
            break
        chosen.append(pick)
        nearest = np.minimum(nearest, cost[:, pick])
    return [int(problem.candidates[j]) for j in chosen], low, float(nearest.max())
