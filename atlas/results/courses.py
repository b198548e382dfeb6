"""Emerging, persistent, fading: the course of each department over a registry's half-years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas.results.cache import cached
from data.periods import NOT_RANKED, REGISTRIES, steps_of
from data.reports import load_region_counts
from geo.errors import UserError
from geo.overdispersion import fit_overdispersion
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive
from geo.trend import MIN_STEPS, courses

STEP = "half"


def registries_with_courses() -> tuple[str, ...]:
    """Codes of the registries that count by months, so that their half-years are known."""
    return tuple(code for code, one in REGISTRIES.items() if one.step == "month")


def courses_for(registry: str) -> pd.DataFrame:
    """Course of the 25 departments of a registry, one row each, sorted by code.

    department_ubigeo, department, reported_count (of the known half-years), shares and hot (lists,
    one value a step: the share of the reports of all ranked departments, and whether the verdict of
    the half-year is above), tau, p_value, q_value, course (``geo.trend.Course``). ``attrs`` hold
    ``steps`` (codes of the half-years from the first whole one to the last, the unknown ones too),
    ``known`` (those of them that were tested) and ``kappa``. Half-years are tested with a kappa of
    their own, fitted to this table. Departments that are not ranked are in no total:
    their course is not_ranked. ParameterError for a registry without enough known half-years.
    """
    return _courses(registry).copy()


@cached
def _courses(registry: str) -> pd.DataFrame:
    if registry not in registries_with_courses():
        raise UserError(
            "courses.refusal.registry",
            registry=registry,
            allowed=", ".join(registries_with_courses()),
        )
    steps = [step for step in steps_of(REGISTRIES[registry], STEP) if not step.is_partial]
    known = [step.code for step in steps if step.is_known]
    if len(known) < MIN_STEPS:
        raise UserError("courses.refusal.few", registry=registry, count=len(known), least=MIN_STEPS)
    tables = [load_region_counts(code, registry) for code in known]
    ranked = np.all([table["is_ranked"] for table in tables], axis=0)
    counts = np.column_stack([table["reported_count"] for table in tables])
    people = np.column_stack([table["person_years"] for table in tables])
    fit = fit_overdispersion(counts[ranked], people[ranked])
    found = courses(counts[ranked], people[ranked], fit.kappas)
    at = np.full(len(ranked), -1)
    at[ranked] = np.arange(ranked.sum())

    def spread(values: np.ndarray) -> list[float]:
        return [float(values[place]) if place >= 0 else np.nan for place in at]

    frame = tables[-1][["department_ubigeo", "department", "unit", "registry"]].assign(
        reported_count=counts.sum(axis=1),
        shares=[found.share[place].tolist() if place >= 0 else [] for place in at],
        hot=[(found.verdict[place] == "above").tolist() if place >= 0 else [] for place in at],
        tau=spread(found.tau),
        p_value=spread(found.p_value),
        q_value=spread(found.q_value),
        course=[str(found.course[place]) if place >= 0 else NOT_RANKED for place in at],
    )
    frame = gate(derive(frame, *tables, name="courses"), "T1")
    frame.attrs |= {"steps": [step.code for step in steps], "known": known, "kappa": fit.kappa}
    return frame
