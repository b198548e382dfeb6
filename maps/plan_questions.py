"""What a planner asks about a plan: more teams, the worst served, a site of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.siting import (
    PlanFigures,
    coverage_curve,
    coverage_front,
    why_not,
)
from maps.plan_outcome import Outcome
from maps.siting_question import question_for
from maps.siting_request import OwnFiles, SitingRequest

CURVE_SITES = range(1, 21)
FRONT_STEPS = 4
FRONT_SECONDS = 6.0
"""of each exact search of the front: a page's patience; the gap says what that costs."""
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A plan beside the same with one site forced in."""

    name: str
    given_up: tuple[str, ...]
    taken: tuple[str, ...]
    """other sites that come in beside the forced one."""
    before: PlanFigures
    after: PlanFigures
    is_stopped: bool
    """a limit stopped the search for one of the two."""
    demand_lost: float
    """demand covered before and no longer."""
    demand_won: float
    """demand covered now and not before."""


def curve_for(request: SitingRequest, own: OwnFiles, progress: Progress) -> tuple[PlanFigures, ...]:
    """The best coverage of 1 to 20 sites under the request's conditions."""
    problem = question_for(request, own).problem
    return coverage_curve(problem, counts=CURVE_SITES, time_limit_s=10.0, progress=progress)


def front_for(request: SitingRequest, own: OwnFiles, progress: Progress) -> tuple[PlanFigures, ...]:
    """Coverage against the farthest place, with as many sites as the request has."""
    problem = replace(question_for(request, own).problem, capacity=None)
    return coverage_front(
        problem,
        request.sites or 1,
        steps=FRONT_STEPS,
        time_limit_s=FRONT_SECONDS,
        progress=progress,
    )


def change_for(outcome: Outcome, own: OwnFiles, code: str) -> Change:
    """Force a candidate into a plan and choose the others anew."""
    question = question_for(outcome.request, own)
    at = int(np.flatnonzero(question.candidates.code == code)[0])
    plan, other = outcome.plan, why_not(question.problem, outcome.plan, at)
    names = question.candidates.name
    change = question.problem.demand * (other.evaluation.served - plan.evaluation.served)
    return Change(
        name=str(names[at]),
        given_up=tuple(str(names[j]) for j in plan.sites if j not in other.sites),
        taken=tuple(str(names[j]) for j in other.sites if j not in plan.sites and j != at),
        before=PlanFigures.of(plan),
        after=PlanFigures.of(other),
        is_stopped=plan.is_stopped or other.is_stopped,
        demand_lost=float(-change[change < 0].sum()),
        demand_won=float(change[change > 0].sum()),
    )
