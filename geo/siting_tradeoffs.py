"""What more sites, fairness, or a site of somebody's wish would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from geo.errors import ParameterError
from geo.siting import SitePlan, choose_sites
from geo.siting_evaluation import Evaluation
from geo.siting_problem import SitingProblem
from geo.siting_solver import InfeasibleError


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What p sites cover at best."""

    sites: int
    coverage_share: float
    mean_cost: float
    worst_cost: float
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class FrontPoint:
    """The best coverage that leaves nobody worse off than a bound."""

    bound: float
    """the worst cost or the least department share that was asked for."""
    coverage_share: float
    worst_cost: float
    worst_group_share: float
    gap: float
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WhyNot:
    """What a plan would lose and win with one site forced in."""

    site: int
    given_up: tuple[int, ...]
    """sites of the plan that make room."""
    kept: tuple[int, ...]
    taken: tuple[int, ...]
    """sites of the new plan that the old one has not, the forced one included."""
    coverage_before: float
    coverage_after: float
    mean_cost_before: float
    mean_cost_after: float
    worst_cost_before: float
    worst_cost_after: float
    demand_lost: float
    """demand covered before and no longer."""
    demand_won: float
    """demand covered now and not before."""
    groups: tuple[tuple[str, float], ...]
    """departments whose covered demand changes, with the change; largest loss first."""
    gap: float
    after: Evaluation


def coverage_curve(
    problem: SitingProblem,
    *,
    counts: Iterable[int] = range(1, 21),
    time_limit_s: float = 10.0,
    progress: Callable[[float], None] | None = None,
) -> tuple[CurvePoint, ...]:
    """The best coverage for each number of sites, each solved on its own.

    Numbers below the must-have sites or above the candidates are left out.

    Examples
    --------
    >>> cost = np.array([[0.0, 99.0], [99.0, 0.0]])
    >>> asked = SitingProblem(np.array([3.0, 1.0]), cost, 10.0)
    >>> [(point.sites, point.coverage_share) for point in coverage_curve(asked)]
    [(1, 0.75), (2, 1.0)]
    """
    numbers = [
        count for count in counts if max(1, len(problem.must)) <= count <= len(problem.candidates)
    ]
    found = []
    for done, count in enumerate(numbers, start=1):
        plan = choose_sites(problem, sites=count, time_limit_s=time_limit_s)
        seen = plan.evaluation
        found.append(
            CurvePoint(count, seen.coverage_share, seen.mean_cost, seen.worst_cost, plan.gap)
        )
        if progress is not None:
            progress(done / len(numbers))
    return tuple(found)


def coverage_front(
    problem: SitingProblem,
    sites: int,
    *,
    steps: int = 6,
    time_limit_s: float = 10.0,
    progress: Callable[[float], None] | None = None,
) -> tuple[FrontPoint, ...]:
    """Coverage against the worst-served place: the epsilon-constraint method.

    First the best coverage; then again with nobody farther than ever shorter ways, down to the
    shortest that p sites allow (p-center). Points that another one beats in both are left out.

    Parameters
    ----------
    problem : SitingProblem
        Without a capacity.
    sites : int
    steps : int
        Points between both ends, both included, 2 or more.
    """
    if steps < 2:
        raise ParameterError(f"{steps} steps: a front needs 2 or more")
    base = replace(problem, min_group_share=0.0)
    first = choose_sites(base, sites=sites, time_limit_s=time_limit_s)
    start = first.evaluation.worst_cost
    center = choose_sites(base, model="pcenter", sites=sites, time_limit_s=time_limit_s)
    points = [_front_point(first, start)]
    known = center.sites
    # from the strictest on: each answer meets the looser bound that comes next
    limits = np.linspace(center.objective, start, steps)[:-1]
    for number, limit in enumerate(limits, start=1):
        plan = choose_sites(
            base,
            sites=sites,
            worst_cost=float(limit),
            start=known,
            time_limit_s=time_limit_s,
        )
        known = plan.sites
        points.append(_front_point(plan, float(limit)))
        if progress is not None:
            progress(number / (steps - 1))
    points = list({one.sites: one for one in reversed(points)}.values())
    points.sort(key=lambda one: -one.worst_cost)
    return tuple(
        one
        for one in points
        if not any(
            other.coverage_share >= one.coverage_share
            and other.worst_cost <= one.worst_cost
            and (other.coverage_share, -other.worst_cost) != (one.coverage_share, -one.worst_cost)
            for other in points
        )
    )


