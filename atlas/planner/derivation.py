"""Derive the figures of a plan: the demand of each department, and each formula with its
numbers, as :mod:`atlas.results.derivation` has them for the map.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from atlas.planner import sentences
from atlas.planner.demand import WITH_PERIOD, people_of, places
from atlas.planner.document import PlanDocument
from atlas.results.derivation import cited, exact
from atlas.words import Words
from data.context import load_mining_cells
from data.geography import load_places
from data.periods import parse_period
from data.reports import load_region_counts

Step = tuple[str, str, str, str]
_NO_WAY = -2
"""marks a place without a way to any site"""


def plan_derivation(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return what :func:`atlas.results.derivation.derivation_of` gives, for a plan; ``rows`` hold
    the covered demand of each department, and its demand."""
    say = sentences.wording(document, say)
    kind, _, period = document.request.demand.partition(":")
    cards = [load_places().attrs["card"]]
    if kind in WITH_PERIOD:
        cards.insert(0, load_region_counts(parse_period(period)).attrs["card"])
    elif kind == "mining":
        cards.append(load_mining_cells().attrs["card"])
    unit = document.unit.text(say)
    total, share = document.total, document.plan.evaluation.coverage_share
    covered, missed = total * share, document.missed
    in_zones = document.demand_in_zones if document.has_people_in_zones else 0.0
    whole, reached = exact(total, say), exact(covered, say)
    left_out = f" − {exact(in_zones, say)}" if in_zones else ""
    rows, written = [], []
    for department in document.departments:
        covered_text = exact(department.covered, say)
        demand_text = exact(department.demand, say)
        text = say("derivation.plan.row", covered=covered_text, demand=demand_text)
        rows.append((department.name, text, text))
        if department.covered > 0:
            written.append(covered_text)
    steps = [
        *_spread(document, say),
        (
            say("derivation.plan.covered", unit=unit),
            say("derivation.plan.covered.how"),
            f"{' + '.join(written)} = {say.number(covered, 1)}",
            "",
        ),
        (
            say("derivation.plan.share"),
            say("derivation.plan.share.how"),
            f"{reached} ÷ {whole} × 100 = {say.number(100 * share, 1)}",
            "",
        ),
        (
            say("plan.figure.missed", unit=unit),
            say("derivation.plan.missed.zones") if in_zones else "",
            f"{whole} − {reached}{left_out} = {sentences.amount(missed, say)}",
            "",
        ),
        *_travelled(document, say),
        *_mean(document, say),
        *_sites(document, total, say),
    ]
    return {
        "caption": say("derivation.plan.rows", unit=unit),
        "rows": rows,
        "steps": steps,
        **cited(cards, say, {"all_offences"}),
    }


def _spread(document: PlanDocument, say: Words) -> list[Step]:
    """Show at the largest place how the reports of a department are spread over its places."""
    kind, _, period = document.request.demand.partition(":")
    if kind not in WITH_PERIOD:
        return []
    towns, living = places(), people_of(period)
    first = int(document.weight.argmax())
    code = str(towns.department_ubigeo[first])
    of = next(department.demand for department in document.departments if department.code == code)
    people = float(living[first])
    everybody = float(living[towns.department_ubigeo == code].sum())
    formula = f"{exact(of, say)} × {say.number(people)} ÷ {say.number(everybody)}"
    where = {"place": str(towns.name[first]), "department": str(towns.department[first])}
    return [
        (
            say("derivation.plan.spread", **where),
            say("derivation.plan.spread.how"),
            f"{formula} = {say.number(document.weight[first], 1)}",
            "",
        )
    ]


def _travelled(document: PlanDocument, say: Words) -> list[Step]:
    parts = [site.travelled for site in document.sites if site.travelled is not None]
    if not parts or document.cost is None:
        return []
    unit = document.travel_unit
    total = say.number(document.cost.travelled, 0 if unit == "km" else 1)
    formula = f"{' + '.join(exact(part, say) for part in parts)} = {total}"
    how = say("derivation.plan.travelled", unit=document.unit.text(say))
    return [(say(f"plan.col.travelled_{unit}"), how, formula, "")]


def _mean(document: PlanDocument, say: Words) -> list[Step]:
    """Show the mean way from those of the departments, of all who have a way."""
    seen, unit = document.plan.evaluation, sentences.way_unit(document, say)
    has_way = seen.nearest != _NO_WAY
    if not has_way.any():
        return []
    moved = np.where(has_way, document.weight, 0.0)
    codes = places().department_ubigeo
    pairs = [
        (float(moved[codes == department.code].sum()), department.mean_cost)
        for department in document.departments
        if department.mean_cost == department.mean_cost
    ]
    ways = " + ".join(f"{exact(demand, say)} × {exact(way, say)}" for demand, way in pairs)
    formula = f"({ways}) ÷ {exact(float(moved.sum()), say)} = {say.number(seen.mean_cost)}"
    label = sentences.way_label("mean", seen.unreachable_share, say)
    return [(label, say("derivation.plan.mean.how", unit=unit), formula, "")]


def _sites(document: PlanDocument, total: float, say: Words) -> list[Step]:
    """Show what each site adds: the demand of the places that no site before it reaches."""
    steps: list[Step] = []
    for site, reason in zip(document.sites, document.reasons, strict=True):
        share = site.within_reach_added_share
        decimals = (
            1 if sentences.share_text(share, say).startswith(say.number(100 * share, 1)) else 3
        )
        added = share * total
        formula = f"{exact(added, say)} ÷ {exact(total, say)} × 100"
        steps.append(
            (
                say("derivation.plan.site", order=site.order, name=site.name),
                "" if steps else say("derivation.plan.site.how"),
                f"{formula} = {say.number(100 * share, decimals)}",
                say("derivation.plan.site.places", count=say.number(reason.places_added)),
            )
        )
    return steps
