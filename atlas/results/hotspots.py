"""The lenses on one period: excess, spatial scan, local Moran, Gi*, and chance alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from atlas.results.regions import bases_of, overdispersion, results_for
from atlas.results.years import comparable_with
from atlas.view import (
    BANDWIDTHS_KM,
    BASES,
    MAX_LENGTH,
    MapState,
    OfPeriod,
    is_by_prosecutors,
    parse_state,
    read_code,
)
from atlas.words import DEFAULT_LANGUAGE
from data.geography import DRAWN_WITHIN, load_departments, load_provinces
from data.periods import (
    DEFAULT_PERIOD,
    LEVELS,
    MAIN,
    REGISTRIES,
    Period,
    parse_period,
    periods_of,
)
from data.reports import AREA_COLUMNS, load_region_counts
from geo.crs import to_analysis
from geo.hotspots.clusters import LocalClusters, hot_spots, moran_clusters, queen_contiguity
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.hotspots.scan import ScanCluster, spatial_scan
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

if TYPE_CHECKING:
    import geopandas as gpd

LARGEST_SEED = 999_999
FOLDS = ("courses", "chance", "density")
"""parts of the page that are folded at first, besides the one of ``HotspotState.provinces``"""
SHARES = ("0", "25", "50", "75", "100")
"""percent of a department's reports put on its evidence, for the modelled density"""


def later_than(period: str, registry: str = MAIN) -> tuple[str, ...]:
    """Codes of the periods that may be the second one of a comparison."""
    starts = {one.code: one.start for one in periods_of(REGISTRIES[registry])}
    found = comparable_with(period, registry)
    return tuple(code for code in found if starts[code] > starts[period])


@lru_cache(maxsize=4)
def first_periods(registry: str = MAIN) -> tuple[str, ...]:
    """Codes of the periods that may be the first one of a comparison."""
    listed = (one.code for one in periods_of(REGISTRIES[registry]))
    return tuple(code for code in listed if later_than(code, registry))


def compared_registry(registry: str) -> str:
    """The registry whose periods are compared: a window has nothing beside it."""
    return registry if first_periods(registry) else MAIN


@dataclass(frozen=True, slots=True)
class HotspotState(OfPeriod):
    """What the page shows, in codes that mean the same in every language."""

    lang: str = DEFAULT_LANGUAGE
    period: str = DEFAULT_PERIOD
    registry: str = ""
    """who counted; unless it is given, the period says it."""
    base: str = BASES[0]
    """what the expected is a share of: ``atlas.results.regions.BASES``."""
    department: str | None = None
    """None until one is chosen: the page then takes the one with the highest level."""
    before: str = first_periods()[0]
    after: str = later_than(first_periods()[0])[-1]
    """the two periods whose change is shown."""
    twin_seed: int = 1
    """of the maps of equal risk that are shown; "twin" in a link."""
    provinces: str = ""
    """period of the section on provinces; empty until it is opened."""
    open: tuple[str, ...] = ()
    """which of FOLDS are open."""
    bandwidth_km: int = 40
    share: int = 50
    """of SHARES; with the bandwidth what the modelled density is drawn with."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """names of the fields of a link that were not understood; never their values."""

    def query(self) -> dict[str, str]:
        """The state as the parameters of a link."""
        parameters = {
            "lang": self.lang,
            **({} if is_by_prosecutors(self.registry) else {"registry": self.registry}),
            "period": self.period,
            "base": self.base,
            "twin": str(self.twin_seed),
        }
        # who opens a link with a comparison of its own is led to it
        registry = compared_registry(self.registry)
        first = first_periods(registry)[0]
        if (self.before, self.after) != (first, later_than(first, registry)[-1]):
            parameters |= {"from": self.before, "to": self.after}
        if self.department:
            parameters["dep"] = self.department
        if self.provinces:
            parameters["provinces"] = self.provinces
        if self.open:
            parameters["open"] = "-".join(self.open)
        if "density" in self.open:
            parameters |= {"bw": str(self.bandwidth_km), "share": str(self.share)}
        return parameters


def parse_hotspot_state(
    query: Mapping[str, str], *, lang: str = DEFAULT_LANGUAGE, before: MapState | None = None
) -> HotspotState:
    """Read a link: checked codes, everything else falls back to the default and is named."""
    common = {name: query[name] for name in ("lang", "registry", "period", "dep") if name in query}
    shared = parse_state(common, lang=lang)
    problems = list(shared.problems)
    registry, period, department = shared.registry, shared.period, shared.department
    if before is not None:
        if not {"period", "registry"} & set(query):
            registry, period = before.registry, before.period
        department = department if "dep" in query else before.department

    code = partial(read_code, query, problems)
    compared = compared_registry(registry)
    first = code("from", first_periods(compared), first_periods(compared)[0])
    base = code("base", bases_of(period, registry), BASES[0])
    later = later_than(first, compared)
    second = code("to", later, later[-1])
    twin = query.get("twin", "1")
    if not (twin.isascii() and twin.isdigit() and len(twin) <= len(str(LARGEST_SEED))):
        problems.append("twin")
        twin = "1"
    provinces = code("provinces", ("", *province_periods()[1]), "")
    names = query.get("open", "")[:MAX_LENGTH].split("-") if query.get("open") else []
    if set(names) - set(FOLDS):
        problems.append("open")
    return HotspotState(
        shared.lang,
        period,
        registry,
        base,
        department,
        first,
        second,
        int(twin),
        provinces,
        tuple(name for name in FOLDS if name in names),
        int(code("bw", BANDWIDTHS_KM, "40")),
        int(code("share", SHARES, "50")),
        tuple(problems),
    )


@lru_cache(maxsize=1)
def province_periods() -> tuple[str, tuple[str, ...]]:
    """Code of the registry that counts by province, and its periods: all its years, then each."""
    registry = next(one for one in REGISTRIES.values() if "provinces" in one.tables)
    years = [code for code, _, _ in registry.spans["provinces"]]
    whole = parse_period(f"{years[0]}/{years[-1]}", registry.code, "provinces").code
    return registry.code, (whole, *years)


TOUCHING_DEGREES = 0.001
"""About 100 m: outlines that are drawn apart by a rounded digit still touch."""


@lru_cache(maxsize=2)
def _outlines(level: str) -> gpd.GeoDataFrame:
    frame = load_departments() if level == LEVELS[0] else load_provinces()
    return frame.set_index(AREA_COLUMNS[level])


@lru_cache(maxsize=2)
def _centres(level: str) -> pd.DataFrame:
    """Easting and northing (metres, equal-area) of each area's centre, by code.

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
    """Neighbours among the areas named, in the order given.

    A province without an outline touches the one that it is drawn within and no other.
    """
    shapes = _outlines(level).geometry.loc[codes]
    drawn = np.flatnonzero(shapes.notna())
    touching = queen_contiguity(shapes.iloc[drawn].to_numpy(), tolerance=TOUCHING_DEGREES).tocoo()
    first, second = drawn[touching.row], drawn[touching.col]
    for code in shapes.index[shapes.isna()]:
        if (holder := DRAWN_WITHIN.get(str(code))) in codes:
            pair = [codes.index(str(code)), codes.index(str(holder))]
            first, second = np.append(first, pair), np.append(second, pair[::-1])
    found = sparse.csr_array((np.ones(first.size), (first, second)), shape=(len(codes),) * 2)
    found.sort_indices()
    return found


