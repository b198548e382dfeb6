"""The lists of a brief: mining, routes, places, other registries, services of one department."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
from exports.faces import wrap
from exports.layout import ACCENT, SOFT, Column
from exports.scene import Text
from geo.disclosure import gate
from maps.figures import registry_names
from maps.mining_words import mining_context
from maps.results import touches
from maps.source_words import source_text
from messages import Words

Entry = tuple[str, str]
"""what a line of a list says first, and its detail."""
_MORE_ROOM = 12.0
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Section:
    """A list under a heading."""

    heading: str
    note: str
    entries: tuple[Entry, ...]
    weight: int = 1
    """entries that it may add while the other sections of its column add one."""


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


def _of(table: pd.DataFrame, department: str) -> pd.DataFrame:
    table = gate(table, "T1")
    return table[table["department_ubigeo"] == department]


def _counts(table: pd.DataFrame, department: str) -> pd.DataFrame:
    """Rows of a department, reported ones before estimates, the latest first."""
    return _of(table, department).sort_values(
        ["is_estimate", "period_end"], ascending=[True, False], na_position="last", kind="stable"
    )


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
    here = _of(load_mining_zones(), department)
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
        detail = _joined(_told(row, "status", say), hectares, link, _source(row, say))
        entries.append((_told(row, "name", say), detail))
    note = mining_context(department, say)
    if entries:
        note += f" {say('brief.mining.zones')}"
    return Section(say("brief.mining"), note, tuple(entries))


def _routes(department: str, say: Words) -> Section:
    routes = load_routes().set_index("route_id")
    chosen = routes.loc[list(touches(department).routes)].copy()
    chosen["order"] = chosen["confidence"].map({"high": 0, "medium": 1}).fillna(2)
    entries = []
    for _, row in chosen.sort_values("order", kind="stable").iterrows():
        mode = say(f"mode.{row['mode']}") if pd.notna(row["mode"]) and row["mode"] else ""
        confidence = say(f"confidence.{row['confidence']}")
        detail = _joined(_told(row, "purpose", say), mode, confidence, row["source_title"])
        entries.append((_told(row, "name", say), detail))
    note = say("routes.caveat") if entries else say("brief.routes.none")
    return Section(say("brief.routes"), note, tuple(entries))


def _registries(department: str, say: Words) -> Section:
    here = _counts(load_department_figures(), department).drop_duplicates(
        ["period_start", "period_end", "measure", "registry", "value"]
    )
    entries = tuple(
        (
            f"{span_text(row['period_start'], row['period_end'], say)}: {_counted(row, say)}",
            _joined(_registry(row, say), _published(row, say)),
        )
        for _, row in here.iterrows()
    )
    note = say("brief.registries.note") if entries else say("brief.registries.none")
    return Section(say("brief.registries"), note, entries, weight=3)


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
    here = _counts(load_named_places(), department)
    entries = tuple(
        (
            f"{_told(row, 'place', say)}: {_counted(row, say)}",
            _joined(span_text(row["period_start"], row["period_end"], say), _published(row, say)),
        )
        for _, row in here.iterrows()
    )
    return Section(say("brief.places"), say("places.caveat"), entries)


def _services(department: str, say: Words) -> Section:
    here = _of(load_services(), department)
    kind = "type_es" if say.lang == "es" else "type_en"
    entries = []
    for _, row in here.iterrows():
        count = row["count_es"] if say.lang == "es" else row["count"]
        detail = _joined(row[kind], row["city"], row["year"], _source(row, say))
        entries.append((_joined(_told(row, "name", say), count), detail))
    note = say("services.caveat") if entries else say("brief.services.none")
    return Section(say("brief.services"), note, tuple(entries))


def add_lists(column: Column, sections: tuple[Section, ...], *, bottom: float, say: Words) -> None:
    """Add lists one below the other down to ``bottom``; entries without room are counted.

    Every section shows its heading and note; the room left is dealt out entry by entry, so that
    a long list cannot push out a short one.
    """
    for section, count in zip(sections, _shares(column, sections, bottom), strict=True):
        column.heading(section.heading)
        if section.note:
            column.text(section.note, 7.6, SOFT, leading=1.237, after=3)
        for lead, detail in section.entries[:count]:
            column.text(lead, 8.4, weight="semibold", leading=1.214)
            column.text(detail, 7.6, SOFT, leading=1.237, after=3.4)
        missing = len(section.entries) - count
        if missing:
            text = say("brief.more", count=missing)
            column.items.append(Text(column.left, column.y + 7.4, text, 7.6, ACCENT))
            column.y += _MORE_ROOM
        column.y += 9


def _shares(column: Column, sections: tuple[Section, ...], bottom: float) -> list[int]:
    """How many entries of each section find room."""
    width, room = column.width, bottom - column.y
    for section in sections:
        room -= 28.0 + (9.4 * len(wrap(section.note, width, 7.6)) + 3 if section.note else 0)
    shown = [0] * len(sections)
    open_ones = [n for n, section in enumerate(sections) if section.entries]
    # a section that is cut short needs a line that says so; all reserve it until they are whole
    room -= _MORE_ROOM * len(open_ones)
    while open_ones:
        turn = list(open_ones)
        while turn:
            n = turn.pop(0)
            lead, detail = sections[n].entries[shown[n]]
            lines = len(wrap(lead, width, 8.4, "semibold")), len(wrap(detail, width, 7.6))
            need = 10.2 * lines[0] + 9.4 * lines[1] + 3.4
            is_last = shown[n] + 1 == len(sections[n].entries)
            if need > room + (_MORE_ROOM if is_last else 0):
                open_ones.remove(n)
                continue
            shown[n] += 1
            room -= need
            if is_last:
                room += _MORE_ROOM
                open_ones.remove(n)
            elif shown[n] % sections[n].weight:
                turn.insert(0, n)
    return shown
