"""Minimum support: which pixels of a density of an organisation's records may be shown.

Smoothing alone does not hide a record. At any bandwidth, the peak of a single record is at its
location. So a pixel is shown only if at least 11 records from at least 3 places lie within two
bandwidths of its centre. A place is a coordinate rounded to 1 km, by two roundings shifted by half
a kilometre, and the smaller count decides: one address whose readings scatter over the corner of
four squares is one square of the other rounding, and never three places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density.engine import Kernel, kernel_density
from geo.density.grid import Grid, Snapper
from geo.errors import DisclosureError, ParameterError
from geo.privacy.minimum_count import k_anonymity

MIN_PLACES = 3
"""Fewest places behind a pixel; the fewest records are the deployment's K."""
MIN_BANDWIDTH_M = 10_000.0
PLACE_M = 1000.0
"""Side of the square that counts as one place, metres."""
BIN_M = PLACE_M / 2
"""Side of the squares in which records are counted, metres."""
_FIRST, _SHAPE = (-1500, -2100), (3000, 4200)
"""Half kilometres of the analysis CRS that hold PERU_BOUNDS: the first column and row, how many."""


class Support:
    """Records per half kilometre of Peru, gathered in one pass over their chunks."""

    def __init__(self) -> None:
        # what nothing was counted in takes no memory; the whole country 200 MB
        self._counts = np.zeros(_SHAPE, dtype=np.int64)
        self._weights = np.zeros(_SHAPE)

    def add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        """Count a chunk; a record of weight 0 supports nothing, or zeros could buy a pixel.

        ValueError: a record far outside Peru.
        """
        used = weight > 0
        square = (np.floor(axis[used] / BIN_M).astype(np.int64) for axis in (easting, northing))
        squares = np.ravel_multi_index(
            [n - low for n, low in zip(square, _FIRST, strict=True)], _SHAPE
        )
        np.add.at(self._counts.reshape(-1), squares, 1)
        np.add.at(self._weights.reshape(-1), squares, weight[used])

    def merge(self, other: Support) -> None:
        """Add the records that another pass over other chunks has counted."""
        self._put(*other.__getstate__())

    def __getstate__(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # what travels between machines: the occupied squares, not the empty country around them
        occupied = np.flatnonzero(self._counts)
        return occupied, self._counts.reshape(-1)[occupied], self._weights.reshape(-1)[occupied]

    def __setstate__(self, state: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        Support.__init__(self)
        self._put(*state)

    def _put(self, occupied: np.ndarray, counts: np.ndarray, weights: np.ndarray) -> None:
        self._counts.reshape(-1)[occupied] += counts  # each square occurs once
        self._weights.reshape(-1)[occupied] += weights

    @property
    def records(self) -> np.ndarray:
        """Records of each occupied half kilometre, in the order of :meth:`points`."""
        return self.__getstate__()[1]

    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centres of the occupied half kilometres, easting and northing in metres, and weights."""
        occupied, _, weight = self.__getstate__()
        column, row = np.unravel_index(occupied, _SHAPE)
        return (column + _FIRST[0] + 0.5) * BIN_M, (row + _FIRST[1] + 0.5) * BIN_M, weight

    def is_shown(self, grid: Grid, *, bandwidth_m: float) -> np.ndarray:
        """Pixels with enough records from enough places within two bandwidths, shape (rows, cols).

        A square counts only if all of it lies within the distance, whatever the positions inside.
        """
        if not bandwidth_m >= MIN_BANDWIDTH_M:
            raise ParameterError(
                "bandwidth_m is {bandwidth:g}. Records of one's own are shown from {least:g} m "
                "(10 km) on, or a hill points at a house. Use a wider one",
                bandwidth=bandwidth_m,
                least=MIN_BANDWIDTH_M,
            )
        if grid.cell_size_m < bandwidth_m / 2 * (1 - 1e-9):  # 15.15 km in metres may round down
            raise ParameterError(
                "cell_size_m is {cell:g}. Records of one's own are shown in cells of half the "
                "bandwidth or more. With {bandwidth:g} m use at least {least:g} m",
                cell=grid.cell_size_m,
                bandwidth=bandwidth_m,
                least=bandwidth_m / 2,
            )
        reach = 2 * bandwidth_m
        visible = grid.mask.copy()
        occupied = np.nonzero(self._counts)
        if len(occupied[0]) == 0:
            return np.zeros_like(visible)
        # the part of the tables with records in it
        low, high = ([int(end(axis)) for axis in occupied] for end in (np.min, np.max))
        table = self._counts[low[0] : high[0] + 1, low[1] : high[1] + 1]
        corner = [n + first for n, first in zip(low, _FIRST, strict=True)]
        centre = tuple((n + 0.5) * BIN_M for n in corner)
        records = _count_within(grid, table, centre, BIN_M, reach - BIN_M / np.sqrt(2))
        visible &= records >= k_anonymity()
        for shift in (0, 1):
            # Rounding to even or to odd half kilometres: the square's centre moves with it.
            before = [(n + shift) % 2 for n in corner]
            odd = [(n, (-n - m) % 2) for n, m in zip(before, table.shape, strict=True)]
            pairs = np.pad(table > 0, odd)
            places = np.asarray(pairs.reshape(pairs.shape[0] // 2, 2, -1, 2).any(axis=(1, 3)))
            centre = tuple(((n + shift) // 2 + 0.5) * PLACE_M - shift * BIN_M for n in corner)
            place_count = _count_within(grid, places, centre, PLACE_M, reach - PLACE_M / np.sqrt(2))
            visible &= place_count >= MIN_PLACES
        return visible


def _count_within(
    grid: Grid, table: np.ndarray, first: tuple[float, ...], step_m: float, reach_m: float
) -> np.ndarray:
    """Sum of a table's squares whose centres lie within a distance of each pixel's centre.

    Column by column of the table a circle is one run of rows, and a run is the difference of two
    cumulated sums: the work does not depend on how many squares are occupied.
    """
    columns, rows = table.shape
    cumulated = np.zeros((columns, rows + 1), dtype=np.int64)
    np.cumsum(table, axis=1, out=cumulated[:, 1:])
    pixel = np.nonzero(grid.mask.T)[::-1]  # column by column, as the table lies in memory
    centre_x, centre_y = grid.centre_of(*pixel)
    total = np.zeros(len(centre_x), dtype=np.int64)
    begin = np.floor((centre_x - reach_m - first[0]) / step_m).astype(np.int64)

    def is_near(row: np.ndarray, squared: np.ndarray) -> np.ndarray:
        return (centre_y - (first[1] + row * step_m)) ** 2 + squared <= reach_m**2

    for offset in range(int(np.ceil(2 * reach_m / step_m)) + 2):
        column = begin + offset
        squared = (centre_x - (first[0] + column * step_m)) ** 2
        half = np.sqrt(np.clip(reach_m**2 - squared, 0, None))
        low = np.ceil((centre_y - half - first[1]) / step_m).astype(np.int64)
        high = np.floor((centre_y + half - first[1]) / step_m).astype(np.int64)
        # Rounding may be off by one square at either end: the distance itself decides.
        low -= is_near(low - 1, squared)
        low += ~is_near(low, squared)
        high += is_near(high + 1, squared)
        high -= ~is_near(high, squared)
        is_inside = (column >= 0) & (column < columns) & (low <= high)
        column = column[is_inside]
        low, high = np.clip(low[is_inside], 0, rows), np.clip(high[is_inside] + 1, 0, rows)
        total[is_inside] += cumulated[column, high] - cumulated[column, low]
    out = np.zeros(grid.mask.shape, dtype=np.int64)
    out[pixel] = total
    return out


CLASSES = 5


@dataclass(frozen=True, slots=True)
class ProtectedDensity:
    """Classes of a density, without the density itself."""

    classes: np.ndarray
    """shape (rows, cols), uint8: 1 (lowest) to 5; 0 = not shown, or outside the country."""
    edges: tuple[float, ...]
    """4 ascending edges between the classes, cases per km2, from the ladder 1, 2, 5, 10, ..."""
    transform: tuple[float, float, float, float, float, float]
    cell_size_m: float
    bandwidth_m: float
    kernel: str
    left_out_count: int
    """records on pixels that are not shown; exact, so never to be written into a file."""


def protected_density(
    support: Support, *, grid: Grid, bandwidth_m: float, kernel: Kernel = "gaussian"
) -> ProtectedDensity:
    """Smooth the records of a support and keep five classes of the pixels that may be shown.

    Cells of half a bandwidth to one; a bandwidth of 10 km or more, metres. Records count at the
    centre of their half kilometre, at most 354 m away, which widens the kernel by a thousandth.
    ParameterError: a bandwidth or cell that the rule does not allow; DisclosureError: no pixel.
    """
    visible = support.is_shown(grid, bandwidth_m=bandwidth_m)
    easting, northing, weight = support.points()
    is_kept = np.zeros(len(weight), dtype=bool)
    if visible.any():
        is_kept = visible[grid.cell_of(*Snapper(grid).snap(easting, northing)[:2])]
    if not is_kept.any():
        raise DisclosureError(
            "no pixel can be shown. None has {k} records from {places} places within {reach:g} "
            "km. Use a wider bandwidth, or more records",
            k=k_anonymity(),
            places=MIN_PLACES,
            reach=2 * bandwidth_m / 1000,
        )
    density = kernel_density(
        easting[is_kept],
        northing[is_kept],
        weight[is_kept],
        grid=grid,
        bandwidth_m=bandwidth_m,
        kernel=kernel,
    )
    edges = ladder_edges(float(density.values[visible].max()))
    classes = np.zeros(visible.shape, dtype=np.uint8)
    classes[visible] = 1 + np.searchsorted(edges, density.values[visible], side="right")
    return ProtectedDensity(
        classes=classes,
        edges=edges,
        transform=grid.transform,
        cell_size_m=grid.cell_size_m,
        bandwidth_m=float(bandwidth_m),
        kernel=kernel,
        left_out_count=int(support.records[~is_kept].sum()),
    )


def ladder_edges(top: float) -> tuple[float, ...]:
    """Return the last four of ..., 1, 2, 5, 10, ... that do not exceed the maximum.

    Edges cut from the values themselves would print those values.
    """
    power = int(np.floor(np.log10(top)))
    steps = (float(f"{step}e{power + tens}") for tens in range(-2, 2) for step in (1, 2, 5))
    return tuple([step for step in steps if step <= top][1 - CLASSES :])


def class_geotiff_bytes(protected: ProtectedDensity) -> bytes:
    """Write the classes, and nothing else, as an uint8 GeoTIFF in the analysis CRS."""
    import rasterio
    from rasterio.io import MemoryFile

    tags = {
        "tier": "T2",
        "rule": f"a pixel is shown if at least {k_anonymity()} records from at least {MIN_PLACES} "
        "places of 1 km lie within two bandwidths; bandwidth at least 10 km, cell at least half a "
        f"bandwidth, {CLASSES} classes; records on pixels that are not shown are left out",
        "classes": "0 not shown or outside the country; 1 lowest to 5 highest",
        "class_edges": ", ".join(f"{edge:g}" for edge in protected.edges),
        "units": "cases per km2",
        "bandwidth_m": f"{protected.bandwidth_m:g}",
        "cell_size_m": f"{protected.cell_size_m:g}",
        "kernel": protected.kernel,
    }
    rows, columns = protected.classes.shape
    with MemoryFile() as memory:
        with rasterio.open(
            memory,
            "w",
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
            raster.update_tags(**tags)
        return memory.read()
