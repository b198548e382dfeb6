"""Draw Mapa: the map, the card of a region, a ranked table; every view is a link."""

from __future__ import annotations

from functools import partial

import streamlit as st

from atlas.drawing.areas import (
    drawn_overlays,
    has_reports,
    lacks_reports,
    measure_title,
    no_reports,
    subject_text,
)
from atlas.drawing.legend import map_heading
from atlas.html import render
from atlas.map.page_card import (
    card_compare,
    card_folds,
    card_html,
    card_tools,
    finding,
    offered_folds,
)
from atlas.map.page_filter import filter_fold
from atlas.map.page_layers import layer_panel, layer_switches
from atlas.map.page_maps import (
    draw_maps,
    measure_controls,
    no_base,
    second_button,
    second_controls,
    second_timeline,
    two_maps_answer,
)
from atlas.map.page_share import picture_name, share_menu
from atlas.map.page_table import ranking_data, table_source
from atlas.map.places import places
from atlas.map.routes import PLACES_PATH
from atlas.results.areas import filter_text, is_filtered
from atlas.results.finding import finding as finding_of
from atlas.results.help_places import district_line
from atlas.results.province import province_period
from atlas.results.regions import bases_of, department_name
from atlas.results.story import AreaStory
from atlas.results.two_maps import answer_lines, in_time_order
from atlas.version import content_version
from atlas.view import (
    BASES,
    DEPARTMENTS,
    LEVELS,
    View,
    available_levels,
    province_names,
    years_by_province,
)
from atlas.web.compare import compared_places
from atlas.web.components import (
    component,
    folding_controls,
    link_warning,
    table_tools,
    write_link,
)
from atlas.web.headline import headline_html
from atlas.web.session import MAP, start, triggered
from atlas.web.timeline import timeline_box
from atlas.words import Words, words
from data.geography import area_names
from data.periods import Period


def _print_heading(view: View, say: Words) -> None:
    title, subject = measure_title(view, say), subject_text(view, say)
    text = subject if has_reports(view) else ""
    if view.level == LEVELS[0]:
        title, text = say(f"picture.title.{view.measure}"), f"{title}. {subject}."
    st.html(render("printed", say, title=title, text=text))


def _begin() -> View:
    """Read the link at first and after Back or Forward; in between the controls hold the view."""
    if MAP.is_read_anew():
        start_in = {"lang": st.session_state["lang"]}
        MAP.state.view = View.from_link(st.query_params.to_dict(), start=start_in)
    MAP.state.view = in_time_order(MAP.state.view)
    return MAP.state.view


def _controls(view: View, say: Words) -> View:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    shown = view

    def heading() -> str:
        return f"**{map_heading(shown, say)[1]}**"

    with folding_controls(say, heading, partial(_search, say)):
        shown = second_controls(measure_controls(view, say), say)
    return shown.changed(lang=say.lang)


def _search(say: Words) -> None:
    kinds = {level.removesuffix("s"): say(f"level.{level}.one") for level in LEVELS}
    component("search")(
        key="search",
        data={
            "src": f"{PLACES_PATH}?lang={say.lang}&v={content_version()}",
            "chosen": bool(MAP.state.searched),
            "words": {
                **{name: say(f"search.{name}") for name in ("label", "none")},
                "kinds": {**kinds, "place": say("search.place")},
            },
        },
        on_select_change=_go_to_place,
    )


def _go_to_place() -> None:
    """Choose the province or department of a searched place, and move the map there once."""
    code, session = triggered("search"), MAP.state
    if not isinstance(code, str) or code not in places():
        return
    place, before = places()[code], session.view
    _choose_area(code if code in province_names() else place.department)
    fields = ("period", "level")
    is_same = all(getattr(before, name) == getattr(session.view, name) for name in fields)
    session.moved_from = None if is_same else before
    session.searched = code
    session.trips += 1
    session.goto = {"bounds": place.bounds, "mark": place.mark, "trip": session.trips}


def _search_notice(view: View, say: Words) -> None:
    """Say what a search or the level changed, with a way back; why a place has no figures."""
    # the list of all places is long: it waits for somebody who searches
    place = places().get(MAP.state.searched) if MAP.state.searched else None
    is_there = place is not None and (view.department, view.province) == (place.department, None)
    if place is None or not is_there:
        MAP.state.searched = ""
    elif MAP.state.searched != place.department:
        name, department = place.names[say.lang == "en"], department_name(place.department)
        text = say("search.below", name=name, department=department)
        if MAP.state.searched in area_names("districts"):
            text = f"{district_line(MAP.state.searched, say)} {text}"
        st.html(render("paragraph", say, kind="help", role="status", text=text))
    before = MAP.state.moved_from
    if before is None or (view.level, view.period) != (LEVELS[1], province_period(before.period)):
        MAP.state.moved_from = None  # the reader chose something else since
        return
    with st.container(horizontal=True, vertical_alignment="center", key="search_notice"):
        _, last = years_by_province()
        period = say(f"period.{view.period.code}")
        text = say("search.changed", last=last, period=period)
        st.html(render("paragraph", say, kind="help", role="status", text=text))
        st.button(say("search.undo"), key="search_undo", type="tertiary", on_click=_undo_search)


