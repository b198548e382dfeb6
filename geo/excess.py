"""Which regions report more or fewer cases than their share of the people explains.

Every test is conditional on the total of its period: given N reports, the count of a region with
a share s of the person-years is binomial (N, s) if all regions share one rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc

from geo.dispersion import Dispersion
from geo.errors import ParameterError
from geo.rates import expected_count, require_counts, require_pair, require_phi

Verdict = Literal[
    "above", "above_poisson_only", "unremarkable", "below_poisson_only", "below", "untestable"
]
LEVEL = 0.05
"""Largest false discovery rate at which a region is called above or below."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Exact test of each region against an equal share; arrays of shape (n,)."""

    share: np.ndarray
    """share of the person-years."""
    expected: np.ndarray
    """reports at an equal rate."""
    p_upper: np.ndarray
    """P(X >= count)."""
    p_lower: np.ndarray
    """P(X <= count)."""
    p_value: np.ndarray
    """two-sided: twice the smaller tail, at most 1."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the n regions."""


def exact_excess(reported_count: ArrayLike, person_years: ArrayLike) -> Excess:
    """Exact binomial test of every region, conditional on the total.

    The two-sided p is twice the smaller tail, at most 1 (central interval: Clopper and Pearson
    1934, Biometrika 26, 404-413). Tails are incomplete beta functions, exact far below 1e-100:
    P(X >= c) = I_s(c, N - c + 1).

    Parameters
    ----------
    reported_count, person_years : array_like, shape (n,), n at least 2

    Returns
    -------
    Excess

    Raises
    ------
    ParameterError
        As :func:`geo.rates.expected_count`, or fewer than two regions.

    Examples
    --------
    >>> result = exact_excess([9, 1, 2], [1_000, 1_000, 1_000])
    >>> result.p_value.round(4), result.q_value.round(4)
    (array([0.0077, 0.1079, 0.3622]), array([0.0231, 0.1619, 0.3622]))
    """
    counts, years = require_pair(reported_count, person_years)
    if counts.size < 2:
        raise ParameterError("1 region: it is its own total. Give at least two regions.")
    expected = expected_count(counts, years)
    total, share = counts.sum(), years / years.sum()
    # The incomplete beta function has no value at a = 0 or b = 0; both tails are 1 there.
    p_upper = np.where(counts > 0, betainc(np.maximum(counts, 1), total - counts + 1, share), 1.0)
    p_lower = np.where(
        counts < total, betaincc(counts + 1, np.maximum(total - counts, 1), share), 1.0
    )
    p_value = np.minimum(1.0, 2 * np.minimum(p_upper, p_lower))
    return Excess(share, expected, p_upper, p_lower, p_value, benjamini_hochberg(p_value))


