"""Test what commands print: names, codes, whole sentences, and the language of --lang."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import cli
from atlas.words import words
from tests.other_process import run

ROOT = Path(__file__).resolve().parents[3]
POINTS = "lon,lat,w\n" + "".join(f"-76.{n},-12.{n},1\n" for n in range(10, 60))
PLACES = "name,longitude,latitude\nIquitos,-73.25,-3.75\nNauta,-73.58,-4.5\n"
ROADS = """<osm version="0.6">
<node id="1" lat="-3.75" lon="-73.25"/><node id="2" lat="-4.5" lon="-73.58"/>
<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which commands run, with points, places and roads of somebody."""
    asked = tmp_path / "asked"
    asked.mkdir()
    (asked / "own.csv").write_text(POINTS)
    (asked / "places.csv").write_text(PLACES)
    (asked / "roads.osm").write_text(ROADS)
    monkeypatch.chdir(asked)
    return asked


OF_OWN_FILES = [
    (
        "density --period 2023 --cell-km 20 --out a.tif",
        "2023: 1,076 x delito denunciado, la cuadrícula contiene 1,076.00; suavizado de 40.0 km "
        "(como se pidió); modelado, repartido por población; 71 localidades movidas a la "
        "cuadrícula, 28.0 km como máximo",
    ),
    (
        "density --points own.csv --longitude lon --latitude lat --out site/a.tif",
        "--out está dentro de 'site', que se publica. Una carpeta que se publica no puede contener "
        "lo que se hace con sus propios registros. Elija otra",
    ),
    (
        "travel-times --network a.osm --areas-out a.gpkg",
        "--areas-out necesita --max-minutes, que dice hasta dónde llega un área",
    ),
    (
        "refresh mining a.json --check --period spring",
        "--period es 'spring'. Dé un año o un trimestre, por ejemplo 2025 o 2026Q2",
    ),
    (
        "records sample --out a.csv",
        "datos inventados: 300 registros de práctica, nada de lo que dicen ocurrió",
    ),
]


@pytest.mark.parametrize(("asked", "line"), OF_OWN_FILES, ids=[asked for asked, _ in OF_OWN_FILES])
def test_messages_about_own_files_are_in_the_language_asked_for(
    folder: Path, asked: str, line: str
) -> None:
    """The line is there in Spanish and not in English; a refusal is that line alone."""
    spanish_code, spanish_out, spanish = run(*shlex.split(asked), "--lang", "es")
    code, out, english = run(*shlex.split(asked), "--lang", "en")
    assert line in spanish.splitlines()
    assert line not in english.splitlines()
    assert code == spanish_code
    assert len(spanish.splitlines()) == len(english.splitlines())
    if code:
        assert (out, spanish_out, len(spanish.splitlines())) == ("", "", 1)


CHANGES_NOTHING = [
    "regions --period 2023",
    "regions --registry nobody",
    "geojson --period 2023 --out a.geojson",
    "catalogue check --folder .",
]


@pytest.mark.parametrize("asked", CHANGES_NOTHING)
def test_elsewhere_a_language_changes_nothing(folder: Path, asked: str) -> None:
    """Answer, refusal and code are the same; one more line on stderr says so after an answer."""
    code, out, err = run(*shlex.split(asked))
    again, same_out, same_err = run(*shlex.split(asked), "--lang", "es")
    assert (again, same_out) == (code, out)
    assert same_err.startswith(err)
    assert same_err.count("--lang changes nothing") == (code == 0)
    assert same_err.count("\n") == err.count("\n") + (code == 0)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("geojson --period 2023 --out a.geojson", "wrote a.geojson"),
        (
            "map --level provinces --registry police --period 2022 --layers density --out a.html",
            "left out below the department: density",
        ),
        ("series", "Missing option '--registry'. See --help."),
        ("records check", "Missing argument 'file'. See --help."),
    ],
)
def test_other_messages_are_english(folder: Path, asked: str, line: str) -> None:
    """A file may be in Spanish, and what is wrong with the command line is said in English."""
    assert line in run(*shlex.split(asked), "--lang", "es")[2].splitlines()


FEW = "--resamples 0 --departments 17"
STYLES = ("json", "csv", "table")
PRINTED = [
    *(f"regions --period 2023 --format {style}" for style in STYLES),
    "regions --level provinces --registry police --period 2022",
    "series --registry police --department 17 --step quarter",
    *(f"profile --department 17 --format {style}" for style in ("json", "csv", "text")),
    *(f"hotspots --period 2023 --lens {lens} --replicas 999" for lens in ("excess", "scan")),
    "hotspots --level provinces --lens gistar --replicas 999",
    "change --from 2021 --to 2023",
    "change --from 2023 --to 2025-01/2025-11 --own",
    "quote --department 09",
    "quote --victims 2024 --lang en",
    *(f"areas --level provinces --where mined_ha>=1000 --format {style}" for style in STYLES),
    *(f"compare --like 17 --format {style}" for style in ("json", "table")),
    "compare --neighbours 15 --period 2022",
    "compare --neighbours 21 --pairs --format table",
    "density --period 2023 --cell-km 20 --out a.tif",
    "density --points own.csv --longitude lon --latitude lat --bandwidth-km 40 --out b.tif",
    "map --layers services --out a.html",
    "department --department 16 --out department.csv",
    "picture --isopleths --address https://atlas.example.pe/ --out a.svg",
    "picture --measure verdict --width-px 480 --out a.png",
    "geojson --period 2023 --out a.geojson",
    "bundle --period 2023 --layers density --out a.zip",
    "brief --department 16 --registry police --layers routes-noreports --out a.pdf",
    "public --out site",
    "records template --out template.csv",
    "records sample --out sample.csv",
    *(f"records check sample.csv --format {style}" for style in ("text", "json")),
    "records check own.csv --left-out left.csv --write-mapping mapping.json",
    *(f"sites --sites 2 {FEW} --format {style}" for style in ("json", "table")),
    "sites --candidates places.csv --sites 1 --resamples 0 --out plan.geojson",
    "travel-times --network roads.osm --from places.csv --to places.csv",
    "travel-times --network roads.osm --from places.csv --to places.csv --out times.csv",
    "catalogue check --folder .",
    *(f"refresh {kind} own.csv --check" for kind in ("mining", "complaints", "police --first")),
]
"""Every command, with what it prints; in this order, for some read what others wrote."""
WRITTEN = {
    "a.html": (b"<!DOCTYPE html>", b'atlas.put("services"'),
    "department.csv": (b"\xef\xbb\xbfC", b""),
    # the link of what is shown, with its period
    "a.svg": (b"<?xml", b"https://atlas.example.pe/?lang=es&amp;period=2025-01"),
    "a.png": (b"\x89PNG", b""),
    "a.geojson": (b'{"type":"FeatureCollection"', b""),
    "a.pdf": (b"%PDF-", b""),
}
"""How the files of these commands begin, and a part of them; nothing is on stdout."""
KEYS = {key for key in words("en").catalogue if re.fullmatch(r"[a-z_]+(\.\w+)+", key)}


def test_every_command_answers_and_no_output_has_a_hole(folder: Path) -> None:
    """Every command writes its kind of file, and no output has an empty placeholder or a key."""
    for asked in PRINTED:
        code, out, err = run(*shlex.split(asked), "--lang", "es")
        assert code < 2 or asked.startswith("refresh"), (asked, err)
        if (name := asked.split()[-1]) in WRITTEN:
            begins, holds = WRITTEN[name]
            content = (folder / name).read_bytes().lstrip()
            assert (out, content.startswith(begins), holds in content) == ("", True, True), asked
            assert b'atlas.put("density"' not in content
        is_json = "--format json" in asked
        printed = [*(_strings(json.loads(out)) if is_json else [out]), err]
        for file in folder.glob("*.csv"):
            printed.append(file.read_text("utf-8-sig"))
        for text in printed:
            assert not re.search("[{}]", text), (asked, text)
            assert not KEYS & {*re.findall(r"[a-z_]+(?:\.\w+)+", text)}, (asked, text)


def test_every_command_is_looked_at_for_holes() -> None:
    """A new command prints too."""
    for names in _commands(typer.main.get_command(cli.app)):
        assert any(asked.startswith(" ".join(names)) for asked in PRINTED), names


def _commands(group: object, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*before, name))
        else:
            yield (*before, name)


def _strings(value: object) -> Iterator[str]:
    """The names and texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _strings(item)
