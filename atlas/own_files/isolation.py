"""Hands an upload to a child without network and takes back checked records."""

from __future__ import annotations

import json
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

from atlas.own_files.report import Report, report_from
from data.readers.gdal_drivers import GDAL_SETTINGS
from data.readers.limits import ANSWER_BYTES, CHILDREN, QUEUE_SECONDS, UPLOAD_BYTES, WALL_SECONDS
from data.readers.refusal import Refusal

_TURNS = BoundedSemaphore(CHILDREN)
_ROOT = Path(__file__).resolve().parent.parent.parent
UNSHARED = "a network namespace of its own, without any interface"
BLOCKED = "no namespace on this system: sockets are blocked inside the process, no proxies"


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of an organisation's file, in memory only, and what happened to each of the file."""

    rows: list[dict[str, Any]] = field(repr=False)
    """as :mod:`atlas.own_files.checking` or :mod:`atlas.own_files.planning` leave them."""
    report: Report = field(repr=False)


def check_file(
    content: bytes,
    task: str = "records",
    *,
    largest: int = UPLOAD_BYTES,
    mapping: Mapping[str, Any] | None = None,
) -> Checked:
    """Read and judge records, or a list for planning (one of its TASKS), of so many bytes at most.

    The file goes through a pipe and touches no disk. A Refusal says why it is not taken.
    ``mapping`` is a confirmed reading of records (:func:`atlas.own_files.reading.read_mapping`).
    """
    answer = ask_child(content, task, largest=largest, mapping=mapping)
    report = report_from(answer["report"])
    report.isolation = UNSHARED if _unshare() else BLOCKED
    return Checked(answer["rows"], report)


def ask_child(
    content: bytes,
    task: str,
    *,
    largest: int = UPLOAD_BYTES,
    mapping: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Let a child do a task with a file: "records", a list, "distances" from zones, a saved "plan";
    a Refusal says that the file is not taken, or that the child was stopped."""
    if len(content) > largest:
        raise Refusal("too_large", limit=f"{largest >> 20} MB")
    if not content:
        raise Refusal("empty")
    # nothing of the server's environment: no proxies, no secrets; GDAL's drivers before it exists
    environment = {
        **GDAL_SETTINGS,
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ATLAS_RECORDS_NETWORK": "unshared" if _unshare() else "blocked",
    }
    slow = "zones_heavy" if task in ("zones", "distances") else "too_slow"
    if not _TURNS.acquire(timeout=QUEUE_SECONDS):
        raise Refusal("queue")
    try:
        done = subprocess.run(
            [*_unshare(), sys.executable, "-s", "-m", "atlas.own_files.child", task],
            input=json.dumps(mapping or {}).encode() + b"\n" + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=environment,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refusal(slow) from None
    finally:
        _TURNS.release()
    if done.returncode != 0 or not 0 < len(done.stdout) <= ANSWER_BYTES:
        # ended by a signal, or by the C library (127), which found no memory for a thread's data
        is_stopped = done.returncode < 0 or done.returncode == 127
        raise Refusal(slow if is_stopped else "unreadable")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Refusal("unreadable") from None
    if "refusal" in answer:
        raise Refusal(**answer["refusal"])
    return answer


@lru_cache(maxsize=1)
def _unshare() -> tuple[str, ...]:
    """Command that runs another one in an empty network; empty where the system forbids it."""
    program = shutil.which("unshare")
    if program is None:
        return ()
    command = (program, "--user", "--map-root-user", "--net")
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return (*command, "--") if tried.returncode == 0 else ()
