"""Mapa: the map first, the card of a region, a ranked table; every view is a link."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from atlas.drawing.areas import area_title, has_reports, lacks_reports, no_reports
from atlas.drawing.legend import drawn_overlays, measure_scale, measure_title
from atlas.drawing.small_maps import small_map
from atlas.html import render
from atlas.map.page_card import (
    FOLD_KEYS,
    card_compare,
    card_html,
    card_tools,
    card_years,
    compared_period,
    finding,
    province_sentence,
)
from atlas.map.page_layers import layer_chips, layer_panel
from atlas.map.page_maps import (
    draw_maps,
    second_button,
    second_controls,
    second_timeline,
    two_maps_answer,
)
from atlas.map.page_measure import measure_controls, no_base
from atlas.map.page_share import picture_name, share_menu
from atlas.map.page_table import area_ranking_data, ranking_data, table_csv, years_csv
from atlas.map.places import places
from atlas.map.routes import PLACES_PATH
from atlas.results.matrix import sentence_of
from atlas.results.province import province_period
from atlas.results.regions import bases_of, results_for
from atlas.results.sentences import verdict_text
from atlas.results.series import series_csv
from atlas.results.two_maps import answer_lines
from atlas.version import content_version
from atlas.view import (
    BASES,
    DEPARTMENTS,
    FOLDS,
    LEVELS,
    MEASURE_COLUMNS,
    View,
    available_levels,
    province_names,
)
from atlas.web.compare import compared_places
from atlas.web.components import (
    HATCH_COLORS,
    component,
    data_button,
    fold,
    folding_controls,
    is_read_anew,
    link_warning,
    start,
    write_link,
)
from atlas.web.timeline import bars_of, period_in, timeline
from atlas.words import Words, file_name, words
from data.periods import REGISTRIES, Period, parse_period
from layers.palette import HATCH, SCALES


def _on_paper(view: View, say: Words) -> None:
    """The title of a printed page: what is shown, of whom and when."""
    subject = say(
        "legend.subject",
        unit=say(f"unit.{view.period.unit}.plural"),
        period=say(f"period.{view.period.code}"),
    )
    if view.level == LEVELS[0]:
        title = say(f"picture.title.{view.measure}")
        text = f"{measure_title(view, say)}. {subject}."
    else:
        title, text = area_title(view, say), subject if has_reports(view) else ""
    st.html(render("printed", say, title=title, text=text))


def _begin() -> View:
    """Read the link at first and after Back or Forward; in between the controls hold the view."""
    if is_read_anew("view"):
        start_in = {"lang": st.session_state["lang"]}
        st.session_state["view"] = View.from_link(st.query_params.to_dict(), start=start_in)
    return st.session_state["view"]


def _controls(view: View, say: Words) -> View:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    with folding_controls(say, "controls.show", partial(_search, say)):
        view = second_controls(measure_controls(view, say), say)
    return view.changed(lang=say.lang)


def _search(say: Words) -> None:
    """The box in which a place is searched by its name."""
    kinds = ("department", "province", "district", "place")
    component("search")(
        key="search",
        data={
            "src": f"{PLACES_PATH}?lang={say.lang}&v={content_version()}",
            "words": {
                **{name: say(f"search.{name}") for name in ("label", "placeholder", "none")},
                "kinds": {kind: say(f"search.{kind}") for kind in kinds},
            },
        },
        on_select_change=_go,
    )


def _go() -> None:
    """A place was searched: its province or department is chosen, the map goes there once."""
    code = getattr(st.session_state.get("search"), "select", None)
    if not isinstance(code, str) or code not in places():
        return
    place, view = places()[code], st.session_state["view"]
    _choose(view, code if code in province_names() else place.department)
    st.session_state["trips"] = st.session_state.get("trips", 0) + 1
    st.session_state["goto"] = {
        "bounds": place.bounds,
        "mark": place.mark,
        "trip": st.session_state["trips"],
    }


def _select(source: str) -> None:
    """A click on the map or in the table: the same area again closes its card."""
    code = getattr(st.session_state.get(source), "select", None)
    view: View = st.session_state["view"]
    if code in (*DEPARTMENTS, *province_names()):
        _choose(view, None if code == (view.province or view.department) else code)


def _choose(view: View, area: str | None) -> None:
    """Open the card of a department or province, with the outlines of provinces; or none."""
    if area is None or area in DEPARTMENTS:
        st.session_state["view"] = view.changed(department=area, province=None)
        return
    # where nothing is counted by province the map goes to who does, as the card
    _time(province_period(view.period))
    chosen = st.session_state["view"].changed(department=area[:2], province=area)
    if view.level != LEVELS[1]:
        chosen = chosen.changed(level=LEVELS[1], area_measure=view.measure)
        st.session_state["level"], st.session_state["area_measure"] = LEVELS[1], view.measure
    st.session_state["view"] = chosen


def _years(view: View, say: Words) -> None:
    """The map of every year of the registry, small and side by side, cut at the same breaks."""
    scale = measure_scale(view, say, say("multiples.how"))
    is_named = len(scale.colors) == len(scale.ticks)
    names = list(zip(scale.colors, scale.ticks, strict=True)) if is_named else []
    st.html(render("multiples", say, scale=scale, names=names))
    outlines = small_map()
    component("multiples")(
        key="years",
        data={
            "shapes": outlines.shapes,
            "box": [0, 0, outlines.view.width, round(outlines.view.height)],
            "hatch": HATCH_COLORS,
            "panels": year_panels(view, say),
            "chosen": view.period.code,
            "selected": view.department,
        },
        on_select_change=_choose_year,
    )


def _choose_year() -> None:
    code = getattr(st.session_state.get("years"), "select", None)
    view: View = st.session_state["view"]
    if isinstance(code, str) and (period := period_in(view.registry, code)).code == code:
        _time(period)


def year_panels(view: View, say: Words) -> list[dict[str, Any]]:
    """A small map for each year of the registry; one that is unknown has no colours."""
    palette, column = SCALES[view.measure], MEASURE_COLUMNS[view.measure]
    unit = say(f"unit.{REGISTRIES[view.registry].unit}.plural")
    panels = []
    for bar in bars_of(view.registry, "year", say.lang):
        panel: dict[str, Any] = {"code": bar.code, "name": f"{bar.tick} {bar.mark}".strip()}
        if bar.count is None:
            panels.append(panel | {"note": bar.gap, "said": f"{bar.name}: {bar.gap}"})
            continue
        period = parse_period(bar.code, view.registry)
        results = results_for(period, view.base if view.base in bases_of(period) else BASES[0])
        values = zip(results["department_ubigeo"], results[column], strict=True)
        fills = {code: palette.color(palette.classify(value)) for code, value in values}
        count, months = say.number(bar.count), bar.name.removeprefix(bar.tick).strip()
        panels.append(
            panel
            | {
                "note": f"{count} {months}".strip(),
                "said": f"{bar.name}: {count} {unit}",
                "fills": {code: fill for code, fill in fills.items() if fill != HATCH},
            }
        )
    return panels


def _time(period: Period) -> None:
    """Another registry or period was chosen on the timeline."""
    view: View = st.session_state["view"]
    base = view.base if period.is_by_prosecutors else BASES[0]
    st.session_state["view"] = view.changed(period=period, base=base, compared=None)


def _shown(view: View, say: Words) -> list[str]:
    """What the map shows, for who does not see it: measure and period, layers, department."""
    period = say(f"period.{view.period.code}")
    if view.level == LEVELS[0]:
        measure = say(f"measure.{view.measure}.short")
        said = [say("map.shown", measure=measure, period=period)]
    else:
        said = [f"{area_title(view, say)}."]
    if drawn_overlays(view):
        names = say.list(say(f"overlay.{code}.short") for code in drawn_overlays(view))
        said.append(say("map.shown.layers", names=names))
    if view.province:
        said.append(province_sentence(view, say))
    elif view.department:
        sentence = sentence_of(view.department, view.period, view.base, say)
        results = results_for(view.period, view.base).set_index("department_ubigeo")
        verdict = verdict_text(results.loc[view.department], say)
        said.append(f"{sentence['finding']} {say('table.verdict')}: {verdict}.")
    else:
        said.append(say("map.shown.country"))
    return said


def _open_folds(view: View) -> tuple[str, ...]:
    """Which folds are open; those of the card only while there is one."""
    for name, key in FOLD_KEYS.items():
        start(key, name in view.open)
    has_folds = view.department and not view.province
    offered = FOLDS["map"] if has_folds else FOLDS["map"][:1]
    return tuple(name for name in offered if st.session_state[FOLD_KEYS[name]])


def page() -> None:
    """Draw the page."""
    before = _begin()
    say = words(st.session_state["lang"])
    # a place of their own: a notice that goes must not move the map to another place among the
    # page's elements, for there it would load anew
    notices = st.container(key="notices")
    with notices:
        link_warning(before.problems, say)
    if before.level not in available_levels():
        notices.info(say(f"level.absent.{before.level}"))
        before = before.changed(level=LEVELS[0])
    # said once: after the next click the address holds only what is shown
    view = _controls(before, say).changed(problems=())
    if lacks_reports(view):
        notices.info(no_reports(view, say))
    if before.base not in bases_of(view.period):
        # a link that asked for it is told where a phone does not fold it away
        notices.info(no_base(say))
    st.session_state["view"] = view
    view = view.changed(open=_open_folds(view))
    view = view.changed(compared=compared_period(view) if "changes" in view.open else None)
    if "compare" in view.open:
        view = view.changed(beside=compared_places(view))
    st.session_state["view"] = view
    st.html(render("heading", say, level="h1", kind="heard", title=say("map.title")))
    _on_paper(view, say)
    results = results_for(view.period, view.base)
    said = [*_shown(view, say), *([answer_lines(view, say)[0]] if view.second else [])]
    write_link(view.link(), *said)
    left, right = st.columns([1.72, 1], gap="small")
    with left:
        layer_chips(view, say, key="chips")
        # a place of its own, as the notices have
        with st.container(key="answer"):
            two_maps_answer(view, say)
        with st.container(key="stage"):
            draw_maps(view, say, on_select=lambda: _select("map"))
            with st.container(key="on_map", width="content", horizontal=True, gap="small"):
                share_menu(view, finding(view, results, say), say)
                second_button(view, say)
        with st.container(border=True, key="time"):
            timeline(
                view.period,
                say=say,
                key="timeline",
                on_change=_time,
                level=view.level,
            )
            step = "month" if REGISTRIES[view.registry].step == "month" else "year"
            data_button(
                say,
                file_name(say, "series", say(f"file.{view.registry}")),
                partial(series_csv, {view.registry: step}, say),
                key="time",
                is_sign=True,
            )
        second_timeline(view, say)
        if view.level == LEVELS[0] and len(bars_of(view.registry, "year", say.lang)) > 1:
            is_open = "years" in view.open
            with fold(say("multiples.title"), FOLD_KEYS["years"], is_open=is_open) as shown:
                if shown:
                    _years(view, say)
                    name = file_name(say, "years", say(f"file.{view.registry}"))
                    data_button(say, name, partial(years_csv, view, say), key="years")
    with right:
        if view.department is not None:
            # a department's card is long: its panel lies below it, and the switches stay above it
            layer_chips(view, say, key="chips_beside")
        with st.container(border=True, key="card"):
            st.html(card_html(view, results, say))
            if view.department is not None:
                card_years(view, say)
                if view.province is None:
                    card_compare(view, say)
                card_tools(view, say)
        with st.container(border=True, key="panel"):
            layer_panel(view, say)
        with st.container(border=True, key="ranking"):
            component("table")(
                key="table",
                data=ranking_data(view, results, say)
                if view.level == LEVELS[0]
                else area_ranking_data(view, say),
                on_select_change=lambda: _select("table"),
            )
            data_button(
                say,
                picture_name(view, say),
                partial(table_csv, view, say),
                key="table",
                is_sign=True,
            )
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))
