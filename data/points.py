"""Points of one's own, read in batches from CSV or Parquet; every row left out is accounted for.

Messages hold lines and kinds of fault, never a value: the rows are somebody's records.
"""

from __future__ import annotations

import csv
import glob
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from data.readers.raw_table import refuse
from geo.crs import PERU_BOUNDS, degrees_from
from geo.errors import GeoError, system_reason

BATCH_ROWS = 1 << 16
LARGEST_WEIGHT = 1e9
"""A record that stands for more than this is a slip of the keyboard."""
LISTED_LINES = 1000
"""Lines kept per kind of fault; all are counted."""
_SUMMARY_LINES = 5
FAULTS = (
    "wrong number of cells",
    "not a number",
    "longitude and latitude swapped",
    "outside Peru",
    "negative weight",
    "weight too large",
)
"""What a row can be left out for; each row has one, the first that fits."""

Batch = tuple[list[np.ndarray], np.ndarray, np.ndarray, float]
"""Columns as float64 (NaN = no number), lines, rows with a wrong number of cells, share read."""


@dataclass(frozen=True, slots=True)
class PointFiles:
    """Files of points and the names of their columns, the same in every file."""

    paths: tuple[Path, ...]
    """CSV (UTF-8, commas, a header), or Parquet where a name ends in .parquet; at least one."""
    longitude: str = "longitude"
    """column with WGS84 degrees, or with the easting of `crs`."""
    latitude: str = "latitude"
    """column with WGS84 degrees, or with the northing of `crs`."""
    weight: str | None = None
    """column with the cases of a record; without it each record is 1."""
    crs: str | None = None
    scheduler: str | None = None
    """address of a Dask scheduler whose workers read the files; None reads them here."""

    @property
    def name(self) -> str:
        """Name of the first file, and how many more there are."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return self.paths[0].name + more


@dataclass(slots=True)
class PointReport:
    """Counts of rows read and left out; it grows while files are read."""

    row_count: int = 0
    used_count: int = 0
    """rows without a fault and of a weight above 0."""
    zero_count: int = 0
    """rows without a fault and of weight 0: they add nothing."""
    fault_counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
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
            self._count(kind, other.fault_counts[kind], other.fault_lines[kind])

    def summary(self) -> str:
        """One line on which rows were left out and where; empty if all were used."""
        return str(self.left_out() or "")

    def left_out(self) -> GeoError | None:
        """Rows left out and where, for a refusal; None if all were used."""
        parts = []
        for kind, count in self.fault_counts.items():
            if count:
                first = self.fault_lines[kind][:_SUMMARY_LINES]
                more = ", ..." if count > len(first) else ""
                part = GeoError(
                    "{count:,} {kind} (line {lines})"
                    if count == 1
                    else "{count:,} {kind} (lines {lines})",
                    count=count,
                    kind=GeoError(kind),
                    lines=", ".join(map(str, first)) + more,
                )
                parts.append(part)
        if not parts:
            return None
        return GeoError(
            "{count:,} of {all:,} rows left out: {faults}",
            count=self.left_out_count,
            all=self.row_count,
            faults=reduce(
                lambda left, right: GeoError("{left}; {right}", left=left, right=right), parts
            ),
        )

    def _count(self, kind: str, count: int, lines: Sequence[int | str]) -> None:
        self.fault_counts[kind] += count
        self.fault_lines[kind] += lines[: LISTED_LINES - len(self.fault_lines[kind])]


def named_files(names: Sequence[str]) -> tuple[Path, ...]:
    """Return the files behind names and patterns such as ``cases-*.parquet``, each once."""
    paths: dict[Path, None] = {}
    for name in names:
        if Path(name).exists() or not glob.has_magic(name):
            paths[Path(name)] = None
            continue
        fitting = sorted(path for path in glob.glob(name) if Path(path).is_file())
        if not fitting:
            refuse(
                Path(name),
                "no file that fits the pattern",
                "at least one. Quote the pattern so that it arrives whole",
            )
        paths.update(dict.fromkeys(map(Path, fitting)))
    return tuple(paths)


def read_points(
    files: PointFiles,
    report: PointReport,
    *,
    progress: Callable[[float], None] | None = None,
    told_by_name: bool | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Read the sound rows of all files in batches; memory does not grow with the files.

    Yields longitude, latitude (WGS84 degrees) and weight, each of shape (n,). The report is filled
    on the way; its lines name their file if there are several, or as ``told_by_name`` says.
    ``progress`` is called with the share of all bytes read. ParameterError: an unknown CRS;
    DataError: a file.
    """
    to_degrees = None if files.crs is None else degrees_from(files.crs)
    names = [files.longitude, files.latitude, *([] if files.weight is None else [files.weight])]
    by_name = len(files.paths) > 1 if told_by_name is None else told_by_name
    sizes = [path.stat().st_size if path.is_file() else 0 for path in files.paths]
    done = 0
    for path, size in zip(files.paths, sizes, strict=True):
        read = _parquet_batches if path.suffix.lower() == ".parquet" else _csv_batches
        for columns, lines, ragged, share in read(path, names):
            x, y = columns[:2]
            w = columns[2] if len(columns) > 2 else np.ones(len(x))
            number = np.isfinite(x) & np.isfinite(y) & np.isfinite(w)
            if to_degrees is not None:
                x, y = to_degrees(x, y)
            sound = _sound_rows(
                x, y, w, number, ragged, lines, path.name if by_name else "", report
            )
            if sound.any():
                yield x[sound], y[sound], w[sound]
            if progress is not None:
                progress((done + share * size) / max(1, sum(sizes)))
        done += size


