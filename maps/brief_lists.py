"""The lists of a brief: mining, routes, places, other registries, services of one department."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from babel.dates import get_month_names

from data import (
    load_department_figures,
    load_mining_zones,
    load_named_places,
    load_routes,
    load_services,
)
from exports.brief import Entry, Section
from geo.disclosure import gate
from maps.figures import registry_names
from maps.mining_words import mining_context
from maps.results import touches
from maps.source_words import source_text
from messages import Words

_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


def left_lists(department: str, say: Words) -> tuple[Section, ...]:
    """What lies beside the reports: mining and routes."""
    return _mining(department, say), _routes(department, say)


def right_lists(department: str, say: Words) -> tuple[Section, ...]:
    """What others counted, and who helps: registries, places, services."""
    sections = [_registries(department, say)]
    places = _places(department, say)
    if places.entries:
        sections.append(places)
    return (*sections, _services(department, say))


def span_text(start: Any, end: Any, say: Words) -> str:
    """A period as a reader says it.

    Examples
    --------
    >>> from messages import words
    >>> span_text("2016-01", "2016-12", words("es")), span_text("2018-01", "2018-09", words("en"))
    ('2016', 'Jan–Sep 2018')
    >>> span_text("2009-01", "2018-12", words("es")), span_text(None, None, words("en"))
    ('2009–2018', 'undated')
    """
    if pd.isna(start) or not start:
        return say("brief.undated")
    end = start if pd.isna(end) or not end else end
    first, last = str(start), str(end)
    whole = first[4:] in ("", "-01") and last[4:] in ("", "-12")
    if whole:
        return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"
    if first[:4] == last[:4]:
        months = dict.fromkeys((_month(first, say), _month(last, say)))
        return f"{'–'.join(months)} {first[:4]}"
    return f"{_month(first, say)} {first[:4]}–{_month(last, say)} {last[:4]}"


def _month(text: str, say: Words) -> str:
    names = get_month_names("abbreviated", locale={"es": "es_PE", "en": "en"}[say.lang])
    return str(names[int(text[5:7])]).rstrip(".") if len(text) >= 7 else ""


def _told(row: pd.Series, column: str, say: Words) -> str:
    """The translated column where there is one, else the source's own words."""
    for name in (f"{column}_{say.lang}", column):
        if name in row.index and pd.notna(row[name]) and row[name]:
            return str(row[name])
    return ""


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if pd.notna(part) and part)


def _source(row: pd.Series, say: Words) -> str:
    publisher = row.get("publisher")
    title = str(row["source_title"])
    if pd.notna(publisher) and publisher:
        return source_text(str(publisher), "publisher", say)
    return source_text(title, "title", say)


def _dated(text: str, say: Words) -> str:
    """A date that a source writes with English months, in the reader's language."""
    if say.lang == "en":
        return text
    english = get_month_names("abbreviated", locale="en")
    for number, name in get_month_names("abbreviated", locale="es_PE").items():
        text = re.sub(rf"\b{english[number]}\b", str(name).rstrip("."), text)
    return text


def _figure(row: pd.Series, say: Words) -> str:
    value = float(row["value"])
    number = say.number(value, 0 if value == int(value) else 1)
    if str(row["unit"]) == "percent":
        number += "\N{NO-BREAK SPACE}%" if say.lang == "es" else "%"
    kind = str(row["value_type"])
    # an estimate is named in its own measure or here, never shown as a count
    return number if kind == "reported" else f"{say(f'value.{kind}')} {number}"


def _counted(row: pd.Series, say: Words) -> str:
    measure = _told(row, "measure", say)
    if str(row["unit"]) == "percent":
        return f"{measure}, {_figure(row, say)}"
    return f"{_figure(row, say)} {measure}"


