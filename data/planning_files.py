"""Files that a planner names in a terminal: lists of places, travel times.

A file is read whole or refused. Messages name lines and columns, never values.
"""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from geo.crs import PERU_BOUNDS
from geo.errors import DataError

LARGEST_BYTES = 64 << 20
_NUMBER = "a number of degrees (WGS84, a point before the decimals)"


def read_place_list(path: Path) -> pd.DataFrame:
    """Read a list of places, candidates or existing services: UTF-8, commas, a header.

    It has longitude and latitude, or ubigeo (six digits), or both; name is optional. Returns name
    and district_ubigeo (empty where not given), longitude, latitude (NaN where only the code is
    given) and line, in the file's order.
    """
    table = _csv(path)
    by_code = "ubigeo" in table.columns
    if not by_code and not {"longitude", "latitude"} <= set(table.columns):
        raise DataError(
            path.name,
            came="neither ubigeo nor longitude and latitude in the header",
            expected="a header with longitude,latitude or with ubigeo (name is optional)",
            row=1,
        )
    if len(table) == 0:
        raise DataError(path.name, came="no row", expected="one row a place")
    codes = table["ubigeo"].str.strip() if by_code else pd.Series("", index=table.index)
    for line, code in zip(table["line"], codes, strict=True):
        if code and not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise DataError(
                path.name, came="a ubigeo that is none", expected="six digits, as text", row=line
            )
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
    twice = found.duplicated(["district_ubigeo", "longitude", "latitude"])
    if twice.any():
        raise DataError(
            path.name,
            came="a place that an earlier line has",
            expected="each place once",
            row=int(found.loc[twice, "line"].iloc[0]),
        )
    return found


def read_travel_times(path: Path) -> pd.DataFrame:
    """Read a long table of travel times: from, to, minutes; missing pairs cannot be travelled."""
    table = _csv(path)
    missing = [name for name in ("from", "to", "minutes") if name not in table.columns]
    if missing:
        raise DataError(
            path.name,
            came=f"no column {', '.join(missing)}",
            expected="a header with from,to,minutes",
            row=1,
        )
    minutes = pd.to_numeric(table["minutes"], errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~(np.isfinite(minutes) & (minutes >= 0)))
    if len(wrong):
        raise DataError(
            path.name,
            came="minutes that are no number of 0 or more",
            expected="minutes, or no row where one cannot travel",
            row=int(table["line"].iloc[wrong[0]]),
        )
    return pd.DataFrame(
        {"from": table["from"].str.strip(), "to": table["to"].str.strip(), "minutes": minutes}
    )


def _degrees(path: Path, table: pd.DataFrame, codes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes; both may be empty where a code is given."""
    if not {"longitude", "latitude"} <= set(table.columns):
        nothing = np.full(len(table), np.nan)
        return nothing, nothing
    blank = (table["longitude"].str.strip() == "") & (table["latitude"].str.strip() == "")
    values = [
        pd.to_numeric(table[name].str.strip(), errors="coerce").to_numpy(float)
        for name in ("longitude", "latitude")
    ]
    west, south, east, north = PERU_BOUNDS
    for at, line in enumerate(table["line"]):
        x, y = values[0][at], values[1][at]
        if blank.iloc[at] and codes.iloc[at]:
            continue
        if not (np.isfinite(x) and np.isfinite(y)):
            raise DataError(path.name, came="a place that is no number", expected=_NUMBER, row=line)
        if not (west <= x <= east and south <= y <= north):
            swapped = west <= y <= east and south <= x <= north
            raise DataError(
                path.name,
                came="longitude and latitude swapped" if swapped else "a place outside Peru",
                expected=f"longitude {west} to {east}, latitude {south} to {north}",
                row=line,
            )
    return values[0], values[1]


def _csv(path: Path) -> pd.DataFrame:
    text = _text(path)
    heads = [name.strip().lower() for name in next(csv.reader(text.splitlines()), [])]
    try:
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, index_col=False)
    except (ValueError, pd.errors.ParserError):
        raise DataError(
            path.name, came="no table", expected="CSV: UTF-8, commas, a header"
        ) from None
    if len(set(heads)) < len(heads):
        raise DataError(path.name, came="a column twice", expected="each column once", row=1)
    table.columns = heads
    table["line"] = np.arange(len(table)) + 2
    return table


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DataError(
                path.name,
                came="a file of more than 64 MB",
                expected="a smaller file: only the pairs and places that matter",
            )
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(
            path.name, came=f"no file ({error.strerror})", expected="a file that can be read"
        ) from None
    except UnicodeDecodeError:
        raise DataError(path.name, came="bytes that are no UTF-8", expected="UTF-8 text") from None
