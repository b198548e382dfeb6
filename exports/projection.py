"""From degrees to the units of a picture: Web Mercator, as on the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from exports.scene import Path

_EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class View:
    """A window onto the map."""

    left: float
    """left edge of the window in the picture, units."""
    top: float
    width: float
    height: float
    west: float
    """longitude of the left edge, degrees."""
    north: float
    """Mercator ordinate of the upper edge, radians."""
    scale: float
    """units per radian."""

    def project(self, xy: np.ndarray) -> np.ndarray:
        """Longitude, latitude (n, 2) in degrees to x, y in units."""
        x = self.left + np.radians(xy[:, 0] - self.west) * self.scale
        y = self.top + (self.north - np.arcsinh(np.tan(np.radians(xy[:, 1])))) * self.scale
        return np.column_stack([x, y])

    def km(self, kilometres: float, latitude: float) -> float:
        """Kilometres at a latitude in units: Web Mercator stretches by 1 / cos."""
        stretch = _EARTH_RADIUS_KM * math.cos(math.radians(latitude))
        return kilometres * self.scale / stretch

    def unproject(self, xy: np.ndarray) -> np.ndarray:
        """Inverse of :meth:`project`, shape (n, 2)."""
        longitude = self.west + np.degrees((xy[:, 0] - self.left) / self.scale)
        ordinate = self.north - (xy[:, 1] - self.top) / self.scale
        return np.column_stack([longitude, np.degrees(np.arctan(np.sinh(ordinate)))])

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        """One point."""
        x, y = self.project(np.array([[longitude, latitude]]))[0]
        return float(x), float(y)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the window in degrees."""
        right, bottom = self.left + self.width, self.top + self.height
        (west, north), (east, south) = self.unproject(
            np.array([[self.left, self.top], [right, bottom]])
        )
        return float(west), float(south), float(east), float(north)

    def seen(self, geometry: shapely.Geometry, *, margin: float = 4.0) -> shapely.Geometry:
        """The part of a geometry inside the window (and a little more), in units."""
        pad = float(np.degrees(margin / self.scale))
        west, south, east, north = self.bounds
        window = shapely.box(west - pad, south - pad, east + pad, north + pad)
        return shapely.transform(shapely.intersection(geometry, window), self.project)

    def whole(self, geometry: shapely.Geometry) -> bool:
        """Whether all of a geometry lies inside the window."""
        return bool(shapely.box(*self.bounds).contains(shapely.box(*geometry.bounds)))

    @property
    def frame(self) -> shapely.Geometry:
        """The window itself, in units."""
        return shapely.box(self.left, self.top, self.left + self.width, self.top + self.height)


def fit(
    bounds: tuple[float, float, float, float],
    *,
    left: float,
    top: float,
    width: float,
    height: float,
    padding: float = 12.0,
    across: float = 0.5,
) -> View:
    """The window of a given size that shows ``bounds`` as large as it can.

    Parameters
    ----------
    bounds : (west, south, east, north)
        Degrees.
    left, top, width, height : float
        The window, units.
    padding : float
        Least room around the bounds, units.
    across : float
        Share of the spare width that lies west of the bounds.
    """
    west, south, east, north = bounds
    upper, lower = (float(np.arcsinh(np.tan(np.radians(value)))) for value in (north, south))
    wide, tall = np.radians(east - west), upper - lower
    scale = min((width - 2 * padding) / wide, (height - 2 * padding) / tall)
    spare = width - 2 * padding - wide * scale
    extra = height - 2 * padding - tall * scale
    return View(
        left,
        top,
        width,
        height,
        west - float(np.degrees((padding + across * spare) / scale)),
        upper + (padding + extra / 2) / scale,
        float(scale),
    )


def spanning(bounds: tuple[float, float, float, float], width: float) -> View:
    """The window of a given width, and of the height that it takes, which ``bounds`` fill."""
    west, south, east, north = bounds
    upper, lower = (float(np.arcsinh(np.tan(np.radians(value)))) for value in (north, south))
    scale = width / float(np.radians(east - west))
    return View(0.0, 0.0, width, (upper - lower) * scale, west, upper, scale)


def rings_of(geometry: shapely.Geometry, *, least: float = 0.0) -> list[np.ndarray]:
    """Rings of the polygons of a geometry; polygons smaller than ``least`` are left out."""
    parts = shapely.get_parts(geometry)
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= least)]
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]


def paths(
    geometry: shapely.Geometry,
    *,
    fill: str | None = None,
    stroke: str | None = None,
    width: float = 1.0,
    dash: tuple[float, float] | None = None,
    least: float = 0.0,
) -> list[Path]:
    """A geometry in units as shapes; pieces smaller than ``least`` square units are left out."""
    found = []
    for part in shapely.get_parts(geometry):
        if part.is_empty:
            continue
        if part.geom_type == "Polygon":
            if part.area < least:
                continue
            rings = tuple(np.asarray(ring.coords)[:-1] for ring in (part.exterior, *part.interiors))
            found.append(Path(rings, True, fill, stroke, width, dash))
        elif part.geom_type in ("LineString", "LinearRing"):
            found.append(Path((np.asarray(part.coords),), False, None, stroke, width, dash))
        elif part.geom_type in ("MultiPolygon", "MultiLineString", "GeometryCollection"):
            found += paths(part, fill=fill, stroke=stroke, width=width, dash=dash, least=least)
    return found


def hatch(geometry: shapely.Geometry, *, stroke: str, step: float = 4.0) -> list[Path]:
    """Slanted lines inside a geometry: there is no figure here."""
    if geometry.is_empty:
        return []
    left, top, right, bottom = geometry.bounds
    rise = bottom - top
    slants = [
        shapely.LineString([(x, bottom), (x + rise, top)])
        for x in np.arange(left - rise, right, step)
    ]
    return paths(
        shapely.intersection(shapely.MultiLineString(slants), geometry), stroke=stroke, width=0.7
    )
