"""Choose sites by a model; report the plan's stability and other numbers of sites.

Stability is the same choice on variations of the demand, by a heuristic from the plan and from a
greedy choice, the better kept; :mod:`tests.geo.siting` holds it against the exact choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError
from geo.siting.cover import solve_mclp
from geo.siting.heuristics import (
    Conditions,
    as_columns,
    cover_greedy,
    cover_swap,
    covered_demand,
    shorten_ways,
)
from geo.siting.median import (
    finite_costs,
    median_greedy,
    median_swap,
    median_value,
    solve_pmedian,
)
from geo.siting.problem import Found, Model, Plan, SitingProblem, Stability
from geo.siting.second_objective import ENOUGH
from geo.siting.solver import InfeasibleError, UnsolvedError

NEAR_SHARE = 1 / 3
"""a site counts as near another within this share of the radius."""
_RARE = 0.05
"""share of the variations that a candidate is chosen in before it is named"""


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What a plan covers and its distances, without the places: small enough to store."""

    sites: tuple[int, ...]
    coverage_share: float
    mean_cost: float
    worst_cost: float
    gap: float
    unreachable_share: float = 0.0
    """share (0 to 1) of the demand without a way: neither cost counts it."""

    @classmethod
    def of(cls, plan: Plan) -> PlanFigures:
        seen = plan.evaluation
        costs = seen.mean_cost, seen.worst_cost
        return cls(plan.sites, seen.coverage_share, *costs, plan.gap, seen.unreachable_share)


