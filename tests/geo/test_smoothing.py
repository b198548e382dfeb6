"""The rule between polynomials and nodes, the band matrices, the product of two polynomials."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from geo.grid import Grid
from geo.lattice import DEGREE, MARGIN, TERMS, Gathered, lattice_for
from geo.smoothing import (
    GaussianSmoother,
    nodes_from,
    polynomials_of,
    product_of,
    values_at_cells,
)

GRID = Grid(0.0, 60_000.0, 1_000.0, np.ones((60, 40), dtype=bool))
COEFFICIENT = st.floats(-3, 3)


def cubic(values: list[float]) -> np.ndarray:
    """A polynomial of total degree 3 in t and s as a full Chebyshev table."""
    table = np.zeros((DEGREE + 1, DEGREE + 1))
    for (p, q), value in zip(TERMS, values, strict=True):
        table[p, q] = value
    return table


@given(values=st.lists(COEFFICIENT, min_size=10, max_size=10))
@settings(max_examples=25, deadline=None)
def test_reading_is_exact_for_cubics(values):
    """Nodes that hold a polynomial of total degree 3 give back its coefficients."""
    t, s = np.meshgrid(2.0 * np.arange(-5, 6), 2.0 * np.arange(-5, 6), indexing="ij")
    nodes = chebyshev.chebval2d(t, s, cubic(values))
    assert polynomials_of(nodes)[:, 5, 5] == pytest.approx(values, abs=1e-6)


@given(values=st.lists(COEFFICIENT, min_size=10, max_size=10), seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_writing_is_the_transpose_of_reading(values, seed):
    """Weights of nodes times a function are the sums times its polynomials: one rule, two ways."""
    one = np.zeros((10, 11, 11))
    one[:, 5, 5] = values
    function = np.random.default_rng(seed).normal(size=(11, 11))
    assert (nodes_from(one) * function).sum() == pytest.approx(
        float(np.dot(values, polynomials_of(function)[:, 5, 5])), abs=1e-9
    )


@pytest.mark.parametrize("offset", [-1.0, -0.37, 0.0, 0.5, 1.0])
def test_a_point_acts_on_a_gaussian_through_its_nodes(offset):
    """The corner of a cell is the worst place: 1.2e-5 of the peak at a fifth of the bandwidth."""
    h = 20_000.0
    lattice = lattice_for(GRID, h)
    found = Gathered(GRID, lattice)
    x = lattice.west_m + (8.5 + offset / 2) * lattice.spacing_m
    y = lattice.north_m - (9.5 - offset / 2) * lattice.spacing_m
    found.add(np.array([x]), np.array([y]), np.ones(1))
    values = GaussianSmoother(GRID, lattice, h).at_cells(nodes_from(found.chebyshev()))
    easting, northing = GRID.centre_of(*np.indices(GRID.mask.shape))
    truth = np.exp(-((easting - x) ** 2 + (northing - y) ** 2) / (2 * h * h)) / (2 * np.pi * h * h)
    assert np.abs(values - truth).max() < 1.2e-5 * truth.max()


@given(left=st.lists(COEFFICIENT, min_size=3, max_size=3), t=st.floats(-1, 1), s=st.floats(-1, 1))
@settings(max_examples=25, deadline=None)
def test_product_with_a_plane_keeps_what_a_degree_can_hold(left, t, s):
    """A linear function times the sums of one point: exact up to degree 2."""
    factor = np.zeros((10, 1))
    for term, value in zip(((0, 0), (1, 0), (0, 1)), left, strict=True):
        factor[TERMS.index(term)] = value
    at = [
        float(chebyshev.chebval(t, np.eye(4)[p]) * chebyshev.chebval(s, np.eye(4)[q]))
        for p, q in TERMS
    ]
    value = left[0] + left[1] * t + left[2] * s
    product = product_of(factor, np.array(at)[:, None])[:, 0]
    for number, (p, q) in enumerate(TERMS):
        if p + q < DEGREE:
            assert product[number] == pytest.approx(value * at[number], abs=1e-9)


@pytest.mark.parametrize("h", [20_000.0, 5_000.0, 1_500.0])
def test_share_inside_and_reading_at_cells(h):
    """A plain frame: the share is a product of normal integrals, at nodes and at cells."""
    from scipy.stats import norm

    lattice = lattice_for(GRID, h)
    share = GaussianSmoother(GRID, lattice, h).share_inside()

    def by_formula(x, y):
        return (norm.cdf((40_000 - x) / h) - norm.cdf(-x / h)) * (
            norm.cdf((60_000 - y) / h) - norm.cdf(-y / h)
        )

    row, column = np.indices(lattice.shape)
    nodes_x = lattice.west_m + (column + 0.5) * lattice.spacing_m
    nodes_y = lattice.north_m - (row + 0.5) * lattice.spacing_m
    # sums of cells stand for the integral: the midpoint rule is off by some (cell / h)^2
    tolerance = 0.03 * (1_000 / h) ** 2
    within = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    assert share[within] == pytest.approx(by_formula(nodes_x, nodes_y)[within], abs=tolerance)
    at_cells = values_at_cells(share, GRID, lattice)
    x, y = GRID.centre_of(*np.indices(GRID.mask.shape))
    assert at_cells == pytest.approx(by_formula(x, y), abs=tolerance)
