"""How the figures of a card are computed: each formula in words, with its numbers, its result.

A reader with a pocket calculator gets each figure to its last digit from what is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from atlas.html import render
from atlas.results.regions import results_for, row_of, wholly_reported
from atlas.results.sentences import rate_text, ratio_text
from atlas.view import BASES
from atlas.words import Words, source_text
from data.catalogue import descriptor_of
from data.periods import LEVELS, MONTHS_PER_YEAR, Period
from data.population import CENSUS, projected, residents_from, series_of_years
from data.reports import AREA_COLUMNS, load_all_offences, load_region_counts, total_count

_MANY = 1e6
"""from here on a fraction changes no result as it is written"""


def derivation_html(
    area: str | None, period: Period, base: str, say: Words, *, is_within_fold: bool = False
) -> Markup:
    """Draw :func:`derivation_of` as a fold of its own, or within a card's fold of sources.

    Such a card says in another fold why the registries differ; a fold of its own says it here.
    """
    title = say("derivation.title" if is_within_fold else "card.fold.sources")
    differ = "" if is_within_fold else say("sides.why")
    derivation = derivation_of(area, period, base, say)
    return render("derivation", say, title=title, derivation=derivation, differ=differ)


class Step(NamedTuple):
    """A figure: every number after a "=" is what those before it give, rounded as written."""

    label: str
    how: str
    """the formula in words"""
    formula: str
    """the same with its numbers"""
    note: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """How the figures of an area are computed, and where they come from."""

    steps: list[Step]
    files: list[tuple[str, str]]
    """title and path of the shipped tables"""
    sources: list[tuple[str, str, str]]
    """title, publisher, address"""


def derivation_of(area: str | None, period: Period, base: str, say: Words) -> Derivation:
    """Return formulas, files and sources of the figures of an area or the country (None).

    ``area`` is a code of the period's level: of a department or of a province.
    """
    results = results_for(period, base).set_index(AREA_COLUMNS[period.level])
    cards = [load_region_counts.tiered(period).card]
    if area is None:
        # some reports are recorded without a province: the whole is that of the departments
        country = period.at(LEVELS[0])
        cards.insert(0, load_region_counts.tiered(country).card)
        steps = _country_steps(country, base, say)
    else:
        steps = _steps(period, base, results, area, say)
    tables = dict.fromkeys(name for card in cards for name in card.get("roots", [card["name"]]))
    if base == BASES[0]:
        tables.pop("all_offences", None)
    sources = [
        (
            source_text(str(source["title"]), "title", say),
            source_text(str(source["publisher"] or ""), "publisher", say),
            str(source["url"] or ""),
        )
        for card in cards
        for source in card["sources"]
    ]
    files = [
        (descriptor["title_es" if say.lang == "es" else "title"], descriptor["path"])
        for descriptor in map(descriptor_of, tables)
    ]
    return Derivation(steps, files, list(dict.fromkeys(sources)))


def _steps(period: Period, base: str, results: pd.DataFrame, area: str, say: Words) -> list[Step]:
    row = row_of(results, area)
    compared = results[results["smr"].notna()]
    is_tested = pd.notna(row["smr"])
    exposure, every = float(row["exposure"]), float(compared["exposure"].sum())
    count, total = row["reported_count"], float(compared["reported_count"].sum())
    people = exact(float(row["person_years"]), say)
    steps = [_people_step(period, area, people, say)]
    if base != BASES[0]:
        table = load_all_offences()
        is_area = table["department_ubigeo"].eq(area) & table["period"].isin(period.parts)
        offences = table.loc[is_area, "reported_count"]
        parts = " + ".join(map(say.number, offences))
        formula = parts if len(offences) == 1 else f"{parts} = {say.number(exposure)}"
        steps.append(Step(say("derivation.offences"), "", formula, ""))
    if is_tested:
        whole, expected = exact(every, say), exact(row["expected"], say)
        left_out = results.loc[results["smr"].isna(), period.level.removesuffix("s")]
        note = say(
            "derivation.whole" if left_out.empty else "derivation.whole.without",
            level=say(f"level.{period.level}").lower(),
            total=say.number(total),
            count=say.number(len(compared)),
            every=whole,
            what=_people(period, say) if base == BASES[0] else say(f"derivation.of.{base}"),
            names=say.list(left_out),
        )
        steps += [
            Step(
                say("focos.scan.due"),
                say(f"derivation.expected.{base}"),
                f"{say.number(total)} × {exact(exposure, say)} ÷ {whole} = {expected}",
                note,
            ),
            Step(
                say("column.smr"),
                say("derivation.ratio.how"),
                f"{say.number(count)} ÷ {expected} {equals(ratio_text(row['smr'], say))}",
                "",
            ),
        ]
        other = projected(period.code, period.level)
        if base == BASES[0] and other is not None:
            value = total * other[area] / other[compared.index].sum()
            formula = f"{say.number(count)} ÷ {exact(value, say)} "
            formula += equals(ratio_text(count / value, say))
            note = say("derivation.projected.note")
            steps.append(Step(say("derivation.projected"), "", formula, note))
    if pd.notna(count):
        steps.append(_rate_step(period, count, people, row["rate_per_100k"], say))
    return steps


def _rate_step(period: Period, count: float, people: str, rate: float, say: Words) -> Step:
    named = _people(period, say)
    # a product stands in brackets, so that the formula divides by all of it
    how = say("derivation.rate.how", people=f"({named})" if "×" in named else named)
    formula = f"{say.number(count)} ÷ {people} × {say.number(100_000)} = {rate_text(rate, say)}"
    return Step(say("derivation.rate"), how, formula, "")


def exact(value: float, say: Words) -> str:
    """Write a number of a formula with enough decimals that the rounded result follows from it.

    Whole numbers from a million on; else three decimals, four below 10, six below 1.

    So many that a result rounded as the page shows it comes out of what is written.
    """
    if abs(value) >= _MANY or abs(value - round(value)) < 1e-6:
        return say.number(value)
    return say.number(value, 3 if abs(value) >= 10 else 4 if abs(value) >= 1 else 6)


def equals(result: str) -> str:
    """Write the end of a formula; a result may be "<0.01"."""
    return f"< {result[1:]}" if result.startswith("<") else f"= {result}"


def _is_year(period: Period) -> bool:
    return period.months == MONTHS_PER_YEAR and len(period.years) == 1


def _people(period: Period, say: Words) -> str:
    return say(f"derivation.of.people{'' if _is_year(period) else '.years'}")


def _people_step(period: Period, area: str | None, people: str, say: Words) -> Step:
    """Write the residents of a year, or person-years, and their source."""
    years, how = period.years, "derivation.people.growth" if area else "derivation.people.sum"
    if CENSUS not in residents_from(period.code, period.level):
        years = [year for year in series_of_years() if year in period.years]
        how = "derivation.person_years"
    label = say("derivation.people", what=_people(period, say), years=say.list(map(str, years)))
    return Step(f"{label[0].upper()}{label[1:]}", say(how, months=period.months), people, "")


def _country_steps(period: Period, base: str, say: Words) -> list[Step]:
    """Write the country's reports, and the rate of departments with complete reports."""
    results = results_for(period, base)
    whole = wholly_reported(results)
    partial = results.loc[results.index.difference(whole.index), "department"]
    total, count = total_count(period), whole["reported_count"].sum()
    lived = float(whole["person_years"].sum())
    people = exact(lived, say)
    names = say.list(partial)
    note = "" if partial.empty else say("derivation.people.without", names=names)
    return [
        Step(say("column.reported_count"), "", say.number(total), ""),
        _people_step(period, None, people, say)._replace(note=note),
        _rate_step(period, count, people, 1e5 * count / lived, say),
    ]
