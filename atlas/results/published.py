"""Published figures by registry and year, and ranges of shares over sources."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from atlas.words import Words
from data.cache import cached
from data.catalogue import descriptor_of, load_table
from data.context import load_named_places
from data.periods import MAIN, REGISTRIES, Period, parse_period
from data.reports import (
    load_article_figures,
    load_breakdowns,
    load_department_figures,
    load_national_figures,
    load_region_counts,
    load_series,
)
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered

Kind = Literal["reports", "victims"]
Computed = Literal["", "share", "sum", "rows"]
_REPORTS = ("complaints", "cases")
_VICTIMS = (
    *("victims", "victims (updated)"),
    *("victims identified", "victims rescued", "victims detected"),
)
DERIVED_TYPE = "sum of seen rows (derived)"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure and its source."""

    value: float
    """in the unit beside it."""
    unit: str
    """code: complaint, reported offence, case, record, victim, person, percent ..."""
    registry: str
    """who counted, as the table has it."""
    names: dict[str, dict[str, str]]
    """field (registry, measure, base, category, place, note: a caveat) to language to text."""
    period: tuple[str | None, str | None]
    """first and last month (YYYY-MM) or year, None where the source does not say."""
    value_type: str
    """reported, approx, estimate ..."""
    is_estimate: bool
    """somebody's guess, not a count."""
    sources: tuple[dict[str, str], ...]
    """title, publisher, published, url, quote; more than one only for a computed figure."""
    share_percent: float | None = None
    """0 to 100, None where the source gives no base to divide by."""
    computed: Computed = ""
    """what was computed here and not by the source."""
    is_partial: bool = False
    """its registry has only some months of the year."""
    parts: tuple[tuple[str, float], ...] = ()
    """name and number of what was added up here."""
    file: str = ""
    """path of the shipped table that holds it, under data/."""
    row: int | None = None
    """of the table, as a spreadsheet counts: the headings are row 1."""
    base_count: int | None = None
    """how many the base has; None where the source does not say it exactly."""
    same_as: str = ""
    """table whose own file gives this same count."""

    def named(self, field: str, lang: str) -> str:
        """Return a field in a language, empty when the source has none."""
        return self.names.get(field, {}).get(lang, "")

    @property
    def year(self) -> int | None:
        """The calendar year of a full-year or partial period; else None."""
        start, end = self.period
        if self.is_partial:
            return int(str(start)[:4])
        is_year = bool(start and end and start.endswith("-01") and end == f"{start[:4]}-12")
        return int(str(start)[:4]) if is_year else None


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One registry, one unit: the figures of calendar years, and the windows that are not."""

    registry: str
    unit: str
    kind: Kind
    yearly: tuple[Figure, ...]
    """sorted by year; two in one year when the registry published both."""
    others: tuple[Figure, ...]
    """parts of a year, several years, or parts of the count."""


def _text(value: str | float | None) -> str:
    return "" if pd.isna(value) else str(value)


@cached
def registry_names(outlet: str) -> dict[str, dict[str, str]]:
    """Return the name of each registry by language."""
    table = gate(load_table.tiered("registries"), "T1", outlet=outlet).frame
    columns = (table[name] for name in ("registry", "registry_es", "registry_en"))
    return {name: {"es": es, "en": en} for name, es, en in zip(*columns, strict=True)}


def _figure(row: Mapping[Hashable, Any], outlet: str) -> Figure:
    names = {
        field: {"es": _text(row.get(f"{field}_es")), "en": _text(row.get(field))}
        for field in ("measure", "base", "category", "dimension", "place", "note")
    }
    registry = str(row["registry"])
    names["registry"] = registry_names(outlet).get(registry, {"es": registry, "en": registry})
    names["where"] = {lang: _text(row.get("department")) for lang in ("es", "en")}
    kind = _text(row.get("value_type"))
    columns = {"title": "source_title", "url": "source_url"}
    source = {
        name: _text(row[columns.get(name, name)])
        for name in ("title", "publisher", "published", "url", "quote")
    }
    return Figure(
        value=float(row["value"]),
        unit=str(row["unit"]),
        registry=registry,
        names=names,
        period=(_text(row["period_start"]) or None, _text(row["period_end"]) or None),
        value_type=kind,
        is_estimate=bool(row.get("is_estimate", False)),
        sources=(source,),
        computed="rows" if kind == DERIVED_TYPE else "",
        base_count=None if pd.isna(row.get("base_count")) else int(row["base_count"]),
        same_as=_text(row.get("same_as")),
    )


def figures_of(published: Tiered[pd.DataFrame], *, outlet: str = "internal") -> list[Figure]:
    """Turn the rows of a published table into figures; the gate judges the table first."""
    table = gate(published, "T1", outlet=outlet).frame
    path = descriptor_of(published.card["name"])["path"]
    return [
        replace(_figure(row, outlet), file=path, row=index + 2)
        for index, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


@cached
def national() -> tuple[Figure, ...]:
    """Return all national figures: the table in its order, then the years it lacks."""
    # the table sums the rows of the registry that the map shows first
    listed = []
    for figure in figures_of(load_national_figures.tiered()):
        if figure.computed == "rows":
            period = str(figure.year or "/".join(map(str, figure.period)))
            figure = _summed(figure, parse_period(period, MAIN))
        listed.append(figure)
    return (*listed, *_counted_years(listed), *_prosecutor_cases())


def _summed(figure: Figure, period: Period) -> Figure:
    """Return a figure with the counts of departments that it adds up, and their file."""
    loaded = load_region_counts.tiered(period)
    counts = loaded.frame
    pairs = zip(counts["department"], counts["reported_count"], strict=True)
    path = descriptor_of(loaded.card["roots"][0])["path"]
    parts = tuple((str(name), float(count)) for name, count in pairs if pd.notna(count))
    return replace(figure, computed="rows", parts=parts, file=path, row=None)


def _counted_years(listed: list[Figure]) -> list[Figure]:
    figures = []
    for code, registry in REGISTRIES.items():
        if registry.step == "window":
            continue
        name = registry_names("internal")[registry.name]
        # the table spells a registry otherwise; readers see one name
        spelled = [figure for figure in listed if figure.names["registry"] == name]
        listed_years = {figure.year for figure in spelled}
        counted = load_series(code).dropna(subset="reported_count")
        for year, count in zip(counted["period"], counted["reported_count"], strict=True):
            if int(year[:4]) in listed_years:
                continue
            period = parse_period(year, code)
            figure = _computed(
                value=count,
                unit=registry.unit,
                registry=spelled[0].registry if spelled else registry.name,
                measures=("denuncias", "complaints"),
                period=(period.start, period.end),
                source=load_region_counts.tiered(period).card["sources"][0],
                quote=f"{year}: {count:.0f}",
            )
            figures.append(_summed(replace(figure, is_partial=period.is_part_year), period))
    return figures


_REVISED = {
    "es": "revisión posterior: antes se publicó una cifra menor",
    "en": "a later revision: less was published first",
}


def _prosecutor_cases() -> list[Figure]:
    """Return cases of the prosecutors: a unit of their own, never added to another."""
    table, card = load_table.tiered("prosecutor_cases"), descriptor_of("prosecutor_cases")
    figures = []
    for number, row in enumerate(table.frame.to_dict("records"), 2):
        year, count = row["period"], row["reported_count"]
        figure = _computed(
            value=count,
            unit=card["unit"],
            registry=card["registry"],
            measures=("casos intervenidos", "cases"),
            period=(f"{year}-01", f"{year}-12"),
            source=table.card["sources"][0],
            quote=f"{year},{count}",
        )
        is_revised = pd.notna(row["first_published"])
        names = figure.names | ({"note": _REVISED} if is_revised else {})
        figures.append(replace(figure, names=names, file=card["path"], row=number))
    return figures


def _computed(
    *,
    value: float,
    unit: str,
    registry: str,
    measures: tuple[str, str],
    period: tuple[str, str],
    source: Mapping[str, str],
    quote: str,
) -> Figure:
    """Build a figure that no published row has; its measure in Spanish and English."""
    return _figure(
        {
            "value": value,
            "unit": unit,
            "registry": registry,
            "value_type": "reported",
            **dict(zip(("measure_es", "measure"), measures, strict=True)),
            **dict(zip(("period_start", "period_end"), period, strict=True)),
            **{f"source_{name}": source[name] for name in ("title", "url")},
            **{name: source[name] for name in ("publisher", "published")},
            "quote": quote,
        },
        "internal",
    )


def _kind(figure: Figure) -> Kind | None:
    measure = figure.named("measure", "en")
    if measure in _REPORTS:
        return "reports"
    return "victims" if measure in _VICTIMS else None


_INSTITUTIONS = {
    "mpfn": ("MP", "Ministerio Público"),
    "police": ("PNP", "Mininter"),
}
"""code of the registry that gives an institution its name, and how its registries' names begin"""


