"""Departments side by side: neighbours, those most alike, or two to four of one's choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.results.figures import Figures, figures_for
from atlas.results.history import Block, Line, axis, axis_end
from atlas.results.hotspots import contiguity_of
from atlas.results.matrix import full_years, yearly_registries
from atlas.results.pairs import PairLine, pair_rows, pair_sentences, pairs_table
from atlas.results.regions import bases_of, department_name, results_for
from atlas.results.sentences import period_name, rate_text
from atlas.view import BASES, DEPARTMENTS, View
from atlas.words import Words
from data.cache import cached
from data.comparing import comparable_with
from data.context import load_mining_by_department
from data.geography import load_places, load_towns
from data.periods import MAIN, REGISTRIES, Period, Registry, find_period, parse_in, parse_period
from data.population import census_year, load_census
from geo.errors import UserError
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed
from geo.similarity import most_similar

CHOSEN, NEIGHBOUR, ALIKE = "chosen", "neighbour", "alike"
KINDS = {
    CHOSEN: "compare.kind.chosen",
    NEIGHBOUR: "compare.kind.neighbour",
    ALIKE: "compare.kind.alike",
}
"""of a comparison, and the keys of their words"""
FEWEST, MOST = 2, 4
"""departments of one's own choice"""
MOST_ALIKE = 3
TOWN = 2_000
"""residents from which a populated place counts as a town, as INEI's urban centres do"""
COLUMNS = (
    *("department_ubigeo", "department", "role", "registry", "unit", "period", "reported_count"),
    *("rate_per_100k", "smr", "smr_low", "smr_high", "verdict", "note"),
)
_FIGURES = ("reported_count", "rate_per_100k", "smr", "smr_low", "smr_high", "verdict")


FEATURES = {
    "residents": "derivation.of.people",
    "development": "compare.feature.development",
    "altitude": "compare.feature.altitude",
    "mined": "compare.feature.mined",
    "offences": "compare.feature.offences",
}
"""what departments are likened by, and the keys of its words"""


@cached
def department_features() -> pd.DataFrame:
    """Published features of the 25 departments by code; shared: read only.

    residents (natural logarithm), development (mean of three standardised features that say nearly
    the same: share of residents in places of 2,000 or more, poverty of 2018 with its sign turned,
    and human development of 2019, the last two means of districts weighted by their residents),
    altitude (metres, of districts' capitals, so weighted), mined (logarithm of 1 + detected
    hectares; NaN without a detection, which nobody tells from not monitored) and offences
    (registered per resident in a year).
    """
    year = _offences_year()
    people, places = load_census().set_index("department_ubigeo")["residents"], load_places()
    regions = results_for(year, "offences").set_index("department_ubigeo")
    towns = load_towns()
    in_towns = towns[towns["population"] >= TOWN].groupby("department_ubigeo")["population"].sum()
    mined = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    development = (
        (in_towns.reindex(people.index) / people).clip(upper=1.0),
        -_weighted(places, "poverty_pct_2018", "population_2018"),
        _weighted(places, "hdi_2019", "population_2019"),
    )
    return pd.DataFrame(
        {
            "residents": np.log(people.astype(float)),
            "development": sum(axis / axis.std(ddof=0) for axis in development) / len(development),
            "altitude": _weighted(places, "altitude_m", "residents"),
            "mined": np.log1p(mined.reindex(people.index)),
            "offences": regions["exposure"] / regions["person_years"],
        }
    )


def feature_years() -> dict[str, int]:
    """Return the year of each feature, and part of development, that has one."""
    offences = int(_offences_year().code)
    return {"residents": census_year(), "poverty": 2018, "hdi": 2019, "offences": offences}


def _offences_year() -> Period:
    """Return the newest full year with all offences published by office."""
    registry = REGISTRIES[MAIN]
    periods = [parse_in(registry, str(year)) for year in full_years(registry)]
    return next(period for period in reversed(periods) if "offences" in bases_of(period))


