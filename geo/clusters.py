"""Clusters of neighbours: Gi* and local Moran on standardised rates, tested by simulation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from geo.cluster_result import (
    ClusterSettings,
    HotspotClass,
    LocalClusters,
    Null,
    Quadrant,
    Status,
)
from geo.contiguity import Contiguity
from geo.errors import ParameterError
from geo.excess import benjamini_hochberg
from geo.local_simulation import TIE, simulate_local
from geo.local_statistics import gi_star, global_moran, local_moran, standardised_rate
from geo.permutation import permutation_null
from geo.twin import require_map

__all__ = [
    "ClusterSettings",
    "HotspotClass",
    "LocalClusters",
    "Quadrant",
    "hot_spots",
    "moran_clusters",
]


def hot_spots(
    reported_count: ArrayLike,
    population: ArrayLike,
    contiguity: Contiguity,
    *,
    codes: Sequence[str] | None = None,
    settings: ClusterSettings | None = None,
) -> LocalClusters:
    """Getis-Ord Gi* on standardised rates: neighbourhoods (region included) of high or low rate.

    The null hypothesis is equal risk: each simulated map spreads the observed total by population.
    Shuffling the observed values over the map instead (settings with null="permutation", what other
    programs do: :func:`geo.permutation.permutation_null`) would call large neighbours of small
    regions hot. What is compared is the statistic before its division by the spread of the rates in
    the map: the rates are standardised already, and dividing again would call a single report more
    a hot spot in a map more even than chance. Both tails count, p = min(1, 2 min(upper, lower)),
    the observed map among the simulated.

    Parameters
    ----------
    reported_count : array_like, shape (n,)
        Whole numbers of one unit, registry and period.
    population : array_like, shape (n,)
        People or person-years, positive.
    contiguity : Contiguity
        Neighbours of the n regions, in the same order.
    codes : sequence of str, length n, optional
        Unique codes; the null is then drawn in their order and the p-values of a region do not
        depend on its row.
    settings : ClusterSettings, optional

    Raises
    ------
    ParameterError
        What :func:`geo.twin.require_map` refuses, a population of zero, a contiguity of another
        size, codes that repeat or are not n, settings outside their range.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27, 286-306; Assunção and Reis (1999), Statistics
    in Medicine 18, 2147-2162; Benjamini and Hochberg (1995), JRSS B 57, 289-300.

    Examples
    --------
    >>> import numpy as np
    >>> row = np.arange(8)
    >>> line = Contiguity(8, np.r_[row[:-1], row[1:]], np.r_[row[1:], row[:-1]])
    >>> found = hot_spots([30, 31, 30, 9, 10, 11, 9, 10], [1000] * 8, line,
    ...                   settings=ClusterSettings(replicas=999))
    >>> str(found.hotspot[1]), str(found.hotspot[4]), round(float(found.statistic[1]), 2)
    ('hot_95', 'not_significant', 2.64)
    """
    return _test(reported_count, population, contiguity, gi_star, settings, codes)


def moran_clusters(
    reported_count: ArrayLike,
    population: ArrayLike,
    contiguity: Contiguity,
    *,
    codes: Sequence[str] | None = None,
    settings: ClusterSettings | None = None,
) -> LocalClusters:
    """Local Moran's I on standardised rates: regions alike, or unlike, their neighbours.

    Parameters, errors and null hypothesis are those of :func:`hot_spots`.

    Examples
    --------
    >>> import numpy as np
    >>> row = np.arange(8)
    >>> line = Contiguity(8, np.r_[row[:-1], row[1:]], np.r_[row[1:], row[:-1]])
    >>> found = moran_clusters([30, 31, 30, 9, 10, 11, 9, 10], [1000] * 8, line)
    >>> [str(quadrant) for quadrant in found.quadrant]
    ['HH', 'HH', 'HH', 'LH', 'LL', 'LL', 'LL', 'LL']
    """
    return _test(reported_count, population, contiguity, local_moran, settings, codes)


def _test(
    reported_count: ArrayLike,
    population: ArrayLike,
    contiguity: Contiguity,
    measure: Callable[..., np.ndarray],
    settings: ClusterSettings | None,
    codes: Sequence[str] | None,
) -> LocalClusters:
    settings = settings or ClusterSettings()
    counts, people = require_map(reported_count, population)
    _require(people, contiguity, settings)
    if codes is None:
        return _judge(counts, people, contiguity, measure, settings)
    labels = [str(code) for code in codes]
    if len(labels) != counts.size or len(set(labels)) != counts.size:
        raise ParameterError(
            f"{len(labels)} codes, {len(set(labels))} of them different, for {counts.size} regions:"
            " give one unique code per region"
        )
    order = np.argsort(np.array(labels), kind="stable")
    back = np.argsort(order)  # row -> place in code order
    region, neighbour = back[contiguity.region], back[contiguity.neighbour]
    by_pair = np.lexsort((neighbour, region))
    turned = Contiguity(counts.size, region[by_pair], neighbour[by_pair])
    found = _judge(counts[order], people[order], turned, measure, settings)
    return replace(
        found,
        statistic=found.statistic[back],
        z_score=found.z_score[back],
        p_value=found.p_value[back],
        q_value=found.q_value[back],
        smallest_p=found.smallest_p[back],
        hotspot=tuple(found.hotspot[place] for place in back),
        quadrant=tuple(found.quadrant[place] for place in back),
        is_significant=found.is_significant[back],
    )


def _judge(
    counts: np.ndarray,
    people: np.ndarray,
    contiguity: Contiguity,
    measure: Callable[..., np.ndarray],
    settings: ClusterSettings,
) -> LocalClusters:
    rates = standardised_rate(counts.astype(float), people)
    statistic = measure(rates, contiguity)
    quadrant = _quadrants(rates, contiguity)
    connected = contiguity.cardinality > 0
    overall = global_moran(rates, contiguity)
    status: Status = "tested"
    if counts.sum() == 0:
        status = "no_reports"
    elif not connected.any():
        status = "no_neighbours"
    elif np.isnan(overall):
        status = "constant"
    one, blank = np.ones(counts.size), np.full(counts.size, np.nan)
    if status != "tested":
        label = HotspotClass.NOT_SIGNIFICANT if status == "constant" else HotspotClass.UNTESTABLE
        names = tuple(label if joined else HotspotClass.UNTESTABLE for joined in connected)
        no = np.zeros(counts.size, dtype=bool)
        return LocalClusters(
            statistic, 0 * one, one, blank, one, names, quadrant, no, 1.0, overall, settings, status
        )
    if settings.null == "permutation":
        found = permutation_null(rates, contiguity, draws=settings.replicas, seed=settings.seed)
        tail = np.minimum(found.upper_p, found.lower_p)
        attainable = 2 / (1 + found.draws)
        # Moran's I of a region below the mean falls as the sum of its neighbours rises
        folded = measure is local_moran
        z_score = found.z_score * (np.sign(rates - rates.mean()) if folded else 1)
    else:
        tested = measure(rates, contiguity, is_studentised=False)
        upper, lower, best, mean, spread = simulate_local(
            tested, int(counts.sum()), people, contiguity, measure, settings
        )
        tail = (1 + np.minimum(upper, lower)) / (1 + settings.replicas)
        attainable = 2 * best / (1 + settings.replicas)
        z_score = np.divide(tested - mean, spread, out=0 * one, where=spread > 0)
    smallest = np.where(connected, np.minimum(1, attainable), 1.0)
    testable = connected & (smallest <= settings.level)
    p_value = np.where(testable, np.minimum(1, 2 * tail), 1.0)
    q_value = benjamini_hochberg(np.where(testable, p_value, np.nan))
    is_hot = z_score > 0
    is_cluster = np.ones(counts.size, dtype=bool)
    if measure is local_moran:
        is_hot = np.array([name == Quadrant.HH for name in quadrant])
        is_cluster = is_hot | np.array([name == Quadrant.LL for name in quadrant])
        is_cluster &= z_score > 0
    names = tuple(
        _classify(q, hot, cluster)
        for q, hot, cluster in zip(q_value, is_hot, is_cluster, strict=True)
    )
    lone = float(min(1.0, 2 / (1 + settings.replicas) * testable.sum()))
    significant = np.nan_to_num(q_value, nan=1.0) <= settings.level
    return LocalClusters(
        statistic, z_score, p_value, q_value, smallest, names, quadrant, significant, lone, overall,
        settings, status,
    )  # fmt: skip


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
            f"replicas = {settings.replicas}, level = {settings.level}: at least 99 maps"
            " and a level between 0 and 1 are needed"
        )
    if settings.null not in get_args(Null):
        raise ParameterError(f"null is {settings.null!r}; allowed are {', '.join(get_args(Null))}")
    if settings.null == "permutation" and settings.dispersion != 1:
        raise ParameterError(
            f"dispersion is {settings.dispersion:g}: a permutation keeps the waves of the observed"
            " values as they are; leave it at 1"
        )
