"""Where the figures of Focos come from: the groups of neighbours, and a change between periods.

As on the card (:mod:`atlas.results.derivation`), a pocket calculator gives what is written.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.results.derivation import cited, least, same
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
    counts, exact = rows["reported_count"], rows["expected"]
    whole = ratio_text(counts.sum() / exact.sum(), say)
    ratios = [ratio_text(one, say) for one in rows["smr"]]

    def is_enough(decimals: int) -> bool:
        expected = exact.round(decimals)
        given = [ratio_text(one, say) for one in counts / expected]
        return given == ratios and ratio_text(counts.sum() / expected.sum(), say) == whole

    at = least(is_enough, 2)
    expected = exact.round(at)
    steps = []
    if len(codes) > 1:
        for label, values, decimals in (("total", counts, 0), ("expected", expected, at)):
            summed = " + ".join(say.number(one, decimals) for one in values)
            formula = f"{summed} = {say.number(values.sum(), decimals)}"
            steps.append((say(f"derivation.{label}"), "", formula, ""))
    formula = f"{say.number(counts.sum())} ÷ {say.number(expected.sum(), at)} = {whole}"
    ratio = (say("derivation.ratio"), say("derivation.ratio.how"), formula)
    parts = [
        f"{say.number(count)} ÷ {say.number(one, at)}"
        for count, one in zip(counts, expected, strict=True)
    ]
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
    tables = [load_region_counts(one).set_index("department_ubigeo") for one in (first, second)]
    ranked = tables[0]["is_ranked"] & tables[1]["is_ranked"]
    counts = [float(table["reported_count"][department]) for table in tables]
    totals = [float(table.loc[ranked, "reported_count"].sum()) for table in tables]
    own = [float(table["person_years"][department]) for table in tables]
    every = [float(table.loc[ranked, "person_years"].sum()) for table in tables]
    exact = [total * mine / people for total, mine, people in zip(totals, own, every, strict=True)]
    whole = ratio_text(ratio, say)

    def is_enough(decimals: int) -> bool:
        before, after = (round(one, decimals) for one in exact)
        return ratio_text((counts[1] / after) / (counts[0] / before), say) == whole

    at = least(is_enough, 2)
    steps = []
    for place, span in enumerate((first, second)):

        def gives_it(decimals: int, place: int = place) -> bool:
            share = round(own[place], decimals) / round(every[place], decimals)
            return same(totals[place] * share, exact[place], at, say)

        digits = least(gives_it, 0)
        people = f"{say.number(own[place], digits)} ÷ {say.number(every[place], digits)}"
        formula = f"{say.number(totals[place])} × {people} = {say.number(exact[place], at)}"
        label = f"{say('derivation.expected')}, {say(f'period.{span.code}')}"
        steps.append((label, say("derivation.expected.people"), formula, ""))
    before, after = (
        f"({say.number(count)} ÷ {say.number(one, at)})"
        for count, one in zip(counts, exact, strict=True)
    )
    left_out = say.list(tables[0].loc[~ranked, "department"])
    note = say("focos.derivation.ranked", names=left_out) if left_out else ""
    label, how = say("focos.derivation.change"), say("focos.derivation.change.how")
    return {
        "caption": "",
        "rows": [],
        "steps": [*steps, (label, how, f"{after} ÷ {before} = {whole}", note)],
        **cited([table.attrs["card"] for table in tables], say, {"all_offences"}),
    }
