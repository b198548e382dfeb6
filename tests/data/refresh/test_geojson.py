"""Outlines from outside: read if they are what they say, refused with the reason otherwise."""

from __future__ import annotations

import pytest
import shapely

from data.refresh.source_files import read_features, require_in_peru
from geo.errors import DataError
from tests.border_files import collection

SQUARE = shapely.box(-75, -10, -74, -9)


def test_properties_and_geometries_stay_together() -> None:
    """A feature without a geometry is told apart and shifts nobody else's properties."""
    content = b"\xef\xbb\xbf" + collection(
        [({"n": 1}, SQUARE), ({"n": 2}, None), ({"n": 3}, SQUARE)]
    )
    features = read_features("a.geojson", content)
    assert [row["n"] for row in features.properties] == [1, 3]
    assert features.empty == ({"n": 2},)
    assert shapely.area(features.geometries).tolist() == [1.0, 1.0]


def test_three_dimensions_become_two() -> None:
    """A height is no part of an outline."""
    high = shapely.force_3d(SQUARE, 7.0)
    assert not shapely.has_z(read_features("a.geojson", collection([({}, high)])).geometries).any()


CRS = "urn:ogc:def:crs:OGC:1.3:CRS84"


@pytest.mark.parametrize("name", [CRS, "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_old_names_of_wgs84_are_understood(name: str) -> None:
    """Files of 2016 still say their reference system."""
    content = collection([({}, SQUARE)], crs={"type": "name", "properties": {"name": name}})
    assert len(read_features("a.geojson", content).geometries) == 1


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"<!DOCTYPE html><html>404", "a web page or XML; expected GeoJSON"),
        (collection([({}, SQUARE)])[:-20], "text that is no JSON; expected a complete GeoJSON"),
        (b"[" * 100_000, "lists inside lists|no JSON"),
        (b'{"type": "Topology"}', "no list of features"),
        (b'{"features": []}', "no list of features"),
        (b'{"type": "FeatureCollection", "features": [7]}', "no list of features"),
        (collection([({}, SQUARE)]).replace(b"[[[", b"[7, [["), "cannot be read in feature 1"),
        (b'{"features": [], "features": []}', "a member named twice"),
        (collection([({}, shapely.Point(-75, -9))]), "a Point in feature 1"),
        (b'{"features": [{"geometry": {"coordinates": [NaN, 1]}}]}', "a number that is none"),
        (b'{"features": [\xff]}', "bytes that are not UTF-8"),
        (
            collection([({}, SQUARE)], crs={"properties": {"name": "EPSG:32718"}}),
            "reference system EPSG:32718; expected WGS84",
        ),
    ],
)  # fmt: skip
def test_what_is_no_set_of_outlines_is_refused(content: bytes, match: str) -> None:
    """An error page, half a file, another system: each with its own reason."""
    with pytest.raises(DataError, match=match):
        read_features("a.geojson", content)


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        (shapely.box(-10, -75, -9, -74), "latitude and longitude are swapped"),
        (shapely.box(280_000, 8_600_000, 290_000, 8_700_000), "metres of a projection"),
        (shapely.box(2, 41, 3, 42), "outlines inside Peru"),
        (shapely.box(-75, -10, -60, -9), "outlines inside Peru"),
    ],
)
def test_outlines_elsewhere_are_refused(shape: shapely.Geometry, match: str) -> None:
    """The commonest accident is a swap, the second a projection."""
    features = read_features("a.geojson", collection([({}, shape)]))
    with pytest.raises(DataError, match=match):
        require_in_peru("a.geojson", features.geometries)


def test_peru_is_inside() -> None:
    """What is asked of others holds for the shipped outlines."""
    from data.geography import load_departments

    require_in_peru("a.geojson", load_departments()["geometry"].to_numpy())
    with pytest.raises(DataError, match="no feature with a geometry"):
        require_in_peru("a.geojson", read_features("a", collection([({}, None)])).geometries)
