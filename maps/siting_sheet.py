"""A plan as the values that leave: every file and page of it reads these."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from exports.plan_files import plan_csv, plan_geojson, plan_gpx
from exports.plan_sheet import PlanSheet
from geo.errors import ParameterError
from maps.siting import OutreachPlan
from maps.siting_places import places
from messages import words

SUFFIXES = (".geojson", ".json", ".gpx", ".csv", ".gpkg")


def plan_sheet(answer: OutreachPlan, lang: str = "en") -> PlanSheet:
    """Sites, plan and departments of an answer; no zone, no place of a service."""
    say = words(lang)
    question, plan, sure = answer.question, answer.plan, answer.stability
    here, candidates, seen = places(), question.candidates, plan.evaluation
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
        "worst_department": _department(seen.worst_group.group),
        "worst_department_share": seen.worst_group.share,
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
        for one in seen.groups
    )
    return PlanSheet(tuple(rows), summary, departments, say("siting.notice"))


def plan_bytes(answer: OutreachPlan, suffix: str, lang: str = "en") -> bytes:
    """A plan as the file that a suffix names: .geojson, .json, .gpx, .csv or .gpkg."""
    sheet = plan_sheet(answer, lang)
    return sheet_bytes(sheet, suffix)


def sheet_bytes(sheet: PlanSheet, suffix: str) -> bytes:
    """A sheet as the file that a suffix names."""
    if suffix in (".geojson", ".json"):
        return plan_geojson(sheet)
    if suffix == ".gpx":
        return plan_gpx(sheet)
    if suffix == ".csv":
        return plan_csv(sheet)
    if suffix == ".gpkg":
        from exports.plan_gpkg import plan_gpkg

        return plan_gpkg(sheet)
    raise ParameterError(f"a plan as {suffix!r} is not offered: use {', '.join(SUFFIXES)}")


def _department(code: str) -> str:
    here = places()
    at = np.flatnonzero(here.department_ubigeo == code)
    return str(here.department[at[0]]) if len(at) else ""