def benjamini_hochberg(p_value: ArrayLike) -> np.ndarray:
    """False discovery rate q of each p (Benjamini and Hochberg 1995, JRSS B 57, 289-300).

    Parameters
    ----------
    p_value : array_like, shape (n,)
        NaN = not tested: stays NaN and does not count among the tests.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ParameterError
        A p below 0 or above 1.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.04,  nan, 0.04])
    """
    values = np.asarray(p_value, dtype=float)
    tested = ~np.isnan(values)
    known = values[tested]
    if ((known < 0) | (known > 1)).any():
        raise ParameterError(
            f"p_value runs from {known.min()} to {known.max()}: probabilities lie between 0 and 1."
        )
    order = np.argsort(known)
    # The factor first: it is at least 1, so rounding never puts a q below its p.
    stepped = known[order] * (known.size / np.arange(1, known.size + 1))
    q_known = np.empty(known.size)
    q_known[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    q_value = np.full(values.shape, np.nan)
    q_value[tested] = q_known
    return q_value


def overdispersed_p_value(
    reported_count: ArrayLike,
    expected: ArrayLike,
    share: ArrayLike,
    *,
    phi: float,
    degrees_of_freedom: int,
) -> np.ndarray:
    r"""Two-sided p when counts vary phi times more than chance alone.

    :math:`t = (c-E)/\sqrt{\phi E (1-s)}` against Student's t with the degrees of freedom on
    which phi was estimated (quasi-likelihood: McCullagh and Nelder 1989, section 6.2.3). The
    tail is the incomplete beta :math:`I_{\nu/(\nu+t^2)}(\nu/2, 1/2)`, exact when tiny.

    Parameters
    ----------
    reported_count, expected, share : array_like, shape (n,)
    phi : float
        Dispersion, at least 1.
    degrees_of_freedom : int
        At least 1.

    Examples
    --------
    >>> overdispersed_p_value([45], [11.4722], [0.0058], phi=5.3391, degrees_of_freedom=69).round(6)
    array([5.6e-05])
    """
    counts, expected_counts = require_pair(reported_count, expected)
    shares = np.asarray(share, dtype=float)
    require_phi(phi)
    if degrees_of_freedom < 1:
        raise ParameterError(f"degrees_of_freedom is {degrees_of_freedom}: it is at least 1.")
    if shares.shape != counts.shape or not ((shares > 0) & (shares < 1)).all():
        raise ParameterError(
            f"share has shape {shares.shape} for {counts.shape} counts and must lie strictly "
            "between 0 and 1: give each region's share of the person-years."
        )
    t_squared = (counts - expected_counts) ** 2 / (phi * expected_counts * (1 - shares))
    return betainc(
        degrees_of_freedom / 2, 0.5, degrees_of_freedom / (degrees_of_freedom + t_squared)
    )


def verdicts(
    reported_count: ArrayLike,
    expected: ArrayLike,
    q_value: ArrayLike,
    q_value_overdispersed: ArrayLike,
    *,
    level: float = LEVEL,
) -> np.ndarray:
    """Verdict of each region, in two grades.

    ``above`` and ``below`` need both q under the level; ``..._poisson_only`` only the exact one.
    A region without an expected count or without a q is ``untestable``.

    Returns
    -------
    ndarray of str (object), shape (n,)

    Examples
    --------
    >>> verdicts([45, 28, 9], [11.5, 14.9, 9.2], [0.0, 0.005, 0.9], [0.001, 0.28, 0.9]).tolist()
    ['above', 'above_poisson_only', 'unremarkable']
    """
    if not 0 < level < 1:
        raise ParameterError(f"level is {level}: it lies between 0 and 1; 0.05 is the default.")
    counts, means, q_exact, q_wide = (
        np.asarray(values, dtype=float)
        for values in (reported_count, expected, q_value, q_value_overdispersed)
    )
    differs, holds = q_exact < level, (q_exact < level) & (q_wide < level)
    more = counts > means
    return np.select(
        [
            np.isnan(means) | np.isnan(q_exact) | np.isnan(q_wide),
            holds & more,
            differs & more,
            holds,
            differs,
        ],
        ["untestable", "above", "above_poisson_only", "below", "below_poisson_only"],
        default="unremarkable",
    ).astype(object)


def close_calls(
    reported_count: ArrayLike,
    excess: Excess,
    dispersion: Dispersion,
    *,
    level: float = LEVEL,
) -> np.ndarray:
    """Whether a verdict hangs on where phi lies inside its 95 % interval.

    Only the two ends need a look: |t| falls as phi grows, so every p grows, and a
    Benjamini-Hochberg q never falls when no p falls. The set of regions that pass can therefore
    only shrink from the lower end to the upper one, and a verdict that is the same at both ends
    is the same everywhere between them.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    counts = require_counts(reported_count)
    ends = [
        verdicts(
            counts,
            excess.expected,
            excess.q_value,
            benjamini_hochberg(
                overdispersed_p_value(
                    counts,
                    excess.expected,
                    excess.share,
                    phi=max(1.0, phi),
                    degrees_of_freedom=dispersion.degrees_of_freedom,
                )
            ),
            level=level,
        )
        for phi in (dispersion.low, dispersion.high)
    ]
    return ends[0] != ends[1]
