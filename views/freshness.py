"""Where the figures end, on every page; what can be refreshed and what was, on the method page."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from data.refreshed import ADDED, REFRESHABLE, Freshness, freshness, is_stale, refreshed_faults
from maps.figures_end import figures_end
from messages import Words
from templates import render


def figures_end_line(say: Words) -> None:
    """Draw the line under every page: where the figures end, and whether newer ones wait."""
    parts = [say("end.figures", end=figures_end(say))]
    if is_stale():
        parts.append(f"⚑ {say('end.restart')}")
    if refreshed_faults():
        parts.append(f"⚑ {say('end.fault')}")
    st.html(render("paragraph", say, kind="help", id="figures-end", text=" ".join(parts)))


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
    st.html(render("freshness", say, rows=[_row(row, say) for row in rows]))


def _row(row: Freshness, say: Words) -> dict[str, Any]:
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
    return {
        "title": title,
        "end": end,
        "read": row.accessed,
        "origin": origin,
        "newer": [(address, _short(address)) for address in row.newer],
    }


def _short(address: str) -> str:
    """The file's own name, or the host where an address names none."""
    host, _, path = address.partition("://")[2].partition("/")
    name = address if not host else path.rsplit("/", 1)[-1]
    return name if "." in name or not host else host
