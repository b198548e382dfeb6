"""Density of an organisation's points, in one pass over its files, here or on a cluster."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from atlas.results.density import grid_for
from atlas.words import Words, error_text, words
from data.cache import cached
from data.geography import load_departments
from data.points import PointFiles, PointReport, read_points
from geo.crs import to_analysis
from geo.density.engine import PointSums, automatic_bandwidth
from geo.density.grid import project_geometry
from geo.density.rasters import geotiff_bytes
from geo.errors import DataError, GeoError, ParameterError
from geo.privacy.support import Support, class_geotiff_bytes, protected_density

UNGATED = "ungated, for local use only"
Progress = Callable[[float], None]
"""Told the share of a pass that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Options of a pass over points, besides its report."""

    cell_km: float | None = None
    """side of a cell of the density, km; None gathers the support of protected classes."""
    bandwidth_m: float = 0.0
    kernel: str = "gaussian"
    by_department: bool = False

    def empty(self) -> PointSummary:
        """Return a gathering of no point."""
        sums: PointSums | Support = Support()
        if self.cell_km is not None:
            sums = PointSums(grid_for(self.cell_km), self.bandwidth_m, self.kernel)
        departments = None
        if self.by_department:
            departments = np.zeros(len(_departments()[0]) + 1, dtype=np.int64)
        return PointSummary(PointReport(), sums, departments)


@dataclass(slots=True)
class PointSummary:
    """Results of a pass over points."""

    report: PointReport
    sums: PointSums | Support
    departments: np.ndarray | None
    """shape (departments + 1,): records outside every outline, then by department."""

    def merge(self, other: PointSummary) -> None:
        """Add the gathering of the points after these."""
        self.report.merge(other.report)
        self.sums.merge(other.sums)  # pyrefly: ignore[bad-argument-type]
        if self.departments is not None and other.departments is not None:
            self.departments += other.departments


def gather(files: PointFiles, wanted: Wanted, progress: Progress | None = None) -> PointSummary:
    """Read every file once, on this machine or on the workers of a scheduler."""
    gather_where = gather_here if files.scheduler is None else gather_on_cluster
    gathered = gather_where(files, wanted, progress)
    report = gathered.report
    if report.used_count == 0:
        left_out, zeros = report.left_out(), _zeros(report)
        came = ", ".join(
            name for name, part in (("{left_out}", left_out), ("{zeros}", zeros)) if part
        )
        raise DataError(
            files.name,
            came=came or "no rows",
            expected="at least one row with a place in Peru and a weight. Coordinates are read "
            "as degrees (WGS84). Name another CRS with --crs"
            if files.crs is None and report.fault_counts["outside Peru"]
            else "at least one row with a place in Peru and a weight",
            left_out=left_out,
            zeros=zeros,
        )
    return gathered


def gather_here(
    files: PointFiles,
    wanted: Wanted,
    progress: Progress | None = None,
    told_by_name: bool | None = None,
) -> PointSummary:
    """Read every file once on this machine; no row need be usable."""
    gathered = wanted.empty()
    batches = read_points(files, gathered.report, progress=progress, told_by_name=told_by_name)
    for longitude, latitude, weight in batches:
        easting, northing = to_analysis(longitude, latitude)
        gathered.sums.add(easting, northing, weight)
        if gathered.departments is not None:
            used = weight > 0
            position = department_position(easting[used], northing[used])
            gathered.departments += np.bincount(position + 1, minlength=len(gathered.departments))
    return gathered


def department_position(easting: np.ndarray, northing: np.ndarray) -> np.ndarray:
    """Return the first department that holds each point, by code; -1 for none.

    The outlines are off by up to half a kilometre: where a code is known, the code decides.
    """
    positions = np.full(len(easting), -1)
    for position, shape in reversed(list(enumerate(_departments()[1]))):
        positions[shapely.intersects_xy(shape, easting, northing)] = position
    return positions


@cached
def _departments() -> tuple[list[str], np.ndarray]:
    """Return names of departments by code, and their outlines in metres."""
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
    lang: str = "en",
) -> tuple[bytes, list[str]]:
    """Return five classes of the pixels with enough support, as a GeoTIFF."""
    say, passed = words(lang), gather(files, Wanted(), progress)
    report, support = passed.report, passed.sums
    assert isinstance(support, Support)
    bandwidth_m = (
        automatic_bandwidth(*support.points()) if bandwidth_km is None else bandwidth_km * 1000
    )
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    protected = protected_density(
        support,
        grid=grid_for(cell),
        bandwidth_m=bandwidth_m,
        kernel=kernel,  # pyrefly: ignore[bad-argument-type]
    )
    note = say(
        "command.points.classes",
        settings=_settings(report, bandwidth_m, cell, say),
        pixels=f"{(protected.classes > 0).sum():,}",
        left_out=f"{protected.left_out_count:,}",
    )
    return class_geotiff_bytes(protected), [*_notes(report, files, say), note]


def ungated_geotiff(
    files: PointFiles,
    *,
    bandwidth_km: float | None,
    cell_km: float | None,
    kernel: str,
    by_department: bool = False,
    progress: Progress | None = None,
    lang: str = "en",
) -> tuple[bytes, list[str]]:
    """Return the ungated density, which reveals single records: for local use only.

    ``by_department`` adds a line with the records inside each department's outline.
    """
    say = words(lang)
    if bandwidth_km is None:  # reads twice
        support = gather(files, Wanted(), progress).sums
        assert isinstance(support, Support)
        bandwidth_m = automatic_bandwidth(*support.points())
    else:
        bandwidth_m = bandwidth_km * 1000
    cell = bandwidth_m / 2000 if cell_km is None else cell_km
    passed = gather(files, Wanted(cell, bandwidth_m, kernel, by_department), progress)
    assert isinstance(passed.sums, PointSums)
    density = passed.sums.density(is_bandwidth_automatic=bandwidth_km is None)
    report, counted = passed.report, passed.departments
    cases = f"{density.total:,.3f}".rstrip("0").rstrip(".")  # never 1e+07
    note = say(
        "command.points.ungated",
        settings=_settings(report, bandwidth_m, cell, say),
        cases=cases,
        count=f"{density.snapped_count:,}",
        far=f"{density.snapped_max_distance_m / 1000:.1f}",
    )
    tags = {"TIER": "T2", "DISCLOSURE": UNGATED}
    departments = [] if counted is None else [_by_department(counted, say)]
    notes = [*_notes(report, files, say), note, *departments, say("command.points.warning")]
    return geotiff_bytes(density, tags), notes


def _settings(report: PointReport, bandwidth_m: float, cell_km: float, say: Words) -> str:
    zeros = say("command.points.zeros", count=f"{report.zero_count:,}")
    return say(
        "command.points.settings",
        used=f"{report.used_count:,}",
        rows=f"{report.row_count:,}",
        zeros=f", {zeros}" if report.zero_count else "",
        bandwidth=f"{bandwidth_m / 1000:.1f}",
        cell=f"{cell_km:.1f}",
    )


def _by_department(counted: np.ndarray, say: Words) -> str:
    outside, *counts = counted.tolist()
    pairs = zip(_departments()[0], counts, strict=True)
    texts = [f"{name} {count:,}" for name, count in pairs if count]
    names = ", ".join(texts) or say("command.points.none")
    more = say("command.points.outside", count=f"{outside:,}") if outside else ""
    return say("command.points.by_department", names=names) + more


def _zeros(report: PointReport) -> GeoError | None:
    if not report.zero_count:
        return None
    return GeoError("{count:,} of weight 0 add nothing", count=report.zero_count)


def _notes(report: PointReport, files: PointFiles, say: Words) -> list[str]:
    left_out = report.left_out()
    notes = [error_text(left_out, say)] if left_out else []
    if files.scheduler is not None and is_open_to_listeners(files.scheduler):
        notes.append(say("command.points.unencrypted"))
    return notes


ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
CONNECT_S = 10
POLL_S = 5
LOST_POLLS = 12
"""Polls without any worker after which the pass is given up: a minute."""
START = "python -m distributed.cli.dask_worker ADDRESS, started in the atlas's folder"


def require_address(address: str) -> tuple[str, str]:
    """Return scheme and host of an address tcp://HOST:PORT or tls://HOST:PORT."""
    match = ADDRESS.fullmatch(address)
    if match is None or not 0 < int(match[3]) < 1 << 16:
        raise ParameterError(
            "--scheduler is {address!r}. Give tcp://HOST:PORT or tls://HOST:PORT, the address "
            "that the Dask scheduler prints when it starts",
            address=address,
        )
    return match[1], match[2]


