"""Neighbours: the departments' known ones, a slow second way, tolerance and islands."""

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import data
from geo.contiguity import queen_contiguity
from geo.errors import ParameterError


@pytest.fixture(scope="module")
def departments():
    return data.load_departments()


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
    found = neighbours.neighbours_of(names.index(department))
    assert {names[position] for position in found} == expected


def test_departments_against_pairwise_intersection(departments, neighbours):
    """All 300 pairs tried one by one give the same table; it is symmetric and has no island."""
    shapes = departments.geometry.to_numpy()
    shapely.prepare(shapes)
    by_pair = np.array([[a is not b and a.intersects(b) for b in shapes] for a in shapes])
    np.testing.assert_array_equal(neighbours.dense(), by_pair.astype(float))
    assert neighbours.islands.size == 0
    np.testing.assert_array_equal(neighbours.dense(), neighbours.dense().T)


def test_chess_board():
    """A king's moves: 3 neighbours in a corner, 5 on an edge, 8 inside."""
    board = queen_contiguity([box(c, r, c + 1, r + 1) for r in range(4) for c in range(4)])
    expected = [3, 5, 5, 3, 5, 8, 8, 5, 5, 8, 8, 5, 3, 5, 5, 3]
    assert board.cardinality.tolist() == expected


def test_tolerance_bridges_slivers():
    """A gap of 2 counts as touching from a tolerance of 2 on; islands are listed."""
    shapes = [box(0, 0, 10, 10), box(12, 0, 20, 10), box(100, 0, 110, 10)]
    assert queen_contiguity(shapes, tolerance=1.9).islands.tolist() == [0, 1, 2]
    joined = queen_contiguity(shapes, tolerance=2.0)
    assert joined.neighbours_of(0).tolist() == [1]
    assert joined.islands.tolist() == [2]


def test_weights_by_hand():
    """Three in a row: binary, row-standardised, and with the region itself."""
    row = queen_contiguity([box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1)])
    assert row.dense().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert row.dense(row_standardised=True).tolist() == [[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]]
    assert row.dense(with_self=True).tolist() == [[1, 1, 0], [1, 1, 1], [0, 1, 1]]


def test_an_island_has_a_row_of_zeros():
    """Row-standardising divides by no zero."""
    apart = queen_contiguity([box(0, 0, 1, 1), box(5, 0, 6, 1)])
    assert apart.dense(row_standardised=True).tolist() == [[0, 0], [0, 0]]


@given(order=st.permutations(range(9)))
@settings(deadline=None, max_examples=20)
def test_relabelling(order):
    """Shapes in another order have the same neighbours under their new numbers."""
    shapes = [box(c, r, c + 1, r + 1) for r in range(3) for c in range(3)]
    plain = queen_contiguity(shapes).dense()
    turned = queen_contiguity([shapes[position] for position in order]).dense()
    np.testing.assert_array_equal(turned, plain[np.ix_(order, order)])


def test_refusals():
    """Empty shapes, negative tolerance."""
    with pytest.raises(ParameterError, match="position 1 is missing or empty"):
        queen_contiguity([box(0, 0, 1, 1), shapely.Polygon()])
    with pytest.raises(ParameterError, match="position 0 is missing"):
        queen_contiguity([None, box(0, 0, 1, 1)])
    with pytest.raises(ParameterError, match="tolerance = -1"):
        queen_contiguity([box(0, 0, 1, 1)], tolerance=-1)


def test_weights_are_kept_by_kind_and_not_written_to(neighbours):
    """The same array again, another one for each kind; copies to other processes start anew."""
    kinds = [(rows, own) for rows in (False, True) for own in (False, True)]
    first = [neighbours.sparse(row_standardised=rows, with_self=own) for rows, own in kinds]
    again = [neighbours.sparse(row_standardised=rows, with_self=own) for rows, own in kinds]
    assert all(one is two for one, two in zip(first, again, strict=True))
    degree = neighbours.cardinality
    for (rows, own), weights in zip(kinds, first, strict=True):
        expected = np.ones(neighbours.size) if rows else degree + own
        assert weights.sum(axis=1) == pytest.approx(expected)
        with pytest.raises(ValueError, match="read-only"):
            weights.data[0] = 2
    with pytest.raises(ValueError, match="read-only"):
        degree[0] = 2
    copied = pickle.loads(pickle.dumps(neighbours))
    assert copied._kept == {}
    assert np.array_equal(copied.cardinality, degree)
