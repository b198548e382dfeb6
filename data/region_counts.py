"""Counts beside their denominators: the frame that every lens starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.catalogue import card_of, descriptor_of, load_table
from data.complaints import load_all_offences, load_complaints
from data.departments import load_denominator_mismatch
from data.periods import Period, parse_period
from data.population import load_population, population_of_year, series_of_years

MONTHS_PER_YEAR = 12


def load_region_counts(period: str | Period, *, root: Path | None = None) -> pd.DataFrame:
    """Return the reports of one period by department, with people and flags.

    Parameters
    ----------
    period : str or Period
        A code of data.periods.PERIODS.
    root : Path, optional
        Data folder.

    Returns
    -------
    DataFrame, 25 rows sorted by department_ubigeo
        department_ubigeo, department, reported_count (int), unit, registry, registry_es,
        population (mean of the period's years), person_years (= population times months / 12),
        offences (float: all offences that the same offices registered in these months; NaN for
        every department where that is not known, as before 2019),
        is_ranked (bool), flags (list of str: "not_ranked", "year_flagged", "lockdown",
        "denominator_mismatch").

    Raises
    ------
    ParameterError
        When the period is unknown or incomplete.
    DataError
        When the shipped figures are not what their cards say.

    Examples
    --------
    >>> counts = load_region_counts("2007-01/2014-04")
    >>> int(counts["reported_count"].sum()), round(float(counts["person_years"].sum()), 2)
    (1976, 218522338.22)
    """
    span = parse_period(period) if isinstance(period, str) else period
    complaints = load_complaints(root=root)
    rows = complaints[complaints["period"].isin(span.parts)]
    years = [population_of_year(year, root=root) for year in span.years]
    population = sum(years[1:], start=years[0]) / len(years)
    counts = rows.groupby("department_ubigeo")["reported_count"].sum()
    offences = load_all_offences(root=root)
    offences = offences[offences["period"].isin(span.parts)]
    if offences["period"].nunique() < len(span.parts):
        offences = offences.iloc[:0]  # known for some of the years only
    registered = offences.groupby("department_ubigeo")["reported_count"].sum()
    names = _names(root)
    codes = list(population.index)
    mismatch = set(load_denominator_mismatch(root=root)["department_ubigeo"])
    frame = pd.DataFrame(
        {
            "department_ubigeo": codes,
            "department": [names[code] for code in codes],
            "reported_count": counts.reindex(codes, fill_value=0).to_numpy(dtype=np.int64),
            "unit": span.unit,
            "registry": span.registry,
            "registry_es": rows["registry_es"].iloc[0],
            "population": population.to_numpy(dtype=float),
            "person_years": population.to_numpy(dtype=float) * span.months / MONTHS_PER_YEAR,
            "offences": registered.reindex(codes).to_numpy(dtype=float),
            "is_ranked": [code not in span.unranked for code in codes],
            "flags": [_flags(code, span, mismatch) for code in codes],
        }
    )
    return _with_cards(
        frame, root, [_cited(rows), _cited(_people(span.years, root)), _cited(offences)]
    )


def load_yearly_counts(*, root: Path | None = None) -> pd.DataFrame:
    """Return reports by department and year for the fit of kappa.

    Which periods and departments those are is said by "overdispersion" in the card of the
    complaints. A refreshed year is not among them, lest the verdicts of the shipped years change
    with it (docs/decisions/0072).

    Returns
    -------
    DataFrame, 96 rows: 24 departments (without Lima) by 2019, 2021, 2022 and 2023
        department_ubigeo, department, year, reported_count, population, offences, unit, registry.

    Examples
    --------
    >>> load_yearly_counts().groupby("year")["reported_count"].sum().to_dict()
    {2019: 956, 2021: 728, 2022: 798, 2023: 892}
    """
    rule = descriptor_of("complaints", root)["overdispersion"]
    left_out = [item["department_ubigeo"] for item in rule["left_out"]]
    columns = [
        "department_ubigeo",
        "department",
        "year",
        "reported_count",
        "population",
        "offences",
        "unit",
        "registry",
    ]
    loaded = [load_region_counts(period, root=root) for period in rule["periods"]]
    cited = [part.attrs["card"]["sources"] for part in loaded]
    parts = [
        part.assign(year=int(period)) for part, period in zip(loaded, rule["periods"], strict=True)
    ]
    for part in parts:
        part.attrs = {}  # one card for all of them
    frame = pd.concat(parts, ignore_index=True)[columns]
    frame = frame[~frame["department_ubigeo"].isin(left_out)]
    frame = frame.sort_values(["department_ubigeo", "year"], ignore_index=True)
    return _with_cards(frame, root, cited)


def _flags(code: str, span: Period, mismatch: set[str]) -> list[str]:
    flags = ["not_ranked"] if code in span.unranked else []
    flags += span.flags
    return flags + (["denominator_mismatch"] if code in mismatch else [])


def _names(root: Path | None) -> dict[str, str]:
    table = load_table("departments", root)
    return dict(zip(table["department_ubigeo"], table["department"], strict=True))


def _people(years: tuple[int, ...], root: Path | None) -> pd.DataFrame:
    """Rows of the population table that the denominators of some years come from."""
    table, series = load_population(root=root), series_of_years(root=root)
    wanted = {(year, series[year]) for year in years}
    keys = zip(table["year"], table["series_code"], strict=True)
    return table[[key in wanted for key in keys]]


def _cited(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The sources that rows name, as a card does, each once in the order of its date."""
    columns = ["source_title", "publisher", "source_url", "published"]
    unique = rows[columns].drop_duplicates().sort_values("published", kind="stable")
    return [
        dict(zip(("title", "publisher", "url", "published"), row, strict=True))
        for row in unique.itertuples(index=False, name=None)
    ]


def _with_cards(
    frame: pd.DataFrame, root: Path | None, cited: list[list[dict[str, Any]]]
) -> pd.DataFrame:
    """Attach the card of the counts, with the sources of the rows that went in; our own sum."""
    card = card_of(descriptor_of("complaints", root))
    card["sources"] = list(
        {tuple(source.items()): source for part in cited for source in part}.values()
    )
    frame.attrs["tier"] = "T1"
    frame.attrs["card"] = card
    return frame
