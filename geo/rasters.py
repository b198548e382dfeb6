"""A density as GeoTIFF bytes and back, and as a small PNG that lies right on a web map."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density import Density
from geo.difference import DensityDifference
from geo.errors import GeoError, ParameterError
from geo.grid import require_positive

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

    Examples
    --------
    >>> from geo.density import kernel_density
    >>> from geo.grid import Grid
    >>> grid = Grid(0.0, 500_000.0, 5_000.0, np.ones((100, 100), dtype=bool))
    >>> density = kernel_density([250_000], [250_000], [40], grid=grid, bandwidth_m=40_000)
    >>> again = read_geotiff(geotiff_bytes(density, {"source": "an example"}))
    >>> bool((again.values == density.values).all()), again.bandwidth_m, round(again.mass, 3)
    (True, 40000.0, 40.0)
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


def read_geotiff(content: bytes) -> Density:
    """Read what :func:`geotiff_bytes` wrote.

    Raises
    ------
    GeoError
        The bytes are no raster, or lack the tags that describe a density.
    """
    from rasterio.errors import RasterioIOError
    from rasterio.io import MemoryFile

    try:
        with MemoryFile(content) as memory, memory.open() as raster:
            tags, values, transform = raster.tags(), raster.read(1), raster.transform
    except RasterioIOError as error:
        raise GeoError("these bytes are no raster; expected a GeoTIFF of a density") from error
    try:
        return Density(
            values=values,
            transform=tuple(transform)[:6],
            cell_size_m=float(tags["cell_size_m"]),
            bandwidth_m=float(tags["bandwidth_m"]),
            kernel=tags["kernel"],
            edge_correction=tags["edge_correction"],
            total=float(tags["total"]),
            snapped_count=int(tags["snapped_count"]),
            snapped_max_distance_m=float(tags["snapped_max_distance_m"]),
            is_bandwidth_automatic=tags["is_bandwidth_automatic"] == "True",
            spreading=tags.get("spreading", ""),  # GDAL drops an empty tag
            bandwidth_range_m=_range_of(tags.get("bandwidth_range_m", "")),
        )
    except KeyError as error:
        raise GeoError(f"the raster has no tag {error}; it was not written as a density") from error


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


def _tags_of(density: Density) -> dict[str, str]:
    tags = {
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
    if density.bandwidth_range_m is not None:
        tags["bandwidth_range_m"] = ", ".join(map(repr, density.bandwidth_range_m))
    return tags


def _range_of(tag: str) -> tuple[float, float] | None:
    if not tag:
        return None
    narrowest, widest = map(float, tag.split(", "))
    return narrowest, widest
