"""Files from outside: read if they are what they say, refused with the reason otherwise."""

import pytest
import shapely

from data.geography import load_departments
from data.refresh.source_files import read_features, read_sheet, require_in_peru
from tests.border_files import collection
from tests.refusing import refused

SQUARE = shapely.box(-75, -10, -74, -9)
CRS = "urn:ogc:def:crs:OGC:1.3:CRS84"


def test_properties_and_geometries_stay_together():
    """A feature without geometry shifts no other's properties, and heights are removed."""
    rows = [({"n": 1}, SQUARE), ({"n": 2}, None), ({"n": 3}, shapely.force_3d(SQUARE, 7.0))]
    features = read_features("a.geojson", b"\xef\xbb\xbf" + collection(rows))
    assert [row["n"] for row in features.properties] == [1, 3]
    assert shapely.area(features.geometries).tolist() == [1.0, 1.0]
    assert not shapely.has_z(features.geometries).any()


@pytest.mark.parametrize("name", [CRS, "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_old_names_of_wgs84_are_understood(name):
    content = collection([({}, SQUARE)], crs={"type": "name", "properties": {"name": name}})
    assert len(read_features("a.geojson", content).geometries) == 1


SYSTEM = {"properties": {"name": "EPSG:32718"}}
REFUSED = {
    "page": (b"<!DOCTYPE html><html>404", "XML or HTML.* Read here: GeoJSON"),
    "half": (collection([({}, SQUARE)])[:-20], "JSON is damaged"),
    "deep": (b"[" * 100_000, "nested deeper|JSON is damaged"),
    "other": (b'{"type": "Topology"}', "not a GeoJSON FeatureCollection"),
    "none": (b'{"features": []}', "not a GeoJSON FeatureCollection"),
    "number": (
        b'{"type": "FeatureCollection", "features": [7]}',
        "not a GeoJSON FeatureCollection",
    ),
    "geometry": (
        collection([({}, SQUARE)]).replace(b"[[[", b"[7, [["),
        "cannot be read in feature 1",
    ),
    "twice": (b'{"features": [], "features": []}', "names a property twice"),
    "point": (collection([({}, shapely.Point(-75, -9))]), "a Point in feature 1"),
    "nan": (b'{"features": [{"geometry": {"coordinates": [NaN, 1]}}]}', "an invalid number"),
    "bytes": (b'{"features": [\xff]}', "we cannot read its letters"),
    "system": (collection([({}, SQUARE)], crs=SYSTEM), "EPSG:32718; expected WGS84"),
    "zip": (b"PK\x03\x04 and then nothing", "the zip is damaged"),
    "rar": (b"Rar!\x1a\x07", "we do not recognise its format"),
    "csv": (b"a,b\n1,2\n", "no layer; expected GeoJSON"),
}


@pytest.mark.parametrize(("content", "match"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_set_of_outlines_is_refused(content, match):
    with refused(match):
        read_features("a.geojson", content)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"<html>not found", r"XML or HTML.* Read here: XLSX \(Hoja1\)"),
        (b"%PDF-1.7", "we do not recognise its format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "the old .xls kind"),
        (b"PK\x03\x04broken", "the zip is damaged"),
        (b"a,b\n1,2\n", "no workbook; expected XLSX with a sheet Hoja1"),
    ],
)
def test_what_is_no_workbook_is_refused(content, match):
    with refused(match):
        read_sheet("p.xlsx", content, "Hoja1", most_rows=9)


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        (shapely.box(-10, -75, -9, -74), "problem.swapped"),
        (shapely.box(280_000, 8_600_000, 290_000, 8_700_000), "problem.utm_metres"),
        (shapely.box(2, 41, 3, 42), "problem.outside_peru"),
        (shapely.box(-75, -10, -60, -9), "problem.outside_peru"),
        (None, "no feature with a geometry"),
    ],
)
def test_outlines_elsewhere_are_refused(shape, match):
    features = read_features("a.geojson", collection([({}, shape)]))
    with refused(match):
        require_in_peru("a.geojson", features.geometries)
    require_in_peru("a.geojson", load_departments()["geometry"].to_numpy())
