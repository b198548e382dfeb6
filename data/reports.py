"""Reports by fiscal district and period beside their denominators; figures of other registries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.catalogue import card_of, descriptor_of, load_table, once, overlay
from data.geography import load_denominator_mismatch
from data.parsing import check_totals
from data.periods import MONTHS_PER_YEAR, Period, parse_period
from data.population import load_population, population_of_year, series_of_years
from data.refresh.mpfn_file import AGGRAVATED, BASIC
from geo.errors import DataError

_OPEN_DATA = "MPFN open data (delitos denunciados)"
_SOURCE_COLUMNS = ("source_id", "source_title", "publisher", "published", "source_url")


@once
def load_region_counts(period: str | Period, *, root: Path | None = None) -> pd.DataFrame:
    """Return the reports of one period by department, with people and flags: 25 rows by code.

    department_ubigeo, department, reported_count (int), unit, registry, registry_es,
    population (mean of the period's years), person_years (= population times months / 12),
    offences (float: all offences that the same offices registered in these months; NaN for every
    department where that is not known, as before 2019), is_ranked (bool), flags (list of str:
    "not_ranked", "year_flagged", "lockdown", "part_year", "denominator_mismatch").

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
    """Return reports by department and year for the fit of kappa: 24 (without Lima) by 4 years.

    Which periods and departments those are is said by "overdispersion" in the card of the
    complaints. A refreshed year is not among them, lest the verdicts of the shipped years change
    with it (docs/decisions/refresh.md).

    Examples
    --------
    >>> load_yearly_counts().groupby("year")["reported_count"].sum().to_dict()
    {2019: 956, 2021: 728, 2022: 798, 2023: 892}
    """
    rule = descriptor_of("complaints", root)["overdispersion"]
    left_out = [item["department_ubigeo"] for item in rule["left_out"]]
    columns = [
        *("department_ubigeo", "department", "year"),
        *("reported_count", "population", "offences", "unit", "registry"),
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
    card["roots"] = ["complaints", "population"]
    if frame["offences"].notna().any():
        card["roots"].append("all_offences")
    frame.attrs["tier"] = "T1"
    frame.attrs["card"] = card
    return frame


@once
def load_complaints(*, root: Path | None = None) -> pd.DataFrame:
    """Return the reports of all single periods, by fiscal district and offence.

    department_ubigeo is that of the seat of the office, not of the crime; offence is None before
    2019. DataError when a fiscal district is unknown, or the counts of a period do not add up to
    the published total before and after the way to departments.

    Examples
    --------
    >>> frame = load_complaints()
    >>> frame.groupby("period")["reported_count"].sum().to_dict()
    {'2007-01/2014-04': 1976, '2019': 1365, '2020': 692, '2021': 917, '2022': 897, '2023': 1076}
    """
    return _by_seat("complaints", root)


@once
def load_all_offences(*, root: Path | None = None) -> pd.DataFrame:
    """Return all offences that the Public Ministry's offices registered, trafficking included.

    One row a period (2019 on) and fiscal district, as :func:`load_complaints`.

    Examples
    --------
    >>> frame = load_all_offences()
    >>> frame.groupby("period")["reported_count"].sum().to_dict()
    {'2019': 1081851, '2020': 693475, '2021': 1025359, '2022': 1126824, '2023': 1233421}
    """
    return _by_seat("all_offences", root)


def load_crosswalk(*, root: Path | None = None) -> pd.DataFrame:
    """Return the 34 fiscal districts with the department of their seat.

    fiscal_district is spelled as the open data do, fiscal_district_name is for display.
    """
    return load_table("crosswalk", root)


@once
def load_related_offences(*, root: Path | None = None) -> pd.DataFrame:
    """Return neighbouring exploitation offences 2019 to 2023: context, never added to trafficking.

    No total of them is published: the card has the sum as shipped.
    """
    frame = load_table("related_offences", root)
    check_totals(frame, descriptor_of("related_offences", root))
    _insert_seat(frame, root)
    return frame


def _by_seat(name: str, root: Path | None) -> pd.DataFrame:
    """Counts by fiscal district with the department of the seat; no total changes on the way."""
    frame = load_table(name, root)
    card = descriptor_of(name, root)
    _check_totals(card, frame.groupby("period")["reported_count"].sum().to_dict())
    _insert_seat(frame, root)
    by_department = frame.groupby(["period", "department_ubigeo"])["reported_count"].sum()
    _check_totals(card, by_department.groupby("period").sum().to_dict())
    return frame


def _insert_seat(frame: pd.DataFrame, root: Path | None) -> None:
    seat = load_table("crosswalk", root).set_index("fiscal_district")
    mapped = seat.reindex(frame["fiscal_district"])
    position = list(frame.columns).index("fiscal_district") + 1
    for offset, column in enumerate(("department_ubigeo", "department")):
        frame.insert(position + offset, column, mapped[column].to_numpy())


def _check_totals(card: dict, totals: dict[str, int]) -> None:
    """Compare counts by period with the totals that the publisher printed."""
    expected = {item["period"]: item for item in card["expected_totals"]}
    unknown = sorted(set(totals) ^ set(expected))
    if unknown:
        raise DataError(
            card["path"],
            came=f"periods {', '.join(sorted(totals))}",
            expected=f"periods {', '.join(sorted(expected))}",
        )
    for period, item in expected.items():
        if totals[period] != item["reported_count"]:
            raise DataError(
                card["path"],
                came=f"{totals[period]:,} in {period}",
                expected=f"{item['reported_count']:,} ({item['source']})",
            )


def load_national_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return national counts by registry, one unit per row, never added across registries.

    Years of the open data that were refreshed on this machine are summed from the complaints.

    Examples
    --------
    >>> frame = load_national_figures()
    >>> frame.loc[frame["measure"].eq("complaints") & frame["period_end"].eq("2021-12")
    ...           & frame["period_start"].eq("2021-01"), "value"].astype(int).tolist()
    [1448, 917, 535]
    """
    frame = load_table("national_figures", root)
    if root is not None or "complaints" not in overlay().entries:
        return frame
    return _with_refreshed(frame)


def _with_refreshed(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the sums of refreshed years in, in the place of those that they correct."""
    table = load_complaints()
    table = table[table["source_id"].str.startswith("R-complaints-")]
    is_open_data = frame["registry"] == _OPEN_DATA
    like = frame[is_open_data].iloc[-1].to_dict()
    rows = []
    for _, found in table.groupby("period", sort=False):
        first = found.iloc[0]
        named = found["penal_code_article"].dropna()
        articles = sorted({part for text in named for part in text.split("; ")})
        same = ("period_start", "period_end", *_SOURCE_COLUMNS)
        rows.append(
            {
                **like,
                **{name: first[name] for name in same},
                "value": float(found["reported_count"].sum()),
                "note": f"art. {'+'.join(articles)}" if articles else None,
                "quote": f'{first["period"]}: "{BASIC}" + "{AGGRAVATED}"',
            }
        )
    years = {row["period_end"][:4] for row in rows}
    kept = frame[~(is_open_data & frame["period_end"].str[:4].isin(years))]
    whole = pd.concat([kept, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)
    whole = whole.astype(frame.dtypes.to_dict())
    whole.attrs = dict(frame.attrs)
    return whole


def load_breakdowns(*, root: Path | None = None) -> pd.DataFrame:
    """Return sex, age, form of exploitation, recruitment as the registries give them."""
    return load_table("breakdowns", root)


def load_department_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return figures of other registries for the departments that a source names."""
    return load_table("department_figures", root)


def load_article_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return the figures of the article this project began with (registry: who is quoted)."""
    return load_table("article_figures", root)
