"""Attack printed counts by linear programmes, as a reader who keeps all editions could."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from geo.errors import ParameterError

_IDLE = 8
"""programmes over many counts at once that may find nothing new before each is asked alone"""
_SAME = 1e-6
_MOST = 1e5
"""larger than any count: what nothing bounds is wide enough"""


@dataclass(slots=True)
class Printed:
    """Unknown counts, 0 or more, and the printed values of their sums."""

    size: int
    """how many counts there are; each is a position from 0 on"""
    sums: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """positions and what they add up to"""
    least: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """positions that add up to so many at least"""
    is_none: np.ndarray | None = None
    """bool (size,): everybody knows that it is zero"""


def narrow_sums(
    printed: Printed, asked: Sequence[tuple[Hashable, np.ndarray, float]]
) -> list[tuple[Any, float, float]]:
    """Return which requested sums are known too well: key, smallest and largest value.

    ``asked`` has key, positions and the width that is wide enough (largest minus smallest value).
    ParameterError where what is printed contradicts itself.
    """
    if not asked:
        return []
    rows = _rows([cells for cells, _ in printed.sums], printed.size)
    values = np.array([value for _, value in printed.sums], dtype=float)
    more = _rows([cells for cells, _ in printed.least], printed.size)
    floors = np.array([value for _, value in printed.least], dtype=float)
    sought = _rows([cells for _, cells, _ in asked], printed.size)
    needed = np.array([need for *_, need in asked], dtype=float)
    upper = np.full(printed.size, _MOST)
    if printed.is_none is not None:
        upper[printed.is_none] = 0.0
    bounds = np.stack([np.zeros(printed.size), upper], axis=1)
    low, high = np.full(len(asked), np.inf), np.full(len(asked), -np.inf)

    def push(signs: np.ndarray, chosen: list[np.intp]) -> None:
        nonlocal low, high
        direction = signs @ sought[chosen]
        for sign in (1.0, -1.0):
            answer = linprog(
                sign * direction,
                A_ub=-more if len(floors) else None,
                b_ub=-floors if len(floors) else None,
                A_eq=rows,
                b_eq=values,
                bounds=bounds,
                method="highs",
            )
            if answer.status != 0:
                raise ParameterError(f"printed counts contradict each other: {answer.message}")
            value = sought @ answer.x
            low, high = np.minimum(low, value), np.maximum(high, value)

    # one programme moves many counts at once, up in some places and down in others; what is still
    # narrow after that is asked alone
    random = np.random.default_rng(1)
    groups = np.array([hash(key[0]) if isinstance(key, tuple) else 0 for key, *_ in asked])
    idle = 0
    while idle < _IDLE:
        before = np.flatnonzero(~(high - low >= needed - _SAME))
        if not len(before):
            return []
        chosen = [random.choice(before[groups[before] == group]) for group in set(groups[before])]
        push(random.choice([-1.0, 1.0], len(chosen)), chosen)
        idle = idle + 1 if (~(high - low >= needed - _SAME)).sum() == len(before) else 0
    for index in np.flatnonzero(high - low < needed - _SAME):
        if high[index] - low[index] < needed[index] - _SAME:
            push(np.ones(1), [index])
    left = np.flatnonzero(high - low < needed - _SAME)
    return [(asked[index][0], float(low[index]), float(high[index])) for index in left.tolist()]


def _rows(sets: Sequence[np.ndarray], width: int) -> csr_matrix:
    """One row a set of positions: their sum."""
    if not sets:
        return csr_matrix((0, width))
    sizes = [len(cells) for cells in sets]
    place = np.repeat(np.arange(len(sets)), sizes), np.concatenate(sets)
    return csr_matrix((np.ones(sum(sizes)), place), shape=(len(sets), width))
