"""Coordinate reference systems: WGS84 for exchange, an equal-area projection for analysis.

EPSG:32718 (UTM 18S) stretches areas by up to 1.2 % at Peru's edges; a Lambert azimuthal
equal-area projection centred on the country keeps cases per km2 comparable everywhere.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS, Transformer

WGS84 = "EPSG:4326"
ANALYSIS_PROJ4 = (
    "+proj=laea +lat_0=-9.2 +lon_0=-75 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs +type=crs"
)
ANALYSIS_CRS = CRS.from_user_input(ANALYSIS_PROJ4)
PERU_BOUNDS = (-81.4, -18.4, -68.6, 0.0)
"""(west, south, east, north) in degrees, a little wider than the country."""


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_analysis(longitude: ArrayLike, latitude: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Project degrees to easting and northing in metres (analysis CRS).

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        WGS84 degrees.

    Returns
    -------
    easting, northing : ndarray, shape (n,)
        Metres.

    Examples
    --------
    >>> easting, northing = to_analysis([-75.0], [-9.2])
    >>> abs(float(easting[0])) < 1e-6, abs(float(northing[0])) < 1e-6
    (True, True)
    """
    easting, northing = _transformer(WGS84, ANALYSIS_PROJ4).transform(
        np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
    )
    return np.asarray(easting), np.asarray(northing)


def to_wgs84(easting: ArrayLike, northing: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Inverse of :func:`to_analysis`: metres in the analysis CRS to degrees."""
    longitude, latitude = _transformer(ANALYSIS_PROJ4, WGS84).transform(
        np.asarray(easting, dtype=float), np.asarray(northing, dtype=float)
    )
    return np.asarray(longitude), np.asarray(latitude)
