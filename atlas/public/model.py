"""The figures of the public page and their sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from shapely.geometry.base import BaseGeometry

from atlas.results.figures import Figures
from atlas.results.matrix import (
    above_in_both,
    common_periods,
    yearly_registries,
)
from atlas.results.regions import bases_of, results_for, wholly_reported
from atlas.results.trends import trend_sentences
from atlas.view import BASES
from atlas.words import Words
from data.cache import cached
from data.context import load_mining_cells, load_route_waypoints, load_routes, load_services
from data.geography import load_departments
from data.periods import MONTHS_PER_YEAR, NOT_COMPARED, Period, default_period
from data.reports import load_region_counts, total_count
from geo.corridors import department_corridors
from geo.errors import DataError, ParameterError
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from geo.privacy.public_lists import help_lines as national_help_lines
from layers.palette import MISSING, RATE

MEASURES = ("rate", "verdict")
"""By what the map may be coloured when the page opens; the reader can change it."""
START_MEASURE = "verdict"
MOST_NAMED = 3
"""departments above the expected that a headline names; more are counted."""
"""the measure unless one is named: a map of rates colours departments that are as expected"""
MINING_CELL_DEGREES = 0.25
"""Side of the squares to which the satellite cells are added up: about 28 km, a province."""
MIN_CORRIDOR_SOURCES = 2
"""Independent publications behind a corridor that the page draws; the gate's rule also lets one
of high confidence pass, which would put twice as many lines on a small map."""
HELP_LINES = ("1818", "100")
"""Numbers shown, in this order; others of the table are old or not for victims."""


def require_measure(measure: str) -> str:
    """Return the measure; raise ParameterError unless the map can be coloured by it."""
    if measure not in MEASURES:
        raise ParameterError(f"unknown measure: allowed are {', '.join(MEASURES)}")
    return measure


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One department of the public page, in its table and on its map."""

    judged: dict[str, Figures]
    """its figures by base, the usual one first."""
    rate_class: str
    """class of ``layers.palette.RATE``, or "missing" where the count is not to be compared."""
    geometry: BaseGeometry
    """EPSG:4326."""

    @property
    def figures(self) -> Figures:
        """The figures by the usual base."""
        return next(iter(self.judged.values()))

    @property
    def code(self) -> str:
        """INEI code of the department."""
        return self.figures.code

    @property
    def name(self) -> str:
        """Name of the department."""
        return self.figures.name

    @property
    def flags(self) -> tuple[str, ...]:
        """Cautions on the figures."""
        return self.figures.flags

    @property
    def is_above(self) -> bool:
        """Whether more is reported than expected, on any base."""
        return any(figures.verdict == Verdict.ABOVE for figures in self.judged.values())

    @property
    def is_below(self) -> bool:
        """Whether less is reported than expected, on any base."""
        return any(figures.verdict == Verdict.BELOW for figures in self.judged.values())

    @property
    def is_ranked(self) -> bool:
        """Whether the count may be compared with the others'."""
        return not NOT_COMPARED & set(self.flags)

    @property
    def is_few(self) -> bool:
        """Whether the count is so low that its interval says little."""
        return "few_reports" in self.flags


@dataclass(frozen=True, slots=True)
class Contents:
    """All figures of the public page."""

    period: Period
    rows: tuple[RegionRow, ...]
    """highest rate first; departments that are not ranked come last."""
    reported_count: int
    rate_per_100k: float
    """of the country: of the departments whose reports are whole."""
    partial: tuple[str, ...]
    """names of the others"""
    flags: frozenset[str]
    """what is marked in any row."""
    sources: tuple[dict[str, Any], ...]
    """title, publisher, published and url."""
    licence: str

    @property
    def bases(self) -> tuple[str, ...]:
        """Bases of the expected counts, the usual one first."""
        return tuple(self.rows[0].judged)

    @property
    def rate_years(self) -> int:
        """1 if the rates are of one year; else 2, because they are per year."""
        return 1 if self.period.months == MONTHS_PER_YEAR else 2

    def above(self, base: str = BASES[0]) -> tuple[RegionRow, ...]:
        """The departments with more reports than expected, highest rate first."""
        return tuple(row for row in self.rows if row.judged[base].verdict == Verdict.ABOVE)


@cached
def contents_of(period: Period) -> Contents:
    """Collect the figures of a period, through the gate."""
    bases = bases_of(period)
    gated = [gate(results_for.tiered(period, base), "T1", outlet="public") for base in bases]
    tables = [table.frame for table in gated]
    results = tables[0]
    outlines = gate(load_departments.tiered(simplified=True), "T1", outlet="public")
    shape = outlines.frame.set_index("department_ubigeo")["geometry"]
    rows = []
    for records in zip(*(table.to_dict("records") for table in tables), strict=True):
        judged = {base: Figures.of(row, period) for base, row in zip(bases, records, strict=True)}
        figures = judged[bases[0]]
        is_missing = bool(NOT_COMPARED & set(figures.flags))
        rate_class = MISSING if is_missing else RATE.classify(figures.rate)
        rows.append(RegionRow(judged, rate_class, shape[figures.code]))
    rows.sort(key=lambda row: (not row.is_ranked, -row.figures.rate, row.code))
    total = total_count(period)
    whole = wholly_reported(results)
    return Contents(
        period=period,
        rows=tuple(rows),
        reported_count=total,
        rate_per_100k=1e5 * float(whole["reported_count"].sum() / whole["person_years"].sum()),
        partial=tuple(results["department"].drop(whole.index)),
        flags=frozenset(flag for row in rows for flag in row.flags),
        sources=sources_of(period),
        licence=str(gated[0].card["licence"]),
    )


