"""The three lenses in one table: each department's grade by each, on one scale of words.

Excess, scan and neighbours answer three questions; put into the same grades they can be laid side
by side and their disagreement can be said.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from data import load_region_counts
from data.periods import PERIODS
from geo.disclosure import derive, gate
from geo.excess import LEVEL
from geo.monte_carlo import is_adjusted_undecided, is_undecided
from geo.trend import EmergingHotspots, emerging_hot_spots
from maps.hotspots import LOCAL_REPLICAS, lens_table, scan_table
from maps.results import dispersion, results_for
from maps.robustness import robustness_for

LENS_COLUMNS = ("excess", "scan", "neighbours")
UP = ("above", "above_poisson_only")


def lens_grades(period: str, statistic: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """One row a department with its grade by each lens.

    Parameters
    ----------
    period : str
        A code of ``data.periods.PERIODS``.
    statistic : {"gistar", "moran"}
        Of lens 3.
    seed : int
        Of the simulated maps behind lenses 2 and 3.
    replicas : int
        Simulated maps of the scan; lens 3 always has ``LOCAL_REPLICAS``.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        department_ubigeo, department, reported_count, unit, registry, expected, smr, smr_low,
        smr_high, smr_low_overdispersed, smr_high_overdispersed, rank_by_count, rank_by_excess
        (1 is the highest; missing where untestable), excess, scan, neighbours (each above,
        above_poisson_only, unremarkable, below_poisson_only, below or untestable; scan looks for
        excess only), scan_cluster (number in :func:`clusters_for`, 0 for none), outlier ("HL",
        "LH" or "": local Moran's regions unlike their neighbours), outlier_holds (with dispersion
        too), scan_is_undecided and neighbours_is_undecided (a grade that another seed of the
        simulated maps could change), flags.
    """
    table = _grades(period, statistic, seed, replicas)
    copy = table.copy()
    copy.attrs = dict(table.attrs)
    return copy


def clusters_for(period: str, *, seed: int, replicas: int) -> pd.DataFrame:
    """Clusters of the scan that chance alone does not explain, numbered from 1.

    Returns
    -------
    DataFrame
        number, departments (list of codes), observed, expected, relative_risk, p_value,
        p_value_overdispersed, grade (above or above_poisson_only), is_undecided (one of its p lies
        so near the level that another seed could change the grade).
    """
    found = scan_table(period, seed=seed, replicas=replicas)
    kept = found[found["p_value"] <= LEVEL].reset_index(drop=True)
    holds = kept["p_value_overdispersed"] <= LEVEL
    close = [
        is_undecided(kept[name], replicas=replicas) for name in ("p_value", "p_value_overdispersed")
    ]
    result = kept.assign(
        number=range(1, len(kept) + 1),
        grade=[UP[0] if one else UP[1] for one in holds],
        is_undecided=close[0] | close[1],
    )
    return gate(derive(result, found, name="scan_clusters"), "T1")


@lru_cache(maxsize=16)
def _grades(period: str, statistic: str, seed: int, replicas: int) -> pd.DataFrame:
    results = results_for(period)
    local = lens_table(period, statistic, seed=seed, replicas=LOCAL_REPLICAS)
    clusters = clusters_for(period, seed=seed, replicas=replicas)
    number, scanned, undecided = {}, {}, set()
    for row in clusters.itertuples():
        for code in row.departments:
            number[code], scanned[code] = int(row.number), str(row.grade)
        undecided |= set(row.departments) if row.is_undecided else set()
    near = [_neighbours(row, statistic) for row in local.itertuples()]
    codes = results["department_ubigeo"]
    tested = results["verdict"] != "untestable"
    outliers = [_outlier(row, statistic) for row in local.itertuples()]
    frame = results.loc[
        :,
        [
            "department_ubigeo",
            "department",
            "reported_count",
            "unit",
            "registry",
            "expected",
            "smr",
            "smr_low",
            "smr_high",
            "smr_low_overdispersed",
            "smr_high_overdispersed",
        ],
    ].assign(
        # equal figures keep the order of the codes, as everywhere in the atlas
        rank_by_count=results["reported_count"].rank(method="first", ascending=False).astype(int),
        rank_by_excess=results["smr"].rank(method="first", ascending=False).astype("Int64"),
        excess=results["verdict"],
        scan=[
            scanned.get(code, "unremarkable") if is_tested else "untestable"
            for code, is_tested in zip(codes, tested, strict=True)
        ],
        neighbours=near,
        scan_cluster=[number.get(code, 0) for code in codes],
        outlier=[quadrant for quadrant, _ in outliers],
        outlier_holds=[holds for _, holds in outliers],
        scan_is_undecided=codes.isin(undecided).to_numpy(),
        neighbours_is_undecided=_undecided_neighbours(local, near, outliers),
        flags=results["flags"],
    )
    return gate(derive(frame, results, local, clusters, name="lenses"), "T1")


def _neighbours(row: object, statistic: str) -> str:
    """Grade by lens 3 at the atlas's level; a hint at 90 % is none."""
    chance, waves = str(row.hotspot), str(row.hotspot_overdispersed)  # type: ignore[attr-defined]
    if chance == "untestable":
        return "untestable"
    side, _, confidence = chance.partition("_")
    if side not in ("hot", "cold") or confidence not in ("95", "99"):
        return "unremarkable"
    holds = waves in (f"{side}_95", f"{side}_99")
    grade = "above" if side == "hot" else "below"
    return grade if holds else f"{grade}_poisson_only"


