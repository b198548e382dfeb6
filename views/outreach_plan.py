"""A plan on the page: map, card, tables of sites and departments, assumptions, and its files."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from layers.palette import GROUND
from maps.plan_map import plan_marks
from maps.plan_outcome import Outcome, Reason
from maps.plan_words import amount, figures, notes, reason_text, sentence, where
from maps.siting_request import OwnFiles
from maps.siting_sheet import sheet_bytes
from maps.small_maps import small_map
from messages import Words
from templates import render
from views.component import component

FILES = {
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
    seen = outcome.sheet(say.lang).plan
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
    keys += ["service"] if outcome.services else []
    keys += [] if own.zones is None else ["zone"]
    st.html(render("plan/keys", say, keys=keys))


def card_section(outcome: Outcome, say: Words) -> None:
    """Draw the sentence, the figures and how sure they are."""
    values = {"figures": figures(outcome, say), "notes": notes(outcome, say)}
    st.html(render("plan/card", say, sentence=sentence(outcome, say), **values))


def table_section(outcome: Outcome, say: Words) -> None:
    """Draw the table of the sites in the order of opening."""
    rows = [
        _row(dict(row), reason, outcome, say)
        for row, reason in zip(outcome.sheet(say.lang).sites, outcome.reasons, strict=True)
    ]
    # what a site reaches is told without the capacity; the headline counts with it
    reach = "" if outcome.request.capacity is None else "_reach"
    columns = ["site", f"added{reach}", f"total{reach}"]
    columns += ["stability"] if outcome.has_stability else []
    st.html(render("plan/sites", say, columns=columns, rows=rows))


def _row(row: dict[str, object], reason: Reason, outcome: Outcome, say: Words) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "order": row["order"],
        "name": row["name"],
        "where": where(row),
        "why": reason_text(reason, say),
        "added": _share(row["within_reach_added_share"], say),
        "total": _share(row["within_reach_share"], say),
    }
    if outcome.has_stability:
        cells |= {
            "surety": reason.surety,
            "chosen": _share(row["chosen_share"], say, 0),
            "chosen_share": float(str(row["chosen_share"])),
            "near": say("plan.near", share=_share(row["chosen_near_share"], say, 0)),
        }
    return cells


def _share(value: object, say: Words, decimals: int = 1) -> str:
    share = float(str(value))
    if 0 < share < 0.5 / 10 ** (decimals + 2):  # something is not nothing
        return f"<{say.percent(1 / 10 ** (decimals + 2), decimals)}"
    return say.percent(share, decimals)


def departments_section(outcome: Outcome, say: Words) -> None:
    """Draw what is covered and missed of each department, most missed first."""
    rows = sorted(outcome.sheet(say.lang).departments, key=lambda one: -one["missed"])
    values = {"rows": rows, "unit": outcome.unit.text(say), "amount": amount}
    st.html(render("plan/departments", say, **values))


def assumptions_section(outcome: Outcome, say: Words) -> None:
    """Draw what the answer rests on, sentence by sentence."""
    texts = outcome.sheet(say.lang).plan["assumptions"]
    st.html(render("plan/assumptions", say, assumptions=texts, seed=outcome.plan.seed))


def _pdf(outcome: Outcome, lang: str) -> bytes:
    # drawing is loaded when the sheet is asked for, not when the page opens
    from maps.plan_print import plan_pdf_bytes

    return plan_pdf_bytes(outcome, lang)


def files_section(outcome: Outcome, say: Words) -> None:
    """Draw the buttons; a file is written when it is asked for."""
    st.html(render("heading", say, title=say("plan.files"), text=say("plan.files.text")))
    sheet = outcome.sheet(say.lang)
    mark = "datos-inventados-" if outcome.is_invented else ""
    with st.container(horizontal=True, key="plan_file_buttons"):
        st.download_button(
            say("plan.files.pdf"),
            partial(_pdf, outcome, say.lang),
            file_name=f"{mark}plan.pdf",
            mime="application/pdf",
            key="plan_file_pdf",
            on_click="ignore",
        )
        for suffix, mime in FILES.items():
            st.download_button(
                say(f"plan.files.{suffix}"),
                partial(sheet_bytes, sheet, f".{suffix}"),
                file_name=f"{mark}plan.{suffix}",
                mime=mime,
                key=f"plan_file_{suffix}",
                on_click="ignore",
            )
