"""What a planner asks about a plan: more teams, the worst served, a site of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.siting_tradeoffs import CurvePoint, FrontPoint, WhyNot, coverage_curve, coverage_front
from geo.siting_tradeoffs import why_not as without_them
from maps.plan_outcome import Outcome
from maps.siting_places import places
from maps.siting_question import question_for
from maps.siting_request import OwnFiles, SitingRequest

CURVE_SITES = range(1, 21)
FRONT_STEPS = 4
FRONT_SECONDS = 6.0
"""of each exact search of the front: a page's patience; the gap says what that costs."""
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan loses and wins with one site forced in, by name."""

    name: str
    given_up: tuple[str, ...]
    taken: tuple[str, ...]
    """other sites that come in beside the forced one."""
    before: WhyNot
    departments: tuple[tuple[str, float], ...]
    """name and change of the demand covered; largest loss first."""


def curve_for(request: SitingRequest, own: OwnFiles, progress: Progress) -> tuple[CurvePoint, ...]:
    """The best coverage of 1 to 20 sites under the request's conditions."""
    problem = question_for(request, own).problem
    return coverage_curve(problem, counts=CURVE_SITES, time_limit_s=10.0, progress=progress)


def front_for(request: SitingRequest, own: OwnFiles, progress: Progress) -> tuple[FrontPoint, ...]:
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
    found = without_them(question.problem, outcome.plan, at)
    names = question.candidates.name
    here = places()
    by_code = dict(zip(here.department_ubigeo, here.department, strict=True))
    return Change(
        name=str(names[at]),
        given_up=tuple(str(names[j]) for j in found.given_up),
        taken=tuple(str(names[j]) for j in found.taken if j != at),
        before=found,
        departments=tuple((str(by_code.get(code, code)), value) for code, value in found.groups),
    )
