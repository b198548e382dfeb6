"""refresh --list and --reset, the folder, damaged files, and a start without a network."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from data.catalogue import ROOT, load_table
from data.refresh import store
from data.refresh.folder import CURRENT, EDITIONS, data_folder, forget
from tests.mpfn_files import mpfn_rows, mpfn_text, shipped_counts
from tests.other_process import open_page

Run = Callable[..., tuple[int, str, str]]
FILE = mpfn_text(mpfn_rows(2024, shipped_counts("2023")))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of 2024; the check of the whole catalogue, seconds long, is left out."""
    monkeypatch.setattr(store, "refuse_faults", lambda *_: None)
    (tmp_path / "2024.csv").write_text(FILE, encoding="utf-8")
    return str(tmp_path / "2024.csv")


def _rows(run: Run) -> dict[str, dict]:
    code, out, _ = run("refresh", "--list", "--format", "json")
    assert code == 0
    return {row["resource"]: row for row in json.loads(out)}


def test_the_list_says_what_is_shipped_how_old_and_where_newer_is(run: Run) -> None:
    """Every file of the catalogue; the official files of later months and of the years between,
    and the page that lists them; the police's registry too."""
    rows = _rows(run)
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
    assert [year for year in ("2024", "2025-12", "2026-07") if any(year in a for a in years)] == [
        "2024",
        "2025-12",
        "2026-07",
    ]
    assert reports["newer"][-1] == "https://datosabiertos.gob.pe/dataset/mpfn-delitos"
    assert all(a.startswith("https://") for row in rows.values() for a in row["newer"])
    out = run("refresh", "--list")[1]
    assert f"complaints: newer at {years[0]}" in out


def test_a_refreshed_table_is_listed_with_its_source(run: Run, source: str) -> None:
    """Name of the file, rows read and used; then back to the shipped ones."""
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    row = _rows(run)["complaints"]
    assert (row["origin"], row["source"]) == ("refreshed", "2024.csv")
    assert row["rows_read"] == FILE.count("\n") - 1 > row["rows_used"] > 60
    assert run("refresh", "--reset")[:2] == (0, "removed: all_offences, complaints\n")
    assert _rows(run)["complaints"]["origin"] == "shipped"
    assert run("refresh", "--reset")[:2] == (0, "nothing was refreshed\n")


def test_a_wrong_hash_gives_way_to_the_shipped_figures(
    run: Run, figures: Path, source: str
) -> None:
    """Whoever asks for a figure hears it on stderr, and gets the shipped one."""
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    (path,) = figures.glob(f"{EDITIONS}/*/tables/complaints.csv")
    path.write_bytes(path.read_bytes()[:-1])
    forget()
    said = "not in use: all_offences, complaints (a file has changed since it was written, "
    code, _, err = run("refresh", "--list")
    assert (code, err.startswith(said)) == (0, True)
    assert err.endswith(
        "the shipped figures hold; refresh again or refresh --reset: "
        "refresh complaints --source 2024.csv --yes\n"
    )
    code, out, err = run("regions", "--period", "2023", "--format", "json")
    assert code == 0
    assert err.startswith(said)
    assert sum(row["reported_count"] for row in json.loads(out)) == 1_076
    assert load_table("complaints").equals(load_table("complaints", ROOT))
    assert run("refresh", "--reset")[0] == 0
    assert run("refresh", "--list")[2] == ""


def test_the_list_of_refreshed_files_is_damaged(run: Run, figures: Path, source: str) -> None:
    """Nothing refreshed is used; a new refresh mends it."""
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    (figures / CURRENT).write_text("{")
    forget()
    assert run("refresh", "--list")[2].startswith("not in use: all refreshed files (a file has")
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    assert run("refresh", "--list")[2] == ""


def test_figures_of_an_earlier_edition_are_told_and_stay(run: Run, figures: Path) -> None:
    """On the page and on stderr: not in use, and the commands that bring them again."""
    shutil.copytree(ROOT.parent / "tests" / "frozen" / "refreshed", figures)
    forget()
    again = [f"refresh complaints --source {year}.csv --yes" for year in (2024, 2026)]
    err = run("refresh", "--list")[2]
    assert err == (
        "not in use: all_offences, complaints (they are of an earlier edition of the atlas, which "
        f"still reads them); the shipped figures hold; refresh again: {'; '.join(again)}\n"
    )
    page = open_page("metodo", {"lang": "es"})
    assert "\n".join(again) in [item.value for item in page.code]
    assert run("refresh", "--reset")[1] == "nothing was refreshed\n"
    assert (figures / "refreshed.json").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folder differs by platform")
def test_without_atlas_data_the_folder_is_the_platform_s(
    run: Run, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_DATA_HOME here; nothing is made there before something is written."""
    monkeypatch.delenv("ATLAS_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    forget()
    assert data_folder() == tmp_path / "share" / "atlas-trata-peru"
    assert run("refresh", "--list")[0] == 0
    assert not (tmp_path / "share").exists()
    assert run("refresh", "complaints", "--source", source, "--yes")[0] == 0
    assert (tmp_path / "share" / "atlas-trata-peru" / CURRENT).is_file()
    forget()


def test_progress_is_shown_to_a_person_only(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """On a terminal a line that writes over itself, on stderr; elsewhere nothing."""
    from atlas.method.command import progress

    with progress() as told:
        assert told is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress() as told:
        assert told is not None
        told(500_000, 2_000_000)
        told(2_000_000, 2_000_000)
    out, err = capsys.readouterr()
    assert out == ""
    assert "0.5 of 2.0 MB, 25%" in err
    assert "2.0 of 2.0 MB, 100%" in err
    assert err.endswith("\r\x1b[K")
