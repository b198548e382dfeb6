"""Mapa: the map first, the card of a region, a ranked table; every state is a link."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from atlas.drawing.areas import area_title, has_reports, no_reports
from atlas.drawing.legend import legend_for, measure_scale, measure_title
from atlas.drawing.overlays import frame_words, sources_shown
from atlas.drawing.small_maps import small_map
from atlas.html import render
from atlas.map.addresses import FRAME_PATH, PLACES_PATH, layer_addresses
from atlas.map.page_card import (
    FOLD_KEYS,
    card_html,
    card_tools,
    card_years,
    compared_period,
)
from atlas.map.page_picture import picture_menu, picture_name
from atlas.map.page_table import area_ranking_data, ranking_data, table_csv, years_csv
from atlas.map.places import places
from atlas.results.department_file import department_name
from atlas.results.matrix import sentence_of
from atlas.results.regions import bases_of, results_for
from atlas.results.series import series_csv
from atlas.version import content_version
from atlas.view import (
    AREA_MEASURES,
    BANDWIDTHS_KM,
    BASES,
    DEPARTMENTS,
    FOLDS,
    LEVELS,
    MEASURE_COLUMNS,
    MEASURES,
    OVERLAYS,
    RATIO_MEASURES,
    MapState,
    area_measures,
    available_levels,
    is_by_prosecutors,
    left_out_overlays,
    parse_state,
)
from atlas.web.components import (
    HATCH_COLORS,
    choose_code,
    component,
    data_button,
    fold,
    folding_controls,
    is_read_anew,
    link_warning,
    start,
    write_link,
)
from atlas.web.timeline import bars_of, kept_period, timeline
from atlas.words import Words, file_name, words
from data.periods import PERIODS, REGISTRIES
from layers.palette import HATCH, SCALES


def _on_paper(state: MapState, say: Words) -> None:
    """The title of a printed page: what is shown, of whom and when."""
    subject = say(
        "legend.subject",
        unit=say(f"unit.{state.span.unit}.plural"),
        period=say(f"period.{state.period}"),
    )
    if state.level == LEVELS[0]:
        title = say(f"picture.title.{state.measure}")
        text = f"{measure_title(state, say)}. {subject}."
    else:
        title, text = area_title(state, say), subject if has_reports(state) else ""
    st.html(render("printed", say, title=title, text=text))


def _begin() -> MapState:
    """Read the link at first and after Back or Forward; in between the controls hold the state."""
    if is_read_anew("state"):
        state = parse_state(st.query_params.to_dict(), lang=st.session_state["lang"])
        st.session_state["state"] = state
    return st.session_state["state"]


def _level(state: MapState, say: Words) -> MapState:
    """The level, where there is more than one, and what is shown at it."""
    levels = available_levels()
    level = state.level
    if len(levels) > 1:
        level = choose_code(
            say,
            "controls.level",
            levels,
            chosen=state.level,
            key="level",
            words_of="level.{code}",
        )
    if level != LEVELS[0]:
        offered = area_measures(level, state.registry, state.period)
        wanted = state.area_measure if state.level == level else state.measure
        # other options are another control: one of the same key would lose its choice
        key = f"area_measure_{len(offered)}"
        start(key, wanted if wanted in offered else AREA_MEASURES[0])
        measure = st.segmented_control(
            say("controls.measure"),
            offered,
            required=True,
            key=key,
            format_func=lambda code: say(
                f"{'measure' if code in MEASURES else 'area'}.{code}.short"
            ),
            label_visibility="collapsed",
            wrap=True,
        )
        return state.with_(level=level, area_measure=measure)
    start("overlays", list(state.overlays))
    if "density" in st.session_state["overlays"]:
        # the map shows the density and no measure: none looks chosen
        st.segmented_control(
            say("controls.measure"),
            MEASURES,
            key="measure_off",
            format_func=lambda code: say(f"measure.{code}.short"),
            label_visibility="collapsed",
            on_change=_leave_density,
            wrap=True,
        )
        st.caption(say("controls.measure_off"), width="content")
        return state.with_(level=level)
    measure = choose_code(
        say,
        "controls.measure",
        MEASURES,
        chosen=state.measure,
        key="measure",
        words_of="measure.{code}.short",
    )
    return _base(state.with_(level=level, measure=measure), say)


def _leave_density() -> None:
    """A measure was chosen while the map shows the density: it takes the density's place."""
    st.session_state["measure"] = st.session_state["measure_off"]
    st.session_state["overlays"] = [
        code for code in st.session_state["overlays"] if code != "density"
    ]


