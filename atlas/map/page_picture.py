"""The map as a picture: a menu that stands on the map."""

from __future__ import annotations

from datetime import date
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from atlas.drawing.legend import drawn_overlays
from atlas.results.regions import results_for
from atlas.view import BASES, LEVELS, OVERLAYS, View
from atlas.web.components import server_address
from atlas.words import Words, file_name
from data.periods import MAIN

_FILES = (("page", ".png"), ("page", ".svg"), ("wide", ".png"), ("tall", ".png"))


def picture_menu(view: View, say: Words) -> None:
    """Draw the menu; a picture is made when it is asked for."""
    with (
        st.container(key="picture", width="content"),
        st.popover(say("picture.menu"), icon=":material/image:", help=say("picture.menu.help")),
    ):
        st.caption(say("picture.menu.country"))
        pictured = view.changed(department=None)
        if view.department and view.level == LEVELS[0]:
            names = results_for(view.period).set_index("department_ubigeo")["department"]
            name = say("picture.menu.mark", name=names[view.department])
            if st.checkbox(name, key="picture_mark"):
                pictured = view
        # the link shows what the picture shows
        link = f"{server_address()}/?{urlencode(pictured.link())}"
        for form, suffix in _FILES:
            code = form if form != "page" else suffix.removeprefix(".")
            st.download_button(
                say(f"picture.menu.{code}"),
                partial(_picture, pictured, suffix, form, link),
                file_name=f"{picture_name(pictured, say, form)}{suffix}",
                key=f"picture_{code}",
                on_click="ignore",
                width="stretch",
            )
        left_out = [one for one in OVERLAYS if one in {*view.overlays} - {*drawn_overlays(view)}]
        if left_out:
            names = say.list(say(f"overlay.{one}.short") for one in left_out)
            st.caption(say("picture.menu.left_out", names=names))


def picture_name(view: View, say: Words, form: str = "page") -> str:
    """Name of a file of the map, without its ending."""
    is_below = view.level != LEVELS[0]
    return file_name(
        say,
        "map",
        say(f"file.level.{view.level}") if is_below else "",
        say(f"file.measure.{view.area_measure if is_below else view.measure}"),
        "" if view.base == BASES[0] else say(f"file.base.{view.base}"),
        "" if view.registry == MAIN else say(f"file.{view.registry}"),
        view.period.code,
        "" if form == "page" else say(f"file.form.{form}"),
    )


def _picture(view: View, suffix: str, form: str, link: str) -> bytes:
    # drawing is loaded when a picture is asked for, not when the page opens
    from atlas.paper.picture import picture_bytes

    return picture_bytes(view, suffix, form=form, address=link, made=date.today())  # type: ignore[arg-type]
