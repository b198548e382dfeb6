"""Neighbours, permutations, Gi* and the Assunção-Reis rate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from shapely import box

from data.geography import load_departments
from geo.errors import ParameterError
from geo.hotspots.clusters import (
    HotspotClass,
    Quadrant,
    gi_star,
    hot_spots,
    queen_contiguity,
    standardised_rate,
)
from geo.hotspots.permutation import permutation_null


def contiguity_of(matrix) -> sparse.csr_array:
    return sparse.csr_array(np.asarray(matrix, dtype=float))


def lattice(side: int) -> sparse.csr_array:
    row, column = np.divmod(np.arange(side * side), side)
    near = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column)) == 1
    return contiguity_of(near)


def test_published_gi_star():
    """Six points within 15 of each other: the example in the documentation of esda.G_Local."""
    points = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)])
    distance = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    near = contiguity_of((distance <= 15) & (distance > 0))
    published = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    scores = gi_star(np.array([2, 3, 3.2, 5, 8, 7]), near)
    np.testing.assert_allclose(scores, published, atol=5e-9)


def test_statistics_by_loops():
    """Gi* and the standardised rate region by region, as the papers write them."""
    near = lattice(4)
    rng = np.random.default_rng(8)
    people = rng.lognormal(8, 1, 16)
    counts = rng.poisson(people / 300).astype(float)
    overall = counts.sum() / people.sum()
    spread = sum(people * (counts / people - overall) ** 2) / people.sum()
    between = max(spread - overall / people.mean(), 0)
    rates = np.array(
        [
            (y / x - overall) / np.sqrt(between + overall / x)
            for y, x in zip(counts, people, strict=True)
        ]
    )
    np.testing.assert_allclose(standardised_rate(counts, people), rates, rtol=1e-10)
    mean, n = rates.mean(), 16
    second = sum((rates - mean) ** 2) / n
    for i in range(n):
        around = np.flatnonzero(near.toarray()[i])
        inside = np.r_[around, i]
        k = inside.size
        star = (rates[inside].sum() - k * mean) / np.sqrt(second * (n * k - k**2) / (n - 1))
        assert gi_star(rates, near)[i] == pytest.approx(star)


@given(order=st.permutations(range(9)), factor=st.floats(1e-3, 1e3))
@settings(max_examples=10)
def test_relabelling_and_scaling(order, factor):
    """All moves with its region; another unit of people: same p. Draws go by region, not row."""
    order = list(order)
    near = lattice(3)
    people = np.random.default_rng(1).uniform(100, 900, 9)
    counts = np.array([30, 2, 4, 9, 1, 5, 12, 3, 8])
    plain = hot_spots(counts, people, near, replicas=199)
    scaled = hot_spots(counts, people * factor, near, replicas=199)
    np.testing.assert_allclose(scaled.statistic, plain.statistic, atol=1e-9)
    np.testing.assert_array_equal(scaled.p_value, plain.p_value)
    turned_near = contiguity_of(near.toarray()[np.ix_(order, order)])
    turned = hot_spots(counts[order], people[order], turned_near, replicas=199)
    np.testing.assert_allclose(turned.statistic, plain.statistic[order], atol=1e-9)
    np.testing.assert_allclose(turned.z_score, plain.z_score[order], atol=1e-9)
    assert turned.quadrant == tuple(plain.quadrant[place] for place in order)


def test_false_alarms_under_the_null():
    """Rates that could stand anywhere: P(p <= a) <= a, and BH in 5 % of 400 maps at most."""
    near, people = lattice(5), np.full(25, 10_000.0)
    tests = [
        hot_spots(counts, people, near, replicas=999, seed=900 + number)
        for number, counts in enumerate(np.random.default_rng(3).poisson(24, (400, 25)))
    ]
    p_values = np.array([test.p_value for test in tests])
    for level in (0.05, 0.1, 0.2, 0.5):
        # Per region the maps are independent; the worst of 25 is allowed four standard errors.
        rate, error = np.mean(p_values <= level, axis=0), np.sqrt(level * (1 - level) / 400)
        assert rate.max() <= level + 4 * error
        assert rate.mean() <= level + error
    alarms = np.mean([test.is_significant.any() for test in tests])
    assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_big_neighbours_of_small_regions_are_not_hot():
    """Equal rates and very unequal populations: counts alone would light up around the capital."""
    people = np.full(49, 1000.0)
    people[24] = 50_000
    counts = (people / 100).astype(int)
    counts[0] += 1
    spots = hot_spots(counts, people, lattice(7))
    assert not spots.is_significant.any()
    on_counts = gi_star(counts.astype(float), lattice(7))
    assert on_counts[23] > 1.96


@pytest.mark.parametrize(
    ("inside", "hotspot", "quadrant"),
    [(160, HotspotClass.HOT_95, Quadrant.HH), (4, HotspotClass.COLD_95, Quadrant.LL)],
)
def test_a_corner_that_stands_out(inside, hotspot, quadrant):
    """Four regions at four times the risk are hot and HH, at a tenth cold and LL; one alone HL."""
    people, counts = np.full(36, 1000.0), np.full(36, 40)
    counts[[0, 1, 6, 7]] = inside
    spots = hot_spots(counts, people, lattice(6))
    assert (spots.hotspot[0], spots.quadrant[0]) == (hotspot, quadrant)
    assert spots.hotspot[35] == HotspotClass.NOT_SIGNIFICANT
    counts = np.full(25, 20)
    counts[12] = 200
    assert hot_spots(counts, np.full(25, 1000.0), lattice(5)).quadrant[12] == Quadrant.HL


def test_nothing_to_test_never_gives_a_small_p():
    """All zero, constant, no neighbours, one island: p is 1; what cannot be tested says so."""
    people = np.full(9, 100.0)
    empty = hot_spots(np.zeros(9), people, lattice(3), replicas=199)
    constant = hot_spots(np.full(9, 7), people, lattice(3), replicas=199)
    alone = hot_spots(np.arange(9), people, contiguity_of(np.zeros((9, 9))), replicas=199)
    for result in (empty, constant, alone):
        assert result.p_value.tolist() == [1.0] * 9
        assert not result.is_significant.any()
    assert set(empty.hotspot) == set(alone.hotspot) == {HotspotClass.UNTESTABLE}
    assert np.isnan(empty.q_value).all()
    matrix = lattice(3).toarray()
    matrix[4] = matrix[:, 4] = 0
    counts = np.array([3, 5, 3, 5, 900, 5, 3, 5, 3])
    island = hot_spots(counts, people, contiguity_of(matrix), replicas=199)
    assert island.hotspot[4] == HotspotClass.UNTESTABLE
    assert (island.p_value[4], island.smallest_p[4]) == (1.0, 1.0)
    assert island.quadrant[4] == Quadrant.NONE


def test_smallest_p_is_shown():
    """The region in the middle has everyone as neighbour: no choice, so 8 are tested."""
    people, counts = np.full(9, 100.0), np.array([40, 38, 2, 41, 37, 3, 2, 1, 2])
    usual = hot_spots(counts, people, lattice(3), replicas=199)
    tested = [name != HotspotClass.UNTESTABLE for name in usual.hotspot]
    assert np.all(usual.p_value[tested] >= usual.smallest_p[tested])
    assert np.all(usual.smallest_p > 0.008)
    assert usual.hotspot[4] == HotspotClass.UNTESTABLE
    assert np.isfinite(usual.q_value).sum() == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"population": [0, 1, 1, 1, 1, 1, 1, 1, 1], "reported_count": [0] + [1] * 8},
            "denominators are finite and above 0",
        ),
        ({"neighbours": lattice(2)}, "neighbours of 4 regions for 9"),
        ({"replicas": 10}, "at least 3 regions and 99"),
        ({"reported_count": [0.5] * 9}, "counts are whole numbers"),
    ],
)
def test_refusals(change, message):
    arguments = {
        "reported_count": [1] * 9,
        "population": [1] * 9,
        "neighbours": lattice(3),
    } | change
    with pytest.raises(ParameterError, match=message):
        hot_spots(**arguments)
    for values in (np.ones(8), np.append(np.ones(8), np.nan)):
        with pytest.raises(ParameterError, match="one finite number for each"):
            permutation_null(values, lattice(3))


def enumerated(x: np.ndarray, contiguity: sparse.csr_array, region: int) -> np.ndarray:
    """Every sum over as many of the other regions as this one has neighbours."""
    others = np.delete(x, region)
    count = int(contiguity.sum(axis=1)[region])
    return np.array([sum(some) for some in itertools.combinations(others, count)])


@pytest.mark.parametrize("seed", range(3))
def test_p_and_z_are_those_of_all_subsets(seed):
    """Nine regions, every subset counted: tails within five standard errors, z to rounding."""
    rng = np.random.default_rng(seed)
    contiguity = lattice(3)
    x = rng.integers(0, 4, 9).astype(float)  # ties are many
    z_score, p_value, draws = permutation_null(x, contiguity, draws=40_000, seed=seed)
    for region in range(9):
        if contiguity.sum(axis=1)[region] == 8:  # the middle touches all: no choice
            assert (z_score[region], p_value[region]) == (0, 1)
            continue
        sums = enumerated(x, contiguity, region)
        observed = x[contiguity[[region]].indices].sum()
        exact = min(np.mean(sums >= observed), np.mean(sums <= observed))
        error = np.sqrt(exact * (1 - exact) / draws[region])
        assert abs(p_value[region] - min(1, 2 * exact)) < 10 * error + 4 / draws[region]
        assert z_score[region] == pytest.approx((observed - sums.mean()) / sums.std(), abs=1e-9)


@pytest.mark.slow  # the peer compiles its sampler for a quarter of a minute
def test_esda_agrees():
    """The peer's local G with the region counted in: same p up to two sampling errors."""
    from esda.getisord import G_Local
    from libpysal.weights import W

    contiguity = lattice(8)
    x = np.random.default_rng(5).gamma(2.0, 1.0, 64)
    weights = W({i: contiguity[[i]].indices.tolist() for i in range(64)}, silence_warnings=True)
    peer = G_Local(x, weights, transform="B", star=True, permutations=4_999, n_jobs=1, seed=1)
    one_sided = permutation_null(x, contiguity, draws=4_999)[1] / 2
    error = np.sqrt(2 * 0.25 / 4_999)
    assert np.all(np.abs(one_sided - np.minimum(peer.p_sim, 0.5)) < 5 * error)


