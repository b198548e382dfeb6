"""KML and KMZ: every placemark is read or named, nothing outside the file is asked for."""

from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_files.child import answer
from data.readers.geofiles import read_layer
from data.readers.kinds import kind_of, read_table
from tests.atlas.own_data.attacks import linked_zip, zipped
from tests.atlas.own_data.planning_lists import kml, kml_shape, placemark
from tests.refusing import refused

RING = [[-74, -13, 300], [-73, -13, 300], [-73, -12, 300], [-74, -13, 300]]
HOLE = [[-73.4, -12.8], [-73.2, -12.8], [-73.2, -12.6], [-73.4, -12.8]]
AREA = kml_shape("Polygon", RING)


def layer_of(content):
    """The layer of a file of shapes."""
    return read_layer(kind_of(content), content, is_of_zones=True)


def test_what_google_earth_and_my_maps_write():
    """Folders, heights, holes, groups, data, HTML and a kmz with its icon give the same shapes."""
    data = '<Data name="fuente"><displayName>F</displayName><value>propia</value></Data>'
    data = f"<ExtendedData>{data}</ExtendedData>"
    text = "<description><![CDATA[<b>No</b> ir<br>de noche]]></description><styleUrl>#a</styleUrl>"
    content = kml(
        "<Style id='a'><IconStyle><Icon><href>http://a/b.png</href></Icon></IconStyle></Style>",
        f"<Folder><name>Norte</name>{placemark(kml_shape('Polygon', RING, HOLE), text, data)}"
        f"{placemark('<MultiGeometry>', AREA, AREA, '</MultiGeometry>', name='B')}</Folder>",
    )
    for packed in (content, zipped({"doc.kml": content, "images/icon.png": PICTURE})):
        layer = layer_of(packed)
        first, second = layer.shapes
        assert first.equals(shapely.Polygon(np_flat(RING), [HOLE]))
        assert [part.geom_type for part in second.geoms] == ["Polygon"] * 2
        table = dict(zip(layer.names, layer.rows[0], strict=True))
        assert table == {
            "name": "VRAEM",
            "description": "No ir de noche",
            "fuente": "propia",
            "folder": "Zonas / Norte",
        }
        assert layer.notices == [("kml_styles", "1")]


PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def np_flat(ring):
    """Corners without their heights."""
    return [corner[:2] for corner in ring]


def test_candidates_in_a_kml():
    table = read_table(kml(*(placemark(kml_shape("Point", [[-73, -12]]), name=n) for n in "AB")))
    rows = [dict(zip(table.headings, row, strict=True)) for row in table.rows]
    assert [(row["name"], row["longitude"], row["latitude"]) for row in rows] == [
        ("A", "-73", "-12"),
        ("B", "-73", "-12"),
    ]


def test_links_and_pictures_are_never_opened(trap):
    """No address is requested, and a link to other shapes refuses a list of zones."""
    link = f"<NetworkLink><Link><href>{trap.address}/x.kml</href></Link></NetworkLink>"
    image = f"<GroundOverlay><Icon><href>{trap.address}/x.png</href></Icon></GroundOverlay>"
    reply = json.loads(answer(kml(image, placemark(AREA)), "zones", {}))
    assert ["kml_links", "1"] in reply["report"]["notices"]
    assert reply["report"]["used_count"] == 1
    reply = json.loads(answer(kml(link, placemark(AREA)), "zones", {}))
    assert reply["refusal"] == "records.refusal.kml_link"
    assert len(read_layer("kml", kml(link, placemark(AREA))).shapes) == 1


def test_a_placemark_without_a_shape_is_named():
    reply = json.loads(answer(kml(placemark(AREA), placemark()), "zones", {}))
    entries = [(entry["line"], entry["code"]) for entry in reply["report"]["entries"]]
    assert entries == [(2, "geometry_empty")]


