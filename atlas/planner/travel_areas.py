"""The area within reach of each place over a network, for ``cli.py travel-times --areas-out``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from atlas.planner.files import layer_bytes
from atlas.planner.reach import land, moved
from atlas.planner.travel_times import TravelTimes
from geo.crs import to_analysis, to_wgs84
from geo.siting.network import reached_pieces
from geo.siting.zones import GROWTH_KM, LONGEST_EDGE_DEGREES

WIDENED_KM = 2.0
"""How far from a way that is reached the area goes."""
ISLAND_KM = 0.25
"""What is land around a way that the outlines show in the water: they lack small islands."""
_TOLERANCE_METRES = 25.0
_SEGMENTS = 8
"""of a quarter of a circle: its edge lies at most 10 m inside 2 km"""


@dataclass(frozen=True, slots=True, eq=False)
class ReachAreas:
    """The areas of the places that reach a way in time."""

    position: np.ndarray
    """shape (a,), int: of each area's place among the places that ways start from."""
    shape: np.ndarray
    """shape (a,), polygons and multipolygons, WGS84 degrees."""
    km2: np.ndarray
    """shape (a,)."""


def reach_areas(times: TravelTimes) -> ReachAreas:
    """What lies within WIDENED_KM of the pieces of ways that each place of ``times.start`` reaches
    in ``times.most_minutes``, which is finite: land alone, without the excluded zones."""
    starts = np.arange(len(times.start.code))
    pieces = reached_pieces(
        times.joined, starts, walking_kmh=times.walking_kmh, most_minutes=times.most_minutes
    )
    closed = _closed(times.zones)
    areas = [_area(each, closed) for each in pieces]
    kept = np.flatnonzero([not area.is_empty for area in areas])
    metres = np.array(areas, object)[kept]
    return ReachAreas(kept, moved(metres, to_wgs84), shapely.area(metres) / 1e6)


def areas_gpkg(areas: ReachAreas, times: TravelTimes) -> bytes:
    """A GeoPackage with the layer ``areas``: place and place_name as the travel times call them,
    minutes, season, signs, widened_km, area_km2."""
    import geopandas  # dear to import, and few ask for this file

    count = len(areas.position)
    frame = geopandas.GeoDataFrame(
        {
            "place": times.start.code[areas.position],
            "place_name": times.start.name[areas.position],
            "minutes": np.full(count, times.most_minutes),
            "season": [times.season] * count,
            "signs": [times.signs] * count,
            "widened_km": np.full(count, WIDENED_KM),
            "area_km2": np.round(areas.km2, 2),
        },
        geometry=areas.shape,
        crs="EPSG:4326",
    )
    return layer_bytes(frame, "areas", promote_to_multi=True)


def told_of_areas(areas: ReachAreas, times: TravelTimes) -> list[str]:
    """How large the areas are, and which places have none."""
    lines = []
    if len(areas.km2):
        lines.append(
            f"areas within {times.most_minutes:g} minutes, {WIDENED_KM:g} km around the ways "
            f"reached: {len(areas.km2):,}, of {areas.km2.min():,.0f} to {areas.km2.max():,.0f} km2"
        )
    lost = np.setdiff1d(np.arange(len(times.start.code)), areas.position)
    if len(lost):
        names = ", ".join(" ".join(str(name).split()) for name in times.start.code[lost][:10])
        more = f" and {len(lost) - 10:,} more" if len(lost) > 10 else ""
        lines.append(f"no area, for no way is reached in time: {names}{more}")
    return lines


def _area(pieces: np.ndarray, closed: shapely.Geometry) -> shapely.Geometry:
    """The area around pieces of ways, analysis CRS; empty where there is none."""
    ends = np.column_stack(to_analysis(*pieces.reshape(-1, 2).T)).reshape(-1, 2, 2)
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    if not len(ends):
        return shapely.Polygon()
    lines = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends)))
    parts = shapely.get_parts(shapely.simplify(lines, _TOLERANCE_METRES))
    # line by line: the outline of a whole network at once takes GEOS a hundred times as long
    area = shapely.union_all(shapely.buffer(parts, 1000 * WIDENED_KM, quad_segs=_SEGMENTS))
    near = shapely.clip_by_rect(land(), *shapely.bounds(area))
    wet = shapely.get_parts(shapely.difference(parts, near))
    if len(wet):
        near = shapely.union_all([near, *shapely.buffer(wet, 1000 * ISLAND_KM)])
    left = shapely.get_parts(shapely.difference(shapely.intersection(area, near), closed))
    return shapely.multipolygons(left[shapely.get_type_id(left) == 3])


def _closed(zones: np.ndarray | None) -> shapely.Geometry:
    """The excluded zones as one area with what is counted around them, analysis CRS."""
    if zones is None or not len(zones):
        return shapely.Polygon()
    cut = shapely.segmentize(shapely.make_valid(zones, method="structure"), LONGEST_EDGE_DEGREES)
    return shapely.union_all(shapely.buffer(moved(cut, to_analysis), 1000 * GROWTH_KM))
