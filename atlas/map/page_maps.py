"""The map of a view, or two that move together, with their controls, headings and legends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from atlas.drawing.areas import drawn_overlays
from atlas.drawing.legend import (
    CHANGED,
    legend_body,
    legend_for,
    map_heading,
    overlay_legend,
    pair_legends,
    report_legend,
)
from atlas.drawing.overlays import frame_words, sources_shown
from atlas.html import render
from atlas.map.addresses import layer_addresses
from atlas.map.routes import FRAME_PATH
from atlas.overlays import OVERLAY_OF
from atlas.results.areas import dimmed_areas
from atlas.results.compare import compared_beside
from atlas.results.province import province_period
from atlas.results.regions import area_name, bases_of
from atlas.results.two_maps import answer_lines, change_of, in_time_order, two_at_first
from atlas.view import (
    AREA_MEASURES,
    BASES,
    LEVELS,
    MEASURES,
    NO_REPORTS,
    RATIO_MEASURES,
    View,
    available_levels,
    is_counted,
)
from atlas.web.components import choose_code, component
from atlas.web.session import MAP, start
from atlas.web.timeline import period_in, timeline
from atlas.words import Words
from data.periods import PERIODS, Period
from layers.legend import LegendSpec
from layers.regions import verdict_outline


def draw_maps(view: View, say: Words, on_select: Callable[[], None]) -> None:
    """Draw the map of a view and a second one if any; a click on a region calls ``on_select``.

    A frame is loaded once: a new view only swaps the layers that differ, so zoom and position stay
    as they were.
    """
    change = change_of(view) if view.second else None
    pair = _pair_values(view, change, say) if view.second else {"shared": _narrow_key(view, say)}
    area = view.province or view.department
    goto, MAP.state.goto = MAP.state.goto, None
    component("map")(
        key="map",
        data={
            "src": FRAME_PATH,
            "goto": goto,
            "failed": say("map.failed"),
            "card": say("map.card", name=area_name(area)) if area else "",
            "title": say("map.frame_title"),
            **_frame_state(view, change, say),
            **pair,
        },
        on_select_change=on_select,
    )


def _frame_state(view: View, change: pd.DataFrame | None, say: Words) -> dict[str, Any]:
    theme = st.context.theme.type or "light"
    return {
        "layers": layer_addresses(view),
        "selected": view.province or view.department,
        "beside": compared_beside(view),
        "dimmed": dimmed_areas(view),
        "changes": _changed_outlines(change),
        "legend": legend_for(view, say),
        "lang": view.lang,
        "theme": theme,
        "attribution": sources_shown(view),
        "words": frame_words(say),
        "token": "/".join((*view.link().values(), theme)),
    }


def _changed_outlines(change: pd.DataFrame | None) -> list[tuple[str, dict[str, Any]]]:
    """Departments that changed by more than expected, each with the look of its outline."""
    if change is None:
        return []
    return [
        (code, (verdict_outline(CHANGED[verdict]) or {}) | {"className": "outline changed"})
        for code, verdict in zip(change["department_ubigeo"], change["verdict"], strict=True)
        if verdict in CHANGED
    ]


def _pair_values(view: View, change: pd.DataFrame | None, say: Words) -> dict[str, Any]:
    """Return the second frame, and the headings of both maps and of the pair."""
    second = view.second_map or view
    is_drawn = NO_REPORTS not in view.overlays
    alone = [report_legend(each, say) if is_drawn else LegendSpec() for each in (view, second)]
    legends = pair_legends(view, change, say, alone)
    is_shared = len(legends) < 2
    notes = [
        _figures_note(each, spec, say) for each, spec in zip((view, second), alone, strict=True)
    ]
    if is_shared:
        notes = [next(filter(None, notes), "")]
    keys = [
        _map_key(spec, say, f"key-{number}", note, is_named=is_shared)
        for number, (spec, note) in enumerate(zip(legends, notes, strict=True))
    ]
    heads = [
        render(
            "map_head",
            say,
            number=number,
            title=map_heading(each, say)[0],
            line=map_heading(each, say)[1],
            key="" if is_shared else keys[number - 1],
        )
        for number, each in enumerate((view, second), start=1)
    ]
    return {
        "second": {"title": say("two.frame_title"), **_frame_state(second, change, say)},
        "heads": heads,
        "shared": "".join(keys) if is_shared else "",
    }


def _figures_note(view: View, spec: LegendSpec, say: Words) -> str:
    """Return a note if figures follow the verdict, whose outlines two maps do not have."""
    is_told = view.level == LEVELS[0] and view.measure in RATIO_MEASURES
    has_verdicts = any(key in ("above", "below") for key, _ in spec.keys)
    return say("two.figures") if is_told and has_verdicts else ""


def _narrow_key(view: View, say: Words) -> str:
    """Return the colours and signs of one map, for the space below it on a narrow screen."""
    over = [overlay_legend(code, view, say) for code in OVERLAY_OF if code in drawn_overlays(view)]
    specs = [*([report_legend(view, say)] if NO_REPORTS not in view.overlays else []), *over]
    # what is counted stands above the map, the small print in the panel
    bare = [(spec, replace(spec, scale=replace(spec.scale, note=""))) for spec in specs]
    return "".join(
        _map_key(short, say, f"narrow-{number}", is_named=spec in over)
        for number, (spec, short) in enumerate(bare)
    )


def _map_key(spec: LegendSpec, say: Words, place: str, note: str = "", *, is_named: bool) -> Markup:
    body = legend_body(spec, say, place)
    return render("map_key", say, title=spec.scale.title if is_named else "", body=body, note=note)


SECOND = "second_"
"""begins the keys of the second map's controls"""
_LABEL_KEYS = {
    "": ("controls.level", "controls.measure", "controls.base"),
    SECOND: ("two.controls.level", "two.controls.measure", "two.controls.base"),
}
"""of the rows, for screen readers"""


