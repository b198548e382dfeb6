"""The report of an upload, row by row: line, column and reason, never what a cell said."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import streamlit as st

from messages import Words
from records.report import Entry, Report
from records.schema import field, fields
from templates import render

SHOWN_ENTRIES = 500
"""Rows of the table; the same entry of many lines is one."""
SHOWN_SPANS = 60
"""Spans of lines that one row names."""
_NAMES = frozenset(column.name for column in fields())


def report_section(report: Report, say: Words) -> None:
    """Draw what was noticed about the file, then a table with one line an entry."""
    count = report.entry_count
    text = say("own.report.text", count=say.number(count)) if count else say("own.report.clean")
    values = {"notices": _notices(report, say), **_entries(report, say)}
    st.html(render("own/report", say, title=say("own.report"), text=text, **values))


def notices_list(report: Report, say: Words) -> str:
    """What was noticed about the file as a whole, as HTML."""
    return render("own/report", say, notices=_notices(report, say), rows=[])


def entries_table(report: Report, say: Words) -> str:
    """A table as HTML with one line an entry, the rows left out first; "" if there is none."""
    return render("own/report", say, notices=[], **_entries(report, say))


def _notices(report: Report, say: Words) -> list[str]:
    return [say(f"records.notice.{code}", detail=detail) for code, detail in report.notices]


def _entries(report: Report, say: Words) -> dict[str, Any]:
    # the rows left out first, by line within both; the same of many rows is said once
    alike: dict[Entry, list[int]] = {}
    for entry in sorted(report.entries, key=lambda one: not one.is_fault):
        alike.setdefault(replace(entry, line=0, came=""), []).append(entry.line)
    is_cut = len(alike) > SHOWN_ENTRIES or report.unlisted
    return {
        "rows": [
            {"is_fault": entry.is_fault, "lines": lines_said(lines), "cells": _cells(entry, say)}
            for entry, lines in islice(alike.items(), SHOWN_ENTRIES)
        ],
        "kinds": report.counts() if is_cut else {},
        "shown": SHOWN_ENTRIES,
    }


def lines_said(lines: list[int]) -> str:
    """Numbers of lines, runs of them as a span.

    Examples
    --------
    >>> lines_said([2, 4, 5, 6, 9])
    '2, 4–6, 9'
    >>> lines_said(list(range(0, 126, 2)))[-12:]
    '6, 118, … +3'
    """
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    said = [f"{a}" if a == b else f"{a}–{b}" for a, b in spans[:SHOWN_SPANS]]
    rest = sum(b - a + 1 for a, b in spans[SHOWN_SPANS:])
    return ", ".join(said) + (f", … +{rest}" if rest else "")


def _cells(entry: Entry, say: Words) -> dict[str, str]:
    column = entry.column
    if column in _NAMES:
        column = field(column).titles[say.lang]
    elif column:
        column = say(f"planning.heading.{column}")
    suggestion = entry.suggestion or "–"
    if entry.earlier_line is not None:
        suggestion = say("own.see_line", line=entry.earlier_line)
    elif entry.suggestion and entry.confidence:
        suggestion = say("own.alike", place=suggestion, share=say.percent(entry.confidence))
    allowed = entry.allowed or "–"
    if entry.code == "code_unlisted":
        allowed = ", ".join(code[say.lang] for code in field(entry.column).codes)
    elif entry.code == "not_boolean":
        allowed = say("own.yes_no")
    done = "own.done.out" if entry.is_fault else "own.done.used"
    return {
        "column": column or "–",
        "what": say(f"records.problem.{entry.code}"),
        "allowed": allowed,
        "suggestion": suggestion,
        "done": say(done),
    }
