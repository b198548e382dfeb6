"""Points to nodes and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.binning import CHUNK, add_points, blur_in_cells, values_at_points
from geo.errors import ParameterError

SCHEMES = ("nearest", "linear", "quadratic")
POSITION = st.floats(3.0, 12.0)


def nodes_of(row, column, weight, binning) -> np.ndarray:
    nodes = np.zeros((16, 16))
    add_points(nodes, np.array(row), np.array(column), np.array(weight), binning=binning)
    return nodes


def test_quadratic_weights_of_a_centred_point():
    """A point on a node gives it 3/4 along each axis and 1/8 to each side."""
    nodes = nodes_of([5.0], [7.0], [64.0], "quadratic")
    assert nodes[4:7, 6:9].tolist() == [[1, 6, 1], [6, 36, 6], [1, 6, 1]]


@pytest.mark.parametrize("binning", SCHEMES)
def test_blur_is_the_mean_over_positions(binning):
    """1/12, 1/6 and 1/4 of a cell squared, averaged over where in its cell a point lies."""
    lags = np.arange(16)
    spread = []
    for offset in (np.arange(200) + 0.5) / 200:
        share = nodes_of([7.0], [6.0 + offset], [1.0], binning)[7]
        share = share / share.sum()
        spread.append(share @ (lags - 6.0 - offset) ** 2)
    assert np.mean(spread) == pytest.approx(blur_in_cells(binning), rel=1e-3)
    if binning == "quadratic":  # and for each point, which the other two do not offer
        assert np.ptp(spread) < 1e-12
    else:
        assert np.ptp(spread) > 0.2


@given(row=POSITION, column=POSITION, binning=st.sampled_from(SCHEMES))
@settings(max_examples=40, deadline=None)
def test_keeps_mass_and_centre(row, column, binning):
    """The sum is the weight; linear and quadratic keep the centre of mass too."""
    nodes = nodes_of([row], [column], [3.0], binning)
    assert nodes.sum() == pytest.approx(3.0)
    assert nodes.min() >= 0
    if binning != "nearest":
        down, right = np.indices(nodes.shape)
        assert (nodes * down).sum() / 3 == pytest.approx(row)
        assert (nodes * right).sum() / 3 == pytest.approx(column)


@given(row=POSITION, column=POSITION, binning=st.sampled_from(SCHEMES))
@settings(max_examples=30, deadline=None)
def test_reading_is_the_transpose_of_adding(row, column, binning):
    """sum(nodes of a point times field) = field read at the point."""
    field = np.random.default_rng(0).normal(size=(16, 16))
    read = values_at_points(field, np.array([row]), np.array([column]), binning=binning)[0]
    assert read == pytest.approx((nodes_of([row], [column], [1.0], binning) * field).sum())


def test_more_points_than_a_chunk():
    """Parts do not lose or double a point."""
    n = CHUNK + 3
    position = np.random.default_rng(1).uniform(3, 12, (2, n))
    nodes = nodes_of(position[0], position[1], np.ones(n), "quadratic")
    assert nodes.sum() == pytest.approx(n)


def test_refuses_unknown_scheme():
    """The message lists the three."""
    with pytest.raises(ParameterError, match=r"binning is 'cubic'.*'quadratic'"):
        blur_in_cells("cubic")
