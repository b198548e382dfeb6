"""The file tree: complete, the same bytes each time, its pictures drawn by us, its faults named."""

from __future__ import annotations

import csv
import io
import json
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
from atlas.results.sentences import rate_text
from atlas.version import content_version
from atlas.words import words
from data.periods import PERIOD_CODES, default_period, parse_period
from studies.benchmarks.browser import ROOT

BASE = "https://example.org/trata/"
SVG = "{http://www.w3.org/2000/svg}"


def _run(*arguments):
    return CliRunner().invoke(cli.app, ["public", *arguments])


def test_the_metadata_name_version_sources_and_unit(public_tree):
    """Counts from the results, the version, each source, each file and the data by its hash."""
    document = json.loads(public_tree["public.json"])
    assert set(public_tree) == SITE_FILES == {*document["files"], "public.json"}
    results = results_for(default_period())
    assert document["reported_count"] == int(results["reported_count"].sum()) == 886
    assert document["unit"] == "reported offence"
    assert document["content"] == content_version()
    assert document["licence"] == "not stated by the publisher"
    reports, *residents = document["sources"]
    assert reports["published"] == "2025-12-17"
    assert residents
    assert all("INEI" in source["publisher"] for source in residents)
    assert document["pages"] == {"es": f"{BASE}index.html", "en": f"{BASE}en/index.html"}
    for name, digest in document["files"].items():
        assert sha256(public_tree[name]).hexdigest() == digest
    catalogue = (ROOT / "data" / "datapackage.json").read_bytes()
    assert document["data_sha256"] == sha256(catalogue).hexdigest()


@pytest.mark.parametrize(("lang", "view"), [("es", "index"), ("en", "compact")])
def test_oembed_is_what_its_specification_asks_for(public_tree, lang, view):
    """The answer is oEmbed 1.0, rich: version, type, html, width, height, and a sized picture."""
    path = FILE_LINKS[lang].path.replace("index", view)
    name = f"oembed-{lang}.json" if view == "index" else f"oembed-compact-{lang}.json"
    assert f'json+oembed" href="{BASE}{name}"' in public_tree[path].decode()
    answer = json.loads(public_tree[name])
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


def test_the_card_is_1200_by_630_with_its_source_inside(public_tree):
    """What was found, help lines, caveat and source are printed, all inside."""
    image = Image.open(io.BytesIO(public_tree["card-es.png"]))
    assert image.size == (1200, 630)
    assert len(image.convert("RGB").getcolors(1_000_000)) > 50
    scene = card_scene("es", period=parse_period("2023"))
    printed = " ".join(text.text for text in scene.texts)
    results = results_for(parse_period("2023"))
    assert all(name in printed for name in results.loc[results["verdict"] == "above", "department"])
    for part in ("1818", "100", "2023", "INEI", "2024"):
        assert part in printed
    assert words("es")("picture.caveat").split(".")[0] in printed
    assert all(0 < text.y < scene.height and 0 <= text.x <= scene.width for text in scene.texts)


@pytest.mark.parametrize(
    ("period", "measure"),
    [
        ("2007-01/2014-04", "rate"),
        ("2022", "verdict"),
        *(pytest.param(code, "rate", marks=pytest.mark.slow) for code in PERIOD_CODES[1:]),
    ],
)
def test_the_card_names_all_25_and_its_words_do_not_meet(period, measure):
    """The card names all 25, has the verdicts that occur, and no word covers the foot."""
    results, say = results_for(parse_period(period)), words("es")
    scene = card_scene("es", period=parse_period(period), measure=measure)
    left = sorted((t.y, t.size) for t in scene.texts if t.x < 382)
    assert all(b - a >= 0.95 * size or b == a for (a, _), (b, size) in pairwise(left))
    texts = {text.text for text in scene.texts}
    assert (say("verdict.above") in texts) == ("above" in set(results["verdict"]))
    assert (say("verdict.unremarkable") in texts) or measure == "rate"
    on_map = [text.text for text in scene.texts if text.x > 382]
    for row in results.itertuples():
        place = on_map.index(row.department.upper())
        rate = rate_text(row.rate_per_100k, say)
        is_said = measure == "rate" and row.verdict != "untestable"
        assert (rate in on_map[place : place + 2]) == is_said, row.department


