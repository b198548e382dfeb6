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
from geo.density.rasters import density_breaks, palette_png
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


@pytest.mark.parametrize("period", [EARLY, "2019", "2022", "2019+2021+2023"])
def test_every_department_keeps_its_reports(period):
    """The published count of each of the 25 departments, to 1e-9."""
    counts = counts_of(period)
    spread = spread_counts(counts, load_places(), "population_2022")
    held = pd.Series(spread.weight).groupby(spread.department_ubigeo).sum()
    assert len(held) == 25
    assert np.abs(held - counts).max() < 1e-9


def test_surface_integrates_to_the_published_total(density):
    """1,976 complaints, 0.1 % allowed; coastal towns are moved by less than two cells."""
    assert density.total == pytest.approx(1_976)
    assert density.mass == pytest.approx(1_976, rel=1e-3)
    assert 0 < density.snapped_count < 60
    assert density.snapped_max_distance_m < 10_000
    assert density.spreading == "population"


def test_without_correction_the_coast_loses_cases(surface, grid, density):
    """Uncorrected, part of Lima's reports would lie in the ocean."""
    plain = smoothed(surface, grid=grid, bandwidth_m=40_000, edge="none")
    assert plain.mass < 0.85 * density.mass


def test_finer_cells_change_nothing(surface, density):
    """A 2.5 km grid reads the same densities at the same places, within the border's redrawing."""
    finer_grid = country_grid(load_departments().geometry, cell_size_m=2_500)
    finer = smoothed(surface, grid=finer_grid, bandwidth_m=40_000)
    assert finer.mass == pytest.approx(density.mass, rel=1e-6)
    easting, northing = to_analysis([-73.25, -71.97, -76.4], [-3.75, -13.5, -6.5])
    coarse, fine = (
        d.values[g.cell_of(easting, northing)]
        for d, g in ((density, _grid(density)), (finer, finer_grid))
    )
    assert fine == pytest.approx(coarse, rel=0.05)


def test_peak_is_lima(density):
    """By population alone the densest cell lies within 40 km of Lima's centre."""
    row, column = np.unravel_index(np.nanargmax(density.values), density.values.shape)
    x, y = _grid(density).centre_of(np.array([row]), np.array([column]))
    lima = np.array(to_analysis(-77.03, -12.05))
    assert np.hypot(x[0] - lima[0], y[0] - lima[1]) < 40_000


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


def test_picture_of_the_figures(density):
    """The PNG covers the country and is small."""
    breaks = density_breaks(density.values, classes=9, ratio=1000)
    png, (west, south, east, north) = palette_png(
        density.values, density.transform, breaks, ["#5b3c88"] * 9
    )
    assert len(png) < 20_000
    assert west < -81.3
    assert south < -18.3
    assert east > -68.7
    assert north > -0.1


def _grid(density: Density) -> Grid:
    _, _, west, _, _, north = density.transform
    return Grid(west, north, density.cell_size_m, np.isfinite(density.values))
