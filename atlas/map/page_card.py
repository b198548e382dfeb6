"""The card of a region, or of the country when none is chosen, and what a reader takes along."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd
import streamlit as st

from atlas.figures.who import who_line
from atlas.hotspots.courses import courses_for, registries_with_courses
from atlas.hotspots.matrix import agreement_sentence
from atlas.html import render
from atlas.map.model import bases_of, mismatch_reason, results_for, touches
from atlas.map.overlays import mining_context, where_counted
from atlas.map.sentences import card_sentence, flag_lines, how_sure, interval_text
from atlas.map.series import series_html
from atlas.map.state import MapState, is_by_prosecutors
from atlas.tables import csv_bytes
from atlas.words import Words
from data import load_routes
from data.periods import MAIN, PERIODS, REGISTRIES, periods_of

_OF_ALL = ("not_ranked", "lockdown", "late_recording", "part_year")
"""flags that the country's card says"""


def card_html(state: MapState, results: pd.DataFrame, say: Words) -> str:
    """HTML of the card; ``results`` are those of the state's period and base."""
    period = say(f"period.{state.period}")
    about = (
        _country(state, results, say) if state.department is None else _region(state, results, say)
    )
    return render("card", say, period=period, base=state.base, **about)


def _region(state: MapState, results: pd.DataFrame, say: Words) -> dict[str, Any]:
    department = str(state.department)
    row = results.set_index("department_ubigeo", drop=False).loc[department]
    near, unit, rate = touches(department), str(row["unit"]), float(row["rate_per_100k"])
    figures = [(say.number(row["reported_count"]), say(f"unit.{unit}.plural"))]
    if pd.notna(row["smr"]):
        times = say("times", value=say.number(row["smr"], 1 if row["smr"] >= 10 else 2))
        expected = say.number(row["expected"], 1)
        figures.append(
            (times, say("card.expected", interval=interval_text(row, say), expected=expected))
        )
    figures.append((say.number(rate, 1 if rate >= 1 else 2), say("card.rate")))
    context = [mining_context(department, say)]
    if near.routes:
        key = "card.routes_one" if len(near.routes) == 1 else "card.routes"
        context.append(say(key, count=len(near.routes)))
    reason = mismatch_reason(department, say.lang)
    return {
        "name": row["department"],
        "seat": where_counted(department, state.registry, say),
        "figures": figures,
        "sentence": card_sentence(row, results, say),
        "sure": how_sure(row, state.period, say, state.registry),
        "context": " ".join(context),
        "flags": flag_lines(state.span, list(row["flags"]), say, area=department, reason=reason),
        "units": _history(department, state.base, state.registry, say),
        "who": who_line(department, say),
        "agreement": agreement_sentence(department, say),
        "course": _course(department, say),
        "series": series_html(department, state.span, say, st.context.theme.type or "light"),
        "routes": _routes(near.routes, say),
        "source": f"{say(f'unit.{unit}.source')} {say('card.mining_source')}",
    }


def _course(department: str, say: Words) -> str:
    """Whether its share rises or falls over the half-years of the registry that has months."""
    (registry,) = registries_with_courses()[:1]
    table = courses_for(registry).set_index("department_ubigeo")
    course = say(f"focos.course.{table.loc[department, 'course']}")
    return say("card.course", registry=say(f"registry.{registry}"), course=course)


