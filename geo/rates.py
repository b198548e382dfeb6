"""Rates and expected counts of areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv, stdtrit

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


def chance_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    r"""Return the counts that chance makes likely around a count: the exact Poisson interval.

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


def years_interval(
    counts: ArrayLike, lengths: ArrayLike, level: float = 0.95
) -> tuple[float, float]:
    r"""Yearly count that the spread of some years leaves likely: an interval of their mean.

    With :math:`r=\sum c/\sum L` the ratio estimate and its variance
    :math:`\frac{n}{n-1}\sum(c_i-rL_i)^2/(\sum L)^2` (Cochran 1977, Sampling Techniques, ch. 6),
    Student's t with n - 1 degrees of freedom; equal lengths give the interval of a mean. The lower
    end is 0 at least. ParameterError for fewer than two years.

    Examples
    --------
    >>> [round(end, 1) for end in years_interval([77, 190, 144, 236], [1, 1, 1, 1])]
    [53.8, 269.7]
    """
    values, years = require_pair(counts, lengths)
    if values.ndim != 1 or values.size < 2:
        raise ParameterError(f"{values.size} years came: a spread needs two at least.")
    mean, whole = values.sum() / years.sum(), years.sum()
    squares = ((values - mean * years) ** 2).sum()
    error = np.sqrt(values.size / (values.size - 1) * squares) / whole
    reach = float(stdtrit(values.size - 1, (1 + level) / 2) * error)
    return max(0.0, float(mean) - reach), float(mean) + reach


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
