"""Adaptive bandwidths: Abramson's law against the sum written out, and nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.adaptive import adaptive_density
from geo.density import kernel_density
from geo.errors import GeoError
from geo.grid import Grid
from geo.kernels import kernel_values
from geo.rasters import geotiff_bytes, read_geotiff

GRID = Grid(0.0, 600_000.0, 5_000.0, np.ones((120, 120), dtype=bool))


def town_and_country(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sixty points in a town, thirty spread out, well away from the border."""
    x = np.append(rng.normal(250_000, 8_000, 60), rng.uniform(200_000, 400_000, 30))
    y = np.append(rng.normal(300_000, 8_000, 60), rng.uniform(200_000, 400_000, 30))
    return x, y, rng.uniform(0.5, 2, 90)


def written_out(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, h: float, kernel: str
) -> tuple[np.ndarray, np.ndarray]:
    """Abramson's estimator as sums over all pairs, no grid, no FFT, no ladder."""
    pairs = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y))
    pilot = kernel_values(pairs, bandwidth_m=h, kernel=kernel) @ w
    geometric_mean = np.exp(np.average(np.log(pilot), weights=w))
    own = np.clip(h * np.sqrt(geometric_mean / pilot), h / 4, 4 * h)
    rows, columns = np.indices(GRID.mask.shape)
    cx, cy = GRID.centre_of(rows, columns)
    values = sum(
        wi * kernel_values(np.hypot(cx - xi, cy - yi), bandwidth_m=hi, kernel=kernel)
        for xi, yi, wi, hi in zip(x, y, w, own, strict=True)
    )
    return values * 1e6, own


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_equals_the_sum_written_out(kernel):
    """Within 0.3 % of the peak everywhere: the price of 21 bandwidths instead of 90."""
    x, y, w = town_and_country(np.random.default_rng(4))
    density = adaptive_density(x, y, w, grid=GRID, bandwidth_m=20_000, kernel=kernel)
    exact, own = written_out(x, y, w, 20_000, kernel)
    assert np.abs(density.values - exact).max() < 0.003 * exact.max()
    assert density.bandwidth_range_m == pytest.approx((own.min(), own.max()), rel=0.01)


def test_town_is_sharper_and_country_smoother():
    """Against the fixed bandwidth: a higher peak in town, a wider hill under the lone point."""
    x = np.append(np.full(60, 200_000.0), 450_000.0)
    y, w = np.full(61, 300_000.0), np.ones(61)
    options = {"grid": GRID, "bandwidth_m": 20_000.0}
    adaptive, fixed = adaptive_density(x, y, w, **options), kernel_density(x, y, w, **options)
    assert adaptive.values[60, 40] > 1.05 * fixed.values[60, 40]
    assert adaptive.values[60, 90] < 0.5 * fixed.values[60, 90]


def test_one_place_is_the_fixed_density():
    """With all points at one place every bandwidth is the geometric mean's: h itself."""
    x, y, w = np.full(5, 302_500.0), np.full(5, 297_500.0), np.ones(5)
    adaptive = adaptive_density(x, y, w, grid=GRID, bandwidth_m=20_000)
    fixed = kernel_density(x, y, w, grid=GRID, bandwidth_m=20_000)
    assert adaptive.values == pytest.approx(fixed.values, rel=1e-5, abs=1e-12)


@given(seed=st.integers(0, 1000), n=st.integers(1, 40), h=st.sampled_from([6e3, 2e4, 5e4]))
@settings(max_examples=15, deadline=None)
def test_every_case_stays(seed, n, h):
    """At the border and off it, with weights of 0: the sum is the sum of the weights."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-20_000, 620_000, (2, n))
    w = rng.choice([0.0, 1.0, 7.5], n)
    density = adaptive_density(x, y, w, grid=GRID, bandwidth_m=h)
    assert density.mass == pytest.approx(w.sum(), rel=1e-5, abs=1e-9)
    assert (density.values >= 0).all()
    assert density.bandwidth_range_m[0] >= 5_000


def test_the_range_survives_the_raster():
    """GeoTIFF out and in keeps the bandwidths in use; a fixed one has none."""
    density = adaptive_density([3e5, 4e5], [3e5, 3e5], [5, 1], grid=GRID, bandwidth_m=20_000)
    assert read_geotiff(geotiff_bytes(density)).bandwidth_range_m == density.bandwidth_range_m
    fixed = kernel_density([3e5], [3e5], [5], grid=GRID, bandwidth_m=20_000)
    assert read_geotiff(geotiff_bytes(fixed)).bandwidth_range_m is None


def test_refuses_a_modelled_surface():
    """Towns that a rule filled have no density of their own."""
    with pytest.raises(GeoError, match="placed by the rule 'population'"):
        adaptive_density([3e5], [3e5], [1.0], grid=GRID, bandwidth_m=20_000, spreading="population")