def test_the_static_map_has_no_town_and_no_finer_place(public_tree):
    """Names of departments, countries and the ocean only; mining in squares of 0.25 degrees."""
    svg = ElementTree.fromstring(public_tree["map-es.svg"])
    printed = {node.text for node in svg.iter(f"{SVG}text")}
    assert {"LORETO", "Ecuador"} <= printed
    assert not printed & {"Iquitos", "Puerto Maldonado", "La Pampa", "La Rinconada", "Jaén"}
    assert len(list(svg.iter(f"{SVG}circle"))) < 120


def test_the_command_writes_the_tree_and_writes_it_again(tmp_path, public_tree, monkeypatch):
    """Made from nothing, then over itself: oEmbed goes when its address goes, nothing is left."""
    out = tmp_path / "site"
    asked = []

    def made(**options):
        asked.append(options)
        return {
            name: public_tree[name]
            for name in public_tree
            if options["base_url"] or "oembed" not in name
        }

    monkeypatch.setattr(atlas.public.site, "site_files", made)
    result = _run("--out", str(out), "--base-url", BASE)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    written = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert written == SITE_FILES
    result = _run("--out", str(out), "--period", "2021", "--measure", "rate")
    assert result.exit_code == 0
    assert asked == [
        {"period": default_period(), "measure": "verdict", "base_url": BASE, "dashboard_url": None},
        {
            "period": parse_period("2021"),
            "measure": "rate",
            "base_url": None,
            "dashboard_url": None,
        },
    ]
    written = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert written == {name for name in SITE_FILES if "oembed" not in name}
    assert (out / "public.json").read_bytes() == public_tree["public.json"]
    assert list(tmp_path.iterdir()) == [out]
    assert (out / "index.html").stat().st_mode & 0o777 == 0o644


def test_the_command_refuses_in_one_line(tmp_path):
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
        result = _run(*arguments)
        assert result.exit_code == 2, arguments
        assert result.stdout == ""
        assert words_ in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert (lookalike / "index.html").read_text() == "my own page"


def test_hostile_words_of_the_tables_stay_words(
    public, data_folder, hostile_page_data, hostile_text, forgotten
):
    """Hostile words are text in map, card, metadata and API, and run in no spreadsheet."""
    data_folder(hostile_page_data)
    root = ElementTree.fromstring(map_svg_bytes("es"))
    kinds = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert not kinds & {"script", "image", "a", "foreignObject", "style", "use"}
    assert not [name for node in root.iter() for name in node.attrib if name.startswith("on")]
    printed = " ".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert "${window.P=1}" in printed
    shown = " ".join(text.text for text in card_scene("es", period=parse_period("2023")).texts)
    assert "${window.P=1}" in shown
    urls = dict.fromkeys(("provider_url", "page_url", "compact_url", "card_url"), BASE)
    answer = oembed(words("es"), title=hostile_text, **urls)
    assert [node.tag for node in ElementTree.fromstring(answer["html"]).iter()] == ["iframe"]
    document = metadata(parse_period("2023"))
    assert {source["title"] for source in document["sources"]} == {hostile_text}
    assert [source["url"] for source in document["sources"]] == [None] * len(document["sources"])
    answer = public("/api/v1/regions.json")
    printed = json.loads(answer.body)
    assert printed["regions"][0]["department"] == hostile_text
    assert [source["url"] for source in printed["sources"]] == [None] * len(printed["sources"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    meta = public("/api/v1/meta.json").body
    assert b"<" not in answer.body + meta
    assert "\u2028".encode() not in answer.body
    cited = [source for table in json.loads(meta)["tables"] for source in table["sources"]]
    assert "javascript:" not in str([source["url"] for source in cited])
    rows = csv.DictReader(io.StringIO(public("/api/v1/regions.csv").body.decode(), newline=""))
    assert {row["department"] for row in rows} == {hostile_text}
