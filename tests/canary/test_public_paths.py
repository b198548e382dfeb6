"""The canary: a record of count 7 at one coordinate, driven through every path that leaves.

Two ways in. A records file lies where a slip would pick it up (the folder of the process, its home,
its temporary and cache folders) while commands and a real server work. And the figures themselves
carry the canary, as if somebody had mixed own records into published ones: one file of the
catalogue after the other is T2, which every loader must refuse; for the public page, whose outlet
judges the figures once more, one loader or another gives a T2 frame.
"""

import http.client
import importlib
import inspect
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from typer.testing import CliRunner

import data.catalogue
import data.geography
from atlas.tables import csv_bytes
from cli import app as cli
from data.cache import empty_caches
from data.catalogue import with_card
from data.periods import PERIOD_CODES
from geo.errors import DisclosureError
from geo.privacy.provenance import Framed, Tier, Tiered, framed
from geo.privacy.suppression import count_cube
from studies.benchmarks.browser import free_port, wait_for
from tests.canary.searching import COUNT, LATITUDE, LONGITUDE, TOKEN, traces

ROOT = Path(__file__).resolve().parents[2]
CARD = {"name": TOKEN, "sources": [{"title": TOKEN}], "licence": TOKEN}
COMMANDS: dict[str, tuple[str, ...]] = {
    "regions": ("regions", "--format", "json"),
    "hotspots": ("hotspots", "--format", "json"),
    "map": ("map", "--out", "map.html"),
    "picture": ("picture", "--out", "map.png", "--width-px", "480"),
    "svg": ("picture", "--out", "map.svg"),
    "brief": ("brief", "--department", "17", "--out", "brief.pdf"),
    "geojson": ("geojson", "--out", "results.geojson"),
    "density": ("density", "--out", "density.tif", "--cell-km", "20"),
    "public": ("public", "--out", "tree"),
}

QUICK = ("regions",)
"""The others are drawn or computed anew for every file, and refused at the same place."""


def records_csv(extra: int = 0) -> str:
    """Seven records at the canary's coordinate, and others around Lima."""
    lines = [f"{TOKEN},2023-05,170101,{LONGITUDE},{LATITUDE},1"] * COUNT
    lines += [
        f"r{n},2023-05,150101,{-76.9 - n % 9 / 99},{-12 - n % 7 / 99},1" for n in range(extra)
    ]
    header = "record_id,date,district_ubigeo,longitude,latitude,victim_count"
    return "\n".join([header, *lines]) + "\n"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Exit code and everything that a command prints and writes."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    empty_caches()
    result = CliRunner().invoke(cli, list(COMMANDS[name]))
    assert result.exit_code in (0, 2), result.exception
    printed = {"stdout": result.stdout.encode(), "stderr": result.stderr.encode()}
    return result.exit_code, {**files_of(folder), **printed}


@cache
def _rooms() -> list[ModuleType]:
    """Every module of atlas/ that turns frames into something that leaves, pages apart."""
    return [
        importlib.import_module(f"atlas.{path.parent.name}.{path.stem}")
        for path in sorted((ROOT / "atlas").glob("*/*.py"))
        if not path.stem.startswith(("page", "_")) and path.parent.name != "web"
    ]


def poisoned(loader: Framed[..., pd.DataFrame]) -> Framed[..., pd.DataFrame]:
    """The loader with the canary in every row, marked as what it is."""

    @framed
    def load(*args: object, **options: object) -> Tiered[pd.DataFrame]:
        return Tiered(with_canary(loader(*args, **options)), Tier.T2, dict(CARD))

    return load


