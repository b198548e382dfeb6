"""The one file of a plan: written, read again by anybody, and computed again.

It holds the plan as it was stored and, if its owner says so, the lists that the plan obeys; of own
records only the sums that the gate let pass. Whoever opens it needs no other file.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError

from atlas.own_files.isolation import run_in_subprocess
from atlas.own_files.lists import MOST_DETAIL, Zones
from atlas.own_files.planning import LISTS
from atlas.planner.answer import document_of
from atlas.planner.demand import Demand
from atlas.planner.document import Number, PlanDocument, Text, Values
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, Question, question_for
from atlas.results.places import places
from atlas.tables import json_value
from atlas.words import Message, message
from data.catalogue import figures_edition
from data.readers.saved_plan import LISTS_MEMBER, PLAN_MEMBER
from geo.errors import GeoError, UserError
from geo.siting.problem import Plan, evaluate, plan_of

SUFFIX = ".plan.zip"
_DATE = (2000, 1, 1, 0, 0, 0)
"""of the members: the same plan, the same bytes"""
_MOST_PLACES = 50_000
_OF_SUMS = ("records", "points")
"""lists that a plan holds as their sums; points are of plans made before"""
_TASKS = frozenset({*_OF_SUMS, *LISTS})


class _ListedPlace(Values):
    """A row of own candidates or services."""

    name: Text
    kind: Text
    district_ubigeo: Text
    longitude: Number | None
    latitude: Number | None
    line: int
    site_id: Text
    own_code: Text
    cost: Number | None = None


class _Zones(Values):
    """Excluded zones; the child alone reads their outlines."""

    wkb: Annotated[str, Field(pattern="^[0-9A-Fa-f]+$")] = Field(repr=False)
    count: int
    holes_km: tuple[Number, ...]
    touched: Annotated[str, Field(max_length=MOST_DETAIL)]
    widened: Annotated[str, Field(max_length=MOST_DETAIL)]
    provinces: tuple[Text, ...] = ()
    areas: tuple[Annotated[str, Field(pattern=r"^(\d\d){1,3}$")], ...] = ()


class _Lists(Values):
    candidates: Annotated[tuple[_ListedPlace, ...], Field(max_length=_MOST_PLACES)] | None = None
    services: Annotated[tuple[_ListedPlace, ...], Field(max_length=_MOST_PLACES)] | None = None
    zones: _Zones | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StoredPlan:
    """A plan that was opened, and the lists that came with it."""

    document: PlanDocument
    own: OwnFiles
    is_older: bool = False
    """of the third edition: its sites, judged by the figures of today."""
    gone: tuple[str, ...] = ()
    """parts of its question that are no longer offered."""

    @property
    def is_changed(self) -> bool:
        """Whether figures of the atlas have changed since."""
        return self.document.figures != figures_edition()

    @property
    def lacks(self) -> tuple[str, ...]:
        """Kinds of the lists that the plan obeys and the file does not hold."""
        held = [
            task
            for task in ("candidates", "services", "zones")
            if getattr(self.own, task) is not None
        ]
        tasks = [source.task for source in self.document.lists]
        return tuple(dict.fromkeys(task for task in tasks if task not in (*held, *_OF_SUMS)))

    @property
    def about(self) -> list[Message]:
        """Say what whoever opens it has to know."""
        said = [message("plan.opened.older")] if self.is_older else []
        if self.gone:
            said.append(message("plan.opened.gone", names=", ".join(self.gone)))
        said += [message("plan.opened.changed")] if self.is_changed else []
        return said


def plan_zip(document: PlanDocument, own: OwnFiles | None = None) -> bytes:
    """Write the file of a plan, with own lists if they are given; the same plan, the same bytes."""
    members = {PLAN_MEMBER: document.ended.model_dump_json().encode()}
    if lists := {} if own is None else _lists_of(own):
        members[LISTS_MEMBER] = json.dumps(lists, ensure_ascii=False, allow_nan=False).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _lists_of(own: OwnFiles) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    for task in ("candidates", "services"):
        if (table := getattr(own, task)) is not None:
            names = [name for name in _ListedPlace.model_fields if name in table]
            lists[task] = [json_value(row) for row in table[names].to_dict("records")]
    if own.zones is not None:
        zones = own.zones
        names = _Zones.model_fields
        lists["zones"] = {name: getattr(zones, name) for name in names}
    return lists


def open_plan(content: bytes) -> StoredPlan:
    """Read the file of a plan in a child, since anybody may have made it.

    UserError: it is damaged, not ours, too large, or of the third edition and asks for something
    that is no longer offered.
    """
    try:
        values = run_in_subprocess(content, "plan")
    except UserError as refusal:
        if refusal.key in ("records.refusal.no_plan", "records.refusal.empty"):
            raise UserError("siting.refusal.saved_unreadable") from None
        raise
    if "plan" not in values:
        return _third_edition(values)
    try:
        document = PlanDocument.model_validate_json(json.dumps(values["plan"]))
        lists = _Lists.model_validate_json(json.dumps(values["lists"]))
        if not _agrees(document):
            raise ValueError("parts that do not agree")
    except (ValidationError, ValueError, RecursionError):
        raise UserError("siting.refusal.saved_unreadable") from None
    fresh = document.model_copy(update={"candidates": {}, "is_searching": False})
    return StoredPlan(fresh, _own_of(lists, document))


def _agrees(document: PlanDocument) -> bool:
    """Say whether the parts of a plan name each other: sites, places and lists."""
    codes, towns = set(document.codes), set(places().ubigeo.tolist())
    return (
        len(codes) == len(document.sites) > 0
        and [site.order for site in document.sites] == list(range(1, len(codes) + 1))
        and all(place.ubigeo in towns for place in document.places)
        and all(0 < order <= len(codes) for place in document.places for order, _ in place.sites)
        and all(code in codes for one in document.left_out for code in one.gives_up)
        and all(code in codes for site in document.sites for code in site.backs_up)
        and document.tasks <= _TASKS
    )


def _own_of(lists: _Lists, document: PlanDocument) -> OwnFiles:
    def table(rows: tuple[_ListedPlace, ...] | None) -> pd.DataFrame | None:
        return None if rows is None else pd.DataFrame([row.model_dump() for row in rows])

    zones = lists.zones
    demand = None
    if document.request.demand == "own":
        weight = np.zeros(len(places().ubigeo))
        codes = [place.ubigeo for place in document.places]
        weight[np.searchsorted(places().ubigeo, codes)] = [one.weight for one in document.places]
        invented = document.is_invented
        demand = Demand("own", document.demand_unit, weight, (), is_invented=invented)
    return OwnFiles(
        candidates=table(lists.candidates),
        services=table(lists.services),
        zones=None if zones is None else Zones(**zones.model_dump()),
        demand=demand,
        sources=document.lists,
    )


def compute_again(
    stored: StoredPlan, *, replicas: int, time_limit_s: float
) -> tuple[Question, Plan]:
    """Ask the question of a stored plan of the figures of today; UserError: it lacks a list."""
    if lacks := stored.lacks:
        names = tuple(message(f"planning.task.{task}") for task in lacks)
        raise UserError("siting.refusal.plan_lacks", names=message("list.of", items=names))
    return plan_for(
        stored.document.request, stored.own, replicas=replicas, time_limit_s=time_limit_s
    )


_GONE: Mapping[str, tuple[Any, ...]] = {
    "lock_services": (False,),
    "min_population": (0, 0.0),
    "factors": ({"coast": 1.25, "highland": 1.7, "jungle": 1.5, "river": 2.0},),
    "river_codes": (["16"],),
    "way_cost": (0, 0.0),
    "loss": (0, 0.0),
    "seed": (1,),
}
"""parts of a question of the third edition that are no longer offered, with what says that nobody
asked for them"""
_OTHER = {"model": ("lscp", "pcenter"), "second": ("worst", "none")}
"""values of its parts that are no longer offered; the first that is takes their place"""


def _third_edition(values: Mapping[str, Any]) -> StoredPlan:
    """Judge the sites of a plan of the third edition by the figures of today."""
    asked, lists = dict(values["question"]), values["lists"]
    if lists:
        names = tuple(message(f"planning.task.{task}") for task in lists if task in _TASKS)
        raise UserError("siting.refusal.older_lists", names=message("list.of", items=names))
    if asked.pop("estimate", False):
        raise UserError("siting.refusal.older_gone", names="estimate")
    gone = [name for name, usual in _GONE.items() if asked.pop(name, usual[0]) not in usual]
    for name, values_gone in _OTHER.items():
        if asked.get(name) in values_gone:
            gone.append(name)
            del asked[name]
    if str(asked.get("demand")).startswith("eb:"):
        gone.append("demand")
        asked["demand"] = f"complaints:{asked['demand'][3:]}"
    try:
        sites = {"sites": len(values["sites"]), "budget": None, "candidates": "districts"}
        request = PlanQuestion.model_validate({**asked, **sites})
        question = question_for(request)
        chosen = np.flatnonzero(np.isin(question.candidates.code, values["sites"])).tolist()
        if not chosen or len(chosen) != len(values["sites"]):
            raise ValueError("other sites")
    except (GeoError, ValueError, TypeError):
        raise UserError("siting.refusal.saved_unreadable") from None
    problem = question.problem
    seen = evaluate(problem, chosen)
    value = float(problem.demand @ seen.served)
    plan = plan_of(problem, request.model, chosen, objective=value, bound=np.inf, is_stopped=True)
    document = document_of(question, plan)
    return StoredPlan(document, OwnFiles(), is_older=True, gone=tuple(sorted(gone)))
