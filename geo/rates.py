"""Rates, expected counts and smoothed rates of areas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError


def rate_per_100k(reported_count: ArrayLike, person_years: ArrayLike) -> np.ndarray:
    """Reports per 100,000 person-years.

    Parameters
    ----------
    reported_count, person_years : array_like, shape (n,)

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ParameterError
        A count that is negative, fractional or missing; person-years that are not positive;
        lengths that differ.

    Examples
    --------
    >>> rate_per_100k([178, 5], [1_000_000, 250_000])
    array([17.8,  2. ])
    """
    counts, years = require_pair(reported_count, person_years)
    return counts / years * 1e5


def expected_count(reported_count: ArrayLike, person_years: ArrayLike) -> np.ndarray:
    r"""Reports that each region would have if all shared one rate.

    :math:`E_i = N\, y_i / \sum_j y_j` with N the total count and y the person-years (indirect
    standardisation with the pooled rate as the standard: Breslow and Day 1987, ch. 2). The
    expected counts add up to the observed total.

    Raises
    ------
    ParameterError
        As :func:`rate_per_100k`, and when every count is zero.

    Examples
    --------
    >>> expected_count([30, 10], [1_000, 3_000])
    array([10., 30.])
    """
    counts, years = require_pair(reported_count, person_years)
    if counts.sum() == 0:
        raise ParameterError(
            f"all {counts.size} counts are zero: there is nothing to share out. "
            "Choose a period with at least one report."
        )
    return counts.sum() * years / years.sum()


def standardised_ratio(reported_count: ArrayLike, person_years: ArrayLike) -> np.ndarray:
    """Observed over expected count (SMR), "times its expected share".

    Examples
    --------
    >>> standardised_ratio([30, 10], [1_000, 3_000]).round(3)
    array([3.   , 0.333])
    """
    return require_counts(reported_count) / expected_count(reported_count, person_years)


def empirical_bayes_rate(
    reported_count: ArrayLike,
    person_years: ArrayLike,
    *,
    neighbours: Sequence[ArrayLike] | None = None,
) -> np.ndarray:
    r"""Rates drawn towards the overall (or the local) rate, the more so the fewer the people.

    Marshall (1991, Applied Statistics 40, 283-294), by moments. With rates :math:`r_i`,
    person-years :math:`y_i`, their mean :math:`\bar y`, the pooled rate
    :math:`m=\sum c_i/\sum y_i` and :math:`s^2=\sum y_i(r_i-m)^2/\sum y_i`, the variance of the
    true rates is :math:`A=\max(0, s^2-m/\bar y)` and the smoothed rate is
    :math:`m + (r_i-m)\,A/(A+m/y_i)`. The local form takes m, s and the mean over region i and
    its neighbours.

    Parameters
    ----------
    reported_count, person_years : array_like, shape (n,)
    neighbours : sequence of n integer array_like, optional
        Positions of the neighbours of each region; the region itself is added where it is
        missing. Without it the smoothing is global.

    Returns
    -------
    ndarray, shape (n,)
        Per 100,000 person-years.

    Raises
    ------
    ParameterError
        As :func:`rate_per_100k`; a neighbour list of another length or with positions that do
        not exist.

    Examples
    --------
    >>> empirical_bayes_rate([2, 40, 12], [10_000, 100_000, 50_000]).round(2)
    array([33.64, 34.21, 33.38])
    """
    counts, years = require_pair(reported_count, person_years)
    if neighbours is None:
        pooled, weight = _shrinkage(counts, years, years)
        return (pooled + weight * (counts / years - pooled)) * 1e5
    if len(neighbours) != counts.size:
        raise ParameterError(
            f"{len(neighbours)} neighbour lists for {counts.size} regions: give one list a region."
        )
    smoothed = np.empty(counts.size)
    for position, listed in enumerate(neighbours):
        members = np.union1d(np.asarray(listed, dtype=int), [position])
        if members[0] < 0 or members[-1] >= counts.size:
            raise ParameterError(
                f"neighbours of region {position} are {members.tolist()}: positions run from 0 "
                f"to {counts.size - 1}."
            )
        own_rate, own_years = counts[position] / years[position], years[position : position + 1]
        pooled, weight = _shrinkage(counts[members], years[members], own_years)
        smoothed[position] = pooled + weight[0] * (own_rate - pooled)
    return smoothed * 1e5


def require_counts(reported_count: ArrayLike) -> np.ndarray:
    """Counts as float64; raises ParameterError unless they are whole, finite and not negative."""
    counts = np.asarray(reported_count, dtype=float)
    bad = ~np.isfinite(counts) | (counts < 0) | (counts != np.floor(counts))
    if counts.size == 0 or bad.any():
        came = "no count at all" if counts.size == 0 else f"{counts[bad].flat[0]}"
        raise ParameterError(
            f"reported_count holds {came}: counts are whole numbers, 0 or more, none missing. "
            "Leave out regions without a figure."
        )
    return counts


def require_pair(
    reported_count: ArrayLike, person_years: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and person-years of one shape, as float64; raises ParameterError otherwise."""
    counts = require_counts(reported_count)
    years = np.asarray(person_years, dtype=float)
    if counts.shape != years.shape:
        raise ParameterError(
            f"reported_count has shape {counts.shape} and person_years {years.shape}: "
            "give one denominator for each count."
        )
    bad = ~np.isfinite(years) | (years <= 0)
    if bad.any():
        raise ParameterError(
            f"person_years holds {years[bad].flat[0]}: denominators are finite and above 0. "
            "Leave out regions without people."
        )
    return counts, years


def _shrinkage(
    counts: np.ndarray, years: np.ndarray, own_years: np.ndarray
) -> tuple[float, np.ndarray]:
    """Pooled rate, and the weight that a region with ``own_years`` keeps of its own rate."""
    pooled = float(counts.sum() / years.sum())
    spread = (years * (counts / years - pooled) ** 2).sum() / years.sum()
    variance = max(0.0, float(spread - pooled / years.mean()))
    if variance == 0:
        return pooled, np.zeros(own_years.shape)
    return pooled, variance / (variance + pooled / own_years)
