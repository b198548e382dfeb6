"""Two periods of one unit: rate ratios with both intervals, and why others are not offered."""

from __future__ import annotations

import math
from html import escape

import pandas as pd
import streamlit as st

from data.periods import PERIODS
from maps.change import change_for, comparable_with
from maps.hotspot_state import HotspotState
from maps.lens_words import phi_text, ratio_text
from maps.lenses import pattern_over_years
from messages import Words

FARTHEST = 16.0
"""The axis of ratios runs from 1/16 to 16; an interval that goes on is cut there."""
TICKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def _later(period: str) -> tuple[str, ...]:
    own = next(one for one in PERIODS if one.code == period)
    starts = {one.code: one.start for one in PERIODS}
    return tuple(code for code in comparable_with(period) if starts[code] > own.start)


FIRST = tuple(one.code for one in PERIODS if _later(one.code))
"""Periods that a later one of the same unit and registry follows."""


def change_section(state: HotspotState, say: Words) -> tuple[str, str]:
    """Draw the comparison; returns the two codes that were chosen."""
    st.html(
        f'<section id="focos-change" class="block"><h2>{escape(say("focos.change.title"))}</h2>'
        f'<p class="lead">{escape(say("focos.change.lead"))}</p></section>'
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="change_controls"):
        before = str(
            st.selectbox(
                say("focos.change.before"),
                FIRST,
                key="focos_before",
                format_func=lambda code: say(f"period.{code}"),
                width=230,
            )
        )
        options = _later(before)
        after = str(
            st.selectbox(
                say("focos.change.after"),
                options,
                index=len(options) - 1,
                # another first period is another question: its list starts anew
                key=f"focos_after_{before}",
                format_func=lambda code: say(f"period.{code}"),
                width=230,
            )
        )
    table = change_for(before, after)
    st.html(_table(table, before, after, state, say))
    unit = str(table["unit"].iloc[0])
    notes = [say(f"unit.{unit}.source"), say("focos.change.why")]
    series = pattern_over_years()
    if series.status == "too_short":
        steps, least = say.number(series.steps), say.number(series.min_steps)
        notes.append(say("focos.change.short", steps=steps, least=least))
    if not table.attrs["is_one_population_series"]:
        notes.append(say("focos.change.series"))
    flags = {flag for row in table["flags"] for flag in row}
    notes += [
        say(f"flag.{flag}") for flag in ("lockdown", "year_flagged", "part_year") if flag in flags
    ]
    text = "".join(f"<p>{escape(note)}</p>" for note in notes)
    st.html(f'<div class="block note">{text}<p>{escape(phi_text(say, is_lent=False))}</p></div>')
    return before, after


def _place(ratio: float) -> float:
    """Position on the logarithmic axis, 0 to 100."""
    kept = min(FARTHEST, max(1 / FARTHEST, ratio))
    return 50 + 50 * math.log(kept) / math.log(FARTHEST)


def _span(low: float, high: float, kind: str) -> str:
    left, right = _place(low), _place(high)
    return f'<i class="{kind}" style="left:{left:.2f}%;width:{max(0.4, right - left):.2f}%"></i>'


def _table(table: pd.DataFrame, before: str, after: str, state: HotspotState, say: Words) -> str:
    ordered = table.assign(is_last=table["verdict"] == "untestable").sort_values(
        ["is_last", "rate_ratio"], ascending=[True, False]
    )
    columns = (
        ("", escape(say("table.region"))),
        (' class="n"', escape(say(f"period.{before}.short"))),
        (' class="n"', escape(say(f"period.{after}.short"))),
        (' class="axis"', _axis(say)),
        (' class="n"', escape(say("focos.change.ratio"))),
        ("", escape(say("focos.change.reading"))),
    )
    heads = "".join(
        f'<th scope="col" role="columnheader"{kind}>{text}</th>' for kind, text in columns
    )
    rows = "".join(_row(row, state.department, say) for _, row in ordered.iterrows())
    national = table.attrs["national"]
    caption = say(
        "focos.change.national",
        ratio=ratio_text(national["rate_ratio"], say),
        count=say.number(national["departments"]),
    )
    return (
        f'<div class="block scroll"><p class="finding">{escape(caption)}</p>'
        f'<table class="forest" role="table">'
        f"<caption>{escape(say('focos.change.caption'))}</caption>"
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>'
    )


def _axis(say: Words) -> str:
    texts = "".join(
        f'<span style="left:{_place(tick):.2f}%">{tick:g}</span>'
        if tick >= 1
        else f'<span style="left:{_place(tick):.2f}%">1/{1 / tick:g}</span>'
        for tick in TICKS
    )
    said = escape(say("focos.change.axis"))
    return f'<div class="ticks" role="img" aria-label="{said}">{texts}</div>'


def _row(row: pd.Series, chosen: str | None, say: Words) -> str:
    verdict = str(row["verdict"])
    here = ' class="here"' if row["department_ubigeo"] == chosen else ""
    low = ' <abbr title="{}">⚑</abbr>'.format(escape(say("focos.change.low")))
    mark = low if bool(row["is_low_baseline"]) else ""
    counts = (
        f'<td role="cell" class="n">{say.number(row["reported_count_before"])}{mark}</td>'
        f'<td role="cell" class="n">{say.number(row["reported_count_after"])}</td>'
    )
    reading = say(f"focos.change.verdict.{verdict}")
    if bool(row["is_low_baseline"]) and verdict != "untestable":
        reading = f"{reading}. {say('focos.change.low')}"
    if verdict == "untestable" or pd.isna(row["rate_ratio"]):
        bar, value = "", "–"
    else:
        bar = (
            _span(row["rate_ratio_low_overdispersed"], row["rate_ratio_high_overdispersed"], "wide")
            + _span(row["rate_ratio_low"], row["rate_ratio_high"], "exact")
            + f'<i class="dot" style="left:{_place(row["rate_ratio"]):.2f}%"></i>'
        )
        value = ratio_text(row["rate_ratio"], say) if math.isfinite(row["rate_ratio"]) else "∞"
    label = say(
        "focos.change.interval",
        low=_end(row["rate_ratio_low"], say),
        high=_end(row["rate_ratio_high"], say),
        wide_low=_end(row["rate_ratio_low_overdispersed"], say),
        wide_high=_end(row["rate_ratio_high_overdispersed"], say),
    )
    return (
        f'<tr{here} role="row">'
        f'<th scope="row" role="rowheader">{escape(str(row["department"]))}</th>{counts}'
        f'<td role="cell" class="axis">'
        f'<div role="img" aria-label="{escape(label)}" title="{escape(label)}">'
        f'<b></b>{bar}</div></td><td role="cell" class="n">{value}</td>'
        f'<td role="cell" class="reading">{escape(reading)}</td></tr>'
    )


def _end(value: float, say: Words) -> str:
    """An end of an interval; beyond 100 the digits say nothing."""
    if pd.isna(value):
        return "–"
    return say("focos.change.beyond") if value > 100 else say.number(value, 2)
