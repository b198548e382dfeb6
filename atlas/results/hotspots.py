"""Excess, spatial scan and Gi* of one period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from atlas.results.regions import overdispersion, results_for, spread
from data.cache import cached
from data.geography import load_departments, load_provinces
from data.periods import LEVELS, Period
from data.reports import AREA_COLUMNS, load_region_counts
from geo.crs import to_analysis
from geo.hotspots.clusters import LocalClusters, hot_spots, queen_contiguity
from geo.hotspots.scan import ScanCluster, spatial_scan
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed
from geo.regions import with_kappa

if TYPE_CHECKING:
    import geopandas as gpd


@cached
def _outlines(level: str) -> gpd.GeoDataFrame:
    frame = load_departments() if level == LEVELS[0] else load_provinces()
    return frame.set_index(AREA_COLUMNS[level])


@cached
def _centres(level: str) -> pd.DataFrame:
    """Return easting and northing (metres, equal-area) of each area's centre, by code.

    Of a department its centroid; of a province, whose people live in a corner of it, their mean.
    """
    table = _outlines(level)
    if level == LEVELS[0]:
        centres = shapely.centroid(table.geometry.to_numpy())
        places = shapely.get_x(centres), shapely.get_y(centres)
    else:
        places = table["longitude"].to_numpy(), table["latitude"].to_numpy()
    easting, northing = to_analysis(*places)
    return pd.DataFrame({"x": easting, "y": northing}, index=table.index)


def contiguity_of(codes: list[str], level: str = LEVELS[0]) -> sparse.csr_array:
    """Return which of the named areas touch each other, in the order given.

    An area without an outline, which a refreshed file may leave, touches none.
    """
    shapes = _outlines(level).geometry.loc[codes]
    drawn = np.flatnonzero(shapes.notna())
    touching = queen_contiguity(
        shapes.iloc[drawn].to_numpy(),
    ).tocoo()
    first, second = drawn[touching.row], drawn[touching.col]
    touches = sparse.csr_array((np.ones(first.size), (first, second)), shape=(len(codes),) * 2)
    touches.sort_indices()
    return touches


LENSES = ("excess", "scan", "gistar")
REPLICAS = (999, 9_999)
"""Simulated maps that are offered: p-values down to 0.001 or 0.0001."""
SCAN_REPLICAS = REPLICAS[-1]
"""unless another number is asked for: with 999 the seed decides on a cluster near the level."""
_COLUMNS = ("department_ubigeo", "department", "reported_count", "unit", "registry", "person_years")
_PROVINCE = ("province_ubigeo", "province")


@framed
def lens_table(period: Period, lens: str, *, seed: int, replicas: int) -> Tiered[pd.DataFrame]:
    """Rows of a lens that judges each area: 25 departments or 196 provinces, sorted by code.

    ``lens`` is excess or gistar; excess draws nothing and is the table of
    ``atlas.results.regions.results_for``. ``seed`` and ``replicas`` are of the permutations. An
    area that is not ranked is left out of the analysis; its row says untestable.
    """
    if lens == "excess":
        return results_for.tiered(period).without("compared")
    loaded = load_region_counts.tiered(period)
    counts = loaded.frame
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    local = _gistar(period, seed, replicas)
    numbers = ("statistic", "z_score", "p_value", "q_value", "smallest_p")
    first = [*(name for name in _PROVINCE if name in counts.columns), *_COLUMNS]
    frame = counts.loc[:, first].assign(
        # no minus zero in an answer
        **{name: spread(getattr(local, name) + 0.0, ranked) for name in numbers},
        hotspot=spread(map(str, local.hotspot), ranked, "untestable"),
        quadrant=spread(map(str, local.quadrant), ranked, ""),
        is_significant=spread(local.is_significant, ranked, False),
        flags=counts["flags"],
    )
    frame = with_kappa(frame, overdispersion(period))
    return gate(derive(frame, loaded, name=f"hotspots_{lens}"), "T1")


@framed
def scan_table(period: Period, *, seed: int, replicas: int) -> Tiered[pd.DataFrame]:
    """Clusters of excess, one row each, most likely first.

    The simulated maps have the waves of times as long as the period, each with one of the twenty
    kappas: p carries the uncertainty of kappa. Only excess is looked for: a circle of few reports
    would swallow an area of many and hide it. The column "departments" or "provinces" (the
    period's level) holds the codes.
    """
    counts = load_region_counts.tiered(period)
    clusters = _scan(period, seed, replicas)
    frame = pd.DataFrame(
        {
            period.level: [list(cluster.codes) for cluster in clusters],
            "kind": ["high"] * len(clusters),
            "observed": [cluster.reported_count for cluster in clusters],
            "expected": [cluster.expected for cluster in clusters],
            "relative_risk": [cluster.relative_risk for cluster in clusters],
            "llr": [cluster.log_likelihood_ratio for cluster in clusters],
            "p_value": [cluster.p_value for cluster in clusters],
        }
    )
    frame = with_kappa(frame, overdispersion(period))
    return gate(derive(frame, counts, name="hotspots_scan"), "T1")


def ranked_counts(period: Period) -> pd.DataFrame:
    """Return the counts of a period without the areas that are not ranked."""
    counts = load_region_counts(period)
    return counts[counts["is_ranked"]]


@cached
def _gistar(period: Period, seed: int, replicas: int) -> LocalClusters:
    table = ranked_counts(period)
    return hot_spots(
        table["reported_count"],
        table["person_years"],
        contiguity_of(table[AREA_COLUMNS[period.level]].tolist(), period.level),
        replicas=replicas,
        seed=seed,
    )


@cached
def _scan(period: Period, seed: int, replicas: int) -> tuple[ScanCluster, ...]:
    table = ranked_counts(period)
    codes = table[AREA_COLUMNS[period.level]].tolist()
    places = _centres(period.level).loc[codes]
    return spatial_scan(
        table["reported_count"],
        table["person_years"],
        places["x"],
        places["y"],
        codes=codes,
        replicas=replicas,
        seed=seed,
        kappas=overdispersion(period).kappas,
    )
