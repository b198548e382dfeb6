"""Turns the bytes of a table into typed columns, and says the line where they do not fit.

The rules are those of the table's own schema (Frictionless Table Schema): columns and their
order, types, required, pattern, enum, minimum, maximum, unique, foreign keys. Nothing is guessed:
"01" stays text, an empty text is None, an empty number is NaN. The totals that a card expects
(``expected_totals``) are those that the publisher printed or, where none is printed, the sum of
the rows as shipped: it cannot prove a figure right, but it tells a changed or lost row.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import DataError

FIRST_LINE = 2
"""Line of the first row of values: the header is line 1."""

Row = tuple[int, dict[str, str]]
"""Line of the file (header = 1) and the cells by column."""


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
        raise _wrong_columns(path, names, expected)
    for number, row in enumerate(rows, start=FIRST_LINE):
        if len(row) != len(expected):
            raise DataError(
                path, row=number, came=f"{len(row)} cells", expected=f"{len(expected)} cells"
            )
    columns = dict(zip(expected, zip(*rows, strict=True), strict=True)) if rows else {}
    frame = pd.DataFrame(
        {
            field["name"]: _column(path, field, columns.get(field["name"], ()))
            for field in schema["fields"]
        }
    )
    _check_references(path, frame, schema, references or {})
    return frame


def row_count(form: str, content: bytes) -> int:
    """Return the rows of a table (form "csv") or the features of a file (form "geojson")."""
    if form == "geojson":
        return len(json.loads(content)["features"])
    return content.count(b"\n") - 1


def _wrong_columns(path: str, came: Sequence[str], expected: Sequence[str]) -> DataError:
    missing = [name for name in expected if name not in came]
    extra = [name for name in came if name not in expected]
    parts = [f"column {name!r} missing" for name in missing]
    parts += [f"column {name!r} not in the schema" for name in extra]
    return DataError(
        path,
        row=1,
        came="; ".join(parts) or "columns in another order",
        expected=f"columns {', '.join(expected)}",
    )


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
        return _numbers(path, name, series, empty, rules, whole=kind == "integer")
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
    path: str,
    name: str,
    series: pd.Series,
    empty: np.ndarray,
    rules: Mapping[str, Any],
    *,
    whole: bool,
) -> pd.Series:
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
        raise DataError(
            path,
            row=first + FIRST_LINE,
            came=f"{series.iloc[first]!r} in column {name!r}",
            expected=expected,
        )


def _check_references(
    path: str,
    frame: pd.DataFrame,
    schema: Mapping[str, Any],
    references: Mapping[str, pd.DataFrame],
) -> None:
    for key in schema.get("foreignKeys", []):
        target, column = key["reference"]["resource"], key["fields"][0]
        if target not in references:
            continue
        known = references[target][key["reference"]["fields"][0]]
        bad = ~frame[column].isin(known).to_numpy() & frame[column].notna().to_numpy()
        _fail(path, column, frame[column], bad, f"a code of the table {target!r}")


def check_totals(frame: pd.DataFrame, card: Mapping[str, Any]) -> None:
    """Compare a parsed table with the totals of its card that name a column."""
    for item in card.get("expected_totals", []):
        if "column" not in item:
            continue
        meant = pd.Series(True, index=frame.index)
        for column, value in item.get("where", {}).items():
            meant &= frame[column] == value
        came, expected = _compared(
            item, int(meant.sum()), float(frame.loc[meant, item["column"]].sum())
        )
        if came:
            raise DataError(card["path"], came=came, expected=expected)


def total_faults(
    item: Mapping[str, Any], rows: Sequence[Row], tables: Mapping[str, Sequence[Row]]
) -> Iterator[str]:
    """Yield every total of a card that the cells as read do not give.

    Totals by period are taken before and after the way from fiscal district to department.
    """
    seats = {
        cells.get("fiscal_district"): cells.get("department_ubigeo")
        for _, cells in tables.get("crosswalk", [])
    }
    for expected in item.get("expected_totals", []):
        if "column" in expected:
            meant = [
                _number(cells.get(expected["column"], ""))
                for _, cells in rows
                if all(cells.get(k) == str(v) for k, v in expected.get("where", {}).items())
            ]
            came, wanted = _compared(expected, len(meant), sum(meant))
            if came:
                yield f"{came}; expected {wanted}"
            continue
        before, after = Counter[str](), Counter[str]()
        for _, cells in rows:
            period = cells.get("period", expected["period"])
            count = int(_number(cells.get("reported_count", "")))
            before[period] += count
            if seats.get(cells.get("fiscal_district")):
                after[period] += count
        sums = {"as published": before, "mapped to departments": after}
        if "period" not in (rows[0][1] if rows else {}):
            sums.pop("mapped to departments")
        for how, counter in sums.items():
            if counter[expected["period"]] != expected["reported_count"]:
                yield (
                    f"{expected['period']} {how} adds up to {counter[expected['period']]:,}; "
                    f"expected {expected['reported_count']:,} ({expected['source']})"
                )


def _compared(item: Mapping[str, Any], rows: int, total: float) -> tuple[str, str]:
    """Return what came and what was expected; ("", "") when they agree."""
    expected_rows = item.get("rows", rows)
    if rows == expected_rows and abs(total - item["total"]) <= item["tolerance"]:
        return "", ""
    part = " ".join(str(value) for value in item.get("where", {}).values())
    name = f"{item['column']} of {part}" if part else item["column"]
    digits = ".1f" if item["tolerance"] else ".0f"
    counted = "rows" in item
    return (
        f"{name} sums to {total:,{digits}}" + (f" in {rows} rows" if counted else ""),
        f"{item['total']:,}"
        + (f" in {expected_rows} rows" if counted else "")
        + f" ({item['source']})",
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
