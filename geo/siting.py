"""Which p sites to open: four models, one answer that says what it covers and how sure it is.

``choose_sites`` is the way in. The models are in :mod:`geo.siting_models` and
:mod:`geo.siting_median`, stability in :mod:`geo.siting_stability`, the curve over p, the front and
"why not my site?" in :mod:`geo.siting_tradeoffs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError
from geo.siting_median import solve_pmedian
from geo.siting_models import Choice, solve_lscp, solve_mclp, solve_pcenter
from geo.siting_polish import shorten_ways
from geo.siting_problem import MODELS, Model, SitingProblem, Unit
from geo.siting_solver import gap_of

ORDER_RULES = {
    "mclp": "each next site is the one of the chosen set that covers most demand not yet covered",
    "lscp": "each next site is the one of the chosen set that covers most demand not yet covered",
    "pmedian": "each next site is the one of the chosen set that shortens the ways most",
    "pcenter": "each next site is the one of the chosen set that shortens the ways most",
}
"""how the sites of a plan are put in order of opening; the set itself is chosen as a whole."""


@dataclass(frozen=True, slots=True)
class GroupCoverage:
    """What a plan does for one department."""

    group: str
    demand: float
    covered: float
    missed: float
    """demand - covered."""
    share: float
    """covered / demand, 0 to 1."""
    mean_cost: float
    """demand-weighted cost to the nearest site or service; NaN where nobody has a way."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a set of sites, together with the existing services, does for the demand."""

    coverage_share: float
    """share (0 to 1) of the demand within the radius of a site or service."""
    existing_share: float
    """share (0 to 1) that the services cover without any site."""
    mean_cost: float
    """demand-weighted cost to the nearest site or service, over the places with a way."""
    worst_cost: float
    """cost of the farthest place with demand and a way."""
    unreachable_share: float
    """share (0 to 1) of the demand without a way to any site or service."""
    served: np.ndarray
    """shape (n,), share (0 to 1) of each place's demand that is covered."""
    nearest: np.ndarray
    """shape (n,), the candidate each place goes to; -1 = an existing service, -2 = no way."""
    nearest_cost: np.ndarray
    """shape (n,), cost of that way; infinite where there is none."""
    groups: tuple[GroupCoverage, ...]
    """one entry per group with demand, sorted by name."""

    @property
    def worst_group(self) -> GroupCoverage:
        """The worst-served group; of several the one with most demand missed."""
        return min(self.groups, key=lambda one: (one.share, -one.missed))


@dataclass(frozen=True, slots=True, eq=False)
class SitePlan:
    """Chosen sites in the order of opening, and what is known about better ones."""

    model: Model
    sites: tuple[int, ...]
    """positions of the candidates, in the order of opening (``ORDER_RULES``)."""
    added_share: tuple[float, ...]
    """share of the demand that each site adds to the coverage when it opens."""
    objective: float
    bound: float
    """no choice is better than this."""
    gap: float
    """|objective - bound| / |objective|; 0 = proven the best."""
    is_stopped: bool
    """a limit stopped the search; the gap then says what it may cost."""
    method: str
    radius: float
    unit: Unit
    seed: int
    candidates_left: int
    """candidates after the reductions that keep the optimum."""
    evaluation: Evaluation


def choose_sites(
    problem: SitingProblem,
    *,
    model: Model = "mclp",
    sites: int | None = None,
    seed: int = 1,
    worst_cost: float | None = None,
    start: tuple[int, ...] = (),
    time_limit_s: float = 30.0,
) -> SitePlan:
    """Choose sites by one of the four models.

    Parameters
    ----------
    problem : SitingProblem
    model : {"mclp", "pmedian", "lscp", "pcenter"}
        mclp covers most demand with p sites and always has an answer (without a least share or a
        worst cost); pmedian has the shortest ways on average; lscp covers all that can be covered
        and finds p itself; pcenter has the nearest farthest place.
    sites : int
        Number p of sites, must-have ones included; None for lscp and only there.
    seed : int
        Of the random starts of pmedian; written into the plan.
    worst_cost : float, optional
        MCLP: nobody who has a way is farther than this from a site or service.
    start : tuple of int
        MCLP: a choice that meets the conditions; the answer is never worse.
    time_limit_s : float

    Raises
    ------
    ParameterError
        An unknown model, a number of sites that does not fit it, a condition that only MCLP has.
    InfeasibleError
        No choice meets the conditions.

    Examples
    --------
    Two towns of 5 and 4 and a village of 2 between them, 60 km from each; one team, 75 km:

    >>> cost = np.array([[0.0, 120.0, 60.0], [120.0, 0.0, 60.0], [60.0, 60.0, 0.0]])
    >>> plan = choose_sites(SitingProblem(np.array([5.0, 4.0, 2.0]), cost, 75.0), sites=1)
    >>> plan.sites, plan.evaluation.coverage_share, plan.gap
    ((2,), 1.0, 0.0)
    """
    if model not in MODELS:
        raise ParameterError(f"unknown model {model!r}: allowed are {', '.join(MODELS)}")
    if model == "lscp" and sites is not None:
        raise ParameterError("lscp finds the number of sites itself: leave the number out")
    if model != "lscp" and sites is None:
        raise ParameterError(f"{model} needs a number of sites")
    if model != "mclp":
        for name, is_set in (
            ("a capacity", problem.capacity is not None),
            ("a least share of the departments", problem.min_group_share > 0),
            ("a worst cost", worst_cost is not None),
        ):
            if is_set:
                raise ParameterError(f"{name} is a condition of mclp only: leave it out")
    choice = _choose(problem, model, sites, seed, worst_cost, start, time_limit_s)
    chosen = list(choice.sites)
    if model == "mclp" and problem.capacity is None and not problem.min_group_share:
        chosen = shorten_ways(problem, chosen, worst_cost=worst_cost)
    ordered, added = opening_order(problem, chosen, model=model)
    return SitePlan(
        model=model,
        sites=tuple(ordered),
        added_share=tuple(added),
        objective=choice.objective,
        bound=choice.bound,
        gap=gap_of(choice.objective, choice.bound),
        is_stopped=choice.is_stopped,
        method=choice.method,
        radius=problem.radius,
        unit=problem.unit,
        seed=seed,
        candidates_left=choice.columns_left,
        evaluation=evaluate(problem, ordered, served=choice.served),
    )


