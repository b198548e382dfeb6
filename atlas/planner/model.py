"""A planner's question becomes one plan, within a budget, or is judged by other demands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.planner.demand import (
    Demand,
)
from atlas.planner.question import MOST_SITES, OwnFiles, PlanRequest, Question, question_for
from atlas.words import PlanRefusal
from geo.siting.cover import largest_least_percent
from geo.siting.model import choose_sites, stability
from geo.siting.problem import Found, Plan, SitingProblem, evaluate, plan_of
from geo.siting.second_objective import least_ways
from geo.siting.solver import UnsolvedError


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs, in soles; what exists already costs nothing."""

    teams: float
    ways: float
    travelled: float
    """whole kilometres, or tenths of hours: a round trip for each case that goes to a team."""

    @property
    def total(self) -> float:
        """Teams and their ways."""
        return self.teams + self.ways


def cost_of(request: PlanRequest, problem: SitingProblem, plan: Plan) -> Cost:
    """The cost of a plan at the prices of a request."""
    travelled = float(plan.travelled(problem).sum())
    travelled = round(travelled / 60, 1) if plan.unit == "min" else float(round(travelled))
    return Cost(len(plan.sites) * request.team_cost, travelled * request.way_cost, travelled)


def most_paid(request: PlanRequest) -> int:
    """The teams that a budget pays if none of them travels; PlanRefusal: none, or too many."""
    budget, price = float(request.budget or 0), request.team_cost
    if not price:
        raise PlanRefusal("budget_without_cost")
    number = int(budget / price * (1 + 1e-12))
    if not number:
        raise PlanRefusal("budget_few", budget=f"{budget:,g}", cost=f"{price:,g}")
    if number > MOST_SITES:
        raise PlanRefusal("budget_many", count=f"{number:,}", most=MOST_SITES)
    return number


STABILITY_REPLICAS = 200
SEARCH_S = 30.0
"""of the exact search, unless somebody says otherwise."""
FIRST_S, FIRST_SWAPS_S = 1.0, 0.5
"""of the search and the swaps for the plan that is drawn first."""


def _paid(
    request: PlanRequest, own: OwnFiles | None, *, time_limit_s: float, swaps_s: float
) -> int:
    """The largest number of teams that a budget pays with their ways, each next guess by the ways
    of the last: a team costs more than it saves the others on the road."""
    number, budget = most_paid(request), float(request.budget or 0)
    if not request.way_cost:
        return number
    problem = question_for(replace(request, sites=number), own).problem
    fixed = len(problem.must)
    paid, too_many, price = max(0, fixed - 1), number + 1, 0.0
    while paid < number < too_many:
        asked = replace(request, sites=number)
        try:  # for a first plan the first choices will do
            limit_s = time_limit_s / (10 if time_limit_s <= FIRST_S else 1)
            plan = _search(problem, asked, time_limit_s=limit_s)
        except UnsolvedError:
            plan = _search(problem, asked, time_limit_s=time_limit_s)
        cost = cost_of(asked, problem, _with_short_ways(problem, asked, plan, swaps_s))
        price = cost.total
        if price <= budget:
            paid = number
        else:
            too_many = number
        guess = int((budget - cost.ways) / request.team_cost)
        number = min(max(guess, paid + 1), too_many - 1)
    if paid < max(1, fixed):
        raise PlanRefusal("budget_few", budget=f"{budget:,g}", cost=f"{price:,.0f}")
    return paid


def _search(
    problem: SitingProblem,
    request: PlanRequest,
    *,
    time_limit_s: float,
    better: Found | None = None,
) -> Plan:
    return choose_sites(
        problem,
        model=request.model,
        sites=request.sites,
        seed=request.seed,
        worst_cost=request.worst_cost,
        time_limit_s=time_limit_s,
        better=better,
    )


def _with_short_ways(
    problem: SitingProblem, request: PlanRequest, plan: Plan, swaps_s: float
) -> Plan:
    if request.model != "mclp":
        return plan
    return least_ways(
        problem,
        plan,
        request.second,
        loss=request.loss,
        worst_cost=request.worst_cost,
        time_limit_s=swaps_s,
    )


def plan_for(
    request: PlanRequest,
    own: OwnFiles | None = None,
    *,
    replicas: int = STABILITY_REPLICAS,
    time_limit_s: float = SEARCH_S,
    swaps_s: float = np.inf,
    better: Found | None = None,
    best: tuple[Sequence[int], float, float] | None = None,
) -> tuple[Question, Plan]:
    """Choose the sites of a request; what was asked, in arrays, and the plan.

    ``better`` is told the sites, objective and bound of each better choice; ``best``, one of these,
    is taken instead of a search. ``swaps_s`` are the seconds for shorter ways. Where the budget
    decides the number of sites, the question that comes back has that number.
    """
    if request.is_by_budget:
        number = _paid(request, own, time_limit_s=time_limit_s, swaps_s=swaps_s)
        request = replace(request, sites=number)
    question = question_for(request, own)
    if best is not None:
        sites, objective, bound = best
        values = {"objective": objective, "bound": bound, "is_stopped": True, "seed": request.seed}
        plan = plan_of(question.problem, request.model, list(sites), **values)  # type: ignore[arg-type]
    else:
        plan = _search(question.problem, request, time_limit_s=time_limit_s, better=better)
    plan = _with_short_ways(question.problem, request, plan, swaps_s)
    return question, resampled(question, plan, replicas) if replicas else plan


def attainable_percent(request: PlanRequest, own: OwnFiles | None = None) -> tuple[int, bool]:
    """The whole per cent to which every department can be covered, and whether no more can be."""
    number = most_paid(request) if request.is_by_budget else request.sites or 1
    freely = replace(request, sites=number, min_department_share=0.0)
    return largest_least_percent(question_for(freely, own).problem, number)


def resampled(
    question: Question,
    plan: Plan,
    replicas: int = STABILITY_REPLICAS,
    progress: Callable[[float], None] | None = None,
) -> Plan:
    """A plan with its stability, where its demand can be drawn again."""
    request = question.request
    if request.model != "mclp" or not request.is_plain:
        return plan
    drawn = question.demand.resampled(replicas, np.random.default_rng(request.seed))
    sure = stability(question.problem, plan.sites, drawn, progress=progress)
    return replace(plan, stability=sure)


def compare_demands(
    request: PlanRequest,
    demands: Sequence[Demand],
    own: OwnFiles,
    *,
    progress: Callable[[float], None],
) -> pd.DataFrame:
    """The sites of one request, judged by several demands, and how good each could get."""
    question, plan = plan_for(request, own, replicas=0)
    rows = []
    for done, demand in enumerate(demands, start=1):
        problem = replace(question.problem, demand=demand.weight)
        best = choose_sites(problem, model=request.model, sites=request.sites, seed=request.seed)
        rows.append(
            {
                "demand": demand.code,
                "coverage_share": evaluate(problem, plan.sites).coverage_share,
                "best_share": best.evaluation.coverage_share,
                "best_gap": best.gap,
                "shared_sites": len(set(best.sites) & set(plan.sites)),
            }
        )
        progress(done / len(demands))
    return pd.DataFrame(rows)
