"""Entry of the dashboard: page settings, language, navigation."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from atlas.html import render
from atlas.map.state import parse_state
from atlas.method.page import last_period_line
from atlas.web.components import component
from atlas.web.tiers import ServerTier, current
from atlas.words import LANGUAGES, preferred_language, words
from geo.errors import GeoError

_STYLE = (Path(__file__).resolve().parent / "static" / "page.css").read_text(encoding="utf-8")
_ICON = str(Path(__file__).resolve().parent / "static" / "icon.png")
"""a file of ours: a named icon would be asked from a font host"""
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 196 28" width="196" height="28">
<text x="0" y="21" font-family="system-ui,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif"
 font-size="19" font-weight="700" fill="{ink}">Atlas Trata Perú</text></svg>"""


def _language() -> str:
    """The language of the session: the link's, else the browser's, else Spanish."""
    if "lang" not in st.session_state:
        asked = preferred_language(st.context.headers.get("Accept-Language"))
        state = parse_state(st.query_params.to_dict(), lang=asked)
        st.session_state["lang"] = state.lang
    return st.session_state["lang"] if st.session_state["lang"] in LANGUAGES else "es"


def _page(feature: str) -> Callable[[], None]:
    """The page of a folder of atlas/, loaded when it is opened: the first map waits for none."""

    def draw() -> None:
        importlib.import_module(f"atlas.{feature}.page").page()

    draw.__name__ = feature
    return draw


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_icon=_ICON, layout="wide", initial_sidebar_state="collapsed")
    say = words(_language())
    st.html(f"<style>{_STYLE}</style>")
    theme = st.context.theme.type or "light"
    ink = "#eeebe6" if theme == "dark" else "#1f1d1b"
    st.logo(_LOGO.format(ink=ink), size="large")
    # an organisation's own records have no page, and no address, on any other server
    own = [st.Page(_page("own_data"), title=say("nav.own"), url_path="mis-datos")]
    page = st.navigation(
        [
            st.Page(_page("map"), title=say("nav.map"), default=True),
            st.Page(_page("hotspots"), title=say("nav.hotspots"), url_path="focos"),
            st.Page(_page("figures"), title=say("nav.figures"), url_path="cifras"),
            st.Page(_page("planner"), title=say("nav.planner"), url_path="planificador"),
            *(own if current() is ServerTier.NGO else []),
            st.Page(_page("public"), title=say("nav.awareness"), url_path="vista-publica"),
            st.Page(_page("method"), title=say("nav.method"), url_path="metodo"),
        ],
        position="top",
    )
    # a tab, a bookmark and a screen reader tell the pages apart by this
    st.set_page_config(page_title=f"{page.title} · Atlas Trata Perú")
    # before the page, so that it stands in the right language and colours from the first
    component("shell")(key="shell", data={"lang": say.lang, "theme": theme, "page": page.url_path})
    try:
        page.run()
    except GeoError as error:
        # the message of our own errors names the file and the fault, never a value of a link
        st.error(say("error.data"))
        st.text(str(error))
    last_period_line(say)
    st.html(render("footer", say))


main()
