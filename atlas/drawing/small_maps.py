"""Ground of all maps; outlines of departments and provinces as SVG paths for small maps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.cache import cached
from data.geography import (
    load_departments,
    load_lakes,
    load_neighbours,
    load_places,
    load_provinces,
    load_rivers,
    load_towns,
)
from data.names import normalise_name
from layers.picture.record import Ground
from layers.picture.scene import View, path_data, rings_of, spanning

if TYPE_CHECKING:
    from atlas.own_files.lists import Zones

WIDTH = 300.0
"""of the view box; one decimal is then a fraction of a pixel on any screen."""
_MARGIN_DEGREES = 0.35
_AROUND_DEGREES = 9.0
"""of the neighbours kept on all sides: a frame wider or taller than the country shows them."""


@dataclass(frozen=True, slots=True)
class SmallMap:
    """Outlines in the units of a view, one decimal."""

    view: View
    shapes: tuple[tuple[str, str, str], ...]
    """code, name and path of each department or province, by code."""
    spots: dict[str, tuple[float, float]]
    """a point well inside each of them, for its mark."""
    neighbours: str
    """path of the countries around, to be filled."""
    borders: str
    """lines between them, without the edge where they are cut off."""
    lakes: str

    @property
    def drawn(self) -> dict[str, object]:
        """Data of the pages' map components, by name."""
        names = ("shapes", "neighbours", "borders", "lakes")
        size = {"width": self.view.width, "height": round(self.view.height, 1)}
        return {**size, **{name: getattr(self, name) for name in names}}


def ground() -> Ground:
    """Return the ground around and under the departments."""
    return Ground(
        tuple(load_neighbours().geometry),
        tuple(load_rivers().geometry),
        tuple(load_lakes().geometry),
    )


@cached(most=1)
def small_view() -> View:
    """The view of the small maps: all of Peru with a margin, ``WIDTH`` units wide."""
    bounds = load_departments(simplified=True).total_bounds
    return spanning(tuple(bounds + np.array([-1, -1, 1, 1]) * _MARGIN_DEGREES), WIDTH)


@cached(most=2)
def small_map(level: str = "departments") -> SmallMap:
    """The outlines of all departments, or of the provinces that have one; neighbours and lakes."""
    if level == "departments":
        frame, area = load_departments(simplified=True), "department"
    else:
        frame, area = load_provinces(), "province"
        frame = frame[frame.geometry.notna()]
    view, under = small_view(), ground()
    window = shapely.box(*np.add(view.bounds, np.array([-1, -1, 1, 1]) * _AROUND_DEGREES))
    codes = [str(code) for code in frame[f"{area}_ubigeo"]]
    seen = [shapely.transform(geometry, view.project) for geometry in frame.geometry]
    shapes = zip(codes, frame[area], map(_path, seen), strict=True)
    return SmallMap(
        view,
        tuple((code, str(name), path) for code, name, path in shapes),
        dict(zip(codes, map(_spot, seen), strict=True)),
        "".join(rim_paths(shapely.intersection(under.neighbours, window))),
        _borders(under.neighbours, window),
        "".join(rim_paths(shapely.intersection(under.lakes, window))),
    )


@cached(most=1)
def town_spots() -> list[tuple[float, float, str]]:
    """Return positions and names of towns: capitals of departments, then by population."""
    towns = load_towns().dropna(subset=["longitude", "latitude"])
    places = load_places()
    seats = {
        (row.district_ubigeo[:2], normalise_name(row.capital))
        for row in places[places["district_ubigeo"].str.endswith("0101")].itertuples()
    }
    named = zip(towns["department_ubigeo"], towns["name"].map(normalise_name), strict=True)
    order = towns.assign(is_capital=[each in seats for each in named])
    order = order.sort_values(["is_capital", "population"], ascending=False, kind="stable")
    spots = small_view().project(order[["longitude", "latitude"]].to_numpy(float)).round(1)
    return [(*spot, name) for spot, name in zip(spots.tolist(), order["name"], strict=True)]


