"""Points to regions against the exact join, above all on the borders."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError, ParameterError
from geo.joins import (
    fingerprint_of,
    label_regions,
    labels_from_bytes,
    labels_to_bytes,
    region_of,
)
from geo.label_cells import cells_on_outlines, interior_runs


def exact(x, y, shapes) -> np.ndarray:
    """The definition, region by region: the first that intersects the point."""
    found = np.full(len(x), -1)
    for position in reversed(range(len(shapes))):
        found[shapely.intersects(shapes[position], shapely.points(x, y))] = position
    return found


def voronoi(seed: int, count: int = 12) -> list[shapely.Geometry]:
    """A coverage with shared borders, a hole and a region in two parts."""
    rng = np.random.default_rng(seed)
    sites = shapely.multipoints(rng.uniform(0, 10_000, (count, 2)))
    frame = shapely.difference(shapely.box(0, 0, 10_000, 10_000), shapely.box(4e3, 4e3, 5e3, 6e3))
    parts = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=frame))
    return [s for s in shapely.intersection(parts, frame) if s.area > 0]


def on_borders(rng, shapes, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices, points along outlines and points a hair beside them."""
    lines = [shape.boundary for shape in shapes]
    vertices = np.concatenate([shapely.get_coordinates(line) for line in lines])
    along = np.concatenate(
        [
            shapely.get_coordinates(
                shapely.line_interpolate_point(line, rng.random(n), normalized=True)
            )
            for line in lines
        ]
    )
    beside = along + rng.choice([-1, 1], along.shape) * 10.0 ** rng.uniform(-12, 1, along.shape)
    return np.concatenate([vertices, along, beside]).T


def test_known_answer_of_two_squares():
    """Corners and edges of two squares that touch: the first owns what they share."""
    west, east = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    x, y = [0, 10, 10, 20, 20.001, 10, -1e9], [0, 0, 5, 10, 5, 10.5, 0]
    for shapes, shared in (([west, east], 0), ([east, west], 0)):
        labels = label_regions(shapes, cell_size_m=3)
        answer = region_of(x, y, shapes, labels)
        assert answer[1:3].tolist() == [shared, shared]
        assert answer[4:].tolist() == [-1, -1, -1]
    assert answer[[0, 3]].tolist() == [1, 0]


@given(seed=st.integers(0, 10_000), cell=st.sampled_from([37.0, 250.0, 1_000.0, 9_999.0]))
@settings(max_examples=25, deadline=None)
def test_is_the_exact_join(seed, cell):
    """Everywhere, on vertices, on borders and within picometres to metres of them."""
    shapes = voronoi(seed)
    labels = label_regions(shapes, cell_size_m=cell)
    rng = np.random.default_rng(seed)
    x, y = np.concatenate(
        [rng.uniform(-2_000, 12_000, (2, 300)), on_borders(rng, shapes, 20)], axis=1
    )
    assert region_of(x, y, shapes, labels).tolist() == exact(x, y, shapes).tolist()


