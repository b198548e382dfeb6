"""Residents of a period by department, province and district: between two counts, or projected."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace

import pandas as pd

from data.cache import cached
from data.catalogue import descriptor_of, load_table, table_loader
from data.names import AREA_COLUMNS, CODE_DIGITS
from data.periods import LEVELS, MONTHS_PER_YEAR, span_months
from geo.errors import DataError, ParameterError, UserError
from geo.privacy.provenance import Tiered, framed

CENSUS = "census_2025"
_COMPLETE = 25


@framed
@cached(most=512)
def load_census(level: str = LEVELS[0]) -> Tiered[pd.DataFrame]:
    """Return the census of 2025 of the areas of a level, sorted by code: 25, 196 or 1,892 rows.

    The code, residents (the omitted included), men, women, and the same of the counted and of the
    omitted alone. DataError when the areas of a level do not add up to those above.

    Examples
    --------
    >>> load_census().set_index("department_ubigeo").loc["09", ["residents", "counted"]].tolist()
    [372158, 362747]
    """
    census = load_table.tiered(CENSUS)
    whole = census.frame
    codes = whole["area_ubigeo"]
    for below, above in ((4, 2), (6, 4)):
        upper = whole[codes.str.len() == above].set_index("area_ubigeo")["residents"]
        lower = whole[codes.str.len() == below]
        sums = lower.groupby(lower["area_ubigeo"].str[:above])["residents"].sum()
        for code, people in upper.items():
            if sums.get(code) != people:
                came = f"{sums.get(code, 0):,} residents in the areas of {code}"
                raise DataError(f"tables/{CENSUS}.csv", came=came, expected=f"{people:,}")
    frame = whole[codes.str.len() == CODE_DIGITS[level]].sort_values("area_ubigeo")
    frame = frame.drop(columns="level").rename(columns={"area_ubigeo": AREA_COLUMNS[level]})
    return replace(census, frame=frame)


load_ages = table_loader("census_2025_ages")
"""The people that the census counted, by department, age in years (100: and more) and sex: without
the omitted, who have no ages."""


def omitted_share() -> float:
    """Return the share of the residents of the census who were omitted: 0.0425."""
    census = load_census()
    return 1.0 - float(census["counted"].sum() / census["residents"].sum())


def census_year() -> int:
    """Return the year of the census that the residents of maps, cards and plans are of."""
    return int(descriptor_of(CENSUS)["intercensal"]["to"][:4])


@cached(most=512)
def residents(period: str, level: str = LEVELS[0]) -> pd.Series:
    """Return the mean residents of a period by code of a level; times its years, person-years.

    ``period`` is a code such as "2023", "2025-01/2025-11" or "2019+2021+2023"; ``level`` is
    departments, provinces or districts. Between INEI's residents P0 of 30 June 2018 and those of
    the census P1, counted around 15 September 2025, each department grows at a constant rate:
    P(t) = P0 (P1 / P0)^((t - t0) / (t1 - t0)) at the middle t of each unbroken run of months, the
    runs weighted by their length (Shryock and Siegel 1976, The Methods and Materials of
    Demography, ch. 13: geometric intercensal estimate). Provinces, and districts after them, grow
    likewise and are fitted to the level above. A district split since 2018 is interpolated with the
    one that it came from, and apart from it from its making on, by their shares of 2025; before
    it has 0. The growth runs on to the years that the card of the census names and no further.

    A period before them has the mean of the years of the older series inside it, by department;
    by province and district the shares of 2018 stand for it. UserError for a period that neither
    reaches.

    Examples
    --------
    >>> residents("2018").round()["17"], residents("2025-09").round()["17"]
    (np.float64(161324.0), np.float64(208667.0))
    >>> round(residents("2023").sum())
    33331504
    """
    runs = [span_months(run) for run in period.split("+")]
    rule = descriptor_of(CENSUS)["intercensal"]
    first, last = rule["years"]
    begin, end = runs[0][0] // MONTHS_PER_YEAR, runs[-1][1] // MONTHS_PER_YEAR
    older = [year for year in series_of_years() if year < first]
    inside = [year for year in older if begin <= year <= end < first]
    if inside and level == LEVELS[0]:
        return pd.concat(map(population_of_year, inside), axis=1).mean(axis=1).rename("residents")
    if inside:
        return _residents_at(_month_of(rule["from"]), level)
    if begin < first or end > last:
        allowed = ", ".join(map(str, [*older, *range(first, last + 1)]))
        raise UserError(
            "population.refusal.year", year=begin if begin < first else end, allowed=allowed
        )
    months = [last_month - first_month + 1 for first_month, last_month in runs]
    weighted = [
        _residents_at(start + length / 2, level) * length
        for (start, _), length in zip(runs, months, strict=True)
    ]
    return sum(weighted[1:], start=weighted[0]) / sum(months)


def residents_from(period: str, level: str = LEVELS[0]) -> dict[str, pd.DataFrame]:
    """Return the rows that the residents of a period are computed from, by the table's name."""
    rule = descriptor_of(CENSUS)["intercensal"]
    runs = [span_months(run) for run in period.split("+")]
    first, last = runs[0][0] // MONTHS_PER_YEAR, runs[-1][1] // MONTHS_PER_YEAR
    table, series = load_population(), series_of_years()
    if last < rule["years"][0]:
        wanted = {year: series[year] for year in range(first, last + 1) if year in series}
        return {"population": table[table["series_code"] == table["year"].map(wanted)]}
    year = int(rule["from"][:4])
    is_start = (table["series_code"] == rule["series_code"]) & (table["year"] == year)
    rows = {"population": table[is_start], CENSUS: load_census(level)}
    names = {LEVELS[1]: "population_provinces", "districts": "places"}
    return {**{name: load_table(name) for at, name in names.items() if at == level}, **rows}