def is_open_to_listeners(address: str) -> bool:
    """Whether sums travel unencrypted beyond this machine."""
    scheme, host = require_address(address)
    near = host in ("localhost", "[::1]") or re.fullmatch(r"127(\.\d+){3}", host)
    return scheme == "tcp" and not near


def gather_on_cluster(
    files: PointFiles, wanted: Wanted, progress: Progress | None = None
) -> PointSummary:
    """Read the files on the workers of a scheduler and merge the results in their order."""
    address = files.scheduler or ""
    require_address(address)
    gathered, expected = wanted.empty(), _digest(wanted)
    paths = [path.resolve() for path in files.paths]
    with _connected(address) as client:
        if not client.nthreads():
            raise ParameterError(
                "the scheduler at {address} has no workers. Start some: {start}",
                address=address,
                start=GeoError(START),
            )
        running = [
            client.submit(
                _task,
                replace(files, paths=(path,), scheduler=None),
                wanted,
                len(paths) > 1,
                expected,
                pure=False,
            )
            for path in paths
        ]
        for done in range(1, len(paths) + 1):
            # popped, so that its memory on the worker is freed
            gathered.merge(_result(client, running.pop(0)))
            if progress is not None:
                progress(done / len(paths))
    return gathered


def _task(files: PointFiles, wanted: Wanted, told_by_name: bool, expected: str) -> PointSummary:
    if _digest(wanted) != expected:
        raise ParameterError(
            "a worker has other outlines or another release than this machine. Update both alike"
        )
    return gather_here(files, wanted, told_by_name=told_by_name)


