"""The lenses on one period: excess, spatial scan, local Moran, Gi*, and chance alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from atlas.hotspots.years import comparable_with
from atlas.map.model import bases_of, overdispersion, results_for
from atlas.map.state import BASES, MapState, parse_state, read_code
from atlas.words import DEFAULT_LANGUAGE
from data import load_departments, load_region_counts
from data.periods import LATEST_YEAR, PERIODS
from geo.crs import to_analysis
from geo.hotspots.clusters import LocalClusters, hot_spots, moran_clusters, queen_contiguity
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.hotspots.scan import ScanCluster, spatial_scan
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

LARGEST_SEED = 999_999


def later_than(period: str) -> tuple[str, ...]:
    """Codes of the periods that may be the second one of a comparison."""
    starts = {one.code: one.start for one in PERIODS}
    return tuple(code for code in comparable_with(period) if starts[code] > starts[period])


FIRST_PERIODS = tuple(one.code for one in PERIODS if later_than(one.code))


@dataclass(frozen=True, slots=True)
class HotspotState:
    """What the page shows, in codes that mean the same in every language."""

    lang: str = DEFAULT_LANGUAGE
    period: str = LATEST_YEAR
    base: str = BASES[0]
    """what the expected is a share of: ``atlas.map.model.BASES``."""
    department: str | None = None
    """None until one is chosen: the page then takes the one with the highest level."""
    before: str = FIRST_PERIODS[0]
    after: str = later_than(FIRST_PERIODS[0])[-1]
    """the two periods whose change is shown."""
    twin_seed: int = 1
    """of the maps of equal risk that are shown; "twin" in a link."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """names of the fields of a link that were not understood; never their values."""

    def query(self) -> dict[str, str]:
        """The state as the parameters of a link."""
        parameters = {
            "lang": self.lang,
            "period": self.period,
            "base": self.base,
            "from": self.before,
            "to": self.after,
            "twin": str(self.twin_seed),
        }
        if self.department:
            parameters["dep"] = self.department
        return parameters

    def with_(self, **changes: object) -> HotspotState:
        """A copy with some codes changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def parse_hotspot_state(
    query: Mapping[str, str], *, lang: str = DEFAULT_LANGUAGE, before: MapState | None = None
) -> HotspotState:
    """Read a link: checked codes, everything else falls back to the default and is named."""
    common = {name: query[name] for name in ("lang", "period", "dep") if name in query}
    shared = parse_state(common, lang=lang)
    problems = list(shared.problems)
    period, department = shared.period, shared.department
    if before is not None:
        period = period if "period" in query else before.period
        department = department if "dep" in query else before.department

    code = partial(read_code, query, problems)
    first = code("from", FIRST_PERIODS, FIRST_PERIODS[0])
    base = code("base", bases_of(period), BASES[0])
    later = later_than(first)
    second = code("to", later, later[-1])
    twin = query.get("twin", "1")
    if not (twin.isascii() and twin.isdigit() and len(twin) <= len(str(LARGEST_SEED))):
        problems.append("twin")
        twin = "1"
    return HotspotState(
        shared.lang, period, base, department, first, second, int(twin), tuple(problems)
    )


TOUCHING_DEGREES = 0.001
"""About 100 m: outlines that are drawn apart by a rounded digit still touch."""


@lru_cache(maxsize=1)
def _centroids() -> pd.DataFrame:
    """Easting and northing (metres, equal-area) of each department's centroid, by code."""
    table = load_departments()
    centres = shapely.centroid(table.geometry.to_numpy())
    easting, northing = to_analysis(shapely.get_x(centres), shapely.get_y(centres))
    return pd.DataFrame({"x": easting, "y": northing}, index=table["department_ubigeo"])


def contiguity_of(codes: list[str]) -> sparse.csr_array:
    """Neighbours among the departments named, in the order given."""
    table = load_departments().set_index("department_ubigeo")
    return queen_contiguity(table.geometry.loc[codes].to_numpy(), tolerance=TOUCHING_DEGREES)


