"""Judges the cells of one row: its date, its place, its count, its codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from records.coordinates import distance_km, number, slip
from records.dates import Month, parse_month
from records.gazetteer import gazetteer
from records.places import find_place
from records.privacy import shown
from records.report import Entry
from records.schema import UNKNOWN, Field, fields, fold, is_unknown
from records.schema import field as field_named

PLACE_COLUMNS = ("district_ubigeo", "department", "province", "district")
CODED = tuple(one.name for one in fields() if one.codes)
FAR_KM = 100.0
_TRUE = frozenset({"true", "si", "yes", "1", "verdadero", "x"})
_FALSE = frozenset({"false", "no", "0", "falso", ""})
_BANDS = ((11, "0_11"), (17, "12_17"), (29, "18_29"), (59, "30_59"), (120, "60_plus"))


@dataclass(slots=True)
class Row:
    """One row on its way."""

    line: int
    cells: dict[str, str]
    """cell by column of the template."""
    values: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def note(self, column: str, code: str, *, is_fault: bool = True, **more: Any) -> None:
        came = shown(self.cells.get(column, ""))
        self.entries.append(Entry(self.line, column, code, is_fault, came, **more))

    @property
    def is_used(self) -> bool:
        return not any(entry.is_fault for entry in self.entries)


def judge(row: Row, latest: date) -> None:
    """Fill the values of a row and note what is wrong with it."""
    _date(row, latest)
    judge_coordinates(row)
    judge_place(row)
    _count(row)
    for name in CODED:
        _coded(row, field_named(name))
    invented = fold(row.cells.get("invented", ""))
    row.values["invented"] = invented in _TRUE
    if invented not in _TRUE | _FALSE:
        row.note("invented", "not_boolean", allowed="sí, no")


def _date(row: Row, latest: date) -> None:
    text = row.cells.get("date", "")
    if not text:
        row.note("date", "missing", allowed="2023-05")
        return
    found = parse_month(text, latest=latest)
    if isinstance(found, Month):
        row.values.update(year=found.year, month=found.month, had_day=found.had_day)
    else:
        row.note("date", found, allowed=f"1990 … {latest.year}-{latest.month:02d}")


def judge_coordinates(row: Row) -> None:
    """Fill longitude, latitude and position, or note which slip of the hand they are."""
    texts = [row.cells.get(name, "") for name in ("longitude", "latitude")]
    texts = ["" if is_unknown(text) else text for text in texts]
    row.values.update(longitude=None, latitude=None, position="none")
    if not any(texts):
        return
    if not all(texts):
        row.note("latitude" if texts[0] else "longitude", "half_coordinate")
        return
    values = [number(text) for text in texts]
    for name, value in zip(("longitude", "latitude"), values, strict=True):
        if value is None:
            row.note(name, "not_a_number", allowed="-77.03" if name == "longitude" else "-12.05")
    x, y = values
    if x is None or y is None:
        return
    wrong = slip(x, y)
    if wrong:
        row.note("longitude", wrong, allowed="-81.4 … -68.6; -18.4 … 0")
        return
    row.values.update(longitude=x, latitude=y, position="given")


def judge_place(row: Row) -> None:
    """Fill the codes of the place from a code or names; without coordinates its capital's."""
    found = find_place(*(row.cells.get(name, "") for name in PLACE_COLUMNS))
    has_names = any(
        row.cells.get(name, "") and not is_unknown(row.cells[name]) for name in PLACE_COLUMNS
    )
    if found.problem and not has_names and row.values["position"] == "given":
        return  # the coordinates will say it
    likeness = found.confidence if 0 < found.confidence < 1 else None
    if found.problem:
        if row.cells.get("longitude") and not has_names:
            return  # its coordinates are the fault, and listed
        row.note(found.column, found.problem, suggestion=found.suggestion, confidence=likeness)
        return
    if found.remark:
        row.note(
            found.column,
            found.remark,
            is_fault=False,
            suggestion=found.suggestion,
            confidence=likeness,
        )
    row.values.update(province_ubigeo=found.province_ubigeo, district_ubigeo=found.district_ubigeo)
    x, y = row.values["longitude"], row.values["latitude"]
    if x is not None and found.district_ubigeo:
        away = distance_km(x, y, found.district_ubigeo)
        if away is not None and away > FAR_KM:
            row.note("longitude", "far_from_code", is_fault=False)
    elif x is None and found.district_ubigeo in gazetteer().positions:
        x, y = gazetteer().positions[found.district_ubigeo]
        row.values.update(longitude=x, latitude=y, position="capital")


def _count(row: Row) -> None:
    text = row.cells.get("victim_count", "")
    rules = field_named("victim_count").constraints
    row.values["victim_count"] = 1
    if not text:
        return
    allowed = f"{rules['minimum']} … {rules['maximum']}"
    if is_unknown(text):
        row.note("victim_count", "count_unknown", is_fault=False, allowed=allowed)
        return
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value) or (abs(value) < 1e15 and value != int(value)):
        row.note("victim_count", "not_whole", allowed=allowed)
    elif value < rules["minimum"]:
        row.note("victim_count", "below_minimum", allowed=allowed)
    elif value > rules["maximum"]:
        row.note("victim_count", "above_maximum", allowed=allowed)
    else:
        row.values["victim_count"] = int(value)


def _coded(row: Row, column: Field) -> None:
    text = row.cells.get(column.name, "")
    code = column.code_of(text) if text else UNKNOWN
    if code is None and column.name == "age_band" and text.isascii() and text.isdigit():
        code = next((band for top, band in _BANDS if int(text[:4]) <= top), None)
        row.values["had_age"] = code is not None
    if code is None:
        codes = ", ".join(one["es"] for one in column.codes)
        row.note(column.name, "code_unlisted", is_fault=False, allowed=codes)
    row.values[column.name] = code or UNKNOWN
