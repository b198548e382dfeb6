"""Files that are refused, each with its reason (cases 1 to 12, 19, 21, 23).

The numbers of the cases are those of the list of fault cases in docs/records.md.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from pyproj import CRS

from atlas.own_files.child import answer
from atlas.own_files.isolation import check_file
from atlas.own_files.planning import TASKS
from data.readers.limits import UPLOAD_BYTES
from geo.errors import UserError
from tests.atlas.own_data import attacks
from tests.atlas.own_data.attacks import POINT, collection, feature, workbook, zipped
from tests.atlas.own_data.planning_lists import SQUARE, group, sheets, zone
from tests.refusing import refusal_text, refused

Content = bytes | str | Callable[[], bytes]
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)
DOCTYPE = '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
OUTSIDE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
WIDE = '<row r="2"><c r="XFD2"><v>1</v></c></row>'
ENTITY = '<row><c t="str"><v>&b;</v></c></row>'
SECRET = "70123456"
OTHER_CRS = {"type": "name", "properties": {"name": "EPSG:32718"}}
BRITISH = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
MACHINERY = (
    "CREATE VIEW v AS SELECT load_extension('/tmp/x')",
    "CREATE VIEW rtree_layer0_geom_x AS SELECT 1",
    "CREATE VIRTUAL TABLE f USING fts5(a)",
    "CREATE VIRTUAL TABLE rtree_f USING fts5(a /* USING RTREE */)",
    "CREATE VIRTUAL TABLE rtree_layer0_other USING rtree(id, minx, maxx, miny, maxy, +more)",
    "ALTER TABLE layer0 ADD COLUMN g TEXT AS (upper(fecha))",
)


def addresses(site: str) -> Iterator[tuple[str, str]]:
    """Cases 1 to 5: files that name an address of this site, and the code of their refusal."""
    for way in ("{}/x.geojson", "/vsicurl/{}/x.geojson", "GeoJSON:{}/x"):
        yield VRT.format(way.format(site)), "markup"
    yield f"<OGRWFSDataSource><URL>{site}</URL></OGRWFSDataSource>", "markup"
    pipeline = f"gdal vector pipeline ! read {site}/x ! write out"
    yield json.dumps({"type": "gdal_streamed_alg", "command_line": pipeline}), "not_geojson"
    yield f"<GDAL_WMS><ServerUrl>{site}</ServerUrl></GDAL_WMS>", "markup"
    raster = f"<SourceFilename>/vsicurl/{site}</SourceFilename>"
    yield f"<VRTDataset>{raster}</VRTDataset>", "markup"
    yield f"GeoJSON:{site}/x", "no_header"
    yield f"/vsicurl/{site}/x", "no_header"


RECORDS: tuple[tuple[str, Content, str], ...] = (
    ("02", VRT.format("CSV:/etc/passwd"), "markup"),
    ("03", '{"type": "Topology", "objects": {}}', "not_geojson"),
    *(
        ("06", text.encode(name), "markup")
        for text in (DOCTYPE, OUTSIDE)
        for name in ("utf-8", "utf-16")
    ),
    ("07", attacks.zip_bomb, "zip_bomb"),
    ("07", zipped({f"{number}.shp": b"" for number in range(21)}), "zip_bomb"),
    ("07", lambda: zipped({"a.shp": b"\0" * 60_000_000}), "zip_bomb"),
    *(
        ("08", zipped({name: b"x"}), "zip_unsafe")
        for name in ("../a.shp", "/etc/a.shp", "..\\a.shp", "C:/a.shp")
    ),
    ("08", attacks.linked_zip(), "zip_unsafe"),
    ("08", zipped({"a.shp": b"x", "b.zip": b"x"}), "zip_unsafe"),
    ("08", zipped({"a.shp": b"x", "b.shp": b"x"}), "zip_content"),
    ("08", zipped({"a.txt": b"x"}), "zip_content"),
    ("08", b"PK\x03\x04" + b"x" * 100, "zip_damaged"),
    ("09", attacks.huge_tiff(), "raster"),
    # a sheet is what the workbook names one, whatever it is called
    *(
        ("10", workbook(rows, part=part), code)
        for part in ("worksheets/sheet1.xml", "a.png")
        for rows, code in (
            (attacks.sheet_rows([["fecha"]]) + FAR, "too_many_rows"),
            (WIDE, "too_many_columns"),
        )
    ),
    *(
        (
            "11",
            workbook(ENTITY, head='<!DOCTYPE x [<!ENTITY b "bbbb">]>', part=part),
            "workbook_damaged",
        )
        for part in ("worksheets/sheet1.xml", "a.png")
    ),
    ("11", lambda: workbook("<row><c><v>1</v></c></row>" * 200_000), "too_many_rows"),
    ("12", b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "json_damaged"),
    ("12", b"[" * 200_000 + b"]" * 200_000, "json_damaged"),
    ("12", '{"type":"FeatureCollection","type":"x","features":[]}', "json_damaged"),
    ("12", collection([feature({"type": "Point", "coordinates": [math.nan, 1]})]), "json_damaged"),
    ("12", collection([]).replace(b"[]", b"[1e999]"), "json_damaged"),
    ("12", collection([]).replace(b"[]", b"[" + b"9" * 5000 + b"]"), "json_damaged"),
    ("12", '{"type": "FeatureCollection", "features": [', "json_damaged"),
    ("12", '{"type": "FeatureCollection", "features": 3}', "not_geojson"),
    ("19", lambda: attacks.shapefile(prj=CRS.from_epsg(27700).to_wkt("WKT1_ESRI")), "crs_unknown"),
    ("19", lambda: attacks.shapefile(prj=""), "crs_unknown"),
    ("19", collection([feature(POINT)], crs=BRITISH), "crs_unknown"),
    *(("19", lambda sql=sql: attacks.geopackage(sql), "geopackage_unsafe") for sql in MACHINERY),
    ("19", lambda: attacks.with_log(attacks.geopackage()), "geodata_damaged"),
    (
        "19",
        lambda: attacks.geopackage(
            "PRAGMA foreign_keys=OFF", "UPDATE gpkg_contents SET table_name = 'rtree_layer0_geom'"
        ),
        "geopackage_layers",
    ),
    ("21", "fecha,ubigeo\n2023,15\x000101\n", "nul"),
    ("21", "fecha,ubigeo,UBIGEO\n2023,150101,150101\n", "duplicate_column"),
    ("21", "fecha," + "a," * 100_000 + "\n", "too_many_columns"),
    ("21", "fecha,ubigeo\n" + "2023,150101\n" * 50_001, "too_many_rows"),
    ("21", "fecha,ubigeo\n2023," + "x" * 20_000, "cell_too_long"),
    ("21", "fecha,ubigeo\n2023," + "x" * 5_000_000, "cell_too_long"),
    ("21", "fecha,ubigeo\n2023" + "," * 5_000_000, "too_many_columns"),
    ("21", "fecha,ubigeo\n2023,Ancón\n".encode() + "Áncash\x81".encode("latin-1"), "encoding"),
    ("21", 'fecha,ubigeo\n2023,"150101\n', "quotes"),
    ("21", b"\xff\xfef\x00e\xd8", "encoding"),
    ("21", b" \n \n", "empty"),
    ("21", "a,b\n1,2\n", "no_header"),
    # without headings the first record stands in their place
    ("23", f"2023,150101,{SECRET}\n", "personal_header"),
    ("23", "2023,150101,Rosa\n2023,150101,Ana\n", "no_header"),
    (
        "23",
        workbook(attacks.sheet_rows([["fecha", "ubigeo", "x"], ["2023", "150101", SECRET]])),
        "personal_value",
    ),
    ("23", collection([feature(POINT, x=int(SECRET))]), "personal_value"),
    ("23", collection([feature(POINT, x={"deep": [SECRET]})]), "personal_value"),
)
HEADS = (
    *("nombre", "Nombres y Apellidos", "dni", "N° DNI", "telefono", "Teléfono", "direccion"),
    *("DIRECCIÓN", "phone_number", "address", "correo", "e-mail", "firstName", "fecha nacimiento"),
    # a heading is what it looks like, whatever signs nobody sees
    *("nom\u200bbre", "d\u00adni", "ＤＮＩ", "te\u0301le\u0301fono"),
)
LISTS: tuple[tuple[str, Content, str], ...] = (
    ("candidates", "nombre\nA\n", "no_list_place"),
    ("candidates", "nombre,ubigeo,codigo_ubigeo\nA,170101,170101\n", "duplicate_column"),
    ("travel_times", "desde,hasta\n170101,A\n", "required_column"),
    ("services", "a,b\n1,2\n", "no_list_header"),
    ("travel_times", "desde,hasta,minutos,dni\n170101,170102,5,1\n", "personal_column"),
    ("zones", "lon\n-70\n", "required_column"),
    ("zones", "name,lon,lat\n12345678,-71,-13\n", "personal_value"),
    ("zones", "<html/>", "markup"),
    ("zones", "<kml>", "kml_damaged"),
    ("zones", '{"type": "Topology"}', "not_geojson"),
    # shapes that nobody would read: beside the features, beside a geometry, in one of another type
    ("zones", collection([zone(SQUARE)], more=[zone(SQUARE)]), "not_geojson"),
    ("zones", collection([{**zone(SQUARE), "other": SQUARE}]), "not_geojson"),
    ("zones", collection([{**zone(SQUARE), "geometries": [SQUARE]}]), "not_geojson"),
    ("zones", collection([zone({**SQUARE, "geometries": [SQUARE]})]), "not_geojson"),
    ("zones", collection([zone(group({**SQUARE, "more": {"inner": SQUARE}}))]), "not_geojson"),
    ("zones", json.dumps({**SQUARE, "features": []}), "not_geojson"),
    # a shape would be placed by the system of its file
    ("zones", collection([{**zone(SQUARE), "crs": OTHER_CRS}]), "crs_mixed"),
    ("zones", collection([zone(SQUARE), zone({**SQUARE, "crs": OTHER_CRS})]), "crs_mixed"),
    ("zones", collection([zone(group({**SQUARE, "crs": OTHER_CRS}))]), "crs_mixed"),
    ("zones", json.dumps({**SQUARE, "crs": OTHER_CRS}), "crs_mixed"),
    (
        "zones",
        lambda: attacks.geopackage(
            "UPDATE layer0 SET geom = CAST(substr(geom, 1, 4) || x'CE7F0000' || substr(geom, 9) AS"
            " BLOB)",
            SPATIAL_INDEX="NO",
        ),
        "crs_mixed",
    ),
    *(("areas", content, "areas_format") for content in ("a,b\n1,2\n", collection([]))),
)
SHAPES = tuple(
    (name, value, "zone_column")
    for name, value in (
        ("w", "POLYGON ((-70 -13,-68 -13,-68 -12,-70 -12,-70 -13))"),
        ("w", "SRID=4326;POLYGON ((-70 -13,-68 -13,-68 -12,-70 -13))"),
        ("area", [[-70, -12], [-69, -12], [-69, -13]]),
        ("area", [[[-70.5, -12], [-69, -12], [-69, -13]]]),
        ("area", "[[-70, -12], [-69, -12], [-69, -13]]"),
        ("area", {"rings": [[[-70, -12], [-69, -12], [-69, -13]]]}),
        ("area", [{"lat": -12, "lng": -70}, {"lat": -13, "lng": -70}]),
        ("area", {"way": [{"lng": -70, "lat": -12}, {"lng": -70, "lat": -13}]}),
        ("area", {"type": "Point", "coordinates": [-70, -12], "ring": [[-70, -12]]}),
        ("area", json.dumps({"type": "Polygon", "coordinates": []}, indent=1)),
        ("pts", "-77.15,-12.05 -76.95,-12.05 -76.95,-11.85"),
        ("pts", "-77.15,-12.05,0\n-76.95,-12.05,0\n"),
        ("pts", "-77.15 -12.05, -76.95 -12.05"),
    )
)
RADII = tuple(
    (name, value, "zone_radius")
    for name, value in (
        *(("radio_km", 50), ("Radius", "50"), ("Radio (km)", 5), ("radio_m", 5000), ("r", 5)),
        *(("RADIO_EXCL", "5 km"), ("buffer", 0.5), ("bufferDistance", "cinco km"), ("dist", 5)),
        *(("Diámetro", 10), ("distancia_m", 5000), ("size_km", 5), ("style", {"radius": 5000})),
        ("style", [{"a": {"alcance": {"value": 5}}}]),
    )
)


ROWS = {
    "travel_times": [["desde", "hasta", "minutos"], ["170101", "A", "5"]],
    "zones": [["lon", "lat", "radio_km"], ["-70", "-13", "5"]],
}


def table() -> Iterator[Any]:
    """Task, content, code and column of every refusal; "" for a column that is not asked for."""
    for case, content, code in RECORDS:
        yield pytest.param("records", content, code, "", id=f"case {case} {code}")
    for heading in HEADS:
        text = f"fecha,ubigeo,{heading}\n2023,150101,Rosa {SECRET}\n"
        column = heading if heading.isprintable() else ""
        yield pytest.param("records", text, "personal_column", column, id=f"case 23 {heading!r}")
    for part in (".shx", ".dbf", ".prj"):
        made = partial(attacks.shapefile, drop=(part,))
        yield pytest.param("records", made, "shapefile_part", part, id=f"case 19 {part}")
    for task, content, code in LISTS:
        yield pytest.param(task, content, code, "", id=f"{task} {code}")
    for task in TASKS:
        rows = ROWS.get(task, [["lon", "lat", "ubigeo"], ["-69.2", "-12.6", "170101"]])
        head, row = map(",".join, rows)
        for column, code in (("telefono", "personal_column"), ("nota", "personal_value")):
            text = f"{head},{column}\n{row},{SECRET}\n"
            yield pytest.param(task, text, code, column, id=f"{task} {code}")
        # of other lists a notice names the sheets that are not read
        for second in ("Zonas 2", "Oculta", "Codes") if task == "zones" else ():
            book = sheets(**{"Hoja": rows, second: [[-69.184]]})
            yield pytest.param(task, book, "workbook_sheets", second, id=f"{task} {second}")
    for name, value, code in (*SHAPES, *RADII, ("dni", "x", "personal_column")):
        content = collection([zone(SQUARE, **{name: value})])
        yield pytest.param("zones", content, code, name, id=f"zones {code} {name}")
    for cell in ("POLYGON ((-70 -13, -69 -13, -69 -12, -70 -13))", json.dumps(SQUARE)):
        quoted = cell.replace('"', '""')
        text = f'lon,lat,radio_km,geom\n-77,-12,5,"{quoted}"\n'
        yield pytest.param("zones", text, "zone_column", "geom", id="zones zone_column")


@pytest.mark.parametrize(("task", "content", "code", "column"), [*table()])
@pytest.mark.usefixtures("read_this_here")
def test_files_of_which_nothing_is_taken(task, content, code, column):
    """The child answers with this code, and nothing of the file stands in what anybody is told."""
    made = content() if callable(content) else content
    reply = json.loads(answer(made if isinstance(made, bytes) else made.encode(), task, {}))
    assert reply.get("refusal") == f"records.refusal.{code}", reply
    if column:
        assert reply["values"]["column"] == column
    sentences = refusal_text(UserError(reply["refusal"], **reply["values"]))
    never = ("127.0.0.1", "/etc", "/tmp", "root:", SECRET, "Rosa")
    assert not any(word in sentences for word in never)


def test_no_address_in_a_file_is_asked(trap):
    """No address in a file is requested (cases 1 to 5, 11), in a process that could connect.

    That a child cannot connect is tested in test_reading.
    """
    for content, code in addresses(trap.address):
        assert json.loads(answer(content.encode(), "records", {}))["refusal"].endswith(f".{code}")
    for task in ("candidates", "zones"):
        reply = json.loads(answer(VRT.format(trap.address).encode(), task, {}))
        assert reply["refusal"] == "records.refusal.markup"
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
    rows = json.loads(answer(workbook(head + row, others=linked), "records", {}))["rows"]
    assert [record["province_ubigeo"] for record in rows] == ["1501"]


def test_case_07_a_zip_bomb_is_told_by_its_directory():
    """4 GB in 4.2 MB: nothing is unpacked."""
    bomb = attacks.zip_bomb()
    assert len(bomb) < UPLOAD_BYTES
    before = time.process_time()
    answer(bomb, "records", {})
    assert time.process_time() - before < 2  # unpacking it took 18 s


def test_case_11_a_part_that_is_no_sheet_harms_nothing(judge):
    """A sheet under another name is read, a picture beside it is not looked into."""
    sound = attacks.sheet_rows([["fecha", "ubigeo"], ["2023", "150101"]])
    picture = {"xl/media/image1.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 99}
    records, _ = judge(workbook(sound, part="a.png", others=picture))
    assert [record["district_ubigeo"] for record in records] == ["150101"]


def test_case_12_deep_text_is_no_depth(judge):
    assert len(judge(collection([feature(POINT, nota="[" * 300 + '"')]))[0]) == 1


def test_case_12_a_million_rings():
    """A shape of a million empty rings is no point, and is told so without being built."""
    rings = b'{"type":"Polygon","coordinates":[' + b"[]," * 1_000_000 + b"[]]}"
    whole = b'{"type":"Feature","properties":{"fecha":"2023"},"geometry":' + rings + b"}"
    checked = check_file(collection([]).replace(b"[]", b"[" + whole + b"]"))
    assert [entry.code for entry in checked.report.entries] == ["geometry_kind"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ubigeo\n150101\n", "required_column"),
        ("fecha,departamento\n2023,Lima\n", "no_place_column"),
    ],
)
def test_case_21_a_table_without_a_column_that_records_need(judge, text, code):
    """Proposed on the page, refused in a terminal."""
    with refused(code):
        judge(text)


@pytest.mark.parametrize(
    ("epsg", "text", "other"),
    [
        (32718, '"False_Easting",500000', '"False_Easting",700000'),
        (32718, '"Central_Meridian",-75', '"Central_Meridian",-78'),
        (32718, 'UNIT["Meter",1.0]', 'UNIT["Kilometer",1000.0]'),
        (4326, '"Greenwich",0.0', '"Lima",-3.0'),
        (4326, "6378137.0", "6379137.0"),
    ],
)
def test_a_system_with_the_name_of_one_and_the_numbers_of_another_is_refused(epsg, text, other):
    """In a .prj, and in the definition that a GeoPackage brings; rounded numbers are the same."""
    from data.readers.geojson import epsg_of

    wkt = CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")
    assert text in wkt
    changed = wkt.replace(text, other)
    defined = (
        f"UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = {epsg}, "  # noqa: S608 - a test's own
        f"definition = '{changed}' WHERE srs_id = 4326"
    )
    for content in (attacks.shapefile(prj=changed), attacks.geopackage(defined)):
        reply = json.loads(answer(content, "zones", {}))
        assert reply["refusal"] == "records.refusal.crs_changed"
    assert epsg_of(wkt.replace("298.257223563", "298.2572236")) == epsg
