"""The density of an organisation's own points: five protected classes, or ungated for itself."""

from __future__ import annotations

from data import load_departments
from data.point_report import PointReport
from geo.bandwidth import automatic_bandwidth
from geo.density import density_of
from geo.joins import RULE
from geo.protected_density import class_geotiff_bytes, protected_density
from geo.rasters import geotiff_bytes
from geo.support import Support
from maps.density import grid_for
from maps.department_join import DepartmentCount
from maps.point_cluster import is_open_to_listeners
from maps.point_pass import Gathering, PointFiles, Progress, Wanted, gather, zeros_of

UNGATED = "ungated, for local use only"


def protected_geotiff(
    files: PointFiles,
    *,
    bandwidth_km: float | None,
    cell_km: float | None,
    kernel: str,
    compiled: bool = False,
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
    compiled : bool
        Gather by compiled loops (geo/compiled.py); the result is the same up to rounding.
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
    passed = gather(files, Wanted(compiled=compiled), progress)
    report, support = passed.report, _support_of(passed)
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
    return class_geotiff_bytes(protected), [*_notes(report, files), note]


def ungated_geotiff(
    files: PointFiles,
    *,
    bandwidth_km: float | None,
    cell_km: float | None,
    kernel: str,
    by_department: bool = False,
    compiled: bool = False,
    progress: Progress | None = None,
) -> tuple[bytes, list[str]]:
    """The density itself, which gives lone records away: for the machine that holds the records.

    Parameters, results and errors are those of :func:`protected_geotiff`, without the rule.
    ``by_department`` adds a line with the records inside each department's outline.
    """
    support = None
    if bandwidth_km is None:  # reads twice
        support = _support_of(gather(files, Wanted(compiled=compiled), progress))
    bandwidth_m = _bandwidth_m(bandwidth_km, support)
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    passed = gather(files, Wanted(cell, bandwidth_m, kernel, by_department, compiled), progress)
    assert not isinstance(passed.sums, Support)
    density = density_of(
        passed.sums,
        grid=grid_for(cell),
        bandwidth_m=bandwidth_m,
        kernel=kernel,  # type: ignore[arg-type]
        is_bandwidth_automatic=bandwidth_km is None,
    )
    report, counted = passed.report, passed.departments
    cases = f"{density.total:,.3f}".rstrip("0").rstrip(".")  # never 1e+07
    note = (
        f"{_settings(report, bandwidth_m, cell)}; {cases} cases, "
        f"{density.snapped_count:,} points moved onto the country's cells, "
        f"{density.snapped_max_distance_m / 1000:.1f} km at most"
    )
    warning = f"{UNGATED}: this file gives the places of lone records away; do not pass it on"
    tags = {"TIER": "T2", "DISCLOSURE": UNGATED}
    departments = [] if counted is None else [_by_department(counted)]
    return geotiff_bytes(density, tags), [*_notes(report, files), note, *departments, warning]


def _support_of(passed: Gathering) -> Support:
    assert isinstance(passed.sums, Support)
    return passed.sums


def _bandwidth_m(bandwidth_km: float | None, support: Support | None) -> float:
    if bandwidth_km is not None:
        return bandwidth_km * 1000
    assert support is not None
    return automatic_bandwidth(*support.points())


def _settings(report: PointReport, bandwidth_m: float, cell_km: float) -> str:
    zeros = f", {zeros_of(report)}" if report.zero_count else ""
    return (
        f"own points: {report.used_count:,} of {report.row_count:,} rows used{zeros}; bandwidth "
        f"{bandwidth_m / 1000:.1f} km, cells of {cell_km:.1f} km"
    )


def _by_department(counted: DepartmentCount) -> str:
    names = dict(load_departments()[["department_ubigeo", "department"]].itertuples(index=False))
    found = [f"{names[code]} {count:,}" for code, count in counted.counts.items() if code and count]
    outside = f"; {counted.counts['']:,} outside every outline" if counted.counts[""] else ""
    return f"records by department ({RULE}): {', '.join(found) or 'none'}{outside}"


def _notes(report: PointReport, files: PointFiles) -> list[str]:
    notes = [report.summary()] if report.left_out_count else []
    if files.scheduler is not None and is_open_to_listeners(files.scheduler):
        notes.append(
            "the workers' sums travelled unencrypted, and lone records can be read from them: use "
            "tls:// beyond a network of your own"
        )
    return notes