def with_canary(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(own_record=TOKEN, own_longitude=LONGITUDE, own_latitude=LATITUDE)
    for name in ("reported_count", "value", "count"):
        if name in frame.columns:
            frame[name] = COUNT
    for name in ("name", "name_es", "note", "department", "province", "source_title"):
        if name in frame.columns:
            frame[name] = TOKEN
    return frame


@pytest.mark.parametrize(
    "command",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in COMMANDS],
)
def test_no_command_lets_a_mixed_in_record_out(command, tmp_path):
    asked: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:

        def noted(frame: pd.DataFrame, card: dict) -> tuple[pd.DataFrame, dict]:
            asked.add(card["name"])
            return frame, card

        _carded(patch, noted)
        code, outputs = run(command, patch, tmp_path / "clean")
    assert code == 0, outputs["stderr"]
    assert not any(traces(content) for content in outputs.values())
    assert len(asked) > 3
    for name in sorted(asked):

        def own(frame: pd.DataFrame, card: dict, name: str = name) -> tuple[pd.DataFrame, dict]:
            if card["name"] != name:
                return frame, card
            return with_canary(frame), {**card, "tier": "T2"}

        with pytest.MonkeyPatch.context() as patch:
            _carded(patch, own)
            code, outputs = run(command, patch, tmp_path / name)
        assert code == 2, f"{command} takes {name}"
        assert b"found tier T2" in outputs["stderr"]
        assert outputs["stderr"].count(b"\n") == 1
        assert set(outputs) == {"stdout", "stderr"}, f"{command} with {name} left a file behind"
        assert not any(traces(content) for content in outputs.values())
    empty_caches()


def _carded(patch: pytest.MonkeyPatch, change: Callable[..., tuple[pd.DataFrame, dict]]) -> None:
    """Change what every loader hands to the place where a frame gets its tier and card."""
    for module in (data.catalogue, data.geography):
        patch.setattr(module, "with_card", lambda *given: with_card(*change(*given)))


@pytest.mark.parametrize(
    "loader",
    [
        *("load_region_counts", "load_neighbours", "load_routes"),
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                *("load_breakdowns", "load_departments", "load_lakes", "load_mining_cells"),
                *("load_route_waypoints", "load_services", "load_table"),
            )
        ),
    ],
)
def test_the_public_page_takes_no_poisoned_loader(loader, monkeypatch):
    from atlas.public.document import page_bytes

    used = [module for module in _rooms() if inspect.isfunction(getattr(module, loader, None))]
    assert used, "no module has this loader any more"
    for module in used:
        monkeypatch.setattr(module, loader, poisoned(getattr(module, loader)))
    empty_caches()
    with pytest.raises(DisclosureError) as refused:
        page_bytes("es")
    assert not traces(str(refused.value).encode())
    monkeypatch.undo()
    empty_caches()


def test_exports_of_the_cube_hold_no_seven():
    codes = pd.read_csv(ROOT / "data/tables/population_provinces.csv", dtype=str)["province_ubigeo"]
    records = pd.DataFrame(
        {
            "province_ubigeo": ["1701"] * COUNT + ["1501"] * 40,
            "year": 2023,
            "record_id": TOKEN,
            "longitude": LONGITUDE,
            "latitude": LATITUDE,
        }
    )
    card = {"name": "own", "sources": [{"title": "own"}], "licence": "own", "row_count": 47}
    own = Tiered(records, Tier.T2, card)
    content = csv_bytes(count_cube(own, provinces=codes, years=[2022, 2023]), "T2")
    assert traces(content) == set()
    rows = [line.split(",") for line in content.decode().splitlines()]
    at = rows[0].index("reported_count")
    assert {row[at] for row in rows[1:]} == {"<13", "40"}
    with pytest.raises(DisclosureError):
        csv_bytes(own, "T2")


