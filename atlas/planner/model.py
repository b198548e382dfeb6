"""Make the plan of a question, vary it, and solve other numbers of teams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, Question, question_for
from atlas.results.places import places
from geo.siting.model import PlanFigures, choose_sites, coverage_curve, stability
from geo.siting.problem import Found, Plan, plan_of
from geo.siting.second_objective import best_second

STABILITY_REPLICAS = 200
SEARCH_S = 30.0
"""default limit of the exact search."""
FIRST_S, FIRST_SWAPS_S = 1.0, 0.5
"""limits of search and swaps for the first plan on the page."""
SEED = 1
"""of the variations: the same question gives the same plan"""


def plan_for(
    request: PlanQuestion,
    own: OwnFiles | None = None,
    *,
    replicas: int = STABILITY_REPLICAS,
    time_limit_s: float = SEARCH_S,
    swaps_s: float = np.inf,
    better: Found | None = None,
    best: tuple[Sequence[int], float, float] | None = None,
) -> tuple[Question, Plan]:
    """Choose the sites of a request; return the question in arrays and the plan.

    ``better`` is called with sites, objective and bound of each better choice; ``best``, such a
    triple, replaces the search. ``swaps_s`` limits the search for shorter ways.
    """
    question = question_for(request, own)
    problem, worst_cost = question.problem, request.worst_cost
    if best is not None:
        sites, objective, bound = best
        proof = {"objective": objective, "bound": bound, "is_stopped": True}
        plan = plan_of(problem, request.model, list(sites), **proof)
    else:
        plan = choose_sites(
            problem,
            model=request.model,
            sites=question.sites,
            worst_cost=worst_cost,
            time_limit_s=time_limit_s,
            better=better,
        )
    if request.model == "mclp":
        plan = best_second(
            problem,
            plan,
            request.second,
            sites=question.sites,
            worst_cost=worst_cost,
            time_limit_s=swaps_s,
        )
    return question, varied(question, plan, replicas) if replicas else plan


def varied(
    question: Question,
    plan: Plan,
    replicas: int = STABILITY_REPLICAS,
    progress: Callable[[float], None] | None = None,
) -> Plan:
    """Return a plan with its stability, if the demand of its question can be varied."""
    if not question.request.is_varied:
        return plan
    drawn = question.demand.resampled(replicas, np.random.default_rng(SEED))
    sure = stability(question.problem, plan, question.sites, drawn, progress=progress)
    return replace(plan, stability=sure)


CURVE_SITES = range(1, 21)
CurvePoint = tuple[PlanFigures, float]
"""Figures of so many sites, and the residents whom these, or a service, have within reach."""


def curve_for(
    request: PlanQuestion, own: OwnFiles, counts: Iterable[int]
) -> Iterator[tuple[int, CurvePoint | None]]:
    """Yield the best coverage of each number of sites under the request's conditions."""
    question, people = question_for(request, own), places().population
    if departments := question.only or request.departments:
        people = np.where(np.isin(places().department_ubigeo, departments), people, 0.0)
    problem = question.problem
    covers, already = problem.covers, problem.is_covered_already
    for count, figures in coverage_curve(problem, counts=counts, time_limit_s=10.0):
        if figures is None:
            yield count, None
        else:
            is_reached = covers[:, list(figures.sites)].any(axis=1) | already
            yield count, (figures, float(people[is_reached].sum()))
