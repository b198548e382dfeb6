"""Trust in the police: a survey's value by department, as a possible reason for few reports."""

from __future__ import annotations

import pandas as pd

from atlas.results.help_places import FAR_KM, centres_by_area
from atlas.view import DEPARTMENTS, LEVELS
from atlas.words import Words
from data.cache import cached
from data.catalogue import descriptor_of
from data.context import load_trust_in_police
from data.periods import INCOMPLETE, MAIN, REGISTRIES, UNKNOWN, Period, periods_of
from data.reports import load_region_counts
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed

COUNTRY = "00"
"""area_code of the country"""


@framed
@cached
def trust_by_year() -> Tiered[pd.DataFrame]:
    """Return the percentage who trust the police, areas by years; shared, so read only.

    Rows are area codes: the country first, 25 departments without Lima, and its two parts.
    """
    table = gate(load_trust_in_police.tiered(), "T0")
    wide = table.frame.pivot(index="area_code", columns="year", values="trust_pct")
    return derive(wide, table, name="trust_by_year")


@cached
def trust_areas() -> dict[str, str]:
    """Names of the areas of the survey by code; shared: read only."""
    table = load_trust_in_police()
    return dict(zip(table["area_code"], table["area"], strict=True))


def survey_year() -> int:
    """The newest year of the survey."""
    return int(trust_by_year().columns[-1])


def trust_pct() -> pd.Series:
    """Percentage of the newest survey by department (25 codes); NaN for Lima, which has two.

    >>> trust_pct()[["21", "15"]].tolist()
    [7.6, nan]
    """
    return trust_by_year()[survey_year()].reindex(DEPARTMENTS)


def areas_of(department: str) -> list[str]:
    """Codes of the survey's areas of a department: its own, or those of its parts.

    >>> areas_of("21"), areas_of("15")
    (['21'], ['15-01', '15-99'])
    """
    return [code for code in trust_by_year().index if code.partition("-")[0] == department]


def trust_line(department: str, say: Words) -> str:
    """Say how many of a hundred trust the police, of a department (INEI code) or the COUNTRY."""
    table, year = trust_by_year(), survey_year()
    values = table[year]
    if department == COUNTRY:
        return say("trust.country", count=say.number(values[COUNTRY]), year=year)
    codes = areas_of(department)
    texts = [
        say("trust.area", count=say.number(values[code]), area=trust_areas()[code])
        for code in codes
    ]
    return say(
        "trust.line" if len(codes) == 1 else "trust.line.parts",
        count=say.number(values[codes[0]]),
        areas=say.list(texts),
        year=year,
        country=say.number(values[COUNTRY]),
    )


def marked_years(say: Words) -> dict[int, str]:
    """Years of the survey that ask for caution, with the reason."""
    column = "reason_es" if say.lang == "es" else "reason"
    marks = descriptor_of("trust_in_police").get("marked_years", [])
    return {int(mark["year"]): str(mark[column]) for mark in marks}


def trust_rows(say: Words) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of a table of all years: the country, then the departments by code."""
    table, marked = trust_by_year(), marked_years(say)
    years = [f"{year} ⚑" if year in marked else str(year) for year in table.columns]
    names = trust_areas()
    rows = [
        [
            names[code] if code != COUNTRY else say("card.peru"),
            *(say.number(value, 1) for value in row),
        ]
        for code, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    return [say("trust.head"), *years], rows


def why_few(department: str, say: Words) -> list[str]:
    """Say what may keep a department's reports few: low trust, distance, silent offices.

    It may, not does; where trust is not lower than in the country, nobody lives far and no office
    is silent, these figures give no reason.
    """
    values = trust_by_year()[survey_year()]
    is_trusted = min(values[code] for code in areas_of(department)) >= values[COUNTRY]
    far = centres_by_area(LEVELS[0])["people_over_30km"][department]
    distance = say("trust.far", count=say.number(far), km=say.number(FAR_KM))
    silent = [
        say(f"period.{period.code}")
        for period in periods_of(REGISTRIES[MAIN])
        if len(period.years) == 1 and {UNKNOWN, INCOMPLETE} & {*_flags(department, period)}
    ]
    offices = [say("trust.offices", periods=say.list(silent))] if silent else []
    may = "trust.may.none" if is_trusted and not far and not silent else "trust.may"
    return [f"{trust_line(department, say)} {distance}", *offices, say(may)]


def _flags(department: str, period: Period) -> list[str]:
    return load_region_counts(period).set_index("department_ubigeo")["flags"][department]
