"""Published figures laid side by side: who counted, what one count is, and the quote behind it.

Nothing here is added across registries, averaged or joined by a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import pandas as pd

from data import (
    load_article_figures,
    load_department_figures,
    load_named_places,
    load_national_figures,
)
from data.catalogue import load_table
from geo.disclosure import gate

Kind = Literal["reports", "victims"]
Computed = Literal["", "share", "sum", "rows"]
_REPORTS = ("complaints", "cases")
_VICTIMS = ("victims", "victims (updated)", "victims identified", "victims rescued")
DERIVED_TYPE = "sum of seen rows (derived)"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure and where it can be read."""

    value: float
    """in the unit beside it."""
    unit: str
    """code: complaint, reported offence, case, record, victim, person, percent ..."""
    registry: str
    """who counted, as the table has it."""
    names: dict[str, dict[str, str]]
    """field (registry, measure, base, category, place) to language to text."""
    period: tuple[str | None, str | None]
    """first and last month (YYYY-MM) or year, None where the source does not say."""
    value_type: str
    """reported, approx, estimate ..."""
    is_estimate: bool
    """somebody's guess, not a count."""
    note: str
    """a caveat in English, empty when there is none."""
    sources: tuple[dict[str, str], ...]
    """title, publisher, published, url, quote; more than one only for a computed figure."""
    share_percent: float | None = None
    """0 to 100, None where the source gives no base to divide by."""
    computed: Computed = ""
    """what was computed here and not by the source."""

    def named(self, field: str, lang: str) -> str:
        """Return a field in a language, empty when the source has none."""
        return self.names.get(field, {}).get(lang, "")

    @property
    def year(self) -> int | None:
        """The calendar year if the period is exactly one, else None."""
        start, end = self.period
        is_year = bool(start and end and start.endswith("-01") and end == f"{start[:4]}-12")
        return int(str(start)[:4]) if is_year else None


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One registry, one unit: the figures of calendar years, and the windows that are not."""

    registry: str
    unit: str
    kind: Kind
    names: dict[str, str]
    """language to the registry's name."""
    yearly: tuple[Figure, ...]
    """sorted by year; two in one year when the registry published both."""
    others: tuple[Figure, ...]
    """parts of a year, several years, or parts of the count."""


