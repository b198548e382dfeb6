"""Reading between nodes and its transpose; products of bands and of repeated blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import banded
from geo.banded import banded_product, repeated_product
from geo.reading import Reading

PLACES = st.builds(
    lambda first, per_node, places: Reading(
        first, per_node, places, int(first + places / per_node) + 6
    ),
    st.floats(3, 9),
    st.integers(2, 7),
    st.integers(1, 60),
)


@given(reading=PLACES, seed=st.integers(0, 1_000))
@settings(max_examples=40, deadline=None)
def test_a_polynomial_of_degree_seven_is_met(reading, seed):
    """Eight nodes hold it; what they give between them is its value."""
    polynomial = np.polynomial.Polynomial(
        np.random.default_rng(seed).normal(size=8), domain=[0, reading.nodes]
    )
    nodes = polynomial(np.arange(reading.nodes)).astype(np.float32)
    at = reading.first + np.arange(reading.places) / reading.per_node
    largest = float(np.abs(nodes).max())
    assert reading.read(nodes[:, None])[:, 0] == pytest.approx(polynomial(at), abs=5e-6 * largest)


def test_a_gaussian_is_met_to_4e_7_of_its_peak():
    """Nodes a fifth of a bandwidth apart, as the lattice has them at most."""
    reading = Reading(5.0, 16, 16 * 50, 64)
    for centre in (30.0, 30.25, 30.5):
        nodes = np.exp(-(((np.arange(64) - centre) / 5) ** 2) / 2).astype(np.float32)
        at = 5 + np.arange(800) / 16
        truth = np.exp(-(((at - centre) / 5) ** 2) / 2)
        assert np.abs(reading.read(nodes[:, None])[:, 0] - truth).max() < 4e-7


@given(reading=PLACES)
@settings(max_examples=40, deadline=None)
def test_collecting_is_the_transpose_and_across_the_same(reading):
    """Against the whole matrix, from numbers and from booleans."""
    matrix = reading.read(np.eye(reading.nodes, dtype=np.float32))
    collected = reading.collect(np.eye(reading.places, dtype=bool))
    assert collected == pytest.approx(matrix.T, abs=1e-6)
    across = reading.read(np.eye(reading.nodes, dtype=np.float32), across=True)
    assert across == pytest.approx(matrix.T, abs=1e-6)
    assert matrix.sum(axis=1) == pytest.approx(np.ones(reading.places), abs=1e-5)


@pytest.mark.parametrize("small", [0, 1 << 30], ids=["two threads", "one"])
def test_products_are_those_of_the_whole_matrices(monkeypatch, small):
    """Bands of any steepness, rows of nothing, blocks that reach beyond both ends."""
    monkeypatch.setattr(banded, "SMALL", small)
    monkeypatch.setattr(banded, "ONE_THREAD", 400)  # many pieces
    rng = np.random.default_rng(4)
    for rows, columns in ((70, 30), (30, 70), (41, 41)):
        row, column = np.indices((rows, columns))
        matrix = rng.normal(size=(rows, columns))
        matrix[np.abs(column - row * columns / rows) > 4] = 0
        matrix[5] = 0
        right = rng.normal(size=(columns, 53))
        assert banded_product(matrix, right) == pytest.approx(matrix @ right, abs=1e-12)
    block = rng.normal(size=(3, 9))
    right = rng.normal(size=(20, 53))
    whole = np.zeros((25, 60))
    for number in range(25):
        begin = 10 - 4 + 2 * (number // 3)
        whole[number, begin : begin + 9] = block[number % 3]
    expected = whole[:, 10:30] @ right
    seen = []
    found = repeated_product(
        block, right, rows=25, first=-4, step=2, finish=lambda part, rows: seen.append(len(part))
    )
    assert found == pytest.approx(expected, abs=1e-12)
    assert sum(seen) == 25
    across = repeated_product(block, right.T.copy(), rows=25, first=-4, step=2, across=True)
    assert across == pytest.approx(expected.T, abs=1e-12)
