"""Kulldorff's spatial scan: circles around centroids whose reports exceed their share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import ParameterError
from geo.excess import LEVEL
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.interrupt import checkpoint
from geo.rates import require_pair

LARGEST_SHARE = 0.5
"""Of the population that a window may hold."""
MOST_CLUSTERS = 10
TIE_M = 1e-3
"""Distances closer than a millimetre are ties, broken by code."""
RATIO_TIE = 1e-9
"""Ratios closer than this are equal: the last bits differ with the order of a sum."""
MAP_CELLS = 240_000
"""Counts simulated at a time."""


@dataclass(frozen=True, slots=True)
class ScanCluster:
    """One circular cluster."""

    codes: tuple[str, ...]
    """codes of its regions, ascending."""
    reported_count: int
    """reports inside."""
    expected: float
    """reports expected inside under equal risk."""
    relative_risk: float
    """rate inside over the rate outside; infinite when there are no reports outside."""
    log_likelihood_ratio: float
    """Kulldorff's statistic, natural logarithm."""
    p_value: float
    """share of the maps (this one included) whose best window scores as high."""


def spatial_scan(
    reported_count: ArrayLike,
    population: ArrayLike,
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    codes: Sequence[str],
    replicas: int = 999,
    seed: int = 1,
    kappas: ArrayLike = (0.0,),
) -> tuple[ScanCluster, ...]:
    """Scan circles around region centroids for an excess of reports.

    A window may start at any centroid and grows until it holds half of the people. Each is scored
    by the Poisson log-likelihood ratio given the total; the p-value of a cluster compares its score
    with the best score of each map simulated under equal risk, with the waves of ``kappas``
    (:func:`geo.hotspots.equal_risk.draw_equal_risk`), so that it accounts for the search. Secondary
    clusters are listed as long as they overlap none before them and are compared with the same
    best scores, which is conservative.

    Parameters
    ----------
    reported_count : array_like, shape (n,)
        Whole numbers of one unit, registry and period.
    population : array_like, shape (n,)
        People or person-years.
    easting, northing : array_like, shape (n,)
        Metres.
    codes : sequence of str, length n
        Unique codes; ties in distance and in score are broken by them.
    replicas, seed : int
        Simulated maps, 19 at least, and their seed; 9,999 resolve p-values down to 0.0001. Between
        parts of them :func:`geo.interrupt.checkpoint` is told the share done: over 196 provinces
        they take about 3 s.
    kappas : array_like, shape (k,)
        Equally likely variances of the waves; 0 is chance alone.

    Returns
    -------
    tuple of ScanCluster
        Without overlap, most likely first, ten at most; none if nothing was reported or every
        region alone holds more than half of the people.

    Raises
    ------
    ParameterError
        Codes that repeat, coordinates that are missing, too few maps, counts or populations that
        :func:`geo.rates.require_pair` refuses.

    References
    ----------
    Kulldorff, M. (1997). A spatial scan statistic. Communications in Statistics - Theory and
    Methods 26, 1481-1496.

    Examples
    --------
    >>> best = spatial_scan(
    ...     [1, 9, 8, 1, 1], [10] * 5, range(5), [0] * 5, codes=list("abcde"), seed=3)[0]
    >>> best.codes, best.reported_count, best.expected, round(best.log_likelihood_ratio, 3)
    (('b', 'c'), 17, 8.0, 8.655)
    >>> best.p_value, round(best.relative_risk, 2)
    (0.001, 8.5)
    """
    reports, people = require_pair(reported_count, population)
    counts = reports.astype(np.int64)
    points, labels = _require_places(easting, northing, codes, counts.size)
    if replicas < 19:
        raise ParameterError(f"replicas = {replicas}: at least 19 are needed")
    by_code = np.argsort(labels, kind="stable")
    counts, people, points, labels = (
        counts[by_code],
        people[by_code],
        points[by_code],
        labels[by_code],
    )
    shares = population_shares(people)
    windows = Windows(points, shares, int(counts.sum()))
    if windows.total == 0 or not any(members.size for members in windows.members):
        return ()
    rng = np.random.default_rng(seed)
    part = int(np.clip(MAP_CELLS // shares.size, 16, 1024))
    null = np.empty(replicas)
    for done in range(0, replicas, part):
        checkpoint(done / replicas)
        size = min(part, replicas - done)
        maps = draw_equal_risk(windows.total, shares, kappas=kappas, size=size, rng=rng)
        null[done : done + size] = windows.best_ratio(maps)
    clusters = []
    for members, ratio in _without_overlap(windows, counts):
        inside, population_inside = int(counts[members].sum()), float(people[members].sum())
        expected = windows.total * population_inside / float(people.sum())
        outside = windows.total - inside
        risk_outside = outside / (windows.total - expected)
        clusters.append(
            ScanCluster(
                codes=tuple(labels[members].tolist()),
                reported_count=inside,
                expected=expected,
                relative_risk=inside / expected / risk_outside if outside else float("inf"),
                log_likelihood_ratio=ratio,
                p_value=float((1 + np.sum(null >= ratio - RATIO_TIE)) / (1 + null.size)),
            )
        )
    return tuple(clusters)


def is_undecided(p_value: ArrayLike, *, replicas: int) -> np.ndarray:
    """Whether a simulated p lies within two standard errors of the level.

    A share of ``replicas`` maps varies from seed to seed as a binomial one: its standard error at
    the level is sqrt(level (1 - level) / replicas). Nearer than two of them, the seed decides on
    which side of the level it falls.

    Examples
    --------
    >>> is_undecided([0.043, 0.059, 0.2], replicas=999).tolist()
    [True, True, False]
    >>> is_undecided([0.043, 0.059, 0.2], replicas=9_999).tolist()
    [False, False, False]
    """
    reach = 2 * np.sqrt(LEVEL * (1 - LEVEL) / replicas)
    return np.abs(np.asarray(p_value, dtype=float) - LEVEL) <= reach


class Windows:
    """Every circle that grows from a centroid until it holds too many people, and its score.

    The windows of centre c are the first 1, 2, ... members of ``members[c]``, regions by distance.
    """

    def __init__(self, points: np.ndarray, shares: np.ndarray, total: int) -> None:
        self.total = total
        steps = np.arange(total + 1, dtype=float)
        entropy = steps * np.log(np.where(steps > 0, steps, 1.0))
        self._table = entropy + entropy[::-1]
        self.members: list[np.ndarray] = []
        self._expected: list[np.ndarray] = []
        for place in points:
            distance = np.hypot(*(points - place).T)
            order = np.argsort(np.round(distance / TIE_M), kind="stable")
            inside = np.cumsum(shares[order])
            count = int(np.searchsorted(inside, LARGEST_SHARE * (1 + 1e-9), side="right"))
            self.members.append(order[:count])
            self._expected.append(inside[:count] * total)

    def ratios(self, counts: np.ndarray, centre: int) -> np.ndarray:
        """Log-likelihood ratio of the windows of a centre, shape (..., windows).

        Kulldorff's ratio for c reports inside, e expected there and N in all,

            c ln(c / e) + (N - c) ln((N - c) / (N - e)),

        is split into h(c) - c b - a with h(c) = c ln c + (N - c) ln(N - c) from a table of N + 1
        entries, a = N ln(N - e) and b = ln e - ln(N - e): no logarithm is taken per window and
        map. It is 0 where a window holds no more than expected.

        Parameters
        ----------
        counts : ndarray of int, shape (..., n)
        """
        inside = np.cumsum(counts[..., self.members[centre]], axis=-1)
        expected = self._expected[centre]
        e = np.clip(expected, 1e-300, None)
        outside = np.clip(self.total - e, 1e-300, None)
        slope, intercept = np.log(e) - np.log(outside), self.total * np.log(outside)
        ratio = self._table[inside] - inside * slope - intercept
        return np.where(inside > expected, np.maximum(ratio, 0.0), 0.0)

    def best_ratio(self, maps: np.ndarray) -> np.ndarray:
        """Largest ratio of each map, shape (maps,), from counts of shape (maps, n)."""
        best = np.zeros(len(maps))
        for centre, members in enumerate(self.members):
            if members.size:
                np.maximum(best, self.ratios(maps, centre).max(axis=1), out=best)
        return best


def _without_overlap(windows: Windows, counts: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Members and ratio of the best windows that share no region, best first."""
    ratios = [windows.ratios(counts, centre) for centre in range(len(windows.members))]
    chosen: list[tuple[np.ndarray, float]] = []
    while len(chosen) < MOST_CLUSTERS:
        best = max(ratio.max(initial=0.0) for ratio in ratios)
        if best <= RATIO_TIE:
            break
        # Equal scores: fewest regions first, then the lowest code of the centre.
        last, centre = min(
            (int(np.argmax(ratio >= best - RATIO_TIE)), centre)
            for centre, ratio in enumerate(ratios)
            if ratio.max(initial=0.0) >= best - RATIO_TIE
        )
        members = np.sort(windows.members[centre][: last + 1])
        chosen.append((members, float(best)))
        for around, ratio in zip(windows.members, ratios, strict=True):
            ratio[np.logical_or.accumulate(np.isin(around, members))] = 0.0
    return chosen


def _require_places(
    easting: ArrayLike, northing: ArrayLike, codes: Sequence[str], size: int
) -> tuple[np.ndarray, np.ndarray]:
    labels = np.array([str(code) for code in codes])
    if len(labels) != size or len(set(labels)) != size:
        raise ParameterError(
            f"{len(labels)} codes, {len(set(labels))} of them different, for {size} regions:"
            " give one unique code per region"
        )
    x, y = np.asarray(easting, dtype=float), np.asarray(northing, dtype=float)
    if x.shape != (size,) or y.shape != (size,):
        raise ParameterError(
            f"coordinates have shapes {x.shape} and {y.shape} for {size} regions:"
            " give one place per region"
        )
    points = np.column_stack([x, y])
    if not np.all(np.isfinite(points)):
        raise ParameterError("a coordinate is missing: give every region a place or leave it out")
    return points, labels
