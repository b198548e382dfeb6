"""Circular windows over region centroids for the spatial scan, and what each would score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EARTH_RADIUS_M = 6_371_008.8
TIE_M = 1e-3
"""Distances closer than a millimetre are ties, broken by code."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Every circle that grows from a centroid until it holds too many people.

    The windows of centre c are the first 1, 2, ... members of ``members[c]``. Regions are numbered
    in the order of their codes.
    """

    members: tuple[np.ndarray, ...]
    """per centre, shape (windows of that centre,), int32: regions by distance."""
    radius_m: tuple[np.ndarray, ...]
    """per centre, distance in metres of each member from the centre."""
    share: tuple[np.ndarray, ...]
    """per centre, share of the population inside each window."""
    distinct_count: int
    """windows that differ in the set of their regions."""


def circular_windows(
    points: np.ndarray, shares: np.ndarray, *, is_degrees: bool, max_share: float
) -> Windows:
    """Build the windows.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Longitude and latitude in degrees, or easting and northing in metres, in code order.
    shares : ndarray, shape (n,)
        Shares of the population, summing to 1.
    is_degrees : bool
        Great-circle distance (haversine, mean Earth radius) instead of the straight one.
    max_share : float
        Largest share of the population that a window may hold.
    """
    size = len(points)
    # A random 64-bit word per region: the sum over a window names its set of regions, whatever
    # the order in which they entered. Two words make an accidental match unthinkable.
    words = np.random.default_rng(0).integers(0, 2**63, size=(2, size), dtype=np.uint64)
    members, radii, inside, names = [], [], [], []
    for centre in range(size):
        distance = _distance_m(points, centre, is_degrees=is_degrees)
        order = np.argsort(np.round(distance / TIE_M), kind="stable").astype(np.int32)
        cumulated = np.cumsum(shares[order])
        held = int(np.searchsorted(cumulated, max_share * (1 + 1e-9), side="right"))
        members.append(order[:held])
        radii.append(distance[order[:held]])
        inside.append(cumulated[:held])
        names.append(np.cumsum(words[:, order[:held]], axis=1, dtype=np.uint64).T)
    flat = np.concatenate(names)
    distinct = len(np.unique(flat, axis=0)) if flat.size else 0
    return Windows(tuple(members), tuple(radii), tuple(inside), distinct)


def _distance_m(points: np.ndarray, centre: int, *, is_degrees: bool) -> np.ndarray:
    if not is_degrees:
        return np.hypot(*(points - points[centre]).T)
    longitude, latitude = np.radians(points).T
    half = (
        np.sin((latitude - latitude[centre]) / 2) ** 2
        + np.cos(latitude)
        * np.cos(latitude[centre])
        * np.sin((longitude - longitude[centre]) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


class Scorer:
    """Log-likelihood ratio of every window for whole maps at once.

    Kulldorff's ratio for c reports inside, e expected there and N in all,

        c ln(c / e) + (N - c) ln((N - c) / (N - e)),

    is split into h(c) - c b - a with h(c) = c ln c + (N - c) ln(N - c) from a table of N + 1
    entries, a = N ln(N - e) and b = ln e - ln(N - e): no logarithm is taken per window and map.

    It is 0 where a window holds no more than expected.

    The largest ratio of a map needs few of them: a window can only matter when its count reaches
    the one that gives the best ratio found so far, and those critical counts do not depend on the
    map. So a map costs a running sum and a comparison of small integers per window.
    """

    __slots__ = ("_critical", "intercept", "slope", "table", "total", "windows")

    LEVEL_STEP = 0.5
    """Critical counts are kept for ratios 0, 0.5, 1, ...: exact, only slightly less sharp."""

    def __init__(self, windows: Windows, total: int) -> None:
        self.windows, self.total = windows, total
        steps = np.arange(total + 1, dtype=float)
        entropy = steps * np.log(np.where(steps > 0, steps, 1.0))
        self.table = entropy + entropy[::-1]
        self.slope: list[np.ndarray] = []
        self.intercept: list[np.ndarray] = []
        for share in windows.share:
            expected = np.clip(share * total, 1e-300, None)
            outside = np.clip(total - expected, 1e-300, None)
            self.slope.append(np.log(expected) - np.log(outside))
            self.intercept.append(total * np.log(outside))
        self._critical: dict[int, list[np.ndarray]] = {}

    @property
    def count_type(self) -> type[np.signedinteger]:
        """Smallest integer that holds the total: the running sums are bound by memory."""
        return np.int16 if self.total < 32_000 else np.int32

    def ratio(self, inside: np.ndarray, centre: int, window: np.ndarray) -> np.ndarray:
        """Log-likelihood ratio, 0 where there are no more reports than expected.

        Parameters
        ----------
        inside : ndarray of int
            Reports inside each window.
        centre : int
            Position of the centre.
        window : ndarray of int, same shape
            Which window of the centre.
        """
        ratio = (
            self.table[inside]
            - inside * self.slope[centre][window]
            - self.intercept[centre][window]
        )
        expected = self.windows.share[centre][window] * self.total
        return np.where(inside > expected, np.maximum(ratio, 0.0), 0.0)

    def of_map(self, counts: np.ndarray, centre: int) -> tuple[np.ndarray, np.ndarray]:
        """Ratio and reports inside of every window of a centre for one map, shape (windows,)."""
        inside = np.cumsum(counts[self.windows.members[centre]])
        return self.ratio(inside, centre, np.arange(inside.size)), inside

    def maximum(self, counts: np.ndarray) -> np.ndarray:
        """Return the largest ratio of each map, shape (maps,), 0 at least.

        Parameters
        ----------
        counts : ndarray, shape (n, maps)
            Reports per region, each column a map with the total of the scorer.
        """
        counts = np.ascontiguousarray(counts, dtype=self.count_type)
        best = np.zeros(counts.shape[1])
        for centre, members in enumerate(self.windows.members):
            if not members.size:
                continue
            critical = self._critical_counts(int(best.min() / self.LEVEL_STEP))[centre]
            inside = np.add.accumulate(counts.take(members, axis=0), axis=0, dtype=self.count_type)
            candidate = inside >= critical[:, None]
            window, column = np.divmod(np.flatnonzero(candidate), counts.shape[1])
            if window.size:
                found = self.ratio(inside[window, column].astype(np.intp), centre, window)
                np.maximum.at(best, column, found)
        return best

    def _critical_counts(self, level: int) -> list[np.ndarray]:
        """Per centre: the smallest count of each window whose ratio reaches a level."""
        if level not in self._critical:
            largest = self._largest_expected(level * self.LEVEL_STEP)
            # The slack keeps rounding from dropping a window that reaches the level exactly.
            self._critical[level] = [
                np.searchsorted(largest, share * self.total * (1 - 1e-7)).astype(self.count_type)
                for share in self.windows.share
            ]
        return self._critical[level]

    def _largest_expected(self, ratio: float) -> np.ndarray:
        """Per count 0 to N: how large an expectation may be to reach a ratio.

        The ratio falls as the expectation rises towards the count, so it is bisected once for
        every count; the limit grows with the count.
        """
        count = np.arange(self.total + 1, dtype=float)
        tiny = 1e-9
        far, near = np.full(count.size, tiny), np.clip(count, tiny, self.total - tiny)
        for _ in range(60):
            middle = (far + near) / 2
            reached = self.table - count * np.log(middle)
            reached -= (self.total - count) * np.log(self.total - middle)
            far = np.where(reached >= ratio, middle, far)
            near = np.where(reached >= ratio, near, middle)
        return np.maximum.accumulate(np.where(count > 0, near, 0.0))
