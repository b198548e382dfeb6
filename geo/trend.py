"""Does an area's share of all reports rise or fall, and how did its hot steps follow each other?

Two answers on the same table of areas by steps: the Mann-Kendall test on the shares, and the
classes that Esri publishes for "Emerging Hot Spot Analysis", where a step is hot when the verdict
of the area in that step is above (:func:`geo.excess.judge`), so that waves make no hot spot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from geo.errors import ParameterError
from geo.excess import LEVEL, Verdict, benjamini_hochberg, judge
from geo.rates import require_pair

MIN_STEPS = 10
"""Fewer steps say nothing about a course; the tool of the same name in ArcGIS asks for as many."""
MIN_PER_STEP = 2.0
"""Reports an area must have in a step on average: with fewer, most steps hold none or one."""
MOSTLY = 0.9
"""Share of hot steps from which a hot spot counts as standing."""
MAX_EXACT = 60
"""Longest series whose p-value is counted exactly; beyond, the normal law is as good."""


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Trend test of one series."""

    s: int
    """pairs that rise less pairs that fall."""
    variance: float
    """of s without a trend, corrected for ties."""
    tau: float
    """s over the number of pairs."""
    p_value: float
    """two-sided; 1 for a constant series."""


class Course(StrEnum):
    """What an area's hot steps and the trend of its share say together."""

    NEW = "new"
    CONSECUTIVE = "consecutive"
    INTENSIFYING = "intensifying"
    PERSISTENT = "persistent"
    DIMINISHING = "diminishing"
    SPORADIC = "sporadic"
    OSCILLATING = "oscillating"
    HISTORICAL = "historical"
    RISING = "rising"
    """no hot spot, a share that rises."""
    FALLING = "falling"
    """no hot spot, a share that falls."""
    NO_PATTERN = "no_pattern"
    NOT_ENOUGH = "not_enough"
    """too few reports for a statement."""


TRENDS = (Course.INTENSIFYING, Course.DIMINISHING, Course.RISING, Course.FALLING)
"""Those that say that the share rises or falls."""


@dataclass(frozen=True, slots=True)
class Courses:
    """Courses of n areas over t steps."""

    share: np.ndarray
    """shape (n, t): of the reports of all areas in the step."""
    verdict: np.ndarray
    """shape (n, t): Verdict of each step."""
    tau: np.ndarray
    """shape (n,): Kendall's tau-a of the shares with time."""
    p_value: np.ndarray
    """shape (n,), two-sided; NaN where there is not enough."""
    q_value: np.ndarray
    """shape (n,), Benjamini-Hochberg over the areas with enough."""
    course: tuple[Course, ...]


def mann_kendall(values: ArrayLike) -> MannKendall:
    r"""Mann-Kendall test of a monotonic trend.

    :math:`S=\sum_{i<j}\mathrm{sign}(x_j-x_i)`. Up to ``MAX_EXACT`` values p is exact over all
    orders of the values, ties included: the falling pairs of a random order are a sum of
    independent Mann-Whitney counts, one for each group of equal values against those below it.
    Beyond, S less 1 towards zero is normal with the variance
    :math:`[n(n-1)(2n+5)-\sum t(t-1)(2t+5)]/18`, t the sizes of the groups.

    Parameters
    ----------
    values : array_like, shape (steps,)
        At least 3, in time order. Only the order counts: a step that is unknown is left out.

    Raises
    ------
    ParameterError
        Fewer than 3 values or a missing value.

    References
    ----------
    Mann, H. B. (1945). Econometrica 13, 245-259. Kendall, M. G. (1975). Rank correlation methods,
    4th ed. Mann and Whitney (1947). Annals of Mathematical Statistics 18, 50-60.

    Examples
    --------
    >>> rising = mann_kendall([1, 2, 3, 4, 5])
    >>> rising.s, rising.tau, round(rising.p_value, 4)
    (10, 1.0, 0.0167)
    >>> round(mann_kendall([0, 0, 1, 0, 2, 3, 3]).p_value, 4)
    0.019
    """
    series = np.asarray(values, dtype=float)
    if series.ndim != 1 or series.size < 3:
        raise ParameterError(
            f"series of shape {series.shape}: give at least 3 values in time order"
        )
    if not np.all(np.isfinite(series)):
        raise ParameterError("the series holds a missing value: leave that step out")
    size = series.size
    early, late = np.triu_indices(size, k=1)
    s = int(np.sign(series[late] - series[early]).sum())
    groups = np.unique(series, return_counts=True)[1]
    variance = (size * (size - 1) * (2 * size + 5) - _cubes(groups)) / 18
    if size <= MAX_EXACT:
        p_value = _exact_p(groups, s)
    else:
        z_score = (abs(s) - 1) / np.sqrt(variance) if s else 0.0
        p_value = min(1.0, 2 * float(ndtr(-z_score)))
    return MannKendall(s=s, variance=float(variance), tau=s / early.size, p_value=p_value)


