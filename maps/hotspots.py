"""The lenses on one period: exact excess, spatial scan, local Moran and Gi*."""

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
from maps.results import dispersion, results_for

Lens = Literal["excess", "scan", "moran", "gistar"]
LENSES: tuple[str, ...] = get_args(Lens)
REPLICAS = (999, 9_999)
"""Simulated maps of the scan that are offered: p-values down to 0.001 or 0.0001."""
SCAN_REPLICAS = REPLICAS[-1]
"""of the scan unless another number is asked for: with 999 the seed decided a grade."""
LOCAL_REPLICAS = 9_999
"""of Moran and Gi*: 25 regions are tested at once, so their smallest p has to be small."""
_LOCAL = {"moran": moran_clusters, "gistar": hot_spots}
_FIRST = ("department_ubigeo", "department", "reported_count", "unit", "registry", "person_years")


def lens_table(period: str, lens: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """Rows of a lens that judges each department: excess, moran or gistar.

    Parameters
    ----------
    period : str
        A code of ``data.periods.PERIODS``.
    lens : {"excess", "moran", "gistar"}
        excess is exact: it is the table of ``maps.results.results_for`` and draws nothing.
    seed, replicas : int
        Of the simulated maps.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        For moran and gistar: department_ubigeo, department, reported_count, unit, registry,
        person_years, statistic, z_score, p_value, q_value, smallest_p, hotspot, quadrant,
        is_significant, then p_value_overdispersed, q_value_overdispersed and
        hotspot_overdispersed (the same against maps that vary as the yearly reports do), flags.
        A department that is not ranked is left out of the analysis; its row says untestable.
    """
    if lens == "excess":
        return results_for(period)
    counts = gate(load_region_counts(period), "T1")
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    chance = _local(period, lens, seed, replicas, 1.0)
    waves = _local(period, lens, seed, replicas, _phi())
    columns: dict[str, Any] = {
        "statistic": _spread(chance.statistic, ranked),
        "z_score": _spread(chance.z_score, ranked),
        "p_value": _spread(chance.p_value, ranked),
        "q_value": _spread(chance.q_value, ranked),
        "smallest_p": _spread(chance.smallest_p, ranked),
        "hotspot": _named(chance.hotspot, ranked, "untestable"),
        "quadrant": _named(chance.quadrant, ranked, ""),
        "is_significant": _spread(chance.is_significant, ranked, fill=0.0) > 0,
        "p_value_overdispersed": _spread(waves.p_value, ranked),
        "q_value_overdispersed": _spread(waves.q_value, ranked),
        "hotspot_overdispersed": _named(waves.hotspot, ranked, "untestable"),
        "flags": counts["flags"].tolist(),
    }
    frame = counts.loc[:, list(_FIRST)].assign(**columns)
    return gate(derive(frame, counts, name=f"hotspots_{lens}"), "T1")


def scan_table(period: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """Clusters of the scan with both p-values, most likely first.

    Only excess is looked for: a circle of few reports would swallow a department of many and hide
    it. The clusters are the same with and without dispersion; what differs is their p.

    Returns
    -------
    DataFrame, one row a cluster
        departments (list of codes), kind, observed, expected, relative_risk, llr, p_value (against
        chance alone), p_value_overdispersed (against maps that vary as the yearly reports do).
    """
    counts = gate(load_region_counts(period), "T1")
    chance = _scan(period, seed, replicas, 1.0)
    waves = _scan(period, seed, replicas, _phi())
    frame = pd.DataFrame(
        {
            "departments": [list(cluster.codes) for cluster in chance.clusters],
            "kind": [cluster.kind for cluster in chance.clusters],
            "observed": [cluster.reported_count for cluster in chance.clusters],
            "expected": [cluster.expected for cluster in chance.clusters],
            "relative_risk": [cluster.relative_risk for cluster in chance.clusters],
            "llr": [cluster.log_likelihood_ratio for cluster in chance.clusters],
            "p_value": [cluster.p_value for cluster in chance.clusters],
            "p_value_overdispersed": [cluster.p_value for cluster in waves.clusters],
        }
    )
    return gate(derive(frame, counts, name="hotspots_scan"), "T1")


def _phi() -> float:
    return max(1.0, dispersion().phi)


def _ranked(period: str) -> pd.DataFrame:
    counts = gate(load_region_counts(period), "T1")
    return counts[counts["is_ranked"]]


@lru_cache(maxsize=32)
def _local(period: str, lens: str, seed: int, replicas: int, phi: float) -> LocalClusters:
    table = _ranked(period)
    settings = ClusterSettings(replicas=replicas, seed=seed, dispersion=phi)
    return _LOCAL[lens](
        table["reported_count"],
        table["person_years"],
        contiguity_of(table["department_ubigeo"].tolist()),
        settings=settings,
    )


@lru_cache(maxsize=32)
def _scan(period: str, seed: int, replicas: int, phi: float) -> ScanResult:
    table = _ranked(period)
    codes = table["department_ubigeo"].tolist()
    places = [centroids()[code] for code in codes]
    return spatial_scan(
        table["reported_count"],
        table["person_years"],
        [place[0] for place in places],
        [place[1] for place in places],
        codes=codes,
        settings=ScanSettings(
            kind="high", coordinates="metres", replicas=replicas, seed=seed, dispersion=phi
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
