"""Files of a planner: what is read, and that faults are named by line, never by value."""

import contextlib
import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.planning_files import read_place_list, read_travel_times, read_zones
from geo.errors import DataError


def put(folder, name, text):
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_places_by_coordinates_and_by_code(tmp_path):
    """Both kinds of rows in one list, with a byte order mark and capitals in the header."""
    text = "\ufeffName,Longitude,Latitude,UBIGEO,phone\nCasa,-77.03,-12.05,,9\nPuno,,,210101,9\n"
    table = read_place_list(put(tmp_path, "own.csv", text))
    assert table["name"].tolist() == ["Casa", "Puno"]
    assert table["district_ubigeo"].tolist() == ["", "210101"]
    assert table["longitude"].tolist()[0] == -77.03
    assert np.isnan(table["longitude"].iloc[1])
    assert list(table.columns) == ["name", "district_ubigeo", "longitude", "latitude", "line"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("name,x\nSECRET,1\n", "line 1: found neither ubigeo"),
        ("longitude,latitude\n", "found no row"),
        ("longitude,latitude\n-77.03,SECRET\n", "line 2: found a place that is no number"),
        ("longitude,latitude\n-12.05,-77.03\n", "line 2: found longitude and latitude swapped"),
        ("longitude,latitude\n2.35,48.85\n", "line 2: found a place outside Peru"),
        ("ubigeo\n21010\n", "line 2: found a ubigeo that is none"),
        ("ubigeo\n210101\n210101\n", "line 3: found a place that an earlier line has"),
        ("ubigeo,ubigeo\n1,1\n", "a column twice"),
        ('ubigeo\n"21', "no table"),
    ],
)
def test_faulty_places_are_refused(tmp_path, text, match):
    """Line and kind of fault; the value stays out of the message."""
    with pytest.raises(DataError, match=match) as caught:
        read_place_list(put(tmp_path, "own.csv", text))
    assert "SECRET" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_no_file_and_no_text(tmp_path):
    """A missing file and bytes that are no text."""
    with pytest.raises(DataError, match="found no file"):
        read_place_list(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no UTF-8"):
        read_place_list(tmp_path / "bytes.csv")


def test_travel_times(tmp_path):
    """Codes stay text with their zeros; faulty minutes are refused."""
    table = read_travel_times(put(tmp_path, "t.csv", "from,to,minutes\n010101,010102,12.5\n"))
    assert table.to_dict("records") == [{"from": "010101", "to": "010102", "minutes": 12.5}]
    for text, match in (
        ("from,minutes\n", "no column to"),
        ("from,to,minutes\na,b,-4\n", "line 2"),
        ("from,to,minutes\na,b,1\na,c,inf\n", "line 3"),
    ):
        with pytest.raises(DataError, match=match):
            read_travel_times(put(tmp_path, "t.csv", text))


def test_zones_of_geojson_and_csv(tmp_path):
    """Features, bare geometries and points with a radius."""
    square = {"type": "Polygon", "coordinates": [[[-70, -13], [-69, -13], [-69, -12], [-70, -13]]]}
    point = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [-75, -9]},
    }
    for content, count in (
        (square, 1),
        (point, 1),
        ({"type": "FeatureCollection", "features": [point, point]}, 2),
    ):
        assert len(read_zones(put(tmp_path, "z.geojson", json.dumps(content)))) == count
    text = "longitude,latitude,radius_km\n-75,-9,10\n-76,-9,0\n"
    circle, dot = read_zones(put(tmp_path, "z.csv", text))
    assert dot.geom_type == "Point"
    from pyproj import Geod

    rim = np.asarray(circle.exterior.coords)
    apart = [Geod(ellps="WGS84").inv(-75, -9, x, y)[2] / 1000 for x, y in rim]
    assert min(apart) >= 10.0
    assert max(apart) < 10.2


BROKEN = {
    "nothing": "null",
    "no object": "[1]",
    "type no text": '{"type": {}, "coordinates": []}',
    "type unknown": '{"type": "Circle", "coordinates": [1, 2]}',
    "no coordinates": '{"type": "LineString"}',
    "coordinates no list": '{"type": "MultiPolygon", "coordinates": true}',
    "ragged": '{"type": "Point", "coordinates": [[[1, 2]], [[3, 4], [5]]]}',
    "no ring": '{"type": "MultiPolygon", "coordinates": [[], [[[0, 0], [1, 1], [1, 0], [0, 0]]]]}',
    "too few": '{"type": "MultiPolygon", "coordinates": [[[[1], 0]]]}',
    "empty part": '{"type": "MultiLineString", "coordinates": [[], [[1, 2], [3, 4]]]}',
    "one point": '{"type": "MultiLineString", "coordinates": [[[1, 2]]]}',
    "too large": f'{{"type": "Point", "coordinates": [1{"0" * 400}, 2]}}',
    "too deep": f'{{"type": "Polygon", "coordinates": {"[" * 600}1{"]" * 600}}}',
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_geometries_are_refused(tmp_path, broken):
    """Whatever shapely makes of it, the planner hears that it is no geometry."""
    text = f'{{"type": "Feature", "geometry": {BROKEN[broken]}}}'
    with pytest.raises(DataError, match="a geometry that is none"):
        read_zones(put(tmp_path, "z.geojson", text))


NUMBERS = st.sampled_from([0, -12.5, -70, 10**400, float("nan"), float("inf"), True, None, "x", {}])
NESTED = st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=5), max_leaves=12)
KINDS = st.sampled_from([*shapely.GeometryType.__members__, "X", "", None, 1, []])
GEOMETRIES = st.recursive(
    st.fixed_dictionaries({"type": KINDS}, optional={"coordinates": NESTED}) | NUMBERS,
    lambda inner: st.fixed_dictionaries(
        {"type": KINDS, "geometries": st.lists(inner, max_size=3) | NUMBERS}
    ),
    max_leaves=4,
)


@given(geometry=GEOMETRIES)
@settings(max_examples=300, deadline=None)
def test_any_geometry_is_read_or_refused(tmp_path_factory, geometry):
    """Nothing but a refusal comes out of what looks like GeoJSON."""
    path = put(tmp_path_factory.getbasetemp(), "any.geojson", json.dumps(geometry))
    with contextlib.suppress(DataError):
        assert all(not zone.is_empty for zone in read_zones(path))


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("z.geojson", "{", "no JSON"),
        ("z.geojson", "[1]", "no zone"),
        ("z.geojson", '{"type": "Polygon", "coordinates": [[1]]}', "geometry that is none"),
        ("z.geojson", '{"type": "Point", "coordinates": [500000, 8600000]}', "beyond 180"),
        ("z.csv", "a,b\n1,2\n", "line 1: found no longitude"),
        ("z.csv", "longitude,latitude,radius_km\n-75,-9,x\n", "line 2: found a radius_km"),
        ("z.csv", "longitude,latitude\n", "no row"),
    ],
)
def test_faulty_zones_are_refused(tmp_path, name, text, match):
    """Nothing is guessed about a zone."""
    with pytest.raises(DataError, match=match):
        read_zones(put(tmp_path, name, text))
