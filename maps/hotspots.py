"""The lenses on one period: excess, spatial scan, local Moran and Gi*."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from data import load_region_counts
from geo.clusters import ClusterSettings, LocalClusters, hot_spots, moran_clusters
from geo.disclosure import derive, gate
from geo.scan import ScanResult, ScanSettings, spatial_scan
from maps.centroids import centroids, contiguity_of
from maps.results import overdispersion, results_for

Lens = Literal["excess", "scan", "moran", "gistar"]
LENSES: tuple[str, ...] = get_args(Lens)
REPLICAS = (999, 9_999)
"""Simulated maps that are offered: p-values down to 0.001 or 0.0001."""
SCAN_REPLICAS = REPLICAS[-1]
"""unless another number is asked for: with 999 the seed decides on a cluster near the level."""
_LOCAL = {"moran": moran_clusters, "gistar": hot_spots}
_FIRST = ("department_ubigeo", "department", "reported_count", "unit", "registry", "person_years")


def lens_table(period: str, lens: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """Rows of a lens that judges each department: excess, moran or gistar.

    Parameters
    ----------
    period : str
        A code of ``data.periods.PERIODS``.
    lens : {"excess", "moran", "gistar"}
        excess draws nothing: it is the table of ``maps.results.results_for``.
    seed, replicas : int
        Of the permutations.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        For moran and gistar: department_ubigeo, department, reported_count, unit, registry,
        person_years, statistic, z_score, p_value, q_value, smallest_p, hotspot, quadrant,
        is_significant, flags. A department that is not ranked is left out of the analysis; its
        row says untestable.
    """
    if lens == "excess":
        return results_for(period)
    counts = load_region_counts(period)
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    found = _local(period, lens, seed, replicas)
    columns: dict[str, Any] = {
        "statistic": _spread(found.statistic, ranked),
        "z_score": _spread(found.z_score, ranked),
        "p_value": _spread(found.p_value, ranked),
        "q_value": _spread(found.q_value, ranked),
        "smallest_p": _spread(found.smallest_p, ranked),
        "hotspot": _named(found.hotspot, ranked, "untestable"),
        "quadrant": _named(found.quadrant, ranked, ""),
        "is_significant": _spread(found.is_significant, ranked, fill=0.0) > 0,
        "flags": counts["flags"].tolist(),
    }
    frame = counts.loc[:, list(_FIRST)].assign(**columns)
    return gate(derive(frame, counts, name=f"hotspots_{lens}"), "T1")


def scan_table(period: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """Clusters of excess, most likely first: does an excess cross a border?

    The simulated maps have the waves of yearly reports, each with one of the twenty kappas: p
    carries the uncertainty of kappa. Only excess is looked for: a circle of few reports would
    swallow a department of many and hide it.

    Returns
    -------
    DataFrame, one row a cluster
        departments (list of codes), kind ("high"), observed, expected, relative_risk, llr,
        p_value.
    """
    counts = load_region_counts(period)
    clusters = _scan(period, seed, replicas).clusters
    frame = pd.DataFrame(
        {
            "departments": [list(cluster.codes) for cluster in clusters],
            "kind": ["high"] * len(clusters),
            "observed": [cluster.reported_count for cluster in clusters],
            "expected": [cluster.expected for cluster in clusters],
            "relative_risk": [cluster.relative_risk for cluster in clusters],
            "llr": [cluster.log_likelihood_ratio for cluster in clusters],
            "p_value": [cluster.p_value for cluster in clusters],
        }
    )
    return gate(derive(frame, counts, name="hotspots_scan"), "T1")


def ranked_counts(period: str) -> pd.DataFrame:
    """Counts of a period without the departments that are not ranked."""
    counts = load_region_counts(period)
    return counts[counts["is_ranked"]]


@lru_cache(maxsize=32)
def _local(period: str, lens: str, seed: int, replicas: int) -> LocalClusters:
    table = ranked_counts(period)
    return _LOCAL[lens](
        table["reported_count"],
        table["person_years"],
        contiguity_of(table["department_ubigeo"].tolist()),
        settings=ClusterSettings(replicas=replicas, seed=seed),
    )


@lru_cache(maxsize=32)
def _scan(period: str, seed: int, replicas: int) -> ScanResult:
    table = ranked_counts(period)
    codes = table["department_ubigeo"].tolist()
    places = [centroids()[code] for code in codes]
    return spatial_scan(
        table["reported_count"],
        table["person_years"],
        [place[0] for place in places],
        [place[1] for place in places],
        codes=codes,
        settings=ScanSettings(
            coordinates="metres",
            replicas=replicas,
            seed=seed,
            kappas=tuple(overdispersion().kappas.tolist()),
        ),
    )


def _spread(values: np.ndarray, ranked: np.ndarray, *, fill: float = np.nan) -> np.ndarray:
    """Values of the ranked departments in their rows, ``fill`` in the others."""
    spread = np.full(ranked.size, fill)
    spread[ranked] = values + 0.0  # no minus zero in an answer
    return spread


def _named(values: tuple[str, ...], ranked: np.ndarray, fill: str) -> list[str]:
    given = iter(values)
    return [str(next(given)) if is_ranked else fill for is_ranked in ranked]
