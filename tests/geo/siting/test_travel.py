"""Distances: known places, the rule of the land, and tables of travel times."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.siting.travel import (
    EARTH_RADIUS_KM,
    LANDS,
    DetourFactors,
    great_circle_km,
    land_of,
    travel_cost,
    travel_time_matrix,
)

LONGITUDES, LATITUDES = st.floats(-81.4, -68.6), st.floats(-18.4, 0.0)


@pytest.mark.parametrize(
    ("name", "longitude", "latitude", "altitude", "ubigeo", "land"),
    [
        ("Piura", -80.63, -5.19, 29, "200101", "coast"),
        ("Yonán, on the Jequetepeque", -79.13, -7.25, 453, "060508", "coast"),
        ("Tacna, 562 m: yunga", -70.25, -18.01, 562, "230101", "highland"),
        ("Huancayo", -75.21, -12.07, 3259, "120101", "highland"),
        ("Huánuco, 1,898 m", -76.24, -9.93, 1898, "100101", "highland"),
        ("Jaén", -78.81, -5.71, 728, "060801", "jungle"),
        ("Pucallpa", -74.55, -8.38, 154, "250101", "jungle"),
        ("Iquitos", -73.24, -3.75, 107, "160101", "river"),
    ],
)
def test_land_of_known_towns(name, longitude, latitude, altitude, ubigeo, land):
    """Towns whose natural region is no matter of opinion."""
    assert land_of([longitude], [latitude], [altitude], [ubigeo]).tolist() == [land]


def test_river_goes_where_the_planner_says():
    """None at all, a department's jungle, or single districts whatever their land."""
    place = ([-74.55, -75.21], [-8.38, -12.07], [154, 3259], ["250101", "120101"])
    assert land_of(*place, river_codes=()).tolist() == ["jungle", "highland"]
    assert land_of(*place, river_codes=("25", "12")).tolist() == ["river", "highland"]
    assert land_of(*place, river_codes=("120101",)).tolist() == ["jungle", "river"]
    with pytest.raises(ParameterError, match="'Loreto' is none"):
        land_of(*place, river_codes=("Loreto",))


@given(st.floats(1, 10), st.floats(1, 10))
def test_detour_is_symmetric_and_never_shorter(coast, highland):
    """Both directions cost the same, and no less than the great circle."""
    factors = DetourFactors(coast=coast, highland=highland)
    coast_end, highland_end = ([-77.0], [-12.0], ["coast"]), ([-75.2], [-12.1], ["highland"])
    there = travel_cost(*coast_end, *highland_end, factors=factors)
    back = travel_cost(*highland_end, *coast_end, factors=factors)
    straight = great_circle_km([-77.0], [-12.0], [-75.2], [-12.1])
    assert there[0, 0] == pytest.approx(back[0, 0])
    assert there[0, 0] >= straight[0, 0] * (1 - 1e-12)


@pytest.mark.parametrize("value", [0.9, 11.0, float("nan")])
def test_impossible_detours_are_refused(value):
    """A factor below 1 is shorter than straight."""
    with pytest.raises(ParameterError, match="detour factor of river"):
        DetourFactors(river=value)


def test_missing_pairs_cannot_be_travelled():
    """A table has directions, gaps, and the way to oneself only if it says otherwise."""
    table = pd.DataFrame(
        {"from": ["a", "b", "a", "x"], "to": ["b", "b", "c", "b"], "minutes": [30, 7, 4.5, 1]}
    )
    minutes, idle, is_outward = travel_time_matrix(table, ["a", "b", "c"], ["b", "c"])
    assert minutes.tolist() == [[30.0, 4.5], [7.0, np.inf], [np.inf, 0.0]]
    assert (idle, is_outward) == (1, False)


