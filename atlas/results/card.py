"""Write the parts of a card, a function for each (briefs use them too), and its chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from atlas.results.courses import Course, judged_by
from atlas.results.coverage_dates import registry_name
from atlas.results.figures import card_sentence, how_sure, ranks_text
from atlas.results.help_places import help_line
from atlas.results.matrix import agreement_sentence, yearly_registries
from atlas.results.province import province, province_context
from atlas.results.quotes import quote_count, quote_victims
from atlas.results.regions import touches
from atlas.results.sentences import (
    figures_source,
    illegality_figures,
    illegality_span,
    mining_context,
    mining_years,
    unit_text,
    where_counted,
)
from atlas.results.series import COLORS, svg_address
from atlas.results.story import AreaStory, CountryStory
from atlas.results.trends import trend_missed, trend_sentences
from atlas.view import BASES, LEVELS, level_of
from atlas.words import Words
from data.geography import mining_by_area
from data.periods import MAIN, REGISTRIES, Period, default_period, find_period, periods_of
from geo.change import ChangeVerdict
from geo.excess import Verdict


def reported_now(story: AreaStory, say: Words) -> str:
    """Say the count of each registry's newest settled period, and later months not yet complete."""
    figures = [
        say(
            f"card.answer.figure.{course.registry.code}",
            count=say.number(course.newest.count),
            unit=unit_text(course.registry.unit, course.newest.count, say),
            period=_with_late(course, say),
        )
        for course in story.courses
    ]
    return say("card.reported", name=story.figures.name, figures=say.list(figures))


def than_elsewhere(story: AreaStory, say: Words) -> str:
    """Compare the newest settled period of each registry with the country, naming the base."""
    by = {code: f" ({say(f'base.{code}')})" for code in BASES} if story.base != BASES[0] else {}
    who: dict[str, list[str]] = {}
    for course in story.courses:
        base = by.get(judged_by(course.newest.period, story.base), "")
        registry = say(f"card.elsewhere.by.{course.registry.code}")
        who.setdefault(course.newest.verdict, []).append(f"{registry}{base}")
    name = story.figures.name
    return " ".join(
        say(f"card.elsewhere.{verdict}", name=name, who=say.list(registries))
        for verdict, registries in who.items()
    )


def _with_late(course: Course, say: Words) -> str:
    """Write the newest period of a course, with later incomplete months."""
    period, late = course.newest.year(say), course.late
    if late is None:
        return period
    return say("card.answer.late", period=period, late=late.year(say), count=say.number(late.count))


def older_sentences(story: AreaStory, say: Words) -> list[str]:
    """Say the verdict of a registry's newest full year if a newer period has another."""
    return [
        say(
            "card.older",
            year=course.full.year(say),
            registry=say(f"registry.{course.registry.code}"),
            verdict=say(f"verdict.{course.full.verdict}"),
        )
        for course in story.courses
        if course.full.verdict != course.newest.verdict
    ]


def rise_or_fall(story: AreaStory, say: Words) -> list[str]:
    """Say whether the area's own reports rise or fall, then from how many to how many.

    Those of a province are too few to be tested; it has the counts of its newest full year and
    of an earlier one.
    """
    if story.level == LEVELS[0]:
        return trend_sentences(story.area, say)
    counts = [
        say(
            "trend.counts",
            registry=say(f"registry.{change.course.registry.code}"),
            first=say.number(change.before.count),
            last=say.number(change.after.count),
            before=change.before.year(say),
            after=change.after.year(say),
        )
        for change in story.changes
    ]
    return [say("trend.province", name=story.figures.name), *counts]


def missed_rise(story: AreaStory, say: Words) -> str:
    """Say how often a doubling of the area's own reports would be missed; of a province nothing."""
    return trend_missed(story.area, say) if story.level == LEVELS[0] else ""


def quotes(story: AreaStory | CountryStory, say: Words) -> list[str]:
    """The newest count of each registry of an area or the country as a sentence to quote."""
    if isinstance(story, CountryStory):
        periods = (default_period(registry.code) for registry in yearly_registries())
        return [quote_count(None, period, say) for period in periods]
    return [quote_count(story.area, course.newest.period, say) for course in story.courses]