def _said(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


@lru_cache(maxsize=2)
def registry_names(outlet: str) -> dict[str, dict[str, str]]:
    """Each registry's name as readers get it, by language."""
    table = gate(load_table("registries"), "T1", outlet=outlet)
    return {
        row.registry: {"es": row.registry_es, "en": row.registry_en} for row in table.itertuples()
    }


def _figure(row: dict[str, Any], outlet: str) -> Figure:
    names = {
        field: {"es": _said(row.get(f"{field}_es")), "en": _said(row.get(field))}
        for field in ("measure", "base", "category", "dimension", "place")
    }
    registry = str(row["registry"])
    names["registry"] = registry_names(outlet).get(registry, {"es": registry, "en": registry})
    names["where"] = {lang: _said(row.get("department")) for lang in ("es", "en")}
    kind = _said(row.get("value_type"))
    source = {
        "title": _said(row["source_title"]),
        "publisher": _said(row["publisher"]),
        "published": _said(row["published"]),
        "url": _said(row["source_url"]),
        "quote": _said(row["quote"]),
    }
    return Figure(
        value=float(row["value"]),
        unit=str(row["unit"]),
        registry=registry,
        names=names,
        period=(_said(row["period_start"]) or None, _said(row["period_end"]) or None),
        value_type=kind,
        is_estimate=bool(row.get("is_estimate", False)),
        note=_said(row.get("note")),
        sources=(source,),
        computed="rows" if kind == DERIVED_TYPE else "",
    )


def figures_of(frame: pd.DataFrame, *, outlet: str = "internal") -> list[Figure]:
    """Turn the rows of a published table into figures; the gate judges the table first."""
    rows = gate(frame, "T1", outlet=outlet).to_dict("records")
    return [_figure(row, outlet) for row in rows]


@lru_cache(maxsize=1)
def national() -> tuple[Figure, ...]:
    """Every national figure, in the order of the table."""
    return tuple(figures_of(load_national_figures()))


def _kind(figure: Figure) -> Kind | None:
    measure = figure.named("measure", "en")
    if measure in _REPORTS:
        return "reports"
    return "victims" if measure in _VICTIMS else None


@lru_cache(maxsize=1)
def registry_rows() -> tuple[RegistryRow, ...]:
    """Registries that published a whole calendar year, reports first, then
    victims; among them whoever published last comes first.

    A figure of another window or of a part of the count stays with the row of its registry and
    unit (or the first row of its registry), outside the years.

    Examples
    --------
    >>> [(row.unit, int(figure.value)) for row in registry_rows() if row.kind == "reports"
    ...  for figure in row.yearly if figure.year == 2022]
    [('reported offence', 897), ('record', 6107)]
    """
    counted = [figure for figure in national() if not figure.is_estimate]
    yearly: dict[tuple[Kind, str, str], list[Figure]] = {}
    for figure in counted:
        kind = _kind(figure)
        if kind and figure.year:
            yearly.setdefault((kind, figure.registry, figure.unit), []).append(figure)
    order = sorted(
        yearly,
        key=lambda key: (key[0], -max(item.year or 0 for item in yearly[key]), -len(yearly[key])),
    )
    others: dict[tuple[Kind, str, str], list[Figure]] = {key: [] for key in order}
    for figure in counted:
        if _kind(figure) and figure.year:
            continue
        own = [key for key in order if key[1] == figure.registry]
        same = [key for key in own if key[2] == figure.unit]
        if same or own:
            others[(same or own)[0]].append(figure)
    return tuple(
        RegistryRow(
            registry=key[1],
            unit=key[2],
            kind=key[0],
            names=yearly[key][0].names["registry"],
            yearly=tuple(sorted(yearly[key], key=lambda item: (item.year or 0, item.value))),
            others=tuple(others[key]),
        )
        for key in order
    )


def without_a_year() -> tuple[Figure, ...]:
    """Counted figures of registries that have no row: no whole calendar year was seen."""
    shown = {row.registry for row in registry_rows()}
    return tuple(
        figure for figure in national() if not figure.is_estimate and figure.registry not in shown
    )


def years() -> tuple[int, int]:
    """First and last calendar year that any registry published."""
    seen = [figure.year or 0 for row in registry_rows() for figure in row.yearly]
    return min(seen), max(seen)


def in_year(year: int, kind: Kind) -> tuple[Figure, ...]:
    """What the registries say of one year, reports or victims, in the order of the rows."""
    return tuple(
        figure
        for row in registry_rows()
        if row.kind == kind
        for figure in row.yearly
        if figure.year == year
    )


def years_of_disagreement() -> tuple[str, ...]:
    """Years for which at least two figures of reports stand side by side, as codes.

    Examples
    --------
    >>> years_of_disagreement()
    ('2016', '2020', '2021', '2022')
    """
    first, last = years()
    return tuple(str(year) for year in range(first, last + 1) if len(in_year(year, "reports")) > 1)


def article() -> tuple[Figure, ...]:
    """The figures of the article that the atlas began with: counts first, then estimates."""
    return tuple(sorted(figures_of(load_article_figures()), key=lambda item: item.is_estimate))


def estimates() -> tuple[Figure, ...]:
    """Everybody's guesses outside the article: country, departments, places. Never a scale."""
    found = [figure for figure in national() if figure.is_estimate]
    for figures in (figures_of(load_department_figures()), figures_of(load_named_places())):
        found += [figure for figure in figures if figure.is_estimate]
    return tuple(found)
