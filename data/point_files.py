"""Points of one's own in any number of files: one pass, one report, one measure of progress."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.point_report import PointReport
from data.points import PointChunk, ToDegrees, read_points
from geo.errors import DataError


@dataclass(frozen=True, slots=True)
class PointColumns:
    """Names of the columns, the same in every file."""

    longitude: str = "longitude"
    latitude: str = "latitude"
    weight: str | None = None


def named_files(names: Sequence[str]) -> list[Path]:
    """Files behind names and patterns such as ``cases-*.parquet``, none of them twice.

    A name that exists is taken as it stands, whatever signs it holds; the files of a pattern come
    in the order of their names.

    Raises
    ------
    DataError
        A pattern that fits no file.
    """
    found: dict[Path, None] = {}
    for name in names:
        if Path(name).exists() or not glob.has_magic(name):
            found[Path(name)] = None
            continue
        fitting = sorted(path for path in glob.glob(name) if Path(path).is_file())
        if not fitting:
            raise DataError(
                Path(name).name,
                came="no file that fits the pattern",
                expected="at least one; quote the pattern so that it arrives whole",
            )
        found.update(dict.fromkeys(map(Path, fitting)))
    return list(found)


def read_point_files(
    paths: Sequence[Path],
    columns: PointColumns,
    *,
    report: PointReport | None = None,
    to_degrees: ToDegrees | None = None,
    progress: Callable[[float], None] | None = None,
    told_by_name: bool | None = None,
) -> Iterator[PointChunk]:
    """Read points of several files, one after the other; memory does not grow with their number.

    Parameters
    ----------
    paths : sequence of Path
        CSV or Parquet, mixed if need be.
    columns : PointColumns
    report : PointReport, optional
        Filled on the way; with several files its lines read "name:line".
    to_degrees : callable, optional
        See :func:`data.points.read_points`.
    progress : callable, optional
        Called now and then with the share of all bytes that has been read, 0 to 1.
    told_by_name : bool, optional
        Whether the lines of the report name their file; by default if there are several.

    Raises
    ------
    DataError
        What :func:`data.points.read_points` refuses.
    """
    told = PointReport() if report is None else report
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    total = max(1, sum(sizes))
    by_name = len(paths) > 1 if told_by_name is None else told_by_name
    done = 0
    for path, size in zip(paths, sizes, strict=True):

        def of_all(share: float, before: int = done, size: int = size) -> None:
            if progress is not None:
                progress((before + share * size) / total)

        yield from read_points(
            path,
            longitude=columns.longitude,
            latitude=columns.latitude,
            weight=columns.weight,
            report=told,
            to_degrees=to_degrees,
            told_as=path.name if by_name else "",
            progress=of_all,
        )
        done += size