def institution_of(registry: str) -> str:
    """Return the institution of a registry: "mpfn", "police", or the registry itself.

    >>> [institution_of(name) for name in ("MP - FISTRAP specialised prosecutors", "UNODC")]
    ['mpfn', 'UNODC']
    """
    begins = (code for code, starts in _INSTITUTIONS.items() if registry.startswith(starts))
    return next(begins, registry)


@cached
def registry_rows() -> tuple[RegistryRow, ...]:
    """Registries that published a whole calendar year, reports first, then victims.

    Those of one institution stand together; the institution that published last comes first.

    A figure of another window or of a part of the count stays with the row of its registry and unit
    (or the first row of its registry), outside the years.

    >>> [(row.unit, int(figure.value)) for row in registry_rows() if row.kind == "reports"
    ...  for figure in row.yearly if figure.year == 2022]
    [('police complaint', 631), ('reported offence', 897), ('record', 6107)]
    """
    counted = [figure for figure in national() if not figure.is_estimate]
    yearly: dict[tuple[Kind, str, str], list[Figure]] = {}
    for figure in counted:
        kind = _kind(figure)
        if kind and figure.year:
            yearly.setdefault((kind, figure.registry, figure.unit), []).append(figure)
    newest = {key: max(item.year or 0 for item in figures) for key, figures in yearly.items()}
    order = sorted(yearly, key=lambda key: (key[0], -newest[key], -len(yearly[key])))
    first = [(key[0], institution_of(key[1])) for key in order]
    order.sort(key=lambda key: first.index((key[0], institution_of(key[1]))))
    others: dict[tuple[Kind, str, str], list[Figure]] = {key: [] for key in order}
    for figure in counted:
        if _kind(figure) and figure.year:
            continue
        of_registry = [key for key in order if key[1] == figure.registry]
        of_unit = [key for key in of_registry if key[2] == figure.unit]
        if of_unit or of_registry:
            others[(of_unit or of_registry)[0]].append(figure)
    return tuple(
        RegistryRow(
            registry=key[1],
            unit=key[2],
            kind=key[0],
            yearly=tuple(sorted(yearly[key], key=lambda item: (item.year or 0, item.value))),
            others=tuple(others[key]),
        )
        for key in order
    )


