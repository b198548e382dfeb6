"""Vista pública: the page that anyone can embed, its code, and the files to host it oneself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit as st

from atlas.html import render
from atlas.public.card import card_png
from atlas.public.document import Links, page_bytes
from atlas.public.embed import COMPACT_PX, FIRST_PX, WIDTH_PX, embed_code, page_query
from atlas.public.model import MEASURES
from atlas.public.site import site_files, zip_bytes
from atlas.settings import dashboard_url, require_base_url
from atlas.view import MEASURES as MAP_MEASURES
from atlas.view import PERIOD_CODES, read_code
from atlas.web.components import (
    choose_code,
    component,
    is_read_anew,
    language_control,
    link_warning,
    server_address,
    start,
    went_back,
    write_link,
)
from atlas.words import LANGUAGES, Words, words
from data.periods import DEFAULT_PERIOD
from geo.errors import ParameterError

_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "awareness.css").read_text(
    "utf-8"
)
DEVICES = {"phone": (390, 780), "tablet": (820, 1060), "desktop": (1280, 1380)}
"""width and height of each preview, CSS pixels."""
VIEWS = ("whole", "compact")


def parse_view(query: Mapping[str, str], lang: str) -> tuple[dict[str, str], list[str]]:
    """Read a link: the checked codes of every choice, and the fields that were not understood.

    >>> parse_view({"view": "compact", "device": "watch"}, "es")[1]
    ['device']
    """
    problems: list[str] = []
    code = partial(read_code, query, problems)
    lang = code("lang", LANGUAGES, lang)
    chosen = {
        "lang": lang,
        "public": code("public", LANGUAGES, lang),
        "period": code("period", PERIOD_CODES, DEFAULT_PERIOD),
        # of the map's measures the public page knows two
        "measure": code("measure", (*MEASURES, *MAP_MEASURES), MEASURES[0]),
        "view": code("view", VIEWS, VIEWS[0]),
        "device": code("device", tuple(DEVICES), next(iter(DEVICES))),
    }
    if chosen["measure"] not in MEASURES:
        chosen["measure"] = MEASURES[0]
    return chosen, problems


def _begin(say: Words) -> dict[str, str]:
    """The choices as they are; the link's at first and after Back, the period of other pages."""
    if is_read_anew("awareness"):
        chosen, problems = parse_view(st.query_params.to_dict(), say.lang)
        shared = None if went_back() else st.session_state.get("state")
        if shared is not None and shared.period in PERIOD_CODES:
            chosen["period"] = shared.period
        st.session_state["awareness"] = chosen
        link_warning(problems, say)
    return st.session_state["awareness"] | {"lang": say.lang}


def _controls(chosen: dict[str, str], say: Words) -> dict[str, str]:
    """Draw the controls; returns the choices of all of them."""
    rows = {"public": LANGUAGES, "measure": MEASURES, "view": VIEWS, "device": tuple(DEVICES)}
    with st.container(horizontal=True, key="controls", vertical_alignment="center"):
        now = {}
        for name, codes in rows.items():
            of = "awareness.lang" if name == "public" else f"awareness.{name}"
            key = of.replace(".", "_")
            now[name] = choose_code(
                say, of, codes, chosen=chosen[name], key=key, words_of=f"{of}.{{code}}"
            )
        start("awareness_period", chosen["period"])
        now["period"] = st.selectbox(
            say("controls.period"),
            PERIOD_CODES,
            key="awareness_period",
            format_func=lambda code: say(f"period.{code}"),
            label_visibility="collapsed",
        )
    st.session_state["awareness"] = chosen | now
    return chosen | now


def _preview(address: str, view: str, device: str, say: Words) -> None:
    width, height = DEVICES[device]
    if view == "compact":
        width, height = min(width, WIDTH_PX), COMPACT_PX
    component("preview")(
        key="preview",
        data={
            "src": address,
            "title": say("awareness.frame"),
            "width": width,
            "height": height,
            "device": device,
            "theme": st.context.theme.type or "light",
            "waiting": say("awareness.waiting"),
        },
    )


