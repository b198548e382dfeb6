"""The density of weighted points as the atlas makes it, and as others do; each one contestant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from atlas.results.density import grid_for
from geo.density.grid import Grid

BANDWIDTH_M = 25_000.0
CHUNK = 1 << 20

Prepared = tuple[Callable[[], np.ndarray], Callable[[np.ndarray], np.ndarray]]


def loaded(folder: Path, cell_km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, Grid, Any]:
    """Points, the grid and a judge that gives the values of sampled cells."""
    x, y, w = (np.load(folder / f"{name}.npy") for name in "xyw")
    row, column = np.load(folder / f"cells-{cell_km:g}.npy")

    def judge(values: np.ndarray) -> np.ndarray:
        return np.append(values[row, column], np.nanmax(values)).astype(float)

    return x, y, w, grid_for(cell_km), judge


def atlas(folder: Path, cell_km: float, edge: Any) -> Prepared:
    """The engine, end to end."""
    import scipy.ndimage
    import scipy.spatial  # noqa: F401

    from geo.density.engine import kernel_density

    x, y, w, grid, judge = loaded(folder, cell_km)

    def run() -> np.ndarray:
        return kernel_density(x, y, w, grid=grid, bandwidth_m=BANDWIDTH_M, edge=edge).values

    return run, judge


def bincount_fft(folder: Path, cell_km: float) -> Prepared:
    """Nearest cells counted in chunks, one float32 FFT pair: the limit that is aimed at."""
    import scipy.fft

    x, y, w, grid, judge = loaded(folder, cell_km)
    rows, columns = grid.mask.shape
    h = BANDWIDTH_M / grid.cell_size_m
    shape = [scipy.fft.next_fast_len(n + int(6 * h), real=True) for n in (rows, columns)]

    def run() -> np.ndarray:
        binned = _binned(x, y, w, grid)
        padded = np.zeros(shape, dtype=np.float32)
        padded[:rows, :columns] = binned
        down, right = (
            np.exp(-(np.minimum(np.arange(n), n - np.arange(n)) ** 2) / (2 * h**2)) for n in shape
        )
        spectrum = scipy.fft.rfft2(padded, workers=2)
        spectrum *= np.outer(scipy.fft.fft(down).real, scipy.fft.rfft(right).real).astype(
            np.float32
        )
        values = scipy.fft.irfft2(spectrum, s=shape, workers=2)[:rows, :columns]
        return values * np.float32(1 / (2 * np.pi * (BANDWIDTH_M / 1000) ** 2))

    return run, judge


def _binned(x: np.ndarray, y: np.ndarray, w: np.ndarray, grid: Grid) -> np.ndarray:
    rows, columns = grid.mask.shape
    binned = np.zeros(rows * columns)
    per_m = 1 / grid.cell_size_m
    for begin in range(0, len(x), CHUNK):
        part = slice(begin, begin + CHUNK)
        at = ((grid.north_m - y[part]) * per_m).astype(np.int64)
        at *= columns
        at += ((x[part] - grid.west_m) * per_m).astype(np.int64)
        binned += np.bincount(at, w[part], rows * columns)
    return binned.reshape(rows, columns)


def histogram_filter(folder: Path, cell_km: float) -> Prepared:
    """np.histogram2d and ndimage.gaussian_filter: what people write."""
    from scipy.ndimage import gaussian_filter

    x, y, w, grid, judge = loaded(folder, cell_km)
    rows, columns = grid.mask.shape
    south = grid.north_m - rows * grid.cell_size_m
    edges = (
        south + np.arange(rows + 1) * grid.cell_size_m,
        grid.west_m + np.arange(columns + 1) * grid.cell_size_m,
    )

    def run() -> np.ndarray:
        counts = np.histogram2d(y, x, bins=edges, weights=w)[0][::-1]
        smooth = gaussian_filter(counts, BANDWIDTH_M / grid.cell_size_m, mode="constant")
        return smooth / (grid.cell_size_m**2 / 1e6)

    return run, judge


def kdepy(folder: Path, cell_km: float) -> Prepared:
    """KDEpy's FFTKDE on data in units of the bandwidth (metres it cannot solve for)."""
    from KDEpy import FFTKDE

    x, y, w, grid, judge = loaded(folder, cell_km)
    rows, columns = grid.mask.shape
    easting, northing = grid.centre_of(np.arange(rows)[::-1], np.arange(columns))
    nodes = np.stack(np.meshgrid(easting, northing, indexing="ij"), -1).reshape(-1, 2)
    nodes /= BANDWIDTH_M

    def run() -> np.ndarray:
        points = np.column_stack([x, y]) / BANDWIDTH_M
        kde = FFTKDE(kernel="gaussian", bw=1).fit(points, weights=w)
        values = kde.evaluate(nodes).reshape(columns, rows).T[::-1]
        return values * (w.sum() / (BANDWIDTH_M / 1000) ** 2)

    return run, judge


def scikit_sample(folder: Path, cell_km: float, cells: int) -> Prepared:
    """scikit-learn's KernelDensity at some cells; the whole grid would take hours."""
    from sklearn.neighbors import KernelDensity

    x, y, w, grid, _ = loaded(folder, cell_km)
    row, column = np.load(folder / f"cells-{cell_km:g}.npy")[:, :cells]
    at = np.column_stack(grid.centre_of(row, column))

    def run() -> np.ndarray:
        kde = KernelDensity(bandwidth=BANDWIDTH_M, rtol=1e-4).fit(
            np.column_stack([x, y]), sample_weight=w
        )
        return np.exp(kde.score_samples(at)) * w.sum() * 1e6

    return run, lambda values: values


def scipy_sample(folder: Path, cell_km: float, cells: int) -> Prepared:
    """Return scipy's gaussian_kde at some cells; its kernel has the data's covariance."""
    from scipy.stats import gaussian_kde

    x, y, w, grid, _ = loaded(folder, cell_km)
    row, column = np.load(folder / f"cells-{cell_km:g}.npy")[:, :cells]
    at = np.vstack(grid.centre_of(row, column))

    def run() -> np.ndarray:
        kde = gaussian_kde(np.vstack([x, y]), bw_method=BANDWIDTH_M / x.std(), weights=w)
        return kde(at)

    return run, lambda values: values
