"""Rates, expected counts, overdispersion, and the verdict on an area."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from geo.errors import ParameterError
from geo.excess import Verdict, benjamini_hochberg, holm, judge, verdicts
from geo.overdispersion import (
    confidence_over,
    fit_overdispersion,
    power,
    ratio_interval,
    tails,
)
from geo.rates import chance_interval, expected_count


def populations(size: int) -> st.SearchStrategy:
    return hnp.arrays(np.int64, size, elements=st.integers(1_000, 10_000_000))


SHARES = np.array([0.004, 0.05, 0.1, 0.2, 0.646])


def made_table(kappa, seed, areas=60, periods=12):
    """Negative binomial counts with area and period effects, and their exposure."""
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(2e5, 5e6, (areas, 1)) * rng.uniform(0.9, 1.1, (areas, periods))
    mean = exposure * rng.uniform(1e-5, 6e-5, (areas, 1)) * rng.uniform(0.5, 1.5, periods)
    waves = rng.gamma(1 / kappa, kappa, mean.shape) if kappa else 1
    return rng.poisson(mean * waves), exposure


@pytest.mark.parametrize("kappa", [0.05, 0.11, 0.5])
def test_kappa_of_simulated_waves(kappa):
    fits = [fit_overdispersion(*made_table(kappa, seed)) for seed in range(5)]
    assert np.mean([fit.kappa for fit in fits]) == pytest.approx(kappa, rel=0.1)
    assert sum(fit.kappas[0] < kappa < fit.kappas[-1] for fit in fits) >= 4
    assert fits[0].degrees_of_freedom == 59 * 11


def test_steadier_than_chance_has_kappa_zero():
    even = fit_overdispersion([[20, 40], [40, 80], [10, 20]], np.full((3, 2), 1e5))
    assert even.kappa == 0
    assert (even.kappas == 0).all()
    chance = fit_overdispersion(*made_table(0, 3))
    assert chance.kappa < 0.01


def test_areas_without_reports_are_left_out():
    counts, exposure = made_table(0.11, 1, areas=6, periods=4)
    full = fit_overdispersion(counts, exposure)
    more = fit_overdispersion(
        np.pad(counts, ((0, 1), (0, 1))), np.pad(exposure, ((0, 1), (0, 1)), constant_values=1e6)
    )
    assert more.kappa == pytest.approx(full.kappa)
    assert more.degrees_of_freedom == full.degrees_of_freedom == 15


def test_tails_by_drawing():
    """Second way: gamma waves on every share and a multinomial; the same tails within noise."""
    rng = np.random.default_rng(4)
    total, kappa, draws = 400, 0.11, 200_000
    waves = SHARES * rng.gamma(1 / kappa, kappa, (draws, SHARES.size))
    drawn = rng.multinomial(total, waves / waves.sum(axis=1, keepdims=True))
    for count in ([5, 30, 60, 120, 185], [0, 9, 20, 40, 331]):
        upper, lower = tails(count, SHARES, total, [kappa])
        noise = 4 * np.sqrt(upper * (1 - upper) / draws) + 1e-4
        # F stands for the rest's waves by two moments only: within 0.01 of the law
        assert (np.abs((drawn >= count).mean(axis=0) - upper) < noise + 0.01).all()
        assert (np.abs((drawn <= count).mean(axis=0) - lower) < noise + 0.01).all()


def test_interval_inverts_the_tails():
    """At a relative risk of the limit each tail has 2.5 %, found by putting it into the share."""
    counts, total, kappas = np.array([12, 80, 60, 40, 808]), 1000.0, [0.07, 0.18]
    low, high = ratio_interval(counts, SHARES, total, kappas)
    for limit, tail in ((low, 0), (high, 1)):
        for i, share in ((0, SHARES[0]), (3, SHARES[3])):
            theta = limit[i] * (1 - share) / (1 - limit[i] * share)
            # the test's F keeps the share of the rest; only the odds are multiplied
            odds = np.log(theta)
            assert _tail_at(counts[i], SHARES, i, total, kappas, odds)[tail] == pytest.approx(
                0.025, rel=2e-3
            )
    exact = ratio_interval(counts, SHARES, total, [0.0])
    for i, (count, share) in enumerate(zip(counts, SHARES, strict=True)):
        proper = stats.binomtest(int(count), int(total)).proportion_ci(method="exact")
        assert exact[0][i] * share == pytest.approx(proper.low, rel=1e-4)
        assert exact[1][i] * share == pytest.approx(proper.high, rel=1e-4)


def _tail_at(count, share, i, total, kappas, log_theta):
    """Both tails of an area with its odds multiplied, by direct integration over F."""
    both_tails = []
    for kappa in kappas:
        a = 1 / kappa
        b = (1 - share[i]) ** 2 / (kappa * (np.square(share).sum() - share[i] ** 2))
        f = stats.f(2 * a, 2 * b)
        u = (np.arange(20_000) + 0.5) / 20_000
        odds = share[i] / (1 - share[i]) * np.exp(log_theta) * f.ppf(u)
        pi = odds / (1 + odds)
        both_tails.append(
            [stats.binom.sf(count - 1, total, pi).mean(), stats.binom.cdf(count, total, pi).mean()]
        )
    return np.mean(both_tails, axis=0)


@settings(max_examples=25)
@given(counts=hnp.arrays(np.int64, 5, elements=st.integers(0, 300)), kappa=st.floats(0, 1))
def test_interval_and_p_agree(counts, kappa):
    """The ratio lies inside its interval, which leaves out 1 just when p is below 0.05."""
    counts[0] += 1
    total = float(counts.sum())
    low, high = ratio_interval(counts, SHARES, total, [kappa])
    ratio = counts / (total * SHARES)
    assert (low <= ratio * (1 + 1e-9)).all()
    assert (high >= ratio * (1 - 1e-9)).all()
    p = 2 * np.minimum(*tails(counts, SHARES, total, [kappa]))
    outside = (low > 1) | (high < 1)
    clear = np.abs(p - 0.05) > 0.001
    assert (outside == (p < 0.05))[clear].all()


def test_ends():
    """No report has a lower limit of 0; every report has the largest ratio as its upper limit."""
    low, high = ratio_interval([0, 30], [0.25, 0.75], 30, [0.1])
    assert low[0] == 0
    assert high[1] == pytest.approx(1 / 0.75)


COUNTS = hnp.arrays(np.int64, st.integers(2, 12), elements=st.integers(0, 400))
KAPPAS = [0.07, 0.11, 0.18]


def exact_tail(total: int, share: Fraction, counts: range) -> Fraction:
    """Binomial tail in whole numbers: nothing is rounded."""
    some, rest = share.numerator, share.denominator - share.numerator
    ways = sum(comb(total, k) * some**k * rest ** (total - k) for k in counts)
    return Fraction(ways, share.denominator**total)


def test_benjamini_hochberg_published_example():
    """The fifteen p of Benjamini and Hochberg (1995, section 3.2): four pass at 0.05."""
    p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
        0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    q = benjamini_hochberg(p)
    assert (q < 0.05).sum() == 4
    np.testing.assert_allclose(q[:4], [0.0015, 0.003, 0.0095, 0.035625])
    # the same example by Holm (section 3.2 there): three pass
    assert (holm(p) < 0.05).sum() == 3


@settings(max_examples=40)
@given(p=hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_p_a_second_way(p):
    """BH as scipy has it, Holm by its definition, with untested areas slipped in between."""
    with_gaps = np.insert(p, [0, p.size], np.nan)
    q, strict = benjamini_hochberg(with_gaps), holm(with_gaps)
    assert np.isnan(q[[0, -1]]).all()
    np.testing.assert_allclose(q[1:-1], stats.false_discovery_control(p), rtol=1e-12)
    # Holm: the largest of (tests left) x p among the p that are not larger
    left = [(p >= limit).sum() for limit in p]
    steps = np.array([min(1.0, n * value) for n, value in zip(left, p, strict=True)])
    slow = [max(steps[p <= limit]) for limit in p]
    np.testing.assert_allclose(strict[1:-1], slow, rtol=1e-12)
    assert (strict[1:-1] >= q[1:-1] - 1e-12).all()


@pytest.mark.parametrize(("count", "share"), [(178, Fraction(1, 240)), (5, Fraction(1, 15))])
def test_chance_alone_in_rational_numbers(count, share):
    """Known answer: the exact binomial p summed as fractions, down to 1e-168."""
    total = 1976
    judged = judge([count, total - count], [float(share), float(1 - share)], KAPPAS)
    counts = range(count, total + 1) if count > total * share else range(count + 1)
    assert judged.p_value_chance[0] == pytest.approx(
        2 * float(exact_tail(total, share, counts)), rel=1e-9
    )
    assert judged.p_value[0] > judged.p_value_chance[0]


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.69), (1, 0.03, 5.57), (20, 12.22, 30.89)]
)
def test_published_limits_of_a_poisson_count(count, low, high):
    """The 95 % limits of Garwood 1936, also of a count of nothing."""
    assert chance_interval(count) == pytest.approx((low, high), abs=6e-3)


def test_verdict_table():
    called = verdicts([True, True, False, False, True], [0.01, 0.05, 0.049, 0.2, np.nan])
    assert called.tolist() == [
        Verdict.ABOVE, Verdict.UNREMARKABLE, Verdict.BELOW, Verdict.UNREMARKABLE,
        Verdict.UNTESTABLE,
    ]  # fmt: skip


def test_false_calls_are_held():
    """Under waves of the tested law at most 5 % of maps have a false call (margin 3 sd)."""
    rng = np.random.default_rng(9)
    share = rng.uniform(1, 40, 25)
    share /= share.sum()
    waves = rng.gamma(1 / 0.11, 0.11, (400, 25)) * share
    maps = rng.multinomial(900, waves / waves.sum(axis=1, keepdims=True))
    p_values = (
        np.minimum(1, 2 * np.minimum(*tails(counts, share, 900, [0.11]))) for counts in maps
    )
    called = [(benjamini_hochberg(p) < 0.05).any() for p in p_values]
    assert np.mean(called) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


@settings(max_examples=20)
@given(data=st.data(), counts=COUNTS, scale=st.floats(0.01, 100))
def test_areas_in_any_order_and_exposure_in_any_unit(data, counts, scale):
    """Shuffled areas give shuffled results; the unit of the exposure does not matter."""
    counts[0] += 1
    years = data.draw(hnp.arrays(np.int64, counts.size, elements=st.integers(1_000, 1_000_000)))
    order = data.draw(st.permutations(range(counts.size)))
    plain, moved = judge(counts, years, KAPPAS), judge(counts[order], years[order] * scale, KAPPAS)
    np.testing.assert_allclose(moved.p_value, plain.p_value[order], rtol=1e-7, atol=1e-300)
    np.testing.assert_allclose(moved.ratio_low, plain.ratio_low[order], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(moved.expected, plain.expected[order], rtol=1e-9)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        *(
            (expected_count, (bad, [1e5] * len(bad)), "counts are whole numbers")
            for bad in ([-1, 5], [1.5, 5], [np.nan, 5], [np.inf, 5], [])
        ),
        *(
            (expected_count, ([1, 2], [1e5, bad]), "finite and above 0")
            for bad in (0, -3, np.nan, np.inf)
        ),
        (expected_count, ([1, 2, 3], [1e5, 1e5]), "one denominator for each count"),
        (expected_count, ([0, 0], [1e5, 1e5]), "all 2 counts are zero"),
        (fit_overdispersion, ([[1, 2], [0, 0]], np.ones((2, 2))), "1 areas and 2 periods have"),
        (fit_overdispersion, ([1, 2], [1, 1]), "a table of areas by periods"),
        *((chance_interval, (bad,), "a whole number, 0 or more") for bad in (-1, 2.5)),
        (tails, ([1, 2], [0.5, 0.6], 3, [0.1]), "adding up to 1"),
        (tails, ([1, 2], [0.5, 0.5], 3, [-0.1]), "below 0"),
        (judge, ([5], [1e5], KAPPAS), "at least two areas"),
        (judge, ([5, np.nan], [1e5, 1e5], KAPPAS), "counts are whole"),
        (judge, ([0, 0], [1e5, 1e5], KAPPAS), "all 2 counts are zero"),
        (benjamini_hochberg, ([0.5, 1.2],), "between 0 and 1"),
    ],
)
def test_refusals(function, arguments, message):
    with pytest.raises(ParameterError, match=message):
        function(*arguments)


def test_power_is_how_often_simulated_maps_call_a_doubling():
    """Second way: 4,000 maps with the law's waves, the first area's rate doubled."""
    share, total, kappa, level = np.array([0.1, 0.2, 0.3, 0.4]), 800, 0.05, 0.05 / 4
    (chance,) = power(share, total, [kappa], ratio=2, level=level)
    rng = np.random.default_rng(3)
    waves = rng.gamma(1 / kappa, kappa, (4_000, 4)) * share * [2, 1, 1, 1]
    maps = rng.multinomial(total, waves / waves.sum(axis=1, keepdims=True))
    is_called = {
        count: tails([count, 0, 0, 0], share, total, [kappa])[0][0] <= level / 2
        for count in np.unique(maps[:, 0])
    }
    called_share = np.mean([is_called[count] for count in maps[:, 0]])
    assert chance[0] == pytest.approx(called_share, abs=0.025)  # three standard errors
    assert (power(share, total, [kappa], ratio=3, level=level) > chance).all()
    assert (power(share, total, [0.5], ratio=2, level=level) < chance).all()
    # a test that reckons with two kappas calls less where the waves have the smaller one
    small, _ = power(share, total, [kappa, 0.2], ratio=2, level=level)
    assert (small < chance).all()


@given(
    counts=st.lists(st.integers(0, 60), min_size=3, max_size=6).filter(
        lambda reported: sum(reported) > 0
    ),
    kappa=st.floats(0, 0.8),
    ratio=st.floats(0.2, 4),
)
@settings(max_examples=30)
def test_confidence_over_is_where_the_margin_is(counts, kappa, ratio):
    """From 0.975 on just where the lower end of the 95 % margin is over the ratio."""
    share = np.arange(1, len(counts) + 1) / np.arange(1, len(counts) + 1).sum()
    over = confidence_over(counts, share, sum(counts), [kappa, 0.1], [ratio, ratio + 0.5])
    low, _ = ratio_interval(counts, share, sum(counts), [kappa, 0.1])
    assert ((over >= 0) & (over <= 1)).all()
    assert (over[0] >= over[1]).all()
    near = np.abs(low - ratio) < 1e-6
    np.testing.assert_array_equal((over[0] > 0.975)[~near], (low > ratio)[~near])


def test_confidence_over_is_the_tail_of_drawn_counts():
    """Second way: 200,000 draws of the wave of the area and of the rest, at twice the expected."""
    share, total, kappa, rng = np.array([0.1, 0.4, 0.5]), 200, 0.3, np.random.default_rng(3)
    waves = rng.gamma(1 / kappa, kappa, (200_000, 3)) * share
    odds = (0.2 / 0.8) / (0.1 / 0.9) * waves[:, 0] / waves[:, 1:].sum(axis=1)
    drawn = rng.binomial(total, odds / (1 + odds))
    over = confidence_over([60, 80, 60], share, total, [kappa], [2])[0, 0]
    assert over == pytest.approx((drawn < 60).mean(), abs=0.02)


def test_windows_of_every_start_are_as_uncertain_as_the_fewest():
    """Kappa solves the sum of all starts; its twenty values are as wide as those of one start."""
    rng = np.random.default_rng(2)
    tables = [
        (rng.poisson(40 * rng.gamma(1 / 0.3, 0.3, (24, periods))), np.ones((24, periods)))
        for periods in (3, 2, 2, 2)
    ]
    fit_of_all = fit_overdispersion(*tables[0], *tables[1:])
    each = [fit_overdispersion(*table) for table in tables]
    assert fit_of_all.degrees_of_freedom == 23
    assert min(fit.kappa for fit in each) < fit_of_all.kappa < max(fit.kappa for fit in each)
    twice = fit_overdispersion(*tables[1], tables[1], tables[1])
    assert twice.kappa == pytest.approx(each[1].kappa)
    assert twice.kappas == pytest.approx(each[1].kappas)


def test_a_missing_count_is_no_zero():
    """One cell of 24 x 4 is not known: the fit is that of the cells that are, one freedom less."""
    rng = np.random.default_rng(9)
    counts = rng.poisson(60 * rng.gamma(1 / 0.1, 0.1, (24, 4))).astype(float)
    base, lacking, zero = np.ones((24, 4)), counts.copy(), counts.copy()
    lacking[3, 1], zero[3, 1] = np.nan, 0
    whole, known, taken = (fit_overdispersion(table, base) for table in (counts, lacking, zero))
    assert known.degrees_of_freedom == whole.degrees_of_freedom - 1
    assert known.kappa == pytest.approx(whole.kappa, abs=0.02)
    assert taken.kappa > known.kappa + 0.01
