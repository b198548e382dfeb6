"""refresh complaints from a terminal: shown, written when told, refused with the reason."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data.catalogue import load_table
from data.refresh import download, store
from data.refresh.folder import CURRENT, forget
from tests.border_files import external
from tests.mpfn_files import BASIC, mpfn_rows, mpfn_text, shipped_counts
from tests.published import ALL_OFFENCES, REPORTS

Run = Callable[..., tuple[int, str, str]]
FILE = mpfn_text(mpfn_rows(2024, shipped_counts("2023"))).encode("utf-8-sig")
"""2024 with the figures of 2023, as the Ministry would write it."""
PAGE = b"<!DOCTYPE html><html><body>404: la pagina no existe</body></html>"


def _file(tmp_path: Path, content: bytes, name: str = "2024.csv") -> str:
    (tmp_path / name).write_bytes(content)
    return str(tmp_path / name)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
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


def _periods() -> set[str]:
    forget()
    return set(load_table("complaints")["period"])


@pytest.mark.parametrize(
    ("year", "total"), [(year, REPORTS[year]) for year in ("2019", "2021", "2023")]
)
def test_the_published_files_say_the_published_totals(
    run: Run, figures: Path, tmp_path: Path, year: str, total: int
) -> None:
    """The real files as they came: the same figures as shipped, nothing to write."""
    source = _file(tmp_path, external(f"mpfn/{year}.csv"), f"{year}.csv")
    code, out, err = run("refresh", "complaints", "--source", source, "--format", "json")
    row, every = json.loads(out)
    assert (code, row["what"], row["before"], row["after"]) == (0, "same", total, total)
    assert (every["what"], every["offence"], every["replaces"]) == ("same", "(all)", [year])
    assert "these are the figures in use: nothing to write" in err
    assert not figures.exists()


def test_shown_first_and_written_when_told(run: Run, figures: Path, tmp_path: Path) -> None:
    """Without --yes no folder appears; with it the year is there; --reset takes it away."""
    source = _file(tmp_path, FILE)
    asked = ("refresh", "complaints", "--source", source, "--format", "csv")
    code, shown, err = run(*asked)
    row, every = csv.DictReader(io.StringIO(shown))
    assert (code, row["period"], row["what"], row["after"]) == (0, "2024", "new", "1076")
    assert (every["period"], every["what"], every["after"]) == (
        "2024",
        "new",
        str(ALL_OFFENCES["2023"]),
    )
    assert "nothing was changed; add --yes to write" in err
    assert not figures.exists()
    code, out, err = run(*asked, "--yes")
    assert (code, out) == (0, shown), "what was shown is what is written"
    assert "written; a server that is running shows it after a restart" in err
    assert "2024" in _periods()
    assert "nothing to write" in run(*asked, "--yes")[2]
    assert run("refresh", "--reset")[1] == "removed: all_offences, complaints\n"
    assert "2024" not in _periods()


def test_changed_rows_are_shown(run: Run, tmp_path: Path) -> None:
    """A file of 2023 with one count more: the year, then the row, before and after."""
    counts = shipped_counts("2023")
    key = ("LORETO", BASIC)
    content = mpfn_text(mpfn_rows(2023, {**counts, key: counts[key] + 1})).encode()
    source = _file(tmp_path, content, "2023.csv")
    code, out, _ = run("refresh", "complaints", "--source", source, "--format", "json")
    year, row, every = json.loads(out)
    assert (every["what"], every["before"]) == ("same", ALL_OFFENCES["2023"])
    assert (code, year["what"], year["before"], year["after"]) == (0, "changed", 1076, 1077)
    assert (row["fiscal_district"], row["offence"]) == key
    assert (row["before"], row["after"]) == (counts[key], counts[key] + 1)


REFUSED = {
    "a web page": (PAGE, "2024.csv is a web page, not a data file"),
    "no end": (FILE[:-40], "the old figures hold"),
    "unknown district": (
        FILE.replace(b"TUMBES", b"TUMBES NORTE"),
        "the fiscal districts TUMBES NORTE are unknown to the atlas",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_wrong_file_is_refused_and_the_old_figures_hold(
    run: Run, figures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """One line with the reason, nothing on stdout, and what was refreshed before is untouched."""
    content, words = REFUSED[fault]
    monkeypatch.setattr(store, "refuse_faults", lambda *_: None)
    good = mpfn_text(mpfn_rows(2025, shipped_counts("2023"))).encode()
    assert run("refresh", "complaints", "--source", _file(tmp_path, good), "--yes")[0] == 0
    before = (figures / CURRENT).read_bytes()
    source = _file(tmp_path, content)
    code, out, err = run("refresh", "complaints", "--source", source, "--yes")
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert (figures / CURRENT).read_bytes() == before
    assert "2025" in _periods()


def test_over_loopback(
    run: Run,
    figures: Path,
    server: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused without --any-host; with it read, written, carded, and the download removed."""
    monkeypatch.setattr(store, "refuse_faults", lambda *_: None)
    address, asked = server
    code, out, err = run("refresh", "complaints", "--source", address, "--yes")
    assert (code, out) == (2, "")
    assert "the catalogue does not name the host '127.0.0.1'" in err
    assert asked == []
    code, _, err = run("refresh", "complaints", "--source", address, "--any-host", "--yes")
    assert code == 0, err
    listed = json.loads(run("refresh", "--list", "--format", "json")[1])
    row = next(row for row in listed if row["resource"] == "complaints")
    assert (row["source"], row["figures_end"]) == (address, "2025-11"), "this process began before"
    assert [path.suffix for path in (figures / download.DOWNLOADS).iterdir()] == [""], "the lock"
