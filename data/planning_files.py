"""Files that a planner names in a terminal, read whole or refused; messages never hold values."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from geo.crs import PERU_BOUNDS
from geo.errors import DataError

LARGEST_BYTES = 64 << 20
_NUMBER = "a number of degrees (WGS84, a point before the decimals)"
_PLACE_HEADER = "a header with longitude,latitude or with ubigeo (name is optional)"


def read_place_list(path: Path) -> pd.DataFrame:
    """Read a list of places, candidates or existing services: UTF-8, commas, a header.

    Returns name and district_ubigeo (empty where not given), longitude, latitude (NaN where only
    the code is given) and line, in the file's order.
    """
    table = _csv(path)
    by_code = "ubigeo" in table.columns
    if not by_code and not {"longitude", "latitude"} <= set(table.columns):
        came = "neither ubigeo nor longitude and latitude in the header"
        _fail(path, came, _PLACE_HEADER, row=1)
    if len(table) == 0:
        _fail(path, "no row", "one row a place")
    codes = table["ubigeo"].str.strip() if by_code else pd.Series("", index=table.index)
    for line, code in zip(table["line"], codes, strict=True):
        if code and not (len(code) == 6 and code.isascii() and code.isdigit()):
            _fail(path, "a ubigeo that is none", "six digits, as text", row=line)
    east, north = _degrees(path, table, codes)
    found = pd.DataFrame(
        {
            "name": table["name"].str.strip() if "name" in table.columns else "",
            "district_ubigeo": codes,
            "longitude": east,
            "latitude": north,
            "line": table["line"],
        }
    )
    twice = found.loc[found.duplicated(["district_ubigeo", "longitude", "latitude"]), "line"]
    if len(twice):
        _fail(path, "a place that an earlier line has", "each place once", row=int(twice.iloc[0]))
    return found


def read_travel_times(path: Path) -> pd.DataFrame:
    """Read a long table of travel times: from, to, minutes; missing pairs cannot be travelled."""
    table = _csv(path)
    missing = [name for name in ("from", "to", "minutes") if name not in table.columns]
    if missing:
        _fail(path, f"no column {', '.join(missing)}", "a header with from,to,minutes", row=1)
    minutes = pd.to_numeric(table["minutes"], errors="coerce")
    wrong = table.loc[~(np.isfinite(minutes) & (minutes >= 0)), "line"]
    if len(wrong):
        came = "minutes that are no number of 0 or more"
        _fail(path, came, "minutes, or no row where one cannot travel", row=int(wrong.iloc[0]))
    return pd.DataFrame(
        {"from": table["from"].str.strip(), "to": table["to"].str.strip(), "minutes": minutes}
    )


def _degrees(path: Path, table: pd.DataFrame, codes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes; both may be empty where a code is given."""
    if not {"longitude", "latitude"} <= set(table.columns):
        nothing = np.full(len(table), np.nan)
        return nothing, nothing
    texts = [table[name].str.strip() for name in ("longitude", "latitude")]
    is_blank = (texts[0] == "") & (texts[1] == "") & (codes != "")
    x, y = (pd.to_numeric(text, errors="coerce").to_numpy(float) for text in texts)
    west, south, east, north = PERU_BOUNDS
    for at in np.flatnonzero(~is_blank):
        line = int(table["line"].iloc[at])
        if not (np.isfinite(x[at]) and np.isfinite(y[at])):
            _fail(path, "a place that is no number", _NUMBER, row=line)
        if not (west <= x[at] <= east and south <= y[at] <= north):
            is_swapped = west <= y[at] <= east and south <= x[at] <= north
            came = "longitude and latitude swapped" if is_swapped else "a place outside Peru"
            expected = f"longitude {west} to {east}, latitude {south} to {north}"
            _fail(path, came, expected, row=line)
    return x, y


def _csv(path: Path) -> pd.DataFrame:
    text = _text(path)
    heads = [name.strip().lower() for name in next(csv.reader(text.splitlines()), [])]
    try:
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, index_col=False)
    except (ValueError, pd.errors.ParserError):
        _fail(path, "no table", "CSV: UTF-8, commas, a header")
    if len(set(heads)) < len(heads):
        _fail(path, "a column twice", "each column once", row=1)
    table.columns = heads
    table["line"] = np.arange(len(table)) + 2
    return table


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            expected = "a smaller file: only the pairs and places that matter"
            _fail(path, "a file of more than 64 MB", expected)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        _fail(path, f"no file ({error.strerror})", "a file that can be read")
    except UnicodeDecodeError:
        _fail(path, "bytes that are no UTF-8", "UTF-8 text")


def _fail(path: Path, came: str, expected: str, row: int | None = None) -> NoReturn:
    raise DataError(path.name, came=came, expected=expected, row=row) from None
