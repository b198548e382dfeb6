"""Dispersion of yearly counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from geo.dispersion import fit_dispersion
from geo.errors import ParameterError


def newton_fit(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Poisson regression with both effects by iteratively reweighted least squares."""
    regions, years = counts.shape
    design = np.zeros((regions, years, regions + years - 1))
    for i in range(regions):
        design[i, :, i] = 1
    for t in range(1, years):
        design[:, t, regions + t - 1] = 1
    x, y, offset = design.reshape(-1, regions + years - 1), counts.ravel(), np.log(people).ravel()
    mean = y + 0.5
    for _ in range(50):
        working = np.log(mean) - offset + (y - mean) / mean
        root = np.sqrt(mean)
        beta, *_ = np.linalg.lstsq(x * root[:, None], working * root, rcond=None)
        mean = np.exp(offset + x @ beta)
    return mean.reshape(counts.shape)


def test_equal_people_is_the_contingency_table():
    """With equal populations the fit is row total x column total / total, so the statistic is
    the textbook chi-square of a contingency table."""
    table = np.array([[22, 28, 5], [14, 9, 20]])
    fit = fit_dispersion(table, np.full(table.shape, 1e5))
    textbook = stats.chi2_contingency(table, correction=False)
    assert fit.chi_square == pytest.approx(textbook.statistic, rel=1e-9)
    assert fit.degrees_of_freedom == textbook.dof == 2


def test_same_as_newton():
    """Second way: weighted least squares on the log-linear model reach the same chi-square."""
    rng = np.random.default_rng(3)
    people = rng.uniform(1e5, 2e6, (24, 4))
    counts = rng.negative_binomial(8, 8 / (8 + people * 3e-5))
    fit = fit_dispersion(counts, people)
    mean = newton_fit(counts.astype(float), people)
    assert fit.chi_square == pytest.approx(((counts - mean) ** 2 / mean).sum(), rel=1e-8)


def test_interval_is_the_chi_square_one():
    """Second way for the interval: X2 over the quantiles that scipy.stats gives."""
    rng = np.random.default_rng(4)
    fit = fit_dispersion(rng.poisson(40, (24, 4)), np.full((24, 4), 1e6))
    assert fit.degrees_of_freedom == 69
    assert fit.low == pytest.approx(fit.chi_square / stats.chi2.ppf(0.975, 69), rel=1e-10)
    assert fit.high == pytest.approx(fit.chi_square / stats.chi2.ppf(0.025, 69), rel=1e-10)


def test_finds_the_dispersion_that_was_put_in():
    """Poisson tables give 1, tables with variance 5 x mean give 5; the interval holds it."""
    rng = np.random.default_rng(5)
    people = np.full((24, 4), 1e6)
    poisson = [fit_dispersion(rng.poisson(40, (24, 4)), people).phi for _ in range(200)]
    wide = [
        fit_dispersion(rng.negative_binomial(40 / 4, 1 / 5, (24, 4)), people) for _ in range(200)
    ]
    assert np.mean(poisson) == pytest.approx(1, abs=0.05)
    assert np.mean([fit.phi for fit in wide]) == pytest.approx(5, abs=0.3)
    assert np.mean([fit.low <= 5 <= fit.high for fit in wide]) > 0.88


def test_empty_department_says_nothing():
    """A row without reports changes neither the statistic nor the degrees of freedom."""
    counts, people = np.array([[10, 30], [40, 20], [25, 25]]), np.full((3, 2), 1e5)
    with_empty = fit_dispersion(np.vstack([counts, [[0, 0]]]), np.full((4, 2), 1e5))
    assert with_empty == fit_dispersion(counts, people)


@settings(deadline=None, max_examples=25)
@given(
    counts=hnp.arrays(np.int64, (5, 3), elements=st.integers(1, 300)),
    scale=st.floats(0.01, 100),
    data=st.data(),
)
def test_denominator_unit_and_order_do_not_matter(counts, scale, data):
    """Scaling all people, or shuffling departments and years, leaves phi alone."""
    people = np.arange(1, 16).reshape(5, 3) * 1e4
    rows = data.draw(st.permutations(range(5)))
    columns = data.draw(st.permutations(range(3)))
    fit = fit_dispersion(counts, people)
    shuffled = fit_dispersion(counts[rows][:, columns], people[rows][:, columns] * scale)
    assert shuffled.phi == pytest.approx(fit.phi, rel=1e-6, abs=1e-9)
    assert fit.low <= fit.phi <= fit.high


def test_refusals():
    """Missing, fractional, lone and flat tables are refused."""
    with pytest.raises(ParameterError, match="counts are whole"):
        fit_dispersion([[1, np.nan], [2, 3]], np.ones((2, 2)))
    with pytest.raises(ParameterError, match="finite and above 0"):
        fit_dispersion([[1, 2], [2, 3]], [[1, 0], [1, 1]])
    with pytest.raises(ParameterError, match="one denominator for each"):
        fit_dispersion([[1, 2], [2, 3]], np.ones((2, 3)))
    with pytest.raises(ParameterError, match="a table of regions by years"):
        fit_dispersion([1, 2], [1, 1])
    with pytest.raises(ParameterError, match="at least two of each"):
        fit_dispersion([[1, 2], [0, 0]], np.ones((2, 2)))
