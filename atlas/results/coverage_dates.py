"""The end of the figures, where newer files are, and the dates when files were cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from atlas.words import Words
from data.catalogue import descriptor_of, load_table
from data.context import mining_span
from data.periods import (
    INCOMPLETE,
    MAIN,
    NOT_COMPARED,
    PERIODS,
    REGISTRIES,
    UNKNOWN,
    Period,
    periods_of,
)
from data.population import series_of_years
from data.reports import load_complaints, load_region_counts


def last_period_text(say: Words, registry: str = MAIN) -> str:
    """Write the end of a registry's figures: a year, or a month of one that is not whole.

    >>> from atlas.words import words
    >>> last_period_text(words("es")), last_period_text(words("es"), "police")
    ('noviembre de 2025', 'setiembre de 2025')
    """
    end = max(span.end for span in periods_of(REGISTRIES[registry]) if not span.is_pooled)
    return _end_text(end, say)


def _end_text(end: str, say: Words) -> str:
    """Write a month, the last one of a year as the year; a quarter as it is."""
    if "-" not in end:
        return end
    return end[:4] if end.endswith("-12") else say.month(end)


def figure_ends(say: Words) -> dict[str, str]:
    """Write the end of the figures of each registry that still counts."""
    return {"end": last_period_text(say), "police": last_period_text(say, "police")}


NEWER_AT = {
    "complaints": "MPFN delitos denunciados (official page)",
    "police_complaints": "Mininter Trata de personas (official page)",
    "mining_cells": "Amazon Mining Watch",
    "population": "INEI projected population by department",
    "departments_simplified": "INEI limits",
}
"""Table to how the name of the place of newer files begins in the table official_files."""


def newer_files(say: Words) -> list[dict[str, str]]:
    """Write where newer files of each table are, in the order of NEWER_AT.

    title, end (the last month or year), read (the day when its source was read) and address.
    """
    places = load_table("official_files")
    ends = {
        "complaints": _end_text(REGISTRIES[MAIN].last, say),
        "police_complaints": _end_text(REGISTRIES["police"].last, say),
        "mining_cells": _end_text(mining_span()[1], say),
        "population": str(max(series_of_years())),
    }
    return [
        {
            "title": say(f"method.newer.of.{table}"),
            "end": ends.get(table, "–"),
            "read": descriptor_of(table)["accessed"],
            "address": places.loc[places["dataset"].str.startswith(name), "access_url"].iloc[0],
        }
        for table, name in NEWER_AT.items()
    ]


def missing_file(year: int) -> str:
    """The address of the prosecutors' file of a year that this edition lacks; "" of others."""
    if any(year in period.years for period in _open_data()):
        return ""
    places = load_table("official_files")
    of_year = (places["owner"] == "MPFN") & (places["period"].astype(str) == str(year))
    # a sentence may be Markdown, where an address is a link as it stands
    return quote(str(next(iter(places.loc[of_year, "access_url"]), "")), safe="/:%?&=#~")


def missing_years() -> list[int]:
    """Return the years within the open data whose published file this edition lacks.

    >>> missing_years()
    [2024]
    """
    years = {year for period in _open_data() for year in period.years}
    return [year for year in range(min(years), max(years)) if missing_file(year)]


def what_is_missing(say: Words) -> list[str]:
    """Say what this edition lacks: years, where each registry ends, departments of its years."""
    texts = [say("missing.year", year=year) for year in missing_years()]
    texts.append(say("missing.ends", **figure_ends(say)))
    for code in (MAIN, "police"):
        for period in periods_of(REGISTRIES[code]):
            if not period.is_pooled and (names := _lacking(period)):
                values = {"names": say.list(names), "registry": say(f"registry.{code}")}
                texts.append(say("missing.areas", period=say(f"period.{period.code}"), **values))
    return [*texts, say("missing.lima"), say("missing.not_recorded"), say("missing.zero")]


def _lacking(period: Period) -> list[str]:
    """Name the departments whose counts are not whole; the police's of Lima hold others besides."""
    wanted = NOT_COMPARED if period.registry_code == MAIN else {UNKNOWN, INCOMPLETE}
    counts = load_region_counts(period)
    return list(counts.loc[counts["flags"].map(lambda has: bool(wanted & {*has})), "department"])


def missing_texts(say: Words) -> list[str]:
    """Name the prosecutors' missing files, with their address and the command to add them."""
    texts = []
    for year in missing_years():
        address = missing_file(year)
        file = address.rpartition("/")[2]
        command = f"cli.py refresh complaints {file} --out cifras-{year}"
        texts.append(say("edition.missing", year=year, file=file, address=address, command=command))
    return texts


def offence_years(say: Words) -> str:
    """Write the years of the open data that are here, with their gaps.

    >>> from atlas.words import words
    >>> offence_years(words("es"))
    '2019-2023, enero a noviembre de 2025'
    """
    return _years_text(_open_data(), say)


def _open_data() -> list[Period]:
    return [period for period in PERIODS if period.registry_code == MAIN and not period.is_pooled]


def _years_text(periods: list[Period], say: Words) -> str:
    runs = runs_of([period.years[0] for period in periods if not period.is_part_year])
    texts = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    parts = [say(f"period.{period.code}") for period in periods if period.is_part_year]
    return ", ".join([*texts, *parts])


def runs_of(years: Sequence[int]) -> list[list[int]]:
    """Group years that follow each other.

    >>> runs_of([2019, 2020, 2023])
    [[2019, 2020], [2023]]
    """
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return runs


def cut_text(period: Period, say: Words) -> str:
    """Write when the files of a period were cut, in brackets; empty where unknown.

    >>> from atlas.words import words
    >>> from data.periods import parse_period
    >>> cut_text(parse_period("2023"), words("es"))
    ' (corte: enero de 2024)'
    """
    day = _cut_day(period)
    return say("source.cut", month=say.month(day)) if day else ""


def cuts_text(say: Words) -> str:
    """Write when the file of each year was cut, grouped by month, in brackets.

    >>> from atlas.words import words
    >>> cuts_text(words("en"))[:55]
    ' (cut: June 2023 for 2019-2022, January 2024 for 2023, '
    """
    by_month: dict[str, list[Period]] = {}
    for period in _open_data():
        if day := _cut_day(period):
            by_month.setdefault(say.month(day), []).append(period)
    if not by_month:
        return ""
    months = list(by_month)
    if len(months) > 1:
        months = [
            say("source.cut.of", month=month, years=_years_text(periods, say))
            for month, periods in by_month.items()
        ]
    return say("source.cut", month=", ".join(months))


def _cut_day(period: Period) -> str:
    table = load_complaints()
    days = table.loc[table["period"].isin(period.parts), "dataset_cut_date"]
    # a text column: other texts than dates are left out
    return max((day for day in days.dropna() if re.fullmatch(r"\d{4}-\d\d-\d\d", day)), default="")


def registry_name(code: str, say: Words) -> str:
    """Name a registry in few words; with its years if it counted once.

    >>> from atlas.words import words
    >>> names = [registry_name(code, words("es")) for code in ("mpfn", "observatory")]
    >>> [name[-4:].isdigit() for name in names]
    [False, True]
    """
    registry, name = REGISTRIES[code], say(f"registry.{code}")
    if registry.step != "window":
        return name
    return f"{name} {year_span(f'{registry.first}/{registry.last}')}"


def year_span(code: str) -> str:
    """Write the years of a run of months: "2007–2014" of "2007-01/2014-04"."""
    first, last = code.split("/")
    return f"{first[:4]}\N{EN DASH}{last[:4]}"
