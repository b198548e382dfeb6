"""Results of a department by the people that its prosecutors serve, not its residents."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.results.cache import cached
from atlas.results.regions import bases_of, department_name, overdispersion, results_for
from atlas.view import BASES
from atlas.words import Words
from data.geography import load_jurisdiction_moves
from data.periods import MONTHS_PER_YEAR, Period
from data.population import load_province_population, population_of_year
from data.reports import load_region_counts
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive
from geo.rates import Move, jurisdiction_people
from geo.regions import region_results

JAEN_PROVINCES = ("0606", "0608", "0609")
"""Cutervo, Jaén and San Ignacio: outside the fiscal district of Cajamarca; who receives them is
known by elimination only."""
JURISDICTIONS = ("jurisdiction_jaen_dropped", "jurisdiction_jaen_to_lambayeque")
SERVED = "served"
"""base of a ratio by the people that the department's offices serve"""
_GUESSED = "by elimination"
"""basis of a move that no text states"""


@cached
def served_results(period: Period) -> pd.DataFrame:
    """Results of a period by the people served, Jaén's in Lambayeque; columns of results_for.

    population, person_years and rate are those of the people served. Shared by all: read only.
    Raises ParameterError for a registry that does not count by fiscal district.
    """
    counts = load_region_counts(period)
    people = jurisdiction_person_years(period, JURISDICTIONS[1])
    served = counts["department_ubigeo"].map(people)
    # these people are those of the fiscal districts, so there is no mismatch
    flags = [
        [flag for flag in flags if flag != "denominator_mismatch"] for flags in counts["flags"]
    ]
    people_served = served * MONTHS_PER_YEAR / period.months
    moved = derive(
        counts.assign(person_years=served, population=people_served, flags=flags),
        counts,
        load_jurisdiction_moves(),
        load_province_population(),
        name="people_served",
    )
    table = region_results(moved, overdispersion(BASES[0], period.registry_code))
    return gate(table.assign(base=SERVED), "T1")


def moved_departments() -> frozenset[str]:
    """Return departments with a province counted elsewhere, or that count another."""
    moves = load_jurisdiction_moves()
    codes = pd.concat([moves["department_ubigeo"], moves["counted_in_department_ubigeo"]])
    return frozenset(codes.dropna())


def who_counts(department: str, period: Period, say: Words) -> dict[str, Any] | None:
    """Compare residents and people served where they differ; None where they do not.

    ``lines``: which province is counted where, with its people; ``rows``: reports, expected, ratio,
    interval and verdict by residents, by the people served and by offences; ``assumes``: what the
    people served rest on.
    """
    if not period.is_by_prosecutors or department not in moved_departments():
        return None
    rows = [(BASES[0], results_for(period)), (SERVED, served_results(period))]
    if BASES[1] in bases_of(period):
        rows.append((BASES[1], results_for(period, BASES[1])))
    year = _nearest_year(period.years[-1])
    return {
        "lines": _move_lines(department, year, say),
        "rows": [
            (say(f"base.{base}"), table.set_index("department_ubigeo").loc[department])
            for base, table in rows
        ],
        "assumes": say("card.served.assumes", year=year),
    }


def _move_lines(department: str, year: int, say: Words) -> list[str]:
    moves = load_jurisdiction_moves()
    people = load_province_population().set_index("province_ubigeo")[f"population_{year}"]
    moves = moves.assign(people=moves["province_ubigeo"].map(people))
    whole = people[people.index.str[:2] == department].sum()
    lines = []
    for column, other, key in (
        ("department_ubigeo", "counted_in_department_ubigeo", "away"),
        ("counted_in_department_ubigeo", "department_ubigeo", "here"),
    ):
        moved = moves[moves[column] == department]
        for (code, basis), group in moved.groupby([other, "basis"], dropna=False):
            kind = "unknown" if pd.isna(code) else key
            kind += ".guess" if basis == _GUESSED else ""
            text = say(
                f"card.served.{kind}",
                names=say.list(group["province"]),
                department=department_name(department),
                other="" if pd.isna(code) else department_name(code),
                people=say.number(group["people"].sum()),
                share=say.percent(group["people"].sum() / whole),
                year=year,
            )
            lines.append(text)
    return lines


def jurisdiction_person_years(period: Period, jurisdiction: str) -> dict[str, float]:
    """Return person-years of the people that fiscal districts serve, by department."""
    yearly = [(_people(year, jurisdiction), weight) for year, weight in period.population_years]
    whole = sum(weight for _, weight in yearly)
    means = {
        code: sum(people[code] * weight for people, weight in yearly) / whole
        for code in yearly[0][0]
    }
    return {code: mean * period.months / MONTHS_PER_YEAR for code, mean in means.items()}


def _nearest_year(year: int) -> int:
    """Return the nearest year with residents by province."""
    columns = load_province_population().columns
    years = [int(name[-4:]) for name in columns if name.startswith("population_")]
    return min(years, key=lambda other: abs(other - year))


@cached
def _people(year: int, jurisdiction: str) -> dict[str, float]:
    people = {str(code): float(number) for code, number in population_of_year(year).items()}
    provinces, column = load_province_population(), f"population_{_nearest_year(year)}"
    dropped = JAEN_PROVINCES if jurisdiction == JURISDICTIONS[0] else ()
    moves = []
    for move in load_jurisdiction_moves().itertuples():
        receiver = move.counted_in_department_ubigeo
        is_unknown = pd.isna(receiver) or move.province_ubigeo in dropped
        moves.append(
            Move(move.province_ubigeo, move.department_ubigeo, None if is_unknown else receiver)
        )
    return jurisdiction_people(
        people,
        provinces.set_index("province_ubigeo")[column].astype(float).to_dict(),
        provinces.groupby("department_ubigeo")[column].sum().astype(float).to_dict(),
        moves,
    )