def _base(state: MapState, say: Words) -> MapState:
    """What is expected: by residents or by offences, where the map shows the ratio."""
    if state.measure not in RATIO_MEASURES or not is_by_prosecutors(state.registry):
        return state.with_(base=BASES[0])
    is_off = bases_of(state.period, state.registry) != BASES
    base = choose_code(
        say,
        "controls.base",
        BASES,
        chosen=BASES[0] if is_off else state.base,
        # a control that is switched off is another one: it keeps no choice
        key="base_off" if is_off else "base",
        words_of="base.{code}",
        is_off=is_off,
    )
    if is_off and state.base == BASES[0]:
        st.caption(_absent(say), width="content")
    return state.with_(base=base)


def _absent(say: Words) -> str:
    """Why a period has no offences to compare with."""
    first = next(one for one in PERIODS if bases_of(one.code) == BASES)
    return say("base.absent", year=first.start[:4])


def _overlays(state: MapState, say: Words) -> MapState:
    """The layers over the map, behind one button; what each shows is folded, or hides the map.

    Those that a level does not show are kept for the way back.
    """
    hidden = left_out_overlays(state)
    options = [code for code in OVERLAYS if code not in hidden]
    # other options are another control: one of the same key would lose its choice
    key = "_".join(("overlays", *hidden))
    start(key, [code for code in state.overlays if code in options])
    with st.popover(say("controls.overlays"), key="layers_box", width="content"):
        picked = st.segmented_control(
            say("controls.overlays"),
            options,
            selection_mode="multi",
            key=key,
            format_func=lambda code: say(f"overlay.{code}.short"),
            label_visibility="collapsed",
            wrap=True,
        )
        bandwidth = state.bandwidth_km
        if "density" in (picked or ()):
            start("bandwidth", str(state.bandwidth_km))
            bandwidth = int(
                st.selectbox(
                    say("controls.bandwidth"),
                    BANDWIDTHS_KM,
                    key="bandwidth",
                    format_func=lambda code: say("controls.bandwidth_km", km=code),
                    help=say("controls.bandwidth.help"),
                )
            )
        terms = [(say(f"overlay.{code}.short"), say(f"overlay.{code}.help")) for code in options]
        st.html(render("terms", say, title=say("overlay.terms"), terms=terms))
    kept = {*(picked or []), *(code for code in state.overlays if code in hidden)}
    overlays = tuple(code for code in OVERLAYS if code in kept)
    return state.with_(overlays=overlays, bandwidth_km=bandwidth)


def _controls(state: MapState, say: Words) -> MapState:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    with folding_controls(say, "controls.show", partial(_search, say)):
        state = _overlays(_level(state, say), say)
    return state.with_(lang=say.lang)


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
    """A place was searched: its department is chosen and the map goes there once."""
    code = getattr(st.session_state.get("search"), "select", None)
    if not isinstance(code, str) or code not in places():
        return
    place, state = places()[code], st.session_state["state"]
    st.session_state["state"] = state.with_(department=place.department)
    st.session_state["trips"] = st.session_state.get("trips", 0) + 1
    st.session_state["goto"] = {
        "bounds": place.bounds,
        "mark": place.mark,
        "trip": st.session_state["trips"],
    }


def _select(source: str) -> None:
    """A click on the map or in the table: the same region again closes its card."""
    code = getattr(st.session_state.get(source), "select", None)
    state: MapState = st.session_state["state"]
    if code in DEPARTMENTS:
        st.session_state["state"] = state.with_(
            department=None if code == state.department else code
        )


def _years(state: MapState, say: Words) -> None:
    """The map of every year of the registry, small and side by side, cut at the same breaks."""
    scale = measure_scale(state, say, say("multiples.how"))
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
            "panels": year_panels(state, say),
            "chosen": state.period,
            "selected": state.department,
        },
        on_select_change=_choose_year,
    )


def _choose_year() -> None:
    code = getattr(st.session_state.get("years"), "select", None)
    state: MapState = st.session_state["state"]
    if isinstance(code, str) and kept_period(state.registry, code) == code:
        _time(state.registry, code)


def year_panels(state: MapState, say: Words) -> list[dict[str, Any]]:
    """A small map for each year of the registry; one that is unknown has no colours."""
    palette, column = SCALES[state.measure], MEASURE_COLUMNS[state.measure]
    unit = say(f"unit.{REGISTRIES[state.registry].unit}.plural")
    panels = []
    for bar in bars_of(state.registry, "year", say.lang):
        panel: dict[str, Any] = {"code": bar.code, "name": f"{bar.tick} {bar.mark}".strip()}
        if bar.count is None:
            panels.append(panel | {"note": bar.gap, "said": f"{bar.name}: {bar.gap}"})
            continue
        base = state.base if state.base in bases_of(bar.code, state.registry) else BASES[0]
        results = results_for(bar.code, base, state.registry)
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


