"""The closed projection against the library that everybody trusts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import laea
from geo.crs import to_analysis
from geo.laea import BLOCK, is_near, project
from geo.points import projected_chunks

DEGREES = st.tuples(st.floats(-120, -30), st.floats(-90, 90))


@given(places=st.lists(DEGREES, min_size=1, max_size=20))
def test_agrees_with_proj(places):
    """Within a micrometre up to 80 degrees of latitude and a millimetre up to 89.9.

    At the pole itself the cosine is a root of rounding and half a metre is what doubles give.
    """
    longitude, latitude = np.array(places).T
    for ours, theirs in zip(
        project(longitude, latitude), to_analysis(longitude, latitude), strict=True
    ):
        from_equator = np.abs(latitude)
        limit = np.select([from_equator < 80, from_equator < 89.9], [1e-6, 1e-3], 0.5)
        assert (np.abs(ours - theirs) < limit).all()


def test_more_points_than_a_block():
    """Blocks change nothing."""
    rng = np.random.default_rng(0)
    longitude, latitude = rng.uniform(-81, -69, BLOCK + 7), rng.uniform(-18, 0, BLOCK + 7)
    for ours, theirs in zip(
        project(longitude, latitude), to_analysis(longitude, latitude), strict=True
    ):
        assert np.abs(ours - theirs).max() < 1e-6


@given(places=st.lists(st.tuples(st.floats(-81.4, -68.6), st.floats(-18.4, 0)), min_size=1))
def test_the_series_of_peru_agrees_with_proj(places):
    """Within a micrometre, where the sine comes from its series."""
    longitude, latitude = np.array(places).T
    for ours, theirs in zip(
        project(longitude, latitude), to_analysis(longitude, latitude), strict=True
    ):
        assert np.abs(ours - theirs).max() < 1e-6


@pytest.mark.parametrize("longitude", [[-75.0, 170.0], [-75.0, np.nan]])
def test_elsewhere_is_not_near(longitude):
    """Beyond 45 degrees, or nowhere, the general library is asked."""
    assert not is_near(np.array(longitude))
    assert is_near(np.array([-120.0, -30.0]))
    assert is_near(np.empty(0))


def test_chunks_of_degrees_take_it_and_far_ones_do_not(monkeypatch):
    """Both ways meet in one stream, and the near one is the closed form indeed."""
    taken = []

    def counted(longitude, latitude):
        taken.append(len(longitude))
        return project(longitude, latitude)

    monkeypatch.setattr(laea, "project", counted)
    near, far = projected_chunks([([-70.0], [-12.0], [1.0]), ([10.0], [45.0], [1.0])])
    for chunk, place in ((near, (-70.0, -12.0)), (far, (10.0, 45.0))):
        expected = to_analysis([place[0]], [place[1]])
        assert chunk[0] == pytest.approx(expected[0], abs=1e-6)
        assert chunk[1] == pytest.approx(expected[1], abs=1e-6)
    assert taken == [1]
