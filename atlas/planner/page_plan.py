"""Draw a plan: its map, its answer, its files, and the details below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import river_path, small_map, small_view, town_spots, zones_path
from atlas.html import render
from atlas.planner import page_hand, sentences
from atlas.planner.document import FIRM, MOST_NOTE, OPEN, PlanDocument, Site
from atlas.planner.files import plan_bytes
from atlas.planner.left_out import MOST, missed
from atlas.planner.model import CURVE_SITES, CurvePoint, curve_for
from atlas.planner.page_session import PLAN, keep_answer, kept_answer, paragraph, refusal_text, work
from atlas.planner.question import OwnFiles
from atlas.planner.reach import drawn_areas
from atlas.web.components import component, sortable_table
from atlas.web.own_lists import are_offered
from atlas.words import Words, file_name, words
from geo.errors import GeoError
from layers.palette import GROUND
from layers.picture.scene import path_data, rings_of

FILES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpx": "application/gpx+xml",
    "geojson": "application/geo+json",
    "csv": "text/csv",
}
COLORS = {
    "light": {
        **GROUND["light"],
        "line": "#d5d0c8",
        "border": "#b9b3a8",
        "site": "#6d2459",
        "zone": "#5f5a55",
        "out": "#f3d3b0",
        "outline": "#2a0f25",
        "ink": "#1f1d1b",
        "soft": "#67635d",
        "card": "#ffffff",
    },
    "dark": {
        **GROUND["dark"],
        "line": "#4a4743",
        "border": "#5a5f63",
        "site": "#a44d8c",
        "zone": "#8d877e",
        "out": "#7a5530",
        "outline": "#f3d3b0",
        "ink": "#eeebe6",
        "soft": "#b5b0a8",
        "card": "#1f1d1b",
    },
}


def map_section(
    document: PlanDocument,
    own: OwnFiles,
    say: Words,
    *,
    can_change: bool = False,
    beside: PlanDocument | None = None,
) -> None:
    """Draw the map of a plan with its legend; sites can be changed by hand if ``can_change``.

    With a plan ``beside`` it, mark the sites that only one of the two has.
    """
    theme = st.context.theme.type or "light"
    component("planmap")(
        key="plan_map",
        data={
            "alt": say("plan.map.alt", sites=len(document.sites)),
            "colors": COLORS[theme],
            **small_map().drawn,
            "towns": town_spots(),
            "rivers": river_path(),
            "zones": "" if own.zones is None else zones_path(own.zones, document.request.buffer_km),
            "zoomIn": say("map.zoom_in"),
            "zoomOut": say("map.zoom_out"),
            **plan_marks(document, say, beside),
            "legend": _legend(document, own, say, beside),
            "hand": page_hand.map_data(document, say) if can_change else None,
        },
        on_move_change=page_hand.move_handler("plan_map"),
    )


def _legend(
    document: PlanDocument, own: OwnFiles, say: Words, beside: PlanDocument | None
) -> list[tuple[str, str]]:
    """Return the meaning of the signs that are on the map."""
    is_doubtful = any(site.is_doubtful for site in document.sites)
    way = sentences.way(document.radius, document.radius_unit, say)
    signs = {
        "site": True,
        "came": beside is not None and not {*document.codes} <= {*beside.codes},
        "gone": beside is not None and not {*beside.codes} <= {*document.codes},
        "doubt": is_doubtful,
        "fixed": bool(document.request.must),
        "area": document.radius_unit == "km" or document.has_areas,
        "out": bool(_above(document)),
        "service": bool(document.services),
        "zone": own.zones is not None,
    }
    unit = document.radius_unit
    words_of = {"area": say(f"plan.key.area.{unit}", way=way)}
    return [
        (name, words_of.get(name) or say(f"plan.key.{name}", way=way))
        for name, is_on in signs.items()
        if is_on
    ]


def plan_marks(
    document: PlanDocument, say: Words, beside: PlanDocument | None = None
) -> dict[str, Any]:
    """Return sites, services, reach and department names in view units, left-out names first."""
    view, outlines = small_view(), small_map()
    alternatives: dict[str, tuple[str, float, float]] = {}
    sites = []
    for site in document.sites:
        x, y = view.at(site.longitude, site.latitude)
        sites.append(
            {
                "order": site.order,
                "code": site.code,
                "name": site.name,
                "says": f"{site.order}. {site.name}. {sentences.site_text(site, document, say)}",
                "x": round(x, 1),
                "y": round(y, 1),
                "isFixed": site.code in document.request.must,
                "isDoubtful": site.is_doubtful,
                "isNew": beside is not None and site.code not in beside.codes,
            }
        )
        for other in site.alternatives if site.is_doubtful and beside is None else ():
            if other.code not in document.codes:
                east, south = view.at(other.longitude, other.latitude)
                named = say("plan.map.or", name=other.name)
                alternatives[other.code] = (named, round(east, 1), round(south, 1))
    for other in beside.sites if beside is not None else ():
        if other.code not in document.codes:
            east, south = view.at(other.longitude, other.latitude)
            alternatives[other.code] = (other.name, round(east, 1), round(south, 1))
    left_out = {department.department_ubigeo: department for department in document.left_out}
    above = _above(document)
    names = {code: name for code, name, _ in outlines.shapes}
    order = [*left_out, *(code for code in names if code not in left_out)]
    taken = {site.name for site in document.sites}
    areas = drawn_areas((site.area for site in document.sites), view, 0.06)
    return {
        "sites": sites,
        "others": list(alternatives.values()),
        "services": [[round(at, 1) for at in view.at(*spot)] for spot in document.services],
        "areas": [path_data(rings_of(area), decimals=2) for area in areas],
        "out": above,
        "labels": [
            {
                "code": code,
                "name": names[code],
                "count": sentences.missed_count(left_out[code], document, say)
                if code in left_out
                else "",
                "isOut": code in above,
                "x": outlines.spots[code][0],
                "y": outlines.spots[code][1],
            }
            for code in order
            if code in left_out or names[code] not in taken
        ],
    }


def _above(document: PlanDocument) -> list[str]:
    """Return the departments above the expected of which most is missed, by code."""
    return [
        department.department_ubigeo
        for department in document.left_out
        if department.verdict == "above"
        and document.missed_of(department.department_ubigeo) > MOST * department.demand
    ]


def answer_section(document: PlanDocument, say: Words, *, can_change: bool) -> None:
    """Draw the sites, the departments left out, how sure the plan is and its price."""
    word, why = sentences.confidence(document, say)
    if can_change and is_judged_soon(document):
        word, why = "", say("plan.confidence.soon")
    html = render(
        "plan/answer",
        say,
        sites=[_row(site, document, say) for site in document.sites],
        left_out=_left_out(document, say),
        removed=page_hand.removed(document) if can_change else (),
        others=_others(document, say),
        most_note=MOST_NOTE,
        word=word,
        why=why,
        scale=say("plan.confidence.scale", firm=f"{100 * FIRM:g}", open=f"{100 * OPEN:g}"),
        cost=sentences.cost_text(document, say) if document.cost else "",
        can_change=can_change,
    )
    move = page_hand.move_handler("plan_answer")
    component("plananswer")(key="plan_answer", data={"html": html}, on_move_change=move)


def _row(site: Site, document: PlanDocument, say: Words) -> dict[str, Any]:
    served, missed, near = sentences.site_parts(site, document, say)
    km = (
        ""
        if site.nearest_cem is None
        else say("plan.site.help", km=say.number(site.nearest_cem.km))
    )
    more = [missed.rstrip("."), km, say("plan.note.own").lower()]
    return {
        "order": site.order,
        "code": site.code,
        "note": document.own_notes.get(site.code, ""),
        "is_fixed": site.code in document.request.must,
        "is_doubtful": site.is_doubtful,
        "name": site.name,
        "text": served,
        "near": near,
        "more": " · ".join(filter(None, more)),
    }


def _left_out(document: PlanDocument, say: Words) -> list[dict[str, Any]]:
    """Return for each department named as missed: the amount, notes and the button's text."""
    return [
        {
            "code": department.department_ubigeo,
            "name": department.name,
            "is_above": department.verdict == "above",
            "missed": sentences.missed_text(department, document, say),
            "notes": sentences.about_including(department, document, say),
            "button": sentences.include_text(department, document, say),
        }
        for department in document.left_out
    ]


