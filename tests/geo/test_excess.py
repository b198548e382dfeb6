"""The verdict: exact p, false discovery rate, Holm, and what they make of a map."""

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
from geo.overdispersion import tails

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


@settings(deadline=None, max_examples=40)
@given(p=hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_p_a_second_way(p):
    """BH as scipy has it, Holm by its definition, with untested areas slipped in between."""
    with_gaps = np.insert(p, [0, p.size], np.nan)
    q, strict = benjamini_hochberg(with_gaps), holm(with_gaps)
    assert np.isnan(q[[0, -1]]).all()
    np.testing.assert_allclose(q[1:-1], stats.false_discovery_control(p), rtol=1e-12)
    # Holm: the largest of (tests left) x p among the p that are not larger
    left = [(p >= one).sum() for one in p]
    steps = np.array([min(1.0, n * one) for n, one in zip(left, p, strict=True)])
    slow = [max(steps[p <= one]) for one in p]
    np.testing.assert_allclose(strict[1:-1], slow, rtol=1e-12)
    assert (strict[1:-1] >= q[1:-1] - 1e-12).all()


@pytest.mark.parametrize(("count", "share"), [(178, Fraction(1, 240)), (5, Fraction(1, 15))])
def test_chance_alone_in_rational_numbers(count, share):
    """Known answer: the exact binomial p summed as fractions, down to 1e-168."""
    total = 1976
    found = judge([count, total - count], [float(share), float(1 - share)], KAPPAS)
    counts = range(count, total + 1) if count > total * share else range(count + 1)
    assert found.p_value_chance[0] == pytest.approx(
        2 * float(exact_tail(total, share, counts)), rel=1e-9
    )
    assert found.p_value[0] > found.p_value_chance[0]


def test_verdict_table():
    """Every combination of direction and q has its verdict."""
    found = verdicts([True, True, False, False, True], [0.01, 0.05, 0.049, 0.2, np.nan])
    assert found.tolist() == [
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
    p_values = (np.minimum(1, 2 * np.minimum(*tails(one, share, 900, [0.11]))) for one in maps)
    called = [(benjamini_hochberg(p) < 0.05).any() for p in p_values]
    assert np.mean(called) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


@settings(deadline=None, max_examples=20)
@given(data=st.data(), counts=COUNTS, scale=st.floats(0.01, 100))
def test_relabelling_and_scaling(data, counts, scale):
    """Shuffled areas give shuffled results; the unit of the exposure does not matter."""
    counts[0] += 1
    years = data.draw(hnp.arrays(np.int64, counts.size, elements=st.integers(1_000, 1_000_000)))
    order = data.draw(st.permutations(range(counts.size)))
    plain, moved = judge(counts, years, KAPPAS), judge(counts[order], years[order] * scale, KAPPAS)
    np.testing.assert_allclose(moved.p_value, plain.p_value[order], rtol=1e-7, atol=1e-300)
    np.testing.assert_allclose(moved.ratio_low, plain.ratio_low[order], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(moved.expected, plain.expected[order], rtol=1e-9)


def test_refusals():
    """One area, missing counts, no reports, p outside 0 to 1."""
    with pytest.raises(ParameterError, match="at least two areas"):
        judge([5], [1e5], KAPPAS)
    with pytest.raises(ParameterError, match="counts are whole"):
        judge([5, np.nan], [1e5, 1e5], KAPPAS)
    with pytest.raises(ParameterError, match="all 2 counts are zero"):
        judge([0, 0], [1e5, 1e5], KAPPAS)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        benjamini_hochberg([0.5, 1.2])
