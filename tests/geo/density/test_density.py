"""Kernel density against formulas, direct sums and other programs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from geo.density.engine import (
    Density,
    PointSums,
    automatic_bandwidth,
    kernel_density,
)
from geo.density.grid import Grid
from geo.errors import GeoError, ParameterError

KERNELS = ("gaussian", "quartic")


def square_grid(side: int = 60, cell: float = 1_000.0) -> Grid:
    """A square country whose lower left corner is the origin."""
    return Grid(0.0, side * cell, cell, np.ones((side, side), dtype=bool))


def odd_grid(cell: float = 2_000.0) -> Grid:
    """A country with a bay, an island of one cell and an inlet."""
    mask = np.zeros((50, 40), dtype=bool)
    mask[4:44, 5:36] = True
    mask[10:25, 5:18] = False
    mask[30, 20:36] = False
    mask[47, 2] = True
    return Grid(-20_000.0, 60_000.0, cell, mask)


def points_inside(grid: Grid, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points at random positions in cells of the mask, with uneven weights."""
    rng = np.random.default_rng(seed)
    cells = np.argwhere(grid.mask)[rng.integers(0, grid.mask.sum(), n)]
    easting, northing = grid.centre_of(cells[:, 0], cells[:, 1])
    shift = rng.uniform(-0.49, 0.49, (2, n)) * grid.cell_size_m
    return easting + shift[0], northing + shift[1], rng.gamma(1.0, 5.0, n)


def kernel_values(distance_m: np.ndarray, *, bandwidth_m: float, kernel: str) -> np.ndarray:
    """Density of one case at a distance, cases per m2."""
    ratio = np.square(distance_m / bandwidth_m)
    if kernel == "gaussian":
        return np.exp(-ratio / 2) / (2 * np.pi * bandwidth_m**2)
    return 3 / (8 * np.pi * bandwidth_m**2) * np.square(np.clip(1 - ratio / 8, 0, None))


def direct_sum(
    grid: Grid,
    points: tuple[np.ndarray, np.ndarray, np.ndarray],
    *,
    bandwidth_m: float,
    kernel: str,
    edge: str,
) -> np.ndarray:
    """The definition: every cell against every point, cases per km2."""
    row, column = np.indices(grid.mask.shape)
    x, y = (a[grid.mask] for a in grid.centre_of(row, column))
    easting, northing, weight = points
    reach = np.hypot(x[:, None] - easting, y[:, None] - northing)
    share = kernel_values(reach, bandwidth_m=bandwidth_m, kernel=kernel)
    if edge == "diggle":
        weight = weight / (share.sum(axis=0) * grid.cell_size_m**2)
    sums = share @ weight
    values = np.full(grid.mask.shape, np.nan)
    values[grid.mask] = sums * 1e6
    return values


def error_of_peak(density: Density, truth: np.ndarray) -> float:
    return float(np.nanmax(np.abs(density.values - truth)) / np.nanmax(truth))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("edge", ["none", "diggle"])
