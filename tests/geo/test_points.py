"""Points in any form and CRS reach the same place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geo.crs import to_analysis, to_wgs84
from geo.density import chunked_kernel_density, kernel_density
from geo.errors import GeoError, ParameterError
from geo.grid import Grid
from geo.points import degrees_from, points_from_arrays, points_from_frame, projected_chunks

LONGITUDE, LATITUDE = np.array([-77.03, -69.19, -73.25]), np.array([-12.05, -12.59, -3.75])


def test_utm_reaches_the_same_place():
    """UTM 18S metres of Lima, Puerto Maldonado, Iquitos fall on their degrees to a centimetre."""
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32718", always_xy=True).transform(
        LONGITUDE, LATITUDE
    )
    easting, northing, weight = points_from_arrays(x, y, [1, 2, 3], crs="EPSG:32718")
    expected = to_analysis(LONGITUDE, LATITUDE)
    assert np.hypot(easting - expected[0], northing - expected[1]).max() < 0.01
    assert weight.tolist() == [1.0, 2.0, 3.0]


@given(
    longitude=st.lists(st.floats(-81, -69), min_size=1, max_size=5),
    latitude=st.floats(-18, 0),
)
@settings(max_examples=25, deadline=None)
def test_there_and_back(longitude, latitude):
    """Degrees to metres to degrees, within a centimetre."""
    there = points_from_arrays(longitude, [latitude] * len(longitude))
    back = to_wgs84(*there[:2])
    assert back[0] == pytest.approx(longitude, abs=1e-7)
    assert back[1] == pytest.approx([latitude] * len(longitude), abs=1e-7)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32718", "EPSG:3857"])
def test_a_frame_in_any_crs(crs):
    """The frame's own CRS is used, and the frame stays as it was."""
    frame = gpd.GeoDataFrame(
        {"victims": [1, 2, 3]}, geometry=gpd.points_from_xy(LONGITUDE, LATITUDE), crs="EPSG:4326"
    ).to_crs(crs)
    before = frame.copy()
    easting, northing, weight = points_from_frame(frame, weight_column="victims")
    expected = to_analysis(LONGITUDE, LATITUDE)
    assert np.hypot(easting - expected[0], northing - expected[1]).max() < 0.01
    assert weight.tolist() == [1.0, 2.0, 3.0]
    assert points_from_frame(frame)[2].tolist() == [1.0, 1.0, 1.0]
    assert frame.equals(before)


def test_chunks_make_the_density_of_the_whole():
    """Three chunks in UTM give the raster that one array gives."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(3e5, 5e5, 90), rng.uniform(8.9e6, 9.1e6, 90)
    weight = rng.uniform(0, 2, 90)
    grid = Grid(-300_000.0, 300_000.0, 10_000.0, np.ones((60, 60), dtype=bool))
    chunks = [(x[i : i + 30], y[i : i + 30], weight[i : i + 30]) for i in (0, 30, 60)]
    streamed = chunked_kernel_density(
        projected_chunks(iter(chunks), crs="EPSG:32718"), grid=grid, bandwidth_m=20_000
    )
    whole = kernel_density(
        *points_from_arrays(x, y, weight, crs="EPSG:32718"), grid=grid, bandwidth_m=20_000
    )
    assert streamed.values == pytest.approx(whole.values, rel=1e-5, abs=1e-9)
    assert streamed.total == pytest.approx(weight.sum())


def test_chunks_are_read_when_wanted():
    """The second chunk is not touched before the first is used."""
    read = []

    def source():
        for number in range(2):
            read.append(number)
            yield [-75.0], [-9.2], [1.0]

    chunks = projected_chunks(source())
    assert read == []
    next(chunks)
    assert read == [0]


def test_refuses_what_it_would_have_to_guess():
    """No CRS, an unknown one, metres passed as degrees."""
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(LONGITUDE, LATITUDE))
    with pytest.raises(GeoError, match="no CRS and none is guessed"):
        points_from_frame(frame)
    with pytest.raises(ParameterError, match="crs is 'EPSG:1'"):
        points_from_arrays([0], [0], crs="EPSG:1")
    with pytest.raises(ParameterError, match="crs is 'EPSG:1'"):
        projected_chunks([], crs="EPSG:1")
    with pytest.raises(GeoError, match="1 of 1 points exceed 180 or 90 degrees"):
        points_from_arrays([279_000], [8_667_000])


def test_refuses_unusable_points():
    """Missing numbers, negative weights, other shapes, lines and empty geometries."""
    with pytest.raises(GeoError, match="1 of 2 values of y are not finite"):
        points_from_arrays([-75, -75], [-9, np.nan])
    with pytest.raises(GeoError, match="1 weights are negative"):
        points_from_arrays([-75], [-9], [-1])
    with pytest.raises(GeoError, match="of one length"):
        points_from_arrays([-75, -76], [-9])
    frame = gpd.GeoDataFrame(
        geometry=gpd.GeoSeries.from_wkt(
            ["POINT (-75 -9)", "POINT EMPTY", None, "LINESTRING (0 0, 1 1)"]
        ),
        crs="EPSG:4326",
    )
    with pytest.raises(GeoError, match="3 of 4 geometries"):
        points_from_frame(frame)
    with pytest.raises(ParameterError, match="no column 'w' for the weights"):
        points_from_frame(frame, weight_column="w")


def test_degrees_from_utm_and_from_peru_1996():
    """The inverse of the projection; what does not fit a CRS is not finite and raises nothing."""
    forward = Transformer.from_crs("EPSG:4326", "EPSG:32719", always_xy=True)
    x, y = forward.transform(LONGITUDE, LATITUDE)
    longitude, latitude = degrees_from("EPSG:32719")(np.array([*x, 1e30]), np.array([*y, 1e30]))
    np.testing.assert_allclose(longitude[:3], LONGITUDE, atol=1e-7)
    np.testing.assert_allclose(latitude[:3], LATITUDE, atol=1e-7)
    assert not np.isfinite(longitude[3])
    same = degrees_from("EPSG:5373")(LONGITUDE, LATITUDE)
    np.testing.assert_allclose(same, [LONGITUDE, LATITUDE], atol=1e-5)


@pytest.mark.parametrize(
    ("crs", "match"),
    [
        ("EPSG:1", "crs is 'EPSG:1'; give one"),
        ("UTM 18", "crs is 'UTM 18'; give one"),
        ("EPSG:5773", "no places on the ground"),
        ("EPSG:4978", "no places on the ground"),
    ],
)
def test_degrees_from_refuses(crs, match):
    """Unknown codes, heights, geocentric axes."""
    with pytest.raises(ParameterError, match=match):
        degrees_from(crs)
