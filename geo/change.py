"""Test whether the reports of an area changed between two periods by more than areas usually do.

Counts move from year to year without any cause that a reader looks for (raids, campaigns, a new
office), and the farther apart two years are, the more. How much is measured on all pairs of years
of the registry that are as long and lie as far apart; only a change beyond that is called one.
Against the country that is a change of an area's place, by its own counts a rise or a fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError
from geo.excess import LEVEL, benjamini_hochberg
from geo.overdispersion import Overdispersion, between, fit_overdispersion
from geo.rates import expected_count, require_pair
from geo.two_counts import chance_of_a_call, compare_counts


class ChangeVerdict(StrEnum):
    """Conclusion of the test of an area between two periods."""

    ROSE = "rose"
    FELL = "fell"
    UNREMARKABLE = "unremarkable"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, slots=True)
class Change:
    """Second period over first, each against the total of its period; arrays of shape (n,)."""

    ratio: np.ndarray
    """1 = the area moved as all did together; infinite from 0 upwards, NaN for 0 in both."""
    low: np.ndarray
    high: np.ndarray
    """95 % interval of the ratio, from inverting the same test."""
    p_value: np.ndarray
    """two-sided: twice the smaller tail, at most 1."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the areas with a report."""
    verdict: np.ndarray
    """ChangeVerdict of each area at geo.excess.LEVEL."""


def change_between(
    before: ArrayLike,
    after: ArrayLike,
    exposure_before: ArrayLike,
    exposure_after: ArrayLike,
    kappa: float,
) -> Change:
    r"""Compare two periods area by area, given each area's sum of both.

    With e the expected counts (share of the exposure times the total of the period), an area that
    keeps its place has two counts at the odds :math:`e_2/e_1`, in the law of
    :func:`geo.two_counts.compare_counts`.

    Parameters
    ----------
    before, after : array_like, shape (n,), n at least 2
    exposure_before, exposure_after : array_like, shape (n,)
    kappa : float
        Of periods as far apart, from :func:`kappa_at_distance`; 0 or more.

    Raises
    ------
    ParameterError
        Counts, exposures or a kappa that are not valid, or areas that differ in number.

    Examples
    --------
    >>> found = change_between([20, 100, 90], [90, 95, 80], [1e6] * 3, [1e6] * 3, 0.05)
    >>> found.ratio.round(2), found.low.round(2), found.high.round(2)
    (array([3.57, 0.75, 0.7 ]), array([1.58, 0.37, 0.35]), array([8.21, 1.51, 1.43]))
    >>> [str(word) for word in found.verdict]
    ['rose', 'unremarkable', 'unremarkable']
    """
    first, base_first = require_pair(before, exposure_before)
    second, base_second = require_pair(after, exposure_after)
    if first.shape != second.shape or first.ndim != 1 or first.size < 2:
        raise ParameterError(
            f"{first.size} areas before and {second.size} after: give the same areas in the same "
            "order, two at least."
        )
    if not (np.isfinite(kappa) and kappa >= 0):
        raise ParameterError(f"kappa is {kappa}: it is 0 or more.")
    odds = expected_count(second, base_second) / expected_count(first, base_first)
    compared = compare_counts(first, second, odds, [kappa])
    q_value = benjamini_hochberg(compared.p_value)
    called = np.where(compared.ratio > 1, ChangeVerdict.ROSE, ChangeVerdict.FELL)
    verdict = np.where(q_value < LEVEL, called, ChangeVerdict.UNREMARKABLE)
    verdict = np.where(first + second > 0, verdict, ChangeVerdict.UNTESTABLE)
    return Change(
        ratio=compared.ratio,
        low=compared.low,
        high=compared.high,
        p_value=compared.p_value,
        q_value=q_value,
        verdict=np.array([ChangeVerdict(word) for word in verdict], dtype=object),
    )


class Trend(StrEnum):
    """Conclusion of the test of an area's own counts in two periods."""

    RISING = "rising"
    FALLING = "falling"
    UNCLEAR = "unclear"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, slots=True)
class OwnChange:
    """Rate of the second period over that of the first; arrays of shape (n,)."""

    ratio: np.ndarray
    """1 = as many reports per resident and month; infinite from 0 upwards, NaN for 0 in both."""
    low: np.ndarray
    high: np.ndarray
    """95 % interval of the ratio, from inverting the same test."""
    p_value: np.ndarray
    q_value: np.ndarray
    """Benjamini-Hochberg over the areas with a report."""
    missed_doubling: np.ndarray
    """chance that a true doubling is not called, given the sum of both counts."""
    trend: np.ndarray
    """Trend of each area at geo.excess.LEVEL."""


