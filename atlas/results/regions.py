"""The results of all areas in a period, through the gate, and their sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from babel.dates import format_date, get_month_names

from atlas.view import BASES, DEPARTMENTS, LEVELS, province_names
from atlas.words import Words, source_text
from data.cache import cached
from data.catalogue import UNSTATED_LICENCE, descriptor_of, load_table
from data.context import (
    load_mining_by_department,
    load_mining_cells,
    load_route_waypoints,
    load_routes,
)
from data.geography import load_denominator_mismatch, load_departments
from data.periods import MAIN, MONTHS_PER_YEAR, NOT_COMPARED, PERIODS, Period
from data.reports import (
    AREA_COLUMNS,
    fitted_lengths,
    load_crosswalk,
    load_region_counts,
    load_window_counts,
)
from geo.errors import UserError
from geo.excess import LEVEL, benjamini_hochberg, verdicts
from geo.overdispersion import Overdispersion, overdispersion_at, power, tails
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed
from geo.regions import EXPOSURES, region_results, window_overdispersion

_counts = cached(load_region_counts)


@cached
def overdispersion(period: Period, base: str = BASES[0]) -> Overdispersion:
    """Return how far counts of times as long as a period move within areas.

    Everything that judges a period asks for it: kappa belongs to a length of time. A registry that
    has no months judges every period with the kappa of one year.
    """
    return overdispersion_of(period.registry_code, period.level, period.months, base)


def overdispersion_of(
    registry: str, level: str, months: int, base: str = BASES[0]
) -> Overdispersion:
    """Return the same for any time of so many months."""
    lengths, longest = fitted_lengths(registry, level)
    return overdispersion_at(
        months,
        lengths,
        longest,
        lambda length: fitted_overdispersion(registry, level, length, base),
    )


@cached
def fitted_overdispersion(
    registry: str, level: str, months: int, base: str = BASES[0]
) -> Overdispersion:
    """Fit kappa to the windows of so many months that the registry's card names."""
    windows = load_window_counts(registry, level, months)
    return replace(window_overdispersion(windows, base=base), months=months)


@cached
def missed_doublings(period: Period, base: str = BASES[0]) -> float:
    """Return the share (0 to 1) of true doublings that the verdict of a period misses.

    The mean over the ranked areas, each doubled alone.
    """
    return 1 - float(chances_above(period, base, ratio=2).mean())


@cached
def missed_by_area(period: Period, base: str, ratio: float) -> dict[str, float]:
    """Return by code the share (0 to 1) of such excesses that is missed, mean over the kappas."""
    table = _judged(period, base).frame
    codes = table.loc[table["smr"].notna(), AREA_COLUMNS[period.level]]
    chances = chances_above(period, base, ratio=ratio).mean(axis=0)
    return dict(zip(codes, 1 - chances, strict=True))


def chances_above(period: Period, base: str = BASES[0], *, ratio: float) -> np.ndarray:
    """Return the chance that each ranked area (n) is above at a ratio to the others' rate.

    Shape (20, n), of each of the twenty kappas (:func:`geo.overdispersion.power`); at a ratio of 1
    every call is false.
    """
    table = _judged(period, base).frame
    table = table[table["smr"].notna()]
    return power(
        table["exposure"] / table["exposure"].sum(),
        table["reported_count"].sum(),
        overdispersion(period, base).kappas,
        ratio=ratio,
        level=LEVEL / len(table),
    )


@cached
def verdicts_of(period: Period, base: str = BASES[0]) -> dict[str, str]:
    """Return the verdict of each area of a period by its code.

    Those of :func:`results_for`, without the margins, which take most of its time.
    """
    counts = _counts(period)
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    exposure = counts[EXPOSURES[base]].to_numpy(dtype=float)
    verdicts = judged_alone(counts, exposure, ranked, overdispersion(period, base).kappas)
    return dict(zip(counts[AREA_COLUMNS[period.level]], map(str, verdicts), strict=True))


