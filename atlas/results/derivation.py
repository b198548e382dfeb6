"""How the figures of areas, groups and changes are computed: each formula with its numbers.

A reader with a pocket calculator gets each figure to its last digit from what is written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from atlas.html import render
from atlas.results.regions import results_for, short_month
from atlas.results.sentences import interval_text, rate_text, ratio_text
from atlas.view import BASES
from atlas.words import Words, source_text
from data.catalogue import descriptor_of
from data.periods import LEVELS, MONTHS_PER_YEAR, REGISTRIES, Period
from data.population import population_of_year, province_population_of_year
from data.reports import (
    AREA_COLUMNS,
    load_all_offences,
    load_complaints,
    load_crosswalk,
    load_police_counts,
    load_region_counts,
)


def derivation_html(
    area: str | None, period: Period, base: str, say: Words, title: str = ""
) -> Markup:
    """Draw :func:`derivation_of` as a fold."""
    values = derivation_of(area, period, base, say)
    return render("derivation", say, title=title or say("derivation.title"), **values)


def derivation_of(area: str | None, period: Period, base: str, say: Words) -> dict[str, Any]:
    """Return rows, formulas, files and sources of the figures of an area or the country (None).

    ``area`` is a code of the period's level: of a department or of a province.

    ``rows``: (label, parts, sum) of the registry's table; ``steps``: (label, formula in words,
    the same with its numbers, note), where every number after a "=" is what the numbers before it
    give, rounded as written; ``files``: (title, path) of the shipped tables; ``sources``: (title,
    publisher, address).
    """
    results = results_for(period, base).set_index(AREA_COLUMNS[period.level])
    cards = [load_region_counts(period).attrs["card"]]
    if area is None:
        # some reports are recorded without a province: the whole is that of the departments
        country = period.at(LEVELS[0])
        cards.insert(0, load_region_counts(country).attrs["card"])
        steps = _country_steps(country, base, say)
        steps += _highest_steps(period, base, results, say)
        rows = []
    else:
        steps = _steps(period, base, results, area, say)
        rows = _row_lines(_rows(period, area), period, say)
    left_out = {"all_offences"} if base == BASES[0] else set()
    return {
        "caption": say("derivation.rows"),
        "rows": rows,
        "steps": steps,
        **cited(cards, say, left_out),
    }


def group_derivation(codes: list[str], results: pd.DataFrame, say: Words) -> dict[str, Any]:
    """Reports and expected of each department of a group, their sums, and the ratio of these.

    ``results`` are the results of the period, by code of the department. What returns is as
    :func:`derivation_of` gives it.
    """
    rows = results.loc[codes]
    counts, expected = rows["reported_count"], rows["expected"].map(lambda value: exact(value, say))
    whole = ratio_text(counts.sum() / rows["expected"].sum(), say)
    steps = []
    if len(codes) > 1:
        for label, texts, total in (
            ("total", counts.map(say.number), counts.sum()),
            ("expected", expected, rows["expected"].sum()),
        ):
            formula = f"{' + '.join(texts)} = {say.number(total, 0 if label == 'total' else 1)}"
            steps.append((say(f"derivation.{label}"), "", formula, ""))
    formula = f"{say.number(counts.sum())} ÷ {exact(rows['expected'].sum(), say)} {equals(whole)}"
    ratio = (say("derivation.ratio"), say("derivation.ratio.how"), formula)
    ratios = [ratio_text(value, say) for value in rows["smr"]]
    parts = [f"{say.number(count)} ÷ {text}" for count, text in zip(counts, expected, strict=True)]
    return {
        "caption": say("focos.derivation.group"),
        "rows": list(zip(rows["department"], parts, ratios, strict=True)),
        "steps": [*steps, (*ratio, say("focos.derivation.waves"))],
        **cited([results.attrs["card"]], say, {"all_offences"}),
    }


def change_derivation(
    department: str, first: Period, second: Period, ratio: float, say: Words
) -> dict[str, Any]:
    """Reports and expected of a department in two periods, and how many times they changed.

    ``ratio`` is that of ``atlas.results.years.change_for``; what is expected is a share of the
    reports of the departments that are ranked in both periods. Returns what ``group_derivation``
    does.
    """
    tables = [
        load_region_counts(period).set_index("department_ubigeo") for period in (first, second)
    ]
    ranked = tables[0]["is_ranked"] & tables[1]["is_ranked"]
    counts = [float(table["reported_count"][department]) for table in tables]
    totals = [float(table.loc[ranked, "reported_count"].sum()) for table in tables]
    own = [float(table["person_years"][department]) for table in tables]
    every = [float(table.loc[ranked, "person_years"].sum()) for table in tables]
    expected = [
        total * mine / people for total, mine, people in zip(totals, own, every, strict=True)
    ]
    steps = []
    for place, span in enumerate((first, second)):
        people = f"{exact(own[place], say)} ÷ {exact(every[place], say)}"
        formula = f"{say.number(totals[place])} × {people} = {exact(expected[place], say)}"
        label = f"{say('derivation.expected')}, {say(f'period.{span.code}')}"
        steps.append((label, say("derivation.expected.people"), formula, ""))
    before, after = (
        f"({say.number(count)} ÷ {exact(value, say)})"
        for count, value in zip(counts, expected, strict=True)
    )
    left_out = say.list(tables[0].loc[~ranked, "department"])
    note = say("focos.derivation.ranked", names=left_out) if left_out else ""
    label, how = say("focos.derivation.change"), say("focos.derivation.change.how")
    return {
        "caption": "",
        "rows": [],
        "steps": [
            *steps,
            (label, how, f"{after} ÷ {before} {equals(ratio_text(ratio, say))}", note),
        ],
        **cited([table.attrs["card"] for table in tables], say, {"all_offences"}),
    }


def cited(
    cards: Iterable[Mapping[str, Any]], say: Words, left_out: Collection[str] = ()
) -> dict[str, Any]:
    """Return ``files`` and ``sources`` of tables' cards, for the template."""
    cards = list(cards)
    tables = dict.fromkeys(name for card in cards for name in card.get("roots", [card["name"]]))
    sources = [
        (
            source_text(str(source["title"]), "title", say),
            source_text(str(source["publisher"] or ""), "publisher", say),
            str(source["url"] or ""),
        )
        for card in cards
        for source in card["sources"]
    ]
    return {
        "files": [
            (about["title_es" if say.lang == "es" else "title"], about["path"])
            for about in (descriptor_of(name) for name in tables if name not in left_out)
        ],
        "sources": list(dict.fromkeys(sources)),
        "lang": say.lang,
    }


