"""What a brief says of one department: its lists, its checks, its large numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
from babel.dates import get_month_names

from atlas.results.department_file import department_link, department_name
from atlas.results.history import comparisons
from atlas.results.hotspots import SCAN_REPLICAS, scan_table
from atlas.results.published import registry_names
from atlas.results.regions import (
    bases_of,
    published_figure,
    results_for,
    source_name,
    span_text,
    touches,
    translated,
)
from atlas.results.sentences import (
    area_key,
    interval_text,
    mining_context,
    ratio_text,
    unit_text,
    verdict_text,
)
from atlas.view import BASES, View
from atlas.words import Words, words
from data.context import load_mining_zones, load_named_places, load_routes, load_services
from data.periods import DEFAULT_PERIOD, MAIN, Period, parse_period
from data.reports import load_department_figures
from geo.errors import ParameterError, UserError
from geo.excess import LEVEL
from geo.privacy.disclosure import gate

SEED = 1
"""of the maps that the scan draws."""
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a brief is about."""

    code: str
    period: Period
    say: Words
    results: pd.DataFrame
    row: pd.Series
    address: str = ""
    """scheme and host of the atlas that the brief leads back to; empty: it has no link."""

    @property
    def name(self) -> str:
        """The department's name."""
        return str(self.row["department"])

    @property
    def period_name(self) -> str:
        """The period as the language says it."""
        return self.say(f"period.{self.period.code}")

    @property
    def view(self) -> View:
        """The card in the atlas."""
        return View(lang=self.say.lang, period=self.period, department=self.code)

    @property
    def link(self) -> str:
        """Address of the same card in the atlas; empty where the atlas has none."""
        return department_link(self.view, self.address) if self.address else ""


def subject_of(department: str, period: Period, lang: str, address: str = "") -> Subject:
    """The department, by its INEI code of two digits, with its results; ParameterError if none."""
    department_name(department)  # refuses one that there is not
    results = results_for(period)
    row = results.set_index("department_ubigeo", drop=False).loc[department]
    return Subject(department, period, words(lang), results, row, address)


class Check(NamedTuple):
    """One question put to the figures; strong: the answer is more than expected."""

    question: str
    answer: str
    detail: str
    is_strong: bool


def checks_of(about: Subject) -> list[Check]:
    """What the first page asks: by each denominator, and whether an excess crosses a border.

    The police's offices have no other denominator: there the other registry is asked.
    """
    if about.period.is_by_prosecutors:
        return [*(_by_base(about, base) for base in BASES), _borders_of(about)]
    return [_by_base(about, BASES[0]), _by_prosecutors(about), _borders_of(about)]


def _borders_of(about: Subject) -> Check:
    return across_borders(about.period, about.row, about.results, about.say)


def _by_prosecutors(about: Subject) -> Check:
    """What the main registry says, of the same period where it has it, else of its newest year."""
    say, name = about.say, about.say(f"registry.{MAIN}")
    question = say("brief.check.registry", registry=name)
    try:
        period = parse_period(about.period.code, MAIN)
    except (ParameterError, UserError):
        period = DEFAULT_PERIOD
    row = results_for(period).set_index("department_ubigeo").loc[about.code]
    answer = first_up(verdict_text(row, say))
    if row["verdict"] == "untestable":
        return Check(question, answer, say("brief.untested"), False)
    detail = say(
        "brief.check.registry.detail",
        period=say(f"period.{period.code}"),
        count=say.number(row["reported_count"]),
        unit=say(f"unit.{period.unit}.plural"),
        ratio=ratio_text(row["smr"], say),
        interval=interval_text(row, say),
    )
    return Check(question, answer, detail, row["verdict"] == "above")


