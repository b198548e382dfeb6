"""The contents of a brief: subject, checks, large numbers and lists."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pandas as pd

from atlas.results.card import department_line
from atlas.results.figures import Figures
from atlas.results.help_places import help_text
from atlas.results.history import change_answer, change_verdict, changes_of, interval_texts
from atlas.results.hotspots import SCAN_REPLICAS, scan_table
from atlas.results.province import Province, province
from atlas.results.published import registry_names
from atlas.results.regions import (
    area_name,
    dated_text,
    department_name,
    published_figure,
    source_name,
    span_text,
    touches,
    translated,
)
from atlas.results.sentences import expected_text, mining_context, period_name
from atlas.results.story import AreaStory
from atlas.results.years import DepartmentChange
from atlas.view import BASES, View, area_view
from atlas.words import Words, words
from data.context import load_mining_zones, load_named_places, load_routes, load_services
from data.periods import MAIN, REGISTRIES, Period, default_period, find_period
from data.reports import load_department_figures
from geo.excess import LEVEL, Verdict

SEED = 1
"""of the maps that the scan draws."""
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Subject:
    """Department or province of a brief: its story, and the link of the brief."""

    story: AreaStory
    say: Words
    address: str = ""
    """scheme and host of the atlas that the brief leads back to; empty: it has no link."""
    province: Province | None = None
    look: Mapping[str, Any] = field(default_factory=dict)
    """fields of the view on the screen (LOOK) that differ from the card's usual ones."""

    @property
    def code(self) -> str:
        """INEI code of the area."""
        return self.story.area

    @property
    def period(self) -> Period:
        """The story's period."""
        return self.story.period

    @property
    def full_name(self) -> str:
        """The name, of a province with its department."""
        of = self.story.figures
        return of.name if self.province is None else f"{of.name}, {of.department}"

    @property
    def period_name(self) -> str:
        """The period as the language says it."""
        return self.say(f"period.{self.period.code}")

    @property
    def view(self) -> View:
        """The view of the card in the atlas, with its map."""
        view = area_view(self.code, self.period, self.story.base, self.say)
        return view.changed(**self.look)


LOOK = ("level", "measure", "area_measure", "base", "overlays", "bandwidth_km", "where")
"""fields of a view that a brief has from the screen"""


def subject_of(
    area: str,
    period: Period,
    lang: str,
    address: str = "",
    look: Mapping[str, Any] | None = None,
) -> Subject:
    """The department or province of an INEI code of two or four digits; UserError if none."""
    look = look or {}
    in_province = None if len(area) == 2 else province(area)
    if in_province is None:
        department_name(area)  # refuses one that there is not
    base = look.get("base", BASES[0]) if in_province is None else BASES[0]
    return Subject(AreaStory(area, period, base), words(lang), address, in_province, look)


class Check(NamedTuple):
    """One question with its answer; strong if the answer is more than expected."""

    question: str
    answer: str
    detail: str
    is_strong: bool


def checks_of(subject: Subject) -> list[Check]:
    """Return the questions of the first page: each denominator, and an excess across borders.

    The police's offices have no other denominator: there the other registry is asked.
    """
    if subject.period.is_by_prosecutors:
        return [*(_by_base(subject, base) for base in BASES), _across_borders(subject)]
    return [_by_base(subject, BASES[0]), _by_prosecutors(subject), _across_borders(subject)]


def _by_prosecutors(subject: Subject) -> Check:
    """Return the main registry's answer, for the same period or else its newest year.

    Of a province it publishes nothing: its department's figure stands there, named as such.
    """
    say = subject.say
    question = say("brief.check.registry", registry=say(f"registry.{MAIN}"))
    if subject.province is not None:
        answer = say("brief.province.not_published")
        return Check(question, answer, department_line(subject.story, say), False)
    period = find_period(REGISTRIES[MAIN], subject.period.code) or default_period()
    figures = AreaStory(subject.code, period).figures
    return _check_of(figures, question, "brief.check.registry.detail", say)


def _by_base(subject: Subject, base: str) -> Check:
    say, story = subject.say, subject.story.by(base)
    question = say(f"brief.check.{base}")
    if story is None:
        return Check(question, first_up(say("verdict.untestable")), say("brief.no_base"), False)
    return _check_of(story.figures, question, "brief.check.detail", say)


def _check_of(figures: Figures, question: str, detail: str, say: Words) -> Check:
    """Return the verdict on an area; ``detail`` is the key of its reasons."""
    wording = figures.wording(say)
    answer = first_up(wording["verdict"])
    if not figures.is_tested:
        return Check(question, answer, say("brief.untested"), False)
    reason = wording["reason"]
    text = wording(detail) + (f" {first_up(reason)}." if reason else "")
    return Check(question, answer, text, figures.verdict == Verdict.ABOVE)


_BORDERS = {
    "departments": ("focos.scan.title", "brief.check.scan.alone", "brief.check.scan.no.detail"),
    "provinces": ("brief.province.scan", "brief.province.scan.alone", "brief.province.scan.no"),
}
"""keys of the question about borders, of the answer for one area alone, and of a detail for none"""


