"""The departments as paths of a small picture, drawn once for every small map of a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from data import load_departments, load_lakes, load_neighbours
from geo.disclosure import gate

WIDTH = 300.0
"""of the view box; one decimal is then a fraction of a pixel on any screen."""
_MARGIN_DEGREES = 0.35
_AROUND_DEGREES = 9.0
"""of the neighbours kept on either side: a frame wider than the country shows them."""


@dataclass(frozen=True, slots=True)
class SmallMap:
    """Outlines in view coordinates: x to the right, y down, Web Mercator."""

    width: float
    height: float
    shapes: tuple[tuple[str, str, str], ...]
    """department_ubigeo, name and path of each department, by code."""
    spots: dict[str, tuple[float, float]]
    """a point well inside each department, for its mark."""
    neighbours: str
    """path of the countries around, to be filled."""
    borders: str
    """lines between them, without the edge where they are cut off."""
    lakes: str

    def to_view(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Position of a place in the picture."""
        x, y = to_view(np.array([[longitude, latitude]]))[0]
        return float(x), float(y)


@lru_cache(maxsize=1)
def small_map() -> SmallMap:
    """The outlines of all departments, their neighbours and lakes."""
    frame = gate(load_departments(simplified=True), "T1")
    west, south, east, north = _bounds()
    box = shapely.box(west - _AROUND_DEGREES, south, east + _AROUND_DEGREES, north)
    shapes, spots = [], {}
    for code, name, geometry in zip(
        frame["department_ubigeo"], frame["department"], frame.geometry, strict=True
    ):
        seen = shapely.transform(geometry, to_view)
        shapes.append((str(code), str(name), path_of(seen)))
        spot = max(shapely.get_parts(seen), key=lambda part: part.area)
        centre = shapely.maximum_inscribed_circle(spot, tolerance=1.0).coords[0]
        spots[str(code)] = (round(centre[0], 1), round(centre[1], 1))
    around = gate(load_neighbours(), "T1").geometry
    height = float(to_view(np.array([[east, south]]))[0, 1])
    return SmallMap(
        WIDTH,
        round(height, 1),
        tuple(shapes),
        spots,
        _clipped(around, box),
        _borders(around, box),
        _clipped(gate(load_lakes(), "T1").geometry, box),
    )


def rim_paths(geometries: list[shapely.Geometry]) -> list[str]:
    """Paths of polygons in WGS84 degrees, for instance isopleths."""
    return [path_of(shapely.transform(geometry, to_view)) for geometry in geometries]


def path_of(geometry: shapely.Geometry) -> str:
    """SVG path of the polygons of a geometry in view coordinates, one decimal."""
    pieces = []
    for polygon in shapely.get_parts(geometry):
        if polygon.geom_type != "Polygon":
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            xy = np.round(shapely.simplify(ring, 0.4).coords, 1)
            kept = xy[np.r_[True, np.any(np.diff(xy, axis=0) != 0, axis=1)]]
            if len(kept) >= 4:
                pieces.append("M" + "L".join(f"{x:g},{y:g}" for x, y in kept[:-1]) + "Z")
    return "".join(pieces)


def _clipped(geometries: object, box: shapely.Geometry) -> str:
    shown = shapely.intersection(np.asarray(geometries), box)
    return "".join(path_of(shapely.transform(one, to_view)) for one in shown if not one.is_empty)


def _borders(geometries: object, box: shapely.Geometry) -> str:
    inner = shapely.union_all(np.asarray(geometries)).envelope.intersection(box).buffer(-0.02)
    shown = shapely.intersection(shapely.boundary(np.asarray(geometries)), inner)
    pieces = []
    for line in shapely.get_parts(shapely.line_merge(shapely.union_all(shown))):
        seen = shapely.simplify(shapely.transform(line, to_view), 0.4)
        pieces.append("M" + "L".join(f"{x:g},{y:g}" for x, y in np.round(seen.coords, 1)))
    return "".join(pieces)


@lru_cache(maxsize=1)
def _bounds() -> tuple[float, float, float, float]:
    west, south, east, north = load_departments(simplified=True).total_bounds
    margin = _MARGIN_DEGREES
    return west - margin, south - margin, east + margin, north + margin


def to_view(xy: np.ndarray) -> np.ndarray:
    """Longitude, latitude (n, 2) in degrees to view coordinates (n, 2)."""
    west, _, east, north = _bounds()
    scale = WIDTH / np.radians(east - west)
    top = np.arcsinh(np.tan(np.radians(north)))
    return np.column_stack(
        [
            np.radians(xy[:, 0] - west) * scale,
            (top - np.arcsinh(np.tan(np.radians(xy[:, 1])))) * scale,
        ]
    )


def from_view(xy: np.ndarray) -> np.ndarray:
    """Inverse of :func:`to_view`: view coordinates (n, 2) to longitude, latitude in degrees."""
    west, _, east, north = _bounds()
    scale = WIDTH / np.radians(east - west)
    top = np.arcsinh(np.tan(np.radians(north)))
    return np.column_stack(
        [
            west + np.degrees(xy[:, 0] / scale),
            np.degrees(np.arctan(np.sinh(top - xy[:, 1] / scale))),
        ]
    )