def sources_of(period: Period) -> tuple[dict[str, Any], ...]:
    """Return the sources of a period's reports and residents."""
    card = gate(load_region_counts.tiered(period), "T1", outlet="public").card
    return tuple(card["sources"])


def mining_squares() -> list[tuple[float, float, float]]:
    """Return longitude and latitude (degrees) of the centre of each square, and its hectares.

    The satellite cells of 0.05 degrees are added up to squares of ``MINING_CELL_DEGREES``: what
    a public map shows is a province's affair, not the place of a camp.
    """
    cells = gate(load_mining_cells.tiered(), "T1", outlet="public").frame
    side = MINING_CELL_DEGREES
    squares = pd.DataFrame(
        {
            "east": (cells["longitude"] / side).floordiv(1).astype(int),
            "north": (cells["latitude"] / side).floordiv(1).astype(int),
            "mined_ha": cells["mined_ha"],
        }
    )
    sums = squares.groupby(["east", "north"], sort=True, as_index=False)["mined_ha"].sum()
    return [
        ((int(east) + 0.5) * side, (int(north) + 0.5) * side, float(hectares))
        for east, north, hectares in zip(sums["east"], sums["north"], sums["mined_ha"], strict=True)
    ]


@cached
def drawn_corridors() -> pd.DataFrame:
    """Return the corridors that at least two independent publications state."""
    corridors = department_corridors(load_routes.tiered(), load_route_waypoints.tiered())
    stated = corridors.where(corridors.frame["source_count"] >= MIN_CORRIDOR_SOURCES)
    return gate(stated, "T1", outlet="public").frame


def help_lines() -> dict[str, str]:
    """Return the numbers of the national help lines, each with the year of its source."""
    lines = national_help_lines(load_services.tiered())
    table = gate(lines, "T1", outlet="public").frame
    years = dict(zip(table["contact"].astype(str), table["year"].astype(str), strict=True))
    missing = [number for number in HELP_LINES if number not in years]
    if missing:
        raise DataError(
            "tables/services.csv",
            came=f"no national help line {', '.join(missing)}",
            expected="the help lines of the public page",
        )
    return {number: years[number] for number in HELP_LINES}


def title(contents: Contents, say: Words) -> str:
    """Write what is counted, that it was reported, and the period."""
    period = say(f"period.{contents.period.code}")
    return say(f"public.title.{contents.period.unit}", period=period)


def other_registry(period: Period) -> Period:
    """The newest period of the registry that the page does not show."""
    prosecutors, police = yearly_registries()
    return default_period((police if period.is_by_prosecutors else prosecutors).code)


def second_registry(period: Period, say: Words) -> str:
    """Name the count of the other registry, and the departments that both call above."""
    newest, both = other_registry(period), above_in_both()
    return say(
        f"public.second.{'both' if both else 'none'}",
        registry=say(f"registry.{newest.registry_code}"),
        count=say.number(total_count(newest)),
        unit=say(f"unit.{newest.unit}.plural"),
        period=say(f"period.{newest.code}"),
        years=say(f"period.{common_periods()[0].code}"),
        names=say.list(both),
    )


def how_many_above(contents: Contents, base: str, say: Words) -> str:
    """Name the departments that report more than expected on a base, more than three by number."""
    above = contents.above(base)
    count = len(above)
    key = "public.above.named" if count else "card.country_none"
    key = key if count <= MOST_NAMED else "public.above.count"
    names = say.list(row.name for row in above)
    return say(key, count=count, names=names, base=say(f"base.{base}"))


def differing(row: RegionRow, base: str, say: Words) -> str:
    """Name the verdict on the other base if it differs; else ""."""
    return "".join(
        say("public.differs", base=say(f"base.{other}"), verdict=figures.wording(say)["verdict"])
        for other, figures in row.judged.items()
        if figures.verdict != row.judged[base].verdict
    )


def times_text(figures: Figures, say: Words) -> tuple[str, str]:
    """Write times the expected and its 95 % interval; both empty where nothing is expected."""
    wording = figures.wording(say)
    return (
        (say("times", value=wording["ratio"]), f"({wording['margin']})")
        if figures.is_tested
        else ("", "")
    )


def region_sentence(row: RegionRow, contents: Contents, say: Words) -> str:
    """Name a department, its figures, verdict, source and period, and how often it misses twice."""
    wording = row.figures.wording(say)
    if math.isnan(row.figures.count):
        return wording("public.region.unknown")
    differs = differing(row, BASES[0], say)
    conclusion = wording["conclusion"] + (f" ({differs})" if differs else "")
    key = "public.region.says.no_rate" if row.rate_class == MISSING else "public.region.says"
    says = wording(key, years=contents.rate_years, conclusion=conclusion)
    return f"{says} {wording['missed']}".strip()


def both_counts(say: Words) -> dict[str, str]:
    """Write by department the newest counts of both registries, and whether they rise or fall.

    Each count has its unit; they are never added.
    """
    parts: dict[str, list[str]] = {}
    for period in (default_period(registry.code) for registry in yearly_registries()):
        table = gate(results_for.tiered(period), "T1", outlet="public").frame
        for wording in (Figures.of(row, period).wording(say) for row in table.to_dict("records")):
            text = f"{wording['registry']}, {wording['when']}: {wording['counted']}"
            parts.setdefault(wording.figures.code, []).append(text)
    return {
        code: f"{'; '.join(texts)}. {' '.join(trend_sentences(code, say))}"
        for code, texts in parts.items()
    }