def measure_controls(view: View, say: Words, of: str = "") -> View:
    """Draw the level, if there is a choice, and its measures; ``of`` another map."""
    levels, level = available_levels(), view.level
    label_level, label_measure, _ = _LABEL_KEYS[of]
    if len(levels) > 1:
        level = choose_code(
            say,
            label_level,
            levels,
            chosen=view.level,
            key=MAP.key(f"{of}level"),
            words_of="level.{code}",
        )
    if level != LEVELS[0]:
        if not of and level != view.level and not is_counted(level, view.period):
            # who presses the level finds figures there: of the registry that has them
            MAP.state.moved_from = view
            view = view.changed(period=province_period(view.period))
        key = MAP.key(f"{of}area_measure")
        start(key, view.area_measure if view.level == level else view.measure)
        measure = st.segmented_control(
            say(label_measure),
            (*MEASURES, *AREA_MEASURES),
            required=True,
            key=key,
            format_func=lambda code: say(
                f"{'measure' if code in MEASURES else 'area'}.{code}.short"
            ),
            label_visibility="collapsed",
            wrap=True,
        )
        # below the department there is no control of the base, so it is one that the period has
        base = view.base if view.base in bases_of(view.period) else BASES[0]
        return view.changed(level=level, area_measure=measure, base=base)
    measure = choose_code(
        say,
        label_measure,
        MEASURES,
        chosen=view.measure,
        key=MAP.key(f"{of}measure"),
        words_of="measure.{code}.short",
    )
    return _base_control(view.changed(level=level, measure=measure), say, of)


def _base_control(view: View, say: Words, of: str) -> View:
    """Draw the choice of residents or offences if the map shows the ratio; return the view."""
    if view.measure not in RATIO_MEASURES or not view.period.is_by_prosecutors:
        return view.changed(base=BASES[0])
    is_off = bases_of(view.period) != BASES
    base = choose_code(
        say,
        _LABEL_KEYS[of][2],
        BASES,
        chosen=BASES[0] if is_off else view.base,
        # a control that is switched off is another one: it keeps no choice
        key=MAP.key(f"{of}base_off" if is_off else f"{of}base"),
        words_of="base.{code}",
        is_off=is_off,
    )
    if is_off and view.base == BASES[0]:
        st.caption(no_base(say), width="content")
    return view.changed(base=base)


def no_base(say: Words) -> str:
    """Why a period has no offences to compare with."""
    first = next(period for period in PERIODS if bases_of(period) == BASES)
    return say("base.absent", year=first.start[:4])


def two_maps_answer(view: View, say: Words) -> None:
    """Say in a line what changed between two maps, or why nothing is outlined."""
    if view.second is not None:
        answer, cautions = answer_lines(view, say)
        st.html(render("two_maps", say, answer=answer, cautions=cautions))


def second_button(view: View, say: Words) -> None:
    """Draw the button that opens or closes a second map."""
    st.button(
        say("two.open" if view.second is None else "two.close"),
        key="second_map",
        icon=":material/compare:" if view.second is None else ":material/close:",
        help=say("two.open.help") if view.second is None else _kept_help(view, say),
        on_click=_toggle_second,
    )


def _toggle_second() -> None:
    view = MAP.state.view
    if view.second is None:
        MAP.state.before_second = view
        MAP.state.view = two_at_first(view)
        return
    MAP.state.change(second=None, period=_kept_period(view))


def _kept_period(view: View) -> Period:
    """Return the period of the map that stays: the first map's, or the reader's if unchanged.

    Two maps open in years that the reader has not chosen.
    """
    came = MAP.state.before_second
    if came is not None and view.second is not None:
        opened = in_time_order(two_at_first(came))
        if opened.second and (opened.period, opened.second.period) == (
            view.period,
            view.second.period,
        ):
            return came.period
    return view.period


def _kept_help(view: View, say: Words) -> str:
    remaining = view.changed(second=None, period=_kept_period(view))
    return say("two.close.help", kept=map_heading(remaining, say)[0])


def second_controls(view: View, say: Words) -> View:
    """Draw the controls of the second map, under those of the first."""
    if view.second is None:
        return view
    second = view.second
    if second.level not in available_levels():
        second = second.changed(level=LEVELS[0])
    with st.container(horizontal=True, key="second_controls", vertical_alignment="center"):
        second = measure_controls(second, say, SECOND)
    return view.changed(second=second)


def second_timeline(view: View, say: Words) -> None:
    """Draw the registry and the period of the second map."""
    if view.second is None:
        return
    with st.container(border=True, key="time_second"):
        timeline(
            view.second.period,
            say=say,
            key="timeline_second",
            on_change=_choose_second_period,
            level=view.second.level,
            label="two.timeline",
        )


def _choose_second_period(period: Period) -> None:
    view = MAP.state.view
    if view.second is not None:
        MAP.state.change(second=second_in(view, period))


def second_in(view: View, period: Period) -> View:
    """The second map in another period; in another registry than both, in the first map's year."""
    second = view.second or view
    if period.registry_code not in (second.registry, view.registry):
        period = period_in(period.registry_code, view.period.code)
    return second.changed(period=period, base=second.base if period.is_by_prosecutors else BASES[0])