def _across_borders(subject: Subject) -> Check:
    """Whether the area is part of an excess that crosses a border."""
    story, say = subject.story, subject.say
    question_key, alone, none_detail = _BORDERS[story.level]
    question = say(question_key)
    if not story.figures.is_tested:
        untested = first_up(say("verdict.untestable"))
        return Check(question, untested, say("brief.untested"), False)
    clusters = scan_table(story.counted, seed=SEED, replicas=SCAN_REPLICAS)
    for cluster in clusters.to_dict("records"):
        if story.area in cluster[story.level] and cluster["p_value"] < LEVEL:
            others = [other for other in cluster[story.level] if other != story.area]
            kind = "group" if others else "alone"
            detail = say(
                f"brief.check.scan.{kind}.detail",
                names=say.list(sorted(map(area_name, others))),
                observed=say.number(cluster["observed"]),
                expected=expected_text(cluster["expected"], say),
            )
            if story.figures.ratio <= 1:
                # a circle may take in a neighbour that has no excess of its own
                return Check(question, say("brief.check.scan.inside"), detail, False)
            answer = say("brief.check.scan.group" if others else alone)
            return Check(question, answer, detail, bool(others))
    return Check(question, say("brief.check.scan.no"), say(none_detail), False)


def first_up(text: str) -> str:
    return text[0].upper() + text[1:]


def large_numbers(story: AreaStory, say: Words) -> list[tuple[str, str]]:
    """The large numbers, each with its label; of an area that is not compared its count."""
    wording = story.wording(say)
    figures = [(wording["count"], wording("brief.count"))]
    if not story.figures.is_tested:
        return figures
    return [
        *figures,
        (wording["ratio"], wording("card.expected")),
        (wording["rate"], say("card.rate")),
    ]


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


def left_lists(subject: Subject) -> tuple[Section, ...]:
    """Return mining and routes of a department, or the towns of a province."""
    if subject.province is not None:
        return (_towns(subject.province, subject.say),)
    return _mining(subject.code, subject.say), _routes(subject.code, subject.say)


def right_lists(subject: Subject) -> tuple[Section, ...]:
    """Return other registries, places and services, all by department."""
    department, say = subject.code[:2], subject.say
    places = _places(department, say)
    sections = [_registries(department, say), places, _services(department, say)]
    if not places.entries:
        sections.remove(places)
    if subject.province is None:
        return tuple(sections)
    name = subject.province.department
    return tuple(replace(part, heading=f"{name}: {part.heading}") for part in sections)


def _towns(area: Province, say: Words) -> Section:
    entries = tuple(
        (name, say("brief.province.town.people", people=say.number(count)))
        for name, count in area.towns
    )
    return Section(say("brief.province.towns.title"), say("brief.province.towns.note"), entries)


def _of(table: pd.DataFrame, department: str) -> pd.DataFrame:
    return table[table["department_ubigeo"] == department]


def _counts(table: pd.DataFrame, department: str) -> pd.DataFrame:
    """Rows of a department, reported ones before estimates, the latest first."""
    return _of(table, department).sort_values(
        ["is_estimate", "period_end"], ascending=[True, False], na_position="last", kind="stable"
    )


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if pd.notna(part) and part)


def _mining(department: str, say: Words) -> Section:
    zones = _of(load_mining_zones(), department)
    zones = zones.sort_values(["hectares", "zone_id"], ascending=[False, True], na_position="last")
    # zones that a source links to trafficking come first
    zones = zones.iloc[zones["link_to_trafficking"].isna().argsort(kind="stable")]
    entries = []
    for _, row in zones.iterrows():
        hectares = ""
        if pd.notna(row["hectares"]):
            year = dated_text(row["year_of_figure"], say)
            hectares = f"{say.number(row['hectares'])} ha, {year}"
        link = row["link_es"] if say.lang == "es" else row["link_to_trafficking"]
        detail = _joined(translated(row, "status", say), hectares, link, source_name(row, say))
        entries.append((translated(row, "name", say), detail))
    note = mining_context(department, say)
    if entries:
        note += f" {say('brief.mining.zones')}"
    return Section(say("method.mining.title"), note, tuple(entries))


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
    return Section(say("brief.routes"), note, tuple(entries), weight=3)


def _registries(department: str, say: Words) -> Section:
    figures = _counts(load_department_figures(), department).drop_duplicates(
        ["period_start", "period_end", "measure", "registry", "value"]
    )
    entries = tuple(
        (
            f"{span_text(row['period_start'], row['period_end'], say)}: "
            f"{published_figure(row, say)}",
            _joined(_registry(row, say), _published(row, say)),
        )
        for _, row in figures.iterrows()
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
    places = _counts(load_named_places(), department)
    entries = tuple(
        (
            f"{translated(row, 'place', say)}: {published_figure(row, say)}",
            _joined(span_text(row["period_start"], row["period_end"], say), _published(row, say)),
        )
        for _, row in places.iterrows()
    )
    return Section(say("brief.places"), say("places.caveat"), entries)


def _services(department: str, say: Words) -> Section:
    services = _of(load_services(), department)
    kind = "type_es" if say.lang == "es" else "type_en"
    entries = []
    for _, row in services.iterrows():
        count = row["count_es"] if say.lang == "es" else row["count"]
        detail = _joined(row[kind], row["city"], row["year"], source_name(row, say))
        entries.append((_joined(translated(row, "name", say), count), detail))
    note = f"{help_text(department, say)} {say('help.call_first')}"
    return Section(say("brief.services"), note, tuple(entries))


def change_text(subject: Subject) -> str:
    """Return a department's change from its period to each comparable one, or ""."""
    say = subject.say
    changes = changes_of(subject.code, subject.period)
    if not changes:
        return ""
    pairs = "; ".join(_pair(change, say) for change in changes)
    return f"{change_answer(changes, say)} {say('brief.change', pairs=pairs)}"


def _pair(of: DepartmentChange, say: Words) -> str:
    periods = (of.before, of.after)
    years = " → ".join(period_name(period, say).replace(" ⚑", "*") for period in periods)
    verdict = change_verdict(of, say)
    ratio, span = interval_texts(of, say)
    if math.isfinite(of.ratio):
        return say("brief.change.pair", years=years, ratio=ratio, span=span, verdict=verdict)
    return ", ".join([years, *([ratio] if span else []), verdict])
