"""Points to regions: a raster of labels answers most points, an exact test only those at borders.

The rule, for every point and every set of regions: *a point belongs to the first region, in the
order given, that holds it, border included*. So a point on a shared border belongs to exactly one
region, and a region is closed except where an earlier one meets it (half-open, decided by order
and not by compass). A point that no region holds gets -1. The rule is that of an exact join with
"intersects" of which the first match is kept.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.grid import require_grid_fits, require_positive
from geo.label_cells import cells_on_outlines, interior_runs

RULE = "a point belongs to the first region that holds it, border included"
NO_REGION = -1
PART = 1 << 16
"""Points looked up at once; their temporaries stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class RegionLabels:
    """Which region each cell belongs to, and for the cells on borders which regions to ask."""

    west_m: float
    """easting of the left edge, metres."""
    south_m: float
    """northing of the lower edge, metres."""
    cell_size_m: float
    """side of a cell, metres."""
    labels: np.ndarray
    """shape (rows, cols), int32, row 0 is south: a region, -1 = none, -2 - k = border cell k."""
    first: np.ndarray
    """shape (border cells + 1,), int64: where each border cell's regions begin."""
    asked: np.ndarray
    """int32: regions that may hold a point of a border cell, ascending within the cell."""
    fingerprint: str
    """SHA-256 of the geometries and the cell, in order: labels fit these regions only."""


