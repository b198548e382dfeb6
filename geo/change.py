"""Did reports in a region change between two periods of the same unit and registry?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv

from geo.errors import ParameterError
from geo.excess import benjamini_hochberg
from geo.twin import require_map

LOW_BASELINE = 13
"""Below this many reports in the first period a percentage says more about chance than change."""


class ChangeVerdict(StrEnum):
    """What holds after Benjamini-Hochberg, with chance alone and with the measured waves."""

    INCREASE = "increase"
    INCREASE_POISSON_ONLY = "increase_poisson_only"
    UNREMARKABLE = "unremarkable"
    DECREASE_POISSON_ONLY = "decrease_poisson_only"
    DECREASE = "decrease"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """Reports of one period, region by region."""

    period: str
    """code of the period, for messages."""
    start: str
    """first month, YYYY-MM."""
    end: str
    """last month, YYYY-MM, inclusive."""
    unit: str
    """what is counted: complaint, reported offence, ..."""
    registry: str
    """who counts."""
    reported_count: ArrayLike
    """shape (n,)."""
    person_years: ArrayLike
    """shape (n,)."""


@dataclass(frozen=True, slots=True)
class Change:
    """Second period over first; every array has shape (n,)."""

    rate_ratio: np.ndarray
    """rate after over rate before; infinite from 0 upwards, NaN for none in both."""
    rate_ratio_low: np.ndarray
    rate_ratio_high: np.ndarray
    """exact 95 % interval given the sum of both periods."""
    rate_ratio_low_overdispersed: np.ndarray
    rate_ratio_high_overdispersed: np.ndarray
    """the same with counts that vary ``dispersion`` times more."""
    percent_change: np.ndarray
    """per cent; NaN where the first period has fewer than ``low_baseline`` reports."""
    p_value: np.ndarray
    """two-sided; 1 where untestable."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the testable regions; NaN where untestable."""
    q_value_overdispersed: np.ndarray
    smallest_p: np.ndarray
    """smallest p that the sum of both periods allows."""
    is_low_baseline: np.ndarray
    verdict: tuple[ChangeVerdict, ...]
    dispersion: float
    level: float


def change_between(
    before: PeriodCounts,
    after: PeriodCounts,
    *,
    dispersion: float = 1.0,
    level: float = 0.05,
    low_baseline: int = LOW_BASELINE,
) -> Change:
    r"""Compare two periods region by region, exactly, given each region's sum.

    With counts :math:`c_1, c_2` over person-years :math:`y_1, y_2`, equal rates make
    :math:`c_2 \mid c_1 + c_2` binomial with probability :math:`y_2 / (y_1 + y_2)`. The p-value
    doubles the smaller tail; the interval of the ratio is the Clopper-Pearson interval
    :math:`(\pi_l, \pi_u)` of that probability, turned into :math:`\pi y_1 / ((1 - \pi) y_2)`.

    The dispersion-widened twin counts each :math:`\phi` reports as one independent event: both
    counts are divided by the dispersion in the (beta) formulas, which need no whole numbers.

    Parameters
    ----------
    before, after : PeriodCounts
        Same unit and registry, ``before`` ending before ``after`` starts.
    dispersion : float
        Variance over that of chance alone, at least 1.
    level : float
        Level of the verdicts and complement of the coverage of the intervals.
    low_baseline : int
        Fewer reports before than this: flagged, and no percentage.

    Raises
    ------
    ParameterError
        Periods of different units or registries, that overlap or stand in the wrong order, counts
        or person-years that do not pass, options outside their range.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson
    series. Biometrika 31, 313-323. Clopper, C. J. and Pearson, E. S. (1934). The use of confidence
    or fiducial limits. Biometrika 26, 404-413.

    Examples
    --------
    >>> first = PeriodCounts("2021", "2021-01", "2021-12", "complaint", "R", [20, 2], [1e6, 1e6])
    >>> second = PeriodCounts("2022", "2022-01", "2022-12", "complaint", "R", [45, 5], [1e6, 1e6])
    >>> change = change_between(first, second)
    >>> change.rate_ratio.round(2), change.p_value.round(4), change.percent_change.round(0)
    (array([2.25, 2.5 ]), array([0.0026, 0.4531]), array([125.,  nan]))
    >>> float(change.rate_ratio_low[0].round(2)), float(change.rate_ratio_high[0].round(2))
    (1.3, 4.02)
    """
    _require_comparable(before, after)
    if not np.isfinite(dispersion) or dispersion < 1 or not 0 < level < 1 or low_baseline < 0:
        raise ParameterError(
            f"dispersion = {dispersion}, level = {level}, low_baseline = {low_baseline}: give a"
            " dispersion of 1 or more, a level between 0 and 1 and a baseline of 0 or more"
        )
    first, first_years = require_map(before.reported_count, before.person_years)
    second, second_years = require_map(after.reported_count, after.person_years)
    if first.shape != second.shape:
        raise ParameterError(
            f"{first.size} regions in {before.period} and {second.size} in {after.period}:"
            " give the same regions in the same order"
        )
    if np.any(first_years == 0) or np.any(second_years == 0):
        raise ParameterError("person_years is 0 somewhere: a rate needs people")
    null = second_years / (first_years + second_years)
    ratio = np.full(first.size, np.nan)
    np.divide(second / second_years, first / first_years, out=ratio, where=first > 0)
    ratio[(first == 0) & (second > 0)] = np.inf
    low_is_thin = first < low_baseline
    smallest = np.minimum(1, 2 * np.minimum(null, 1 - null) ** (first + second))
    testable = smallest <= level
    p_value = np.where(testable, _two_sided(first, second, null), 1.0)
    wide = _two_sided(first / dispersion, second / dispersion, null)
    q_value = benjamini_hochberg(np.where(testable, p_value, np.nan))
    q_wide = benjamini_hochberg(np.where(testable, wide, np.nan))
    exposure = first_years / second_years
    low, high = _interval(first, second, exposure, level)
    low_wide, high_wide = _interval(first / dispersion, second / dispersion, exposure, level)
    return Change(
        rate_ratio=ratio,
        rate_ratio_low=low,
        rate_ratio_high=high,
        rate_ratio_low_overdispersed=low_wide,
        rate_ratio_high_overdispersed=high_wide,
        percent_change=np.where(low_is_thin, np.nan, 100 * (ratio - 1)),
        p_value=p_value,
        q_value=q_value,
        q_value_overdispersed=q_wide,
        smallest_p=smallest,
        is_low_baseline=low_is_thin,
        verdict=tuple(
            _verdict(value > 1, q, q_twin, level)
            for value, q, q_twin in zip(ratio, q_value, q_wide, strict=True)
        ),
        dispersion=float(dispersion),
        level=float(level),
    )


