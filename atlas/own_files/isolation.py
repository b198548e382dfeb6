"""Sends an upload to a child process without network and receives checked records."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from atlas.own_files.child import LIMITS
from atlas.own_files.report import Report, report_from
from atlas.settings import SettingError
from data.readers.gdal_drivers import GDAL_SETTINGS
from data.readers.limits import (
    CHILDREN,
    QUEUE_SECONDS,
    UPLOAD_BYTES,
    WALL_SECONDS,
    profile_of,
)
from geo.errors import UserError

_TURNS = BoundedSemaphore(CHILDREN)
_ROOT = Path(__file__).resolve().parent.parent.parent
_LOG = logging.getLogger(__name__)
_ENDS = {
    **dict.fromkeys((-24, 1816), "records.refusal.reader_time"),
    # no memory: the system killed it, a library gave up, or a thread could not start
    **dict.fromkeys((-9, -6, 127), "records.refusal.reader_memory"),
}
"""What a child ran out of, by how it ended: SIGXCPU, the quota of Windows; SIGKILL, SIGABRT."""
UNSHARED = "a network namespace of its own, without any interface"
BLOCKED = "no namespace on this system: sockets are blocked inside the process, no proxies"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The used rows of an organisation's file, and the report on all of them."""

    rows: list[dict[str, Any]] = field(repr=False)
    """as :mod:`atlas.own_files.checking` or :mod:`atlas.own_files.planning` leave them."""
    report: Report = field(repr=False)


def check_file(
    content: bytes,
    task: str = "records",
    *,
    largest: int = UPLOAD_BYTES,
    mapping: Mapping[str, Any] | None = None,
) -> CheckedFile:
    """Read and judge records, or a list for planning (one of its TASKS), of so many bytes at most.

    The file goes through a pipe and touches no disk. A UserError says why it is not taken.
    ``mapping`` is a confirmed reading of records (:func:`atlas.own_files.reading.read_mapping`).
    """
    answer = run_in_subprocess(content, task, largest=largest, mapping=mapping)
    report = report_from(answer["report"])
    report.isolation = UNSHARED if _unshare() else BLOCKED
    return CheckedFile(answer["rows"], report)


def run_in_subprocess(
    content: bytes,
    task: str,
    *,
    largest: int = UPLOAD_BYTES,
    mapping: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a task with a file in a child process.

    Tasks: "records", a list, "distances" from zones, a saved "plan", the "layer" of an official
    file or of a network's lines. A UserError says that the file is refused. One with ``reader_`` in
    its key says nothing of the file: the child failed, or ran out of memory or time (its own, or
    the clock's on a busy machine).
    """
    if len(content) > largest:
        raise UserError("records.refusal.too_large", limit=f"{largest >> 20} MB")
    if not content:
        raise UserError("records.refusal.empty")
    profile = profile_of(task)
    if not _TURNS.acquire(timeout=QUEUE_SECONDS):
        raise UserError("records.refusal.queue")
    try:
        code, text = _run(json.dumps([task, mapping or {}]).encode() + b"\n" + content)
    except subprocess.TimeoutExpired:
        raise _stopped(
            task, "records.refusal.reader_wait", "no answer", f"{WALL_SECONDS:.0f}"
        ) from None
    except OSError as error:
        raise _stopped(task, "records.refusal.reader_failed", type(error).__name__) from None
    finally:
        _TURNS.release()
    if code:
        fault, seconds = _ENDS.get(code, "records.refusal.reader_failed"), f"{profile.cpu_seconds}"
        raise _stopped(task, fault, f"ended by {code}", seconds)
    try:
        answer = json.loads(text if len(text) <= profile.answer_bytes else b"")
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _stopped(task, "records.refusal.reader_failed", f"an answer of {len(text)} bytes")
    if "fault" in answer:
        raise _stopped(task, answer["refusal"], answer["fault"])
    if "refusal" in answer:
        raise UserError(answer["refusal"], **answer["values"])
    return answer


def require_limits() -> None:
    """Refuse own files if their child cannot be limited; warn on Windows, which is untried."""
    sys.stderr.write(
        "ATLAS_TIER=ngo on Windows: the process that reads own files has limits of memory and time "
        "and no sockets, but this has not been tried on Windows (docs/records.md).\n"
    )
    try:
        run_in_subprocess(b"?", LIMITS)
    except UserError:
        raise SettingError(
            "ATLAS_TIER=ngo does not start: no limit of memory and time can be set for the process "
            "that reads own files. Start it on Linux or macOS, or use ATLAS_TIER=analyst."
        ) from None


_READY: list[subprocess.Popen[bytes]] = []
"""the child that waits for the next file, where there is one"""


def make_ready() -> None:
    """Start a child that waits for the next file; loading takes longer than reading a list."""
    if not any(child.poll() is None for child in _READY):
        _READY[:] = [_started("wait")]


def _started(*options: str) -> subprocess.Popen[bytes]:
    # nothing of the server's environment: no proxies, no secrets; GDAL's drivers before it exists
    environment = {
        **GDAL_SETTINGS,
        "PATH": os.defpath,
        **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},  # of Windows
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ATLAS_RECORDS_NETWORK": "unshared" if _unshare() else "blocked",
    }
    return subprocess.Popen(
        [*_unshare(), sys.executable, "-s", "-m", "atlas.own_files.child", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=environment,
    )


def _run(sent: bytes) -> tuple[int, bytes]:
    """Run a child on a line and the bytes of a file; return its exit code and output."""
    try:
        ready = _READY.pop()
    except IndexError:
        ready = _started()
    with ready if ready.poll() is None else _started() as child:
        try:
            text, _ = child.communicate(sent, WALL_SECONDS)
        except BaseException:  # out of time, or a page that was left
            child.kill()
            raise
    return child.returncode, text


def _stopped(task: str, key: str, fault: str, limit: str = "") -> UserError:
    """Log why the reader failed and return a refusal that says nothing of the file."""
    _LOG.warning("reader of %s: %s (%s)", task, key.rpartition(".")[2], fault)
    return UserError(key, limit=limit)


@lru_cache(maxsize=1)
def _unshare() -> tuple[str, ...]:
    """Return the command that runs another one without a network; empty if forbidden."""
    program = shutil.which("unshare")
    if program is None:
        return ()
    command = (program, "--user", "--map-root-user", "--net")
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return (*command, "--") if tried.returncode == 0 else ()
