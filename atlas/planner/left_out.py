"""Say what a plan misses of each department, and what including one would lose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from atlas.planner.document import Department, LeftOut
from atlas.planner.question import Question
from geo.errors import GeoError
from geo.excess import Verdict
from geo.siting.model import choose_sites
from geo.siting.problem import Plan
from geo.siting.second_objective import best_second

MOST = 0.5
"""share of a department's demand: where less is covered, most of it is missed."""
NAMED = 3
"""departments that are named, those of which most is missed; the others are in a table"""
_LEAST = 0.5
"""of the demand: less is nothing in whole numbers"""
_NEXT_TO_NOTHING = 0.1
"""share of a department's demand that a site in it has to add, to be worth its price"""
_INCLUDE_S = 3.0
"""seconds of the search for a plan with one more department"""
_NOT_INCLUDED: dict[str, Any] = {"cost_to_include": None, "gives_up": (), "takes": ()}


def left_out(
    question: Question, plan: Plan, departments: Sequence[Department], *, prices: bool
) -> tuple[LeftOut, ...]:
    """Return the departments a plan misses most, and those above of which it misses over half.

    They are in the order of what is missed. With ``prices`` each department above has how much less
    a plan covers that includes it.
    """
    every = missed(departments)
    above = [
        department
        for department in every
        if department.verdict == Verdict.ABOVE and department.share < MOST
    ]

    def out(department: Department) -> LeftOut:
        code = department.department_ubigeo
        return LeftOut(
            department_ubigeo=code,
            name=department.name,
            demand=department.demand,
            reported_count=department.reported_count,
            verdict=department.verdict,
            removed=_removed(question, code),
            **(
                _included(question, plan, code) if prices and department in above else _NOT_INCLUDED
            ),
        )

    return tuple(
        out(department)
        for department in every
        if department in every[:NAMED] or department in above
    )


def missed(departments: Iterable[Department]) -> list[Department]:
    """Return the departments of which a plan misses something, most first, then by code."""
    some = [department for department in departments if department.missed >= _LEAST]
    return sorted(
        some, key=lambda department: (-round(department.missed, 6), department.department_ubigeo)
    )


def _removed(question: Question, code: str) -> tuple[str, ...]:
    """Return the codes of the barred candidates of a department."""
    candidates = question.candidates
    is_removed = np.isin(candidates.code, question.request.barred)
    return tuple(candidates.code[is_removed & (candidates.department_ubigeo == code)].tolist())


def _included(question: Question, plan: Plan, code: str) -> dict[str, Any]:
    """Return how much less a plan covers if it must have a site in this department.

    Also return which sites leave and enter. Return no figure if a site is already there, if there
    is no such plan, or if it would serve next to nothing more of the department.
    """
    request, problem, sites = question.request, question.problem, question.sites
    groups, is_there = (*problem.groups_with_site, code), problem.site_group == code
    if is_there[list(plan.sites)].any() or len(groups) > sites:
        return _NOT_INCLUDED
    if not (problem.is_allowed & is_there).any():
        return _NOT_INCLUDED
    asked = replace(problem, groups_with_site=groups)
    try:
        other = choose_sites(
            asked,
            model=request.model,
            sites=sites,
            worst_cost=request.worst_cost,
            time_limit_s=_INCLUDE_S,
        )
        if request.model == "mclp":
            other = best_second(
                asked,
                other,
                request.second,
                sites=sites,
                worst_cost=request.worst_cost,
                time_limit_s=_INCLUDE_S,
            )
    except GeoError:
        return _NOT_INCLUDED
    candidates, demand, now = question.candidates, problem.demand, other.evaluation
    new = [j for j in other.sites if j not in plan.sites]
    lives_there = problem.group == code
    served = float((demand * (now.served - plan.evaluation.served))[lives_there].sum())
    if served < _NEXT_TO_NOTHING * float(demand[lives_there].sum()):
        names = [str(candidates.name[j]) for j in new if is_there[j]]
        return {**_NOT_INCLUDED, "too_little": names[0]}
    gone = [j for j in plan.sites if j not in other.sites]
    less = float(demand.sum()) * (plan.evaluation.coverage_share - now.coverage_share)
    return {
        "cost_to_include": max(less, 0.0),
        "gives_up": tuple(candidates.code[gone].tolist()),
        "takes": tuple(candidates.name[new].tolist()),
        "mean_cost": float(now.mean_cost) if np.isfinite(now.mean_cost) else None,
    }
