"""Courses drawn as SVG: of a department over the country's, of compared departments by year."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from atlas.html import render
from atlas.results.coverage_dates import registry_name
from atlas.results.history import MARGIN, axis, axis_end, place, years_of
from atlas.results.regions import department_name
from atlas.results.sentences import period_name, ratio_text
from atlas.view import BASES
from atlas.words import Words
from data.periods import (
    REGISTRIES,
    Period,
    span_months,
)
from data.reports import load_series
from geo.excess import Verdict

WIDTH, HEIGHT, FOOT, HEAD = 400.0, 88.0, 14.0, 11.0
"""of the view box; years stand in the foot, the highest figure in the head."""
COLORS = {
    "light": {"ink": "#1f1d1b", "soft": "#67635d", "bar": "#c2616c", "accent": "#6d2459"}
    | {"ground": "#ffffff"},
    "dark": {"ink": "#eeebe6", "soft": "#b5b0a8", "bar": "#d58c98", "accent": "#d58cc0"}
    | {"ground": "#1a1816"},
}
"""colours of page.css, which an SVG image cannot read, by theme"""
LINES = {
    "light": ("#1f6f8b", "#8a5a00", "#4a5568", "#2f7d3b", "#b5411f", "#4450b8", "#6b7000"),
    "dark": ("#6cb8d2", "#d9a84e", "#aeb9c9", "#7cc47f", "#f08a5d", "#9fa8f0", "#c6cc5c"),
}
"""colours of compared lines after the first, by theme; a department has seven neighbours at most"""
DASHES = ("none", "5 2", "1.5 2")
"""of compared lines, by threes"""
STEPS = {"year": "year", "month": "quarter"}
"""what a registry counts by -> step of its course: of months too many are empty"""


def series_html(department: str, chosen: Period, say: Words, theme: str) -> str:
    """Draw the courses of a department, one per registry; the chosen period is marked."""
    name = department_name(department)
    courses = []
    for code, registry in REGISTRIES.items():
        if registry.step not in STEPS:
            continue  # one figure has no course
        step, unit = STEPS[registry.step], say(f"unit.{registry.unit}.plural")
        steps = load_series(code, step, department)
        drawn = drawn_series(steps, load_series(code, step), (chosen.start, chosen.end))
        by_year = load_series(code, "year", department)
        counts = dict(zip(by_year["period"], by_year["reported_count"], strict=True))
        for gap in drawn["gaps"]:
            count = counts.get(gap["year"], np.nan)
            gap["lines"] = (
                [say("timeline.no_figure")]
                if np.isnan(count)
                else [say.number(count), say("series.whole_year")]
            )
        title, when = say(f"series.{step}", unit=unit), say(f"period.{drawn['most_in']}.short")
        courses.append(
            {
                "image": svg_address("series_course", say, one=drawn, colors=COLORS[theme]),
                "registry": registry_name(code, say),
                "title": title,
                "said": say(
                    "series.said", name=name, title=title, most=say.number(drawn["most"]), when=when
                ),
            }
        )
    return render("series", say, courses=courses, name=name)


def svg_address(template: str, say: Words, **values: Any) -> str:
    """An SVG as the address of an image: in the page's HTML no SVG is let through."""
    picture = base64.b64encode(render(template, say, **values).encode()).decode()
    return f"data:image/svg+xml;base64,{picture}"


