"""Where the figures of a plan come from: what each department asks for, and each formula with its
numbers, as :mod:`atlas.results.derivation` has them for the map.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from atlas.html import render
from atlas.planner.demand import WITH_PERIOD, places
from atlas.planner.outcome import Outcome
from atlas.planner.words import amount, has_people_in_zones, share_text, way_label, wording
from atlas.results.derivation import cited, least, same
from atlas.words import Words
from data.context import load_mining_cells
from data.geography import load_places
from data.periods import parse_period
from data.reports import load_region_counts

Step = tuple[str, str, str, str]
_NO_WAY = -2
"""nearest site of a place from which none can be reached"""


def plan_derivation_html(outcome: Outcome, say: Words) -> Markup:
    """The fold under the figures of a plan."""
    return render("derivation", say, title=say("derivation.title"), **plan_derivation(outcome, say))


def plan_derivation(outcome: Outcome, say: Words) -> dict[str, Any]:
    """What :func:`atlas.results.derivation.derivation_of` gives, for a plan.

    ``rows`` hold what is covered of each department, and its demand.
    """
    sheet = outcome.sheets[say.lang]
    say = wording(sheet.plan, say)
    asking = list(sheet.departments)
    kind, _, period = outcome.request.demand.partition(":")
    cards = [load_places().attrs["card"]]
    if kind in WITH_PERIOD:
        cards.insert(0, load_region_counts(parse_period(period)).attrs["card"])
    elif kind == "mining":
        cards.append(load_mining_cells().attrs["card"])
    unit = outcome.unit.text(say)
    total, share = float(sheet.plan["demand_total"]), float(sheet.plan["coverage_share"])
    covered, missed = total * share, float(sheet.plan["missed"])
    in_zones = float(sheet.plan["demand_in_zones"]) if has_people_in_zones(sheet.plan) else 0.0
    # fewest decimals with which a calculator gives what the card shows
    at = least(
        lambda n: (
            same(100 * round(covered, n) / round(total, n), 100 * share, 1, say)
            and amount(round(total, n) - round(covered, n) - round(in_zones, n), say)
            == amount(missed, say)
        ),
        1,
    )
    parts = [float(one["covered"]) for one in asking]
    at_part = least(lambda n: same(sum(round(one, n) for one in parts), covered, at, say), at)
    whole = _written(total, at, say)
    left_out = f" − {say.number(in_zones, at)}" if in_zones else ""
    rows = []
    for one, part in zip(asking, parts, strict=True):
        text = say(
            "derivation.plan.row",
            covered=_written(part, at_part, say),
            demand=_written(one["demand"], at_part, say),
        )
        rows.append((str(one["department"]), text, text))
    written = [_written(one, at_part, say) for one in parts if one > 0]
    steps = [
        *_spread(outcome, say),
        (
            say("derivation.plan.covered", unit=unit),
            say("derivation.plan.covered.how"),
            f"{' + '.join(written)} = {say.number(covered, at)}",
            "",
        ),
        (
            say("derivation.plan.share"),
            say("derivation.plan.share.how"),
            f"{say.number(covered, at)} ÷ {whole} × 100 = {say.number(100 * share, 1)}",
            "",
        ),
        (
            say("plan.figure.missed", unit=unit),
            say("derivation.plan.missed.zones") if in_zones else "",
            f"{whole} − {say.number(covered, at)}{left_out} = {amount(missed, say)}",
            "",
        ),
        *_travelled(outcome, say),
        *_mean(outcome, say),
        *_sites(outcome, total, say),
    ]
    return {
        "caption": say("derivation.plan.rows", unit=unit),
        "rows": rows,
        "steps": steps,
        **cited(cards, say, {"all_offences"}),
    }


def _spread(outcome: Outcome, say: Words) -> list[Step]:
    """How the reports of a department stand at its places, shown at the largest."""
    if outcome.request.demand.partition(":")[0] not in WITH_PERIOD:
        return []
    here = places()
    first = int(outcome.weight.argmax())
    code = str(here.department_ubigeo[first])
    of = next(
        float(one["demand"])
        for one in outcome.sheets[say.lang].departments
        if one["department_ubigeo"] == code
    )
    people = float(here.population[first])
    everybody = float(here.population[here.department_ubigeo == code].sum())
    at = least(lambda n: same(round(of, n) * people / everybody, outcome.weight[first], 1, say), 0)
    formula = f"{say.number(of, at)} × {say.number(people)} ÷ {say.number(everybody)}"
    where = {"place": str(here.name[first]), "department": str(here.department[first])}
    return [
        (
            say("derivation.plan.spread", **where),
            say("derivation.plan.spread.how"),
            f"{formula} = {say.number(outcome.weight[first], 1)}",
            "",
        )
    ]


def _travelled(outcome: Outcome, say: Words) -> list[Step]:
    """What the teams travel together, of which a price of ways is paid."""
    sheet = outcome.sheets[say.lang]
    unit = next((one for one in ("km", "hours") if f"travelled_{one}" in sheet.sites[0]), None)
    if unit is None:
        return []
    parts = [float(row[f"travelled_{unit}"]) for row in sheet.sites]
    total, shown = float(sheet.plan["cost"][f"travelled_{unit}"]), 0 if unit == "km" else 1
    at = least(lambda n: same(sum(round(one, n) for one in parts), total, shown, say), shown)
    formula = f"{' + '.join(_written(one, at, say) for one in parts)} = {say.number(total, shown)}"
    told = say("derivation.plan.travelled", unit=outcome.unit.text(say))
    return [(say(f"plan.col.travelled_{unit}"), told, formula, "")]


def _mean(outcome: Outcome, say: Words) -> list[Step]:
    """The mean way from those of the departments, of all who have a way at all."""
    sheet = outcome.sheets[say.lang]
    unit = str(sheet.plan["radius_unit"])
    mean = float(sheet.plan[f"mean_{unit}"])
    has_way = outcome.plan.evaluation.nearest != _NO_WAY
    if not has_way.any():
        return []
    moved = np.where(has_way, outcome.weight, 0.0)
    of = {
        str(one["department_ubigeo"]): float(one[f"mean_{unit}"])
        for one in sheet.departments
        if one[f"mean_{unit}"] == one[f"mean_{unit}"]
    }
    codes = places().department_ubigeo
    pairs = [(float(moved[codes == code].sum()), way) for code, way in of.items()]
    whole = float(moved.sum())

    def by_hand(n: int) -> float:
        return sum(round(one, n) * round(way, n) for one, way in pairs) / round(whole, n)

    at = least(lambda n: same(by_hand(n), mean, 0, say), 1)
    ways = " + ".join(f"{_written(one, at, say)} × {_written(way, at, say)}" for one, way in pairs)
    formula = f"({ways}) ÷ {_written(whole, at, say)} = {say.number(mean)}"
    label = way_label("mean", float(sheet.plan["unreachable_share"]), say)
    return [(label, say("derivation.plan.mean.how", unit=unit), formula, "")]


def _sites(outcome: Outcome, total: float, say: Words) -> list[Step]:
    """What each site adds: the demand of the places that nobody before it reaches."""
    steps: list[Step] = []
    for row, reason in zip(outcome.sheets[say.lang].sites, outcome.reasons, strict=True):
        share = float(row["within_reach_added_share"])
        shown = 1 if share_text(share, say).startswith(say.number(100 * share, 1)) else 3
        added = share * total
        at = _decimals(added, total, shown, say)
        formula = f"{_written(added, at, say)} ÷ {_written(total, at, say)} × 100"
        steps.append(
            (
                say("derivation.plan.site", order=row["order"], name=row["name"]),
                "" if steps else say("derivation.plan.site.how"),
                f"{formula} = {say.number(100 * share, shown)}",
                say("derivation.plan.site.places", count=say.number(reason.places_added)),
            )
        )
    return steps


def _decimals(part: float, total: float, shown: int, say: Words) -> int:
    """Fewest decimals of a part and its whole that give their share in per cent as it is shown."""
    return least(
        lambda n: same(100 * round(part, n) / round(total, n), 100 * part / total, shown, say), 1
    )


def _written(value: float, decimals: int, say: Words) -> str:
    return say.number(value, 0 if abs(value - round(value)) < 1e-6 else decimals)
