"""The attack on counts whose truth a test knows: every range of every area, cut in some places."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.privacy.range_attack import Printed, narrow_sums
from geo.privacy.ranges import is_shown

WIDTH = SMALLEST_SHOWN - 1
"""largest minus smallest possible value: five values are as many as "below 5" allows"""


def narrow_counts(
    counts: np.ndarray,
    published: Sequence[tuple[Sequence[int], np.ndarray]],
    *,
    rest: Sequence[int] = (),
    width: int = WIDTH,
) -> list[tuple[int, int, int, int, float, float]]:
    """Hidden counts below 5 that linear programmes pin down: area, years, category, bounds.

    ``counts`` (areas, years, kinds) are the truth. The attacker knows the total of every area and
    year, which years the country did not record, that nothing is negative, and all ranges shown:
    ``published`` has, for each published category, the kinds that it adds up and its cuts
    (areas + 1, years + 1). An interval is wide enough if it spans ``width`` or the area's total.
    The kinds ``rest`` are what was not recorded: all there is of a year that the country did
    not record, no part of the total of the others, and nobody is known by it: no bound is asked.
    """
    areas, years, kinds = counts.shape
    is_rest = np.isin(np.arange(kinds), rest)
    recorded = counts[..., ~is_rest].sum(axis=(0, 2)) > 0
    at = np.arange(counts.size).reshape(counts.shape)
    sets = [at[area, year] for area in range(areas) for year in range(years)]
    hidden = []
    for members, cuts in published:
        for area in range(areas + 1):
            own = at[:, :, members] if area == areas else at[area : area + 1][:, :, members]
            sets += [own[:, i:j].ravel() for i, j in pairwise(np.flatnonzero(cuts[area]))]
            whole = counts if area == areas else counts[area : area + 1]
            for i, j in combinations(range(years + 1), 2):
                mine = own[:, i:j].ravel()
                small = counts.flat[mine].sum() < SMALLEST_SHOWN and not is_rest[members].any()
                if recorded[i:j].any() and small and not is_shown(cuts[area], i, j):
                    total = whole[:, i:j][..., ~is_rest].sum()
                    hidden.append(((area, i, j, members[0]), mine, min(width, total)))
    is_possible = recorded[None, :, None] | is_rest
    none = ~np.broadcast_to(is_possible, counts.shape).ravel()
    sums = [(cells, float(counts.flat[cells].sum())) for cells in sets]
    narrowed = narrow_sums(Printed(counts.size, sums, is_none=none), hidden)
    return [(*key, low, high) for key, low, high in narrowed]
