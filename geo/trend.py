"""Trend of a series (Mann-Kendall) and the emerging-hot-spot classes of a region over time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from geo.errors import ParameterError

MIN_STEPS = 10
"""Fewer time steps say nothing about a trend of hot spots."""
MAX_EXACT = 60
"""Longest series without ties whose p-value is counted exactly; the normal takes over beyond."""


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Trend test of one series."""

    s: int
    """pairs that rise less pairs that fall."""
    variance: float
    """of s without a trend, corrected for ties."""
    tau: float
    """s over the number of pairs."""
    z_score: float
    """s less 1 towards zero, over its standard deviation."""
    p_value: float
    """two-sided; 1 for a constant series."""
    sen_slope: float
    """median change per step over all pairs."""
    method: Literal["exact", "normal"]


class HotspotPattern(StrEnum):
    """How a region's hot (or cold) status developed."""

    NEW_HOT = "new_hot"
    CONSECUTIVE_HOT = "consecutive_hot"
    INTENSIFYING_HOT = "intensifying_hot"
    PERSISTENT_HOT = "persistent_hot"
    DIMINISHING_HOT = "diminishing_hot"
    SPORADIC_HOT = "sporadic_hot"
    OSCILLATING_HOT = "oscillating_hot"
    HISTORICAL_HOT = "historical_hot"
    NEW_COLD = "new_cold"
    CONSECUTIVE_COLD = "consecutive_cold"
    INTENSIFYING_COLD = "intensifying_cold"
    PERSISTENT_COLD = "persistent_cold"
    DIMINISHING_COLD = "diminishing_cold"
    SPORADIC_COLD = "sporadic_cold"
    OSCILLATING_COLD = "oscillating_cold"
    HISTORICAL_COLD = "historical_cold"
    NO_PATTERN = "no_pattern"


@dataclass(frozen=True, slots=True)
class EmergingHotspots:
    """Pattern of each region, or the statement that the series is too short."""

    status: Literal["classified", "too_short"]
    steps: int
    """time steps given."""
    min_steps: int
    """time steps needed."""
    pattern: tuple[HotspotPattern, ...]
    """one per region; empty when too short."""
    trend: tuple[MannKendall, ...]
    """of each region's z-scores; empty when too short."""


def mann_kendall(
    values: ArrayLike, *, method: Literal["auto", "exact", "normal"] = "auto"
) -> MannKendall:
    """Mann-Kendall test of a monotonic trend, observations in time order and evenly spaced.

    Parameters
    ----------
    values : array_like, shape (steps,)
        At least 3; missing values are refused.
    method : {"auto", "exact", "normal"}
        exact counts all orders of the values and needs a series without ties; auto takes it up to
        ``MAX_EXACT`` steps and else the normal approximation with ties and continuity correction.

    Raises
    ------
    ParameterError
        Fewer than 3 values, a missing value, ties with ``method="exact"``.

    References
    ----------
    Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259. Kendall, M. G.
    (1975). Rank correlation methods, 4th ed. Sen, P. K. (1968). JASA 63, 1379-1389.

    Examples
    --------
    >>> rising = mann_kendall([1, 2, 3, 4, 5])
    >>> rising.s, round(rising.p_value, 4), rising.sen_slope, rising.method
    (10, 0.0167, 1.0, 'exact')
    """
    series = np.asarray(values, dtype=float)
    if series.ndim != 1 or series.size < 3:
        raise ParameterError(
            f"series of shape {series.shape}: give at least 3 values in time order"
        )
    if not np.all(np.isfinite(series)):
        raise ParameterError("the series holds a missing value: leave that time step out")
    if method not in ("auto", "exact", "normal"):
        raise ParameterError(f"method = {method!r}: choose 'auto', 'exact' or 'normal'")
    size = series.size
    early, late = np.triu_indices(size, k=1)
    difference = series[late] - series[early]
    s = int(np.sign(difference).sum())
    ties = np.unique(series, return_counts=True)[1]
    has_ties = bool(np.any(ties > 1))
    if method == "exact" and has_ties:
        raise ParameterError("the series has equal values: the exact test needs method='normal'")
    variance = (
        float(size * (size - 1) * (2 * size + 5) - np.sum(ties * (ties - 1) * (2 * ties + 5))) / 18
    )
    z_score = float(np.sign(s) * (abs(s) - 1) / np.sqrt(variance)) if s and variance else 0.0
    is_exact = method == "exact" or (method == "auto" and not has_ties and size <= MAX_EXACT)
    p_value = _exact_p(size, s) if is_exact else min(1.0, 2 * float(ndtr(-abs(z_score))))
    return MannKendall(
        s=s,
        variance=variance,
        tau=s / difference.size,
        z_score=z_score,
        p_value=p_value,
        sen_slope=float(np.median(difference / (late - early))),
        method="exact" if is_exact else "normal",
    )


