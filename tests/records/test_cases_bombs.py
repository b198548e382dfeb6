"""Files that would not end or lead astray: archives, rasters, workbooks, JSON (cases 7 to 12)."""

from __future__ import annotations

import math
import time

import pytest

from records.limits import UPLOAD_BYTES
from records.reading import check_records
from records.refusal import Refusal
from tests.records import attacks
from tests.records.attacks import collection, feature, workbook, zipped
from tests.records.refusing import POINT, refused


def test_case_07_a_zip_bomb_is_told_by_its_directory(judge):
    """4 GB in 4.2 MB: nothing is unpacked."""
    bomb = attacks.zip_bomb()
    assert len(bomb) < UPLOAD_BYTES
    before = time.process_time()
    with pytest.raises(Refusal, match="unpacks to more"):
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
def test_case_08_zips_that_lead_astray(content, code):
    """Ways out, links, zips in zips and two Shapefiles."""
    refused(content, code)


def test_case_09_a_large_raster_is_not_opened():
    """60,000 by 60,000 cells in 480 kB: a raster is no table."""
    refused(attacks.huge_tiff(), "raster")


def test_case_10_a_far_cell():
    """One cell at XFD1048576 makes no sheet of seventeen billion cells."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(workbook(attacks.sheet_rows([["fecha"]]) + far, head=""), "too_many_rows")
    wide = '<row r="2"><c r="XFD2"><v>1</v></c></row>'
    refused(workbook(wide), "too_many_columns")


def test_case_11_a_million_rows_and_entities():
    """A long workbook and one that declares entities."""
    long = workbook("<row><c><v>1</v></c></row>" * 200_000)
    assert len(long) < UPLOAD_BYTES
    with pytest.raises(Refusal) as caught:
        check_records(long)
    assert caught.value.code in ("too_many_rows", "zip_bomb")
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
def test_case_12_json_beyond_its_limits(content, code):
    """Depth, doubled keys, NaN, infinite and endless numbers."""
    refused(content, code)


def test_case_12_deep_text_is_no_depth(judge):
    """Brackets in a text nest nothing."""
    records, _ = judge(collection([feature(POINT, nota="[" * 300 + '"')]))
    assert len(records) == 1
