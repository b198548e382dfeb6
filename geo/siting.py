"""Which p sites to open: four models, one answer that says what it covers and how sure it is.

``choose_sites`` is the way in. Each model has a file: :mod:`geo.siting_mclp`,
:mod:`geo.siting_lscp`, :mod:`geo.siting_pcenter`, :mod:`geo.siting_median`. What a set of sites
does is judged in :mod:`geo.siting_evaluation`, its stability in :mod:`geo.siting_stability`; the
curve over p, the front and "why not my site?" are in :mod:`geo.siting_tradeoffs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError
from geo.siting_choice import Choice
from geo.siting_evaluation import Evaluation, evaluate
from geo.siting_lscp import solve_lscp
from geo.siting_mclp import solve_mclp
from geo.siting_median import solve_pmedian
from geo.siting_pcenter import solve_pcenter
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