def evaluate(
    problem: SitingProblem, sites: list[int] | tuple[int, ...], *, served: np.ndarray | None = None
) -> Evaluation:
    """Coverage, distances and departments of a set of sites with the existing services.

    Parameters
    ----------
    problem : SitingProblem
    sites : sequence of int
        Positions of candidates; may be empty.
    served : ndarray, shape (n,), optional
        Shares that a capacity leaves; without it whoever is within the radius is served whole.
    """
    n = len(problem.demand)
    opened = np.asarray(sites, dtype=int)
    columns = np.hstack([problem.cost[:, opened], problem.existing_cost[:, None]])
    at = columns.argmin(axis=1)
    nearest_cost = columns[np.arange(n), at]
    nearest = np.append(opened, -1)[at]
    nearest[~np.isfinite(nearest_cost)] = -2
    already = problem.is_covered_already
    if served is None:
        reached = problem.covers[:, opened].any(axis=1) if len(opened) else np.zeros(n, bool)
        served = (reached | already).astype(float)
    demand = problem.demand
    total = float(demand.sum())
    has_way = np.isfinite(nearest_cost) & (demand > 0)
    return Evaluation(
        coverage_share=float(demand @ served) / total,
        existing_share=float(demand[already].sum()) / total,
        mean_cost=_mean(nearest_cost, demand, has_way),
        worst_cost=float(nearest_cost[has_way].max(initial=0.0)) if has_way.any() else np.nan,
        unreachable_share=float(demand[~np.isfinite(nearest_cost)].sum()) / total,
        served=served,
        nearest=nearest,
        nearest_cost=nearest_cost,
        groups=_groups(problem, served, nearest_cost),
    )


def opening_order(
    problem: SitingProblem, sites: list[int] | tuple[int, ...], *, model: Model = "mclp"
) -> tuple[list[int], list[float]]:
    """Put chosen sites in order (``ORDER_RULES``), with the share of demand that each adds.

    The chosen set is best as a whole; its first k sites need not be the best k. Capacities are not
    looked at here: the shares say who comes within reach, not who is served.

    Examples
    --------
    >>> cost = np.array([[0.0, 99.0], [99.0, 0.0]])
    >>> opening_order(SitingProblem(np.array([1.0, 3.0]), cost, 10.0), [0, 1])
    ([1, 0], [0.75, 0.25])
    """
    covers, demand = problem.covers, problem.demand
    covered = problem.is_covered_already.copy()
    finite = problem.cost[np.isfinite(problem.cost)]
    far = 2 * float(finite.max(initial=0.0)) + 1.0
    nearest = np.minimum(problem.existing_cost, far)
    left, ordered, added = [int(j) for j in sites], [], []
    while left:
        gain = np.array([float(demand[covers[:, j] & ~covered].sum()) for j in left])
        saved = np.array(
            [float(demand @ np.maximum(nearest - problem.cost[:, j], 0.0)) for j in left]
        )
        # rounded: a difference in the last digit of a sum is no reason to open first
        by_cover, by_way = (
            np.round(gain / demand.sum(), 12),
            np.round(saved / saved.max(), 12) if saved.max() > 0 else saved,
        )
        keys = (by_way, by_cover) if model in ("mclp", "lscp") else (by_cover, by_way)
        best = int(np.lexsort((-np.array(left), *keys))[-1])
        site = left.pop(best)
        ordered.append(site)
        added.append(float(gain[best] / demand.sum()))
        covered |= covers[:, site]
        nearest = np.minimum(nearest, problem.cost[:, site])
    return ordered, added


def _choose(
    problem: SitingProblem,
    model: Model,
    sites: int | None,
    seed: int,
    worst_cost: float | None,
    start: tuple[int, ...],
    time_limit_s: float,
) -> Choice:
    if model == "lscp" or sites is None:
        return solve_lscp(problem, time_limit_s=time_limit_s)
    if model == "mclp":
        return solve_mclp(
            problem, sites, worst_cost=worst_cost, start=start, time_limit_s=time_limit_s
        )
    if model == "pmedian":
        return solve_pmedian(problem, sites, seed=seed, time_limit_s=time_limit_s)
    return solve_pcenter(problem, sites, time_limit_s=time_limit_s, relative_gap=0.01)


def _groups(
    problem: SitingProblem, served: np.ndarray, nearest_cost: np.ndarray
) -> tuple[GroupCoverage, ...]:
    found = []
    for name in np.unique(problem.group[problem.demand > 0]):
        here = problem.group == name
        demand = float(problem.demand[here].sum())
        covered = float(problem.demand[here] @ served[here])
        found.append(
            GroupCoverage(
                group=str(name),
                demand=demand,
                covered=covered,
                missed=demand - covered,
                share=covered / demand,
                mean_cost=_mean(nearest_cost, problem.demand, here & np.isfinite(nearest_cost)),
            )
        )
    return tuple(found)


def _mean(cost: np.ndarray, demand: np.ndarray, where: np.ndarray) -> float:
    weight = float(demand[where].sum())
    return float(demand[where] @ cost[where]) / weight if weight > 0 else float("nan")
