"""refresh mining, boundaries and population from a terminal: shown, then written, or refused."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from data.refresh import store
from data.refresh.folder import CURRENT
from tests.border_files import districts, provinces

Run = Callable[..., tuple[int, str, str]]
HEAD = "departamento,anio,poblacion,ubigeo\n"


def _file(tmp_path: Path, name: str, content: bytes) -> str:
    (tmp_path / name).write_bytes(content)
    return str(tmp_path / name)


def test_nothing_changes_without_yes(run: Run, tmp_path: Path) -> None:
    """The report is the answer; the way to write is said beside it, and no folder appears."""
    code, out, err = run(
        "refresh", "boundaries", "--source", _file(tmp_path, "p.json", provinces())
    )
    assert code == 0
    assert "provinces: 196 outlines, replaced" in out
    assert "add --yes to write" in err
    assert not (tmp_path / "figures").exists()


def test_a_geopackage_says_what_its_geojson_says(run: Run, tmp_path: Path) -> None:
    """Read by two ways, the second in a child: the same report, and nothing is written."""
    features = json.loads(provinces())["features"]
    frame = gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
    frame.to_file(tmp_path / "p.gpkg", engine="pyogrio")
    asked = ("refresh", "boundaries", "--source")
    files = (_file(tmp_path, "p.json", provinces()), str(tmp_path / "p.gpkg"))
    codes, told, _ = zip(*(run(*asked, file) for file in files), strict=True)
    assert codes == (0, 0)
    assert "features 197, codes from property FIRST_IDPR" in told[0]
    # the last line has the bytes of outlines, which GDAL makes of several parts
    same, other = (text.splitlines()[:-1] for text in told)
    assert same == other


def test_borders_make_a_map(run: Run, tmp_path: Path) -> None:
    """Districts are refused before a refresh and drawn after; provinces are there anyway."""
    out_file = tmp_path / "map.html"
    asked = ("map", "--out", str(out_file), "--level")
    code, out, err = run(*asked, "districts")
    assert (code, out) == (2, "")
    assert err.startswith("no outlines of districts here: bring them with refresh boundaries")
    source = _file(tmp_path, "d.json", districts())
    code, _, err = run("refresh", "boundaries", "--source", source, "--yes", "--publisher", "INEI")
    assert (code, "written: districts_full, districts_simplified" in err) == (0, True)
    current = json.loads((tmp_path / "figures" / CURRENT).read_bytes())
    assert current["commands"] == ["refresh boundaries --source d.json --publisher INEI --yes"]
    assert run(*asked, "districts")[0] == 0
    assert out_file.read_text(encoding="utf-8").count("area-170101 ") == 1
    assert run("refresh", "--reset")[1] == "removed: districts_full, districts_simplified\n"
    assert run(*asked, "districts")[0] == 2
    code, _, err = run(*asked, "provinces", "--measure", "smr")
    assert code == 2
    assert "reports by province are those of the police, 2017 to 2022" in err
    police = ("--measure", "smr", "--registry", "police", "--period", "2017/2022")
    assert run(*asked, "provinces", *police)[0] == 0
    assert out_file.read_text(encoding="utf-8").count("area-1701 ") == 1


@pytest.mark.parametrize(
    ("command", "content", "words"),
    [
        ("mining", b"<html>", "is a web page, not a data file"),
        ("mining", districts(), "found no mined hectares"),
        ("boundaries", districts()[:-900], "found text that is no JSON"),
        ("boundaries", b"PK\x03\x04", "found a ZIP that cannot be read"),
        ("population", (HEAD + "LIMA,2030,7,15\n").encode(), "found 1 departments in 2030"),
        ("population", b"a,b\n1,2\n", "found no table of residents"),
    ],
)
def test_refusals_are_one_line_and_change_nothing(
    run: Run, tmp_path: Path, command: str, content: bytes, words: str
) -> None:
    """With --yes as well: what is there stays, and nothing is on stdout."""
    source = _file(tmp_path, "source.dat", content)
    code, out, err = run("refresh", command, "--source", source, "--yes")
    assert (code, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert "Traceback" not in err
    assert run("refresh", "--reset")[1] == "nothing was refreshed\n"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_an_address_goes_the_same_way(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over loopback only with --any-host; the card then holds the address."""
    monkeypatch.setattr(store, "refuse_faults", lambda *_: None)
    _file(tmp_path, "p.json", provinces())
    handler = lambda *args: _Quiet(*args, directory=os.fspath(tmp_path))  # noqa: E731
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/p.json"
        assert run("refresh", "boundaries", "--source", address)[0] == 2
        code, out, _ = run("refresh", "boundaries", "--source", address, "--any-host", "--yes")
        server.shutdown()
    assert code == 0
    assert "provinces: 196 outlines" in out
    code, out, _ = run("refresh", "--list", "--format", "csv")
    assert "provinces_simplified" in out
    assert address in out
