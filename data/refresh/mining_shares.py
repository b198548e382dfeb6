"""How polygons share their area with cells, districts and the country: pairs with a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.refresh.department_of import projected


@dataclass(frozen=True, slots=True)
class CellShares:
    """One entry per polygon and cell that share area."""

    polygon: np.ndarray
    """index of the polygon."""
    longitude: np.ndarray
    """centre of the cell, degrees."""
    latitude: np.ndarray
    """centre of the cell, degrees."""
    share: np.ndarray
    """part (0 to 1) of the polygon's area in the cell; adds up to 1 per polygon."""


@dataclass(frozen=True, slots=True)
class DistrictShares:
    """One entry per polygon and district that share area."""

    polygon: np.ndarray
    """index of the polygon."""
    district: np.ndarray
    """index of the district."""
    share: np.ndarray
    """part (0 to 1) of the polygon's area in the district."""


def cell_shares(geometries: np.ndarray, *, degrees: float) -> CellShares:
    """Cut polygons at a grid of degrees whose lines are multiples of ``degrees``.

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (n,)
        WGS84.
    degrees : float
        Side of a cell.

    Notes
    -----
    A polygon's share is taken of the sum of its pieces: the straight side of a wide polygon and
    those of its pieces do not project to quite the same line (6e-6 of the area at 0.1 degrees).

    Examples
    --------
    >>> wide = np.array([shapely.box(-70.1, -13.05, -70.0, -13.0)])
    >>> pairs = cell_shares(wide, degrees=0.05)
    >>> pairs.longitude.round(3).tolist(), pairs.share.round(3).tolist()
    ([-70.075, -70.025], [0.5, 0.5])
    """
    bounds = shapely.bounds(geometries).reshape(-1, 4) / degrees
    # a border that lies on a grid line, give or take a rounding, does not enter the next cell
    low = np.floor(bounds[:, :2] + 1e-9).astype(np.int64)
    high = np.ceil(bounds[:, 2:] - 1e-9).astype(np.int64)
    size = np.maximum(high - low, 1)
    each = size[:, 0] * size[:, 1]
    polygon = np.repeat(np.arange(len(geometries)), each)
    step = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    column = low[polygon, 0] + step % size[polygon, 0]
    row = low[polygon, 1] + step // size[polygon, 0]
    west, south = column * degrees, row * degrees
    cells = shapely.box(west, south, west + degrees, south + degrees)
    area = shapely.area(projected(shapely.intersection(geometries[polygon], cells)))
    total = np.bincount(polygon, area, minlength=len(geometries))
    some = area > 0
    return CellShares(
        polygon[some],
        np.round(west[some] + degrees / 2, 6),
        np.round(south[some] + degrees / 2, 6),
        area[some] / total[polygon[some]],
    )


def district_shares(flat: np.ndarray, districts: np.ndarray) -> DistrictShares:
    """Cut polygons at the borders of districts, both in the equal-area projection.

    Where outlines overlap, the polygon's area is not counted twice: shares above 1 are scaled.
    """
    polygon, district = shapely.STRtree(districts).query(flat, predicate="intersects")
    area = shapely.area(shapely.intersection(flat[polygon], districts[district]))
    share = area / shapely.area(flat)[polygon]
    total = np.bincount(polygon, share, minlength=len(flat))
    share = share / np.maximum(total, 1.0)[polygon]
    some = share > 0
    return DistrictShares(polygon[some], district[some], share[some])


def share_inside(
    geometries: np.ndarray, country: shapely.Geometry
) -> tuple[np.ndarray, np.ndarray]:
    """Return polygons cut at a country's outline and the share of their area that is inside."""
    shapely.prepare(country)
    whole = shapely.contains_properly(country, geometries)
    touched = ~whole & shapely.intersects(country, geometries)
    inside = np.where(whole, geometries, shapely.Polygon())
    inside[touched] = shapely.intersection(geometries[touched], country)
    total = shapely.area(projected(geometries))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total > 0, shapely.area(projected(inside)) / total, 0.0)
    return inside, np.where(whole, 1.0, share)
