"""Write density rasters: GeoTIFF bytes, and a small PNG in the projection of web maps."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density.engine import Density

UNIT = "reported cases per km2"
TILE = 256
"""Side of a GeoTIFF tile, pixels."""
WEB_MERCATOR = "EPSG:3857"

Transform = tuple[float, float, float, float, float, float]


def geotiff_bytes(density: Density, tags: Mapping[str, str]) -> bytes:
    """Write a tiled, compressed float32 GeoTIFF in the analysis CRS.

    Deflate with the floating-point predictor, NaN as nodata, overviews and headers first once the
    raster is larger than two tiles (the layout of a cloud-optimised GeoTIFF). The settings of the
    density are tags, before those given; the unit is also the unit of the band.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    rows, columns = density.values.shape
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": 1,
        "dtype": "float32",
        "nodata": np.nan,
        "crs": rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt()),
        "transform": rasterio.Affine(*density.transform),
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "deflate",
        "predictor": 3,
    }
    with rasterio.Env(GDAL_NUM_THREADS="2"), MemoryFile() as memory:
        with rasterio.open(memory, "w", **profile) as raster:
            raster.write(density.values, 1)
            raster.set_band_description(1, "density")
            raster.set_band_unit(1, UNIT)
            raster.update_tags(**_tags_of(density), **tags)
        factors = [2**n for n in range(1, 6) if max(rows, columns) / 2**n > TILE]
        if not factors:
            return memory.read()
        with rasterio.open(memory.name, "r+") as raster:
            raster.build_overviews(factors, Resampling.average)
        with MemoryFile() as ordered:
            copy(
                memory.name,
                ordered.name,
                driver="GTiff",
                tiled=True,
                blockxsize=TILE,
                blockysize=TILE,
                compress="deflate",
                predictor=3,
                copy_src_overviews=True,  # puts the overviews before the data
            )
            return ordered.read()


def density_breaks(values: np.ndarray, *, classes: int, ratio: float) -> list[float]:
    """Class edges that grow by a constant factor (ratio from lowest to highest) up to the maximum.

    Densities span orders of magnitude; equal steps would paint one city and nothing else. Values
    are cases per km2, not all zero; NaN is left out, what lies below the lowest edge is left
    unpainted. The classes + 1 edges are rounded to two digits, the last one upwards.
    """
    top = float(np.nanmax(values))
    edges = [float(f"{edge:.1e}") for edge in np.geomspace(top / ratio, top, classes + 1)]
    if edges[-1] < top:
        edges[-1] = float(f"{edges[-1] + 10.0 ** (np.floor(np.log10(top)) - 1):.1e}")
    return edges


def palette_png(
    values: np.ndarray,
    transform: Transform,
    breaks: Sequence[float],
    colors: Sequence[str],
) -> tuple[bytes, tuple[float, float, float, float]]:
    """Warp cells of the analysis CRS to web Mercator and paint them: PNG and its bounds in degrees.

    A web map stretches an overlay linearly in Mercator, not in degrees: an image that was not
    warped puts the middle of the country some 14 km off.

    Parameters
    ----------
    values : ndarray, shape (rows, cols), float32
        NaN is transparent.
    transform : six affine coefficients
        As in Density.
    breaks : sequence of float
        Ascending class edges. Below the first is transparent; above the last belongs to the
        highest class.
    colors : sequence of str
        One per class, at most 15 (with the transparent one 4 bits per pixel): "#rrggbb" or
        "#rrggbbaa" (an alpha makes a class faint).
    """
    from PIL import Image

    painted = [bytes.fromhex(color.removeprefix("#").ljust(8, "f")) for color in colors]
    table = [bytes(4), *painted]
    warped, bounds = _to_web_mercator(values, transform)
    classes = np.searchsorted(np.asarray(breaks[:-1]), warped, side="right").astype(np.uint8)
    classes[~np.isfinite(warped)] = 0
    height, width = classes.shape
    image = Image.frombytes("P", (width, height), classes.tobytes())
    image.putpalette(b"".join(color[:3] for color in table))
    out = io.BytesIO()
    transparency = bytes(color[3] for color in table)
    image.save(out, format="PNG", bits=4, transparency=transparency, compress_level=6)
    return out.getvalue(), bounds


def _to_web_mercator(
    values: np.ndarray, coefficients: Transform
) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    import rasterio
    from rasterio.transform import array_bounds
    from rasterio.warp import Resampling, reproject, transform_bounds

    warped, target = reproject(
        values,
        src_transform=rasterio.Affine(*coefficients),
        src_crs=rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt()),
        src_nodata=np.nan,
        dst_crs=WEB_MERCATOR,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        num_threads=2,
    )
    _, rows, columns = warped.shape
    bounds = array_bounds(rows, columns, target)
    return np.squeeze(warped, axis=0), transform_bounds(WEB_MERCATOR, "EPSG:4326", *bounds)


def _tags_of(density: Density) -> dict[str, str]:
    return {
        "units": UNIT,
        "cell_size_m": repr(density.cell_size_m),
        "bandwidth_m": repr(density.bandwidth_m),
        "is_bandwidth_automatic": str(density.is_bandwidth_automatic),
        "kernel": density.kernel,
        "edge_correction": density.edge_correction,
        "total": repr(density.total),
        "snapped_count": str(density.snapped_count),
        "snapped_max_distance_m": repr(density.snapped_max_distance_m),
        "spreading": density.spreading,
    }
