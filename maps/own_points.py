"""The density of an organisation's own points: five protected classes, or ungated for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.points import PointReport, read_points
from geo.bandwidth import automatic_bandwidth
from geo.density import chunked_kernel_density
from geo.errors import DataError
from geo.points import degrees_from, projected_chunks
from geo.protected_density import class_geotiff_bytes, protected_density
from geo.rasters import geotiff_bytes
from geo.support import Support
from maps.density import grid_for

UNGATED = "ungated, for local use only"


@dataclass(frozen=True, slots=True)
class PointFile:
    """A file of points and the names of its columns."""

    path: Path
    """CSV, or Parquet if the name ends in .parquet."""
    longitude: str = "longitude"
    """column with the longitude, or the easting of the CRS."""
    latitude: str = "latitude"
    """column with the latitude, or the northing of the CRS."""
    weight: str | None = None
    """column with the cases of a record; None makes each record 1."""
    crs: str | None = None
    """CRS of both columns, "EPSG:32718"; None reads WGS84 degrees."""


def protected_geotiff(
    file: PointFile, *, bandwidth_km: float | None, cell_km: float | None, kernel: str
) -> tuple[bytes, list[str]]:
    """Five classes of the pixels with enough support, as a GeoTIFF.

    Parameters
    ----------
    file : PointFile
    bandwidth_km : float or None
        Standard deviation of the kernel, km, at least 10; None reads it from the points.
    cell_km : float or None
        Side of a cell, km, half a bandwidth or more; None makes it half a bandwidth.
    kernel : {"gaussian", "quartic"}

    Returns
    -------
    content : bytes
    notes : list of str
        Lines for whoever runs this: rows left out, settings, pixels shown. They hold exact
        counts, so they stay with the operator.

    Raises
    ------
    DataError
        The file cannot be read, or no row is usable.
    ParameterError
        An unknown CRS, or a bandwidth or cell that the rule of minimum support does not allow.
    DisclosureError
        No pixel has enough support.
    """
    report = PointReport()
    support = _support(file, report)
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
    file: PointFile, *, bandwidth_km: float | None, cell_km: float | None, kernel: str
) -> tuple[bytes, list[str]]:
    """The density itself, which gives lone records away: for the machine that holds the records.

    Parameters, results and errors are those of :func:`protected_geotiff`, without the rule.
    """
    report = PointReport()
    if bandwidth_km is None:
        bandwidth_m = _bandwidth_m(None, _support(file, PointReport()))  # reads the file twice
    else:
        bandwidth_m = bandwidth_km * 1000
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    density = chunked_kernel_density(
        _chunks(file, report),
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
    return geotiff_bytes(density, tags), [*_left_out(report), note, warning]


def _support(file: PointFile, report: PointReport) -> Support:
    support = Support()
    for easting, northing, weight in _chunks(file, report):
        support.add(easting, northing, weight)
    return support


def _chunks(
    file: PointFile, report: PointReport
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    read = read_points(
        file.path,
        longitude=file.longitude,
        latitude=file.latitude,
        weight=file.weight,
        report=report,
        to_degrees=None if file.crs is None else degrees_from(file.crs),
    )
    yield from projected_chunks((part.longitude, part.latitude, part.weight) for part in read)
    if report.used_count == 0:
        expected = "at least one row with a place in Peru and a weight"
        if file.crs is None and report.fault_counts["outside Peru"]:
            expected += "; coordinates are read as degrees (WGS84), name another CRS with --crs"
        came = [part for part in (report.summary(), _zeros(report)) if part]
        raise DataError(file.path.name, came=", ".join(came) or "no rows", expected=expected)


def _bandwidth_m(bandwidth_km: float | None, support: Support) -> float:
    return automatic_bandwidth(*support.points()) if bandwidth_km is None else bandwidth_km * 1000


def _settings(report: PointReport, bandwidth_m: float, cell_km: float) -> str:
    zeros = f", {_zeros(report)}" if report.zero_count else ""
    return (
        f"own points: {report.used_count:,} of {report.row_count:,} rows used{zeros}; bandwidth "
        f"{bandwidth_m / 1000:.1f} km, cells of {cell_km:.1f} km"
    )


def _zeros(report: PointReport) -> str:
    return f"{report.zero_count:,} of weight 0 add nothing" if report.zero_count else ""


def _left_out(report: PointReport) -> list[str]:
    return [report.summary()] if report.left_out_count else []
