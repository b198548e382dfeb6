"""One pass over files of own points, on this machine or on many: what it gathers adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.point_files import PointColumns, read_point_files
from data.point_report import PointReport
from data.reading_ahead import ahead
from geo.compiled import CompiledSupport
from geo.density_sums import sums_for
from geo.errors import DataError
from geo.gathering import Part, Sums, gathered, in_parts
from geo.points import degrees_from, projected_chunks, projector
from geo.support import Support
from maps.density import grid_for
from maps.department_join import DepartmentCount

Progress = Callable[[float], None]
"""Told the share of a pass that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PointFiles:
    """Files of points and the names of their columns."""

    paths: tuple[Path, ...]
    """CSV, or Parquet where a name ends in .parquet; at least one."""
    columns: PointColumns
    """longitude and latitude, or easting and northing of the CRS; cases of a record, or none."""
    crs: str | None = None
    """CRS of the coordinates, "EPSG:32718"; None reads WGS84 degrees."""
    scheduler: str | None = None
    """Address of a Dask scheduler whose workers read the files; None reads them here."""

    @property
    def name(self) -> str:
        """Name of the first file, and how many more there are."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return self.paths[0].name + more


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pass gathers beside its report."""

    cell_km: float | None = None
    """side of a cell of the density, km; None gathers the support of protected classes."""
    bandwidth_m: float = 0.0
    kernel: str = "gaussian"
    by_department: bool = False
    compiled: bool = False
    """compiled loops, on this machine only"""

    def empty(self) -> Gathering:
        """Nothing yet."""
        sums: Sums | Support = CompiledSupport() if self.compiled else Support()
        if self.cell_km is not None:
            sums = sums_for(
                grid=grid_for(self.cell_km),
                bandwidth_m=self.bandwidth_m,
                kernel=self.kernel,  # type: ignore[arg-type]
                compiled=self.compiled,
            )
        return Gathering(PointReport(), sums, DepartmentCount() if self.by_department else None)


@dataclass(slots=True)
class Gathering:
    """What a pass over points has gathered."""

    report: PointReport
    sums: Sums | Support
    departments: DepartmentCount | None

    def merge(self, other: Gathering) -> None:
        """Add what a pass over the points after these has gathered, with the same wishes."""
        self.report.merge(other.report)
        self.sums.merge(other.sums)  # type: ignore[arg-type]
        if self.departments is not None and other.departments is not None:
            self.departments.merge(other.departments)


def gather(files: PointFiles, wanted: Wanted, progress: Progress | None) -> Gathering:
    """Read every file once, here or where the scheduler's workers are.

    Raises
    ------
    DataError
        A file cannot be read, or no row is usable.
    ParameterError
        An unknown CRS, a density or a scheduler that there cannot be.
    """
    if files.scheduler is not None:
        from maps.point_cluster import gather_on_cluster

        found = gather_on_cluster(files, wanted, progress)
        require_used(found.report, files)
        return found
    found = wanted.empty()
    if isinstance(found.sums, Support):
        for easting, northing, weight in ahead(
            _used(_chunks(files, found, progress, compiled=wanted.compiled), found, files)
        ):
            found.sums.add(easting, northing, weight)
    elif found.departments is not None:
        chunks = _chunks(files, found, progress, compiled=wanted.compiled)
        gathered(_used(chunks, found, files), into=found.sums)
    else:  # the threads that gather project too; this one reads
        parts = _used(_degrees(files, found, progress), found, files)
        gathered(parts, into=found.sums, project=projector(compiled=wanted.compiled))
    return found


def gather_part(files: PointFiles, wanted: Wanted, *, told_by_name: bool) -> Gathering:
    """Gather some of the files in one thread; none of their rows need be usable."""
    found = wanted.empty()
    for part in in_parts(_chunks(files, found, None, told_by_name=told_by_name)):
        found.sums.add(*part)
    return found


def require_used(report: PointReport, files: PointFiles) -> None:
    """Raise DataError if no row was usable, with what was wrong and what would be right."""
    if report.used_count > 0:
        return
    expected = "at least one row with a place in Peru and a weight"
    if files.crs is None and report.fault_counts["outside Peru"]:
        expected += "; coordinates are read as degrees (WGS84), name another CRS with --crs"
    came = [part for part in (report.summary(), zeros_of(report)) if part]
    raise DataError(files.name, came=", ".join(came) or "no rows", expected=expected)


def zeros_of(report: PointReport) -> str:
    """Say how many rows have weight 0; empty if none has."""
    return f"{report.zero_count:,} of weight 0 add nothing" if report.zero_count else ""


def _used(chunks: Iterator[Part], found: Gathering, files: PointFiles) -> Iterator[Part]:
    yield from chunks
    require_used(found.report, files)


def _chunks(
    files: PointFiles,
    found: Gathering,
    progress: Progress | None,
    *,
    told_by_name: bool | None = None,
    compiled: bool = False,
) -> Iterator[Part]:
    degrees = _degrees(files, found, progress, told_by_name=told_by_name)
    for easting, northing, weight in projected_chunks(degrees, compiled=compiled):
        if found.departments is not None:
            used = weight > 0
            found.departments.add(easting[used], northing[used])
        yield easting, northing, weight


def _degrees(
    files: PointFiles,
    found: Gathering,
    progress: Progress | None,
    *,
    told_by_name: bool | None = None,
) -> Iterator[Part]:
    read = read_point_files(
        files.paths,
        files.columns,
        report=found.report,
        to_degrees=None if files.crs is None else degrees_from(files.crs),
        progress=progress,
        told_by_name=told_by_name,
    )
    return ((part.longitude, part.latitude, part.weight) for part in read)
