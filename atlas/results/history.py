"""A department year by year in every registry, and its change between two periods."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from atlas.results.figures import Figures, figures_for
from atlas.results.regions import bases_of
from atlas.results.sentences import (
    compared_text,
    end_text,
    figures_source,
    margin_span,
    period_name,
    ratio_text,
)
from atlas.results.years import DepartmentChange, changes_between
from atlas.view import BASES, LEVELS, area_view, is_counted, level_of
from atlas.words import Words
from data.comparing import comparable_with
from data.periods import REGISTRIES, Period, Registry, periods_of
from geo.change import ChangeVerdict

_ENDS = (5, 10, 20, 50)
"""An axis runs from one over this to this, the least that holds a registry's margins."""
_LEAST = 1e-6
"""stands for no report where a ratio is drawn"""


def years_of(area: str, base: str) -> Iterator[tuple[Registry, list[Figures]]]:
    """Yield each registry with an area's figures in each of its years (not the pooled ones).

    For a province (a code of four digits) only the registries that publish by province. A registry
    without the base is shown by residents. Police figures always use residents.
    """
    level = level_of(area)
    # registries that still count come first, as on the timeline
    for registry in sorted(REGISTRIES.values(), key=lambda registry: registry.step == "window"):
        rows = []
        has_base = any(base in bases_of(period) for period in periods_of(registry))
        for period in periods_of(registry):
            if period.is_pooled or not is_counted(level, period):
                continue
            bases = bases_of(period.at(level))
            if base not in bases and has_base:
                continue
            shown_base = base if base in bases else BASES[0]
            rows.append(figures_for(period.at(level), shown_base)[area])
        if rows:
            yield registry, rows


@dataclass(frozen=True, slots=True)
class OnAxis:
    """A ratio and its margin in words, and as places on an axis, 0 to 100."""

    text: str
    span: str
    """the margin; empty without a ratio"""
    places: tuple[float, float, float] | None = None
    """of low end, ratio and high end; None without a ratio"""
    cut: str = ""
    """ends that lie beyond the axis: "cut-low", "cut-high" """


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of an area in a period in words, for a table with an axis."""

    name: str
    link: str
    is_chosen: bool
    count: str
    rate: str
    """empty in a table without rates"""
    interval: str
    """for who does not see the axis"""
    verdict: str
    conclusion: str
    """the verdict in words, with its reason"""
    reason: str
    axis: OnAxis

    @classmethod
    def of(
        cls, figures: Figures, end: float, say: Words, *, name: str, is_chosen: bool, rate: str = ""
    ) -> Line:
        """Write figures beside an axis from 1/end to end; the link is the card of that period."""
        period, wording = figures.period.at(LEVELS[0]), figures.wording(say)
        view = area_view(figures.code, period, figures.base, say)
        return cls(
            name=name,
            link=f"?{urlencode(view.link())}",
            is_chosen=is_chosen,
            count=wording["count"],
            rate=rate,
            interval=wording["interval"],
            verdict=str(figures.verdict),
            conclusion=wording["conclusion"],
            reason=wording["reason"],
            axis=on_axis(figures, end, say),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of a registry on one axis."""

    code: str
    registry: str
    unit: str
    source: str
    base: str
    ticks: list[tuple[str, float]]
    lines: list[Line]


def history(area: str, base: str, chosen: Period, say: Words) -> list[Block]:
    """Return a table for each registry: count, ratio, interval and verdict of each year."""
    blocks = []
    for registry, rows in years_of(area, base):
        end, shown_base = axis_end(rows), rows[0].base
        lines = [
            Line.of(
                of,
                end,
                say,
                name=period_name(of.period, say),
                is_chosen=of.period.at(LEVELS[0]) == chosen,
            )
            for of in rows
        ]
        blocks.append(
            Block(
                code=registry.code,
                registry=say(f"registry.{registry.code}"),
                unit=say(f"unit.{registry.unit}.plural"),
                source=figures_source(registry.unit, shown_base, say),
                base=say(f"base.{shown_base}"),
                ticks=axis(end),
                lines=lines,
            )
        )
    return blocks


def changes_of(department: str, chosen: Period) -> list[DepartmentChange]:
    """Return a department's change between a period and each comparable one."""
    pairs = (
        sorted((chosen, other), key=lambda period: period.start)
        for other in comparable_with(chosen)
    )
    return [changes_between(before, after)[department] for before, after in pairs]


def not_compared_note(registry: str, say: Words) -> str:
    """Say which part of a year is not compared, why, and which question to ask instead."""
    parts = [
        period
        for period in periods_of(REGISTRIES[registry])
        if period.is_part_year and not comparable_with(period)
    ]
    if not parts:
        return ""
    name = say(f"period.{parts[-1].code}")
    if not parts[-1].bears_a_trend:
        return say("change.part.late", period=name)
    monthly = next(other for other in REGISTRIES.values() if other.step == "month")
    last = max(period.code for period in periods_of(monthly) if period.bears_a_trend)
    return say(
        "change.part.months", period=name, other=say(f"registry.{monthly.code}"), last=last[:4]
    )


_ANSWERS = {
    "rose": "focos.change.answer.rose",
    "fell": "focos.change.answer.fell",
    "unremarkable": "focos.change.answer.unremarkable",
    "untestable": "focos.change.answer.untestable",
}
"""keys of the answer by verdict"""