ENTITY = '<!DOCTYPE kml [<!ENTITY b "aaaa">]>'
DEEP = "<Folder>" * 100_000 + placemark(AREA) + "</Folder>" * 100_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (kml(placemark(AREA), head=ENTITY), "markup"),
        (kml(placemark(AREA), head=ENTITY).decode().encode("utf-16"), "markup"),
        (b"<gpx/>", "markup"),
        (b"<a><kml/></a>", "markup"),
        (kml(placemark(AREA))[:-9], "kml_damaged"),
        (kml(AREA), "kml_damaged"),
        (kml(placemark(f"<Snippet>{AREA}</Snippet>")), "kml_damaged"),
        (kml(placemark("<MultiGeometry><a>", AREA, "</a></MultiGeometry>")), "kml_damaged"),
        (kml(placemark(placemark(AREA))), "kml_damaged"),
        (kml(placemark("<name>B</name>", AREA)), "duplicate_column"),
        (kml(DEEP), "kml_damaged"),
        (kml(placemark(DEEP.replace("Folder", "MultiGeometry"))), "kml_damaged"),
        (zipped({"a.kml": kml(placemark(AREA)), "b.kml": kml()}), "zip_content"),
        (zipped({"a.kml": kml(placemark(AREA)), "b.geojson": b"{}"}), "zip_content"),
        (zipped({"a.kml": kml(placemark(AREA)), "../b.png": b"x"}), "zip_unsafe"),
        (zipped({"a.kml": kml(placemark(AREA)), "b.kmz": b"x"}), "zip_unsafe"),
        (zipped({"a.kml": b" " * 60_000_000}), "zip_bomb"),
        (linked_zip().replace(b"upload.shp", b"upload.kml"), "zip_unsafe"),
    ],
)
def test_what_is_refused(content, code):
    with refused(code):
        layer_of(content)


BROKEN = ("", "-74", "-74,-13,0,1", "x,y", "nan,0", "-74,1e999", "-74,-13 -73", "-74, -13")


@given(
    kind=st.sampled_from(["Point", "LineString", "LinearRing", "Polygon"]),
    text=st.sampled_from(BROKEN) | st.text(st.characters(codec="ascii", categories=["N", "P"])),
)
@settings(max_examples=150)
def test_broken_corners_are_never_a_zone(kind, text):
    """A shape of corners that are none is a fault by its row, or the file is refused."""
    escaped = text.replace("&", "").replace("<", "").replace(">", "")
    shape = kml_shape(kind, RING).replace("-73,-12,300", escaped)
    reply = json.loads(answer(kml(placemark(shape)), "zones", {}))
    codes = [entry["code"] for entry in reply.get("report", {}).get("entries", ())]
    is_polygon_of_fewer = kind == "Polygon" and not escaped.strip()
    assert "refusal" in reply or codes or is_polygon_of_fewer


def test_another_reader_sees_the_same_shapes(tmp_path):
    """A second way: what GDAL writes as KML comes back as it was."""
    import geopandas as gpd

    shapes = [shapely.Polygon(np_flat(RING), [HOLE]), shapely.box(-76, -9, -75, -8)]
    frame = gpd.GeoDataFrame({"Name": ["A", "B"]}, geometry=shapes, crs=4326)
    try:
        frame.to_file(tmp_path / "z.kml", driver="KML")
    except Exception:
        pytest.skip("this GDAL writes no KML")
    layer = layer_of((tmp_path / "z.kml").read_bytes())
    assert shapely.equals_exact(layer.shapes, shapes, 1e-9).all()


@pytest.mark.parametrize("box", ["LatLonBox", "gx:LatLonQuad"])
def test_a_picture_over_a_box_is_no_part_of_a_list_of_zones(box):
    image = f"<GroundOverlay><{box}><north>-12</north></{box}></GroundOverlay>"
    content = kml(image, placemark(AREA))
    with refused("kml_overlay"):
        layer_of(content)
    assert len(read_layer("kml", content).shapes) == 1
