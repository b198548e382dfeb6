"""A plan on the page, and the files that carry it away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import small_map
from atlas.html import render
from atlas.planner import page_hand
from atlas.planner.derivation import plan_derivation_html
from atlas.planner.document import Site
from atlas.planner.files import most_missed_first, plan_bytes
from atlas.planner.outcome import Outcome, Reason, plan_marks
from atlas.planner.page_session import PLAN
from atlas.planner.question import OwnFiles
from atlas.planner.reasons import reason_text
from atlas.planner.words import (
    amount,
    cell_text,
    department_columns,
    figures,
    notes,
    reach_rows,
    sentence,
    served,
    share_text,
    sure_detail,
    table_columns,
    where,
)
from atlas.web.components import component, sortable_table
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
        "in_zone": "#3d3833",
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
        "in_zone": "#cfc9c0",
        "site": "#a44d8c",
        "zone": "#8d877e",
        "ink": "#eeebe6",
        "card": "#1f1d1b",
    },
}


def map_section(
    outcome: Outcome, own: OwnFiles, say: Words, *, key: str, rem: float, is_main: bool = False
) -> None:
    """Draw the map of a plan and its legend; on the main one sites are changed by hand."""
    theme = st.context.theme.type or "light"
    component("planmap")(
        key=key,
        data={
            "alt": say(
                "plan.map.alt",
                sites=len(outcome.plan.sites),
                share=say.percent(outcome.plan.evaluation.coverage_share, 1),
            ),
            "colors": COLORS[theme],
            "heightRem": rem,
            **small_map().drawn,
            "zones": "" if own.zones is None else own.zones.path(outcome.request.buffer_km),
            "zoomIn": say("map.zoom_in"),
            "zoomOut": say("map.zoom_out"),
            **plan_marks(outcome, say),
            "hand": page_hand.map_data(outcome, say) if is_main else None,
        },
        on_move_change=page_hand.asker(key),
    )
    keys = ["site", *(["fixed"] if outcome.request.must else []), "covered", "missed"]
    keys += ["in_zone"] if outcome.in_zone.any() else []
    keys += ["ring"] if outcome.plan.unit == "km" else ["area"] * outcome.reach.has_areas
    keys += ["service"] if outcome.services else []
    keys += [] if own.zones is None else ["zone"]
    st.html(render("plan/keys", say, keys=keys))


def card_section(outcome: Outcome, say: Words) -> None:
    """Draw the sentence, the figures and how sure they are."""
    values = {"figures": figures(outcome, say), "notes": notes(outcome, say)}
    st.html(render("plan/card", say, sentence=sentence(outcome, say), **values))
    st.html(plan_derivation_html(outcome, say))


def table_section(outcome: Outcome, say: Words) -> None:
    """Draw the table of the sites in the order of opening."""
    pairs = zip(outcome.sites, outcome.reasons, strict=True)
    rows = [_row(site, reason, outcome, say) for site, reason in pairs]
    # the column is there before its figures: what is read stays where it is
    soon = ["stability"] if is_judged_soon(outcome) else []
    columns = ["site", *table_columns(outcome), *soon]
    can_remove = page_hand.can_remove(outcome)
    html = render("plan/sites", say, columns=columns, rows=rows, can_remove=can_remove)
    sortable_table(html, say, key="plan_table", on_move=page_hand.asker("plan_table"))


def is_judged_soon(outcome: Outcome) -> bool:
    """Whether it is still to be computed how sure each site is."""
    request = outcome.request
    return outcome.plan.stability is None and request.model == "mclp" and request.is_plain


def served_section(outcome: Outcome, say: Words) -> None:
    """Draw, behind a button, whom each team serves."""
    rows = served(outcome, say)
    if not rows:
        return
    with st.expander(say("plan.served"), key=PLAN.key("served")):
        heads = [say(f"plan.served.{name}") for name in ("site", "place", "amount", "share")]
        st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))


def reach_section(outcome: Outcome, say: Words) -> None:
    """Draw, behind a button, who lives within reach of each site."""
    with st.expander(say("plan.reach"), key=PLAN.key("reach")):
        names = ("site", "people", "shared", "km2")
        heads = [say(f"plan.reach.head.{name}") for name in names]
        rows = reach_rows(outcome, say)
        st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))


def _row(site: Site, reason: Reason, outcome: Outcome, say: Words) -> dict[str, Any]:
    figures = [name for name in table_columns(outcome) if name != "stability"]
    if is_soon := is_judged_soon(outcome):
        reason = replace(reason, surety="soon" if not reason.is_must else "")
    cells: dict[str, Any] = {
        "order": site.order,
        "code": site.code,
        "is_fixed": site.code in outcome.request.must,
        "name": site.name,
        "where": where(site),
        "why": reason_text(reason, say),
        "values": [cell_text(site, name, outcome, say) for name in figures],
    }
    if outcome.plan.stability is not None:
        chosen = cell_text(site, "stability", outcome, say)
        cells |= {"surety": reason.surety, "chosen": chosen}
    if is_soon:
        return {**cells, "surety": "", "chosen": "…"}
    if reason.surety:
        near = share_text(site.chosen_near_share or 0.0, say, 0)
        cells |= {"chosen_share": site.chosen_share, "near": say("plan.near", share=near)}
    return cells


def departments_section(outcome: Outcome, say: Words) -> None:
    """Draw what is covered and missed of each department, most missed first."""
    rows = most_missed_first(outcome.departments)
    columns = department_columns(outcome)
    values = {"rows": rows, "columns": columns, "unit": outcome.unit.text(say)}
    html = render("plan/departments", say, **values, amount=amount, share_text=share_text)
    sortable_table(html, say, key="plan_departments_table")


def assumptions_section(outcome: Outcome, say: Words) -> None:
    """Draw what the answer rests on, sentence by sentence."""
    texts = [one.text(say) for one in outcome.assumptions]
    details = [sure_detail(outcome, say), say("plan.assumptions.seed", seed=outcome.plan.seed)]
    st.html(render("plan/assumptions", say, assumptions=texts, details=filter(None, details)))


def _file(outcome: Outcome, suffix: str, lang: str) -> bytes:
    if suffix == "pdf":
        # drawing is loaded when the sheet is asked for, not when the page opens
        from atlas.planner.print_sheet import plan_pdf_bytes

        return plan_pdf_bytes(outcome, lang)
    return plan_bytes(outcome, f".{suffix}", words(lang), is_worded=True)


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
                key=PLAN.key(f"file_{suffix}"),
                on_click="ignore",
            )
