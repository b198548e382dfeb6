"""Return each registry's counts in an area, year by year, with the verdict on each.

Only verdicts are judged (``verdicts_of``): margins, which take most of the time, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from atlas.results.figures import figures_for
from atlas.results.matrix import common_periods, yearly_registries
from atlas.results.regions import bases_of, verdicts_of
from atlas.results.years import changes_between
from atlas.view import BASES, LEVELS, is_counted, level_of
from atlas.words import Words
from data.cache import cached
from data.comparing import comparable_with
from data.periods import Period, Registry, periods_of
from data.reports import AREA_COLUMNS, load_region_counts
from geo.change import ChangeVerdict


@dataclass(frozen=True, slots=True)
class Dot:
    """One period of a registry in an area."""

    period: Period
    count: int
    verdict: str
    """by the base of its course, where the period has it."""

    def year(self, say: Words) -> str:
        """The year, with the months of a part of one."""
        short = say(f"period.{self.period.code}.short")
        return short if self.period.is_part_year else str(self.period.years[-1])


@dataclass(frozen=True, slots=True)
class Course:
    """One registry's periods in an area, oldest first."""

    registry: Registry
    dots: tuple[Dot, ...]

    @property
    def newest(self) -> Dot:
        """The newest settled period, as ``default_period``: the one of headlines."""
        return next((dot for dot in self.dots[::-1] if dot.period.is_settled), self.dots[-1])

    @property
    def full(self) -> Dot:
        """The newest full year, or the newest period without a full year."""
        return next((dot for dot in self.dots[::-1] if not dot.period.is_part_year), self.dots[-1])

    @property
    def late(self) -> Dot | None:
        """The period after the newest one: too short, or still being recorded; else None."""
        last = self.dots[-1]
        return last if last is not self.newest else None

    @property
    def before(self) -> Dot | None:
        """The full year that the newest full one is compared with.

        A registry that goes on after the years that all registries have: the last of those years;
        else the first of them.
        """
        (first, last) = (common_periods()[0].years[end] for end in (0, -1))
        year = last if self.full.period.years[-1] > last else first
        comparable = {period.code for period in comparable_with(self.full.period)}
        return next(
            (
                dot
                for dot in self.dots
                if dot.period.years == (year,) and dot.period.code in comparable
            ),
            None,
        )


@cached
def courses_of(area: str, base: str = BASES[0]) -> tuple[Course, ...]:
    """Return the yearly registries that count at the level of an area (INEI code), with its years.

    The main registry first. A period without ``base`` is judged by residents.
    """
    level = level_of(area)
    courses = []
    for registry in yearly_registries():
        dots = []
        for period in periods_of(registry):
            if period.is_pooled or not is_counted(level, period):
                continue
            at_level = period.at(level)
            counts = load_region_counts(at_level).set_index(AREA_COLUMNS[level])["reported_count"]
            if pd.notna(counts[area]):
                verdict = verdicts_of(at_level)[area]
                if judged_by(period, base) != BASES[0]:
                    verdict = str(figures_for(at_level, base)[area].verdict)
                dots.append(Dot(period, int(counts[area]), verdict))
        if dots:
            courses.append(Course(registry, tuple(dots)))
    return tuple(courses)


def judged_by(period: Period, base: str) -> str:
    """Return the base that judges a period: the requested one if it has it, else residents."""
    return base if base in bases_of(period) else BASES[0]


@dataclass(frozen=True, slots=True)
class Change:
    """Change of a registry's newest full year from an earlier one, in an area."""

    course: Course
    before: Dot
    after: Dot
    verdict: ChangeVerdict | None
    """against the country; None of a province: a change is tested among departments alone."""


def changes_of_courses(area: str, courses: tuple[Course, ...]) -> tuple[Change, ...]:
    """Return the change of each course that has a comparable earlier year."""
    changes = []
    for course in courses:
        if course.before is None:
            continue
        verdict = None
        if level_of(area) == LEVELS[0]:
            verdict = changes_between(course.before.period, course.full.period)[area].verdict
        changes.append(Change(course, course.before, course.full, verdict))
    return tuple(changes)
