"""All content of a file of zones is proven harmless by its value, or asked about by name."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from xml.sax.saxutils import escape

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from atlas.own_files.child import answer
from geo.siting.zones import distance_km, is_surrounded, reduced
from tests.atlas.own_data import attacks
from tests.atlas.own_data.attacks import collection, written, zipped
from tests.atlas.own_data.planning_lists import kml, kml_shape, placemark, sheets, zone

pytestmark = pytest.mark.usefixtures("read_this_here")
RING = [[-71, -13], [-70, -13], [-70, -12], [-71, -12], [-71, -13]]
AREA = {"type": "Polygon", "coordinates": [RING]}
BOX = shapely.box(-71, -13, -70, -12)


def reply_of(content: bytes | str, **confirmed: object) -> dict:
    """What the child answers of a file of zones."""
    raw = content if isinstance(content, bytes) else content.encode()
    reply = json.loads(answer(raw, "zones", confirmed))
    assert "fault" not in reply
    return reply


def asked(content: bytes | str, **confirmed: object) -> dict[str, str]:
    """Return what is asked, by name, or {"": code} if a file or a row is refused otherwise."""
    reply = reply_of(content, **confirmed)
    if "refusal" in reply:
        code = reply["refusal"].rpartition(".")[2]
        listed = reply["values"].get("asked", ())
        return {listed_zone["name"]: listed_zone["why"] for listed_zone in listed} or {"": code}
    faults = [entry["code"] for entry in reply["report"]["entries"] if entry["is_fault"]]
    return {"": faults[0]} if faults else {}


CORNERS = [("Ayacucho", "Huanta", -74, -12.9), ("Cusco", "La Convención", -73, -13)]
CORNERS += [("Junín", "Satipo", -73.5, -11.5), ("Huancavelica", "Tayacaja", -74.7, -12.3)]
SMALL = [(-70, -12), (-71, -12), (-71, -13), (-70, -13)]


@pytest.mark.parametrize(
    ("content", "question"),
    [
        pytest.param(
            "zona,departamento,provincia,longitud,latitud\n"
            + "".join(f"VRAEM,{','.join(map(str, row))}\n" for row in CORNERS),
            {"longitud": "corners", "latitud": "corners"},
            id="corners beside places",
        ),
        pytest.param(
            "zona,ubigeo,x,y\nV,0504,-74,-12.9\nV,0809,-73,-13\n",
            {"x": "corners", "y": "corners"},
            id="corners beside codes",
        ),
        pytest.param(
            "provincia,longitud,latitud\nTambopata,-76,-9\n",
            {"longitud": "corners", "latitud": "corners"},
            id="a point away from its place",
        ),
        pytest.param(
            "provincia,longitud,latitud\nTambopata,-69.19,-12.59\nManu,-71.4,-12.83\n",
            {},
            id="capitals",
        ),
        pytest.param("provincia\nLima Provincias\n", {"": "wider_name"}, id="Lima Provincias"),
        pytest.param("provincia\nLima región\n", {"": "wider_name"}, id="Lima región"),
        pytest.param(
            collection([zone(AREA, nombre="Lima + 50 km")]), {"nombre": "reach"}, id="name + 50 km"
        ),
        *(
            pytest.param(collection([zone(AREA, **{name: 50})]), {name: "reach"}, id=name)
            for name in ("franja", "margen", "zona_amortiguacion", "setback", "holgura", "valor")
        ),
        pytest.param(collection([zone(AREA)], buffer_km=50), {"buffer_km": "reach"}, id="member"),
        pytest.param(
            collection([zone({**AREA, "radius": 50})]), {"geometry.radius": "reach"}, id="geometry"
        ),
        pytest.param(
            collection([{**zone(AREA), "id": "50 km"}]), {"feature.id": "reach"}, id="feature id"
        ),
        pytest.param(collection([zone(AREA)], name="50 km"), {"name": "reach"}, id="name"),
        *(
            pytest.param(
                f"zona,lon,lat,radio_km,nota\nA,-70,-12,5,{note}\n", {"nota": why}, id=note
            )
            for note, why in (
                ("ampliar a 50", "reach"),
                ("cincuenta", "reach"),
                ("a dos horas", "reach"),
                ("conflicto: no ir", "text"),
            )
        ),
        pytest.param("lon,lat,radio_km\n-70,-12,0.0001\n", {"": "below_minimum"}, id="10 cm"),
        pytest.param(
            "zona,lon,lat,radio_km\n"
            + "".join(f"P{at},{x},{y},0.2\n" for at, (x, y) in enumerate(SMALL)),
            {"radio_km": "corners"},
            id="P1 to P4",
        ),
        pytest.param(
            "zona,lon,lat,radio_km\n"
            + "".join(f"{name},{x},{y},0.2\n" for name, (x, y) in zip("KRSU", SMALL, strict=True)),
            {"radio_km": "corners"},
            id="an outline of small centres",
        ),
        pytest.param(
            'zona,ubigeo\n"Tambopata y Manu",1701\n', {"zona": "places"}, id="two places, one code"
        ),
        pytest.param(
            "zona,provincia\nTodo Madre de Dios,Tambopata\n", {"zona": "reach"}, id="all of it"
        ),
        pytest.param(
            "zona,provincia\nMadre de Dios,Tambopata\n", {"zona": "places"}, id="a department"
        ),
        pytest.param(
            'zona,provincia\n"Tambopata (Madre de Dios)",Tambopata\n', {}, id="where it lies"
        ),
        *(
            pytest.param(table, question, id=table)
            for table, question in (
                ("Zonas de exclusión 2024\n\nzona,provincia\nA,Tambopata\n", {}),
                ("Zonas con 50 km\n\nzona,provincia\nA,Tambopata\n", {"#1": "reach"}),
                ("15\n\nzona,provincia\nA,Tambopata\n", {"#1": "reach"}),
                ("zona,provincia\nA,Manu\nFuente: SERNANP 2024\n", {}),
                ("zona,provincia\nA,Manu\nNota: más 5 km\n", {"#3": "reach"}),
                ("zona,provincia\nA,Manu\nB,Tahuamanu\nTotal,2\n", {}),
                ("zona,lon,lat,radio_km\nA,-70,-12,5\nTotal,,,5\n", {}),
                ("zona,lon,lat,radio_km\nA,-70,-12,5\nTotal,,,55\n", {"#3": "reach"}),
                ("zona,lon,lat,radio_km\nA,-70,-12,5\nTotal,-71,-12,5\n", {}),
                ("zona,provincia\nA,Manu\nSatipo\n", {"": "cells"}),
            )
        ),
        pytest.param("sep=;\nlon;lat;radio_km\n-70;-12;5\n", {}, id="sep=;"),
    ],
)
def test_what_fell_is_asked_or_refused(content, question):
    assert asked(content) == question


SAYING = "radio de 50 km"
DATA = f"<ExtendedData><Data name='a'><value>{SAYING}</value></Data></ExtendedData>"
FIELD = f"<SimpleField name='a' type='int'><displayName>{SAYING}</displayName></SimpleField>"


@pytest.mark.parametrize(
    "inner",
    [
        f"<Document>{DATA}{{}}</Document>",
        f"<Folder>{DATA}{{}}</Folder>",
        f"<Folder><description>{SAYING}</description></Folder>{{}}",
        "<Schema id='s'><SimpleField name='radio 50 km' type='string'/></Schema>{}",
        f"<Schema id='s'>{FIELD}</Schema>{{}}",
        f"{{}}<Metadata><r>{SAYING}</r></Metadata>",
        f"{{}}<Style><BalloonStyle><text>{SAYING} $[name]</text></BalloonStyle></Style>",
        f"{{}}<!-- {SAYING} -->",
        f"{{}}<Folder><name>{SAYING}</name></Folder>",
        f"{{}}<Style id='{SAYING}'/>",
        f"{{}}{SAYING}",
    ],
)
def test_a_kml_says_nothing_outside_its_placemarks_unasked(inner):
    assert asked(kml(inner.format(placemark(kml_shape("Polygon", RING)))))


@pytest.mark.parametrize(
    "inner",
    [
        f"<Snippet>{SAYING}</Snippet>",
        "<ExtendedData><SchemaData><gx:SimpleArrayData name='a'><gx:value>50</gx:value>"
        "</gx:SimpleArrayData></SchemaData></ExtendedData>",
        "<ExtendedData><x:radio xmlns:x='http://a.pe/x'>50</x:radio></ExtendedData>",
        "<Metadata>50</Metadata>",
        "<Region><LatLonAltBox><north>-10</north><south>-14</south></LatLonAltBox></Region>",
        "<description>50</description>",
        "<description><![CDATA[<img alt='50 km'/>]]></description>",
    ],
)
def test_a_placemark_says_nothing_unasked(inner):
    assert asked(kml(placemark(kml_shape("Polygon", RING), inner)))


@pytest.mark.parametrize(
    "inner",
    [
        "<TimeSpan><begin>2020-01-01</begin><end>2024-12-31</end></TimeSpan>",
        "<TimeStamp><when>2020-05-01T12:00:00Z</when></TimeStamp>",
        "<LookAt><longitude>-70</longitude><latitude>-12</latitude><range>250000</range></LookAt>",
        "<Style><LineStyle><color>ff0000ff</color><width>5</width></LineStyle></Style>",
        "<styleUrl>#poly-000000-1200-77</styleUrl><visibility>1</visibility>",
        "<ExtendedData><Data name='id'><value>7</value></Data></ExtendedData>",
        "<ExtendedData><Data name='provincia'><value>Tambopata</value></Data></ExtendedData>",
    ],
)
def test_times_cameras_styles_and_places_of_a_placemark_pass(inner):
    assert asked(kml(placemark(kml_shape("Polygon", RING), inner))) == {}


def book(change=None, **cells) -> bytes:
    """A workbook of one zone, changed before it is saved."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Zonas"
    for row in (["zona", "lon", "lat", "radio_km"], ["Mazuko", -70.4, -13.1, 50]):
        sheet.append(row)
    if change:
        change(workbook, sheet)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _comment(_, sheet):
    sheet["D2"].comment = Comment("son millas", "Ana")


