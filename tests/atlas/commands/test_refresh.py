"""refresh from a terminal: shown, written when told, listed, refused with the reason."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data.catalogue import ROOT, load_table
from data.refresh import download, store
from data.refresh import folder as places
from data.refresh.folder import CURRENT, EDITIONS, forget
from tests.border_files import districts
from tests.mpfn_files import mpfn_rows, mpfn_text, shipped_counts
from tests.other_process import open_page, work_in
from tests.police_files import BASE, police_rows, police_workbook, write_small
from tests.published import ALL_OFFENCES
from tests.refresh_writers import small_disk

Run = Callable[..., tuple[int, str, str]]
TOTAL = 1_076
"""Reports of 2024 in these files, as many as those of 2023."""
FILE = mpfn_text(mpfn_rows(2024, shipped_counts("2023"))).encode("utf-8-sig")
CHECK = store.refuse_faults


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The editions whose whole catalogue was to be checked, which takes seconds: one test does."""
    folders: list[Path] = []
    monkeypatch.setattr(store, "refuse_faults", folders.append)
    return folders


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A file of 2024 with the figures of 2023, as the Ministry would write it."""
    (tmp_path / "2024.csv").write_bytes(FILE)
    return str(tmp_path / "2024.csv")


def _listed(run: Run) -> dict[str, dict]:
    code, out, _ = run("refresh", "--list", "--format", "json")
    assert code == 0
    return {row["resource"]: row for row in json.loads(out)}


def _reports(year: str) -> int:
    """What a process that begins now reads."""
    forget()
    table = load_table("complaints")
    return int(table.loc[table["period"] == year, "reported_count"].sum())


def test_shown_first_and_written_when_told(
    run: Run, figures: Path, source: str, checked: list[Path]
) -> None:
    """Without --yes no folder appears; with it the year is there, checked and listed with its
    source; --reset takes it away."""
    asked = ("refresh", "complaints", "--source", source, "--format", "csv")
    code, report, err = run(*asked)
    rows = [
        (row["period"], row["what"], row["after"]) for row in csv.DictReader(io.StringIO(report))
    ]
    assert code == 0
    assert rows == [("2024", "new", str(TOTAL)), ("2024", "new", str(ALL_OFFENCES["2023"]))]
    assert "nothing was changed; add --yes to write" in err
    assert not figures.exists()
    code, out, err = run(*asked, "--yes")
    assert (code, out) == (0, report), "what was shown is what is written"
    assert "written; a server that is running shows it after a restart" in err
    assert len(checked) == 1
    assert _reports("2024") == TOTAL
    assert "these are the figures in use: nothing to write" in run(*asked, "--yes")[2]
    row = _listed(run)["complaints"]
    assert (row["origin"], row["source"]) == ("refreshed", "2024.csv")
    assert row["rows_read"] == FILE.count(b"\n") - 1 > row["rows_used"] > 60
    assert run("refresh", "--reset")[:2] == (0, "removed: all_offences, complaints\n")
    assert _listed(run)["complaints"]["origin"] == "shipped"
    assert _reports("2024") == 0
    assert run("refresh", "--reset")[:2] == (0, "nothing was refreshed\n")


def test_the_list_says_what_is_shipped_how_old_and_where_newer_is(run: Run) -> None:
    """Every file of the catalogue; the official files of later months and of the years between,
    and the page that lists them; the police's registry too."""
    rows = _listed(run)
    assert set(rows) == {
        row["name"] for row in json.loads((ROOT / "datapackage.json").read_text())["resources"]
    }
    assert {row["origin"] for row in rows.values()} == {"shipped"}
    reports = rows["complaints"]
    assert reports["figures_end"] == "2025-11"
    assert reports["age_months"] >= 12
    police = rows["police_complaints"]
    assert (police["figures_end"], police["newer"]) == (
        "2025-09",
        ["https://datosabiertos.gob.pe/dataset/trata-de-personas"],
    )
    years = [address for address in reports["newer"] if "sites/default/files" in address]
    assert all(any(year in one for one in years) for year in ("2024", "2025-12", "2026-07"))
    assert reports["newer"][-1] == "https://datosabiertos.gob.pe/dataset/mpfn-delitos"
    assert all(one.startswith("https://") for row in rows.values() for one in row["newer"])
    assert f"complaints: newer at {years[0]}" in run("refresh", "--list")[1]