def judged_alone(
    counts: pd.DataFrame, exposure: np.ndarray, compared: np.ndarray, kappas: np.ndarray
) -> np.ndarray:
    """Return the verdict of each area of a table of counts, shape (n,), without its margin.

    ``exposure`` (n,) is what the expected is a share of, ``compared`` (n,) the areas that are
    tested, ``kappas`` as in :func:`geo.overdispersion.tails`; the others are untestable.
    """
    reported = counts["reported_count"].to_numpy(dtype=float)[compared]
    share = exposure[compared] / exposure[compared].sum()
    upper, lower = tails(reported, share, reported.sum(), kappas)
    q_value, is_more = np.full(compared.size, np.nan), np.zeros(compared.size, dtype=bool)
    q_value[compared] = benjamini_hochberg(np.minimum(1.0, 2 * np.minimum(upper, lower)))
    is_more[compared] = reported > reported.sum() * share
    return verdicts(is_more, q_value)


def bases_of(period: Period) -> tuple[str, ...]:
    """Return the bases of a period: offences are published for the prosecutors since 2019."""
    return BASES if _counts(period)["offences"].notna().all() else BASES[:1]


@framed
@cached
def results_for(period: Period, base: str = BASES[0]) -> Tiered[pd.DataFrame]:
    """Results of the 25 departments in one period, or of the 196 provinces, sorted by code.

    The period's level says of which (``period.at("provinces")``). ``base`` ("people" or "offences")
    is what the expected counts are shares of; a department whose verdict differs between the two
    has the flag depends_on_denominator; ``compared`` is which areas were tested. Raises
    ParameterError for a base that the period does not have, DataError if a table is not what its
    card says.
    """
    if base not in BASES:
        raise UserError("base.refusal.unknown", base=base, allowed=", ".join(BASES))
    if base not in bases_of(period):
        having = ", ".join(other.code for other in PERIODS if base in bases_of(other))
        raise UserError(
            "base.refusal.none",
            period=period.code,
            registry=period.registry_code,
            base=base,
            having=having,
            main=MAIN,
            other=BASES[0],
        )
    judged = _judged(period, base)
    table = judged.frame
    compared = compared_in(table, AREA_COLUMNS[period.level])
    table["compared"] = np.full(len(table), compared, dtype=object)
    table["flags"] = [list(flags) for flags in table["flags"]]
    for other in set(bases_of(period)) - {base}:
        differs = table["verdict"] != _judged(period, other).frame["verdict"]
        for flags in table.loc[differs, "flags"]:
            flags.append("depends_on_denominator")
    return gate(judged, "T1")


@dataclass(frozen=True, slots=True)
class Compared:
    """The areas that a verdict was reached among."""

    level: str
    count: int
    without: tuple[str, ...]
    """names of those that were not tested, in the order of their codes."""


def compared_in(table: pd.DataFrame, key: str = AREA_COLUMNS[LEVELS[0]]) -> Compared:
    """Return which areas of a table with ``q_value`` were tested; ``key`` is its code column."""
    is_tested = table["q_value"].notna()
    level = next(level for level, column in AREA_COLUMNS.items() if column == key)
    without = table.loc[~is_tested, key.removesuffix("_ubigeo")]
    return Compared(level, int(is_tested.sum()), tuple(map(str, without)))


def result_of(area: str, period: Period, base: str = BASES[0]) -> pd.Series:
    """Return the row of :func:`results_for` of an area of the period's level, by its INEI code."""
    table = results_for(period, base)
    return row_of(table.set_index(AREA_COLUMNS[period.level], drop=False), area)


def row_of(table: pd.DataFrame, code: str) -> pd.Series:
    """Return the row of a code in a table that has codes, each once, as its index."""
    return table.loc[[code]].iloc[0]


def wholly_reported(results: pd.DataFrame) -> pd.DataFrame:
    """Return the areas that are in the rate of the whole: those whose counts may be compared.

    Nothing is missing of their reports, and these are of nowhere else.
    """
    return results[results["flags"].map(NOT_COMPARED.isdisjoint)]


def spread(values: Iterable[Any], ranked: Iterable[bool], fill: Any = np.nan) -> list[Any]:
    """Put the values of ranked areas in their places among all areas; ``fill`` in the others.

    >>> spread([1.5, 2.5], [True, False, True])
    [1.5, nan, 2.5]
    """
    rest = iter(values)
    return [next(rest) if is_ranked else fill for is_ranked in ranked]


