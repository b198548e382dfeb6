"""The density of an organisation's own points: five protected classes, or ungated for itself.

One pass over the files' record batches gathers everything; what two passes over parts of the files
gather adds up, so that the workers of a cluster may read them (maps/point_cluster.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from data import load_departments
from data.points import PointFiles, PointReport, read_points
from geo.crs import to_analysis
from geo.density import PointSums, automatic_bandwidth
from geo.errors import DataError
from geo.grid import project_geometry
from geo.protected_density import class_geotiff_bytes, protected_density
from geo.rasters import geotiff_bytes
from geo.support import Support
from maps.density import grid_for

UNGATED = "ungated, for local use only"
RULE = "a point belongs to the first region that holds it, border included"
Progress = Callable[[float], None]
"""Told the share of a pass that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pass gathers beside its report."""

    cell_km: float | None = None
    """side of a cell of the density, km; None gathers the support of protected classes."""
    bandwidth_m: float = 0.0
    kernel: str = "gaussian"
    by_department: bool = False

    def empty(self) -> Gathering:
        """Nothing yet."""
        sums: PointSums | Support = Support()
        if self.cell_km is not None:
            sums = PointSums(grid_for(self.cell_km), self.bandwidth_m, self.kernel)
        departments = None
        if self.by_department:
            departments = np.zeros(len(_departments()[0]) + 1, dtype=np.int64)
        return Gathering(PointReport(), sums, departments)


@dataclass(slots=True)
class Gathering:
    """What a pass over points has gathered."""

    report: PointReport
    sums: PointSums | Support
    departments: np.ndarray | None
    """shape (departments + 1,): records outside every outline, then by department."""

    def merge(self, other: Gathering) -> None:
        """Add what a pass over the points after these has gathered, with the same wishes."""
        self.report.merge(other.report)
        self.sums.merge(other.sums)  # type: ignore[arg-type]
        if self.departments is not None and other.departments is not None:
            self.departments += other.departments


def gather(files: PointFiles, wanted: Wanted, progress: Progress | None = None) -> Gathering:
    """Read every file once, here or where the scheduler's workers are.

    Raises
    ------
    DataError
        A file cannot be read, or no row is usable.
    ParameterError
        An unknown CRS, a density or a scheduler that there cannot be.
    """
    if files.scheduler is None:
        found = gather_here(files, wanted, progress)
    else:
        from maps.point_cluster import gather_on_cluster

        found = gather_on_cluster(files, wanted, progress)
    if found.report.used_count == 0:
        expected = "at least one row with a place in Peru and a weight"
        if files.crs is None and found.report.fault_counts["outside Peru"]:
            expected += "; coordinates are read as degrees (WGS84), name another CRS with --crs"
        came = [part for part in (found.report.summary(), _zeros(found.report)) if part]
        raise DataError(files.name, came=", ".join(came) or "no rows", expected=expected)
    return found


def gather_here(
    files: PointFiles,
    wanted: Wanted,
    progress: Progress | None = None,
    told_by_name: bool | None = None,
) -> Gathering:
    """Read every file once on this machine; none of the rows need be usable."""
    found = wanted.empty()
    batches = read_points(files, found.report, progress=progress, told_by_name=told_by_name)
    for longitude, latitude, weight in batches:
        easting, northing = to_analysis(longitude, latitude)
        found.sums.add(easting, northing, weight)
        if found.departments is not None:
            used = weight > 0
            position = department_position(easting[used], northing[used])
            found.departments += np.bincount(position + 1, minlength=len(found.departments))
    return found


def department_position(easting: np.ndarray, northing: np.ndarray) -> np.ndarray:
    """Department whose outline holds each point, the first in the order of codes; -1 for none.

    The shipped outlines are off by up to 10 km: where a code is known, the code decides.
    """
    found = np.full(len(easting), -1)
    for position, shape in reversed(list(enumerate(_departments()[1]))):
        found[shapely.intersects_xy(shape, easting, northing)] = position
    return found


@lru_cache(maxsize=1)
def _departments() -> tuple[list[str], np.ndarray]:
    """Names of departments in the order of their codes, and their outlines in metres."""
    frame = load_departments().sort_values("department_ubigeo")
    shapes = np.array([project_geometry(shape) for shape in frame.geometry], dtype=object)
    shapely.prepare(shapes)  # answers point after point seven times sooner than a tree of them
    return frame["department"].tolist(), shapes


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
    passed = gather(files, Wanted(), progress)
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
    progress: Progress | None = None,
) -> tuple[bytes, list[str]]:
    """The density itself, which gives lone records away: for the machine that holds the records.

    Parameters, results and errors are those of :func:`protected_geotiff`, without the rule.
    ``by_department`` adds a line with the records inside each department's outline.
    """
    support = None
    if bandwidth_km is None:  # reads twice
        support = _support_of(gather(files, Wanted(), progress))
    bandwidth_m = _bandwidth_m(bandwidth_km, support)
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    passed = gather(files, Wanted(cell, bandwidth_m, kernel, by_department), progress)
    assert isinstance(passed.sums, PointSums)
    density = passed.sums.density(is_bandwidth_automatic=bandwidth_km is None)
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
    zeros = f", {_zeros(report)}" if report.zero_count else ""
    return (
        f"own points: {report.used_count:,} of {report.row_count:,} rows used{zeros}; bandwidth "
        f"{bandwidth_m / 1000:.1f} km, cells of {cell_km:.1f} km"
    )


def _by_department(counted: np.ndarray) -> str:
    outside, *counts = counted.tolist()
    pairs = zip(_departments()[0], counts, strict=True)
    found = [f"{name} {count:,}" for name, count in pairs if count]
    more = f"; {outside:,} outside every outline" if outside else ""
    return f"records by department ({RULE}): {', '.join(found) or 'none'}{more}"


def _zeros(report: PointReport) -> str:
    return f"{report.zero_count:,} of weight 0 add nothing" if report.zero_count else ""


def _notes(report: PointReport, files: PointFiles) -> list[str]:
    from maps.point_cluster import is_open_to_listeners

    notes = [report.summary()] if report.left_out_count else []
    if files.scheduler is not None and is_open_to_listeners(files.scheduler):
        notes.append(
            "the workers' sums travelled unencrypted, and lone records can be read from them: use "
            "tls:// beyond a network of your own"
        )
    return notes
