"""Where the figures of Focos come from: the groups of neighbours, and a change between periods.

As on the card (:mod:`atlas.results.derivation`), a pocket calculator gives what is written.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.results.derivation import cited, equals, exact
from atlas.results.sentences import ratio_text
from atlas.words import Words
from data.periods import Period
from data.reports import load_region_counts


def group_derivation(codes: list[str], results: pd.DataFrame, say: Words) -> dict[str, Any]:
    """Reports and expected of each department of a group, their sums, and the ratio of these.

    ``results`` are the results of the period, by code of the department. What returns is as
    :func:`atlas.results.derivation.derivation_of` gives it.
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