def _weighted(places: pd.DataFrame, column: str, weight: str) -> pd.Series:
    """Mean of the districts that have the figure, by department, weighted by their residents."""
    districts = places.dropna(subset=[column, weight])
    sums = (districts[column] * districts[weight]).groupby(districts["department_ubigeo"]).sum()
    return sums / districts.groupby("department_ubigeo")[weight].sum()


@dataclass(frozen=True, slots=True)
class Likeness:
    """A department that resembles another."""

    department: str
    distance: float
    """root of the mean square of the differences, in standard deviations over the departments."""
    features: tuple[str, ...]
    """in which the two are nearest: less than half a standard deviation apart, nearest first."""


FAR = 1.0
"""standard deviations from which the nearest department is said to resemble it little"""
NEAR = 0.5
"""standard deviations below which a feature is said to make two departments alike"""


@cached
def most_alike(department: str) -> tuple[tuple[Likeness, ...], tuple[str, ...]]:
    """The three departments most alike, and the features without which others would be named."""
    table = department_features()
    result = most_similar(table.to_numpy(), list(table.index).index(department), MOST_ALIKE)
    rows = []
    for position in result.order[:MOST_ALIKE]:
        apart = np.abs(result.difference[position])
        near = [
            table.columns[column]
            for column in np.argsort(apart, kind="stable")
            if apart[column] < NEAR
        ]
        code = str(table.index[position])
        rows.append(Likeness(code, float(result.distance[position]), tuple(near)))
    return tuple(rows), tuple(table.columns[result.decisive])


def likeness_lines(department: str, say: Words) -> list[str]:
    """By what departments are likened, how near the nearest is, and what the choice hangs on."""
    rows, decisive = most_alike(department)
    years = feature_years()
    names = {
        name: say(key, **years) + (f" ({years[name]})" if name in years else "")
        for name, key in FEATURES.items()
    }
    lines = [
        say(
            "compare.like.by",
            features=say.list(list(names.values())),
            distance=say.number(rows[0].distance, 1),
        )
    ]
    lines.append(
        say("compare.like.made", rows="; ".join(_made_of(row, names, say) for row in rows))
    )
    unknown = [
        department_name(code)
        for code in (department, *(row.department for row in rows))
        if np.isnan(department_features()["mined"][code])
    ]
    if unknown:
        lines.append(say("compare.like.unknown", names=say.list(unknown)))
    if rows[0].distance > FAR:
        lines.append(say("compare.like.far"))
    lines.append(
        say("compare.like.hangs", features=say.list([names[name] for name in decisive]))
        if decisive
        else say("compare.like.holds")
    )
    return lines


def _made_of(row: Likeness, names: dict[str, str], say: Words) -> str:
    near = say.list([names[name] for name in row.features]) or say("compare.like.nothing")
    return say("compare.like.of", name=department_name(row.department), names=near)


def alike_line(departments: Sequence[str], say: Words) -> str:
    """Name for each of some departments those that are most alike."""
    rows = (
        say(
            "compare.like.of",
            name=department_name(code),
            names=say.list(department_name(row.department) for row in most_alike(code)[0]),
        )
        for code in departments
    )
    return say("compare.like.each", rows="; ".join(rows))


@cached
def neighbours_of(department: str) -> tuple[str, ...]:
    """The departments whose outlines touch it."""
    touching, row = contiguity_of(list(DEPARTMENTS)), DEPARTMENTS.index(department)
    columns = touching.indices[touching.indptr[row] : touching.indptr[row + 1]]
    return tuple(DEPARTMENTS[column] for column in columns)


def placed(kind: str, departments: Sequence[str]) -> list[tuple[str, str]]:
    """The departments of a comparison with their roles, in their order.

    ``kind`` is "chosen" (two to four departments), "neighbour" or "alike" (one). UserError for
    another number of them or for one twice.
    """
    if kind == CHOSEN:
        different = len({*departments})
        if not FEWEST <= len(departments) <= MOST or different < len(departments):
            raise UserError("compare.fault.number", count=len(departments), different=different)
        return [(code, CHOSEN) for code in departments]
    (department,) = departments
    others = (
        neighbours_of(department)
        if kind == NEIGHBOUR
        else [row.department for row in most_alike(department)[0]]
    )
    return [(department, CHOSEN), *((code, kind) for code in others)]


