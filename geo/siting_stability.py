"""How sure a choice of sites is: the same choice made again on resampled demand.

Each resample is solved by the heuristic of :mod:`geo.siting_cover`, warm-started from the plan and
from a greedy choice of its own, the better kept. What that may cost is measured and stated: the
first resamples are solved exactly too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.siting_cover import as_columns, cover_greedy, cover_swap, covered_demand
from geo.siting_mclp import solve_mclp
from geo.siting_problem import SitingProblem
from geo.siting_reduce import undominated
from geo.siting_solver import gap_of

EXACT_CHECKS = 10
NEAR_SHARE = 1 / 3
"""a site counts as near another within this share of the radius."""


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """How often resampled demand chooses the sites of a plan."""

    replicas: int
    chosen_share: tuple[float, ...]
    """share (0 to 1) of the resamples that choose each site, in the order of the plan."""
    near_share: tuple[float, ...]
    """share that choose it or a candidate within a third of the radius of it."""
    coverage_low: float
    """share of the demand that the plan covers: 2.5th percentile over the resamples."""
    coverage_high: float
    """97.5th percentile."""
    regret_mean: float
    """mean over the resamples of what a plan made for the resample would cover more (share)."""
    rivals: tuple[tuple[int, float], ...]
    """candidates outside the plan that at least a tenth of the resamples choose, most first."""
    heuristic_gap: float
    """largest gap between the heuristic and the exact optimum over the resamples checked."""
    exact_checks: int
    """resamples that were solved exactly as well."""


def stability(
    problem: SitingProblem,
    sites: Sequence[int],
    resampled: np.ndarray,
    *,
    exact_checks: int = EXACT_CHECKS,
    progress: Callable[[float], None] | None = None,
) -> Stability:
    """Choose as many sites again on every resample and count which ones come back.

    Parameters
    ----------
    problem : SitingProblem
        A maximal covering problem without capacity and least share.
    sites : sequence of int
        The plan's sites.
    resampled : ndarray, shape (replicas, n)
        Demand as it could have come out; the caller draws it with a seed.
    exact_checks : int
        So many of the resamples are solved by HiGHS too.
    progress : callable, optional
        Called with 0 to 1 after each resample; whatever it raises stops the work.

    Raises
    ------
    ParameterError
        No resample, resamples of another shape, no site, a capacity or a least share.

    Examples
    --------
    >>> cost = np.array([[0.0, 99.0], [99.0, 0.0]])
    >>> asked = SitingProblem(np.array([3.0, 2.0]), cost, 10.0)
    >>> found = stability(asked, [0], np.array([[3.0, 2.0], [1.0, 4.0]]))
    >>> found.chosen_share, found.rivals, found.heuristic_gap
    ((0.5,), ((1, 0.5),), 0.0)
    """
    draws = np.asarray(resampled, dtype=float)
    n, m = problem.cost.shape
    if draws.ndim != 2 or draws.shape[1] != n or len(draws) == 0 or not len(sites):
        raise ParameterError(
            f"resamples have shape {draws.shape} for {len(sites)} sites: they need (replicas, {n}) "
            "with at least one replica and one site"
        )
    if problem.capacity is not None or problem.min_group_share > 0:
        raise ParameterError("stability is for MCLP without a capacity or a least share")
    plan = [int(j) for j in sites]
    keep = np.isin(problem.candidates, plan)
    open_rows = ~problem.is_covered_already & problem.covers[:, problem.candidates].any(axis=1)
    cover = problem.covers[np.ix_(open_rows, problem.candidates)]
    # no weight enters the dominance, so one reduction serves every resample
    left = undominated(cover, preference=problem.preference[problem.candidates], keep=keep)
    columns = problem.candidates[left]
    reach = as_columns(cover[:, left])
    position = {int(j): k for k, j in enumerate(columns)}
    start = [position[j] for j in plan]
    must = tuple(position[j] for j in problem.must)
    times = np.zeros(m)
    near = np.zeros(len(plan))
    closeness = _close(problem, plan, columns)
    shares, regrets, gaps = [], [], []
    for number, draw in enumerate(draws):
        weight = draw[open_rows]
        found = _best(reach, weight, start, must)
        chosen = columns[found]
        times[chosen] += 1
        near += closeness[:, found].any(axis=1)
        total = max(float(draw.sum()), 1e-300)
        fixed = float(draw[problem.is_covered_already].sum())
        mine = covered_demand(reach, weight, start)
        best = covered_demand(reach, weight, found)
        shares.append((mine + fixed) / total)
        regrets.append((best - mine) / total)
        if number < exact_checks and draw.sum() > 0:
            exact = solve_mclp(problem.with_demand(draw), len(plan))
            gaps.append(gap_of(max(best + fixed, 1e-300), max(exact.bound, best + fixed)))
        if progress is not None:
            progress((number + 1) / len(draws))
    share = times / len(draws)
    others = [j for j in np.argsort(-share, kind="stable") if share[j] >= 0.1 and j not in plan]
    return Stability(
        replicas=len(draws),
        chosen_share=tuple(float(share[j]) for j in plan),
        near_share=tuple(float(one) for one in near / len(draws)),
        coverage_low=float(np.quantile(shares, 0.025)),
        coverage_high=float(np.quantile(shares, 0.975)),
        regret_mean=float(np.mean(regrets)),
        rivals=tuple((int(j), float(share[j])) for j in others),
        heuristic_gap=max(gaps, default=0.0),
        exact_checks=len(gaps),
    )


def _best(
    reach: sparse.csc_array, weight: np.ndarray, start: list[int], must: tuple[int, ...]
) -> list[int]:
    """The better of two local optima: from the plan, and from a greedy choice."""
    warm = cover_swap(reach, weight, start, must=must)
    fresh = cover_greedy(reach, weight, len(start), must=must)
    fresh = cover_swap(reach, weight, fresh, must=must)
    by_warm, by_fresh = covered_demand(reach, weight, warm), covered_demand(reach, weight, fresh)
    return fresh if by_fresh > by_warm * (1 + 1e-9) else warm


def _close(problem: SitingProblem, plan: list[int], columns: np.ndarray) -> np.ndarray:
    """shape (sites, columns): the candidate reaches much the same places as the site.

    Candidates have no cost between each other in general (travel times go from places), so two
    are near if no place that both reach is nearer to one than to the other by more than a third
    of the radius, and they share at least half of what either reaches.
    """
    covers = problem.covers
    close = np.zeros((len(plan), len(columns)), dtype=bool)
    limit = NEAR_SHARE * problem.radius
    for row, site in enumerate(plan):
        both = covers[:, [site]] & covers[:, columns]
        either = covers[:, [site]] | covers[:, columns]
        overlap = both.sum(axis=0) >= 0.5 * np.maximum(either.sum(axis=0), 1)
        with np.errstate(invalid="ignore"):
            apart = np.abs(problem.cost[:, [site]] - problem.cost[:, columns])
        apart[~both] = 0.0
        close[row] = overlap & (apart.max(axis=0, initial=0.0) <= limit)
        close[row, columns == site] = True
    return close
