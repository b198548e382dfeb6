"""Kernels of a density: their formulas, their reach and their sampled spectra.

The bandwidth h is the standard deviation of the kernel along one axis, for every kernel, so that
two kernels of one bandwidth smooth alike. Other programs name the radius R of the quartic kernel;
here R = sqrt(8) h.

Points reach the nodes of a grid through a B-spline (geo/binning.py), which blurs them by a known
variance v per axis. The kernel sampled here is narrower by v, so that both together are the kernel
asked for. For the Gaussian, h^2 - v replaces h^2, because d K / d(h^2) = Laplacian(K) / 2. The
quartic kernel does not obey that equation; there the Laplacian term is subtracted itself:
K - (v / 2) Laplacian(K). (Shrinking R instead would be wrong by 1 part in 1,000 of the peak.)
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from geo.errors import ParameterError

Kernel = Literal["gaussian", "quartic"]

GAUSSIAN_REACH = 6.0
"""The Gaussian is cut at this many bandwidths, where it is 1.5e-8 of its peak."""
QUARTIC_REACH = 8.0**0.5
"""Radius of the quartic kernel in bandwidths."""


def kernel_values(distance_m: np.ndarray, *, bandwidth_m: float, kernel: Kernel) -> np.ndarray:
    """Density of one case at a distance, cases per m2.

    Gaussian: exp(-r^2 / 2 h^2) / (2 pi h^2). Quartic (biweight): 3 (1 - r^2 / R^2)^2 / (pi R^2)
    for r < R = sqrt(8) h, else 0 (Silverman 1986, eq. 4.5).

    Parameters
    ----------
    distance_m : ndarray
        Metres.
    bandwidth_m : float
        Standard deviation of the kernel along one axis, metres.
    kernel : {"gaussian", "quartic"}

    Returns
    -------
    ndarray
        Same shape, per m2.

    Examples
    --------
    >>> kernel_values(np.array([0.0, 3.0]), bandwidth_m=1.0, kernel="quartic").round(6).tolist()
    [0.119366, 0.0]
    """
    require_kernel(kernel)
    squared = np.square(distance_m)
    if kernel == "gaussian":
        return np.exp(-squared / (2 * bandwidth_m**2)) / (2 * np.pi * bandwidth_m**2)
    radius2 = 8 * bandwidth_m**2
    return 3 / (np.pi * radius2) * np.square(np.clip(1 - squared / radius2, 0, None))


def reach_m(*, bandwidth_m: float, kernel: Kernel) -> float:
    """Distance beyond which the kernel is taken as zero, metres."""
    require_kernel(kernel)
    return bandwidth_m * (GAUSSIAN_REACH if kernel == "gaussian" else QUARTIC_REACH)


def kernel_spectrum(
    shape: tuple[int, int], *, spacing_m: float, bandwidth_m: float, kernel: Kernel, blur_m2: float
) -> np.ndarray:
    """Real FFT of the kernel sampled around node (0, 0) of a periodic grid.

    Parameters
    ----------
    shape : (int, int)
        Nodes along northing and easting.
    spacing_m, bandwidth_m : float
        Metres.
    kernel : {"gaussian", "quartic"}
    blur_m2 : float
        Variance per axis that the binning has already added, m2; must be below bandwidth_m^2.

    Returns
    -------
    ndarray, shape (rows, cols // 2 + 1)
        Real, because the kernel is even; entry (0, 0) is the sum of the sampled kernel, about
        1 / spacing_m^2.
    """
    import scipy.fft  # 0.5 s of import in a fresh process, not on the start-up path

    lags = [spacing_m * np.minimum(np.arange(n), n - np.arange(n)) for n in shape]
    reach = reach_m(bandwidth_m=bandwidth_m, kernel=kernel)
    if kernel == "gaussian":
        variance = bandwidth_m**2 - blur_m2
        rows, columns = (
            np.exp(-(lag**2) / (2 * variance)) * (lag <= reach) / np.sqrt(2 * np.pi * variance)
            for lag in lags
        )
        return np.outer(scipy.fft.fft(rows).real, scipy.fft.rfft(columns).real)
    # Only the patch around the origin is not zero, so only that patch is evaluated.
    near = [np.nonzero(lag <= reach + spacing_m)[0] for lag in lags]
    y, x = lags[0][near[0]][:, None], lags[1][near[1]][None, :]
    centre = kernel_values(np.hypot(y, x), bandwidth_m=bandwidth_m, kernel=kernel)
    around = sum(
        kernel_values(np.hypot(y + dy, x + dx), bandwidth_m=bandwidth_m, kernel=kernel)
        for dy, dx in ((spacing_m, 0), (-spacing_m, 0), (0, spacing_m), (0, -spacing_m))
    )
    sampled = np.zeros(shape)
    sampled[np.ix_(*near)] = centre - blur_m2 / (2 * spacing_m**2) * (around - 4 * centre)
    return scipy.fft.rfft2(sampled, workers=2).real


def require_kernel(kernel: str) -> None:
    """Raise ParameterError for a kernel that does not exist."""
    if kernel not in get_args(Kernel):
        raise ParameterError(f"kernel is {kernel!r}; it must be one of {list(get_args(Kernel))}")
