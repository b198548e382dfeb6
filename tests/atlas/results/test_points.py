"""Own points: their departments, and their sums over a cluster of which a worker dies."""

from __future__ import annotations

import os
import pickle
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from atlas.results import points
from atlas.results.points import (
    Wanted,
    department_position,
    gather,
    is_open_to_listeners,
    protected_geotiff,
    require_address,
    ungated_geotiff,
)
from data.geography import load_departments
from data.points import PointFiles
from geo.crs import to_analysis
from geo.density.grid import project_geometry
from geo.errors import DataError, GeoError
from tests.geotiffs import read_geotiff
from tests.refusing import refused

ROOT = Path(__file__).resolve().parent.parent.parent.parent
COLUMNS = {"longitude": "lon", "latitude": "lat", "weight": "w"}
SETTINGS = {"bandwidth_km": 40.0, "cell_km": 20.0}


def started(module: str, *options: str, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *options],
        cwd=ROOT,
        env={
            **os.environ,
            "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False",
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
        },
        stderr=stderr,
        text=True,
    )


@dataclass
class Cluster:
    address: str
    workers: list[subprocess.Popen[str]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A scheduler and two workers of one thread each."""
    from distributed import Client

    options = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler = started("dask_scheduler", "--port", "0", *options, stderr=subprocess.PIPE)
    programs = [scheduler]
    try:
        address = next(
            match.group(0)
            for line in scheduler.stderr
            if (match := re.search(r"tcp://127\.0\.0\.1:\d+", line))
        )
        options = ("--nthreads", "1", "--no-nanny", *options)
        workers = [started("dask_worker", address, *options) for _ in range(2)]
        programs += workers
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=300)
        yield Cluster(address, workers)
    finally:
        for program in programs:
            program.kill()
            program.wait()
        scheduler.stderr.close()


@pytest.fixture
def near() -> Iterator[str]:
    """A scheduler and a worker in this process, asked over TCP as those of others are.

    Dask's profiler stays out: it asks Python 3.11 for the frames of all threads a hundred times a
    second, and where garbage is collected just then, the interpreter waits for its own lock.
    """
    import dask
    from distributed import LocalCluster

    options = {"processes": False, "protocol": "tcp://", "dashboard_address": None}
    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),
        LocalCluster(n_workers=1, threads_per_worker=1, **options) as local,
    ):
        yield local.scheduler_address


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> PointFiles:
    """Sixteen files of both kinds around Lima and Iquitos, three rows of them with faults."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(4)
    paths = []
    for number in range(16):
        at = (-76.9, -12.0) if number % 3 else (-73.3, -3.8)
        lon, lat = rng.normal(at[0], 0.3, 500), rng.normal(at[1], 0.3, 500)
        frame = pd.DataFrame({"lon": lon, "lat": lat, "w": rng.gamma(2, 1, 500)})
        if number in (0, 7, 15):
            frame.loc[3, "w"] = -1.0
        path = folder / f"cases-{number:02}.{'csv' if number == 7 else 'parquet'}"
        frame.to_csv(path, index=False) if number == 7 else frame.to_parquet(path)
        paths.append(path)
    return PointFiles(tuple(paths), **COLUMNS)


def same_to_rounding(ours: bytes, theirs: bytes) -> None:
    """Equal to the last bits of float32."""
    a, b = read_geotiff(ours).values, read_geotiff(theirs).values
    np.testing.assert_allclose(a, b, rtol=3e-7, atol=1e-7 * np.nanmax(a))


@pytest.mark.slow  # a cluster in make test: a fault on a worker
@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_the_grid_of_one_machine(cluster, files, kernel):
    """Both kinds of sums, counts by department and the report on every row; progress ends at 1."""
    seen: list[float] = []
    single = ungated_geotiff(files, kernel=kernel, by_department=True, **SETTINGS)
    there = ungated_geotiff(
        replace(files, scheduler=cluster.address),
        kernel=kernel,
        by_department=True,
        progress=seen.append,
        **SETTINGS,
    )
    same_to_rounding(single[0], there[0])
    assert single[1] == there[1]
    assert "3 negative weight (lines cases-00.parquet:4, cases-07.csv:5, cases" in single[1][0]
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)


def test_a_fault_on_a_worker_is_that_of_one_machine(near, files, tmp_path):
    """A missing file, a column that is none, rows without use, a CRS that is none; over TCP."""
    spoilt = tmp_path / "faults.csv"
    spoilt.write_text("lon,lat,w\n-12.0,-76.9,1\n")
    files = replace(files, paths=files.paths[:2])
    for wrong in (
        replace(files, paths=(*files.paths, tmp_path / "missing.parquet")),
        replace(files, weight="cases"),
        replace(files, paths=(spoilt,)),
        replace(files, crs="EPSG:1"),
    ):
        with pytest.raises(GeoError) as raised:
            protected_geotiff(wrong, kernel="gaussian", **SETTINGS)
        with pytest.raises(type(raised.value), match=re.escape(str(raised.value))):
            protected_geotiff(replace(wrong, scheduler=near), kernel="gaussian", **SETTINGS)