def _sound_rows(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    number: np.ndarray,
    ragged: np.ndarray,
    lines: np.ndarray,
    told_as: str,
    report: PointReport,
) -> np.ndarray:
    """Which rows are sound; each other one is counted under its first fault, with its line."""
    west, south, east, north = PERU_BOUNDS
    inside = (west <= x) & (x <= east) & (south <= y) & (y <= north)
    swapped = (west <= y) & (y <= east) & (south <= x) & (x <= north)
    sound = np.ones(len(x), dtype=bool)
    tests = (ragged, ~number, swapped, ~inside, w < 0, w > LARGEST_WEIGHT)
    for kind, bad in zip(FAULTS, tests, strict=True):
        hit = lines[bad & sound]
        if len(hit):
            first = hit[:LISTED_LINES].tolist()
            named = [f"{told_as}:{line}" for line in first] if told_as else first
            report._count(kind, len(hit), named)
            sound &= ~bad
    used = int(np.count_nonzero(w[sound]))
    report.row_count += len(x)
    report.used_count += used
    report.zero_count += int(sound.sum()) - used
    return sound


def _csv_batches(path: Path, names: list[str]) -> Iterator[Batch]:
    try:
        with path.open("rb") as raw, TextIOWrapper(raw, "utf-8-sig", newline="") as stream:
            size = max(1, path.stat().st_size)
            rows = csv.reader(stream)
            header = next(rows, None)
            if header is None:
                refuse(path, "an empty file", "a header and rows")
            _require_columns(path, header, names)
            places = [header.index(name) for name in names]
            numbered = _with_lines(rows)
            while batch := list(islice(numbered, BATCH_ROWS)):
                ragged = np.array([len(row) != len(header) for _, row in batch])
                # a row with a wrong number of cells may have its cells in other columns
                columns = [
                    _numbers([row[i] if len(row) == len(header) else "" for _, row in batch])
                    for i in places
                ]
                yield columns, np.array([line for line, _ in batch]), ragged, raw.tell() / size
    except UnicodeDecodeError:
        refuse(path, "text that is not UTF-8", "UTF-8")
    except csv.Error as error:
        refuse(path, "no CSV ({why})", "CSV or .parquet", why=str(error))
    except OSError as error:
        _unreadable(path, error)


def _with_lines(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which they begin: a quoted cell may hold line breaks."""
    first = rows.line_num + 1
    for row in rows:
        if row:  # an empty line is no row
            yield first, row
        first = rows.line_num + 1


def _parquet_batches(path: Path, names: list[str]) -> Iterator[Batch]:
    import pyarrow as pa  # 0.2 s of import that a CSV does not need
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _require_columns(path, file.schema_arrow.names, names)
            first = 1
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(set(names))):
                columns = [_column(batch.column(name)) for name in names]
                lines = np.arange(first, first + batch.num_rows)
                first += batch.num_rows
                ragged = np.zeros(batch.num_rows, dtype=bool)
                yield columns, lines, ragged, (first - 1) / file.metadata.num_rows
    except pa.ArrowException:
        refuse(path, "bytes that are no Parquet", "Parquet")
    except OSError as error:
        _unreadable(path, error)


def _require_columns(path: Path, header: list[str], names: list[str]) -> None:
    """Each name once; other names are not repeated, a lost header would be a record."""
    for name in names:
        count = header.count(name)
        if count != 1:
            refuse(
                path,
                "{count} columns named {column!r} among {all}",
                "one. Name yours, and separate columns by commas",
                row=1,
                count=count,
                column=name,
                all=len(header),
            )


def _numbers(cells: list[Any]) -> np.ndarray:
    """Return float64 with NaN for cells that are no number."""
    values = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce")
    return values.to_numpy(dtype=float, na_value=np.nan)


def _column(values: Any) -> np.ndarray:
    """Column of an Arrow batch: numbers as they are, text parsed, anything else no number."""
    import pyarrow.types as kind

    if kind.is_integer(values.type) or kind.is_floating(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)
    return _numbers([cell if isinstance(cell, str) else None for cell in values.to_pylist()])


def _unreadable(path: Path, error: OSError) -> NoReturn:
    refuse(
        path,
        "no file that can be read ({why})",
        "a CSV with a header or a .parquet file",
        why=system_reason(error),
    )
