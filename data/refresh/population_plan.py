"""Refreshed population: new years in a series of their own, checked against their totals."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.catalogue import descriptor_of, load_table, resource_names
from data.population import series_of_years
from data.refresh.plan import Plan, Source, table_bytes
from data.refresh.population import PopulationReading, read_population
from data.refresh.store import Replacement

SERIES_PREFIX = "refreshed_"
_SOURCE_ID = "R-population"
_PUBLISHER = "INEI"
_COLUMNS = (
    *("department_ubigeo", "year", "series_code", "series", "population", "unit"),
    *("value_type", "note", "source_id", "quote"),
)


def plan_population(source: Source, file: str, *, replace_years: bool = False) -> Plan:
    """Read a source and say what would change.

    Two projections of two censuses never mix within a year: a year that the atlas has keeps its
    series unless ``replace_years``; then all the file's years come from the file.

    Raises
    ------
    DataError
        When the source is refused; see :func:`data.refresh.population.read_population`.
    """
    names = load_table("departments").set_index("department_ubigeo")["department"].to_dict()
    reading = read_population(file, source.content, names)
    held = load_table("population")
    kept = held[~held["series_code"].str.startswith(SERIES_PREFIX)]
    series = {
        year: code for year, code in series_of_years().items() if not code.startswith(SERIES_PREFIX)
    }
    new = [year for year in reading.years if year not in series]
    used = list(reading.years) if replace_years else new
    lines = [
        f"sheet {reading.sheet!r}: {reading.rows_read} rows, years "
        f"{reading.years[0]} to {reading.years[-1]}",
        f"provinces {_count(reading, 4)}, districts {_count(reading, 6)}",
        *reading.notes,
        *_compared(reading, kept, series, names),
    ]
    areas = reading.areas if len(reading.areas) else None
    newest = areas is not None and int(areas["year"].max()) > _areas_year()
    if not used and not newest:
        lines.append("no year that the atlas lacks: nothing to write (--replace-years takes all)")
        return Plan(tuple(lines))
    lines.append(f"new years: {', '.join(map(str, new)) or 'none'}")
    if replace_years and len(used) > len(new):
        lines.append("replaced years: " + ", ".join(str(year) for year in used if year not in new))
    return Plan(tuple(lines), _replacements(source, reading, kept, used))


def _count(reading: PopulationReading, digits: int) -> int:
    codes = reading.areas["area_ubigeo"]
    return int(codes[codes.str.len() == digits].nunique())


def _areas_year() -> int:
    if "population_areas" in resource_names():
        return int(load_table("population_areas")["year"].max())
    return 2022


def _compared(
    reading: PopulationReading, kept: pd.DataFrame, series: dict[int, str], names: dict[str, str]
) -> list[str]:
    """Per year that both have: how many departments differ, and which most."""
    lines = []
    for year, frame in reading.departments.groupby("year"):
        if year not in series:
            total = int(frame["population"].sum())
            lines.append(f"{year}: new, {total:,} residents")
            continue
        now = frame.set_index("department_ubigeo")["population"]
        rows = kept[(kept["series_code"] == series[year]) & (kept["year"] == year)]
        was = rows.set_index("department_ubigeo")["population"]
        change = (now - was)[now != was]
        if not len(change):
            lines.append(f"{year}: as in the atlas ({series[year]})")
            continue
        most = change.abs().idxmax()
        lines.append(
            f"{year}: {len(change)} departments differ from {series[year]}, in all "
            f"{int(now.sum() - was.sum()):+,}; most {most} {names[most]} "
            f"{int(was[most]):,} -> {int(now[most]):,}"
        )
    return lines


def _replacements(
    source: Source, reading: PopulationReading, kept: pd.DataFrame, used: list[int]
) -> dict[str, Replacement]:
    first, last = reading.years[0], reading.years[-1]
    code = f"{SERIES_PREFIX}{first}_{last}"
    title = f"Population {first} to {last} ({reading.sheet})"
    same = {
        "series_code": code,
        "series": f"INEI projection at 30 June ({first}-{last} refreshed)",
        "unit": "resident",
        "value_type": "reported",
        "note": None,
        "source_id": _SOURCE_ID,
    }
    rows = [
        {**same, **row, "quote": f"{row['department_ubigeo']} {row['year']}: {row['population']}"}
        for row in reading.departments.to_dict("records")
        if row["year"] in used
    ]
    printed = [
        {**same, "year": year, "population": total, "quote": f"00 {year}: {total}"}
        for year, total in reading.national.items()
        if year in used
    ]
    card = source.card(
        rows_read=reading.rows_read, rows_used=len(rows) + len(reading.areas), notes=reading.notes
    )
    described = {"sources": source.described(title, _PUBLISHER)}
    made = {
        "population": Replacement(
            table_bytes(_COLUMNS, [*kept[list(_COLUMNS)].to_dict("records"), *rows]),
            card,
            {
                "sources": [*descriptor_of("population")["sources"], *described["sources"]],
                "expected_totals": _totals(reading, code, used),
                "series_of_year": {str(year): code for year in used},
            },
            (source.row(_SOURCE_ID, title, _PUBLISHER),),
        ),
        "population_national": _national(card, printed),
    }
    if len(reading.areas):
        areas = reading.areas.assign(source_id=_SOURCE_ID).to_dict("records")
        made["population_areas"] = Replacement(
            table_bytes(("area_ubigeo", "year", "population", "source_id"), areas),
            card,
            {**described, "licence_statement": "not stated by the publisher"},
        )
    return made


def _national(card: Any, printed: list[dict[str, Any]]) -> Replacement:
    held = load_table("population_national")
    held = held[~held["series_code"].str.startswith(SERIES_PREFIX)]
    columns = [name for name in _COLUMNS if name != "department_ubigeo"]
    return Replacement(
        table_bytes(columns, [*held[columns].to_dict("records"), *printed]), card, {}
    )


def _totals(reading: PopulationReading, code: str, used: list[int]) -> list[dict[str, Any]]:
    """The totals of the card; a year without a national row has the sum of its own rows."""
    held = [
        item
        for item in descriptor_of("population")["expected_totals"]
        if not item["where"]["series_code"].startswith(SERIES_PREFIX)
    ]
    sums = reading.departments.groupby("year")["population"].sum()
    own = [
        {
            "where": {"series_code": code, "year": year},
            "column": "population",
            "rows": 25,
            "total": int(sums[year]),
            "tolerance": 0,
            "source": "sum of the 25 rows as refreshed",
        }
        for year in used
        if year not in reading.national
    ]
    return [*held, *own]
