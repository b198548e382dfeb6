"""Points of one's own, read in parts from CSV or Parquet; every row left out is accounted for.

Only the named columns are read. Messages hold lines and kinds of fault, never a value: the rows
are somebody's records.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.crs import PERU_BOUNDS
from geo.errors import DataError

CHUNK_ROWS = 1 << 16
"""Rows of a CSV in memory at once."""
PARQUET_ROWS = 1 << 18
"""Rows of a Parquet file in memory at once; they are numbers already."""
LISTED_LINES = 1000
"""Lines kept per kind of fault; all are counted."""
LARGEST_WEIGHT = 1e9
"""A record that stands for more than this is a slip of the keyboard."""
FAULTS = (
    "wrong number of cells",
    "not a number",
    "longitude and latitude swapped",
    "outside Peru",
    "negative weight",
    "weight too large",
)
"""What a row can be left out for; each row has one, the first that fits."""


@dataclass(frozen=True, slots=True)
class PointChunk:
    """Sound rows of one part of a file."""

    longitude: np.ndarray
    """shape (n,), WGS84 degrees."""
    latitude: np.ndarray
    """shape (n,), WGS84 degrees."""
    weight: np.ndarray
    """shape (n,), cases a record stands for; 1 without a weight column."""


@dataclass(slots=True)
class PointReport:
    """What happened to the rows; it grows while the file is read."""

    row_count: int = 0
    """rows read."""
    used_count: int = 0
    """rows without a fault and of a weight above 0."""
    zero_count: int = 0
    """rows without a fault and of weight 0: they add nothing."""
    fault_counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    """kind of fault to rows left out for it."""
    fault_lines: dict[str, list[int | str]] = field(default_factory=lambda: {f: [] for f in FAULTS})
    """kind of fault to the first lines (CSV: header is line 1; Parquet: first row is 1); of several
    files "name:line"."""

    @property
    def left_out_count(self) -> int:
        """Rows left out; with the used ones and those of weight 0 they are all rows."""
        return self.row_count - self.used_count - self.zero_count

    def merge(self, other: PointReport) -> None:
        """Add the report on rows that come after these, read elsewhere."""
        self.row_count += other.row_count
        self.used_count += other.used_count
        self.zero_count += other.zero_count
        for kind in FAULTS:
            self.fault_counts[kind] += other.fault_counts[kind]
            room = LISTED_LINES - len(self.fault_lines[kind])
            self.fault_lines[kind] += other.fault_lines[kind][:room]

    def summary(self, *, lines: int = 5) -> str:
        """One line on what was left out and where; empty if nothing was.

        Examples
        --------
        >>> report = PointReport(row_count=9, used_count=7)
        >>> report.fault_counts["outside Peru"] = 2
        >>> report.fault_lines["outside Peru"] = [3, 8]
        >>> report.summary()
        '2 of 9 rows left out: 2 outside Peru (lines 3, 8)'
        """
        parts = []
        for kind, count in self.fault_counts.items():
            if count:
                first = self.fault_lines[kind][:lines]
                more = ", ..." if count > len(first) else ""
                word = "line" if count == 1 else "lines"
                parts.append(f"{count:,} {kind} ({word} {', '.join(map(str, first))}{more})")
        if not parts:
            return ""
        return f"{self.left_out_count:,} of {self.row_count:,} rows left out: {'; '.join(parts)}"


ToDegrees = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Coordinates of some CRS to WGS84 longitude and latitude; what does not fit is not finite."""


def read_points(
    path: Path,
    *,
    longitude: str = "longitude",
    latitude: str = "latitude",
    weight: str | None = None,
    report: PointReport | None = None,
    to_degrees: ToDegrees | None = None,
    chunk_rows: int | None = None,
    told_as: str = "",
    progress: Callable[[float], None] | None = None,
) -> Iterator[PointChunk]:
    """Read points in parts; memory does not grow with the file.

    Parameters
    ----------
    path : Path
        A CSV (UTF-8, commas, a header) or a file whose name ends in .parquet.
    longitude, latitude : str
        Columns with WGS84 degrees, or with what `to_degrees` takes.
    weight : str, optional
        Column with the cases of a record; without it each record is 1.
    report : PointReport, optional
        Filled on the way.
    to_degrees : callable, optional
        Turns both columns into WGS84 degrees before any row is judged
        (:func:`geo.points.degrees_from`); a place that it cannot turn is outside Peru.
    chunk_rows : int, optional
        Rows per part.
    told_as : str
        Put before each line of the report, when one report covers several files.
    progress : callable, optional
        Called after each part with the share of the file that has been read, 0 to 1.

    Yields
    ------
    PointChunk
        The sound rows of each part; parts without any are skipped.

    Raises
    ------
    DataError
        No such file, a column that is missing, repeated or no number, text that is not UTF-8, or
        bytes that are no CSV or Parquet.
    """
    names = [longitude, latitude] + ([weight] if weight is not None else [])
    told = PointReport() if report is None else report
    if path.suffix.lower() == ".parquet":
        parts = _parquet_parts(path, names, chunk_rows or PARQUET_ROWS)
    else:
        parts = _csv_parts(path, names, chunk_rows or CHUNK_ROWS)
    for columns, lines, ragged, share in parts:
        chunk = _sound(columns, lines, ragged, told, to_degrees, told_as)
        if len(chunk.weight):
            yield chunk
        if progress is not None:
            progress(share)