def test_a_table_from_the_candidates_to_the_places():
    """As a team travels; names of the candidates that stand for them count in both readings."""
    table = pd.DataFrame({"from": ["x", "X", "y"], "to": ["a", "b", "a"], "minutes": [1, 2, 3]})
    asked = (["a", "b"], ["x", "y"], {"X": "x"})
    minutes, idle, is_outward = travel_time_matrix(table, *asked)
    assert minutes.tolist() == [[1.0, 3.0], [2.0, np.inf]]
    assert (idle, is_outward) == (0, True)
    turned = table.rename(columns={"from": "to", "to": "from"})
    minutes, idle, is_outward = travel_time_matrix(turned, *asked)
    assert minutes.tolist() == [[1.0, 3.0], [2.0, np.inf]]
    assert (idle, is_outward) == (0, False)


def test_a_table_that_can_be_read_both_ways():
    """Every place is a candidate: the side with fewer of them is theirs, whatever the table holds
    beside; where both have as many, from is."""
    every = ["a", "b", "c"]
    fan = pd.DataFrame({"from": ["a", "a", "x"], "to": ["b", "c", "q"], "minutes": [1, 2, 3]})
    minutes, idle, is_outward = travel_time_matrix(fan, every, every)
    assert minutes.tolist() == [[0, np.inf, np.inf], [1, 0, np.inf], [2, np.inf, 0]]
    assert (idle, is_outward) == (1, True)
    turned = fan.rename(columns={"from": "to", "to": "from"})
    minutes, _, is_outward = travel_time_matrix(turned, every, every)
    assert minutes.tolist() == [[0, np.inf, np.inf], [1, 0, np.inf], [2, np.inf, 0]]
    assert not is_outward
    both = pd.DataFrame({"from": ["a", "b"], "to": ["b", "a"], "minutes": [1, 2]})
    minutes, _, is_outward = travel_time_matrix(both, every[:2], every[:2])
    assert minutes.tolist() == [[0, 2], [1, 0]]
    assert is_outward


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ({"from": ["a", "a"], "to": ["b", "b"], "minutes": [1, 2]}, "given twice"),
        ({"from": ["q"], "to": ["b"], "minutes": [1]}, "no travel time joins"),
    ],
)
def test_faulty_travel_times_are_refused(rows, match):
    """Each fault is named."""
    with pytest.raises(ParameterError, match=match):
        travel_time_matrix(pd.DataFrame(rows), ["a", "b"], ["b"])


def test_lima_to_cusco():
    """Known answer: 573 km on the ellipsoid between the two main squares, within 0.6 %."""
    distance = great_circle_km([-77.0305], [-12.0460], [-71.9787], [-13.5168])
    assert distance[0, 0] == pytest.approx(573, rel=0.006)


@settings(deadline=None, max_examples=30)
@given(
    here=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=6),
    there=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=6),
)
def test_same_as_haversine_over_all_pairs(here, there):
    """Second way: the haversine of every pair."""
    lon, lat = np.radians(np.array(here)).T
    target_lon, target_lat = np.radians(np.array(there)).T
    half = (
        np.sin((lat[:, None] - target_lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(target_lat) * np.sin((lon[:, None] - target_lon) / 2) ** 2
    )
    brute = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    found = great_circle_km(*np.array(here).T, *np.array(there).T)
    np.testing.assert_allclose(found, brute, rtol=1e-7, atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(LONGITUDES, LATITUDES, st.sampled_from(LANDS)), min_size=2, max_size=6),
    st.floats(1, 120),
)
def test_minutes_at_one_speed_are_kilometres(drawn, kmh):
    """Of the same way; twice as fast everywhere is half as long, slower somewhere never shorter."""
    east, north, land = (np.array(one) for one in zip(*drawn, strict=True))
    ends = (east, north, land, east, north, land)
    factors, same = DetourFactors(), dict.fromkeys(LANDS, kmh)
    minutes = travel_cost(*ends, factors=factors, kmh=same)
    assert minutes == pytest.approx(60 / kmh * travel_cost(*ends, factors=factors))
    twice = travel_cost(*ends, factors=factors, kmh=dict.fromkeys(LANDS, 2 * kmh))
    assert twice == pytest.approx(minutes / 2)
    slower = travel_cost(*ends, factors=factors, kmh={**same, "river": kmh / 2})
    assert (slower >= minutes - 1e-9).all()
