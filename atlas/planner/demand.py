"""Demand of a plan, and the places where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from atlas.own_files.lists import PlanningList
from atlas.own_files.records import MARK, OwnRecords, shown_by_province, unplaced_count
from atlas.results.regions import overdispersion, results_for
from atlas.words import Message, message
from data.context import load_mining_cells
from data.geography import load_places, load_towns
from data.names import normalise_name
from data.periods import PERIODS, parse_period
from data.population import census_year, residents
from geo.crs import great_circle_km
from geo.density.surface import placed_population
from geo.errors import UserError
from geo.hotspots.equal_risk import draw_equal_risk
from geo.siting.travel import land_of, travel_cost

MINING_WITHIN_KM = 75.0
"""travelled, where the reach of a plan is in minutes: no table has ways to a mine"""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The 1,892 places where people live, capitals of districts: arrays of shape (n,)."""

    ubigeo: np.ndarray
    name: np.ndarray
    district: np.ndarray
    province: np.ndarray
    department: np.ndarray
    department_ubigeo: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    altitude_m: np.ndarray
    population: np.ndarray
    """residents of the census of 2025, the omitted included."""
    town_population: np.ndarray
    """residents of the town itself by GeoNames; NaN where it is not known."""


@lru_cache(maxsize=1)
def places() -> Places:
    """Return the places, sorted by code."""
    table = load_places()
    placed = placed_population(table, "residents")
    rows = table.set_index("district_ubigeo").loc[placed["district_ubigeo"]]

    def text(column: str) -> np.ndarray:
        return rows[column].to_numpy(dtype=str)

    return Places(
        ubigeo=placed["district_ubigeo"].to_numpy(dtype=str),
        name=_used_names(rows),
        district=text("district"),
        province=text("province"),
        department=text("department"),
        department_ubigeo=placed["department_ubigeo"].to_numpy(dtype=str),
        longitude=placed["longitude"].to_numpy(float),
        latitude=placed["latitude"].to_numpy(float),
        altitude_m=rows["altitude_m"].to_numpy(dtype=float, na_value=np.nan),
        population=placed["population"].to_numpy(float),
        town_population=_town_population(rows, placed["population"].to_numpy(float)),
    )


@lru_cache(maxsize=8)
def people_of(period: str) -> np.ndarray:
    """Return the mean residents of the places in a period (``data.population.residents``), shape
    (n,); 0 where the district was not made yet. Shared: read only."""
    return residents(period, "districts").reindex(places().ubigeo).to_numpy(float)


SAME_TOWN_KM = 10.0


def _town_population(rows: pd.DataFrame, district: np.ndarray) -> np.ndarray:
    """Return the residents of the town of the same name in the same province within 10 km.

    A figure above the whole district's is that of a metropolis, or old: it counts as unknown.
    """
    towns = load_towns()
    towns = towns[towns["population"] > 0]
    # GeoNames has no province for the city of Lima
    of_town = towns["name"].map(normalise_name) + "|" + towns["province_ubigeo"].fillna("1501")
    named = dict(list(towns.groupby(of_town)))
    residents = np.full(len(rows), np.nan)
    for number, row in enumerate(rows.itertuples()):
        near = named.get(f"{normalise_name(str(row.capital))}|{row.province_ubigeo}")
        if near is None:
            continue
        km = great_circle_km([row.longitude], [row.latitude], near["longitude"], near["latitude"])[
            0
        ]
        nearest = int(km.argmin())
        if km[nearest] <= SAME_TOWN_KM and near["population"].iloc[nearest] <= district[number]:
            residents[number] = near["population"].iloc[nearest]
    return residents


def nearest_place(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the position of the place nearest to each point (great circle)."""
    towns = places()
    return great_circle_km(longitude, latitude, towns.longitude, towns.latitude).argmin(axis=1)


def area_name(code: str) -> str:
    """Return department, province or district with its code; the code where no area has it."""
    towns = places()
    of_length = {2: towns.department, 4: towns.province, 6: towns.district}
    inside = np.flatnonzero(np.char.startswith(towns.ubigeo, code))
    if len(code) not in of_length or not len(inside):
        return code
    return f"{of_length[len(code)][inside[0]]} ({code})"


def department_name(code: str) -> str:
    """Return the name of a department; "" for a code of no department."""
    towns = places()
    inside = np.flatnonzero(towns.department_ubigeo == code)
    return str(towns.department[inside[0]]) if len(inside) else ""


METROPOLIS = ("1501", "0701")
"""provinces of Lima and Callao: people name the district there, not its town"""


def _used_names(rows: pd.DataFrame) -> np.ndarray:
    """Return the names that people use: the town; of a district of the metropolis, or where the
    town bears the name of another department, the district with its department."""
    town, district, department = (
        rows[name].to_numpy(dtype=str) for name in ("capital", "district", "department")
    )
    is_other = np.isin(town, np.unique(department)) & (town != department)
    is_part = rows["province_ubigeo"].isin(METROPOLIS).to_numpy() & ~rows.index.str.endswith("01")
    with_department = np.char.add(np.char.add(district, " ("), np.char.add(department, ")"))
    return np.where(is_other | (is_part & (district != department)), with_department, town)


def land_of_places() -> np.ndarray:
    """Return coast, highland, jungle or river of each place."""
    towns = places()
    return land_of(towns.longitude, towns.latitude, towns.altitude_m, towns.ubigeo)


@lru_cache(maxsize=1)
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
    departments: tuple[str, ...] = ()
    """codes of the only departments whose demand counts; () = all."""

    def within(self, departments: tuple[str, ...]) -> Demand:
        """Return the demand of some departments alone; UserError where it is zero."""
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

    def resampled(self, replicas: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the weights again, shape (replicas, n), none of them all zero.

        With few departments the reports of each are drawn between its places too: between
        departments alone there is little to draw, and in one nothing.
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
        whole = np.where(self.weight > 0, weights, 0.0)
        return np.where(spread.any(axis=1, keepdims=True), spread, whole)


def demand_for(code: str, reach_km: float = MINING_WITHIN_KM) -> Demand:
    """Return the demand that a code names; near mining live those within ``reach_km`` of travelled
    way of it. UserError for any other code."""
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
    weights: Mapping[str, float],
    unit: str = "own record",
    *,
    is_invented: bool = False,
    missing: str = "",
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
    if is_invented:
        unit = f"{unit} ({MARK})"
        rules.append(message("siting.demand.own.invented"))
    return Demand("own", unit, weight, tuple(rules), is_invented=is_invented)


def demand_of_records(own: OwnRecords) -> Demand | None:
    """Return own records as demand, the shown totals of all years by province; None if the gate
    hides all."""
    weights = {str(code): float(count) for code, count in shown_by_province(own, None).items()}
    missing = unplaced_count(own) or own.counts.attrs["hidden_as"]
    demand = own_demand(weights, is_invented=own.is_invented, missing=str(missing))
    return demand if weights else None


def demand_of_points(points: PlanningList) -> Demand | None:
    """Return a list of points as demand, by shown provinces; None if the gate hides all."""
    return own_demand(points.weights, "own weight") if points.weights else None


def _by_department(code: str, counts: np.ndarray, reports: pd.DataFrame) -> np.ndarray:
    """Spread counts over each department's places."""
    period = code.partition(":")[2]
    towns, living = places(), people_of(period)
    column = np.searchsorted(reports["department_ubigeo"].to_numpy(str), towns.department_ubigeo)
    people = np.bincount(column, weights=living, minlength=len(reports))
    return counts[column] * living / people[column]