def _format(_, sheet):
    sheet["D2"].number_format = '0" mi"'


def _thousands(_, sheet):
    sheet["D2"].number_format = "0,"


def _header(_, sheet):
    sheet.oddHeader.center.text = "Ampliar 20 km"


def _property(workbook, _):
    workbook.properties.description = "en millas"


def _prompt(_, sheet):
    rule = DataValidation(type="whole", prompt="en millas", showInputMessage=True)
    rule.add("D2")
    sheet.add_data_validation(rule)


def _defined(workbook, _):
    workbook.defined_names["ampliar_50_km"] = DefinedName("ampliar_50_km", attr_text="50")


def _title(workbook, sheet):
    sheet.title = "radio en millas"


def _link(_, sheet):
    sheet["A2"].hyperlink = "http://example.org/50km"


def _formula(_, sheet):
    sheet["A2"] = '=IF(1,"Mazuko","50 km")'


@pytest.mark.parametrize(
    "change",
    [_comment, _format, _thousands, _header, _property, _prompt, _defined, _title, _link],
)
def test_what_a_workbook_says_beside_its_cells_is_asked(change):
    assert asked(book()) == {}
    assert asked(book(change))


def changed_sheet(*parts: tuple[str, str]) -> bytes:
    """A workbook of two zones whose sheet's XML has these texts in place of others."""
    members = {}
    rows = [["zona", "lon", "lat", "radio_km"], ["A", -70.4, -13.1, 5], ["B", -72, -12, 5]]
    with zipfile.ZipFile(io.BytesIO(sheets(Zonas=rows))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"].decode()
    for old, new in parts:
        assert old in sheet
        sheet = sheet.replace(old, new)
    return zipped({**members, "xl/worksheets/sheet1.xml": sheet.encode()})


@pytest.mark.parametrize(
    "part",
    [
        ('<row r="3"', '<row r="2"'),
        ('<row r="2"', '<row r="4"'),
        ('<c r="B3"', '<c r="C3"'),
        ('<c r="D3"', '<c r="A3"'),
        ('<c r="D3"', '<c r="D2"'),
        ("</sheetData>", '</sheetData><sheetData><row r="9"><c r="A9"/></row></sheetData>'),
    ],
)
def test_cells_twice_or_out_of_order_refuse_a_workbook(part):
    assert asked(changed_sheet()) == {}
    refused = asked(changed_sheet(part))
    assert refused in ({"": "workbook_cells"}, {"": "workbook_damaged"})


DOCUMENT = kml(placemark(kml_shape("Polygon", RING)))
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    "members",
    [
        {"doc.kml": DOCUMENT, "b.kml/": b""},
        {"doc.kml": DOCUMENT, "b.kml/": DOCUMENT},
        {"doc.kml": DOCUMENT, "b/": DOCUMENT},
        {"doc.kml": DOCUMENT, "b.png": DOCUMENT},
        {"doc.kml": DOCUMENT, "b.png": PICTURE + DOCUMENT},
        {"doc.kml": DOCUMENT, "b.png": PICTURE},
        {"doc.kml": kml("<NetworkLink/>", placemark(kml_shape("Polygon", RING)))},
    ],
)
def test_a_kmz_is_judged_by_content(members):
    assert asked(zipped({"doc.kml": DOCUMENT})) == {}
    assert asked(zipped(members))


