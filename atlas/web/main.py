"""Entry of the dashboard: page settings, language, navigation."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import streamlit as st
from babel.dates import format_date

from atlas.html import TERM_STYLE, render
from atlas.results.coverage_dates import figure_ends
from atlas.settings import offered_pages
from atlas.web.components import component, hints
from atlas.web.errors import page_title
from atlas.web.guides import guide_folds
from atlas.web.session import is_read_anew
from atlas.web.wording import wording
from atlas.words import LANGUAGES, Words, error_text, preferred_language, words
from geo.errors import GeoError

_STYLE = (
    "".join(
        (Path(__file__).resolve().parent / "static" / f"{name}.css").read_text(encoding="utf-8")
        for name in ("page", "print")
    )
    + TERM_STYLE
)
# in the page itself: a file handed to Streamlit is gone for a page that Back brings again
_ICON = "data:image/png;base64," + b64encode(
    (Path(__file__).resolve().parent / "static" / "icon.png").read_bytes()
).decode("ascii")
"""a file of ours: a named icon would be asked from a font host"""
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 196 28" width="196" height="28">
<text x="0" y="21" font-family="system-ui,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif"
 font-size="19" font-weight="700" fill="{ink}">Atlas Trata Perú</text></svg>"""


def _language() -> str:
    """The language of the session: the link's, else the browser's, else Spanish."""
    if is_read_anew("lang"):
        preferred = preferred_language(st.context.headers.get("Accept-Language"))
        in_link = st.query_params.get("lang")
        st.session_state["lang"] = in_link if in_link in LANGUAGES else preferred
    return st.session_state["lang"] if st.session_state["lang"] in LANGUAGES else "es"


def _page(feature: str) -> Callable[[], None]:
    """Return a function that loads a page when it draws it, so that the map starts first."""

    def draw() -> None:
        match feature:
            case "map":
                from atlas.map.page import page
            case "hotspots":
                from atlas.hotspots.page import page
            case "figures":
                from atlas.figures.page import page
            case "planner":
                from atlas.planner.page import page
            case "own_data":
                from atlas.own_data.page import page as own_page
                from atlas.planner.page_lists import forget

                page = partial(own_page, forget)
            case "public":
                from atlas.public.page import page
            case _:
                from atlas.method.page import page
        page()

    return draw


def _last_period_line(say: Words) -> None:
    """Draw the last period of the figures, under every page."""
    text = say("end.figures", **figure_ends(say))
    st.html(render("paragraph", say, kind="help", id="figures-end", text=text))


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_icon=_ICON, layout="wide", initial_sidebar_state="collapsed")
    say = words(_language())
    st.html(f"<style>{_STYLE}</style>")
    theme = st.context.theme.type or "light"
    ink = "#eeebe6" if theme == "dark" else "#1f1d1b"
    st.logo(_LOGO.format(ink=ink), size="large")
    page = st.navigation(
        [
            st.Page(
                _page(feature),
                title=say(page_title(feature)),
                url_path=path,
                default=not path,
            )
            for feature, path in offered_pages().items()
        ],
        position="top",
    )
    # a tab, a bookmark and a screen reader tell the pages apart by this
    st.set_page_config(page_title=f"{page.title} · Atlas Trata Perú")
    # before the page, so that it stands in the right language and colours from the first
    skip = {"": "table", "focos": "matrix"}.get(page.url_path)
    component("shell")(
        key="shell",
        data={
            "lang": say.lang,
            "theme": theme,
            "page": page.url_path,
            "hints": hints(say),
            "skip": {"to": skip, "text": say(f"shell.skip_{skip}")} if skip else None,
        },
        on_scheme_change=lambda: None,
    )
    component("wording")(key="wording", data={"pairs": wording(say)})
    day = format_date(date.today(), "long", locale=say.lang)
    st.html(render("printed", say, title="", text=f"Atlas Trata Perú · {page.title} · {day}"))
    # the style puts it at the page's end; a page that takes long is never without it
    st.html(render("footer", say))
    try:
        page.run()
    except GeoError as error:
        # the message of our own errors names the file and the fault, never a value of a link
        st.error(say("error.data"))
        st.text(error_text(error, say))
    guide_folds(page.url_path, say)
    _last_period_line(say)


main()
