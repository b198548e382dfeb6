"""What somebody can find out who asks for every range of years of every area, and subtracts."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from geo.privacy.ranges import SMALLEST_SHOWN, is_shown

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
            ends = np.flatnonzero(cuts[area])
            sets += [own[:, i:j].ravel() for i, j in pairwise(ends)]
            whole = counts if area == areas else counts[area : area + 1]
            for i in range(years):
                for j in range(i + 1, years + 1):
                    mine = own[:, i:j].ravel()
                    small = counts.flat[mine].sum() < SMALLEST_SHOWN and not is_rest[members].any()
                    if recorded[i:j].any() and small and not is_shown(cuts[area], i, j):
                        total = whole[:, i:j][..., ~is_rest].sum()
                        hidden.append(((area, i, j, members[0]), mine, min(width, total)))
    if not hidden:
        return []
    truth = counts.ravel().astype(float)
    known = _rows(sets, counts.size)
    asked = _rows([cells for _, cells, _ in hidden], counts.size)
    needed = np.array([need for *_, need in hidden], dtype=float)
    is_possible = recorded[None, :, None] | is_rest
    upper = np.where(np.broadcast_to(is_possible, counts.shape).ravel(), np.inf, 0.0)
    bounds = np.stack([np.zeros(counts.size), upper], axis=1)
    low = high = asked @ truth

    def push(objective: np.ndarray) -> None:
        nonlocal low, high
        answer = linprog(objective, A_eq=known, b_eq=known @ truth, bounds=bounds, method="highs")
        assert answer.status == 0, answer.message
        value = asked @ answer.x
        low, high = np.minimum(low, value), np.maximum(high, value)

    # one programme moves a count of every area at once, up in some and down in others, so that the
    # country's total can hold; what is still narrow after that is asked alone
    random = np.random.default_rng(1)
    area_of = np.array([key[0] for key, *_ in hidden])
    idle = 0
    while idle < 8:
        before = np.flatnonzero(high - low < needed - 1e-6)
        chosen = [random.choice(before[area_of[before] == area]) for area in set(area_of[before])]
        if not chosen:
            return []
        signs = csr_matrix(random.choice([-1.0, 1.0], len(chosen)))
        direction = (signs @ asked[chosen]).toarray().ravel()
        push(direction)
        push(-direction)
        idle = idle + 1 if (high - low < needed - 1e-6).sum() == len(before) else 0
    for one in np.flatnonzero(high - low < needed - 1e-6):
        direction = asked[one].toarray().ravel()
        push(direction)
        push(-direction)
    left = np.flatnonzero(high - low < needed - 1e-6)
    return [(*hidden[one][0], float(low[one]), float(high[one])) for one in left]


def _rows(sets: Sequence[np.ndarray], width: int) -> csr_matrix:
    """One row a set of cells: their sum."""
    sizes = [len(cells) for cells in sets]
    place = np.repeat(np.arange(len(sets)), sizes), np.concatenate(sets)
    return csr_matrix((np.ones(sum(sizes)), place), shape=(len(sets), width))
