"""Points gathered as polynomials: sums by hand, adding up, moving onto the country."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.gathering import gathered
from geo.grid import Grid
from geo.lattice import FEW, MARGIN, PART, TERMS, Gathered, lattice_for
from geo.points import projected_chunks, projector

GRID = Grid(-20_000.0, 60_000.0, 1_000.0, np.ones((60, 40), dtype=bool))


def scattered(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(-20_000, 20_000, n), rng.uniform(0, 60_000, n), rng.gamma(1, 2, n)


def test_ten_sums_of_one_point_by_hand():
    """An eighth of a cell south and a quarter east of a node: powers of these times the weight."""
    lattice = lattice_for(GRID, 20_000)
    assert lattice.spacing_m == 4_000
    x, y = lattice.west_m + 5.75 * 4_000, lattice.north_m - 7.625 * 4_000
    found = Gathered(GRID, lattice)
    found.add(np.array([x]), np.array([y]), np.array([3.0]))
    by_hand = [3 * 0.125**p * 0.25**q for p, q in TERMS]
    sums = found.sums.reshape(10, *lattice.shape)
    assert sums[:, 7, 5] == pytest.approx(by_hand, abs=1e-12)
    assert np.count_nonzero(found.sums.any(axis=0)) == 1


def test_few_points_and_many_take_two_ways_to_the_same_sums():
    """Below and above the number from which whole passes pay."""
    mask = GRID.mask.copy()
    mask[20:40, 10:] = False
    grid = Grid(GRID.west_m, GRID.north_m, GRID.cell_size_m, mask)
    lattice = lattice_for(grid, 12_000)
    points = scattered(8, FEW + 5)
    many, few = Gathered(grid, lattice), Gathered(grid, lattice)
    many.add(*points)
    for begin in range(0, len(points[0]), 1_000):
        few.add(*(a[begin : begin + 1_000] for a in points))
    assert np.allclose(many.sums, few.sums, rtol=1e-12, atol=1e-9)
    assert many.snapped_count == few.snapped_count > 0
    assert many.snapped_max_distance_m == few.snapped_max_distance_m


@pytest.mark.parametrize("bandwidth_m", [30_000.0, 5_000.0, 3_300.0, 1_000.0])
def test_lattice_keeps_step_with_the_cells(bandwidth_m):
    """A fifth of the bandwidth or finer, in step with the cells, over all of them."""
    lattice = lattice_for(GRID, bandwidth_m)
    assert lattice.spacing_m <= bandwidth_m / 5 * (1 + 1e-12)
    ratio = max(lattice.spacing_m / 1_000, 1_000 / lattice.spacing_m)
    assert ratio == pytest.approx(round(ratio))
    for cells, nodes in zip(GRID.mask.shape, lattice.shape, strict=True):
        assert (nodes - 2 * MARGIN) * lattice.spacing_m >= cells * 1_000 * (1 - 1e-12)


@given(seed=st.integers(0, 10_000), cut=st.integers(1, 199))
@settings(max_examples=25, deadline=None)
def test_parts_add_up(seed, cut):
    """Two passes over two parts, merged, are one pass over all."""
    lattice = lattice_for(GRID, 12_000)
    points = scattered(seed, 200)
    whole, one, two = (Gathered(GRID, lattice) for _ in range(3))
    whole.add(*points)
    one.add(*(a[:cut] for a in points))
    two.add(*(a[cut:] for a in points))
    one.merge(two)
    assert np.allclose(one.sums, whole.sums, rtol=0, atol=1e-9)
    assert (one.count, one.total) == (200, pytest.approx(whole.total))
    assert whole.sums[0].sum() == pytest.approx(points[2].sum())


def test_points_off_the_country_move_to_the_nearest_cell():
    """As Snapper moves them, counted, with the farthest move; those inside stay."""
    mask = GRID.mask.copy()
    mask[20:40, 10:] = False
    grid = Grid(GRID.west_m, GRID.north_m, GRID.cell_size_m, mask)
    found = Gathered(grid, lattice_for(grid, 12_000))
    x = np.array([5_500.0, -19_000.0, 1e7, -15_250.0])
    y = np.array([39_200.0, 30_000.0, -1e7, 30_750.0])
    found.add(x, y, np.ones(4))
    moved = Gathered(grid, found.lattice)
    moved.add(np.array([5_500.0, -19_000.0, 19_500.0, -15_250.0]),
              np.array([40_500.0, 30_000.0, 500.0, 30_750.0]), np.ones(4))  # fmt: skip
    assert np.allclose(found.sums, moved.sums)
    assert (found.snapped_count, moved.snapped_count) == (2, 0)
    assert found.snapped_max_distance_m == pytest.approx(np.hypot(1e7 - 19_500, 1e7 + 500))


def test_two_threads_give_the_same_bits_each_time():
    """More points than one part: the same sums as one thread, and no run differs from another."""
    lattice = lattice_for(GRID, 12_000)
    points = scattered(3, 3 * PART + 5)
    first, again = (gathered([points], into=Gathered(GRID, lattice)) for _ in range(2))
    assert np.array_equal(first.sums, again.sums)
    alone = Gathered(GRID, lattice)
    alone.add(*points)
    assert np.allclose(first.sums, alone.sums, rtol=1e-12, atol=1e-9 * alone.total)
    assert first.count == alone.count == 3 * PART + 5


def test_a_fault_in_a_late_part_is_raised_whole():
    """The message counts over the chunk, and no thread is left behind."""
    x, y, w = scattered(1, 2 * PART + 10)
    y[-3:] = np.nan
    threads = threading.active_count()
    with pytest.raises(GeoError, match=f"3 of {len(y)} values of northing are not finite"):
        gathered([(x, y, w)], into=Gathered(GRID, lattice_for(GRID, 12_000)))
    assert threading.active_count() == threads


def test_a_fault_in_a_gathering_thread_ends_the_pass():
    """One of many parts cannot be projected: said once, nothing left running."""
    seen = []

    def project(x, y, w):
        seen.append(len(w))
        if len(seen) == 3:
            raise GeoError("the third part does not fit")
        return x, y, w

    points = [scattered(n, 100) for n in range(40)]
    threads, interval = threading.active_count(), sys.getswitchinterval()
    with pytest.raises(GeoError, match="the third part does not fit"):
        gathered(points, into=Gathered(GRID, lattice_for(GRID, 12_000)), project=project)
    assert len(seen) < 40
    assert threading.active_count() == threads
    assert sys.getswitchinterval() == interval


def test_projecting_in_the_threads_gives_the_same_bits():
    """Degrees that the gathering threads project, and points that came projected."""
    lattice = lattice_for(GRID, 12_000)
    rng = np.random.default_rng(6)
    degrees = rng.uniform(-75.1, -74.9, 3 * PART), rng.uniform(-9.1, -8.7, 3 * PART)
    weight = rng.gamma(1, 2, 3 * PART)
    there = gathered([(*degrees, weight)], into=Gathered(GRID, lattice), project=projector())
    here = gathered(projected_chunks([(*degrees, weight)]), into=Gathered(GRID, lattice))
    assert np.array_equal(there.sums, here.sums)
    assert there.total == here.total
    late = degrees[1].copy()
    late[-1] = 91.0
    with pytest.raises(GeoError, match=r"1 of .* points exceed 180 or 90 degrees"):
        gathered([(degrees[0], late, weight)], into=Gathered(GRID, lattice), project=projector())


def test_refuses_nothing():
    """A stream that ends before its first part."""
    with pytest.raises(GeoError, match="no points came"):
        gathered([], into=Gathered(GRID, lattice_for(GRID, 12_000)))
