"""What a session keeps of a plan: finished numbers, small enough to keep several of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from exports.plan_files import PlanSheet
from geo.siting_problem import Plan, Stability
from maps.own_records import MARK
from maps.said import Said, said
from maps.siting_places import places
from maps.siting_question import Question, listed_services
from maps.siting_request import OwnFiles, SitingRequest
from maps.siting_sheet import plan_sheet
from messages import LANGUAGES

BY_SERVICE, NO_WAY = 0, -1
SURE, LIKELY = 0.8, 0.5
"""shares of the resamples from which a site counts as sure, and as likely."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What a site does that no site before it does."""

    is_must: bool
    """somebody asked for it."""
    places_added: int
    """places that it brings within reach."""
    share_added: float
    """share (0 to 1) of the demand."""
    department: str
    """where most of that demand is."""
    department_share: float
    """share (0 to 1) of what it adds that lies there."""
    surety: str
    """sure, area (a neighbour would do as well), likely, unsure, or empty where not computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A plan without the matrices that it was made from."""

    request: SitingRequest
    sheets: dict[str, PlanSheet]
    """by language; every file is written from one of them."""
    plan: Plan = field(repr=False)
    """what the search found; its positions count the candidates of the same request."""
    reasons: tuple[Reason, ...]
    """one per site."""
    reach_km: tuple[float, ...]
    """straight kilometres that a site reaches over land like its own; empty with travel times."""
    weight: np.ndarray = field(repr=False)
    """shape (n,), demand of each place."""
    served: np.ndarray = field(repr=False)
    """shape (n,), share (0 to 1) of it that is covered."""
    goes_to: np.ndarray = field(repr=False)
    """shape (n,), number of the nearest site; 0 = an existing service, -1 = no way."""
    services: tuple[tuple[float, float], ...] = ()
    """longitude, latitude of the services that count."""
    candidates: dict[str, str] = field(default_factory=dict, repr=False)
    """code to name of the candidates that may be chosen and are not."""
    unit: Said = field(default_factory=lambda: said("siting.unit.own"))
    """what is counted."""
    has_stability: bool = False
    is_plain: bool = True
    """without capacity and least share: then the demand can be resampled."""
    is_invented: bool = False

    def sheet(self, lang: str) -> PlanSheet:
        """Sites and values with the sentences of a language."""
        return self.sheets[lang]


def outcome_of(question: Question, plan: Plan) -> Outcome:
    """Keep what is shown and written of a plan; if its demand is made up, every file says so."""
    candidates, problem = question.candidates, question.problem
    order = {site: number for number, site in enumerate(plan.sites, start=1)}
    nearest = plan.evaluation.nearest
    goes_to = np.array([order.get(int(j), BY_SERVICE if j == -1 else NO_WAY) for j in nearest])
    free = [int(j) for j in problem.candidates if int(j) not in order]
    reach: tuple[float, ...] = ()
    if plan.unit == "km":
        factor = question.request.factors.of(candidates.land(question.request.river_codes))
        reach = tuple(float(plan.radius / factor[j]) for j in plan.sites)
    sheets = {lang: plan_sheet(question, plan, lang) for lang in LANGUAGES}
    is_invented = question.demand.is_invented
    if is_invented:
        sheets = {lang: _marked(sheet) for lang, sheet in sheets.items()}
    services: tuple[tuple[float, float], ...] = ()
    if question.request.services == "listed":
        table = listed_services()
        services = tuple(zip(table["longitude"].tolist(), table["latitude"].tolist(), strict=True))
    return Outcome(
        request=question.request,
        sheets=sheets,
        plan=plan,
        reasons=_reasons(question, plan),
        reach_km=reach,
        weight=problem.demand,
        served=plan.evaluation.served,
        goes_to=goes_to,
        services=services,
        candidates={str(candidates.code[j]): str(candidates.name[j]) for j in free},
        unit=said(f"siting.unit.{question.demand.code.partition(':')[0]}"),
        has_stability=plan.stability is not None,
        is_plain=problem.capacity is None and problem.min_group_share == 0,
        is_invented=is_invented,
    )


def candidate_label(code: str, name: str) -> str:
    """A candidate as it is offered in a list: its town, district and department.

    Examples
    --------
    >>> candidate_label("170101", "Puerto Maldonado")
    'Puerto Maldonado · Tambopata, Madre de Dios'
    >>> candidate_label("base-1", "Base norte")
    'Base norte'
    """
    here = places()
    at = int(np.searchsorted(here.ubigeo, code))
    if at >= len(here.ubigeo) or here.ubigeo[at] != code:
        return name
    return f"{name} · {here.district[at]}, {here.department[at]}"


def token_of(own: OwnFiles) -> str:
    """A mark of what the planner brought: other lists, another mark."""
    mark = hashlib.sha256()
    for table in (own.candidates, own.services, own.travel_times):
        mark.update(b"|" if table is None else table.to_csv(index=False).encode("utf-8", "replace"))
    if own.zones is not None:
        mark.update(own.zones.wkb.encode())
    mark.update(repr(own.sources).encode("utf-8", "replace"))
    if own.demand is not None:
        mark.update(own.demand.unit.encode() + own.demand.weight.tobytes())
    return mark.hexdigest()


def _reasons(question: Question, plan: Plan) -> tuple[Reason, ...]:
    """One reason per site, in the order of opening."""
    here, problem = places(), question.problem
    covers, demand = problem.covers, problem.demand
    covered = problem.is_covered_already.copy()
    found = []
    for number, site in enumerate(plan.sites):
        new = covers[:, site] & ~covered & (demand > 0)
        covered |= covers[:, site]
        names, at = np.unique(here.department[new], return_inverse=True)
        parts = np.bincount(at, weights=demand[new], minlength=len(names))
        top = int(parts.argmax()) if len(parts) else -1
        found.append(
            Reason(
                is_must=site in problem.must,
                places_added=int(new.sum()),
                share_added=plan.added_share[number],
                department=str(names[top]) if top >= 0 else "",
                department_share=float(parts[top] / parts.sum()) if top >= 0 else 0.0,
                surety=_surety(plan.stability, number),
            )
        )
    return tuple(found)


def _surety(sure: Stability | None, number: int) -> str:
    if sure is None:
        return ""
    chosen = sure.chosen_share[number]
    if chosen >= SURE:
        return "sure"
    if sure.near_share[number] >= SURE:
        return "area"
    return "likely" if chosen >= LIKELY else "unsure"


def _marked(sheet: PlanSheet) -> PlanSheet:
    return PlanSheet(
        sheet.sites,
        {"invented": MARK, **sheet.plan},
        sheet.departments,
        f"{MARK}. {sheet.notice}",
    )
