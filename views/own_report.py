"""The report of an upload, row by row: line, column and reason, never what a cell said."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from itertools import islice

import streamlit as st

from messages import Words
from records.report import Entry, Report
from records.schema import field, fields

SHOWN_ENTRIES = 500
"""Rows of the table; the same entry of many lines is one."""
SHOWN_SPANS = 60
"""Spans of lines that one row names."""
_QUIET = ' class="none"'
_NAMES = frozenset(column.name for column in fields())


def report_section(report: Report, say: Words) -> None:
    """Draw what was noticed about the file, then a table with one line an entry."""
    count = report.entry_count
    text = say("own.report.text", count=say.number(count)) if count else say("own.report.clean")
    st.html(
        f"<h2>{escape(say('own.report'))}</h2>"
        f'<p class="how">{escape(text)}</p>{notices_list(report, say)}'
        f"{entries_table(report, say)}"
    )


def notices_list(report: Report, say: Words) -> str:
    """What was noticed about the file as a whole, as HTML."""
    notices = "".join(
        f"<li>{escape(say(f'records.notice.{code}', detail=detail))}</li>"
        for code, detail in report.notices
    )
    return f'<ul class="own-notices">{notices}</ul>' if notices else ""


def entries_table(report: Report, say: Words) -> str:
    """A table as HTML with one line an entry, the rows left out first; "" if there is none."""
    if not report.entries:
        return ""
    # the rows left out first, by line within both; the same of many rows is said once
    alike: dict[Entry, list[int]] = {}
    for entry in sorted(report.entries, key=lambda one: not one.is_fault):
        alike.setdefault(replace(entry, line=0, came=""), []).append(entry.line)
    heads = "".join(
        f'<th scope="col"{kind}>{escape(say(f"own.col.{name}"))}</th>'
        for name, kind in (
            ("line", ' class="n"'),
            ("column", ""),
            ("what", ""),
            ("allowed", ""),
            ("suggestion", ""),
            ("done", ""),
        )
    )
    rows = "".join(
        _row(entry, lines_said(lines), say) for entry, lines in islice(alike.items(), SHOWN_ENTRIES)
    )
    more = ""
    if len(alike) > SHOWN_ENTRIES or report.unlisted:
        cut = say("own.report.cut", count=say.number(SHOWN_ENTRIES))
        kinds = "".join(
            f"<li>{say.number(count)} × {escape(say(f'records.problem.{code}'))}</li>"
            for code, count in report.counts().items()
        )
        more = f'<p class="how">{escape(cut)}</p><ul class="own-notices">{kinds}</ul>'
    label = escape(say("own.report"), quote=True)
    return (
        f'<div class="own-scroll tall" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="own-table own-entries"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


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


def _row(entry: Entry, lines: str, say: Words) -> str:
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
    kind = ' class="out"' if entry.is_fault else ""
    cells = {
        "column": column or "–",
        "what": say(f"records.problem.{entry.code}"),
        "allowed": allowed,
        "suggestion": suggestion,
        "done": say(done),
    }
    # a narrow screen has no row of headings: each cell brings its own
    told = "".join(
        f'<td{_QUIET if cell == "–" else ""} data-label="{_label(name, say)}">{escape(cell)}</td>'
        for name, cell in cells.items()
    )
    line = f'<th scope="row" class="n"><span>{escape(say("own.col.line"))} </span>{lines}</th>'
    return f"<tr{kind}>{line}{told}</tr>"


def _label(name: str, say: Words) -> str:
    return escape(say(f"own.col.{name}"), quote=True)
