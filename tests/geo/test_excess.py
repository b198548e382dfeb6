"""Exact excess, false discovery rate, dispersion and verdicts."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from geo.dispersion import Dispersion
from geo.errors import ParameterError
from geo.excess import (
    benjamini_hochberg,
    close_calls,
    exact_excess,
    overdispersed_p_value,
    verdicts,
)

COUNTS = hnp.arrays(np.int64, st.integers(2, 12), elements=st.integers(0, 400))


def exact_tail(total: int, share: Fraction, counts: range) -> Fraction:
    """Binomial tail in rational numbers: nothing is rounded."""
    return sum(
        (comb(total, k) * share**k * (1 - share) ** (total - k) for k in counts), Fraction(0)
    )


def test_benjamini_hochberg_published_example():
    """The fifteen p of Benjamini and Hochberg (1995, section 3.2): four pass at 0.05."""
    p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
        0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    q = benjamini_hochberg(p)
    assert (q < 0.05).sum() == 4
    np.testing.assert_allclose(q[:4], [0.0015, 0.003, 0.0095, 0.035625])


@settings(deadline=None, max_examples=40)
@given(p=hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_benjamini_hochberg_same_as_scipy(p):
    """Second way: scipy's own, with untested regions slipped in between."""
    with_gaps = np.insert(p, [0, p.size], np.nan)
    q = benjamini_hochberg(with_gaps)
    assert np.isnan(q[[0, -1]]).all()
    np.testing.assert_allclose(q[1:-1], stats.false_discovery_control(p), rtol=1e-12)


def test_binomial_tails_in_rational_numbers():
    """Known answer: 178 of 1,976 with a share of 1/240, summed as fractions; p near 1e-168."""
    total, count, share = 1976, 178, Fraction(1, 240)
    result = exact_excess([count, total - count], [1.0, 239.0])
    exact_upper = exact_tail(total, share, range(count, total + 1))
    assert float(exact_upper) < 1e-150
    assert result.p_upper[0] == pytest.approx(float(exact_upper), rel=1e-9)
    assert result.p_lower[1] == pytest.approx(float(exact_upper), rel=1e-9)
    assert result.p_value[0] == pytest.approx(2 * float(exact_upper), rel=1e-9)


def test_tiny_lower_tail():
    """A department with 5 reports where 132 are expected keeps a p of full precision."""
    total, count, share = 1976, 5, Fraction(1, 15)
    result = exact_excess([count, total - count], [1.0, 14.0])
    exact_lower = exact_tail(total, share, range(count + 1))
    assert float(exact_lower) < 1e-40
    assert result.p_lower[0] == pytest.approx(float(exact_lower), rel=1e-9)


@settings(deadline=None, max_examples=40)
@given(data=st.data(), counts=COUNTS)
def test_same_as_scipy_binomial(data, counts):
    """Second way: both tails from the binomial distribution of scipy.stats."""
    counts[0] += 1
    years = data.draw(hnp.arrays(np.int64, counts.size, elements=st.integers(1_000, 1_000_000)))
    result = exact_excess(counts, years)
    share = years / years.sum()
    np.testing.assert_allclose(
        result.p_upper, stats.binom.sf(counts - 1, counts.sum(), share), rtol=1e-6, atol=1e-250
    )
    np.testing.assert_allclose(
        result.p_lower, stats.binom.cdf(counts, counts.sum(), share), rtol=1e-6, atol=1e-250
    )


def test_all_reports_in_one_region():
    """The ends of the distribution: all of the total, and none of it."""
    result = exact_excess([6, 0], [1, 1])
    assert result.p_upper.tolist() == [pytest.approx(1 / 64), 1.0]
    assert result.p_lower.tolist() == [1.0, pytest.approx(1 / 64)]
    assert result.p_value.tolist() == [pytest.approx(1 / 32)] * 2


def test_false_alarms_are_held():
    """Under equal risk the exact p is below 0.05 in at most 5 % of the regions."""
    rng = np.random.default_rng(9)
    years = rng.uniform(1e5, 1e7, 25)
    draws = rng.multinomial(800, years / years.sum(), size=400)
    hits = np.mean([exact_excess(draw, years).p_value < 0.05 for draw in draws])
    assert hits < 0.05


