"""Simplify excluded zones so that they keep every original point, and measure distances.

Only :mod:`atlas.own_files.child` calls this with what somebody uploaded: a shape may be made to be
slow, and there its time and memory end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.crs import to_analysis

TOLERANCE_DEGREES = 0.002
"""A corner may go where the outline moves by no more than this, at most 223 m in Peru."""
GROWTH_KM = 0.25
"""Added around what is left: the tolerance, the curve of long edges, and the map's own 1 %."""
LONGEST_EDGE_DEGREES = 0.5
"""Edges are straight in degrees: a longer one is cut before it is projected (20 m at most)."""
FLAT_DEGREES = 1e-6
"""A polygon whose mean width is less (11 cm) has no area: its corners lie on one line."""
_TOLERANCE_METRES = 20.0
_COLLECTIONS = (4, 5, 6, 7)
"""numbers that shapely has for multipoints, multilines, multipolygons and collections"""
_AT_ONCE = 32
_LINES_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class ReducedZones:
    """Zones with fewer corners, and notes on how their rings were read."""

    parts: np.ndarray
    """polygons (which need not be valid) and lines, for :func:`distance_km` and
    :func:`lines_outside` alone; at most the tolerance outside the zones."""
    zone: np.ndarray
    """shape (parts,), position of the shape that each part is of; a shape without one is lost."""
    holes_km: np.ndarray
    """shape (holes,), of each hole of a valid polygon, whose places are outside the zone, how far
    its farthest point lies from every zone: a wider buffer closes the hole."""
    filled: int
    """invalid polygons: all that their rings enclose is zone."""
    flat: np.ndarray
    """positions of the shapes with a polygon that encloses nothing."""


def reduced(shapes: ArrayLike) -> ReducedZones:
    """Leave out corners of zones, so that with GROWTH_KM around them no point of a zone is lost.

    Douglas and Peucker (1973) on each ring: every point of a left-out chain lies within the
    tolerance of the edge that stands for it, and so does what is swept between the two. A point
    farther than that from the new outline is therefore wound as often as it was before: inside
    stays inside.

    In an invalid polygon we cannot know which ring is a hole. So everything its lines enclose
    counts as zone, whatever their order and direction.

    Shapes are polygons or collections of them in two dimensions, WGS84 degrees, none None.
    ValueError: one is of another kind.
    """
    polygons, zone = parts_of(shapes)
    zone, polygons = zone[~shapely.is_empty(polygons)], polygons[~shapely.is_empty(polygons)]
    if not (shapely.get_type_id(polygons) == 3).all():
        raise ValueError("a shape is no polygon or collection of polygons")
    is_valid = shapely.is_valid(polygons)
    faces, face_of, outlines, outline_of = _enclosed(polygons[~is_valid])
    area = shapely.area(polygons)  # of lobes that turn against each other, GEOS has the difference
    area[~is_valid] = np.bincount(face_of, shapely.area(faces), (~is_valid).sum())
    is_flat = 2 * area <= FLAT_DEGREES * shapely.length(polygons)
    areas, area_of, holes, hole_of = _simplified_areas(np.concatenate([polygons[is_valid], faces]))
    invalid_zone = zone[~is_valid]
    area_zone = np.concatenate([zone[is_valid], invalid_zone[face_of]])[area_of]
    simple = _simplified(outlines)
    is_hole = hole_of < is_valid.sum()
    left = np.concatenate([simple, areas])
    left_of = np.append(np.full(len(simple), -1), area_of)
    return ReducedZones(
        parts=left,
        zone=np.concatenate([invalid_zone[outline_of], area_zone]),
        holes_km=_depths_km(holes[is_hole], hole_of[is_hole], left, left_of),
        filled=int((~is_valid).sum()),
        flat=np.unique(zone[is_flat]),
    )


