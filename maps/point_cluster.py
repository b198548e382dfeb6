"""A pass over own points as a Dask graph: a task reads one file, what tasks gather adds up.

Dask is optional (requirements-cluster.lock). The workers read the files themselves, so these must
lie where every worker finds them under the same path, and every worker must run this release. A
worker that dies loses what it had gathered; its files are read again by another.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from data.points import PointFiles
from geo.errors import GeoError, ParameterError
from maps.density import grid_for
from maps.own_points import Gathering, Progress, Wanted, gather_here

ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
CONNECT_S = 10
POLL_S = 5
LOST_POLLS = 12
"""Polls without any worker after which the pass is given up: a minute."""
START = "python -m distributed.cli.dask_worker ADDRESS, started in the atlas's folder"


def require_address(address: str) -> tuple[str, str]:
    """Scheme and host of an address tcp://HOST:PORT or tls://HOST:PORT.

    Raises
    ------
    ParameterError
        Any other address: Dask knows more kinds, some of which open what they name.

    Examples
    --------
    >>> require_address("tls://10.0.0.5:8786")
    ('tls', '10.0.0.5')
    """
    found = ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found.group(3)) < 1 << 16:
        raise ParameterError(
            f"--scheduler is {address!r}: give tcp://HOST:PORT or tls://HOST:PORT, the address "
            "that the Dask scheduler prints when it starts"
        )
    return found.group(1), found.group(2)


def is_open_to_listeners(address: str) -> bool:
    """Whether sums travel unencrypted beyond this machine.

    Examples
    --------
    >>> [is_open_to_listeners(f"{a}:1") for a in ("tcp://127.0.0.1", "tls://far", "tcp://far")]
    [False, False, True]
    """
    scheme, host = require_address(address)
    near = host in ("localhost", "[::1]") or re.fullmatch(r"127(\.\d+){3}", host)
    return scheme == "tcp" and not near


def gather_on_cluster(
    files: PointFiles, wanted: Wanted, progress: Progress | None = None
) -> Gathering:
    """Gather the files on the workers of a scheduler and merge what comes back, in their order.

    Raises
    ------
    ParameterError
        Dask is not installed, the address is none, nobody answers there, there is no worker, or a
        worker runs another release.
    DataError
        A worker cannot read a file.
    GeoError
        The cluster was lost on the way.
    """
    address = files.scheduler or ""
    require_address(address)
    found, expected = wanted.empty(), _digest(wanted)
    paths = [path.resolve() for path in files.paths]
    with _connected(address) as client:
        if not client.nthreads():
            raise ParameterError(f"the scheduler at {address} has no workers; start some: {START}")
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
            found.merge(_result(client, running.pop(0)))  # its memory on the worker is freed here
            if progress is not None:
                progress(done / len(paths))
    return found


def _task(files: PointFiles, wanted: Wanted, told_by_name: bool, expected: str) -> Gathering:
    if _digest(wanted) != expected:
        raise ParameterError(
            "a worker has other outlines or another release than this machine: update both alike"
        )
    return gather_here(files, wanted, told_by_name=told_by_name)


def _digest(wanted: Wanted) -> str:
    """Whether two machines mean the same cells."""
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
            "--scheduler needs Dask, which is optional: "
            "pip install --require-hashes -r requirements-cluster.lock"
        ) from None
    # what goes wrong is told in one line of ours
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError):
        raise ParameterError(
            f"no Dask scheduler answers at {address}: start one, or correct --scheduler"
        ) from None
    except (TypeError, ValueError, RuntimeError):
        raise ParameterError(
            f"{address} needs certificates: name them in Dask's own settings "
            "(distributed.comm.tls.ca-file and client.cert)"
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=CONNECT_S)


def _result(client: Any, future: Any) -> Gathering:
    from distributed.scheduler import KilledWorker

    lost = 0
    try:
        while lost < LOST_POLLS:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                lost = 0 if client.nthreads() else lost + 1
    except GeoError:
        raise
    except ImportError as error:
        raise ParameterError(
            f"a worker cannot import {error.name}: install the atlas there and use {START}"
        ) from None
    except KilledWorker:
        raise GeoError(
            "the same file ended worker after worker, most likely for want of memory; give the "
            "workers more, or split the file"
        ) from None
    except Exception as error:  # Dask has kinds of its own for a broken connection
        kind = type(error).__name__
        raise GeoError(f"the cluster was lost on the way ({kind}); start again") from None
    raise GeoError(f"the scheduler has lost all its workers; begin again with some: {START}")
