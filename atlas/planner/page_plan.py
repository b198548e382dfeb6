"""A plan on the page, the files that carry it away, and the questions that a planner asks next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from atlas.drawing.small_maps import small_map, small_view
from atlas.html import render
from atlas.planner import page_hand, sentences
from atlas.planner.by_hand import has_other_part, price_text
from atlas.planner.demand import KINDS, WITH_PERIOD, demand_for, places
from atlas.planner.derivation import plan_derivation
from atlas.planner.document import PlanDocument, Reason, Site
from atlas.planner.files import most_missed_first, plan_bytes
from atlas.planner.model import CURVE_SITES, CurvePoint, compare_demands, curve_for, front_for
from atlas.planner.page_session import PLAN, keep_answer, kept_answer, paragraph, refusal_text, work
from atlas.planner.question import OwnFiles
from atlas.planner.reach import drawn_areas
from atlas.web.components import component, sortable_table
from atlas.words import Words, file_name, words
from data.periods import latest_year
from geo.errors import GeoError
from geo.siting.model import PlanFigures, known_difference
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
    values = {"figures": sentences.figures(document, say), "notes": sentences.notes(document, say)}
    st.html(render("plan/card", say, sentence=sentences.sentence(document, say), **values))
    steps = plan_derivation(document, say)
    st.html(render("derivation", say, title=say("derivation.title"), **steps))


def table_section(document: PlanDocument, say: Words) -> None:
    pairs = zip(document.sites, document.reasons, strict=True)
    rows = [_row(site, reason, document, say) for site, reason in pairs]
    # the column stands before its figures are known, so that nothing moves later
    soon = ["stability"] if is_judged_soon(document) else []
    columns = ["site", *sentences.table_columns(document), *soon]
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
        ("served", sentences.served_rows(document, say), ("site", "place", "amount", "share")),
        (
            "reach",
            sentences.reach_rows(document, say),
            ("head.site", "head.people", "head.shared", "head.km2"),
        ),
    ):
        if rows:
            with st.expander(say(f"plan.{name}"), key=PLAN.key(name)):
                titles = [say(f"plan.{name}.{head}") for head in heads]
                st.html(render("plan/table", say, heads=titles, rows=rows, is_named=True))


def _row(site: Site, reason: Reason, document: PlanDocument, say: Words) -> dict[str, Any]:
    figures = [name for name in sentences.table_columns(document) if name != "stability"]
    if is_soon := is_judged_soon(document):
        reason = replace(reason, surety="soon" if not reason.is_must else "")
    cells: dict[str, Any] = {
        "order": site.order,
        "code": site.code,
        "is_fixed": site.code in document.request.must,
        "name": site.name,
        "where": sentences.site_place(site),
        "why": sentences.reason_text(reason, say),
        "values": [sentences.cell_text(site, name, document, say) for name in figures],
    }
    if document.plan.stability is not None:
        chosen = sentences.cell_text(site, "stability", document, say)
        cells |= {"surety": reason.surety, "chosen": chosen}
    if is_soon:
        return {**cells, "surety": "", "chosen": "…"}
    if reason.surety:
        near = sentences.share_text(site.chosen_near_share or 0.0, say, 0)
        cells |= {"chosen_share": site.chosen_share, "near": say("plan.near", share=near)}
    return cells


def departments_section(document: PlanDocument, say: Words) -> None:
    rows = most_missed_first(document.departments)
    columns = sentences.department_columns(document)
    values = {"rows": rows, "columns": columns, "unit": document.unit.text(say)}
    html = render(
        "plan/departments", say, **values, amount=sentences.amount, share_text=sentences.share_text
    )
    sortable_table(html, say, key="plan_departments_table")


def assumptions_section(document: PlanDocument, say: Words) -> None:
    details = [
        sentences.sure_detail(document, say),
        say("plan.assumptions.seed", seed=document.plan.seed),
    ]
    values = {"assumptions": document.assumption_texts(say), "details": filter(None, details)}
    st.html(render("plan/assumptions", say, **values))


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


def questions_section(document: PlanDocument, own: OwnFiles, key: object, say: Words) -> None:
    """Draw the three questions, each behind a button."""
    request, unit, say = document.request, document.plan.unit, sentences.estimating(document, say)
    # the curve is about coverage, whatever the aim of this plan
    of = sentences.territory(document, say)
    of_curve = sentences.wording(document, say, "mclp")
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_curve"):
        _head("curve", of_curve, of=of, is_by_cost=request.is_by_cost)
        _curve_section(document, own, of_curve)
    with right, st.container(key="plan_front"):
        _head("front", say, of=of, is_by_cost=request.is_by_cost)
        if request.model == "lscp":
            paragraph(say("plan.front.lscp"), say)
        else:
            if request.capacity is not None:
                paragraph(say("plan.front.capacity"), say)
            asked = request.changed(sites=len(document.plan.sites))
            front = answer("front", (key, "front"), partial(front_for, asked, own), say)
            if front is not None:
                _front(front, unit, say)
    with st.container(key="plan_demands"):
        _head("demands", say, of=of, is_by_cost=request.is_by_cost)

        def compare(progress: Callable[[float], None]) -> pd.DataFrame:
            period = request.demand.partition(":")[2] or latest_year()
            judges = [
                demand_for(f"{kind}:{period}" if kind in WITH_PERIOD else kind) for kind in KINDS
            ]
            if own.demand is not None:
                judges.append(own.demand)
            return compare_demands(request, judges, own, progress=progress)

        table = answer("demands", (key, "demands"), compare, say)
        if table is not None:
            _demands(table, say)


def answer(name: str, key: object, make: Callable[[Any], Any], say: Words) -> Any:
    """Return the answer to a question; else draw its button, or do the work."""
    result = kept_answer(key)
    if result is not None:
        return result
    place = st.empty()
    if name not in PLAN.held.wanted:
        _ask_button(name, say(f"plan.{name}.ask"), place, say)
        return None
    try:
        return work(key, make, place=place, text=say(f"plan.{name}.working"))
    except GeoError as error:
        paragraph(refusal_text(error, say), say)
    return None


def _ask_button(name: str, label: str, place: Any, say: Words) -> None:
    place.button(
        label,
        key=PLAN.key(f"ask_{name}"),
        on_click=PLAN.held.wanted.add,
        args=(name,),
        help=say(f"plan.{name}.text"),
    )


def _curve_section(document: PlanDocument, own: OwnFiles, say: Words) -> None:
    """Draw what each number of teams covers as it is solved; keep it while nothing but the number
    of teams changes."""
    request, chosen = document.request, len(document.plan.sites)
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


def _head(name: str, say: Words, *, of: str, is_by_cost: bool) -> None:
    text = say(f"plan.{name}.text")
    if of:
        text += " " + say("plan.questions.part", of=of)
    if is_by_cost:
        text += " " + say("plan.questions.free")
    st.html(render("heading", say, title=say(f"plan.{name}"), text=text))


def _curve(points: Mapping[int, CurvePoint | None], chosen: int, say: Words) -> None:
    figures = {count: point[0] for count, point in points.items() if point is not None}
    bars = {
        count: figures[count].coverage_share if count in figures else None
        for count in sorted({*CURVE_SITES, *points})
    }
    top = max((plan.coverage_share for plan in figures.values()), default=0.0) or 1.0
    text = say("plan.curve.axis")
    if chosen in figures and chosen + 1 in figures:
        pair = figures[chosen + 1], figures[chosen]
        text += " " + price_text("plan.curve.next", *pair, say, sites=chosen + 1)
    if figures and len(points) == len(bars):
        text += " " + sentences.gap_text(max(plan.gap for plan in figures.values()), False, say)
    st.html(render("plan/curve", say, bars=bars, solved=points, chosen=chosen, top=top))
    paragraph(text, say)


def _one_more(points: Mapping[int, CurvePoint | None], document: PlanDocument, say: Words) -> None:
    """Draw what each team adds: reports and their price, residents, ways."""
    total, price = document.total, document.request.team_cost
    measure = sentences.way_unit(document, say)
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
            low, high = (total * share for share in known_difference(plan, before))
            if max(plan.gap, before.gap) < sentences.UNKNOWN_GAP:
                ends = [sentences.amount(value, say) for value in (low, high)]
                more[0] = _between(*ends)
                if price and low > 0:
                    more[3] = _between(
                        *(sentences.soles(round(price / won), say) for won in (high, low))
                    )
            more[1] = say.number(people - fewer, 0)
            if not has_other_part(plan, before):
                more[2] = say.number(plan.mean_cost - before.mean_cost, 0)
        rows.append((str(count), say.percent(plan.coverage_share, 1), *more))
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low} – {high}"


def _front(points: tuple[PlanFigures, ...], unit: str, say: Words) -> None:
    heads = [say(f"plan.front.{name}") for name in ("worst", "covered", "gap")]
    rows = [
        (
            sentences.mean_way(plan.worst_cost, plan.unreachable_share, unit, say),
            (say.percent(plan.coverage_share, 1), plan.coverage_share),
            sentences.gap_short(plan.gap, say),
        )
        for plan in points
    ]
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=False))
    first, last = points[0], points[-1]
    if len(points) > 1 and not has_other_part(first, last):
        shorter = sentences.way(first.worst_cost - last.worst_cost, unit, say)
        paragraph(price_text("plan.front.price", first, last, say, way=shorter), say)


def _demands(table: pd.DataFrame, say: Words) -> None:
    heads = [say(f"plan.demands.{name}") for name in ("judge", "here", "best", "shared")]
    rows = [
        (
            say(f"plan.demand.{row.demand.partition(':')[0]}"),
            say.percent(row.coverage_share, 1),
            ("≥ " if row.best_gap else "") + say.percent(row.best_share, 1),
            str(row.shared_sites),
        )
        for row in table.itertuples()
    ]
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))
    if table["best_gap"].any():
        paragraph(say("plan.demands.unproven"), say)
