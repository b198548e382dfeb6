"""Minimum support: a lone record is never shown, and a crowd is."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from geo.density.engine import kernel_density
from geo.density.grid import Grid
from geo.errors import DisclosureError, ParameterError
from geo.privacy.support import Support, class_geotiff_bytes, ladder_edges, protected_density

SIDE_M = 600_000.0


def square(cell_size_m: float) -> Grid:
    """A square country 600 km wide."""
    n = int(SIDE_M / cell_size_m)
    return Grid(0.0, n * cell_size_m, cell_size_m, np.ones((n, n), dtype=bool))


def support_of(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> Support:
    support = Support()
    support.add(x, y, np.ones(len(x)) if weight is None else weight)
    return support


def crowd(rng: np.random.Generator, n: int, x: float, y: float, spread_m: float) -> np.ndarray:
    return np.column_stack([rng.normal(x, spread_m, n), rng.normal(y, spread_m, n)])


def by_the_rule(
    points: np.ndarray, grid: Grid, reach_m: float, shifts: tuple[float, ...] = (0.0,)
) -> np.ndarray:
    """The rule on the exact positions, pixel by pixel: 11 records, 3 coordinates of 1 km."""
    shown = np.zeros(grid.mask.shape, dtype=bool)
    centres = np.stack(grid.centre_of(*np.indices(grid.mask.shape)), axis=-1)
    near_points = KDTree(points).query_ball_point(centres, reach_m)
    for row, column in np.argwhere(np.vectorize(len)(near_points) >= 11):
        near = points[near_points[row, column]]
        places = min(
            len({(round((x + shift) / 1000), round((y + shift) / 1000)) for x, y in near})
            for shift in shifts
        )
        shown[row, column] = places >= 3
    return shown


@given(
    seed=st.integers(0, 10_000),
    bandwidth_m=st.sampled_from([10_000.0, 15_000.0, 25_000.0]),
    ratio=st.sampled_from([0.5, 0.8, 1.0]),
)
@settings(max_examples=6)
def test_shows_nothing_that_the_rule_hides(seed, bandwidth_m, ratio):
    """Support shows at most what the rule shows on exact positions, and nearly as much.

    At least what it shows within 2h less a kilometre's diagonal, by both roundings.
    """
    rng = np.random.default_rng(seed)
    points = np.vstack(
        [rng.uniform(0, SIDE_M, (80, 2)), crowd(rng, 30, 200_000, 300_000, bandwidth_m)]
    )
    grid = square(bandwidth_m * ratio)
    shown = support_of(*points.T).is_shown(grid, bandwidth_m=bandwidth_m)
    assert not (shown & ~by_the_rule(points, grid, 2 * bandwidth_m)).any()
    inner = by_the_rule(points, grid, 2 * bandwidth_m - 1_415, shifts=(0.0, 500.0))
    assert not (inner & ~shown).any()
    assert inner.any()


@pytest.mark.parametrize("seed", range(6))
def test_pixels_near_the_limit_are_those_of_squares_wholly_within_two_bandwidths(seed):
    """Three places, twelve records: a second way, square by square, for both roundings."""
    rng, grid = np.random.default_rng(seed), square(5_000)
    centres = np.stack(grid.centre_of(*np.indices(grid.mask.shape)), axis=-1)
    for _ in range(5):
        places = 300_000 + rng.uniform(0, 5_000) + rng.uniform(0, 5_000, (3, 2))
        shown = support_of(*np.repeat(places, 4, axis=0).T).is_shown(grid, bandwidth_m=10_000)
        expected = np.ones_like(shown)
        for side, shift in ((500, 0), (1_000, 0), (1_000, 500)):
            middles = np.floor((places + shift) / side) * side + side / 2 - shift
            if side == 1_000 and len(np.unique(middles, axis=0)) < 3:
                expected[:] = False
            for middle in middles:
                away = np.hypot(*np.moveaxis(centres - middle, -1, 0))
                expected &= away <= 20_000 - side / np.sqrt(2)
        np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize(("bandwidth_m", "weight"), [(10_000.0, 1e6), (40_000.0, 1.0)])
def test_an_isolated_record_leaves_no_trace(bandwidth_m, weight):
    """With it or without it, at any weight, 4h and more away, the file is the same byte for byte.

    The plain density betrays it: its highest cell thereabouts is the record's own, and with a
    weight of a million its tail reaches the pixels that are shown.
    """
    rng = np.random.default_rng(3)
    town = crowd(rng, 200, 100_000, 100_000, 8_000)
    lone = np.array([[100_000, 100_000]]) + (4.4 * bandwidth_m + 30_000) / np.sqrt(2)
    grid = square(bandwidth_m / 2)
    options = {"grid": grid, "bandwidth_m": bandwidth_m}
    without = class_geotiff_bytes(protected_density(support_of(*town.T), **options))
    points, weights = np.vstack([town, lone]), np.append(np.ones(200), weight)
    with_it = class_geotiff_bytes(protected_density(support_of(*points.T, weights), **options))
    assert with_it == without
    plain = kernel_density(*points.T, weights, **options).values
    row, column = (int(i[0]) for i in grid.cell_of(*lone.T))
    around = plain[row - 2 : row + 3, column - 2 : column + 3]
    assert around.argmax() == 12


@pytest.mark.parametrize("bandwidth_m", [10_000.0, 50_000.0])
def test_ten_records_are_never_shown(bandwidth_m):
    """Ten records from ten places are one short, however they lie; eleven are enough."""
    points = np.column_stack([np.linspace(300_000, 312_000, 11), np.full(11, 300_200.0)])
    grid = square(bandwidth_m / 2)
    assert not support_of(*points[:10].T).is_shown(grid, bandwidth_m=bandwidth_m).any()
    assert support_of(*points.T).is_shown(grid, bandwidth_m=bandwidth_m).any()


def test_a_raised_k_hides_more_pixels(monkeypatch):
    """Twelve records are enough for K = 11 and not for a deployment that asks for 20."""
    points = np.column_stack([np.linspace(300_000, 312_000, 12), np.full(12, 300_200.0)])
    grid, support = square(10_000), support_of(*points.T)
    assert support.is_shown(grid, bandwidth_m=20_000).any()
    monkeypatch.setenv("ATLAS_K_ANONYMITY", "20")
    assert not support.is_shown(grid, bandwidth_m=20_000).any()
    with pytest.raises(DisclosureError, match="20 records from 3 places"):
        protected_density(support, grid=grid, bandwidth_m=20_000)


@pytest.mark.parametrize("corner", [(300_000.0, 300_000.0), (300_500.0, 300_500.0),
                                    (300_500.0, 300_000.0), (300_250.0, 300_250.0)])  # fmt: skip
def test_one_address_is_never_three_places(corner):
    """A thousand readings that scatter by 240 m over a corner of the squares are hidden."""
    rng = np.random.default_rng(1)
    points = np.array(corner) + rng.uniform(-240, 240, (1000, 2))
    assert not support_of(*points.T).is_shown(square(10_000), bandwidth_m=20_000).any()


def test_records_of_weight_zero_support_nothing():
    x = np.linspace(300_000, 312_000, 30)
    weight = np.where(np.arange(30) < 10, 1.0, 0.0)
    support = support_of(x, np.full(30, 300_200.0), weight)
    assert support.records.sum() == 10
    assert not support.is_shown(square(10_000), bandwidth_m=20_000).any()


def test_classes_follow_the_density():
    """Class k holds exactly the shown pixels between its edges; the rest is 0."""
    rng = np.random.default_rng(2)
    points = np.vstack([crowd(rng, 300, 200_000, 300_000, 15_000), rng.uniform(0, SIDE_M, (20, 2))])
    grid = square(10_000)
    support = support_of(*points.T)
    protected = protected_density(support, grid=grid, bandwidth_m=20_000)
    shown = support.is_shown(grid, bandwidth_m=20_000)
    row, column = grid.cell_of(*points.T)
    shown_points = points[shown[row, column]]
    exact = kernel_density(
        *shown_points.T, np.ones(len(shown_points)), grid=grid, bandwidth_m=20_000
    ).values
    assert ((protected.classes > 0) == shown).all()
    assert protected.classes.max() == 5
    assert set(np.unique(protected.classes)) <= set(range(6))
    edges = [0.0, *protected.edges, np.inf]
    for number in range(1, 6):
        inside = exact[protected.classes == number]
        assert (inside >= edges[number - 1] * 0.98).all()  # positions rounded to half a kilometre
        assert (inside <= edges[number] * 1.02).all()


def test_the_file_holds_classes_and_no_count():
    """One band of uint8, 0 to 5; no tag carries a total, and no field of the result the density."""
    from rasterio.io import MemoryFile

    rng = np.random.default_rng(2)
    points = crowd(rng, 137, 200_000, 300_000, 15_000)
    protected = protected_density(support_of(*points.T), grid=square(10_000), bandwidth_m=20_000)
    content = class_geotiff_bytes(protected)
    with MemoryFile(content) as memory, memory.open() as raster:
        assert (raster.count, raster.dtypes[0]) == (1, "uint8")
        assert set(np.unique(raster.read(1))) <= set(range(6))
        tags = raster.tags()
    assert not any("137" in value for value in tags.values())
    assert tags["tier"] == "T2"
    assert "11 records from at least 3 places" in tags["rule"]
    arrays = [f.name for f in fields(protected)
              if isinstance(getattr(protected, f.name), np.ndarray)]  # fmt: skip
    assert arrays == ["classes"]


@given(top=st.floats(1e-9, 1e6))
@settings(max_examples=60)
def test_edges_stand_on_the_ladder(top):
    """Four ascending edges of 1, 2 or 5; the last does not exceed the maximum, the next would."""
    edges = ladder_edges(top)
    assert len(edges) == 4
    assert list(edges) == sorted(set(edges))
    assert edges[-1] <= top < edges[-1] * 2.5001
    assert all(f"{edge:.0e}"[0] in "125" for edge in edges)


@given(seed=st.integers(0, 10_000), on_lines=st.booleans())
@settings(max_examples=20)
def test_counts_within_a_distance_by_brute_force(seed, on_lines):
    """Every square against every pixel, squares on the circle's edge included."""
    from geo.privacy.support import _count_within

    rng = np.random.default_rng(seed)
    table = rng.integers(0, 3, (23, 31))
    grid = Grid(-2_000.0, 9_000.0, 1_500.0, rng.random((8, 9)) < 0.8)
    first = (-1_750.0, 250.0) if on_lines else tuple(rng.uniform(-3_000, 2_000, 2))
    reach = 2_500.0 if on_lines else rng.uniform(100, 6_000)
    counts = _count_within(grid, table, first, 500.0, reach)
    column, row = np.indices(table.shape)
    x, y = first[0] + column * 500.0, first[1] + row * 500.0
    for place in np.argwhere(grid.mask):
        centre_x, centre_y = grid.centre_of(*place)
        near = (centre_x - x) ** 2 + (centre_y - y) ** 2 <= reach**2
        assert counts[tuple(place)] == table[near].sum()
    assert not counts[~grid.mask].any()


