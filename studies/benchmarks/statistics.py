"""Local statistics against esda and pygeoda, compile time told apart: make bench-statistics."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import Delaunay

from studies.benchmarks import statistics_peers as peers
from studies.benchmarks.machine import described
from studies.benchmarks.rounds import Measured, in_turns

SIZES = (25, 196, 1_874, 100_000)
DRAWS = (999, 9_999)
ONCE = 5e7
"""Regions times draws from which on the others run once: they take minutes."""
NEVER = 5e8
"""Regions times draws from which on the others do not run."""
PEERS: dict[str, Callable[..., Any]] = {
    "**atlas**": peers.atlas,
    "esda G_Local": peers.esda,
    "pygeoda local_gstar": peers.pygeoda,
}


def written(folder: Path, size: int) -> None:
    """Regions around points of a seed, neighbours by Delaunay's triangles, clustered rates."""
    rng = np.random.default_rng(size)
    places = rng.random((size, 2))
    corners = Delaunay(places).simplices
    pairs = np.concatenate([corners[:, [a, b]] for a in range(3) for b in range(3) if a != b])
    pairs = np.unique(pairs, axis=0)
    people = np.round(rng.gamma(1.0, 20_000, size)) + 200
    risk = 1 + 2 * np.exp(-np.sum((places - 0.3) ** 2, axis=1) / 0.02)
    counts = rng.poisson(people * risk * 1.0e-4)
    for name, values in (
        ("pairs", pairs.T),
        ("values", counts / people * 1e5),
    ):
        np.save(folder / f"{name}.npy", values)


def fresh_s(name: str, folder: Path, draws: int) -> float:
    """Seconds from the start of an interpreter to its first answer, all imports counted."""
    begun = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "studies.benchmarks.statistics_peers",
        name,
        str(folder),
        str(draws),
    ]
    subprocess.run(command, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the steady and first times, then the time to a first answer of a fresh process."""
    print(described("esda", "libpysal", "pygeoda", "numba"))
    print(
        "\nMedians of five in turns (100,000: others once), every program in a process of its own; "
        "first = first call, imports apart, what it compiles included. Ratio: to the atlas. "
        "|dp|: median difference of one-sided p.\n\n"
        "| n | draws | program | steady ms (CPU) | ratio (CPU) | first ms | MB | \\|dp\\| |\n"
        + "| --- " * 8
        + "|"
    )
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            written(folder, size)
            for draws in DRAWS:
                _rows(folder, size, draws)
            if size == 25:
                fresh = {
                    peer: min(fresh_s(peer, folder, 999) for _ in range(3))
                    for peer in ("atlas", "esda", "pygeoda")
                }
    print(
        "\n| first answer of a fresh process, n = 25, 999 draws, best of three | s |\n| --- | --- |"
    )
    for peer, seconds in fresh.items():
        print(f"| {peer} | {seconds:.2f} |")


def _rows(folder: Path, size: int, draws: int) -> None:
    ours, *others = ((name, (peer, (folder, draws))) for name, peer in PEERS.items())
    work = size * draws
    if work < ONCE:
        measured = in_turns(dict([ours, *others]))
    else:
        measured = in_turns(dict([ours]))
        if work < NEVER:
            measured |= in_turns(dict(others), runs=1)
    _printed(measured, size, draws)


def _printed(measured: dict[str, Measured], size: int, draws: int) -> None:
    ours = measured["**atlas**"]
    for name, one in measured.items():
        gap = np.median(np.abs(one.answer - np.minimum(ours.answer, 0.5)))
        print(
            f"| {size:,} | {draws:,} | {name} | {one.wall_ms:,.1f} ({one.cpu_ms:,.1f}) "
            f"| {one.wall_ms / ours.wall_ms:,.1f} ({one.cpu_ms / ours.cpu_ms:,.1f}) "
            f"| {one.first_ms:,.0f} | {one.peak_mb:,.0f} "
            f"| {f'{gap:.4f}' if one is not ours else '–'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
