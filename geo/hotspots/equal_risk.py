"""Simulate maps where all areas have equal risk.

Only chance and the usual ups and downs make these areas differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError

MOST_KAPPA = 20.0
"""Above it most waves are zero to the last digit and a whole map may be."""
_STEADY = 1e-9  # kappa of a region without waves, to nine digits


def draw_equal_risk(
    total: int,
    shares: np.ndarray,
    *,
    kappas: ArrayLike = (0.0,),
    size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    r"""Draw counts under equal risk given the total: gamma waves, then the multinomial.

    Each map takes one of the equally likely kappas. Every region's rate is multiplied by a wave of
    its own, :math:`g_i \sim \Gamma(1/\kappa, \kappa)` (mean 1, variance kappa), and the total is
    spread by the shares :math:`s_i g_i / \sum_j s_j g_j`: the law of
    :func:`geo.overdispersion.tails` for a whole map. The mean of a count is therefore not exactly
    :math:`N s_i` but :math:`N s_i (1 + \kappa (\sum_j s_j^2 - s_i))` to first order in kappa: a
    wave of a large region is partly its own denominator.

    ``shares``, shape (regions,), add up to 1; the maps have shape (size, regions), int64.
    ParameterError: no kappa, or one that is missing or not between 0 and 20.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> maps = draw_equal_risk(900, np.array([0.2, 0.3, 0.5]), kappas=[0.1], size=9_999, rng=rng)
    >>> maps.sum(axis=1).min(), maps.mean(axis=0).round(), maps.std(axis=0).round()
    (np.int64(900), array([182., 271., 446.]), array([58., 76., 88.]))
    """
    values = np.asarray(kappas, dtype=float)
    if values.size == 0 or not np.all((values >= 0) & (values <= MOST_KAPPA)):
        raise ParameterError(
            f"kappas = {values.tolist()}: give values from 0 to {MOST_KAPPA:g}; [0] is chance alone"
        )
    if not values.any() or total == 0:
        return rng.multinomial(total, shares, size=size)
    kappa = np.maximum(rng.choice(values, (size, 1)), _STEADY)
    waves = shares * rng.gamma(1 / kappa, kappa, (size, shares.size))
    return rng.multinomial(total, waves / waves.sum(axis=1, keepdims=True))


def population_shares(population: np.ndarray) -> np.ndarray:
    """Shares of the total, rounded so that a change of unit leaves the draws unchanged."""
    shares = np.round(population / population.sum(), 13)
    return shares / shares.sum()
