"""Getis-Ord Gi* on Assunção-Reis rates, and the neighbours it sums over.

Neighbours are a scipy CSR array of shape (n, n): 1 where two regions touch, no region its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geo.errors import ParameterError
from geo.excess import LEVEL, benjamini_hochberg
from geo.hotspots.permutation import TIE, permutation_null
from geo.rates import require_pair


def queen_contiguity(
    geometries: Sequence[BaseGeometry] | np.ndarray, *, tolerance: float = 0.0
) -> sparse.csr_array:
    """Return which regions share a point, or lie within the tolerance of each other.

    Parameters
    ----------
    geometries : sequence of shapely geometries, length n
    tolerance : float
        In the unit of the coordinates: published borders seldom coincide to the last digit.

    Returns
    -------
    csr_array, shape (n, n), of 0 and 1

    Raises
    ------
    ParameterError
        An empty or missing geometry.

    Examples
    --------
    >>> from shapely import box
    >>> shapes = [box(0, 0, 1, 1), box(1, 1, 2, 2), box(1.0001, 0, 2, 1)]
    >>> [int(queen_contiguity(shapes, tolerance=gap).indptr[1]) for gap in (0.0, 0.001)]
    [1, 2]
    """
    shapes = np.asarray(geometries, dtype=object)
    for position, shape in enumerate(shapes):
        if not isinstance(shape, BaseGeometry) or shape.is_empty:
            raise ParameterError(
                f"geometry at position {position} is missing or empty:"
                " give one polygon per region, or leave the region out"
            )
    pairs = STRtree(shapes).query(shapes, predicate="dwithin", distance=tolerance)
    region, neighbour = pairs[:, pairs[0] != pairs[1]]
    touching = sparse.csr_array(
        (np.ones(region.size), (region, neighbour)), shape=(shapes.size,) * 2
    )
    touching.sort_indices()
    return touching


class HotspotClass(StrEnum):
    """Confidence that a neighbourhood is hot or cold, after Benjamini-Hochberg."""

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
class LocalClusters:
    """One statistic per region with its test; every array has shape (n,)."""

    statistic: np.ndarray
    """Gi* as a z-score, on the standardised rates."""
    z_score: np.ndarray
    """sum over the neighbours less its mean over the permutations, over its standard deviation."""
    p_value: np.ndarray
    """two-sided; 1 where untestable."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the testable regions; NaN where untestable."""
    smallest_p: np.ndarray
    """smallest p that the draws allow; a region where it exceeds the level is untestable."""
    hotspot: tuple[HotspotClass, ...]
    quadrant: tuple[Quadrant, ...]
    is_significant: np.ndarray
    """q_value at or below the level, whatever the quadrant."""


