"""Rates of recorded victims by sex and age: per 100,000 people of the group and year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from atlas.html import render
from atlas.results.profile import (
    BY_SEX,
    REGISTRY,
    labels_of,
    shown_categories,
    victim_profile,
)
from atlas.words import Words
from data.periods import span_months
from data.police import parse_years, profile_years, range_code
from data.population import omitted_share

_COUNTRY_YEARS = 4
"""newest whole years that the country's figures are of, unless years are chosen"""
_MOST_SAID = 2


@dataclass(frozen=True, slots=True)
class RateBar:
    """A rate in words, and its places on a line of 100 that ends with the highest margin."""

    name: str
    rate: str
    margins: str
    at: float
    left: float
    wide: float
    """of the margins"""


def victim_rates(department_ubigeo: str | None, period: str) -> pd.DataFrame:
    """Return the categories by sex and age whose rates may be shown: rows of victim_profile."""
    frame = victim_profile(period, department_ubigeo, groups=(BY_SEX,))
    return frame.dropna(subset="rate_per_100k").reset_index(drop=True)


def rates_period(department_ubigeo: str | None) -> str | None:
    """Return the years of the rates shown by default; None if all are hidden.

    The country: the newest four whole years. A department: the shortest of those that show most
    categories, the newest of several; 2017 may be among them and has no ages (``rate_period``).

    Examples
    --------
    >>> rates_period(None), rates_period("16"), rates_period("09")
    ('2021/2024', '2017/2025-09', None)
    """
    years = profile_years()
    if department_ubigeo is None:
        last = sum("-" not in code for code in years)
        return range_code(years, last - _COUNTRY_YEARS, last)
    shown = shown_categories(department_ubigeo)
    best = max(shown.values(), default=0)
    spans = [code for code, count in shown.items() if count == best]
    return min(reversed(spans), key=_length) if best else None


def _length(code: str) -> int:
    first, last = span_months(code)
    return last - first


def rates_sentence(frame: pd.DataFrame, say: Words) -> str:
    """Write the two highest rates of :func:`victim_rates`, in its order, with their years."""
    highest = frame.nlargest(_MOST_SAID, "rate_per_100k").sort_index()
    labels = labels_of(say)
    parts: list[str] = []
    for category, rate in zip(highest["category"], highest["rate_per_100k"], strict=True):
        name = labels[BY_SEX, category]
        key = "who.rates.next" if parts else "who.rates.first"
        group = name[:1].lower() + name[1:]
        parts.append(say(key, group=group, rate=_short(rate, say)))
    period = say(f"period.{frame['rate_period'].iloc[0]}")
    return say("who.rates.line", period=period, facts="; ".join(parts))


def _short(rate: float, say: Words) -> str:
    """Write a rate in a sentence: whole from 5 on, where a tenth means nothing."""
    return say.number(rate, 0 if rate >= 5 else 1)


def rates_html(department_ubigeo: str | None, say: Words, *, chosen: str = "") -> Markup:
    """Draw the rates with margins and one sentence, for the chosen years if permitted.

    Of the country each of its years stands below, where no years are chosen.
    """
    frame = victim_rates(department_ubigeo, chosen) if chosen else pd.DataFrame()
    is_chosen = not frame.empty
    if not is_chosen:
        period = rates_period(department_ubigeo)
        if period is None:
            return render("victim_rates", say, bars=[], years=[], sentence=say("who.rates.none"))
        frame = victim_rates(department_ubigeo, period)
    labels, top = labels_of(say), float(frame["rate_high"].max())
    bars = [
        RateBar(
            name=labels[BY_SEX, row["category"]],
            rate=say.number(row["rate_per_100k"], 1),
            margins=say(
                "focos.span",
                low=say.number(row["rate_low"], 1),
                high=say.number(row["rate_high"], 1),
            ),
            at=100.0 * row["rate_per_100k"] / top,
            left=100.0 * row["rate_low"] / top,
            wide=100.0 * (row["rate_high"] - row["rate_low"]) / top,
        )
        for row in frame.to_dict("records")
    ]
    years = [] if department_ubigeo or is_chosen else _by_year(frame, say)
    sentence = rates_sentence(frame, say)
    if chosen and not is_chosen:
        sentence = f"{say('who.rates.other')} {sentence}"
    how = say(
        "who.rates.how", margin=_margin_text(frame, say), omitted=say.percent(omitted_share(), 2)
    )
    return render("victim_rates", say, bars=bars, years=years, sentence=sentence, how=how)


def _margin_text(frame: pd.DataFrame, say: Words) -> str:
    """Explain the margins of :func:`victim_rates`, and why some are by chance alone."""
    by_years = frame["rate_margin"] == "years"
    if by_years.all():
        return say("who.rates.margin.years")
    if by_years.any():
        labels = labels_of(say)
        names = [labels[BY_SEX, code].lower() for code in frame.loc[by_years, "category"]]
        return say("who.rates.margin.mixed", names=say.list(names))
    years = parse_years(str(frame["rate_period"].iloc[0]), REGISTRY)
    return say(f"who.rates.margin.{'year' if years.last - years.first == 1 else 'chance'}")


def _by_year(frame: pd.DataFrame, say: Words) -> list[tuple[str, list[str]]]:
    """The rates of each year of the country's years, in the order of a frame's categories."""
    rows = []
    whole = [code for code in profile_years() if "-" not in code][-_COUNTRY_YEARS:]
    for code in whole:
        of_year = victim_rates(None, code).set_index("category")["rate_per_100k"]
        values = of_year.reindex(frame["category"]).to_numpy(dtype=float)
        shown = ["" if np.isnan(value) else say.number(value, 1) for value in values]
        rows.append((code, shown))
    return rows
