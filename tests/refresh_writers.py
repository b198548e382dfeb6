"""Writes a set of refreshed figures again and again, each time in a fork that may be killed.

    python -m tests.refresh_writers

One process reads the program once and forks for every writer, so a writer costs little. Each line
of stdin asks for one, as JSON: ``folder`` (its ATLAS_DATA), ``step`` (the touch of that folder
before which it is killed with kill -9) and ``limit`` (bytes that a file may have, or null). Each
line of stdout says how it ended: ``code`` and the ``fault`` that stopped it.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.catalogue import ROOT, read_resource
from data.refresh import store
from tests.refreshed_years import write_figures

WRITTEN = ("services", "departments")
"""the set of tables"""
_RENAMES = ("os.rename", "os.remove", "os.rmdir", "shutil.rmtree")


def replacement(name: str, title: str = "new", **values: Any) -> store.Replacement:
    """A shipped file as somebody else's, with a title and what else its card is to say."""
    source = store.Source("a", Path(), "0" * 64, 1, "2024-01-01")
    card = source.card(rows_read=1, rows_used=1, **values)
    return store.Replacement(read_resource(name, ROOT).content, card, {"title": title})


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own in a new folder, for root alone; tests of others are skipped."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        import pytest

        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def killer(
    folder: str, left: int, tables: Collection[str]
) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that ends this process with kill -9 after so many touches of a folder (open,
    rename, remove ...), of the tables in it only these: the others are written alike."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        names = [os.fsdecode(name) for name in arguments if isinstance(name, (str, bytes))]
        if any("/tables/" in name and Path(name).stem not in tables for name in names):
            return
        if any(name.startswith(folder) for name in names) or event in _RENAMES:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), 9)

    return watch


class Writers:
    """The process that forks them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def write(self, folder: Path, step: int = 10_000, limit: int | None = None) -> dict[str, Any]:
        """Let one write the set into a folder: its exit code (-9 = killed) and its fault."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"folder": str(folder), "step": step, "limit": limit}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def writers() -> Iterator[Writers]:
    """Start the process; it ends with the block."""
    command = [sys.executable, "-m", "tests.refresh_writers"]
    with subprocess.Popen(
        command, cwd=ROOT.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Writers(process)


def main() -> None:
    """Answer each line of stdin."""
    new = {name: replacement(name) for name in WRITTEN}
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _write(new, writing, **asked)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading, encoding="utf-8") as said:
            answer = {"code": os.waitstatus_to_exitcode(status), "fault": said.read()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _write(
    new: dict[str, store.Replacement], said: int, folder: str, step: int, limit: int | None
) -> None:
    os.environ["ATLAS_DATA"] = folder
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sys.addaudithook(killer(folder, step, WRITTEN))
    try:
        write_figures(new)
    except BaseException as error:
        os.write(said, str(error).encode())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
