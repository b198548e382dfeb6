"""Lists for planning: points with weights, services or candidates, travel times (CSV or XLSX)."""

from __future__ import annotations

import re
from typing import Any, Literal

from records.coordinates import number, slip
from records.privacy import require_no_personal_data, shown
from records.refusal import Refusal
from records.report import Entry, Report
from records.schema import fold
from records.table import RawTable

Task = Literal["points", "sites", "travel_times"]
_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "points": {
        "longitude": ("longitude", "longitud", "lon", "lng", "x"),
        "latitude": ("latitude", "latitud", "lat", "y"),
        "weight": ("weight", "peso", "demand", "demanda"),
    },
    "sites": {
        "site_id": ("site id", "id", "codigo", "code"),
        "label": ("label", "name", "nombre", "servicio", "sede"),
        "longitude": ("longitude", "longitud", "lon", "lng", "x"),
        "latitude": ("latitude", "latitud", "lat", "y"),
    },
    "travel_times": {
        "demand_id": ("demand id", "origin", "origen", "from"),
        "candidate_id": ("candidate id", "destination", "destino", "to"),
        "travel_time_min": ("travel time min", "minutes", "minutos", "min"),
    },
}
_OPTIONAL = frozenset({"weight", "label", "site_id"})
_LARGEST_MINUTES = 100_000
_LARGEST_WEIGHT = 1e9
_ID = re.compile(r"[0-9A-Za-z_.\-]{1,40}", re.ASCII)


def read_planning(content: bytes, task: str) -> dict[str, Any]:
    """Read a list in the child; ask for it with :func:`records.reading.ask_child`.

    Parameters
    ----------
    content : bytes
    task : {"points", "sites", "travel_times"}
        points: longitude, latitude, weight (1 if not told). sites: site_id (numbered if not
        told), label, longitude, latitude. travel_times: demand_id, candidate_id,
        travel_time_min; a pair that is not listed cannot be reached.

    Returns
    -------
    dict
        ``rows``, a list of dict of the sound rows, and ``report``.

    Raises
    ------
    Refusal
        Not CSV or XLSX, a missing or doubled column, personal data.
    """
    from records.formats import read_table

    if task not in _COLUMNS:
        raise ValueError(f"task is one of {', '.join(_COLUMNS)}")
    table = read_table(content)
    known = _COLUMNS[task]
    columns = [_column(heading, known) for heading in table.headings]
    require_no_personal_data(table, columns, is_list_of_places=task == "sites")
    if not any(columns):
        raise Refusal("no_header")
    for name in known:
        if columns.count(name) > 1:
            raise Refusal("duplicate_column", column=name)
        if name not in columns and name not in _OPTIONAL:
            raise Refusal("required_column", column=name)
    report = Report(kind=table.kind, notices=list(table.notices), row_count=len(table.rows))
    for heading, column in zip(table.headings, columns, strict=True):
        if column:
            report.columns[shown(heading)] = column
        elif heading:
            report.notices.append(("unknown_column", shown(heading)))
    rows = _rows(table, columns, task, report)
    report.used_count = len(rows)
    return {"rows": rows, "report": report.as_dict()}


def _column(heading: str, known: dict[str, tuple[str, ...]]) -> str:
    folded = fold(heading)
    return next((name for name, words in known.items() if folded in words), "")


def _rows(table: RawTable, columns: list[str], task: str, report: Report) -> list[dict[str, Any]]:
    judge = _travel if task == "travel_times" else _place
    kept: list[dict[str, Any]] = []
    seen: set[tuple[str, ...]] = set()
    for line, cells in zip(table.lines, table.rows, strict=True):
        if len(cells) != len(columns):
            report.entries.append(
                Entry(line, "", "cells", True, str(len(cells)), str(len(columns)))
            )
            continue
        told = {name: cell for name, cell in zip(columns, cells, strict=True) if name}
        row, fault = judge(told, task, len(kept) + 1)
        keys = ("demand_id", "candidate_id") if task == "travel_times" else ("site_id",)
        key = tuple(str(row.get(name, "")) for name in keys)
        if not fault and any(key) and key in seen:
            fault = (keys[-1], "repeated_id")
        if fault:
            came = shown(told.get(fault[0], ""))
            report.entries.append(Entry(line, fault[0], fault[1], True, came))
            continue
        seen.add(key)
        kept.append(row)
    return kept


Judged = tuple[dict[str, Any], tuple[str, str] | None]


def _place(told: dict[str, str], task: str, number_: int) -> Judged:
    x, y = number(told["longitude"]), number(told["latitude"])
    if x is None or y is None:
        return {}, ("longitude" if x is None else "latitude", "not_a_number")
    wrong = slip(x, y)
    if wrong:
        return {}, ("longitude", wrong)
    row: dict[str, Any] = {"longitude": x, "latitude": y}
    if task == "points":
        weight = number(told.get("weight") or "1")
        if weight is None:
            return {}, ("weight", "not_a_number")
        if weight < 0:
            return {}, ("weight", "below_minimum")
        if weight > _LARGEST_WEIGHT:
            return {}, ("weight", "above_maximum")
        return row | {"weight": weight}, None
    site = told.get("site_id") or f"S{number_:03d}"
    if not _ID.fullmatch(site):
        return {}, ("site_id", "code_format")
    return {"site_id": site, "label": shown(told.get("label", "") or site, 80)} | row, None


def _travel(told: dict[str, str], task: str, number_: int) -> Judged:
    for name in ("demand_id", "candidate_id"):
        if not _ID.fullmatch(told[name]):
            return {}, (name, "code_format")
    minutes = number(told["travel_time_min"])
    if minutes is None:
        return {}, ("travel_time_min", "not_a_number")
    if minutes < 0:
        return {}, ("travel_time_min", "below_minimum")
    if minutes > _LARGEST_MINUTES:
        return {}, ("travel_time_min", "above_maximum")
    pair = {name: told[name] for name in ("demand_id", "candidate_id")}
    return {**pair, "travel_time_min": minutes}, None