def parts_of(shapes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the single points, lines and polygons of collections, with the index of their shape.

    Empty shapes and curves stay as they are.
    """
    parts = np.asarray(shapes, object)
    zone = np.arange(len(parts))
    while np.isin(shapely.get_type_id(parts), _COLLECTIONS).any():
        parts, owner = shapely.get_parts(parts, return_index=True)
        zone = zone[owner]
    return parts, zone


def distance_km(shapes: ArrayLike, longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Distance from places (WGS84 degrees) to the nearest zone, shape (n,), never more than it is.

    Shapes as :func:`reduced` returns them, at least one. Kilometres in the analysis CRS less
    GROWTH_KM, 0 inside; that CRS is off by up to 1 % at the borders of the country.
    """
    parts = np.asarray(shapes, object)
    is_area = shapely.get_type_id(parts) == 3
    rings, owner = shapely.get_rings(parts[is_area], return_index=True)
    outlines = _projected(np.concatenate([_as_lines(rings), _as_lines(parts[~is_area])]))
    areas = _areas(outlines[: len(rings)], owner)
    places = np.asarray(shapely.points(np.column_stack(to_analysis(longitude, latitude))), object)
    metres = np.zeros(len(places))
    outside = ~_within(areas, places)
    if outside.any():
        (asked, _), away = shapely.STRtree(_edges(outlines)).query_nearest(
            places[outside], return_distance=True, all_matches=False
        )
        metres[np.flatnonzero(outside)[asked]] = away
    return np.maximum(metres / 1000.0 - GROWTH_KM, 0.0)


def is_surrounded(shapes: ArrayLike, longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Return True for places inside a hole of a zone and in no zone, shape (n,).

    Whoever travels there crosses the zone. Places are WGS84 degrees; shapes as :func:`reduced`
    returns them.
    """
    parts = np.asarray(shapes, object)
    areas = parts[shapely.get_type_id(parts) == 3]
    x, y = np.asarray(longitude, float), np.asarray(latitude, float)
    places = np.asarray(shapely.points(x, y), object)
    rings = shapely.get_exterior_ring(areas[shapely.get_num_interior_rings(areas) > 0])
    shells = np.asarray(shapely.polygons(rings), object)
    return _within(shells, places) & ~_within(areas, places)


def lines_outside(
    shapes: ArrayLike,
    longitude: ArrayLike,
    latitude: ArrayLike,
    to_longitude: ArrayLike,
    to_latitude: ArrayLike,
) -> np.ndarray:
    """True for lines between two places (WGS84 degrees) that touch no zone, shape (n,).

    Shapes as :func:`reduced` returns them: GROWTH_KM around them counts as zone, so that no point
    of one is lost.
    """
    ends = np.stack(
        [np.column_stack(end) for end in ((longitude, latitude), (to_longitude, to_latitude))],
        axis=1,
    )
    # a degree of longitude has 105 km or more everywhere in Peru
    grown = shapely.buffer(np.asarray(shapes, object), GROWTH_KM / 105.0)
    tree = shapely.STRtree(grown)
    west, south, east, north = shapely.total_bounds(grown)
    low, high = ends.min(axis=1), ends.max(axis=1)
    near = (low <= [east, north]).all(axis=1) & (high >= [west, south]).all(axis=1)
    outside = np.ones(len(ends), bool)
    asked = np.flatnonzero(near)
    for first in range(0, len(asked), _LINES_AT_ONCE):
        some = asked[first : first + _LINES_AT_ONCE]
        hits = tree.query(shapely.linestrings(ends[some]), predicate="intersects")[0]
        outside[some[hits]] = False
    return outside


def circles(longitude: ArrayLike, latitude: ArrayLike, radius_km: ArrayLike) -> np.ndarray:
    """Polygons that hold every place within the radius, which is above 0."""
    x, y, radius = (
        np.asarray(values, float)[:, None] for values in (longitude, latitude, radius_km)
    )
    turn = np.linspace(0, 2 * np.pi, 73)[None, :]
    # a degree is 110.5 km or more everywhere in Peru: the circle is never too small
    reach = radius / np.cos(np.pi / 72) / 110.5
    east = x + reach / np.cos(np.radians(y)) * np.cos(turn)
    north = y + reach * np.sin(turn)
    east[:, -1], north[:, -1] = east[:, 0], north[:, 0]
    return np.asarray(shapely.polygons(np.stack([east, north], axis=-1)), object)


def _enclosed(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each polygon's enclosed areas and their polygon's index, and its lines and theirs.

    The lines keep what has no width.
    """
    outlines = shapely.boundary(polygons)[:, None]
    crossed = np.asarray(shapely.union_all(outlines, axis=1), object)  # cut where they cross
    faces, face_of = shapely.get_parts(shapely.polygonize(crossed[:, None]), return_index=True)
    rings, ring_of = shapely.get_rings(polygons, return_index=True)
    return faces, face_of, _as_lines(rings), ring_of


def _simplified_areas(
    polygons: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the simplified polygons, their polygon's index, the holes left as lines, and theirs.

    A polygon without width left is a line.
    """
    rings, of = shapely.get_rings(polygons, return_index=True)
    # as lines: what GEOS does to rings and polygons on the way may move their ends
    rings = _simplified(_as_lines(rings))
    is_shell = np.diff(of, prepend=-1) != 0
    is_flat = shapely.get_num_coordinates(rings) < 4
    # a shell without width is a line; a hole without width is none
    flat = is_flat & is_shell
    whole = ~is_flat & ~np.isin(of, of[flat])
    owner, numbers = np.unique(of[whole], return_inverse=True)
    return (
        np.concatenate([rings[flat], _areas(rings[whole], numbers)]),
        np.concatenate([of[flat], owner]),
        rings[whole & ~is_shell],
        of[whole & ~is_shell],
    )


def _depths_km(
    rings: np.ndarray, ring_of: np.ndarray, parts: np.ndarray, part_of: np.ndarray
) -> np.ndarray:
    """Return how far the farthest free point in each hole lies from every part, in kilometres.

    The distance is less GROWTH_KM; 0 if no point is free. ``ring_of`` and ``part_of`` are the
    polygon of each hole and each part.
    """
    holes = np.asarray(shapely.make_valid(shapely.polygons(_rings_of(rings))), object)
    part, hole = shapely.STRtree(holes).query(parts, predicate="intersects")
    is_other = part_of[part] != ring_of[hole]
    part, hole = part[is_other], hole[is_other]
    free = _projected(holes)
    for number in np.unique(hole):
        inside = shapely.make_valid(_projected(parts[part[hole == number]]))
        narrow = shapely.get_dimensions(inside) < 2
        inside[narrow] = shapely.buffer(inside[narrow], 1.0)  # metres: what it cuts off is no place
        free[number] = shapely.difference(free[number], shapely.union_all(inside))
    is_free = shapely.area(free) > 0
    km = np.zeros(len(rings))
    circles = shapely.maximum_inscribed_circle(free[is_free], tolerance=_TOLERANCE_METRES)
    km[is_free] = shapely.length(circles) / 1000.0 - GROWTH_KM
    return np.maximum(km, 0.0)


def _within(areas: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return which places lie in any area; large areas go first, and places inside are dropped."""
    inside = np.zeros(len(places), bool)
    left = np.arange(len(places))
    tree = shapely.STRtree(places)
    west, south, east, north = shapely.bounds(areas).reshape(-1, 4).T
    areas = areas[np.argsort(-(east - west) * (north - south), kind="stable")]
    for first in range(0, len(areas), _AT_ONCE):
        hits = tree.query(areas[first : first + _AT_ONCE], predicate="intersects")[1]
        inside[left[hits]] = True
        still = ~inside[left]
        if still.mean() < 0.8:
            left = left[still]
            tree = shapely.STRtree(places[left])
        if not len(left):
            break
    return inside


def _edges(lines: np.ndarray) -> np.ndarray:
    """Cut each line at its vertices, so that the boxes in the tree stay small."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(owner[:-1] == owner[1:])
    ends = np.stack([points[first], points[first + 1]], axis=1)
    return np.asarray(shapely.linestrings(ends), object)


def _projected(lines: np.ndarray) -> np.ndarray:
    has_length = shapely.length(lines) > 0  # GEOS makes nothing of a line without
    cut = lines.copy()
    cut[has_length] = shapely.segmentize(lines[has_length], LONGEST_EDGE_DEGREES)
    return shapely.transform(cut, lambda xy: np.column_stack(to_analysis(xy[:, 0], xy[:, 1])))


def _simplified(lines: np.ndarray) -> np.ndarray:
    return shapely.simplify(lines, TOLERANCE_DEGREES, preserve_topology=False)


def _as_lines(shapes: np.ndarray) -> np.ndarray:
    """Return rings and lines as lines; a single corner becomes a line of no length."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    single = np.flatnonzero(np.bincount(owner, minlength=len(shapes))[owner] == 1)
    order = np.sort(np.concatenate([np.arange(len(owner)), single]))
    return np.asarray(shapely.linestrings(coordinates[order], indices=owner[order]), object)


def _rings_of(lines: np.ndarray) -> np.ndarray:
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    return np.asarray(shapely.linearrings(coordinates, indices=owner), object)


def _areas(lines: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return polygons of rings as lines, the shell first; ``owner`` numbers each ring's polygon."""
    return np.asarray(shapely.polygons(_rings_of(lines), indices=owner), object)
