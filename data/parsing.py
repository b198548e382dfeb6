"""Turns the bytes of a table into typed columns, and says the line where they do not fit.

The rules are those of the table's own schema (Frictionless Table Schema): columns and their
order, types, required, pattern, enum, minimum, maximum, unique, foreign keys. Nothing is guessed:
"01" stays text, an empty text is None, an empty number is NaN.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import DataError

FIRST_LINE = 2
"""Line of the first row of values: the header is line 1."""


def parse_table(
    path: str,
    content: bytes,
    schema: Mapping[str, Any],
    references: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Parse a CSV after its schema; raise the first fault.

    Parameters
    ----------
    path : str
        Name for messages, inside the data folder.
    content : bytes
        UTF-8 without byte-order mark, comma, LF, a header.
    schema : mapping
        Frictionless Table Schema.
    references : mapping of str to DataFrame, optional
        Tables that the foreign keys point at, by resource name.

    Returns
    -------
    DataFrame
        Columns in the order of the schema. string: object with None; integer: int64, or
        float64 with NaN where a cell is empty; number: float64; boolean: bool.

    Raises
    ------
    DataError
        With file, line, what came and what was expected.

    Examples
    --------
    >>> schema = {"fields": [{"name": "code", "type": "string"}, {"name": "n", "type": "integer"}]}
    >>> parse_table("t.csv", b"code,n\\n01,7\\n", schema).to_dict("records")
    [{'code': '01', 'n': 7}]
    """
    names, rows = _cells(path, content)
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


def _cells(path: str, content: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(path, came=f"byte {error.start} is not UTF-8", expected="UTF-8") from None
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        raise DataError(path, came="an empty file", expected="a header and rows")
    return rows[0], rows[1:]


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