def beside_codes(department: str, beside: str) -> tuple[str, list[str]]:
    """Return the kind of a comparison and its departments, from a view's ``beside``."""
    if beside in (NEIGHBOUR, ALIKE):
        return beside, [department]
    others = [] if beside == CHOSEN else beside.split("-")
    return CHOSEN, list(dict.fromkeys([department, *others]))


def compared_beside(view: View) -> list[str]:
    """Codes of the departments that a view compares with the chosen one, while that is open."""
    if view.department is None or "compare" not in view.open:
        return []
    kind, codes = beside_codes(view.department, view.beside)
    # one alone is no comparison yet
    return [code for code, _ in placed(kind, codes)][1:] if len(codes) > 1 or kind != CHOSEN else []


def beside_line(department: str, beside: str, period: Period, say: Words) -> str:
    """Write the ratios of the departments compared with one in a period, as a sentence."""
    kind, codes = beside_codes(department, beside)
    rows = []
    for code, _ in placed(kind, codes)[1:]:
        wording = figures_for(period)[code].wording(say)
        conclusion = wording["conclusion"]
        if wording["interval"]:
            figures = {"ratio": wording["ratio"], "span": wording["interval"]}
            conclusion = say("compare.brief.row", **figures, verdict=conclusion)
        rows.append(f"{wording['name']}: {conclusion}")
    return say(f"compare.brief.{kind}", rows="; ".join(rows))


def compared_years(registry: Registry, shown: Period | None = None) -> list[Period]:
    """Return the period of a registry that is shown, and the earliest comparable one.

    Of a registry that is not shown its newest full year.
    """
    newest = parse_in(registry, str(full_years(registry)[-1]))
    if shown is not None and shown.registry_code == registry.code:
        newest = shown
    earliest = min(comparable_with(newest), key=lambda period: period.start, default=newest)
    return [newest] if earliest == newest else [newest, earliest]


@framed
def compare_rows(places: Sequence[tuple[str, str]], period: str = "") -> Tiered[pd.DataFrame]:
    """Figures of departments in each registry: a row a department, registry and period.

    Columns as COLUMNS, then registry_name; nothing is added or divided across the
    registries. Without ``period`` each registry that counts by year gives two years; with one
    that period alone, and a registry without it a row whose figures are None and whose note is
    "no_period". A department that is not held against the others has the note "not_compared".
    ParameterError where no registry has the period.
    """
    spans: list[tuple[Registry, Period | None]]
    if period:
        spans = _spans_of(period)
    else:
        spans = [
            (registry, span)
            for registry in yearly_registries()
            for span in compared_years(registry)
        ]
    loaded = {span: results_for.tiered(span) for _, span in spans if span is not None}
    tables = {span: results.frame for span, results in loaded.items()}
    names = next(iter(tables.values())).set_index("department_ubigeo")["department"]
    rows = []
    for code, role in places:
        for registry, span in spans:
            row = {"department_ubigeo": code, "department": names[code], "role": role}
            row |= {"registry": registry.code, "unit": registry.unit, "period": period}
            row |= dict.fromkeys(_FIGURES) | {"note": "no_period", "registry_name": registry.name}
            if span is not None:
                figures = tables[span].set_index("department_ubigeo").loc[code]
                row |= {"period": span.code, **figures[[*_FIGURES]]}
                row["note"] = None if pd.notna(figures["smr"]) else "not_compared"
            rows.append(row)
    frame = pd.DataFrame(rows)[[*COLUMNS, "registry_name"]].astype({"reported_count": "Int64"})
    return gate(derive(frame, *loaded.values(), name="comparison"), "T1")


