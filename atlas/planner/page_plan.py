"""A plan on the page, the files that carry it away, and the questions that a planner asks next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from atlas.drawing.small_maps import small_map, small_view
from atlas.html import render
from atlas.planner import page_hand, sentences
from atlas.planner.demand import places
from atlas.planner.document import PlanDocument, Site
from atlas.planner.files import plan_bytes
from atlas.planner.model import CURVE_SITES, CurvePoint, curve_for
from atlas.planner.page_session import PLAN, keep_answer, kept_answer, paragraph, refusal_text, work
from atlas.planner.question import OwnFiles
from atlas.planner.reach import drawn_areas
from atlas.web.components import component, sortable_table
from atlas.words import Words, file_name, words
from geo.errors import GeoError
from layers.palette import GROUND
from layers.picture.scene import path_data, rings_of

FILES = {
    "pdf": "application/pdf",
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
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
                sites=len(document.sites),
                share=say.percent(document.coverage_share, 1),
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
    keys += ["in_zone"] if any(place.in_zone for place in document.places) else []
    keys += ["ring"] if document.radius_unit == "km" else ["area"] * document.has_areas
    keys += ["service"] if document.services else []
    keys += [] if own.zones is None else ["zone"]
    st.html(render("plan/keys", say, keys=keys))


def card_section(document: PlanDocument, say: Words) -> None:
    """Draw the answer: the headline, who is left out, how sure the plan is."""
    word, why = sentences.confidence(document, say)
    sure = [f"{word}. {why}" if word else why]
    values = {
        "figures": sentences.figures(document, say),
        "notes": [*sure, *sentences.left_out_text(document, say), *sentences.notes(document, say)],
    }
    headline = sentences.headline(document, say)
    st.html(render("plan/card", say, sentence=f"{headline}.", **values))


def table_section(document: PlanDocument, say: Words) -> None:
    rows = [_row(site, document, say) for site in document.sites]
    columns = ["site", "added", "load", "stability"]
    can_remove = bool(document.candidates) and page_hand.can_remove(document)
    html = render("plan/sites", say, columns=columns, rows=rows, can_remove=can_remove)
    sortable_table(html, say, key="plan_table", on_move=page_hand.move_handler("plan_table"))


def is_judged_soon(document: PlanDocument) -> bool:
    """Say whether the variations are still to be computed."""
    return not document.resamples and document.request.is_varied and bool(document.candidates)


def _row(site: Site, document: PlanDocument, say: Words) -> dict[str, Any]:
    cells = sentences.site_cells(site, document, say)
    surety = "" if site.kept_share is None else "unsure" if site.is_doubtful else "sure"
    near = sentences.share_text(site.near_share or 0.0, say, 0)
    return {
        "order": site.order,
        "code": site.code,
        "is_fixed": site.code in document.request.must,
        "name": site.name,
        "where": sentences.site_place(site),
        "why": sentences.site_text(site, document, say),
        "values": [cells["added"], cells["load"]],
        "surety": surety,
        "chosen": "…" if is_judged_soon(document) else cells["stability"],
        "chosen_share": site.kept_share or 0.0,
        "near": say("plan.near", share=near),
    }


def departments_section(document: PlanDocument, say: Words) -> None:
    rows = sentences.most_missed_first(document.departments)
    columns = sentences.department_columns(document)
    values = {"rows": rows, "columns": columns, "unit": document.unit.text(say)}
    html = render(
        "plan/departments", say, **values, amount=sentences.amount, share_text=sentences.share_text
    )
    sortable_table(html, say, key="plan_departments_table")


def assumptions_section(document: PlanDocument, say: Words) -> None:
    texts = document.texts(document.assumptions, say)
    st.html(render("plan/assumptions", say, assumptions=[text.rstrip(".") for text in texts]))


def _file(document: PlanDocument, suffix: str, lang: str) -> bytes:
    if suffix == "pdf":
        # drawing is loaded when the sheet is asked for, not when the page opens
        from atlas.planner.print_sheet import plan_pdf_bytes

        return plan_pdf_bytes(document, lang)
    return plan_bytes(document, f".{suffix}", words(lang))


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
    view = small_view()
    towns, here = places(), document.places
    index = np.searchsorted(towns.ubigeo, [place.ubigeo for place in here])
    spots = view.project(np.column_stack([towns.longitude, towns.latitude])[index]).round(1)
    weight = np.array([place.weight for place in here])
    radius = np.maximum(LARGEST_DOT * np.sqrt(weight / weight.max()), SMALLEST_DOT).round(2)
    kinds = [
        "in_zone" if place.in_zone else "covered" if place.served >= 0.5 else "missed"
        for place in here
    ]
    dots = [
        [*spots[i].tolist(), float(radius[i]), kinds[i]]
        for i in np.argsort(-radius, kind="stable").tolist()
    ]
    at = {site.order: view.at(site.longitude, site.latitude) for site in document.sites}
    links = "".join(
        f"M{x:.1f},{y:.1f}L{at[order][0]:.1f},{at[order][1]:.1f}"
        for (x, y), place in zip(spots.tolist(), here, strict=True)
        for order, _ in place.sites
    )
    sites = [
        {
            "order": site.order,
            "code": site.code,
            "name": site.name,
            "says": f"{site.order}. {site.name}. {sentences.site_text(site, document, say)}",
            "x": round(at[site.order][0], 1),
            "y": round(at[site.order][1], 1),
            "isFixed": site.code in document.request.must,
        }
        for site in document.sites
    ]
    areas = [
        path_data(rings_of(area), decimals=2)
        for area in drawn_areas((site.area for site in document.sites), view, 0.06)
    ]
    services = [[round(at, 1) for at in view.at(*spot)] for spot in document.services]
    return {"dots": dots, "links": links, "sites": sites, "services": services, "areas": areas}


def _ask_button(name: str, label: str, place: Any, say: Words) -> None:
    place.button(
        label,
        key=PLAN.key(f"ask_{name}"),
        on_click=PLAN.held.wanted.add,
        args=(name,),
        help=say(f"plan.{name}.text"),
    )


def curve_section(document: PlanDocument, own: OwnFiles, say: Words) -> None:
    """Draw what each number of teams covers as it is solved; keep it while nothing but the number
    of teams changes."""
    title, text = say("plan.curve"), say("plan.curve.text")
    st.html(render("heading", say, title=title, text=text))
    request, chosen = document.request, len(document.sites)
    key = (request.changed(sites=None), own.digest, "curve")
    points: dict[int, CurvePoint | None] = kept_answer(key) or {}
    chart, place, is_wanted = st.empty(), st.empty(), "curve" in PLAN.held.wanted

    def draw() -> None:
        with chart.container():
            _curve(points, chosen, say)

    if points or is_wanted:
        draw()
    # the plan's own number of teams first, then one more
    order = sorted(CURVE_SITES, key=lambda count: (count not in (chosen, chosen + 1), count))
    left = [count for count in order if count not in points]
    if left and not is_wanted:
        _ask_button("curve", say("plan.curve.go_on" if points else "plan.curve.ask"), place, say)
    elif left:

        def make(progress: Callable[[float], None]) -> dict[int, CurvePoint | None]:
            for count, point in curve_for(request, own, left):
                points[count] = point
                keep_answer(key, points)
                draw()
                progress(len(points) / len(order))
            return points

        try:
            work(key, make, place=place, text=say("plan.curve.working"))
        except GeoError as error:
            paragraph(refusal_text(error, say), say)
    if any(points.values()):
        with st.expander(say("plan.curve.table"), key=PLAN.key("curve_table")):
            _one_more(points, document, say)


def _curve(points: Mapping[int, CurvePoint | None], chosen: int, say: Words) -> None:
    figures = {count: point[0] for count, point in points.items() if point is not None}
    bars = {
        count: figures[count].coverage_share if count in figures else None
        for count in sorted({*CURVE_SITES, *points})
    }
    top = max((plan.coverage_share for plan in figures.values()), default=0.0) or 1.0
    text = say("plan.curve.axis")
    if chosen in figures and chosen + 1 in figures:
        more = figures[chosen + 1].coverage_share - figures[chosen].coverage_share
        share = say.number(100 * max(more, 0.0), 1)
        text += " " + say("plan.curve.next", sites=chosen + 1, share=share)
    st.html(render("plan/curve", say, bars=bars, solved=points, chosen=chosen, top=top))
    paragraph(text, say)


def _one_more(points: Mapping[int, CurvePoint | None], document: PlanDocument, say: Words) -> None:
    """Draw what each team adds: reports and their price, residents, ways."""
    total, price = document.demand_total, document.request.team_cost
    measure = document.radius_unit
    names = ("teams", "covered", "demand", "residents", "way", *(["price"] if price else []))
    heads = [
        say(f"plan.curve.col.{name}", unit=document.unit.text(say), measure=measure)
        for name in names
    ]
    rows = []
    for count in sorted(points):
        if (point := points[count]) is None:
            continue
        plan, people = point
        more = ["–"] * (len(names) - 2)
        if (earlier := points.get(count - 1)) is not None:
            before, fewer = earlier
            won = total * (plan.coverage_share - before.coverage_share)
            more[0] = sentences.amount(max(won, 0.0), say)
            if price and won > 0:
                more[3] = sentences.soles(round(price / won), say)
            more[1] = say.number(people - fewer, 0)
            more[2] = say.number(plan.mean_cost - before.mean_cost, 0)
        rows.append((str(count), say.percent(plan.coverage_share, 1), *more))
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))
