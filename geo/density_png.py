"""A density as a small PNG that lies right on a web map, and the classes it is painted in."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density import Density
from geo.difference import DensityDifference
from geo.errors import GeoError, ParameterError
from geo.grid import require_positive

MAX_COLOURS = 15
"""Classes of a PNG; with the transparent one they fit in 4 bits per pixel."""
WEB_MERCATOR = "EPSG:3857"


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
    if not ratio > 1:
        raise ParameterError(f"ratio is {ratio}; it must be above 1")
    top = float(np.nanmax(density.values, initial=0.0))
    if top == 0:
        raise GeoError("the density is zero everywhere; there is nothing to classify")
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
    *,
    pixel_size_m: float | None = None,
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
    pixel_size_m : float, optional
        Mercator metres per pixel; by default about the cell.

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
    values, bounds = _to_web_mercator(density, pixel_size_m)
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
    density: Density | DensityDifference, pixel_size_m: float | None
) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    import rasterio
    from rasterio.transform import array_bounds
    from rasterio.warp import Resampling, calculate_default_transform, reproject, transform_bounds

    if pixel_size_m is not None:
        require_positive("pixel_size_m", pixel_size_m)
    source_crs = rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt())
    rows, columns = density.values.shape
    transform = rasterio.Affine(*density.transform)
    target, width, height = calculate_default_transform(
        source_crs,
        WEB_MERCATOR,
        columns,
        rows,
        *array_bounds(rows, columns, transform),
        resolution=pixel_size_m,
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
