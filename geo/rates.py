"""Rates and expected counts of areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc, gammaincinv

from geo.errors import ParameterError

_MOST_ROUNDS, _SETTLED = 1_000, 1e-10
_LEAST_VARIANCE = 1e-6
"""of true ratios that do not differ"""


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


def chance_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    r"""Counts that chance alone leaves likely around a count: the exact interval of a Poisson mean.

    :math:`\Gamma^{-1}(\alpha/2; c)` to :math:`\Gamma^{-1}(1-\alpha/2; c+1)`, the lower one 0 where
    nothing was counted (Garwood 1936, Biometrika 28, 437-442). ParameterError for a count that is
    no whole number of 0 or more.

    Examples
    --------
    >>> [round(end, 2) for end in chance_interval(10)]
    [4.8, 18.39]
    """
    if count < 0 or count != int(count):
        raise ParameterError(f"count is {count}: it is a whole number, 0 or more.")
    tail = (1.0 - level) / 2.0
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1.0 - tail))


def chance_over(expected: ArrayLike, reported_count: ArrayLike, ratios: ArrayLike) -> np.ndarray:
    r"""Probability that each area's true ratio is over some ratios, counts varying by chance alone.

    Counts are Poisson around :math:`E_i\theta_i`, the true ratios gamma with shape
    :math:`\nu` and rate :math:`\alpha` (empirical Bayes: Clayton and Kaldor 1987, Biometrics 43,
    671-681). :math:`\nu` and :math:`\alpha` solve their moment equations
    :math:`\nu/\alpha=\frac1n\sum\hat\theta_i` and
    :math:`\nu/\alpha^2=\frac1{n-1}\sum(1+\alpha/E_i)(\hat\theta_i-\nu/\alpha)^2` with
    :math:`\hat\theta_i=(c_i+\nu)/(E_i+\alpha)`; then :math:`\theta_i` is gamma
    :math:`(c_i+\nu, E_i+\alpha)`. Ratios that do not differ leave one ratio for all.

    Parameters
    ----------
    expected, reported_count : array_like, shape (n,), n at least 2
    ratios : array_like, shape (r,)

    Returns
    -------
    ndarray, shape (r, n)

    Raises
    ------
    ParameterError
        Counts or expected counts that are not valid.

    Examples
    --------
    >>> chance_over([10, 10, 10, 10], [30, 12, 8, 4], [1.5, 2]).round(3)
    array([[0.999, 0.186, 0.022, 0.   ],
           [0.963, 0.019, 0.001, 0.   ]])
    """
    counts, base = require_pair(reported_count, expected)
    mean, variance = 1.0, 1.0
    for _ in range(_MOST_ROUNDS):
        rate = mean / variance
        ratio = (counts + mean * rate) / (base + rate)
        spread = ((1 + rate / base) * (ratio - ratio.mean()) ** 2).sum() / (counts.size - 1)
        change = max(abs(ratio.mean() - mean), abs(spread - variance))
        mean, variance = float(ratio.mean()), max(float(spread), _LEAST_VARIANCE)
        if change < _SETTLED:
            break
    rate = mean / variance
    limits = np.asarray(ratios, dtype=float)[:, None]
    return gammaincc(counts + mean * rate, (base + rate) * limits)


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
