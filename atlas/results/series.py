"""Compared departments by year, drawn as SVG."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from atlas.html import render
from atlas.results.coverage_dates import registry_name
from atlas.results.figures import Figures
from atlas.results.history import axis, axis_end, place, years_of
from atlas.results.sentences import period_name, ratio_text
from atlas.view import BASES
from atlas.words import Words
from data.periods import Period
from geo.excess import Verdict

FOOT, HEAD = 14.0, 11.0
"""of a chart, where years and the highest figures stand"""
COLORS = {
    "light": {"ink": "#1f1d1b", "soft": "#67635d", "accent": "#6d2459"} | {"ground": "#ffffff"},
    "dark": {"ink": "#eeebe6", "soft": "#b5b0a8", "accent": "#d58cc0"} | {"ground": "#1a1816"},
}
"""colours of page.css, which an SVG image cannot read, by theme"""
LINES = {
    "light": ("#1f6f8b", "#8a5a00", "#4a5568", "#2f7d3b", "#b5411f", "#4450b8", "#6b7000"),
    "dark": ("#6cb8d2", "#d9a84e", "#aeb9c9", "#7cc47f", "#f08a5d", "#9fa8f0", "#c6cc5c"),
}
"""colours of compared lines after the first, by theme; a department has seven neighbours at most"""
DASHES = ("none", "5 2", "1.5 2")
"""of compared lines, by threes"""


def svg_address(template: str, say: Words, **values: Any) -> str:
    """An SVG as the address of an image: in the page's HTML no SVG is let through."""
    picture = base64.b64encode(render(template, say, **values).encode()).decode()
    return f"data:image/svg+xml;base64,{picture}"


def compared_charts(departments: Sequence[str], say: Words, theme: str) -> dict[str, Markup]:
    """Times the expected of departments (codes, the chosen first) by year, by registry's code.

    All charts have the same years and the same logarithmic axis, so that heights compare; a
    registry of a single year has none.
    """
    by_registry: dict[str, list[Figures]] = {}
    for department in departments:
        for registry, rows in years_of(department, BASES[0]):
            if len(rows) > 1:
                by_registry.setdefault(registry.code, []).extend(rows)
    every = [of for rows in by_registry.values() for of in rows]
    end = axis_end(every, with_margins=False)
    # beyond tens the end is no figure that anybody reads
    ticks = axis(end, (0.1, 1.0, 10.0) if end > 10 else (1 / end, 1.0, end))
    # a logarithm has no 0: years without reports stand below the axis, in every chart alike
    has_zero = any(of.ratio == 0 for of in every)
    foot = TALL - FOOT - (ZERO if has_zero else 0)
    years = [_year(of) for of in every]
    span = range(min(years), max(years) + 1)
    charts: dict[str, Markup] = {}
    for code, rows in by_registry.items():
        lines = compared_lines(rows, end, span, foot=foot)
        image = svg_address(
            "series_compared",
            say,
            lines=lines,
            ticks=[(text, _height(share, foot)) for text, share in ticks],
            zero=(foot, TALL - FOOT) if has_zero else None,
            years=[(_across(year, span), year) for year in span[::-2]],
            colors=COLORS[theme],
            line_colors=LINES[theme],
            dashes=DASHES,
        )
        course = {
            "image": image,
            "registry": registry_name(code, say),
            "title": say("series.compared.title"),
            "note": " ".join(_notes(rows, lines, say, is_first=not charts, has_zero=has_zero)),
            "said": " ".join(
                [say("series.compared.title"), *(_line_text(line, say) for line in lines)]
            ),
        }
        charts[code] = render("series", say, **course)
    return charts


def _notes(
    rows: Iterable[Figures],
    lines: Iterable[ComparedLine],
    say: Words,
    *,
    is_first: bool,
    has_zero: bool,
) -> list[str]:
    """Explain the marks, under the first chart, and name departments without a line."""
    drawn = {line.name for line in lines}
    names = list(dict.fromkeys(of.name for of in rows if of.name not in drawn))
    text = say("series.compared.missing", names=say.list(names)) if names else ""
    keys = [say("series.compared.keys"), *([say("series.compared.zero")] if has_zero else [])]
    return [*(keys if is_first else []), *([text] if text else [])]


def _line_text(line: ComparedLine, say: Words) -> str:
    """The figures of a line, for who does not see the chart."""
    points = (
        f"{period_name(point.period, say)} {ratio_text(point.ratio, say)}" for point in line.points
    )
    return say("series.compared.line", name=line.name, ratios="; ".join(points))


LEFT, RIGHT, TALL, LABEL = 28.0, 250.0, 150.0, 11.0
"""of a chart of compared departments: where its years begin and end, its height, between labels"""
ZERO = 16.0
"""from the foot of its axis down to the years without reports"""


def _across(year: int, span: range) -> float:
    return LEFT + 8 + (RIGHT - LEFT - 16) * (year - span[0]) / max(1, len(span) - 1)


def _height(share: float, foot: float) -> float:
    """Return the height of a share of the axis (0 to 100) that ends at ``foot``, from the top."""
    return foot - (foot - HEAD) * share / 100


@dataclass(frozen=True, slots=True)
class Point:
    """Times the expected of a period, and where it is drawn."""

    x: float
    y: float
    period: Period
    ratio: float
    is_clear: bool
    """above or below"""


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A department's points, the paths between years that follow, its label's height."""

    name: str
    order: int
    """among all departments: its colour"""
    points: list[Point]
    path: str
    label: float


def compared_lines(
    rows: Iterable[Figures], end: float, span: range, *, foot: float = TALL - FOOT
) -> list[ComparedLine]:
    """Draw a line a department.

    ``end`` is the end of the axis, ``foot`` its lower edge. A year without a ratio, or with 0
    reports, breaks the line; a department without any ratio has none, and the others keep their
    order, by which they are coloured.
    """
    by_name: dict[str, list[Point]] = {}
    for of in rows:
        points = by_name.setdefault(of.name, [])
        if math.isnan(of.ratio):
            continue
        points.append(
            Point(
                x=_across(_year(of), span),
                y=_height(place(of.ratio, end), foot) if of.ratio else TALL - FOOT,
                period=of.period,
                ratio=of.ratio,
                is_clear=of.verdict in (Verdict.ABOVE, Verdict.BELOW),
            )
        )
    drawn = [(order, *line) for order, line in enumerate(by_name.items()) if line[1]]
    labels = _labels([points[-1].y for *_, points in drawn], foot)
    return [
        ComparedLine(name, order, points, _path(points), label)
        for (order, name, points), label in zip(drawn, labels, strict=True)
    ]


def _year(of: Figures | Point) -> int:
    return int(of.period.start[:4])


def _path(points: Sequence[Point]) -> str:
    path, before = "", None
    for point in points:
        if not point.ratio:
            before = None
            continue
        move = "L" if before == _year(point) - 1 else "M"
        path, before = f"{path}{move}{point.x:.1f} {point.y:.1f}", _year(point)
    return path


def _labels(heights: Sequence[float], foot: float) -> list[float]:
    """Set labels beside their lines' ends: LABEL apart at least, none below ``foot``."""
    labels, below, above = list(heights), HEAD - LABEL, foot + LABEL
    for at in sorted(range(len(labels)), key=labels.__getitem__):
        below = labels[at] = max(labels[at], below + LABEL)
    for at in sorted(range(len(labels)), key=lambda at: -labels[at]):
        above = labels[at] = min(labels[at], above - LABEL)
    return labels
