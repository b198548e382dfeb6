"""Why a site is in a plan, in numbers: what it adds, where, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maps.siting import OutreachPlan
from maps.siting_places import places

SURE, LIKELY = 0.8, 0.5
"""shares of the resamples from which a site counts as sure, and as likely."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What a site does that no site before it does."""

    is_must: bool
    """somebody asked for it."""
    places_added: int
    """places that it brings within reach."""
    share_added: float
    """share (0 to 1) of the demand."""
    department: str
    """where most of that demand is."""
    department_share: float
    """share (0 to 1) of what it adds that lies there."""
    surety: str
    """sure, area (a neighbour would do as well), likely, unsure, or empty where not computed."""


def reasons(answer: OutreachPlan) -> tuple[Reason, ...]:
    """One reason per site, in the order of opening."""
    here, problem, plan = places(), answer.question.problem, answer.plan
    covers, demand = problem.covers, problem.demand
    covered = problem.is_covered_already.copy()
    found = []
    for number, site in enumerate(plan.sites):
        new = covers[:, site] & ~covered & (demand > 0)
        covered |= covers[:, site]
        names, at = np.unique(here.department[new], return_inverse=True)
        parts = np.bincount(at, weights=demand[new], minlength=len(names))
        top = int(parts.argmax()) if len(parts) else -1
        found.append(
            Reason(
                is_must=site in problem.must,
                places_added=int(new.sum()),
                share_added=plan.added_share[number],
                department=str(names[top]) if top >= 0 else "",
                department_share=float(parts[top] / parts.sum()) if top >= 0 else 0.0,
                surety=_surety(answer, number),
            )
        )
    return tuple(found)


def _surety(answer: OutreachPlan, number: int) -> str:
    if answer.stability is None:
        return ""
    chosen = answer.stability.chosen_share[number]
    if chosen >= SURE:
        return "sure"
    if answer.stability.near_share[number] >= SURE:
        return "area"
    return "likely" if chosen >= LIKELY else "unsure"
