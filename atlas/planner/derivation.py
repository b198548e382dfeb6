"""Where the figures of a plan come from: what each department asks for, and each formula with its
numbers, as :mod:`atlas.results.derivation` has them for the map.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from atlas.html import render
from atlas.planner.demand import WITH_PERIOD, people_of, places
from atlas.planner.outcome import Outcome
from atlas.planner.words import amount, share_text, way_label, way_unit, wording
from atlas.results.derivation import cited, exact
from atlas.words import Words
from data.context import load_mining_cells
from data.geography import load_places
from data.periods import parse_period
from data.population import spread_year
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
    say = wording(outcome, say)
    kind, _, period = outcome.request.demand.partition(":")
    cards = [load_places().attrs["card"]]
    if kind in WITH_PERIOD:
        cards.insert(0, load_region_counts(parse_period(period)).attrs["card"])
    elif kind == "mining":
        cards.append(load_mining_cells().attrs["card"])
    unit = outcome.unit.text(say)
    total, share = outcome.total, outcome.plan.evaluation.coverage_share
    covered, missed = total * share, outcome.missed
    in_zones = outcome.demand_in_zones if outcome.has_people_in_zones else 0.0
    whole, reached = exact(total, say), exact(covered, say)
    left_out = f" − {exact(in_zones, say)}" if in_zones else ""
    rows = []
    for one in outcome.departments:
        amounts = {"covered": exact(one.covered, say), "demand": exact(one.demand, say)}
        text = say("derivation.plan.row", **amounts)
        rows.append((one.name, text, text))
    written = [exact(one.covered, say) for one in outcome.departments if one.covered > 0]
    steps = [
        *_spread(outcome, say),
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
            f"{whole} − {reached}{left_out} = {amount(missed, say)}",
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
    kind, _, period = outcome.request.demand.partition(":")
    if kind not in WITH_PERIOD:
        return []
    here, living = places(), people_of(spread_year(parse_period(period).years))
    first = int(outcome.weight.argmax())
    code = str(here.department_ubigeo[first])
    of = next(one.demand for one in outcome.departments if one.code == code)
    people = float(living[first])
    everybody = float(living[here.department_ubigeo == code].sum())
    formula = f"{exact(of, say)} × {say.number(people)} ÷ {say.number(everybody)}"
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
    parts = [site.travelled for site in outcome.sites if site.travelled is not None]
    if not parts or outcome.cost is None:
        return []
    unit = outcome.travel_unit
    total = say.number(outcome.cost.travelled, 0 if unit == "km" else 1)
    formula = f"{' + '.join(exact(one, say) for one in parts)} = {total}"
    told = say("derivation.plan.travelled", unit=outcome.unit.text(say))
    return [(say(f"plan.col.travelled_{unit}"), told, formula, "")]


def _mean(outcome: Outcome, say: Words) -> list[Step]:
    """The mean way from those of the departments, of all who have a way at all."""
    seen, unit = outcome.plan.evaluation, way_unit(outcome, say)
    has_way = seen.nearest != _NO_WAY
    if not has_way.any():
        return []
    moved = np.where(has_way, outcome.weight, 0.0)
    codes = places().department_ubigeo
    pairs = [
        (float(moved[codes == one.code].sum()), one.mean_cost)
        for one in outcome.departments
        if one.mean_cost == one.mean_cost
    ]
    ways = " + ".join(f"{exact(one, say)} × {exact(way, say)}" for one, way in pairs)
    formula = f"({ways}) ÷ {exact(float(moved.sum()), say)} = {say.number(seen.mean_cost)}"
    label = way_label("mean", seen.unreachable_share, say)
    return [(label, say("derivation.plan.mean.how", unit=unit), formula, "")]


def _sites(outcome: Outcome, total: float, say: Words) -> list[Step]:
    """What each site adds: the demand of the places that nobody before it reaches."""
    steps: list[Step] = []
    for site, reason in zip(outcome.sites, outcome.reasons, strict=True):
        share = site.within_reach_added_share
        shown = 1 if share_text(share, say).startswith(say.number(100 * share, 1)) else 3
        added = share * total
        formula = f"{exact(added, say)} ÷ {exact(total, say)} × 100"
        steps.append(
            (
                say("derivation.plan.site", order=site.order, name=site.name),
                "" if steps else say("derivation.plan.site.how"),
                f"{formula} = {say.number(100 * share, shown)}",
                say("derivation.plan.site.places", count=say.number(reason.places_added)),
            )
        )
    return steps
