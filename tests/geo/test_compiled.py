"""Compiled loops: sums, places and projection of numpy's way, and what is said without numba."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import compiled, laea
from geo.compiled import CompiledGathered, CompiledSnapper, CompiledSupport
from geo.density import kernel_density
from geo.errors import GeoError, ParameterError
from geo.gathering import gathered
from geo.grid import Grid, Snapper
from geo.lattice import PART, TERMS, Gathered, lattice_for
from geo.points import projector
from geo.support import Support

MASK = np.ones((60, 40), dtype=bool)
MASK[20:40, 10:] = False
GRID = Grid(-20_000.0, 60_000.0, 1_000.0, MASK)
LATTICE = lattice_for(GRID, 12_000)


def scattered(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points on the country, in its bay and beyond the map."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-45_000, 45_000, n), rng.uniform(-30_000, 90_000, n), rng.gamma(1, 2, n)


def test_ten_sums_of_one_point_by_hand():
    """An eighth of a cell south and a quarter east of a node: powers of these times the weight."""
    grid = Grid(-20_000.0, 60_000.0, 1_000.0, np.ones((60, 40), dtype=bool))
    lattice = lattice_for(grid, 20_000)
    x, y = lattice.west_m + 5.75 * 4_000, lattice.north_m - 7.625 * 4_000
    found = CompiledGathered(grid, lattice)
    found.add(np.array([x]), np.array([y]), np.array([3.0]))
    by_hand = [3 * 0.125**p * 0.25**q for p, q in TERMS]
    assert found.sums.reshape(10, *lattice.shape)[:, 7, 5] == pytest.approx(by_hand, abs=1e-12)
    assert np.count_nonzero(found.sums.any(axis=0)) == 1


@given(seed=st.integers(0, 10_000), n=st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_the_sums_are_those_of_numpy(seed, n):
    """Also of points that have to be moved onto the country, and of those beyond the lattice."""
    points = scattered(seed, n)
    usual, loops = Gathered(GRID, LATTICE), CompiledGathered(GRID, LATTICE)
    usual.add(*points)
    loops.add(*points)
    assert np.allclose(usual.sums, loops.sums, rtol=1e-12, atol=1e-9)
    assert (usual.count, usual.total) == (loops.count, loops.total)
    assert usual.snapped_count == loops.snapped_count
    assert usual.snapped_max_distance_m == loops.snapped_max_distance_m


def test_both_kinds_are_merged_and_travel():
    """Parts of the points by either, in either order, also over a pickle: one pass over all."""
    points = scattered(4, 2_000)
    half = tuple(a[:900] for a in points), tuple(a[900:] for a in points)
    whole = Gathered(GRID, LATTICE)
    whole.add(*points)
    for kinds in ((Gathered, CompiledGathered), (CompiledGathered, Gathered)):
        one, two = (kind(GRID, LATTICE) for kind in kinds)
        one.add(*half[0])
        two.add(*half[1])
        one.merge(pickle.loads(pickle.dumps(two)))
        assert np.allclose(one.sums, whole.sums, rtol=1e-12, atol=1e-9)
        assert one.count == whole.count


def test_two_threads_give_the_same_bits_each_time():
    """More than one part: no run differs from another, and all agree with one thread of numpy."""
    points = scattered(3, 3 * PART + 5)
    first, again = (gathered([points], into=CompiledGathered(GRID, LATTICE)) for _ in range(2))
    assert np.array_equal(first.sums, again.sums)
    alone = Gathered(GRID, LATTICE)
    alone.add(*points)
    assert np.allclose(first.sums, alone.sums, rtol=1e-11, atol=1e-9 * alone.total)
    assert first.snapped_count == alone.snapped_count > 0


@pytest.mark.parametrize("edge", ["diggle", "uniform", "none"])
def test_the_density_is_the_same(edge):
    """To single precision, at every cell; a quartic kernel does not ask."""
    points = scattered(9, 5_000)
    wanted = {"grid": GRID, "bandwidth_m": 12_000.0, "edge": edge}
    usual = kernel_density(*points, **wanted)
    loops = kernel_density(*points, **wanted, compiled=True)
    peak = np.nanmax(usual.values)
    assert np.allclose(usual.values, loops.values, rtol=0, atol=3e-7 * peak, equal_nan=True)
    quartic = [kernel_density(*points, **wanted, kernel="quartic", compiled=c) for c in (0, 1)]
    assert np.array_equal(*(one.values for one in quartic), equal_nan=True)


@given(
    longitude=st.floats(-94, -56), latitude=st.floats(-20, 20), seed=st.integers(0, 1_000)
)  # a little within the series
@settings(max_examples=60, deadline=None)
def test_the_projection_is_that_of_numpy_to_the_bit(longitude, latitude, seed):
    """Where the series are short, and where the general form takes over."""
    rng = np.random.default_rng(seed)
    degrees = longitude + rng.normal(0, 2, 50), np.clip(latitude + rng.normal(0, 2, 50), -89, 89)
    for one, other in zip(laea.project(*degrees), compiled.project(*degrees), strict=True):
        assert np.array_equal(one, other)


@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.001, 0.02, 0.3]))
@settings(max_examples=40, deadline=None)
def test_the_nearest_cell_is_that_of_the_search_tree(seed, share):
    """On masks of single cells, islands and bays, from inside the map and far beyond it."""
    rng = np.random.default_rng(seed)
    mask = rng.random((37, 29)) < share
    mask[rng.integers(0, 37), rng.integers(0, 29)] = True
    grid = Grid(-14_000.0, 18_000.0, 1_000.0, mask)
    x, y = rng.uniform(-60_000, 60_000, (2, 200))
    for ours, theirs in zip(
        CompiledSnapper(grid).snap(x, y), Snapper(grid).snap(x, y), strict=True
    ):
        assert np.allclose(ours, theirs, rtol=0, atol=1e-6)


def test_records_are_counted_as_by_numpy():
    """The same squares, counts and weights to the bit, whatever corner the tables begin at."""
    usual, loops = Support(), CompiledSupport()
    for seed in range(3):
        x, y, w = scattered(seed, 5_000)
        w[::7] = 0
        for one in (usual, loops):
            one.add(x + 3e5 * seed, y - 5e5 * seed, w)
    assert usual.record_count == loops.record_count
    for ours, theirs in zip(loops.points(), usual.points(), strict=True):
        assert np.array_equal(ours, theirs)
    loops.merge(pickle.loads(pickle.dumps(usual)))
    assert loops.record_count == 2 * usual.record_count


def test_strided_and_read_only_columns_are_read():
    """As Arrow and slices give them; nothing came, nothing comes."""
    x, y, w = scattered(5, 400)
    table = np.column_stack([x, y, w])
    table.flags.writeable = False
    whole, strided = CompiledGathered(GRID, LATTICE), CompiledGathered(GRID, LATTICE)
    whole.add(x, y, w)
    strided.add(*table.T)
    assert np.array_equal(whole.sums, strided.sums)
    assert [len(a) for a in compiled.project(np.empty(0), np.empty(0))] == [0, 0]


def test_what_does_not_fit_is_refused_as_ever():
    """Degrees that are none, by the same sentence."""
    turn = projector(compiled=True)
    with pytest.raises(GeoError, match="1 of 2 points exceed 180 or 90 degrees"):
        turn([-75.0, -75.0], [-9.0, 91.0], [1.0, 1.0])


def test_without_numba_the_way_out_is_told(monkeypatch):
    """What is missing, how to get it, and that the result is the same without."""
    monkeypatch.setattr(compiled.importlib.util, "find_spec", lambda name: None)
    assert not compiled.is_installed()
    with pytest.raises(ParameterError, match=r"numba.*requirements-compiled\.lock.*the same"):
        kernel_density([0.0], [0.0], [1.0], grid=GRID, bandwidth_m=12_000.0, compiled=True)
