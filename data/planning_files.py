"""Files that a planner names in a terminal, read whole or refused; messages never hold values."""

from __future__ import annotations

import csv
import warnings
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from data.readers.matrix import is_matrix, matrix_table
from data.readers.privacy import shown_heading
from data.readers.raw_table import refuse
from data.readers.schema import (
    MINUTES_OF,
    TRAVEL_HEADINGS,
    TRAVEL_UNKNOWN,
    ZONES_HEADINGS,
    fold_heading,
)
from geo.errors import system_reason

LARGEST_BYTES = 128 << 20
"""Travel times of every pair of 1,891 places have some 70 MB."""
_DISTRICT = r"[0-9]{5,6}"
"""A code of a district, with or without the zero that spreadsheets eat."""


def read_travel_times(path: Path) -> pd.DataFrame:
    """Read travel times, long (from, to, minutes) or square (a row a start, a column an end).

    Headings may be Spanish, or those of r5r and OpenRouteService, whose matrix in JSON is taken as
    well; seconds and hours become minutes.
    What is missing or empty cannot be travelled. ``zones``, where the file
    has it, is the digest of the excluded zones that the ways avoid.
    """
    text = _text(path)
    if is_matrix(text[:64].encode()):
        matrix = matrix_table(text.encode())
        table = pd.DataFrame(matrix.rows, columns=matrix.headings).assign(line=matrix.lines)
    else:
        table = _csv(path, text, is_folded=False)
    lines = table.pop("line")
    heads = {fold_heading(name): name for name in table.columns}
    column_of = {
        name: heads[word] for name, words in TRAVEL_HEADINGS.items() for word in words & set(heads)
    }
    if TRAVEL_UNKNOWN in heads and "minutes" not in column_of:
        refuse(
            path,
            "total_cost, whose unit nobody knows",
            "a column minutes, seconds or hours: name it so",
            row=1,
        )
    if {"to", "minutes"} & set(column_of) or len(table.columns) < 2:
        missing = [name for name in TRAVEL_HEADINGS if name not in column_of]
        if missing:
            refuse(
                path,
                "no column {missing} in {headings}",
                "a header with from,to,minutes (desde,hasta,minutos), or a square of minutes",
                row=1,
                missing=", ".join(missing),
                headings=",".join(shown_heading(name) for name in table.columns[:10]),
            )
        names = [column_of[name] for name in TRAVEL_HEADINGS]
        long = table[names].set_axis(list(TRAVEL_HEADINGS), axis=1).assign(line=lines)
        marked = next((heads[word] for word in ZONES_HEADINGS if word in heads), None)
        if marked is not None:
            long["zones"] = table[marked].str.strip()
    else:
        square = table.rename(columns={table.columns[0]: "from"}).assign(line=lines)
        long = square.melt(["line", "from"], var_name="to", value_name="minutes")
        long = long.sort_values("line", kind="stable")
    text = long["minutes"].str.strip()
    long = long[text != ""]
    if len(long) == 0:
        refuse(path, "no row with minutes", "one row a pair that can be travelled")
    minutes = pd.to_numeric(text[text != ""].str.replace(",", "."), errors="coerce")
    wrong = long.loc[~(np.isfinite(minutes) & (minutes >= 0)), "line"]
    if len(wrong):
        refuse(
            path,
            "minutes that are no number of 0 or more",
            "minutes, or nothing where one cannot travel",
            row=int(wrong.iloc[0]),
        )
    minutes = minutes * MINUTES_OF.get(fold_heading(column_of.get("minutes", "")), 1.0)
    table = pd.DataFrame(
        {"from": long["from"].str.strip(), "to": long["to"].str.strip(), "minutes": minutes}
    )
    if "zones" in long:
        table["zones"] = long["zones"]
    start, end = (
        table[name].where(table[name].str.fullmatch(_DISTRICT)) for name in ("from", "to")
    )
    apart = (minutes == 0) & start.notna() & end.notna() & (start.str.zfill(6) != end.str.zfill(6))
    if apart.any():
        refuse(
            path,
            "0 minutes between two different districts",
            "minutes above 0; 0 is of a place to itself",
            row=int(long["line"][apart.idxmax()]),
        )
    return table.reset_index(drop=True)


def add_travel_times(before: pd.DataFrame | None, table: pd.DataFrame) -> pd.DataFrame:
    """Tables of two files as one; where both have a pair, the later file's minutes hold."""
    if before is None:
        return table
    pairs, new = (pd.MultiIndex.from_frame(times[["from", "to"]]) for times in (before, table))
    return pd.concat([before[~pairs.isin(new)], table], ignore_index=True)


