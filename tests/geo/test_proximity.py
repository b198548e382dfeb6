"""Distances to mining cells and to routes' towns."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.errors import GeoError, ParameterError
from geo.proximity import (
    EARTH_RADIUS_KM,
    STATUSES,
    nearest_distance_km,
    proximity_table,
    stated_towns,
    surface_points,
)

LONGITUDES, LATITUDES = st.floats(-81.4, -68.6), st.floats(-18.4, 0.0)
DEGREE_KM = np.pi * EARTH_RADIUS_KM / 180


def make_points(longitude, latitude, department, population) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "longitude": longitude,
            "latitude": latitude,
            "department_ubigeo": department,
            "population": population,
        }
    )


def five_points() -> pd.DataFrame:
    """Near a cell of 17; near a cell of 08; far; far and unwatched; without a place."""
    return make_points(
        [-70.0, -71.0, -75.0, -77.0, np.nan],
        [-12.0, -13.0, -10.0, -12.0, np.nan],
        ["17", "08", "19", "15", "02"],
        [10, 200, 3_000, 40_000, 500_000],
    )


def two_cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "longitude": [-70.01, -71.01, np.nan],
            "latitude": [-12.0, -13.0, np.nan],
            "department_ubigeo": ["17", "08", "17"],
        }
    )


def sums(table: pd.DataFrame, selection: str, column: str = "population") -> dict[str, float]:
    chosen = table[table["selection"] == selection]
    return dict(zip(chosen["status"], chosen[column], strict=True))


def test_one_degree_along_the_equator_and_the_meridian():
    """Known answer: one degree of a great circle is 111.195 km on the mean sphere."""
    distance = nearest_distance_km([-75, -75], [0, -10], [-74, -75], [0, -11])
    np.testing.assert_allclose(distance, [111.195, 111.195], atol=0.001)


def test_lima_to_cusco():
    """Known answer: 573 km on the ellipsoid between the two main squares, within 0.6 %."""
    distance = nearest_distance_km([-77.0305], [-12.0460], [-71.9787], [-13.5168])
    assert distance[0] == pytest.approx(573, rel=0.006)


def test_error_bound_against_the_ellipsoid():
    """Second way: geodesics on WGS84 in all directions; at most 0.6 % long and 0.2 % short."""
    rng = np.random.default_rng(2)
    longitude, latitude = rng.uniform(-81.4, -68.6, 300), rng.uniform(-18.4, 0, 300)
    for length_km in (1.0, 50.0, 500.0):
        azimuth = rng.uniform(0, 360, 300)
        east, north, _ = Geod(ellps="WGS84").fwd(
            longitude, latitude, azimuth, np.full(300, length_km * 1000)
        )
        for i in range(300):
            found = nearest_distance_km([longitude[i]], [latitude[i]], [east[i]], [north[i]])
            assert -0.002 < found[0] / length_km - 1 < 0.006


@settings(deadline=None, max_examples=30)
@given(
    here=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=6),
    there=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=6),
)
def test_nearest_same_as_haversine_over_all_pairs(here, there):
    """Second way: the haversine of every pair, and its smallest."""
    lon, lat = np.radians(np.array(here)).T
    target_lon, target_lat = np.radians(np.array(there)).T
    half = (
        np.sin((lat[:, None] - target_lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(target_lat) * np.sin((lon[:, None] - target_lon) / 2) ** 2
    )
    brute = (2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))).min(axis=1)
    found = nearest_distance_km(*np.array(here).T, *np.array(there).T)
    np.testing.assert_allclose(found, brute, rtol=1e-7, atol=1e-6)


def test_table_by_hand():
    """Each of five points is exactly one thing, with and without department 17."""
    table = proximity_table(
        five_points(),
        two_cells(),
        amount_columns=["population"],
        distances_km=[5.0],
        is_monitored=[True, True, True, False, True],
    )
    assert sums(table, "all") == {
        "within": 210,
        "beyond": 3_000,
        "not_monitored": 40_000,
        "no_coordinates": 500_000,
    }
    assert sums(table, "without_17") == {
        "within": 200,
        "beyond": 3_000,
        "not_monitored": 40_000,
        "no_coordinates": 500_000,
    }
    assert sums(table, "all", "n_points")["within"] == 2


def test_without_a_department_its_cells_are_gone_too():
    """A neighbour near a cell of 17 is near nothing once 17 is out."""
    points = make_points([-70.0], [-12.0], ["08"], [10])
    options = {"amount_columns": ["population"], "distances_km": [5.0]}
    table = proximity_table(points, two_cells(), **options)
    assert (sums(table, "all")["within"], sums(table, "without_17")["within"]) == (10, 0)
    other = proximity_table(points, two_cells(), **options, without_department="08")
    assert sums(other, "all")["within"] == 10
    assert sums(other, "without_08") == dict.fromkeys(STATUSES, 0)


def test_unwatched_points_near_a_cell_are_near():
    """A detected cell is a fact on either side of the watched border; only "far" needs watching."""
    table = proximity_table(
        five_points().iloc[:1],
        two_cells(),
        amount_columns=["population"],
        distances_km=[0.5, 5.0],
        is_monitored=[False],
    )
    chosen = table[table["selection"] == "all"].set_index(["distance_km", "status"])["population"]
    assert chosen[0.5, "not_monitored"] == 10
    assert chosen[5.0, "within"] == 10


def test_a_distance_equal_to_the_radius_is_within():
    """The border belongs to the inside, and rounding does not take it away."""
    points = make_points([-70.0], [0.0], ["16"], [7])
    targets = pd.DataFrame({"longitude": [-71.0], "latitude": [0.0], "department_ubigeo": ["16"]})
    table = proximity_table(
        points, targets, amount_columns=["population"], distances_km=[DEGREE_KM, DEGREE_KM - 0.001]
    )
    within = table.query("status == 'within' and selection == 'all'")["population"]
    assert within.tolist() == [7, 0]


def test_targets_abroad_and_no_targets():
    """Towns without a department count; without any target every watched point is beyond."""
    points = five_points().iloc[:1]
    abroad = two_cells().assign(department_ubigeo=None)
    options = {"amount_columns": ["population"], "distances_km": [5.0]}
    assert sums(proximity_table(points, abroad, **options), "all")["within"] == 10
    empty = two_cells().iloc[2:]
    assert sums(proximity_table(points, empty, **options), "all")["beyond"] == 10


@settings(deadline=None, max_examples=25)
@given(
    here=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=8),
    there=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=8),
    data=st.data(),
)
def test_amounts_are_conserved_and_grow_with_the_radius(here, there, data):
    """The four statuses add up to all points; a wider radius never holds fewer people."""
    n = len(here)
    people = data.draw(st.lists(st.integers(0, 1000), min_size=n, max_size=n))
    watched = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    points = make_points(*np.array(here).T, ["16"] * n, people)
    lon, lat = np.array(there).T
    targets = pd.DataFrame({"longitude": lon, "latitude": lat, "department_ubigeo": "08"})
    table = proximity_table(
        points,
        targets,
        amount_columns=["population"],
        distances_km=[10, 100, 1000],
        is_monitored=watched,
    )
    totals = table.groupby(["selection", "distance_km"])[["n_points", "population"]].sum()
    assert (totals["n_points"] == n).all()
    assert (totals["population"] == sum(people)).all()
    within = table.query("status == 'within' and selection == 'all'")["population"]
    assert within.is_monotonic_increasing


def make_surface(spreading: str) -> SimpleNamespace:
    return SimpleNamespace(
        longitude=np.array([-70.0, -77.0]),
        latitude=np.array([-12.0, -12.0]),
        weight=np.array([178.0, 455.0]),
        department_ubigeo=np.array(["17", "15"]),
        spreading=spreading,
    )


def test_modelled_cases_of_a_population_surface():
    """Cases spread by residents may be measured; their total is that of the counts."""
    table = proximity_table(
        surface_points(make_surface("population")),
        two_cells(),
        amount_columns=["modelled_cases"],
        distances_km=[5.0],
    )
    assert sums(table, "all", "modelled_cases")["within"] == 178
    assert sum(sums(table, "all", "modelled_cases").values()) == 633


@pytest.mark.parametrize("spreading", ["mining", "population x mining", "mining_weighted"])
def test_refuses_a_surface_that_already_uses_mining(spreading):
    """Cases put near mining by assumption are not found near mining by measurement."""
    with pytest.raises(GeoError, match="circular"):
        proximity_table(
            surface_points(make_surface(spreading)), two_cells(), amount_columns=["modelled_cases"]
        )


def test_refuses_modelled_cases_whose_rule_was_lost():
    """A surface that does not name its rule may use mining."""
    points = surface_points(make_surface("population"))
    points.attrs.clear()
    with pytest.raises(GeoError, match="without a spreading rule"):
        proximity_table(points, two_cells(), amount_columns=["modelled_cases"])


def test_tier_travels_when_both_inputs_have_one():
    """Own records near mining stay own records; without tiers the result has none."""
    points, cells = five_points(), two_cells()
    assert "tier" not in proximity_table(points, cells, amount_columns=["population"]).attrs
    points.attrs.update(tier="T2", card={"name": "own records"})
    cells.attrs.update(tier="T1", card={"name": "mining cells"})
    table = proximity_table(points, cells, amount_columns=["population"])
    assert table.attrs["tier"] == "T2"
    assert table.attrs["card"]["derived_from"] == ["own records", "mining cells"]


def test_only_stated_towns_with_a_place():
    """Points that no source names, and those without a coordinate, measure nothing."""
    waypoints = pd.DataFrame(
        {
            "place": ["Pucallpa", "somewhere", "Jaén", "unplaced"],
            "longitude": [-74.55, -75.0, -78.81, np.nan],
            "latitude": [-8.38, -8.0, -5.71, np.nan],
            "is_stated": [True, False, True, True],
        }
    )
    assert stated_towns(waypoints)["place"].tolist() == ["Pucallpa", "Jaén"]


def test_refusals():
    """Metres, bad radii, masks that do not fit, unknown codes and missing amounts."""
    points, cells = five_points(), two_cells()
    options = {"amount_columns": ["population"]}
    with pytest.raises(ParameterError, match="degrees end at 180 and 90"):
        nearest_distance_km([500_000.0], [8_000_000.0], [-70], [-12])
    with pytest.raises(ParameterError, match="give one a point"):
        nearest_distance_km([-70.0, -71.0], [-12.0], [-70], [-12])
    with pytest.raises(ParameterError, match="radii above 0"):
        proximity_table(points, cells, **options, distances_km=[5, 0])
    with pytest.raises(ParameterError, match="one True or False for each"):
        proximity_table(points, cells, **options, is_monitored=[True])
    with pytest.raises(ParameterError, match="one True or False for each"):
        proximity_table(points, cells, **options, is_monitored=[1, 1, 1, 0, 1])
    with pytest.raises(ParameterError, match="two-digit INEI code"):
        proximity_table(points, cells, **options, without_department="Madre de Dios")
    with pytest.raises(ParameterError, match="points lacks population"):
        proximity_table(points.drop(columns="population"), cells, **options)
    missing = points.assign(population=[1, 2, 3, 4, np.nan])
    with pytest.raises(ParameterError, match="missing or negative amounts"):
        proximity_table(missing, cells, **options)