@cached
def _judged(period: Period, base: str) -> Tiered[pd.DataFrame]:
    counts = load_region_counts.tiered(period)
    table = region_results(counts.frame, overdispersion(period, base), base=base)
    # inputs: the counts, and the table that kappa was fitted to
    fitted = load_window_counts.tiered(period.registry_code, period.level, MONTHS_PER_YEAR)
    return derive(table, counts, fitted, name="region_results")


@dataclass(frozen=True, slots=True)
class Touches:
    """Mining and routes in a department."""

    mined_ha: float
    """hectares detected by satellite, cumulative 2018 to 2025 Q4."""
    mined_share: float
    """share (0 to 1) of the country's detected hectares."""
    doubtful_ha: float
    """hectares of detections that the map leaves out as doubtful (farm ponds, sandbars)."""
    routes: tuple[str, ...]
    """ids of the routes on the map that name a town here."""


@cached
def _touches() -> dict[str, Touches]:
    cells = load_mining_cells()
    # hectares from the sums by district; a department whose detections are all suspect has no
    # cell on the map and none in its card
    on_map = cells.groupby("department_ubigeo")["mined_ha"].sum()
    table = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    hectares = table[table.index.isin(on_map.index)]
    total = float(table.sum())
    routes = load_routes()
    drawn = set(routes.loc[routes["is_default"], "route_id"])
    stops = load_route_waypoints()
    stops = stops[stops["is_stated"] & stops["route_id"].isin(drawn)]
    by_code: dict[str, Touches] = {}
    for code in DEPARTMENTS:
        mined = float(hectares.get(code, 0.0))
        by_code[code] = Touches(
            mined_ha=mined,
            mined_share=mined / total,
            doubtful_ha=_doubtful(float(table.get(code, 0.0)), float(on_map.get(code, 0.0))),
            routes=tuple(sorted(set(stops.loc[stops["department_ubigeo"] == code, "route_id"]))),
        )
    return by_code


def _doubtful(by_district: float, on_map: float) -> float:
    """Return the hectares that the map leaves out; small differences are cells near a border."""
    left_out = by_district - on_map
    return left_out if left_out > 0.2 * by_district else 0.0


@cached
def _department_names() -> dict[str, str]:
    table = load_departments(simplified=True)
    return dict(zip(table["department_ubigeo"], table["department"], strict=True))


def department_name(department: str) -> str:
    """Return the name of a department by its INEI code; UserError without one."""
    if department not in DEPARTMENTS:
        raise UserError(
            "department.refusal", department=department, first=DEPARTMENTS[0], last=DEPARTMENTS[-1]
        )
    return _department_names()[department]


def area_name(area: str) -> str:
    """Return the name of a department or province by its INEI code; UserError without one."""
    if len(area) == 2:
        return department_name(area)
    if area not in province_names():
        raise UserError("province.fault.unknown", value=repr(area), count=len(province_names()))
    return province_names()[area]


def mismatch_reason(department_ubigeo: str, lang: str) -> str:
    """Say why residents are not the people that the prosecutors serve; empty if they are."""
    table = load_denominator_mismatch().set_index("department_ubigeo")
    if department_ubigeo not in table.index:
        return ""
    reason = str(table.loc[department_ubigeo, "reason_es" if lang == "es" else "reason"])
    # the table sets every percentage as Spanish does, with a space where a line may end
    return reason.replace(" %", "%" if lang == "en" else "\N{NO-BREAK SPACE}%")


def touches(department_ubigeo: str) -> Touches:
    """Return mining and routes of a department."""
    return _touches()[department_ubigeo]


@cached
def seats() -> dict[str, tuple[str, ...]]:
    """Return the towns of the fiscal districts' offices, by department."""
    towns = load_table("places").set_index("district_ubigeo")["capital"]
    by_department = load_crosswalk().groupby("department_ubigeo")["seat_ubigeo"]
    return {str(code): tuple(dict.fromkeys(towns[list(rows)])) for code, rows in by_department}


def outlines_licence() -> str:
    """Return the licence of the outlines of all levels.

    >>> outlines_licence()
    'CC BY-SA 4.0'
    """
    card = descriptor_of("districts")
    names = (re.sub(r"^CC-(.+)-", r"CC \1 ", item["name"]) for item in card.get("licenses", []))
    return "; ".join(names) or str(card.get("licence_statement") or UNSTATED_LICENCE)