def _time(registry: str, period: str) -> None:
    """Another registry or period was chosen on the timeline."""
    state: MapState = st.session_state["state"]
    if not is_by_prosecutors(registry):
        state = state.with_(base=BASES[0])
    st.session_state["state"] = state.with_(registry=registry, period=period, beside="")


def _shown(state: MapState, say: Words) -> list[str]:
    """What the map shows, for who does not see it: measure and period, layers, department."""
    period = say(f"period.{state.period}")
    if state.level == LEVELS[0]:
        measure = say(f"measure.{state.measure}.short")
        said = [say("map.shown", measure=measure, period=period)]
    else:
        said = [f"{area_title(state, say)}."]
    if state.overlays:
        names = say.list(say(f"overlay.{code}.short") for code in state.overlays)
        said.append(say("map.shown.layers", names=names))
    if state.department:
        found = sentence_of(state.department, state.period, state.base, say, state.registry)
        results = results_for(state.period, state.base, state.registry)
        verdict = results.set_index("department_ubigeo")["verdict"][state.department]
        said.append(f"{found['finding']} {say('table.verdict')}: {say(f'verdict.{verdict}')}.")
    else:
        said.append(say("map.shown.country"))
    return said


def _open_folds(state: MapState) -> tuple[str, ...]:
    """Which folds are open; those of the card only while there is one."""
    for name, key in FOLD_KEYS.items():
        start(key, name in state.open)
    offered = FOLDS if state.department else FOLDS[:1]
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
        before = before.with_(level=LEVELS[0])
    # said once: after the next click the address holds only what is shown
    state = _controls(before, say).with_(problems=())
    if has_reports(before) and not has_reports(state) and state.level == before.level:
        notices.info(no_reports(state, say))
    if before.base not in bases_of(state.period, state.registry):
        # a link that asked for it is told where a phone does not fold it away
        notices.info(_absent(say))
    st.session_state["state"] = state
    state = state.with_(open=_open_folds(state))
    state = state.with_(beside=compared_period(state) if "changes" in state.open else "")
    st.session_state["state"] = state
    st.html(render("heading", say, level="h1", kind="heard", title=say("map.title")))
    _on_paper(state, say)
    results = results_for(state.period, state.base, state.registry)
    write_link(state.query(), *_shown(state, say))
    left, right = st.columns([1.72, 1], gap="small")
    with left:
        theme = st.context.theme.type or "light"
        with st.container(key="stage"):
            # the frame is loaded once: a new state only swaps the layers that differ, so zoom and
            # position stay as they were
            component("map")(
                key="map",
                data={
                    "src": FRAME_PATH,
                    "title": say("map.frame_title"),
                    "layers": layer_addresses(state),
                    "selected": state.department,
                    "goto": st.session_state.pop("goto", None),
                    "legend": legend_for(state, say),
                    "lang": state.lang,
                    "theme": theme,
                    "failed": say("map.failed"),
                    "card": say("map.card", name=department_name(state.department))
                    if state.department
                    else "",
                    "attribution": sources_shown(state),
                    "words": frame_words(say),
                    "token": "/".join((*state.query().values(), theme)),
                },
                on_select_change=lambda: _select("map"),
            )
            picture_menu(state, say)
        with st.container(border=True, key="time"):
            timeline(
                state.registry,
                state.period,
                say=say,
                key="timeline",
                on_change=_time,
                level=state.level,
            )
            step = "month" if REGISTRIES[state.registry].step == "month" else "year"
            data_button(
                say,
                file_name(say, "series", say(f"file.{state.registry}")),
                partial(series_csv, {state.registry: step}, say),
                key="time",
                is_sign=True,
            )
        if state.level == LEVELS[0] and len(bars_of(state.registry, "year", say.lang)) > 1:
            is_open = "years" in state.open
            with fold(say("multiples.title"), FOLD_KEYS["years"], is_open=is_open) as shown:
                if shown:
                    _years(state, say)
                    name = file_name(say, "years", say(f"file.{state.registry}"))
                    data_button(say, name, partial(years_csv, state, say), key="years")
    with right:
        with st.container(border=True, key="card"):
            st.html(card_html(state, results, say))
            if state.department is not None:
                card_years(state, say)
                card_tools(state, say)
        with st.container(border=True, key="ranking"):
            component("table")(
                key="table",
                data=ranking_data(state, results, say)
                if state.level == LEVELS[0]
                else area_ranking_data(state, say),
                on_select_change=lambda: _select("table"),
            )
            data_button(
                say,
                picture_name(state, say),
                partial(table_csv, state, say),
                key="table",
                is_sign=True,
            )
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))
