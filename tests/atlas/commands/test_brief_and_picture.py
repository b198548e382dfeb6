"""The commands brief, picture and geojson: files written, refusals in one line with exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "name", "start"),
    [
        (
            ["brief", "--department", "16", "--registry", "police", "--pages", "2"],
            "b.pdf",
            b"%PDF-",
        ),
        (["department", "--department", "16"], "loreto.csv", b"\xef\xbb\xbfC"),
        (["picture", "--measure", "verdict"], "map.png", b"\x89PNG"),
        (["picture", "--lang", "en", "--isopleths"], "map.svg", b"<?xml"),
        (["picture", "--address", "https://atlas.example.pe/"], "map.svg", b"<?xml"),
        (["geojson", "--period", "2023"], "results.geojson", b'{"type":"FeatureCollection"'),
    ],
)
def test_a_file_is_written(tmp_path: Path, arguments: list[str], name: str, start: bytes) -> None:
    """Each command writes what its name says and keeps stdout empty."""
    out = tmp_path / name
    result = RUNNER.invoke(app, [*arguments, "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    assert out.read_bytes().startswith(start)
    assert result.stdout == ""
    if "--address" in arguments:
        # the link of what is shown, with its period
        assert b"https://atlas.example.pe/?lang=es&amp;period=2025-01" in out.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "name", "message"),
    [
        (["brief", "--department", "99"], "a.pdf", "01 to 25"),
        (["brief", "--department", "17"], "a.docx", "ends in .pdf"),
        (["brief", "--department", "17", "--pages", "3"], "a.pdf", "1 or 2"),
        (["brief", "--department", "17", "--address", "atlas"], "a.pdf", "base URL is not one"),
        (["department", "--department", "99"], "a.csv", "01 to 25"),
        (["brief", "--department", "17", "--period", "2018"], "a.pdf", "2018"),
        (["picture", "--address", "atlas"], "a.svg", "base URL is not one"),
        (["picture"], "a.jpg", ".png or .svg"),
        (["picture", "--width-px", "10"], "a.png", "320 to 6,000"),
        (["picture", "--base", "victims"], "a.png", "people, offences"),
        (["picture", "--shape", "square"], "a.png", "page, wide, tall"),
        (
            ["picture", "--layers", "roads"],
            "a.png",
            "noreports, mining, zones, routes",
        ),
        (["picture", "--level", "provinces", "--measure", "smr"], "a.png", "no smr by provinces"),
        (
            ["geojson", "--period", "2007-01/2014-04", "--base", "offences"],
            "a.geojson",
            "has no base",
        ),
    ],
)
def test_refusals_are_one_line(
    tmp_path: Path, arguments: list[str], name: str, message: str
) -> None:
    """Exit code 2, one line on stderr, no file."""
    out = tmp_path / name
    result = RUNNER.invoke(app, [*arguments, "--out", str(out)])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not out.exists()
