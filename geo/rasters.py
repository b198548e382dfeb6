"""A density as GeoTIFF bytes, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density import Density
from geo.errors import GeoError, ParameterError

UNIT = "reported cases per km2"
TILE = 256
"""Side of a GeoTIFF tile, pixels."""


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
