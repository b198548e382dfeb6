"""GeoTIFF there and back, and a PNG that lies where it should."""

from __future__ import annotations

import io

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer

from geo.crs import ANALYSIS_CRS, to_analysis
from geo.density.engine import Density, density_difference, kernel_density
from geo.density.grid import Grid
from geo.density.rasters import density_breaks, difference_breaks, geotiff_bytes, palette_png

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


@pytest.mark.parametrize("side", [40, 300])
def test_geotiff_holds_values_settings_and_place(side):
    """Cases per km2 times the cells' area is the total; the settings are tags."""
    density = southern(side, cell=3_000_000 / side / 4)
    with rasterio.MemoryFile(geotiff_bytes(density, {})) as memory, memory.open() as raster:
        values, tags = raster.read(1), raster.tags()
        assert tuple(raster.transform)[:6] == density.transform
    assert np.array_equal(values, density.values, equal_nan=True)
    assert density.mass == pytest.approx(50, rel=1e-5)
    for name in set(Density.__dataclass_fields__) - {"values", "transform"}:
        assert tags[name] == str(getattr(density, name)), name


def test_geotiff_is_what_other_programs_expect():
    """Tiled, compressed, float32, NaN outside, equal-area CRS, unit and source in the tags."""
    content = geotiff_bytes(southern(), {"source": "a registry", "period": "2019"})
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        assert raster.profile["tiled"]
        assert (raster.profile["blockxsize"], raster.profile["blockysize"]) == (256, 256)
        assert raster.dtypes == ("float32",)
        assert np.isnan(raster.nodata)
        assert raster.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == "DEFLATE"
        assert raster.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "3"
        assert raster.crs == rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt())
        assert raster.units == ("reported cases per km2",)
        tags = raster.tags()
    assert (tags["source"], tags["period"], tags["spreading"]) == (
        "a registry",
        "2019",
        "population",
    )


def test_large_geotiff_is_cloud_optimised():
    """Above two tiles there are overviews, and GDAL recognises the layout."""
    content = geotiff_bytes(southern(600, cell=1_500.0), {})
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        assert raster.overviews(1) == [2]
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


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


def test_breaks_of_a_difference_mirror_and_hold_it():
    """Symmetric edges; the PNG leaves the middle class transparent."""
    grid = Grid(0.0, 400_000.0, 5_000.0, np.ones((80, 80), dtype=bool))
    one, two = (
        kernel_density([x], [200_000.0], [10.0], grid=grid, bandwidth_m=15_000)
        for x in (100_000.0, 300_000.0)
    )
    difference = density_difference(one, two)
    breaks = difference_breaks(difference.values, side_classes=3, ratio=100)
    assert breaks == [-edge for edge in reversed(breaks)]
    assert breaks[-1] >= np.abs(difference.values).max()
    colors = ["#2c6fbb"] * 3 + ["#00000000"] + ["#b35c1e"] * 3
    png, _ = palette_png(difference.values, difference.transform, breaks, colors)
    index = np.asarray(Image.open(io.BytesIO(png)))
    assert set(np.unique(index)) == set(range(8))
