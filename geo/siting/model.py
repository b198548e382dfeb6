"""Choosing sites: four models, how sure a plan is, and what other questions would change.

Stability is the same choice on resampled demand, by a heuristic from the plan and from a greedy
choice, the better kept. What that may cost is stated: the first resamples are solved exactly too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.siting.cover import solve_mclp
from geo.siting.heuristics import as_columns, cover_greedy, cover_swap, covered_demand
from geo.siting.median import solve_pmedian
from geo.siting.problem import Found, Model, Plan, SitingProblem, Stability
from geo.siting.set_cover import solve_lscp, solve_pcenter
from geo.siting.solver import InfeasibleError, UnsolvedError, gap_of

EXACT_CHECKS = 10
NEAR_SHARE = 1 / 3
"""a site counts as near another within this share of the radius."""


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What a plan covers and how far its ways are, without the places: small enough to keep."""

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
    model: Model = "mclp",
    sites: int | None = None,
    seed: int = 1,
    worst_cost: float | None = None,
    start: tuple[int, ...] = (),
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """Choose sites by one of the four models.

    mclp covers most demand with p sites; pmedian has the shortest ways on average; lscp covers all
    that can be covered and finds p itself; pcenter has the nearest farthest place. ``sites`` is p,
    must-have ones included (None for lscp alone); ``worst_cost`` (mclp): nobody who has a way is
    farther; ``start`` (mclp): a choice that meets the conditions. ``better`` is called with each
    better choice while the search goes on.
    ParameterError: a number or condition that does not fit the model; InfeasibleError: no choice
    meets the conditions.
    """
    if model != "mclp":
        for name, is_set in (
            ("a capacity", problem.capacity is not None),
            ("a least share of the departments", problem.min_group_share > 0),
            ("a worst cost", worst_cost is not None),
        ):
            if is_set:
                raise ParameterError(f"{name} is a condition of mclp only: leave it out")
    if model == "lscp" or sites is None:
        return solve_lscp(problem, seed=seed, time_limit_s=time_limit_s, better=better)
    if model == "pmedian":
        return solve_pmedian(problem, sites, seed=seed, time_limit_s=time_limit_s)
    if model == "pcenter":
        return solve_pcenter(problem, sites, seed=seed, time_limit_s=time_limit_s, better=better)
    return solve_mclp(
        problem,
        sites,
        worst_cost=worst_cost,
        start=start,
        seed=seed,
        time_limit_s=time_limit_s,
        better=better,
    )


def stability(
    problem: SitingProblem,
    sites: Sequence[int],
    resampled: np.ndarray,
    *,
    progress: Callable[[float], None] | None = None,
) -> Stability:
    """Choose as many sites again on every resample and count which ones come back.

    A maximal covering problem without capacity and least share, and its plan's sites;
    ``resampled``, shape (replicas, n), is demand as it could have come out. What ``progress``
    raises stops the work.
    """
    plan = [int(j) for j in sites]
    candidates = problem.candidates
    open_rows = ~problem.is_covered_already & problem.covers[:, candidates].any(axis=1)
    reach = as_columns(problem.covers[np.ix_(open_rows, candidates)])
    start = np.searchsorted(candidates, plan).tolist()
    must = tuple(np.searchsorted(candidates, problem.must).tolist())
    times = np.zeros(problem.cost.shape[1])
    near = np.zeros(len(plan))
    closeness = _close(problem, plan, candidates)
    shares, regrets, gaps = [], [], []
    for number, draw in enumerate(resampled):
        weight = draw[open_rows]
        columns = _best(reach, weight, start, must)
        chosen = candidates[columns]
        times[chosen] += 1
        near += closeness[:, columns].any(axis=1)
        total = max(float(draw.sum()), 1e-300)
        fixed = float(draw[problem.is_covered_already].sum())
        mine = covered_demand(reach, weight, start)
        best = covered_demand(reach, weight, columns)
        shares.append((mine + fixed) / total)
        regrets.append((best - mine) / total)
        if number < EXACT_CHECKS and draw.sum() > 0:
            exact = solve_mclp(replace(problem, demand=draw), len(plan))
            gaps.append(gap_of(max(best + fixed, 1e-300), max(exact.bound, best + fixed)))
        if progress is not None:
            progress((number + 1) / len(resampled))
    share = times / len(resampled)
    others = [j for j in np.argsort(-share, kind="stable") if share[j] >= 0.1 and j not in plan]
    return Stability(
        resamples=len(resampled),
        chosen_share=tuple(float(share[j]) for j in plan),
        near_share=tuple(float(part) for part in near / len(resampled)),
        coverage_low=float(np.quantile(shares, 0.025)),
        coverage_high=float(np.quantile(shares, 0.975)),
        regret_mean=float(np.mean(regrets)),
        rivals=tuple((int(j), float(share[j])) for j in others),
        heuristic_gap=max(gaps, default=0.0),
        exact_checks=len(gaps),
    )