def _history(
    code: str, base: str, registry: str, say: Words
) -> list[tuple[str, list[dict[str, Any]]]]:
    """By unit a line for each period that has the base; bars are on one scale a unit."""
    periods = PERIODS if is_by_prosecutors(registry) else periods_of(REGISTRIES[registry])
    rows = []
    for period in periods:
        own = (period.code, period.registry_code)
        if not period.is_pooled and base in bases_of(*own):
            table = results_for(own[0], base, own[1]).set_index("department_ubigeo")
            rows.append((period, table.loc[code]))
    longest: dict[str, float] = {}
    for period, row in rows:
        if pd.notna(row["smr"]):
            longest[period.unit] = max(longest.get(period.unit, 2.0), float(row["smr"]))
    lines = []
    for period, row in rows:
        tested = pd.notna(row["smr"])
        flag = " ⚑" if "lockdown" in row["flags"] or "year_flagged" in row["flags"] else ""
        lines.append(
            {
                "unit": period.unit,
                "period": period.code,
                "count": say.number(row["reported_count"]),
                "ratio": say("times", value=say.number(row["smr"], 2)) if tested else f"–{flag}",
                "width": 100.0 * float(row["smr"]) / longest[period.unit] if tested else 0.0,
                "verdict": row["verdict"],
            }
        )
    return [(unit, list(group)) for unit, group in groupby(lines, lambda line: str(line["unit"]))]


def _routes(route_ids: tuple[str, ...], say: Words) -> list[dict[str, Any]]:
    """The documented routes that name a place here, each with its source."""
    if not route_ids:
        return []
    table = load_routes().set_index("route_id").loc[list(route_ids)]
    name = "name_es" if say.lang == "es" else "name"
    return [
        {
            "name": row[name],
            "confidence": row["confidence"],
            "source_title": row["source_title"],
            "source_url": str(row["source_url"]),
        }
        for row in table.to_dict("records")
    ]


def _country(state: MapState, results: pd.DataFrame, say: Words) -> dict[str, Any]:
    """The card when no region is chosen: the country's total and what stands out."""
    unit = str(results["unit"].iloc[0])
    above = results[results["verdict"] == "above"].sort_values("smr", ascending=False)
    total = int(results["reported_count"].sum())
    rate = 1e5 * total / float(results["person_years"].sum())
    sentence = (
        say(
            "card.country",
            names=say.list(above["department"]),
            ratio=say.number(above["smr"].iloc[0], 1),
            first=above["department"].iloc[0],
        )
        if len(above)
        else say("card.country_none")
    )
    found = {flag for flags in results["flags"] for flag in flags}
    return {
        "name": say("card.peru"),
        "seat": "",
        "figures": [
            (say.number(total), say(f"unit.{unit}.plural")),
            (say.number(len(above)), say("card.above_count")),
            (say.number(rate, 1), say("card.rate")),
        ],
        "sentence": sentence,
        "sure": "",
        "context": say("card.choose"),
        "flags": flag_lines(state.span, [flag for flag in _OF_ALL if flag in found], say),
        "units": [],
        "who": "",
        "agreement": "",
        "series": "",
        "routes": [],
        "source": say(f"unit.{unit}.source"),
    }


def _close() -> None:
    state: MapState = st.session_state["state"]
    st.session_state["state"] = state.with_(department=None)


def card_tools(state: MapState, say: Words) -> None:
    """Draw the buttons under the card; files are made when they are asked for."""

    def brief() -> bytes:
        # the PDF's libraries are loaded by the first who wants one
        from atlas.brief.files import brief_bytes

        return brief_bytes(str(state.department), period=state.period, lang=say.lang)

    def figures() -> bytes:
        return csv_bytes(
            results_for(state.period, state.base, state.registry), "T1", period=state.period
        )

    period = state.period.replace("/", "_")
    if state.registry != MAIN:
        period = f"{state.registry}-{period}"
    files = [("figures", figures, f"atlas-{period}-{state.base}.csv", "text/csv")]
    if is_by_prosecutors(state.registry):
        name = f"atlas-{state.department}-{period}-{say.lang}.pdf"
        files.insert(0, ("brief", brief, name, "application/pdf"))
    with st.container(horizontal=True, key="card_tools", gap="small"):
        for name, make, file_name, mime in files:
            st.download_button(
                say(f"card.{name}"),
                make,
                file_name=file_name,
                mime=mime,
                key=f"card_{name}",
                on_click="ignore",
            )
        st.button(say("card.close"), key="card_close", on_click=_close)
