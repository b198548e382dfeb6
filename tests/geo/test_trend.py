"""Mann-Kendall against published results and all orders; courses of a known table."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.trend import Course, courses, mann_kendall

PUBLISHED = Path(__file__).parents[1] / "data_published"


def test_published_rainfall():
    """360 months of rain, the reference result of pyMannKendall (checked there against R)."""
    rain = pd.read_csv(PUBLISHED / "monthly_rainfall.csv").rainfall_mm.dropna()
    found = mann_kendall(rain)
    assert found.s == -1959
    assert found.variance == pytest.approx(4889800.333333333, abs=1e-6)
    assert found.p_value == pytest.approx(0.37591058740506833, abs=1e-12)
    assert found.tau == pytest.approx(-0.03153167653873869, abs=1e-12)


@pytest.mark.parametrize(
    ("series", "s", "upper_tail"),
    [
        ([1, 2, 3, 4], 6, 0.042),
        ([2, 1, 3, 4, 5], 8, 0.042),
        ([4, 3, 1, 2, 5, 6, 7, 8], 18, 0.016),
        ([2, 3, 1, 4, 5, 6, 7, 8, 9, 10], 41, 0.0),
    ],
)
def test_published_exact_tail(series, s, upper_tail):
    """Kendall's table of P(S >= s), as printed in Hollander and Wolfe and in Gilbert (1987)."""
    found = mann_kendall(series)
    assert found.s == s
    assert found.p_value / 2 == pytest.approx(upper_tail, abs=0.0006)


def _score(values):
    return sum(np.sign(late - early) for at, late in enumerate(values) for early in values[:at])


@pytest.mark.parametrize(
    "series",
    [(2, 1, 3, 5, 4, 6), (0, 0, 1, 0, 2, 3, 3), (0, 0, 0, 0, 1, 0, 1), (2, 2, 2, 1, 0, 0)],
)
def test_exact_p_by_all_orders(series):
    """Every order of the values, ties included, S counted by loops."""
    scores = np.array([_score(order) for order in permutations(series)])
    by_count = min(1.0, 2 * np.mean(scores >= abs(_score(series))))
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
    """S and variance are 0, p is 1."""
    found = mann_kendall([4.0] * 12)
    assert (found.s, found.variance, found.p_value) == (0, 0.0, 1.0)


H, N = 400, 100
COURSES = {
    Course.NEW: [N] * 9 + [H],
    Course.CONSECUTIVE: [N] * 7 + [H] * 3,
    Course.PERSISTENT: [H, 390, 410, 380, H, 420, 370, N, 410, H],
    Course.INTENSIFYING: [300 + 60 * step for step in range(10)],
    Course.DIMINISHING: [300 + 60 * step for step in reversed(range(10))],
    Course.SPORADIC: [N, H, N, N, H, H, N, N, N, H],
    Course.OSCILLATING: [N, H, 1, N, N, H, H, N, N, H],
    Course.HISTORICAL: [H] * 9 + [N],
    Course.NO_PATTERN: [N, H, H, N, N, H, N, N, H, N],
    Course.RISING: [70 + 5 * step for step in range(10)],
    Course.FALLING: [70 + 5 * step for step in reversed(range(10))],
    Course.NOT_ENOUGH: [0, 5, 0, 3, 2, 1, 4, 0, 3, 1],
}


@pytest.mark.parametrize("course", COURSES)
def test_a_table_of_known_courses(course, monkeypatch):
    """One area per class among twelve that stay where they are; no interval is asked for."""
    monkeypatch.setattr("geo.excess.ratio_interval", lambda *_: (np.nan, np.nan))
    flat = np.random.default_rng(1).integers(96, 104, (12, 10))
    table = np.vstack([COURSES[course], flat])
    found = courses(table, np.full(table.shape, 1e6), [0.001])
    assert found.course[0] == course
    assert np.isnan(found.p_value[0]) == (course == Course.NOT_ENOUGH)
    assert found.share.sum(axis=0) == pytest.approx(1)


def test_false_alarms_of_the_trend():
    """Small counts without a trend, many ties: P(p <= a) <= a within Monte Carlo error."""
    rng = np.random.default_rng(6)
    p_values = np.array([mann_kendall(rng.poisson(3, 15)).p_value for _ in range(600)])
    for level in (0.05, 0.1, 0.2):
        assert np.mean(p_values <= level) <= level + 3 * np.sqrt(level * (1 - level) / 600)


def test_refusals():
    """Short or incomplete series, a table that is none, a step without shares."""
    with pytest.raises(ParameterError, match="at least 3 values"):
        mann_kendall([1, 2])
    with pytest.raises(ParameterError, match="leave that step out"):
        mann_kendall([1, np.nan, 3])
    with pytest.raises(ParameterError, match="2 areas by 10 steps"):
        courses(np.ones((3, 4)), np.ones((3, 4)), [0.1])
    with pytest.raises(ParameterError, match="no report in any area"):
        courses(np.eye(11)[:, :10] * [0] + np.r_[[1] * 9, [0]], np.ones((11, 10)), [0.1])
