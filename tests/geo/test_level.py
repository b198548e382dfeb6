"""Level over the years: brute force on a small table, properties, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlogy
from scipy.stats import poisson

from geo.errors import ParameterError
from geo.level import CORRELATIONS, LASTING, VARIANCES, fit_level

COUNTS = np.array([[15, 22, 12], [7, np.nan, 8], [4, 3, 6]])
EXPOSURE = np.array([[1.0, 1, 1], [1, 1, 1.5], [1, 1, 1]])
YEARS = np.array([2019.5, 2020.5, 2023.0])


@pytest.fixture(scope="module")
def plain():
    """The level of the three areas."""
    return fit_level(COUNTS, EXPOSURE, YEARS)


def test_brute_force(plain):
    """400,000 draws from the prior, each weighted by how likely it makes the counts.

    With a flat effect of each period the counts given its total are multinomial, so nothing of
    the fit's own algebra is used. Laplace's normal is a little off on counts below ten.
    """
    rng = np.random.default_rng(8)
    draws = 400_000
    total = rng.choice(VARIANCES, draws)
    lasting, rho = rng.choice(LASTING, draws), rng.choice(CORRELATIONS, draws)
    times = np.append(YEARS, YEARS[-1] + 1)
    a = np.sqrt(total * lasting)[:, None] * rng.normal(size=(draws, 3))
    wave = np.empty((draws, 3, 4))
    wave[..., 0] = rng.normal(size=(draws, 3))
    for t, gap in enumerate(np.diff(times)):
        kept = (rho**gap)[:, None]
        fresh = rng.normal(size=(draws, 3))
        wave[..., t + 1] = kept * wave[..., t] + np.sqrt(1 - kept**2) * fresh
    wave *= np.sqrt(total * (1 - lasting))[:, None, None]
    rates = EXPOSURE * np.exp(a[..., None] + wave[..., :3])
    rates[:, np.isnan(COUNTS)] = 0
    chance = rates / rates.sum(axis=1, keepdims=True)
    log_weight = xlogy(np.nan_to_num(COUNTS), chance).sum(axis=(1, 2))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    assert 1 / (weight**2).sum() > 5_000  # enough draws count
    share = EXPOSURE[:, -1] / EXPOSURE[:, -1].sum()

    def quantile(values, level):
        order = np.argsort(values)
        return values[order][np.searchsorted(np.cumsum(weight[order]), level)]

    level = np.exp(a) / (np.exp(a) @ share)[:, None]
    found = plain
    np.testing.assert_allclose(found.probability_above, weight @ (level > 1), atol=0.03)
    by_hand = [[quantile(level[:, i], q) for q in (0.05, 0.5, 0.95)] for i in range(3)]
    np.testing.assert_allclose(np.c_[found.low, found.level, found.high], by_hand, rtol=0.15)
    coming = np.exp(a + wave[..., 3])
    coming /= (coming @ share)[:, None]
    expected = share * np.nansum(COUNTS[:, -1])
    reported = rng.poisson(coming * expected) / expected
    by_hand = [[quantile(reported[:, i], q) for q in (0.05, 0.95)] for i in range(3)]
    one_report = 1 / expected
    assert (
        np.abs(np.c_[found.next_low, found.next_high] - by_hand) <= 2 * one_report[:, None]
    ).all()
    assert found.lasting_variance == pytest.approx(weight @ (total * lasting), rel=0.1)
    assert found.wave_correlation == pytest.approx(weight @ rho, rel=0.1)


@given(
    order=st.permutations(range(3)),
    factors=st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
)
@settings(deadline=None, max_examples=2)
def test_order_of_areas_and_size_of_years(plain, order, factors):
    """Areas in another order are the same areas; a period's own factor is its effect."""
    order = list(order)
    turned = fit_level(COUNTS[order], EXPOSURE[order] * factors, YEARS + 7)
    for name in ("level", "low", "high", "probability_above", "next_low", "next_high"):
        np.testing.assert_allclose(getattr(turned, name), getattr(plain, name)[order], rtol=1e-4)


def test_what_is_not_known_is_not_zero(plain):
    """An area never known has no numbers, and moves the others only by its share of the country."""
    never = np.vstack([COUNTS, [np.nan] * 3])
    wider = np.vstack([EXPOSURE, [5.0] * 3])
    found = fit_level(never, wider, YEARS)
    assert np.isnan([found.level[3], found.probability_above[3], found.next_high[3]]).all()
    np.testing.assert_array_equal(found.level[:3], plain.level)
    zero = np.where(np.isnan(COUNTS), 0, COUNTS)
    assert fit_level(zero, EXPOSURE, YEARS).level[1] < 0.9 * plain.level[1]


def test_the_next_interval_where_the_last_count_is_unknown():
    """The expected counts are shares of the whole country's, estimated from who is known: the
    interval is that of the Poisson counts whose means vary as the ratios say."""
    counts = COUNTS.copy()
    counts[1, -1] = np.nan
    found = fit_level(counts, EXPOSURE, YEARS)
    share = EXPOSURE[:, -1] / EXPOSURE[:, -1].sum()
    expected = share * (12 + 6) / (share[0] + share[2])
    means = found.next_ratios * expected[:, None]
    chance = poisson.cdf(np.arange(200), means[..., None]).mean(axis=1)
    for level, edge in ((0.05, found.next_low), (0.95, found.next_high)):
        by_hand = (chance >= level).argmax(axis=1) / expected
        np.testing.assert_allclose(edge, by_hand, rtol=1e-9)


@pytest.mark.parametrize(
    ("counts", "exposure", "years", "message"),
    [
        ([1, 2, 3], [1, 1, 1], [1, 2, 3], "areas by periods"),
        ([[1, 2], [3, 4]], [[1, 1], [1, 1]], [2, 1], "ascending order"),
        ([[1, 0], [3, 0]], [[1, 1], [1, 1]], [1, 2], "1 periods have reports"),
        ([[1, 2], [np.nan, np.nan]], [[1, 1], [1, 1]], [1, 2], "1 areas"),
        ([[1, 2], [3, -4]], [[1, 1], [1, 1]], [1, 2], "-4"),
    ],
)
def test_refusals(counts, exposure, years, message):
    """No table, years in disorder, nothing to compare, a count that is none."""
    with pytest.raises(ParameterError, match=message):
        fit_level(counts, exposure, years)
