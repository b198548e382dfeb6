r"""The permutation null of Gi*: values exchangeable over the map, draws shared.

Given the value of region i, Gi* rises or falls with one sum: that of the values at its
:math:`k_i` neighbours. If values are exchangeable, those neighbours are as good as any
:math:`k_i` of the other n - 1 regions (Anselin 1995). A draw of k out of *all* n regions that does
not hold i is such a set, so one list of draws per number of neighbours serves every region: those
that hold i are counted out. The mean and the variance of the sum need no draw, they have closed
forms (sampling without replacement).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from geo.errors import ParameterError

TIE = 1e-9
"""Sums closer than this share of the largest value are equal: their last bits differ by order."""
MOST_LISTS = 20
"""Times the draws asked for that are made at most, where most draws hold the region."""


def permutation_null(
    values: ArrayLike, neighbours: sparse.csr_array, *, draws: int = 9_999, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare each region's sum over its neighbours with sums over as many regions at random.

    Returns
    -------
    z_score, p_value, draws : ndarray, shape (n,)
        z is 0 where the neighbours leave no choice. p is two-sided: twice the smaller share of
        draws (the observed sum among them) at or beyond the observed sum, at most 1. The draws
        that count for a region are those that do not hold it: about as many as asked for, fewer
        where nearly all regions are neighbours, none where the neighbours leave no choice.
    """
    x = np.asarray(values, dtype=float)
    degree = neighbours.sum(axis=1).astype(int)
    size = len(degree)
    if x.shape != (size,) or not np.isfinite(x).all():
        raise ParameterError(
            f"values of shape {x.shape} for {size} regions: give one finite number for each"
        )
    if size < 3 or draws < 99:
        raise ParameterError(
            f"{size} regions and {draws} draws: at least 3 regions and 99 draws are needed"
        )
    x = x - x.mean()  # sums of deviations keep their digits
    observed = neighbours @ x
    slack = TIE * max(float(np.abs(x).max()), 1e-300)
    rng = np.random.default_rng(seed)
    upper, lower, effective = np.zeros(size), np.zeros(size), np.zeros(size)
    for count in np.unique(degree[(degree > 0) & (degree < size - 1)]):
        regions = np.flatnonzero(degree == count)
        lists = int(np.ceil(draws * min(size / (size - count), MOST_LISTS)))
        drawn = _draws(size, int(count), lists, rng)
        upper[regions], lower[regions], containing = _tails(
            x, observed[regions], regions, drawn, slack
        )
        effective[regions] = lists - containing
    p_value = np.minimum(1, 2 * (1 + np.minimum(upper, lower)) / (1 + effective))
    return _standardised(x, observed, degree), p_value, effective


def _draws(size: int, count: int, lists: int, rng: np.random.Generator) -> np.ndarray:
    """Sets of `count` different regions, shape (count, lists), by Floyd's rule."""
    drawn = np.empty((count, lists), dtype=np.int64)
    for number, top in enumerate(range(size - count, size)):
        taken = rng.integers(0, top + 1, lists)
        drawn[number] = np.where((drawn[:number] == taken).any(axis=0), top, taken)
    return drawn


def _tails(
    x: np.ndarray, own: np.ndarray, regions: np.ndarray, drawn: np.ndarray, slack: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws at or above, and at or below, each observed sum, without those that hold the region.

    `regions` are the positions of those asked for. Third: the draws that hold the region.
    """
    place = np.full(len(x), -1)
    place[regions] = np.arange(len(regions))
    sums = x.take(drawn).sum(axis=0)
    places = place.take(drawn).reshape(-1)
    mine = np.flatnonzero(places >= 0)
    region = places.take(mine)
    gap = sums.take(mine % len(sums)) - own.take(region)

    def count(regions: np.ndarray) -> np.ndarray:
        return np.bincount(regions, minlength=len(own))

    sums = np.sort(sums)
    not_above = np.searchsorted(sums, own + slack, side="right")
    below = np.searchsorted(sums, own - slack, side="left")
    high = len(sums) - below - count(region[gap >= -slack])
    low = not_above - count(region[gap <= slack])
    return high, low, count(region)


def _standardised(x: np.ndarray, observed: np.ndarray, degree: np.ndarray) -> np.ndarray:
    """Sums over k of the other n - 1 values, less their mean, over their standard deviation."""
    others = len(x) - 1
    mean = (x.sum() - x) / others
    spread = (np.sum(x**2) - x**2) / others - mean**2
    noise = 1e-12 * float(np.abs(x).max()) ** 2
    variance = np.where(spread > noise, spread, 0) * degree * (others - degree) / (others - 1)
    excess = observed - degree * mean
    return np.divide(excess, np.sqrt(variance), out=np.zeros(len(x)), where=variance > 0)
