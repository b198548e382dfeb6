"""Named columns of a CSV or a Parquet file as numbers, in parts; memory does not grow with it."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import DataError

Part = tuple[list[np.ndarray], np.ndarray | range, np.ndarray | None, float]
"""Columns as float64 (NaN = no number), lines, rows with a wrong number of cells (None: no row),
share of the file read."""


def csv_parts(path: Path, names: list[str], chunk_rows: int) -> Iterator[Part]:
    """Read columns of a CSV (UTF-8, commas, a header), so many rows at a time.

    Raises
    ------
    DataError
        No such file, a column missing or repeated, text that is not UTF-8, no CSV.
    """
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


def parquet_parts(path: Path, names: list[str], chunk_rows: int) -> Iterator[Part]:
    """Read columns of a Parquet file, so many rows at a time; no row has a wrong number of cells.

    Raises
    ------
    DataError
        No such file, a column missing or repeated, bytes that are no Parquet.
    """
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


def parquet_rows(paths: Iterable[Path]) -> int:
    """Rows of the Parquet files among some files, from their footers; 0 for what is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0
    for path in paths:
        if path.suffix.lower() == ".parquet":
            with contextlib.suppress(pa.ArrowException, OSError):  # told when it is read
                rows += pq.read_metadata(path).num_rows
    return rows


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
