"""Hands an upload to a child without network and takes back checked records."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from records.gdal_drivers import GDAL_SETTINGS
from records.limits import ANSWER_BYTES, CHILDREN, QUEUE_SECONDS, UPLOAD_BYTES, WALL_SECONDS
from records.refusal import Refusal
from records.report import Report, report_from

_TURNS = BoundedSemaphore(CHILDREN)
_ROOT = Path(__file__).resolve().parent.parent
UNSHARED = "a network namespace of its own, without any interface"
BLOCKED = "no namespace on this system: sockets are blocked inside the process, no proxies"


@dataclass(frozen=True, slots=True)
class Checked:
    """Records of an organisation, in memory only, and what happened to each row."""

    records: list[dict[str, Any]] = field(repr=False)
    """rows with the columns :data:`records.checking.KEPT`."""
    report: Report = field(repr=False)

    @property
    def is_invented(self) -> bool:
        """Whether any row is made up: then everything drawn from them is marked so."""
        return any(record["invented"] for record in self.records)


def check_records(content: bytes) -> Checked:
    """Read and judge a file of records.

    Parameters
    ----------
    content : bytes
        The file; it goes through a pipe and touches no disk.

    Returns
    -------
    Checked

    Raises
    ------
    Refusal
        The file is not taken.
    """
    plain = ask_child(content, "records")
    report = report_from(plain["report"])
    report.isolation = UNSHARED if _unshare() else BLOCKED
    return Checked(plain["records"], report)


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A list for planning, in memory only."""

    rows: list[dict[str, Any]] = field(repr=False)
    """as :func:`records.planning.read_planning` tells them."""
    report: Report = field(repr=False)


def check_list(content: bytes, task: str, *, largest: int = UPLOAD_BYTES) -> CheckedList:
    """Read and judge a list for planning.

    Parameters
    ----------
    content : bytes
    task : {"candidates", "services", "points", "travel_times", "zones"}
    largest : int
        Bytes that are taken.

    Raises
    ------
    Refusal
        The file is not taken.
    """
    plain = ask_child(content, task, largest=largest)
    report = report_from(plain["report"])
    report.isolation = UNSHARED if _unshare() else BLOCKED
    return CheckedList(plain["rows"], report)


def ask_child(content: bytes, task: str, *, largest: int = UPLOAD_BYTES) -> dict[str, Any]:
    """Let a child read a file.

    Parameters
    ----------
    content : bytes
    task : str
        "records", a list of :mod:`records.planning`, or "distances" of :mod:`records.zones`.
    largest : int
        Bytes that are taken.

    Returns
    -------
    dict
        The child's answer.

    Raises
    ------
    Refusal
        The file is not taken, or the child was stopped.
    """
    if len(content) > largest:
        raise Refusal("too_large", limit=f"{largest >> 20} MB")
    if not content:
        raise Refusal("empty")
    command = [*_unshare(), sys.executable, "-s", "-m", "records.child", task]
    # nothing of the server's environment: no proxies, no secrets; GDAL's drivers before it exists
    environment = {
        **GDAL_SETTINGS,
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PROJ_NETWORK": "OFF",
        "ATLAS_RECORDS_NETWORK": "unshared" if _unshare() else "blocked",
    }
    slow = "zones_heavy" if task in ("zones", "distances") else "too_slow"
    if not _TURNS.acquire(timeout=QUEUE_SECONDS):
        raise Refusal("queue")
    try:
        done = subprocess.run(
            command,
            input=content,
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
        raise Refusal(slow if done.returncode < 0 else "unreadable")
    try:
        plain = json.loads(done.stdout)
    except ValueError:
        raise Refusal("unreadable") from None
    if "refusal" in plain:
        told = plain["refusal"]
        raise Refusal(told["code"], column=told["column"], line=told["line"], limit=told["limit"])
    return plain


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
