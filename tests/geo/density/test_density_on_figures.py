"""The modelled density of the shipped figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from data.geography import load_departments, load_places
from data.reports import load_region_counts
from geo.crs import to_analysis
from geo.density.engine import Density, kernel_density
from geo.density.grid import Grid, country_grid, project_geometry
from geo.density.isopleths import isopleths
from geo.density.surface import Surface, placed_population, spread_counts

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


@pytest.mark.parametrize(("year", "districts"), [(2022, 1_890), (2025, 1_891)])
def test_everyone_has_a_place(year, districts):
    """The residents of each district stand at its own capital, in both years."""
    residents = f"population_{year}"
    people = placed_population(load_places(), residents).set_index("district_ubigeo")["population"]
    own = load_places().set_index("district_ubigeo")[residents].dropna()
    assert len(people) == districts
    assert people.to_dict() == own.to_dict()


def test_surface_integrates_to_the_published_total(density):
    """1,976 complaints, 0.1 % allowed; coastal towns are moved by less than two cells."""
    assert density.total == pytest.approx(1_976)
    assert density.mass == pytest.approx(1_976, rel=1e-3)
    assert 0 < density.snapped_count < 60
    assert density.snapped_max_distance_m < 10_000
    assert density.spreading == "population"


def test_half_of_the_reports_in_a_twelfth_of_the_country(density):
    """The sentence of the map: 8.5 % of the country, where 55 % of the people live."""
    people = placed_population(load_places(), "population_2022")
    easting, northing = to_analysis(people["longitude"], people["latitude"])
    country = project_geometry(shapely.union_all(load_departments().geometry.array))
    half = isopleths(
        density,
        shares=[0.5],
        country=country,
        places=(easting, northing, people["population"]),
    )[0]
    assert half.area_share == pytest.approx(0.085, abs=0.005)
    assert half.people_share == pytest.approx(0.55, abs=0.02)
    assert half.geometry.area == pytest.approx(half.area_share * country.area, rel=0.01)


def _grid(density: Density) -> Grid:
    _, _, west, _, _, north = density.transform
    return Grid(west, north, density.cell_size_m, np.isfinite(density.values))
