"""Collect all facts of an area in one period: figures, registries, change, doubts, help.

Its figures are free of language, and ``atlas.results.figures`` writes them. An outlet (card, brief,
picture, public page …) takes an :class:`AreaStory`, chooses from it and lays out; none computes.
The parts are lazy: a card never waits for what only a brief says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from atlas.results.courses import Change, Course, changes_of_courses, courses_of
from atlas.results.figures import Figures, Wording, depends_text, figures_for
from atlas.results.province import province_period, who_counts
from atlas.results.regions import bases_of, mismatch_reason, results_for
from atlas.results.sentences import flag_lines
from atlas.view import BASES, LEVELS, View, level_of
from atlas.words import Words
from data.periods import Period
from geo.excess import Verdict

MISMATCH = "denominator_mismatch"


@dataclass(frozen=True)
class AreaStory:
    """A department or province in a period, by a base; each part is computed on demand."""

    area: str
    """INEI code of two digits or four"""
    period: Period
    """by department; :attr:`counted` is of the area's own level"""
    base: str = BASES[0]

    @classmethod
    def of_view(cls, view: View) -> AreaStory:
        """The story of a view's card: of a province in a period that has provinces."""
        if view.province is not None:
            return cls(view.province, province_period(view.period))
        return cls(str(view.department), view.period, view.base)

    @cached_property
    def level(self) -> str:
        """Level of the area: departments or provinces."""
        return level_of(self.area)

    @cached_property
    def counted(self) -> Period:
        """The period by the areas of the level."""
        return self.period.at(self.level)

    @cached_property
    def figures(self) -> Figures:
        """The area against the country, or against the other provinces."""
        return figures_for(self.counted, self.base)[self.area]

    def wording(self, say: Words) -> Wording:
        """The figures in words."""
        return self.figures.wording(say)

    def by(self, base: str) -> AreaStory | None:
        """Return the same area by another base; None if the period does not have it."""
        return replace(self, base=base) if base in bases_of(self.counted) else None

    def served(self, say: Words) -> list[str]:
        """Name the provinces that another department's offices count, for a department only."""
        return who_counts(self.area, self.period, say) if self.level == LEVELS[0] else []

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """Counts of each registry in the area, year by year."""
        return courses_of(self.area, self.base)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Change of each registry's newest full year from an earlier one."""
        return changes_of_courses(self.area, self.courses)

    def depends(self, say: Words) -> str:
        """Say the verdict by the other base if it differs; else empty."""
        return depends_text(self.figures, say)

    def all_cautions(self, say: Words) -> str:
        """Write who counts whom, cautions and the other base's verdict, for a cell of a file."""
        return " ".join(filter(None, (*self.served(say), *self.cautions(say), self.depends(say))))

    def cautions(self, say: Words, only: Iterable[str] | None = None) -> list[str]:
        """Return each caution once; see :func:`caution_lines`."""
        return caution_lines(self.figures, say, self.served(say), only)


def caution_lines(
    of: Figures, say: Words, served: Iterable[str] = (), only: Iterable[str] | None = None
) -> list[str]:
    """Explain an area's flags by one rule for every outlet, or ``only`` some of them.

    few_reports stands beside ratio and rate. denominator_mismatch stands beside rate and ratio with
    its reason, but for an area of which ``served`` says by name who counts whom.
    depends_on_denominator belongs to the verdict, and :func:`atlas.results.figures.depends_text`
    says it there.
    """
    by_name = bool(list(served))
    flags = [flag for flag in of.flags if only is None or flag in only]
    if by_name:
        flags = [flag for flag in flags if flag != MISMATCH]
    reason = "" if by_name else mismatch_reason(of.code, say.lang)
    return flag_lines(of.period, flags, say, area=of.code, reason=reason)


@dataclass(frozen=True)
class CountryStory:
    """The departments or provinces of a period, by a base."""

    period: Period
    """by department"""
    base: str = BASES[0]
    level: str = LEVELS[0]

    @cached_property
    def results(self) -> pd.DataFrame:
        """``atlas.results.regions.results_for`` the areas of the level."""
        return results_for(self.period.at(self.level), self.base)

    @cached_property
    def areas(self) -> tuple[Figures, ...]:
        """Every area in the order of the codes."""
        return tuple(figures_for(self.period.at(self.level), self.base).values())

    def area(self, code: str) -> Figures:
        """The area of an INEI code of the level."""
        return figures_for(self.period.at(self.level), self.base)[code]

    @cached_property
    def above(self) -> tuple[Figures, ...]:
        """The areas with more than expected, the highest ratio first."""
        above = (figures for figures in self.areas if figures.verdict == Verdict.ABOVE)
        return tuple(sorted(above, key=lambda figures: -figures.ratio))


def story_of(period: Period, base: str, department: str | None) -> AreaStory | CountryStory:
    """Return the story of a department; of the country where none is chosen."""
    return CountryStory(period, base) if department is None else AreaStory(department, period, base)
