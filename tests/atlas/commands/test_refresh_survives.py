"""refresh complaints under kill -9, on a full disk, in a closed folder: old or new, never half."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.catalogue import ROOT, load_table
from data.refresh import folder as places
from data.refresh import store
from data.refresh.folder import CURRENT, EDITIONS, forget
from data.refreshed import unused_figures
from tests import published
from tests.mpfn_files import mpfn_rows, mpfn_text, shipped_counts

Run = Callable[..., tuple[int, str, str]]
HERE = ROOT.parent
OLD, NEW = 1_076, 1_110
"""Reports of 2024 as refreshed first, and as corrected by the second file."""
ALL_OFFENCES = published.ALL_OFFENCES["2023"]
"""All offences of 2024 as refreshed first."""


def _file(folder: Path, name: str, *, more: int = 0, year: int = 2024) -> Path:
    """A file whose districts have the reports of 2023, and one more in each of the first few;
    all offences of the country grow by as many."""
    counts = {
        key: count + (place < more)
        for place, (key, count) in enumerate(sorted(shipped_counts("2023").items()))
    }
    rows = mpfn_rows(year, counts)
    other = next(row for row in rows if row["articulo"] == "130")
    other["cantidad"] = str(int(other["cantidad"]) + more)
    path = folder / name
    path.write_text(mpfn_text(rows), encoding="utf-8-sig")
    return path


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of the whole catalogue, seconds long, which has tests of its own."""
    monkeypatch.setattr(store, "refuse_faults", lambda *_: None)


@pytest.fixture
def refreshed(figures: Path, run: Run, unchecked: None, tmp_path: Path) -> Path:
    """The folder after a first refresh of 2024; what follows must not harm it."""
    code, _, err = run("refresh", "complaints", "--source", str(_file(tmp_path, "a.csv")), "--yes")
    assert code == 0, err
    return figures


def _total(year: str = "2024") -> int:
    """What a reader who begins now finds; nothing may be out of use."""
    forget()
    assert unused_figures() is None
    table = load_table("complaints")
    assert table.loc[table["period"] == "2023", "reported_count"].sum() == 1_076
    total = int(table.loc[table["period"] == year, "reported_count"].sum())
    every = load_table("all_offences")
    every = every.loc[every["period"] == year, "reported_count"].sum()
    assert every - total == ALL_OFFENCES - OLD if total else not every, "both tables or none"
    return total


@pytest.mark.slow
def test_killed_before_every_step(refreshed: Path, tmp_path: Path) -> None:
    """kill -9 at each touch of the folder: the old table whole, then the new one whole."""
    source = _file(tmp_path, "b.csv", more=34)
    done = subprocess.run(
        [sys.executable, "-m", "tests.refresh_forks", str(source)],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    rows = json.loads(done.stdout)
    totals = [row["totals"]["2024"] for row in rows]
    assert len(rows) > 10, "many moments"
    assert set(totals) == {OLD, NEW}
    assert totals == sorted(totals), "once new, always new"
    assert [row["offences"] - ALL_OFFENCES for row in rows] == [one - OLD for one in totals]
    assert all(row["totals"]["2023"] == 1_076 and not row["is_unused"] for row in rows)
    assert [row["killed"] for row in rows] == [True] * (len(rows) - 1) + [False]
    assert rows[-1]["code"] == 0
    assert _total() == NEW
    assert len(list((refreshed / EDITIONS).iterdir())) <= 2, "killed writers leave no litter"


@pytest.mark.slow
def test_killed_at_any_moment(refreshed: Path, tmp_path: Path) -> None:
    """kill -9 after times drawn at random, the check of the catalogue and the start included."""
    source = _file(tmp_path, "b.csv", more=34)
    command = [sys.executable, "cli.py", "refresh", "complaints", "--source", str(source), "--yes"]
    begin = time.monotonic()
    draw = random.Random(5)
    longest = 4.0
    for _ in range(4):
        child = subprocess.Popen(
            command, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            child.wait(timeout=draw.uniform(0.2, longest))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert _total() in (OLD, NEW)
    assert time.monotonic() - begin < 90
    # the folder is free again, and a whole run goes through
    assert subprocess.run(command, cwd=HERE, capture_output=True, check=False).returncode == 0
    assert _total() == NEW


def _failing(monkeypatch: pytest.MonkeyPatch, name: str, left: int) -> None:
    """The operating system refuses the call after so many: the disk is full."""
    real = getattr(os, name)

    def call(*arguments: object, **options: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    monkeypatch.setattr(places.os, name, call)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("fsync", 0),
        *(pytest.param("fsync", left, marks=pytest.mark.slow) for left in range(1, 5)),
        ("replace", 0),
    ],
)
def test_no_room_at_each_step(
    refreshed: Path,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    left: int,
) -> None:
    """The disk says that it is full at the nth write: refused, what was there stays."""
    before = (refreshed / CURRENT).read_bytes()
    source = str(_file(tmp_path, "b.csv", more=34))
    with monkeypatch.context() as patch:
        _failing(patch, name, left)
        code, out, err = run("refresh", "complaints", "--source", source, "--yes")
    assert code == 2
    assert out.startswith("period"), "what would change was shown"
    assert "cannot write the refreshed figures: No space left on device" in err.splitlines()[-1]
    assert err.splitlines()[-1].endswith("the old figures hold")
    assert (refreshed / CURRENT).read_bytes() == before
    assert _total() == OLD
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    assert _total() == NEW


@contextmanager
def _disk(place: Path, options: str) -> Iterator[Path]:
    """A file system of its own, where this machine lets us mount one."""
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(
    run: Run, unchecked: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system with 20 kB left, less than a table: the one that is there holds."""
    with _disk(tmp_path / "disk", "size=8m") as disk:
        monkeypatch.setenv("ATLAS_DATA", str(disk))
        first, second = (_file(tmp_path, f"{more}.csv", more=more) for more in (0, 34))
        assert run("refresh", "complaints", "--source", str(first), "--yes")[0] == 0
        room = os.statvfs(disk)
        (disk / "filler").write_bytes(b"0" * (room.f_bavail * room.f_frsize - 20_480))
        code, _, err = run("refresh", "complaints", "--source", str(second), "--yes")
        assert (code, "No space left on device" in err) == (2, True)
        assert _total() == OLD
        assert len(list((disk / EDITIONS).iterdir())) == 1
        (disk / "filler").unlink()
        assert run("refresh", "complaints", "--source", str(second), "--yes")[0] == 0
        assert _total() == NEW
        forget()


def test_a_folder_that_is_closed(
    run: Run, unchecked: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read only: refused before anything is read, with what to do; reading goes on."""
    with _disk(tmp_path / "disk", "size=8m") as disk:
        monkeypatch.setenv("ATLAS_DATA", str(disk))
        source = str(_file(tmp_path, "a.csv"))
        assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for asked in (("complaints", "--source", source, "--yes"), ("--reset",)):
            code, out, err = run("refresh", *asked)
            assert (code, out) == (2, "")
            assert err.startswith(f"cannot write in {disk}: Read-only file system")
            assert "ATLAS_DATA" in err
        assert _total() == OLD
        forget()