@given(seed=st.integers(0, 10_000), turn=st.permutations(range(6)))
@settings(max_examples=25, deadline=None)
def test_overlaps_belong_to_the_first(seed, turn):
    """Regions that lie over each other, on raster lines too; the order of the list decides."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 10, (6, 2)) * 100
    sides = rng.integers(1, 8, (6, 2)) * 100
    boxes = [shapely.box(*c, *(c + s)) for c, s in zip(corners, sides, strict=True)]
    shapes = [boxes[position] for position in turn]
    labels = label_regions(shapes, cell_size_m=100)
    x, y = (a.ravel() for a in np.meshgrid(np.arange(-100, 2_000, 50.0), np.arange(0, 2e3, 50.0)))
    assert region_of(x, y, shapes, labels).tolist() == exact(x, y, shapes).tolist()


def test_a_region_that_covers_a_border_cell_is_asked():
    """A small region inside a large one: cells on its outline also ask the large one."""
    large, small = shapely.box(0, 0, 1_000, 1_000), shapely.box(420, 420, 480, 480)
    shapes = [small, large]
    labels = label_regions(shapes, cell_size_m=100)
    assert region_of([450, 410, 500], [450, 410, 900], shapes, labels).tolist() == [0, 1, 1]


def test_departments_as_shipped():
    """The 25 outlines: each town of the table where the exact test puts it."""
    from data import load_departments, load_places
    from geo.crs import to_analysis
    from geo.grid import project_geometry

    shapes = [project_geometry(shape) for shape in load_departments().geometry]
    towns = load_places().dropna(subset=["longitude"])
    x, y = to_analysis(towns["longitude"], towns["latitude"])
    found = region_of(x, y, shapes, label_regions(shapes, cell_size_m=2_000))
    assert found.tolist() == exact(x, y, shapes).tolist()
    assert (found >= 0).mean() > 0.95


def test_an_outline_between_cells_marks_both_sides():
    """A side on a raster line is within rounding of the cells left and right of it."""
    cell, _ = cells_on_outlines(np.array([shapely.box(1, 1, 2, 2)]), 0, 0, 1, 4)
    assert sorted(set(cell.tolist())) == [0, 1, 2, 4, 5, 6, 8, 9, 10]


def test_runs_cover_what_is_not_border():
    """Runs and border cells are all cells, once each, and no run spans two rows."""
    border = np.array([0, 3, 4, 9, 14])
    start, length = interior_runs(border, 3, 5)
    cells = np.concatenate([np.arange(s, s + n) for s, n in zip(start, length, strict=True)])
    assert sorted([*cells, *border]) == list(range(15))
    assert (start // 5 == (start + length - 1) // 5).all()


def test_labels_survive_the_disk_and_only_fit_their_regions():
    """The same answers from bytes; other regions, another cell or damage are refused."""
    shapes = voronoi(1)
    labels = label_regions(shapes, cell_size_m=250)
    content = labels_to_bytes(labels)
    kept = labels_from_bytes(content, fingerprint=fingerprint_of(shapes, cell_size_m=250))
    x, y = np.random.default_rng(0).uniform(0, 10_000, (2, 500))
    assert np.array_equal(region_of(x, y, shapes, kept), region_of(x, y, shapes, labels))
    for other in (
        fingerprint_of(shapes[::-1], cell_size_m=250),
        fingerprint_of(shapes, cell_size_m=251),
    ):
        with pytest.raises(GeoError, match="other regions or another cell"):
            labels_from_bytes(content, fingerprint=other)
    for damaged in (b"", b"PK", content[: len(content) // 2], content[:-40] + b"x" * 40):
        with pytest.raises(GeoError, match="no labels of regions"):
            labels_from_bytes(damaged, fingerprint=labels.fingerprint)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "no geometry came"),
        ([shapely.box(0, 0, 1, 1), None], "region at position 1 is missing"),
        ([shapely.Polygon()], "position 0 is missing, empty"),
        ([shapely.Point(0, 0)], "no polygon"),
        ([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], "not valid"),
    ],
)
def test_refuses_regions(shapes, message):
    """What cannot hold points is named by its position."""
    with pytest.raises(GeoError, match=message):
        label_regions(shapes, cell_size_m=1)


def test_refuses_cells_and_points():
    """A cell that is none, a raster beyond memory, points without a place."""
    square = [shapely.box(0, 0, 1e6, 1e6)]
    for cell, message in ((0, "above 0"), (1, "million cells")):
        with pytest.raises(ParameterError, match=message):
            label_regions(square, cell_size_m=cell)
    labels = label_regions(square, cell_size_m=1e5)
    with pytest.raises(GeoError, match="1 of 2 points are not finite"):
        region_of([0, np.nan], [0, 0], square, labels)
    with pytest.raises(GeoError, match="of one length"):
        region_of([0], [0, 0], square, labels)