def _two_sided(first: np.ndarray, second: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Twice the smaller binomial tail, through beta functions that take fractions too."""
    some_first, some_second = np.maximum(first, 1e-300), np.maximum(second, 1e-300)
    upper = np.where(second > 0, betainc(some_second, first + 1, null), 1.0)
    lower = np.where(first > 0, betainc(some_first, second + 1, 1 - null), 1.0)
    return np.minimum(1.0, 2 * np.minimum(upper, lower))


def _interval(
    first: np.ndarray, second: np.ndarray, exposure: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    some_first, some_second = np.maximum(first, 1e-300), np.maximum(second, 1e-300)
    low = np.where(second > 0, betaincinv(some_second, first + 1, level / 2), 0.0)
    # The complement, so that a share near one keeps its digits.
    rest = np.where(first > 0, betaincinv(some_first, second + 1, level / 2), 0.0)
    high = np.divide((1 - rest) * exposure, rest, out=np.full(rest.shape, np.inf), where=rest > 0)
    return low / (1 - low) * exposure, high


def _verdict(is_up: bool, q_value: float, q_twin: float, level: float) -> ChangeVerdict:
    if np.isnan(q_value):
        return ChangeVerdict.UNTESTABLE
    if q_value > level:
        return ChangeVerdict.UNREMARKABLE
    if q_twin > level:
        return ChangeVerdict.INCREASE_POISSON_ONLY if is_up else ChangeVerdict.DECREASE_POISSON_ONLY
    return ChangeVerdict.INCREASE if is_up else ChangeVerdict.DECREASE


def _require_comparable(before: PeriodCounts, after: PeriodCounts) -> None:
    for name in ("unit", "registry"):
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            raise ParameterError(
                f"{name} is {one!r} in {before.period} and {other!r} in {after.period}:"
                " a change can only be read within one unit and one registry"
            )
    for period in (before, after):
        for month in (period.start, period.end):
            if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
                raise ParameterError(f"month {month!r} in {period.period}: write it as YYYY-MM")
        if period.end < period.start:
            raise ParameterError(
                f"{period.period} ends in {period.end}, before it starts in {period.start}"
            )
    if after.start <= before.end:
        raise ParameterError(
            f"{before.period} runs to {before.end} and {after.period} starts in {after.start}:"
            " give two periods that do not overlap, the earlier one first"
        )