def without_a_year() -> tuple[Figure, ...]:
    """Return counted figures of registries without a whole calendar year."""
    with_rows = {row.registry for row in registry_rows()}
    counted = (figure for figure in national() if not figure.is_estimate)
    return tuple(figure for figure in counted if figure.registry not in with_rows)


def years() -> tuple[int, int]:
    """Return first and last calendar year that any registry published."""
    published = [figure.year or 0 for row in registry_rows() for figure in row.yearly]
    return min(published), max(published)


def in_year(year: int, kind: Kind) -> tuple[Figure, ...]:
    """Return the figures of one year, reports or victims, in the order of the rows.

    A count that the table and a registry's own file both give (``same_as``) is said once, with the
    unit of the file: as reports.
    """
    of_year = [
        figure
        for row in registry_rows()
        if row.kind == kind
        for figure in row.yearly
        if figure.year == year
    ]
    return tuple(figure for figure in of_year if not figure.same_as)


def victims_around(year: int) -> tuple[Figure, ...]:
    """Return the counts of victims of a part of a year, or of more years with this among them."""
    figures = []
    for figure in national():
        start, end = figure.period
        if _kind(figure) != "victims" or figure.year or figure.is_estimate or not (start and end):
            continue
        if int(start[:4]) <= year <= int(end[:4]):
            figures.append(figure)
    return tuple(figures)


def years_of_disagreement() -> tuple[str, ...]:
    """Return codes of years with at least two figures of reports."""
    first, last = years()
    return tuple(str(year) for year in range(first, last + 1) if len(in_year(year, "reports")) > 1)


def article() -> tuple[Figure, ...]:
    """Return the figures of the article that the atlas began with, estimates last."""
    return tuple(
        sorted(figures_of(load_article_figures.tiered()), key=lambda item: item.is_estimate)
    )


def estimates() -> tuple[Figure, ...]:
    """Return estimates outside the article: of the country, departments and places."""
    tables = (load_department_figures.tiered(), load_named_places.tiered())
    figures = [*national(), *(figure for table in tables for figure in figures_of(table))]
    return tuple(figure for figure in figures if figure.is_estimate)