def _spans_of(period: str) -> list[tuple[Registry, Period | None]]:
    """Return the period of a code in each registry; ParameterError if none has it."""
    spans = [(registry, find_period(registry, period)) for registry in REGISTRIES.values()]
    if not any(span for _, span in spans):
        parse_period(period)  # says what there is
    return spans


@framed
def paired_rows(places: Sequence[tuple[str, str]], period: str = "") -> Tiered[pd.DataFrame]:
    """Pairs of places in each registry, as ``atlas.results.pairs.pairs_table``; never across them.

    In ``period``, or in each registry's newest full year. ParameterError as :func:`compare_rows`.
    """
    if period:
        spans = [(registry, span) for registry, span in _spans_of(period) if span is not None]
    else:
        spans = [(registry, compared_years(registry)[0]) for registry in yearly_registries()]
    tables = [compared_pairs.tiered(places, span) for _, span in spans]
    joined = pd.concat([table.frame for table in tables], ignore_index=True)
    return gate(derive(joined, *tables, name="pairs"), "T1")


@framed
def compared_pairs(places: Sequence[tuple[str, str]], period: Period) -> Tiered[pd.DataFrame]:
    """Each two places in a period; of neighbours the first with each of the others."""
    codes = tuple(code for code, _ in places)
    is_around_one = any(role == NEIGHBOUR for _, role in places)
    return pairs_table.tiered(codes, period, codes[0] if is_around_one else None)


@dataclass(frozen=True, slots=True)
class ComparedBlock:
    """A registry's departments in a period and an earlier one, and their pairs."""

    years: Block
    head: str
    """registry and period of the answer"""
    answer: str
    """which pairs differ in it, and how each department stands to the country"""
    pairs: list[PairLine]
    pairs_caption: str


def compare_blocks(
    places: Sequence[tuple[str, str]], view: View, say: Words
) -> list[ComparedBlock]:
    """Compare departments in each registry, on an axis of its own."""
    blocks = []
    for registry in yearly_registries():
        periods = compared_years(registry, view.period)
        newest = periods[0]
        pairs = compared_pairs(places, newest)
        rows = [figures_for(period)[code] for code, _ in places for period in periods]
        end = axis_end(rows)
        lines = [
            Line.of(
                of,
                end,
                say,
                name=f"{of.name} · {period_name(of.period, say)}",
                is_chosen=of.code == view.department and of.period == view.period,
                rate=rate_text(of.rate, say),
            )
            for of in rows
        ]
        years = Block(
            code=registry.code,
            registry=say(f"registry.{registry.code}"),
            unit=say(f"unit.{registry.unit}.plural"),
            source=say(f"unit.{registry.unit}.source"),
            base=say(f"base.{BASES[0]}"),
            ticks=axis(end, (1.0,)),  # the column is narrow, and the figures stand beside it
            lines=lines,
        )
        name = say(f"period.{newest.code}.short")
        is_shown = newest == view.period
        head = say(
            "compare.answer" if is_shown else "compare.answer.full",
            registry=years.registry,
            period=name,
        )
        caption = say("compare.pair.caption", period=name)
        answer = _answer(newest, rows, pairs, say)
        blocks.append(ComparedBlock(years, head, answer, pair_rows(pairs, say), caption))
    return blocks


def _answer(newest: Period, rows: Iterable[Figures], pairs: pd.DataFrame, say: Words) -> str:
    """Which pairs differ in a period, and which departments from the country."""
    names: dict[str, list[str]] = {}
    for of in rows:
        if of.period == newest and of.is_tested:
            names.setdefault(of.verdict, []).append(of.name)
    parts = (
        say(
            "compare.answer.part", verdict=say(f"verdict.{verdict}"), names=say.list(names[verdict])
        )
        for verdict in Verdict
        if verdict in names
    )
    country = [say("compare.answer.country", parts=say.list(parts))] if names else []
    return " ".join([*pair_sentences(pairs, newest, say), *country])