@pytest.mark.parametrize("count", [0, 5, 30, 178, 2_000])
def test_overdispersed_p_same_as_student(count):
    """Second way: twice the upper tail of Student's t, down to 1e-60."""
    expected, share, phi = 31.8, 0.016, 5.3391
    t = (count - expected) / np.sqrt(phi * expected * (1 - share))
    p = overdispersed_p_value([count], [expected], [share], phi=phi, degrees_of_freedom=69)
    assert p[0] == pytest.approx(2 * stats.t.sf(abs(t), 69), rel=1e-9)


def test_verdict_table():
    """Every combination of direction and significance has its word."""
    more, less = 20, 5
    rows = [
        (more, 0.01, 0.01, "above"),
        (more, 0.01, 0.20, "above_poisson_only"),
        (more, 0.20, 0.20, "unremarkable"),
        (more, 0.20, 0.01, "unremarkable"),
        (less, 0.01, 0.01, "below"),
        (less, 0.01, 0.20, "below_poisson_only"),
        (less, 0.05, 0.05, "unremarkable"),
        (less, np.nan, 0.01, "untestable"),
        (less, 0.01, np.nan, "untestable"),
    ]
    counts, exact, wide, words = zip(*rows, strict=True)
    found = verdicts(counts, [10.0] * len(rows), exact, wide)
    assert found.tolist() == list(words)
    assert verdicts([more], [np.nan], [0.01], [0.01]).tolist() == ["untestable"]


@settings(deadline=None, max_examples=30)
@given(data=st.data(), counts=COUNTS, low=st.floats(0.5, 8), factor=st.floats(1, 3))
def test_close_calls_by_scanning(data, counts, low, factor):
    """Second way: a scan over phi finds a changing verdict exactly where the two ends do."""
    counts[0] += 1
    years = data.draw(hnp.arrays(np.int64, counts.size, elements=st.integers(1_000, 1_000_000)))
    excess = exact_excess(counts, years)
    dispersion = Dispersion(low, low, low * factor, 69, 69 * low)
    seen = []
    for phi in np.linspace(max(1, low), max(1, low * factor), 25):
        p = overdispersed_p_value(
            counts, excess.expected, excess.share, phi=phi, degrees_of_freedom=69
        )
        seen.append(verdicts(counts, excess.expected, excess.q_value, benjamini_hochberg(p)))
    changes = (np.array(seen) != seen[0]).any(axis=0)
    assert close_calls(counts, excess, dispersion).tolist() == changes.tolist()


@settings(deadline=None, max_examples=30)
@given(data=st.data(), counts=COUNTS, scale=st.floats(0.01, 100))
def test_relabelling_and_scaling(data, counts, scale):
    """Shuffled regions give shuffled results; the unit of the people does not matter."""
    counts[0] += 1
    years = data.draw(hnp.arrays(np.int64, counts.size, elements=st.integers(1_000, 1_000_000)))
    order = data.draw(st.permutations(range(counts.size)))
    plain, shuffled = exact_excess(counts, years), exact_excess(counts[order], years[order] * scale)
    np.testing.assert_allclose(shuffled.p_value, plain.p_value[order], rtol=1e-8, atol=1e-300)
    np.testing.assert_allclose(shuffled.expected, plain.expected[order], rtol=1e-9)


def test_refusals():
    """One region, missing counts, p outside 0 to 1, dispersion below 1, shares of 0 or 1."""
    with pytest.raises(ParameterError, match="at least two regions"):
        exact_excess([5], [1e5])
    with pytest.raises(ParameterError, match="counts are whole"):
        exact_excess([5, np.nan], [1e5, 1e5])
    with pytest.raises(ParameterError, match="all 2 counts are zero"):
        exact_excess([0, 0], [1e5, 1e5])
    with pytest.raises(ParameterError, match="between 0 and 1"):
        benjamini_hochberg([0.5, 1.2])
    with pytest.raises(ParameterError, match=r"phi is 0\.9"):
        overdispersed_p_value([5], [4.0], [0.5], phi=0.9, degrees_of_freedom=69)
    with pytest.raises(ParameterError, match="degrees_of_freedom is 0"):
        overdispersed_p_value([5], [4.0], [0.5], phi=2, degrees_of_freedom=0)
    with pytest.raises(ParameterError, match="strictly between 0 and 1"):
        overdispersed_p_value([5], [4.0], [1.0], phi=2, degrees_of_freedom=69)
    with pytest.raises(ParameterError, match="level is 5"):
        verdicts([5], [4.0], [0.1], [0.1], level=5)