def _style(workbook, _):
    workbook.add_named_style(openpyxl.styles.NamedStyle("radio 50 km"))


def with_a_member_that_no_directory_lists(content: bytes, other: bytes) -> bytes:
    """A zip with the members of another before its directory, which does not name them."""
    at, end = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    hidden = other[: other.index(b"PK\x01\x02")]
    tail = bytearray(content[end:])
    struct.pack_into("<I", tail, 16, struct.unpack_from("<I", tail, 16)[0] + len(hidden))
    return content[:at] + hidden + content[at:end] + bytes(tail)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda: with_a_member_that_no_directory_lists(
                zipped({"doc.kml": DOCUMENT}), zipped({"b.kml": DOCUMENT})
            ),
            id="a member that is not listed",
        ),
        pytest.param(lambda: zipped({"doc.kml": DOCUMENT}) + b"50 km", id="bytes behind a zip"),
        pytest.param(lambda: zipped({"radio 50 km.kml": DOCUMENT}), id="a member's name"),
        pytest.param(lambda: zipped({**PARTS, "z.cpg": b"radio 50 km"}), id="an encoding"),
        pytest.param(lambda: zipped({**PARTS, "z.sbn": b"radio 50 km"}), id="an index of text"),
        pytest.param(lambda: zipped({**PARTS, "50 km.txt": b""}), id="an empty note"),
        pytest.param(lambda: book(_style), id="the name of a style"),
        pytest.param(
            lambda: kml(placemark(kml_shape("Polygon", [[*at, 50_000] for at in RING]))),
            id="a height that is none",
        ),
        pytest.param(lambda: collection([zone(AREA, stroke="cincuenta")]), id="a colour"),
        pytest.param(lambda: collection([zone(AREA, nombre="Mazuko x2")]), id="twice a name"),
        pytest.param(lambda: "zona,provincia\nA,Manu\nTotal Tambopata,\n", id="no row of totals"),
        pytest.param(lambda: collection([zone(AREA, valor=15)]), id="no code of a department"),
    ],
)
def test_what_an_attack_of_its_own_found_is_asked(make):
    assert asked(make())