def _others(document: PlanDocument, say: Words) -> list[str]:
    """Return the other departments of which something is missed, with the amount."""
    named = {department.department_ubigeo for department in document.left_out}
    return [
        say(
            "plan.left_out.amount",
            name=department.name,
            amount=sentences.amount(department.missed, say),
        )
        for department in missed(document.departments)
        if department.department_ubigeo not in named
    ]


def is_judged_soon(document: PlanDocument) -> bool:
    """Say whether the variations are still to be computed."""
    return not document.resamples and document.request.is_varied and bool(document.candidates)


def departments_section(document: PlanDocument, say: Words) -> None:
    """Draw the plan's figures, then the covered and missed demand of each department."""
    html = render("plan/figures", say, figures=sentences.figures(document, say))
    st.html(html)
    rows = sentences.most_missed_first(document.departments)
    columns = sentences.department_columns(document)
    values = {"rows": rows, "columns": columns, "unit": document.unit.text(say)}
    html = render(
        "plan/departments", say, **values, amount=sentences.amount, share_text=sentences.share_text
    )
    sortable_table(html, say, key="plan_departments_table")


def assumptions_section(document: PlanDocument, say: Words) -> None:
    """Draw the plan's assumptions, and who lives within reach."""
    texts = document.texts(document.assumptions, say) + list(sentences.reach_notes(document, say))
    st.html(render("plan/assumptions", say, assumptions=[text.rstrip(".") for text in texts]))


