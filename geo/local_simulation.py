"""Where an observed local statistic stands among those of simulated equal-risk maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from geo.cluster_result import ClusterSettings
from geo.contiguity import Contiguity
from geo.local_statistics import standardised_rate
from geo.twin import draw_equal_risk, population_shares

TIE = 1e-9
"""Statistics closer than this are equal: the last bits differ with the order of a sum."""
DRAWN_CELLS = 1 << 18
"""Counts simulated at a time: they stay in the processor's cache."""


def simulate_local(
    observed: np.ndarray,
    total_count: int,
    people: np.ndarray,
    contiguity: Contiguity,
    measure: Callable[..., np.ndarray],
    settings: ClusterSettings,
) -> tuple[np.ndarray, ...]:
    """Compare a local statistic with its values in simulated maps.

    Parameters
    ----------
    observed : ndarray, shape (n,)
        The statistic of the real map, not studentised.
    total_count : int
        Reports to spread in each map.
    people : ndarray, shape (n,)
        Positive.
    contiguity : Contiguity
    measure : callable
        :func:`geo.local_statistics.gi_star` or :func:`geo.local_statistics.local_moran`.
    settings : ClusterSettings

    Returns
    -------
    upper, lower : ndarray, shape (n,)
        Maps at or above, at or below the observed value.
    extreme : ndarray, shape (n,)
        Maps that tie at the rarer of the two extremes: what the smallest attainable p counts.
    mean, spread : ndarray, shape (n,)
        Mean and standard deviation over the maps.
    """
    size = observed.size
    slack = TIE * (1 + np.abs(observed))
    shares, rng = population_shares(people), np.random.default_rng(settings.seed)
    upper, lower = np.zeros(size), np.zeros(size)
    total, squares = np.zeros(size), np.zeros(size)
    top, bottom = np.full(size, -np.inf), np.full(size, np.inf)
    at_top, at_bottom = np.zeros(size), np.zeros(size)
    for maps in _equal_risk_maps(total_count, shares, settings, rng):
        rates = standardised_rate(maps.astype(float), people)
        drawn = measure(rates, contiguity, is_studentised=False)
        upper += np.sum(drawn >= observed - slack, axis=0)
        lower += np.sum(drawn <= observed + slack, axis=0)
        total += drawn.sum(axis=0)
        squares += np.sum(drawn**2, axis=0)
        top, at_top = _extreme(top, at_top, drawn)
        bottom, at_bottom = _extreme(-bottom, at_bottom, -drawn)
        bottom = -bottom
    mean = total / settings.replicas
    spread = np.sqrt(np.clip(squares / settings.replicas - mean**2, 0, None))
    # A map as extreme as the most extreme one drawn: its ties, and itself, are what p counts. A
    # statistic that is one value in most maps (nobody expected there) cannot reach a small p.
    return upper, lower, np.minimum(at_top, at_bottom), mean, spread


def _equal_risk_maps(
    total_count: int, shares: np.ndarray, settings: ClusterSettings, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Simulated maps in parts; the next part is drawn while the last one is measured.

    One generator draws them in turn, so the maps do not depend on the threads.
    """

    def draw(size: int) -> np.ndarray:
        return draw_equal_risk(
            total_count, shares, dispersion=settings.dispersion, size=size, rng=rng
        )

    part = max(1, DRAWN_CELLS // shares.size)
    sizes = [min(part, settings.replicas - done) for done in range(0, settings.replicas, part)]
    if len(sizes) == 1:
        yield draw(sizes[0])
        return
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(draw, sizes[0])
        for size in sizes[1:]:
            maps, coming = coming.result(), pool.submit(draw, size)
            yield maps
        yield coming.result()


def _extreme(
    known: np.ndarray, ties: np.ndarray, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    highest = np.maximum(known, drawn.max(axis=0))
    slack = TIE * (1 + np.abs(highest))
    kept = np.where(known >= highest - slack, ties, 0)
    return highest, kept + np.sum(drawn >= highest - slack, axis=0)
