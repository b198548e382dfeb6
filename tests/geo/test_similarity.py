"""Areas by the distance of their standardised features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import cdist

from geo.errors import ParameterError
from geo.similarity import most_similar


def test_distances_are_those_worked_out_by_hand():
    """Standard deviations of 1 and 2: differences of (2, 0), (0, 2) and (2, 2) of them."""
    features = np.array([[-1.0, -2.0], [1.0, -2.0], [-1.0, 2.0], [1.0, 2.0]])
    result = most_similar(features, 0, 1)
    assert result.distance == pytest.approx([0.0, np.sqrt(2), np.sqrt(2), 2.0])
    assert result.order.tolist() == [1, 2, 3]
    # the second feature alone keeps the third area from being the nearest
    assert result.decisive.tolist() == [False, True]


def test_a_missing_value_makes_no_area_nearer():
    """The mean goes over what both have: two areas differ by 2 in all that is known of them."""
    whole = np.array([-1.0, 1.0, 1.0, -1.0, 1.0, -1.0])
    partly = np.array([-1.0, np.nan, 1.0, -1.0, 1.0, np.nan])
    result = most_similar(np.column_stack([whole, whole, partly]), 0, 1)
    assert result.distance[1] == result.distance[2] == 2.0


@given(
    arrays.arrays(float, (6, 3), elements=st.floats(-50, 50, width=16), unique=True),
    st.integers(0, 5),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_units_do_not_matter_and_scipy_agrees(features, row, scale, shift):
    """Another unit or zero of a feature changes nothing; SciPy's seuclidean over root 3."""
    result = most_similar(features, row, 2)
    variances = features.var(axis=0)
    independent = cdist(features[[row]], features, "seuclidean", V=variances)[0] / np.sqrt(3)
    assert result.distance == pytest.approx(independent, abs=1e-9)
    moved = features.copy()
    moved[:, 1] = moved[:, 1] * scale + shift
    assert most_similar(moved, row, 2).distance == pytest.approx(result.distance, rel=1e-6)


@pytest.mark.parametrize(
    ("features", "count"),
    [
        (np.array([[1.0, 0.0], [1.0, 2.0]]), 1),
        (np.array([[1.0], [2.0], [3.0]]), 1),
        (np.array([[1.0, 0.0], [2.0, 1.0]]), 2),
    ],
)
def test_what_cannot_be_compared_is_refused(features, count):
    """A feature without spread, a single feature, more neighbours than there are."""
    with pytest.raises(ParameterError, match="feature"):
        most_similar(features, 0, count)