def emerging_hot_spots(
    z_scores: ArrayLike,
    *,
    critical_z: float = 1.96,
    trend_level: float = 0.05,
    min_steps: int = MIN_STEPS,
) -> EmergingHotspots:
    """Classify each region by the history of its Gi* z-scores.

    The classes are those that Esri publishes for "Emerging Hot Spot Analysis"; with hot meaning
    z at or above ``critical_z`` (for the cold classes the signs are exchanged):

    - new: hot in the last step and never before;
    - consecutive: one unbroken run of at least two hot steps up to the last, never hot before it,
      and fewer than 90 % of the steps hot;
    - intensifying, diminishing, persistent: hot in 90 % of the steps and in the last, with a rising
      trend, a falling trend, or none (Mann-Kendall on the z-scores, ``trend_level``);
    - historical: not hot in the last step, but in at least 90 % of all;
    - oscillating: hot in the last step, fewer than 90 % hot, and cold at some earlier step;
    - sporadic: hot in the last step, on and off before, fewer than 90 % hot, never cold.

    The published definitions of new and oscillating may both fit; they are tried in this order.

    Parameters
    ----------
    z_scores : array_like, shape (regions, steps)
        Time runs along the rows.
    critical_z : float
        Positive.
    trend_level : float
        Between 0 and 1.
    min_steps : int
        Fewer steps give the status ``too_short``.

    Raises
    ------
    ParameterError
        Not a table, a missing value, options outside their range.

    References
    ----------
    Esri, ArcGIS Pro: How Emerging Hot Spot Analysis works.

    Examples
    --------
    >>> found = emerging_hot_spots([[0.1] * 9 + [3.0], [3.0] * 10])
    >>> [str(pattern) for pattern in found.pattern]
    ['new_hot', 'persistent_hot']
    >>> emerging_hot_spots([[0.1, 0.2, 3.0]]).status
    'too_short'
    """
    table = np.asarray(z_scores, dtype=float)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ParameterError(f"z_scores of shape {table.shape}: give regions in rows, time along")
    if not np.all(np.isfinite(table)):
        raise ParameterError("z_scores holds a missing value: give every region every time step")
    if not critical_z > 0 or not 0 < trend_level < 1 or min_steps < 3:
        raise ParameterError(
            f"critical_z = {critical_z}, trend_level = {trend_level}, min_steps = {min_steps}:"
            " give a positive z, a level between 0 and 1 and at least 3 steps"
        )
    steps = table.shape[1]
    if steps < min_steps:
        return EmergingHotspots("too_short", steps, min_steps, (), ())
    trends = tuple(mann_kendall(row) for row in table)
    patterns = tuple(
        _pattern(row, trend, critical_z, trend_level)
        for row, trend in zip(table, trends, strict=True)
    )
    return EmergingHotspots("classified", steps, min_steps, patterns, trends)


def _pattern(
    z_scores: np.ndarray, trend: MannKendall, critical_z: float, level: float
) -> HotspotPattern:
    for name, sign in (("hot", 1), ("cold", -1)):
        on, off = sign * z_scores >= critical_z, sign * z_scores <= -critical_z
        direction = sign * np.sign(trend.s) if trend.p_value <= level else 0
        kind = _kind(on, off, int(direction))
        if kind:
            return HotspotPattern(f"{kind}_{name}")
    return HotspotPattern.NO_PATTERN


def _kind(on: np.ndarray, off: np.ndarray, direction: int) -> str:
    count, is_mostly = int(on.sum()), 10 * int(on.sum()) >= 9 * on.size
    if not on[-1]:
        return "historical" if is_mostly else ""
    if count == 1:
        return "new"
    if is_mostly:
        return {1: "intensifying", -1: "diminishing", 0: "persistent"}[direction]
    if on[-count:].all():
        return "consecutive"
    return "oscillating" if off.any() else "sporadic"


def _exact_p(size: int, s: int) -> float:
    """Two-sided p from the number of orders with each number of falling pairs (Mahonian)."""
    orders = np.ones(1)
    for length in range(2, size + 1):
        # Inserting the next value adds 0 to length - 1 falling pairs, all equally likely.
        orders = np.convolve(orders, np.full(length, 1 / length))
    falling = (size * (size - 1) // 2 - abs(s)) // 2
    return float(min(1.0, 2 * orders[: falling + 1].sum()))