def own_change(
    before: ArrayLike,
    after: ArrayLike,
    exposure_before: ArrayLike,
    exposure_after: ArrayLike,
    kappas: ArrayLike,
) -> OwnChange:
    """Compare the own counts of areas in two periods: do its reports rise or fall.

    The law is that of :func:`geo.two_counts.compare_counts` with the exposures themselves:
    what moved everywhere is not taken out, as :func:`change_between` does. So a period in which
    the whole country reports less is a fall of each area too. Exposures are person-years: periods
    of different length are compared per month.

    Parameters
    ----------
    before, after, exposure_before, exposure_after : array_like, shape (n,), n at least 1
    kappas : array_like, shape (k,)
        Equally likely values, of periods as far apart (:func:`kappa_at_distance`).

    Raises
    ------
    ParameterError
        Counts, exposures or kappas that are not valid, or areas that differ in number.

    Examples
    --------
    >>> found = own_change([20, 100, 90], [90, 95, 30], [1e6] * 3, [1e6] * 3, [0.02, 0.1])
    >>> found.ratio.round(2), found.low.round(2), found.missed_doubling.round(2)
    (array([4.5 , 0.95, 0.33]), array([1.84, 0.43, 0.14]), array([0.85, 0.84, 0.87]))
    >>> [str(word) for word in found.trend]
    ['rising', 'unclear', 'falling']
    """
    first, base_first = require_pair(before, exposure_before)
    second, base_second = require_pair(after, exposure_after)
    if first.shape != second.shape or first.ndim != 1 or not first.size:
        raise ParameterError(
            f"{first.size} areas before and {second.size} after: give the same areas in the same "
            "order."
        )
    odds, seen = base_second / base_first, first + second > 0
    compared = compare_counts(first, second, odds, kappas)
    q_value = benjamini_hochberg(compared.p_value)
    chance = chance_of_a_call(
        first + second, odds, kappas, ratio=2, level=LEVEL / max(1, seen.sum())
    )
    called = np.where(compared.ratio > 1, Trend.RISING, Trend.FALLING)
    trend = np.where(seen, np.where(q_value < LEVEL, called, Trend.UNCLEAR), Trend.UNTESTABLE)
    return OwnChange(
        ratio=compared.ratio,
        low=compared.low,
        high=compared.high,
        p_value=compared.p_value,
        q_value=q_value,
        missed_doubling=np.where(seen, 1 - chance, np.nan),
        trend=np.array([Trend(word) for word in trend], dtype=object),
    )


def kappas_of_a_total(counts: ArrayLike, kappas: ArrayLike) -> np.ndarray:
    r"""Kappas of the sum of areas whose waves are independent, shape (k,).

    A sum of waves weighted by shares s of the reports has the variance
    :math:`\kappa\sum s_i^2`; its own gamma law is matched by mean and variance.

    Examples
    --------
    >>> kappas_of_a_total([50, 25, 25], [0.4])
    array([0.15])
    """
    share = np.asarray(counts, dtype=float) / np.sum(counts)
    return np.asarray(kappas, dtype=float) * float((share**2).sum())


def kappa_at_distance(
    reported_count: ArrayLike, exposure: ArrayLike, years: ArrayLike, apart: float
) -> Overdispersion:
    """Return kappa for counts of two periods that lie some years apart.

    Each pair of periods is fitted as a table of its own
    (:func:`geo.overdispersion.fit_overdispersion`, with its errors); the values of pairs as far
    apart are averaged, and interpolated between two distances. Beyond the largest distance, the
    kappa of the largest distance is used.

    Parameters
    ----------
    reported_count, exposure : array_like, shape (n areas, t periods), t at least 2
    years : array_like, shape (t,)
        Middle of each period in years.
    apart
        From middle to middle, in years.

    Examples
    --------
    >>> counts = [[10, 30, 35], [40, 20, 18], [25, 25, 20]]
    >>> years = [2019, 2020, 2021]
    >>> fits = [kappa_at_distance(counts, [[1e5] * 3] * 3, years, d) for d in (1, 1.5, 2, 9)]
    >>> [round(fit.kappa, 3) for fit in fits]
    [0.158, 0.292, 0.426, 0.426]
    """
    counts, base = require_pair(reported_count, exposure)
    times = np.asarray(years, dtype=float)
    if counts.ndim != 2 or times.shape != counts.shape[1:] or times.size < 2:
        raise ParameterError(
            f"reported_count has shape {counts.shape} and years {times.shape}: give a table of "
            "areas by two periods or more, and the middle of each."
        )
    pairs: dict[float, list[list[int]]] = {}
    for i, j in combinations(range(times.size), 2):
        pairs.setdefault(round(abs(times[j] - times[i]), 6), []).append([i, j])
    distances = sorted(pairs)
    place = float(np.interp(apart, distances, range(len(distances))))
    ends = []
    for distance in distances[int(place) : int(np.ceil(place)) + 1]:
        fits = [fit_overdispersion(counts[:, pair], base[:, pair]) for pair in pairs[distance]]
        ends.append(
            Overdispersion(
                kappa=float(np.mean([fit.kappa for fit in fits])),
                kappas=np.mean([fit.kappas for fit in fits], axis=0),
                degrees_of_freedom=fits[0].degrees_of_freedom,
            )
        )
    return between(ends[0], ends[-1], place % 1)
