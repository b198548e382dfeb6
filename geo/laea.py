"""WGS84 degrees to the analysis CRS in closed form, in less than half of a general library's time.

Millions of points spend more time in their projection than in their density. The formulas are
those of the general library too; the tests hold the two to a micrometre of each other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Polynomial

_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_E = float(np.sqrt(_E2))
_LATITUDE_0, _LONGITUDE_0 = np.radians(-9.2), np.radians(-75.0)
WIDEST_DEGREES = 45.0
"""Longitudes this far from 75 W are refused; a cosine is read from a sine."""
BLOCK = 1 << 15
"""Points at once: few enough for the processor's cache, so many that threads seldom wait."""


def _authalic(sine: np.ndarray) -> np.ndarray:
    """Snyder's q (3-12) over 1 - e2, from the sine of the latitude."""
    return sine / (1 - _E2 * sine * sine) + np.arctanh(_E * sine) / _E


_POLE = float(_authalic(np.array(1.0)))
_SIN_B1 = float(_authalic(np.sin(_LATITUDE_0))) / _POLE
_COS_B1 = float(np.sqrt(1 - _SIN_B1**2))
_RADIUS_Q = _SEMI_MAJOR_M * float(np.sqrt((1 - _E2) * _POLE / 2))
_D = float(
    _SEMI_MAJOR_M
    * np.cos(_LATITUDE_0)
    / np.sqrt(1 - _E2 * np.sin(_LATITUDE_0) ** 2)
    / (_RADIUS_Q * _COS_B1)
)
CENTRE_DEGREES = float(np.degrees(_LONGITUDE_0))
CONSTANTS = (
    *(_SIN_B1, _COS_B1, 2 * (_RADIUS_Q * _D) ** 2),
    *(_COS_B1 / _D**2, _SIN_B1 / _D**2),
)
"""Sine and cosine of the centre's authalic latitude, 2 (R D)2, and the two over D2."""


SMALL_RADIANS = 0.35
"""Below this both sines are short series: all of Peru, 20 degrees on either side of the equator."""


def _odd_series(function: Callable[[np.ndarray], np.ndarray], degree: int) -> list[float]:
    """Coefficients, highest first, of the polynomial in the angle's square that times the angle
    gives an odd function of small angles: met at the Chebyshev points of the square."""
    middle = SMALL_RADIANS**2 / 2
    points = middle * (1 + np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)))
    angles = np.sqrt(points)
    found = Polynomial.fit(points, function(angles) / angles, degree, domain=[0, 2 * middle])
    return [float(c) for c in found.convert().coef[::-1]]


SINE = np.array(_odd_series(np.sin, 5))
AUTHALIC_SINE = np.array(_odd_series(lambda angle: _authalic(np.sin(angle)) / _POLE, 5))
_AUTHALIC = [(1 + 1 / (2 * k + 1)) / _POLE for k in range(7, -1, -1)]


def is_near(longitude: np.ndarray) -> bool:
    """Whether all longitudes lie where :func:`project` holds; False if one is not finite."""
    from_centre = np.abs(longitude - CENTRE_DEGREES)
    return bool(from_centre.size == 0 or from_centre.max() <= WIDEST_DEGREES)


def project(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project degrees by Lambert's azimuthal equal-area projection of the ellipsoid.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (n,)
        WGS84 degrees, longitudes within :data:`WIDEST_DEGREES` of 75 W.

    Returns
    -------
    easting, northing : ndarray, shape (n,)
        Metres in the analysis CRS.

    References
    ----------
    Snyder, J. P. (1987). Map projections: a working manual. USGS Professional Paper 1395, eq. 3-11
    to 3-13 and 24-17 to 24-20.

    Examples
    --------
    >>> easting, northing = project(np.array([-75.0, -70.0]), np.array([-9.2, -12.0]))
    >>> easting.round(3).tolist(), (northing + 0.0005).round(2).tolist()
    ([0.0, 544494.967], [0.0, -313741.5])
    """
    easting, northing = np.empty(len(longitude)), np.empty(len(longitude))
    work = np.empty((5, min(BLOCK, len(longitude))))
    for begin in range(0, len(longitude), BLOCK):
        part = slice(begin, begin + BLOCK)
        x, y = easting[part], northing[part]
        _project(longitude[part], latitude[part], x, y, work[:, : len(x)])
    return easting, northing


def _project(
    longitude: np.ndarray,
    latitude: np.ndarray,
    easting: np.ndarray,
    northing: np.ndarray,
    work: np.ndarray,
) -> None:
    sine, cosine, sin_lag, toward, scale = work
    sine_0, cosine_0, scale_0, cosine_d, sine_d = CONSTANTS
    np.multiply(latitude, np.pi / 180, out=scale)
    if is_small(scale):
        _odd(AUTHALIC_SINE, scale, sine, toward)
    else:
        np.sin(scale, out=sine)
        _authalic_sine(sine, scale, toward)
    np.multiply(sine, sine, out=cosine)
    np.subtract(1, cosine, out=cosine)
    np.sqrt(cosine, out=cosine)
    np.subtract(longitude, CENTRE_DEGREES, out=scale)
    scale *= np.pi / 180
    if is_small(scale):
        _odd(SINE, scale, sin_lag, toward)
    else:
        np.sin(scale, out=sin_lag)
    np.multiply(sin_lag, sin_lag, out=toward)
    np.subtract(1, toward, out=toward)
    np.sqrt(toward, out=toward)
    toward *= cosine
    np.multiply(sine, sine_0, out=scale)
    np.multiply(toward, cosine_0, out=easting)
    scale += easting
    scale += 1
    np.divide(scale_0, scale, out=scale)
    np.sqrt(scale, out=scale)
    np.multiply(cosine, sin_lag, out=easting)
    easting *= scale
    np.multiply(sine, cosine_d, out=northing)
    toward *= sine_d
    northing -= toward
    northing *= scale


def is_small(angle: np.ndarray) -> bool:
    """Whether all angles, radians, are within :data:`SMALL_RADIANS`; at least one came."""
    return max(float(angle.max()), -float(angle.min())) <= SMALL_RADIANS


def _odd(series: np.ndarray, angle: np.ndarray, out: np.ndarray, work: np.ndarray) -> None:
    """The odd function of a series; small angles in radians."""
    np.multiply(angle, angle, out=work)
    np.multiply(work, series[0], out=out)
    for coefficient in series[1:-1]:
        out += coefficient
        out *= work
    out += series[-1]
    out *= angle


def _authalic_sine(sine: np.ndarray, work: np.ndarray, squared: np.ndarray) -> None:
    """Sine of the latitude to that of the authalic latitude, in place: q / q of the pole.

    The series of Snyder's 3-12 in e2 sin2: sum over k of (1 + 1 / (2 k + 1)) (e2 sin2)^k, whose
    ninth term is below 1e-17.
    """
    np.multiply(sine, sine, out=squared)
    squared *= _E2
    np.multiply(squared, _AUTHALIC[0], out=work)
    for coefficient in _AUTHALIC[1:-1]:
        work += coefficient
        work *= squared
    work += _AUTHALIC[-1]
    sine *= work
