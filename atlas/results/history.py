"""A department year by year in every registry, and its change between two periods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from atlas.results.figures import Figures, table_words
from atlas.results.regions import bases_of, result_of
from atlas.results.sentences import (
    end_text,
    figures_source,
    margin_span,
    period_name,
    ratio_text,
)
from atlas.results.years import change_for
from atlas.view import BASES, area_view, is_counted, level_of
from atlas.words import Words
from data.comparing import comparable_with
from data.periods import REGISTRIES, Period, Registry, periods_of

_ENDS = (5, 10, 20, 50)
"""An axis runs from one over this to this, the least that holds a registry's margins."""
MARGIN, CHANGE = ("smr_low", "smr", "smr_high"), ("low", "ratio", "high")
_LEAST = 1e-6
"""stands for no report where a ratio is drawn"""


def years_of(area: str, base: str) -> Iterator[tuple[Registry, list[tuple[Period, Any]]]]:
    """Yield each registry with its years (not the pooled ones) and an area's results in each.

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
            rows.append((period, result_of(area, period.at(level), shown_base)))
        if rows:
            yield registry, rows


def history(area: str, base: str, chosen: Period, say: Words) -> list[dict[str, Any]]:
    """Return a table for each registry: count, ratio, interval and verdict of each year."""
    blocks = []
    for registry, rows in years_of(area, base):
        end = axis_end(rows, MARGIN)
        lines: list[dict[str, Any]] = [
            {
                "name": period_name(period, say),
                # the same card in that year, where its figures are derived
                "link": f"?{urlencode(area_view(area, period, str(row['base']), say).link())}",
                "chosen": period == chosen,
                **table_words(Figures.of(row, period.at(level_of(area))), say),
                **on_axis(row, MARGIN, end, say),
            }
            for period, row in rows
        ]
        blocks.append(
            {
                "code": registry.code,
                "registry": say(f"registry.{registry.code}"),
                "unit": say(f"unit.{registry.unit}.plural"),
                "source": figures_source(registry.unit, str(rows[0][1]["base"]), say),
                "base": say(f"base.{rows[0][1]['base']}"),
                "ticks": axis(end),
                "lines": lines,
            }
        )
    return blocks


def changes_of(department: str, chosen: Period) -> list[tuple[Period, Period, Any]]:
    """Return a department's change between a period and each comparable one.

    Rows of the earlier period, the later one, and the department's row of ``change_for`` them.
    """
    rows = []
    for other in comparable_with(chosen):
        before, after = sorted((chosen, other), key=lambda period: period.start)
        table = change_for(before, after).set_index("department_ubigeo")
        rows.append((before, after, table.loc[department]))
    return rows


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


def change_answer(name: str, rows: Sequence[tuple[Period, Period, Any]], say: Words) -> str:
    """Say in one line how a department's periods changed.

    Each of ``rows`` has the two periods and the department's row of ``change_for`` them; the counts
    come first, and pairs with the same answer stand together.
    """
    spans: dict[str, list[str]] = {}
    for before, after, row in rows:
        names = [period_name(period, say).removesuffix(" ⚑") for period in (before, after)]
        span = say("focos.change.answer.span", before=names[0], after=names[1])
        counts = [row["reported_count_before"], row["reported_count_after"]]
        if not any(map(pd.isna, counts)):
            first, last = map(say.number, counts)
            span = say("focos.change.answer.counts", span=span, first=first, last=last)
        spans.setdefault(str(row["verdict"]), []).append(span)
    parts = (
        say("focos.change.answer.years", years=say.list(spans[verdict]), answer=say(key))
        for verdict, key in _ANSWERS.items()
        if verdict in spans
    )
    return say("focos.change.answer", name=name, parts="; ".join(parts))


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


def change_said(row: Any, say: Words) -> str:
    """Write a change and its interval in words, for a reader who does not see the axis."""
    if pd.isna(row["ratio"]):
        return ""
    low, ratio, high = (end_text(row[name], say) for name in ("low", "ratio", "high"))
    return say("focos.change.said", ratio=ratio, low=low, high=high)


def interval_texts(row: Any, names: tuple[str, str, str], say: Words) -> dict[str, str]:
    """Write the ratio of a row, and the span of its low and high ends; empty without."""
    low, value, high = (float(row[name]) for name in names)
    if math.isnan(value):
        return {"text": "–", "span": ""}
    text = say("focos.change.zero") if math.isinf(value) else end_text(value, say)
    return {"text": text, "span": margin_span(low, high, say)}


def on_axis(row: Any, names: tuple[str, str, str], end: float, say: Words) -> dict[str, Any]:
    """Return low end, ratio and high end of a row as texts and as places on an axis, 0 to 100."""
    low, value, high = (float(row[name]) for name in names)
    texts = interval_texts(row, names, say)
    if math.isnan(value):
        return texts | {"places": None, "cut": ""}
    return {
        **texts,
        "places": [place(ratio, end) for ratio in (low, value, high)],
        "cut": " ".join(["cut-low"] * (low < 1 / end) + ["cut-high"] * (high > end)),
    }


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


def axis_end(rows: Sequence[tuple[Any, ...]], names: tuple[str, str, str]) -> float:
    """Return the smallest end of an axis that holds all rows (each the last of its tuple)."""
    ratios = [float(row[name]) for *_, row in rows for name in names]
    most = max((max(ratio, 1 / ratio) for ratio in ratios if 0 < ratio < math.inf), default=1.0)
    return float(next((end for end in _ENDS if end >= most), _ENDS[-1]))
