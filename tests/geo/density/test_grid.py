"""The grid, and what is made of a density on it: isopleths, GeoTIFF and PNG."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from pyproj import Transformer

from geo.crs import ANALYSIS_CRS, to_analysis
from geo.density.engine import Density, kernel_density
from geo.density.grid import Grid, Snapper, country_grid, project_geometry
from geo.density.isopleths import DEFAULT_SHARES, Isopleth
from geo.density.isopleths import isopleths as isopleths_in
from geo.density.rasters import density_breaks, geotiff_bytes, palette_png
from geo.errors import GeoError, ParameterError


def test_mask_is_centre_in_polygon_and_as_large_as_the_country():
    """Burning by rasterio agrees with shapely on every cell; the area is the sphere's."""
    triangle = shapely.Polygon([(-76, -10), (-74, -9.5), (-75.2, -8)])
    grid = country_grid([triangle], cell_size_m=7_000)
    x, y = grid.centre_of(*np.indices(grid.mask.shape))
    assert (shapely.contains_xy(project_geometry(triangle), x, y) == grid.mask).all()
    country = shapely.box(-78, -12, -72, -6)
    grid = country_grid([country], cell_size_m=5_000)
    area = project_geometry(country).area / 1e6
    assert grid.mask.sum() * grid.cell_size_m**2 / 1e6 == pytest.approx(area, rel=2e-3)
    on_sphere = 6 * 111.32 * 6371.0 * np.diff(np.sin(np.radians([-12, -6])))[0]
    assert area == pytest.approx(on_sphere, rel=1e-2)


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
    with pytest.raises(ParameterError, match=r"cell_size_m is -5\. It must be a number of metres"):
        country_grid(peru, cell_size_m=-5)
    with pytest.raises(ParameterError, match=r"1,133 million cells.*Use 380 m or more") as refused:
        country_grid(peru, cell_size_m=50)
    least = float(str(refused.value).split("Use ")[1].split(" m")[0])
    assert country_grid(peru, cell_size_m=least).mask.size <= 20_100_000
    with pytest.raises(GeoError, match="no cell of 500000 m has its centre inside"):
        country_grid([shapely.box(-77, -11, -76.9, -10.9)], cell_size_m=500_000)
    with pytest.raises(GeoError, match="no geometry came"):
        country_grid([], cell_size_m=5_000)


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
    density: Density, *, shares=DEFAULT_SHARES, country=None, places=([1_000.0], [1_000.0], [1.0])
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


def test_cells_by_hand():
    """Isopleths of 4, 3, 2 and 1 cases, equal cells, none; people count by their place's cell."""
    values = np.array([[4.0, 1.0], [3.0, 2.0]])
    half, most = isopleths(density_of(values), shares=[0.5, 0.9])
    assert (half.area_share, most.area_share) == (0.5, 0.75)
    values = np.ones((5, 5))
    values[2, 2] = 100.0
    dense = isopleths(density_of(values), shares=[0.5])[0]
    assert dense.area_share == 1 / 25
    assert dense.geometry.contains(shapely.Point(2_500, 2_500))
    flat = isopleths(density_of(np.full((4, 4), 2.0)), shares=[0.3])[0]
    assert (flat.area_share, flat.geometry.area) == (1.0, pytest.approx(16e6))
    values = np.array([[9.0, 1.0, np.nan], [8.0, 2.0, np.nan]])
    places = ([100.0, -400.0, 2_900.0], [1_900.0, 300.0, 1_500.0], [70.0, 20.0, 10.0])
    half = isopleths(density_of(values), shares=[0.5], places=places)[0]
    assert half.people_share == pytest.approx(0.9)
    with pytest.raises(GeoError, match="holds no cases"):
        isopleths(density_of(np.zeros((3, 3))))


def test_gaussian_disc():
    """One Gaussian's p isopleth is a disc of radius h sqrt(-2 ln(1 - p)), cut to the country."""
    grid = Grid(0.0, 100_000.0, 1_000.0, np.ones((100, 100), dtype=bool))
    density = kernel_density([50_300], [49_200], [9.0], grid=grid, bandwidth_m=12_000)
    for disc in isopleths(density, shares=[0.25, 0.5, 0.75, 0.9]):
        radius = 12_000 * np.sqrt(-2 * np.log(1 - disc.share))
        assert disc.geometry.area == pytest.approx(np.pi * radius**2, rel=0.01)
        assert disc.geometry.centroid.distance(shapely.Point(50_300, 49_200)) < 50
        assert disc.area_share * 100_000**2 == pytest.approx(np.pi * radius**2, rel=0.01)
    country = shapely.box(2_000, 2_000, 50_000, 98_000)
    cut = isopleths(density, shares=[0.9], country=country)[0].geometry
    assert country.buffer(1e-3).contains(cut)


def cell_outline(mask: np.ndarray) -> shapely.Geometry:
    row, column = np.nonzero(mask)
    x, y = column * 1_000.0, (mask.shape[0] - 1 - row) * 1_000.0
    return shapely.union_all(shapely.box(x, y, x + 1_000, y + 1_000))


def test_polygons_hold_what_the_numbers_say():
    """Cells whose centre lies in the polygon hold the share, and cover the area; polygons nest."""
    density = smoothed()
    mask = np.isfinite(density.values)
    grid = Grid(0.0, 60_000.0, 1_000.0, mask)
    x, y = grid.centre_of(*np.nonzero(mask))
    polygons = isopleths(density, country=cell_outline(mask))
    for inner, outer in pairwise(sorted(polygons, key=lambda polygon: polygon.share)):
        assert 0 < inner.area_share <= outer.area_share <= 1
        assert inner.geometry.difference(outer.geometry).area < 1e-6 * outer.geometry.area
    for polygon in polygons:
        inside = shapely.contains_xy(polygon.geometry, x, y)
        share = density.values[mask][inside].sum() / density.values[mask].sum()
        assert share == pytest.approx(polygon.share, abs=0.01)
        area = polygon.area_share * mask.sum() * 1e6
        assert polygon.geometry.area == pytest.approx(area, rel=0.03)
        assert polygon.geometry.is_valid


