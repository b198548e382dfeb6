"""Faults and attacks on an upload, each with the behaviour that was promised for it.

The numbers are those of the list of fault cases in docs/records.md. Cases of the page and its
server (13 to 16 in a browser, 24 to 27) are in test_upload_cases.py.
"""

from __future__ import annotations

import json
import math
import time
import zipfile

import numpy as np
import pytest

from records.limits import UPLOAD_BYTES
from records.reading import check_records
from records.refusal import Refusal
from tests.records import attacks
from tests.records.attacks import HEADINGS, collection, feature, workbook, zipped

POINT = {"type": "Point", "coordinates": [-77.03, -12.05]}
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


def refused(content: bytes, code: str) -> None:
    """The child refuses with this code, and its message holds nothing of the file."""
    with pytest.raises(Refusal) as caught:
        check_records(content)
    assert caught.value.code == code
    assert not any(word in str(caught.value) for word in ("127.0.0.1", "/etc", "/tmp", "root:"))


def codes(report) -> set[str]:
    """Codes of the report's entries."""
    return {entry.code for entry in report.entries}


@pytest.mark.parametrize("way", ["{}/x.geojson", "/vsicurl/{}/x.geojson", "GeoJSON:{}/x"])
def test_case_01_a_vrt_asks_nobody(trap, isolation, way):
    """VRT text under any name is markup; the address in it is never asked."""
    refused(VRT.format(source=way.format(trap.address)).encode(), "markup")


def test_case_02_a_vrt_reads_no_file(isolation):
    """A VRT that names a file of the machine gives no row."""
    refused(VRT.format(source="CSV:/etc/passwd").encode(), "markup")


def test_case_03_services_and_pipelines_as_geojson(trap, isolation):
    """WFS XML and a GDALG pipeline are no FeatureCollection."""
    refused(f"<OGRWFSDataSource><URL>{trap.address}</URL></OGRWFSDataSource>".encode(), "markup")
    pipeline = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {trap.address}/x ! write out",
    }
    refused(json.dumps(pipeline).encode(), "not_geojson")
    refused(json.dumps({"type": "Topology", "objects": {}}).encode(), "not_geojson")


def test_case_04_rasters_that_point_elsewhere(trap, isolation):
    """VRT and WMS text as .tif is markup."""
    refused(f"<GDAL_WMS><ServerUrl>{trap.address}</ServerUrl></GDAL_WMS>".encode(), "markup")
    refused(
        f"<VRTDataset><SourceFilename>/vsicurl/{trap.address}</SourceFilename></VRTDataset>".encode(),
        "markup",
    )


def test_case_05_an_address_is_no_file(trap, isolation):
    """Typed as a file's content or name, an address stays text."""
    refused(f"GeoJSON:{trap.address}/x".encode(), "no_header")
    refused(f"/vsicurl/{trap.address}/x".encode(), "no_header")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_case_06_entities_in_kml_and_gpx(isolation, encoding):
    """KML and GPX are markup, whatever they declare and however they are written."""
    bomb = '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
    refused(bomb.encode(encoding), "markup")
    outside = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>'
    refused(outside.encode(encoding), "markup")


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


def test_case_17_coordinates_that_mean_something_else(judge):
    """Each slip is named with its line, and the file is not imported."""
    rows = [
        ("-12.05,-77.03", "swapped"),
        ("77.03,12.05", "sign_lost"),
        ("500,-12", "not_degrees"),
        ("-3.7,40.4", "outside_peru"),
        ("278000,8665000", "utm_metres"),
        ("-69,-3.0", "outside_peru"),  # in the box, in Brazil
    ]
    text = "\n".join([HEADINGS, "2023,150101,-77.03,-12.05", *(f"2023,,{xy}" for xy, _ in rows)])
    records, report = judge(text)
    assert [(e.line, e.code) for e in report.entries] == [
        (line, code) for line, (_, code) in enumerate(rows, start=3)
    ]
    assert len(records) == 1
    assert report.left_out_count == 6
    assert not report.is_accepted


