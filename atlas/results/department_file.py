"""All years of all registries of one department or province as a CSV."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pandas as pd

from atlas.citation import cite_text
from atlas.results.regions import area_name, bases_of, department_name, result_of
from atlas.results.story import AreaStory
from atlas.results.trust import trust_pct
from atlas.rows import FIGURES, names_of
from atlas.tables import json_value, opened_csv
from atlas.view import (
    BASES,
    LEVELS,
    View,
    area_view,
    is_counted,
    level_of,
)
from atlas.words import Words, source_text, words
from data.periods import REGISTRIES, Period, Registry, parse_period, periods_of
from data.reports import load_region_counts, load_series
from geo.privacy.disclosure import gate

_WHEN = ("registry_code", "unit", "step", "period", "start", "end")
_RESULTS = tuple(name for name in FIGURES if name not in ("unit", "base", "verdict"))
COLUMNS = (
    *(*names_of(LEVELS[0]), *_WHEN, *(name for name in FIGURES if name not in _WHEN)),
    *("trust_pct", "cautions", "source", "source_address", "licence", "link", "citation", "caveat"),
)
"""heading and meaning of each: column.NAME and column.NAME.means in the catalogues"""
_DIGITS = 10
Cell = str | float | None


def area_csv(area: str, *, lang: str, address: str = "") -> bytes:
    """Write every year of every registry by each base, then the months.

    Of a province (a code of four digits) the years of the registry that publishes by province.
    UTF-8 with a mark at the start, by which a spreadsheet knows the accents. Each row names its
    source, licence, the link to the same figure under ``address`` (scheme and host; a link without
    them where it is empty) and how to cite it. UserError for an unknown area,
    ParameterError for an unknown language.
    """
    say = words(lang)
    department, name = department_name(area[:2]), area_name(area)
    title = say("department_csv.cite", name=name)
    common: dict[str, Cell] = {
        "department_ubigeo": area[:2],
        "department": department,
        "province_ubigeo": area,
        "province": name,
        "caveat": say("department_csv.note", address=f"{address}/metodo?lang={lang}"),
    }
    if level_of(area) == LEVELS[0]:
        common["trust_pct"] = _number(trust_pct()[area])
    rows = [
        common | row | {"citation": cite_text(title, publisher, say)}
        for registry in sorted(REGISTRIES.values(), key=lambda registry: registry.step == "window")
        for publisher in [say(f"brief.publisher.{registry.unit}")]
        for row in _rows(registry, area, say, address)
    ]
    columns = (*names_of(level_of(area)), *COLUMNS[len(names_of(LEVELS[0])) :])
    heads = [say(f"column.{column}") for column in columns]
    return opened_csv(heads, ([row.get(column) for column in columns] for row in rows))


def department_link(view: View, address: str = "") -> str:
    """Return the shortest link to a view's department, period, registry and base.

    >>> view = View(department="17", period=parse_period("2023"))
    >>> department_link(view, "https://atlas.example.pe")
    'https://atlas.example.pe/?lang=es&period=2023&dep=17'
    """
    carried = ("lang", "registry", "period", "base", "dep", "prov")
    query = {name: value for name, value in view.link().items() if name in carried}
    return f"{address}/?{urlencode(query, safe='/')}"


def _rows(registry: Registry, area: str, say: Words, address: str) -> Iterator[dict[str, Cell]]:
    level = level_of(area)
    for counted in periods_of(registry):
        if not is_counted(level, counted):
            continue
        period = counted.at(level)
        for base in bases_of(period):
            story, row = AreaStory(area, counted, base), result_of(area, period, base)
            yield {
                **_about(period, base, area, say, address),
                **{name: _number(row[name]) for name in _RESULTS},
                "step": say(f"department_csv.step.{_kind(period)}"),
                "base": say(f"base.{base}"),
                "verdict": story.wording(say)["verdict"],
                "cautions": story.all_cautions(say),
            }
    if registry.step != "month" or level != LEVELS[0]:
        return
    months = gate(load_series.tiered(registry.code, "month", area), "T1").frame
    for row in months.to_dict("records"):
        if pd.isna(row["reported_count"]):
            continue
        yield {
            **_about(parse_period(row["period"], registry.code), "", area, say, address),
            "step": say("department_csv.step.month"),
            "reported_count": _number(row["reported_count"]),
            "person_years": _number(row["person_years"]),
        }


def _kind(period: Period) -> str:
    if period.is_pooled:
        return "pooled"
    return "year" if period.months == 12 else "part" if period.months < 12 else "years"


def _number(value: float) -> Cell:
    """Write a number without needless digits: 87 and 0.3333333333; None where unknown."""
    number = json_value(value, digits=_DIGITS)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _about(period: Period, base: str, area: str, say: Words, address: str) -> dict[str, str]:
    view = area_view(area, period.at(LEVELS[0]), base or BASES[0], say)
    card = load_region_counts.tiered(period).card
    sources = card["sources"]
    return {
        "registry_code": say(f"registry.{period.registry_code}"),
        "unit": say(f"unit.{period.unit}.plural"),
        "period": period.code,
        "start": period.start,
        "end": period.end,
        "source": " | ".join(source_text(str(source["title"]), "title", say) for source in sources),
        "source_address": " | ".join(str(source["url"]) for source in sources if source["url"]),
        "licence": source_text(str(card["licence"]), "licence", say),
        "link": department_link(view, address),
    }
