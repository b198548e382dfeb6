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
        (["picture", "--measure", "verdict", "--width-px", "480"], "map.png", b"\x89PNG"),
        (
            ["picture", "--isopleths", "--address", "https://atlas.example.pe/"],
            "map.svg",
            b"<?xml",
        ),
        (["picture", "--second", "registry:police,period:2022"], "two.svg", b"<?xml"),
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
