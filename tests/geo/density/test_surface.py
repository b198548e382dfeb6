"""Counts spread over places keep every total."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.density.surface import placed_population, spread_counts
from geo.errors import GeoError


def some_places() -> pd.DataFrame:
    """Two departments; one district without a coordinate, one without a population."""
    return pd.DataFrame(
        {
            "district_ubigeo": ["010101", "010102", "010201", "010202", "170101", "170102"],
            "department_ubigeo": ["01", "01", "01", "01", "17", "17"],
            "longitude": [-77.8, -77.7, -78.5, np.nan, -69.2, -69.6],
            "latitude": [-6.2, -6.1, -5.6, np.nan, -12.6, -12.8],
            "population_2022": [40.0, 10.0, 30.0, 20.0, 90.0, np.nan],
        }
    )


def test_people_without_a_coordinate_stand_at_their_province_capital():
    """District 010202 has 20 people and no place: 010201 carries 30 + 20."""
    people = placed_population(some_places(), "population_2022").set_index("district_ubigeo")[
        "population"
    ]
    assert people.to_dict() == {"010101": 40.0, "010102": 10.0, "010201": 50.0, "170101": 90.0}


def test_counts_go_by_population():
    """200 cases over 40, 10 and 50 people are 80, 20 and 100 cases."""
    surface = spread_counts({"01": 200, "17": 7}, some_places(), "population_2022")
    assert surface.weight.tolist() == pytest.approx([80, 20, 100, 7])
    assert surface.department_ubigeo.tolist() == ["01", "01", "01", "17"]
    assert surface.spreading == "population"


def test_provinces_keep_their_counts_and_the_rest_is_the_departments():
    """60 cases of province 0101 over 40 and 10 people; 10 of no province over 40, 10 and 50."""
    surface = spread_counts({"0101": 60, "0102": 0, "01": 10}, some_places(), "population_2022")
    assert surface.weight.tolist() == pytest.approx([48 + 4, 12 + 1, 5])


@given(
    counts=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
    populations=st.lists(st.integers(1, 9_000_000), min_size=12, max_size=12),
    hidden=st.sets(st.sampled_from([1, 2, 3, 5, 6, 7, 9, 10, 11])),
)
@settings(max_examples=40, deadline=None)
def test_every_department_keeps_its_count(counts, populations, hidden):
    """Whatever the populations and the missing coordinates, totals hold to 1e-9."""
    codes = ["01", "02", "17"]
    places = pd.DataFrame(
        {
            "district_ubigeo": [f"{code}01{n:02d}" for code in codes for n in range(1, 5)],
            "department_ubigeo": np.repeat(codes, 4),
            "longitude": [np.nan if n in hidden else -75.0 for n in range(12)],
            "latitude": -9.0,
            "population_2022": populations,
        }
    )
    surface = spread_counts(dict(zip(codes, counts, strict=True)), places, "population_2022")
    for code, count in zip(codes, counts, strict=True):
        held = surface.weight[surface.department_ubigeo == code].sum()
        assert held == pytest.approx(count, rel=1e-9, abs=1e-9)


def test_leaves_the_callers_frame_alone():
    """Neither frame changes."""
    places = some_places()
    spread_counts(pd.Series({"01": 3.0}), places, "population_2022")
    pd.testing.assert_frame_equal(places, some_places())


@pytest.mark.parametrize("count", [-1.0, float("nan"), float("inf")])
def test_refuses_impossible_counts(count):
    """Negative, missing and infinite counts are named."""
    with pytest.raises(GeoError, match="counts must be finite and not negative"):
        spread_counts({"01": count}, some_places(), "population_2022")


def test_refuses_people_who_cannot_be_placed():
    """No coordinate for a district nor for its province's capital."""
    places = some_places()
    places.loc[2, ["longitude", "latitude"]] = np.nan
    with pytest.raises(GeoError, match=r"50 people cannot be placed.*010201"):
        placed_population(places, "population_2022")
