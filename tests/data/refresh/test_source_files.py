"""Files from outside: read if they are what they say, refused with the reason otherwise."""

import io
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from data.geography import load_departments
from data.readers import geofiles
from data.readers.geofiles import official_layer
from data.readers.kinds import kind_of
from data.readers.limits import REFRESH, Profile
from data.refresh import source_files
from data.refresh.source_files import Features, read_features, read_sheets, require_in_peru
from geo.errors import DataError
from tests.atlas.own_data import attacks
from tests.border_files import collection
from tests.refusing import refused

SQUARE = shapely.box(-75, -10, -74, -9)
CRS = "urn:ogc:def:crs:OGC:1.3:CRS84"


def _read(content: bytes) -> Features:
    """As the command reads it, but in this process: the child that calls the same function is
    tested in tests/atlas/own_data."""
    return read_features(
        "a.zip", content, lambda content: official_layer(kind_of(content, REFRESH), content)
    )


@pytest.fixture(autouse=True)
def _all_drivers(monkeypatch):
    """This process has loaded GDAL, with more drivers than a child has."""
    monkeypatch.setattr(geofiles, "gdal", lambda: pyogrio)


def _frame(**columns: Any) -> gpd.GeoDataFrame:
    columns = {"IDDIST": ["010101"], "NOMBDIST": ["Ñaña"], **columns}
    return gpd.GeoDataFrame(columns, geometry=[SQUARE], crs="EPSG:4326")


def _geopackage(tmp_path: Path, frame: gpd.GeoDataFrame, **options: Any) -> bytes:
    frame.to_file(tmp_path / "a.gpkg", engine="pyogrio", **options)
    return (tmp_path / "a.gpkg").read_bytes()


def _zipped(tmp_path: Path, frame: gpd.GeoDataFrame, *, without: str = "none") -> bytes:
    frame.to_file(tmp_path / "LIMITE.shp", engine="pyogrio")
    return _archive(
        **{
            f"carpeta/{path.name}": path.read_bytes()
            for path in sorted(tmp_path.glob("LIMITE.*"))
            if path.suffix != without
        }
    )


def _archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_properties_and_geometries_stay_together():
    """A feature without a geometry is told apart and shifts nobody else's properties; a height is
    no part of an outline."""
    rows = [({"n": 1}, SQUARE), ({"n": 2}, None), ({"n": 3}, shapely.force_3d(SQUARE, 7.0))]
    features = read_features("a.geojson", b"\xef\xbb\xbf" + collection(rows))
    assert [row["n"] for row in features.properties] == [1, 3]
    assert features.empty == ({"n": 2},)
    assert shapely.area(features.geometries).tolist() == [1.0, 1.0]
    assert not shapely.has_z(features.geometries).any()


