"""What chance and the waves of reports alone look like in a period."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geo.twin import draw_equal_risk, population_shares
from maps.hotspots import ranked_counts
from maps.results import overdispersion

SHOWN = 3
"""simulated maps beside the real one."""
MANY = 9_999
"""simulated maps behind the sentence on the largest excess."""


@dataclass(frozen=True, slots=True)
class TwinMap:
    """One simulated map."""

    smr: dict[str, float]
    """reports over expected by department_ubigeo; a department that is not ranked is missing."""
    largest: str
    """code of the department with the largest excess."""


@lru_cache(maxsize=32)
def twins_for(period: str, seed: int) -> tuple[TwinMap, ...]:
    """Simulated maps in which every department has the same rate, with the measured waves."""
    codes = ranked_counts(period)["department_ubigeo"].tolist()
    return tuple(
        TwinMap(dict(zip(codes, map(float, row), strict=True)), codes[int(np.argmax(row))])
        for row in _ratios(period, seed, SHOWN)
    )


@lru_cache(maxsize=16)
def reach_of_chance(period: str, *, seed: int = 1) -> float:
    """The largest excess of a whole map that equal risk exceeds in 1 map of 20 only.

    Reports come in waves as the yearly ones do. A department with few expected reports swings
    most, so this is a statement on the map, not on each department.
    """
    return float(np.quantile(_ratios(period, seed, MANY).max(axis=1), 0.95))


def _ratios(period: str, seed: int, maps: int) -> np.ndarray:
    """Reports over expected of simulated maps, shape (maps, ranked departments)."""
    table = ranked_counts(period)
    total = int(table["reported_count"].sum())
    shares = population_shares(table["person_years"].to_numpy(dtype=float))
    kappas, rng = overdispersion().kappas, np.random.default_rng(seed)
    return draw_equal_risk(total, shares, kappas=kappas, size=maps, rng=rng) / (total * shares)
