"""A picture as plain shapes and texts, to be written as SVG.

Coordinates are units of the picture, y runs down from the top. Everything is opaque but images.
Texts lie above all shapes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

Weight = Literal["regular", "semibold", "bold"]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Path:
    """A polygon (its outer ring, then its holes) or an open line."""

    rings: tuple[np.ndarray, ...]
    """each of shape (n, 2); a closed ring does not repeat its first point."""
    is_closed: bool = True
    fill: str | None = None
    """colour as #rrggbb, or nothing."""
    stroke: str | None = None
    width: float = 1.0
    """width of the stroke, units."""
    dash: tuple[float, float] | None = None
    """length of a dash and of the gap after it, units."""
    code: str = ""
    """of the region whose ground this is; written where a page has to know it."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of cells stretched over a rectangle, cut at a window."""

    x: float
    y: float
    width: float
    height: float
    png: bytes
    window: tuple[float, float, float, float]
    """left, top, width and height of what is seen of it."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text on its baseline."""

    x: float
    y: float
    text: str
    size: float
    color: str = "#1f1d1b"
    weight: Weight = "regular"
    anchor: Anchor = "start"
    halo: str | None = None
    """colour of a rim that sets the text off from what lies below."""
    halo_width: float = 2.4
    link: str = ""
    """address that the text leads to, in a picture that stands in a page."""


Shape = Path | Disc | Image
Item = Shape | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """A finished picture."""

    width: float
    height: float
    items: tuple[Item, ...]
    title: str
    """what the picture shows, in one line."""
    description: str
    """unit, period, source and caveat: what a reader who cannot see it needs as well."""
    lang: str
    background: str = "#ffffff"

    @property
    def shapes(self) -> Iterable[Shape]:
        """The shapes, bottom first."""
        return (item for item in self.items if not isinstance(item, Text))

    @property
    def texts(self) -> Iterable[Text]:
        """The texts, in reading order."""
        return (item for item in self.items if isinstance(item, Text))


def box(
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    fill: str | None = None,
    stroke: str | None = None,
    stroke_width: float = 1.0,
    radius: float = 0.0,
) -> Path:
    """A rectangle, its corners rounded by ``radius`` units."""
    right, bottom = left + width, top + height
    if radius <= 0:
        ring = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    else:
        turn = np.linspace(0, np.pi / 2, 7)
        quarter = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
        ring = np.vstack(
            [
                np.array([right - radius, bottom - radius]) + quarter,
                (left + radius, bottom - radius) + quarter[::-1] * (-1, 1),
                (left + radius, top + radius) - quarter,
                (right - radius, top + radius) + quarter[::-1] * (1, -1),
            ]
        )
    return Path((ring,), True, fill, stroke, stroke_width)


def line(
    points: Iterable[tuple[float, float]],
    *,
    stroke: str,
    width: float = 1.0,
    dash: tuple[float, float] | None = None,
) -> Path:
    """An open line through points."""
    return Path((np.array(list(points), dtype=float),), False, None, stroke, width, dash)


def path_data(rings: Iterable[np.ndarray], *, is_closed: bool = True, decimals: int = 1) -> str:
    """Data of an SVG path from rings (n, 2); points that round to the one before are left out.

    Each point after the first is written by its steps from the one before: shorter by a third.

    >>> path_data([np.array([(10.0, 20.0), (10.5, 20.0), (10.5, 19.5)])])
    'M10,20l.5,0 0,-.5Z'
    """
    pieces = []
    for ring in rings:
        steps = np.round(ring * 10**decimals).astype(np.int64)  # whole, so that none is lost
        corners = steps[np.r_[True, np.any(np.diff(steps, axis=0) != 0, axis=1)]]
        if is_closed and len(corners) > 1 and (corners[0] == corners[-1]).all():
            corners = corners[:-1]
        texts = [
            ",".join(_step(value / 10**decimals) for value in pair)
            for pair in np.diff(corners, axis=0, prepend=0).tolist()
        ]
        rest = f"l{' '.join(texts[1:])}" if len(texts) > 1 else ""
        pieces.append(f"M{texts[0]}{rest}" + ("Z" if is_closed else ""))
    return "".join(pieces)


def _step(value: float) -> str:
    text = short(value)
    return text.replace("0.", ".", 1) if -1 < value < 1 else text


def short(value: float, decimals: int = 2) -> str:
    """A coordinate as short as it can be.

    >>> short(3.0), short(-0.04, 1), short(12.345)
    ('3', '0', '12.35')
    """
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


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

    def seen(self, geometry: BaseGeometry, *, margin: float = 4.0) -> BaseGeometry:
        """The part of a geometry inside the window (and a little more), in units."""
        pad = float(np.degrees(margin / self.scale))
        west, south, east, north = self.bounds
        window = shapely.box(west - pad, south - pad, east + pad, north + pad)
        return shapely.transform(shapely.intersection(geometry, window), self.project)

    def whole(self, geometry: BaseGeometry) -> bool:
        """Return whether a whole geometry lies inside the window."""
        return bool(shapely.box(*self.bounds).contains(shapely.box(*geometry.bounds)))

    @property
    def frame(self) -> BaseGeometry:
        """The window itself, in units."""
        return shapely.box(self.left, self.top, self.left + self.width, self.top + self.height)


def fit(
    bounds: tuple[float, float, float, float],
    *,
    left: float,
    top: float,
    width: float,
    height: float,
    padding: float,
    across: float = 0.5,
) -> View:
    """The window of a given size (units) that shows ``bounds`` (degrees) as large as it can.

    ``padding`` is the least room around the bounds, ``across`` the share of the spare width that
    lies west of them.
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


def rings_of(geometry: BaseGeometry, *, least: float = 0.0) -> list[np.ndarray]:
    """Rings of the polygons of a geometry; polygons smaller than ``least`` are left out."""
    parts = shapely.get_parts(geometry)
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= least)]
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]


def paths(
    geometry: BaseGeometry,
    *,
    fill: str | None = None,
    stroke: str | None = None,
    width: float = 1.0,
    dash: tuple[float, float] | None = None,
    least: float = 0.0,
) -> list[Path]:
    """A geometry in units as shapes; pieces smaller than ``least`` square units are left out."""
    shapes = []
    for part in shapely.get_parts(geometry):
        if part.is_empty:
            continue
        if part.geom_type == "Polygon":
            if part.area < least:
                continue
            rings = tuple(np.asarray(ring.coords)[:-1] for ring in (part.exterior, *part.interiors))
            shapes.append(Path(rings, True, fill, stroke, width, dash))
        elif part.geom_type in ("LineString", "LinearRing"):
            shapes.append(Path((np.asarray(part.coords),), False, None, stroke, width, dash))
        elif part.geom_type in ("MultiPolygon", "MultiLineString", "GeometryCollection"):
            shapes += paths(part, fill=fill, stroke=stroke, width=width, dash=dash, least=least)
    return shapes


def hatch(geometry: BaseGeometry, *, stroke: str, is_falling: bool = False) -> list[Path]:
    """Return slanted lines inside a geometry; rising ones mean that there is no figure."""
    if geometry.is_empty:
        return []
    left, top, right, bottom = geometry.bounds
    rise = bottom - top
    start, end = (top, bottom) if is_falling else (bottom, top)
    slants = [
        shapely.LineString([(x, start), (x + rise, end)])
        for x in np.arange(left - rise, right, 4.0)
    ]
    return paths(
        shapely.intersection(shapely.MultiLineString(slants), geometry), stroke=stroke, width=0.7
    )