@pytest.mark.parametrize("name", [CRS, "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_old_names_of_wgs84_are_understood(name):
    content = collection([({}, SQUARE)], crs={"type": "name", "properties": {"name": name}})
    assert len(read_features("a.geojson", content).geometries) == 1


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32718"])
def test_a_zipped_shapefile_becomes_degrees(tmp_path, crs):
    frame = _frame(AREA=[1.5], NIVEL=[3]).to_crs(crs)
    features = _read(_zipped(tmp_path, frame))
    row = {"IDDIST": "010101", "NOMBDIST": "Ñaña", "AREA": "1.5", "NIVEL": "3"}
    assert features.properties == (row,)
    assert shapely.hausdorff_distance(features.geometries[0], SQUARE) < 1e-6


def test_a_geopackage_is_read(tmp_path):
    """One layer, its properties and its outline, of a height only its floor; a row without one is
    told apart."""
    high = shapely.force_3d(SQUARE, 7.0)
    frame = gpd.GeoDataFrame({"IDDIST": ["1", "2"]}, geometry=[high, None], crs="EPSG:4326")
    features = _read(_geopackage(tmp_path, frame, layer="Límites DEPARTAMENTALES"))
    assert (features.properties, features.empty) == (({"IDDIST": "1"},), ({"IDDIST": "2"},))
    assert features.geometries.tolist() == [SQUARE]


def test_the_limits_of_a_refresh_hold(tmp_path, monkeypatch):
    """Also in the child: one row more than there may be."""
    content = _geopackage(tmp_path, _frame().loc[[0, 0]])
    monkeypatch.setattr(geofiles, "REFRESH", Profile(rows=2))
    assert len(official_layer("gpkg", content)["rows"]) == 2
    monkeypatch.setattr(geofiles, "REFRESH", Profile(rows=1))
    with refused("too_many_rows"):
        official_layer("gpkg", content)


SYSTEM = {"properties": {"name": "EPSG:32718"}}
REFUSED = {
    "page": (b"<!DOCTYPE html><html>404", "a web page or XML; expected GeoJSON"),
    "half": (collection([({}, SQUARE)])[:-20], "no JSON; expected a complete GeoJSON"),
    "deep": (b"[" * 100_000, "lists inside lists|no JSON"),
    "other": (b'{"type": "Topology"}', "no list of features"),
    "none": (b'{"features": []}', "no list of features"),
    "number": (b'{"type": "FeatureCollection", "features": [7]}', "no list of features"),
    "geometry": (
        collection([({}, SQUARE)]).replace(b"[[[", b"[7, [["),
        "cannot be read in feature 1",
    ),
    "twice": (b'{"features": [], "features": []}', "a member named twice"),
    "point": (collection([({}, shapely.Point(-75, -9))]), "a Point in feature 1"),
    "nan": (b'{"features": [{"geometry": {"coordinates": [NaN, 1]}}]}', "a number that is none"),
    "bytes": (b'{"features": [\xff]}', "bytes that are not UTF-8"),
    "system": (collection([({}, SQUARE)], crs=SYSTEM), "EPSG:32718; expected WGS84"),
    "zip": (b"PK\x03\x04 and then nothing", "a ZIP that cannot be read"),
    "rar": (b"Rar!\x1a\x07", "another kind of file"),
    "csv": (b"a,b\n1,2\n", "no layer; expected GeoJSON, a zipped Shapefile or a GeoPackage"),
    "text": (_archive(**{"readme.txt": b"hello"}), "other things than one Shapefile"),
    "up": (_archive(**{"a.shp": b"", "../a.dbf": b""}), "a way out of it"),
    "bomb": (_archive(**{"a.shp": b"", "a.dbf": b"\x00" * 20_000_000}), "too large once unpacked"),
    "view": (attacks.geopackage("CREATE VIEW v AS SELECT 1"), "views or triggers of its own"),
    "cut": (attacks.geopackage()[:-5000], "a layer that cannot be read|no or several layers"),
}


@pytest.mark.parametrize(("content", "match"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_set_of_outlines_is_refused(content, match):
    with pytest.raises(DataError, match=match):
        _read(content)


@pytest.mark.parametrize("part", [".prj", ".dbf", ".shx"])
def test_a_shapefile_in_parts_is_refused(tmp_path, part):
    with pytest.raises(DataError, match=f"a Shapefile without its {part}"):
        _read(_zipped(tmp_path, _frame(), without=part))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"<html>not found", "a web page"),
        (b"%PDF-1.7", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old workbook"),
        (b"PK\x03\x04broken", "a ZIP that cannot be read"),
        (b"a\0b", "bytes that are no text"),
        (b"a;b\n" * 50, "more than 49 rows"),
    ],
)
def test_what_is_no_table_is_refused(monkeypatch, content, match):
    monkeypatch.setattr(source_files, "MAX_ROWS", 49)
    with pytest.raises(DataError, match=match):
        read_sheets("p.xlsx", content)


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        (shapely.box(-10, -75, -9, -74), "latitude and longitude are swapped"),
        (shapely.box(280_000, 8_600_000, 290_000, 8_700_000), "metres of a projection"),
        (shapely.box(2, 41, 3, 42), "outlines inside Peru"),
        (shapely.box(-75, -10, -60, -9), "outlines inside Peru"),
        (None, "no feature with a geometry"),
    ],
)
def test_outlines_elsewhere_are_refused(shape, match):
    features = read_features("a.geojson", collection([({}, shape)]))
    with pytest.raises(DataError, match=match):
        require_in_peru("a.geojson", features.geometries)
    require_in_peru("a.geojson", load_departments()["geometry"].to_numpy())