def test_chunks_in_any_order_are_one_support():
    """Chunks far apart in any order are one support; half a world is refused."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-100_000, 100_000, 400), rng.uniform(-300_000, 300_000, 400)
    weight = rng.integers(0, 4, 400).astype(float)
    whole, parts = support_of(x, y, weight), Support()
    for part in np.array_split(rng.permutation(400), 3):
        parts.add(x[part], y[part], weight[part])
    for whole_values, part_values in zip(whole.points(), parts.points(), strict=True):
        assert np.allclose(whole_values, part_values)
    assert np.array_equal(whole.records, parts.records)
    assert parts.records.sum() == int((weight > 0).sum())
    with pytest.raises(ValueError, match="invalid entry"):
        support_of(np.array([0.0, 9e6]), np.array([0.0, 9e6]))


def test_refusals():
    lump, x = support_of(np.full(50, 3e5), np.full(50, 3e5)), np.linspace(2e5, 2.2e5, 50)
    for support, cell_size_m, bandwidth_m, error, message in (
        (lump, 5_000, 9_999, ParameterError, "from 10000 m"),
        (lump, 5_000, 20_000, ParameterError, "use at least 10000 m"),
        (support_of(x, x), 30_000, 20_000, ParameterError, "larger than bandwidth_m"),
        (lump, 10_000, 20_000, DisclosureError, "11 records from 3 places within 40 km"),
        (Support(), 10_000, 20_000, DisclosureError, "no pixel can be shown"),
    ):
        with pytest.raises(error, match=message):
            protected_density(support, grid=square(cell_size_m), bandwidth_m=bandwidth_m)
