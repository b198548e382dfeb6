"""Gently bent lines between two places, computed where they are seen: in Web Mercator."""

from __future__ import annotations

import math

import numpy as np
import shapely


def to_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return Web Mercator x, y in radians of the sphere (degrees in).

    Examples
    --------
    >>> [round(v, 6) for v in to_mercator(180.0, 0.0)]
    [3.141593, 0.0]
    """
    phi = math.radians(latitude)
    return math.radians(longitude), math.asinh(math.tan(phi))


def arc(
    start: tuple[float, float], end: tuple[float, float], *, bend: float, points: int = 14
) -> shapely.LineString:
    """Return a quadratic curve that leaves the straight line to the left of the travel.

    Opposite directions therefore part to opposite sides.

    Parameters
    ----------
    start, end : (longitude, latitude)
        Degrees.
    bend : float
        Greatest distance from the straight line, as a share of its length.
    points : int
        Vertices of the result.
    """
    curve = _curve(start, end, bend, np.linspace(0.0, 1.0, points))
    longitude = np.degrees(curve[:, 0])
    latitude = np.degrees(np.arctan(np.sinh(curve[:, 1])))
    return shapely.LineString(np.column_stack([longitude, latitude]))


def arrow(
    start: tuple[float, float], end: tuple[float, float], *, bend: float, share: float = 0.6
) -> tuple[float, float, float]:
    """Return longitude, latitude and screen angle of an arrowhead on the curve of :func:`arc`.

    Returns
    -------
    longitude, latitude : float
        Degrees, at ``share`` of the curve.
    angle : float
        Degrees clockwise from "pointing right" on the screen; Web Mercator keeps it at any zoom.

    Examples
    --------
    >>> round(arrow((-75.0, -9.0), (-75.0, -5.0), bend=0.0)[2])
    -90
    """
    before, at, after = _curve(start, end, bend, np.array([share - 0.02, share, share + 0.02]))
    dx, dy = after - before
    latitude = math.degrees(math.atan(math.sinh(at[1])))
    return math.degrees(at[0]), latitude, math.degrees(math.atan2(-dy, dx))


def _curve(
    start: tuple[float, float], end: tuple[float, float], bend: float, share: np.ndarray
) -> np.ndarray:
    a, b = np.array(to_mercator(*start)), np.array(to_mercator(*end))
    across = np.array([-(b - a)[1], (b - a)[0]])
    # a quadratic curve reaches half of its control point's offset
    control = (a + b) / 2 + across * 2 * bend
    t = share[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