def _digest(wanted: Wanted) -> str:
    if wanted.cell_km is None:
        return ""
    grid = grid_for(wanted.cell_km)
    frame = repr((grid.west_m, grid.north_m, grid.cell_size_m, grid.mask.shape)).encode()
    return hashlib.sha256(frame + grid.mask.tobytes()).hexdigest()


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ImportError:
        raise ParameterError(
            "{option} needs {package}, which is optional. Install it with pip install "
            "--require-hashes -r requirements-dev.lock",
            option="--scheduler",
            package="Dask",
        ) from None
    # errors are reported below, in one line
    logging.getLogger("distributed").setLevel(logging.CRITICAL)

    class Client(distributed.Client):
        """It is closed below: what never connected would wait at its end, and print why."""

        def __del__(self) -> None:
            pass

    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    # TimeoutError among the first; a web server's answer is read as the length of an endless
    # message; the others where tls:// has no certificates
    except (OSError, MemoryError, TypeError, ValueError, RuntimeError):
        raise ParameterError(
            "no Dask scheduler answers at {address}. Start one, or correct --scheduler. With "
            "tls:// it needs certificates in Dask's own settings (distributed.comm.tls.ca-file "
            "and client.cert)",
            address=address,
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=CONNECT_S)


def _result(client: Any, future: Any) -> PointSummary:
    lost = 0
    try:
        while lost < LOST_POLLS:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                lost = 0 if client.nthreads() else lost + 1
    except GeoError:
        raise
    except Exception as error:  # Dask has kinds of its own for a broken connection
        kind = type(error).__name__
        raise GeoError(
            "the cluster was lost on the way ({kind}). Each worker needs the atlas's folder with "
            "its packages, and memory for a whole file. Start again",
            kind=kind,
        ) from None
    raise GeoError(
        "the scheduler has lost all its workers. Begin again with some: {start}",
        start=GeoError(START),
    )