def test_borders_make_a_map(
    run: Run, figures: Path, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Districts are refused before a refresh and drawn after. They join a year of reports, and the
    catalogue with both passes its check."""
    drawn = tmp_path / "map.html"
    asked = ("map", "--out", str(drawn), "--level", "districts")
    code, out, err = run(*asked)
    assert (code, out) == (2, "")
    assert err.startswith("no outlines of districts here: bring them with refresh boundaries")
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    (tmp_path / "d.json").write_bytes(districts())
    of_file = ("--source", str(tmp_path / "d.json"), "--publisher", "INEI")
    code, _, err = run("refresh", "boundaries", *of_file, "--yes")
    assert (code, "written: districts_full, districts_simplified" in err) == (0, True), err
    assert json.loads((figures / CURRENT).read_bytes())["commands"] == [
        "refresh boundaries --source d.json --publisher INEI --yes",
        "refresh complaints --source 2024.csv --yes",
    ]
    assert run(*asked, "--layers", "none")[0] == 0
    assert drawn.read_text(encoding="utf-8").count("area-170101 ") == 1
    edition = figures / EDITIONS / json.loads((figures / CURRENT).read_bytes())["folder"]
    monkeypatch.setenv("ATLAS_DATA", str(tmp_path / "none"))  # all that is not shipped is checked
    forget()
    CHECK(edition)


def test_a_new_month_of_the_police_is_shown_and_written(
    run: Run, figures: Path, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By department, before and after; the year of reports that came before holds beside it. To a
    process that begins now the month is a whole step."""
    write_small(monkeypatch, BASE)
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    content = police_workbook(police_rows({**BASE, (2025, 10, "17", None): 3}))
    (tmp_path / "new.xlsx").write_bytes(content)
    asked = ("refresh", "police", "--source", str(tmp_path / "new.xlsx"), "--format", "json")
    code, report, err = run(*asked)
    (row,) = [row for row in json.loads(report) if row["what"] == "row"]
    assert (code, row["month"], row["area"]) == (0, "2025-10", "Madre de Dios")
    assert (row["before"], row["after"]) == (None, 3)
    assert "nothing was changed; add --yes to write" in err
    assert run(*asked, "--yes")[:2] == (0, report), "what was shown is what is written"
    assert _reports("2024") == TOTAL
    series = ["series", "--registry", "police", "--department", "17", "--step", "month"]
    ((code, out, err),) = work_in(figures, commands=[[*series, "--format", "json"]])["commands"]
    assert code == 0, err
    last = json.loads(out)[-1]
    assert (last["period"], last["reported_count"], last["is_partial"]) == ("2025-10", 3, False)
    assert run("refresh", "--reset")[1] == (
        "removed: all_offences, complaints, police_complaints, police_profile, police_provinces\n"
    )


HALF = police_workbook(police_rows({(2017, month, "17", None): 3 for month in (1, 2)}))
PEOPLE = b"departamento,anio,poblacion,ubigeo\nLIMA,2030,7,15\n"
REFUSED = (
    ("complaints", b"<!DOCTYPE html><body>404</body>", "source.dat is a web page, not a data file"),
    ("complaints", FILE[:-40], "the old figures hold"),
    (
        "complaints",
        FILE.replace(b"TUMBES", b"TUMBES NORTE"),
        "the fiscal districts TUMBES NORTE are unknown to the atlas",
    ),
    ("mining", b"<html>", "is a web page, not a data file"),
    ("mining", districts(), "found no mined hectares"),
    ("boundaries", districts()[:-900], "found text that is no JSON"),
    ("boundaries", b"PK\x03\x04", "found a ZIP that cannot be read"),
    ("population", PEOPLE, "found 1 departments in 2030"),
    ("population", b"a,b\n1,2\n", "found no table of residents"),
    (
        "police",
        HALF,
        "source.dat: found no figures of 2017-03, 2017-04, 2017-05, 2017-06, 2017-07 and ",
    ),
)


@pytest.mark.parametrize(("command", "content", "reason"), REFUSED)
def test_a_wrong_file_is_refused_and_the_old_figures_hold(
    run: Run, figures: Path, source: str, tmp_path: Path, command: str, content: bytes, reason: str
) -> None:
    """Also with --yes: one line with the reason, nothing on stdout, and what was refreshed before
    is untouched."""
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    before = (figures / CURRENT).read_bytes()
    (tmp_path / "source.dat").write_bytes(content)
    code, out, err = run("refresh", command, "--source", str(tmp_path / "source.dat"), "--yes")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert reason in line
    assert (figures / CURRENT).read_bytes() == before
    assert _reports("2024") == TOTAL


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """The address of a file on loopback, and what was asked for."""
    asked: list[str] = []

    class Serving(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(FILE)))
            self.end_headers()
            self.wfile.write(FILE)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Serving) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/delitos-2024.csv", asked
        server.shutdown()


