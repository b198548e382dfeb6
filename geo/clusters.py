"""Clusters of neighbours: Gi* and local Moran on standardised rates, tested by permutation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from geo.contiguity import Contiguity
from geo.errors import ParameterError
from geo.excess import LEVEL, benjamini_hochberg
from geo.local_statistics import gi_star, global_moran, local_moran, standardised_rate
from geo.permutation import TIE, permutation_null
from geo.twin import require_map

Status = Literal["tested", "no_reports", "constant", "no_neighbours"]


class HotspotClass(StrEnum):
    """Confidence that a neighbourhood stands out, after Benjamini-Hochberg."""

    HOT_99 = "hot_99"
    HOT_95 = "hot_95"
    HOT_90 = "hot_90"
    NOT_SIGNIFICANT = "not_significant"
    COLD_90 = "cold_90"
    COLD_95 = "cold_95"
    COLD_99 = "cold_99"
    UNTESTABLE = "untestable"


class Quadrant(StrEnum):
    """Region against its neighbours: high or low, each less the mean of the map."""

    HH = "HH"
    LL = "LL"
    HL = "HL"
    LH = "LH"
    NONE = ""
    """no neighbours, or exactly at the mean."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Choices of a test."""

    replicas: int = 9_999
    """draws of the permutation null."""
    seed: int = 1
    """seed of the draws."""
    level: float = LEVEL
    """a region whose smallest attainable p exceeds it is untestable."""


@dataclass(frozen=True, slots=True)
class LocalClusters:
    """One statistic per region with its test; every array has shape (n,)."""

    statistic: np.ndarray
    """Gi* as a z-score, or local Moran's I, on the standardised rates."""
    z_score: np.ndarray
    """sum over the neighbours less its mean over the permutations, over their standard deviation;
    for local Moran with the sign of the region's own deviation."""
    p_value: np.ndarray
    """two-sided; 1 where untestable."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the testable regions; NaN where untestable."""
    smallest_p: np.ndarray
    """smallest p that the draws allow: no region can do better."""
    hotspot: tuple[HotspotClass, ...]
    """for local Moran: hot is HH, cold is LL; outliers HL and LH keep NOT_SIGNIFICANT."""
    quadrant: tuple[Quadrant, ...]
    is_significant: np.ndarray
    """q_value at or below the level, whatever the quadrant."""
    status: Status


def hot_spots(
    reported_count: ArrayLike,
    population: ArrayLike,
    contiguity: Contiguity,
    *,
    settings: ClusterSettings | None = None,
) -> LocalClusters:
    """Getis-Ord Gi* on standardised rates: neighbourhoods (region included) of high or low rate.

    The null hypothesis is that the other regions' rates could stand anywhere on the map
    (conditional permutation, :func:`geo.permutation.permutation_null`). Rates of regions of
    unequal size are not quite exchangeable even when standardised. p counts both tails.

    Parameters
    ----------
    reported_count : array_like, shape (n,)
        Whole numbers of one unit, registry and period.
    population : array_like, shape (n,)
        People or person-years, positive.
    contiguity : Contiguity
        Neighbours of the n regions, in the same order.
    settings : ClusterSettings, optional

    Raises
    ------
    ParameterError
        What :func:`geo.twin.require_map` refuses, a population of zero, a contiguity of another
        size, settings outside their range.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27, 286-306; Assunção and Reis (1999), Statistics
    in Medicine 18, 2147-2162; Benjamini and Hochberg (1995), JRSS B 57, 289-300.

    Examples
    --------
    >>> row = np.arange(12)
    >>> line = Contiguity(12, np.r_[row[:-1], row[1:]], np.r_[row[1:], row[:-1]])
    >>> found = hot_spots([30, 31, 30, 9, 10, 11, 9, 10, 11, 9, 10, 11], [1000] * 12, line)
    >>> round(float(found.statistic[1]), 2), round(float(found.p_value[1]), 2)
    (3.3, 0.04)
    """
    return _test(reported_count, population, contiguity, gi_star, settings)


def moran_clusters(
    reported_count: ArrayLike,
    population: ArrayLike,
    contiguity: Contiguity,
    *,
    settings: ClusterSettings | None = None,
) -> LocalClusters:
    """Local Moran's I on standardised rates: regions alike, or unlike, their neighbours.

    Parameters, errors and null hypothesis are those of :func:`hot_spots`; so are the p-values,
    because both statistics move with the same sum over the neighbours.

    Examples
    --------
    >>> row = np.arange(8)
    >>> line = Contiguity(8, np.r_[row[:-1], row[1:]], np.r_[row[1:], row[:-1]])
    >>> found = moran_clusters([30, 31, 30, 9, 10, 11, 9, 10], [1000] * 8, line)
    >>> [str(quadrant) for quadrant in found.quadrant]
    ['HH', 'HH', 'HH', 'LH', 'LL', 'LL', 'LL', 'LL']
    """
    return _test(reported_count, population, contiguity, local_moran, settings)


