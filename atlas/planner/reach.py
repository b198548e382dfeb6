"""The area within reach of each site of a plan, and the residents inside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.planner.candidates import Candidates, candidate_aliases, some_names
from atlas.results.places import land, places, projected
from geo.crs import PERU_BOUNDS, to_analysis, to_wgs84
from geo.errors import UserError
from layers.picture.scene import View

_SEGMENTS = 32
"""of a quarter of a ring: its area is 0.04 % less than the circle's"""
_BESIDE_DEGREES = 0.01
"""an outline that was simplified may leave its site this far outside"""


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """A file of areas, by the candidates that it names."""

    shape: Mapping[str, BaseGeometry] = field(repr=False)
    """by code of the candidate, polygons in WGS84 degrees."""
    idle: tuple[str, ...]
    """places of the file that are no candidates."""
    season: str
    widened_km: float


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Land and people that each site of a plan reaches, in the order of opening."""

    shape: tuple[BaseGeometry | None, ...] = field(repr=False)
    """WGS84 degrees, land alone; None where no area is known, and places alone are marked."""
    km2: np.ndarray
    """shape (k,); NaN where no area is known."""
    inside: np.ndarray = field(repr=False)
    """shape (n, k), bool: places in the area, or reached in time where none is known."""
    areas: Areas | None = field(default=None, repr=False)
    """the file of areas, where the planner brought one."""

    @property
    def has_areas(self) -> bool:
        return all(shape is not None for shape in self.shape)

    def people(self, *, least: int = 1) -> np.ndarray:
        """Residents inside each area, shape (k,), of the places that so many areas hold."""
        is_within = self.inside.sum(axis=1) >= least
        return places().population @ (self.inside & is_within[:, None])

    def people_of_all(self, *, least: int = 1) -> float:
        """Residents of the places that at least so many areas hold, each counted once."""
        return float(places().population[self.inside.sum(axis=1) >= least].sum())


def areas_for(
    table: pd.DataFrame,
    offered: Candidates,
    listed: pd.DataFrame | None,
    *,
    minutes: float | None,
    is_allowed: Collection[str],
) -> Areas:
    """Match the areas of a file (:func:`atlas.own_files.reach_areas.read_areas`) to candidates.

    ``minutes`` is the reach of the plan, None of one in kilometres. UserError: the file is of
    another reach or names no candidate, an area is wider than half the country, or one of the
    candidates ``is_allowed`` (codes) stands outside its own.
    """
    of_file = float(table["minutes"].iloc[0])
    values = {"minutes": f"{of_file:g}"}
    if minutes is None:
        raise UserError("siting.refusal.areas_km", **values)
    if of_file != minutes:
        raise UserError("siting.refusal.areas_minutes", **values, radius=f"{minutes:g}")
    aliases, codes = candidate_aliases(table["place"], listed), set(offered.code.tolist())
    shape, idle = {}, []
    for place, wkb in zip(table["place"], table["wkb"], strict=True):
        code = aliases.get(place, place)
        if code in codes:
            shape[code] = shapely.from_wkb(wkb)
        else:
            idle.append(str(place))
    if not shape:
        raise UserError("siting.refusal.areas_none", names=some_names(idle))
    west, south, east, north = PERU_BOUNDS
    half = max(east - west, north - south) / 2
    points = shapely.points(offered.longitude, offered.latitude)
    for code, name, point in zip(offered.code, offered.name, points, strict=True):
        if (area := shape.get(code)) is None:
            continue
        left, low, right, high = area.bounds
        if max(right - left, high - low) > half:
            raise UserError("siting.refusal.area_wide", place=str(name))
        if code in is_allowed and shapely.distance(area, point) > _BESIDE_DEGREES:
            raise UserError("siting.refusal.area_elsewhere", place=str(name))
    widened_km = float(table["widened_km"].iloc[0])
    return Areas(shape, tuple(idle), str(table["season"].iloc[0]), widened_km)


def reach_in_km(
    longitude: np.ndarray, latitude: np.ndarray, radius_km: np.ndarray, has_way: np.ndarray
) -> Reach:
    """Draw rings around the sites, as far as ways lead over land like their own.

    Degrees and straight kilometres of shape (k,); ``has_way``, shape (n, k), bool: whether a way to
    the place is known or assumed.
    """
    centres = shapely.points(np.column_stack(to_analysis(longitude, latitude)))
    rings = shapely.buffer(centres, 1000 * radius_km, quad_segs=_SEGMENTS)
    towns = places()
    x, y = to_analysis(towns.longitude, towns.latitude)
    shapely.prepare(rings)
    inside = shapely.intersects_xy(rings[None, :], x[:, None], y[:, None]) & has_way
    near = [shapely.clip_by_rect(land(), *ring.bounds) for ring in rings]
    cut = shapely.intersection(rings, np.array(near, object))
    parts = map(shapely.get_parts, cut)
    dry = [shapely.multipolygons(pieces[shapely.get_type_id(pieces) == 3]) for pieces in parts]
    return Reach(tuple(projected(np.array(dry, object), to_wgs84)), shapely.area(dry) / 1e6, inside)


def reach_in_time(codes: Sequence[str], is_reached: np.ndarray, areas: Areas | None) -> Reach:
    """Return the areas of a file for the sites of these codes.

    Without a file return the places reached, ``is_reached`` of shape (n, k).
    """
    shape = tuple(None if areas is None else areas.shape.get(code) for code in codes)
    towns, inside, km2 = places(), is_reached.copy(), np.full(len(codes), np.nan)
    for number, area in enumerate(shape):
        if area is not None:
            shapely.prepare(area)
            inside[:, number] = shapely.intersects_xy(area, towns.longitude, towns.latitude)
            km2[number] = shapely.area(projected(np.array([area], object), to_analysis)[0]) / 1e6
    return Reach(shape, km2, inside, areas)


def drawn_areas(
    areas: Iterable[Sequence[Any] | None], view: View, tolerance: float
) -> list[BaseGeometry]:
    """Return known areas in view units, simplified by at most ``tolerance``.

    An area is rings of polygons in degrees.
    """
    shapes = [
        shapely.multipolygons([shapely.Polygon(outer, holes) for outer, *holes in area])
        for area in areas
        if area
    ]
    drawn = [shapely.transform(shape, view.project) for shape in shapes]
    return list(shapely.simplify(drawn, tolerance))
