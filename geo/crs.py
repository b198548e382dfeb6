"""Coordinate reference systems: WGS84 for exchange, an equal-area projection for analysis.

EPSG:32718 (UTM 18S) stretches areas by up to 1.2 % at Peru's edges; a Lambert azimuthal
equal-area projection centred on the country keeps cases per km2 comparable everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from geo.errors import ParameterError

WGS84 = "EPSG:4326"
ANALYSIS_PROJ4 = (
    "+proj=laea +lat_0=-9.2 +lon_0=-75 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs +type=crs"
)
ANALYSIS_CRS = CRS.from_user_input(ANALYSIS_PROJ4)
PERU_BOUNDS = (-81.4, -18.4, -68.6, 0.0)
"""(west, south, east, north) in degrees, a little wider than the country."""
EARTH_RADIUS_KM = 6371.0088
"""Mean radius (Moritz 2000, Journal of Geodesy 74, 128-133). Great circles on this sphere are at
most 0.6 % longer (due north) and 0.2 % shorter (due east) in Peru than on the ellipsoid."""


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_analysis(longitude: ArrayLike, latitude: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Project WGS84 degrees to easting and northing, metres, both of shape (n,)."""
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


def degrees_from(
    crs: str,
) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Give the function that turns x, y of a CRS into WGS84 longitude, latitude, shape (n,).

    ``crs`` is one of places on the ground, as pyproj reads it. What does not fit it becomes
    infinite or NaN, so that the reader can count it. ParameterError: an unknown CRS, or one of
    heights or of a local site.

    Examples
    --------
    >>> longitude, latitude = degrees_from("EPSG:32718")(np.array([5e5]), np.array([8_983_000.0]))
    >>> longitude.round(2).tolist(), latitude.round(2).tolist()
    ([-75.0], [-9.2])
    """
    try:
        source = CRS.from_user_input(crs)
        transformer = Transformer.from_crs(source, WGS84, always_xy=True)
    except ProjError:  # of which CRSError is one
        raise ParameterError(
            "crs is {crs!r}. Give one that pyproj knows, such as 'EPSG:32718' or 'EPSG:4326'",
            crs=crs,
        ) from None
    if not (source.is_geographic or source.is_projected):
        raise ParameterError(
            "crs is {crs!r}, which has no places on the ground. Give a projected or geographic "
            "one, such as 'EPSG:32718' or 'EPSG:4326'",
            crs=crs,
        )

    def turn(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        longitude, latitude = transformer.transform(x, y)
        return np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)

    return turn


def great_circle_km(
    longitude: ArrayLike, latitude: ArrayLike, to_longitude: ArrayLike, to_latitude: ArrayLike
) -> np.ndarray:
    """Great circles from each of n places to each of m, shape (n, m), kilometres."""
    start = unit_vectors(longitude, latitude)
    there = unit_vectors(to_longitude, to_latitude)
    # chords, not cosines: the arc cosine of a product is off by metres for neighbours
    squared = np.zeros((start.shape[1], there.shape[1]))
    for side, other in zip(start, there, strict=True):
        squared += (side[:, None] - other[None, :]) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(squared) / 2, 1.0))


def unit_vectors(longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Points on the unit sphere, shape (3, n), from degrees."""
    lam, phi = np.radians(np.asarray(longitude, float)), np.radians(np.asarray(latitude, float))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def coordinate_fault(longitude: float, latitude: float) -> str:
    """Return the code of a mistake in coordinates; "" if they lie in Peru's box."""
    if _in_box(longitude, latitude):
        return ""
    if _in_box(latitude, longitude):
        return "swapped"
    signs = ((-abs(longitude), -abs(latitude)), (-abs(latitude), -abs(longitude)))
    if any(_in_box(*pair) for pair in signs):
        return "sign_lost"
    pairs = ((longitude, latitude), (latitude, longitude))
    if any(1e5 < x < 1.2e6 and 7.5e6 < y < 1.02e7 for x, y in pairs):
        return "utm_metres"
    if abs(longitude) > 180 or abs(latitude) > 90:
        return "not_degrees"
    return "outside_peru"


def _in_box(longitude: float, latitude: float) -> bool:
    west, south, east, north = PERU_BOUNDS
    return west <= longitude <= east and south <= latitude <= north
