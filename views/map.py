"""Mapa: the map first, the card of a region, a ranked table; every state is a link."""

from __future__ import annotations

from html import escape

import streamlit as st

from maps.legend import legend_for
from maps.results import results_for
from maps.state import BANDWIDTHS_KM, MEASURES, OVERLAYS, PERIOD_CODES, MapState, parse_state
from messages import Words, words
from views.card import card_html
from views.card_tools import card_tools
from views.component import component
from views.controls import choose_code
from views.language import language_control
from views.map_frame import show_map
from views.ranking import ranking_data


def _begin() -> MapState:
    """Read the link once a session; afterwards the controls hold the state."""
    if "state" not in st.session_state:
        state = parse_state(st.query_params.to_dict(), lang=st.session_state["lang"])
        st.session_state["state"] = state
    return st.session_state["state"]


def _controls(state: MapState, say: Words) -> MapState:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    with st.container(key="fold"):
        st.toggle(say("controls.show"), key="show_controls")
    with st.container(horizontal=True, key="controls", vertical_alignment="center"):
        period = choose_code(
            say,
            "controls.period",
            PERIOD_CODES,
            chosen=state.period,
            key="period",
            words_of="period.{code}.short",
        )
        measure = choose_code(
            say,
            "controls.measure",
            MEASURES,
            chosen=state.measure,
            key="measure",
            words_of="measure.{code}.short",
        )
        overlays = st.segmented_control(
            say("controls.overlays"),
            OVERLAYS,
            default=list(state.overlays),
            selection_mode="multi",
            key="overlays",
            format_func=lambda code: say(f"overlay.{code}.short"),
            label_visibility="collapsed",
            wrap=True,
        )
        bandwidth = state.bandwidth_km
        if "density" in (overlays or []):
            bandwidth = int(
                st.selectbox(
                    say("controls.bandwidth"),
                    BANDWIDTHS_KM,
                    index=BANDWIDTHS_KM.index(str(state.bandwidth_km)),
                    key="bandwidth",
                    format_func=lambda code: say("controls.bandwidth_km", km=code),
                    label_visibility="collapsed",
                    width=92,
                )
            )
        language_control(say)
    chosen = tuple(code for code in OVERLAYS if code in (overlays or []))
    return state.with_(
        lang=say.lang, period=period, measure=measure, overlays=chosen, bandwidth_km=bandwidth
    )


def _select(source: str) -> None:
    """A click on the map or in the table: the same region again closes its card."""
    code = getattr(st.session_state.get(source), "select", None)
    state: MapState = st.session_state["state"]
    if code in {f"{number:02d}" for number in range(1, 26)}:
        chosen = None if code == state.department else code
        st.session_state["state"] = state.with_(department=chosen)


def page() -> None:
    """Draw the page."""
    before = _begin()
    say = words(st.session_state["lang"])
    if before.problems:
        fields = say.list(f"«{name}»" for name in before.problems)
        st.warning(say("error.link", fields=fields))
    # said once: after the next click the address holds only what is shown
    state = _controls(before, say).with_(problems=())
    st.session_state["state"] = state
    results = results_for(state.period)
    if st.query_params.to_dict() != state.query():
        st.query_params.from_dict(state.query())
    left, right = st.columns([1.72, 1], gap="small")
    with left:
        show_map(state, say, legend=legend_for(state, say), on_select=lambda: _select("map"))
    with right:
        with st.container(border=True, key="card"):
            st.html(card_html(state, results, say))
            if state.department is not None:
                card_tools(state, say)
        with st.container(border=True, key="ranking"):
            component("table")(
                key="table",
                data=ranking_data(state, results, say),
                on_select_change=lambda: _select("table"),
            )
    st.html(f'<p class="caveat">{escape(say("map.caveat"))}</p>')
