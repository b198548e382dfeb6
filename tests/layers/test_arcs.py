"""Bent lines."""

import numpy as np
import pytest

from layers.route_lines import arc, arrow


def test_ends_are_kept_and_the_bend_is_the_share_of_the_length():
    """On the equator Mercator is flat for small steps: the middle lies 10 % aside."""
    xy = np.array(arc((0.0, 0.0), (1.0, 0.0), bend=0.1).coords)
    assert xy[[0, -1]] == pytest.approx(np.array([[0, 0], [1, 0]]))
    assert xy[6:8].mean(axis=0) == pytest.approx([0.5, 0.1], abs=1e-3)


def test_opposite_directions_part():
    """There and back lie on different sides of the straight line."""
    there = np.array(arc((0, 0), (1, 0), bend=0.1).coords)
    back = np.array(arc((1, 0), (0, 0), bend=0.1).coords)
    assert there[5, 1] > 0 > back[5, 1]


@pytest.mark.parametrize(
    ("end", "angle"), [((1, 0), 0), ((0, 1), -90), ((-1, 0), 180), ((0, -1), 90)]
)
def test_arrows_point_along_the_travel(end, angle):
    """At the end; angles are clockwise on the screen, where north is up."""
    longitude, latitude, found = arrow((0, 0), end, bend=0.0)
    assert np.cos(np.radians(found - angle)) == pytest.approx(1)
    assert (longitude, latitude) == end
