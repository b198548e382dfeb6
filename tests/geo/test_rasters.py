"""GeoTIFF there and back, and a PNG that lies where it should."""

from __future__ import annotations

import io

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer

from geo.crs import ANALYSIS_CRS, to_analysis
from geo.density import Density, kernel_density
from geo.density_png import density_breaks, palette_png
from geo.errors import GeoError, ParameterError
from geo.grid import Grid
from geo.rasters import geotiff_bytes, read_geotiff

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
def test_geotiff_comes_back_as_it_went(side):
    """Values, settings and place survive; cases per km2 times the cells' area is the total."""
    density = southern(side, cell=3_000_000 / side / 4)
    again = read_geotiff(geotiff_bytes(density))
    assert np.array_equal(again.values, density.values, equal_nan=True)
    for name in Density.__dataclass_fields__:
        if name != "values":
            assert getattr(again, name) == getattr(density, name), name
    assert again.mass == pytest.approx(50, rel=1e-3)


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
    content = geotiff_bytes(southern(600, cell=1_500.0))
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
        density, [1e-6, 1e-3, 0.8 * peak, 1.0], PALE_TO_DARK
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
    png, _ = palette_png(density, [peak / 100, peak / 10, peak / 2, peak * 2], PALE_TO_DARK)
    image = Image.open(io.BytesIO(png))
    assert image.mode == "P"
    assert png[24] == 2  # bit depth in the header: three classes and the transparent one
    index = np.asarray(image)
    assert set(np.unique(index)) == {0, 1, 2, 3}
    rgba = np.asarray(image.convert("RGBA"))
    assert (rgba[index == 0][:, 3] == 0).all()
    assert rgba[index == 1][0].tolist() == [0xFF, 0xF7, 0xBC, 0x40]
    assert rgba[index == 3][0].tolist() == [0xD9, 0x5F, 0x0E, 0xFF]


def test_png_values_above_the_last_break_take_the_last_colour():
    """A scale fixed over periods may end below this period's maximum."""
    png, _ = palette_png(southern(), [1e-9, 2e-9, 3e-9, 4e-9], PALE_TO_DARK)
    assert 3 in np.asarray(Image.open(io.BytesIO(png)))


def test_pixel_size_makes_a_lighter_image():
    """Twice the pixel, half the width."""
    wide, _ = palette_png(southern(), [1e-6, 1.0], ["#000000"], pixel_size_m=10_000)
    narrow, _ = palette_png(southern(), [1e-6, 1.0], ["#000000"], pixel_size_m=20_000)
    widths = [Image.open(io.BytesIO(png)).width for png in (wide, narrow)]
    assert widths[0] == pytest.approx(2 * widths[1], abs=1)


def test_breaks_are_geometric_and_cover_the_maximum():
    """Factor 10 per class over three decades, the last edge not below the peak."""
    density = southern()
    peak = float(np.nanmax(density.values))
    edges = density_breaks(density, classes=3)
    assert edges[-1] >= peak
    assert edges[-1] == pytest.approx(peak, rel=0.1)
    assert np.diff(np.log10(edges[:-1])) == pytest.approx([1, 1], abs=0.05)


@pytest.mark.parametrize(
    ("breaks", "colors", "message"),
    [
        ([1, 1, 2, 3], PALE_TO_DARK, "ascending"),
        ([1, 2, 3], PALE_TO_DARK, "3 breaks make 2 classes, and 3 colours came"),
        (list(range(17)), ["#000000"] * 16, "at most 15"),
        ([1, 2], ["red"], "colour 'red' is not of the form"),
        ([1, 2], ["#12345g"], "colour '#12345g' is not of the form"),
    ],
)
def test_refuses_palettes(breaks, colors, message):
    """A palette that does not fit its breaks would lie."""
    with pytest.raises(ParameterError, match=message):
        palette_png(southern(), breaks, colors)


def test_refuses_breaks_and_bytes():
    """Too many classes, no range, nothing to classify, foreign bytes, taken tags."""
    density = southern()
    with pytest.raises(ParameterError, match="classes is 16; it must be 1 to 15"):
        density_breaks(density, classes=16)
    with pytest.raises(ParameterError, match="ratio is 1; it must be above 1"):
        density_breaks(density, ratio=1)
    with pytest.raises(ParameterError, match="share rounded edges"):
        density_breaks(density, classes=15, ratio=1.01)
    with pytest.raises(GeoError, match="these bytes are no raster"):
        read_geotiff(b"GIF89a")
    with pytest.raises(ParameterError, match=r"tags \['kernel'\] describe the density itself"):
        geotiff_bytes(density, {"kernel": "mine"})


def test_refuses_a_raster_that_is_no_density():
    """A GeoTIFF of something else lacks the settings; the message names the first."""
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32"}
    place = rasterio.Affine(1, 0, 0, 0, -1, 2)
    with rasterio.MemoryFile() as memory:
        with memory.open(**profile, crs="EPSG:4326", transform=place) as raster:
            raster.write(np.ones((1, 2, 2), dtype=np.float32))
        content = memory.read()
    with pytest.raises(GeoError, match="no tag 'cell_size_m'; it was not written as a density"):
        read_geotiff(content)