@cached(most=1)
def river_path() -> str:
    """Return the main rivers as one SVG path on the small map."""
    seen = shapely.transform(shapely.get_parts(load_rivers().geometry), small_view().project)
    lines = shapely.simplify(seen, 0.3)
    return path_data(map(shapely.get_coordinates, lines), is_closed=False)


def rim_paths(geometries: Iterable[BaseGeometry]) -> list[str]:
    """Paths of polygons in WGS84 degrees, for instance isopleths."""
    return [_path(shapely.transform(geometry, small_view().project)) for geometry in geometries]


def _path(seen: BaseGeometry) -> str:
    rings = [
        shapely.get_coordinates(shapely.simplify(shapely.LinearRing(ring), 0.4))
        for ring in rings_of(seen)
    ]
    return path_data(ring for ring in rings if len(ring) > 3)


def _spot(seen: BaseGeometry) -> tuple[float, float]:
    largest = max(shapely.get_parts(seen), key=lambda part: part.area)
    x, y = shapely.maximum_inscribed_circle(largest, tolerance=1.0).coords[0]
    return round(x, 1), round(y, 1)


def _borders(land: tuple[BaseGeometry, ...], window: BaseGeometry) -> str:
    inner = shapely.union_all(land).envelope.intersection(window).buffer(-0.02)
    inner_borders = shapely.union_all(shapely.intersection(shapely.boundary(land), inner))
    parts = shapely.get_parts(shapely.line_merge(inner_borders))
    seen = shapely.simplify(shapely.transform(parts, small_view().project), 0.4)
    lines = [shapely.get_coordinates(line) for line in seen]
    return path_data(lines, is_closed=False)


_STEP = 2.0
"""between points of the map with a measured distance, in view units of some 5 km."""
_AROUND = 12.0
SMALLEST_KM = 9.0
"""Around zones on the map, where the buffer is less: no zone is lost between two points."""


OPENING = 1.4
"""radius of what stays open around a place that may be chosen, view units: seen at this scale"""


def zones_path(zones: Zones, buffer_km: float) -> str:
    """Return the zones with their buffer as an SVG path on the small map.

    Where a hole is left open, a shipped place in it that may be chosen is seen outside the zone,
    however small the hole.
    """
    from contourpy import FillType, contour_generator

    # a public server reads no files
    from atlas.own_files.lists import ON_THE_SAFE_SIDE, gazetteer

    x, y = _points()
    km = zones.distance_km(*_degrees(x, y).T).reshape(len(y), len(x))
    drawn = contour_generator(x, y, km, fill_type=FillType.OuterOffset)
    closed_km = buffer_km * ON_THE_SAFE_SIDE
    rings = drawn.filled(-1.0, max(closed_km, SMALLEST_KM))
    polygons = [
        shapely.Polygon(shell, holes)
        for points, offsets in zip(*rings, strict=True)
        for shell, *holes in [np.split(points, offsets[1:-1])]
    ]
    areas = shapely.get_parts(shapely.union_all(shapely.make_valid(polygons)))
    if zones.open_holes(buffer_km):
        places = np.array(list(gazetteer().positions.values()))
        free = places[zones.distance_km(*places.T) > closed_km]
        spots = shapely.buffer(shapely.points(small_view().project(free)), OPENING)
        opened = shapely.difference(areas, shapely.union_all(spots))
        # no small zone among towns is lost
        areas = np.where(shapely.area(opened) > shapely.area(areas) / 2, opened, areas)
    return path_data(ring for area in areas for ring in rings_of(area))


def _points() -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the points of the map, view units."""
    right, low = small_view().width + _AROUND, round(small_view().height, 1) + _AROUND
    return np.arange(-_AROUND, right + _STEP, _STEP), np.arange(-_AROUND, low + _STEP, _STEP)


def map_points() -> np.ndarray:
    """Longitude and latitude of the points of the map at which zones are measured, shape (n, 2)."""
    return _degrees(*_points())


def _degrees(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Longitude and latitude of each point of the map, row by row, shape (n, 2)."""
    return small_view().unproject(np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)]))
