"""Reported trafficking by fiscal district, and the way from there to a department."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import descriptor_of, load_table
from data.totals import check_totals
from geo.errors import DataError


def load_complaints(*, root: Path | None = None) -> pd.DataFrame:
    """Return the reports of all single periods, by fiscal district and offence.

    Returns
    -------
    DataFrame
        period, period_start, period_end, fiscal_district, department_ubigeo, department (of the
        seat of the office, not of the crime), offence (None before 2019), penal_code_article,
        reported_count (int), unit ("complaint" or "reported offence"), registry, registry_es,
        source_rows_summed, dataset_cut_date, source columns, quote.

    Raises
    ------
    DataError
        When a file is not what its card says, a fiscal district is unknown, or the counts of a
        period do not add up to the published total before and after the way to departments.

    Examples
    --------
    >>> frame = load_complaints()
    >>> frame.groupby("period")["reported_count"].sum().to_dict()
    {'2007-01/2014-04': 1976, '2019': 1365, '2020': 692, '2021': 917, '2022': 897, '2023': 1076}
    """
    return _by_seat("complaints", root)


def load_all_offences(*, root: Path | None = None) -> pd.DataFrame:
    """Return all offences that the Public Ministry's offices registered, trafficking included.

    Returns
    -------
    DataFrame
        One row a period (2019 on) and fiscal district: period, period_start, period_end,
        fiscal_district, department_ubigeo, department (of the seat of the office),
        reported_count (int), unit ("reported offence"), registry, registry_es, dataset_cut_date,
        source columns, quote.

    Raises
    ------
    DataError
        As :func:`load_complaints`.

    Examples
    --------
    >>> frame = load_all_offences()
    >>> frame.groupby("period")["reported_count"].sum().to_dict()
    {'2019': 1081851, '2020': 693475, '2021': 1025359, '2022': 1126824, '2023': 1233421}
    """
    return _by_seat("all_offences", root)


def load_incomplete_complaints(*, root: Path | None = None) -> pd.DataFrame:
    """Return the table of 2009 to 2014: 25 of 32 districts, the rest to 2,241 as a residual row.

    It overlaps the window 2007-01/2014-04 without lying in it; it is shown, never mapped to
    departments, never subtracted.
    """
    return load_table("complaints_incomplete", root)


def load_crosswalk(*, root: Path | None = None) -> pd.DataFrame:
    """Return the 34 fiscal districts with the department of their seat.

    Columns fiscal_district (spelled as the open data do), fiscal_district_name (for display),
    judicial_district_name (in the tables of 2007 to 2014; None where it did not exist),
    department_ubigeo, department, seat_ubigeo, seat_province, seat_district, jurisdiction,
    caveat, quote and source.
    """
    return load_table("crosswalk", root)


def load_related_offences(*, root: Path | None = None) -> pd.DataFrame:
    """Return neighbouring exploitation offences 2019 to 2023: context, never added to trafficking.

    Columns year, fiscal_district, department_ubigeo, department, offence, penal_code_article,
    reported_count, unit, registry, dataset_cut_date, quote and source.

    Raises
    ------
    DataError
        When a year's rows or their sum are not those of the card (no total of them is published,
        so it is the sum as shipped).
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
