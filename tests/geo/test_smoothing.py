"""Sums as weights of nodes, the Gaussian between nodes and cells, the share inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from geo.grid import Grid
from geo.lattice import DEGREE, MARGIN, TERMS, Gathered, lattice_for
from geo.node_weights import node_weights, reading_rule
from geo.smoothing import GaussianSmoother, gaussian_matrix, smoothed

GRID = Grid(0.0, 60_000.0, 1_000.0, np.ones((60, 40), dtype=bool))


def as_they_are(values: np.ndarray, rows: slice) -> None:
    """No finish."""


@given(degrees=st.lists(st.floats(-3, 3), min_size=7, max_size=7))
@settings(max_examples=25, deadline=None)
def test_reading_is_exact_up_to_degree_six(degrees):
    """Seven nodes that hold such a polynomial give back its first four coefficients."""
    nodes = chebyshev.chebval(2.0 * np.arange(-3, 4), degrees)
    tolerance = 1e-9 * np.abs(nodes).max()
    assert reading_rule() @ nodes == pytest.approx(degrees[: DEGREE + 1], abs=tolerance)


@given(t=st.floats(-0.5, 0.5), s=st.floats(-0.5, 0.5), seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_weights_of_nodes_are_the_transpose_of_reading(t, s, seed):
    """Node weights times a function: its polynomial of total degree 3, read, at the point."""
    sums = np.zeros((10, 11, 11))
    sums[:, 5, 5] = [t**a * s**b for a, b in TERMS]
    function = np.random.default_rng(seed).normal(size=(11, 11))
    around = reading_rule() @ function[2:9, 2:9] @ reading_rule().T
    vander_t, vander_s = (chebyshev.chebvander(2 * v, DEGREE).ravel() for v in (t, s))
    expected = sum(around[p, q] * vander_t[p] * vander_s[q] for p, q in TERMS)
    weights = node_weights(sums.reshape(10, -1), (11, 11))
    assert float((weights * function).sum()) == pytest.approx(float(expected), abs=2e-5)


@pytest.mark.parametrize("offset", [-1.0, -0.37, 0.0, 0.5, 1.0])
def test_a_point_acts_on_a_gaussian_through_its_nodes(offset):
    """The corner of a cell is the worst place: 1.2e-5 of the peak at a fifth of the bandwidth."""
    h = 20_000.0
    lattice = lattice_for(GRID, h)
    found = Gathered(GRID, lattice)
    x = lattice.west_m + (8.5 + offset / 2) * lattice.spacing_m
    y = lattice.north_m - (9.5 - offset / 2) * lattice.spacing_m
    found.add(np.array([x]), np.array([y]), np.ones(1))
    values = smoothed(found, GRID, h, "none", as_they_are) / 1e6
    easting, northing = GRID.centre_of(*np.indices(GRID.mask.shape))
    truth = np.exp(-((easting - x) ** 2 + (northing - y) ** 2) / (2 * h * h)) / (2 * np.pi * h * h)
    assert np.abs(values - truth).max() < 1.2e-5 * truth.max()


@pytest.mark.parametrize("edge", ["diggle", "uniform"])
@pytest.mark.parametrize("cell_m", [1_000.0, 5_000.0])
def test_corrections_of_a_point_on_an_island_against_direct_sums(edge, cell_m):
    """Two cells of land far apart, a point in each: the places where a share changes fastest."""
    h = 20_000.0
    mask = np.zeros((60, 50), dtype=bool)
    mask[3, 4] = mask[40:, 20:45] = True
    grid = Grid(0.0, 60 * cell_m, cell_m, mask)
    points = np.array([[4.9, 56.1], [20.2, 19.9], [44.9, 0.1]]) * cell_m
    found = Gathered(grid, lattice_for(grid, h))
    weight = np.array([1.0, 2.0, 5.0])
    found.add(*points.T, weight)
    values = smoothed(found, grid, h, edge, as_they_are)[mask] / 1e6
    cells = np.column_stack(grid.centre_of(*np.nonzero(mask)))

    def kernel(a, b):
        squared = ((a[:, None] - b[None]) ** 2).sum(axis=2)
        return np.exp(-squared / (2 * h * h)) / (2 * np.pi * h * h)

    if edge == "diggle":
        truth = kernel(cells, points) @ (weight / (kernel(points, cells).sum(axis=1) * cell_m**2))
        assert values.sum() * cell_m**2 == pytest.approx(8.0, rel=2e-5)
    else:
        truth = kernel(cells, points) @ weight / (kernel(cells, cells).sum(axis=1) * cell_m**2)
    assert np.abs(values - truth).max() < 2e-5 * truth.max()


@pytest.mark.parametrize("h", [20_000.0, 5_000.0, 1_500.0])
def test_share_inside_of_a_plain_frame(h):
    """A product of normal integrals, at the nodes and where the map is computed."""
    from scipy.stats import norm

    lattice = lattice_for(GRID, h)
    smoother = GaussianSmoother(GRID, lattice, h)

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
    share = smoother.share_inside()
    assert share[within] == pytest.approx(by_formula(nodes_x, nodes_y)[within], abs=tolerance)
    at_cells = smoother.at_cells(smoother.share_where_computed(), as_they_are)
    x, y = GRID.centre_of(*np.indices(GRID.mask.shape))
    assert at_cells == pytest.approx(by_formula(x, y), abs=tolerance + 1e-6)


def test_gaussian_matrix_is_the_formula():
    """Every second node, half a node off, cut at six bandwidths."""
    matrix = gaussian_matrix(40, 90, first=1.5, step=2, spacing_m=100.0, bandwidth_m=300.0)
    lag = 100 * (1.5 + 2 * np.arange(40)[:, None] - np.arange(90)[None])
    expected = np.exp(-(lag**2) / (2 * 300**2)) / (np.sqrt(2 * np.pi) * 300)
    assert matrix == pytest.approx(np.where(np.abs(lag) > 1_800, 0, expected), abs=1e-18)
