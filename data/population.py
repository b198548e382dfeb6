"""Residents by department, province and year, one series at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from data.catalogue import Card, descriptor_of, load_table, once
from geo.errors import DataError, ParameterError, UserError

_COMPLETE = 25
DIRECTORY_YEAR = 2025
"""of the shipped residents by district (table districts_2025), which no other table has"""
ANNEX_YEAR = 2022
"""the last year of the shipped annex by province and district"""


def series_of_years() -> dict[int, str]:
    """Return the series of each year that has a complete population; refreshed years included.

    The two projections come from different censuses and never mix; the card says which is taken.

    Examples
    --------
    >>> series_of_years()[2023]
    'projection_2018_2026'
    """
    series = descriptor_of("population")["series_of_year"]
    return {int(year): str(code) for year, code in series.items()}


@once
def load_population(*, series_code: str | None = None) -> pd.DataFrame:
    """Return residents by department and year, of one series or of all, censuses included.

    registry is INEI's series, as the source names it. Some census series lack departments.
    DataError when a year lacks a department, or its departments do not add up to the national
    total (table population_national) or, where none is printed, to the sum of the rows as shipped
    (expected_totals of the card).

    Examples
    --------
    >>> frame = load_population(series_code="annex_2018_2022")
    >>> int(frame.loc[frame["year"] == 2019, "population"].sum())
    32131400
    """
    if series_code is not None:
        whole = load_population()
        codes = sorted(whole["series_code"].unique())
        if series_code not in codes:
            raise ParameterError(f"no series {series_code!r}; choose one of {', '.join(codes)}")
        return whole[whole["series_code"] == series_code].reset_index(drop=True)
    frame = load_table("population")
    _check_national(frame)
    frame.insert(list(frame.columns).index("unit") + 1, "registry", frame["series"])
    return frame


@once
def population_of_year(year: int) -> pd.Series:
    """Return residents of the 25 departments in one year, indexed by department_ubigeo.

    The series is chosen by the table's card (series_of_year).

    Examples
    --------
    >>> int(population_of_year(2023).sum())
    33725844
    """
    chosen = series_of_years()
    if year not in chosen:
        allowed = ", ".join(str(available) for available in sorted(chosen))
        raise UserError("population.refusal.year", year=year, allowed=allowed)
    frame = load_population(series_code=chosen[year])
    series = frame[frame["year"] == year].set_index("department_ubigeo")["population"]
    if len(series) != _COMPLETE:
        came = f"{len(series)} departments in {year}"
        raise DataError("tables/population.csv", came=came, expected=f"{_COMPLETE}")
    return series.sort_index()


@once
def load_province_population() -> pd.DataFrame:
    """Return residents of the 196 provinces at 30 June: population_2018 ... 2022 and 2025.

    unit and registry (INEI's series, as the table by department names it) are those of the card
    and of 2018 to 2022; 2025 adds up the districts of the directory (table districts_2025).
    DataError when these do not add up to the residents of 2025 of each department.
    """
    frame = load_table("population_provinces")
    card = descriptor_of("population_provinces")
    position = list(frame.columns).index(f"population_{ANNEX_YEAR}") + 1
    newest = f"population_{DIRECTORY_YEAR}"
    of_district = load_table("districts_2025")
    _check_directory(of_district)
    sums = of_district.groupby(of_district["district_ubigeo"].str[:4])[newest].sum()
    frame.insert(position, newest, frame["province_ubigeo"].map(sums))
    frame.insert(position + 1, "unit", card["unit"])
    frame.insert(position + 2, "registry", card["registry"])
    directory = of_district.attrs["card"]
    frame.attrs["card"] = Card(
        frame.attrs["card"],
        roots=["population_provinces", "districts_2025"],
        sources=[*frame.attrs["card"]["sources"], *directory["sources"]],
    )
    return frame


@once
def province_population_of_year(year: int) -> pd.Series:
    """Return residents of the 196 provinces in one year, indexed by province_ubigeo."""
    frame = load_province_population().set_index("province_ubigeo")
    column = f"population_{year}"
    if column not in frame.columns:
        years = ", ".join(name[-4:] for name in frame.columns if name.startswith("population_"))
        raise UserError("population.refusal.province_year", year=year, allowed=years)
    return frame[column].sort_index()


def spread_year(years: Sequence[int]) -> int:
    """Return the year whose residents by district spread the counts of some years.

    The end of the annex or the directory's year, whichever is nearer to their mean; the earlier
    where both are as near.

    Examples
    --------
    >>> spread_year([2023]), spread_year([2024]), spread_year([2019, 2021, 2023])
    (2022, 2025, 2022)
    """
    mean = sum(years) / len(years)
    return min((ANNEX_YEAR, DIRECTORY_YEAR), key=lambda year: abs(year - mean))


def _check_directory(frame: pd.DataFrame) -> None:
    sums = frame.groupby(frame["district_ubigeo"].str[:2])[f"population_{DIRECTORY_YEAR}"].sum()
    named = descriptor_of("districts_2025")["adds_up_to"]
    whole = load_population(series_code=named["series_code"])
    whole = whole[whole["year"] == named["year"]].set_index("department_ubigeo")["population"]
    for code, people in whole.items():
        if sums.get(code) != people:
            came = f"{sums.get(code, 0):,} residents in department {code}"
            expected = f"{people:,} (tables/population.csv, {DIRECTORY_YEAR})"
            raise DataError("tables/districts_2025.csv", came=came, expected=expected)


def _check_national(frame: pd.DataFrame) -> None:
    """Compare with the national rows; a part of a series has its own total in expected_totals."""
    card = descriptor_of("population")
    own = {tuple(item["where"].values()) for item in card.get("expected_totals", [])}
    national = load_table("population_national")
    by_year = frame.groupby(["series_code", "year"])["population"].agg(["sum", "count"])
    sums = by_year.to_dict("index")
    for series_code, year, total in national[["series_code", "year", "population"]].to_numpy():
        if (series_code, year) in own:
            continue
        sums_of_year = sums.get((series_code, year), {"sum": 0, "count": 0})
        if sums_of_year["count"] != _COMPLETE:
            came = f"{sums_of_year['count']} departments in {year} ({series_code})"
            raise DataError(card["path"], came=came, expected=f"{_COMPLETE}")
        if sums_of_year["sum"] != total:
            came = f"{sums_of_year['sum']:,} residents in {year} ({series_code})"
            expected = f"{total:,} (tables/population_national.csv)"
            raise DataError(card["path"], came=came, expected=expected)
