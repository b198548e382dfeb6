"""The report of an upload row by row, and the box that takes one file into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice

import streamlit as st

from atlas.html import render
from atlas.own_files.isolation import make_ready
from atlas.own_files.report import (
    Entry,
    Report,
    alike_entries,
    entry_words,
    left_out_csv,
    line_spans,
)
from atlas.web.components import component, static_text
from atlas.web.session import Feature
from atlas.web.streamlit_internals import current_run, forget_downloads, forget_uploads
from atlas.words import Words, file_name
from data.readers.limits import PAGE_ZONES_BYTES

SHOWN_ENTRIES = 500
"""Rows of the table; the same entry of many lines is one."""


def report_section(report: Report, say: Words) -> None:
    """Draw the notes on the file, then a table with one line per entry."""
    count = report.entry_count
    text = say("own.report.text", count=say.number(count)) if count else say("own.report.clean")
    if len(alike_entries(report)) < len(report.entries):
        text += " " + say("own.report.alike")
    st.html(report_html(report, say, title=say("own.report"), text=text))
    if report.left_out_count:
        st.download_button(
            say("own.left_out.csv"),
            partial(left_out_csv, report, say),
            file_name=f"{file_name(say, 'left_out')}.csv",
            mime="text/csv",
            key="own_left_out",
            on_click="ignore",
        )


def report_html(report: Report, say: Words, **heading: str) -> str:
    """Write the notes on the whole file, then a table with one line per entry."""
    # the rows left out first, by line within both; the same of many rows is said once
    alike = alike_entries(report)
    is_cut = len(alike) > SHOWN_ENTRIES or report.unlisted
    return render(
        "own/report",
        say,
        notices=[say(f"records.notice.{code}", detail=detail) for code, detail in report.notices],
        rows=[
            {
                "is_fault": entry.is_fault,
                "lines": line_spans((row.line for row in same), report.sheets),
                "cells": _cells(entry, report, say),
            }
            for entry, same in islice(alike.items(), SHOWN_ENTRIES)
        ],
        kinds=report.counts() if is_cut else {},
        shown=SHOWN_ENTRIES,
        **heading,
    )


def _cells(entry: Entry, report: Report, say: Words) -> dict[str, str]:
    cells = {name: text or "–" for name, text in entry_words(entry, report, say).items()}
    return cells | {"done": say("own.done.out" if entry.is_fault else "own.done.used")}


@dataclass
class UploadSession:
    """State shared by all boxes for files."""

    has_agreed: bool = False
    """a box's own consent is gone with its page."""
    turn: int = 0
    """how often the boxes were renewed."""


UPLOADS = Feature("upload", UploadSession)


def box_turn() -> int:
    """Return the number in a box's key; a new number makes a new, empty box."""
    return UPLOADS.state.turn


def release_files() -> None:
    """Remove the session's uploads and downloads from memory and renew the boxes.

    The next run offers its downloads again.
    """
    UPLOADS.state.turn += 1
    if (run := current_run()) is not None:
        forget_uploads(run.session)
        forget_downloads(run.session)


def upload_box(
    say: Words, *, key: str, label: str, largest: int, take: Callable[[str, bytes], None]
) -> None:
    """Draw the consent and a box for up to ``largest`` bytes; pass the file to ``take``.

    ``take`` is given the name of the file, which is never a path and has to be escaped, and its
    bytes. The browser sends up to PAGE_ZONES_BYTES from any box: what is too large for this one is
    refused as any other file.
    """
    session, name = UPLOADS.state, f"{key}_consent"
    # one consent for every box, on this page and the next
    st.session_state[name] = session.has_agreed

    def agree() -> None:
        session.has_agreed = st.session_state[name]

    st.checkbox(say("own.consent"), key=name, on_change=agree)
    browse, limit = say("own.browse"), f"{largest >> 20} MB"
    button = f'[data-testid="stFileUploaderDropzone"] button::after {{ content: "{browse}"; }}'
    st.html(f"<style>{static_text('upload.css')}\n{button}</style>")
    with st.container(key=f"{key}_words"):
        words = {"key": key, "label": browse, "too_large": say("own.too_large", limit=limit)}
        component("uploader")(key=f"{key}_uploader", data=words)
    file = st.file_uploader(
        say(label, limit=limit),
        key=f"{key}_file_{box_turn()}",
        disabled=not session.has_agreed,
        max_upload_size=PAGE_ZONES_BYTES >> 20,
    )
    if file is None or not session.has_agreed:
        if session.has_agreed:
            make_ready()  # a reader waits while the file is chosen
        return
    with st.spinner(say("own.reading")):
        take(file.name, file.getvalue())
    del file
    release_files()
    st.rerun()