def test_wgs84_geometry_goes_back_to_the_same_place():
    """Degrees projected again are the metres, to the centimetre."""
    polygon = isopleths(smoothed(), shares=[0.5])[0]
    degrees = shapely.get_coordinates(polygon.geometry_wgs84)
    back = np.column_stack(to_analysis(degrees[:, 0], degrees[:, 1]))
    assert np.abs(back - shapely.get_coordinates(polygon.geometry)).max() < 0.01


PALE_TO_DARK = ["#fff7bc40", "#fec44f", "#d95f0e"]


def southern(side: int = 80, cell: float = 10_000.0) -> Density:
    """A case at 17.5 S 71 W, in a country that reaches far north of it."""
    mask = np.ones((side, side), dtype=bool)
    mask[:, :3] = False
    grid = Grid(0.0, -200_000.0, cell, mask)
    easting, northing = to_analysis([-71.0], [-17.5])
    return kernel_density(
        easting, northing, [50.0], grid=grid, bandwidth_m=3 * cell, spreading="population"
    )


@pytest.mark.parametrize("side", [40, 600])
def test_geotiff_is_what_other_programs_expect(side):
    """The GeoTIFF has values, place, settings, tiles, NaN, CRS, unit, source and overviews."""
    density = southern(side, cell=3_000_000 / side / 4)
    content = geotiff_bytes(density, {"source": "a registry", "period": "2019"})
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        assert np.array_equal(raster.read(1), density.values, equal_nan=True)
        assert tuple(raster.transform)[:6] == density.transform
        assert raster.profile["tiled"]
        assert (raster.profile["blockxsize"], raster.profile["blockysize"]) == (256, 256)
        assert raster.dtypes == ("float32",)
        assert np.isnan(raster.nodata)
        assert raster.crs == rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt())
        assert raster.units == ("reported cases per km2",)
        tags, structure = raster.tags(), raster.tags(ns="IMAGE_STRUCTURE")
        assert raster.overviews(1) == ([2] if side == 600 else [])
    assert (structure["COMPRESSION"], structure["PREDICTOR"]) == ("DEFLATE", "3")
    assert side < 600 or structure["LAYOUT"] == "COG"
    assert density.mass == pytest.approx(50, rel=1e-5)
    assert (tags["source"], tags["period"]) == ("a registry", "2019")
    for name in set(Density.__dataclass_fields__) - {"values", "transform"}:
        assert tags[name] == str(getattr(density, name)), name


def test_png_puts_the_case_where_leaflet_looks_for_it():
    """The darkest pixel, read linearly in Mercator between the bounds, is the case's place."""
    grid = Grid(-400_000.0, 1_000_000.0, 10_000.0, np.ones((200, 100), dtype=bool))
    easting, northing = to_analysis([-71.0], [-12.0])
    density = kernel_density(easting, northing, [50.0], grid=grid, bandwidth_m=30_000)
    peak = float(np.nanmax(density.values))
    png, (west, south, east, north) = palette_png(
        density.values, density.transform, [1e-6, 1e-3, 0.8 * peak, 1.0], PALE_TO_DARK
    )
    image = Image.open(io.BytesIO(png))
    dark = np.argwhere(np.asarray(image) == 3).mean(axis=0) + 0.5
    mercator = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    left, bottom = mercator.transform(west, south)
    right, top = mercator.transform(east, north)
    x = left + dark[1] / image.width * (right - left)
    y = top - dark[0] / image.height * (top - bottom)
    longitude, latitude = mercator.transform(x, y, direction="INVERSE")
    assert longitude == pytest.approx(-71.0, abs=0.03)  # a third of a cell
    assert latitude == pytest.approx(-12.0, abs=0.03)
    unwarped = south + (1 - dark[0] / image.height) * (north - south)
    assert abs(unwarped + 12.0) > 0.1  # linear in degrees would have missed it


def test_png_colours_and_transparency():
    """NaN and low values are transparent, the faint class keeps its alpha, few bits per pixel."""
    density = southern()
    peak = float(np.nanmax(density.values))
    edges = [peak / 100, peak / 10, peak / 2, peak * 2]
    png, _ = palette_png(density.values, density.transform, edges, PALE_TO_DARK)
    image = Image.open(io.BytesIO(png))
    assert image.mode == "P"
    assert png[24] == 2  # bit depth in the header: three classes and the transparent one
    index = np.asarray(image)
    assert set(np.unique(index)) == {0, 1, 2, 3}
    rgba = np.asarray(image.convert("RGBA"))
    assert (rgba[index == 0][:, 3] == 0).all()
    assert rgba[index == 1][0].tolist() == [0xFF, 0xF7, 0xBC, 0x40]
    assert rgba[index == 3][0].tolist() == [0xD9, 0x5F, 0x0E, 0xFF]


def test_breaks_are_geometric_and_cover_the_maximum():
    """Factor 10 per class over three decades, the last edge not below the peak."""
    density = southern()
    peak = float(np.nanmax(density.values))
    edges = density_breaks(density.values, classes=3, ratio=1000)
    assert edges[-1] >= peak
    assert edges[-1] == pytest.approx(peak, rel=0.1)
    assert np.diff(np.log10(edges[:-1])) == pytest.approx([1, 1], abs=0.05)
