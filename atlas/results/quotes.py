"""Write sentences ready to be quoted: who counted what, when, from which source, and a caveat."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
from babel.dates import format_date

from atlas.results.coverage_dates import missing_years
from atlas.results.province import moved_sentences
from atlas.results.published import Figure, in_year, victims_around, years
from atlas.results.regions import (
    dated_text,
    department_name,
    mismatch_reason,
    row_of,
    span_text,
)
from atlas.results.sentences import flag_lines, unit_text
from atlas.results.story import MISMATCH
from atlas.words import Words, source_text
from data.catalogue import load_package
from data.periods import INCOMPLETE, REGISTRIES, UNKNOWN, Period
from data.reports import count_sources, load_region_counts
from geo.errors import UserError

_STANDS_FOR_OTHERS = "other"
"""what is said of a unit that has no sentence of its own"""


def quote_count(department: str | None, period: Period, say: Words) -> str:
    """Quote what a registry counted in a period: in a department (INEI code) or the country.

    >>> from atlas.words import words
    >>> from data.periods import parse_period
    >>> quote_count("09", parse_period("2023"), words("en")).partition(". ")[0]
    "Peru's prosecutors recorded 46 reported offences of human trafficking in Huancavelica in 2023"
    """
    counts = load_region_counts(period)
    gaps: list[str] = []
    if department is None:
        # of the country what is known is added up
        known = counts["reported_count"].dropna()
        count = float(known.sum())
        place = say("quote.country")
        missing = counts["flags"].map(lambda has: bool({UNKNOWN, INCOMPLETE} & {*has}))
        if missing.any():
            names = say.list(counts.loc[missing, "department"])
            gaps = [say("quote.incomplete", names=names)]
    else:
        row = row_of(counts.set_index("department_ubigeo"), department)
        count, place = float(row["reported_count"]), department_name(department)
        flags = [flag for flag in row["flags"] if flag in (UNKNOWN, INCOMPLETE)]
        gaps = [*flag_lines(period, flags, say), *_why_not_ranked(department, period, say)]
        if MISMATCH in row["flags"]:
            reason = mismatch_reason(department, say.lang)
            apart = [f"{reason[:1].upper()}{reason[1:]}."] if reason else []
            gaps += moved_sentences(department, period, say) or apart
    values = {"place": place, "period": _period(period, say)}
    if pd.isna(count):
        first = say(f"quote.unknown.{period.registry_code}", **values)
    else:
        key = f"quote.{'count' if count else 'none'}.{period.registry_code}"
        unit = unit_text(period.unit, count, say)
        first = say(key, count=say.number(count), unit=unit, **values)
    source = count_sources(period)[-1]
    return " ".join([first, *gaps, _is_not(period.unit, say), _source(source, say), _edition(say)])


def quote_figure(figure: Figure, say: Words) -> str:
    """Quote a figure that a source published."""
    is_percent = figure.unit == "percent"
    first = say(
        "quote.figure",
        value=value_text(figure, say, with_unit=not is_percent),
        what=f" ({figure.named('measure', say.lang)})" if is_percent else "",
        registry=registry_text(figure, say, short=True),
        period=period_text(figure, say),
    )
    of_unit = _is_not(figure.unit, say)
    return " ".join([first, of_unit, _source(figure.sources[0], say), _edition(say)])


def quote_victims(year: int, say: Words) -> str:
    """Answer how many victims there were in a year: unknown, with the published counts.

    UserError for a year of which nothing is published.
    """
    first, last = years()
    counted = [*in_year(year, "reports"), *in_year(year, "victims")]
    if not counted:
        raise UserError("quote.fault.year", year=year, first=first, last=last)
    items = say.list(
        say(
            "quote.item",
            value=value_text(figure, say),
            registry=registry_text(figure, say, short=True),
        )
        + (f", {period_text(figure, say)}" if figure.is_partial else "")
        for figure in counted
    )
    around = [
        f"{value_text(figure, say)} ({registry_text(figure, say, short=True)},"
        f" {period_text(figure, say)})"
        for figure in victims_around(year)
    ]
    sentences = [
        say("quote.victims", year=year),
        say("quote.victims.published", items=items),
        *([say("quote.victims.no_departments", year=year)] if year in missing_years() else []),
        *([say("figures.victims.other", items=say.list(around))] if around else []),
        say("quote.victims.apart"),
        _edition(say),
    ]
    return " ".join(sentences)


def registry_text(figure: Figure, say: Words, *, short: bool = False) -> str:
    """Write who counted; the short form leaves out a bracket at the end."""
    name = figure.named("registry", say.lang)
    return re.sub(r" \([^()]*\)$", "", name) if short else name


def period_text(figure: Figure, say: Words) -> str:
    """The period of a figure, as the source has it."""
    return span_text(*figure.period, say)


def value_text(figure: Figure, say: Words, *, with_unit: bool = True) -> str:
    """Write the number with its unit, with "about" if the source rounds."""
    if figure.unit == "percent":
        return say.percent(figure.value / 100.0, 0 if figure.value.is_integer() else 1)
    number = say.number(figure.value)
    if figure.value_type == "approx":
        number = say("figures.about", value=number)
    return f"{number} {say(f'unit.{figure.unit}.plural')}" if with_unit else number


def _why_not_ranked(department: str, period: Period, say: Words) -> list[str]:
    """Return the registry's reason for not ranking a department's count."""
    if department not in period.unranked:
        return []
    column = "reason_es" if say.lang == "es" else "reason"
    notes = REGISTRIES[period.registry_code].notes
    reasons = (note[column] for note in notes if note["area_ubigeo"] == department)
    return [f"{reason.removesuffix('.')}." for reason in dict.fromkeys(reasons)]


def _is_not(unit: str, say: Words) -> str:
    """Write what a count of a unit does not measure."""
    key = f"quote.not.{unit}"
    return say(key if key in say.catalogue else f"quote.not.{_STANDS_FOR_OTHERS}")


def _period(period: Period, say: Words) -> str:
    """A period inside a sentence, without the caution that the name of a year may have."""
    is_year = len(period.years) == 1 and not period.is_part_year
    return str(period.years[0]) if is_year else say(f"period.{period.code}")


def _source(source: dict[str, str], say: Words) -> str:
    # what stands in brackets behind a date says how well it is known
    published = dated_text(source["published"], say).partition(" (")[0]
    return say(
        "quote.source" if published else "quote.source.undated",
        publisher=source_text(str(source["publisher"]), "publisher", say),
        title=source_text(str(source["title"]), "title", say),
        date=_long_date(published, say),
    )


def _long_date(text: str, say: Words) -> str:
    """A day of YYYY-MM-DD in words; anything else as it is."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return text
    return str(format_date(date.fromisoformat(text), "long", locale=say.lang))


def _edition(say: Words) -> str:
    """The day of the figures in use."""
    day = str(load_package()["created"])[:10]
    return say("quote.edition", date=_long_date(day, say))
