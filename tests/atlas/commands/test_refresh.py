"""refresh from a terminal: what changes is printed, a whole new folder is written, or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atlas.results import edition_changes
from data.catalogue import ROOT, open_catalogue
from data.police import load_profile_categories
from data.refresh import folder as folders
from tests.brought_files import Brought
from tests.mpfn_files import mpfn_rows, mpfn_text, shipped_counts
from tests.other_process import run
from tests.police_files import BASE, police_rows, police_workbook, use_small
from tests.published import ALL_OFFENCES

TOTAL = 1_076
"""Reports of 2024 in these files, as many as those of 2023."""
FILE = mpfn_text(mpfn_rows(2024, shipped_counts("2023"))).encode("utf-8-sig")


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A file of 2024 with the figures of 2023, as the Ministry would write it."""
    (tmp_path / "2024.csv").write_bytes(FILE)
    return str(tmp_path / "2024.csv")


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Return a function that names a folder in ATLAS_DATA for the commands that follow."""
    yield lambda folder: monkeypatch.setenv("ATLAS_DATA", str(folder))
    monkeypatch.delenv("ATLAS_DATA", raising=False)
    open_catalogue()


@pytest.fixture(autouse=True)
def _conclusions_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """All periods of both editions would be judged: test_edition_changes.py does it."""
    monkeypatch.setattr(edition_changes, "changed_conclusions", lambda *_: [])


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of the whole folder, which takes seconds: one test does it."""
    monkeypatch.setattr(folders, "_refuse_faults", lambda *_: None)


def _reports(year: str) -> int:
    code, out, err = run("regions", "--period", year, "--format", "json")
    assert code == 0, err
    return sum(row["reported_count"] or 0 for row in json.loads(out))


def test_a_file_becomes_a_folder_that_the_atlas_starts_with(
    source: str, tmp_path: Path, named: Callable[[Path], None]
) -> None:
    """--check writes nothing; what it prints is written later; the same file changes nothing."""
    out = tmp_path / "figures"
    asked = ("refresh", "complaints", source, "--format", "csv")
    code, report, err = run(*asked, "--check")
    rows = [
        (row["period"], row["what"], row["after"]) for row in csv.DictReader(io.StringIO(report))
    ]
    assert code == 0
    assert rows == [("2024", "new", str(TOTAL)), ("2024", "new", str(ALL_OFFENCES["2023"]))]
    assert err.endswith("nothing was written\n")
    assert os.listdir(tmp_path) == ["2024.csv"]
    code, written, err = run(*asked, "--out", str(out))
    assert (code, written) == (0, report)
    assert f"ATLAS_DATA={out} starts the atlas with it" in err
    beside = ["changes.csv", "changes.html"]
    assert sorted(os.listdir(out)) == [*beside, "datapackage.json", "tables"]
    assert {path.name for path in (ROOT / "tables").iterdir()} == {
        path.name for path in (out / "tables").iterdir()
    }
    named(out)
    assert _reports("2024") == TOTAL
    assert "these are the figures in use" in run(*asked, "--check")[2]


def test_a_name_of_a_file_steers_no_terminal_and_is_written(source: str, tmp_path: Path) -> None:
    """Control signs are written out; bytes that are no UTF-8 are replaced, in the folder too."""
    for name in (b"a\x1b[2J\nb.csv", b"b\xff.csv"):
        path = os.path.join(os.fsencode(tmp_path), name)
        Path(source).rename(os.fsdecode(path))
        source = os.fsdecode(path)
        code, _, err = run("refresh", "complaints", source, "--check")
        assert code == 0, err
        assert "\x1b" not in err
    assert "b\ufffd.csv" in err


def test_files_chain(
    source: str,
    tmp_path: Path,
    named: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    unchecked: None,
) -> None:
    """Two files of complaints in one command; then, with the folder in use, the police on top."""
    half = {"months": "ENERO - JULIO", "taken": "05/08/2026", "cut": "10/08/2026"}
    (tmp_path / "2026.csv").write_text(
        mpfn_text(mpfn_rows(2026, shipped_counts("2023"), **half)),
        "utf-8",  # type: ignore[arg-type]
    )
    first, second = tmp_path / "first", tmp_path / "second"
    given = (source, str(tmp_path / "2026.csv"))
    assert run("refresh", "complaints", *given, "--out", str(first))[0] == 0
    named(first)
    brought = Brought()
    open_catalogue()
    use_small(brought, BASE)
    small = folders.catalogue()
    brought.close()
    folders.write_folder(small, tmp_path / "small")
    named(tmp_path / "small")
    wanted = {name for row in load_profile_categories()["indicators"] for name in row}
    more = dict.fromkeys(sorted(wanted), "PERFIL")
    content = police_workbook(police_rows({**BASE, (2025, 10, "17", None): 3}, more=more))
    (tmp_path / "new.xlsx").write_bytes(content)
    asked = ("refresh", "police", str(tmp_path / "new.xlsx"), "--first", "--format", "json")
    code, report, err = run(*asked, "--out", str(second), "--lang", "es")
    assert code == 0, err
    assert f"Para que el atlas la use al arrancar, defina ATLAS_DATA={second}" in err
    (row,) = [row for row in json.loads(report) if row["what"] == "row"]
    assert (row["month"], row["area"], row["before"], row["after"]) == (
        *("2025-10", "Madre de Dios"),
        *(None, 3),
    )
    named(second)
    assert (_reports("2024"), _reports("2026-01/2026-07")) == (TOTAL, TOTAL)
    series = ("series", "--registry", "police", "--department", "17", "--step", "month")
    last = json.loads(run(*series, "--format", "json")[1])[-1]
    assert (last["period"], last["reported_count"], last["is_partial"]) == ("2025-10", 3, False)


