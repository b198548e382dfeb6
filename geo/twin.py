"""Maps simulated under equal risk: what chance, with the measured waves, looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError


@dataclass(frozen=True, slots=True)
class EqualRiskTwins:
    """Simulated maps where every region has the same rate; each map keeps the total."""

    counts: np.ndarray
    """shape (maps, regions), int64, simulated reports."""
    expected: np.ndarray
    """shape (regions,), reports expected under equal risk."""
    dispersion: float
    """variance of a region's count over that of the multinomial (1 = pure chance)."""
    seed: int
    """seed that reproduces the maps."""


def equal_risk_twins(
    reported_count: ArrayLike,
    population: ArrayLike,
    *,
    seed: int,
    dispersion: float = 1.0,
    maps: int = 8,
) -> EqualRiskTwins:
    """Simulate maps under equal risk, with the total of the real map.

    Parameters
    ----------
    reported_count : array_like, shape (regions,)
        Reports of the real map; only their sum is used.
    population : array_like, shape (regions,)
        People or person-years; only the shares are used.
    seed : int
        Seed of the generator: the same seed gives the same maps.
    dispersion : float
        Variance over that of the multinomial, at least 1 and below the total.
    maps : int
        How many maps, at least 1.

    Raises
    ------
    ParameterError
        Negative or fractional counts, a population that is not positive in sum, a dispersion
        outside [1, total).

    Examples
    --------
    >>> twins = equal_risk_twins([10, 0, 20], [1.0, 1.0, 4.0], seed=1, maps=3)
    >>> [int(total) for total in twins.counts.sum(axis=1)], twins.expected.round(6).tolist()
    ([30, 30, 30], [5.0, 5.0, 20.0])
    """
    counts, people = require_map(reported_count, population)
    if maps < 1:
        raise ParameterError(f"maps = {maps}: ask for at least 1 simulated map")
    total = int(counts.sum())
    shares = population_shares(people)
    drawn = draw_equal_risk(
        total, shares, dispersion=dispersion, size=maps, rng=np.random.default_rng(seed)
    )
    return EqualRiskTwins(drawn, total * shares, float(dispersion), int(seed))


def draw_equal_risk(
    total: int, shares: np.ndarray, *, dispersion: float, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw counts under equal risk given the total: multinomial, or its gamma mixture.

    With dispersion phi > 1 the shares are first drawn from a Dirichlet law (independent gammas,
    normalised) of concentration A = (N - phi) / (phi - 1), where N is the total. The count of a
    region with share s then has mean N s and variance phi N s (1 - s) exactly, because a
    Dirichlet-multinomial multiplies the multinomial variance by (N + A) / (1 + A).

    Parameters
    ----------
    total : int
        Reports to spread in each draw.
    shares : ndarray, shape (regions,)
        Shares of the population, summing to 1.
    dispersion : float
        phi, at least 1 and below the total.
    size : int
        Number of draws.
    rng : numpy.random.Generator
        Source of randomness, advanced by the call.

    Returns
    -------
    ndarray, shape (size, regions), int64

    Raises
    ------
    ParameterError
        A dispersion outside [1, total).

    References
    ----------
    Mosimann, J. E. (1962). On the compound multinomial distribution. Biometrika 49, 65-82.
    """
    if not np.isfinite(dispersion) or dispersion < 1 or (dispersion > 1 and dispersion >= total):
        raise ParameterError(
            f"dispersion = {dispersion} with {total} reports: it must be at least 1 and below the"
            " number of reports; use 1 for chance alone"
        )
    if dispersion == 1 or total == 0:
        return rng.multinomial(total, shares, size=size)
    concentration = (total - dispersion) / (dispersion - 1)
    peopled = shares > 0
    drawn = np.zeros((size, shares.size), dtype=np.int64)
    mixed = rng.dirichlet(concentration * shares[peopled], size=size)
    drawn[:, peopled] = rng.multinomial(total, mixed)
    return drawn


def population_shares(population: np.ndarray) -> np.ndarray:
    """Return shares of the total, rounded so that a change of unit leaves the draws unchanged.

    Examples
    --------
    >>> print(population_shares(np.array([1.0, 3.0])))
    [0.25 0.75]
    """
    shares = np.round(population / population.sum(), 13)
    return shares / shares.sum()


def require_map(reported_count: ArrayLike, population: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Check counts against populations and return them as int64 and float64.

    Raises
    ------
    ParameterError
        Shapes that differ, negative, fractional or missing counts, populations that are negative,
        missing or zero in sum, reports where nobody lives.
    """
    counts = np.asarray(reported_count, dtype=float)
    people = np.asarray(population, dtype=float)
    if counts.ndim != 1 or counts.shape != people.shape or counts.size == 0:
        raise ParameterError(
            f"reported_count has shape {counts.shape} and population {people.shape}:"
            " give two lists of the same length"
        )
    if not np.all(np.isfinite(counts)) or np.any(counts < 0) or np.any(counts % 1 != 0):
        raise ParameterError(
            "reported_count holds a missing, negative or fractional value:"
            " give whole numbers from 0 up, and leave out what is missing"
        )
    if not np.all(np.isfinite(people)) or np.any(people < 0) or people.sum() <= 0:
        raise ParameterError(
            "population holds a missing or negative value, or sums to zero:"
            " give the people or person-years of each region"
        )
    if np.any((people == 0) & (counts > 0)):
        where = int(np.flatnonzero((people == 0) & (counts > 0))[0])
        raise ParameterError(
            f"region at position {where} has {counts[where]:.0f} reports and population 0:"
            " give its population or leave it out"
        )
    return counts.astype(np.int64), people
