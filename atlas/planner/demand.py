"""Demand of a plan, at the places where people live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.own_files.records import MARK, OwnRecords, shown_totals, unplaced_count
from atlas.results.places import area_name, land_of_places, nearest_place, places
from atlas.results.regions import overdispersion, results_for
from atlas.words import Message, message
from data.cache import cached
from data.context import load_mining_cells
from data.periods import PERIODS, parse_period
from data.population import census_year, residents
from geo.errors import UserError
from geo.hotspots.equal_risk import draw_equal_risk
from geo.privacy.minimum_count import k_anonymity, shown_from
from geo.siting.travel import travel_cost

MINING_WITHIN_KM = 75.0
"""travelled, where the reach of a plan is in minutes: no table has ways to a mine"""


@cached(most=8)
def people_of(period: str) -> np.ndarray:
    """Return the mean residents of places in a period, shape (n,); shared: read only.

    As in ``data.population.residents``; 0 if the district did not exist yet.
    """
    return residents(period, "districts").reindex(places().ubigeo).to_numpy(float)


@cached(most=1)
def way_to_mining_km() -> np.ndarray:
    """Return the travelled kilometres from each place to the nearest cell with detected mining."""
    towns, cells, land = places(), load_mining_cells(), land_of_places()
    east, north = cells["longitude"].to_numpy(float), cells["latitude"].to_numpy(float)
    ends = east, north, land[nearest_place(east, north)]
    return travel_cost(towns.longitude, towns.latitude, land, *ends).min(axis=1)


KINDS = ("complaints", "mining", "population")
FLAGS_SAID = ("lockdown", "year_flagged", "unknown", "incomplete")
"""flags of a period that the assumptions mention"""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """How much each place asks for, in one unit, and how it may vary by chance."""

    code: str
    """complaints:2023, mining, population, own."""
    unit: str
    weight: np.ndarray
    assumptions: tuple[Message, ...]
    reports: pd.DataFrame | None = None
    """the departments behind the weights (:func:`results_for`); None where nothing was counted."""
    is_invented: bool = False
    counted: Message | None = None
    """how many of own records count, and why the others do not."""
    departments: tuple[str, ...] = ()
    """codes of the only departments whose demand counts; () = all."""

    def within(self, departments: tuple[str, ...]) -> Demand:
        """Return the demand of some departments only; UserError if it is zero."""
        if not departments:
            return self
        is_there = np.isin(places().department_ubigeo, departments)
        limited = np.where(is_there, self.weight, 0.0)
        if not limited.any():
            key = "siting.refusal.no_demand"
            if self.reports is not None:
                flags = self.reports.set_index("department_ubigeo")["flags"]
                if any("unknown" in flags.get(code, ()) for code in departments):
                    key = "siting.refusal.demand_unknown"
            raise UserError(key, names=", ".join(map(area_name, departments)))
        return replace(self, weight=limited, departments=departments)

    def at(self, is_known: np.ndarray) -> Demand:
        """Return the demand of these places only, shape (n,), bool; UserError if it is zero."""
        limited = np.where(is_known, self.weight, 0.0)
        if not limited.any():
            raise UserError("siting.refusal.times_no_demand")
        return replace(self, weight=limited)

    def resampled(self, replicas: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the weights again, shape (replicas, n); each replica has some demand.

        With few departments the reports of each are drawn between its places too: otherwise the
        counts hardly vary, and with one department not at all.
        """
        if self.reports is None:
            asking = np.flatnonzero((self.weight > 0) | (not self.departments))
            n, times = len(asking), np.zeros((replicas, len(self.weight)))
            times[:, asking] = rng.multinomial(n, np.full(n, 1 / n), size=replicas)
            return self.weight * times
        counts = self.reports["reported_count"].to_numpy(float)
        if self.departments:  # their sum stays, as the country's does
            counts = np.where(self.reports["department_ubigeo"].isin(self.departments), counts, 0.0)
        drawn = draw_equal_risk(
            int(counts.sum()),
            counts / counts.sum(),
            kappas=overdispersion(parse_period(self.code.partition(":")[2])).kappas,
            size=replicas,
            rng=rng,
        ).astype(float)
        weights = np.array([_by_department(self.code, row, self.reports) for row in drawn])
        weights = np.where(self.weight > 0, weights, 0.0)
        weights[~weights.any(axis=1)] = self.weight
        return self._between_places(weights, rng) if self.departments else weights

    def _between_places(self, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw the reports of each department again at its places."""
        spread = np.zeros_like(weights)
        for code in self.departments:
            there = np.flatnonzero((places().department_ubigeo == code) & (self.weight > 0))
            if len(there):
                reports = np.round(weights[:, there].sum(axis=1)).astype(int)
                shares = self.weight[there] / self.weight[there].sum()
                spread[:, there] = rng.multinomial(reports, shares)
        return np.where(spread.any(axis=1, keepdims=True), spread, weights)


def demand_for(code: str, reach_km: float = MINING_WITHIN_KM) -> Demand:
    """Return the demand of a code; UserError for an unknown code.

    Mining counts residents within ``reach_km`` of it along ways.
    """
    kind, colon, text = code.partition(":")
    if kind not in KINDS or (kind == KINDS[0]) != bool(colon):
        offered = ", ".join(f"{name}:PERIOD" if name == KINDS[0] else name for name in KINDS)
        periods = ", ".join(known_period.code for known_period in PERIODS)
        values = {"value": repr(code), "allowed": offered, "periods": periods}
        raise UserError("command.fault.demand", **values)
    towns = places()
    if kind == "population":
        rule = message("siting.demand.population.rule", year=str(census_year()))
        return Demand(kind, "resident", towns.population, (rule,))
    if kind == "mining":
        near, km = way_to_mining_km() <= reach_km, f"{reach_km:g}"
        watched = message("siting.demand.mining.watched")
        rule = message("siting.demand.mining.rule", km=km)
        unit = f"resident within {km} km of detected mining"
        return Demand(kind, unit, np.where(near, towns.population, 0.0), (watched, rule))
    period = parse_period(text)
    # an unknown count is no demand; the assumptions say so
    reports = results_for(period).fillna({"reported_count": 0})
    counts = reports["reported_count"].to_numpy(float)
    flags = {flag for row in reports["flags"] for flag in row}
    rules = ["seats", "complaints.rule", *(flag for flag in FLAGS_SAID if flag in flags)]
    code = f"{kind}:{period.code}"
    return Demand(
        code=code,
        unit=str(reports["unit"].iloc[0]),
        weight=_by_department(code, counts, reports),
        assumptions=tuple(message(f"siting.demand.{rule}") for rule in rules),
        reports=reports,
    )


def own_demand(
    weights: Mapping[str, float], *, is_invented: bool = False, missing: str = ""
) -> Demand:
    """Spread an organisation's shown figures, codes of provinces to weights, by residents.

    Unit and assumptions say where the records are invented, and how many have no place
    (``missing``, as printed).
    """
    towns = places()
    weight = np.zeros(len(towns.ubigeo))
    for code, value in weights.items():
        people = towns.population * np.char.startswith(towns.ubigeo, code)
        weight += value * people / people.sum()
    key = "siting.demand.own.shown" + ("_one" if len(weights) == 1 else "")
    rules = [message("siting.demand.own.rule"), message(key, count=len(weights))]
    if missing:
        rules.append(message("siting.demand.own.missing", missing=missing))
    rules.append(message("siting.demand.own.spread"))
    unit = "own record"
    if is_invented:
        unit = f"{unit} ({MARK})"
        rules.append(message("siting.demand.own.invented"))
    return Demand("own", unit, weight, tuple(rules), is_invented=is_invented)


def demand_of_records(own: OwnRecords) -> Demand | None:
    """Return own records as demand: shown totals of all years by province; None if hidden."""
    weights = {str(code): float(count) for code, count in shown_totals(own).items()}
    missing = unplaced_count(own) or own.counts.hidden_as
    demand = own_demand(weights, is_invented=own.is_invented, missing=str(missing))
    if isinstance(missing, int):
        shown = round(sum(weights.values()))
        counts = {"shown": shown, "total": shown + missing, "missing": missing}
        key = "siting.demand.own.counted" + ("_years" if own.outside_years else "")
        sentence = message(key, least=shown_from(k_anonymity()), **counts)
        demand = replace(demand, counted=sentence)
    return demand if weights else None


def _by_department(code: str, counts: np.ndarray, reports: pd.DataFrame) -> np.ndarray:
    """Spread counts over each department's places."""
    period = code.partition(":")[2]
    towns, living = places(), people_of(period)
    column = np.searchsorted(reports["department_ubigeo"].to_numpy(str), towns.department_ubigeo)
    people = np.bincount(column, weights=living, minlength=len(reports))
    return counts[column] * living / people[column]
