"""The analysis grid and its mask."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.density.grid import Grid, Snapper, country_grid, project_geometry
from geo.errors import GeoError, ParameterError


def test_area_of_the_mask_is_the_area_of_the_country():
    """Cells times their area is the equal-area polygon, within a rim cell's error."""
    country = shapely.box(-78, -12, -72, -6)
    grid = country_grid([country], cell_size_m=5_000)
    area = project_geometry(country).area / 1e6
    assert grid.mask.sum() * grid.cell_size_m**2 / 1e6 == pytest.approx(area, rel=2e-3)
    on_sphere = 6 * 111.32 * 6371.0 * np.diff(np.sin(np.radians([-12, -6])))[0]
    assert area == pytest.approx(on_sphere, rel=1e-2)


def test_mask_is_centre_in_polygon():
    """rasterio's burn agrees with shapely's predicate on every cell."""
    triangle = shapely.Polygon([(-76, -10), (-74, -9.5), (-75.2, -8)])
    grid = country_grid([triangle], cell_size_m=7_000)
    x, y = grid.centre_of(*np.indices(grid.mask.shape))
    inside = shapely.contains_xy(project_geometry(triangle), x, y)
    assert (inside == grid.mask).all()


@pytest.mark.parametrize("cell", [1_000.0, 3_000.0])
def test_origin_is_a_multiple_of_the_cell(cell):
    """Two grids of one cell size share their lines, so layers never shift by part of a cell."""
    for country in (shapely.box(-76, -10, -75, -9), shapely.box(-76.3, -11.1, -75.2, -9.7)):
        grid = country_grid([country], cell_size_m=cell)
        assert grid.west_m % cell == 0
        assert grid.north_m % cell == 0
        assert not grid.mask[[0, -1]].any()
        assert not grid.mask[:, [0, -1]].any()


def test_snap_finds_the_nearest_cell_of_all():
    """Against a search through every cell of the mask, not only its border."""
    rng = np.random.default_rng(0)
    grid = Grid(0.0, 30_000.0, 1_000.0, rng.random((30, 25)) < 0.2)
    easting, northing = rng.uniform(-5_000, 35_000, (2, 200))
    x, y, moved_m = Snapper(grid).snap(easting, northing)
    centre_x, centre_y = grid.centre_of(*np.nonzero(grid.mask))
    nearest = np.hypot(easting[:, None] - centre_x, northing[:, None] - centre_y).min(axis=1)
    off = moved_m > 0
    assert 100 < off.sum() < 200
    assert moved_m[off] == pytest.approx(nearest[off])
    row, column = grid.cell_of(x, y)
    assert grid.mask[row, column].all()
    assert (x[~off] == easting[~off]).all()


def test_refuses_cells():
    """Not positive, too small for memory (with a size that works), larger than the country."""
    peru = [shapely.box(-81.3, -18.3, -68.7, -0.1)]
    with pytest.raises(ParameterError, match="cell_size_m is -5; it must be a number of metres"):
        country_grid(peru, cell_size_m=-5)
    with pytest.raises(ParameterError, match=r"1,133 million cells.*use 380 m or more") as refused:
        country_grid(peru, cell_size_m=50)
    least = float(str(refused.value).split("use ")[1].split(" m")[0])
    assert country_grid(peru, cell_size_m=least).mask.size <= 20_100_000
    with pytest.raises(GeoError, match="no cell of 500000 m has its centre inside"):
        country_grid([shapely.box(-77, -11, -76.9, -10.9)], cell_size_m=500_000)
    with pytest.raises(GeoError, match="no geometry came"):
        country_grid([], cell_size_m=5_000)