def hot_spots(
    reported_count: ArrayLike,
    population: ArrayLike,
    neighbours: sparse.csr_array,
    *,
    replicas: int = 9_999,
    seed: int = 1,
) -> LocalClusters:
    """Getis-Ord Gi* on standardised rates: neighbourhoods (region included) of high or low rate.

    The null hypothesis is that the other regions' rates could stand anywhere on the map
    (conditional permutation, :func:`geo.hotspots.permutation.permutation_null`). Rates of regions
    of unequal size are not quite exchangeable even when standardised. p counts both tails.

    Parameters
    ----------
    reported_count : array_like, shape (n,)
        Whole numbers of one unit, registry and period.
    population : array_like, shape (n,)
        People or person-years, positive.
    neighbours : csr_array, shape (n, n)
        From :func:`queen_contiguity`, regions in the same order.
    replicas, seed : int
        Draws of the permutation null, 99 at least, and their seed.

    Raises
    ------
    ParameterError
        What :func:`geo.rates.require_pair` refuses, neighbours of another size, too few draws.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27, 286-306; Assunção and Reis (1999), Statistics
    in Medicine 18, 2147-2162; Benjamini and Hochberg (1995), JRSS B 57, 289-300.

    Examples
    --------
    >>> line = sparse.csr_array(np.eye(12, k=1) + np.eye(12, k=-1))
    >>> found = hot_spots([30, 31, 30, 9, 10, 11, 9, 10, 11, 9, 10, 11], [1000] * 12, line)
    >>> round(float(found.statistic[1]), 2), round(float(found.p_value[1]), 2)
    (3.3, 0.04)
    """
    counts, people = require_pair(reported_count, population)
    if neighbours.shape != (people.size, people.size):
        raise ParameterError(
            f"neighbours of {neighbours.indptr.size - 1} regions for {people.size} counts:"
            " build them from the same regions in the same order"
        )
    rates = standardised_rate(counts, people)
    z_score, p_value, draws = permutation_null(rates, neighbours, draws=replicas, seed=seed)
    smallest = np.minimum(1, 2 / (1 + draws))
    testable = (smallest <= LEVEL) & (counts.sum() > 0)
    p_value = np.where(testable, p_value, 1.0)
    q_value = benjamini_hochberg(np.where(testable, p_value, np.nan))
    return LocalClusters(
        statistic=gi_star(rates, neighbours),
        z_score=z_score,
        p_value=p_value,
        q_value=q_value,
        smallest_p=smallest,
        hotspot=tuple(map(_classify, q_value, z_score > 0)),
        quadrant=_quadrants(rates, neighbours),
        is_significant=np.nan_to_num(q_value, nan=1.0) <= LEVEL,
    )


def standardised_rate(counts: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Rates less the overall rate, over their standard deviation (empirical Bayes index)."""
    people = population.sum()
    overall = counts.sum() / people
    rate = counts / population
    spread = np.sum(population * (rate - overall) ** 2) / people
    between = np.maximum(spread - overall * population.size / people, 0)
    variance = between + overall / population
    return np.divide(rate - overall, np.sqrt(variance), out=np.zeros_like(rate), where=variance > 0)


def gi_star(values: np.ndarray, neighbours: sparse.csr_array) -> np.ndarray:
    """Getis-Ord :math:`G_i^*` as a z-score, binary weights, the region counted with itself."""
    size = values.size
    degree = neighbours.sum(axis=1) + 1.0
    mean = values.mean()
    scale = _deviation(values) * np.sqrt(
        np.clip(size * degree - degree**2, 0, None) / max(size - 1, 1)
    )
    excess = (neighbours + sparse.eye_array(size)) @ values - degree * mean
    return np.divide(excess, scale, out=np.zeros_like(excess), where=scale > 0)


def _neighbour_mean(values: np.ndarray, neighbours: sparse.csr_array) -> np.ndarray:
    """Mean over each region's neighbours; 0 without any."""
    share = 1 / np.maximum(neighbours.sum(axis=1), 1)
    return neighbours.multiply(share[:, None]).tocsr() @ values


def _deviation(values: np.ndarray) -> np.ndarray:
    """Standard deviation with divisor n, exactly zero when it is rounding noise."""
    deviation = np.sqrt(np.mean((values - values.mean()) ** 2))
    return np.where(deviation > 1e-12 * np.max(np.abs(values)), deviation, 0.0)


def _classify(q_value: float, is_hot: bool) -> HotspotClass:
    if np.isnan(q_value):
        return HotspotClass.UNTESTABLE
    for limit, grade in ((0.01, "99"), (0.05, "95"), (0.10, "90")):
        if q_value <= limit:
            return HotspotClass(f"{'hot' if is_hot else 'cold'}_{grade}")
    return HotspotClass.NOT_SIGNIFICANT


def _quadrants(rates: np.ndarray, neighbours: sparse.csr_array) -> tuple[Quadrant, ...]:
    centred = rates - rates.mean()
    noise = TIE * max(1.0, float(np.abs(rates).max()))
    return tuple(
        Quadrant.NONE
        if degree == 0 or abs(own) <= noise or abs(around) <= noise
        else Quadrant(("H" if own > 0 else "L") + ("H" if around > 0 else "L"))
        for degree, own, around in zip(
            neighbours.sum(axis=1), centred, _neighbour_mean(centred, neighbours), strict=True
        )
    )
