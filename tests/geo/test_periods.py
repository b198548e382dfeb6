"""Areas over the years: change between two periods."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, betabinom, binom

from geo.change import (
    ChangeVerdict,
    Trend,
    change_between,
    kappa_at_distance,
    kappas_of_a_total,
    own_change,
)
from geo.errors import ParameterError
from geo.overdispersion import fit_overdispersion


def test_published_poisson_comparison():
    """The example of R's poisson.test, c(11, 21) over c(800, 3011), as one area of two.

    R prints the ratio 1.971488 and the 95 % interval 0.8584264 to 4.2772659. Totals of 1,000 and
    this share of the second period's exposure make its two expected counts stand as 800 to 3,011.
    """
    share = 0.5 * 800 / 3011
    change = change_between([21, 979], [11, 989], [0.5, 0.5], [share, 1 - share], 0.0)
    assert change.ratio[0] == pytest.approx(1.971488, abs=5e-7)
    assert change.low[0] == pytest.approx(0.8584264, abs=1e-6)
    assert change.high[0] == pytest.approx(4.2772659, abs=1e-5)


@given(first=st.integers(0, 60), second=st.integers(0, 60), odds=st.floats(0.2, 5.0))
@settings(max_examples=20)
def test_p_value_is_the_integral_over_the_waves(first, second, odds):
    """Unequal expected counts: adaptive integration of the binomial tails over a beta density."""
    if first + second == 0:
        return
    a, n = 1 / 0.12, first + second
    big = 10_000.0
    # two areas of the same exposure before; after, the shares make e2 / e1 the odds
    share = 0.5 * odds * (first + big) / (second + big)
    after = [share, 1 - share] if share < 1 else None
    if after is None:
        return
    change = change_between([first, big], [second, big], [1.0, 1.0], after, 0.12)

    def integral(tail):
        def mass(part):
            chance = odds * part / (odds * part + 1 - part)
            return tail(chance) * beta.pdf(part, a, a)

        return quad(mass, 0, 1, epsabs=1e-12, epsrel=1e-10, limit=400)[0]

    tails = (
        integral(lambda chance: binom.sf(second - 1, n, chance)),
        integral(lambda chance: binom.cdf(second, n, chance)),
    )
    assert change.p_value[0] == pytest.approx(min(1, 2 * min(tails)), rel=1e-5)


@given(factor=st.floats(1e-3, 1e3), kappa=st.floats(0, 0.5))
@settings(max_examples=20)
def test_a_change_in_any_unit_and_order(factor, kappa):
    """The unit of exposure changes nothing; periods in the other order invert every ratio."""
    first, second = np.array([20, 5, 70, 0]), np.array([45, 9, 40, 3])
    years = np.array([1.0, 2.0, 3.0, 4.0])
    plain = change_between(first, second, years, years * 1.1, kappa)
    scaled = change_between(first, second, years * factor, years, kappa)
    np.testing.assert_allclose(scaled.q_value, plain.q_value, rtol=1e-9)
    mirrored = change_between(second, first, years * 1.1, years, kappa)
    np.testing.assert_allclose(mirrored.p_value, plain.p_value, rtol=1e-9)
    np.testing.assert_allclose(mirrored.low[:3], 1 / plain.high[:3], rtol=1e-6)
    assert (plain.ratio[3], plain.high[3], mirrored.low[3]) == (np.inf, np.inf, 0)
    outside = (plain.low > 1) | (plain.high < 1)
    np.testing.assert_array_equal(outside, plain.p_value < 0.05)


def test_the_test_keeps_its_level_and_the_distance_its_kappa():
    """500 areas with waves of kappa 0.15 in each of two periods: kappa is found, p holds.

    A table of two periods puts an area's mean in the middle of its own two counts, so it shows
    kappa / (1 + kappa / 2).
    """
    rng = np.random.default_rng(4)
    counts = rng.poisson(60 * rng.gamma(1 / 0.15, 0.15, (500, 2)))
    base = np.ones((500, 2))
    fit = kappa_at_distance(counts, base, [2019, 2022], 3)
    assert fit.kappa == pytest.approx(0.15 / 1.075, abs=0.03)
    assert fit.kappas[0] < fit.kappa < fit.kappas[-1]
    p_value = change_between(*counts.T, *base.T, 0.15).p_value
    assert 0.02 < (p_value < 0.05).mean() < 0.08  # three standard errors
    by_chance = change_between(*counts[:100].T, *base[:100].T, 0.0).p_value
    assert (by_chance < 0.05).mean() > 0.3  # what the waves would do to a test without them


def test_verdicts():
    """Up, down, as usual, and nothing to test: beyond waves of kappa 0.05 only the first two."""
    change = change_between([20, 200, 50, 0, 300], [160, 20, 55, 0, 310], [1] * 5, [1] * 5, 0.05)
    assert list(change.verdict) == [
        ChangeVerdict.ROSE,
        ChangeVerdict.FELL,
        ChangeVerdict.UNREMARKABLE,
        ChangeVerdict.UNTESTABLE,
        ChangeVerdict.UNREMARKABLE,
    ]
    for values in (change.ratio, change.low, change.high, change.p_value, change.q_value):
        assert np.isnan(values[3])


def test_parts_of_years_keep_their_distances():
    """A quarter of a year apart is not a year apart: each distance has its own kappa."""
    counts = [[10, 30, 35], [40, 20, 18], [25, 25, 20]]
    base, years = [[1e5] * 3] * 3, [2019.5, 2020.25, 2021.5]
    kappas = [
        kappa_at_distance(counts, base, years, apart).kappa
        for apart in (0.1, 0.75, 1.0, 1.25, 2.0, 5.0)
    ]
    pairs = [
        fit_overdispersion(np.array(counts)[:, pair], np.ones((3, 2))).kappa
        for pair in ([0, 1], [1, 2], [0, 2])
    ]
    between = (pairs[0] + pairs[1]) / 2
    assert kappas == pytest.approx([pairs[0], pairs[0], between, pairs[1], pairs[2], pairs[2]])


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (change_between, ([1, 2], [1, 2, 3], [1, 1], [1, 1, 1], 0.1), "2 areas before and 3 after"),
        (change_between, ([1], [2], [1], [1], 0.1), "two at least"),
        (change_between, ([1, 2], [1, 2], [1, 1], [1, 0], 0.1), "finite and above 0"),
        (change_between, ([1, 2], [1, 2], [1, 1], [1, 1], -0.1), r"kappa is -0\.1"),
        (change_between, ([0, 0], [1, 2], [1, 1], [1, 1], 0.1), "all 2 counts are zero"),
        (kappa_at_distance, ([[1], [2]], [[1], [1]], [2019], 1), "two periods or more"),
    ],
)
def test_refusals(function, arguments, message):
    with pytest.raises(ParameterError, match=message):
        function(*arguments)


def test_own_counts_in_two_periods():
    """By hand: the beta-binomial, shorter periods by their length, and a fall shared by all."""
    own = own_change([20, 100], [60, 95], [1e6, 1e6], [1e6, 1e6], [0.05])
    exact = [2 * betabinom(80, 20, 20).sf(59), 2 * betabinom(195, 20, 20).cdf(95)]
    np.testing.assert_allclose(own.p_value, exact, rtol=1e-4)
    assert list(own.trend) == [Trend.RISING, Trend.UNCLEAR]
    shorter = own_change([20, 100], [60, 95], [1e6, 1e6], [5e5, 5e5], [0.05])
    np.testing.assert_allclose(shorter.ratio, 2 * own.ratio)
    counts, people = np.full(5, 400), np.full(5, 1e6)
    assert set(own_change(counts, counts / 4, people, people, [0.02]).trend) == {Trend.FALLING}
    against = change_between(counts, counts / 4, people, people, 0.02)
    assert set(against.verdict) == {ChangeVerdict.UNREMARKABLE}
    none = own_change([0, 30], [0, 10], [1, 1], [1, 1], [0.1])
    assert none.trend[0] == Trend.UNTESTABLE
    assert np.isnan([none.ratio[0], none.p_value[0], none.missed_doubling[0]]).all()
    with pytest.raises(ParameterError, match="2 areas before and 1 after"):
        own_change([1, 2], [1], [1, 1], [1], [0.1])


def test_a_sum_of_independent_waves_has_the_smaller_kappa():
    """Second way: the variance of drawn sums; one area alone has the kappa of an area."""
    rng, counts, kappa = np.random.default_rng(2), np.array([500.0, 300, 200]), 0.2
    sums = (counts * rng.gamma(1 / kappa, kappa, (200_000, 3))).sum(axis=1) / counts.sum()
    (of_total,) = kappas_of_a_total(counts, [kappa])
    assert sums.var() == pytest.approx(of_total, rel=0.02)
    assert kappas_of_a_total([7], [kappa]) == pytest.approx([kappa])
