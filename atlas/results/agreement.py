"""Compare two registries: each department's ratio in one beside that in the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from atlas.results.cache import cached
from atlas.results.coverage_dates import runs_of
from atlas.results.history import axis, place
from atlas.results.matrix import yearly_registries
from atlas.results.regions import result_of, results_for
from atlas.results.sentences import (
    margin_text,
    ratio_text,
    ratio_texts,
    row_words,
    unit_text,
    verdict_text,
)
from atlas.words import Words
from data.periods import Period, Registry, parse_period
from geo.errors import UserError
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

LARGEST = 50.0
"""end of both axes, which begin at one over it; an interval that goes on is cut there"""
TICKS = (0.05, 0.2, 1.0, 5.0, 20.0)
ENDS = ("low", "high")
_LINE, _LETTER = 3.4, 1.35
"""room of a label: height and width of a letter, in percent of the picture on a wide screen"""
_DOT, _STEP = 0.9, 2.6
"""half a dot, and how far the next place of a name stands above or below, in percent"""


def full_years(registry: Registry) -> list[int]:
    """Return the calendar years of which a registry has every month."""
    months = {
        month
        for _, first, last in registry.spans["departments"]
        for month in range(first, last + 1)
    }
    years = sorted({month // 12 for month in months})
    return [year for year in years if months >= set(range(12 * year, 12 * year + 12))]


@cached
def common_periods() -> tuple[Period, ...]:
    """Return the longest run of full years of all yearly registries, in the first two of them.

    >>> [(period.code, period.registry_code) for period in common_periods()]
    [('2019/2023', 'mpfn'), ('2019/2023', 'police')]
    """
    shared = _shared_years()
    if not shared:
        raise UserError("agreement.refusal")
    longest = max(runs_of(sorted(shared)), key=lambda run: (len(run), run[-1]))
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
    """Return the newest full year of all yearly registries, in each of them.

    >>> [(period.code, period.registry_code) for period in last_common_year()]
    [('2023', 'mpfn'), ('2023', 'police')]
    """
    year = str(max(_shared_years()))
    return tuple(parse_period(year, registry.code) for registry in yearly_registries())


def _shared_years() -> set[int]:
    """Full years of all yearly registries."""
    return set.intersection(*(set(full_years(registry)) for registry in yearly_registries()))


def beside_each_other(department: str, say: Words) -> dict[str, Any]:
    """Compare a department's figures in each registry in their last common year.

    ``period``, ``rows`` (registry, count with its unit, ratio with its margin, verdict and its
    words) and ``why``; nothing is added or divided across them.
    """
    rows = []
    for period in last_common_year():
        row = result_of(department, period)
        figures = row_words(row, say)
        unit = unit_text(period.unit, row["reported_count"], say)
        ratio = say("sides.ratio", ratio=figures["ratio"], margin=figures["said"])
        rows.append(
            figures
            | {
                "registry": say(f"registry.{period.registry_code}"),
                "count": f"{figures['count']} {unit}",
                "ratio": "" if pd.isna(row["smr"]) else ratio,
            }
        )
    return {
        "period": say(f"period.{last_common_year()[0].code}"),
        "rows": rows,
        "why": say("sides.why"),
    }


def agreement_picture(department: str | None, say: Words) -> dict[str, Any]:
    """Return what the template draws: points with intervals, ticks, axes and sentences."""
    names = [say(f"focos.registry.{registry.code}") for registry in yearly_registries()[:2]]
    points, rows, untested = [], [], []
    for (code, department_name), pair in agreement_rows().groupby(
        ["department_ubigeo", "department"]
    ):
        cells = pair.to_dict("records")  # in the order of the registries
        if any(pd.isna(cell["smr"]) for cell in cells):
            untested.append(department_name)
            continue
        figures = [
            text
            for cell in cells
            for text in (
                ratio_text(cell["smr"], say),
                margin_text(cell, say),
                verdict_text(cell, say),
            )
        ]
        rows.append([department_name, *figures])
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
                        **ratio_texts(cell, say),
                        verdict=verdict_text(cell, say),
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
        "summary": _summary(points, untested, names, say),
    }


Box = tuple[float, float, float, float]
"""left, right, bottom, top, in percent of the picture"""


def _name(points: list[dict[str, Any]]) -> None:
    """Give each marked point a place for its name that crosses no dot, name or margin.

    The important ones choose first, the nearest place of those that are free; where none is, the
    place that crosses least. Others have a name only where one is free, and no margin is drawn.
    """
    taken: list[Box] = []
    for point in points:
        point["is_noted"] = point["firm"] != "none" or point["chosen"]
        x, y = point["x"], point["y"]
        across, up = x["value"], y["value"]
        taken.append((across - _DOT, across + _DOT, up - _DOT, up + _DOT))
        if point["is_noted"]:
            taken.append((x["low"], x["high"], y["value"], y["value"]))
            taken.append((x["value"], x["value"], y["low"], y["high"]))
    for point in sorted(points, key=lambda point: (not point["chosen"], not point["is_noted"])):
        point["label"] = None
        places = list(_places(point))
        crossed = [sum(_meet(box, other) for other in taken) for _, box in places]
        fewest = min(crossed, default=1)  # a name longer than the picture has no place
        if places and (point["is_noted"] or not fewest):
            point["label"], box = places[crossed.index(fewest)]
            taken.append(box)


def _places(point: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Box]]:
    """Yield the places of a name, nearest first, as end, height, side and box.

    Beside the dot; where its margins are drawn also farther above or below, and at their ends.
    """
    length, x, y = _LETTER * len(point["name"]), point["x"], point["y"]
    gap, half = _DOT + 0.2, _LINE / 2
    steps = (0, 1, -1, 2, -2, 3, -3) if point["is_noted"] else (0, 1, -1)
    ends = [(x["value"] + gap, x["value"] - gap, y["value"] + step * _STEP) for step in steps]
    if point["is_noted"]:
        middle = x["value"] - length / 2
        ends.append((x["high"] + gap, x["low"] - gap, y["value"]))
        ends += [(middle, -1.0, y["high"] + half + 0.4), (middle, -1.0, y["low"] - half - 0.4)]
    for right, left, height in ends:
        for side, end, start in (("right", right, right), ("left", left, left - length)):
            box = (start, start + length, height - half, height + half)
            if min(box) >= 0 and max(box) <= 100:
                yield {"x": end, "y": height, "side": side}, box


def _meet(box: Box, other: Box) -> bool:
    left, right, bottom, top = other
    return box[0] < right and left < box[1] and box[2] < top and bottom < box[3]


def _summary(
    points: list[dict[str, Any]], untested: list[str], names: list[str], say: Words
) -> list[str]:
    both = [point["name"] for point in points if all(point["above"])]
    period = say(f"period.{common_periods()[0].code}")
    lines = [
        say("focos.agreement.both", names=say.list(both), period=period)
        if both
        else say("focos.agreement.nobody")
    ]
    for number, registry in enumerate(names):
        in_one = (point for point in points if not all(point["above"]))
        alone = [point["name"] for point in in_one if point["above"][number]]
        if alone:
            lines.append(say("focos.agreement.alone", registry=registry, names=say.list(alone)))
    if untested:
        lines.append(say("focos.agreement.left_out", names=say.list(untested)))
    return lines
