"""Counts spread over places, by population and by evidence; the density of the shipped figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.geography import load_departments, load_places
from data.reports import load_region_counts
from geo.crs import to_analysis
from geo.density.engine import Density, kernel_density
from geo.density.grid import Grid, country_grid
from geo.density.surface import (
    Surface,
    placed_population,
    spread_counts,
    spread_with_evidence,
    stated_evidence,
)
from geo.errors import GeoError, ParameterError


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
    places = some_places()
    surface = spread_counts({"01": 200, "17": 7}, places, "population_2022")
    assert surface.weight.tolist() == pytest.approx([80, 20, 100, 7])
    assert surface.department_ubigeo.tolist() == ["01", "01", "01", "17"]
    assert surface.spreading == "population"
    pd.testing.assert_frame_equal(places, some_places())


def test_provinces_keep_their_counts_and_the_rest_is_the_departments():
    """60 cases of province 0101 over 40 and 10 people; 10 of no province over 40, 10 and 50."""
    surface = spread_counts({"0101": 60, "0102": 0, "01": 10}, some_places(), "population_2022")
    assert surface.weight.tolist() == pytest.approx([48 + 4, 12 + 1, 5])


def some_evidence() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": ["mining", "mining", "victims"],
            "department_ubigeo": "17",
            "longitude": [-70.0, -70.5, -70.1],
            "latitude": [-12.9, -12.8, -12.7],
            "amount": [300.0, 100.0, 7.0],
        }
    )


@pytest.mark.parametrize(
    ("counts", "share", "evidence", "weights", "name"),
    [
        # half of 80 cases: 40 by population, 20 over 400 hectares, 20 over the place with victims
        ({"01": 10, "17": 80}, 0.5, slice(3), [4, 1, 5, 40, 15, 5, 20], "0.50"),
        ({"17": 80}, 0.0, slice(3), [80], ""),
        ({"01": 10}, 0.5, slice(3), [4, 1, 5], ""),
        ({"17": 80}, 0.25, slice(2, 3), [60, 20], "0.25"),
    ],
    ids=["half", "no share", "evidence of others", "victims alone take it whole"],
)
def test_evidence_takes_its_share_by_hand(counts, share, evidence, weights, name):
    """Where none carries anything it is the population rule, under its name."""
    surface = spread_with_evidence(
        *(counts, some_places(), "population_2022", some_evidence().iloc[evidence]),
        evidence_share=share,
    )
    assert surface.weight.tolist() == pytest.approx(weights)
    assert [*dict.fromkeys(surface.department_ubigeo)] == [*counts]
    whole = f"population and mining evidence, share {name}" if name else "population"
    assert surface.spreading == whole


def test_only_counted_victims_are_evidence():
    """Only counted victims of a place count: no estimate, context or case; the larger of two."""
    place = {"department_ubigeo": "17", "longitude": -70.0, "latitude": -12.9}
    rows = [
        ("victim", 12.0, False, False),
        ("victim", 30.0, False, False),
        ("victim", 500.0, True, False),
        ("victim", 400.0, False, True),
        ("case", 90.0, False, False),
    ]
    named = pd.DataFrame(rows, columns=["unit", "value", "is_estimate", "is_context"])
    cells = pd.DataFrame([{**place, "mined_ha": 7.0}])
    evidence = stated_evidence(cells, named.assign(**place))
    assert evidence[["kind", "amount"]].to_numpy().tolist() == [["mining", 7.0], ["victims", 30.0]]


EARLY = "2007-01/2014-04"


def counts_of(period: str) -> pd.Series:
    return load_region_counts(period).set_index("department_ubigeo")["reported_count"]


@pytest.fixture(scope="module")
def surface() -> Surface:
    return spread_counts(counts_of(EARLY), load_places(), "population_2022")


@pytest.fixture(scope="module")
def grid() -> Grid:
    return country_grid(load_departments().geometry, cell_size_m=5_000)


def smoothed(surface: Surface, **options) -> Density:
    points = *to_analysis(surface.longitude, surface.latitude), surface.weight
    return kernel_density(*points, spreading=surface.spreading, **options)


@pytest.fixture(scope="module")
def density(surface, grid) -> Density:
    return smoothed(surface, grid=grid, bandwidth_m=40_000)


@pytest.mark.parametrize(
    ("residents", "districts"), [("population_2022", 1_890), ("residents", 1_892)]
)
def test_everyone_has_a_place(residents, districts):
    """Each district of the annex of 2022, and each of the census of 2025."""
    people = placed_population(load_places(), residents).set_index("district_ubigeo")["population"]
    own = load_places().set_index("district_ubigeo")[residents].dropna()
    assert len(people) == districts
    assert people.to_dict() == own.to_dict()


def test_surface_integrates_to_the_published_total(density):
    """The surface sums to 1,976 complaints within 0.1 %, with few points moved to land."""
    assert density.total == pytest.approx(1_976)
    assert density.mass == pytest.approx(1_976, rel=1e-3)
    assert 0 < density.snapped_count < 60
    assert density.snapped_max_distance_m < 10_500
    assert density.spreading == "population"


def test_refusals():
    for count in (-1.0, float("nan"), float("inf")):
        with pytest.raises(GeoError, match="counts must be finite and not negative"):
            spread_counts({"01": count}, some_places(), "population_2022")
    asked = ({"17": 1}, some_places(), "population_2022", some_evidence())
    for share in (-0.1, 1.01, float("nan")):
        with pytest.raises(ParameterError, match=r"evidence_share is .*must be 0"):
            spread_with_evidence(*asked, evidence_share=share)
    places = some_places()
    places.loc[2, ["longitude", "latitude"]] = np.nan
    with pytest.raises(GeoError, match=r"50 people cannot be placed.*010201"):
        placed_population(places, "population_2022")
