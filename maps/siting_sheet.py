"""A plan as the values that leave: every file and page of it reads these."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from exports.plan_files import SUFFIXES as SUFFIXES
from exports.plan_files import PlanSheet
from exports.plan_files import sheet_bytes as sheet_bytes
from geo.siting_problem import Plan
from maps.siting_places import places
from maps.siting_question import Question
from messages import words


def plan_sheet(question: Question, plan: Plan, lang: str = "en") -> PlanSheet:
    """Sites, plan and departments ; no zone, no place of a service."""
    say = words(lang)
    here, candidates = places(), question.candidates
    seen, sure = plan.evaluation, plan.stability
    total = float(question.problem.demand.sum())
    unit = plan.unit
    rows = []
    covered = seen.existing_share
    for order, (site, added) in enumerate(zip(plan.sites, plan.added_share, strict=True), start=1):
        at = int(candidates.near[site])
        covered += added
        row: dict[str, Any] = {
            "order": order,
            "code": str(candidates.code[site]),
            "name": str(candidates.name[site]),
            "district": str(here.district[at]),
            "province": str(here.province[at]),
            "department": str(here.department[at]),
            "department_ubigeo": str(here.department_ubigeo[at]),
            "longitude": float(candidates.longitude[site]),
            "latitude": float(candidates.latitude[site]),
            "population": float(candidates.population[site]),
            "is_must_have": site in question.problem.must,
            "within_reach_added_share": added,
            "within_reach_share": covered,
        }
        if sure is not None:
            row["chosen_share"] = sure.chosen_share[order - 1]
            row["chosen_near_share"] = sure.near_share[order - 1]
        rows.append(row)
    request = question.request
    summary: dict[str, Any] = {
        "model": plan.model,
        "demand": question.demand.code,
        "demand_unit": question.demand.unit,
        "demand_total": total,
        "sites": len(plan.sites),
        "radius": plan.radius,
        "radius_unit": unit,
        "coverage_share": seen.coverage_share,
        "coverage_share_of_services": seen.existing_share,
        "missed": total * (1 - seen.coverage_share),
        f"mean_{unit}": seen.mean_cost,
        f"worst_{unit}": seen.worst_cost,
        "unreachable_share": seen.unreachable_share,
        "worst_department": _department(seen.worst_group["group"]),
        "worst_department_share": float(seen.worst_group["share"]),
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "is_stopped": plan.is_stopped,
        "method": plan.method,
        "seed": plan.seed,
    }
    if sure is not None:
        summary["stability"] = {
            "resamples": sure.replicas,
            "coverage_low": sure.coverage_low,
            "coverage_high": sure.coverage_high,
            "regret_mean": sure.regret_mean,
            "heuristic_gap": sure.heuristic_gap,
            "exact_checks": sure.exact_checks,
            "rivals": [
                {"code": str(candidates.code[j]), "name": str(candidates.name[j]), "share": share}
                for j, share in sure.rivals
            ],
        }
    if request.capacity is not None:
        summary["capacity"] = request.capacity
    if question.lists:
        summary["lists"] = [asdict(one) for one in question.lists]
    summary["assumptions"] = [one.text(say) for one in question.assumptions]
    departments = tuple(
        {
            "department_ubigeo": one.group,
            "department": _department(one.group),
            "demand": one.demand,
            "covered": one.covered,
            "missed": one.missed,
            "share": one.share,
            f"mean_{unit}": one.mean_cost,
        }
        for one in seen.groups.itertuples()
    )
    return PlanSheet(tuple(rows), summary, departments, say("siting.notice"))


def plan_bytes(question: Question, plan: Plan, suffix: str, lang: str = "en") -> bytes:
    """A plan as the file that a suffix names: .geojson, .json, .gpx, .csv or .gpkg."""
    return sheet_bytes(plan_sheet(question, plan, lang), suffix)


def _department(code: str) -> str:
    here = places()
    at = np.flatnonzero(here.department_ubigeo == code)
    return str(here.department[at[0]]) if len(at) else ""
