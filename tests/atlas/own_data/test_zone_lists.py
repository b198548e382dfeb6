"""Lists of zones fail closed: corners, columns that may hold an extent, names of places, KML."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atlas.own_files.child import answer
from atlas.own_files.places import gazetteer
from atlas.own_files.planning import read_planning
from data.geography import load_districts, load_provinces
from geo.errors import UserError
from geo.siting.zones import distance_km
from tests.atlas.own_data import attacks
from tests.atlas.own_data.attacks import collection, written
from tests.atlas.own_data.planning_lists import (
    SQUARE,
    kml,
    kml_shape,
    parts,
    placemark,
    read,
    sheets,
    zone,
)
from tests.refusing import refused

pytestmark = pytest.mark.usefixtures("read_this_here")
CORNERS = [[-74.0, -13.0], [-73.0, -13.0], [-73.0, -12.0], [-74.0, -12.0]]
MULTIPOINT = {"type": "MultiPoint", "coordinates": CORNERS}
RING = [*CORNERS, CORNERS[0]]


def refusal(content: bytes | str, **confirmed: object) -> str:
    """Return the code for which a list of zones, or its first wrong row, is refused, or ""."""
    raw = content if isinstance(content, bytes) else content.encode()
    reply = json.loads(answer(raw, "zones", confirmed))
    faults = [
        entry["code"] for entry in reply.get("report", {}).get("entries", ()) if entry["is_fault"]
    ]
    return reply.get("refusal", "").rpartition(".")[2] or next(iter(faults), "")


def points(*corners: list[float], **properties: object) -> bytes:
    """A file of points."""
    shapes = [{"type": "Point", "coordinates": corner} for corner in corners]
    return collection([zone(shape, **properties) for shape in shapes])


ROWS = "".join(f"VRAEM,{x},{y}\n" for x, y in CORNERS)
WITH_RADIUS = "".join(f"VRAEM,{x},{y},5\n" for x, y in CORNERS)
OUTLINE = [[-73.5 + np.cos(turn), -12.5 + np.sin(turn)] for turn in np.linspace(0, 6.28, 100)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"zona,longitud,latitud\n{ROWS}", id="one name"),
        pytest.param("punto,lon,lat\nP1,-74,-13\nP2,-73,-13\nP3,-73,-12\n", id="P1 to P3"),
        pytest.param(f"zona,longitud,latitud,radio_km\n{WITH_RADIUS}", id="with a radius"),
        pytest.param("lon,lat,radio_km\n-74,-13,0\n", id="radius 0"),
        pytest.param(points(*CORNERS), id="GeoJSON"),
        pytest.param(points(*OUTLINE), id="outline"),
        pytest.param(points(*CORNERS, nombre="VRAEM", radio_km=3), id="one name in GeoJSON"),
        pytest.param(collection([zone(MULTIPOINT)]), id="MultiPoint"),
        pytest.param(attacks.zipped(written("z.shp", [*map(shapely.Point, CORNERS)])), id="shp"),
        pytest.param(written("z.gpkg", [*map(shapely.Point, CORNERS)])["z.gpkg"], id="gpkg"),
        pytest.param(kml(*(placemark(kml_shape("Point", [at])) for at in CORNERS)), id="KML"),
        pytest.param(
            sheets(Hoja=[["zona", "lon", "lat"], *(["V", *at] for at in CORNERS)]), id="x"
        ),
    ],
)
def test_corners_are_no_zone(content):
    """However they are written: no list of points without an extent is taken."""
    assert refusal(content) in ("zone_points", "zone_point", "zone_corners", "zone_columns")


@given(
    corners=st.lists(st.tuples(st.floats(-76, -71), st.floats(-14, -9)), min_size=1, max_size=6),
    names=st.sampled_from(["", "VRAEM", "P{}"]),
    radius=st.sampled_from([None, 0, 4]),
)
@settings(max_examples=120)
def test_points_that_share_a_name_or_have_no_radius_are_never_a_zone(corners, names, radius):
    """Only centres with a radius and a name of their own are taken as zones."""
    head = "zona,lon,lat" + (",radio_km" if radius is not None else "")
    rows = [
        f"{names.format(at)},{x:.4f},{y:.4f}" + (f",{radius}" if radius is not None else "")
        for at, (x, y) in enumerate(corners)
    ]
    is_shared = names == "VRAEM" and len(corners) > 1
    code = refusal("\n".join([head, *rows]) + "\n")
    assert (code == "") == (radius == 4 and not is_shared)


@pytest.mark.parametrize(
    "extent",
    ["50 км", "50 公里", "٥٠ km", "200 ha", "1 hora", "50k", "3 leguas", "5 quilômetros"],
)
def test_a_name_with_an_extent_in_other_words_refuses_the_list(extent):
    assert refusal(f"zona,lon,lat,radio_km\nMazuko {extent},-69.5,-12.59,1\n") == "zone_columns"
    assert refusal("zona,lon,lat,radio_km\nMazuko 3 norte 2024,-69.5,-12.59,1\n") == ""


def test_a_faulty_radius_is_said_in_kilometres():
    assert refusal("zona,lon,lat,radio_km\nA,-69.5,-12.59,5 millas\n") == "not_kilometres"


CENTRE = "zona,lon,lat,radio_km,{}\nA,-73,-12,5,{}\nB,-75,-10,4,{}\n"
HIDDEN = {
    "radio_m": ("50000", "50000"),
    "diametro_km": ("100", "80"),
    "alcance": ("unos 50 km", "amplio"),
    "buffer": ("cinco km", ""),
    "xmin": ("-75", "-76"),
    "lon2": ("-74", "-75"),
    "km": ("50", "40"),
    "extent": ("50", "40"),
    "size": ("50", "40"),
    "nota": ("50 km a la redonda", ""),
    "nota ": ("Radio de exclusión", ""),
    "Observación": ("hasta cincuenta kilómetros", "-"),
    "fuente": ("50", "40"),
    "tipo": ("5000m", "x"),
    "valor": ("norte", "sur"),
    "id": ("50", "50"),
    "fecha": ("50", "40"),
    "codigo_radio": ("50", "40"),
    "geom": ("0103000000010000000400000000000000008052C0" + "0" * 20, ""),
}


@pytest.mark.parametrize("heading", HIDDEN)
def test_a_column_that_may_hold_an_extent_refuses_the_list(heading):
    """A column that may hold an extent is named; confirmed, it is left out unless it is a shape."""
    content = CENTRE.format(heading, *HIDDEN[heading])
    with pytest.raises(UserError) as caught:
        read_planning(content.encode(), "zones")
    assert heading.strip() in caught.value.values["column"]
    beside = points([-73, -12], radio_km=5, **{heading: HIDDEN[heading][0]})
    if heading not in ("id", "codigo_radio"):  # one row alone repeats nothing
        assert refusal(beside) in ("zone_columns", "zone_column")
    confirmed = refusal(content, drop=[heading])
    assert confirmed == ("zone_column" if heading == "geom" else "")
    assert refusal(content, drop=["otra"]) in ("zone_columns", "zone_column")


@pytest.mark.parametrize(
    ("heading", "first", "second"),
    [
        ("id", "1", "2"),
        ("fecha", "2024-05-01", "01/06/2024"),
        ("nota", "-", ""),
        ("categoria", "Reserva Comunal", "Parque Nacional"),
        ("norma", "D.S. N° 048-2000-AG", "D.S. 012-99-AG"),
        ("provincia", "La Convención", "Oxapampa"),
        ("ubigeo", "0809", "1903"),
    ],
)
def test_places_dates_categories_and_numbers_of_rows_are_no_extent(heading, first, second):
    assert refusal(CENTRE.format(heading, first, second)) == ""


@given(
    heading=st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"]), max_size=12),
    cell=st.sampled_from(["50", "50 km", "5,000 m", "unos 30 kilómetros", "radio amplio", "7.5"]),
)
@settings(max_examples=150)
def test_no_column_with_a_number_or_a_length_is_dropped_in_silence(heading, cell):
    """Under any heading, beside centres: the cells repeat, so that they number no rows."""
    content = sheets(Hoja=[["lon", "lat", "radio_km", heading], *[[-73, -12, 5, cell]] * 2])
    assume(refusal(content) != "required_column")
    is_known = heading.strip().lower() in ("", "lon", "lat", "x", "y", "long", "lng", "radio")
    assert is_known or refusal(content) != ""


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("ubigeo_2", "170101"),
        ("provincia_2", "?"),
        ("fuente", "Puerto Maldonado"),
        ("nota", "y el distrito de Laberinto"),
    ],
)
def test_a_second_column_of_places_refuses_the_list(heading, cell):
    """Whatever it holds: it is asked about, and a person may confirm it away."""
    content = f"provincia,{heading}\nManu,{cell}\n"
    assert refusal(content) == "zone_columns"
    assert refusal(content, drop=[heading]) == ""


@pytest.mark.parametrize(
    ("area", "note", "is_asked"),
    [
        ("170103", "Las Piedras (Tambopata)", False),
        ("170103", "Laberinto", True),
        ("170103", "Tambopata", True),
        ("1701", "Laberinto", False),
    ],
)
def test_another_district_beside_an_excluded_one_is_asked_about(area, note, is_asked):
    """It may be meant to be closed too; of a whole province its districts are closed anyway."""
    content = f"ubigeo,referencia\n{area},{note}\n"
    assert (refusal(content) == "zone_columns") == is_asked


def test_a_centre_or_a_name_away_from_the_place_of_its_row_is_a_fault():
    head = "provincia,longitud,latitud,radio_km\nTambopata,"
    assert refusal(f"{head}-70.5,-12.9,3\n") == "zone_elsewhere"
    assert refusal(f"{head}-69.19,-12.59,3\n") == ""
    assert refusal("ubigeo,nombre\n160101,Tambopata (Madre de Dios)\n") == "zone_label"
    assert refusal("ubigeo,nombre\n170101,Tambopata (Madre de Dios)\n") == ""


def test_a_zone_that_touches_no_province_is_said():
    (zones,), report = read_planning(b"lon,lat,radio_km\n-77.5,-12,5\n", "zones")
    assert not zones["touched"]
    assert ("zones_nowhere", "#2") in report.notices


POLYGONS = {
    "radio_km": 50,
    "Buffer": "ancho",
    "alcance": "unos cincuenta",
    "km": 50,
    "extent": 50,
    "size": "50",
    "descripcion": "Radio de exclusión: 50 km",
    "detalle": "en un radio de cincuenta kilómetros",
    "notes": "within a distance of 5 km",
}


@pytest.mark.parametrize("name", POLYGONS)
def test_a_polygon_with_a_reach_beside_it_is_refused(name):
    """In a property, an attribute and the extended data of a KML; nobody can confirm it away."""
    value = POLYGONS[name]
    data = f'<ExtendedData><Data name="{name}"><value>{value}</value></Data></ExtendedData>'
    for content in (
        collection([zone(SQUARE, **{name: value})]),
        written("z.gpkg", [shapely.geometry.shape(SQUARE)], **{name: [value]})["z.gpkg"],
        kml(placemark(kml_shape("Polygon", RING), data)),
    ):
        assert refusal(content, drop=[name]) == "zone_radius"


def where(content: str, **confirmed: object) -> dict[str, object]:
    """The row of a list of zones that is taken."""
    rows, report = read_planning(content.encode(), "zones", confirmed)
    assert report.left_out_count == 0
    return rows[0]


def test_a_list_of_provinces_districts_or_departments_is_a_list_of_zones():
    """Named areas contain all their capitals, and others only within half a kilometre."""
    capitals = gazetteer().positions
    outlines = load_districts().set_index("district_ubigeo").geometry
    for text, inside, widened, areas in (
        ("ubigeo\n1206\n", ("1206",), "", ["1206"]),
        ("departamento,provincia\nCusco,La Convención\n", ("0809",), "", ["0809"]),
        (
            "UBIGEO,zona\n120606,VRAEM\n080910,VRAEM\n",
            ("120606", "080910"),
            "",
            ["120606", "080910"],
        ),
        ("distrito,longitud,latitud\nPichari,-73.8,-12.5\n", ("080910",), "", ["080910"]),
        ("departamento\nMadre de Dios\n", ("17",), "", ["17"]),
        ("ubigeo\n17\n", ("17",), "", ["17"]),
        ("ubigeo\n130112\n", ("130102", "130112"), "El Porvenir: Alto Trujillo", ["130112"]),
    ):
        row = where(text)
        assert (row["widened"], row["areas"]) == (widened, areas)
        away = distance_km(parts([row]), *np.transpose([*capitals.values()]))
        taken = {code for code, km in zip(capitals, away, strict=True) if km == 0}
        assert taken >= {code for code in capitals if code.startswith(inside)}
        whole = shapely.union_all(outlines[[code.startswith(inside) for code in outlines.index]])
        others = [capitals[code] for code in taken if not code.startswith(inside)]
        assert all(whole.distance(shapely.Point(spot)) * 111 < 0.9 for spot in others)
    assert where("UBIGEO,zona\n1206,VRAEM\n0809,VRAEM\n")["touched"] == (
        "VRAEM: Satipo, La Convención"
    )


def test_a_district_that_was_never_made_is_no_zone():
    """Nobody can say where its land would be: it is drawn as a polygon, or left out."""
    _, report = read_planning(b"ubigeo\n150144\n", "zones")
    assert [entry.code for entry in report.entries if entry.is_fault] == ["zone_no_outline"]


@pytest.mark.parametrize(
    ("text", "code", "matches"),
    [
        ("distrito\nSanta Rosa\n", "name_shared", 9),
        ("departamento,distrito\nPuno,Santa Rosa\n", "name_shared", 2),
        ("distrito\nNinguna Parte Tal\n", "district_unknown", 0),
        ("ubigeo\n999999\n", "code_unknown", 0),
        ("provincia\nSatippo\n", "misspelt", 1),
        ("departamento\nCuzco\n", "misspelt", 1),
        ("departamento,provincia\nLima,Satipo\n", "names_disagree", 1),
        ("ubigeo,provincia\n1206,Chanchamayo\n", "code_and_names", 1),
        ("provincia\n\nSatipo\n", "", 0),
        ("provincia,zona\nSatipo,x\n,y\n", "place_missing", 0),
    ],
)
def test_a_row_that_names_no_place_or_several_refuses_the_list(text, code, matches):
    """A row that names no place or several refuses the list, and the matches are named."""
    _, report = read_planning(text.encode(), "zones")
    faults = [entry for entry in report.entries if entry.is_fault]
    assert [entry.code for entry in faults] == ([code] if code else [])
    if code:
        assert report.used_count < report.row_count
        assert len([part for part in faults[0].suggestion.split(";") if part]) >= matches
    if code == "misspelt":
        assert where(text, names=True)["touched"]


@pytest.mark.parametrize("row", ["-73,-12,50", "-73.5,-11.2,80"])
def test_the_provinces_that_a_zone_touches_are_those_within_it(row):
    """A second way: by the distance of each province's outline from the centre."""
    (zones,), report = read_planning(f"zona,lon,lat,radio_km\nA,{row}\n".encode(), "zones")
    shape = shapely.union_all(parts([zones]))
    frame = load_provinces()
    names = frame["province"][frame.geometry.intersects(shape)].tolist()
    assert zones["touched"] == f"A: {', '.join(names)}"
    assert ("zones_touch", zones["touched"]) in report.notices