def test_over_loopback(run: Run, figures: Path, server: tuple[str, list[str]]) -> None:
    """Refused without --any-host; with it read, written, carded, and the download removed."""
    address, asked = server
    code, out, err = run("refresh", "complaints", "--source", address, "--yes")
    assert (code, out) == (2, "")
    assert "the catalogue does not name the host '127.0.0.1'" in err
    assert asked == []
    code, _, err = run("refresh", "complaints", "--source", address, "--any-host", "--yes")
    assert code == 0, err
    row = _listed(run)["complaints"]
    assert (row["source"], row["figures_end"]) == (address, "2025-11"), "this process began before"
    assert [path.suffix for path in (figures / download.DOWNLOADS).iterdir()] == [""], "the lock"


def test_a_changed_file_gives_way_to_the_shipped_figures(
    run: Run, figures: Path, source: str
) -> None:
    """Whoever asks for a figure hears it on stderr, and gets the shipped one."""
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    (path,) = figures.glob(f"{EDITIONS}/*/tables/complaints.csv")
    path.write_bytes(path.read_bytes()[:-1])
    forget()
    notice = "not in use: all_offences, complaints (a file has changed since it was written, "
    code, _, err = run("refresh", "--list")
    assert (code, err.startswith(notice)) == (0, True)
    assert err.endswith(
        "the shipped figures hold; refresh again or refresh --reset: "
        "refresh complaints --source 2024.csv --yes\n"
    )
    code, out, err = run("regions", "--period", "2023", "--format", "json")
    assert (code, err.startswith(notice)) == (0, True)
    assert sum(row["reported_count"] for row in json.loads(out)) == TOTAL
    assert run("refresh", "--reset")[0] == 0
    assert run("refresh", "--list")[2] == ""


def test_figures_of_an_earlier_edition_are_told_and_stay(run: Run, figures: Path) -> None:
    """On the page and on stderr: not in use, and the commands that bring them again."""
    shutil.copytree(ROOT.parent / "tests" / "frozen" / "refreshed", figures)
    forget()
    again = [f"refresh complaints --source {year}.csv --yes" for year in (2024, 2026)]
    assert run("refresh", "--list")[2] == (
        "not in use: all_offences, complaints (they are of an earlier edition of the atlas, which "
        f"still reads them); the shipped figures hold; refresh again: {'; '.join(again)}\n"
    )
    page = open_page("metodo", {"lang": "es"})
    assert "\n".join(again) in [item.value for item in page.code]
    assert run("refresh", "--reset")[1] == "nothing was refreshed\n"
    assert (figures / "refreshed.json").exists()


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_figures(
    run: Run,
    figures: Path,
    source: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Said in the last line, after what would change. Each step of the writing, kill -9 and real
    disks are tried in tests/data/refresh/test_store."""
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    before = (figures / CURRENT).read_bytes()
    counts = {key: count + 1 for key, count in shipped_counts("2023").items()}
    (tmp_path / "2024.csv").write_text(mpfn_text(mpfn_rows(2024, counts)), "utf-8")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(places.os, name, refuse)
        code, out, err = run("refresh", "complaints", "--source", source, "--yes")
    assert (code, out.partition(" ")[0]) == (2, "period")
    assert "cannot write the refreshed figures: No space left on device" in err.splitlines()[-1]
    assert err.splitlines()[-1].endswith("the old figures hold")
    assert (figures / CURRENT).read_bytes() == before
    assert _reports("2024") == TOTAL


def test_a_closed_folder_is_refused_before_anything_is_read(
    run: Run, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that is read only: the message says what to set; reading goes on."""
    with small_disk(tmp_path / "disk", "8m") as disk:
        monkeypatch.setenv("ATLAS_DATA", str(disk))
        assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for asked in (("complaints", "--source", source, "--yes"), ("--reset",)):
            code, out, err = run("refresh", *asked)
            assert (code, out) == (2, "")
            assert err.startswith(f"cannot write in {disk}: Read-only file system")
            assert "ATLAS_DATA" in err
        assert _reports("2024") == TOTAL
        forget()


def test_progress_is_shown_to_a_person_only(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """On a terminal a line that writes over itself, on stderr; elsewhere nothing."""
    from atlas.method.command import progress

    with progress() as show:
        assert show is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress() as show:
        assert show is not None
        show(500_000, 2_000_000)
        show(2_000_000, 2_000_000)
    out, err = capsys.readouterr()
    assert out == ""
    assert "0.5 of 2.0 MB, 25%" in err
    assert "2.0 of 2.0 MB, 100%" in err
    assert err.endswith("\r\x1b[K")