def _undecided_neighbours(
    local: pd.DataFrame, grades: list[str], outliers: list[tuple[str, bool]]
) -> np.ndarray:
    """Whether another seed could change what lens 3 finds: asked only where it finds something."""
    found = [
        grade not in ("unremarkable", "untestable") or bool(quadrant)
        for grade, (quadrant, _) in zip(grades, outliers, strict=True)
    ]
    close = np.zeros(len(local), dtype=bool)
    for suffix in ("", "_overdispersed"):
        p_value = local[f"p_value{suffix}"].where(local[f"q_value{suffix}"].notna())
        close |= is_adjusted_undecided(p_value, replicas=LOCAL_REPLICAS)
    return close & np.array(found)


def _outlier(row: object, statistic: str) -> tuple[str, bool]:
    if statistic != "moran" or not row.is_significant:  # type: ignore[attr-defined]
        return "", False
    quadrant = str(row.quadrant)  # type: ignore[attr-defined]
    if quadrant not in ("HL", "LH"):
        return "", False
    return quadrant, bool(row.q_value_overdispersed <= LEVEL)  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def pattern_over_years() -> EmergingHotspots:
    """Emerging hot spots over the single years of the newer series: it says whether it can.

    The z-score is that of lens 1, reports less expected over their dispersion-widened deviation;
    a department that is not ranked in some year is left out.
    """
    columns, kept = [], None
    phi = max(1.0, dispersion().phi)
    for period in PERIODS:
        if period.is_pooled or period.is_part_year or period.unit != "reported offence":
            continue
        ranked = gate(load_region_counts(period.code), "T1")["is_ranked"].to_numpy(dtype=bool)
        kept = ranked if kept is None else kept & ranked
        table = results_for(period.code)
        columns.append(
            (table["reported_count"] - table["expected"]) / (phi * table["expected"]) ** 0.5
        )
    scores = pd.concat(columns, axis=1).loc[kept]
    return emerging_hot_spots(scores.to_numpy())


def robustness_rows(unit: str) -> pd.DataFrame:
    """The robustness table of a unit with each flip as text, axis=value:verdict, for a file."""
    table = robustness_for(unit)
    flips = [
        [f"{flip.axis}={flip.value}:{flip.verdict}" for flip in found] for found in table["flips"]
    ]
    return gate(derive(table.assign(flips=flips), table, name="robustness"), "T1")


def highest_excess(period: str) -> str:
    """Code of the department with the highest excess of a period."""
    results = results_for(period)
    return str(results.loc[results["smr"].idxmax(), "department_ubigeo"])