def test_neighbours_of_departments():
    """Neighbours of departments are those of a school atlas, and all 300 pairs agree."""
    departments = load_departments()
    shapes, names = departments.geometry.to_numpy(), departments.department.tolist()
    neighbours = queen_contiguity(shapes)
    for department, expected in (
        ("Madre de Dios", {"Cusco", "Puno", "Ucayali"}),
        ("Tumbes", {"Piura"}),
        ("Callao", {"Lima"}),
        ("Tacna", {"Moquegua", "Puno"}),
        ("Loreto", {"Amazonas", "San Martín", "Huánuco", "Ucayali"}),
        ("Piura", {"Tumbes", "Lambayeque", "Cajamarca"}),
    ):
        around = neighbours[[names.index(department)]].indices
        assert {names[position] for position in around} == expected
    shapely.prepare(shapes)
    by_pair = np.array([[a is not b and a.intersects(b) for b in shapes] for a in shapes])
    np.testing.assert_array_equal(neighbours.toarray(), by_pair.astype(float))
    assert neighbours.sum(axis=1).all()


def test_tolerance_bridges_slivers():
    """A gap of 2 counts as touching from a tolerance of 2 on; an empty shape is refused."""
    shapes = [box(0, 0, 10, 10), box(12, 0, 20, 10), box(100, 0, 110, 10)]
    assert queen_contiguity(shapes, tolerance=1.9).nnz == 0
    joined = queen_contiguity(shapes, tolerance=2.0)
    assert joined.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    for bad in (shapely.Polygon(), None):
        with pytest.raises(ParameterError, match="position 1 is missing or empty"):
            queen_contiguity([shapes[0], bad])
