"""Compared departments by year, drawn as SVG."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from atlas.html import render
from atlas.results.coverage_dates import registry_name
from atlas.results.history import MARGIN, axis, axis_end, place, years_of
from atlas.results.sentences import period_name, ratio_text
from atlas.view import BASES
from atlas.words import Words
from data.periods import (
    Period,
)
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
    by_registry: dict[str, list[tuple[Period, Any]]] = {}
    for department in departments:
        for registry, rows in years_of(department, BASES[0]):
            if len(rows) > 1:
                by_registry.setdefault(registry.code, []).extend(rows)
    every = [row for rows in by_registry.values() for row in rows]
    end = axis_end(every, MARGIN[1:2] * 3)
    # beyond tens the end is no figure that anybody reads
    ticks = axis(end, (0.1, 1.0, 10.0) if end > 10 else (1 / end, 1.0, end))
    # a logarithm has no 0: years without reports stand below the axis, in every chart alike
    has_zero = any(row["smr"] == 0 for _, row in every)
    foot = TALL - FOOT - (ZERO if has_zero else 0)
    years = sorted({int(period.start[:4]) for period, _ in every})
    span = range(years[0], years[-1] + 1)
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
    rows: Sequence[tuple[Period, Any]],
    lines: Sequence[dict[str, Any]],
    say: Words,
    *,
    is_first: bool,
    has_zero: bool,
) -> list[str]:
    """Explain the marks, under the first chart, and name departments without a line."""
    drawn = {line["name"] for line in lines}
    missing = dict.fromkeys(str(row["department"]) for _, row in rows)
    names = [name for name in missing if name not in drawn]
    text = say("series.compared.missing", names=say.list(names)) if names else ""
    keys = [say("series.compared.keys"), *([say("series.compared.zero")] if has_zero else [])]
    return [*(keys if is_first else []), *([text] if text else [])]


def _line_text(line: dict[str, Any], say: Words) -> str:
    """The figures of a line, for who does not see the chart."""
    points = (
        f"{period_name(point['period'], say)} {ratio_text(point['ratio'], say)}"
        for point in line["points"]
    )
    return say("series.compared.line", name=line["name"], ratios="; ".join(points))


LEFT, RIGHT, TALL, LABEL = 28.0, 250.0, 150.0, 11.0
"""of a chart of compared departments: where its years begin and end, its height, between labels"""
ZERO = 16.0
"""from the foot of its axis down to the years without reports"""


def _across(year: int, span: range) -> float:
    return LEFT + 8 + (RIGHT - LEFT - 16) * (year - span[0]) / max(1, len(span) - 1)


def _height(share: float, foot: float) -> float:
    """Return the height of a share of the axis (0 to 100) that ends at ``foot``, from the top."""
    return foot - (foot - HEAD) * share / 100


def compared_lines(
    rows: Sequence[tuple[Period, Any]], end: float, span: range, *, foot: float = TALL - FOOT
) -> list[dict[str, Any]]:
    """A line a department: its points, the paths between years that follow, its label's height.

    ``rows`` are a period and the department's results in it, ``end`` the end of the axis, ``foot``
    its lower edge. A year without a ratio, or with 0 reports, breaks the line; a department without
    any ratio has none, and the others keep their order, by which they are coloured.
    """
    lines: dict[str, dict[str, Any]] = {}
    for period, row in rows:
        line = lines.setdefault(str(row["department"]), {"name": row["department"], "points": []})
        if np.isnan(row["smr"]):
            continue
        line["points"].append(
            {
                "x": _across(int(period.start[:4]), span),
                "y": _height(place(row["smr"], end), foot) if row["smr"] else TALL - FOOT,
                "year": int(period.start[:4]),
                "period": period,
                "ratio": float(row["smr"]),
                "is_clear": row["verdict"] in (Verdict.ABOVE, Verdict.BELOW),
                "is_part": period.is_part_year,
            }
        )
    for order, line in enumerate(lines.values()):
        line["order"] = order
    drawn = [line for line in lines.values() if line["points"]]
    for line in drawn:
        path, before = "", None
        for point in line["points"]:
            if not point["ratio"]:
                before = None
                continue
            move = "L" if before == point["year"] - 1 else "M"
            path, before = f"{path}{move}{point['x']:.1f} {point['y']:.1f}", point["year"]
        line["path"] = path
    below = HEAD - LABEL
    for line in sorted(drawn, key=lambda line: float(line["points"][-1]["y"])):
        below = line["label"] = max(line["points"][-1]["y"], below + LABEL)
    above = foot + LABEL
    for line in sorted(drawn, key=lambda line: -float(line["label"])):
        above = line["label"] = min(line["label"], above - LABEL)
    return drawn
