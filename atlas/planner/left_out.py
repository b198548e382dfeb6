"""Who is left out of a plan, and what it costs to include a department."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from atlas.planner.document import Department, LeftOut
from atlas.planner.question import Question
from geo.errors import GeoError
from geo.excess import Verdict
from geo.siting.model import choose_sites
from geo.siting.problem import Plan, evaluate
from geo.siting.second_objective import best_second

NOTHING = 0.1
"""share of a department's demand: where less is covered, it gets nothing."""
MOST_LEFT_OUT = 3
"""departments beside those with more than expected"""
_LOST = 0.5
"""share of what a site serves: where a plan serves less of it, it has the site no more"""
_INCLUDE_S = 3.0
"""seconds of the search for a plan with one more department"""


def left_out(
    question: Question, plan: Plan, departments: Sequence[Department], *, prices: bool
) -> tuple[LeftOut, ...]:
    """Return who gets nothing of a plan: first those with more than expected, then the three with
    most demand; with ``prices`` what it costs to include each of the first."""
    nothing = unserved(departments)
    above = [one for one in nothing if one.verdict == Verdict.ABOVE]
    others = [one for one in nothing if one not in above][:MOST_LEFT_OUT]

    def out(one: Department) -> LeftOut:
        included = None
        if prices and one in above:
            included = _included(question, plan, one.department_ubigeo)
        return LeftOut(
            department_ubigeo=one.department_ubigeo,
            name=one.name,
            demand=one.demand,
            reported_count=one.reported_count,
            verdict=one.verdict,
            cost_to_include=None if included is None else included.cost,
            gives_up=() if included is None else included.gives_up,
            takes=() if included is None else included.takes,
        )

    return tuple(map(out, [*above, *others]))


def unserved(departments: Sequence[Department]) -> list[Department]:
    """Return the departments that get nothing of a plan, those with most demand first."""
    nothing = [one for one in departments if one.share < NOTHING and one.missed > 0]
    return sorted(nothing, key=lambda one: (-round(one.demand, 6), one.department_ubigeo))


@dataclass(frozen=True, slots=True)
class _Included:
    cost: float
    gives_up: tuple[str, ...]
    takes: tuple[str, ...]


def _included(question: Question, plan: Plan, code: str) -> _Included | None:
    """Return what a plan with a site in one more department covers less, and whose site it takes;
    None where there is no such plan."""
    request, problem, sites = question.request, question.problem, question.sites
    groups = (*problem.groups_with_site, code)
    if len(groups) > sites or not (problem.is_allowed & (problem.site_group == code)).any():
        return None
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
        return None
    candidates, demand = question.candidates, problem.demand
    total = float(demand.sum())
    was, now = plan.evaluation, other.evaluation
    gone = [j for j in plan.sites if j not in other.sites]
    kept = evaluate(problem, list(other.sites)).served
    load, still = plan.load(problem), (plan.assigned * (demand * kept)[:, None]).sum(axis=0)
    lost = [
        j for k, j in enumerate(plan.sites) if j in gone and still[k] < (1 - _LOST) * load[k] + 1e-9
    ]
    new = [j for j in other.sites if j not in plan.sites]
    return _Included(
        cost=max(total * (was.coverage_share - now.coverage_share), 0.0),
        gives_up=tuple(candidates.code[lost].tolist()),
        takes=tuple(candidates.name[new].tolist()),
    )
