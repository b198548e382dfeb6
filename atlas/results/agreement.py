"""Do the two registries say the same? Each department's ratio in one beside that in the other."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.results.cache import cached
from atlas.results.history import axis, place
from atlas.results.matrix import yearly_registries
from atlas.results.regions import results_for
from atlas.results.sentences import interval_text, ratio_text, unit_text
from atlas.words import Words
from data.periods import Period, Registry, parse_period
from geo.errors import UserError
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

LARGEST = 32.0
"""end of both axes, which begin at one over it; an interval that goes on is cut there"""
TICKS = (1 / 16, 1 / 4, 1.0, 4.0, 16.0)
ENDS = ("low", "high")
_LINE, _LETTER = 4.2, 1.35
"""room of a label: height and width of a letter, in percent of the picture on a wide screen"""


def full_years(registry: Registry) -> list[int]:
    """Calendar years of which a registry has every month."""
    months = {
        month
        for _, first, last in registry.spans["departments"]
        for month in range(first, last + 1)
    }
    years = sorted({month // 12 for month in months})
    return [year for year in years if months >= set(range(12 * year, 12 * year + 12))]


@cached
def common_periods() -> tuple[Period, ...]:
    """The longest run of full years that all yearly registries have, in the first two of them.

    >>> [(period.code, period.registry_code) for period in common_periods()]
    [('2019/2023', 'mpfn'), ('2019/2023', 'police')]
    """
    shared = set.intersection(*(set(full_years(one)) for one in yearly_registries()))
    runs: list[list[int]] = []
    for year in sorted(shared):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    if not runs:
        raise UserError("agreement.refusal")
    longest = max(runs, key=lambda run: (len(run), run[-1]))
    code = f"{longest[0]}/{longest[-1]}"
    return tuple(parse_period(code, registry.code) for registry in yearly_registries()[:2])


@cached
def agreement_rows() -> pd.DataFrame:
    """Results of both registries over the years that both have, one row a department and registry.

    Columns as ``atlas.results.regions.results_for``, with ``registry_code`` and ``period``;
    shared: read only. Nothing is added or divided across the registries.
    """
    tables = [
        results_for(period).assign(registry_code=period.registry_code, period=period.code)
        for period in common_periods()
    ]
    joined = pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True)
    return gate(derive(joined, *tables, name="agreement"), "T1")


@cached
def last_common_year() -> tuple[Period, ...]:
    """The newest full year that all yearly registries have, in each of them.

    >>> [(period.code, period.registry_code) for period in last_common_year()]
    [('2023', 'mpfn'), ('2023', 'police')]
    """
    year = max(set.intersection(*(set(full_years(one)) for one in yearly_registries())))
    return tuple(parse_period(str(year), registry.code) for registry in yearly_registries())


def beside_each_other(department: str, say: Words) -> dict[str, Any]:
    """A department in each registry of the last common year, and why their figures differ.

    ``period``, ``rows`` (registry, count with its unit, ratio with its margin, verdict and its
    words) and ``why``; nothing is added or divided across them.
    """
    rows = []
    for period in last_common_year():
        row = results_for(period).set_index("department_ubigeo").loc[department]
        ratio = say(
            "sides.ratio", ratio=ratio_text(row["smr"], say), margin=interval_text(row, say)
        )
        rows.append(
            {
                "registry": say(f"registry.{period.registry_code}"),
                "count": f"{say.number(row['reported_count'])} "
                + unit_text(period.unit, row["reported_count"], say),
                "ratio": "" if pd.isna(row["smr"]) else ratio,
                "verdict": str(row["verdict"]),
                "verdict_text": say(f"verdict.{row['verdict']}"),
            }
        )
    return {
        "period": say(f"period.{last_common_year()[0].code}"),
        "rows": rows,
        "why": say("sides.why"),
    }


def agreement_picture(department: str | None, say: Words) -> dict[str, Any]:
    """All that the template draws: points with their intervals, ticks, axes and sentences."""
    registries = yearly_registries()[:2]
    names = [say(f"focos.registry.{one.code}") for one in registries]
    points, rows, untested = [], [], []
    for (code, department_name), pair in agreement_rows().groupby(
        ["department_ubigeo", "department"]
    ):
        cells = pair.to_dict("records")  # in the order of the registries
        if any(pd.isna(cell["smr"]) for cell in cells):
            untested.append(department_name)
            continue
        figures = (
            (
                ratio_text(cell["smr"], say),
                say("focos.span", **{end: ratio_text(cell[f"smr_{end}"], say) for end in ENDS}),
                say(f"verdict.{cell['verdict']}"),
            )
            for cell in cells
        )
        rows.append([department_name, *(text for three in figures for text in three)])
        above = [cell["verdict"] == Verdict.ABOVE for cell in cells]
        x, y = (
            {"value": place(cell["smr"], LARGEST)}
            | {end: place(cell[f"smr_{end}"], LARGEST) for end in ENDS}
            for cell in cells
        )
        points.append(
            {
                "name": department_name,
                "x": x,
                "y": y,
                "above": above,
                "firm": ("none", "one", "both")[sum(above)],
                "chosen": code == department,
                "told": [
                    say(
                        "focos.agreement.told",
                        registry=name,
                        ratio=ratio_text(cell["smr"], say),
                        low=ratio_text(cell["smr_low"], say),
                        high=ratio_text(cell["smr_high"], say),
                        verdict=say(f"verdict.{cell['verdict']}"),
                    )
                    for name, cell in zip(names, cells, strict=True)
                ],
            }
        )
    _name(points)
    return {
        "points": sorted(points, key=lambda point: (point["chosen"], point["firm"])),
        "ticks": axis(LARGEST, TICKS),
        "names": names,
        "rows": rows,
        "period": say(f"period.{common_periods()[0].code}"),
        "summary": _summary(points, untested, say),
    }


def _name(points: list[dict[str, Any]]) -> None:
    """Give each point the side on which its name touches no other's, the important ones first."""
    # other points are in the way too, and a point does not hide its own name
    taken = [
        (one["x"]["value"] - 0.9, one["x"]["value"] + 0.9, one["y"]["value"]) for one in points
    ]
    for point in sorted(points, key=lambda one: (not one["chosen"], one["firm"] == "none")):
        length, x, y = _LETTER * len(point["name"]) + 2, point["x"]["value"], point["y"]["value"]
        point["side"] = "" if point["firm"] == "none" and not point["chosen"] else "over"
        for side, left in (("right", x + 1), ("left", x - 1 - length)):
            is_free = all(
                abs(y - other) > _LINE or left > end or left + length < start
                for start, end, other in taken
            )
            if is_free and left >= 0 and left + length <= 100:
                point["side"] = side
                taken.append((left, left + length, y))
                break


def _summary(points: list[dict[str, Any]], untested: list[str], say: Words) -> list[str]:
    """Who is beyond the expected in both, in one alone, and who is not tested."""
    both = [one["name"] for one in points if all(one["above"])]
    names = [say(f"focos.registry.{one.code}") for one in yearly_registries()[:2]]
    period = say(f"period.{common_periods()[0].code}")
    told = [
        say("focos.agreement.both", names=say.list(both), period=period)
        if both
        else say("focos.agreement.nobody")
    ]
    for at, registry in enumerate(names):
        alone = [one["name"] for one in points if one["above"][at] and not one["above"][1 - at]]
        if alone:
            told.append(say("focos.agreement.alone", registry=registry, names=say.list(alone)))
    if untested:
        told.append(say("focos.agreement.left_out", names=say.list(untested)))
    return told
