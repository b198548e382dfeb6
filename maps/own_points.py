"""The density of an organisation's own points: five protected classes, or ungated for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import load_departments
from data.point_files import PointColumns, read_point_files
from data.points import PointReport
from data.reading_ahead import ahead
from geo.bandwidth import automatic_bandwidth
from geo.density import chunked_kernel_density
from geo.errors import DataError
from geo.joins import RULE
from geo.points import degrees_from, projected_chunks
from geo.protected_density import class_geotiff_bytes, protected_density
from geo.rasters import geotiff_bytes
from geo.support import Support
from maps.density import grid_for
from maps.department_join import DepartmentCount

UNGATED = "ungated, for local use only"


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

    @property
    def name(self) -> str:
        """Name of the first file, and how many more there are."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return self.paths[0].name + more


def protected_geotiff(
    files: PointFiles,
    *,
    bandwidth_km: float | None,
    cell_km: float | None,
    kernel: str,
    progress: Progress | None = None,
) -> tuple[bytes, list[str]]:
    """Five classes of the pixels with enough support, as a GeoTIFF.

    Parameters
    ----------
    files : PointFiles
    bandwidth_km : float or None
        Standard deviation of the kernel, km, at least 10; None reads it from the points.
    cell_km : float or None
        Side of a cell, km, half a bandwidth or more; None makes it half a bandwidth.
    kernel : {"gaussian", "quartic"}
    progress : callable, optional

    Returns
    -------
    content : bytes
    notes : list of str
        Lines for whoever runs this: rows left out, settings, pixels shown. They hold exact
        counts, so they stay with the operator.

    Raises
    ------
    DataError
        A file cannot be read, or no row is usable.
    ParameterError
        An unknown CRS, or a bandwidth or cell that the rule of minimum support does not allow.
    DisclosureError
        No pixel has enough support.
    """
    report = PointReport()
    support = _support(files, report, progress)
    bandwidth_m = _bandwidth_m(bandwidth_km, support)
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    protected = protected_density(
        support,
        grid=grid_for(cell),
        bandwidth_m=bandwidth_m,
        kernel=kernel,  # type: ignore[arg-type]
    )
    shown = int((protected.classes > 0).sum())
    note = (
        f"{_settings(report, bandwidth_m, cell)}; {shown:,} pixels shown in classes, "
        f"{protected.left_out_count:,} records on pixels that are not shown are left out"
    )
    return class_geotiff_bytes(protected), [*_left_out(report), note]


def ungated_geotiff(
    files: PointFiles,
    *,
    bandwidth_km: float | None,
    cell_km: float | None,
    kernel: str,
    by_department: bool = False,
    progress: Progress | None = None,
) -> tuple[bytes, list[str]]:
    """The density itself, which gives lone records away: for the machine that holds the records.

    Parameters, results and errors are those of :func:`protected_geotiff`, without the rule.
    ``by_department`` adds a line with the records inside each department's outline.
    """
    report = PointReport()
    if bandwidth_km is None:
        bandwidth_m = _bandwidth_m(None, _support(files, PointReport(), progress))  # reads twice
    else:
        bandwidth_m = bandwidth_km * 1000
    counted = DepartmentCount() if by_department else None
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    density = chunked_kernel_density(
        _chunks(files, report, progress, counted),
        grid=grid_for(cell),
        bandwidth_m=bandwidth_m,
        kernel=kernel,  # type: ignore[arg-type]
        is_bandwidth_automatic=bandwidth_km is None,
    )
    note = (
        f"{_settings(report, bandwidth_m, cell)}; {density.total:,.6g} cases, "
        f"{density.snapped_count:,} points moved onto the country's cells, "
        f"{density.snapped_max_distance_m / 1000:.1f} km at most"
    )
    warning = f"{UNGATED}: this file gives the places of lone records away; do not pass it on"
    tags = {"TIER": "T2", "DISCLOSURE": UNGATED}
    departments = [] if counted is None else [_by_department(counted)]
    return geotiff_bytes(density, tags), [*_left_out(report), note, *departments, warning]


def _support(files: PointFiles, report: PointReport, progress: Progress | None) -> Support:
    support = Support()
    for easting, northing, weight in ahead(_chunks(files, report, progress)):
        support.add(easting, northing, weight)
    return support


def _chunks(
    files: PointFiles,
    report: PointReport,
    progress: Progress | None,
    counted: DepartmentCount | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    read = read_point_files(
        files.paths,
        files.columns,
        report=report,
        to_degrees=None if files.crs is None else degrees_from(files.crs),
        progress=progress,
    )
    parts = ((part.longitude, part.latitude, part.weight) for part in read)
    for easting, northing, weight in projected_chunks(parts):
        if counted is not None:
            used = weight > 0
            counted.add(easting[used], northing[used])
        yield easting, northing, weight
    if report.used_count == 0:
        expected = "at least one row with a place in Peru and a weight"
        if files.crs is None and report.fault_counts["outside Peru"]:
            expected += "; coordinates are read as degrees (WGS84), name another CRS with --crs"
        came = [part for part in (report.summary(), _zeros(report)) if part]
        raise DataError(files.name, came=", ".join(came) or "no rows", expected=expected)


def _bandwidth_m(bandwidth_km: float | None, support: Support) -> float:
    return automatic_bandwidth(*support.points()) if bandwidth_km is None else bandwidth_km * 1000


def _settings(report: PointReport, bandwidth_m: float, cell_km: float) -> str:
    zeros = f", {_zeros(report)}" if report.zero_count else ""
    return (
        f"own points: {report.used_count:,} of {report.row_count:,} rows used{zeros}; bandwidth "
        f"{bandwidth_m / 1000:.1f} km, cells of {cell_km:.1f} km"
    )


def _by_department(counted: DepartmentCount) -> str:
    names = dict(load_departments()[["department_ubigeo", "department"]].itertuples(index=False))
    found = [f"{names[code]} {count:,}" for code, count in counted.counts.items() if code and count]
    outside = f"; {counted.counts['']:,} outside every outline" if counted.counts[""] else ""
    return f"records by department ({RULE}): {', '.join(found) or 'none'}{outside}"


def _zeros(report: PointReport) -> str:
    return f"{report.zero_count:,} of weight 0 add nothing" if report.zero_count else ""


def _left_out(report: PointReport) -> list[str]:
    return [report.summary()] if report.left_out_count else []
