"""Judges the rows of a list for planning, as those of records are judged."""

from __future__ import annotations

from typing import Any

from records.cells import Row, judge_coordinates, judge_place
from records.coordinates import number
from records.gazetteer import gazetteer
from records.privacy import shown
from records.report import Entry
from records.table import RawTable

LARGEST_MINUTES = 100_000
LARGEST_WEIGHT = 1e9
LARGEST_RADIUS_KM = 500.0
NAME_CHARACTERS = 80


def place_rows(table: RawTable, columns: list[str]) -> list[Row]:
    """Rows of a table by the columns of a list; a row of another width has its entry."""
    rows = []
    width = len(columns)
    for line, cells in zip(table.lines, table.rows, strict=True):
        row = Row(line, {name: cell for name, cell in zip(columns, cells, strict=False) if name})
        if len(cells) != width:
            row.entries.append(Entry(line, "", "cells", True, f"{len(cells)}", f"{width}"))
        rows.append(row)
    return rows


def judge_site(row: Row, task: str) -> None:
    """A candidate, a service or a point of demand: where it lies, what it is called, its weight."""
    judge_coordinates(row)
    judge_place(row)
    values = row.values
    if row.is_used and values["longitude"] is None:
        row.note("longitude", "place_unlocated")
    kept: dict[str, Any] = {
        "line": row.line,
        "district_ubigeo": values.get("district_ubigeo", ""),
        "longitude": values["longitude"],
        "latitude": values["latitude"],
        "position": values["position"],
    }
    if task == "points":
        kept["province_ubigeo"] = values.get("province_ubigeo", "")
        kept["weight"] = _amount(row, "weight", "1", LARGEST_WEIGHT)
    else:
        kept["site_id"] = shown(row.cells.get("site_id", ""), NAME_CHARACTERS)
        kept["name"] = shown(row.cells.get("label", ""), NAME_CHARACTERS)
    row.values = kept


def judge_zone_point(row: Row, task: str) -> None:
    """A zone told as a point and the kilometres around it."""
    judge_coordinates(row)
    if row.is_used and row.values["longitude"] is None:
        row.note("longitude", "missing", allowed="-81.4 … -68.6")
    x, y = row.values["longitude"], row.values["latitude"]
    if not row.cells.get("radius_km", "0").strip():
        row.note("radius_km", "missing", allowed=f"0 … {LARGEST_RADIUS_KM:,.0f}")
    radius = _amount(row, "radius_km", "0", LARGEST_RADIUS_KM)
    row.values = {"line": row.line, "longitude": x, "latitude": y, "radius_km": radius}


def judge_travel(row: Row) -> None:
    """Minutes from a district to a candidate."""
    origin = _code(row.cells["from"])
    if origin not in gazetteer().names or len(origin) != 6:
        row.note("from", "code_unknown" if origin.isdigit() else "code_format", allowed="170101")
    elif origin not in gazetteer().positions:
        row.note("from", "place_unlocated")
    to = shown(_code(row.cells["to"]), NAME_CHARACTERS)
    if not to:
        row.note("to", "missing")
    minutes = number(row.cells["minutes"])
    if minutes is None:
        row.note("minutes", "not_minutes", allowed=f"0 … {LARGEST_MINUTES:,}")
    elif not 0 <= minutes <= LARGEST_MINUTES:
        code = "below_minimum" if minutes < 0 else "above_maximum"
        row.note("minutes", code, allowed=f"0 … {LARGEST_MINUTES:,}")
    row.values = {"from": origin, "to": to, "minutes": minutes}


def require_unique(rows: list[Row], task: str) -> None:
    """Note what comes twice: a pair, a name of a candidate, a place of a service."""
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        if not row.is_used:
            continue
        for key, column, code in _keys(row.values, task):
            first = seen.setdefault(key, row.line)
            if first != row.line:
                # a service at the same place adds nothing; another candidate of that name would
                is_copy = code == "repeated_place" and task == "services"
                row.note(column, code, is_fault=not is_copy, earlier_line=first)
                row.values["is_copy"] = is_copy
                break


def _keys(values: dict[str, Any], task: str) -> list[tuple[tuple[Any, ...], str, str]]:
    if task == "travel_times":
        pair = ("pair", values["from"], values["to"])
        return [(pair, "to", "repeated_place")]
    if task not in ("candidates", "services"):
        return []
    place = ("place", values["longitude"], values["latitude"])
    keys: list[tuple[tuple[Any, ...], str, str]] = [(place, "", "repeated_place")]
    if task == "candidates":
        for name, column in (("site_id", "site_id"), ("name", "label")):
            if values[name]:
                keys.append(((name, values[name]), column, "repeated_name"))
    return keys


def _amount(row: Row, name: str, usual: str, largest: float) -> float | None:
    value = number(row.cells.get(name) or usual)
    allowed = f"0 … {largest:,.0f}"
    if value is None:
        row.note(name, "not_a_number", allowed=allowed)
    elif not 0 <= value <= largest:
        row.note(name, "below_minimum" if value < 0 else "above_maximum", allowed=allowed)
    return value


def _code(text: str) -> str:
    """A code of a district with the zero that spreadsheets eat; any other text as it is."""
    plain = text.strip()
    is_short = len(plain) == 5 and plain.isascii() and plain.isdigit()
    return plain.zfill(6) if is_short and plain.zfill(6) in gazetteer().names else plain
