"""The one place that shows a map: a sandboxed frame that keeps its position between reruns."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from maps.layer_addresses import layer_addresses
from maps.routes import FRAME_PATH
from maps.state import MapState
from messages import Words
from views.component import component


def show_map(state: MapState, words: Words, *, legend: str, on_select: Callable[[], None]) -> None:
    """Show the map of a state; a click on a region calls ``on_select``.

    The clicked code is read from ``st.session_state["map"].select``. The frame is loaded once:
    a new state only swaps the layers that differ, so zoom and position stay as they were.
    """
    component("map")(
        key="map",
        data={
            "src": FRAME_PATH,
            "title": words("map.frame_title"),
            "layers": layer_addresses(state),
            "selected": state.department,
            "legend": legend,
            "lang": state.lang,
            "theme": st.context.theme.type or "light",
            "failed": words("map.failed"),
            "zoomIn": words("map.zoom_in"),
            "zoomOut": words("map.zoom_out"),
            "token": "/".join((*state.query().values(), st.context.theme.type or "light")),
        },
        on_select_change=on_select,
    )
