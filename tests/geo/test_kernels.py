"""The kernels' formulas and their sampled spectra."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import ParameterError
from geo.kernels import kernel_spectrum, kernel_values, reach_m


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_integrates_to_one_with_the_bandwidth_as_deviation(kernel):
    """In polar coordinates: 2 pi int r K dr = 1, and pi int r^3 K dr = h^2."""
    step = 0.5
    r = np.arange(step / 2, reach_m(bandwidth_m=1_000, kernel=kernel), step)
    values = kernel_values(r, bandwidth_m=1_000, kernel=kernel)
    assert 2 * np.pi * step * (r * values).sum() == pytest.approx(1, rel=1e-5)
    assert np.pi * step * (r**3 * values).sum() == pytest.approx(1_000**2, rel=1e-5)


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_quartic_ends_at_its_radius_and_gaussian_falls_below_a_millionth(kernel):
    """At the reach the quartic is zero and the Gaussian negligible."""
    peak, rim = kernel_values(
        np.array([0.0, reach_m(bandwidth_m=5.0, kernel=kernel)]), bandwidth_m=5.0, kernel=kernel
    )
    assert rim < 1e-7 * peak


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_spectrum_is_that_of_a_narrower_kernel(kernel):
    """Back in space: sum 1, variance h^2 less the blur, even along both axes."""
    spectrum = kernel_spectrum(
        (120, 135), spacing_m=100, bandwidth_m=1_000, kernel=kernel, blur_m2=2_500
    )
    sampled = np.fft.fftshift(np.fft.irfft2(spectrum, s=(120, 135))) * 100**2
    y, x = (np.arange(120) - 60) * 100, (np.arange(135) - 67) * 100
    assert sampled.sum() == pytest.approx(1, abs=1e-4)
    assert sampled.sum(axis=0) @ x**2 == pytest.approx(1_000**2 - 2_500, rel=1e-3)
    assert sampled.sum(axis=1) @ y**2 == pytest.approx(1_000**2 - 2_500, rel=1e-3)
    assert np.abs(sampled[1:] - sampled[1:][::-1]).max() < 1e-12


def test_refuses_unknown_kernel():
    """The message lists what exists."""
    with pytest.raises(ParameterError, match=r"'cosine'; it must be one of \['gaussian'"):
        kernel_values(np.zeros(1), bandwidth_m=1.0, kernel="cosine")