_SPEED_COLUMNS = ("speed_kmh", "against_kmh", "dry_factor", "rainy_factor")


def read_speeds(path: Path, shipped: pd.DataFrame) -> pd.DataFrame:
    """Read rows that stand in for those of the shipped speeds, or come beside them.

    A column that is left out is the shipped one's; a speed of 0 closes a class.
    """
    table = _csv(path, _text(path))
    if not {"code", "speed_kmh"} <= set(table.columns):
        refuse(
            path,
            "no code and speed_kmh in the header",
            "a header with code,speed_kmh, and kind, against_kmh, assumed_surface, dry_factor, "
            "rainy_factor if wanted",
            row=1,
        )
    table["code"] = table["code"].str.strip()
    twice = table.loc[table["code"].duplicated() | (table["code"] == ""), "line"]
    if len(twice):
        refuse(path, "a code twice or none", "each code once", row=int(twice.iloc[0]))
    for name in {*_SPEED_COLUMNS} & set(table.columns):
        text = table[name].str.strip()
        number = pd.to_numeric(text.mask(text == "").str.replace(",", "."), errors="coerce")
        least, most = (0.0, 200.0) if name.endswith("kmh") else (0.01, 2.0)
        wrong = table.loc[(text != "") & ~number.between(least, most), "line"]
        if len(wrong):
            refuse(
                path,
                "{column} out of range",
                "a number from {least:g} to {most:g}",
                row=int(wrong.iloc[0]),
                column=name,
                least=least,
                most=most,
            )
        table[name] = number
    own = table.set_index("code")
    base = shipped.set_index("code").reindex(own.index)
    for name in base.columns.intersection(own.columns):
        base[name] = own[name].to_numpy()
    base[["dry_factor", "rainy_factor"]] = base[["dry_factor", "rainy_factor"]].fillna(1.0)
    kinds = set(shipped["kind"])
    lost = ~base["kind"].isin(kinds) | (base["speed_kmh"].isna() & (base["kind"] != "surface"))
    if lost.any():
        refuse(
            path,
            "a row without its kind or speed",
            "a kind ({kinds}) and a speed of every new code",
            row=int(table["line"][lost.argmax()]),
            kinds=", ".join(sorted(kinds)),
        )
    return base.reset_index()


def _csv(path: Path, text: str, *, is_folded: bool = True) -> pd.DataFrame:
    """Cells as text and the line of each row; headings in small letters unless they are names."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)  # a spreadsheet in Spanish writes semicolons
    heads = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
    heads = [name.lower() for name in heads] if is_folded else heads
    try:
        # what a first row has beyond the headings is dropped with a warning
        with warnings.catch_warnings(record=True) as dropped:
            warnings.simplefilter("always")
            table = pd.read_csv(
                StringIO(text), dtype=str, keep_default_na=False, index_col=False, sep=separator
            )
    except (ValueError, pd.errors.ParserError):
        _require_width(path, text, separator, len(heads))
        refuse(path, "no table", "CSV: UTF-8, commas, a header")
    if dropped:
        _require_width(path, text, separator, len(heads))
    if len(set(heads)) < len(heads):
        refuse(path, "a column twice", "each column once", row=1)
    table.columns = heads
    table["line"] = np.arange(len(table)) + 2
    return table


def _require_width(path: Path, text: str, separator: str, width: int) -> None:
    """Refuse the first row that has more cells than there are headings; empty ones do no harm."""
    rows = csv.reader(StringIO(text), delimiter=separator)
    for row in rows:
        if any(row[width:]):
            refuse(
                path,
                "{cells} cells under {headings} headings",
                "one cell a heading",
                row=rows.line_num,
                cells=len(row),
                headings=width,
            )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            refuse(
                path,
                "a file of more than {limit} MB",
                "a smaller file: only the pairs and places that matter",
                limit=LARGEST_BYTES >> 20,
            )
        content = path.read_bytes()
        # what spreadsheets in Peru save as "CSV" is no UTF-8, and has no NUL
        has_nul = b"\x00" in content
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            if has_nul:
                raise
            return content.decode("cp1252")
    except OSError as error:
        refuse(path, "no file ({why})", "a file that can be read", why=system_reason(error))
    except UnicodeDecodeError:
        refuse(path, "bytes that are no UTF-8", "UTF-8 text")