def _undo_search() -> None:
    before, MAP.state.moved_from = MAP.state.moved_from, None
    if before is None:
        return
    MAP.state.view = before
    st.session_state[MAP.key("level")] = before.level
    measure = "measure" if before.level == LEVELS[0] else "area_measure"
    st.session_state[MAP.key(measure)] = getattr(before, measure)


def _select_area(source: str) -> None:
    """A click on the map or in the table: the same area again closes its card."""
    code, view = triggered(source), MAP.state.view
    if code in (*DEPARTMENTS, *province_names()):
        _choose_area(None if code == (view.province or view.department) else code)


def _choose_area(area: str | None) -> None:
    """Open the card of a department or province, with the outlines of provinces; or none."""
    MAP.state.searched = ""
    if area is None or area in DEPARTMENTS:
        MAP.state.change(department=area, province=None)
        return
    view = MAP.state.view
    # where nothing is counted by province the map goes to who does, as the card
    _choose_period(province_period(view.period))
    MAP.state.change(department=area[:2], province=area)
    if view.level != LEVELS[1]:
        MAP.state.change(level=LEVELS[1], area_measure=view.measure)
        st.session_state[MAP.key("level")] = LEVELS[1]
        st.session_state[MAP.key("area_measure")] = view.measure


def _choose_period(period: Period) -> None:
    base = MAP.state.view.base if period.is_by_prosecutors else BASES[0]
    MAP.state.change(period=period, base=base)


def _spoken_view(view: View, say: Words) -> list[str]:
    """Describe the map for screen readers: measure and period, layers, department."""
    period = say(f"period.{view.period.code}")
    if view.level == LEVELS[0]:
        measure = say(f"measure.{view.measure}.short")
        sentences = [say("map.shown", measure=measure, period=period)]
    else:
        sentences = [f"{measure_title(view, say)}."]
    if drawn_overlays(view):
        names = say.list(say(f"overlay.{code}.short") for code in drawn_overlays(view))
        sentences.append(say("map.shown.layers", names=names))
    if is_filtered(view):
        sentences.append(filter_text(view, say))
    if view.department:
        story = AreaStory.of_view(view)
        sentences.append(finding_of(story, say))
        if view.province is None:
            sentences.append(f"{say('column.verdict')}: {story.wording(say)['conclusion']}.")
    else:
        sentences.append(say("map.shown.country"))
    return sentences


def _open_folds(view: View) -> tuple[str, ...]:
    """Which folds are open; those of the card only while there is one."""
    offered = offered_folds(view)
    for name in offered:  # a value of a fold that is not drawn would outlast what the view says
        start(MAP.key(name), name in view.open)
    return tuple(name for name in offered if st.session_state[MAP.key(name)])


def page() -> None:
    """Draw the page."""
    before = _begin()
    say = words(st.session_state["lang"])
    # a place of their own: a notice that goes must not move the map to another place among the
    # page's elements, for there it would load anew
    notices = st.container(key="notices")
    top = st.container(key="top")
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
    with notices:
        _search_notice(view, say)
    view = view.changed(open=_open_folds(view))
    if "compare" in view.open:
        view = view.changed(beside=compared_places(view))
    MAP.state.view = view
    top.html(headline_html(view, say))
    _print_heading(view, say)
    sentences = [*_spoken_view(view, say), *([answer_lines(view, say)[0]] if view.second else [])]
    section, MAP.state.section = MAP.state.section, ""
    write_link(view.link(), *sentences, section=section)
    # a place of its own, as the notices have
    with st.container(key="beside_place"):
        card_compare(view, say)
    left, right = st.columns([1.72, 1], gap="small")
    with left:
        # a place of its own, as the notices have
        with st.container(key="answer"):
            two_maps_answer(view, say)
        with st.container(key="stage"):
            draw_maps(view, say, on_select=lambda: _select_area("map"))
            with st.container(key="on_map", width="content", horizontal=True, gap="small"):
                share_menu(view, finding(view, say), say)
                second_button(view, say)
            if view.department is not None:
                # the card fills the screen: the panel lies below it, and the switches on the map
                layer_switches("layer_chips", view, say, key="chips_on_map")
        layer_switches("layer_chips", view, say, key="chips")
        timeline_box(view, say, key="timeline", on_change=_choose_period)
        second_timeline(view, say)
    with right:
        with st.container(border=True, key="card"):
            st.html(card_html(view, say, st.context.theme.type or "light"))
            if view.department is not None:
                card_tools(view, say)
            card_folds(view, say)
        with st.container(border=True, key="panel"):
            layer_panel(view, say)
        with st.container(border=True, key="ranking"):
            filter_fold(view, say)
            tools = table_tools(say, picture_name(view, say), table_source(view, say))
            component("table")(
                key="table",
                data=ranking_data(view, say) | tools,
                on_select_change=lambda: _select_area("table"),
            )
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))