_AGES_UNDER_18 = ("0-12", "13-17")
GROUPS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "sex": {
        "female": (("victim sex", "female"),),
        "male": (("victim sex", "male"),),
    },
    "age": {
        "minors": (("victim age", "under 18"), ("victim age/sex", "minors")),
        "13-17": (("victim age", "13-17"),),
        "0-12": (("victim age", "0-12"),),
        "18-24": (("victim age", "18-24"),),
    },
    "form": {
        "sexual": (("form of exploitation", "sexual"),),
        "labour": (("form of exploitation", "labour"),),
        "both": (("form of exploitation", "sexual and labour"),),
    },
    "recruitment": {
        "job": (
            ("recruitment", "job offer"),
            ("recruitment", "false job offer"),
            ("recruitment", "deceptive job offer"),
        ),
        "acquaintance": (("recruitment", "persuasion by acquaintance, friend or relative"),),
        "networks": (("recruitment", "social networks (sexual exploitation complaints)"),),
    },
}
"""Group, category, and the (dimension, category) pairs of the table that count as the same."""


@dataclass(frozen=True, slots=True)
class Range:
    """One category over all sources that publish its share."""

    group: str
    category: str
    figures: tuple[Figure, ...]
    """sorted by share, lowest first."""

    @property
    def low(self) -> Figure:
        """The lowest share."""
        return self.figures[0]

    @property
    def high(self) -> Figure:
        """The highest share."""
        return self.figures[-1]


def share_text(figure: Figure, say: Words) -> str:
    """Write the share of a figure, with a decimal only where its source has one."""
    share = figure.share_percent or 0.0
    return say.percent(share / 100, 0 if figure.computed == "share" or share.is_integer() else 1)


def _with_share(figure: Figure) -> Figure | None:
    """Add the share that the source gives, or the count over the total that it names."""
    if figure.unit == "percent":
        return replace(figure, share_percent=figure.value)
    if figure.base_count is None:
        return None
    share = 100.0 * figure.value / figure.base_count
    return replace(figure, share_percent=share, computed="share")


def _minors_by_sum(figures: list[Figure]) -> list[Figure]:
    """Add ages 0 to 12 and 13 to 17 if a source gives both and no total."""
    under_18 = next(item for item in figures if item.named("category", "en") == "under 18")
    groups: dict[tuple[str, tuple[str | None, str | None]], list[Figure]] = {}
    for figure in figures:
        if figure.named("category", "en") in _AGES_UNDER_18:
            key = (figure.sources[0]["url"] + figure.named("base", "en"), figure.period)
            groups.setdefault(key, []).append(figure)
    return [
        replace(
            pair[0],
            names=pair[0].names | {"category": under_18.names["category"], "note": {}},
            value=sum(item.value for item in pair),
            share_percent=sum(item.value for item in pair),
            computed="sum",
            parts=tuple((item.named("category", "en"), item.value) for item in pair),
            row=None,
            sources=tuple(item.sources[0] for item in pair),
        )
        for pair in groups.values()
        if len(pair) == len(_AGES_UNDER_18)
    ]


@cached
def ranges(outlet: str = "internal") -> tuple[Range, ...]:
    """Each category as a range over its sources: one figure a source, nothing averaged.

    ``outlet`` ("internal" or "public") is who will read them, for the gate.

    >>> job = next(item for item in ranges() if item.category == "job")
    >>> [item.share_percent for item in job.figures]
    [27.0, 29.0, 63.0, 72.0]
    """
    table = figures_of(load_breakdowns.tiered(), outlet=outlet)
    all_ranges = []
    for group, categories in GROUPS.items():
        for category, pairs in categories.items():
            shares = [_with_share(figure) for figure in table if _pair(figure) in pairs]
            figures = [figure for figure in shares if figure is not None]
            if category == "minors":
                figures += _minors_by_sum(table)
            figures.sort(key=lambda figure: figure.share_percent or 0.0)
            all_ranges.append(Range(group, category, tuple(figures)))
    return tuple(all_ranges)


def _pair(figure: Figure) -> tuple[str, str]:
    return figure.named("dimension", "en"), figure.named("category", "en")


def not_drawn() -> tuple[Figure, ...]:
    """Return rows that are in no range: of another base, or a part without a counterpart."""
    drawn = {
        pair for categories in GROUPS.values() for pairs in categories.values() for pair in pairs
    }
    figures = figures_of(load_breakdowns.tiered())
    return tuple(figure for figure in figures if _pair(figure) not in drawn)


def same_observatory_on_minors() -> tuple[Figure, Figure]:
    """Highest and lowest share of minors that one registry gave for windows from January 2007."""
    minors = next(item for item in ranges() if item.category == "minors")
    same = [figure for figure in minors.figures if figure.period[0] == "2007-01"]
    return same[-1], same[0]
