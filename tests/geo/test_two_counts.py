"""Two counts beside each other: the law, pairs of areas, margins and conclusions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, f

from geo.errors import ParameterError
from geo.excess import LEVEL, holm
from geo.two_counts import PairVerdict, chance_of_a_call, compare_counts, compare_pairs
from studies.two_counts import likelihood_p


def test_thirty_against_ten_is_three_times():
    """Equal residents: the ratio, and the beta-binomial law of the higher count given the sum."""
    pairs = compare_pairs([10, 30], [1e6, 1e6], [0.05])
    assert (pairs.higher[0], pairs.lower[0], pairs.ratio[0]) == (1, 0, 3)
    exact = 2 * betabinom(40, 20, 20).sf(29)
    assert pairs.p_value[0] == pairs.holm_p_value[0] == pytest.approx(exact, rel=1e-4)
    assert compare_pairs([10, 15], [1e6, 5e5], [0.05]).ratio[0] == 3


def test_published_poisson_comparison():
    """R's poisson.test(c(11, 21), c(800, 3011)), without waves: ratio, interval and p."""
    compared = compare_counts(*np.array([[21.0], [11.0], [800 / 3011]]), [0.0])
    assert compared.ratio[0] == pytest.approx(1.971488, abs=5e-7)
    assert (compared.low[0], compared.high[0]) == pytest.approx((0.8584264, 4.2772659), abs=1e-6)


def test_p_by_drawing_with_several_kappas_and_unequal_residents():
    """Second way: waves from numpy's F, one kappa of the list a draw, then a binomial."""
    rng, kappas, odds, draws = np.random.default_rng(8), np.array([0.05, 0.2, 0.6]), 0.3, 400_000
    a = 1 / rng.choice(kappas, draws)
    chance = odds * (waves := f.rvs(2 * a, 2 * a, random_state=rng)) / (1 + odds * waves)
    drawn = rng.binomial(50, chance)
    for second in (2, 12, 30):
        compared = compare_counts(np.array([50.0 - second]), np.array([float(second)]),
                               np.array([odds]), kappas)  # fmt: skip
        smaller = min((drawn >= second).mean(), (drawn <= second).mean())
        assert compared.p_value[0] == pytest.approx(min(1, 2 * smaller), abs=0.006)


@pytest.mark.parametrize("pair", [([26, 96], [1.36, 1.69]), ([51, 96], [1.23, 1.69]),
                                  ([71, 26], [0.19, 1.36]), ([4, 27], [1.2, 0.8])])  # fmt: skip
def test_the_likelihood_ratio_says_nearly_the_same(pair):
    """Another test of the same question, with no condition on the sum."""
    counts, people = np.array(pair[0], float), np.array(pair[1]) * 1e6
    odds = people[1:] / people[:1]
    p_value = compare_counts(counts[:1], counts[1:], odds, [0.11]).p_value[0]
    assert p_value == pytest.approx(likelihood_p(counts, people, 0.11), abs=0.05)


counts_of_places = st.lists(st.integers(0, 400), min_size=2, max_size=4)


@given(counts=counts_of_places, kappa=st.floats(0, 1), data=st.data())
@settings(max_examples=15, deadline=None)
def test_margin_and_conclusion_never_contradict_each_other(counts, kappa, data):
    people = [data.draw(st.integers(10_000, 10_000_000)) for _ in counts]
    pairs = compare_pairs(counts, people, [kappa, 2 * kappa])
    for ratio, low, high, p, adjusted, verdict in zip(
        pairs.ratio, pairs.low, pairs.high, pairs.p_value, pairs.holm_p_value, pairs.verdict,
        strict=True,
    ):  # fmt: skip
        if verdict == PairVerdict.UNTESTABLE:
            assert np.isnan([ratio, low, high, p, adjusted]).all()
            continue
        assert ratio >= 1 - 1e-12
        assert low <= ratio * (1 + 1e-9)
        assert ratio <= high * (1 + 1e-9)
        assert (low >= 1) == (adjusted < LEVEL) == (verdict == PairVerdict.CLEAR)
    np.testing.assert_array_equal(pairs.holm_p_value, holm(pairs.p_value))


def test_a_pair_that_only_the_second_step_of_holm_calls_has_a_margin_from_one():
    pairs = compare_pairs([10, 300, 26], [1e6] * 3, [0.02])
    by_pair = dict(zip(zip(pairs.higher, pairs.lower, strict=True), range(3), strict=True))
    at = by_pair[2, 0]
    assert LEVEL / 3 < pairs.p_value[at] < LEVEL
    assert (pairs.verdict[at], pairs.low[at]) == (PairVerdict.CLEAR, 1)


def test_who_may_not_be_compared_is_no_test():
    """NaN and two places without a report: no numbers, and Holm counts the others alone."""
    pairs = compare_pairs([np.nan, 10, 30, 0, 0], [1e6] * 5, [0.05])
    tested = ~np.isnan(pairs.p_value)
    assert tested.sum() == 5  # of ten: four with NaN, one of two zeros
    assert set(pairs.verdict[~tested]) == {PairVerdict.UNTESTABLE}
    assert np.isinf(pairs.ratio[tested]).sum() == 4
    alone = compare_pairs([10, 30, 0], [1e6] * 3, [0.05], [(0, 1)])
    assert alone.p_value[0] == alone.holm_p_value[0]


def test_the_chance_of_a_call_is_the_share_of_drawn_calls():
    """Drawn at twice and at half the rate, given the sum; few reports find nothing."""
    rng, total, kappas = np.random.default_rng(3), 200, [0.05]
    for ratio in (2.0, 0.5):
        waves = f.rvs(40, 40, size=10_000, random_state=rng)
        second = rng.binomial(total, ratio * waves / (1 + ratio * waves))
        every = np.arange(total + 1.0)
        p = compare_counts(total - every, every, np.ones(every.size), kappas).p_value[second]
        called = (p <= LEVEL) & ((second > 100) == (ratio > 1))
        chance = chance_of_a_call(np.array([200.0]), np.ones(1), kappas, ratio=ratio, level=LEVEL)
        assert called.mean() == pytest.approx(chance[0], abs=0.02)
    few = chance_of_a_call(np.array([0.0, 3.0]), np.ones(2), kappas, ratio=5, level=LEVEL)
    assert (few == 0).all()


@pytest.mark.parametrize(("counts", "kappas", "match"), [
    ([3], [0.1], "1 area came: give two at least"),
    ([3, 4], [], "give values of 0 or more"),
    ([3, 4], [-0.1], "give values of 0 or more"),
])  # fmt: skip
def test_refused(counts, kappas, match):
    with pytest.raises(ParameterError, match=match):
        compare_pairs(counts, [1e6] * len(counts), kappas)
