"""The code of a place: from its name, never by likeness alone, or from its position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.names import normalise_name
from geo.crs import to_analysis

ALIASES = {
    "municipalidad metropolitana de lima": "lima",
    "el callao": "callao",
}
"""Department names of other publishers; ISO 3166-2 and the case system split Lima in two."""
NEAR_BORDER_M = 10_000.0
"""how far the shipped outlines may be off"""


def codes_by_name(names: Mapping[str, str], *, aliases: bool = False) -> dict[str, str]:
    """Return plain name to code; a name that two codes share is left out."""
    plain = {code: normalise_name(name, is_place=True) for code, name in names.items()}
    often = Counter(plain.values())
    codes = {name: code for code, name in plain.items() if often[name] == 1}
    if aliases:
        codes |= {alias: codes[name] for alias, name in ALIASES.items() if name in codes}
    return codes


@dataclass(frozen=True, slots=True)
class Located:
    """The department of each position, arrays of shape (n,): the one that counts, the one whose
    outline holds it or is nearest, whether another is within NEAR_BORDER_M, and the district whose
    capital is nearest."""

    department_ubigeo: np.ndarray
    by_polygon: np.ndarray
    is_near_border: np.ndarray
    nearest_district: np.ndarray


def locate(
    longitude: np.ndarray, latitude: np.ndarray, outlines: gpd.GeoDataFrame, places: pd.DataFrame
) -> Located:
    """Find the department of positions from outlines and, near a border, from district capitals.

    Within 10 km of another department the outline cannot be trusted; there the department of the
    nearest district capital counts, whose code is certain.
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
    return Located(np.where(near, by_capital, codes[inside]), codes[inside], near, district)


def projected(geometries: Any) -> Any:
    """A geometry, or an array of some, in the equal-area analysis CRS: areas are square metres."""
    return shapely.transform(
        geometries, lambda xy: np.column_stack(to_analysis(xy[:, 0], xy[:, 1]))
    )
