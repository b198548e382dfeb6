"""Rates, expected counts and empirical Bayes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import ParameterError
from geo.rates import empirical_bayes_rate, expected_count

COUNTS = hnp.arrays(np.int64, st.integers(2, 12), elements=st.integers(0, 2_000))


def people(size: int) -> st.SearchStrategy:
    return hnp.arrays(np.int64, size, elements=st.integers(1_000, 10_000_000))


def test_global_empirical_bayes_of_pysal():
    """The six smoothed rates printed in PySAL's tutorial on spatial smoothing (users guide,
    "Empirical Bayes Smoothers"): the twelve counts there, added in pairs."""
    smoothed = empirical_bayes_rate([18, 5, 8, 7, 3, 8], [190, 45, 45, 50, 160, 150])
    published = [0.09080775, 0.09252352, 0.12332267, 0.10753624, 0.03301368, 0.05934766]
    np.testing.assert_allclose(smoothed / 1e5, published, atol=5e-9)


@settings(deadline=None, max_examples=40)
@given(data=st.data(), counts=COUNTS)
def test_expected_conserves_the_total(data, counts):
    """Expected counts add up to the reports, and do not notice the unit of the denominator."""
    years = data.draw(people(counts.size))
    counts[0] += 1
    expected = expected_count(counts, years)
    assert expected.sum() == pytest.approx(counts.sum())
    np.testing.assert_allclose(expected_count(counts, years * 7.3), expected, rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(data=st.data(), counts=COUNTS)
def test_empirical_bayes_lies_between_own_and_pooled_rate(data, counts):
    """Shrinking never overshoots."""
    years = data.draw(people(counts.size))
    raw, pooled = counts / years * 1e5, counts.sum() / years.sum() * 1e5
    smooth = empirical_bayes_rate(counts, years)
    slack = 1e-9 * (pooled + raw)
    assert (smooth >= np.minimum(raw, pooled) - slack).all()
    assert (smooth <= np.maximum(raw, pooled) + slack).all()


@pytest.mark.parametrize("bad", [[-1, 5], [1.5, 5], [np.nan, 5], [np.inf, 5], []])
@pytest.mark.parametrize("function", [expected_count, empirical_bayes_rate])
def test_refuses_bad_counts(function, bad):
    """Counts are whole, present and not negative."""
    with pytest.raises(ParameterError, match="counts are whole numbers"):
        function(bad, [1e5] * len(bad))


@pytest.mark.parametrize("bad", [0, -3, np.nan, np.inf])
def test_refuses_bad_denominators(bad):
    """No rate over nobody."""
    with pytest.raises(ParameterError, match="finite and above 0"):
        expected_count([1, 2], [1e5, bad])


def test_refuses_what_cannot_be_shared_out():
    """Lengths that differ, and periods without a single report."""
    with pytest.raises(ParameterError, match="one denominator for each count"):
        expected_count([1, 2, 3], [1e5, 1e5])
    with pytest.raises(ParameterError, match="all 2 counts are zero"):
        expected_count([0, 0], [1e5, 1e5])