def _test(
    reported_count: ArrayLike,
    population: ArrayLike,
    contiguity: Contiguity,
    measure: Callable[[np.ndarray, Contiguity], np.ndarray],
    settings: ClusterSettings | None,
) -> LocalClusters:
    settings = settings or ClusterSettings()
    counts, people = require_map(reported_count, population)
    _require(people, contiguity, settings)
    rates = standardised_rate(counts.astype(float), people)
    statistic = measure(rates, contiguity)
    quadrant = _quadrants(rates, contiguity)
    connected = contiguity.cardinality > 0
    status: Status = "tested"
    if counts.sum() == 0:
        status = "no_reports"
    elif not connected.any():
        status = "no_neighbours"
    elif np.isnan(global_moran(rates, contiguity)):
        status = "constant"
    if status != "tested":
        label = HotspotClass.NOT_SIGNIFICANT if status == "constant" else HotspotClass.UNTESTABLE
        names = tuple(label if joined else HotspotClass.UNTESTABLE for joined in connected)
        one, no = np.ones(counts.size), np.zeros(counts.size, dtype=bool)
        return LocalClusters(
            statistic, 0 * one, one, np.nan * one, one, names, quadrant, no, status
        )
    null = permutation_null(rates, contiguity, draws=settings.replicas, seed=settings.seed)
    smallest = np.where(connected, np.minimum(1, 2 / (1 + null.draws)), 1.0)
    testable = smallest <= settings.level
    p_value = np.where(testable, null.p_value, 1.0)
    q_value = benjamini_hochberg(np.where(testable, p_value, np.nan))
    z_score = null.z_score
    is_hot, is_cluster = z_score > 0, np.ones(counts.size, dtype=bool)
    if measure is local_moran:
        # I of a region below the mean falls as the sum of its neighbours rises
        z_score = z_score * np.sign(rates - rates.mean())
        is_hot = np.array([name == Quadrant.HH for name in quadrant])
        is_cluster = is_hot | np.array([name == Quadrant.LL for name in quadrant])
        is_cluster &= z_score > 0
    names = tuple(
        _classify(q, hot, cluster)
        for q, hot, cluster in zip(q_value, is_hot, is_cluster, strict=True)
    )
    significant = np.nan_to_num(q_value, nan=1.0) <= settings.level
    return LocalClusters(
        statistic, z_score, p_value, q_value, smallest, names, quadrant, significant, status
    )


def _classify(q_value: float, is_hot: bool, is_cluster: bool) -> HotspotClass:
    if np.isnan(q_value):
        return HotspotClass.UNTESTABLE
    if is_cluster:
        for limit, grade in ((0.01, "99"), (0.05, "95"), (0.10, "90")):
            if q_value <= limit:
                return HotspotClass(f"{'hot' if is_hot else 'cold'}_{grade}")
    return HotspotClass.NOT_SIGNIFICANT


def _quadrants(rates: np.ndarray, contiguity: Contiguity) -> tuple[Quadrant, ...]:
    centred = rates - rates.mean()
    lag = contiguity.sparse(row_standardised=True) @ centred
    noise = TIE * max(1.0, float(np.abs(rates).max()))
    return tuple(
        Quadrant.NONE
        if degree == 0 or abs(own) <= noise or abs(around) <= noise
        else Quadrant(("H" if own > 0 else "L") + ("H" if around > 0 else "L"))
        for degree, own, around in zip(contiguity.cardinality, centred, lag, strict=True)
    )


def _require(people: np.ndarray, contiguity: Contiguity, settings: ClusterSettings) -> None:
    if contiguity.size != people.size:
        raise ParameterError(
            f"contiguity of {contiguity.size} regions for {people.size} counts:"
            " build it from the same regions in the same order"
        )
    if np.any(people == 0):
        raise ParameterError(
            f"population is 0 at position {int(np.argmin(people))}: a rate needs people;"
            " leave the region out"
        )
    if settings.replicas < 99 or not 0 < settings.level < 1:
        raise ParameterError(
            f"replicas = {settings.replicas}, level = {settings.level}: at least 99 draws"
            " and a level between 0 and 1 are needed"
        )