def test_a_density_of_the_file_shows_and_logs_nothing(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(home))
    (tmp_path / "own.csv").write_text(records_csv(extra=200))
    out = tmp_path / "classes.tif"
    options = ("density", "--points", str(tmp_path / "own.csv"), "--bandwidth-km", "30")
    result = CliRunner().invoke(cli, [*options, "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    for content in (out.read_bytes(), result.output.encode(), *files_of(home).values()):
        assert traces(content) == set()
    site = tmp_path / "site"
    site.mkdir()
    refusal = CliRunner().invoke(cli, [*options, "--ungated", "--out", str(site / "d.tif")])
    assert refusal.exit_code == 2
    assert traces(refusal.output.encode()) == set()
    assert not list(site.iterdir())


def test_judging_the_file_keeps_nothing(tmp_path, monkeypatch):
    """`records check` tells the holder what stands in a row; nothing else of it is kept.

    Nothing on stderr, and nothing in a home, cache or temporary folder afterwards.
    """
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(home))
    spoilt = f"{TOKEN},{TOKEN},{TOKEN},{LATITUDE},{LONGITUDE},-{COUNT}\n"
    path = tmp_path / "own.csv"
    path.write_text(records_csv(extra=20) + spoilt + f"{TOKEN},2023-05,999999,0,0,{TOKEN}\n")
    result = CliRunner().invoke(cli, ["records", "check", str(path)])
    assert result.exit_code == 1, result.output
    assert traces(result.stderr.encode()) == set()
    assert not [name for name, content in files_of(home).items() if traces(content)]


def _routes(periods: Sequence[str]) -> list[str]:
    """Return every address of the public side, with all periods once and in both languages."""
    from atlas.public.api import ADDRESSES
    from atlas.public.routes import public_routes

    routes = ["/", "/public/", "/healthz"]
    paths = [route.path.replace("{rest:path}", "records.csv") for route in public_routes()]  # type: ignore[attr-defined]
    for asked in [
        path.replace("{name}", name)
        for path in paths
        for name in (ADDRESSES if "{name}" in path else [""])
    ]:
        for lang in ("es", "en") if len(periods) > 1 else ("es",):
            full = asked.replace("{lang}", lang)
            routes.append(full)
            if lang == "es" and "card" not in asked:
                routes += [f"{full}?period={code.replace('/', '%2F')}" for code in periods]
    return list(dict.fromkeys(routes))


@pytest.fixture
def public_server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The server of the tier public with records lying in its home, cache and temporary folders."""
    home = tmp_path / "home"
    for folder in (home, home / "cache", home / "tmp"):
        folder.mkdir()
        (folder / "records.csv").write_text(records_csv(extra=30))
    port = free_port()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(home / "tmp"),
        "ATLAS_TIER": "public",
        # what nobody has asked for yet is not drawn beforehand
        "UVICORN_LIFESPAN": "off",
    }
    log_path = tmp_path / "said.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "start.py", "--installed", "--no-browser"],
            cwd=ROOT,
            env={**environment, "PORT": str(port)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield port, tmp_path
        finally:
            process.terminate()
            process.wait(timeout=300)


@pytest.mark.parametrize(
    "periods", [PERIOD_CODES[:1], pytest.param(PERIOD_CODES, marks=pytest.mark.slow)], ids=len
)
def test_no_public_route_shows_or_logs_the_canary(periods, public_server):
    """Every route, asked plainly, with the file as body, and with the canary in the address.

    Searched: every header and byte of the answers, stdout and stderr of the process, and whatever
    it wrote into its home, cache and temporary folders.
    """
    port, folder = public_server
    before = set(files_of(folder / "home"))
    body = records_csv(extra=5).encode()
    answers = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    hostile = f"?period={LONGITUDE},{LATITUDE}&q={TOKEN}"
    asked = [("GET", path, None, {}) for path in _routes(periods)]
    plain = [path for path in _routes(periods) if "?" not in path]
    asked += [("GET", path + hostile, None, {"Referer": TOKEN, "Cookie": TOKEN}) for path in plain]
    asked += [("GET", f"{path}/{TOKEN}/{LATITUDE}", None, {}) for path in plain]
    kind = {"Content-Type": "text/csv"}
    asked += [(method, path, body, kind) for path in plain for method in ("POST", "PUT")]
    for method, path, content, headers in asked:
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        everything = repr(answer.getheaders()).encode() + answer.read()
        assert traces(everything) == set(), f"{method} {path}"
        assert method == "GET" or answer.status >= 300, f"{method} {path} was taken"
        answers += answer.status == 200
        if answer.will_close:
            connection.close()
    assert answers > 15
    time.sleep(0.2)
    log = (folder / "said.log").read_bytes()
    assert f"http://127.0.0.1:{port}/public".encode() in log  # the process has said something
    assert traces(log) == set()
    new = {
        name: content for name, content in files_of(folder / "home").items() if name not in before
    }
    assert not [name for name, content in new.items() if traces(content)]