def label_regions(geometries: Sequence[BaseGeometry], *, cell_size_m: float) -> RegionLabels:
    """Build the raster once for a set of regions.

    A cell is on a border if an outline comes within a millionth of a cell of it; every other cell
    lies in the same regions as its centre does, and so does a run of such cells in a row.

    Parameters
    ----------
    geometries : sequence of shapely polygons or multipolygons, length n
        In a projected CRS, metres; they may overlap or leave gaps.
    cell_size_m : float
        Side of a cell, metres: 500 suits districts, 1,000 departments.

    Returns
    -------
    RegionLabels

    Raises
    ------
    ParameterError
        The cell is not positive, or so small that the raster would not fit in memory.
    GeoError
        No geometry came, or one is missing, empty, not valid or no polygon.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> regions = [box(0, 0, 5_000, 5_000), box(5_000, 0, 9_000, 5_000)]
    >>> labels = label_regions(regions, cell_size_m=1_000)
    >>> region_of([1_500, 5_000, 5_000.001, 9_500], [2_500] * 4, regions, labels).tolist()
    [0, 0, 1, -1]
    """
    require_positive("cell_size_m", cell_size_m)
    shapes = _checked(geometries)
    cell = float(cell_size_m)
    west, south, east, north = shapely.total_bounds(shapes)
    left, bottom = np.floor(west / cell) - 1, np.floor(south / cell) - 1
    columns, rows = int(np.floor(east / cell) + 2 - left), int(np.floor(north / cell) + 2 - bottom)
    require_grid_fits(rows, columns, cell)
    west_m, south_m = float(left * cell), float(bottom * cell)

    on_outline, region = cells_on_outlines(shapes, west_m, south_m, cell, columns)
    border = np.unique(on_outline)
    start, length = interior_runs(border, rows, columns)
    probes = np.concatenate([start, border])
    x = west_m + (probes % columns + 0.5) * cell
    y = south_m + (probes // columns + 0.5) * cell
    probe, holder = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")

    inside = np.full(len(start), NO_REGION, dtype=np.int32)
    of_run = probe < len(start)
    order = np.argsort(-holder[of_run], kind="stable")  # the first region is written last
    inside[probe[of_run][order]] = holder[of_run][order]
    flat = np.empty(rows * columns, dtype=np.int32)
    flat[_runs(start, length)] = np.repeat(inside, length)
    flat[border] = -2 - np.arange(len(border), dtype=np.int32)

    # A region that holds the centre of a border cell may cover the cell without an outline in it.
    cell_at = np.concatenate([np.searchsorted(border, on_outline), probe[~of_run] - len(start)])
    pairs = np.unique(cell_at * len(shapes) + np.concatenate([region, holder[~of_run]]))
    cell_at, asked = np.divmod(pairs, len(shapes))
    return RegionLabels(
        west_m=west_m,
        south_m=south_m,
        cell_size_m=cell,
        labels=flat.reshape(rows, columns),
        first=np.searchsorted(cell_at, np.arange(len(border) + 1)),
        asked=asked.astype(np.int32),
        fingerprint=fingerprint_of(shapes, cell_size_m=cell),
    )


def region_of(
    easting: ArrayLike,
    northing: ArrayLike,
    geometries: Sequence[BaseGeometry],
    labels: RegionLabels,
) -> np.ndarray:
    """Position of the region that holds each point, by the rule of this module.

    Parameters
    ----------
    easting, northing : array_like, shape (n,)
        Metres in the CRS of the regions.
    geometries : sequence of shapely polygons, length n
        Those that the labels were built from, in that order; they are not compared again (see
        :func:`fingerprint_of`).
    labels : RegionLabels

    Returns
    -------
    ndarray, shape (n,), int32
        -1 where no region holds the point.

    Raises
    ------
    GeoError
        Shapes differ, or a coordinate is not finite.
    """
    x, y = np.asarray(easting, dtype=float), np.asarray(northing, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise GeoError(
            "easting and northing must be one-dimensional and of one length; came "
            f"{x.shape} and {y.shape}"
        )
    bad = int((~(np.isfinite(x) & np.isfinite(y))).sum())
    if bad:
        raise GeoError(f"{bad} of {x.size} points are not finite; drop or locate them first")
    found = np.empty(len(x), dtype=np.int32)
    for begin in range(0, len(x), PART):
        part = slice(begin, begin + PART)
        found[part] = _looked_up(x[part], y[part], labels)
    unsure = np.flatnonzero(found < NO_REGION)
    if len(unsure):
        found[unsure] = _tested(x[unsure], y[unsure], -2 - found[unsure], geometries, labels)
    return found


def fingerprint_of(geometries: Sequence[BaseGeometry] | np.ndarray, *, cell_size_m: float) -> str:
    """SHA-256 of the regions in their order and of the cell: whether kept labels still fit."""
    digest = hashlib.sha256(f"2 {len(geometries)} {float(cell_size_m)!r}".encode())
    for wkb in shapely.to_wkb(np.asarray(geometries, dtype=object), byte_order=1):
        digest.update(len(wkb).to_bytes(8, "little"))
        digest.update(wkb)
    return digest.hexdigest()


def labels_to_bytes(labels: RegionLabels) -> bytes:
    """Labels as the bytes of an .npz file, to keep on disk."""
    stream = BytesIO()
    np.savez_compressed(
        stream,
        frame=np.array([labels.west_m, labels.south_m, labels.cell_size_m]),
        labels=labels.labels,
        first=labels.first,
        asked=labels.asked,
        fingerprint=np.array(labels.fingerprint),
    )
    return stream.getvalue()


def labels_from_bytes(content: bytes, *, fingerprint: str) -> RegionLabels:
    """Labels that were kept, if they belong to these regions.

    Raises
    ------
    GeoError
        The bytes are no labels, or those of other regions or of another cell.
    """
    try:
        with np.load(BytesIO(content), allow_pickle=False) as kept:
            west_m, south_m, cell = (float(value) for value in kept["frame"])
            labels = RegionLabels(
                west_m, south_m, cell, kept["labels"], kept["first"], kept["asked"],
                str(kept["fingerprint"]),
            )  # fmt: skip
    except Exception:  # numpy, zipfile and zlib each raise their own for damaged bytes
        raise GeoError("the bytes are no labels of regions; build them again") from None
    if labels.fingerprint != fingerprint:
        raise GeoError("the labels belong to other regions or another cell; build them again")
    return labels


def _looked_up(x: np.ndarray, y: np.ndarray, labels: RegionLabels) -> np.ndarray:
    rows, columns = labels.labels.shape
    # The same arithmetic as in geo/label_cells.py, up to its tolerance of a millionth of a cell.
    column = (x - labels.west_m) * (1 / labels.cell_size_m)
    row = (y - labels.south_m) * (1 / labels.cell_size_m)
    # The outermost cells are empty by construction, so what lies beyond falls on them.
    np.clip(column, 0, columns - 1, out=column)
    np.clip(row, 0, rows - 1, out=row)
    at = row.astype(np.int32)
    at *= np.int32(columns)
    at += column.astype(np.int32)
    return labels.labels.reshape(-1).take(at)


def _tested(
    x: np.ndarray,
    y: np.ndarray,
    border_cell: np.ndarray,
    geometries: Sequence[BaseGeometry],
    labels: RegionLabels,
) -> np.ndarray:
    """Ask the regions of each point's border cell, each region once for all its points."""
    begin = labels.first[border_cell]
    count = labels.first[border_cell + 1] - begin
    point = np.repeat(np.arange(len(x)), count)
    within = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
    region = labels.asked[np.repeat(begin, count) + within]
    order = np.argsort(region, kind="stable")
    point, region = point[order], region[order]
    edges = np.flatnonzero(np.diff(region, prepend=-1, append=-1))
    px, py = x[point], y[point]
    found = np.full(len(x), len(geometries), dtype=np.int32)
    for low, high in itertools.pairwise(edges):
        shape = geometries[region[low]]
        shapely.prepare(shape)
        hit = point[low:high][shapely.intersects_xy(shape, px[low:high], py[low:high])]
        found[hit] = np.minimum(found[hit], region[low])
    found[found == len(geometries)] = NO_REGION
    return found


def _runs(start: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Positions start, start + 1, ... of each run, one after the other."""
    before = np.cumsum(length) - length
    return np.arange(int(length.sum())) + np.repeat(start - before, length)


def _checked(geometries: Sequence[BaseGeometry]) -> np.ndarray:
    shapes = np.asarray(geometries, dtype=object)
    if shapes.size == 0:
        raise GeoError("no geometry came; a join needs at least one region")
    for position, shape in enumerate(shapes):
        if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
            raise GeoError(f"region at position {position} is missing, empty or no polygon")
    valid = shapely.is_valid(shapes)
    if not valid.all():
        where = int(np.flatnonzero(~valid)[0])
        raise GeoError(
            f"region at position {where} is not valid ({shapely.is_valid_reason(shapes[where])}); "
            "repair it with shapely.make_valid first"
        )
    return shapes
