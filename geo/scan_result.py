"""What a spatial scan is asked and what it answers: settings, clusters, result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.scan_windows import Kind

Coordinates = Literal["degrees", "metres"]


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Choices of a scan; every one of them is part of the result."""

    kind: Kind = "high"
    """look for too many reports, too few, or both."""
    coordinates: Coordinates = "degrees"
    """degrees: longitude and latitude, great-circle distance; metres: projected."""
    max_population_share: float = 0.5
    """largest share of the population that a window may hold."""
    replicas: int = 999
    """simulated maps; 9,999 resolves p-values down to 0.0001."""
    seed: int = 1
    """seed of the simulated maps."""
    dispersion: float = 1.0
    """variance of the simulated counts over that of chance alone."""
    max_clusters: int = 10
    """how many clusters to list, the most likely one first."""
    processes: int = 1
    """processes to share the simulated maps; the result does not depend on their number."""


@dataclass(frozen=True, slots=True)
class ScanCluster:
    """One circular cluster."""

    codes: tuple[str, ...]
    """codes of its regions, ascending."""
    positions: tuple[int, ...]
    """positions of its regions in the input, in the order of the codes."""
    centre_code: str
    """code of the region at its centre."""
    radius_m: float
    """distance from the centre to its farthest region, metres."""
    kind: Literal["high", "low"]
    """more, or fewer, reports than expected."""
    reported_count: int
    """reports inside."""
    expected: float
    """reports expected inside under equal risk."""
    population: float
    """people or person-years inside."""
    smr: float
    """reported_count over expected."""
    relative_risk: float
    """rate inside over the rate outside; infinite when there are no reports outside."""
    log_likelihood_ratio: float
    """Kulldorff's statistic, natural logarithm."""
    p_value: float
    """share of the maps (this one included) whose best window scores as high."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Clusters without overlap, most likely first, and what they were tested against."""

    clusters: tuple[ScanCluster, ...]
    settings: ScanSettings
    window_count: int
    """windows that differ in the set of their regions."""
    total_count: int
    smallest_p: float
    """1 / (replicas + 1)."""
    critical_ratio: float
    """95 % point of the best ratio in the simulated maps; NaN when nothing was tested."""
    status: Literal["tested", "no_reports", "no_windows"]
    """no_reports: all counts are zero; no_windows: every region alone exceeds the limit."""
