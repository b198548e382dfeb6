"""Vista pública: preview the public page, copy its embed code, download its files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from atlas.html import render
from atlas.paper.bundle import zip_bytes
from atlas.paper.embed import (
    embed_code,
    embed_note,
    frame_height,
    offered_periods,
    page_query,
    pinned_query,
)
from atlas.public.card import card_png
from atlas.public.document import Links, page_bytes
from atlas.public.model import MEASURES, START_MEASURE
from atlas.public.site import site_files
from atlas.settings import dashboard_url, require_base_url
from atlas.view import BASES, View
from atlas.view import MEASURES as MAP_MEASURES
from atlas.web.components import (
    choose_code,
    component,
    language_control,
    link_warning,
    server_address,
    write_link,
)
from atlas.web.session import Feature, PageSession, shared_view, start
from atlas.words import LANGUAGES, Words, words
from data.periods import REGISTRIES, Period
from geo.errors import ParameterError, UserError

_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "awareness.css").read_text(
    "utf-8"
)
AWARENESS = Feature("awareness", PageSession)
FORMS = ("compact", "whole")


def read_link(query: dict[str, str], **start_values: Any) -> View:
    """Read the choices of this page from a link; it offers two of the measures of the map.

    >>> read_link({"view": "none", "measure": "verdict"}).problems
    ('view',)
    """
    # an older link that names no measure and form means the rate on the whole page
    first = {"measure": START_MEASURE, "form": FORMS[0]}
    if query.keys() - {"lang"}:
        first = {"measure": MEASURES[0], "form": "whole"}
    view = View.from_link(
        query,
        "public",
        start=first | start_values,
        narrowed={
            "period": lambda _: _periods(),
            "measure": lambda _: (*MEASURES, *MAP_MEASURES),
            "form": lambda _: FORMS,
        },
    )
    return view if view.measure in MEASURES else view.changed(measure=first["measure"])


def _periods() -> tuple[Period, ...]:
    """Every period that the public page shows, of each registry."""
    others = (code for code, registry in REGISTRIES.items() if not registry.is_by_prosecutors)
    return (*offered_periods(), *(period for code in others for period in offered_periods(code)))


def _period_name(period: Period, say: Words) -> str:
    return f"{say(f'registry.{period.registry_code}')}, {say(f'period.{period.code}')}"


def _begin(say: Words) -> View:
    """The choices as they are; the link's at first and after Back, the period of other pages."""
    if AWARENESS.is_read_anew():
        view = read_link(st.query_params.to_dict(), lang=say.lang, public=say.lang)
        link_warning(view.problems, say)
        shared = shared_view()
        if shared and shared.period in _periods():
            view = view.changed(period=shared.period)
        AWARENESS.state.view = view
    return AWARENESS.state.view.changed(lang=say.lang, problems=())


def _controls(view: View, say: Words) -> View:
    rows = {"public": LANGUAGES, "measure": MEASURES, "form": FORMS}
    labels = {"public": "awareness.lang", "form": "awareness.view"}
    with st.container(horizontal=True, key="controls", vertical_alignment="center"):
        chosen: dict[str, Any] = {}
        for name, codes in rows.items():
            label = labels.get(name, f"awareness.{name}")
            chosen[name] = choose_code(
                say,
                label,
                codes,
                chosen=getattr(view, name),
                key=AWARENESS.key(label.removeprefix("awareness.")),
                words_of=f"{label}.{{code}}",
            )
        start(AWARENESS.key("period"), view.period)
        chosen["period"] = st.selectbox(
            say("column.period"),
            _periods(),
            key=AWARENESS.key("period"),
            format_func=lambda period: _period_name(period, say),
            label_visibility="collapsed",
        )
    AWARENESS.state.view = view.changed(**chosen)
    return AWARENESS.state.view


def _preview(view: View, say: Words) -> None:
    whole = _address(view.changed(form="whole"))
    st.link_button(say("awareness.open"), whole, icon=":material/open_in_new:")
    component("preview")(
        key="preview",
        data={
            "src": _address(view),
            "title": say("awareness.frame"),
            "height": frame_height(view.form == "compact"),
            "theme": st.context.theme.type or "light",
            "waiting": say("awareness.waiting"),
        },
    )


