"""The density of an organisation's records as it may be shown: five classes, supported pixels.

Records that stand on a pixel that is not shown add nothing to any pixel either: otherwise a lone
record would still tilt the classes of its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density import Kernel, kernel_density
from geo.errors import DisclosureError, ParameterError
from geo.grid import Grid, Snapper
from geo.support import MIN_PLACES, Support, min_records

CLASSES = 5


@dataclass(frozen=True, slots=True)
class ProtectedDensity:
    """Classes of a density; the density itself is not kept."""

    classes: np.ndarray
    """shape (rows, cols), uint8: 1 (lowest) to 5; 0 = not shown, or outside the country."""
    edges: tuple[float, ...]
    """4 ascending edges between the classes, cases per km2, from the ladder 1, 2, 5, 10, ..."""
    transform: tuple[float, float, float, float, float, float]
    """affine coefficients of the grid, as in Density."""
    cell_size_m: float
    """side of a cell, metres."""
    bandwidth_m: float
    """standard deviation of the kernel, metres."""
    kernel: str
    """"gaussian" or "quartic"."""
    record_count: int
    """records with a weight; exact, so never to be written into a file that leaves."""
    left_out_count: int
    """those of them that stand on pixels that are not shown; exact as well."""


def protected_density(
    support: Support, *, grid: Grid, bandwidth_m: float, kernel: Kernel = "gaussian"
) -> ProtectedDensity:
    """Smooth the records of a support and keep five classes of the pixels that may be shown.

    Records count at the centre of their half kilometre, at most 354 m away: with a bandwidth of
    10 km or more that widens the kernel by a thousandth.

    Parameters
    ----------
    support : Support
        Records gathered by :meth:`geo.support.Support.add`.
    grid : Grid
        Cells of half a bandwidth to one bandwidth.
    bandwidth_m : float
        Standard deviation of the kernel, metres, at least 10 km.
    kernel : {"gaussian", "quartic"}

    Returns
    -------
    ProtectedDensity

    Raises
    ------
    ParameterError
        A bandwidth or cell that the rule does not allow, an unknown kernel.
    DisclosureError
        No pixel has enough support.

    Examples
    --------
    >>> grid = Grid(0.0, 200_000.0, 10_000.0, np.ones((20, 20), dtype=bool))
    >>> support = Support()
    >>> towns = np.repeat([99_000.0, 105_000.0, 111_000.0], 4)
    >>> support.add(towns, np.full(12, 95_000.0), np.ones(12))
    >>> protected = protected_density(support, grid=grid, bandwidth_m=20_000)
    >>> int((protected.classes > 0).sum()), int(protected.classes.max()), protected.edges
    (37, 5, (0.0002, 0.0005, 0.001, 0.002))
    """
    shown = support.is_shown(grid, bandwidth_m=bandwidth_m)
    easting, northing, weight = support.points()
    kept = np.zeros(len(weight), dtype=bool)
    if shown.any():
        kept = shown[grid.cell_of(*Snapper(grid).snap(easting, northing)[:2])]
    if not kept.any():
        raise DisclosureError(
            f"no pixel can be shown: none has {min_records()} records from {MIN_PLACES} places "
            f"within {2 * bandwidth_m / 1000:g} km; use a wider bandwidth, or more records"
        )
    density = kernel_density(
        easting[kept],
        northing[kept],
        weight[kept],
        grid=grid,
        bandwidth_m=bandwidth_m,
        kernel=kernel,
    )
    edges = ladder_edges(float(density.values[shown].max()))
    classes = np.zeros(shown.shape, dtype=np.uint8)
    classes[shown] = 1 + np.searchsorted(edges, density.values[shown], side="right")
    return ProtectedDensity(
        classes=classes,
        edges=edges,
        transform=grid.transform,
        cell_size_m=grid.cell_size_m,
        bandwidth_m=float(bandwidth_m),
        kernel=kernel,
        record_count=support.record_count,
        left_out_count=int(support.records[~kept].sum()),
    )


def rule() -> str:
    """The rule in one sentence, as it goes into the file."""
    return (
        f"a pixel is shown if at least {min_records()} records from at least {MIN_PLACES} places "
        "of 1 km lie within two bandwidths; bandwidth at least 10 km, cell at least half a "
        f"bandwidth, {CLASSES} classes; records on pixels that are not shown are left out"
    )


def ladder_edges(top: float) -> tuple[float, ...]:
    """The last four of ..., 1, 2, 5, 10, ... that do not exceed the maximum.

    Edges from a fixed ladder tell the maximum to a factor of 2.5 only; edges cut from the values
    themselves would print it.

    Examples
    --------
    >>> ladder_edges(0.037)
    (0.002, 0.005, 0.01, 0.02)
    """
    power = int(np.floor(np.log10(top)))
    steps = (float(f"{step}e{power + tens}") for tens in range(-2, 2) for step in (1, 2, 5))
    return tuple([step for step in steps if step <= top][1 - CLASSES :])


def class_geotiff_bytes(
    protected: ProtectedDensity, tags: Mapping[str, str] | None = None
) -> bytes:
    """Write the classes as an uint8 GeoTIFF in the analysis CRS; there is no other content.

    Parameters
    ----------
    protected : ProtectedDensity
    tags : mapping of str to str, optional
        More tags; the names of the settings are taken.

    Returns
    -------
    bytes

    Raises
    ------
    ParameterError
        A tag would overwrite one of the settings.
    """
    import rasterio
    from rasterio.io import MemoryFile

    own = {
        "tier": "T2",
        "rule": rule(),
        "classes": "0 not shown or outside the country; 1 lowest to 5 highest",
        "class_edges": ", ".join(f"{edge:g}" for edge in protected.edges),
        "units": "cases per km2",
        "bandwidth_m": f"{protected.bandwidth_m:g}",
        "cell_size_m": f"{protected.cell_size_m:g}",
        "kernel": protected.kernel,
    }
    clash = sorted(set(own) & set(tags or {}))
    if clash:
        raise ParameterError(f"tags {clash} describe the classes themselves; choose other names")
    rows, columns = protected.classes.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=columns,
            height=rows,
            count=1,
            dtype="uint8",
            nodata=0,
            crs=rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt()),
            transform=rasterio.Affine(*protected.transform),
            compress="deflate",
        ) as raster:
            raster.write(protected.classes, 1)
            raster.set_band_description(1, "density class")
            raster.update_tags(**own, **(tags or {}))
        return memory.read()
