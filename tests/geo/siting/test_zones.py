"""Zones that are simplified lose no point, grow by no more than is told, and distances hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.siting.zones import (
    GROWTH_KM,
    TOLERANCE_DEGREES,
    circles,
    distance_km,
    lines_outside,
    reduced,
)

GEOD = Geod(ellps="WGS84")
FINE = TOLERANCE_DEGREES * np.array([0.3, 1.0, 5.0, 100.0])


@st.composite
def outlines(draw: st.DrawFn) -> np.ndarray:
    """Rough rings of corners in Peru, larger and smaller than the tolerance."""
    count = draw(st.integers(4, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, rough = draw(st.sampled_from(FINE)), draw(st.sampled_from([0.05, 0.5, 0.95]))
    turn = np.sort(rng.uniform(0, 2 * np.pi, count))
    reach = size * (1 - rough * rng.random(count))
    corners = np.column_stack([-75 + reach * np.cos(turn), -9 + reach * np.sin(turn)])
    return np.vstack([corners, corners[:1]])


def _points_of(shape: shapely.Geometry) -> np.ndarray:
    """Corners, points on the edges and, of an area, inside."""
    edge = shapely.get_coordinates(shapely.segmentize(shape, shape.length / 400))
    if shape.area == 0:
        return edge
    west, south, east, north = shape.bounds
    x, y = np.meshgrid(np.linspace(west, east, 40), np.linspace(south, north, 40))
    inside = shapely.intersects_xy(shape, x.ravel(), y.ravel())
    return np.vstack([edge, np.column_stack([x.ravel(), y.ravel()])[inside]])


@given(outline=outlines())
@settings(max_examples=150)
def test_no_point_of_a_zone_is_lost(outline: np.ndarray) -> None:
    """Every point of the zone, on the outline or inside, is at distance 0 of what is left."""
    zone = shapely.Polygon(outline)
    points = _points_of(zone)
    assert distance_km(reduced([zone]).parts, points[:, 0], points[:, 1]).max() == 0


@given(outline=outlines())
@settings(max_examples=60)
def test_nothing_grows_by_more_than_the_tolerance(outline: np.ndarray) -> None:
    frame = shapely.box(-76, -10, -74, -8).exterior
    for zone in (shapely.Polygon(outline), shapely.Polygon(frame, [outline])):
        if not zone.is_valid:
            continue
        left = reduced([zone]).parts
        corners = shapely.get_coordinates(left)
        away = shapely.distance(zone, shapely.points(corners)).max()
        assert away <= TOLERANCE_DEGREES * 1.000001


def test_overlapping_parts_of_one_shape_add_up() -> None:
    """Two squares of a multipolygon cover their overlap, deep in collections as well."""
    squares = [shapely.box(-76, -10, -74, -8), shapely.box(-75, -9, -73, -7)]
    shape = shapely.GeometryCollection(
        [shapely.GeometryCollection([shapely.MultiPolygon(squares)])]
    )
    for _ in range(4):
        shape = shapely.GeometryCollection([shape, shapely.Polygon()])
    assert distance_km(reduced([shape]).parts, [-74.5, -75.5, -73.5], [-8.5, -9.5, -7.5]).max() == 0


SQUARE = [(-76.0, -10.0), (-74.0, -10.0), (-74.0, -8.0), (-76.0, -8.0)]
INNER = [(-75.5, -9.5), (-74.5, -9.5), (-74.5, -8.5), (-75.5, -8.5)]


@pytest.mark.parametrize(
    ("rings", "holes", "filled"),
    [
        pytest.param([SQUARE, INNER], 1, 0, id="hole"),
        pytest.param([SQUARE, INNER[::-1]], 1, 0, id="hole turned the other way"),
        pytest.param([INNER, SQUARE], 0, 1, id="inner ring first"),
        pytest.param([SQUARE, SQUARE], 0, 1, id="hole equals shell"),
        pytest.param([SQUARE, SQUARE[::-1]], 0, 1, id="hole equals shell, other way"),
        pytest.param([INNER, [(x - 3, y) for x, y in INNER]], 0, 1, id="hole outside"),
        pytest.param([SQUARE, INNER, INNER], 0, 1, id="hole twice"),
        pytest.param([[*SQUARE, SQUARE[0], *INNER, INNER[0]]], 0, 1, id="both in one ring"),
        pytest.param([[*SQUARE, SQUARE[0], *INNER[::-1]]], 0, 1, id="hole by a bridge"),
        pytest.param([[*SQUARE, *SQUARE]], 0, 1, id="ring twice"),
        pytest.param([[*SQUARE, (-75.0, -9.0), (-76.0, -8.0)]], 0, 1, id="spike"),
    ],
)
def test_only_the_hole_of_a_valid_polygon_stays_open(
    rings: list[list[tuple[float, float]]], holes: int, filled: int
) -> None:
    """Its middle is free, and it is counted; else all that any ring winds around is forbidden."""
    left = reduced([shapely.Polygon(rings[0], rings[1:])])
    assert (len(left.holes_km), left.filled, set(left.zone)) == (holes, filled, {0})
    corners = np.array([corner for ring in rings for corner in ring])
    assert distance_km(left.parts, *corners.T).max() == 0
    middle = distance_km(left.parts, [-75.0], [-9.0])[0]
    assert middle > 40 if holes else middle == 0


def test_a_polygon_without_area_is_named() -> None:
    """Polygons without area are named; lobes that turn against each other have area."""
    leaning = [(-76 + step / 7, -10 + step / 3) for step in (0, 2, 1, 5)]
    corner = [(-76, -9), (-75, -9), (-75, -8), (-75, -9)]
    bowtie = [(-76, -10), (-74, -8), (-74, -10), (-76, -8)]
    strip = [(-76, -10), (-75, -9), (-75, -9.00001), (-76, -10.00001)]
    flat = [[(-75, -9)] * 4, [(-76, -9), (-75, -9), (-74, -9)], leaning, corner]
    shapes = [shapely.Polygon(ring) for ring in (*flat, SQUARE, bowtie, strip)]
    shapes.append(shapely.MultiPolygon([shapes[4], shapes[0]]))
    assert reduced(shapes).flat.tolist() == [0, 1, 2, 3, 7]


def test_a_hole_is_as_deep_as_its_farthest_place() -> None:
    """By hand: a hole of 1 degree is 55.3 km deep, less with another zone in it."""
    rings = shapely.Polygon(SQUARE, [INNER])
    half = shapely.box(-75.6, -9.6, -75.0, -8.4)
    spot, line = (
        shape.buffer(1e-4)
        for shape in (shapely.Point(-75, -9), shapely.LineString([(-75, -9.6), (-75, -8.4)]))
    )
    x, y = (grid.ravel() for grid in np.meshgrid(*[np.linspace(*ends, 121) for ends in BOX]))
    depths = []
    for others in ([], [half], [line], [spot], [shapely.box(-76, -10, -74, -8)]):
        left = reduced([rings, *others])
        (depth,) = left.holes_km
        farthest = distance_km(left.parts, x, y).max()
        assert farthest == pytest.approx(depth, abs=0.7)
        depths.append(depth)
    assert depths == pytest.approx([54.8, 27.2, 27.2, 31.9, 0.0], abs=0.5)


BOX = ((-75.5, -74.5), (-9.5, -8.5))


@st.composite
def any_rings(draw: st.DrawFn) -> list[np.ndarray]:
    """Draw rings that cross, touch, repeat or hide each other, on a coarse grid."""
    size = draw(st.sampled_from([0.001, 0.02, 0.4]))
    corner = st.tuples(st.integers(0, 5), st.integers(0, 5))
    rings = draw(st.lists(st.lists(corner, min_size=3, max_size=9), min_size=1, max_size=4))
    if draw(st.booleans()):
        rings.append(draw(st.permutations(draw(st.sampled_from(rings)))))
    return [np.array(ring) * size + [-75, -9] for ring in rings]


@given(rings=any_rings(), is_multi=st.booleans())
@settings(max_examples=500)
def test_no_reading_of_any_rings_is_lost(rings: list[np.ndarray], is_multi: bool) -> None:
    """A zone covers every corner and each valid reading of its rings."""
    zone = shapely.Polygon(rings[0], rings[1:])
    if is_multi:
        zone = shapely.MultiPolygon([zone, shapely.Polygon(rings[-1])])
    left = reduced([zone, zone])
    assert set(left.zone) == {0, 1}
    corners = np.vstack(rings)
    readings = [*_made_valid(zone)]
    if left.filled:  # nobody knows which ring was the hole: each counts by itself
        readings += [reading for ring in rings for reading in _made_valid(shapely.Polygon(ring))]
    inside = [_points_of(reading) for reading in readings if reading.area > 0]
    points = np.vstack([corners, *inside, _odd_points([rings, rings[-1:]][: 1 + is_multi])])
    assert distance_km(left.parts, *points.T).max() == 0


def _made_valid(zone: shapely.Geometry) -> Iterator[shapely.Geometry]:
    """What GEOS makes of a polygon by each of its rules, where it does not give up itself."""
    for method in ("linework", "structure"):
        with contextlib.suppress(shapely.GEOSException):
            yield shapely.make_valid(zone, method=method)


def _odd_points(polygons: list[list[np.ndarray]]) -> np.ndarray:
    """Return grid points from which a line crosses a polygon's rings an odd number of times."""
    corners = np.vstack([ring for rings in polygons for ring in rings])
    grid = np.meshgrid(*np.linspace(corners.min(axis=0), corners.max(axis=0), 23)[1:-1].T)
    x, y = (axis.ravel() + 1e-7 for axis in grid)
    inside = np.zeros(len(x), dtype=bool)
    for rings in polygons:
        crossings = np.zeros(len(x), dtype=int)
        edges = np.vstack([np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in rings])
        for x0, y0, x1, y1 in edges[edges[:, 1] != edges[:, 3]]:
            crossings += ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        inside |= crossings % 2 == 1
    return np.column_stack([x, y])[inside]


