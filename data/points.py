"""Points of one's own, read in parts from CSV or Parquet; every row left out is accounted for.

Only the named columns are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.point_parts import csv_parts, parquet_parts
from data.point_report import PointReport, account
from geo.crs import PERU_BOUNDS

CHUNK_ROWS = 1 << 16
"""Rows of a CSV in memory at once."""
PARQUET_ROWS = 1 << 18
"""Rows of a Parquet file in memory at once; they are numbers already."""
LARGEST_WEIGHT = 1e9
"""A record that stands for more than this is a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class PointChunk:
    """Sound rows of one part of a file."""

    longitude: np.ndarray
    """shape (n,), WGS84 degrees."""
    latitude: np.ndarray
    """shape (n,), WGS84 degrees."""
    weight: np.ndarray
    """shape (n,), cases a record stands for; 1 without a weight column."""


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
        parts = parquet_parts(path, names, chunk_rows or PARQUET_ROWS)
    else:
        parts = csv_parts(path, names, chunk_rows or CHUNK_ROWS)
    for columns, lines, ragged, share in parts:
        chunk = _sound(columns, lines, ragged, told, to_degrees, told_as)
        if len(chunk.weight):
            yield chunk
        if progress is not None:
            progress(share)


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
    report.row_count += len(x)
    limits = ((x, west, east), (y, south, north), (w, 0.0, LARGEST_WEIGHT))
    # ends first: a part without a fault, as most are, needs no look at each row
    whole = ragged is None or not ragged.any()
    if not (whole and all(_within(*limit) for limit in limits)):
        inside = (west <= x) & (x <= east) & (south <= y) & (y <= north)
        sound = inside & (w >= 0) & (w <= LARGEST_WEIGHT)  # False for what is no number
        if ragged is not None:
            sound &= ~ragged
        number = np.isfinite(raw[0]) & np.isfinite(raw[1]) & np.isfinite(w)
        swapped = (west <= y) & (y <= east) & (south <= x) & (x <= north)
        ragged = np.zeros(len(x), dtype=bool) if ragged is None else ragged
        tests = (ragged, ~number, swapped, ~inside, w < 0, w > LARGEST_WEIGHT)
        account(report, np.asarray(lines), tests, told_as)
        x, y, w = x[sound], y[sound], w[sound]
    zeros = int(len(w) - np.count_nonzero(w))
    report.zero_count += zeros
    report.used_count += len(w) - zeros
    return PointChunk(x, y, w)


def _within(values: np.ndarray, low: float, high: float) -> bool:
    """Whether all lie from low to high; False if one is no number."""
    return bool(values.size == 0 or (values.min() >= low and values.max() <= high))
