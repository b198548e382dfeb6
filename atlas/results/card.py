"""What a card says first: both registries in their newest years, what came before, and a chart.

Only the verdicts that the card shows are judged (``verdicts_of``); margins are left to its folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from atlas.results.cache import cached
from atlas.results.coverage_dates import registry_name
from atlas.results.matrix import common_periods, yearly_registries
from atlas.results.regions import bases_of, result_of, touches, verdicts_of
from atlas.results.sentences import illegality_figures, illegality_span, mining_years, unit_text
from atlas.results.series import COLORS, svg_address
from atlas.results.years import change_for
from atlas.view import BASES, LEVELS, is_counted, level_of
from atlas.words import Words
from data.comparing import comparable_with
from data.geography import mining_by_area
from data.periods import Period, Registry, periods_of
from data.reports import AREA_COLUMNS, load_region_counts
from geo.change import ChangeVerdict
from geo.excess import Verdict


@dataclass(frozen=True, slots=True)
class Dot:
    """One period of a registry in an area."""

    period: Period
    count: int
    verdict: str
    """by the base of its course, where the period has it."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a registry counts in an area: its years, oldest first."""

    registry: Registry
    dots: tuple[Dot, ...]

    @property
    def newest(self) -> Dot:
        """The newest settled period, as ``default_period``: what a headline is of."""
        return next((dot for dot in self.dots[::-1] if dot.period.is_settled), self.dots[-1])

    @property
    def full(self) -> Dot:
        """The newest full year; the newest period where there is no full year."""
        return next((dot for dot in self.dots[::-1] if not dot.period.is_part_year), self.dots[-1])

    @property
    def late(self) -> Dot | None:
        """What is known of the time after the newest period: too short, or still being recorded."""
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
    found = []
    for registry in yearly_registries():
        dots = []
        for period in periods_of(registry):
            if period.is_pooled or not is_counted(level, period):
                continue
            at_level = period.at(level)
            counts = load_region_counts(at_level).set_index(AREA_COLUMNS[level])["reported_count"]
            if pd.notna(counts[area]):
                verdict = verdicts_of(at_level)[area]
                if _base_of(period, base) != BASES[0]:
                    verdict = str(result_of(area, at_level, base)["verdict"])
                dots.append(Dot(period, int(counts[area]), verdict))
        if dots:
            found.append(Course(registry, tuple(dots)))
    return tuple(found)


def _base_of(period: Period, base: str) -> str:
    return base if base in bases_of(period) else BASES[0]


def first_sentence(area: str, say: Words, base: str = BASES[0]) -> str:
    """Say the newest settled period of each registry: reports, then the verdict, and by what it
    is; beside it what is recorded late."""
    courses = courses_of(area, base)
    newest = [course.newest for course in courses]
    figures = [
        say(
            f"card.answer.figure.{course.registry.code}",
            count=say.number(dot.count),
            unit=unit_text(course.registry.unit, dot.count, say),
            period=_with_late(course, say),
        )
        for course, dot in zip(courses, newest, strict=True)
    ]
    verdicts = {dot.verdict for dot in newest}
    if len(verdicts) > 1 or base != BASES[0]:
        by = {code: f" ({say(f'base.{code}')})" if base != BASES[0] else "" for code in BASES}
        said = "; ".join(
            f"{say(f'registry.{course.registry.code}')}, {say(f'verdict.{dot.verdict}')}"
            f"{by[_base_of(dot.period, base)]}"
            for course, dot in zip(courses, newest, strict=True)
        )
    else:
        verdict = say(f"verdict.{verdicts.pop()}")
        said = verdict if len(courses) == 1 else say("card.answer.both", verdict=verdict)
    return say("card.answer", figures=say.list(figures), verdicts=said)


def _with_late(course: Course, say: Words) -> str:
    """The newest period of a course, with what is recorded late after it."""
    period = _year(course.newest.period, say)
    if course.late is None:
        return period
    late = _year(course.late.period, say)
    return say("card.answer.late", period=period, late=late, count=say.number(course.late.count))


def second_sentence(area: str, say: Words, base: str = BASES[0]) -> str:
    """Say how each registry changed against the country until its newest full year, and the verdict
    of that year where a newer period has another."""
    parts: list[str] = []
    older: list[str] = []
    answers: set[str] = set()
    is_of_department = level_of(area) == LEVELS[0]
    for course in courses_of(area, base):
        before, newest = course.before, course.full
        if newest.verdict != course.newest.verdict:
            older.append(
                say(
                    "card.older",
                    year=_year(newest.period, say),
                    registry=say(f"registry.{course.registry.code}"),
                    verdict=say(f"verdict.{newest.verdict}"),
                )
            )
        if before is None:
            continue
        values = {
            "registry": say(f"registry.{course.registry.code}"),
            "before": say.number(before.count),
            "year_before": _year(before.period, say),
            "after": say.number(newest.count),
            "year": _year(newest.period, say),
        }
        if not is_of_department:  # a change is tested among departments alone
            parts.append(say("card.change.counts", **values))
            continue
        table = change_for(before.period, newest.period).set_index("department_ubigeo")
        verdict = str(table.loc[area, "verdict"])
        is_again = verdict in answers and verdict == ChangeVerdict.UNREMARKABLE
        answer = say("card.change.neither" if is_again else f"focos.change.answer.{verdict}")
        parts.append(say("card.change", answer=answer, **values))
        answers.add(verdict)
    return " ".join([*older, *([f"{'; '.join(parts)}."] if parts else [])])