def test_case_17_every_shipped_capital_is_in_peru():
    """Nobody on the border is turned away by an outline that is off by up to 10 km."""
    from records.coordinates import are_outside, slip
    from records.gazetteer import gazetteer

    places = np.array(list(gazetteer().positions.values()))
    assert len(places) == 1874
    assert not are_outside(places[:, 0], places[:, 1]).any()
    assert {slip(x, y) for x, y in places} == {""}


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Point", "coordinates": []}, "geometry_empty"),
        ({"type": "Point", "coordinates": ["a", 1]}, "geometry_empty"),
        ({"type": "GeometryCollection", "geometries": [POINT]}, "geometry_kind"),
        (
            {"type": "Polygon", "coordinates": [[[-77, -12], [-76, -11], [-77, -11], [-76, -12]]]},
            "geometry_kind",
        ),
        ({"type": "MultiPoint", "coordinates": [[-77, -12], [-76, -11]]}, "geometry_kind"),
        ({"type": "Circle", "coordinates": [-77, -12]}, "geometry_kind"),
    ],
)
def test_case_18_shapes_that_are_no_points(judge, geometry, code):
    """Empty, bowtie, collections: listed, and the sound feature beside them used."""
    records, report = judge(collection([feature(POINT), feature(geometry)]))
    assert len(records) == 1
    assert [(e.line, e.code, e.is_fault) for e in report.entries] == [(2, code, True)]


def test_case_18_heights_and_lone_multipoints_are_points(judge):
    """A third coordinate is dropped with notice, a MultiPoint of one is its point."""
    records, report = judge(
        collection(
            [
                feature({"type": "Point", "coordinates": [-77.03, -12.05, 150.0]}),
                feature({"type": "MultiPoint", "coordinates": [[-77.03, -12.05]]}, ubigeo="150101"),
            ]
        )
    )
    assert [(r["longitude"], r["latitude"]) for r in records] == [(-77.03, -12.05)] * 2
    assert ("third_coordinate", "") in report.notices


@pytest.mark.parametrize("part", [".shx", ".dbf", ".prj"])
def test_case_19_a_shapefile_without_a_part(part):
    """The part is named; nothing is guessed in its place."""
    with pytest.raises(Refusal, match=f"lacks its {part} file"):
        check_records(attacks.shapefile(drop=(part,)))


def test_case_19_systems_that_are_not_peruvian_or_not_true():
    """An unknown system is refused; metres announced as such but written in degrees are seen."""
    from pyproj import CRS

    refused(attacks.shapefile(prj=CRS.from_epsg(27700).to_wkt("WKT1_ESRI")), "crs_unknown")
    refused(attacks.shapefile(prj=""), "crs_unknown")
    wrong = check_records(attacks.shapefile(prj=CRS.from_epsg(32718).to_wkt("WKT1_ESRI")))
    assert codes(wrong.report) <= {"outside_peru", "not_degrees"}
    assert not wrong.report.is_accepted
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    refused(collection([feature(POINT)], crs=crs), "crs_unknown")


def test_case_19_sound_files_pass_both_ways(isolation):
    """The same two records by Shapefile and GeoPackage."""
    for content, kind in ((attacks.shapefile(), "shapefile"), (attacks.geopackage(), "gpkg")):
        checked = check_records(content)
        assert checked.report.kind == kind
        assert checked.report.is_clean
        assert checked.report.is_accepted
        assert [(r["year"], r["district_ubigeo"]) for r in checked.records] == [
            (2023, "150101"),
            (2023, "150102"),
        ]
        assert checked.records[0]["longitude"] == pytest.approx(-77.03)


