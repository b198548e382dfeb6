"""The regional results of a period: loaded, computed, gated; once per process and period."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from data import (
    load_crosswalk,
    load_denominator_mismatch,
    load_mining_by_department,
    load_mining_cells,
    load_places,
    load_region_counts,
    load_route_waypoints,
    load_routes,
    load_yearly_counts,
)
from data.periods import PERIODS
from geo.disclosure import gate
from geo.dispersion import Dispersion
from geo.regions import region_results, yearly_dispersion


@lru_cache(maxsize=1)
def dispersion() -> Dispersion:
    """How much more than Poisson the yearly reports vary within departments (Lima left out)."""
    return yearly_dispersion(gate(load_yearly_counts(), "T1"))


@lru_cache(maxsize=len(PERIODS))
def _results(period: str) -> pd.DataFrame:
    counts = gate(load_region_counts(period), "T1")
    yearly = gate(load_yearly_counts(), "T1")
    return gate(region_results(counts, yearly, dispersion=dispersion()), "T1")


def results_for(period: str) -> pd.DataFrame:
    """Results of the 25 departments in one period, one row each, sorted by code.

    Parameters
    ----------
    period : str
        A code of ``data.periods.PERIODS``.

    Raises
    ------
    ParameterError
        If the period is unknown or incomplete.
    DataError
        If a shipped table is not what its card says.
    """
    table = _results(period)
    copy = table.copy()
    copy.attrs = dict(table.attrs)
    return copy


@dataclass(frozen=True, slots=True)
class Touches:
    """What lies in a department besides its reports."""

    mined_ha: float
    """hectares detected by satellite, cumulative 2018 to 2025 Q4."""
    mined_share: float
    """share (0 to 1) of the country's detected hectares."""
    doubtful_ha: float
    """hectares of detections that the map leaves out as doubtful (farm ponds, sandbars)."""
    routes: tuple[str, ...]
    """ids of the routes on the map that name a town here."""
    seats: tuple[str, ...]
    """towns where the prosecutors' offices of its fiscal districts sit."""


@lru_cache(maxsize=1)
def _touches() -> dict[str, Touches]:
    cells = gate(load_mining_cells(), "T1")
    # hectares from the sums by district; a department whose detections are all suspect has no
    # cell on the map and none in its card
    on_map = cells.groupby("department_ubigeo")["mined_ha"].sum()
    shown_here = set(on_map.index)
    table = gate(load_mining_by_department(), "T1").set_index("department_ubigeo")["mined_ha"]
    hectares = table[table.index.isin(shown_here)]
    total = float(table.sum())
    routes = gate(load_routes(), "T1")
    shown = set(routes.loc[routes["is_default"], "route_id"])
    stops = gate(load_route_waypoints(), "T1")
    stops = stops[stops["is_stated"] & stops["route_id"].isin(shown)]
    places = gate(load_places(), "T1").set_index("district_ubigeo")["capital"]
    crosswalk = gate(load_crosswalk(), "T1")
    found: dict[str, Touches] = {}
    for code in sorted(set(crosswalk["department_ubigeo"])):
        mined = float(hectares.get(code, 0.0))
        seats = crosswalk.loc[crosswalk["department_ubigeo"] == code, "seat_ubigeo"]
        found[code] = Touches(
            mined_ha=mined,
            mined_share=mined / total,
            doubtful_ha=_doubtful(float(table.get(code, 0.0)), float(on_map.get(code, 0.0))),
            routes=tuple(sorted(set(stops.loc[stops["department_ubigeo"] == code, "route_id"]))),
            seats=tuple(dict.fromkeys(places.loc[list(seats)])),
        )
    return found


def _doubtful(by_district: float, on_map: float) -> float:
    """What the map leaves out; small differences are cells near a border, not doubts."""
    left_out = by_district - on_map
    return left_out if left_out > 0.2 * by_district else 0.0


@lru_cache(maxsize=1)
def _mismatches() -> dict[str, dict[str, str]]:
    table = gate(load_denominator_mismatch(), "T1")
    return {
        row["department_ubigeo"]: {"es": row["reason_es"], "en": row["reason"]}
        for row in table.to_dict("records")
    }


def mismatch_reason(department_ubigeo: str, lang: str) -> str:
    """Why a department's residents are not the people its prosecutors serve; empty if they are."""
    reason = _mismatches().get(department_ubigeo, {}).get(lang, "")
    # the table sets every percentage as Spanish does
    return reason.replace(" %", "%") if lang == "en" else reason


def touches(department_ubigeo: str) -> Touches:
    """Mining, routes and prosecutors' seats of a department."""
    return _touches()[department_ubigeo]
