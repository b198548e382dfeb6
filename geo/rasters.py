"""Rasters of a density: GeoTIFF bytes to keep, and a small PNG that lies right on a web map."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density import Density, DensityDifference
from geo.errors import GeoError, ParameterError

UNIT = "reported cases per km2"
TILE = 256
"""Side of a GeoTIFF tile, pixels."""
MAX_COLOURS = 15
"""Classes of a PNG; with the transparent one they fit in 4 bits per pixel."""
WEB_MERCATOR = "EPSG:3857"


def geotiff_bytes(density: Density, tags: Mapping[str, str] | None = None) -> bytes:
    """Write a tiled, compressed float32 GeoTIFF in the analysis CRS.

    Deflate with the floating-point predictor, NaN as nodata, overviews and headers first once the
    raster is larger than two tiles (the layout of a cloud-optimised GeoTIFF). The settings of the
    density are tags; the unit is also the unit of the band.

    Parameters
    ----------
    density : Density
    tags : mapping of str to str, optional
        More tags: source, licence, period, what was counted. Names of the settings are taken.

    Returns
    -------
    bytes

    Raises
    ------
    ParameterError
        A tag would overwrite one that describes the density.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    own = _tags_of(density)
    clash = sorted(set(own) & set(tags or {}))
    if clash:
        raise ParameterError(f"tags {clash} describe the density itself; choose other names")
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
        with memory.open(**profile) as raster:
            raster.write(density.values, 1)
            raster.set_band_description(1, "density")
            raster.set_band_unit(1, UNIT)
            raster.update_tags(**own, **(tags or {}))
        factors = [2**n for n in range(1, 6) if max(rows, columns) / 2**n > TILE]
        if not factors:
            return memory.read()
        with rasterio.open(memory.name, "r+") as raster:
            raster.build_overviews(factors, Resampling.average)
        with MemoryFile() as ordered:
            options = {key: profile[key] for key in ("blockxsize", "blockysize", "predictor")}
            copy(
                memory.name,
                ordered.name,
                driver="GTiff",
                tiled=True,
                compress="deflate",
                copy_src_overviews=True,  # puts the overviews before the data
                **options,
            )
            return ordered.read()


def density_breaks(density: Density, *, classes: int = 9, ratio: float = 1000.0) -> list[float]:
    """Class edges that grow by a constant factor and end at the maximum.

    Densities span orders of magnitude; equal steps would paint one city and nothing else.

    Parameters
    ----------
    density : Density
    classes : int
        1 to 15.
    ratio : float
        Highest over lowest edge, above 1. What lies below the lowest edge is left unpainted.

    Returns
    -------
    list of float, length classes + 1
        Ascending, cases per km2, rounded to two digits (the last one upwards).

    Raises
    ------
    ParameterError
        `classes` or `ratio` is out of range, or so many classes fall on one rounded edge.
    GeoError
        The density is zero everywhere.
    """
    if not 1 <= classes <= MAX_COLOURS:
        raise ParameterError(f"classes is {classes}; it must be 1 to {MAX_COLOURS}")
    return _edges(density.values, classes, ratio)


def difference_breaks(
    difference: DensityDifference, *, side_classes: int = 4, ratio: float = 100.0
) -> list[float]:
    """Class edges that mirror each other around a middle to be left unpainted.

    Parameters
    ----------
    difference : DensityDifference
    side_classes : int
        Classes below the middle and above it, 1 to 7.
    ratio : float
        Highest over lowest edge on a side, above 1.

    Returns
    -------
    list of float, length 2 * side_classes + 2
        Ascending; the class between the two edges nearest to 0 is the middle.

    Raises
    ------
    ParameterError
        An option out of range.
    GeoError
        The densities are the same everywhere.

    Examples
    --------
    >>> even = DensityDifference(np.array([[-2.0, 2.0]]), (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 0.5)
    >>> difference_breaks(even, side_classes=2)
    [-2.0, -0.2, -0.02, 0.02, 0.2, 2.0]
    """
    if not 1 <= side_classes <= 7:
        raise ParameterError(f"side_classes is {side_classes}; it must be 1 to 7")
    side = _edges(np.abs(difference.values), side_classes, ratio)
    return [-edge for edge in reversed(side)] + side