def test_a_layer_in_a_wrong_utm_zone_is_seen_by_its_provinces():
    """Metres of zone 18 read as those of zone 17: another department is named."""
    from pyproj import Transformer

    to_utm = Transformer.from_crs(4326, 32718, always_xy=True)
    shape = shapely.transform(shapely.Polygon(RING), to_utm.transform, interleaved=False)
    touched = {}
    for epsg in (32718, 32717):
        crs = {"type": "name", "properties": {"name": f"EPSG:{epsg}"}}
        content = collection([zone(shapely.geometry.mapping(shape), name="VRAEM")], crs=crs)
        touched[epsg] = read(content, "zones")[0][0]["touched"]
    assert "La Convención" in touched[32718]
    assert "La Convención" not in touched[32717]


def test_an_unknown_system_is_called_so():
    crs = {"type": "name", "properties": {"name": "EPSG:99999"}}
    with refused("crs_unknown.*we do not know the coordinate system"):
        read(collection([zone(SQUARE)], crs=crs), "zones")


WKT = "POLYGON((-74 -13,-73 -13,-73 -12,-74 -13))"
BASE = written("z.gpkg", [shapely.Polygon(RING)])["z.gpkg"]
BLOB = "0103000000010000000400000000000000008052C0"


@pytest.mark.parametrize(
    "sql",
    [
        f"INSERT INTO more VALUES (1, '{WKT}')",  # noqa: S608 - a test's own
        f"INSERT INTO more VALUES (1, x'{BLOB}')",  # noqa: S608
        "INSERT INTO more SELECT fid, geom FROM z",
    ],
)
def test_shapes_in_a_table_that_is_not_listed_are_refused(sql):
    """Or in one that is listed as a table of attributes; what else it says is asked."""
    more = "CREATE TABLE more (id INTEGER PRIMARY KEY, w)"
    listed = "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('more', 'attributes')"
    assert refusal(BASE) == ""
    assert refusal(attacks.changed(BASE, more)) == ""
    changed_answer = attacks.changed(BASE, more, "INSERT INTO more VALUES (1, 'ok')")
    assert refusal(changed_answer) == "zone_columns"
    assert refusal(changed_answer, drop_members=["more.id", "more.w"]) == ""
    for statements in ([more, sql], [more, listed, sql]):
        assert refusal(attacks.changed(BASE, *statements)) == "geopackage_layers"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("LEEME.txt", f"otra zona\n{WKT}\n", "zip_content"),
        ("otra.xml", f"{kml(placemark(kml_shape('Polygon', RING))).decode()}", "zip_content"),
        ("puntos.txt", "-74.0,-13.0\n-73.0,-13.0\n-73.0,-12.0\n", "zip_content"),
        ("nota.md", '{"type": "Polygon", "coordinates": [[[-74, -13]]]}', "zip_content"),
        ("LEEME.txt", "Zonas, EPSG:4326. Escala 1:100,000. Versión 1.2", "zone_columns"),
        ("z.shp.xml", "<metadata><westbc>-74.5</westbc></metadata>", "zone_columns"),
        ("z.shp.xml", "<metadata><westbc>-73.9</westbc><eastbc>-73.1</eastbc></metadata>", ""),
    ],
)
def test_a_text_with_shapes_beside_a_shapefile_is_refused(name, text, code):
    members = written("z.shp", [shapely.Polygon(RING)])
    assert refusal(attacks.zipped({**members, name: text.encode()})) == code


def test_a_second_column_of_shapes_and_a_listed_table_refuse_a_geopackage():
    """QGIS's table of styles does not."""
    plain = attacks.geopackage(SPATIAL_INDEX="NO")
    beside = (
        "CREATE TABLE lugares (fid INTEGER PRIMARY KEY, provincia TEXT)",
        "INSERT INTO lugares VALUES (1, 'Tambopata')",
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('lugares', 'attributes')",
    )
    column = ("ALTER TABLE layer0 ADD COLUMN g2 BLOB", "UPDATE layer0 SET g2 = geom")
    styles = [text.replace("lugares", "layer_styles") for text in beside]
    without = refusal(plain)
    assert refusal(attacks.changed(plain, *styles)) == without != "geopackage_layers"
    for statements in (beside, column):
        assert refusal(attacks.changed(plain, *statements)) == "geopackage_layers"
