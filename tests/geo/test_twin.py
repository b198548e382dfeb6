"""Equal-risk twins: moments known in closed form, conserved totals, a visible seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.twin import draw_equal_risk, equal_risk_twins


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 5.34, 40.0])
def test_mean_and_variance_are_those_promised(dispersion):
    """Mean N s and variance phi N s (1 - s) for every region (Mosimann 1962), 20,000 maps."""
    people = np.array([1.0, 2.0, 5.0, 12.0, 30.0])
    shares = people / people.sum()
    drawn = draw_equal_risk(
        800, shares, dispersion=dispersion, size=20_000, rng=np.random.default_rng(1)
    )
    variance = dispersion * 800 * shares * (1 - shares)
    error = np.sqrt(variance / 20_000)
    assert np.all(np.abs(drawn.mean(axis=0) - 800 * shares) < 4 * error)
    np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=0.12)


def test_against_gamma_poisson_given_the_total():
    """Poisson counts of gamma rates (a common scale), kept when they add up to N.

    Such counts are negative binomial; given their total they are the twin's law exactly.
    """
    shares, total, dispersion = np.array([0.2, 0.3, 0.5]), 30, 3.0
    concentration = (total - dispersion) / (dispersion - 1)
    rng = np.random.default_rng(8)
    scale = total / concentration
    counts = rng.poisson(rng.gamma(concentration * shares, scale, (400_000, 3)))
    kept = counts[counts.sum(axis=1) == total]
    drawn = draw_equal_risk(total, shares, dispersion=dispersion, size=40_000, rng=rng)
    assert len(kept) > 5000
    for region in range(3):
        by_rejection = np.bincount(kept[:, region], minlength=31) / len(kept)
        by_twin = np.bincount(drawn[:, region], minlength=31) / len(drawn)
        assert np.abs(np.cumsum(by_rejection) - np.cumsum(by_twin)).max() < 0.03


@given(
    counts=st.lists(st.integers(0, 60), min_size=2, max_size=12),
    dispersion=st.floats(1.0, 9.0),
    seed=st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=40)
def test_totals_are_conserved(counts, dispersion, seed):
    """Every map has the total of the real one, and no report where nobody lives."""
    counts = [*counts, 10]
    people = np.arange(len(counts), dtype=float)
    counts[0] = 0
    twins = equal_risk_twins(counts, people, seed=seed, dispersion=dispersion, maps=5)
    assert twins.counts.shape == (5, len(counts))
    assert set(twins.counts.sum(axis=1)) == {sum(counts)}
    assert np.all(twins.counts[:, 0] == 0)
    assert twins.expected.sum() == pytest.approx(sum(counts))


def test_the_seed_makes_the_maps():
    """Same seed, same maps, whatever the unit of population; another seed, other maps."""
    people = np.array([3.0, 9.0, 14.0, 40.0])
    for dispersion in (1.0, 5.0):
        one, same, scaled, other = (
            equal_risk_twins([50, 20, 10, 20], people * factor, seed=seed, dispersion=dispersion)
            for seed, factor in ((4, 1), (4, 1), (4, 7.3), (5, 1))
        )
        np.testing.assert_array_equal(one.counts, same.counts)
        np.testing.assert_array_equal(one.counts, scaled.counts)
        assert np.any(one.counts != other.counts)


def test_only_the_total_of_the_real_map_enters():
    """The twins of two maps with one total are the same."""
    one = equal_risk_twins([30, 0, 0], [1, 2, 3], seed=2)
    other = equal_risk_twins([0, 10, 20], [1, 2, 3], seed=2)
    np.testing.assert_array_equal(one.counts, other.counts)


def test_no_reports_give_empty_maps():
    """Nothing to spread: maps of zeros."""
    assert equal_risk_twins([0, 0], [1, 1], seed=1).counts.sum() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dispersion": 0.9}, r"dispersion = 0\.9"),
        ({"dispersion": 30.0}, "below the number of reports"),
        ({"dispersion": float("nan")}, "dispersion = nan"),
        ({"maps": 0}, "at least 1"),
        ({"reported_count": [1.5, 2]}, "fractional"),
        ({"reported_count": [1, 2, 3]}, "same length"),
        ({"population": [-1, 2]}, "negative"),
        ({"population": [0, 2]}, "position 0 has 10 reports"),
    ],
)
def test_refusals(change, message):
    """What does not fit is refused with what came and what is allowed."""
    arguments = {"reported_count": [10, 20], "population": [1, 2], "seed": 1} | change
    with pytest.raises(ParameterError, match=message):
        equal_risk_twins(**arguments)