def _by_base(about: Subject, base: str) -> Check:
    """Whether there is more than expected, by one denominator."""
    say = about.say
    question = say(f"brief.check.{base}")
    if base not in bases_of(about.period):
        return Check(question, first_up(say("verdict.untestable")), say("brief.no_base"), False)
    row = results_for(about.period, base).set_index("department_ubigeo").loc[about.code]
    return check_of(row, question, say)


def check_of(row: pd.Series, question: str, say: Words) -> Check:
    """The verdict on an area, with what it rests on."""
    answer = first_up(verdict_text(row, say))
    if row["verdict"] == "untestable":
        return Check(question, answer, say("brief.untested"), False)
    detail = say(
        "brief.check.detail",
        count=say.number(row["reported_count"]),
        expected=say.number(row["expected"], 1),
        ratio=ratio_text(row["smr"], say),
        interval=interval_text(row, say),
    )
    return Check(question, answer, detail, row["verdict"] == "above")


class Borders(NamedTuple):
    """Keys of what is asked and said of borders, by level."""

    question: str
    alone: str
    none: str
    none_detail: str


_BORDERS = {
    "departments": Borders(
        "brief.check.scan",
        "brief.check.scan.alone",
        "brief.check.scan.no",
        "brief.check.scan.no.detail",
    ),
    "provinces": Borders(
        "brief.province.scan",
        "brief.province.scan.alone",
        "brief.check.scan.no",
        "brief.province.scan.no",
    ),
}


def across_borders(period: Period, row: pd.Series, results: pd.DataFrame, say: Words) -> Check:
    """Whether an area of the period's level is part of an excess that crosses a border."""
    keys, key = _BORDERS[period.level], area_key(results)
    question, code = say(keys.question), row[key]
    if row["verdict"] == "untestable":
        untested = first_up(say("verdict.untestable"))
        return Check(question, untested, say("brief.untested"), False)
    names = results.set_index(key)[key.removesuffix("_ubigeo")]
    clusters = scan_table(period, seed=SEED, replicas=SCAN_REPLICAS)
    for cluster in clusters.to_dict("records"):
        if code in cluster[period.level] and cluster["p_value"] < LEVEL:
            others = [other for other in cluster[period.level] if other != code]
            kind = "group" if others else "alone"
            detail = say(
                f"brief.check.scan.{kind}.detail",
                names=say.list(sorted(names[others])),
                observed=say.number(cluster["observed"]),
                expected=say.number(cluster["expected"], 1),
            )
            if row["smr"] <= 1:
                # a circle may take in a neighbour that has no excess of its own
                return Check(question, say("brief.check.scan.inside"), detail, False)
            answer = say("brief.check.scan.group" if others else keys.alone)
            return Check(question, answer, detail, bool(others))
    return Check(question, say(keys.none), say(keys.none_detail), False)


def first_up(text: str) -> str:
    return text[0].upper() + text[1:]


def large_numbers(row: pd.Series, say: Words) -> list[tuple[str, str]]:
    """The large numbers, each with its label."""
    unit = unit_text(row["unit"], row["reported_count"], say)
    figures = [(say.number(row["reported_count"]), say("brief.count", unit=unit))]
    if pd.notna(row["smr"]):
        expected = say.number(row["expected"], 1)
        label = say("card.expected", interval=interval_text(row, say), expected=expected)
        figures.append((ratio_text(row["smr"], say), label))
    return [*figures, (say.number(row["rate_per_100k"], 1), say("card.rate"))]


Entry = tuple[str, str]
"""what a line of a list says first, and its detail."""


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


def _of(table: pd.DataFrame, department: str) -> pd.DataFrame:
    table = gate(table, "T1")
    return table[table["department_ubigeo"] == department]


def _counts(table: pd.DataFrame, department: str) -> pd.DataFrame:
    """Rows of a department, reported ones before estimates, the latest first."""
    return _of(table, department).sort_values(
        ["is_estimate", "period_end"], ascending=[True, False], na_position="last", kind="stable"
    )


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if pd.notna(part) and part)


