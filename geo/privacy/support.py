"""Minimum support: which pixels of a density of an organisation's records may be shown.

A bandwidth alone hides nobody: the peak of a lone record stands at its place, at every bandwidth.
So a pixel is shown only if at least 11 records from at least 3 places lie within two bandwidths
of its centre.

Records are kept as counts per half kilometre, so memory does not grow with their number. A place
is a coordinate rounded to 1 km. Two roundings are counted, shifted by half a kilometre, and the
smaller count decides: one address whose readings scatter over the corner of four squares is one
square of the other rounding, and never three places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.crs import ANALYSIS_CRS
from geo.density.engine import Kernel, kernel_density
from geo.density.grid import Grid, Snapper, require_positive
from geo.errors import DisclosureError, GeoError, ParameterError
from geo.privacy.minimum_count import k_anonymity

MIN_PLACES = 3
"""Fewest places behind a pixel; the fewest records are the deployment's K."""
MIN_BANDWIDTH_M = 10_000.0
PLACE_M = 1000.0
"""Side of the square that counts as one place, metres."""
BIN_M = PLACE_M / 2
"""Side of the squares in which records are counted, metres."""
_STEP = 256
"""Half kilometres by which the tables grow, so that they seldom do."""
_LARGEST = 1 << 25
"""Half kilometres in the tables; Peru takes 14 million."""