def test_case_19_a_utm_shapefile_is_converted():
    """The .prj says UTM 18S and the numbers agree: Lima stays in Lima."""
    import io

    import geopandas as gpd

    with zipfile.ZipFile(io.BytesIO(attacks.shapefile())) as archive:
        assert "a.shp" in archive.namelist()
    frame = gpd.GeoDataFrame(
        {"fecha": ["2023"], "ubigeo": ["150101"]},
        geometry=gpd.points_from_xy([-77.03], [-12.05], crs=4326),
    ).to_crs(32718)
    point = frame.geometry.iloc[0]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32718"}}
    own = feature({"type": "Point", "coordinates": [point.x, point.y]}, ubigeo="150101")
    checked = check_records(collection([own], crs=crs))
    assert checked.records[0]["longitude"] == pytest.approx(-77.03, abs=1e-6)
    assert ("reprojected", "EPSG:32718") in checked.report.notices


@pytest.mark.parametrize(
    "script",
    [
        "CREATE VIEW v AS SELECT load_extension('/tmp/x')",
        "CREATE TRIGGER own AFTER INSERT ON layer0 BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    ],
)
def test_case_19_a_geopackage_with_machinery(script):
    """Views, triggers and virtual tables of its own are not let near GDAL."""
    refused(attacks.geopackage(script), "geopackage_unsafe")


def test_case_20_a_code_stays_text(judge):
    """010101 keeps its zero, and gets it back where a spreadsheet ate it."""
    records, report = judge("fecha,ubigeo\n2023,010101\n2023,10101\n")
    assert [record["district_ubigeo"] for record in records] == ["010101"] * 2
    assert [(e.line, e.code, e.is_fault) for e in report.entries] == [(3, "lost_zero", False)]
    checked = check_records(workbook(attacks.sheet_rows([["fecha", "ubigeo"], ["2023", "10101"]])))
    assert checked.records[0]["district_ubigeo"] == "010101"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_case_21_encodings_and_separators(judge, encoding, separator):
    """Four encodings and four separators give the same district."""
    rows = [["fecha", "departamento", "distrito"], ["2023-05", "Lima", "Ancón"]]
    content = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    records, _ = judge(content)
    assert records[0]["district_ubigeo"] == "150102"


def test_case_21_decimal_commas(judge):
    """-77,03 is a number of degrees."""
    records, report = judge("fecha;longitud;latitud\n2023;-77,03;-12,05\n")
    assert (records[0]["longitude"], records[0]["latitude"]) == (-77.03, -12.05)
    assert report.is_clean


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"fecha,ubigeo\n2023,15\x000101\n", "nul"),
        (b"fecha,ubigeo,UBIGEO\n2023,150101,150101\n", "duplicate_column"),
        (b"fecha," + b"a," * 100_000 + b"\n", "too_many_columns"),
        (b"fecha,ubigeo\n" + b"2023,150101\n" * 50_001, "too_many_rows"),
        (b"fecha,ubigeo\n2023," + b"x" * 20_000, "cell_too_long"),
        (b'fecha,ubigeo\n2023,"150101\n', "quotes"),
        (b"\xff\xfef\x00e\xd8", "encoding"),
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b"a,b\n1,2\n", "no_header"),
        (b"ubigeo\n150101\n", "required_column"),
        (b"fecha,departamento\n2023,Lima\n", "no_place_column"),
    ],
)
def test_case_21_texts_that_are_refused(judge, content, code):
    """Each with its own reason."""
    with pytest.raises(Refusal) as caught:
        judge(content)
    assert caught.value.code == code


def test_case_21_every_row_is_used_or_listed(judge):
    """Short rows, long rows, empty rows, a quoted line break: none is lost."""
    text = 'fecha,ubigeo,fuente\n2023,150101\n\n2023,150101,policía,x\n"2023","150101","a\nb"\n'
    records, report = judge(text + "2023,150101,policía\n")
    assert report.row_count == 4
    assert report.used_count == len(records) == 2
    assert [(e.line, e.code) for e in report.entries] == [
        (2, "cells"),
        (4, "cells"),
        (5, "code_unlisted"),
    ]
    assert ("empty_rows", "1") in report.notices
    assert [record["line"] for record in records] == [5, 7]


