"""The course of a department in each registry beside that of the country, as SVG."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from atlas.html import render
from atlas.results.coverage_dates import registry_name
from atlas.results.sentences import flag_lines
from atlas.tables import csv_bytes, source_titles
from atlas.words import Words
from data.geography import load_departments
from data.periods import (
    LATE_RECORDING,
    PART_YEAR,
    REGISTRIES,
    Period,
    Step,
    parse_period,
    span_months,
    steps_of,
)
from data.reports import load_region_counts, load_series
from geo.privacy.provenance import derive

WIDTH, HEIGHT, FOOT, HEAD = 400.0, 88.0, 14.0, 11.0
"""of the view box; years stand in the foot, the highest figure in the head."""
COLORS = {
    "light": {"ink": "#1f1d1b", "soft": "#67635d", "bar": "#c2616c", "accent": "#6d2459"},
    "dark": {"ink": "#eeebe6", "soft": "#b5b0a8", "bar": "#d58c98", "accent": "#d58cc0"},
}
"""of page.css, by theme: a picture of its own does not see them"""
STEPS = {"year": "year", "month": "quarter"}
"""what a registry counts by -> step of its course: of months too many are empty"""


def series_html(
    department: str, chosen: Period, say: Words, theme: str, *, is_cautioned: bool = True
) -> str:
    """Draw the courses of a department, one per registry; the chosen period is marked.

    ``is_cautioned`` False: the page says elsewhere which steps are recorded late.
    """
    names = load_departments(simplified=True).set_index("department_ubigeo")["department"]
    name = str(names[department])
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
        picture = render("series_course", say, one=drawn, colors=COLORS[theme]).encode()
        title, when = say(f"series.{step}", unit=unit), say(f"period.{drawn['most_in']}.short")
        courses.append(
            {
                "image": f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}",
                "registry": registry_name(code, say),
                "note": _caution(code, steps, say) if is_cautioned else "",
                "title": title,
                "said": say(
                    "series.said", name=name, title=title, most=say.number(drawn["most"]), when=when
                ),
            }
        )
    return render("series", say, courses=courses, name=name)


def _caution(registry: str, steps: pd.DataFrame, say: Words) -> str:
    last = parse_period(str(steps["period"].iloc[-1]), registry)
    return "" if last.bears_a_trend else " ".join(flag_lines(last, [LATE_RECORDING], say))


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
    known = ~np.isnan(counts) & ~np.isnan(whole)
    share = counts[known].sum() / max(1.0, whole[known].sum())
    course = np.where(known, whole * share, 0.0)
    bars = np.where(known, counts, 0.0)
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
        "country": "".join(_stairs(line, slot, *run) for run in _runs(known)),
        "gaps": [
            {"x": begin * slot, "width": (end - begin) * slot, "year": years[begin]}
            for begin, end in _runs(~known)
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


def _stairs(line: np.ndarray, slot: float, begin: int, end: int) -> str:
    levels = [f"{line[step]:.1f}H{(step + 1) * slot:.1f}" for step in range(begin, end)]
    return f"M{begin * slot:.1f} " + "V".join(levels)


def _runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the runs of True, as first place and the place after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from ((int(first), int(last)) for first, last in edges.reshape(-1, 2))


def series_csv(steps: Mapping[str, str], say: Words, department: str | None = None) -> bytes:
    """Write the reports of registries step by step, of a department or of the country.

    ``steps`` is the step ("year", "quarter", "month") by the registry's code.
    """
    frames = []
    for code, kind in steps.items():
        registry = REGISTRIES[code]
        sources = {
            year.code[:4]: source_titles(load_region_counts(year.code, code), say)
            for year in steps_of(registry)
            if year.is_known
        }
        spans = steps_of(registry, kind)
        frame = load_series(code, kind, department).assign(
            registry_code=code,
            unit=registry.unit,
            cautions=[_cautions(step, kind, code, say) for step in spans],
            source=[sources.get(step.code[:4], "") for step in spans],
        )
        frames.append(frame)
    frame = derive(pd.concat(frames, ignore_index=True), *frames, name="series")
    columns = ["registry_code", "period", "reported_count", "unit", "person_years"]
    return csv_bytes(frame, "T1", columns=[*columns, "cautions", "source"], say=say)


def _cautions(step: Step, kind: str, registry: str, say: Words) -> str:
    if not step.is_known:
        return say("timeline.no_figure")
    period = parse_period(step.code, registry)
    flags = [flag for flag in period.flags if kind == "year" or flag != PART_YEAR]
    return " ".join(flag_lines(period, flags, say))
