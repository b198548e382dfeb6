"""The report of an upload, row by row: line, column and reason, never what a cell said."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from messages import Words
from records.report import Entry, Report
from records.schema import field, fields

SHOWN_ENTRIES = 2000
_NAMES = frozenset(column.name for column in fields())


def report_section(report: Report, say: Words) -> None:
    """Draw what was noticed about the file, then a table with one line an entry."""
    count = len(report.entries)
    text = say("own.report.text", count=say.number(count)) if count else say("own.report.clean")
    st.html(
        f"<h2>{escape(say('own.report'))}</h2>"
        f'<p class="how">{escape(text)}</p>{notices_list(report, say)}'
    )
    entries_table(report, say, key="own_report_table")


def notices_list(report: Report, say: Words) -> str:
    """What was noticed about the file as a whole, as HTML."""
    notices = "".join(
        f"<li>{escape(say(f'records.notice.{code}', detail=detail))}</li>"
        for code, detail in report.notices
    )
    return f'<ul class="own-notices">{notices}</ul>'


def entries_table(report: Report, say: Words, *, key: str) -> None:
    """A table with one line an entry, none if there is nothing to look at."""
    count = len(report.entries)
    if not count:
        return
    rows = [_row(entry, say) for entry in report.entries[:SHOWN_ENTRIES]]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=min(420, 38 + 35 * len(rows)),
        key=key,
    )
    if count > SHOWN_ENTRIES:
        st.html(
            f'<p class="how">{escape(say("own.report.cut", count=say.number(SHOWN_ENTRIES)))}</p>'
        )


def _row(entry: Entry, say: Words) -> dict[str, str | int]:
    column = entry.column
    if column in _NAMES:
        column = field(column).titles[say.lang]
    elif column:
        column = say(f"planning.heading.{column}")
    return {
        say("own.col.line"): entry.line,
        say("own.col.column"): column or "–",
        say("own.col.what"): say(f"records.problem.{entry.code}"),
        say("own.col.done"): say("own.done.out" if entry.is_fault else "own.done.used"),
        say("own.col.suggestion"): entry.suggestion or "–",
        say("own.col.alike"): say.percent(entry.confidence) if entry.confidence else "–",
    }
