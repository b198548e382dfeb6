"""Gi* with its p-values as the atlas gives them, and as others do; each one contestant.

``python -m studies.benchmarks.statistics_peers NAME FOLDER DRAWS`` gives one answer in a fresh
process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

Prepared = tuple[Callable[[], np.ndarray], Callable[[np.ndarray], np.ndarray]]


def _same(values: np.ndarray) -> np.ndarray:
    return values


def atlas(folder: Path, draws: int) -> Prepared:
    """The permutation null of the atlas: z in closed form, p from shared draws."""
    from scipy import sparse

    from geo.hotspots.permutation import permutation_null

    values, pairs = np.load(folder / "values.npy"), np.load(folder / "pairs.npy")
    size = len(values)
    neighbours = sparse.csr_array((np.ones(pairs.shape[1]), tuple(pairs)), shape=(size, size))
    return lambda: permutation_null(values, neighbours, draws=draws)[1] / 2, _same


def esda(folder: Path, draws: int) -> Prepared:
    """Run esda's G_Local with the region counted in, on one core, its fastest setting."""
    import warnings

    from esda.getisord import G_Local
    from libpysal.weights import W

    warnings.simplefilter("ignore")
    values = np.load(folder / "values.npy")
    region, neighbour = np.load(folder / "pairs.npy")
    ends = np.searchsorted(region, np.arange(len(values) + 1))
    weights = W(
        {i: neighbour[ends[i] : ends[i + 1]].tolist() for i in range(len(values))},
        silence_warnings=True,
    )

    def run() -> np.ndarray:
        found = G_Local(
            values, weights, transform="B", star=True, permutations=draws, n_jobs=1, seed=1
        )
        return np.asarray(found.p_sim)

    return run, _same


def pygeoda(folder: Path, draws: int) -> Prepared:
    """GeoDa's library on two threads."""
    import pygeoda as geoda

    values = np.load(folder / "values.npy").tolist()
    region, neighbour = np.load(folder / "pairs.npy")
    ends = np.searchsorted(region, np.arange(len(values) + 1))
    path = folder / "pairs.gal"
    with path.open("w", encoding="ascii") as file:
        file.write(f"0 {len(values)} none id\n")
        for i in range(len(values)):
            near = neighbour[ends[i] : ends[i + 1]]
            file.write(f"{i} {len(near)}\n{' '.join(map(str, near.tolist()))}\n")
    weights = geoda.read_gal(str(path), [str(i) for i in range(len(values))])

    def run() -> np.ndarray:
        found = geoda.local_gstar(weights, values, permutations=draws, cpu_threads=2)
        return np.asarray(found.lisa_pvalues())

    return run, _same


if __name__ == "__main__":
    name, folder, draws = sys.argv[1:]
    globals()[name](Path(folder), int(draws))[0]()
