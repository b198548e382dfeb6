"""The smallest area that holds a share of the cases, and who lives there.

The p isopleth is the level set {f >= t} whose cases make up the share p of all: no other area of
that content is smaller. On a modelled surface it answers "where does the model put half of the
reports", not "where do half of the crimes happen".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo.crs import to_wgs84
from geo.density.engine import Density
from geo.density.grid import Grid, Snapper
from geo.errors import GeoError

DEFAULT_SHARES = (0.25, 0.5, 0.75, 0.9)

Places = tuple[ArrayLike, ArrayLike, ArrayLike]


@dataclass(frozen=True, slots=True)
class Isopleth:
    """The densest part of the country that holds a share of the cases."""

    share: float
    """the share of the cases that was asked for, 0 to 1."""
    geometry: MultiPolygon
    """polygons in the analysis CRS, metres."""
    area_share: float
    """area of the cells at or above the level as a share of the country's cells, 0 to 1."""
    people_share: float
    """share (0 to 1) of the population in those cells."""

    @property
    def geometry_wgs84(self) -> MultiPolygon:
        """The polygons in WGS84 degrees."""
        return shapely.transform(
            self.geometry, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1]))
        )


def isopleths(
    density: Density,
    *,
    country: BaseGeometry,
    places: Places,
    shares: Iterable[float] = DEFAULT_SHARES,
) -> list[Isopleth]:
    """Find the smallest areas that hold the given shares of the cases, in the order of the shares.

    Numbers are counted in cells; the polygons are smooth contours at the same level (linear
    between cells' centres), so their area differs from the cells' by part of a cell along the rim.

    Parameters
    ----------
    density : Density
    country : shapely geometry
        Outline in the analysis CRS, to which the polygons are cut.
    places : (easting, northing, population)
        Where people live, metres in the analysis CRS. A place counts as inside when its cell does;
        a place off the country's cells is looked up at the nearest one.
    shares : iterable of float
        Above 0 and below 1.

    Raises
    ------
    GeoError
        The density holds no cases.

    Examples
    --------
    >>> from geo.density.engine import kernel_density
    >>> grid = Grid(0.0, 500_000.0, 5_000.0, np.ones((100, 100), dtype=bool))
    >>> density = kernel_density([251_300], [253_100], [40], grid=grid, bandwidth_m=40_000)
    >>> half, = isopleths(density, country=shapely.box(0, 0, 500_000, 500_000),
    ...     places=([250_000], [250_000], [9]), shares=[0.5])
    >>> # a disc of radius h sqrt(2 ln 2) = 47.1 km
    >>> print(f"{(half.geometry.area / np.pi) ** 0.5 / 1_000:.0f} km, {half.area_share:.1%}")
    47 km, 2.8%
    """
    inside = np.isfinite(density.values)
    ordered = np.sort(density.values[inside].astype(float))[::-1]
    cumulated = np.cumsum(ordered)
    if ordered.size == 0 or cumulated[-1] == 0:
        raise GeoError("the density holds no cases, so no area holds a share of them")
    easting, northing, population = (np.asarray(a, dtype=float) for a in places)
    _, _, west, _, _, north = density.transform
    grid = Grid(west, north, density.cell_size_m, inside)
    at_place = density.values[grid.cell_of(*Snapper(grid).snap(easting, northing)[:2])]
    filled = _filled_outwards(density)
    results = []
    for share in shares:
        last = min(int(np.searchsorted(cumulated, share * cumulated[-1])), ordered.size - 1)
        level = float(ordered[last])
        cells = int(np.searchsorted(-ordered, -level, side="right"))  # ties belong inside
        below = float(ordered[cells]) if cells < ordered.size else 0.0
        results.append(
            Isopleth(
                share=share,
                geometry=_polygons(density, filled, (level + below) / 2, country),
                area_share=cells / ordered.size,
                people_share=float(population[at_place >= level].sum() / population.sum()),
            )
        )
    return results


def _filled_outwards(density: Density) -> np.ndarray:
    """Density with each cell outside set to its nearest cell inside.

    Contours would otherwise end at the last centre, half a cell short of the border.
    """
    from scipy.ndimage import distance_transform_edt

    outside = ~np.isfinite(density.values)
    values = density.values.astype(float)
    if outside.any():
        nearest = distance_transform_edt(outside, return_distances=False, return_indices=True)
        values = values[tuple(np.asarray(nearest))]
    return np.pad(values, 1, mode="edge")


def _polygons(
    density: Density, filled: np.ndarray, level: float, outline: BaseGeometry
) -> MultiPolygon:
    from contourpy import FillType, contour_generator

    cell, _, west, _, _, north = density.transform
    rows, columns = filled.shape
    x = west + (np.arange(columns) - 0.5) * cell
    y = north - (np.arange(rows) - 0.5) * cell
    generator = contour_generator(x, y, filled, fill_type=FillType.OuterOffset)
    above = float(filled.max()) * 2  # no upper bound: everything from the level up
    polygons = [
        shapely.Polygon(rings[0], rings[1:])
        for points, offsets in zip(*generator.filled(level, above), strict=True)
        for rings in [np.split(points, offsets[1:-1])]
    ]
    cut = shapely.intersection(shapely.union_all(shapely.make_valid(polygons)), outline)
    # Where a contour only touches the border the cut also holds points and lines.
    return MultiPolygon([part for part in shapely.get_parts(cut) if part.geom_type == "Polygon"])
