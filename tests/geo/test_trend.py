"""Mann-Kendall against published results and all permutations; patterns of a known cube."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.trend import HotspotPattern, emerging_hot_spots, mann_kendall

PUBLISHED = Path(__file__).parents[1] / "data_published"


def test_published_rainfall():
    """360 months of rain, the reference result of pyMannKendall (checked there against R)."""
    rain = pd.read_csv(PUBLISHED / "monthly_rainfall.csv").rainfall_mm.dropna()
    found = mann_kendall(rain)
    assert (found.s, found.method) == (-1959, "normal")
    assert found.variance == pytest.approx(4889800.333333333, abs=1e-6)
    assert found.z_score == pytest.approx(-0.8854562842589916, abs=1e-12)
    assert found.p_value == pytest.approx(0.37591058740506833, abs=1e-12)
    assert found.tau == pytest.approx(-0.03153167653875869, abs=1e-12)
    assert found.sen_slope == pytest.approx(-0.0064516129032258064, abs=1e-12)


@pytest.mark.parametrize(
    ("size", "s", "upper_tail"),
    [(4, 6, 0.042), (5, 8, 0.042), (8, 16, 0.031), (9, 20, 0.022), (10, 21, 0.036)],
)
def test_published_exact_tail(size, s, upper_tail):
    """Kendall's table of P(S >= s), as printed in Hollander and Wolfe and in Gilbert (1987)."""
    pairs_down = (size * (size - 1) // 2 - s) // 2
    series = list(range(size))
    # Move the smallest value to the right, one falling pair at a time; then the next.
    done, place = 0, 0
    while done < pairs_down:
        step = min(pairs_down - done, size - 1 - place)
        series.insert(step, series.pop(0))
        done, place = done + step, place + 1
        if done < pairs_down:
            series = sorted(series[: size - place]) + series[size - place :]
    found = mann_kendall(series)
    assert found.s == s
    assert found.p_value / 2 == pytest.approx(upper_tail, abs=0.0006)


def test_exact_p_by_all_orders():
    """The 720 orders of six values, S counted by loops."""

    def score(values):
        return sum(np.sign(values[j] - values[i]) for i in range(6) for j in range(i + 1, 6))

    scores = np.array([score(order) for order in permutations(range(6))])
    for series in ([1, 2, 3, 4, 5, 6], [2, 1, 3, 5, 4, 6], [3, 1, 2, 6, 5, 4], [6, 5, 3, 4, 2, 1]):
        by_count = min(1.0, 2 * np.mean(scores >= abs(score(series))))
        assert mann_kendall(series).p_value == pytest.approx(by_count, rel=1e-12)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=20), st.floats(0.1, 10))
@settings(deadline=None, max_examples=40)
def test_reversal_and_scaling(values, factor):
    """Backwards the sign turns and p stays; a monotonic change of scale changes neither."""
    plain, back = mann_kendall(values), mann_kendall(values[::-1])
    assert (back.s, back.p_value) == (-plain.s, plain.p_value)
    scaled = mann_kendall(np.array(values) * factor + 3)
    assert (scaled.s, scaled.p_value) == (plain.s, plain.p_value)
    assert 0 < plain.p_value <= 1


def test_a_constant_series_has_no_trend():
    """S, variance and z are 0, p is 1."""
    found = mann_kendall([4.0] * 12)
    assert (found.s, found.variance, found.z_score, found.p_value) == (0, 0.0, 0.0, 1.0)


H, C, N = 3.0, -3.0, 0.0
RISING = [2.0 + 0.3 * step for step in range(10)]
CUBE = {
    HotspotPattern.NEW_HOT: [N] * 9 + [H],
    HotspotPattern.CONSECUTIVE_HOT: [N] * 7 + [H] * 3,
    HotspotPattern.INTENSIFYING_HOT: RISING,
    HotspotPattern.PERSISTENT_HOT: [H, 2.9, 3.1, 2.8, H, 3.2, 2.7, N, 3.1, H],
    HotspotPattern.DIMINISHING_HOT: RISING[::-1],
    HotspotPattern.SPORADIC_HOT: [N, H, N, N, H, H, N, N, N, H],
    HotspotPattern.OSCILLATING_HOT: [C, N, H, N, C, N, H, N, N, H],
    HotspotPattern.HISTORICAL_HOT: [H] * 9 + [N],
    HotspotPattern.NO_PATTERN: [N, H, H, N, N, H, N, N, H, N],
}


def test_synthetic_cube_of_known_patterns():
    """One region per published class, and its mirror image for the cold ones."""
    found = emerging_hot_spots(list(CUBE.values()))
    assert found.status == "classified"
    assert found.pattern == tuple(CUBE)
    mirrored = emerging_hot_spots(-np.array(list(CUBE.values())))
    cold = tuple(HotspotPattern(str(name).replace("_hot", "_cold")) for name in CUBE)
    assert mirrored.pattern == cold


def test_edges_of_the_definitions():
    """Nine in ten is 90 %, eight is not; a run after an earlier hot step is no first run."""
    rows = {
        HotspotPattern.PERSISTENT_HOT: [N] + [H] * 9,
        HotspotPattern.CONSECUTIVE_HOT: [N, N] + [H] * 8,
        HotspotPattern.SPORADIC_HOT: [H, N, N, N, N, N, N, N, H, H],
        HotspotPattern.NO_PATTERN: [H] * 8 + [N, N],
    }
    assert emerging_hot_spots(list(rows.values())).pattern == tuple(rows)


def test_too_short_is_said():
    """Four years are a status of their own, with the number of steps that would do."""
    found = emerging_hot_spots(np.full((3, 4), 5.0))
    assert (found.status, found.steps, found.min_steps) == ("too_short", 4, 10)
    assert found.pattern == ()
    assert found.trend == ()


def test_relabelling_regions():
    """Each region is classified by its own row."""
    table = np.array(list(CUBE.values()))
    order = np.random.default_rng(2).permutation(len(table))
    plain = emerging_hot_spots(table).pattern
    assert emerging_hot_spots(table[order]).pattern == tuple(plain[number] for number in order)


def test_false_alarms_of_the_trend():
    """Series without a trend: P(p <= a) <= a within Monte Carlo error, 600 series of 12 steps."""
    rng = np.random.default_rng(6)
    p_values = np.array([mann_kendall(rng.normal(size=12)).p_value for _ in range(600)])
    for level in (0.05, 0.1, 0.2):
        assert np.mean(p_values <= level) <= level + 3 * np.sqrt(level * (1 - level) / 600)


def test_refusals():
    """Short series, missing values, ties in the exact test, options out of range."""
    with pytest.raises(ParameterError, match="at least 3 values"):
        mann_kendall([1, 2])
    with pytest.raises(ParameterError, match="missing value"):
        mann_kendall([1, np.nan, 3])
    with pytest.raises(ParameterError, match="equal values"):
        mann_kendall([1, 1, 3], method="exact")
    with pytest.raises(ParameterError, match="choose 'auto'"):
        mann_kendall([1, 2, 3], method="fast")
    with pytest.raises(ParameterError, match="regions in rows"):
        emerging_hot_spots([1.0, 2.0])
    with pytest.raises(ParameterError, match="every time step"):
        emerging_hot_spots(np.full((2, 10), np.nan))
    with pytest.raises(ParameterError, match="positive z"):
        emerging_hot_spots(np.zeros((2, 10)), critical_z=0)