def courses(reported_count: ArrayLike, exposure: ArrayLike, kappas: ArrayLike) -> Courses:
    """Tell the course of each area from the table of all.

    Hot: the verdict of the area in the step is above; cold: below. In this order:

    - new: hot in the last step and never before;
    - intensifying, diminishing, persistent: hot in 90 % of the steps and in the last, while the
      share rises, falls, or does neither;
    - consecutive: one unbroken run of at least two hot steps up to the last;
    - oscillating: hot in the last step, cold in an earlier one;
    - sporadic: hot in the last step, on and off before;
    - historical: not hot in the last step, hot in 90 % of all;
    - rising, falling: none of these, and the share has a trend;
    - no pattern: none of these.

    A share rises or falls where the q-value of its trend is below ``geo.excess.LEVEL``. Steps that
    are unknown are left out of the table, and those on either side of them count as neighbours.
    The test takes the steps as exchangeable: a wave that lasts several steps makes a trend too.

    Parameters
    ----------
    reported_count, exposure : array_like, shape (n, t)
        n at least 2, t at least ``MIN_STEPS``, in time order; each step has a report.
    kappas : array_like, shape (k,)
        Equally likely values for counts of one step, of
        :func:`geo.overdispersion.fit_overdispersion`.

    Raises
    ------
    ParameterError
        Counts or exposures that are not valid, too few steps, a step without any report.

    References
    ----------
    Esri, ArcGIS Pro: How Emerging Hot Spot Analysis works.

    Examples
    --------
    >>> table = [[1, 2, 4, 5, 6, 7, 9, 11, 12, 15], [20] * 10, [21] * 10, [0] * 10]
    >>> found = courses(table, [[1e6] * 10] * 4, [0.5])
    >>> [str(course) for course in found.course], found.tau.round(2).tolist()
    (['rising', 'falling', 'falling', 'not_enough'], [1.0, -1.0, -1.0, 0.0])
    """
    counts, base = require_pair(reported_count, exposure)
    if counts.ndim != 2 or counts.shape[0] < 2 or counts.shape[1] < MIN_STEPS:
        raise ParameterError(
            f"reported_count has shape {counts.shape}: give a table of at least 2 areas by "
            f"{MIN_STEPS} steps"
        )
    if not counts.sum(axis=0).all():
        raise ParameterError("a step has no report in any area: leave it out, it has no shares")
    share = counts / counts.sum(axis=0)
    verdict = np.column_stack(
        [judge(*step, kappas).verdict for step in zip(counts.T, base.T, strict=True)]
    )
    tests = [mann_kendall(row) for row in share]
    enough = counts.mean(axis=1) >= MIN_PER_STEP
    p_value = np.where(enough, [test.p_value for test in tests], np.nan)
    q_value = benjamini_hochberg(p_value)
    direction = np.where(q_value < LEVEL, np.sign([test.s for test in tests]), 0).astype(int)
    return Courses(
        share=share,
        verdict=verdict,
        tau=np.array([test.tau for test in tests]),
        p_value=p_value,
        q_value=q_value,
        course=tuple(
            _course(steps == Verdict.ABOVE, steps == Verdict.BELOW, int(sign))
            if has_enough
            else Course.NOT_ENOUGH
            for steps, sign, has_enough in zip(verdict, direction, enough, strict=True)
        ),
    )


def _course(hot: np.ndarray, cold: np.ndarray, direction: int) -> Course:
    count, is_mostly = int(hot.sum()), hot.mean() >= MOSTLY
    trend = {1: Course.RISING, -1: Course.FALLING, 0: Course.NO_PATTERN}[direction]
    if not hot[-1]:
        return Course.HISTORICAL if is_mostly else trend
    if count == 1:
        return Course.NEW
    if is_mostly:
        standing = {1: Course.INTENSIFYING, -1: Course.DIMINISHING, 0: Course.PERSISTENT}
        return standing[direction]
    if hot[-count:].all():
        return Course.CONSECUTIVE
    return Course.OSCILLATING if cold.any() else Course.SPORADIC


def _cubes(groups: np.ndarray) -> int:
    return int(np.sum(groups * (groups - 1) * (2 * groups + 5)))


def _exact_p(groups: np.ndarray, s: int) -> float:
    """Two-sided p of S over all orders of a series with these numbers of equal values."""
    falling, below = np.ones(1), 0
    for size in groups:
        falling = np.convolve(falling, _mann_whitney(below, int(size)))
        below += int(size)
    # S = untied pairs - 2 falling pairs; the law is symmetric
    fewest = (falling.size - 1 - abs(s)) // 2
    return float(min(1.0, 2 * falling[: fewest + 1].sum()))


def _mann_whitney(first: int, second: int) -> np.ndarray:
    """Probability of each number of pairs, 0 to first x second, in which the first comes later."""
    law = [np.ones(1)] * (first + 1)  # of i against none
    for j in range(1, second + 1):
        fresh = [np.ones(1)]
        for i in range(1, first + 1):
            # the last place holds one of the second (no pair) or of the first (j pairs)
            mixed = np.zeros(i * j + 1)
            mixed[: i * (j - 1) + 1] += law[i] * j / (i + j)
            mixed[j:] += fresh[i - 1] * i / (i + j)
            fresh.append(mixed)
        law = fresh
    return law[first]
