"""Judges a table row by row: every row is used, or listed with its reason."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import numpy as np

from records.cells import CODED, Row, judge
from records.coordinates import are_outside, nearest_districts
from records.privacy import require_no_personal_data, shown_heading
from records.refusal import Refusal
from records.report import Entry, Report
from records.schema import field as field_named
from records.schema import field_of_heading, is_unknown
from records.table import RawTable

KEPT = (
    *("line", "year", "month", "province_ubigeo", "district_ubigeo", "longitude", "latitude"),
    *("position", "victim_count", *CODED, "invented"),
)
"""Columns of a checked record; names, record numbers and days are not kept."""


def check_table(table: RawTable, *, latest: date) -> tuple[list[dict[str, Any]], Report]:
    """Judge a table.

    Parameters
    ----------
    table : RawTable
    latest : date
        No event lies after it.

    Returns
    -------
    records : list of dict
        The used rows, with the columns KEPT: year and month (None if not known),
        province_ubigeo, district_ubigeo ("" if not told), longitude and latitude (degrees;
        None), position ("given", "capital" or "none"), victim_count, the coded columns,
        invented.
    report : Report

    Raises
    ------
    Refusal
        Personal data, no heading of the template, a needed column missing or doubled.
    """
    columns, report = _columns(table)
    require_no_personal_data(table, columns)
    _require_columns(columns)
    width = len(columns)
    rows = []
    for line, cells in zip(table.lines, table.rows, strict=True):
        told = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
        row = Row(line, told)
        if len(cells) != width:
            row.entries.append(Entry(line, "", "cells", True, f"{len(cells)}", f"{width}"))
        elif line in table.flaws:
            row.entries.append(Entry(line, "geometry", table.flaws[line], True))
        else:
            judge(row, latest)
        rows.append(row)
    _by_coordinates(rows)
    _repeated(rows)
    _notices(rows, report)
    report.row_count = len(rows)
    used = [row for row in rows if row.is_used]
    report.used_count = len(used)
    report.take([entry for row in rows for entry in row.entries])
    return [_record(row) for row in used], report


def _columns(table: RawTable) -> tuple[list[str], Report]:
    """The template's column of each heading, "" for none."""
    report = Report(kind=table.kind, notices=list(table.notices))
    columns = []
    for number_, heading in enumerate(table.headings, 1):
        known = field_of_heading(heading)
        columns.append(known.name if known else "")
        if known:
            report.columns[shown_heading(heading)] = known.name
        elif heading:
            report.notices.append(("unknown_column", shown_heading(heading)))
        elif any(len(row) >= number_ and row[number_ - 1] for row in table.rows):
            report.notices.append(("unnamed_column", str(number_)))
    return columns, report


def _require_columns(columns: list[str]) -> None:
    if not any(columns):
        raise Refusal("no_header")
    for name, times in Counter(name for name in columns if name).items():
        if times > 1:
            raise Refusal("duplicate_column", column=name)
    if "date" not in columns:
        raise Refusal("required_column", column=field_named("date").titles["es"] + " / date")
    has_point = "longitude" in columns and "latitude" in columns
    if not has_point and not set(columns) & {"district_ubigeo", "province", "district"}:
        raise Refusal("no_place_column")


def _by_coordinates(rows: list[Row]) -> None:
    """Points beyond the border are listed; points without a place get the nearest district."""
    given = [row for row in rows if row.values.get("position") == "given"]
    note_outside(given)
    bare = [row for row in given if "province_ubigeo" not in row.values and row.is_used]
    if not bare:
        return
    codes = nearest_districts(
        np.array([row.values["longitude"] for row in bare]),
        np.array([row.values["latitude"] for row in bare]),
    )
    for row, code in zip(bare, codes, strict=True):
        row.values.update(province_ubigeo=code[:4], district_ubigeo=code, was_nearest=True)


def note_outside(given: list[Row]) -> None:
    """Note the rows whose own coordinates lie clearly beyond the border."""
    if not given:
        return
    x = np.array([row.values["longitude"] for row in given])
    y = np.array([row.values["latitude"] for row in given])
    for row, is_outside in zip(given, are_outside(x, y), strict=True):
        if is_outside:
            row.note("longitude", "outside_peru")


def _repeated(rows: list[Row]) -> None:
    """The same number twice is left out; rows alike in all cells are shown and counted."""
    by_number: dict[str, int] = {}
    by_cells: dict[tuple[str, ...], int] = {}
    for row in rows:
        if not row.is_used:
            continue
        own = row.cells.get("record_id", "")
        if own and not is_unknown(own):
            first = by_number.setdefault(own, row.line)
            if first != row.line:
                row.note("record_id", "repeated_id", earlier_line=first)
            continue
        first = by_cells.setdefault(tuple(row.cells.values()), row.line)
        if first != row.line:
            row.entries.append(Entry(row.line, "", "same_row", False, earlier_line=first))


def _notices(rows: list[Row], report: Report) -> None:
    used = [row for row in rows if row.is_used]
    counts = {
        "days_dropped": sum(bool(row.values.get("had_day")) for row in used),
        "ages_banded": sum(bool(row.values.get("had_age")) for row in used),
        "dates_unknown": sum(row.values.get("year") is None for row in used),
        "place_nearest": sum(bool(row.values.get("was_nearest")) for row in used),
        "place_of_capital": sum(row.values.get("position") == "capital" for row in used),
        "invented": sum(bool(row.values.get("invented")) for row in used),
    }
    report.notices += [(code, str(count)) for code, count in counts.items() if count]


def _record(row: Row) -> dict[str, Any]:
    return {"line": row.line} | {name: row.values[name] for name in KEPT if name != "line"}