def _code(view: View, say: Words) -> None:
    origin = server_address() or "https://atlas.example.pe"
    say_there = words(view.public)
    code = embed_code(
        say_there,
        page_url=f"{origin}{_address(view)}",
        title=say_there("awareness.frame"),
        compact=view.form == "compact",
    )
    note = embed_note(view.period, view.measure, BASES[0], say, compact=view.form == "compact")
    _block("embed", say, note)
    # syntax colours have too little contrast
    st.code(code, language=None, wrap_lines=True)
    copying = {"embed": say("share.embed"), "copied": say("share.copied")}
    component("share")(key="embed_copy", data={"words": copying, "lines": {}, "embed": code})
    if urlsplit(origin).hostname in ("127.0.0.1", "localhost"):
        st.html(render("paragraph", say, kind="note", text=say("awareness.embed.local")))


def _address(view: View) -> str:
    path = f"/public/{view.public}" + ("/compact" if view.form == "compact" else "")
    return path + pinned_query(view.period, view.measure)


def _block(part: str, say: Words, text: str) -> None:
    st.html(render("awareness_part", say, title=say(f"awareness.{part}.title"), text=text))


def _files(lang: str, period: Period, measure: str, say: Words) -> None:
    _block("files", say, say("awareness.files.text"))
    names = {code: f"atlas-trata-{code}.html" for code in LANGUAGES}
    other = next(code for code in LANGUAGES if code != lang)
    links = Links(other_language=names[other], card=f"atlas-trata-{lang}.png", path=names[lang])
    base = st.text_input(
        say("awareness.base"),
        key=AWARENESS.key("base"),
        placeholder="https://www.example.pe/trata/",
        help=say("awareness.base.help"),
    )
    address = None
    if base:
        try:
            address = require_base_url(base.strip())
        except (ParameterError, UserError):
            st.warning(say("awareness.base.wrong"))
    choices: dict[str, Any] = {"period": period, "measure": measure}
    atlas = dashboard_url()

    def tree() -> bytes:
        return zip_bytes(site_files(**choices, base_url=address, dashboard_url=atlas))

    # the page, its card, and all files in an archive
    page_of = partial(page_bytes, lang, **choices, links=links, dashboard_url=atlas)
    files = (
        ("page", names[lang], "text/html", page_of),
        ("card", links.card, "image/png", partial(card_png, lang, **choices)),
        ("tree", "atlas-trata-sitio.zip", "application/zip", tree),
    )
    with st.container(horizontal=True, key="awareness_files"):
        for kind, name, mime, make in files:
            st.download_button(
                say(f"awareness.{kind}", lang=lang.upper()),
                make,
                file_name=name,
                mime=mime,
                key=AWARENESS.key(kind),
                on_click="ignore",
            )


def page() -> None:
    """Draw the page: a preview, the code for other pages, and the files to download."""
    say = words(st.session_state["lang"])
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.awareness"), anchor=False)
        language_control(say)
    st.html(render("paragraph", say, kind="lead", lang=say.lang, text=say("awareness.lead")))
    view = _controls(_begin(say), say)
    chosen = [
        say(f"awareness.lang.{view.public}"),
        _period_name(view.period, say),
        say(f"awareness.measure.{view.measure}"),
        say(f"awareness.view.{view.form}"),
    ]
    write_link(view.link("public"), say("awareness.shown", choices=", ".join(chosen)))
    preview, aside = st.columns([1.35, 1], gap="medium")
    with preview, st.container(key="preview_box"):
        _preview(view, say)
    with aside:
        with st.container(border=True, key="embed_box"):
            _code(view, say)
        with st.container(border=True, key="files_box"):
            _files(view.public, view.period, view.measure, say)
        with st.container(border=True, key="api_box"):
            api = f"{server_address()}/api/v1"
            _block("api", say, say("awareness.api.text", described=f"{api}/openapi.json"))
            api = f"{api}/regions.json{page_query(view.period)}"
            st.code(api, language=None, wrap_lines=True)
