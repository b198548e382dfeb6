"""Which areas report more or fewer cases than expected: the verdict.

Expected: what their exposure (the people, or all the offences that the same offices registered)
and the ups and downs from year to year explain. Every test is conditional on the total of its
period.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError
from geo.overdispersion import ratio_interval, tails
from geo.rates import expected_count, require_pair

LEVEL = 0.05
"""Largest false discovery rate at which an area is called above or below."""


class Verdict(StrEnum):
    """Conclusion of the test of an area; the only list of verdicts."""

    ABOVE = "above"
    UNREMARKABLE = "unremarkable"
    BELOW = "below"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, slots=True)
class Excess:
    """The test of each area; arrays of shape (n,)."""

    expected: np.ndarray
    """reports at an equal share of the exposure."""
    ratio: np.ndarray
    """reports over expected."""
    ratio_low: np.ndarray
    """95 % interval of the ratio, from inverting the same test."""
    ratio_high: np.ndarray
    p_value: np.ndarray
    """two-sided, waves included: twice the smaller tail, at most 1."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the n areas."""
    holm_p_value: np.ndarray
    """Holm over the n areas: no false call in the whole map."""
    p_value_chance: np.ndarray
    """two-sided exact binomial: what it would be if counts varied by chance alone."""
    verdict: np.ndarray
    """Verdict of each area at ``LEVEL``."""


def judge(reported_count: ArrayLike, exposure: ArrayLike, kappas: ArrayLike) -> Excess:
    """Test every area against an equal share of the exposure, waves included.

    The law, with kappas from :func:`geo.overdispersion.fit_overdispersion`, is that of
    :func:`geo.overdispersion.tails`. The two-sided p is twice the smaller tail, at most 1.

    Parameters
    ----------
    reported_count, exposure : array_like, shape (n,), n at least 2
    kappas : array_like, shape (k,)
        Equally likely values of kappa.

    Raises
    ------
    ParameterError
        As :func:`geo.rates.expected_count`, or fewer than two areas.

    Examples
    --------
    >>> found = judge([45, 9, 12], [1_000, 1_000, 1_000], [0.07, 0.11, 0.18])
    >>> found.p_value.round(4), found.p_value_chance.round(4)
    (array([0.0046, 0.0611, 0.1708]), array([0.    , 0.0005, 0.0097]))
    >>> [str(verdict) for verdict in found.verdict]
    ['above', 'unremarkable', 'unremarkable']
    """
    counts, base = require_pair(reported_count, exposure)
    if counts.size < 2:
        raise ParameterError("1 area: it is its own total. Give at least two areas.")
    expected = expected_count(counts, base)
    total, share = float(counts.sum()), base / base.sum()
    p_value = _two_sided(counts, share, total, kappas)
    low, high = ratio_interval(counts, share, total, kappas)
    q_value = benjamini_hochberg(p_value)
    return Excess(
        expected=expected,
        ratio=counts / expected,
        ratio_low=low,
        ratio_high=high,
        p_value=p_value,
        q_value=q_value,
        holm_p_value=holm(p_value),
        p_value_chance=_two_sided(counts, share, total, [0.0]),
        verdict=verdicts(counts > expected, q_value),
    )


def verdicts(is_more: ArrayLike, q_value: ArrayLike) -> np.ndarray:
    """Verdict of each area from its q, shape (n,), object; NaN is untestable.

    Examples
    --------
    >>> [str(word) for word in verdicts([True, False, True], [0.01, 0.02, float("nan")])]
    ['above', 'below', 'untestable']
    """
    more, q = np.asarray(is_more, dtype=bool), np.asarray(q_value, dtype=float)
    called = np.where(more, Verdict.ABOVE, Verdict.BELOW)
    words = np.where(q < LEVEL, called, np.where(np.isnan(q), Verdict.UNTESTABLE, "unremarkable"))
    return np.array([Verdict(word) for word in words], dtype=object)


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
    values, tested, order = _sorted(p_value)
    # The factor first: it is at least 1, so rounding never puts a q below its p.
    stepped = values[tested][order] * (order.size / np.arange(1, order.size + 1))
    values[np.flatnonzero(tested)[order]] = np.minimum(np.minimum.accumulate(stepped[::-1]), 1)[
        ::-1
    ]
    return values


def holm(p_value: ArrayLike) -> np.ndarray:
    """Holm's adjusted p (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    NaN = not tested: stays NaN and does not count among the tests.

    Examples
    --------
    >>> holm([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    values, tested, order = _sorted(p_value)
    stepped = values[tested][order] * np.arange(order.size, 0, -1)
    values[np.flatnonzero(tested)[order]] = np.minimum(np.maximum.accumulate(stepped), 1)
    return values


def _sorted(p_value: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a copy of the p-values, which were tested, and their ascending order."""
    values = np.array(p_value, dtype=float)
    tested = ~np.isnan(values)
    p_values = values[tested]
    if ((p_values < 0) | (p_values > 1)).any():
        raise ParameterError(
            f"p_value runs from {p_values.min()} to {p_values.max()}: "
            "probabilities lie between 0 and 1."
        )
    return values, tested, np.argsort(p_values)


def _two_sided(
    counts: np.ndarray, share: np.ndarray, total: float, kappas: ArrayLike
) -> np.ndarray:
    return np.minimum(1.0, 2 * np.minimum(*tails(counts, share, total, kappas)))
