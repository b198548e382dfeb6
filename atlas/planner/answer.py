"""Make the document of a plan from the solver's answer: sites, who is left out, how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.planner.candidates import candidate_label
from atlas.planner.document import (
    FIRM,
    OPEN,
    PART,
    Alternative,
    Area,
    Cost,
    Department,
    NearestCentre,
    Place,
    PlanDocument,
    Served,
    Site,
    percent,
    rounded_amount,
)
from atlas.planner.left_out import left_out
from atlas.planner.question import Question, fewer_names
from atlas.planner.reach import Reach, reach_in_km, reach_in_time
from atlas.results.help_places import nearest_centre
from atlas.results.places import places
from atlas.results.regions import department_name
from atlas.words import Message, message
from data.catalogue import figures_edition
from geo.excess import Verdict
from geo.siting.problem import Plan, plan_of
from geo.siting.travel import DETOUR

_BACKED = 0.1
"""share of the demand within reach of a site that another one reaches too: it backs it up"""
_MAIN = 0.9
"""share of what a site serves: of the department that alone is named"""
_LEAST_REST = 0.01
"""share of what a site serves: less that it serves of other departments is not said"""
_NO_GAP = 1.0
"""from here on a search that was stopped says nothing about the best possible."""


def document_of(
    question: Question, plan: Plan, *, is_searching: bool = False, prices_of_inclusion: bool = True
) -> PlanDocument:
    """Make the document of a plan; ``is_searching``: a better plan is still sought.

    ``prices_of_inclusion`` computes what it costs to include each department with more than
    expected that gets nothing: a search for each.
    """
    request, problem, sure = question.request, question.problem, plan.stability
    seen, demand = plan.evaluation, question.demand
    reach = _reach(question, plan)
    departments = _departments(question, plan)
    sites = _sites(question, plan, reach, departments)
    confidence, why = _confidence(question, plan, sites)
    towns, assigned = places(), plan.assigned
    asks = np.flatnonzero(problem.demand > 0)
    areas = question.areas
    return PlanDocument(
        figures=figures_edition(),
        request=request,
        headline=_headline(question, plan),
        notes=_notes(question, plan),
        confidence=confidence,
        confidence_why=why,
        sites=sites,
        left_out=left_out(question, plan, departments, prices=prices_of_inclusion),
        departments=departments,
        cost=_cost(question, plan),
        demand=demand.code,
        demand_unit=demand.unit,
        demand_total=float(problem.demand.sum()),
        demand_in_zones=question.demand_in_zones,
        demand_unknown=question.demand_unknown,
        radius=plan.radius,
        radius_unit=plan.unit,
        coverage_share=seen.coverage_share,
        coverage_low=None if sure is None else sure.coverage_low,
        coverage_high=None if sure is None else sure.coverage_high,
        coverage_share_of_services=seen.existing_share,
        twice_share=seen.twice_share,
        within_reach_share=seen.existing_share + sum(plan.added_share),
        coverage_share_if_they_stay=_share_if_they_stay(question, plan),
        missed=float(seen.groups["missed"].sum()),
        unreachable_share=seen.unreachable_share,
        mean_cost=_known(seen.mean_cost),
        worst_cost=_known(seen.worst_cost),
        objective=plan.objective,
        bound=_known(plan.bound),
        gap=_known(plan.gap),
        is_stopped=plan.is_stopped,
        resamples=0 if sure is None else sure.resamples,
        zones=None if question.zones is None else dict(question.zones),
        people=reach.people_of_all(),
        people_shared=reach.people_of_all(least=2),
        areas_season=None if areas is None else areas.season,
        areas_widened_km=None if areas is None else areas.widened_km,
        lists=tuple(replace(source, file=source.digest) for source in question.lists),
        assumptions=question.assumptions,
        is_invented=demand.is_invented,
        services=tuple(
            question.shipped_services[["longitude", "latitude"]].itertuples(index=False, name=None)
        ),
        places=tuple(
            Place(
                ubigeo=str(towns.ubigeo[i]),
                weight=float(problem.demand[i]),
                served=float(np.clip(seen.served[i], 0, 1)),
                in_zone=bool(problem.in_zone[i]),
                sites=tuple(
                    (int(k) + 1, float(min(assigned[i, k], 1.0)))
                    for k in np.flatnonzero(assigned[i] > 1e-9)
                ),
            )
            for i in asks.tolist()
        ),
        candidates=_free_candidates(question, plan),
        is_searching=is_searching,
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _unit(question: Question) -> Message:
    return message(f"siting.unit.{question.demand.code.partition(':')[0]}")


def _headline(question: Question, plan: Plan) -> Message:
    """Say what a plan does, and for which departments if a table knows no others."""
    request, seen = question.request, plan.evaluation
    kind = question.demand.code.partition(":")[0]
    names = tuple(map(department_name, request.departments))
    values: dict[str, Any] = {
        "teams": message("plan.teams", count=len(plan.sites)),
        "share": percent(seen.coverage_share),
        "what": message(f"plan.headline.of.{kind}"),
        "where": message("plan.headline.where", names=names) if names else "",
    }
    if question.demand.counted is not None:
        amount = f"{question.demand.weight.sum():,.0f}"
        values["what"] = message("plan.headline.of.own_counted", count=amount)
    if reason := _why_fewer(question, plan):
        values["teams"] = message(reason, teams=values["teams"], asked=request.sites)
    if request.model == "pmedian":
        values["way"] = _way(seen.mean_cost, plan.unit)
        headline = message("plan.headline.ways", **values)
    elif request.capacity is not None:
        headline = message("plan.headline.served", **values)
    else:
        headline = message("plan.headline.reached", **values)
    if question.only:
        key, codes = fewer_names(question)
        names = tuple(map(department_name, codes))
        return message(f"plan.headline.{key}", names=names, headline=headline)
    return headline


def _why_fewer(question: Question, plan: Plan) -> str:
    """Return the key of why there are fewer teams than requested; "" if there are not."""
    asked, count = question.request.sites, len(plan.sites)
    if asked is None or count >= asked:
        return ""
    if count == int(question.problem.is_allowed.sum()):
        return "plan.teams.no_more"
    cheapest, left = _money(question, plan)
    return "plan.teams.money" if cheapest > left else ""


def _money(question: Question, plan: Plan) -> tuple[float, float]:
    """Return the lowest price of another site, and the unspent budget."""
    problem = question.problem
    if problem.budget is None:
        return np.inf, np.inf
    is_free = problem.is_allowed.copy()
    is_free[list(plan.sites)] = False
    cheapest = float(problem.site_cost[is_free].min(initial=np.inf))
    return cheapest, problem.budget - float(problem.site_cost[list(plan.sites)].sum())


def _way(value: float, unit: str) -> str | Message:
    """Write a way in whole kilometres or minutes, from 90 minutes on in hours."""
    if value != value:
        return "–"
    if unit == "min" and value > 90:
        return message("plan.way.hours", value=f"{value / 60:.1f}")
    return message("plan.way", value=f"{value:,.0f}", unit=unit)


def _notes(question: Question, plan: Plan) -> tuple[Message, ...]:
    """Return the figures behind the headline, and the range of the covered share."""
    seen, total, sure = plan.evaluation, float(question.problem.demand.sum()), plan.stability
    is_counted = question.demand.reports is not None
    counted = question.demand.counted
    notes = [
        *([] if counted is None else [counted]),
        *question.notes,
        message(
            "plan.note.amount",
            amount=rounded_amount(total * seen.coverage_share),
            total=f"{total:,.0f}" if is_counted else rounded_amount(total, of_noun=True),
            unit=_unit(question),
        ),
    ]
    if sure is not None:
        low, high = percent(sure.coverage_low), percent(sure.coverage_high)
        key = "plan.note.between" if is_counted else "plan.note.between_places"
        notes.append(message(key, low=low, high=high))
    if seen.existing_share:  # the teams alone would look better than they are
        notes.append(message("plan.note.services", share=percent(seen.existing_share)))
    if seen.unreachable_share >= 0.0005:
        unknown = question.demand_unknown / total
        if (without := seen.unreachable_share - unknown) >= 0.0005:
            notes.append(message("plan.note.no_way", share=percent(without)))
        if unknown >= 0.0005:
            notes.append(message("plan.note.unknown", share=percent(unknown)))
    if plan.gap >= _NO_GAP:
        notes.append(message("plan.note.gap_unknown"))
    elif plan.gap:
        notes.append(message("plan.note.gap", gap=f"{100 * plan.gap:.2g}"))
    return tuple(notes)


def _confidence(question: Question, plan: Plan, sites: Sequence[Site]) -> tuple[Any, Message]:
    """Return the confidence word and its reason, from how often each site stays.

    A site stays if it, or one nearby, is in the plan of a variation.
    """
    drawn = [site for site in sites if site.near_share is not None and site.kept_share is not None]
    if plan.stability is None:
        is_varied = question.request.is_varied
        return None, message(f"plan.confidence.{'none' if is_varied else 'conditions'}")
    if not drawn:
        return None, message("plan.confidence.fixed")
    weak = [site for site in drawn if (site.near_share or 0) < FIRM]
    least = min(drawn, key=lambda site: site.near_share or 0)
    if not weak:
        return "firm", message("plan.confidence.firm.why", percent=f"{100 * FIRM:g}")
    values = {
        "firm": len(drawn) - len(weak),
        "sites": len(drawn),
        "percent": f"{100 * FIRM:g}",
        "name": least.name,
        "least": percent(least.near_share or 0),
    }
    word = "open" if (least.near_share or 0) < OPEN else "doubtful"
    key = "plan.confidence.why" if len(weak) < len(drawn) else "plan.confidence.why_none"
    return word, message(key, **values)


def _departments(question: Question, plan: Plan) -> tuple[Department, ...]:
    reports: Mapping[str, Any] = {}
    if question.demand.reports is not None:
        rows = question.demand.reports.itertuples(index=False)
        reports = {str(row.department_ubigeo): row for row in rows}

    def of(row: Any) -> Department:
        reported = reports.get(row.group)
        return Department(
            department_ubigeo=row.group,
            name=department_name(row.group),
            **{
                name: float(getattr(row, name))
                for name in ("demand", "covered", "missed", "in_zones", "share", "unreachable")
            },
            mean_cost=_known(row.mean_cost),
            reported_count=None if reported is None else int(reported.reported_count),
            verdict=None if reported is None else str(reported.verdict),
            ratio=None if reported is None else _known(reported.smr),
        )

    return tuple(map(of, plan.evaluation.groups.itertuples(index=False)))


def _sites(
    question: Question, plan: Plan, reach: Reach, departments: Sequence[Department]
) -> tuple[Site, ...]:
    towns, candidates, sure = places(), question.candidates, plan.stability
    problem, load = question.problem, plan.load(question.problem)
    covered = plan.evaluation.existing_share
    kinds = candidates.kind if candidates.kind is not None and candidates.kind.any() else None
    covers = problem.covers[:, list(plan.sites)] & (problem.demand > 0)[:, None]
    shared = covers.T.astype(float) @ (covers * problem.demand[:, None])
    within = np.maximum(np.diag(shared), 1e-300)
    people, people_shared = reach.people(), reach.people(least=2)
    codes = candidates.code[list(plan.sites)].tolist()
    spots = candidates.longitude[list(plan.sites)], candidates.latitude[list(plan.sites)]
    centres = nearest_centre(*spots).to_dict("records")
    of_department = {department.department_ubigeo: department for department in departments}
    rows = []
    for number, (site, added) in enumerate(zip(plan.sites, plan.added_share, strict=True)):
        near, is_must = int(candidates.near[site]), site in problem.must
        town = float(towns.town_population[near])
        covered += added
        # every variation has a fixed site: its share means nothing
        drawn = None if sure is None or is_must else sure
        backed = (shared[number] / within >= _BACKED) & (np.arange(len(codes)) != number)
        served = _served(plan.assigned[:, number] * problem.demand)
        others = () if drawn is None else drawn.others[number]
        made = Site(
            order=number + 1,
            code=str(candidates.code[site]),
            name=str(candidates.name[site]),
            kind=None if kinds is None else str(kinds[site]),
            **{
                name: str(getattr(towns, name)[near])
                for name in ("district", "province", "department", "department_ubigeo")
            },
            longitude=float(candidates.longitude[site]),
            latitude=float(candidates.latitude[site]),
            population=float(towns.population[near]),
            town_population=town if np.isfinite(town) else None,
            is_must_have=is_must,
            cost=None if candidates.cost is None else _known(candidates.cost[site]),
            within_reach_added_share=added,
            within_reach_share=covered,
            load=float(load[number]),
            people=float(people[number]),
            people_shared=float(people_shared[number]),
            area_km2=_known(reach.km2[number]),
            kept_share=None if drawn is None else drawn.chosen_share[number],
            near_share=None if drawn is None else min(drawn.near_share[number], 1.0),
            backs_up=tuple(np.array(codes, object)[backed].tolist()),
            alternatives=tuple(_alternative(question, j, share) for j, share in others),
            served=served,
            says=(),
            area=_area(reach.shape[number]),
            nearest_cem=NearestCentre(
                name=str(centres[number]["name"]),
                km=float(centres[number]["km"]),
                address=str(centres[number]["address"]).rstrip("."),
            ),
        )
        rows.append(made)
    names = {site.code: site.name for site in rows}
    return tuple(
        site.model_copy(update={"says": _site_says(site, question, of_department, names)})
        for site in rows
    )


def _served(amount: np.ndarray) -> tuple[Served, ...]:
    """Return the demand of each department in amounts of each place, most first."""
    codes, of = np.unique(places().department_ubigeo, return_inverse=True)
    total = np.bincount(of, weights=amount)
    order = [k for k in np.argsort(-total, kind="stable") if total[k] > 1e-9]
    return tuple(Served(department_ubigeo=str(codes[k]), amount=float(total[k])) for k in order)


def _alternative(question: Question, position: int, share: float) -> Alternative:
    candidates = question.candidates
    return Alternative(
        code=str(candidates.code[position]),
        name=str(candidates.name[position]),
        department=str(places().department[candidates.near[position]]),
        longitude=float(candidates.longitude[position]),
        latitude=float(candidates.latitude[position]),
        share=share,
    )


def _site_says(
    site: Site,
    question: Question,
    departments: Mapping[str, Department],
    names: Mapping[str, str],
) -> tuple[Message, ...]:
    """Say whom a site serves; that it is fixed, in doubt, or backs up another."""
    sentences, unit = [], _unit(question)
    if not site.load:
        sentences.append(message("plan.site.nothing"))
    else:
        values: dict[str, Any] = {"amount": rounded_amount(site.load), "unit": unit}
        parts = [part for part in site.served if part.amount >= PART * site.load]
        first = departments[parts[0].department_ubigeo]
        is_counted = first.reported_count is not None
        ratio = f"{first.ratio:.1f}" if first.verdict == Verdict.ABOVE and first.ratio else ""
        if parts[0].amount >= _MAIN * site.load:
            total = (
                f"{first.demand:,.0f}" if is_counted else rounded_amount(first.demand, of_noun=True)
            )
            values |= {"total": total, "department": first.name}
            # two digits of 126 would be more than all of them
            values["amount"] = (
                f"{parts[0].amount:,.0f}" if is_counted else rounded_amount(parts[0].amount)
            )
            key = "plan.site.of_above" if ratio else "plan.site.of"
            sentences.append(message(key, **values, **({"ratio": ratio} if ratio else {})))
            rest = site.load - parts[0].amount
            if round(rest) and rest >= _LEAST_REST * site.load:
                of = tuple(departments[part.department_ubigeo].name for part in site.served[1:])
                sentences.append(
                    message("plan.site.rest", amount=rounded_amount(round(rest)), departments=of)
                )
        else:
            of = tuple(departments[part.department_ubigeo].name for part in parts)
            values["amount"] = rounded_amount(site.load, of_noun=True)
            sentences.append(message("plan.site.of_several", **values, departments=of))
            if ratio:
                sentences.append(message("plan.site.above", department=first.name, ratio=ratio))
    if site.code in question.surrounded:
        sentences.append(message("plan.site.surrounded"))
    if site.is_must_have:
        sentences.append(message("plan.site.fixed"))
    if site.is_doubtful and site.alternatives:
        labels = tuple(f"{other.name} ({other.department})" for other in site.alternatives)
        sentences.append(message("plan.site.doubt", names=labels))
    elif site.is_doubtful:
        sentences.append(message("plan.site.doubt_alone"))
    if question.request.second == "backup" and site.backs_up:
        backed = tuple(names[code] for code in site.backs_up)
        sentences.append(message("plan.site.backs_up", names=backed))
    if (centre := site.nearest_cem) is not None:
        where = centre.name if not centre.address else f"{centre.name}, {centre.address}"
        sentences.append(message("plan.site.cem", name=where, km=f"{centre.km:,.0f}"))
    return tuple(sentences)


def _cost(question: Question, plan: Plan) -> Cost | None:
    """Return what a plan costs; None without prices, or if that of a chosen place is missing."""
    request, candidates = question.request, question.candidates
    of_places = np.zeros(1) if candidates.cost is None else candidates.cost[list(plan.sites)]
    if not (request.team_cost or of_places.any()) or np.isnan(of_places).any():
        return None
    teams, of_all = len(plan.sites) * request.team_cost, float(of_places.sum())
    cheapest, left = _money(question, plan)
    is_full = len(plan.sites) == request.sites
    return Cost(
        teams=teams,
        places=of_all,
        total=teams + of_all,
        budget=request.budget,
        pays_another=is_full and cheapest <= left < np.inf,
    )


def _reach(question: Question, plan: Plan) -> Reach:
    """Return what each site reaches; who stays in a zone is inside no area."""
    problem, candidates = question.problem, question.candidates
    opened, comes = list(plan.sites), ~problem.in_zone[:, None]
    cost = problem.cost[:, opened]
    if plan.unit == "km":
        factor = np.array([DETOUR[land] for land in candidates.land[opened]])
        places_of = candidates.longitude[opened], candidates.latitude[opened]
        return reach_in_km(*places_of, plan.radius / factor, np.isfinite(cost) & comes)
    reach = reach_in_time(candidates.code[opened].tolist(), cost <= problem.radius, question.areas)
    return replace(reach, inside=reach.inside & comes)


def _area(shape: BaseGeometry | None) -> Area | None:
    """Return the rings of polygons, rounded to a metre."""
    if shape is None:
        return None
    polygons = shapely.get_parts(shape)
    return tuple(
        tuple(
            tuple((round(x, 5), round(y, 5)) for x, y in shapely.get_coordinates(ring).tolist())
            for ring in [polygon.exterior, *polygon.interiors]
        )
        for polygon in polygons
        if not polygon.is_empty
    )


def _share_if_they_stay(question: Question, plan: Plan) -> float | None:
    """Return the coverage if people stay in zones that the plan expects them to leave."""
    if question.zones is None or question.request.zone_people != "come":
        return None
    problem = replace(question.problem, in_zone=question.in_zone, min_group_share=0.0)
    stay = plan_of(problem, plan.model, list(plan.sites), objective=0.0)
    return stay.evaluation.coverage_share


def _free_candidates(question: Question, plan: Plan) -> dict[str, tuple[str, float, float]]:
    candidates = question.candidates
    can_be_added = question.problem.is_allowed | np.isin(candidates.code, question.request.barred)
    can_be_added[list(plan.sites)] = False
    frame = pd.DataFrame(
        {
            "code": candidates.code,
            "name": candidates.name,
            "longitude": candidates.longitude,
            "latitude": candidates.latitude,
        }
    )[can_be_added]
    return {
        row.code: (candidate_label(row.code, row.name), row.longitude, row.latitude)
        for row in frame.itertuples(index=False)
    }
