"""Simulated maps of equal risk: exact moments, the verdict's tails, totals, a visible seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from geo.errors import ParameterError
from geo.hotspots.equal_risk import draw_equal_risk, population_shares, require_map
from geo.overdispersion import tails

SHARES = np.array([0.02, 0.04, 0.1, 0.24, 0.6])


def draw(total, shares, *, kappas=(0.1,), size=1, seed=1):
    return draw_equal_risk(
        total, np.asarray(shares), kappas=kappas, size=size, rng=np.random.default_rng(seed)
    )


def exact_moments(total, shares, kappa):
    """Mean and variance of the counts by quadrature.

    With S the sum of s g, E[(s g / S)^m] is the integral over t of t^(m-1) E[(s g)^m exp(-t S)],
    and E[g^m exp(-u g)] of a gamma variable has a closed form.
    """

    def moment(share, power):
        def integrand(t):
            damped = np.prod((1 + kappa * shares * t) ** (-1 / kappa))
            own = (share / (1 + kappa * share * t)) ** power
            return own * damped * (1 if power == 1 else t * (1 + kappa))

        return quad(integrand, 0, np.inf, epsabs=1e-12)[0]

    first, second = (np.array([moment(share, power) for share in shares]) for power in (1, 2))
    return total * first, total * (first - second) + total**2 * (second - first**2)


@pytest.mark.parametrize("kappa", [0.05, 0.11, 0.55])
def test_moments_are_those_of_the_law(kappa):
    """Mean and variance of 40,000 maps within 4 and 5 standard errors; N s only to first order."""
    drawn = draw(800, SHARES, kappas=[kappa], size=40_000)
    mean, variance = exact_moments(800, SHARES, kappa)
    assert mean.sum() == pytest.approx(800)
    assert np.all(np.abs(drawn.mean(axis=0) - mean) < 4 * np.sqrt(variance / 40_000))
    fourth = ((drawn - mean) ** 4).mean(axis=0)
    error = np.sqrt((fourth - variance**2) / 40_000)
    assert np.all(np.abs(((drawn - mean) ** 2).mean(axis=0) - variance) < 5 * error)
    first_order = 800 * SHARES * (1 + kappa * ((SHARES**2).sum() - SHARES))
    np.testing.assert_allclose(mean, first_order, rtol=kappa**2)


def test_the_tails_are_those_of_the_verdict():
    """The scan's maps and the test of one area have one law; every map takes its own kappa."""
    kappas = [0.05, 0.1, 0.3]
    shares = np.array([0.01, 0.03, 0.06, 0.1, 0.2, 0.25, 0.35])
    drawn = draw(1_000, shares, kappas=kappas, size=40_000)
    counts = np.round(1_000 * shares * [3, 0.6, 1.5, 1.2, 0.7, 1.3, 1.1])
    upper, lower = tails(counts, shares, 1_000, kappas)
    np.testing.assert_allclose((drawn >= counts).mean(axis=0), upper, atol=0.01)
    np.testing.assert_allclose((drawn <= counts).mean(axis=0), lower, atol=0.01)


def test_without_waves_it_is_the_multinomial():
    """kappa = 0 draws numpy's maps; a kappa of nearly nothing has its variance."""
    plain = np.random.default_rng(1).multinomial(500, SHARES, size=20_000)
    np.testing.assert_array_equal(draw(500, SHARES, kappas=[0.0], size=20_000), plain)
    nearly = draw(500, SHARES, kappas=[0.0, 1e-12], size=20_000)
    np.testing.assert_allclose(nearly.var(axis=0), 500 * SHARES * (1 - SHARES), rtol=0.05)


@given(
    total=st.integers(0, 400),
    people=st.lists(st.floats(0.01, 1e6), min_size=2, max_size=12),
    kappa=st.floats(0, 20),
)
@settings(deadline=None, max_examples=40)
def test_totals_are_conserved(total, people, kappa):
    """Every map has the total of the real one, and no report where nobody lives."""
    shares = population_shares(np.array([0.0, *people]))
    maps = draw(total, shares, kappas=[kappa, 0.1], size=5)
    assert set(maps.sum(axis=1)) == {total}
    assert not maps[:, 0].any()


@pytest.mark.parametrize("kappas", [[], [-0.1], [0.1, float("nan")], [21.0]])
def test_refuses_kappas(kappas):
    """None, below 0, missing, beyond what can be drawn."""
    with pytest.raises(ParameterError, match=r"kappas = .*from 0 to 20"):
        draw(10, SHARES, kappas=kappas)


@pytest.mark.parametrize(
    ("counts", "people", "message"),
    [
        ([1.5, 2], [1, 2], "fractional"),
        ([1, 2, 3], [1, 2], "same length"),
        ([10, 20], [-1, 2], "negative"),
        ([10, 20], [0, 2], "position 0 has 10 reports"),
    ],
)
def test_refuses_maps(counts, people, message):
    """What does not fit is refused with what came and what is allowed."""
    with pytest.raises(ParameterError, match=message):
        require_map(counts, people)