def victims_quote(say: Words) -> str:
    """Answer how many victims the country had in the newest full year of any registry."""
    periods = (period for registry in yearly_registries() for period in periods_of(registry))
    full = (period for period in periods if not (period.is_part_year or period.is_pooled))
    return quote_victims(max(period.years[-1] for period in full), say)


def unlike_the_country(story: AreaStory, say: Words) -> str:
    """Say the change against the country if it is clear, else ""."""
    told_apart = (ChangeVerdict.ROSE, ChangeVerdict.FELL)
    is_said = any(change.verdict in told_apart for change in story.changes)
    return change_sentence(story, say) if is_said else ""


def change_sentence(story: AreaStory, say: Words) -> str:
    """Say how each registry changed against the country until its newest full year."""
    parts: list[str] = []
    answers: set[str] = set()
    for change in story.changes:
        values = {
            "registry": say(f"registry.{change.course.registry.code}"),
            "before": say.number(change.before.count),
            "year_before": change.before.year(say),
            "after": say.number(change.after.count),
            "year": change.after.year(say),
        }
        if change.verdict is None:
            parts.append(say("card.change.counts", **values))
            continue
        is_again = change.verdict in answers and change.verdict == ChangeVerdict.UNREMARKABLE
        answer = say("card.change.neither" if is_again else f"focos.change.answer.{change.verdict}")
        parts.append(say("card.change", answer=answer, **values))
        answers.add(change.verdict)
    return f"{'; '.join(parts)}." if parts else ""


def margin_sentence(story: AreaStory, say: Words) -> str:
    """Say why a margin without 1 is no clear difference; empty for any other area."""
    wording = story.wording(say)
    return wording("card.margin.why") if story.figures.is_apart else ""


def large_figures(story: AreaStory, say: Words) -> list[tuple[str, str, str, str]]:
    """Return reports and, of an area that is compared, times the expected and rate.

    Each has its label, for a term what it means, and what follows the label.
    """
    wording, by = story.wording(say), "" if story.base == BASES[0] else f".{story.base}"
    figures = [(wording["count"], wording("card.figure.count"), "", "")]
    if not story.figures.is_tested:
        return figures  # a rate compares too
    means = f"{expected_sentence(story, say)} {say('measure.smr.help')}"
    label = wording(f"card.figure.ratio{by}")
    figures.append((wording["ratio"], label, means, wording("card.figure.margin")))
    return [*figures, (wording["rate"], say("card.rate"), say("measure.rate.help"), "")]


def expected_sentence(story: AreaStory, say: Words) -> str:
    """Say what "the expected" is."""
    return say(f"card.expected.{story.base}", name=story.figures.name)


def verdict_sentences(story: AreaStory, say: Words) -> list[str]:
    """Write verdict and ranks, what they depend on, and other years."""
    of = story.figures
    texts = [expected_sentence(story, say)] if of.is_tested else []
    texts.append(f"{card_sentence(of, say)} {ranks_text(of, say)}".strip())
    if story.level == LEVELS[0]:
        texts += [how_sure(of, say), agreement_sentence(story.area, say)]
    return texts


def context_sentences(story: AreaStory, say: Words) -> list[str]:
    """Say where a department's reports are counted and its mining, or the context of a province."""
    if story.level != LEVELS[0]:
        return province_context(province(story.area), say)
    where = where_counted(story.area, story.period, say)
    return [f"{where[:1].upper()}{where[1:]}.", mining_context(story.area, say)]


def department_line(story: AreaStory, say: Words) -> str:
    """Say the prosecutors' figure of a province, which is of its whole department.

    It is of the period of the province's own figures where the prosecutors have that, else newest.
    """
    period = find_period(REGISTRIES[MAIN], story.period.code) or default_period()
    return AreaStory(story.area[:2], period).wording(say)("brief.province.department")


def source_text(story: AreaStory, say: Words) -> str:
    """Name who counted, and whose the mining is."""
    figures = figures_source(story.figures.unit, story.base, say)
    return f"{figures} {say('card.mining_source')}"


def _months(period: Period, say: Words) -> str:
    """Months of a part of a year without the year, and nothing of a whole one."""
    name = say(f"period.{period.code}.short")
    return name.replace(period.start[:4], "").strip() if period.is_part_year else ""