def _month_of(day: str) -> float:
    """Return a day as months since year 0: 30 June is the end of the sixth month."""
    year, month, number = map(int, day.split("-"))
    return year * MONTHS_PER_YEAR + month - 1 + number / monthrange(year, month)[1]


@cached(most=512)
def _residents_at(month: float, level: str) -> pd.Series:
    """Residents at a moment, in months since year 0."""
    rule = descriptor_of(CENSUS)["intercensal"]
    start, counted = _month_of(rule["from"]), _month_of(rule["to"])
    year = rule["from"][:4]
    growing = (month - start) / (counted - start)
    census = load_census(level).set_index(AREA_COLUMNS[level])["residents"].astype(float)
    if level == LEVELS[0]:
        table = load_population(series_code=rule["series_code"])
        before = table[table["year"] == int(year)].set_index(AREA_COLUMNS[level])["population"]
        return (before * (census / before) ** growing).sort_index().rename("residents")
    table = load_table("population_provinces" if level == LEVELS[1] else "places")
    before = table.set_index(AREA_COLUMNS[level])[f"population_{year}"]
    parts = _parts(census, before)
    after = parts.groupby("of")["people"].sum()
    then = before[after.index] * (after / before[after.index]) ** growing
    people = parts["people"] * parts["of"].map(then / after)
    # what was not made yet belongs to the area that it came from
    code = parts["code"].where(parts["since"] <= month, parts["of"])
    by_area = people.groupby(code).sum().reindex(census.index, fill_value=0.0)
    above = LEVELS[0] if level == LEVELS[1] else LEVELS[1]
    upper = by_area.index.str[: CODE_DIGITS[above]]
    fitted = _residents_at(month, above) / by_area.groupby(upper).sum()
    return (by_area * fitted[upper].to_numpy()).rename("residents")


def _parts(census: pd.Series, before: pd.Series) -> pd.DataFrame:
    """Residents of 2025 by area (code), the area of 2018 that it belonged to (of), and since when.

    What came from several is divided among them as their residents of 2018.
    """
    made = {item["district_ubigeo"]: item for item in descriptor_of(CENSUS)["split_districts"]}
    rows, numbers = [], before.to_dict()
    for code, people in census.items():
        origins = made[code]["from"] if code in made else [code]
        since = _month_of(made[code]["since"]) if code in made else 0.0
        whole = sum(numbers[of] for of in origins)
        rows += [(code, of, people * numbers[of] / whole, since) for of in origins]
    return pd.DataFrame(rows, columns=["code", "of", "people", "since"])


def series_of_years() -> dict[int, str]:
    """Return the series of each year that has a complete estimate or projection of INEI.

    The two projections come from different censuses and never mix; the card says which is taken.

    Examples
    --------
    >>> series_of_years()[2023]
    'projection_2018_2026'
    """
    series = descriptor_of("population")["series_of_year"]
    return {int(year): str(code) for year, code in series.items()}


@cached(most=512)
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


@cached(most=512)
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


def projected(period: str, level: str = LEVELS[0]) -> pd.Series | None:
    """Return the mean residents of a period by INEI's projections; None if they lack a year.

    Each calendar year weighs the months that the period has of it. By department 2018 on, by
    province 2018 to 2022.
    """
    years = [
        month // MONTHS_PER_YEAR
        for first, last in map(span_months, period.split("+"))
        for month in range(first, last + 1)
    ]
    if level == LEVELS[0]:
        table = load_population()
        series = table["year"].map(series_of_years())
        table = table[table["series_code"] == series].pivot(
            index="department_ubigeo", columns="year", values="population"
        )
    else:
        table = load_table("population_provinces").set_index("province_ubigeo")
        table.columns = table.columns.str.removeprefix("population_")
        table = table.rename(columns=lambda name: int(name) if name.isdigit() else name)
    if not set(years) <= set(table.columns):
        return None
    return table[years].mean(axis=1)


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