def change_answer(changes: Sequence[DepartmentChange], say: Words) -> str:
    """Say in one line how a department changed between pairs of periods.

    The counts come first, and pairs with the same answer stand together.
    """
    spans: dict[str, list[str]] = {}
    for of in changes:
        names = [period_name(period, say).removesuffix(" ⚑") for period in (of.before, of.after)]
        span = say("focos.change.answer.span", before=names[0], after=names[1])
        counts = [of.count_before, of.count_after]
        if not any(map(math.isnan, counts)):
            first, last = map(say.number, counts)
            span = say("focos.change.answer.counts", span=span, first=first, last=last)
        spans.setdefault(str(of.verdict), []).append(span)
    parts = (
        say("focos.change.answer.years", years=say.list(spans[verdict]), answer=say(key))
        for verdict, key in _ANSWERS.items()
        if verdict in spans
    )
    return say("focos.change.answer", name=changes[0].name, parts="; ".join(parts))


def change_sentence(table: pd.DataFrame, say: Words) -> str:
    """Name who rose and who fell between two periods (``change_for``)."""
    sentences = []
    for verdict in ("rose", "fell"):
        names = list(table.loc[table["verdict"] == verdict, "department"])
        if names:
            sentences.append(say(f"focos.change.{verdict}", names=say.list(names)))
    one_year = ".one" if table["years_apart"].iloc[0] == 1 else ""
    rest = f"focos.change.{'others' if sentences else 'nobody'}{one_year}"
    return " ".join([*sentences, say(rest, years=years_apart(table, say))])


def change_example(table: pd.DataFrame, department: str | None, say: Words) -> str:
    """Explain the ratios of ``change_for`` by one department: the chosen one, else the first."""
    known = table[np.isfinite(table["ratio"]) & (table["ratio"] > 0)]
    chosen = known[known["department_ubigeo"] == department]
    row = (known if chosen.empty else chosen).iloc[0]
    return say(
        "focos.change.example",
        name=row["department"],
        first=say.number(row["reported_count_before"]),
        last=say.number(row["reported_count_after"]),
        own=say.number(row["ratio"] * row["country"], 2),
        country=say.number(row["country"], 2),
        ratio=ratio_text(row["ratio"], say),
    )


def years_apart(table: pd.DataFrame, say: Words) -> str:
    years = float(table["years_apart"].iloc[0])
    return say.number(years, 0 if years.is_integer() else 1)


def change_verdict(of: DepartmentChange, say: Words) -> str:
    """Write the verdict on a change, with a reason where its margin seems to contradict it."""
    verdict = say(f"focos.change.verdict.{of.verdict}")
    if of.verdict != ChangeVerdict.UNREMARKABLE or of.low <= 1 <= of.high:
        return verdict
    reason = say("verdict.reason.many", among=compared_text(of.compared, say))
    return f"{verdict} ({reason})"


def change_said(of: DepartmentChange, say: Words) -> str:
    """Write a change and its interval in words, for a reader who does not see the axis."""
    if math.isnan(of.ratio):
        return ""
    low, ratio, high = (end_text(end, say) for end in (of.low, of.ratio, of.high))
    return say("focos.change.said", ratio=ratio, low=low, high=high)


def interval_texts(of: Figures | DepartmentChange, say: Words) -> tuple[str, str]:
    """Write a ratio, and its margin; the margin is empty without a ratio."""
    if math.isnan(of.ratio):
        return "–", ""
    text = say("focos.change.zero") if math.isinf(of.ratio) else end_text(of.ratio, say)
    return text, margin_span(of.low, of.high, say)


def on_axis(of: Figures | DepartmentChange, end: float, say: Words) -> OnAxis:
    """Write a ratio and its margin, and place them on an axis from 1/end to end."""
    text, span = interval_texts(of, say)
    if math.isnan(of.ratio):
        return OnAxis(text, span)
    return OnAxis(
        text=text,
        span=span,
        places=(place(of.low, end), place(of.ratio, end), place(of.high, end)),
        cut=" ".join(["cut-low"] * (of.low < 1 / end) + ["cut-high"] * (of.high > end)),
    )


def axis(end: float, ratios: Sequence[float] = ()) -> list[tuple[str, float]]:
    """Return ticks of an axis and their places: of given ratios, or of 1 and both ends."""
    return [(f"{ratio:g}", place(ratio, end)) for ratio in ratios or (1 / end, 1.0, end)]


def place(ratio: float, end: float) -> float:
    """Return the place of a ratio on a logarithmic axis from 1/end to end, 0 to 100.

    >>> place(1, 8), place(64, 8), place(0, 8)
    (50.0, 100.0, 0.0)
    """
    share = math.log(max(ratio, _LEAST)) / math.log(end)
    return 50.0 * (1 + min(max(share, -1.0), 1.0))


def axis_end(rows: Iterable[Figures], *, with_margins: bool = True) -> float:
    """Return the smallest end of an axis that holds the ratios of all rows, and their margins."""
    ratios = [
        ratio
        for of in rows
        for ratio in ((of.low, of.ratio, of.high) if with_margins else (of.ratio,))
        if 0 < ratio < math.inf
    ]
    most = max((max(ratio, 1 / ratio) for ratio in ratios), default=1.0)
    return float(next((end for end in _ENDS if end >= most), _ENDS[-1]))
