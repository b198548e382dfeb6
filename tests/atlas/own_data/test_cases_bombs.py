"""Files that would not end or lead astray: archives, rasters, workbooks, JSON (cases 7 to 12)."""

from __future__ import annotations

import math
import time

import pytest

import atlas.own_files.places as gazetteer_module
from atlas.own_files.isolation import check_file
from data.names import normalise_name
from data.readers.geojson import _require_shallow
from data.readers.limits import UPLOAD_BYTES
from data.readers.privacy import looks_personal
from geo.errors import UserError
from tests.atlas.own_data import attacks
from tests.atlas.own_data.attacks import collection, feature, workbook, zipped
from tests.atlas.own_data.refusing import POINT, refused


def test_case_07_a_zip_bomb_is_told_by_its_directory(judge):
    """4 GB in 4.2 MB: nothing is unpacked."""
    bomb = attacks.zip_bomb()
    assert len(bomb) < UPLOAD_BYTES
    before = time.process_time()
    with pytest.raises(UserError, match="zip_bomb"):
        judge(bomb)
    assert time.process_time() - before < 2  # unpacking it took 18 s
    many = zipped({f"{number}.shp": b"" for number in range(21)})
    refused(many, "zip_bomb")
    refused(zipped({"a.shp": b"\0" * 20_000_000}), "zip_bomb")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped({"../a.shp": b"x"}), "zip_unsafe"),
        (zipped({"/etc/a.shp": b"x"}), "zip_unsafe"),
        (zipped({"..\\a.shp": b"x"}), "zip_unsafe"),
        (zipped({"C:/a.shp": b"x"}), "zip_unsafe"),
        (attacks.linked_zip(), "zip_unsafe"),
        (zipped({"a.shp": b"x", "b.zip": b"x"}), "zip_unsafe"),
        (zipped({"a.shp": b"x", "b.shp": b"x"}), "zip_content"),
        (zipped({"a.txt": b"x"}), "zip_content"),
        (b"PK\x03\x04" + b"x" * 100, "zip_damaged"),
    ],
)
def test_case_08_zips_that_lead_astray(judge, content, code):
    """Ways out, links, zips in zips and two Shapefiles."""
    with pytest.raises(UserError, match=code):
        judge(content)


def test_case_09_a_large_raster_is_not_opened():
    """60,000 by 60,000 cells in 480 kB: a raster is no table."""
    refused(attacks.huge_tiff(), "raster")


def test_case_10_a_far_cell():
    """One cell at XFD1048576 makes no sheet of seventeen billion cells."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(workbook(attacks.sheet_rows([["fecha"]]) + far, head=""), "too_many_rows")
    wide = '<row r="2"><c r="XFD2"><v>1</v></c></row>'
    refused(workbook(wide), "too_many_columns")


def test_case_10_and_11_a_sheet_under_another_name(judge):
    """What the workbook names a sheet is one, whatever it is called: judged and read as one."""
    part = "a.png"
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(workbook(attacks.sheet_rows([["fecha"]]) + far, part=part), "too_many_rows")
    refused(workbook('<row r="2"><c r="XFD2"><v>1</v></c></row>', part=part), "too_many_columns")
    bomb = '<!DOCTYPE x [<!ENTITY b "bbbbbbbb">]>'
    row = '<row><c t="str"><v>&b;</v></c></row>'
    refused(workbook(row, head=bomb, part=part), "workbook_markup")
    sound = attacks.sheet_rows([["fecha", "ubigeo"], ["2023", "150101"]])
    picture = {"xl/media/image1.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 99}
    records, _ = judge(workbook(sound, part=part, others=picture))
    assert [record["district_ubigeo"] for record in records] == ["150101"]


def test_case_11_formulas_and_links_are_not_followed(trap, isolation):
    """A command, a link to another file: the value that was saved counts, nobody is asked."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    linked = {
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{space}"/>'.encode(),
        "xl/externalLinks/_rels/externalLink1.xml.rels": (
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="x" '
            f'Target="{trap.address}/x.xlsx" TargetMode="External"/></Relationships>'
        ).encode(),
    }
    head = attacks.sheet_rows([["fecha", "ubigeo"]])
    row = (
        "<row><c><f>cmd|'/C calc'!A0</f><v>2023</v></c>"
        f'<c t="str"><f>WEBSERVICE("{trap.address}/f")</f><v>150101</v></c></row>'
    )
    checked = check_file(workbook(head + row, others=linked))
    assert [record["district_ubigeo"] for record in checked.rows] == ["150101"]