def choose_sites(
    problem: SitingProblem,
    *,
    sites: int,
    model: Model = "mclp",
    worst_cost: float | None = None,
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """Choose sites by one of two models.

    mclp covers most demand with p sites, pmedian has the shortest ways on average. ``sites`` is p,
    must-have ones included; with a budget it is the most. ``worst_cost`` (mclp): nobody who has a
    way is farther. ``better`` is called with each better choice while the search goes on.
    ParameterError: a number or condition that does not fit the model; InfeasibleError: no choice
    meets the conditions.
    """
    if model == "mclp":
        return solve_mclp(
            problem, sites, worst_cost=worst_cost, time_limit_s=time_limit_s, better=better
        )
    for name, is_set in (
        ("a capacity", problem.capacity is not None),
        ("a least share of the departments", problem.min_group_share > 0),
        ("a worst cost", worst_cost is not None),
    ):
        if is_set:
            raise ParameterError(f"{name} is a condition of mclp only: leave it out")
    return solve_pmedian(problem, sites, time_limit_s=time_limit_s)


def stability(
    problem: SitingProblem,
    plan: Plan,
    sites: int,
    resampled: np.ndarray,
    *,
    progress: Callable[[float], None] | None = None,
) -> Stability:
    """Choose at most so many sites again on every variation and count which ones come back.

    Without capacity, least share and worst way; a cover with the shorter ways as its second aim.
    ``resampled``, shape (replicas, n), is demand as it could have come out. What ``progress``
    raises stops the work.
    """
    candidates, plan_sites = problem.candidates, list(plan.sites)
    start = np.searchsorted(candidates, plan_sites).tolist()
    choose = (_CoverAgain if plan.model == "mclp" else _MedianAgain)(problem, sites, start)
    is_reached = problem.is_covered_already | problem.covers[:, plan_sites].any(axis=1)
    closeness = _close(problem, plan_sites, candidates)
    is_chosen = np.zeros((len(resampled), len(candidates)), bool)
    shares = np.empty(len(resampled))
    for number, draw in enumerate(resampled):
        is_chosen[number, choose(draw)] = True
        shares[number] = draw[is_reached].sum() / max(float(draw.sum()), 1e-300)
        if progress is not None:
            progress((number + 1) / len(resampled))
    near = (is_chosen @ closeness.T).mean(axis=0)
    others = []
    for row, column in enumerate(start):
        share = is_chosen[~is_chosen[:, column]].sum(axis=0) / len(resampled)
        share[np.delete(closeness, row, axis=0).any(axis=0)] = 0.0  # it stands for another site
        share[start] = 0.0
        likely = np.argsort(-share, kind="stable")[:2]
        others.append(
            tuple((int(candidates[j]), float(share[j])) for j in likely if share[j] >= _RARE)
        )
    return Stability(
        resamples=len(resampled),
        chosen_share=tuple(is_chosen[:, start].mean(axis=0).tolist()),
        near_share=tuple(near.tolist()),
        others=tuple(others),
        coverage_low=float(np.quantile(shares, 0.025)),
        coverage_high=float(np.quantile(shares, 0.975)),
    )


class _CoverAgain:
    """The best cover of a variation by two local optima, then shorter ways, as columns."""

    def __init__(self, problem: SitingProblem, sites: int, start: list[int]) -> None:
        free = problem.candidates
        self.start, self.conditions = start, Conditions.of(problem, sites)
        self.open_rows = ~problem.is_covered_already & problem.covers[:, free].any(axis=1)
        self.reach = as_columns(problem.covers[np.ix_(self.open_rows, free)])
        self.has_way = np.isfinite(problem.cost[:, free]).any(axis=1)
        self.has_way |= np.isfinite(problem.existing_cost)
        self.cost, _ = finite_costs(problem, self.has_way)

    def __call__(self, draw: np.ndarray) -> list[int]:
        reach, weight = self.reach, draw[self.open_rows]
        warm = cover_swap(reach, weight, self.start, self.conditions)
        fresh = cover_greedy(reach, weight, self.conditions)
        fresh = cover_swap(reach, weight, fresh, self.conditions)
        choices = [warm, *([fresh] if len(fresh) >= len(warm) else [])]
        covered = [covered_demand(reach, weight, chosen) for chosen in choices]
        best = choices[1] if covered[-1] > covered[0] * (1 + 1e-9) else warm
        least = ENOUGH * max(covered)
        return shorten_ways(
            reach, weight, self.cost, draw[self.has_way], best, self.conditions, least=least
        )


class _MedianAgain:
    """The shortest ways of a variation, as columns."""

    def __init__(self, problem: SitingProblem, sites: int, start: list[int]) -> None:
        self.start, self.conditions = start, Conditions.of(problem, sites)
        self.m = len(problem.candidates)
        self.has_way = np.isfinite(problem.cost[:, problem.candidates]).any(axis=1)
        self.has_way |= np.isfinite(problem.existing_cost)
        self.cost, _ = finite_costs(problem, self.has_way)

    def __call__(self, draw: np.ndarray) -> list[int]:
        demand = draw[self.has_way]
        fresh = median_greedy(self.cost, demand, self.conditions, self.m)
        choices = [
            median_swap(self.cost, demand, begin, self.conditions, self.m)
            for begin in (self.start, fresh)
        ]
        return min(choices, key=lambda chosen: median_value(self.cost, demand, chosen, self.m))


def coverage_curve(
    problem: SitingProblem,
    *,
    counts: Iterable[int],
    time_limit_s: float,
) -> Iterator[tuple[int, PlanFigures | None]]:
    """Yield the best coverage for each number of sites as soon as it is solved, each independently.

    None if no plan has that many sites, or none was solved in time.
    """
    for count in counts:
        figures = None
        if max(1, len(problem.must)) <= count <= len(problem.candidates):
            with suppress(InfeasibleError, UnsolvedError):
                plan = choose_sites(problem, sites=count, time_limit_s=time_limit_s)
                figures = PlanFigures.of(plan)
        yield count, figures


def _close(problem: SitingProblem, plan: list[int], candidates: np.ndarray) -> np.ndarray:
    """Return which candidates reach much the same places as a site, shape (sites, candidates)."""
    covers = problem.covers
    close = np.zeros((len(plan), len(candidates)), dtype=bool)
    limit = NEAR_SHARE * problem.radius
    for row, site in enumerate(plan):
        both = covers[:, [site]] & covers[:, candidates]
        either = covers[:, [site]] | covers[:, candidates]
        overlap = both.sum(axis=0) >= 0.5 * np.maximum(either.sum(axis=0), 1)
        with np.errstate(invalid="ignore"):
            apart = np.abs(problem.cost[:, [site]] - problem.cost[:, candidates])
        apart[~both] = 0.0
        close[row] = overlap & (apart.max(axis=0, initial=0.0) <= limit)
        close[row, candidates == site] = True
    return close