def _edges(values: np.ndarray, classes: int, ratio: float) -> list[float]:
    if not ratio > 1:
        raise ParameterError(f"ratio is {ratio}; it must be above 1")
    top = float(np.nanmax(values, initial=0.0))
    if top == 0:
        raise GeoError("the values are zero everywhere; there is nothing to classify")
    edges = [float(f"{edge:.1e}") for edge in np.geomspace(top / ratio, top, classes + 1)]
    if edges[-1] < top:
        edges[-1] = float(f"{edges[-1] + 10.0 ** (np.floor(np.log10(top)) - 1):.1e}")
    if len(set(edges)) <= classes:
        raise ParameterError(
            f"{classes} classes over a factor of {ratio:g} share rounded edges; use fewer classes"
        )
    return edges


def palette_png(
    density: Density | DensityDifference,
    breaks: Sequence[float],
    colors: Sequence[str],
) -> tuple[bytes, tuple[float, float, float, float]]:
    """Warp a density to web Mercator and paint it as a palette PNG.

    A web map stretches an overlay linearly in Mercator, not in degrees: an image that was not
    warped puts the middle of the country some 14 km off.

    Parameters
    ----------
    density : Density or DensityDifference
    breaks : sequence of float
        Ascending class edges, cases per km2. Below the first is transparent; above the last
        belongs to the highest class.
    colors : sequence of str
        One per class, at most 15: "#rrggbb" or "#rrggbbaa" (an alpha makes a class faint).

    Returns
    -------
    png : bytes
        At most 4 bits per pixel; NaN and values below the first break are transparent.
    bounds : (west, south, east, north)
        WGS84 degrees of the image's edges.

    Raises
    ------
    ParameterError
        Breaks do not ascend, colours do not match them, are too many or are not hexadecimal.
    """
    from PIL import Image

    table = _colour_table(breaks, colors)
    values, bounds = _to_web_mercator(density)
    classes = np.searchsorted(np.asarray(breaks[:-1]), values, side="right").astype(np.uint8)
    classes[~np.isfinite(values)] = 0
    height, width = classes.shape
    image = Image.frombytes("P", (width, height), classes.tobytes())
    image.putpalette(bytes(channel for colour in table for channel in colour[:3]))
    out = io.BytesIO()
    transparency = bytes(colour[3] for colour in table)
    image.save(out, format="PNG", bits=4, transparency=transparency, compress_level=6)
    return out.getvalue(), bounds


def _to_web_mercator(
    density: Density | DensityDifference,
) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    import rasterio
    from rasterio.transform import array_bounds
    from rasterio.warp import Resampling, calculate_default_transform, reproject, transform_bounds

    source_crs = rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt())
    rows, columns = density.values.shape
    transform = rasterio.Affine(*density.transform)
    target, width, height = calculate_default_transform(
        source_crs,
        WEB_MERCATOR,
        columns,
        rows,
        *array_bounds(rows, columns, transform),
    )
    warped = np.full((height, width), np.nan, dtype=np.float32)
    reproject(
        density.values,
        warped,
        src_transform=transform,
        src_crs=source_crs,
        src_nodata=np.nan,
        dst_transform=target,
        dst_crs=WEB_MERCATOR,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        num_threads=2,
    )
    edges = transform_bounds(WEB_MERCATOR, "EPSG:4326", *array_bounds(height, width, target))
    return warped, edges


def _colour_table(
    breaks: Sequence[float], colors: Sequence[str]
) -> list[tuple[int, int, int, int]]:
    edges = np.asarray(breaks, dtype=float)
    if edges.size < 2 or not np.all(np.diff(edges) > 0):
        raise ParameterError(f"breaks {list(breaks)} must be at least two ascending numbers")
    if len(colors) != edges.size - 1 or len(colors) > MAX_COLOURS:
        raise ParameterError(
            f"{edges.size} breaks make {edges.size - 1} classes, and {len(colors)} colours came; "
            f"give one colour per class, at most {MAX_COLOURS}"
        )
    table = [(0, 0, 0, 0)]
    for colour in colors:
        digits = colour.removeprefix("#")
        try:
            if len(digits) not in (6, 8):
                raise ValueError
            red, green, blue, alpha = bytes.fromhex(digits.ljust(8, "f"))
        except ValueError:
            raise ParameterError(
                f"colour {colour!r} is not of the form #rrggbb or #rrggbbaa"
            ) from None
        table.append((red, green, blue, alpha))
    return table


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
