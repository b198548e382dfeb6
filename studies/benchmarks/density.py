"""The density against its peers, in turns, with errors and memory beside: make bench-density."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from atlas.results.density import grid_for
from studies.benchmarks import density_peers as peers
from studies.benchmarks.machine import described
from studies.benchmarks.rounds import RUNS, Measured, in_turns

SIZES = (10_000, 1_000_000, 10_000_000)
CELLS_KM = (1.0, 5.0)
JUDGED = {10_000: 400, 1_000_000: 400, 10_000_000: 100}
"""Cells summed directly; a direct sum costs points times cells."""
SAMPLED = {10_000: 200, 1_000_000: 8, 10_000_000: 2}
"""Cells that scipy and scikit-learn are asked for; a whole grid would take hours."""
LIMIT = "bincount in chunks, float32 FFT pair"
GRIDS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "**atlas**, no correction": (peers.atlas, ("none",)),
    "**atlas**, Diggle's correction": (peers.atlas, ("diggle",)),
    LIMIT: (peers.bincount_fft, ()),
    "histogram2d, gaussian_filter": (peers.histogram_filter, ()),
    "KDEpy FFTKDE": (peers.kdepy, ()),
}


def written(folder: Path, size: int) -> None:
    """Points of a seed in the country: 70 % in 300 clusters of 3 to 60 km, 30 % anywhere."""
    rng = np.random.default_rng(size)
    grid = grid_for(1.0)
    row, column = np.nonzero(grid.mask)
    x, y = np.empty(0), np.empty(0)
    while len(x) < size:
        count = 2 * (size - len(x)) + 100
        at = rng.integers(0, len(row), count)
        centres = at[:300][rng.integers(0, 300, count)]
        at = np.where(rng.random(count) < 0.7, centres, at)
        spread = np.where(at == centres, rng.uniform(3_000, 60_000, 300)[at % 300], 300.0)
        east, north = grid.centre_of(row[at], column[at])
        east, north = east + rng.normal(0, spread), north + rng.normal(0, spread)
        inside = _on_mask(1.0, east, north) & _on_mask(5.0, east, north)
        x, y = np.append(x, east[inside])[:size], np.append(y, north[inside])[:size]
    order = rng.permutation(size)
    for name, values in (("x", x[order]), ("y", y[order]), ("w", rng.gamma(2.0, 1.0, size))):
        np.save(folder / f"{name}.npy", values)
    for cell_km in CELLS_KM:
        grid = grid_for(cell_km)
        on = np.nonzero(grid.mask)
        some = rng.integers(0, len(on[0]), JUDGED[size] // 2)
        near = rng.integers(0, size, JUDGED[size] - len(some))  # where the points are
        pairs = zip(on, grid.cell_of(x[near], y[near]), strict=True)
        cells = np.array([np.append(anywhere[some], there) for anywhere, there in pairs])
        np.save(folder / f"cells-{cell_km:g}.npy", cells[:, rng.permutation(JUDGED[size])])


def _on_mask(cell_km: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    grid = grid_for(cell_km)
    row, column = grid.cell_of(x, y)
    rows, columns = grid.mask.shape
    known = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return known & grid.mask[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]


def direct(folder: Path, cell_km: float) -> np.ndarray:
    """Sum of the kernels of all points at the judged cells, cases per km2."""
    x, y, w, grid, _ = peers.loaded(folder, cell_km)
    at = np.column_stack(grid.centre_of(*np.load(folder / f"cells-{cell_km:g}.npy")))
    h = peers.BANDWIDTH_M
    out = np.empty(len(at))
    for number, (east, north) in enumerate(at):
        near = np.abs(x - east) < 7 * h
        squared = (x[near] - east) ** 2 + (y[near] - north) ** 2
        out[number] = w[near] @ np.exp(squared / (-2 * h**2))
    return out / (2 * np.pi * (h / 1000) ** 2)


def main() -> None:
    """Print one table per number of points and cell."""
    print(described("KDEpy", "scikit-learn"))
    print(
        f"\nGaussian of {peers.BANDWIDTH_M / 1000:g} km; medians of {RUNS} in turns, every recipe "
        "in a process of its own, from arrays to the grid; memory above the loaded points; error "
        "against direct summation at sampled cells, of the peak; ratio to the limit; first is the "
        "first call of a process."
    )
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            written(folder, size)
            for cell_km in CELLS_KM:
                _table(folder, size, cell_km)


def _table(folder: Path, size: int, cell_km: float) -> None:
    cells = grid_for(cell_km).mask.size
    measured = in_turns(
        {name: (prepare, (folder, cell_km, *more)) for name, (prepare, more) in GRIDS.items()}
    )
    exact = direct(folder, cell_km)
    limit = measured[LIMIT].wall_ms
    peak = measured["**atlas**, no correction"].answer[-1]
    print(
        f"\n### {size:,} points, {cell_km:g} km ({cells:,} cells)\n\n"
        "| recipe | ms | CPU ms | of the limit | first ms | error / peak | MB |\n"
        + "| --- " * 7
        + "|"
    )
    for name, one in measured.items():
        corrected = "correction" in name and "no correction" not in name
        error = np.max(np.abs(one.answer[:-1] - exact)) / peak
        shown = "–" if corrected else f"{error:.1e}"
        print(
            f"| {name} | {one.wall_ms:,.0f} | {one.cpu_ms:,.0f} | {one.wall_ms / limit:.2f} "
            f"| {one.first_ms:,.0f} | {shown} | {one.peak_mb:,.0f} |",
            flush=True,
        )
    if cell_km == CELLS_KM[0]:
        few = SAMPLED[size]
        sampled = in_turns(
            {
                "scikit-learn KernelDensity": (peers.scikit_sample, (folder, cell_km, few)),
                "scipy gaussian_kde": (peers.scipy_sample, (folder, cell_km, few)),
            },
            runs=1,
        )
        for name, one in sampled.items():
            _extrapolated(name, one, cells / few, limit)


def _extrapolated(name: str, one: Measured, times: float, limit: float) -> None:
    hours = one.wall_ms * times / 3.6e6
    print(
        f"| {name}, extrapolated from {1 / times:.1e} of the cells | {hours:,.2g} h | "
        f"{one.cpu_ms * times / 3.6e6:,.2g} h | {one.wall_ms * times / limit:,.0f} | – "
        f"| {one.peak_mb:,.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
