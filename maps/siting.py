"""The planner put together: a request becomes one plan that says all, or is judged by others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.siting import choose_sites, stability
from geo.siting_problem import Plan, evaluate
from maps.siting_demand import Demand, demand_for
from maps.siting_question import Question, question_for
from maps.siting_request import OwnFiles, SitingRequest

STABILITY_REPLICAS = 200


def plan_for(
    request: SitingRequest,
    own: OwnFiles | None = None,
    *,
    replicas: int = STABILITY_REPLICAS,
    progress: Callable[[float], None] | None = None,
    time_limit_s: float = 30.0,
) -> tuple[Question, Plan]:
    """Choose the sites of a request; what was asked, in arrays, and the plan.

    Parameters
    ----------
    request : SitingRequest
    own : OwnFiles, optional
    replicas : int
        Resamples of the demand for the stability of an MCLP plan; 0 leaves it out.
    progress : callable, optional
        Called with 0 to 1; whatever it raises stops the work.
    time_limit_s : float
        Of the exact search; the plan says when it came first.

    Examples
    --------
    >>> _, plan = plan_for(SitingRequest(sites=3), replicas=0)
    >>> len(plan.sites), plan.gap
    (3, 0.0)
    """
    question = question_for(request, own)
    plan = choose_sites(
        question.problem,
        model=request.model,
        sites=request.sites,
        seed=request.seed,
        worst_cost=request.worst_cost,
        time_limit_s=time_limit_s,
    )
    if replicas and request.model == "mclp" and _is_plain(request):
        rng = np.random.default_rng(request.seed)
        drawn = question.demand.resampled(replicas, rng)
        sure = stability(question.problem, plan.sites, drawn, progress=progress)
        plan = replace(plan, stability=sure)
    return question, plan


def compare_demands(
    request: SitingRequest,
    demands: Sequence[str | Demand],
    own: OwnFiles | None = None,
    *,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """The sites of one request, judged by several demands, and how good each could get.

    Parameters
    ----------
    request : SitingRequest
        Its own demand chooses the sites.
    demands : sequence of str or Demand
        Demands that judge them.
    own : OwnFiles, optional
    progress : callable, optional
        Called with 0 to 1 after each demand.

    Returns
    -------
    DataFrame
        One row per demand: demand, unit, coverage_share of the request's sites, best_share of the
        sites that this demand would choose itself, best_gap (by what share of it another choice
        could still be better), shared_sites (how many of those are the same), mean_cost,
        worst_cost.
    """
    question, plan = plan_for(request, own, replicas=0)
    rows = []
    for done, code in enumerate(demands, start=1):
        other = demand_for(code) if isinstance(code, str) else code
        problem = question.problem.with_demand(other.weight)
        seen = evaluate(problem, plan.sites)
        best = choose_sites(problem, model=request.model, sites=request.sites, seed=request.seed)
        rows.append(
            {
                "demand": other.code,
                "unit": other.unit,
                "coverage_share": seen.coverage_share,
                "best_share": best.evaluation.coverage_share,
                "best_gap": best.gap,
                "shared_sites": len(set(best.sites) & set(plan.sites)),
                "mean_cost": seen.mean_cost,
                "worst_cost": seen.worst_cost,
            }
        )
        if progress is not None:
            progress(done / len(demands))
    return pd.DataFrame(rows)


def _is_plain(request: SitingRequest) -> bool:
    return (
        request.capacity is None
        and request.min_department_share == 0
        and request.worst_cost is None
    )