def outlines_credit(say: Words) -> str:
    """Name the makers of the outlines of all levels, their licence and the changes made.

    Neighbours, lakes and rivers stay Natural Earth's.

    >>> from atlas.words import words
    >>> outlines_credit(words("en")).partition(". ")[0]
    'INEI 2017, PaulESantos/perugeopkg, CC BY-SA 4.0, simplified and dissolved'
    """
    sources = descriptor_of("districts")["sources"]
    makers = ", ".join(dict.fromkeys(str(source["publisher"]) for source in sources))
    return say("outlines.credit", makers=makers, licence=outlines_licence())


def licence_lines(figures: str, say: Words) -> list[str]:
    """Name the licences of the code, the figures and the outlines, a line each."""
    return [
        say("licence.code"),
        say("licence.figures", licence=source_text(figures, "licence", say)),
        say("licence.outlines", licence=source_text(outlines_licence(), "licence", say)),
    ]


def attribution(say: Words, credits: Iterable[tuple[str, str]] = ()) -> str:
    """Name whose outlines, names and overlays a map shows, in one line.

    ``credits``: whose, and their licence.
    """
    makers = {"CC BY 4.0": ["GeoNames"]}
    for maker, licence in credits:
        makers.setdefault(licence, []).append(maker)
    parts = (f"{', '.join(names)}: {licence}" for licence, names in makers.items())
    return " · ".join([outlines_credit(say), *parts])


def source_name(row: Mapping[str, Any] | pd.Series, say: Words) -> str:
    """Name the publisher of a row, or its title without one."""
    publisher = row["publisher"]
    if pd.notna(publisher) and publisher:
        return source_text(str(publisher), "publisher", say)
    return source_text(str(row["source_title"]), "title", say)


def span_text(start: str | float | None, end: str | float | None, say: Words) -> str:
    """Write the period of a published figure: a year, a span, or an open end (None or empty).

    Whole years are written as years, so "2009-01" to "2017-12" is "2009 a 2017".
    """
    first, last = ("" if pd.isna(text) else str(text) for text in (start, end))
    if not first and not last:
        return say("figures.period.none")
    is_whole = first[4:] in ("", "-01") and last[4:] in ("", "-12")
    first, last = (text[:4] if is_whole else _month(text, say) for text in (first, last))
    if not first:
        return say("figures.period.until", end=last)
    if not last:
        return say("figures.period.from", start=first)
    return first if first == last else say("figures.period.span", start=first, end=last)


def _month(text: str, say: Words) -> str:
    """A month of YYYY-MM in few letters with its year; anything else as it is."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return text
    day = date(int(text[:4]), int(text[5:]), 1)
    return str(format_date(day, "MMM y", locale="es_PE" if say.lang == "es" else "en"))


def published_figure(row: pd.Series, say: Words) -> str:
    """Write a figure of a source with what it counts; an estimate says so."""
    value, kind, measure = row["value"], str(row["value_type"]), translated(row, "measure", say)
    decimals = 0 if value == int(value) else 1
    is_share = str(row["unit"]) == "percent"
    number = say.percent(value / 100, decimals) if is_share else say.number(value, decimals)
    kind_text = "" if kind == "reported" else say(f"value.{kind}")
    if kind_text.removesuffix(":") not in measure:
        number = f"{kind_text} {number}"
    return f"{measure}, {number}" if is_share else f"{number} {measure}"


def translated(row: pd.Series, column: str, say: Words) -> str:
    """Return the translated column if there is one, else the source's words."""
    for name in (f"{column}_{say.lang}", column):
        if name in row.index and pd.notna(row[name]) and row[name]:
            return str(row[name])
    return ""


def dated_text(text: str | float | None, say: Words) -> str:
    """Write a source's English date in the reader's language; "" without a date."""
    text = "" if pd.isna(text) else source_text(str(text), "date", say)
    if say.lang == "en":
        return text
    english = get_month_names("abbreviated", locale="en")
    for number, name in get_month_names("abbreviated", locale="es_PE").items():
        text = re.sub(rf"\b{english[number]}\b", str(name).rstrip("."), text)
    return text
