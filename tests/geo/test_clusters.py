"""Gi*, local Moran and the Assunção-Reis rate: published numbers, brute force, the null."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import local_simulation
from geo.clusters import (
    ClusterSettings,
    HotspotClass,
    Quadrant,
    hot_spots,
    moran_clusters,
)
from geo.contiguity import Contiguity
from geo.errors import ParameterError
from geo.local_statistics import gi_star, global_moran, local_moran, standardised_rate
from geo.twin import draw_equal_risk, equal_risk_twins

PUBLISHED = Path(__file__).parents[1] / "data_published"
QUICK = ClusterSettings(replicas=199)


def contiguity_of(matrix) -> Contiguity:
    region, neighbour = np.nonzero(np.asarray(matrix))
    return Contiguity(len(matrix), region, neighbour)


def lattice(side: int) -> Contiguity:
    row, column = np.divmod(np.arange(side * side), side)
    near = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column)) == 1
    return contiguity_of(near)


@pytest.fixture(scope="module")
def carolina():
    frame = pd.read_csv(PUBLISHED / "nc_sids.csv", dtype={"fips": str, "neighbours": str})
    position = {code: number for number, code in enumerate(frame.fips)}
    pairs = [
        (number, position[code])
        for number, codes in enumerate(frame.neighbours)
        for code in codes.split()
    ]
    region, neighbour = np.array(pairs).T
    return frame, Contiguity(len(frame), region, neighbour)


def test_published_gi_star():
    """Six points within 15 of each other: the example in the documentation of esda.G_Local."""
    points = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)])
    distance = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    near = contiguity_of((distance <= 15) & (distance > 0))
    published = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    found = gi_star(np.array([2, 3, 3.2, 5, 8, 7]), near)
    np.testing.assert_allclose(found, published, atol=5e-9)


def test_published_eb_moran(carolina):
    """Assunção-Reis Moran of sudden infant deaths 1979-84: 0.16622 (esda.Moran_Rate, GeoDa)."""
    frame, near = carolina
    rates = standardised_rate(frame.sids_1979.to_numpy(float), frame.births_1979.to_numpy(float))
    assert global_moran(rates, near) == pytest.approx(0.16622343552567395, abs=1e-12)


def test_published_moran_is_the_mean_of_the_local_ones(carolina):
    """Rates of 1974-78: 0.24773 (esda and GeoDa); local Moran adds up to it, as Anselin asks.

    No table of local values could be found in print together with its data.
    """
    frame, near = carolina
    rates = (frame.sids_1974 / frame.births_1974 * 1000).round(6).to_numpy()
    assert local_moran(rates, near).mean() == pytest.approx(0.24772519320480135, abs=1e-6)


def test_local_moran_by_hand():
    """Values 1, 2, 6 in a row: z = -2, -1, 3, m2 = 14/3."""
    row = contiguity_of([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    by_hand = np.array([(-2) * (-1), (-1) * (-2 + 3) / 2, 3 * (-1)]) * 3 / 14
    np.testing.assert_allclose(local_moran(np.array([1.0, 2.0, 6.0]), row), by_hand, rtol=1e-12)


def test_statistics_by_loops():
    """Both statistics and the standardised rate region by region, as the papers write them."""
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
        around = near.neighbours_of(i)
        moran = (rates[i] - mean) * np.mean(rates[around] - mean) / second
        assert local_moran(rates, near)[i] == pytest.approx(moran)
        inside = np.r_[around, i]
        k = inside.size
        star = (rates[inside].sum() - k * mean) / np.sqrt(second * (n * k - k**2) / (n - 1))
        assert gi_star(rates, near)[i] == pytest.approx(star)


@pytest.mark.parametrize("test", [hot_spots, moran_clusters])
def test_p_values_by_a_second_simulation(test):
    """A plain loop over maps drawn with another generator agrees within Monte Carlo error."""
    near = lattice(4)
    rng = np.random.default_rng(21)
    people = rng.lognormal(8, 0.8, 16)
    counts = rng.multinomial(200, people / people.sum())
    found = test(counts, people, near, settings=ClusterSettings(replicas=4999))
    measure = gi_star if test is hot_spots else local_moran
    observed = measure(standardised_rate(counts.astype(float), people), near, is_studentised=False)
    above, below = np.ones(16), np.ones(16)
    for _ in range(3000):
        places = rng.choice(16, size=200, p=people / people.sum())
        one = np.bincount(places, minlength=16).astype(float)
        drawn = measure(standardised_rate(one, people), near, is_studentised=False)
        above += drawn >= observed
        below += drawn <= observed
    by_loop = np.minimum(1, 2 * np.minimum(above, below) / 3001)
    np.testing.assert_allclose(found.p_value, by_loop, atol=0.09)


@pytest.mark.parametrize("test", [hot_spots, moran_clusters])
@given(order=st.permutations(range(9)), factor=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=10)
def test_relabelling_and_scaling(test, order, factor):
    """All moves with its region, p-values to the last bit; another unit of people: same p."""
    order = list(order)
    near = lattice(3)
    people = np.random.default_rng(1).uniform(100, 900, 9)
    counts = np.array([30, 2, 4, 9, 1, 5, 12, 3, 8])
    codes = np.array(["07", "02", "25", "11", "03", "19", "01", "14", "08"])
    plain = test(counts, people, near, codes=codes, settings=QUICK)
    scaled = test(counts, people * factor, near, codes=codes, settings=QUICK)
    np.testing.assert_allclose(scaled.statistic, plain.statistic, atol=1e-9)
    np.testing.assert_array_equal(scaled.p_value, plain.p_value)
    turned_near = contiguity_of(near.dense()[np.ix_(order, order)])
    turned = test(counts[order], people[order], turned_near, codes=codes[order], settings=QUICK)
    for name in ("statistic", "z_score", "p_value", "q_value", "smallest_p", "is_significant"):
        np.testing.assert_array_equal(getattr(turned, name), getattr(plain, name)[order])
    assert turned.hotspot == tuple(plain.hotspot[place] for place in order)
    assert turned.quadrant == tuple(plain.quadrant[place] for place in order)


def test_codes_in_order_change_nothing():
    """Codes that ascend with the rows give the maps drawn without codes."""
    near, people, counts = lattice(3), np.arange(100, 1000, 100), np.arange(9) ** 2
    with_codes = hot_spots(counts, people, near, codes=list("abcdefghi"), settings=QUICK)
    without = hot_spots(counts, people, near, settings=QUICK)
    np.testing.assert_array_equal(with_codes.p_value, without.p_value)


@pytest.mark.parametrize("codes", [list("abcdefgh"), list("abcdefghh")])
def test_refuses_codes_that_do_not_name_the_regions(codes):
    """One missing, one repeated."""
    with pytest.raises(ParameterError, match="one unique code per region"):
        hot_spots([1] * 9, [10] * 9, lattice(3), codes=codes, settings=QUICK)


@pytest.mark.parametrize("test", [hot_spots, moran_clusters])
@pytest.mark.parametrize("dispersion", [1.0, 4.0])
def test_false_alarms_under_the_null(test, dispersion):
    """Under equal risk P(p <= a) <= a within Monte Carlo error, 200 maps of 25 regions."""
    check_null(test, maps=200, replicas=199, dispersion=dispersion)


@pytest.mark.slow
@pytest.mark.parametrize("test", [hot_spots, moran_clusters])
def test_false_alarms_under_the_null_long(test):
    """The same with 2,000 maps and 999 replicas."""
    check_null(test, maps=2000, replicas=999, dispersion=1.0)


def check_null(test, *, maps, replicas, dispersion):
    near = lattice(5)
    people = np.random.default_rng(3).lognormal(8, 1, 25)
    drawn = equal_risk_twins([600] + [0] * 24, people, seed=5, maps=maps, dispersion=dispersion)
    p_values, alarms = [], 0
    for number, one in enumerate(drawn.counts):
        chosen = ClusterSettings(replicas=replicas, seed=900 + number, dispersion=dispersion)
        found = test(one, people, near, settings=chosen)
        p_values.append(found.p_value)
        alarms += bool(found.is_significant.any())
    p_values = np.array(p_values)
    for level in (0.05, 0.1, 0.2, 0.5):
        # Per region the maps are independent; the worst of 25 is allowed four standard errors.
        rate = np.mean(p_values <= level, axis=0)
        error = np.sqrt(level * (1 - level) / maps)
        assert rate.max() <= level + 4 * error
        assert rate.mean() <= level + error
    assert alarms / maps <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / maps)


def test_big_neighbours_of_small_regions_are_not_hot():
    """Equal rates and very unequal populations: counts alone would light up around the capital."""
    people = np.full(49, 1000.0)
    people[24] = 50_000
    counts = (people / 100).astype(int)
    counts[0] += 1
    found = hot_spots(counts, people, lattice(7))
    assert not found.is_significant.any()
    on_counts = gi_star(counts.astype(float), lattice(7))
    assert on_counts[23] > 1.96


@pytest.mark.parametrize(
    ("inside", "hotspot", "quadrant"),
    [(160, HotspotClass.HOT_99, Quadrant.HH), (4, HotspotClass.COLD_99, Quadrant.LL)],
)
def test_a_corner_that_stands_out(inside, hotspot, quadrant):
    """Four regions at four times, or a tenth of, the risk: hot and HH, cold and LL."""
    people, counts = np.full(36, 1000.0), np.full(36, 40)
    counts[[0, 1, 6, 7]] = inside
    found = hot_spots(counts, people, lattice(6))
    assert found.hotspot[0] == hotspot
    assert found.hotspot[35] == HotspotClass.NOT_SIGNIFICANT
    alike = moran_clusters(counts, people, lattice(6))
    assert (alike.hotspot[0], alike.quadrant[0]) == (hotspot, quadrant)


def test_an_outlier_is_no_hot_spot():
    """One region at ten times the risk of its neighbours: HL, and no cluster class."""
    counts = np.full(25, 20)
    counts[12] = 200
    found = moran_clusters(counts, np.full(25, 1000.0), lattice(5))
    assert found.quadrant[12] == Quadrant.HL
    assert found.hotspot[12] == HotspotClass.NOT_SIGNIFICANT


@pytest.mark.parametrize("test", [hot_spots, moran_clusters])
def test_nothing_to_test_never_gives_a_small_p(test):
    """All zero, constant, no neighbours, one island: p is 1 and the reason is stated."""
    people = np.full(9, 100.0)
    empty = test(np.zeros(9), people, lattice(3), settings=QUICK)
    assert empty.status == "no_reports"
    assert set(empty.hotspot) == {HotspotClass.UNTESTABLE}
    constant = test(np.full(9, 7), people, lattice(3), settings=QUICK)
    assert constant.status == "constant"
    assert set(constant.hotspot) == {HotspotClass.NOT_SIGNIFICANT}
    alone = test(np.arange(9), people, contiguity_of(np.zeros((9, 9))), settings=QUICK)
    assert alone.status == "no_neighbours"
    for result in (empty, constant, alone):
        assert result.p_value.tolist() == [1.0] * 9
        assert np.isnan(result.q_value).all()
    matrix = lattice(3).dense()
    matrix[4] = matrix[:, 4] = 0
    counts = np.array([3, 5, 3, 5, 900, 5, 3, 5, 3])
    island = test(counts, people, contiguity_of(matrix), settings=QUICK)
    assert island.hotspot[4] == HotspotClass.UNTESTABLE
    assert (island.p_value[4], island.smallest_p[4]) == (1.0, 1.0)
    assert island.quadrant[4] == Quadrant.NONE


def test_smallest_p_is_shown_and_makes_a_region_untestable():
    """With 199 maps no p is below 0.01: at a level of 0.005 every region is untestable."""
    people, counts = np.full(9, 100.0), np.array([40, 38, 2, 41, 37, 3, 2, 1, 2])
    strict = hot_spots(
        counts, people, lattice(3), settings=ClusterSettings(replicas=199, level=0.005)
    )
    assert np.all(strict.smallest_p >= 0.01)
    assert set(strict.hotspot) == {HotspotClass.UNTESTABLE}
    assert strict.p_value.tolist() == [1.0] * 9
    usual = hot_spots(counts, people, lattice(3), settings=QUICK)
    tested = [name != HotspotClass.UNTESTABLE for name in usual.hotspot]
    assert np.all(usual.p_value[tested] >= usual.smallest_p[tested])
    # The region in the middle has everyone as neighbour, so its Gi* is not defined: 8 are tested.
    assert usual.hotspot[4] == HotspotClass.UNTESTABLE
    assert usual.lone_q == pytest.approx(8 * 0.01)


def test_a_discrete_neighbourhood_is_untestable():
    """A pair of places nearly always empty: most maps tie at one value, and no p gets small."""
    people = np.r_[1e7, 1e7, 1e7, 5.0, 5.0]
    near = contiguity_of(
        [[0, 1, 1, 0, 0], [1, 0, 1, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]
    )
    found = hot_spots([1, 0, 0, 0, 0], people, near, settings=QUICK)
    assert np.all(found.p_value == 1.0)
    assert np.all(found.smallest_p > 0.05)
    assert set(found.hotspot) == {HotspotClass.UNTESTABLE}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"population": [0, 1, 1, 1, 1, 1, 1, 1, 1], "reported_count": [0] + [1] * 8},
            "needs people",
        ),
        ({"contiguity": lattice(2)}, "contiguity of 4 regions for 9"),
        ({"settings": ClusterSettings(replicas=10)}, "at least 99"),
        ({"settings": ClusterSettings(level=0)}, "level = 0"),
        ({"reported_count": [0.5] * 9}, "fractional"),
    ],
)
def test_refusals(change, message):
    """What does not fit is refused with what came and what is allowed."""
    arguments = {
        "reported_count": [1] * 9,
        "population": [1] * 9,
        "contiguity": lattice(3),
        "settings": QUICK,
    } | change
    with pytest.raises(ParameterError, match=message):
        hot_spots(**arguments)


@pytest.mark.parametrize("dispersion", [1.0, 3.0])
def test_maps_drawn_ahead_are_those_drawn_in_turn(monkeypatch, dispersion):
    """Many small parts: the generator's maps one after the other, and no thread stays."""
    monkeypatch.setattr(local_simulation, "DRAWN_CELLS", 50)
    shares, chosen = np.full(25, 1 / 25), ClusterSettings(replicas=101, dispersion=dispersion)
    threads = threading.active_count()
    ahead = np.concatenate(
        list(local_simulation._equal_risk_maps(300, shares, chosen, np.random.default_rng(2)))
    )
    rng = np.random.default_rng(2)
    sizes = [2] * 50 + [1]
    in_turn = [draw_equal_risk(300, shares, dispersion=dispersion, size=n, rng=rng) for n in sizes]
    assert np.array_equal(ahead, np.concatenate(in_turn))
    early = local_simulation._equal_risk_maps(300, shares, chosen, np.random.default_rng(2))
    next(early)
    early.close()
    assert threading.active_count() == threads
