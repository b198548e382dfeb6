"""A plan on the page, two plans side by side, and the files that carry it away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from atlas.html import render
from atlas.map.small_maps import small_map
from atlas.planner.derivation import plan_derivation_html
from atlas.planner.files import most_missed_first, sheet_bytes
from atlas.planner.model import OwnFiles
from atlas.planner.outcome import Outcome, Reason, plan_marks
from atlas.planner.words import (
    amount,
    cell_text,
    figures,
    gap_short,
    notes,
    reason_text,
    sentence,
    share_text,
    sure_detail,
    table_columns,
    way,
    where,
    worst_served,
)
from atlas.web.components import component
from atlas.words import Words, file_name, words
from layers.palette import GROUND

FILES = {
    "pdf": "application/pdf",
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
}
COLORS = {
    "light": {
        **GROUND["light"],
        "line": "#d5d0c8",
        "border": "#b9b3a8",
        "covered": "#17756c",
        "missed": "#c2701c",
        "site": "#6d2459",
        "zone": "#5f5a55",
        "ink": "#1f1d1b",
        "card": "#ffffff",
    },
    "dark": {
        **GROUND["dark"],
        "line": "#4a4743",
        "border": "#5a5f63",
        "covered": "#4fb3a6",
        "missed": "#e39a4a",
        "site": "#a44d8c",
        "zone": "#8d877e",
        "ink": "#eeebe6",
        "card": "#1f1d1b",
    },
}


def map_section(outcome: Outcome, own: OwnFiles, say: Words, *, key: str, rem: float) -> None:
    """Draw the map of a plan and its legend."""
    theme = st.context.theme.type or "light"
    seen = outcome.sheets[say.lang].plan
    component("planmap")(
        key=key,
        data={
            "alt": say(
                "plan.map.alt",
                sites=len(outcome.plan.sites),
                share=say.percent(seen["coverage_share"], 1),
            ),
            "colors": COLORS[theme],
            "heightRem": rem,
            **small_map().drawn,
            "zones": "" if own.zones is None else own.zones.path(outcome.request.buffer_km),
            "zoomIn": say("map.zoom_in"),
            "zoomOut": say("map.zoom_out"),
            **plan_marks(outcome, say),
        },
    )
    keys = ["site", "covered", "missed"]
    keys += ["ring"] if outcome.reach_km else []
    keys += ["service"] if outcome.request.services == "listed" else []
    keys += [] if own.zones is None else ["zone"]
    st.html(render("plan/keys", say, keys=keys))


def card_section(outcome: Outcome, say: Words) -> None:
    """Draw the sentence, the figures and how sure they are."""
    values = {"figures": figures(outcome, say), "notes": notes(outcome, say)}
    st.html(render("plan/card", say, sentence=sentence(outcome, say), **values))
    st.html(plan_derivation_html(outcome, say))


def table_section(outcome: Outcome, say: Words) -> None:
    """Draw the table of the sites in the order of opening."""
    rows = [
        _row(row, reason, outcome, say)
        for row, reason in zip(outcome.sheets[say.lang].sites, outcome.reasons, strict=True)
    ]
    columns = ["site", *table_columns(outcome)]
    st.html(render("plan/sites", say, columns=columns, rows=rows))


def _row(row: Mapping[str, Any], reason: Reason, outcome: Outcome, say: Words) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "order": row["order"],
        "name": row["name"],
        "where": where(row),
        "why": reason_text(reason, say),
        "values": [
            cell_text(row, name, outcome, say)
            for name in table_columns(outcome)
            if name != "stability"
        ],
    }
    if outcome.plan.stability is not None:
        cells |= {
            "surety": reason.surety,
            "chosen": cell_text(row, "stability", outcome, say),
            "chosen_share": row["chosen_share"],
            "near": say("plan.near", share=share_text(row["chosen_near_share"], say, 0)),
        }
    return cells


def departments_section(outcome: Outcome, say: Words) -> None:
    """Draw what is covered and missed of each department, most missed first."""
    rows = most_missed_first(outcome.sheets[say.lang].departments)
    values = {"rows": rows, "unit": outcome.unit.text(say), "amount": amount}
    st.html(render("plan/departments", say, **values))


def assumptions_section(outcome: Outcome, say: Words) -> None:
    """Draw what the answer rests on, sentence by sentence."""
    texts = outcome.sheets[say.lang].plan["assumptions"]
    details = [sure_detail(outcome, say), say("plan.assumptions.seed", seed=outcome.plan.seed)]
    st.html(render("plan/assumptions", say, assumptions=texts, details=filter(None, details)))


def _file(outcome: Outcome, suffix: str, lang: str) -> bytes:
    if suffix == "pdf":
        # drawing is loaded when the sheet is asked for, not when the page opens
        from atlas.planner.print_sheet import plan_pdf_bytes

        return plan_pdf_bytes(outcome, lang)
    return sheet_bytes(outcome.sheets[lang], f".{suffix}", words(lang))


def files_section(outcome: Outcome, say: Words) -> None:
    """Draw the buttons; a file is written when it is asked for."""
    st.html(render("heading", say, title=say("plan.files"), text=say("plan.files.text")))
    name = file_name(say, "plan", is_invented=outcome.is_invented)
    with st.container(horizontal=True, key="plan_file_buttons"):
        for suffix, mime in FILES.items():
            st.download_button(
                say(f"plan.files.{suffix}"),
                partial(_file, outcome, suffix, say.lang),
                file_name=f"{name}.{suffix}",
                mime=mime,
                key=f"plan_file_{suffix}",
                on_click="ignore",
            )


def _put_aside(outcome: Outcome | None) -> None:
    st.session_state["plan_aside"] = outcome


def compare_section(outcome: Outcome, say: Words) -> None:
    """Draw the button that puts a plan aside, and both plans once there are two."""
    aside: Outcome | None = st.session_state.get("plan_aside")
    with st.container(key="plan_compare"):
        st.html(render("heading", say, title=say("plan.compare"), text=say("plan.compare.text")))
        with st.container(horizontal=True, key="plan_compare_buttons"):
            st.button(
                say("plan.compare.keep"), key="plan_keep", on_click=_put_aside, args=(outcome,)
            )
            if aside is not None:
                st.button(
                    say("plan.compare.drop"), key="plan_drop", on_click=_put_aside, args=(None,)
                )
        if aside is None:
            return
        left, right = st.columns(2, gap="medium")
        for place, one, name in ((left, aside, "a"), (right, outcome, "b")):
            with place:
                title = say(f"plan.compare.{name}", what=_short_name(one, say))
                st.html(render("heading", say, level="h3", title=title))
                map_section(one, OwnFiles(), say, key=f"plan_map_{name}", rem=24)
        left, right = st.columns(2, gap="medium")
        with left:
            st.html(_numbers(aside, outcome, say))
        with right:
            st.html(_differences(aside, outcome, say))


def _short_name(outcome: Outcome, say: Words) -> str:
    """A plan in a few words."""
    kind, _, period = outcome.request.demand.partition(":")
    parts = [say(f"plan.demand.{kind}"), *([say(f"period.{period}.short")] if period else [])]
    count = len(outcome.plan.sites)
    parts.append(say(f"plan.compare.sites{'_one' if count == 1 else ''}", count=count))
    parts.append(way(outcome.plan.radius, str(outcome.plan.unit), say))
    return " · ".join(parts)


def _numbers(aside: Outcome, outcome: Outcome, say: Words) -> str:
    columns = []
    for one in (aside, outcome):
        plan = one.sheets[say.lang].plan
        unit = str(plan["radius_unit"])
        missed = f"{say.number(plan['missed'])} {one.unit.text(say)}"
        columns.append(
            (
                say.percent(plan["coverage_share"], 1),
                missed,
                way(plan[f"mean_{unit}"], unit, say),
                way(plan[f"worst_{unit}"], unit, say),
                worst_served(one, say),
                say(f"plan.model.{plan['model']}"),
                gap_short(float(plan["gap"]), say),
            )
        )
    names = (
        *("figure.covered", "figure.missed_short", "figure.mean", "figure.worst"),
        *("compare.worst_department", "model", "front.gap"),
    )
    rows = list(zip([say(f"plan.{name}") for name in names], *columns, strict=True))
    return render("plan/table", say, heads=["", "A", "B"], rows=rows, is_named=True)


def _differences(aside: Outcome, outcome: Outcome, say: Words) -> str:
    """Conditions in which the two differ, then the sites of both and of each alone."""
    rests = [_rests(one, say) for one in (aside, outcome)]
    differing = [
        (key, [text for text in here if text not in there])
        for key, here, there in (("a", *rests), ("b", *reversed(rests)))
    ]
    names = [{row["code"]: row["name"] for row in one.sheets[say.lang].sites}
             for one in (aside, outcome)]  # fmt: skip
    both = [name for code, name in names[0].items() if code in names[1]]
    only = [
        [name for code, name in here.items() if code not in there]
        for here, there in (names, reversed(names))
    ]
    sites = [("both", both), ("only_a", only[0]), ("only_b", only[1])]
    return render("plan/compare", say, rests=differing, sites=sites)


def _rests(outcome: Outcome, say: Words) -> list[str]:
    """All that a plan was asked for with, each in words that tell it from another."""
    sheet = outcome.sheets[say.lang]
    musts = [str(row["name"]) for row in sheet.sites if row["is_must_have"]]
    asks = {
        say("plan.demand"): _short_name(outcome, say).split(" · ")[:-2],
        say("plan.asked.sites"): [say.number(len(sheet.sites))],
        say("plan.must"): musts,
        say("plan.seed"): [str(outcome.request.seed)],
    }
    return [
        *(f"{name}: {', '.join(values)}" for name, values in asks.items() if values),
        *sheet.plan["assumptions"],
    ]
