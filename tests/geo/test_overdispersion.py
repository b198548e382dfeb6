"""Kappa, the tails of one count given all, and the interval of the ratio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from geo.errors import ParameterError
from geo.overdispersion import fit_overdispersion, ratio_interval, tails

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
    """The known kappa is found, and its twenty values hold it between them."""
    fits = [fit_overdispersion(*made_table(kappa, seed)) for seed in range(5)]
    assert np.mean([fit.kappa for fit in fits]) == pytest.approx(kappa, rel=0.1)
    assert sum(fit.kappas[0] < kappa < fit.kappas[-1] for fit in fits) >= 4
    assert fits[0].degrees_of_freedom == 59 * 11


def test_steadier_than_chance_has_kappa_zero():
    """A table without any variation, and one of chance alone."""
    even = fit_overdispersion([[20, 40], [40, 80], [10, 20]], np.full((3, 2), 1e5))
    assert even.kappa == 0
    assert (even.kappas == 0).all()
    chance = fit_overdispersion(*made_table(0, 3))
    assert chance.kappa < 0.01


def test_areas_without_reports_are_left_out():
    """An area or a year without any report says nothing of kappa."""
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


@settings(deadline=None, max_examples=25)
@given(
    counts=hnp.arrays(np.int64, 5, elements=st.integers(0, 400)),
    kappas=st.lists(st.floats(0, 2), min_size=1, max_size=4),
)
def test_tails_of_any_map(counts, kappas):
    """Both tails overlap at the count itself; without waves they are the exact binomial's."""
    counts[0] += 1
    total = float(counts.sum())
    upper, lower = tails(counts, SHARES, total, kappas)
    assert (upper + lower >= 1 - 1e-9).all()
    assert (np.minimum(upper, lower) >= 0).all()
    exact = tails(counts, SHARES, total, [0.0])
    np.testing.assert_allclose(exact[0], stats.binom.sf(counts - 1, total, SHARES), atol=1e-6)
    np.testing.assert_allclose(exact[1], stats.binom.cdf(counts, total, SHARES), atol=1e-6)


def test_waves_make_a_p_larger_the_wider_they_are():
    """The same count is less surprising with every step of kappa; tiny tails keep precision."""
    found = [tails([90, 300, 10, 50, 550], SHARES, 1000, [kappa])[0][0] for kappa in (0, 0.05, 0.2)]
    assert found[0] < 1e-80
    assert found[0] < found[1] < found[2] < 1e-6


def test_interval_inverts_the_tails():
    """At a relative risk of the limit each tail has 2.5 %, found by putting it into the share."""
    counts, total, kappas = np.array([12, 80, 60, 40, 808]), 1000.0, [0.07, 0.11, 0.18]
    low, high = ratio_interval(counts, SHARES, total, kappas)
    for limit, tail in ((low, 0), (high, 1)):
        for i, share in enumerate(SHARES):
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
    found = []
    for kappa in kappas:
        a = 1 / kappa
        b = (1 - share[i]) ** 2 / (kappa * (np.square(share).sum() - share[i] ** 2))
        f = stats.f(2 * a, 2 * b)
        u = (np.arange(20_000) + 0.5) / 20_000
        odds = share[i] / (1 - share[i]) * np.exp(log_theta) * f.ppf(u)
        pi = odds / (1 + odds)
        found.append(
            [stats.binom.sf(count - 1, total, pi).mean(), stats.binom.cdf(count, total, pi).mean()]
        )
    return np.mean(found, axis=0)


@settings(deadline=None, max_examples=25)
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


def test_refusals():
    """Tables that are too small, shares that are none, kappas below 0."""
    with pytest.raises(ParameterError, match="1 areas and 2 periods have reports"):
        fit_overdispersion([[1, 2], [0, 0]], [[1, 1], [1, 1]])
    with pytest.raises(ParameterError, match="a table of areas by periods"):
        fit_overdispersion([1, 2], [1, 1])
    with pytest.raises(ParameterError, match="adding up to 1"):
        tails([1, 2], [0.5, 0.6], 3, [0.1])
    with pytest.raises(ParameterError, match="below 0"):
        tails([1, 2], [0.5, 0.5], 3, [-0.1])
