"""The difference of two densities shows the rule and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.density import Density, kernel_density
from geo.density_png import palette_png
from geo.difference import density_difference, difference_breaks
from geo.errors import GeoError, ParameterError
from geo.grid import Grid

GRID = Grid(0.0, 400_000.0, 5_000.0, np.ones((80, 80), dtype=bool))


def one_bump(easting: float, weight: float = 10.0, grid: Grid = GRID) -> Density:
    return kernel_density(
        [easting], [200_000.0], [weight], grid=grid, bandwidth_m=15_000, spreading=f"{easting:g}"
    )


def test_moved_cases_of_two_bumps_far_apart():
    """All 10 cases lie elsewhere: the difference integrates to 0 and its half to 10."""
    difference = density_difference(one_bump(100_000), one_bump(300_000))
    assert difference.moved_cases == pytest.approx(10, rel=1e-4)
    assert difference.moved_share == pytest.approx(1, rel=1e-4)
    assert float(difference.values.sum()) * 25 == pytest.approx(0, abs=1e-4)
    assert difference.values[40, 60] > 0 > difference.values[40, 20]
    assert (difference.first_spreading, difference.second_spreading) == ("100000", "300000")


def test_moved_share_of_overlapping_bumps():
    """Two Gaussians d apart share 2 Phi(-d / 2h): for d = h, 38.3 % of the cases move."""
    difference = density_difference(one_bump(200_000), one_bump(215_000))
    assert difference.moved_share == pytest.approx(0.3829, abs=0.005)  # cells of h / 3


def test_order_turns_the_sign():
    """a - b = -(b - a), with the same number of cases moved."""
    there, back = (
        density_difference(one_bump(a), one_bump(b))
        for a, b in ((150_000, 200_000), (200_000, 150_000))
    )
    assert np.array_equal(there.values, -back.values)
    assert there.moved_cases == back.moved_cases


def test_breaks_mirror_and_paint():
    """Symmetric edges hold every value; the PNG leaves the middle class transparent."""
    difference = density_difference(one_bump(100_000), one_bump(300_000))
    breaks = difference_breaks(difference, side_classes=3)
    assert breaks == [-edge for edge in reversed(breaks)]
    assert breaks[-1] >= np.abs(difference.values).max()
    colors = ["#2c6fbb"] * 3 + ["#00000000"] + ["#b35c1e"] * 3
    png, _ = palette_png(difference, breaks, colors)
    assert png.startswith(b"\x89PNG")


def test_refuses_densities_that_differ_in_more_than_positions():
    """Another bandwidth, another total, another mask, another grid."""
    first = one_bump(100_000)
    with pytest.raises(GeoError, match="differ in bandwidth_m"):
        density_difference(first, replace(first, bandwidth_m=20_000.0))
    with pytest.raises(GeoError, match="hold 10 and 11 cases"):
        density_difference(first, one_bump(100_000, weight=11.0))
    hole = np.ones((80, 80), dtype=bool)
    hole[0, 0] = False
    with pytest.raises(GeoError, match="different cells"):
        density_difference(first, one_bump(100_000, grid=Grid(0.0, 400_000.0, 5_000.0, hole)))
    with pytest.raises(GeoError, match="differ in transform"):
        density_difference(first, one_bump(100_000, grid=Grid(5e3, 4e5, 5e3, GRID.mask)))


def test_refuses_breaks_of_nothing():
    """Equal densities have no classes; options out of range are named."""
    same = density_difference(one_bump(100_000), one_bump(100_000))
    with pytest.raises(GeoError, match="same everywhere"):
        difference_breaks(same)
    other = density_difference(one_bump(100_000), one_bump(300_000))
    with pytest.raises(ParameterError, match="side_classes is 8"):
        difference_breaks(other, side_classes=8)
    with pytest.raises(ParameterError, match="ratio is 1"):
        difference_breaks(other, ratio=1.0)
    with pytest.raises(ParameterError, match="share rounded edges"):
        difference_breaks(other, side_classes=7, ratio=1.01)
