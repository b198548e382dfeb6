"""Change between two periods: exact answers, a binomial sum by hand, guards and refusals."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change import ChangeVerdict, PeriodCounts, change_between
from geo.errors import GeoError, ParameterError


def period(year: int, counts, years=None) -> PeriodCounts:
    years = [1e5] * len(counts) if years is None else years
    return PeriodCounts(
        str(year), f"{year}-01", f"{year}-12", "reported offence", "prosecutors", counts, years
    )


def binomial_p(first: int, second: int, share: float) -> float:
    n = first + second
    mass = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    return min(1.0, 2 * min(sum(mass[second:]), sum(mass[: second + 1])))


def test_published_poisson_comparison():
    """The example of R's poisson.test: c(11, 6 + 8 + 7), c(800, 1083 + 1050 + 878).

    R prints the ratio 1.971488 and the 95 % interval 0.8584264 to 4.2772659. Its p adds up the
    outcomes that are less likely; twice the smaller tail is another convention, checked below.
    """
    change = change_between(period(2021, [21], [1083 + 1050 + 878]), period(2022, [11], [800]))
    assert change.rate_ratio[0] == pytest.approx(1.971488, abs=5e-7)
    assert change.rate_ratio_low[0] == pytest.approx(0.8584264, abs=5e-8)
    assert change.rate_ratio_high[0] == pytest.approx(4.2772659, abs=5e-8)


def test_interval_closes_where_the_tail_is_half_the_level():
    """Clopper-Pearson by its definition: at each end one binomial tail is exactly 2.5 %."""
    years = np.array([[30_000.0], [50_000.0]])
    change = change_between(period(2021, [14], years[0]), period(2022, [31], years[1]))
    for ratio, tail in (
        (change.rate_ratio_low[0], range(31, 46)),
        (change.rate_ratio_high[0], range(32)),
    ):
        share = ratio * 50_000 / (ratio * 50_000 + 30_000)
        mass = sum(comb(45, k) * share**k * (1 - share) ** (45 - k) for k in tail)
        assert mass == pytest.approx(0.025, abs=1e-9)


@given(first=st.integers(0, 40), second=st.integers(0, 40), years=st.floats(0.2, 5.0))
@settings(deadline=None, max_examples=60)
def test_p_value_is_the_binomial_sum(first, second, years):
    """The beta functions agree with adding up the binomial, term by term."""
    change = change_between(
        period(2021, [first], [1.0]), period(2022, [second], [years]), level=0.99
    )
    by_hand = binomial_p(first, second, years / (1 + years))
    smallest = binomial_p(first + second, 0, years / (1 + years))
    smallest = min(smallest, binomial_p(0, first + second, years / (1 + years)))
    assert change.smallest_p[0] == pytest.approx(smallest, rel=1e-9)
    expected = by_hand if smallest <= 0.99 else 1.0
    assert change.p_value[0] == pytest.approx(expected, rel=1e-8)


def test_rate_ratio_and_guards():
    """Zero before, zero after, zero in both, and a baseline below 13 without a percentage."""
    change = change_between(period(2021, [0, 20, 0, 12, 13]), period(2022, [9, 0, 0, 24, 26]))
    assert change.rate_ratio.tolist()[:2] == [np.inf, 0.0]
    assert np.isnan(change.rate_ratio[2])
    assert change.is_low_baseline.tolist() == [True, False, True, True, False]
    np.testing.assert_array_equal(change.percent_change, [np.nan, -100, np.nan, np.nan, 100])
    assert change.rate_ratio_high[0] == np.inf
    assert change.rate_ratio_low[1] == 0.0
    assert change.verdict[2] == ChangeVerdict.UNTESTABLE
    assert (change.p_value[2], change.smallest_p[2]) == (1.0, 1.0)


def test_two_grades_of_verdict():
    """At 5.3 times the variance 20 to 45 holds by chance alone only, 200 to 600 in both ways."""
    before, after = period(2021, [20, 200, 600, 45, 50]), period(2022, [45, 600, 200, 20, 52])
    change = change_between(before, after, dispersion=5.3)
    assert change.verdict == (
        ChangeVerdict.INCREASE_POISSON_ONLY,
        ChangeVerdict.INCREASE,
        ChangeVerdict.DECREASE,
        ChangeVerdict.DECREASE_POISSON_ONLY,
        ChangeVerdict.UNREMARKABLE,
    )
    assert np.all(change.rate_ratio_low_overdispersed < change.rate_ratio_low)
    assert np.all(change.rate_ratio_high_overdispersed > change.rate_ratio_high)


def test_dispersion_of_one_is_the_exact_test():
    """The widened twin with dispersion 1 is the same interval and the same q."""
    change = change_between(period(2021, [20, 31]), period(2022, [45, 30]))
    np.testing.assert_array_equal(change.rate_ratio_low, change.rate_ratio_low_overdispersed)
    np.testing.assert_array_equal(change.q_value, change.q_value_overdispersed)


@given(order=st.permutations(range(4)), factor=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=20)
def test_relabelling_scaling_and_mirroring(order, factor):
    """Order and unit of population change nothing; swapping the periods inverts the ratio."""
    order = list(order)
    first, second = np.array([20, 5, 70, 31]), np.array([45, 9, 40, 30])
    years = np.array([1.0, 2.0, 3.0, 4.0])
    plain = change_between(period(2021, first, years), period(2022, second, years * 1.1))
    turned = change_between(
        period(2021, first[order], years[order] * factor),
        period(2022, second[order], years[order] * factor * 1.1),
    )
    np.testing.assert_allclose(turned.q_value, plain.q_value[order], rtol=1e-9)
    np.testing.assert_allclose(turned.rate_ratio_low, plain.rate_ratio_low[order], rtol=1e-9)
    mirrored = change_between(period(2021, second, years * 1.1), period(2022, first, years))
    np.testing.assert_allclose(mirrored.p_value, plain.p_value, rtol=1e-9)
    np.testing.assert_allclose(mirrored.rate_ratio_low, 1 / plain.rate_ratio_high, rtol=1e-9)


@pytest.mark.parametrize("dispersion", [1.0, 4.0])
def test_no_more_false_alarms_than_promised(dispersion):
    """Unchanged rates, drawn with the dispersion that is told: P(p <= a) <= a, 4,000 regions."""
    rng = np.random.default_rng(4)
    if dispersion == 1:
        first, second = rng.poisson(60, (2, 4000))
    else:
        first, second = rng.poisson(rng.gamma(60 / 3, 3, (2, 4000)))
    change = change_between(
        period(2021, first), period(2022, second), dispersion=dispersion, level=0.2
    )
    outside = (change.rate_ratio_low_overdispersed > 1) | (change.rate_ratio_high_overdispersed < 1)
    assert outside.mean() <= 0.2 + 3 * np.sqrt(0.2 * 0.8 / 4000)
    assert outside.mean() > 0.08


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ({"unit": "complaint"}, {}, "within one unit and one registry"),
        ({"registry": "police"}, {}, "within one unit and one registry"),
        ({}, {"start": "2021-12"}, "do not overlap"),
        ({"start": "2023-01", "end": "2023-12"}, {}, "do not overlap"),
        ({"end": "2021-13"}, {}, "YYYY-MM"),
        ({"end": "2020-11"}, {}, "before it starts"),
        ({"reported_count": [1, 2]}, {}, "same length"),
        ({"reported_count": [1, 2], "person_years": [1, 1]}, {}, "same regions"),
        ({"reported_count": [0], "person_years": [0]}, {}, "sums to zero"),
    ],
)
def test_refusals(before, after, message):
    """Units, registries and overlapping periods are never compared."""
    with pytest.raises(GeoError, match=message):
        change_between(replace(period(2021, [20]), **before), replace(period(2022, [30]), **after))


def test_options_out_of_range():
    """A dispersion below 1 would narrow the interval."""
    with pytest.raises(ParameterError, match=r"dispersion = 0\.5"):
        change_between(period(2021, [20]), period(2022, [30]), dispersion=0.5)