def _rows(period: Period, area: str | None) -> pd.DataFrame:
    by_office = period.is_by_prosecutors
    table = REGISTRIES[period.registry_code].tables[period.level]
    frame = load_complaints() if by_office else load_police_counts(table)
    frame = frame[frame["period"].isin(period.parts)]
    return frame if area is None else frame[frame[AREA_COLUMNS[period.level]] == area]


def _row_lines(rows: pd.DataFrame, period: Period, say: Words) -> list[tuple[str, str, str]]:
    """Write the rows of an area: a line per fiscal district and period, or per year of months."""
    if period.is_by_prosecutors:
        names = load_crosswalk().set_index("fiscal_district")["fiscal_district_name"]
        keys, named = ["period", "fiscal_district"], "penal_code_article"
    else:
        rows = rows.assign(year=rows["period"].str[:4])
        keys, named = ["year"], "period"
    lines = []
    for (when, *office), group in rows.groupby(keys, sort=True):
        label = str(when)
        if office:
            label = names[office[0]]
            if len(period.parts) > 1:
                label = f"{label}, {say(f'period.{when}.short')}"
        parts = [
            f"{say.number(count)}{_named(name, say)}"
            for name, count in zip(group[named], group["reported_count"], strict=True)
        ]
        lines.append((label, " + ".join(parts), say.number(group["reported_count"].sum())))
    return lines


def _named(name: Any, say: Words) -> str:
    """Write the article or month of a row in brackets; empty where the row has neither."""
    if pd.isna(name) or len(str(name)) == len("2023"):
        return ""
    text = str(name)
    is_month = text[:4].isdigit() and text[4:5] == "-"
    what = short_month(text, say) if is_month else say("derivation.article", article=text)
    return f" ({what})"


