"""What a test of neighbourhoods is asked and what it answers: classes, settings, result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

Null = Literal["equal_risk", "permutation"]
Status = Literal["tested", "no_reports", "constant", "no_neighbours"]


class HotspotClass(StrEnum):
    """Confidence that a neighbourhood stands out, after Benjamini-Hochberg."""

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
class ClusterSettings:
    """Choices of a test; every one of them is part of the result."""

    replicas: int = 9_999
    """simulated maps."""
    seed: int = 1
    """seed of the simulated maps."""
    level: float = 0.05
    """a region whose smallest attainable p exceeds it is untestable."""
    dispersion: float = 1.0
    """variance of the simulated counts over that of chance alone; 1 with the permutation null."""
    null: Null = "equal_risk"
    """"equal_risk": reports fall by population. "permutation": the standardised rates are
    exchangeable, as other programs have it; for regions of alike size or for comparison."""


@dataclass(frozen=True, slots=True)
class LocalClusters:
    """One statistic per region with its test; every array has shape (n,)."""

    statistic: np.ndarray
    """Gi* as a z-score, or local Moran's I, on the standardised rates."""
    z_score: np.ndarray
    """tested deviation less its mean over the simulated maps, over their standard deviation."""
    p_value: np.ndarray
    """two-sided; 1 where untestable."""
    q_value: np.ndarray
    """Benjamini-Hochberg over the testable regions; NaN where untestable."""
    smallest_p: np.ndarray
    """smallest p that the simulated maps allow: no region can do better."""
    hotspot: tuple[HotspotClass, ...]
    """for local Moran: hot is HH, cold is LL; outliers HL and LH keep NOT_SIGNIFICANT."""
    quadrant: tuple[Quadrant, ...]
    is_significant: np.ndarray
    """q_value at or below the level, whatever the quadrant."""
    lone_q: float
    """q of a single region with the smallest p: above the level, only several can stand out."""
    global_i: float
    """Moran's I of the standardised rates; NaN when not defined."""
    settings: ClusterSettings
    status: Status
