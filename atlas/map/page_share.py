"""The share menu of the map: its link, the code to embed, a post, pictures and the bundle."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from atlas.drawing.areas import drawn_overlays, has_reports, shown_measure
from atlas.paper.bundle import bundle_bytes, citation_of, contents_notes, view_link
from atlas.paper.embed import embed_code, embed_note, page_measure, page_refusal, pinned_query
from atlas.paper.picture import picture_bytes
from atlas.results.areas import is_filtered
from atlas.results.compare import compared_beside
from atlas.results.province import province_period
from atlas.results.regions import area_name
from atlas.settings import is_loopback
from atlas.view import BASES, LEVELS, OVERLAYS, View
from atlas.web.components import component, server_address
from atlas.web.preview import picture_address
from atlas.web.session import MAP
from atlas.words import Words, file_name
from data.periods import MAIN

_FILES = (("page", ".png"), ("page", ".svg"), ("wide", ".png"), ("tall", ".png"))


def share_menu(view: View, finding: str, say: Words) -> None:
    """Draw the menu; ``finding`` is the text of a post, and a picture is made on request."""
    with (
        st.container(key="share", width="content"),
        st.popover(say("share.menu"), icon=":material/ios_share:"),
    ):
        component("share")(key="share_texts", data=_texts(view, finding, say))
        st.caption(say("picture.menu.country" if view.second is None else "picture.menu.two"))
        pictured = view.changed(department=None, province=None)
        marked = {LEVELS[0]: view.department, LEVELS[1]: view.province}.get(view.level)
        if marked:
            beside = compared_beside(view) if marked == view.department else []
            name = say("picture.menu.mark", name=say.list(map(area_name, [marked, *beside])))
            # by default, not by state: the menu is closed when it is drawn first
            if st.checkbox(name, value=True, key=MAP.key("picture_mark")):
                pictured = view
        # the link shows what the picture shows
        link = view_link(pictured, server_address())
        # two beside each other: the last of them stands in sight
        with st.container(key="share_files", horizontal=True, gap="small"):
            for form, suffix in _FILES if view.second is None else _FILES[:2]:
                code = form if form != "page" else suffix.removeprefix(".")
                st.download_button(
                    say(f"picture.menu.{code}"),
                    partial(_picture, pictured, suffix, form, link),
                    file_name=f"{picture_name(pictured, say, form)}{suffix}",
                    key=f"picture_{code}",
                    on_click="ignore",
                )
        _bundle_button(pictured, say)
        left_out = [
            layer for layer in OVERLAYS if layer in {*view.overlays} - {*drawn_overlays(view)}
        ]
        if left_out:
            names = say.list(say(f"overlay.{layer}.short") for layer in left_out)
            st.caption(say("picture.menu.left_out", names=names))


def _bundle_button(view: View, say: Words) -> None:
    """Draw the download of table, pictures, shapes and README as one zip, with its gaps."""
    if not all(map(has_reports, (view, view.second_map or view))):
        st.caption(say("bundle.none"))
        return
    st.download_button(
        say("bundle.menu"),
        lambda: bundle_bytes(view, address=server_address(), made=date.today()),
        file_name=f"{picture_name(view, say)}.zip",
        key="picture_bundle",
        on_click="ignore",
        width="stretch",
    )
    # named on the page as in the file
    dropped, pictured = contents_notes(view, say)
    if dropped:
        dropped += f" {say('bundle.dropped.pictures')}"
    if dropped or pictured:
        st.caption(" ".join(filter(None, (dropped, pictured))))


def _texts(view: View, finding: str, say: Words) -> dict[str, Any]:
    names = ("sheet", "link", "post", "more", "cite", "bibtex", "embed", "copied")
    code, embed_line = _embed(view, say)
    cited, entry = citation_of(view, address=server_address(), made=date.today())
    posted = view.period if view.province is None else province_period(view.period)
    post = say(
        "share.text",
        finding=finding,
        period=say(f"period.{posted.code}"),
        registry=say(f"registry.{posted.registry_code}"),
    )
    return {
        "words": {name: say(f"share.{name}") for name in names},
        "lines": {"embed": embed_line},
        "picture": picture_address(view.link()),
        "file": f"{picture_name(view, say)}.png",
        "post": post,
        "embed": code,
        "cite": cited,
        "bibtex": entry,
    }


def _embed(view: View, say: Words) -> tuple[str, str]:
    """Return the code of the compact page ("" if it cannot show the view) and a line about it."""
    if reason := page_refusal(view):
        return "", say("share.embed.only", why=say(f"share.embed.only.{reason}"))
    shown = view.period, page_measure(view), view.base
    address = f"{server_address()}/public/{say.lang}/compact{pinned_query(*shown)}"
    code = embed_code(say, page_url=address, title=say("awareness.frame"), compact=True)
    line = embed_note(*shown, say, compact=True)
    area = view.province or view.department
    left_out = [say(f"overlay.{layer}.short") for layer in drawn_overlays(view)]
    left_out += [say("share.embed.mark", name=area_name(area))] if area else []
    left_out += [say("share.embed.filter")] if is_filtered(view) else []
    if left_out:
        line += f" {say('share.embed.left_out', names=say.list(left_out))}"
    if is_loopback(urlsplit(address).hostname):
        line += f" {say('awareness.embed.local')}"
    return code, line


def picture_name(view: View, say: Words, form: str = "page") -> str:
    """Name of a file of the map, without its ending."""
    return file_name(
        say,
        "map",
        "" if view.level == LEVELS[0] else say(f"file.level.{view.level}"),
        say(f"file.measure.{shown_measure(view)}"),
        "" if view.base == BASES[0] else say(f"file.base.{view.base}"),
        "" if view.registry == MAIN else say(f"file.{view.registry}"),
        view.period.code,
        "" if form == "page" else say(f"file.form.{form}"),
        f"{say('file.two')}-{view.second.period.code}" if view.second else "",
    )


def _picture(view: View, suffix: str, form: str, link: str) -> bytes:
    return picture_bytes(view, suffix, form=form, address=link, made=date.today())  # pyrefly: ignore[bad-argument-type]
