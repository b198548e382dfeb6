"""A bandwidth from the points."""

from __future__ import annotations

import numpy as np
import pytest

from geo.bandwidth import automatic_bandwidth
from geo.errors import ParameterError


def test_normal_points_follow_silverman():
    """For n points of a round normal with deviation s the rule is s n^(-1/6)."""
    easting, northing = np.random.default_rng(0).normal(0, 30_000, (2, 4_096))
    expected = 30_000 / 4  # 4096^(1/6) = 4
    found = automatic_bandwidth(easting, northing, np.ones(4_096))
    assert found == pytest.approx(expected, rel=0.03)


def test_weights_count_as_repeats_in_the_spread():
    """Equal weights do not matter; points without weight do not count."""
    easting, northing = np.random.default_rng(1).normal(0, 1_000, (2, 50))
    plain = automatic_bandwidth(easting, northing, np.ones(50))
    assert automatic_bandwidth(easting, northing, np.full(50, 7.0)) == pytest.approx(plain)
    padded = automatic_bandwidth(
        np.append(easting, 9e6), np.append(northing, 9e6), np.append(np.ones(50), 0.0)
    )
    assert padded == pytest.approx(plain)


def test_one_outlier_hardly_moves_it():
    """The quartile-based spread holds where the standard deviation would explode."""
    easting, northing = np.random.default_rng(2).normal(0, 1_000, (2, 200))
    plain = automatic_bandwidth(easting, northing, np.ones(200))
    easting[0] = 500_000
    assert automatic_bandwidth(easting, northing, np.ones(200)) == pytest.approx(plain, rel=0.1)


def test_refuses_points_without_spread():
    """One place gives no bandwidth; weights of zero give none either."""
    with pytest.raises(ParameterError, match="all cases lie at one place"):
        automatic_bandwidth(np.full(3, 5.0), np.full(3, 6.0), np.ones(3))
    with pytest.raises(ParameterError, match="no case has a weight"):
        automatic_bandwidth(np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.zeros(2))