def _code(lang: str, period: str, measure: str, view: str, say: Words) -> None:
    """The code for another page, with the address by which readers know this server."""
    origin = server_address() or "https://atlas.example.pe"
    there = words(lang)
    code = embed_code(
        there,
        page_url=f"{origin}{_address(lang, period, measure, view)}",
        title=there("awareness.frame"),
        compact=view == "compact",
    )
    height = COMPACT_PX if view == "compact" else FIRST_PX
    _block("embed", say, say(f"public.embed.{view}", height=height))
    # colours of syntax would fall below the contrast of text
    st.code(code, language=None, wrap_lines=True)
    if urlsplit(origin).hostname in ("127.0.0.1", "localhost"):
        st.html(render("paragraph", say, kind="note", text=say("awareness.embed.local")))


def _address(lang: str, period: str, measure: str, view: str) -> str:
    path = f"/public/{lang}/compact" if view == "compact" else f"/public/{lang}"
    return path + page_query(period, measure)


def _block(part: str, say: Words, text: str) -> None:
    st.html(render("awareness_part", say, title=say(f"awareness.{part}.title"), text=text))


def _files(lang: str, period: str, measure: str, say: Words) -> None:
    """One file, the picture, or everything for a host of one's own; made when asked for."""
    _block("files", say, say("awareness.files.text"))
    names = {code: f"atlas-trata-{code}.html" for code in LANGUAGES}
    other = next(code for code in LANGUAGES if code != lang)
    links = Links(other_language=names[other], card=f"atlas-trata-{lang}.png", path=names[lang])
    base = st.text_input(
        say("awareness.base"),
        key="awareness_base",
        placeholder="https://www.example.pe/trata/",
        help=say("awareness.base.help"),
    )
    address = None
    if base:
        try:
            address = require_base_url(base.strip())
        except ParameterError:
            st.warning(say("awareness.base.wrong"))
    # as text, as a picture and as all of it
    made = (
        (
            "page",
            names[lang],
            "text/html",
            lambda: page_bytes(
                lang, period=period, measure=measure, links=links, dashboard_url=dashboard_url()
            ),
        ),
        ("card", links.card, "image/png", lambda: card_png(lang, period=period, measure=measure)),
        (
            "tree",
            "atlas-trata-sitio.zip",
            "application/zip",
            lambda: zip_bytes(
                site_files(
                    period=period, measure=measure, base_url=address, dashboard_url=dashboard_url()
                )
            ),
        ),
    )
    with st.container(horizontal=True, key="awareness_files"):
        for kind, name, mime, make in made:
            st.download_button(
                say(f"awareness.{kind}", lang=lang.upper()),
                make,
                file_name=name,
                mime=mime,
                key=f"awareness_{kind}",
                on_click="ignore",
            )


def page() -> None:
    """Draw the page: the preview beside the code that shows it elsewhere."""
    say = words(st.session_state["lang"])
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.awareness"), anchor=False)
        language_control(say)
    st.html(render("paragraph", say, kind="lead", lang=say.lang, text=say("awareness.lead")))
    chosen = _controls(_begin(say), say)
    lang, period, measure = (chosen[name] for name in ("public", "period", "measure"))
    view, device = chosen["view"], chosen["device"]
    told = [say(f"awareness.{name}.{chosen[name]}") for name in ("measure", "view", "device")]
    named = say(f"awareness.lang.{lang}"), say(f"period.{period}")
    write_link(chosen, say("awareness.shown", choices=", ".join([*named, *told])))
    shown, aside = st.columns([1.35, 1], gap="medium")
    with shown, st.container(key="preview_box"):
        _preview(_address(lang, period, measure, view), view, device, say)
    with aside:
        with st.container(border=True, key="embed_box"):
            _code(lang, period, measure, view, say)
        with st.container(border=True, key="files_box"):
            _files(lang, period, measure, say)
        with st.container(border=True, key="api_box"):
            _block("api", say, say("awareness.api.text"))
            api = f"/api/v1/regions.json?period={quote(period, safe='')}"
            st.code(api, language=None, wrap_lines=True)