class Support:
    """Records per half kilometre, gathered in one pass over their chunks.

    Two tables span the half kilometres seen so far: memory grows with the country, 200 MB for all
    of Peru, and not with the records.
    """

    def __init__(self) -> None:
        self._corner = (0, 0)
        self._counts: np.ndarray = np.zeros((0, 0), dtype=np.int64)
        self._weights: np.ndarray = np.zeros((0, 0))

    def add(self, easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
        """Count a chunk; a record of weight 0 supports nothing, or zeros could buy a pixel.

        GeoError: the records span more than the tables may.
        """
        used = weight > 0
        if not used.all():
            easting, northing, weight = easting[used], northing[used], weight[used]
        if len(weight) == 0:
            return
        ends = [(axis.min(), axis.max()) for axis in (easting, northing)]
        self._span(*(np.floor(np.array(end) / BIN_M).astype(np.int64) for end in ends))
        at, row = (np.floor(axis / BIN_M).astype(np.int64) for axis in (easting, northing))
        at -= self._corner[0]
        at *= self._counts.shape[1]
        at += row
        at -= self._corner[1]
        np.add.at(self._counts.reshape(-1), at, 1)
        np.add.at(self._weights.reshape(-1), at, weight)

    def merge(self, other: Support) -> None:
        """Add the records that another pass over other chunks has counted."""
        self._put(*other.__getstate__())

    def __getstate__(self) -> tuple[np.ndarray, ...]:
        # what travels between machines: the occupied squares, not the empty country around them
        column, row = np.nonzero(self._counts)
        found = self._counts[column, row], self._weights[column, row]
        return column + self._corner[0], row + self._corner[1], *found

    def __setstate__(self, state: tuple[np.ndarray, ...]) -> None:
        Support.__init__(self)
        self._put(*state)

    def _put(
        self, column: np.ndarray, row: np.ndarray, counts: np.ndarray, weights: np.ndarray
    ) -> None:
        if len(counts):
            self._span(column, row)
            at = column - self._corner[0], row - self._corner[1]
            self._counts[at] += counts  # each square occurs once
            self._weights[at] += weights

    def _span(self, column: np.ndarray, row: np.ndarray) -> None:
        """Let the tables reach over these half kilometres."""
        low = [int(axis.min()) // _STEP * _STEP for axis in (column, row)]
        high = [(int(axis.max()) // _STEP + 1) * _STEP for axis in (column, row)]
        shape = self._counts.shape
        if self._counts.size:
            low = [min(a, b) for a, b in zip(low, self._corner, strict=True)]
            high = [max(a, b + n) for a, b, n in zip(high, self._corner, shape, strict=True)]
        wanted = tuple(b - a for a, b in zip(low, high, strict=True))
        if wanted == shape:
            return
        if wanted[0] * wanted[1] > _LARGEST:
            raise GeoError(
                f"the records span {wanted[0] * BIN_M / 1000:,.0f} by "
                f"{wanted[1] * BIN_M / 1000:,.0f} km; support is counted over at most "
                f"{_LARGEST * BIN_M**2 / 1e6:,.0f} km2: drop what lies elsewhere"
            )
        at = tuple(
            slice(b - a, b - a + n) for a, b, n in zip(low, self._corner, shape, strict=True)
        )
        counts, weights = np.zeros(wanted, dtype=np.int64), np.zeros(wanted)
        if self._counts.size:
            counts[at], weights[at] = self._counts, self._weights
        self._corner, self._counts, self._weights = (low[0], low[1]), counts, weights

    @property
    def records(self) -> np.ndarray:
        """Records of each occupied half kilometre, in the order of :meth:`points`."""
        return self.__getstate__()[2]

    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centres of the occupied half kilometres, easting and northing in metres, and weights."""
        column, row, _, weight = self.__getstate__()
        return (column + 0.5) * BIN_M, (row + 0.5) * BIN_M, weight

    def is_shown(self, grid: Grid, *, bandwidth_m: float) -> np.ndarray:
        """Pixels with enough records from enough places within two bandwidths, shape (rows, cols).

        A square counts only if all of it lies within the distance, whatever the positions inside.
        ParameterError: a bandwidth below 10 km, a cell below half the bandwidth.

        Examples
        --------
        >>> grid = Grid(0.0, 200_000.0, 10_000.0, np.ones((20, 20), dtype=bool))
        >>> support = Support()
        >>> support.add(np.full(50, 105_000.0), np.full(50, 95_000.0), np.ones(50))
        >>> int(support.is_shown(grid, bandwidth_m=20_000).sum())  # fifty records, one place
        0
        >>> support.add(np.array([99_000.0, 111_000.0]), np.full(2, 95_000.0), np.ones(2))
        >>> int(support.is_shown(grid, bandwidth_m=20_000).sum())
        37
        """
        require_positive("bandwidth_m", bandwidth_m)
        if bandwidth_m < MIN_BANDWIDTH_M:
            raise ParameterError(
                f"bandwidth_m is {bandwidth_m:g}: records of one's own are shown from "
                f"{MIN_BANDWIDTH_M:g} m (10 km) on, or a hill points at a house; use a wider one"
            )
        if grid.cell_size_m < bandwidth_m / 2 * (1 - 1e-9):  # 15.15 km in metres may round down
            raise ParameterError(
                f"cell_size_m is {grid.cell_size_m:g}: records of one's own are shown in cells of "
                f"half the bandwidth or more; with {bandwidth_m:g} m use at least "
                f"{bandwidth_m / 2:g} m"
            )
        reach = 2 * bandwidth_m
        shown = grid.mask.copy()
        if self._counts.size == 0:
            return np.zeros_like(shown)
        first = tuple((corner + 0.5) * BIN_M for corner in self._corner)
        records = _count_within(grid, self._counts, first, BIN_M, reach - BIN_M / np.sqrt(2))
        shown &= records >= k_anonymity()
        occupied = self._counts > 0
        for shift in (0, 1):
            # Rounding to even or to odd half kilometres: the square's centre moves with it.
            before = [(corner + shift) % 2 for corner in self._corner]
            odd = [(n, (-n - m) % 2) for n, m in zip(before, occupied.shape, strict=True)]
            pairs = np.pad(occupied, odd)
            places = np.asarray(pairs.reshape(pairs.shape[0] // 2, 2, -1, 2).any(axis=(1, 3)))
            first = tuple(
                ((corner + shift) // 2 + 0.5) * PLACE_M - shift * BIN_M for corner in self._corner
            )
            found = _count_within(grid, places, first, PLACE_M, reach - PLACE_M / np.sqrt(2))
            shown &= found >= MIN_PLACES
        return shown


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
        known = (column >= 0) & (column < columns) & (low <= high)
        column = column[known]
        low, high = np.clip(low[known], 0, rows), np.clip(high[known] + 1, 0, rows)
        total[known] += cumulated[column, high] - cumulated[column, low]
    out = np.zeros(grid.mask.shape, dtype=np.int64)
    out[pixel] = total
    return out


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
    left_out_count: int
    """records on pixels that are not shown; exact, so never to be written into a file."""


def protected_density(
    support: Support, *, grid: Grid, bandwidth_m: float, kernel: Kernel = "gaussian"
) -> ProtectedDensity:
    """Smooth the records of a support and keep five classes of the pixels that may be shown.

    Records count at the centre of their half kilometre, at most 354 m away: with a bandwidth of
    10 km or more that widens the kernel by a thousandth.

    Parameters
    ----------
    support : Support
    grid : Grid
        Cells of half a bandwidth to one bandwidth.
    bandwidth_m : float
        Standard deviation of the kernel, metres, at least 10 km.
    kernel : {"gaussian", "quartic"}

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
            f"no pixel can be shown: none has {k_anonymity()} records from {MIN_PLACES} places "
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
        left_out_count=int(support.records[~kept].sum()),
    )


def ladder_edges(top: float) -> tuple[float, ...]:
    """The last four of ..., 1, 2, 5, 10, ... that do not exceed the maximum.

    Edges from a fixed ladder tell the maximum to a factor of 2.5 only; edges cut from the values
    themselves would print it.
    """
    power = int(np.floor(np.log10(top)))
    steps = (float(f"{step}e{power + tens}") for tens in range(-2, 2) for step in (1, 2, 5))
    return tuple([step for step in steps if step <= top][1 - CLASSES :])


def class_geotiff_bytes(protected: ProtectedDensity) -> bytes:
    """Write the classes as an uint8 GeoTIFF in the analysis CRS; there is no other content."""
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
            raster.update_tags(**tags)
        return memory.read()