LENSES = ("excess", "scan", "moran", "gistar")
REPLICAS = (999, 9_999)
"""Simulated maps that are offered: p-values down to 0.001 or 0.0001."""
SCAN_REPLICAS = REPLICAS[-1]
"""unless another number is asked for: with 999 the seed decides on a cluster near the level."""
_LOCAL = {"moran": moran_clusters, "gistar": hot_spots}
_FIRST = ("department_ubigeo", "department", "reported_count", "unit", "registry", "person_years")
_PROVINCE = ("province_ubigeo", "province")


def lens_table(
    period: str,
    lens: str,
    *,
    seed: int,
    replicas: int,
    registry: str | None = None,
    level: str = LEVELS[0],
) -> pd.DataFrame:
    """Rows of a lens that judges each area: 25 departments or 196 provinces, sorted by code.

    ``lens`` is excess, moran or gistar; excess draws nothing and is the table of
    ``atlas.results.regions.results_for``. ``seed`` and ``replicas`` are of the permutations. An
    area that is not ranked is left out of the analysis; its row says untestable.
    """
    if lens == "excess":
        return results_for(period, BASES[0], registry, level)
    counts = load_region_counts(period, registry, level)
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    found = _local(parse_period(period, registry, level), level, lens, seed, replicas)
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
    first = [*(name for name in _PROVINCE if name in counts.columns), *_FIRST]
    frame = counts.loc[:, first].assign(**columns)
    return gate(derive(frame, counts, name=f"hotspots_{lens}"), "T1")


def scan_table(
    period: str,
    *,
    seed: int,
    replicas: int,
    registry: str | None = None,
    level: str = LEVELS[0],
) -> pd.DataFrame:
    """Clusters of excess, one row each, most likely first: does an excess cross a border?

    The simulated maps have the waves of yearly reports, each with one of the twenty kappas: p
    carries the uncertainty of kappa. Only excess is looked for: a circle of few reports would
    swallow an area of many and hide it. The column "departments" or "provinces" holds the codes.
    """
    counts = load_region_counts(period, registry, level)
    clusters = _scan(parse_period(period, registry, level), level, seed, replicas)
    frame = pd.DataFrame(
        {
            level: [list(cluster.codes) for cluster in clusters],
            "kind": ["high"] * len(clusters),
            "observed": [cluster.reported_count for cluster in clusters],
            "expected": [cluster.expected for cluster in clusters],
            "relative_risk": [cluster.relative_risk for cluster in clusters],
            "llr": [cluster.log_likelihood_ratio for cluster in clusters],
            "p_value": [cluster.p_value for cluster in clusters],
        }
    )
    return gate(derive(frame, counts, name="hotspots_scan"), "T1")


def ranked_counts(period: str | Period, level: str = LEVELS[0]) -> pd.DataFrame:
    """Counts of a period without the areas that are not ranked."""
    counts = load_region_counts(period, level=level)
    return counts[counts["is_ranked"]]


@lru_cache(maxsize=64)
def _local(span: Period, level: str, lens: str, seed: int, replicas: int) -> LocalClusters:
    table = ranked_counts(span, level)
    return _LOCAL[lens](
        table["reported_count"],
        table["person_years"],
        contiguity_of(table[AREA_COLUMNS[level]].tolist(), level),
        replicas=replicas,
        seed=seed,
    )


@lru_cache(maxsize=64)
def _scan(span: Period, level: str, seed: int, replicas: int) -> tuple[ScanCluster, ...]:
    table = ranked_counts(span, level)
    codes = table[AREA_COLUMNS[level]].tolist()
    places = _centres(level).loc[codes]
    return spatial_scan(
        table["reported_count"],
        table["person_years"],
        places["x"],
        places["y"],
        codes=codes,
        replicas=replicas,
        seed=seed,
        kappas=overdispersion(BASES[0], span.registry_code, level).kappas,
    )


def _spread(values: np.ndarray, ranked: np.ndarray, *, fill: float = np.nan) -> np.ndarray:
    """Values of the ranked areas in their rows, ``fill`` in the others."""
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