def test_case_11_a_million_rows_and_entities():
    """A long workbook and one that declares entities."""
    long = workbook("<row><c><v>1</v></c></row>" * 200_000)
    assert len(long) < UPLOAD_BYTES
    with pytest.raises(UserError) as caught:
        check_file(long)
    assert caught.value.key.rpartition(".")[2] in ("too_many_rows", "zip_bomb")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    refused(workbook('<row><c t="str"><v>&b;</v></c></row>', head=bomb), "workbook_markup")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "json_depth"),
        (b"[" * 200_000 + b"]" * 200_000, "json_depth"),
        (b'{"type":"FeatureCollection","type":"x","features":[]}', "json_keys"),
        (collection([feature({"type": "Point", "coordinates": [math.nan, 1]})]), "json_number"),
        (collection([]).replace(b"[]", b"[1e999]"), "json_number"),
        (collection([]).replace(b"[]", b"[" + b"9" * 5000 + b"]"), "json_number"),
        (b'{"type": "FeatureCollection", "features": [', "json_damaged"),
        (b'{"type": "FeatureCollection", "features": 3}', "not_geojson"),
    ],
)
def test_case_12_json_beyond_its_limits(judge, content, code):
    """Depth, doubled keys, NaN, infinite and endless numbers."""
    with pytest.raises(UserError, match=code):
        judge(content)


def test_case_12_deep_text_is_no_depth(judge):
    """Brackets in a text nest nothing."""
    records, _ = judge(collection([feature(POINT, nota="[" * 300 + '"')]))
    assert len(records) == 1


def test_case_12_a_million_rings():
    """A shape of a million empty rings is no point, and is told so without being built."""
    rings = b'{"type":"Polygon","coordinates":[' + b"[]," * 1_000_000 + b"[]]}"
    one = b'{"type":"Feature","properties":{"fecha":"2023"},"geometry":' + rings + b"}"
    checked = check_file(collection([]).replace(b"[]", b"[" + one + b"]"))
    assert [entry.code for entry in checked.report.entries] == ["geometry_kind"]


def _seconds(work, size):
    best = math.inf
    for _ in range(3):
        before = time.process_time()
        work(size)
        best = min(best, time.process_time() - before)
    return best


@pytest.mark.parametrize(
    "work",
    [
        lambda n: looks_personal("a" * n),
        lambda n: looks_personal("x@y" * (n // 3)),
        lambda n: looks_personal("a@" + "." * n),
        lambda n: looks_personal("1 " * (n // 2)),
        lambda n: looks_personal("a1-23_" * (n // 6)),
        lambda n: looks_personal("1   -" * (n // 5)),
        lambda n: looks_personal("a" + "\u0316\u0301" * (n // 2)),
        lambda n: normalise_name("a" + "\u0316\u0301" * (n // 2)),
        lambda n: _require_shallow(b'{"a":"' + b'\\"' * (n // 2)),
    ],
    ids=[
        "no mail",
        "half mails",
        "dots",
        "digits",
        "pieces",
        "gaps",
        "accents",
        "folded accents",
        "open text",
    ],
)
def test_time_grows_as_the_text_does(work):
    """Eight times the text takes some eight times as long; quadratic would be 64."""
    assert _seconds(work, 160_000) < 24 * max(_seconds(work, 20_000), 0.001)


def test_false_names_are_compared_by_an_index(monkeypatch):
    """A name that is nowhere is sounded out once, not once for each name of the gazetteer."""
    entries = gazetteer_module.gazetteer().districts[""]
    assert entries.by_sound
    asked = []
    monkeypatch.setattr(gazetteer_module, "sound", lambda name: asked.append(name) or name)
    for number in range(20):
        assert gazetteer_module.best_match(f"xqzw{number}wzqx", entries) is None
    assert len(asked) == 20
