"""The map as a picture: a menu that stands on the map."""

from __future__ import annotations

from datetime import date
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from atlas.drawing.legend import drawn_overlays
from atlas.results.regions import results_for
from atlas.view import BASES, LEVELS, OVERLAYS, MapState
from atlas.web.components import server_address
from atlas.words import Words, file_name
from data.periods import MAIN

_FILES = (("page", ".png"), ("page", ".svg"), ("wide", ".png"), ("tall", ".png"))


def picture_menu(state: MapState, say: Words) -> None:
    """Draw the menu; a picture is made when it is asked for."""
    with (
        st.container(key="picture", width="content"),
        st.popover(say("picture.menu"), icon=":material/image:", help=say("picture.menu.help")),
    ):
        st.caption(say("picture.menu.country"))
        shown = state.with_(department=None)
        if state.department and state.level == LEVELS[0]:
            names = results_for(state.period, registry=state.registry).set_index(
                "department_ubigeo"
            )["department"]
            name = say("picture.menu.mark", name=names[state.department])
            if st.checkbox(name, key="picture_mark"):
                shown = state
        # the link shows what the picture shows
        link = f"{server_address()}/?{urlencode(shown.query())}"
        for form, suffix in _FILES:
            code = form if form != "page" else suffix.removeprefix(".")
            st.download_button(
                say(f"picture.menu.{code}"),
                partial(_picture, shown, suffix, form, link),
                file_name=f"{picture_name(shown, say, form)}{suffix}",
                key=f"picture_{code}",
                on_click="ignore",
                width="stretch",
            )
        left_out = [one for one in OVERLAYS if one in {*state.overlays} - {*drawn_overlays(state)}]
        if left_out:
            names = say.list(say(f"overlay.{one}.short") for one in left_out)
            st.caption(say("picture.menu.left_out", names=names))


def picture_name(state: MapState, say: Words, form: str = "page") -> str:
    """Name of a file of the map, without its ending."""
    is_below = state.level != LEVELS[0]
    return file_name(
        say,
        "map",
        say(f"file.level.{state.level}") if is_below else "",
        say(f"file.measure.{state.area_measure if is_below else state.measure}"),
        "" if state.base == BASES[0] else say(f"file.base.{state.base}"),
        "" if state.registry == MAIN else say(f"file.{state.registry}"),
        state.period,
        "" if form == "page" else say(f"file.form.{form}"),
    )


def _picture(state: MapState, suffix: str, form: str, link: str) -> bytes:
    # drawing is loaded when a picture is asked for, not when the page opens
    from atlas.paper.picture import picture_bytes

    return picture_bytes(state, suffix, form=form, address=link, made=date.today())  # type: ignore[arg-type]