def test_what_stands_there_is_never_overwritten_unasked(
    source: str, tmp_path: Path, unchecked: None
) -> None:
    """An existing folder is refused; --replace takes a data folder only, and leaves no copy."""
    out = tmp_path / "figures"
    out.mkdir()
    (out / "tesis.docx").write_bytes(b"x")
    asked = ("refresh", "complaints", source, "--out", str(out))
    assert run(*asked)[:2] == (2, "")
    for more in ({}, {"datapackage.json": '{"resources": []}'}):
        for name, text in more.items():
            (out / name).write_text(text)
        code, _, err = run(*asked, "--replace")
        assert (code, "not a data folder" in err) == (2, True)
    assert (out / "tesis.docx").exists()
    (out / "tesis.docx").unlink()
    for _ in range(2):
        assert run(*asked, "--replace")[0] == 0
    assert (out / "tables" / "complaints.csv").exists()
    assert sorted(os.listdir(tmp_path)) == ["2024.csv", "figures"]


REFUSED = (
    ("complaints", b"<!DOCTYPE html><body>404</body>", "source.dat is a web page, not a data file"),
    ("complaints", b"", "source.dat is empty"),
    ("complaints", FILE[:-40], "The file is cut"),
    ("complaints", FILE.replace(b"TUMBES", b"TUMBES NORTE"), "districts TUMBES NORTE of"),
    ("mining", b"a,b\n1,2\n", "found no layer"),
    ("police", b"a,b\n1,2\n", "found no workbook"),
)


@pytest.mark.parametrize(("kind", "content", "reason"), REFUSED)
def test_a_wrong_file_is_one_line_and_no_folder(
    tmp_path: Path, kind: str, content: bytes, reason: str
) -> None:
    (tmp_path / "source.dat").write_bytes(content)
    asked = ("refresh", kind, str(tmp_path / "source.dat"), "--out", str(tmp_path / "out"))
    code, out, err = run(*asked, *(["--first"] if kind == "police" else []))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reason in err
    assert os.listdir(tmp_path) == ["source.dat"]


def test_a_full_disk_leaves_nothing(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said in the last line, after what would change."""
    written = Path.write_bytes

    def refuse(path: Path, content: bytes) -> int:
        if path.name == "towns.csv":
            raise OSError(28, "No space left on device")
        return written(path, content)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    code, out, err = run("refresh", "complaints", source, "--out", str(tmp_path / "out"))
    assert (code, out.partition(" ")[0]) == (2, "period")
    assert "No space left on device" in err.splitlines()[-1]
    assert os.listdir(tmp_path) == ["2024.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("is_there", [False, True])
def test_a_killed_run_leaves_nothing_that_looks_finished(
    source: str, tmp_path: Path, is_there: bool, named: Callable[[Path], None]
) -> None:
    """After kill -9 the output is absent, or is the whole earlier folder."""
    out = tmp_path / "figures"
    asked = ["refresh", "complaints", source, "--out", str(out)]
    if is_there:
        assert run(*asked)[0] == 0
        counts = {key: count + 1 for key, count in shipped_counts("2023").items()}
        Path(source).write_text(mpfn_text(mpfn_rows(2024, counts)), "utf-8")
        asked.append("--replace")
    process = subprocess.Popen(
        [sys.executable, "cli.py", *asked], cwd=ROOT.parent, stdout=subprocess.DEVNULL
    )
    while process.poll() is None and not list(tmp_path.glob(".figures.*")):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (unfinished,) = tmp_path.glob(".figures.*")
    assert unfinished.name.endswith(".unfinished")
    assert out.exists() == is_there
    if is_there:
        named(out)
        assert _reports("2024") == TOTAL