MEASURES = (440, 4, 1)
"""of AREA: its outline in km and in degrees, its square degrees"""


def is_no_measure(number: float) -> bool:
    """Whether a number is none of the zone's own lengths and areas, which may be rounded."""
    return all(abs(number / measure - 1) > 0.03 for measure in MEASURES)


SAYINGS = st.one_of(
    st.sampled_from(
        (
            *("50", "50 km", "cincuenta", "radio 50", "ampliar a 50", "a dos horas", "+50 km"),
            *("hasta el río", "todo el valle", "Todo Madre de Dios", "5,000 m", "2024 m", "50k"),
        )
    ),
    st.integers(2, 900).filter(is_no_measure).map(str),
    st.floats(0.2, 500).filter(is_no_measure).map("{:.2f}".format).filter(lambda s: s[-1] != "0"),
    st.sampled_from(["radio de {} km", "ampliar a {}", "{} metros más", "buffer={}"]).flatmap(
        lambda text: st.integers(1, 90).map(text.format)
    ),
)
"""what may say a reach, and is no row's number, no measure of the zone and no place of it"""
HEADINGS = st.one_of(
    st.sampled_from(["franja", "nota", "fuente", "valor", "tipo", "x2", "obs", "colchón", "zona2"]),
    st.text(st.characters(codec="ascii", categories=["L"]), min_size=3, max_size=10).filter(
        lambda text: text.lower() not in ("lon", "lat", "lng", "type", "crs", "bbox", "fid", "key")
    ),
)
MEMBERS = ["document", "feature", "geometry", "properties", "crs", "crs.properties", "nested"]


