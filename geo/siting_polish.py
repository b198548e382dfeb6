"""Among choices that cover the same, the one with shorter ways.

A maximal covering has many optima, and a solver returns any of them. Sites are exchanged one at a
time as long as not a unit of demand is lost and the demand-weighted way to the nearest site gets
shorter; equal ways go to the preferred candidate. The optimum of the coverage stays the optimum.
"""

from __future__ import annotations

import numpy as np

from geo.interrupt import checkpoint
from geo.siting_cover import as_columns, covered_demand
from geo.siting_problem import SitingProblem


def shorten_ways(
    problem: SitingProblem,
    sites: list[int],
    *,
    worst_cost: float | None = None,
    rounds: int = 50,
) -> list[int]:
    """Exchange sites without losing coverage until no exchange shortens the ways.

    Parameters
    ----------
    problem : SitingProblem
    sites : list of int
        Positions of the chosen candidates.
    worst_cost : float, optional
        Nobody with a way may get farther than this.
    rounds : int
        Most exchanges.

    Returns
    -------
    list of int
        As many sites; must-have ones stay.

    Examples
    --------
    >>> cost = np.array([[0.0, 50.0], [50.0, 0.0]])
    >>> shorten_ways(SitingProblem(np.array([1.0, 3.0]), cost, 75.0), [0])
    [1]
    """
    chosen = list(sites)
    free = problem.candidates
    demand = problem.demand
    finite = problem.cost[np.isfinite(problem.cost)]
    if len(finite) == 0:
        return chosen
    far = 2 * float(finite.max()) + 1.0
    cost = np.minimum(problem.cost, far)
    existing = np.minimum(problem.existing_cost, far)
    reach, already = as_columns(problem.covers), problem.is_covered_already
    limit = np.inf if worst_cost is None else worst_cost * (1 + 1e-9)
    asks = (demand > 0) & np.isfinite(problem.cost[:, free]).any(axis=1)
    for _ in range(rounds):
        best = (-1e-9 * max(float(demand @ _nearest(cost, chosen, existing)), 1e-300), -1, -1)
        now = float(demand @ _nearest(cost, chosen, existing))
        total = covered_demand(reach, demand * ~already, chosen) + float(demand[already].sum())
        checkpoint()
        for k, site in enumerate(chosen):
            if site in problem.must:
                continue
            others = [j for j in chosen if j != site]
            kept = already | (reach[:, others].sum(axis=1) > 0)
            options = np.setdiff1d(free, chosen)
            gains = (reach.T @ (demand * ~kept))[options]
            is_same = float(demand[kept].sum()) + gains >= total * (1 - 1e-12)
            options = options[is_same]
            if len(options) == 0:
                continue
            ways = np.minimum(cost[:, options], _nearest(cost, others, existing)[:, None])
            if np.isfinite(limit):
                options, ways = _within(options, ways, asks, limit)
                if len(options) == 0:
                    continue
            change = demand @ ways - now
            least = np.flatnonzero(change <= change.min() + 1e-9 * abs(now))
            pick = least[np.argmax(problem.preference[options[least]])]
            if change[pick] < best[0]:
                best = (float(change[pick]), k, int(options[pick]))
        if best[1] < 0:
            break
        chosen[best[1]] = best[2]
    return chosen


def _within(
    options: np.ndarray, ways: np.ndarray, asks: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray]:
    is_near = (ways[asks] <= limit).all(axis=0)
    return options[is_near], ways[:, is_near]


def _nearest(cost: np.ndarray, sites: list[int], existing: np.ndarray) -> np.ndarray:
    return np.minimum(cost[:, sites].min(axis=1), existing) if sites else existing