LENSES = ("excess", "scan", "moran", "gistar")
REPLICAS = (999, 9_999)
"""Simulated maps that are offered: p-values down to 0.001 or 0.0001."""
SCAN_REPLICAS = REPLICAS[-1]
"""unless another number is asked for: with 999 the seed decides on a cluster near the level."""
_LOCAL = {"moran": moran_clusters, "gistar": hot_spots}
_FIRST = ("department_ubigeo", "department", "reported_count", "unit", "registry", "person_years")


def lens_table(period: str, lens: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """Rows of a lens that judges each department, 25 sorted by code.

    ``lens`` is excess, moran or gistar; excess draws nothing and is the table of
    ``atlas.map.model.results_for``. ``seed`` and ``replicas`` are of the permutations. A department
    that is not ranked is left out of the analysis; its row says untestable.
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
    """Clusters of excess, one row each, most likely first: does an excess cross a border?

    The simulated maps have the waves of yearly reports, each with one of the twenty kappas: p
    carries the uncertainty of kappa. Only excess is looked for: a circle of few reports would
    swallow a department of many and hide it.
    """
    counts = load_region_counts(period)
    clusters = _scan(period, seed, replicas)
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
        replicas=replicas,
        seed=seed,
    )


@lru_cache(maxsize=32)
def _scan(period: str, seed: int, replicas: int) -> tuple[ScanCluster, ...]:
    table = ranked_counts(period)
    codes = table["department_ubigeo"].tolist()
    places = _centroids().loc[codes]
    return spatial_scan(
        table["reported_count"],
        table["person_years"],
        places["x"],
        places["y"],
        codes=codes,
        replicas=replicas,
        seed=seed,
        kappas=overdispersion().kappas,
    )


def _spread(values: np.ndarray, ranked: np.ndarray, *, fill: float = np.nan) -> np.ndarray:
    """Values of the ranked departments in their rows, ``fill`` in the others."""
    spread = np.full(ranked.size, fill)
    spread[ranked] = values + 0.0  # no minus zero in an answer
    return spread


def _named(values: tuple[str, ...], ranked: np.ndarray, fill: str) -> list[str]:
    given = iter(values)
    return [str(next(given)) if is_ranked else fill for is_ranked in ranked]


SHOWN = 3
"""simulated maps beside the real one."""
MANY = 9_999
"""simulated maps behind the sentence on the largest excess."""


@lru_cache(maxsize=32)
def equal_risk_maps(period: str, seed: int) -> tuple[dict[str, float], ...]:
    """Simulated maps in which every department has the same rate, with the measured waves.

    Each holds reports over expected by department_ubigeo; one that is not ranked is missing.
    """
    codes = ranked_counts(period)["department_ubigeo"].tolist()
    return tuple(
        dict(zip(codes, map(float, row), strict=True)) for row in _ratios(period, seed, SHOWN)
    )


@lru_cache(maxsize=16)
def largest_by_chance(period: str) -> float:
    """The largest excess of a whole map that equal risk exceeds in 1 map of 20 only.

    Reports come in waves as the yearly ones do. A department with few expected reports swings
    most, so this is a statement on the map, not on each department.
    """
    return float(np.quantile(_ratios(period, 1, MANY).max(axis=1), 0.95))


def _ratios(period: str, seed: int, maps: int) -> np.ndarray:
    """Reports over expected of simulated maps, shape (maps, ranked departments)."""
    table = ranked_counts(period)
    total = int(table["reported_count"].sum())
    shares = population_shares(table["person_years"].to_numpy(dtype=float))
    kappas, rng = overdispersion().kappas, np.random.default_rng(seed)
    return draw_equal_risk(total, shares, kappas=kappas, size=maps, rng=rng) / (total * shares)
