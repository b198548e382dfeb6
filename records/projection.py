"""The coordinate systems in which Peruvian files come, and their way to degrees."""

from __future__ import annotations

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from records.refusal import Refusal

EPSG_CODES = (
    *(4326, 4979, 3857),  # WGS84, with height, web Mercator
    *(32717, 32718, 32719),  # WGS84 / UTM 17S to 19S
    *(5373, 5387, 5388, 5389),  # Peru96 and its UTM 18S, 17S, 19S
    *(4248, 24877, 24878, 24879, 24891, 24892, 24893),  # PSAD56, its UTM, Peru's old zones
    *(4674, 31977, 31978, 31979),  # SIRGAS 2000
)
"""Nothing else is transformed: a system from a file may name grids and addresses."""


def epsg_of(text: str) -> int:
    """The EPSG code of a system given as WKT or "EPSG:n".

    Raises
    ------
    Refusal
        No system, or none of those used in Peru.

    Examples
    --------
    >>> epsg_of(CRS.from_epsg(32718).to_wkt("WKT1_ESRI"))
    32718
    """
    try:
        code = CRS.from_user_input(text).to_epsg(min_confidence=25)
    except CRSError:
        code = None
    if code not in EPSG_CODES:
        raise Refusal("crs_unknown")
    return int(code)


def to_degrees(points: np.ndarray, epsg: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of points, shape (n, 2), easting or longitude first."""
    if epsg not in EPSG_CODES:
        raise Refusal("crs_unknown")
    if epsg == 4326:
        return points[:, 0], points[:, 1]
    transformer = Transformer.from_crs(epsg, 4326, always_xy=True)
    longitude, latitude = transformer.transform(points[:, 0], points[:, 1])
    return np.asarray(longitude), np.asarray(latitude)
