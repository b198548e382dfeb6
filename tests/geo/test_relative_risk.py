"""Cases over people: known ratios, a stated mask, and the surfaces that it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.adaptive import adaptive_density
from geo.density import Density, kernel_density
from geo.errors import GeoError, ParameterError
from geo.grid import Grid
from geo.kernels import kernel_values
from geo.relative_risk import _EFFECTIVE_AREA, relative_risk

MASK = np.ones((80, 80), dtype=bool)
MASK[:, :3] = False
GRID = Grid(0.0, 400_000.0, 5_000.0, MASK)
TOWNS = np.array([100_000.0, 300_000.0]), np.array([200_000.0, 200_000.0])


def smooth(weight: list[float], **options: object) -> Density:
    return kernel_density(*TOWNS, weight, **{"grid": GRID, "bandwidth_m": 15_000.0} | options)


def test_a_town_with_three_times_the_cases():
    """75 and 25 cases among equal people: ratios 1.5 and 0.5; far from both towns no value."""
    risk = relative_risk(smooth([75, 25]), smooth([1_000, 1_000]))
    assert risk.values[39, 20] == pytest.approx(1.5, rel=1e-4)
    assert risk.values[39, 60] == pytest.approx(0.5, rel=1e-4)
    assert np.isnan(risk.values[0, 70])
    assert np.isnan(risk.values[:, :3]).all()


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_effective_area_is_one_over_the_squared_kernel(kernel):
    """Against the integral on a fine grid, to 1 in 1,000."""
    axis = np.arange(-60.0, 60.0, 0.05)
    k = kernel_values(np.hypot(*np.meshgrid(axis, axis)), bandwidth_m=8.0, kernel=kernel)
    assert 1 / (np.square(k).sum() * 0.05**2) == pytest.approx(
        _EFFECTIVE_AREA[kernel] * 64, rel=1e-3
    )


@pytest.mark.parametrize("minimum", [1.0, 5.0, 20.0])
def test_the_mask_is_the_stated_threshold(minimum):
    """A cell has a value exactly where the kernel expects the minimum of cases."""
    cases, people = smooth([75, 25]), smooth([1_000, 1_000])
    risk = relative_risk(cases, people, minimum_expected=minimum)
    expected = people.values * (100 / 2_000) * 4 * np.pi * 15.0**2
    assert (np.isfinite(risk.values) == (expected >= minimum)).all()
    assert risk.minimum_expected == minimum
    assert risk.masked_share == pytest.approx(1 - np.isfinite(risk.values).sum() / MASK.sum())


@given(people=st.lists(st.floats(100, 1e6), min_size=2, max_size=2), factor=st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_cases_that_follow_the_people_are_one_everywhere(people, factor):
    """Any proportion of the people is a risk of 1 wherever it is shown."""
    risk = relative_risk(
        smooth([p * factor for p in people]), smooth(people), minimum_expected=1e-3
    )
    shown = risk.values[np.isfinite(risk.values)]
    assert shown == pytest.approx(1, rel=1e-4)


def test_refuses_a_modelled_surface():
    """By population or with mining evidence: the ratio would redraw the rule."""
    people = smooth([1_000, 1_000])
    for rule in ("population", "population and mining evidence, share 0.50"):
        with pytest.raises(GeoError, match=f"placed by the rule '{rule}'.*only redraws the rule"):
            relative_risk(smooth([75, 25], spreading=rule), people)


def test_refuses_unlike_densities():
    """Another bandwidth, kernel, cells; adaptive bandwidths; nothing to divide by."""
    cases, people = smooth([75, 25]), smooth([1_000, 1_000])
    with pytest.raises(GeoError, match="differ in bandwidth_m"):
        relative_risk(cases, smooth([1_000, 1_000], bandwidth_m=20_000.0))
    with pytest.raises(GeoError, match="differ in kernel"):
        relative_risk(cases, smooth([1_000, 1_000], kernel="quartic"))
    with pytest.raises(GeoError, match="different cells"):
        relative_risk(cases, replace(people, values=people.values[1:]))
    adaptive = adaptive_density(*TOWNS, [75, 25], grid=GRID, bandwidth_m=15_000)
    with pytest.raises(GeoError, match="bandwidths adapt to the points"):
        relative_risk(adaptive, adaptive)
    with pytest.raises(GeoError, match="population sum to 0"):
        relative_risk(cases, smooth([0, 0]))
    with pytest.raises(ParameterError, match="minimum_expected is 0"):
        relative_risk(cases, people, minimum_expected=0)
