r"""The permutation null of Gi* and local Moran: values exchangeable over the map, draws shared.

Given the value of region i, both statistics rise or fall with one sum: that of the values at its
:math:`k_i` neighbours. If values are exchangeable, those neighbours are as good as any
:math:`k_i` of the other n - 1 regions (Anselin 1995). A draw of k out of *all* n regions that does
not hold i is such a set, so one list of draws per number of neighbours serves every region: those
that hold i are counted out. The mean and the variance of the sum need no draw, they have closed
forms (sampling without replacement).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.contiguity import Contiguity
from geo.errors import ParameterError

TIE = 1e-9
"""Sums closer than this share of the largest value are equal: their last bits differ by order."""
PART = 1 << 18
"""Numbers drawn at once."""
KEYED = 32
"""Neighbours from which on a draw sorts keys of all regions instead of comparing pairs."""
MOST_LISTS = 20
"""Times the draws asked for that are made at most, where most draws hold the region."""


@dataclass(frozen=True, slots=True)
class PermutationNull:
    """Where each region's sum over its neighbours stands; every array has shape (n,)."""

    z_score: np.ndarray
    """sum less its expectation, over its standard deviation under exchangeable values; 0 where the
    neighbours leave no choice."""
    upper_p: np.ndarray
    """share of draws at or above the observed sum, the observed one among them."""
    lower_p: np.ndarray
    """share of draws at or below."""
    draws: np.ndarray
    """draws that count for the region: those that do not hold it, about as many as asked for;
    fewer where nearly all regions are neighbours (a tenth, if all but one in 200 are)."""

    @property
    def p_value(self) -> np.ndarray:
        """Two-sided: twice the smaller tail, at most 1; 1 for a region without neighbours."""
        return np.minimum(1, 2 * np.minimum(self.upper_p, self.lower_p))


def permutation_null(
    values: ArrayLike, contiguity: Contiguity, *, draws: int = 9_999, seed: int = 1
) -> PermutationNull:
    """Compare each region's sum over its neighbours with sums over as many regions at random.

    The tails are those of Gi* (the region's own value is in both), and of local Moran's I, folded
    where the region lies below the mean: two-sided they are equal. P-values of regions with
    equally many neighbours share their draws, so their errors go together.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite, and exchangeable under the null: of regions of unequal size give standardised rates
        (:func:`geo.local_statistics.standardised_rate`).
    contiguity : Contiguity
        Of n regions.
    draws : int
        Asked for each number of neighbours, at least 99.
    seed : int

    Returns
    -------
    PermutationNull

    Raises
    ------
    ParameterError
        Values that are missing or of another length, fewer than 3 regions, too few draws.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association - LISA. Geographical Analysis 27,
    93-115. Floyd's method of drawing without replacement: Bentley, J. and Floyd, B. (1987).
    Programming pearls: a sample of brilliance. Communications of the ACM 30, 754-757.

    Examples
    --------
    >>> row = np.arange(12)
    >>> ring = Contiguity(12, np.r_[row, row], np.r_[(row + 1) % 12, (row - 1) % 12])
    >>> null = permutation_null([9, 9, 9, 1, 2, 1, 2, 1, 2, 1, 2, 1], ring, draws=999)
    >>> round(float(null.z_score[1]), 2), bool(null.p_value[1] < 0.08)
    (3.13, True)
    """
    x = np.asarray(values, dtype=float)
    size = contiguity.size
    if x.shape != (size,) or not np.isfinite(x).all():
        raise ParameterError(
            f"values of shape {x.shape} for {size} regions: give one finite number for each"
        )
    if size < 3 or draws < 99:
        raise ParameterError(
            f"{size} regions and {draws} draws: at least 3 regions and 99 draws are needed"
        )
    x = x - x.mean()  # sums of deviations keep their digits
    degree = contiguity.cardinality
    observed = contiguity.sparse() @ x
    slack = TIE * max(float(np.abs(x).max()), 1e-300)
    rng = np.random.default_rng(seed)
    upper, lower, effective = np.zeros(size), np.zeros(size), np.zeros(size)
    place = np.full(size, -1)  # of a region among those in hand
    for count in np.unique(degree[(degree > 0) & (degree < size - 1)]):
        at = np.flatnonzero(degree == count)
        lists = int(np.ceil(draws * min(size / (size - count), MOST_LISTS)))
        place[at] = np.arange(len(at))
        high, low, held = _tails(x, observed[at], place, int(count), lists, slack, rng)
        upper[at], lower[at], effective[at] = high, low, lists - held
        place[at] = -1
    z_score = _standardised(x, observed, degree)
    return PermutationNull(
        z_score, (1 + upper) / (1 + effective), (1 + lower) / (1 + effective), effective
    )


def _tails(
    x: np.ndarray,
    own: np.ndarray,
    place: np.ndarray,
    count: int,
    lists: int,
    slack: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws at or above and at or below each observed sum that do not hold the region; and held.

    Only the regions with `count` neighbours are asked for: their observed sums, and their place
    among themselves, -1 for all others.
    """
    sums, held = np.empty(lists), np.zeros(len(own))
    high, low = np.zeros(len(own)), np.zeros(len(own))
    done = 0
    for drawn in _draws(len(x), count, lists, rng):
        total = x.take(drawn).sum(axis=0)
        sums[done : done + len(total)] = total
        done += len(total)
        places = place.take(drawn).reshape(-1)
        at = np.flatnonzero(places >= 0)
        region = places.take(at)
        gap = total.take(at % len(total)) - own.take(region)
        held += np.bincount(region, minlength=len(own))
        high -= np.bincount(region[gap >= -slack], minlength=len(own))
        low -= np.bincount(region[gap <= slack], minlength=len(own))
    sums.sort()
    not_above = np.searchsorted(sums, own + slack, side="right")
    below = not_above.copy()
    tied = np.flatnonzero((not_above > 0) & (sums[not_above - 1] >= own - slack))
    below[tied] = np.searchsorted(sums, own[tied] - slack, side="left")
    return high + (lists - below), low + not_above, held


def _draws(size: int, count: int, lists: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Sets of `count` different regions, shape (count, sets), in parts."""
    if count >= KEYED:
        step = max(1, PART // size)
        for begin in range(0, lists, step):
            keys = rng.random((min(step, lists - begin), size))
            yield np.argpartition(keys, count, axis=1)[:, :count].T
        return
    step = max(1, PART // count)
    for begin in range(0, lists, step):
        drawn = np.empty((count, min(step, lists - begin)), dtype=np.int64)
        for number, top in enumerate(range(size - count, size)):
            taken = rng.integers(0, top + 1, drawn.shape[1])
            is_twice = np.zeros(len(taken), dtype=bool)
            for earlier in drawn[:number]:
                is_twice |= earlier == taken
            drawn[number] = np.where(is_twice, top, taken)
        yield drawn


def _standardised(x: np.ndarray, observed: np.ndarray, degree: np.ndarray) -> np.ndarray:
    """Sums over k of the other n - 1 values, less their mean, over their standard deviation."""
    others = len(x) - 1
    mean = (x.sum() - x) / others
    spread = (np.sum(x**2) - x**2) / others - mean**2
    noise = 1e-12 * float(np.abs(x).max()) ** 2
    variance = np.where(spread > noise, spread, 0) * degree * (others - degree) / (others - 1)
    excess = observed - degree * mean
    return np.divide(excess, np.sqrt(variance), out=np.zeros(len(x)), where=variance > 0)
