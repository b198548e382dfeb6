"""Compare two counts: the ratio of their rates, with its margin and test.

Two areas in one period, or one area in two periods. Both counts have a gamma wave of their own, of
mean 1 and variance kappa.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError
from geo.excess import LEVEL, holm
from geo.overdispersion import (
    STEADY,
    condensed,
    factor_interval,
    fisher_nodes,
    least_called,
    mixed_tails,
)
from geo.rates import require_pair


@dataclass(frozen=True, slots=True)
class TwoCounts:
    """Second rate over first; arrays of shape (n,), NaN where both counts are 0."""

    ratio: np.ndarray
    """infinite from 0 upwards."""
    low: np.ndarray
    high: np.ndarray
    """interval of the ratio from inverting the same test."""
    p_value: np.ndarray
    """two-sided: twice the smaller tail, at most 1."""


def compare_counts(
    first: np.ndarray,
    second: np.ndarray,
    odds: np.ndarray,
    kappas: ArrayLike,
    *,
    level: float = LEVEL,
) -> TwoCounts:
    r"""Compare n pairs of counts, each given its sum.

    Given the sum n of two counts the second is binomial (n, pi) with
    :math:`\pi/(1-\pi) = o\,F`: o the odds at equal rates (second exposure over first), F of
    Fisher's law with 2a and 2a degrees of freedom, :math:`a = 1/\kappa`, the ratio of two
    independent gamma waves of variance kappa. kappa = 0 is the exact comparison of two Poisson
    counts (Przyborowski and Wilenski 1940, Biometrika 31, 313-323); equal exposures give the
    beta-binomial (n, a, a). A true ratio theta multiplies the odds; its interval holds the thetas
    that the same tails do not refuse.

    Parameters
    ----------
    first, second, odds : ndarray, shape (n,)
        Counts of 0 or more; odds above 0.
    kappas : array_like, shape (k,)
        Equally likely values, 0 or more.
    level
        Of the interval: it misses the true ratio so often at most.

    Raises
    ------
    ParameterError
        A kappa that is missing or below 0.

    Examples
    --------
    >>> found = compare_counts(*np.array([[10.0], [30.0], [1.0]]), [0.1])
    >>> found.ratio, found.low.round(2), found.high.round(2), found.p_value.round(3)
    (array([3.]), array([0.9]), array([10.36]), array([0.074]))
    """
    nodes, weights = two_count_nodes(odds, kappas)
    total, seen = first + second, first + second > 0
    p_value = np.minimum(1, 2 * np.minimum(*mixed_tails(second, total, nodes, weights)))
    low, high = factor_interval(second, total, nodes, weights, level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = second / first / odds
    return TwoCounts(ratio, *(np.where(seen, values, np.nan) for values in (low, high, p_value)))


def p_of_two_counts(
    first: np.ndarray, second: np.ndarray, odds: np.ndarray, kappas: ArrayLike
) -> np.ndarray:
    """Return the two-sided p of each pair by :func:`compare_counts`; 1 if both counts are 0.

    Examples
    --------
    >>> p_of_two_counts(np.full(3, 30.0), np.array([28.0, 12, 3]), np.ones(3), [0.1]).round(3)
    array([0.948, 0.129, 0.002])
    """
    nodes, weights = two_count_nodes(odds, kappas)
    return np.minimum(1, 2 * np.minimum(*mixed_tails(second, first + second, nodes, weights)))


def two_count_nodes(odds: np.ndarray, kappas: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of the log odds of the second count and their weights, both of shape (n, 161)."""
    values = np.asarray(kappas, dtype=float)
    if values.size == 0 or not (np.isfinite(values) & (values >= 0)).all():
        raise ParameterError(f"kappas holds {kappas}: give values of 0 or more.")
    a = np.broadcast_to(1 / np.maximum(values, STEADY), (odds.size, values.size))
    return condensed(*fisher_nodes(np.log(odds), a, a))


def chance_of_a_call(
    total: np.ndarray, odds: np.ndarray, kappas: ArrayLike, *, ratio: float, level: float
) -> np.ndarray:
    """Return the chance that :func:`compare_counts` finds a true ratio at ``level``.

    Given the sum of both counts, shape (n,); ``ratio`` is above 1, or below for a fall.

    Examples
    --------
    >>> chance_of_a_call(np.array([200.0, 20]), np.ones(2), [0.1], ratio=2, level=0.05).round(2)
    array([0.29, 0.12])
    """
    nodes, weights = two_count_nodes(odds, kappas)
    if ratio < 1:  # the first count is the one that is too large
        nodes, ratio = -nodes, 1 / ratio
    least = least_called(total, nodes, weights, level)
    reached, _ = mixed_tails(least, total, nodes + np.log(ratio), weights)
    upper, _ = mixed_tails(least, total, nodes, weights)
    return np.where((total > 0) & (upper <= level / 2), reached, 0.0)