def _months(period: Period, say: Words) -> str:
    """Months of a part of a year without the year, and nothing of a whole one."""
    name = say(f"period.{period.code}.short")
    return name.replace(period.start[:4], "").strip() if period.is_part_year else ""


def _year(period: Period, say: Words) -> str:
    return say(f"period.{period.code}.short") if period.is_part_year else str(period.years[-1])


WIDE, TALL, EDGE = 414.0, 96.0, 18.0
"""of the chart: its width, the height of one registry, from the border to the first year."""


def years_chart(area: str, say: Words, theme: str, base: str = BASES[0]) -> dict[str, Any]:
    """Draw the years of each registry of an area on common years, each on its own scale.

    ``image`` (an address), ``said`` (the figures, for who does not see it) and ``signs`` (the
    verdicts that occur, and "part") for the legend.
    """
    courses = courses_of(area, base)
    every = [int(dot.period.start[:4]) for course in courses for dot in course.dots]
    span = range(min(every), max(every) + 1)
    panels = [_panel(course, number, span, say) for number, course in enumerate(courses)]
    signs = [dot["kind"] for panel in panels for dot in panel["dots"]]
    signs += ["part"] if any(dot["is_part"] for panel in panels for dot in panel["dots"]) else []
    picture = svg_address(
        "card_chart",
        say,
        panels=panels,
        years=[(_across(year, span), year) for year in span],
        tall=TALL * len(panels) + 17,
        colors=COLORS[theme],
    )
    order = (*(str(verdict) for verdict in Verdict), "part")
    said = " ".join(_spoken(course, say) for course in courses)
    return {
        "image": picture,
        "said": said,
        "signs": [sign for sign in order if sign in signs],
    }


def _panel(course: Course, number: int, span: range, say: Words) -> dict[str, Any]:
    top, most = TALL * number, max(1, *(dot.count for dot in course.dots))
    dots = [
        {
            "x": _across(int(dot.period.start[:4]), span),
            "y": top + TALL - 16 - (TALL - 52) * dot.count / most,
            "year": int(dot.period.start[:4]),
            "count": say.number(dot.count),
            "kind": dot.verdict,
            "is_part": dot.period.is_part_year,
            "months": _months(dot.period, say),
        }
        for dot in course.dots
    ]
    known = {dot["year"] for dot in dots}
    return {
        "top": top,
        "foot": top + TALL - 6,
        "registry": registry_name(course.registry.code, say),
        "unit": _short_unit(course, say),
        "dots": dots,
        "paths": list(_steps(dots)),
        "gaps": [
            (_across(year, span), top + TALL - 34)
            for year in range(min(known), max(known))
            if year not in known
        ],
    }


def _steps(dots: Sequence[dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Lines between years that follow each other, and whether they end in a part of a year."""
    for one, two in pairwise(dots):
        if two["year"] == one["year"] + 1:
            path = f"M{one['x']:.1f} {one['y']:.1f}L{two['x']:.1f} {two['y']:.1f}"
            yield path, bool(two["is_part"])


def _across(year: int, span: range) -> float:
    return EDGE + (WIDE - 2 * EDGE) * (year - span[0]) / max(1, len(span) - 1)


def _spoken(course: Course, say: Words) -> str:
    points: Iterable[str] = (
        f"{_year(dot.period, say)} {say.number(dot.count)} ({say(f'verdict.{dot.verdict}')})"
        for dot in course.dots
    )
    name = registry_name(course.registry.code, say)
    return f"{name}, {_short_unit(course, say)}: {'; '.join(points)}."


def _short_unit(course: Course, say: Words) -> str:
    """What a registry counts, beside its name."""
    return say(f"unit.{course.registry.unit}.plural_short").lower()


def mining_line(area: str, say: Words) -> tuple[str, str]:
    """Say the mined hectares of an area in a line, and whose figure it is in another."""
    illegal = illegality_figures(area)
    if level_of(area) == LEVELS[0]:
        mined = touches(area).mined_ha
    else:
        by_area, _ = mining_by_area("provinces")
        mined = 0.0 if by_area is None else float(by_area.get(area, 0.0))
    if illegal is not None:
        ha, likely = float(illegal["mined_ha"]), float(illegal["likely_illegal_ha"])
        text = say("card.mining.short", ha=_hectares(ha, say), share=say.percent(likely / ha))
        return text, say("card.mining.short.source", span=illegality_span())
    if mined > 0:
        text = say("card.mining.short.unjudged", ha=_hectares(mined, say))
        return text, say("card.mining.short.unjudged.source", span=mining_years())
    return say("card.mining.short.none"), say("card.mining.short.none.source", span=mining_years())


def _hectares(value: float, say: Words) -> str:
    if value >= 10_000:
        return say("card.mining.thousands", ha=say.number(value / 1000))
    return say.number(value, 0 if value >= 10 else 1)