@given(place=st.sampled_from(MEMBERS), heading=HEADINGS, saying=SAYINGS, number=st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_member_of_a_geojson_passes_unasked(place, heading, saying, number):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    feature = zone(json.loads(json.dumps(AREA)), nombre="Mazuko", id=1)
    document = {"type": "FeatureCollection", "features": [feature], "crs": crs}
    target = {
        "document": document,
        "feature": feature,
        "geometry": feature["geometry"],
        "properties": feature["properties"],
        "crs": crs,
        "crs.properties": crs["properties"],
        "nested": feature["properties"].setdefault("más", {}),
    }[place]
    assume(heading not in target)
    target[heading] = float(saying) if number and _is_number(saying) else saying
    assert asked(json.dumps(document))
    del target[heading]
    assert asked(json.dumps(document)) == {}


def _is_number(text: str) -> bool:
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False


PLACES_IN_KML = ["<Document>", "<Placemark>", "<Polygon>", "<LinearRing>", "<outerBoundaryIs>"]


@given(
    at=st.sampled_from(PLACES_IN_KML),
    how=st.sampled_from(
        (
            *("<{h}>{s}</{h}>", "<!-- {s} -->", "{s}", "<?{h} {s}?>", "attribute"),
            *("<Snippet>{s}</Snippet>", "<Style><{h}>{s}</{h}></Style>", "<a:b xmlns:a='x'>{s}"),
            "<ExtendedData><Data name='{h}'><value>{s}</value></Data></ExtendedData>",
        )
    ),
    heading=HEADINGS,
    saying=SAYINGS,
)
@settings(max_examples=250, deadline=None)
def test_no_text_or_attribute_of_a_kml_passes_unasked(at, how, heading, saying):
    content = kml(placemark(kml_shape("Polygon", RING))).decode()
    if how == "attribute":
        inner = content.replace(at, f"{at[:-1]} {heading}='{escape(saying)}'>", 1)
    else:
        text = how.format(h=heading, s=escape(saying))
        text += "</a:b>" if text.startswith("<a:b") else ""
        inner = content.replace(at, f"{at}{text}", 1)
    assert asked(content) == {}
    assert asked(inner)


@given(
    how=st.sampled_from(["column", "title", "name", "footnote", "heading"]),
    heading=HEADINGS,
    saying=SAYINGS,
    kind=st.sampled_from(["centres", "places", "sheet"]),
)
@settings(max_examples=200, deadline=None)
def test_no_text_of_a_table_passes_unasked(how, heading, saying, kind):
    head, row = ["zona", "lon", "lat", "radio_km"], ["Mazuko", "-70.4", "-13.1", "5"]
    if kind == "places":
        head, row = ["zona", "provincia"], ["Mazuko", "Tambopata"]
    rows = [head, row]
    if how == "column":
        rows = [[*head, heading], [*row, saying]]
    elif how == "title":
        rows = [[saying, *[""] * (len(head) - 1)], head, row]
    elif how == "footnote":
        rows = [head, row, [saying, *[""] * (len(head) - 1)]]
    elif how == "heading":
        assume(any(map(str.isdigit, saying)) or "cincuenta" in saying)
        rows = [[*head, f"{heading} ({saying} km)"], [*row, ""]]
    else:
        rows = [head, [f"{row[0]} {saying}", *row[1:]]]
        assume(not saying.isdigit() or int(saying) > 20)
        assume("valle" not in saying or "todo" in saying)
    if kind == "sheet":
        assert asked(sheets(Zonas=rows))
    else:
        assert asked("\n".join(";".join(each) for each in rows) + "\n")


@given(heading=HEADINGS, saying=SAYINGS, how=st.sampled_from(["column", "table", "description"]))
@settings(max_examples=60, deadline=None)
def test_no_cell_of_a_geopackage_passes_unasked(heading, saying, how):
    statements = {
        "column": ["ALTER TABLE z ADD COLUMN nueva TEXT", "UPDATE z SET nueva = ?"],
        "table": ["CREATE TABLE mas (a TEXT)", "INSERT INTO mas VALUES (?)"],
        "description": ["UPDATE gpkg_contents SET description = ?"],
    }[how]
    assert asked(attacks.changed(BASE, *statements, values=(saying,)))


BASE = written("z.gpkg", [BOX], gdal={"SPATIAL_INDEX": "NO"}, nombre=["Mazuko"])["z.gpkg"]
PARTS = written("z.shp", [BOX], nombre=["Mazuko"])


@given(saying=SAYINGS, name=st.sampled_from(["LEEME.txt", "z.shp.xml", "z.qml", "z.qmd"]))
@settings(max_examples=40, deadline=None)
def test_no_note_beside_a_shapefile_passes_unasked(saying, name):
    text = saying if name.endswith("txt") else f"<a><b>{escape(saying)}</b></a>"
    assert asked(zipped({**PARTS, name: text.encode()}))


def test_what_is_asked_has_its_name_count_and_first_values_and_may_be_confirmed():
    features = [zone(AREA, nota=f"texto {'abcdef'[at]}", franja=at + 5) for at in range(5)]
    content = collection(features, autor="Ana", nota="otra")
    values = reply_of(content)["values"]
    assert values["columns"] == ["franja", "nota"]
    assert values["members"] == ["autor", "nota (2)"]
    by_name = {question["name"]: question for question in values["asked"]}
    assert by_name["franja"]["count"] == 5
    assert by_name["franja"]["first"] == ["5", "6", "7"]
    assert by_name["nota"]["why"] == by_name["autor"]["why"] == "text"
    assert {*asked(content, drop=["franja", "nota"])} == {"autor", "nota (2)"}
    assert {*asked(content, drop=["franja"], drop_members=["autor", "nota (2)"])} == {"nota"}
    assert asked(content, drop=["franja", "nota"], drop_members=["autor", "nota (2)"]) == {}


def test_a_value_like_personal_data_is_not_repeated():
    (question,) = reply_of(collection([zone(AREA)], contacto="ana@ejemplo.pe"))["values"]["asked"]
    assert question["first"] == ["…"]


HOLE = [[-70.6, -12.6], [-70.4, -12.6], [-70.5, -12.4]]
MIXED = kml(
    placemark(kml_shape("Polygon", RING, HOLE), name="A"),
    placemark(kml_shape("Point", [[-75, -10]]), name="Campamento"),
)


def test_points_beside_polygons_are_asked_how_far_they_reach():
    """In the one question, beside what else the file says; only a radius answers it."""
    noted = MIXED.replace(b"</Placemark>", b"<description>nota</description></Placemark>", 1)
    assert asked(MIXED) == {"Point": "points"}
    assert asked(noted) == {"Point": "points", "description": "text"}
    assert asked(MIXED, drop_members=["Point"]) == {"Point": "points"}
    assert asked(noted, drop=["description"], points_km=5) == {}
    (row,) = reply_of(MIXED, points_km=5)["rows"]
    parts = shapely.get_parts(shapely.from_wkb(row["wkb"]))
    km = distance_km(parts, [-75, -75.04, -75.06], [-10, -10, -10])
    assert (km[:2] == 0).all()
    assert km[2] > 0
    assert asked(MIXED, points_km=0.05) == {"": "zone_points_km"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (placemark(kml_shape("LineString", RING)), "zone_line"),
        (placemark(kml_shape("Point", [[-75.2, -10]]), name="Campamento"), "zone_corners"),
        (placemark(kml_shape("Point", [[75, 10]]), name="B"), "zone_point"),
        (
            placemark("<MultiGeometry>", kml_shape("Point", [[-75, -9]]), "</MultiGeometry>"),
            "zone_point",
        ),
    ],
)
def test_lines_and_points_that_are_no_centre_are_refused_for_their_reason(more, code):
    mixed = MIXED.decode().replace("</Document>", f"{more}</Document>")
    assert asked(mixed, points_km=5) == {"": code}


def test_a_place_in_a_hole_is_surrounded():
    shape = shapely.Polygon(RING, [HOLE])
    spots = [-70.5, -70.9, -75], [-12.55, -12.9, -10]
    parts = reduced([shape, BOX.buffer(0.1).exterior.buffer(0.01)]).parts
    assert is_surrounded(reduced([shape]).parts, *spots).tolist() == [True, False, False]
    assert is_surrounded(parts, *spots).tolist() == [True, False, False]
    assert is_surrounded(reduced([BOX]).parts, *spots).tolist() == [False] * 3


def test_a_refusal_names_all_that_a_list_of_zones_may_have():
    text = reply_of("color,dueño\nrojo,Ana\n")["values"]["limit"].casefold()
    for word in ("departamento", "provincia", "distrito", "ubigeo", "radio_km", "longitud"):
        assert word in text
    assert asked("zona\nVRAEM\n") == {"": "zone_nowhere"}
