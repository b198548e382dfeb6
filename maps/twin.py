"""What chance looks like: maps of equal risk for a period, and how far chance alone goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from data import load_region_counts
from geo.disclosure import gate
from geo.twin import equal_risk_twins
from maps.results import dispersion

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
    """Simulated maps in which every department has the same rate, with the measured dispersion."""
    table = _ranked(period)
    codes = table["department_ubigeo"].tolist()
    found = equal_risk_twins(
        table["reported_count"],
        table["person_years"],
        seed=seed,
        dispersion=max(1.0, dispersion().phi),
        maps=SHOWN,
    )
    ratios = found.counts / found.expected
    return tuple(
        TwinMap(dict(zip(codes, map(float, row), strict=True)), codes[int(np.argmax(row))])
        for row in ratios
    )


@lru_cache(maxsize=16)
def reach_of_chance(period: str, *, seed: int = 1) -> float:
    """The largest excess of a whole map that equal risk exceeds in 1 map of 20 only.

    Counts vary as the yearly reports do. A department with few expected reports swings most, so
    this is a statement on the map, not on each department.
    """
    table = _ranked(period)
    found = equal_risk_twins(
        table["reported_count"],
        table["person_years"],
        seed=seed,
        dispersion=max(1.0, dispersion().phi),
        maps=MANY,
    )
    return float(np.quantile((found.counts / found.expected).max(axis=1), 0.95))


def _ranked(period: str) -> pd.DataFrame:
    counts = gate(load_region_counts(period), "T1")
    return counts[counts["is_ranked"]]