class PairVerdict(StrEnum):
    """Conclusion of the test of two areas."""

    CLEAR = "clear"
    UNCLEAR = "unclear"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two and two of some areas; arrays of shape (m,), the area with the higher rate first."""

    higher: np.ndarray
    """position of the area with the higher rate; of equal ones the one that came first."""
    lower: np.ndarray
    ratio: np.ndarray
    """rate of the one over the other's, 1 or more; infinite where the other has no report."""
    low: np.ndarray
    high: np.ndarray
    """simultaneous margin: all margins of the pairs hold with 95 % at least."""
    p_value: np.ndarray
    holm_p_value: np.ndarray
    """Holm over the pairs that can be compared."""
    verdict: np.ndarray
    """PairVerdict at geo.excess.LEVEL by holm_p_value."""


def compare_pairs(
    reported_count: ArrayLike,
    exposure: ArrayLike,
    kappas: ArrayLike,
    pairs: Sequence[tuple[int, int]] | None = None,
) -> Pairs:
    r"""Compare each two of a few areas in one period, by one test a pair.

    The law is that of :func:`compare_counts` with the kappas of periods as long. Holm's procedure
    keeps any false call among the m pairs at 5 %. The margin of a pair is its interval at
    1 - 0.05/m (Bonferroni); where Holm calls a pair whose interval still holds 1, the margin
    begins at 1, as in the bounds of Strassburger and Bretz (2008, Statistics in Medicine 27,
    4914-4927). So margin and conclusion never contradict each other. How often all margins hold:
    ``studies/two_counts.py``.

    Parameters
    ----------
    reported_count : array_like, shape (n,), n at least 2
        NaN: this area is not compared.
    exposure : array_like, shape (n,)
    kappas : array_like, shape (k,)
        Of periods as long.
    pairs
        Positions of the two areas of each pair that is looked at; each two unless given.

    Raises
    ------
    ParameterError
        Fewer than two areas, or counts, exposures or kappas that are not valid.

    Examples
    --------
    >>> pairs = compare_pairs([10, 80, 30], [1e6] * 3, [0.1])
    >>> pairs.higher, pairs.lower, pairs.ratio.round(1)
    (array([1, 2, 1]), array([0, 0, 2]), array([8. , 3. , 2.7]))
    >>> pairs.low.round(2), pairs.high.round(1), [str(word) for word in pairs.verdict]
    (array([1.99, 0.7 , 0.77]), array([34.5, 13.6,  9.3]), ['clear', 'unclear', 'unclear'])
    """
    counts = np.array(reported_count, dtype=float)
    known = ~np.isnan(counts)
    filled, base = require_pair(np.where(known, counts, 0), exposure)
    if filled.ndim != 1 or filled.size < 2:
        raise ParameterError(f"{filled.size} area came: give two at least.")
    chosen = [*combinations(range(filled.size), 2)] if pairs is None else pairs
    first, second = np.array(chosen).T
    rate = filled / base
    is_first = rate[first] >= rate[second]
    higher, lower = np.where(is_first, (first, second), (second, first))
    tested = known[first] & known[second] & (filled[first] + filled[second] > 0)
    compared = compare_counts(
        filled[lower],
        filled[higher],
        base[higher] / base[lower],
        kappas,
        level=LEVEL / max(1, tested.sum()),
    )
    ratio, low, high, p_value = (
        np.where(tested, values, np.nan)
        for values in (compared.ratio, compared.low, compared.high, compared.p_value)
    )
    adjusted = holm(p_value)
    is_clear = adjusted < LEVEL
    words = np.where(is_clear, PairVerdict.CLEAR, PairVerdict.UNCLEAR)
    words = np.where(tested, words, PairVerdict.UNTESTABLE)
    return Pairs(
        higher=higher,
        lower=lower,
        ratio=ratio,
        low=np.where(is_clear, np.maximum(low, 1), low),
        high=high,
        p_value=p_value,
        holm_p_value=adjusted,
        verdict=np.array([PairVerdict(word) for word in words], dtype=object),
    )
