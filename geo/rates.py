"""Rates, expected counts and smoothed rates of areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError


def expected_count(reported_count: ArrayLike, person_years: ArrayLike) -> np.ndarray:
    r"""Reports that each region would have if all shared one rate.

    :math:`E_i = N\, y_i / \sum_j y_j` with N the total count and y the person-years (indirect
    standardisation with the pooled rate as the standard: Breslow and Day 1987, ch. 2). The
    expected counts add up to the observed total.

    Raises
    ------
    ParameterError
        A count that is negative, fractional or missing; person-years that are not positive;
        lengths that differ; every count zero.

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


def empirical_bayes_rate(reported_count: ArrayLike, person_years: ArrayLike) -> np.ndarray:
    r"""Rates drawn towards the overall rate, the more so the fewer the people.

    Marshall (1991, Applied Statistics 40, 283-294), by moments. With rates :math:`r_i`,
    person-years :math:`y_i`, their mean :math:`\bar y`, the pooled rate
    :math:`m=\sum c_i/\sum y_i` and :math:`s^2=\sum y_i(r_i-m)^2/\sum y_i`, the variance of the
    true rates is :math:`A=\max(0, s^2-m/\bar y)` and the smoothed rate is
    :math:`m + (r_i-m)\,A/(A+m/y_i)`.

    Returns
    -------
    ndarray, shape (n,)
        Per 100,000 person-years.

    Raises
    ------
    ParameterError
        As :func:`expected_count`.

    Examples
    --------
    >>> empirical_bayes_rate([2, 40, 12], [10_000, 100_000, 50_000]).round(2)
    array([33.64, 34.21, 33.38])
    """
    counts, years = require_pair(reported_count, person_years)
    rate, pooled = counts / years, float(counts.sum() / years.sum())
    spread = (years * (rate - pooled) ** 2).sum() / years.sum()
    variance = max(0.0, float(spread - pooled / years.mean()))
    weight = variance / (variance + pooled / years) if variance else np.zeros(years.shape)
    return (pooled + weight * (rate - pooled)) * 1e5


def require_pair(
    reported_count: ArrayLike, person_years: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and person-years of one shape, as float64; raises ParameterError otherwise."""
    counts, years = np.asarray(reported_count, dtype=float), np.asarray(person_years, dtype=float)
    bad = ~np.isfinite(counts) | (counts < 0) | (counts != np.floor(counts))
    if counts.size == 0 or bad.any():
        came = "no count at all" if counts.size == 0 else f"{counts[bad].flat[0]}"
        raise ParameterError(
            f"reported_count holds {came}: counts are whole numbers, 0 or more, none missing. "
            "Leave out regions without a figure."
        )
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