def _file(document: PlanDocument, suffix: str, lang: str) -> bytes:
    if suffix == "pdf":
        # drawing is loaded when the sheet is asked for, not when the page opens
        from atlas.planner.print_sheet import plan_pdf_bytes

        return plan_pdf_bytes(document, lang)
    return plan_bytes(document, f".{suffix}", words(lang))


def files_section(document: PlanDocument, say: Words) -> None:
    """Draw the buttons of the print sheet and of the other files; a click writes the file."""
    name = file_name(say, "plan", is_invented=document.is_invented)

    def button(suffix: str, mime: str, label: str) -> None:
        st.download_button(
            label,
            partial(_file, document, suffix, say.lang),
            file_name=f"{name}.{suffix}",
            mime=mime,
            key=PLAN.key(f"file_{suffix}"),
            on_click="ignore",
        )

    component("planprint")(key="plan_print", data={"label": say("plan.print")}, width="content")
    with st.popover(say("plan.download"), key=PLAN.key("download")):
        paragraph(say("plan.files.lists" if are_offered() else "plan.files.text"), say)
        for suffix, mime in FILES.items():
            button(suffix, mime, say(f"plan.files.{suffix}"))


def curve_section(document: PlanDocument, own: OwnFiles, say: Words) -> None:
    """Draw what each number of teams covers as it is solved.

    The answers are stored while only the number of teams changes.
    """
    paragraph(say("plan.curve.text"), say)
    request, chosen = document.request, len(document.sites)
    key = (request.changed(sites=None), own.digest, "curve")
    points: dict[int, CurvePoint | None] = kept_answer(key) or {}
    chart, place = st.empty(), st.empty()

    def draw() -> None:
        with chart.container():
            _curve(points, chosen, say)

    if points:
        draw()
    # the plan's own number of teams first, then one more
    order = sorted(CURVE_SITES, key=lambda count: (count not in (chosen, chosen + 1), count))
    left = [count for count in order if count not in points]
    label = say("plan.curve.go_on" if points else "plan.curve.ask")
    if left and place.button(label, key=PLAN.key("ask_curve")):

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
