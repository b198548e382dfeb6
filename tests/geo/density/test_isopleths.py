"""The smallest area that holds a share of the cases."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import to_analysis
from geo.density.engine import Density, kernel_density
from geo.density.grid import Grid
from geo.density.isopleths import DEFAULT_SHARES, Isopleth
from geo.density.isopleths import isopleths as isopleths_in
from geo.errors import GeoError


def density_of(values: np.ndarray, cell: float = 1_000.0) -> Density:
    """A density with these values, its lower left corner at the origin."""
    rows = values.shape[0]
    return Density(
        values=values.astype(np.float32),
        transform=(cell, 0.0, 0.0, 0.0, -cell, rows * cell),
        cell_size_m=cell,
        bandwidth_m=2 * cell,
        kernel="gaussian",
        edge_correction="diggle",
        total=float(np.nansum(values)) * cell**2 / 1e6,
        snapped_count=0,
        snapped_max_distance_m=0.0,
    )


def isopleths(
    density: Density,
    *,
    shares=DEFAULT_SHARES,
    country=None,
    places=([1_000.0], [1_000.0], [1.0]),
) -> list[Isopleth]:
    """In the rectangle of the grid unless an outline is given."""
    cell, _, west, _, _, north = density.transform
    rows, columns = density.values.shape
    whole = shapely.box(west, north - rows * cell, west + columns * cell, north)
    return isopleths_in(density, shares=shares, country=country or whole, places=places)


def smoothed(seed: int = 0, n: int = 30) -> Density:
    """Thirty cases smoothed over a country with a bay."""
    mask = np.ones((60, 50), dtype=bool)
    mask[20:40, :20] = False
    mask[:2] = mask[-2:] = mask[:, :2] = mask[:, -2:] = False
    grid = Grid(0.0, 60_000.0, 1_000.0, mask)
    rng = np.random.default_rng(seed)
    easting, northing = rng.uniform(22_000, 45_000, n), rng.uniform(3_000, 57_000, n)
    return kernel_density(easting, northing, rng.gamma(1, 1, n), grid=grid, bandwidth_m=4_000)


def test_four_cells_by_hand():
    """Cells of 4, 3, 2, 1 cases: half needs two cells, nine tenths needs three."""
    half, most = isopleths(density_of(np.array([[4.0, 1.0], [3.0, 2.0]])), shares=[0.5, 0.9])
    assert (half.area_share, most.area_share) == (0.5, 0.75)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.9])
def test_gaussian_disc(share):
    """For one Gaussian the p isopleth is a disc of radius h sqrt(-2 ln(1 - p))."""
    grid = Grid(0.0, 100_000.0, 1_000.0, np.ones((100, 100), dtype=bool))
    density = kernel_density([50_300], [49_200], [9.0], grid=grid, bandwidth_m=12_000)
    found = isopleths(density, shares=[share])[0]
    radius = 12_000 * np.sqrt(-2 * np.log(1 - share))
    assert found.geometry.area == pytest.approx(np.pi * radius**2, rel=0.01)
    assert found.geometry.centroid.distance(shapely.Point(50_300, 49_200)) < 50
    assert found.area_share * 100_000**2 == pytest.approx(np.pi * radius**2, rel=0.01)


def cell_outline(mask: np.ndarray) -> shapely.Geometry:
    row, column = np.nonzero(mask)
    x, y = column * 1_000.0, (mask.shape[0] - 1 - row) * 1_000.0
    return shapely.union_all(shapely.box(x, y, x + 1_000, y + 1_000))


def test_polygons_hold_what_the_numbers_say():
    """Cells whose centre lies in the polygon hold the share, and cover the area."""
    density = smoothed()
    mask = np.isfinite(density.values)
    grid = Grid(0.0, 60_000.0, 1_000.0, mask)
    x, y = grid.centre_of(*np.nonzero(mask))
    for found in isopleths(density, country=cell_outline(mask)):
        inside = shapely.contains_xy(found.geometry, x, y)
        held = density.values[mask][inside].sum() / density.values[mask].sum()
        assert held == pytest.approx(found.share, abs=0.01)
        area = found.area_share * mask.sum() * 1e6
        assert found.geometry.area == pytest.approx(area, rel=0.03)
        assert found.geometry.is_valid


@given(seed=st.integers(0, 1_000))
@settings(max_examples=15, deadline=None)
def test_larger_shares_contain_smaller_ones(seed):
    """Areas grow and nest."""
    found = isopleths(smoothed(seed, n=8), shares=[0.2, 0.5, 0.8, 0.99])
    for one, two in pairwise(found):
        assert 0 < one.area_share <= two.area_share <= 1
        assert one.geometry.difference(two.geometry).area < 1e-6 * two.geometry.area


def test_cut_to_the_country():
    """The polygons end at the outline that is given."""
    country = shapely.box(2_000, 2_000, 30_000, 58_000)
    cut = isopleths(smoothed(), shares=[0.9], country=country)[0].geometry
    assert country.buffer(1e-3).contains(cut)


def test_people_share_counts_places_by_their_cell():
    """Places of 70 and 20 in the dense cells, 10 outside; one of them off the country."""
    values = np.array([[9.0, 1.0, np.nan], [8.0, 2.0, np.nan]])
    places = ([100.0, -400.0, 2_900.0], [1_900.0, 300.0, 1_500.0], [70.0, 20.0, 10.0])
    half = isopleths(density_of(values), shares=[0.5], places=places)[0]
    assert half.people_share == pytest.approx(0.9)


def test_wgs84_geometry_goes_back_to_the_same_place():
    """Degrees projected again are the metres, to the centimetre."""
    found = isopleths(smoothed(), shares=[0.5])[0]
    degrees = shapely.get_coordinates(found.geometry_wgs84)
    back = np.column_stack(to_analysis(degrees[:, 0], degrees[:, 1]))
    assert np.abs(back - shapely.get_coordinates(found.geometry)).max() < 0.01


def test_one_cell_still_has_a_polygon():
    """A share held by the single densest cell is an area, not nothing."""
    values = np.ones((5, 5))
    values[2, 2] = 100.0
    found = isopleths(density_of(values), shares=[0.5])[0]
    assert found.area_share == 1 / 25
    assert found.geometry.contains(shapely.Point(2_500, 2_500))


def test_flat_surface_is_all_or_nothing():
    """Equal cells cannot be ranked: ties belong inside, so the area is the country."""
    found = isopleths(density_of(np.full((4, 4), 2.0)), shares=[0.3])[0]
    assert found.area_share == 1.0
    assert found.geometry.area == pytest.approx(16e6)


def test_refuses_emptiness():
    """No cases."""
    with pytest.raises(GeoError, match="holds no cases"):
        isopleths(density_of(np.zeros((3, 3))))