@given(rings=any_rings(), data=st.data())
@settings(max_examples=60)
def test_no_line_leads_through_a_zone(rings: list[np.ndarray], data: st.DataObject) -> None:
    left = reduced([shapely.Polygon(rings[0], rings[1:])]).parts
    x, y = np.vstack(rings).T
    away = np.array(data.draw(st.tuples(st.floats(-78, -72), st.floats(-12, -6))))
    there = np.broadcast_to(away[:, None], (2, len(x)))
    assert not lines_outside(left, x, y, *there).any()


def test_distances_are_those_on_the_ellipsoid() -> None:
    """To a point, a long edge and an outline in many runs, less the growth, within 1 %."""
    meridian = shapely.LineString([(-75, -18), (-75, -1)])
    rim = shapely.Point(-75, -9).buffer(2, quad_segs=400)
    places = np.array([[-74.0, -9.3], [-72.0, -14.0], [-77.5, -4.0]])
    for zone, nearest in (
        (shapely.Point(-75, -9), [(-75, -9)] * 3),
        (meridian, [(-75, y) for _, y in places]),
    ):
        true = [
            GEOD.inv(*place, *near)[2] / 1000 for place, near in zip(places, nearest, strict=True)
        ]
        distances = distance_km([zone], *places.T)
        assert distances == pytest.approx(np.array(true) - GROWTH_KM, rel=0.012)
    dense = shapely.get_coordinates(shapely.segmentize(rim, 0.001))
    for x, y in places[1:]:
        true = min(GEOD.inv([x] * len(dense), [y] * len(dense), *dense.T)[2]) / 1000
        assert distance_km(reduced([rim]).parts, [x], [y])[0] == pytest.approx(
            true, rel=0.012, abs=0.5
        )


def test_circles_hold_their_radius() -> None:
    """No rim is nearer than the radius, none much farther."""
    (circle,) = circles([-75], [-9], [10])
    rim = shapely.get_coordinates(circle)
    away = [GEOD.inv(-75, -9, x, y)[2] / 1000 for x, y in rim]
    assert 10.0 <= min(away) <= max(away) < 10.2