WIDE, TALL, EDGE = 414.0, 124.0, 18.0
"""of the chart: its width, the height of one registry, from the border to the first year."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The years of an area as a picture."""

    image: str
    """address"""
    label: str
    """the figures, for who does not see it"""
    signs: list[str]
    """verdicts that occur, and "part", for the legend"""


def years_chart(story: AreaStory, say: Words, theme: str) -> Chart:
    """Draw the years of each registry of an area on common years, each on its own scale."""
    courses = story.courses
    every = [int(dot.period.start[:4]) for course in courses for dot in course.dots]
    span = range(min(every), max(every) + 1)
    panels = [_panel(course, number, span, say) for number, course in enumerate(courses)]
    signs = {dot.kind for panel in panels for dot in panel.dots}
    signs |= {"part" for panel in panels for dot in panel.dots if dot.is_part}
    picture = svg_address(
        "card_chart",
        say,
        panels=panels,
        years=[(_across(year, span), year) for year in span],
        tall=TALL * len(panels),
        colors=COLORS[theme],
    )
    order = (*(str(verdict) for verdict in Verdict), "part")
    spoken = " ".join(_spoken(course, say) for course in courses)
    return Chart(picture, spoken, [sign for sign in order if sign in signs])


@dataclass(frozen=True, slots=True)
class PanelDot:
    """A year of a registry where it is drawn; ``kind`` is its verdict."""

    x: float
    y: float
    year: int
    count: str
    kind: str
    is_part: bool
    months: str
    """of a part of a year"""


@dataclass(frozen=True, slots=True)
class Panel:
    """The years of a registry; lengths are of the picture, from its top."""

    top: float
    foot: float
    registry: str
    unit: str
    dots: list[PanelDot]
    paths: list[tuple[str, bool]]
    """lines between years that follow each other, and whether they end in a part of a year"""
    gaps: list[float]
    """where a year has no figure, from the left"""


def _panel(course: Course, number: int, span: range, say: Words) -> Panel:
    top, most = TALL * number, max(1, *(dot.count for dot in course.dots))
    foot = top + TALL - 32  # below it the years, and the months of a part of one
    dots = [
        PanelDot(
            x=_across(int(dot.period.start[:4]), span),
            y=foot - 10 - (foot - top - 51) * dot.count / most,
            year=int(dot.period.start[:4]),
            count=say.number(dot.count),
            kind=dot.verdict,
            is_part=dot.period.is_part_year,
            months=_months(dot.period, say),
        )
        for dot in course.dots
    ]
    known = {dot.year for dot in dots}
    return Panel(
        top=top,
        foot=foot,
        registry=registry_name(course.registry.code, say),
        unit=_short_unit(course, say),
        dots=dots,
        paths=[
            (f"M{left.x:.1f} {left.y:.1f}L{right.x:.1f} {right.y:.1f}", right.is_part)
            for left, right in pairwise(dots)
            if right.year == left.year + 1
        ],
        gaps=[_across(year, span) for year in range(min(known), max(known)) if year not in known],
    )


def _across(year: int, span: range) -> float:
    return EDGE + (WIDE - 2 * EDGE) * (year - span[0]) / max(1, len(span) - 1)


def _spoken(course: Course, say: Words) -> str:
    points: Iterable[str] = (
        f"{dot.year(say)} {say.number(dot.count)} ({say(f'verdict.{dot.verdict}')})"
        for dot in course.dots
    )
    name = registry_name(course.registry.code, say)
    return f"{name}, {_short_unit(course, say)}: {'; '.join(points)}."


def _short_unit(course: Course, say: Words) -> str:
    """Write the unit of a registry, to follow its name."""
    return say(f"unit.{course.registry.unit}.plural_short").lower()


def mining_line(story: AreaStory, say: Words) -> tuple[str, str]:
    """Say the mined hectares of an area in a line, and whose figure it is in another."""
    area = story.area
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


def fact_lines(story: AreaStory, say: Words) -> dict[str, tuple[str, str]]:
    """Return mining and help with their sources; ``card.line.KIND`` names each."""
    return {"mining": mining_line(story, say), "aid": help_line(story.area, say)}