def _steps(
    period: Period, base: str, results: pd.DataFrame, area: str, say: Words
) -> list[tuple[str, str, str, str]]:
    row = results.loc[area]
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
        steps.append((say("derivation.offences"), "", formula, ""))
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
            (
                say("derivation.expected"),
                say(f"derivation.expected.{base}"),
                f"{say.number(total)} × {exact(exposure, say)} ÷ {whole} = {expected}",
                note,
            ),
            (
                say("derivation.ratio"),
                say("derivation.ratio.how"),
                f"{say.number(count)} ÷ {expected} {equals(ratio_text(row['smr'], say))}",
                say("derivation.interval", interval=interval_text(row, say)),
            ),
        ]
    if pd.notna(count):
        steps.append(_rate_step(period, count, people, row["rate_per_100k"], say))
    return steps


def _rate_step(
    period: Period, count: float, people: str, rate: float, say: Words
) -> tuple[str, str, str, str]:
    named = _people(period, say)
    # a product stands in brackets, so that the formula divides by all of it
    how = say("derivation.rate.how", people=f"({named})" if "×" in named else named)
    formula = f"{say.number(count)} ÷ {people} × {say.number(100_000)} = {rate_text(rate, say)}"
    return say("derivation.rate"), how, formula, ""


def exact(value: float, say: Words) -> str:
    """Write a number of a formula: whole, else with four decimals, below 1 with six.

    So many that a result rounded as the page shows it comes out of what is written.
    """
    if abs(value - round(value)) < 1e-6:
        return say.number(value)
    return say.number(value, 4 if abs(value) >= 1 else 6)


def equals(result: str) -> str:
    """Write the end of a formula; a result may be "<0.01"."""
    return f"< {result[1:]}" if result.startswith("<") else f"= {result}"


def _is_year(period: Period) -> bool:
    return period.months == MONTHS_PER_YEAR and len(period.population_years) == 1


def _people(period: Period, say: Words) -> str:
    return say(f"derivation.of.people{'' if _is_year(period) else '.years'}")


def _people_step(
    period: Period, area: str | None, people: str, say: Words
) -> tuple[str, str, str, str]:
    """Write residents of a year, or residents times years for another period."""
    of_year = population_of_year if period.level == LEVELS[0] else province_population_of_year
    residents = []
    for year, weight in period.population_years:
        table = of_year(year)
        residents.append((year, weight, say.number(table.sum() if area is None else table[area])))
    years = say.list(str(year) for year, _, _ in residents)
    label = say("derivation.people", years=years)
    if _is_year(period):
        return label, "", residents[0][2], ""
    if sum(weight for _, weight, _ in residents) == period.months:
        # each year weighs the months that are counted of it
        formula = " + ".join(f"{text} × {weight}" for _, weight, text in residents)
        formula = f"({formula})" if len(residents) > 1 else formula
        formula += f" ÷ {MONTHS_PER_YEAR}"
        if all(weight == MONTHS_PER_YEAR for _, weight, _ in residents):
            formula = " + ".join(text for *_, text in residents)
    else:
        joined = " + ".join(text for *_, text in residents)
        formula = f"({joined}) ÷ {len(residents)} × {period.months} ÷ {MONTHS_PER_YEAR}"
    how = say("derivation.person_years", months=period.months)
    return label, how, f"{formula} = {people}", ""


def _highest_steps(
    period: Period, base: str, results: pd.DataFrame, say: Words
) -> list[tuple[str, str, str, str]]:
    above = results[results["verdict"] == "above"]
    if above.empty:
        return []
    first = str(above["smr"].idxmax())
    name = above.loc[first, period.level.removesuffix("s")]
    people, *steps = _steps(period, base, results, first, say)
    labels = (say("derivation.expected"), say("derivation.ratio"))
    wanted = [step for step in steps if step[0] in labels]
    # the people of a year are in the formula as they are
    if base == BASES[0] and " = " in people[2]:
        wanted.insert(0, people)
    return [(f"{name}: {label}", how, formula, note) for label, how, formula, note in wanted]


def _country_steps(period: Period, base: str, say: Words) -> list[tuple[str, str, str, str]]:
    results = results_for(period, base)
    rows = len(_rows(period, None))
    total, people = results["reported_count"].sum(), float(results["person_years"].sum())
    years = exact(people, say)
    return [
        (say("derivation.total"), say("derivation.total.how", rows=rows), say.number(total), ""),
        _people_step(period, None, years, say),
        _rate_step(period, total, years, 1e5 * total / people, say),
    ]