@pytest.mark.parametrize("cells_per_bandwidth", [10.0, 4.0, 1.3, 1.0])
def test_agrees_with_direct_sum(kernel, edge, cells_per_bandwidth):
    """Density agrees with the direct sum, on coasts, islands and lone points in corners."""
    grid = odd_grid()
    h = cells_per_bandwidth * grid.cell_size_m
    lone = (np.array([-15_900.0]), np.array([-35_900.0]), np.array([5.0]))
    for points in (*(points_inside(grid, n, seed) for n, seed in ((40, 0), (1, 1), (1, 2))), lone):
        density = kernel_density(*points, grid=grid, bandwidth_m=h, kernel=kernel, edge=edge)
        truth = direct_sum(grid, points, bandwidth_m=h, kernel=kernel, edge=edge)
        assert density.snapped_count == 0
        assert error_of_peak(density, truth) < (5e-5 if kernel == "gaussian" else 1e-4)
        assert (np.isnan(density.values) == ~grid.mask).all()
        assert density.total == pytest.approx(points[2].sum(), rel=1e-12)
        if edge == "diggle":
            assert density.mass == pytest.approx(points[2].sum(), rel=5e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_points_in_parts_give_the_same_surface(kernel):
    """Batches added here or elsewhere and merged; pickled, sums are the nodes' weights alone."""
    grid = odd_grid()
    points = points_inside(grid, 90, 2)
    whole = kernel_density(*points, grid=grid, bandwidth_m=10_000, kernel=kernel)
    sums, other_sums = (PointSums(grid, 10_000, kernel) for _ in range(2))
    sums.add(*(a[:20] for a in points))
    sums.add(*(a[20:50] for a in points))
    other_sums.add(*(a[50:] for a in points))
    sent = pickle.dumps(other_sums)
    assert len(sent) < 1.1 * other_sums.weights.nbytes
    sums.merge(pickle.loads(sent))
    merged = sums.density()
    assert np.nanmax(np.abs(whole.values - merged.values)) <= 1e-6 * np.nanmax(whole.values)
    assert (merged.total, sums.count) == (pytest.approx(whole.total), 90)


def test_points_in_the_sea_move_to_the_nearest_cell_and_are_reported():
    grid = square_grid(20)
    density = kernel_density(
        [-3_500.0, 10_500.0, 10_500.0],
        [500.0, 23_500.0, 10_500.0],
        [1.0, 2.0, 4.0],
        grid=grid,
        bandwidth_m=2_000,
    )
    assert density.snapped_count == 2
    assert density.snapped_max_distance_m == pytest.approx(4_000)
    assert density.mass == pytest.approx(7, rel=1e-6)


@pytest.mark.parametrize(
    ("bandwidth_m", "points", "error", "message"),
    [
        (0, [[3e4]] * 3, ParameterError, "bandwidth_m is 0. It must be a number of metres above 0"),
        (float("nan"), [[3e4]] * 3, ParameterError, "bandwidth_m is nan"),
        (900, [[3e4]] * 3, ParameterError, "cell_size_m of 1000 is larger than bandwidth_m of 900"),
        (600_000, [[3e4]] * 3, ParameterError, "wider than the map"),
        (5_000, [[]] * 3, GeoError, "no points came; a density needs at least one"),
        (5_000, [[1.0], [np.nan], [1.0]], GeoError, "1 of 1 values of northing are not finite"),
        (5_000, [[1.0, 2.0], [1.0, 2.0], [1.0, np.inf]], GeoError, "1 of 2 values of weight are"),
        (5_000, [[1.0], [1.0], [-2.0]], GeoError, "weights must not be negative; the least is -2"),
        (5_000, [[1.0, 2.0], [1.0], [1.0]], GeoError, "of one length"),
    ],
)
def test_refusals(bandwidth_m, points, error, message):
    with pytest.raises(error, match=message):
        kernel_density(*points, grid=square_grid(), bandwidth_m=bandwidth_m)


@pytest.mark.parametrize(("kernel", "least"), [("gaussian", 1_500), ("quartic", 5_000)])
def test_refuses_a_lattice_that_would_fill_memory(monkeypatch, kernel, least):
    """The message names the least bandwidth, and that one is accepted."""
    monkeypatch.setattr("geo.density.engine.MAX_NODES", 420_000 if kernel == "quartic" else 300_000)
    with pytest.raises(ParameterError, match=f"nodes of a {kernel} kernel. .* Use {least} m"):
        PointSums(square_grid(150), 1_000, kernel)
    PointSums(square_grid(150), least, kernel)


def test_weights_beyond_what_single_precision_holds():
    """The map is that of smaller weights, times what they are smaller by."""
    grid = square_grid()
    point = np.array([30_200.0]), np.array([30_700.0])
    options = {"grid": grid, "bandwidth_m": 10_000.0}
    density = kernel_density(*point, [1.0], **options)
    for factor in (1e-30, 1e30):
        other = kernel_density(*point, [factor], **options)
        assert np.allclose(other.values, density.values * np.float32(factor), rtol=1e-5, atol=0)


def test_automatic_bandwidth_follows_silverman():
    """N points with deviation s give s n^(-1/6); outliers hardly move it, one place gives none."""
    easting, northing = np.random.default_rng(0).normal(0, 30_000, (2, 4_096))
    bandwidth = automatic_bandwidth(easting, northing, np.ones(4_096))
    assert bandwidth == pytest.approx(30_000 / 4, rel=0.03)  # 4096^(1/6) = 4
    assert automatic_bandwidth(easting, northing, np.full(4_096, 7.0)) == pytest.approx(bandwidth)
    density = kernel_density(
        *points_inside(square_grid(), 50, 1), grid=square_grid(), bandwidth_m=None
    )
    assert density.is_bandwidth_automatic
    assert 2_000 < density.bandwidth_m < 20_000
    for bad, message in (
        ((np.full(3, 5.0), np.full(3, 6.0), np.ones(3)), "all cases lie at one place"),
        ((np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.zeros(2)), "no case has a weight"),
    ):
        with pytest.raises(ParameterError, match=message):
            automatic_bandwidth(*bad)
    easting[0] = 5e7
    assert automatic_bandwidth(easting, northing, np.ones(4_096)) == pytest.approx(
        bandwidth, rel=0.01
    )
