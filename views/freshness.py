"""Where the figures end, on every page; what can be refreshed and what was, on the method page."""

from __future__ import annotations

from datetime import date
from html import escape

import streamlit as st

from data.refresh.listing import ADDED, REFRESHABLE, Freshness, freshness
from data.refreshed import is_stale, refreshed_faults
from maps.figures_end import figures_end
from messages import Words

_EMPTY = ("", ' class="none"')
"""of a cell: on a phone one without a figure is left out"""
_HEADS = ("what", "end", "read", "origin", "newer")


def figures_end_line(say: Words) -> None:
    """Draw the line under every page: where the figures end, and whether newer ones wait."""
    parts = [say("end.figures", end=figures_end(say))]
    if is_stale():
        parts.append(f"⚑ {say('end.restart')}")
    if refreshed_faults():
        parts.append(f"⚑ {say('end.fault')}")
    st.html(f'<p class="help" id="figures-end">{escape(" ".join(parts))}</p>')


def freshness_section(say: Words) -> None:
    """Draw what is not in use and why, and the table of what can be refreshed."""
    for fault in refreshed_faults():
        names = ", ".join(fault.resources) or say("method.age.fault.all")
        reason = say(f"method.age.fault.{fault.reason}")
        st.warning(say("method.age.fault", names=names, reason=reason))
    if is_stale():
        st.info(say("end.restart"))
    # a refresh writes several files: one row stands for all of them
    shown = {*REFRESHABLE, *ADDED}
    found = freshness(today=date.today().isoformat())
    alone = {row.source for row in found if row.resource in shown and row.source}
    rows = [
        row
        for row in found
        if row.resource in shown or (row.origin == "refreshed" and row.source not in alone)
    ]
    head = "".join(f'<th scope="col">{escape(say(f"method.age.{key}"))}</th>' for key in _HEADS)
    body = "".join(_row(row, say) for row in rows)
    st.html(
        f'<div class="freshness"><table><caption>{escape(say("method.age.table"))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Freshness, say: Words) -> str:
    title = row.title_es if say.lang == "es" else row.title
    if row.resource in (*REFRESHABLE, *ADDED):
        title = say(f"method.age.of.{row.resource}")
    end = row.figures_end[:4] if row.figures_end.endswith("-12") else row.figures_end
    end = say.month(end) if "-" in end else end or "–"
    origin = say("method.age.shipped")
    if row.origin == "refreshed":
        used, read = (say.number(count or 0) for count in (row.rows_used, row.rows_read))
        files = say.list(_short(source) for source in row.source.split("; "))
        origin = say("method.age.refreshed", source=files, used=used, read=read)
    links = "".join(f"<li>{_link(address)}</li>" for address in row.newer)
    newer = f"<ul>{links}</ul>" if links else escape(say("method.age.none"))
    texts = (escape(end), escape(row.accessed), escape(origin), newer)
    # on a phone the cells stand below each other, each with the name of its column
    cells = "".join(
        f'<td data-label="{escape(say(f"method.age.{key}"), quote=True)}"{_EMPTY[text == "–"]}>'
        f"{text}</td>"
        for key, text in zip(_HEADS[1:], texts, strict=True)
    )
    return f'<tr><th scope="row">{escape(title)}</th>{cells}</tr>'


def _link(address: str) -> str:
    """A link to an official file; the list holds https addresses only."""
    return (
        f'<a href="{escape(address, quote=True)}" target="_blank" rel="noopener noreferrer">'
        f"{escape(_short(address))}</a>"
    )


def _short(address: str) -> str:
    """The file's own name, or the host where an address names none."""
    host, _, path = address.partition("://")[2].partition("/")
    name = address if not host else path.rsplit("/", 1)[-1]
    return name if "." in name or not host else host