def coverage_curve(
    problem: SitingProblem,
    *,
    counts: Iterable[int],
    time_limit_s: float,
) -> Iterator[tuple[int, PlanFigures | None]]:
    """The best coverage for each number of sites as soon as it is solved, each on its own; None
    where there is no plan of so many, or none was found in time."""
    for count in counts:
        figures = None
        if max(1, len(problem.must)) <= count <= len(problem.candidates):
            with suppress(InfeasibleError, UnsolvedError):
                plan = choose_sites(problem, sites=count, time_limit_s=time_limit_s)
                figures = PlanFigures.of(plan)
        yield count, figures


def coverage_front(
    problem: SitingProblem,
    sites: int,
    *,
    steps: int,
    time_limit_s: float,
    progress: Callable[[float], None],
) -> tuple[PlanFigures, ...]:
    """Coverage against the worst-served place: the epsilon-constraint method, without a capacity.

    First the best coverage; then again with nobody farther than ever shorter ways, down to the
    shortest that p sites allow. Points that another one beats are left out; one that leaves more
    people without any way beats none.
    """
    base = replace(problem, min_group_share=0.0)
    first = choose_sites(base, sites=sites, time_limit_s=time_limit_s)
    center = choose_sites(base, model="pcenter", sites=sites, time_limit_s=time_limit_s)
    points = [PlanFigures.of(first)]
    start_sites = center.sites
    start = first.evaluation.worst_cost
    if first.evaluation.unreachable_share > center.evaluation.unreachable_share:
        start = float(base.cost[np.isfinite(base.cost)].max())  # some have no way: none is so far
    # from the strictest on: each answer meets the looser bound that comes next
    limits = np.linspace(center.objective, start, steps)[:-1]
    for number, limit in enumerate(limits, start=1):
        plan = choose_sites(
            base, sites=sites, worst_cost=float(limit), start=start_sites, time_limit_s=time_limit_s
        )
        start_sites = plan.sites
        points.append(PlanFigures.of(plan))
        progress(number / (steps - 1))
    points = list({point.sites: point for point in reversed(points)}.values())
    points.sort(key=lambda point: (-point.unreachable_share, -point.worst_cost))
    return tuple(point for point in points if not any(_beats(other, point) for other in points))


def _beats(other: PlanFigures, point: PlanFigures) -> bool:
    """Whether a plan is at least as good in coverage, farthest way and people without any way, and
    better in one of them."""
    better, worse = (
        (plan.coverage_share, -plan.worst_cost, -plan.unreachable_share) for plan in (other, point)
    )
    return better != worse and all(map(operator.ge, better, worse))


def known_difference(more: PlanFigures, less: PlanFigures) -> tuple[float, float]:
    """Bound by how much the best coverage of one question exceeds that of another, shares.

    Equal bounds where both searches proved their best; the optimum of ``more`` cannot be the lower
    one.
    """
    low = more.coverage_share - _most(less)
    high = _most(more) - less.coverage_share
    return max(0.0, low), max(0.0, high)


def _most(point: PlanFigures) -> float:
    share = point.coverage_share
    return min(1.0, share * (1 + point.gap)) if share > 0 else float(point.gap > 0)


def _best(
    reach: sparse.csc_array, weight: np.ndarray, start: list[int], must: tuple[int, ...]
) -> list[int]:
    """Return the better of two local optima: from the plan, and from a greedy choice."""
    warm = cover_swap(reach, weight, start, must=must)
    fresh = cover_greedy(reach, weight, len(start), must=must)
    fresh = cover_swap(reach, weight, fresh, must=must)
    by_warm, by_fresh = covered_demand(reach, weight, warm), covered_demand(reach, weight, fresh)
    return fresh if by_fresh > by_warm * (1 + 1e-9) else warm


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