def drawn_series(
    steps: pd.DataFrame, country: pd.DataFrame, chosen: tuple[str, str]
) -> dict[str, Any]:
    """Return paths and labels of a course; both frames have the same steps (load_series).

    The country's counts are multiplied by the department's share of all of them over the steps
    that are known: where the line runs above the bars, the department had less than its usual
    part. ``chosen`` are first and last month, YYYY-MM, of the period to be marked.
    """
    counts = steps["reported_count"].to_numpy(float)
    whole = country["reported_count"].to_numpy(float)
    has_count = ~np.isnan(counts) & ~np.isnan(whole)
    share = counts[has_count].sum() / max(1.0, whole[has_count].sum())
    course = np.where(has_count, whole * share, 0.0)
    bars = np.where(has_count, counts, 0.0)
    highest = max(1.0, bars.max(), course.max())
    slot, ground = WIDTH / len(steps), HEIGHT - FOOT
    heights, line = (ground - (ground - HEAD) * values / highest for values in (bars, course))
    paths = {False: "", True: ""}
    for step in np.flatnonzero(bars > 0):
        left, right = (step + 0.08) * slot, (step + 0.92) * slot
        path = f"M{left:.1f} {ground:.1f}V{heights[step]:.1f}H{right:.1f}V{ground:.1f}Z"
        paths[bool(steps["is_partial"].iloc[step])] += path
    first, last = (span_months(month)[0] for month in chosen)
    spans = [span_months(code) for code in steps["period"]]
    inside = [step for step, span in enumerate(spans) if span[0] <= last and span[1] >= first]
    years = [str(begin // 12) for begin, _ in spans]
    most = int(bars.argmax())
    return {
        "bars": paths[False],
        "partial": paths[True],
        "country": "".join(_stairs(line, slot, *run) for run in _runs(has_count)),
        "gaps": [
            {"x": begin * slot, "width": (end - begin) * slot, "year": years[begin]}
            for begin, end in _runs(~has_count)
        ],
        "window": (inside[0] * slot, len(inside) * slot) if inside else None,
        "years": [
            ((years.index(year) + years.count(year) / 2) * slot, year)
            for year in dict.fromkeys(years)
        ],
        "ground": ground,
        "most": int(bars[most]),
        "most_in": steps["period"].iloc[most],
        "most_at": ((most + 0.5) * slot, heights[most] - 2.5),
    }


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
    ticks = axis(end, (1 / end, *([0.1, 1.0, 10.0] if end > 10 else [1.0]), end))
    if any(row["smr"] == 0 for _, row in every):
        ticks[0] = ("0", ticks[0][1])  # no report is drawn at the foot
    years = sorted({int(period.start[:4]) for period, _ in every})
    span = range(years[0], years[-1] + 1)
    charts: dict[str, Markup] = {}
    for code, rows in by_registry.items():
        lines = compared_lines(rows, end, span)
        image = svg_address(
            "series_compared",
            say,
            lines=lines,
            ticks=[(text, _height(share)) for text, share in ticks],
            years=[(_across(year, span), year) for year in span[::-2]],
            colors=COLORS[theme],
            line_colors=LINES[theme],
            dashes=DASHES,
        )
        course = {
            "image": image,
            "registry": registry_name(code, say),
            "title": say("series.compared.title"),
            "note": " ".join(_notes(rows, lines, say, is_first=not charts)),
            "said": " ".join(
                [say("series.compared.title"), *(_line_text(line, say) for line in lines)]
            ),
        }
        charts[code] = render("series", say, courses=[course], name="")
    return charts


def _notes(
    rows: Sequence[tuple[Period, Any]],
    lines: Sequence[dict[str, Any]],
    say: Words,
    *,
    is_first: bool,
) -> list[str]:
    """What the marks mean, under the first chart, and which departments have no line."""
    drawn = {line["name"] for line in lines}
    missing = dict.fromkeys(str(row["department"]) for _, row in rows)
    names = [name for name in missing if name not in drawn]
    text = say("series.compared.missing", names=say.list(names)) if names else ""
    return [*([say("series.compared.keys")] if is_first else []), *([text] if text else [])]


def _line_text(line: dict[str, Any], say: Words) -> str:
    """The figures of a line, for who does not see the chart."""
    points = (
        f"{period_name(point['period'], say)} {ratio_text(point['ratio'], say)}"
        for point in line["points"]
    )
    return say("series.compared.line", name=line["name"], ratios="; ".join(points))


LEFT, RIGHT, TALL, LABEL = 28.0, 250.0, 150.0, 11.0
"""of a chart of compared departments: where its years begin and end, its height, between labels"""


def _across(year: int, span: range) -> float:
    return LEFT + 8 + (RIGHT - LEFT - 16) * (year - span[0]) / max(1, len(span) - 1)


def _height(share: float) -> float:
    """Where a share of the axis (0 to 100) stands, from the top."""
    return TALL - FOOT - (TALL - FOOT - HEAD) * share / 100


def compared_lines(
    rows: Sequence[tuple[Period, Any]], end: float, span: range
) -> list[dict[str, Any]]:
    """A line a department: its points, the paths between years that follow, its label's height.

    ``rows`` are a period and the department's results in it, ``end`` the end of the axis. A year
    without a ratio breaks the line; a department without any has none, and the others keep their
    order, by which they are coloured.
    """
    lines: dict[str, dict[str, Any]] = {}
    for period, row in rows:
        line = lines.setdefault(str(row["department"]), {"name": row["department"], "points": []})
        if np.isnan(row["smr"]):
            continue
        line["points"].append(
            {
                "x": _across(int(period.start[:4]), span),
                "y": _height(place(row["smr"], end)),
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
            move = "L" if before == point["year"] - 1 else "M"
            path, before = f"{path}{move}{point['x']:.1f} {point['y']:.1f}", point["year"]
        line["path"] = path
    below = HEAD - LABEL
    for line in sorted(drawn, key=lambda line: float(line["points"][-1]["y"])):
        below = line["label"] = max(line["points"][-1]["y"], below + LABEL)
    above = TALL - FOOT + LABEL
    for line in sorted(drawn, key=lambda line: -float(line["label"])):
        above = line["label"] = min(line["label"], above - LABEL)
    return drawn


def _stairs(line: np.ndarray, slot: float, begin: int, end: int) -> str:
    levels = [f"{line[step]:.1f}H{(step + 1) * slot:.1f}" for step in range(begin, end)]
    return f"M{begin * slot:.1f} " + "V".join(levels)


def _runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the runs of True, as first place and the place after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from ((int(first), int(last)) for first, last in edges.reshape(-1, 2))