def department_front(
    problem: SitingProblem,
    sites: int,
    *,
    shares: Iterable[float] = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    time_limit_s: float = 10.0,
) -> tuple[FrontPoint, ...]:
    """Coverage against the worst-served department; ends at the first share that cannot be had.

    With fewer sites than departments that need one the front is a single point: some department
    stays at nothing whatever is chosen.
    """
    points = []
    for share in shares:
        try:
            plan = choose_sites(
                replace(problem, min_group_share=float(share)),
                sites=sites,
                time_limit_s=time_limit_s,
            )
        except InfeasibleError:
            break
        points.append(_front_point(plan, float(share)))
    return tuple(points)


def why_not(problem: SitingProblem, plan: SitePlan, site: int) -> WhyNot:
    """Force one candidate in, choose the others anew, and say what is lost and won.

    Parameters
    ----------
    problem : SitingProblem
    plan : SitePlan
        An answer to this problem.
    site : int
        Position of the candidate.

    Raises
    ------
    ParameterError
        A site that is chosen already, excluded or none; a plan of lscp, which has no fixed number.

    Examples
    --------
    >>> cost = np.array([[0.0, 99.0], [99.0, 0.0]])
    >>> asked = SitingProblem(np.array([3.0, 1.0]), cost, 10.0)
    >>> answer = why_not(asked, choose_sites(asked, sites=1), 1)
    >>> answer.given_up, answer.demand_lost, answer.demand_won
    ((0,), 3.0, 1.0)
    """
    if plan.model == "lscp":
        raise ParameterError("lscp has no fixed number of sites: ask with mclp")
    if site in plan.sites:
        raise ParameterError("this site is part of the plan already")
    forced = replace(problem, must=(*problem.must, site))
    other = choose_sites(forced, model=plan.model, sites=len(plan.sites), seed=plan.seed)
    before, after = plan.evaluation, other.evaluation
    change = problem.demand * (after.served - before.served)
    was = {one.group: one.covered for one in before.groups}
    groups = [(one.group, one.covered - was[one.group]) for one in after.groups]
    return WhyNot(
        site=site,
        given_up=tuple(j for j in plan.sites if j not in other.sites),
        kept=tuple(j for j in plan.sites if j in other.sites),
        taken=tuple(j for j in other.sites if j not in plan.sites),
        coverage_before=before.coverage_share,
        coverage_after=after.coverage_share,
        mean_cost_before=before.mean_cost,
        mean_cost_after=after.mean_cost,
        worst_cost_before=before.worst_cost,
        worst_cost_after=after.worst_cost,
        demand_lost=float(-change[change < 0].sum()),
        demand_won=float(change[change > 0].sum()),
        groups=tuple(sorted((g for g in groups if abs(g[1]) > 1e-9), key=lambda g: g[1])),
        gap=other.gap,
        after=after,
    )


def known_difference(
    more: CurvePoint | FrontPoint, less: CurvePoint | FrontPoint
) -> tuple[float, float]:
    """Least and most by which the best coverage of one question exceeds that of another.

    A search that proved nothing leaves the optimum anywhere between what it found and its bound;
    the two are equal where both searches proved their best.

    Parameters
    ----------
    more, less : CurvePoint or FrontPoint
        The question whose optimum cannot be lower, and the other one.

    Returns
    -------
    low, high : float
        Shares (0 to 1) of the demand.

    Examples
    --------
    >>> def found(share, gap):
    ...     return CurvePoint(1, share, 0.0, 0.0, gap)
    >>> [round(one, 3) for one in known_difference(found(0.6, 0.0), found(0.5, 0.0))]
    [0.1, 0.1]
    >>> [round(one, 3) for one in known_difference(found(0.6, 0.0), found(0.5, 0.1))]
    [0.05, 0.1]
    """
    low = more.coverage_share - _most(less)
    high = _most(more) - less.coverage_share
    return max(0.0, low), max(0.0, high)


def _most(point: CurvePoint | FrontPoint) -> float:
    """The coverage that the bound of a search leaves possible."""
    share = point.coverage_share
    return min(1.0, share * (1 + point.gap)) if share > 0 else float(point.gap > 0)


def _front_point(plan: SitePlan, bound: float) -> FrontPoint:
    seen = plan.evaluation
    return FrontPoint(
        bound=bound,
        coverage_share=seen.coverage_share,
        worst_cost=seen.worst_cost,
        worst_group_share=seen.worst_group.share,
        gap=plan.gap,
        sites=plan.sites,
    )