Part = tuple[list[np.ndarray], np.ndarray | range, np.ndarray | None, float]
"""Columns as float64 (NaN = no number), lines, rows with a wrong number of cells (None: no row),
share of the file read."""


def _sound(
    columns: list[np.ndarray],
    lines: np.ndarray | range,
    ragged: np.ndarray | None,
    report: PointReport,
    to_degrees: ToDegrees | None,
    told_as: str,
) -> PointChunk:
    x, y = columns[:2]
    w = columns[2] if len(columns) > 2 else np.ones(len(x))
    raw = x, y
    if to_degrees is not None:
        x, y = to_degrees(x, y)
    west, south, east, north = PERU_BOUNDS
    inside = (west <= x) & (x <= east) & (south <= y) & (y <= north)
    report.row_count += len(x)
    sound = inside & (w >= 0) & (w <= LARGEST_WEIGHT)  # False for what is no number
    if ragged is not None:
        sound &= ~ragged
    if not sound.all():
        number = np.isfinite(raw[0]) & np.isfinite(raw[1]) & np.isfinite(w)
        swapped = (west <= y) & (y <= east) & (south <= x) & (x <= north)
        ragged = np.zeros(len(x), dtype=bool) if ragged is None else ragged
        tests = (ragged, ~number, swapped, ~inside, w < 0, w > LARGEST_WEIGHT)
        _account(report, np.asarray(lines), tests, told_as)
        x, y, w = x[sound], y[sound], w[sound]
    zeros = int(len(w) - np.count_nonzero(w))
    report.zero_count += zeros
    report.used_count += len(w) - zeros
    return PointChunk(x, y, w)


def _account(
    report: PointReport, lines: np.ndarray, tests: tuple[np.ndarray, ...], told_as: str
) -> None:
    """Count each faulty row under the first fault that fits, and list its line."""
    open_rows = np.ones(len(lines), dtype=bool)
    for kind, bad in zip(FAULTS, tests, strict=True):
        hit = bad & open_rows
        report.fault_counts[kind] += int(hit.sum())
        room = LISTED_LINES - len(report.fault_lines[kind])
        first = lines[hit][:room].tolist()
        report.fault_lines[kind] += [f"{told_as}:{line}" for line in first] if told_as else first
        open_rows &= ~bad


def _csv_parts(path: Path, names: list[str], chunk_rows: int) -> Iterator[Part]:
    try:
        with path.open("rb") as raw, TextIOWrapper(raw, "utf-8-sig", newline="") as stream:
            size = max(1, path.stat().st_size)
            rows = csv.reader(stream)
            header = next(rows, None)
            if header is None:
                raise DataError(path.name, came="an empty file", expected="a header and rows")
            at = _positions(path, header, names)
            numbered = _with_lines(rows)
            while part := list(islice(numbered, chunk_rows)):
                ragged = np.array([len(row) != len(header) for _, row in part])
                # a row with a wrong number of cells may have its cells in other columns
                columns = [
                    _numbers([row[i] if len(row) == len(header) else "" for _, row in part])
                    for i in at
                ]
                yield columns, np.array([line for line, _ in part]), ragged, raw.tell() / size
    except UnicodeDecodeError:
        raise DataError(path.name, came="text that is not UTF-8", expected="UTF-8") from None
    except csv.Error as error:
        raise DataError(path.name, came=f"no CSV ({error})", expected="CSV or .parquet") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _with_lines(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which they begin: a quoted cell may hold line breaks."""
    first = rows.line_num + 1
    for row in rows:
        if row:  # an empty line is no row
            yield first, row
        first = rows.line_num + 1


def _parquet_parts(path: Path, names: list[str], chunk_rows: int) -> Iterator[Part]:
    import pyarrow as pa  # 0.2 s of import that a CSV does not need
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _positions(path, file.schema_arrow.names, names)
            first = 1
            for batch in file.iter_batches(
                batch_size=chunk_rows, columns=list(dict.fromkeys(names))
            ):
                columns = [_column(batch.column(name)) for name in names]
                lines = range(first, first + batch.num_rows)
                first += batch.num_rows
                yield columns, lines, None, (first - 1) / file.metadata.num_rows
    except pa.ArrowException:
        raise DataError(path.name, came="bytes that are no Parquet", expected="Parquet") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _positions(path: Path, header: list[str], names: list[str]) -> list[int]:
    """Where the columns stand; other names are not repeated, a lost header would be a record."""
    for name in names:
        found = header.count(name)
        if found != 1:
            raise DataError(
                path.name,
                row=1,
                came=f"{found} columns named {name!r} among {len(header)}",
                expected="one; name yours, and separate columns by commas",
            )
    return [header.index(name) for name in names]


def _numbers(cells: list[Any]) -> np.ndarray:
    """Float64 with NaN where a cell is no number."""
    values = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce")
    return values.to_numpy(dtype=float, na_value=np.nan)


def _column(values: Any) -> np.ndarray:
    """Column of an Arrow batch: numbers as they are, text parsed, anything else no number."""
    import pyarrow.types as kind

    if kind.is_integer(values.type) or kind.is_floating(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)
    return _numbers([cell if isinstance(cell, str) else None for cell in values.to_pylist()])


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        path.name,
        came=f"no file that can be read ({error.strerror or 'input fault'})",
        expected="a CSV with a header or a .parquet file",
    )
