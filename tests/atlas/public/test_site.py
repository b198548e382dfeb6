"""The file tree: complete, the same bytes each time, its pictures drawn by us, its faults named."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from hashlib import sha256
from itertools import pairwise

import pytest
from PIL import Image
from typer.testing import CliRunner

import atlas.public.site
import cli
from atlas.paper.embed import COMPACT_PX, HEIGHT_PX, WIDTH_PX, oembed
from atlas.public.card import card_scene, map_svg_bytes
from atlas.public.document import FILE_LINKS
from atlas.public.site import SITE_FILES, metadata
from atlas.results.regions import results_for
from atlas.version import content_version
from atlas.words import LANGUAGES, words
from data.periods import DEFAULT_PERIOD, PERIOD_CODES, parse_period
from studies.benchmarks.browser import ROOT

BASE = "https://example.org/trata/"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def files(public_tree):
    """The tree with an address."""
    return public_tree


def _run(*arguments):
    """The command in this process: the interpreter's start is not what is tested."""
    return CliRunner().invoke(cli.app, ["public", *arguments])


@pytest.mark.slow  # twice in this process: test_page; a plan in another: test_sites
def test_another_process_gives_the_same_bytes(files):
    """Not one byte differs under another hash seed and in another zone."""
    code = (
        "import hashlib,json; from atlas.public.site import site_files; "
        f"print(json.dumps({{k: hashlib.sha256(v).hexdigest() "
        f"for k, v in site_files(base_url='{BASE}').items()}}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = {name: sha256(content).hexdigest() for name, content in files.items()}
    assert json.loads(said.stdout) == here


def test_the_metadata_name_version_sources_and_unit(files):
    """Counts from the results, the content's version, a source with an address."""
    about = json.loads(files["public.json"])
    results = results_for(DEFAULT_PERIOD)
    assert about["reported_count"] == int(results["reported_count"].sum()) == 886
    assert about["unit"] == "reported offence"
    assert about["content"] == content_version()
    assert about["licence"] == "not stated by the publisher"
    assert [source["published"] for source in about["sources"]] == ["2025-12-17"]
    assert about["pages"] == {"es": f"{BASE}index.html", "en": f"{BASE}en/index.html"}


def test_the_metadata_name_every_file_by_its_hash(files):
    """Whoever mirrors the tree can check it, and which data it was made from."""
    about = json.loads(files["public.json"])
    assert set(files) == SITE_FILES == {*about["files"], "public.json"}
    for name, digest in about["files"].items():
        assert sha256(files[name]).hexdigest() == digest
    catalogue = (ROOT / "data" / "datapackage.json").read_bytes()
    assert about["data_sha256"] == sha256(catalogue).hexdigest()


@pytest.mark.parametrize("view", ["index", "compact"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_oembed_is_what_its_specification_asks_for(files, lang, view):
    """oEmbed 1.0, rich: version, type, html, width and height; the picture with its size."""
    path = FILE_LINKS[lang].path.replace("index", view)
    name = f"oembed-{lang}.json" if view == "index" else f"oembed-compact-{lang}.json"
    assert f'json+oembed" href="{BASE}{name}"' in files[path].decode()
    answer = json.loads(files[name])
    assert (answer["version"], answer["type"]) == ("1.0", "rich")
    assert answer["thumbnail_url"] == f"{BASE}card-{lang}.png"
    assert (answer["thumbnail_width"], answer["thumbnail_height"]) == (1200, 630)
    frame = ElementTree.fromstring(answer["html"])
    assert frame.tag == "iframe"
    assert frame.attrib["src"] == f"{BASE}{path}"
    assert frame.attrib["title"] == answer["title"]
    assert (frame.attrib["loading"], frame.attrib["frameborder"]) == ("lazy", "0")
    size = answer["width"], answer["height"]
    assert size == (WIDTH_PX, HEIGHT_PX if view == "index" else COMPACT_PX)
    assert size == (int(frame.attrib["width"]), int(frame.attrib["height"]))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_is_1200_by_630_with_its_source_inside(files, lang):
    """Title, the five highest rates, help lines, caveat and source are printed, all inside."""
    image = Image.open(io.BytesIO(files[f"card-{lang}.png"]))
    assert image.size == (1200, 630)
    assert len(image.convert("RGB").getcolors(1_000_000)) > 50
    scene = card_scene(lang, period=parse_period("2023"))
    said = " ".join(text.text for text in scene.texts)
    results = results_for(parse_period("2023")).nlargest(5, "rate_per_100k")
    for row in results.itertuples():
        assert row.department in said
        assert f"{row.rate_per_100k:.1f}" in said
    for part in ("1818", "100", "2023", "INEI", "2024"):
        assert part in said
    assert words(lang)("picture.caveat").split(".")[0] in said
    assert all(0 < text.y < 622 and 0 <= text.x <= 1200 for text in scene.texts)


QUICK = ("2007-01/2014-04", DEFAULT_PERIOD.code)
"""one of each registry; the others differ by their figures only"""


@pytest.mark.parametrize(
    "period",
    [pytest.param(code, marks=() if code in QUICK else pytest.mark.slow) for code in PERIOD_CODES],
)
def test_every_period_has_a_card_and_a_map(period):
    """Words of the card never run into its foot; a count that is not compared has no colour."""
    present = set(results_for(parse_period(period))["verdict"])
    say = words("es")
    scene = card_scene("es", period=parse_period(period))
    left = sorted((t.y, t.size) for t in scene.texts if t.x < 690)
    assert all(b - a >= 0.95 * size or b == a for (a, _), (b, size) in pairwise(left))
    shown = {t.text for t in scene.texts}
    assert (say("verdict.above") in shown) == ("above" in present)
    by_verdict = {
        t.text for t in card_scene("es", period=parse_period(period), measure="verdict").texts
    }
    assert say("verdict.unremarkable") in by_verdict
    svg = ElementTree.fromstring(map_svg_bytes("es", period=parse_period(period)))
    assert svg.tag == f"{SVG}svg"


def test_the_static_map_has_no_town_and_no_finer_place(files):
    """Names of departments, countries and the ocean only; mining in squares of 0.25 degrees."""
    svg = ElementTree.fromstring(files["map-es.svg"])
    said = {node.text for node in svg.iter(f"{SVG}text")}
    assert {"LORETO", "Ecuador"} <= said
    assert not said & {"Iquitos", "Puerto Maldonado", "La Pampa", "La Rinconada", "Jaén"}
    assert len(list(svg.iter(f"{SVG}circle"))) < 120


def test_the_command_writes_the_tree_and_writes_it_again(tmp_path, files, monkeypatch):
    """Made from nothing, then over itself: oEmbed goes when its address goes, nothing is left."""
    out = tmp_path / "site"
    asked = []

    def made(**options):
        asked.append(options)
        return {name: files[name] for name in files if options["base_url"] or "oembed" not in name}

    monkeypatch.setattr(atlas.public.site, "site_files", made)
    said = _run("--out", str(out), "--base-url", BASE)
    assert (said.exit_code, said.stdout) == (0, ""), said.output
    found = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert found == SITE_FILES
    said = _run("--out", str(out), "--period", "2021", "--measure", "rate")
    assert said.exit_code == 0
    assert asked == [
        {"period": DEFAULT_PERIOD, "measure": "verdict", "base_url": BASE, "dashboard_url": None},
        {
            "period": parse_period("2021"),
            "measure": "rate",
            "base_url": None,
            "dashboard_url": None,
        },
    ]
    found = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert found == {name for name in SITE_FILES if "oembed" not in name}
    assert (out / "public.json").read_bytes() == files["public.json"]
    assert list(tmp_path.iterdir()) == [out]
    assert (out / "index.html").stat().st_mode & 0o777 == 0o644


def test_the_command_refuses_in_one_line(tmp_path):
    """A file for a folder, a folder of somebody else."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.docx").write_text("mine")
    lookalike = tmp_path / "lookalike"
    lookalike.mkdir()
    (lookalike / "index.html").write_text("my own page")
    file = tmp_path / "file"
    file.write_text("")
    for arguments, words_ in (
        (["--out", str(file)], "not a folder"),
        (["--out", str(foreign)], "somebody else (thesis.docx)"),
        (["--out", str(lookalike)], "somebody else (index.html)"),
    ):
        said = _run(*arguments)
        assert said.exit_code == 2, arguments
        assert said.stdout == ""
        assert words_ in said.stderr
        assert len(said.stderr.splitlines()) == 1
    assert (lookalike / "index.html").read_text() == "my own page"


def test_hostile_words_of_the_tables_stay_words(data_folder, hostile_page_data, hostile_text):
    """In the map as SVG, on the card and in the metadata they are shown; nothing runs or links."""
    data_folder(hostile_page_data)
    root = ElementTree.fromstring(map_svg_bytes("es"))
    kinds = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert not kinds & {"script", "image", "a", "foreignObject", "style", "use"}
    assert not [name for node in root.iter() for name in node.attrib if name.startswith("on")]
    said = " ".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert "${window.P=1}" in said
    shown = " ".join(text.text for text in card_scene("es", period=parse_period("2023")).texts)
    assert "${window.P=1}" in shown
    urls = dict.fromkeys(("provider_url", "page_url", "compact_url", "card_url"), BASE)
    answer = oembed(words("es"), title=hostile_text, **urls)
    assert [node.tag for node in ElementTree.fromstring(answer["html"]).iter()] == ["iframe"]
    about = metadata(parse_period("2023"))
    assert {source["title"] for source in about["sources"]} == {hostile_text}
    assert [source["url"] for source in about["sources"]] == [None] * len(about["sources"])
