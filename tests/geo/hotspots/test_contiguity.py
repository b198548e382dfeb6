"""Neighbours: the departments' known ones, a slow second way, tolerance and islands."""

import numpy as np
import pytest
import shapely
from shapely import box

from data.geography import load_departments
from geo.errors import ParameterError
from geo.hotspots.clusters import queen_contiguity


@pytest.fixture(scope="module")
def departments():
    return load_departments()


@pytest.fixture(scope="module")
def neighbours(departments):
    return queen_contiguity(departments.geometry.to_numpy())


@pytest.mark.parametrize(
    ("department", "expected"),
    [
        ("Madre de Dios", {"Cusco", "Puno", "Ucayali"}),
        ("Tumbes", {"Piura"}),
        ("Callao", {"Lima"}),
        ("Tacna", {"Moquegua", "Puno"}),
        ("Loreto", {"Amazonas", "San Martín", "Huánuco", "Ucayali"}),
        ("Piura", {"Tumbes", "Lambayeque", "Cajamarca"}),
    ],
)
def test_known_neighbours_of_departments(departments, neighbours, department, expected):
    """Who borders whom in Peru is in every school atlas."""
    names = departments.department.tolist()
    found = neighbours[[names.index(department)]].indices
    assert {names[position] for position in found} == expected


def test_departments_against_pairwise_intersection(departments, neighbours):
    """All 300 pairs tried one by one give the same table; it is symmetric and has no island."""
    shapes = departments.geometry.to_numpy()
    shapely.prepare(shapes)
    by_pair = np.array([[a is not b and a.intersects(b) for b in shapes] for a in shapes])
    np.testing.assert_array_equal(neighbours.toarray(), by_pair.astype(float))
    assert neighbours.sum(axis=1).all()
    np.testing.assert_array_equal(neighbours.toarray(), neighbours.toarray().T)


def test_tolerance_bridges_slivers():
    """A gap of 2 counts as touching from a tolerance of 2 on."""
    shapes = [box(0, 0, 10, 10), box(12, 0, 20, 10), box(100, 0, 110, 10)]
    assert queen_contiguity(shapes, tolerance=1.9).nnz == 0
    joined = queen_contiguity(shapes, tolerance=2.0)
    assert joined.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_refusals():
    """Empty and missing shapes."""
    with pytest.raises(ParameterError, match="position 1 is missing or empty"):
        queen_contiguity([box(0, 0, 1, 1), shapely.Polygon()])
    with pytest.raises(ParameterError, match="position 0 is missing"):
        queen_contiguity([None, box(0, 0, 1, 1)])
