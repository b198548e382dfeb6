"""Under equal risk in Peru P(p <= a) is at most a, for every lens and the people as shipped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from data import load_region_counts
from geo.change import PeriodCounts, change_between
from geo.clusters import ClusterSettings, hot_spots, moran_clusters
from geo.excess import exact_excess
from geo.scan import ScanSettings, spatial_scan
from geo.twin import equal_risk_twins
from maps.centroids import centroids, contiguity_of

MAPS = 2_000
LEVELS = (0.01, 0.05, 0.10)
COUNTS = load_region_counts("2023")
PEOPLE = COUNTS["person_years"].to_numpy(dtype=float)
CODES = COUNTS["department_ubigeo"].tolist()
PLACES = np.array([centroids()[code] for code in CODES])
NEAR = contiguity_of(CODES)


def p_excess(counts: np.ndarray, seed: int) -> np.ndarray:
    """Exact: no seed."""
    return exact_excess(counts, PEOPLE).p_value


def p_scan(counts: np.ndarray, seed: int) -> np.ndarray:
    """Of the most likely cluster: one p for the whole search."""
    found = spatial_scan(
        counts,
        PEOPLE,
        PLACES[:, 0],
        PLACES[:, 1],
        codes=CODES,
        settings=ScanSettings(coordinates="metres", replicas=999, seed=seed, max_clusters=1),
    )
    return np.array([found.clusters[0].p_value])


def p_moran(counts: np.ndarray, seed: int) -> np.ndarray:
    """Per region."""
    return moran_clusters(counts, PEOPLE, NEAR, settings=local(seed)).p_value


def p_gistar(counts: np.ndarray, seed: int) -> np.ndarray:
    """Per region."""
    return hot_spots(counts, PEOPLE, NEAR, settings=local(seed)).p_value


def local(seed: int) -> ClusterSettings:
    """999 maps, another seed for each map of the study."""
    return ClusterSettings(replicas=999, seed=seed)


def p_change(counts: np.ndarray, seed: int) -> np.ndarray:
    """Two maps of one rate, the second over 0.7 of the time; totals are left to chance."""
    rng = np.random.default_rng(seed)
    rate = counts.sum() / PEOPLE.sum()
    periods = (
        PeriodCounts(
            year, f"{year}-01", f"{year}-12", "complaint", "R", rng.poisson(rate * years), years
        )
        for year, years in (("2001", PEOPLE), ("2002", 0.7 * PEOPLE))
    )
    return change_between(*periods).p_value


@pytest.mark.slow
@pytest.mark.parametrize("lens", [p_excess, p_scan, p_moran, p_gistar, p_change])
def test_false_alarms_are_no_more_than_the_level(
    lens: Callable[[np.ndarray, int], np.ndarray],
) -> None:
    """2,000 maps of 1,000 reports; the worst region may lie four standard errors above a."""
    drawn = equal_risk_twins([1_000] + [0] * 24, PEOPLE, seed=17, maps=MAPS).counts
    p_value = np.array([lens(counts, 5_000 + row) for row, counts in enumerate(drawn)])
    for level in LEVELS:
        rate = (p_value <= level).mean(axis=0)
        error = np.sqrt(level * (1 - level) / MAPS)
        assert rate.max() <= level + 4 * error
        assert rate.mean() <= level + error
