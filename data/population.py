"""Residents by department, province and year, one series at a time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import descriptor_of, load_table, once
from geo.errors import DataError, ParameterError, UserError

_COMPLETE = 25


def series_of_years(*, root: Path | None = None) -> dict[int, str]:
    """Return the series of each year that has a complete population; refreshed years included.

    The two projections come from different censuses and never mix; the card says which is taken.

    Examples
    --------
    >>> series_of_years()[2023]
    'projection_2018_2026'
    """
    series = descriptor_of("population", root)["series_of_year"]
    return {int(year): str(code) for year, code in series.items()}


@once
def load_population(*, series_code: str | None = None, root: Path | None = None) -> pd.DataFrame:
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
        whole = load_population(root=root)
        known = sorted(whole["series_code"].unique())
        if series_code not in known:
            raise ParameterError(f"no series {series_code!r}; choose one of {', '.join(known)}")
        return whole[whole["series_code"] == series_code].reset_index(drop=True)
    frame = load_table("population", root)
    _check_national(frame, root)
    frame.insert(list(frame.columns).index("unit") + 1, "registry", frame["series"])
    return frame


@once
def population_of_year(year: int, *, root: Path | None = None) -> pd.Series:
    """Return residents of the 25 departments in one year, indexed by department_ubigeo.

    The series is chosen by the table's card (series_of_year).

    Examples
    --------
    >>> int(population_of_year(2023).sum())
    33725844
    """
    chosen = series_of_years(root=root)
    if year not in chosen:
        allowed = ", ".join(str(known) for known in sorted(chosen))
        raise UserError("population.refusal.year", year=year, allowed=allowed)
    frame = load_population(series_code=chosen[year], root=root)
    series = frame[frame["year"] == year].set_index("department_ubigeo")["population"]
    if len(series) != _COMPLETE:
        raise DataError(
            "tables/population.csv",
            came=f"{len(series)} departments in {year}",
            expected=f"{_COMPLETE}",
        )
    return series.sort_index()


@once
def load_province_population(*, root: Path | None = None) -> pd.DataFrame:
    """Return residents of the 196 provinces at 30 June: population_2018 ... population_2022.

    unit and registry (INEI's series, as the table by department names it) are those of the card.
    """
    frame = load_table("population_provinces", root)
    card = descriptor_of("population_provinces", root)
    position = list(frame.columns).index("population_2022") + 1
    frame.insert(position, "unit", card["unit"])
    frame.insert(position + 1, "registry", card["registry"])
    return frame


@once
def province_population_of_year(year: int, *, root: Path | None = None) -> pd.Series:
    """Return residents of the 196 provinces in one year, indexed by province_ubigeo."""
    frame = load_table("population_provinces", root).set_index("province_ubigeo")
    column = f"population_{year}"
    if column not in frame.columns:
        known = ", ".join(name[-4:] for name in frame.columns if name.startswith("population_"))
        raise UserError("population.refusal.province_year", year=year, allowed=known)
    return frame[column].sort_index()


def _check_national(frame: pd.DataFrame, root: Path | None) -> None:
    """Compare with the national rows; a part of a series has its own total in expected_totals."""
    card = descriptor_of("population", root)
    own = {tuple(item["where"].values()) for item in card.get("expected_totals", [])}
    national = load_table("population_national", root)
    by_year = frame.groupby(["series_code", "year"])["population"].agg(["sum", "count"])
    sums = by_year.to_dict("index")
    for series_code, year, total in national[["series_code", "year", "population"]].to_numpy():
        if (series_code, year) in own:
            continue
        found = sums.get((series_code, year), {"sum": 0, "count": 0})
        if found["count"] != _COMPLETE:
            raise DataError(
                card["path"],
                came=f"{found['count']} departments in {year} ({series_code})",
                expected=f"{_COMPLETE}",
            )
        if found["sum"] != total:
            raise DataError(
                card["path"],
                came=f"{found['sum']:,} residents in {year} ({series_code})",
                expected=f"{total:,} (tables/population_national.csv)",
            )