@pytest.mark.parametrize(
    ("count", "code"),
    [
        ("-3", "below_minimum"),
        ("0", "below_minimum"),
        ("2.5", "not_whole"),
        ("1e20", "above_maximum"),
        ("1001", "above_maximum"),
        ("dos", "not_whole"),
        ("nan", "not_whole"),
        ("1e999", "not_whole"),
    ],
)
def test_case_22_counts(judge, count, code):
    """A count is a whole number from 1 to 1,000."""
    _, report = judge(f"fecha,ubigeo,victimas\n2023,150101,{count}\n2023,150101,3\n")
    assert [(e.line, e.column, e.code) for e in report.entries] == [(2, "victim_count", code)]
    assert report.used_count == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "date_format"),
        ("0000", "date_year"),
        ("2999", "date_year"),
        ("2023-13", "date_range"),
        ("31/02/2023", "date_range"),
        ("ayer", "date_format"),
        ("05/17/2023", "date_range"),
        ("2026-02", "date_year"),
        ("", "missing"),
        ("1/2/23", "date_format"),
    ],
)
def test_case_22_dates(judge, text, code):
    """Years from 1990 to now; nothing is guessed."""
    _, report = judge(f"fecha,ubigeo\n{text},150101\n2023,150101\n")
    assert [(e.line, e.column, e.code) for e in report.entries] == [(2, "date", code)]


SECRET = "70123456"


@pytest.mark.parametrize(
    "heading",
    [
        "nombre",
        "Nombres y Apellidos",
        "dni",
        "N° DNI",
        "telefono",
        "Teléfono",
        "direccion",
        "DIRECCIÓN",
        "phone_number",
        "address",
        "correo",
        "e-mail",
        "firstName",
        "fecha nacimiento",
    ],
)
def test_case_23_personal_columns(judge, heading):
    """Refused by the name of the column; what stands in it is repeated nowhere."""
    with pytest.raises(Refusal) as caught:
        judge(f"fecha,ubigeo,{heading}\n2023,150101,Rosa {SECRET}\n")
    assert caught.value.code == "personal_column"
    assert heading in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "Rosa" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"DNI{SECRET}x",
        "70.123.456",
        "70 123 456",
        "７０１２３４５６",
        "+51 987 654 321",
        "987-654-321",
        "rosa@example.org",
    ],
)
@pytest.mark.parametrize("column", ["nota", "finalidad", "registro"])
def test_case_23_personal_values(judge, value, column):
    """An identity number, a phone or a mail in any column, known or not."""
    with pytest.raises(Refusal) as caught:
        judge(f"fecha,ubigeo,{column}\n2023,150101,\n2023,150101,{value}\n")
    assert (caught.value.code, caught.value.column) == ("personal_value", column)
    assert caught.value.line == 3
    assert value not in str(caught.value)


def test_case_23_a_lost_heading_is_not_repeated(judge):
    """Without headings the first record stands in their place: its cells stay unsaid."""
    with pytest.raises(Refusal) as caught:
        judge(f"2023,150101,{SECRET}\n")
    assert caught.value.code == "personal_header"
    assert SECRET not in str(caught.value)
    with pytest.raises(Refusal) as caught:
        judge("2023,150101,Rosa\n2023,150101,Ana\n")
    assert caught.value.code == "no_header"
    assert "Rosa" not in str(caught.value)


def test_case_23_in_every_kind_of_file():
    """Workbook and GeoJSON are no way around."""
    for content in (
        workbook(attacks.sheet_rows([["fecha", "ubigeo", "x"], ["2023", "150101", SECRET]])),
        collection([feature(POINT, x=int(SECRET))]),
        collection([feature(POINT, x={"deep": [SECRET]})]),
    ):
        refused(content, "personal_value")


def test_case_23_coordinates_and_days_are_no_identity(judge):
    """Eight decimals of a degree and a day in eight digits pass."""
    records, _ = judge("fecha,longitud,latitud\n20230517,-77.03083123,-12.04528123\n")
    assert (records[0]["year"], records[0]["month"]) == (2023, 5)