def _dated(text: str, say: Words) -> str:
    """A date that a source writes with English months, in the reader's language."""
    if say.lang == "en":
        return text
    english = get_month_names("abbreviated", locale="en")
    for number, name in get_month_names("abbreviated", locale="es_PE").items():
        text = re.sub(rf"\b{english[number]}\b", str(name).rstrip("."), text)
    return text


def _mining(department: str, say: Words) -> Section:
    here = _of(load_mining_zones(), department)
    here = here.sort_values(["hectares", "zone_id"], ascending=[False, True], na_position="last")
    # zones that a source links to trafficking come first
    here = here.iloc[here["link_to_trafficking"].isna().argsort(kind="stable")]
    entries = []
    for _, row in here.iterrows():
        hectares = ""
        if pd.notna(row["hectares"]):
            year = translated(row, "year_of_figure", say)
            hectares = f"{say.number(row['hectares'])} ha, {_dated(year, say)}"
        link = row["link_es"] if say.lang == "es" else row["link_to_trafficking"]
        detail = _joined(translated(row, "status", say), hectares, link, source_name(row, say))
        entries.append((translated(row, "name", say), detail))
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
        detail = _joined(translated(row, "purpose", say), mode, confidence, row["source_title"])
        entries.append((translated(row, "name", say), detail))
    note = say("routes.caveat") if entries else say("brief.routes.none")
    return Section(say("brief.routes"), note, tuple(entries))


def _registries(department: str, say: Words) -> Section:
    here = _counts(load_department_figures(), department).drop_duplicates(
        ["period_start", "period_end", "measure", "registry", "value"]
    )
    entries = tuple(
        (
            f"{span_text(row['period_start'], row['period_end'], say)}: "
            f"{published_figure(row, say)}",
            _joined(_registry(row, say), _published(row, say)),
        )
        for _, row in here.iterrows()
    )
    note = say("brief.registries.note") if entries else say("brief.registries.none")
    return Section(say("brief.registries"), note, entries, weight=3)


def _registry(row: pd.Series, say: Words) -> str:
    """The name that every page gives the registry."""
    names = registry_names("internal").get(str(row["registry"]))
    return names[say.lang] if names else translated(row, "registry", say)


def _published(row: pd.Series, say: Words) -> str:
    when = row.get("published")
    # "22 Sep, year not shown" tells a reader nothing
    is_date = pd.notna(when) and bool(_DATE.fullmatch(str(when)))
    return f"{source_name(row, say)}, {when}" if is_date else source_name(row, say)


def _places(department: str, say: Words) -> Section:
    here = _counts(load_named_places(), department)
    entries = tuple(
        (
            f"{translated(row, 'place', say)}: {published_figure(row, say)}",
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
        detail = _joined(row[kind], row["city"], row["year"], source_name(row, say))
        entries.append((_joined(translated(row, "name", say), count), detail))
    note = say("services.caveat") if entries else say("brief.services.none")
    return Section(say("brief.services"), note, tuple(entries))


def change_text(about: Subject) -> str:
    """A department's change between its period and each one that stands beside it; empty where none
    does."""
    say = about.say
    changes = comparisons(about.view, about.period, say)
    pairs = "; ".join(_pair(one, say) for one in changes["lines"])
    figures = say("brief.change", pairs=pairs)
    return " ".join([changes["answer"], figures, *changes["notes"]]) if pairs else ""


def _pair(line: Mapping[str, Any], say: Words) -> str:
    """A change between two periods: with its ratio, or in words where it has none."""
    years = line["name"].replace(" ⚑", "*")
    verdict = say(f"focos.change.verdict.{line['verdict']}")
    if line["is_number"]:
        ratio, span = line["text"], line["span"]
        return say("brief.change.pair", years=years, ratio=ratio, span=span, verdict=verdict)
    return ", ".join([years, *([line["text"]] if line["span"] else []), verdict])
