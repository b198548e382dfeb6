"""What a session keeps of a plan: finished numbers, small enough to keep several of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from exports.plan_sheet import PlanSheet
from geo.siting import SitePlan
from maps.own_records import MARK
from maps.plan_reasons import Reason, reasons
from maps.said import Said, said
from maps.siting import OutreachPlan
from maps.siting_places import places
from maps.siting_question import listed_services
from maps.siting_request import OwnFiles, SitingRequest
from maps.siting_sheet import plan_sheet
from messages import LANGUAGES

BY_SERVICE, NO_WAY = 0, -1


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A plan without the matrices that it was made from."""

    request: SitingRequest
    sheets: dict[str, PlanSheet]
    """by language; every file is written from one of them."""
    plan: SitePlan = field(repr=False)
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


def outcome_of(answer: OutreachPlan) -> Outcome:
    """Keep what is shown and written of a plan.

    Parameters
    ----------
    answer : OutreachPlan
        If its demand is made up, every file says so first.
    """
    question, plan = answer.question, answer.plan
    candidates, problem = question.candidates, question.problem
    order = {site: number for number, site in enumerate(plan.sites, start=1)}
    nearest = plan.evaluation.nearest
    goes_to = np.array([order.get(int(j), BY_SERVICE if j == -1 else NO_WAY) for j in nearest])
    free = [int(j) for j in problem.candidates if int(j) not in order]
    reach: tuple[float, ...] = ()
    if plan.unit == "km":
        factor = question.request.factors.of(candidates.land(question.request.river_codes))
        reach = tuple(float(plan.radius / factor[j]) for j in plan.sites)
    sheets = {lang: plan_sheet(answer, lang) for lang in LANGUAGES}
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
        reasons=reasons(answer),
        reach_km=reach,
        weight=problem.demand,
        served=plan.evaluation.served,
        goes_to=goes_to,
        services=services,
        candidates={str(candidates.code[j]): str(candidates.name[j]) for j in free},
        unit=said(f"siting.unit.{question.demand.code.partition(':')[0]}"),
        has_stability=answer.stability is not None,
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


def _marked(sheet: PlanSheet) -> PlanSheet:
    return PlanSheet(
        sheet.sites,
        {"invented": MARK, **sheet.plan},
        sheet.departments,
        f"{MARK}. {sheet.notice}",
    )
