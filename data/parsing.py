"""Turns the bytes of a table into typed columns after its schema, and says the line of a fault.

Nothing is guessed: "01" stays text, an empty text is None, an empty number is NaN. The totals of a
card (``expected_totals``) are the publisher's or, where none is printed, those of the rows as
shipped: they cannot prove a figure right, but they tell a changed or lost row.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import DataError

FIRST_LINE = 2
"""Line of the first row of values: the header is line 1."""


def text_rows(content: bytes) -> list[dict[str, str]]:
    """Return the cells of a CSV by column, as text; of a damaged one what can be read."""
    text = io.StringIO(content.decode("utf-8", errors="replace"), newline="")
    return list(csv.DictReader(text, restval=""))


def parse_table(
    path: str,
    content: bytes,
    schema: Mapping[str, Any],
    references: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Parse a CSV after its schema; raise the first fault."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(path, came=f"byte {error.start} is not UTF-8", expected="UTF-8") from None
    if not text:
        raise DataError(path, came="an empty file", expected="a header and rows")
    names, *rows = csv.reader(io.StringIO(text, newline=""))
    expected = [field["name"] for field in schema["fields"]]
    if names != expected:
        missing = [f"column {name!r} missing" for name in expected if name not in names]
        extra = [f"column {name!r} not in the schema" for name in names if name not in expected]
        came = "; ".join(missing + extra) or "columns in another order"
        raise DataError(path, row=1, came=came, expected=f"columns {', '.join(expected)}")
    for number, row in enumerate(rows, start=FIRST_LINE):
        if len(row) != (width := len(expected)):
            raise DataError(path, row=number, came=f"{len(row)} cells", expected=f"{width} cells")
    columns = dict(zip(expected, zip(*rows, strict=True), strict=True)) if rows else {}
    frame = pd.DataFrame(
        {
            field["name"]: _column(path, field, columns.get(field["name"], ()))
            for field in schema["fields"]
        }
    )
    for key in schema.get("foreignKeys", []):
        target, column = key["reference"]["resource"], key["fields"][0]
        if references and target in references:
            codes = references[target][key["reference"]["fields"][0]]
            bad = ~frame[column].isin(codes).to_numpy() & frame[column].notna().to_numpy()
            _fail(path, column, frame[column], bad, f"a code of the table {target!r}")
    return frame


def row_count(form: str, content: bytes) -> int:
    """Return the rows of a table (form "csv") or the features of a file (form "geojson")."""
    if form == "geojson":
        return len(json.loads(content)["features"])
    return content.count(b"\n") - 1


def _column(path: str, field: Mapping[str, Any], cells: Sequence[str]) -> Any:
    """Convert one column; the constraints are checked on the way."""
    rules = field.get("constraints", {})
    name = field["name"]
    series = pd.Series(cells, dtype=object)
    empty = (series == "").to_numpy() if len(series) else np.zeros(0, dtype=bool)
    if rules.get("required") and empty.any():
        _fail(path, name, series, empty, "a value")
    kind = field["type"]
    if kind == "boolean":
        _fail(path, name, series, ~series.isin(["true", "false"]), "true or false")
        return series == "true"
    if kind in ("integer", "number"):
        return _numbers(path, field, series, empty)
    if "pattern" in rules:
        fits = series.astype(str).str.fullmatch(rules["pattern"]).to_numpy(dtype=bool)
        _fail(path, name, series, ~fits & ~empty, f"text like {rules['pattern']}")
    if "enum" in rules:
        bad = ~series.isin(rules["enum"]).to_numpy() & ~empty
        _fail(path, name, series, bad, f"one of {', '.join(rules['enum'])}")
    if rules.get("unique"):
        _fail(path, name, series, series.duplicated().to_numpy() & ~empty, "a code only once")
    return pd.Series([cell if cell else None for cell in cells], dtype=object)


def _numbers(
    path: str, field: Mapping[str, Any], series: pd.Series, empty: np.ndarray
) -> pd.Series:
    name, rules = field["name"], field.get("constraints", {})
    whole = field["type"] == "integer"
    values = pd.to_numeric(series.where(~empty), errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(values) & ~empty
    if whole:
        bad |= np.isfinite(values) & (values != np.floor(values))
    _fail(path, name, series, bad, "a whole number" if whole else "a number")
    with np.errstate(invalid="ignore"):
        if "minimum" in rules:
            _fail(path, name, series, values < rules["minimum"], f"at least {rules['minimum']}")
        if "maximum" in rules:
            _fail(path, name, series, values > rules["maximum"], f"at most {rules['maximum']}")
    if whole and not empty.any():
        return pd.Series(values).astype("int64")
    return pd.Series(values)


def _fail(path: str, name: str, series: pd.Series, bad: Any, expected: str) -> None:
    """Raise for the first line where `bad` is true."""
    where = np.flatnonzero(np.asarray(bad))
    if len(where):
        first = int(where[0])
        came = f"{series.iloc[first]!r} in column {name!r}"
        raise DataError(path, row=first + FIRST_LINE, came=came, expected=expected)


def check_totals(frame: pd.DataFrame, card: Mapping[str, Any]) -> None:
    """Compare a parsed table with the totals of its card that name a column."""
    if not any("column" in item for item in card.get("expected_totals", ())):
        return
    for came, expected in _column_faults(card, frame.to_dict("records")):
        raise DataError(card["path"], came=came, expected=expected)


def total_faults(
    item: Mapping[str, Any],
    rows: Sequence[Mapping[str, str]],
    tables: Mapping[str, Sequence[Mapping[str, str]]],
) -> Iterator[str]:
    """Yield each total of a card that its cells miss, before and after mapping to departments."""
    for came, wanted in _column_faults(item, rows):
        yield f"{came}; expected {wanted}"
    seats = {
        cells.get("fiscal_district"): cells.get("department_ubigeo")
        for cells in tables.get("crosswalk", [])
    }
    for expected in item.get("expected_totals", []):
        if "column" in expected:
            continue
        period = expected["period"]
        meant = [cells for cells in rows if cells.get("period", period) == period]
        parts = {"as published": meant}
        if rows and "period" in rows[0]:
            seated = [cells for cells in meant if seats.get(cells.get("fiscal_district"))]
            parts["mapped to departments"] = seated
        for how, part in parts.items():
            total = sum(int(_number(cells.get("reported_count", ""))) for cells in part)
            if total != expected["reported_count"]:
                yield (
                    f"{period} {how} adds up to {total:,}; "
                    f"expected {expected['reported_count']:,} ({expected['source']})"
                )


def _column_faults(
    card: Mapping[str, Any], rows: Sequence[Mapping[Any, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield each total of a column that differs from its card: the sum and the expected sum."""
    for item in card.get("expected_totals", []):
        if "column" not in item:
            continue
        where, starts = item.get("where", {}), item.get("starts", {})
        meant = [
            _number(cells.get(item["column"], ""))
            for cells in rows
            if all(str(cells.get(name)) == str(value) for name, value in where.items())
            and all(str(cells.get(name)).startswith(value) for name, value in starts.items())
        ]
        wanted = item.get("rows", len(meant))
        if len(meant) == wanted and abs(sum(meant) - item["total"]) <= item["tolerance"]:
            continue
        part = " ".join(map(str, [*where.values(), *starts.values()]))
        name = f"{item['column']} of {part}" if part else item["column"]
        came = f"{name} sums to {sum(meant):,{'.1f' if item['tolerance'] else '.0f'}}"
        in_rows = [f" in {count} rows" if "rows" in item else "" for count in (len(meant), wanted)]
        yield came + in_rows[0], f"{item['total']:,}{in_rows[1]} ({item['source']})"


def _number(text: Any) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