@pytest.mark.slow
def test_a_worker_dies_in_mid_run(cluster, files):
    """Killed while it holds results that nobody has fetched: they are gathered anew, once each."""
    from distributed import Client

    killed: list[subprocess.Popen[str]] = []
    with Client(cluster.address, set_as_default=False) as watch:

        def kill_one(share: float) -> None:
            if killed:
                return
            assert share < 1
            until = time.monotonic() + 30
            while not (holding := [a for a, keys in watch.has_what().items() if keys]):
                assert time.monotonic() < until, "no worker holds a result"
                time.sleep(0.01)
            pid = watch.run(os.getpid, workers=holding[:1])[holding[0]]
            os.kill(pid, signal.SIGKILL)
            killed.extend(worker for worker in cluster.workers if worker.pid == pid)

        there = ungated_geotiff(
            replace(files, scheduler=cluster.address),
            kernel="gaussian",
            by_department=True,
            progress=kill_one,
            **SETTINGS,
        )
        assert killed[0].wait(30) == -signal.SIGKILL
        assert len(watch.nthreads()) == 1
    single = ungated_geotiff(files, kernel="gaussian", by_department=True, **SETTINGS)
    same_to_rounding(single[0], there[0])
    assert single[1] == there[1]


def test_addresses_that_are_some():
    """Names, both kinds of numbers, both schemes; only an open line beyond loopback is told."""
    for address in ("tcp://a-b.example:1", "tls://10.0.0.5:65535", "tcp://[2001:db8::1]:8786"):
        assert ":".join(require_address(address)) in address.replace("//", "")
    for near in ("tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1", "tls://far:1"):
        assert not is_open_to_listeners(near)
    assert is_open_to_listeners("tcp://10.0.0.5:8786")
    assert is_open_to_listeners("tcp://127.example.org:8786")


class Web(socketserver.BaseRequestHandler):
    """A server that is no scheduler."""

    def handle(self) -> None:
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_without_dask_or_a_scheduler(files, monkeypatch):
    """What to install, what to start, which settings to give."""
    monkeypatch.setattr(points, "CONNECT_S", 1)
    with refused(r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        gather(replace(files, scheduler="tcp://127.0.0.1:9"), Wanted(), None)
    with refused("needs certificates"):
        gather(replace(files, scheduler="tls://127.0.0.1:9"), Wanted(), None)
    with socketserver.TCPServer(("127.0.0.1", 0), Web) as web:  # Dask's own page, for one
        threading.Thread(target=web.serve_forever, daemon=True).start()
        port = web.server_address[1]
        with refused("no Dask scheduler answers"):
            gather(replace(files, scheduler=f"tcp://127.0.0.1:{port}"), Wanted(), None)
        web.shutdown()
    monkeypatch.setitem(sys.modules, "distributed", None)
    with refused(r"optional. Install it with pip install .* requirements-dev"):
        gather(replace(files, scheduler="tcp://127.0.0.1:9"), Wanted(), None)


def test_errors_and_sums_survive_the_wire(files):
    """An error stays one, with its parts; sums keep what is merged and leave the rest behind."""
    error = pickle.loads(pickle.dumps(DataError("a.csv", came="b", expected="c", row=3)))
    assert (str(error), error.row) == ("a.csv, line 3: found b; expected c", 3)
    totals = gather(replace(files, paths=files.paths[:2]), Wanted(20.0, 40_000.0), None)
    sent = pickle.dumps(totals)
    assert len(sent) < 1.2 * totals.sums.weights.nbytes
    double = gather(replace(files, paths=files.paths[:2]), Wanted(20.0, 40_000.0), None)
    double.merge(pickle.loads(sent))
    np.testing.assert_allclose(double.sums.weights, 2 * totals.sums.weights)
    assert double.report.row_count == 2 * totals.report.row_count


def test_agrees_with_a_join():
    """Second way: a tree of the outlines, of several that hold a point the first."""
    frame = load_departments().sort_values("department_ubigeo")
    rng = np.random.default_rng(5)
    x, y = to_analysis(rng.uniform(-81.4, -68.6, 2_000), rng.uniform(-18.4, 0, 2_000))
    tree = shapely.STRtree([project_geometry(shape) for shape in frame.geometry])
    joined = np.full(2_000, len(frame))
    np.minimum.at(joined, *tree.query(shapely.points(x, y), predicate="intersects"))
    positions = department_position(x, y)
    assert np.where(positions < 0, len(frame), positions).tolist() == joined.tolist()
    assert (positions == -1).any()


def test_a_shared_border_belongs_to_the_first(monkeypatch):
    """A point on the border of two regions, at the corner of both, and one outside."""
    boxes = np.array([shapely.box(0, 0, 5, 5), shapely.box(5, 0, 9, 5)])
    monkeypatch.setattr(points, "_departments", lambda: (["one", "two"], boxes))
    positions = department_position(np.array([5.0, 5.0, 5.1, 9.1]), np.array([2.0, 5.0, 2.0, 2.0]))
    assert positions.tolist() == [0, 0, 1, -1]
