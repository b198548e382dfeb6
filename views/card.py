"""The card of a region, or of the country when none is chosen: three numbers, one sentence."""

from __future__ import annotations

from html import escape

import pandas as pd

from data import load_routes
from data.periods import PERIODS
from geo.disclosure import gate
from maps.mining_words import mining_context
from maps.results import bases_of, mismatch_reason, results_for, touches
from maps.sentences import card_sentence, flag_texts, how_sure, interval_text
from maps.state import MapState
from messages import Words


def _figure(value: str, label: str) -> str:
    return f'<div class="figure"><b>{escape(value)}</b><span>{escape(label)}</span></div>'


def _history(code: str, base: str, say: Words) -> str:
    """One row a period that has the base; the two units stand apart, never on one line."""
    lines = []
    unit_before = ""
    rows = {
        period: results_for(period.code, base).set_index("department_ubigeo").loc[code]
        for period in PERIODS
        if not period.is_pooled and base in bases_of(period.code)
    }
    # one scale a unit: the bars of complaints and of offences do not compare
    longest = {period.unit: 2.0 for period in rows}
    for period, row in rows.items():
        if pd.notna(row["smr"]):
            longest[period.unit] = max(longest[period.unit], float(row["smr"]))
    for period, row in rows.items():
        if period.unit != unit_before:
            unit_before = period.unit
            heading = escape(say(f"unit.{period.unit}.plural"))
            lines.append(f'<tr class="unit"><th colspan="5" scope="colgroup">{heading}</th></tr>')
        tested = pd.notna(row["smr"])
        width = 100.0 * float(row["smr"]) / longest[period.unit] if tested else 0.0
        ratio = say("times", value=say.number(row["smr"], 2)) if tested else "–"
        said = say(f"verdict.{row['verdict']}")
        flag = " ⚑" if "lockdown" in row["flags"] or "year_flagged" in row["flags"] else ""
        lines.append(
            f'<tr><th scope="row">{escape(say(f"period.{period.code}.short"))}</th>'
            f'<td class="n">{say.number(row["reported_count"])}</td>'
            f'<td class="n">{ratio}{flag if not tested else ""}</td>'
            f'<td class="bar"><i style="width:{width:.1f}%"></i></td>'
            f"<td>{escape(said)}</td></tr>"
        )
    caption = f"<caption>{escape(say('card.history', base=say(f'base.{base}')))}</caption>"
    return f'<table class="history">{caption}{"".join(lines)}</table>'


def _routes(route_ids: tuple[str, ...], say: Words) -> str:
    """The documented routes that name a place here, each with its source."""
    if not route_ids:
        return ""
    table = gate(load_routes(), "T1").set_index("route_id")
    lines = []
    for code in route_ids:
        row = table.loc[code]
        name = str(row["name_es"] if say.lang == "es" else row["name"])
        address = str(row["source_url"])
        source = escape(str(row["source_title"]))
        if address.startswith(("https://", "http://")):
            away = 'target="_blank" rel="noopener noreferrer"'
            source = f'<a href="{escape(address)}" {away}>{source}</a>'
        grade = escape(say(f"confidence.{row['confidence']}"))
        lines.append(f"<li><b>{escape(name)}</b>, {grade}. {source}</li>")
    summary = escape(say("card.routes_list"))
    return (
        f'<details><summary>{summary}</summary><ul class="routes">{"".join(lines)}</ul></details>'
    )


def _flags(said: list[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in said)
    return f'<ul class="flags">{items}</ul>' if said else ""


def card_html(state: MapState, results: pd.DataFrame, say: Words) -> str:
    """The card as HTML with every text escaped.

    Parameters
    ----------
    state : MapState
        Chosen period and department (None for the whole country).
    results : DataFrame
        ``maps.results.results_for(state.period, state.base)``.
    say : Words
        The language.
    """
    period = say(f"period.{state.period}")
    if state.department is None:
        return _country(state, results, say, period)
    row = results.set_index("department_ubigeo", drop=False).loc[state.department]
    near = touches(state.department)
    unit = str(row["unit"])
    tested = pd.notna(row["smr"])
    figures = _figure(say.number(row["reported_count"]), say(f"unit.{unit}.plural"))
    if tested:
        figures += _figure(
            say("times", value=say.number(row["smr"], 1 if row["smr"] >= 10 else 2)),
            say("card.expected", expected=say.number(row["expected"], 1))
            + f"; {interval_text(row, say)}",
        )
    rate = float(row["rate_per_100k"])
    figures += _figure(say.number(rate, 1 if rate >= 1 else 2), say("card.rate"))
    seat = say(
        "card.seat_one" if len(near.seats) == 1 else "card.seat_many", towns=say.list(near.seats)
    )
    context = [mining_context(state.department, say)]
    if near.routes:
        key = "card.routes_one" if len(near.routes) == 1 else "card.routes"
        context.append(say(key, count=len(near.routes)))
    reason = mismatch_reason(state.department, say.lang)
    flags = _flags(flag_texts(list(row["flags"]), say, reason=reason))
    sure = how_sure(row, state.period, say)
    source = f"{say(f'unit.{unit}.source')} {say('card.mining_source')}"
    return (
        f'<article class="card"><h2>{escape(str(row["department"]))}</h2>'
        f'<p class="seat">{escape(seat)} · {escape(period)}</p>'
        f'<div class="figures">{figures}</div>'
        f'<p class="sentence">{escape(card_sentence(row, results, say))}</p>'
        + (f'<p class="context sure">{escape(sure)}</p>' if sure else "")
        + f'<p class="context">{escape(" ".join(context))}</p>{flags}'
        f"<details><summary>{escape(say('card.more'))}</summary>"
        + f"{_history(state.department, state.base, say)}</details>{_routes(near.routes, say)}"
        f'<p class="source">{escape(source)}</p></article>'
    )


def _country(state: MapState, results: pd.DataFrame, say: Words, period: str) -> str:
    """The card when no region is chosen: the country's total and what stands out."""
    unit = str(results["unit"].iloc[0])
    above = results[results["verdict"] == "above"].sort_values("smr", ascending=False)
    total = int(results["reported_count"].sum())
    rate = 1e5 * total / float(results["person_years"].sum())
    figures = (
        _figure(say.number(total), say(f"unit.{unit}.plural"))
        + _figure(say.number(len(above)), say("card.above_count"))
        + _figure(say.number(rate, 1), say("card.rate"))
    )
    names = say.list(list(above["department"]))
    sentence = (
        say(
            "card.country",
            names=names,
            ratio=say.number(above["smr"].iloc[0], 1),
            first=above["department"].iloc[0],
        )
        if len(above)
        else say("card.country_none")
    )
    found = {flag for flags in results["flags"] for flag in flags}
    flags = _flags(flag_texts(sorted(found & {"lockdown", "not_ranked", "part_year"}), say))
    return (
        f'<article class="card"><h2>{escape(say("card.peru"))}</h2>'
        f'<p class="seat">{escape(period)}</p>'
        f'<div class="figures">{figures}</div><p class="sentence">{escape(sentence)}</p>'
        f'<p class="context">{escape(say("card.choose"))}</p>{flags}'
        f'<p class="source">{escape(say(f"unit.{unit}.source"))}</p></article>'
    )
