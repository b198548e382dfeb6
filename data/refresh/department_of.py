"""The department of a position without a code: a last resort, with its doubt beside it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import to_analysis

NEAR_BORDER_M = 10_000.0
"""how far the shipped outlines may be off"""


@dataclass(frozen=True, slots=True)
class Located:
    """The department of each position, arrays of shape (n,)."""

    department_ubigeo: np.ndarray
    """the answer."""
    by_polygon: np.ndarray
    """department of the outline that holds the position, or the nearest one."""
    is_near_border: np.ndarray
    """whether another department's outline is within NEAR_BORDER_M."""
    nearest_district: np.ndarray
    """district whose capital is nearest."""
    distance_m: np.ndarray
    """metres to the nearest outline; 0 inside."""


def locate(
    longitude: np.ndarray, latitude: np.ndarray, outlines: gpd.GeoDataFrame, places: pd.DataFrame
) -> Located:
    """Find the department of positions from outlines and, near a border, from district capitals.

    Within 10 km of another department the outline cannot be trusted; there the department of the
    nearest district capital counts, whose code is certain.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (n,)
        Degrees.
    outlines : GeoDataFrame
        department_ubigeo, geometry (``data.load_departments()``).
    places : DataFrame
        district_ubigeo, longitude, latitude (``data.load_places()``).
    """
    points = shapely.points(*to_analysis(longitude, latitude))
    codes = outlines["department_ubigeo"].to_numpy()
    shapes = projected(outlines["geometry"].to_numpy())
    distances = shapely.distance(points[:, None], shapes[None, :])
    inside = distances.argmin(axis=1)
    near = (distances <= NEAR_BORDER_M).sum(axis=1) > 1
    capitals = places.dropna(subset=["longitude", "latitude"]).reset_index(drop=True)
    tree = shapely.STRtree(
        shapely.points(*to_analysis(capitals["longitude"], capitals["latitude"]))
    )
    nearest = tree.nearest(points) if len(points) else np.zeros(0, dtype=int)
    district = capitals["district_ubigeo"].to_numpy()[nearest]
    by_capital = np.array([code[:2] for code in district], dtype=object)
    return Located(
        np.where(near, by_capital, codes[inside]),
        codes[inside],
        near,
        district,
        distances[np.arange(len(points)), inside],
    )


def projected(geometries: np.ndarray) -> np.ndarray:
    """Geometries in the equal-area analysis CRS, so that their area is square metres.

    Examples
    --------
    >>> cell = shapely.box(-70.05, -13.05, -70.0, -13.0)
    >>> round(float(shapely.area(projected(np.array([cell])))[0]) / 1e4)
    3000
    """
    return shapely.transform(
        geometries, lambda xy: np.column_stack(to_analysis(xy[:, 0], xy[:, 1]))
    )
