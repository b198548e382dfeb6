"""A plan on the page, and the files that carry it away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from atlas.drawing.small_maps import small_map, small_view
from atlas.html import render
from atlas.planner import page_hand
from atlas.planner.demand import places
from atlas.planner.derivation import plan_derivation
from atlas.planner.document import PlanDocument, Reason, Site
from atlas.planner.files import most_missed_first, plan_bytes
from atlas.planner.page_session import PLAN
from atlas.planner.question import OwnFiles
from atlas.planner.reach import drawn_areas
from atlas.planner.words import (
    amount,
    cell_text,
    department_columns,
    figures,
    notes,
    reach_rows,
    reason_text,
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
from layers.picture.scene import path_data, rings_of

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
    document: PlanDocument,
    own: OwnFiles,
    say: Words,
    *,
    key: str,
    rem: float,
    is_main: bool = False,
) -> None:
    """Draw the map of a plan and its legend; sites are changed by hand on the main one."""
    theme = st.context.theme.type or "light"
    component("planmap")(
        key=key,
        data={
            "alt": say(
                "plan.map.alt",
                sites=len(document.plan.sites),
                share=say.percent(document.plan.evaluation.coverage_share, 1),
            ),
            "colors": COLORS[theme],
            "heightRem": rem,
            **small_map().drawn,
            "zones": "" if own.zones is None else own.zones.path(document.request.buffer_km),
            "zoomIn": say("map.zoom_in"),
            "zoomOut": say("map.zoom_out"),
            **plan_marks(document, say),
            "hand": page_hand.map_data(document, say) if is_main else None,
        },
        on_move_change=page_hand.move_handler(key),
    )
    keys = ["site", *(["fixed"] if document.request.must else []), "covered", "missed"]
    keys += ["in_zone"] if document.in_zone.any() else []
    keys += ["ring"] if document.plan.unit == "km" else ["area"] * document.reach.has_areas
    keys += ["service"] if document.services else []
    keys += [] if own.zones is None else ["zone"]
    st.html(render("plan/keys", say, keys=keys))


def card_section(document: PlanDocument, say: Words) -> None:
    values = {"figures": figures(document, say), "notes": notes(document, say)}
    st.html(render("plan/card", say, sentence=sentence(document, say), **values))
    steps = plan_derivation(document, say)
    st.html(render("derivation", say, title=say("derivation.title"), **steps))


def table_section(document: PlanDocument, say: Words) -> None:
    pairs = zip(document.sites, document.reasons, strict=True)
    rows = [_row(site, reason, document, say) for site, reason in pairs]
    # the column is there before its figures: what is read stays where it is
    soon = ["stability"] if is_judged_soon(document) else []
    columns = ["site", *table_columns(document), *soon]
    can_remove = page_hand.can_remove(document)
    html = render("plan/sites", say, columns=columns, rows=rows, can_remove=can_remove)
    sortable_table(html, say, key="plan_table", on_move=page_hand.move_handler("plan_table"))


def is_judged_soon(document: PlanDocument) -> bool:
    """Say whether the stability of the sites is still to be computed."""
    request = document.request
    return document.plan.stability is None and request.model == "mclp" and request.is_plain


def people_section(document: PlanDocument, say: Words) -> None:
    """Draw, each behind a button, whom each team serves and who lives within reach of each site."""
    for name, rows, heads in (
        ("served", served(document, say), ("site", "place", "amount", "share")),
        (
            "reach",
            reach_rows(document, say),
            ("head.site", "head.people", "head.shared", "head.km2"),
        ),
    ):
        if rows:
            with st.expander(say(f"plan.{name}"), key=PLAN.key(name)):
                titles = [say(f"plan.{name}.{head}") for head in heads]
                st.html(render("plan/table", say, heads=titles, rows=rows, is_named=True))


def _row(site: Site, reason: Reason, document: PlanDocument, say: Words) -> dict[str, Any]:
    figures = [name for name in table_columns(document) if name != "stability"]
    if is_soon := is_judged_soon(document):
        reason = replace(reason, surety="soon" if not reason.is_must else "")
    cells: dict[str, Any] = {
        "order": site.order,
        "code": site.code,
        "is_fixed": site.code in document.request.must,
        "name": site.name,
        "where": where(site),
        "why": reason_text(reason, say),
        "values": [cell_text(site, name, document, say) for name in figures],
    }
    if document.plan.stability is not None:
        chosen = cell_text(site, "stability", document, say)
        cells |= {"surety": reason.surety, "chosen": chosen}
    if is_soon:
        return {**cells, "surety": "", "chosen": "…"}
    if reason.surety:
        near = share_text(site.chosen_near_share or 0.0, say, 0)
        cells |= {"chosen_share": site.chosen_share, "near": say("plan.near", share=near)}
    return cells


def departments_section(document: PlanDocument, say: Words) -> None:
    rows = most_missed_first(document.departments)
    columns = department_columns(document)
    values = {"rows": rows, "columns": columns, "unit": document.unit.text(say)}
    html = render("plan/departments", say, **values, amount=amount, share_text=share_text)
    sortable_table(html, say, key="plan_departments_table")


def assumptions_section(document: PlanDocument, say: Words) -> None:
    texts = [assumption.text(say) for assumption in document.assumptions]
    details = [sure_detail(document, say), say("plan.assumptions.seed", seed=document.plan.seed)]
    st.html(render("plan/assumptions", say, assumptions=texts, details=filter(None, details)))


def _file(document: PlanDocument, suffix: str, lang: str) -> bytes:
    if suffix == "pdf":
        # drawing is loaded when the sheet is asked for, not when the page opens
        from atlas.planner.print_sheet import plan_pdf_bytes

        return plan_pdf_bytes(document, lang)
    return plan_bytes(document, f".{suffix}", words(lang), is_worded=True)


def files_section(document: PlanDocument, say: Words) -> None:
    """Draw the download buttons; a click writes the file."""
    st.html(render("heading", say, title=say("plan.files"), text=say("plan.files.text")))
    name = file_name(say, "plan", is_invented=document.is_invented)
    with st.container(horizontal=True, key="plan_file_buttons"):
        for suffix, mime in FILES.items():
            st.download_button(
                say(f"plan.files.{suffix}"),
                partial(_file, document, suffix, say.lang),
                file_name=f"{name}.{suffix}",
                mime=mime,
                key=PLAN.key(f"file_{suffix}"),
                on_click="ignore",
            )


LARGEST_DOT, SMALLEST_DOT = 7.0, 0.55
"""Radii in view units; the area is the demand, down to the smallest that can be seen."""


def plan_marks(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return dots, links, sites and services in view units, with the label of each site."""
    towns, view = places(), small_view()
    spots = view.project(np.column_stack([towns.longitude, towns.latitude]))
    weight, evaluation = document.weight, document.plan.evaluation
    radius = np.maximum(LARGEST_DOT * np.sqrt(weight / weight.max()), SMALLEST_DOT)
    asks = np.flatnonzero(weight > 0)
    kinds = np.where(evaluation.served >= 0.5, "covered", "missed")
    kinds = np.where(document.in_zone, "in_zone", kinds)
    dots = [
        [round(float(spots[i, 0]), 1), round(float(spots[i, 1]), 1), round(float(radius[i]), 2),
         str(kinds[i])]
        for i in asks[np.argsort(-radius[asks], kind="stable")]
    ]  # fmt: skip
    spot_of = {
        position: view.at(site.longitude, site.latitude)
        for position, site in zip(document.plan.sites, document.sites, strict=True)
    }
    links = "".join(
        f"M{spots[i, 0]:.1f},{spots[i, 1]:.1f}L{x:.1f},{y:.1f}"
        for i, k in np.argwhere(document.plan.assigned > 1e-9).tolist()
        for x, y in (spot_of[document.plan.sites[k]],)
    )
    sites = []
    for site, (x, y) in zip(document.sites, spot_of.values(), strict=True):
        text = say(
            "plan.map.site",
            order=site.order,
            name=site.name,
            department=site.department,
            added=say.percent(site.within_reach_added_share, 1),
            total=say.percent(site.within_reach_share, 1),
        )
        place = {"x": round(x, 1), "y": round(y, 1)}
        names = {"order": site.order, "code": site.code, "name": site.name, "says": text}
        sites.append({**names, **place, "isFixed": site.code in document.request.must})
    areas = [
        path_data(rings_of(area), decimals=2) for area in drawn_areas(document.reach, view, 0.06)
    ]
    services = list(document.services)
    return {"dots": dots, "links": links, "sites": sites, "services": services, "areas": areas}