def _mining(department: str, say: Words) -> Section:
    zones = gate(load_mining_zones(), "T1")
    here = zones[zones["department_ubigeo"] == department]
    here = here.sort_values(["hectares", "zone_id"], ascending=[False, True], na_position="last")
    # zones that a source links to trafficking come first
    here = here.iloc[here["link_to_trafficking"].isna().argsort(kind="stable")]
    entries = []
    for _, row in here.iterrows():
        hectares = ""
        if pd.notna(row["hectares"]):
            year = _told(row, "year_of_figure", say)
            hectares = f"{say.number(row['hectares'])} ha, {_dated(year, say)}"
        link = row["link_es"] if say.lang == "es" else row["link_to_trafficking"]
        entries.append(
            Entry(
                _told(row, "name", say),
                _joined(
                    _told(row, "status", say),
                    hectares,
                    "" if pd.isna(link) else link,
                    _source(row, say),
                ),
            )
        )
    note = mining_context(department, say)
    if entries:
        note += f" {say('brief.mining.zones')}"
    return Section(say("brief.mining"), note, tuple(entries), say("brief.more"))


def _routes(department: str, say: Words) -> Section:
    routes = gate(load_routes(), "T1").set_index("route_id")
    chosen = routes.loc[list(touches(department).routes)].copy()
    chosen["order"] = chosen["confidence"].map({"high": 0, "medium": 1}).fillna(2)
    entries = []
    for _, row in chosen.sort_values("order", kind="stable").iterrows():
        mode = say(f"mode.{row['mode']}") if pd.notna(row["mode"]) and row["mode"] else ""
        entries.append(
            Entry(
                _told(row, "name", say),
                _joined(
                    _told(row, "purpose", say),
                    mode,
                    say(f"confidence.{row['confidence']}"),
                    row["source_title"],
                ),
            )
        )
    note = say("routes.caveat") if entries else say("brief.routes.none")
    return Section(say("brief.routes"), note, tuple(entries), say("brief.more"))


def _registries(department: str, say: Words) -> Section:
    figures = gate(load_department_figures(), "T1")
    here = figures[figures["department_ubigeo"] == department]
    here = here.sort_values(
        ["is_estimate", "period_end"], ascending=[True, False], na_position="last", kind="stable"
    ).drop_duplicates(["period_start", "period_end", "measure", "registry", "value"])
    entries = tuple(
        Entry(
            f"{span_text(row['period_start'], row['period_end'], say)}: {_counted(row, say)}",
            _joined(_registry(row, say), _published(row, say)),
        )
        for _, row in here.iterrows()
    )
    note = say("brief.registries.note") if entries else say("brief.registries.none")
    return Section(say("brief.registries"), note, entries, say("brief.more"), weight=3)


def _registry(row: pd.Series, say: Words) -> str:
    """The name that every page gives the registry."""
    names = registry_names("internal").get(str(row["registry"]))
    return names[say.lang] if names else _told(row, "registry", say)


def _published(row: pd.Series, say: Words) -> str:
    when = row.get("published")
    # "22 Sep, year not shown" tells a reader nothing
    is_date = pd.notna(when) and bool(_DATE.fullmatch(str(when)))
    return f"{_source(row, say)}, {when}" if is_date else _source(row, say)


def _places(department: str, say: Words) -> Section:
    places = gate(load_named_places(), "T1")
    here = places[places["department_ubigeo"] == department]
    here = here.sort_values(
        ["is_estimate", "period_end"], ascending=[True, False], na_position="last", kind="stable"
    )
    entries = tuple(
        Entry(
            f"{_told(row, 'place', say)}: {_counted(row, say)}",
            _joined(span_text(row["period_start"], row["period_end"], say), _published(row, say)),
        )
        for _, row in here.iterrows()
    )
    return Section(say("brief.places"), say("places.caveat"), entries, say("brief.more"))


def _services(department: str, say: Words) -> Section:
    services = gate(load_services(), "T1")
    here = services[services["department_ubigeo"] == department]
    kind = "type_es" if say.lang == "es" else "type_en"
    entries = []
    for _, row in here.iterrows():
        count = row["count_es"] if say.lang == "es" else row["count"]
        entries.append(
            Entry(
                _joined(_told(row, "name", say), count),
                _joined(row[kind], row["city"], row["year"], _source(row, say)),
            )
        )
    note = say("services.caveat") if entries else say("brief.services.none")
    return Section(say("brief.services"), note, tuple(entries), say("brief.more"))
