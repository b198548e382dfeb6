"""The areas within reach of places, over the network of their travel times."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.results.places import land, projected
from atlas.travel_times.minutes import TravelTimes, some_names
from atlas.words import Words
from geo.crs import to_analysis, to_wgs84
from geo.siting.network import reached_pieces
from geo.siting.zones import GROWTH_KM, LONGEST_EDGE_DEGREES

if TYPE_CHECKING:
    import geopandas as gpd

WIDENED_KM = 2.0
"""Width of an area on either side of a reached way."""
ISLAND_KM = 0.25
"""Land around a way in the water: the outlines lack small islands."""
_FIXED_DATE = "2000-01-01T00:00:00.000Z"
"""GeoPackage wants a date of last change: the same areas, the same file."""
_TOLERANCE_METRES = 25.0
_SEGMENTS = 8
"""of a quarter of a circle: its edge lies at most 10 m inside 2 km"""


def reach_areas(times: TravelTimes) -> gpd.GeoDataFrame:
    """Return the land within WIDENED_KM of the ways that each place reaches in time.

    The places are ``times.start``, the time ``times.most_minutes``, which is finite; excluded zones
    are cut out. Polygons in WGS84 degrees with place and place_name as in the travel times,
    minutes, season, signs, widened_km, area_km2. A place that reaches no way has no row.
    """
    import geopandas  # slow to import, and few ask for this file

    starts = np.arange(len(times.start.code))
    pieces = reached_pieces(
        times.joined, starts, walking_kmh=times.walking_kmh, most_minutes=times.most_minutes
    )
    closed = _closed(times.zones)
    areas = [_area(each, closed) for each in pieces]
    with_area = np.flatnonzero([not area.is_empty for area in areas])
    metres, count = np.array(areas, object)[with_area], len(with_area)
    return geopandas.GeoDataFrame(
        {
            "place": times.start.code[with_area],
            "place_name": times.start.name[with_area],
            "minutes": np.full(count, times.most_minutes),
            "season": [times.season] * count,
            "signs": [times.signs] * count,
            "widened_km": np.full(count, WIDENED_KM),
            "area_km2": np.round(shapely.area(metres) / 1e6, 2),
        },
        geometry=projected(metres, to_wgs84),
        crs="EPSG:4326",
    )


def areas_summary(areas: gpd.GeoDataFrame, times: TravelTimes, say: Words) -> list[str]:
    """Say how large the areas are, and which places have none."""
    lines, km2 = [], areas["area_km2"]
    if len(areas):
        values = {"minutes": f"{times.most_minutes:g}", "km": f"{WIDENED_KM:g}"}
        sizes = {"least": f"{km2.min():,.0f}", "most": f"{km2.max():,.0f}"}
        lines.append(say("command.times.areas", count=f"{len(areas):,}", **values, **sizes))
    lost = times.start.code[~np.isin(times.start.code, areas["place"])]
    if len(lost):
        lines.append(say("command.times.no_area", names=some_names(lost, say)))
    return lines


def _area(pieces: np.ndarray, closed: BaseGeometry) -> BaseGeometry:
    """Return the area around pieces of ways, analysis CRS; empty without any."""
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


def _closed(zones: np.ndarray | None) -> BaseGeometry:
    """Return the excluded zones as one area with their margin, analysis CRS."""
    if zones is None or not len(zones):
        return shapely.Polygon()
    cut = shapely.segmentize(shapely.make_valid(zones, method="structure"), LONGEST_EDGE_DEGREES)
    return shapely.union_all(shapely.buffer(projected(cut, to_analysis), 1000 * GROWTH_KM))


def layer_bytes(frame: gpd.GeoDataFrame, layer: str, **options: Any) -> bytes:
    """Write a frame as a GeoPackage of one layer; the same frame gives the same bytes."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        out = io.BytesIO()
        pyogrio.write_dataframe(frame, out, driver="GPKG", layer=layer, **options)
        return out.getvalue()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
