"""Write the file of a plan, read it from anyone, and compute it again.

It holds the plan as it was stored and, if its owner says so, the lists that the plan obeys; of own
records only the sums that the gate let pass. Whoever opens it needs no other file.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError

from atlas.own_files.isolation import run_in_subprocess
from atlas.own_files.lists import MOST_DETAIL, ON_THE_SAFE_SIDE, Zones
from atlas.own_files.planning import LISTS
from atlas.planner.answer import document_of
from atlas.planner.candidates import some_names
from atlas.planner.demand import Demand
from atlas.planner.document import Number, PlanDocument, Text, Values, percent
from atlas.planner.model import plan_for
from atlas.planner.question import OwnFiles, Question, question_for
from atlas.results.places import places
from atlas.tables import json_value
from atlas.words import DEFAULT_LANGUAGE, Message, message, words
from data.catalogue import figures_edition
from data.readers.saved_plan import LISTS_MEMBER, PLAN_MEMBER
from geo.errors import GeoError, UserError
from geo.siting.problem import Plan, plan_of

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
    """Excluded zones; only the child reads their outlines."""

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
    now: tuple[Message, ...] = ()
    """what its sites and zones are by figures that have changed since."""

    @property
    def is_changed(self) -> bool:
        """Whether figures of the atlas have changed since."""
        return self.document.figures != figures_edition()

    @property
    def lacks(self) -> tuple[str, ...]:
        """Kinds of the lists that the plan obeys and the file does not hold."""
        own_tasks = [
            task
            for task in ("candidates", "services", "zones")
            if getattr(self.own, task) is not None
        ]
        tasks = [source.task for source in self.document.lists]
        return tuple(dict.fromkeys(task for task in tasks if task not in (*own_tasks, *_OF_SUMS)))

    @property
    def notices(self) -> list[Message]:
        """Return the notes for whoever opens the plan."""
        return [message("plan.opened.changed"), *self.now] if self.is_changed else []


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
    """Read a plan's file in a child process and check it against its zones and the figures.

    Anybody may have made the file (:func:`_checked`). UserError if it is damaged, not ours, too
    large, of the third edition, or says what is not so.
    """
    try:
        values = run_in_subprocess(content, "plan")
    except UserError as refusal:
        if refusal.key in ("records.refusal.no_plan", "records.refusal.empty"):
            raise UserError("siting.refusal.saved_unreadable") from None
        raise
    try:
        document = PlanDocument.model_validate_json(json.dumps(values["plan"]))
        lists = _Lists.model_validate_json(json.dumps(values["lists"]))
        if not _agrees(document):
            raise ValueError("parts that do not agree")
    except (ValidationError, ValueError, RecursionError):
        raise UserError("siting.refusal.saved_unreadable") from None
    fresh = document.model_copy(update={"candidates": {}, "is_searching": False})
    return _checked(StoredPlan(fresh, _own_of(lists, document)), values.get("zone_provinces"))


def _checked(stored: StoredPlan, provinces: list[str] | None) -> StoredPlan:
    """Check a plan against its lists and figures; add today's figures if they changed.

    Its sites lie outside its own zones, which lie in the ``provinces`` that their outlines touch.
    With all its lists at hand the question is asked anew, and the stored sites judged: what each
    department gets, who lives in zones and how much is covered are as stored. UserError: not so,
    under the same figures.
    """
    document, own = stored.document, stored.own
    differs = []
    if own.zones is not None:
        spots = np.array([(site.longitude, site.latitude) for site in document.sites]).T
        km, least = own.zones.distance_km(*spots), document.request.buffer_km * ON_THE_SAFE_SIDE
        inside = [site.name for site, away in zip(document.sites, km, strict=True) if away <= least]
        if inside:
            raise UserError("siting.refusal.plan_in_zone", names=some_names(inside))
        if strange := sorted(_named_provinces(own.zones) - {*(provinces or ())}):
            differs.append(message("plan.opened.zones", names=some_names(strange)))
    if not stored.lacks:
        try:
            now = _judged_again(stored)
        except GeoError:
            differs.append(message("plan.opened.no_answer"))
        else:
            if _facts(now) != _facts(document):
                shares = {"before": document.coverage_share, "now": now.coverage_share}
                texts = {name: percent(share) for name, share in shares.items()}
                differs.append(message("plan.opened.now", **texts))
    if differs and not stored.is_changed:
        what = message("list.of", items=tuple(differs))
        raise UserError("siting.refusal.plan_altered", what=what)
    return replace(stored, now=tuple(differs))


def _named_provinces(zones: Zones) -> set[str]:
    """Return the provinces that a file names for its zones, in all and for each."""
    known = {*places().province.tolist()}
    lists = [part.rpartition(": ")[2].split(", ") for part in zones.touched.split("; ")]
    return {*zones.provinces}.union(*lists) & known | {*zones.provinces}


def _judged_again(stored: StoredPlan) -> PlanDocument:
    """Evaluate the sites of a stored plan with the figures of today."""
    document = stored.document
    question = question_for(document.request, stored.own)
    chosen = pd.Index(question.candidates.code).get_indexer(pd.Index(document.codes)).tolist()
    if min(chosen) < 0 or not question.problem.is_allowed[chosen].all():
        raise UserError("siting.refusal.saved_unreadable")
    proof = {"objective": document.objective, "bound": document.bound, "is_stopped": True}
    plan = plan_of(question.problem, document.request.model, chosen, **proof)
    return document_of(question, plan, prices_of_inclusion=False)


def _facts(document: PlanDocument) -> Any:
    """Return the facts of a plan that follow from figures, lists and sites."""
    names = ["code", "name", "department_ubigeo", "longitude", "latitude", "cost", "people"]
    of = ["department_ubigeo", "demand", "in_zones"]
    if document.request.capacity is None:  # else who is served is one choice of several
        names, of = [*names, "load"], [*of, "covered", "missed"]
    sites = [[getattr(site, name) for name in names] for site in document.sites]
    areas = [[getattr(department, name) for name in of] for department in document.departments]
    where = [(place.ubigeo, place.weight, place.in_zone) for place in document.places]
    zones = [
        sentence for sentence in document.assumptions if sentence.key.startswith("siting.zones")
    ]
    zone_texts = json.dumps([sentence.text(words(DEFAULT_LANGUAGE)) for sentence in zones])
    whole = (document.coverage_share, document.demand_total, document.demand_in_zones)
    return json_value([sites, areas, where, whole, document.zones, zone_texts], decimals=4)


def _agrees(document: PlanDocument) -> bool:
    """Say whether the parts of a plan name each other: sites, places and lists."""
    codes, towns = set(document.codes), set(places().ubigeo.tolist())
    return (
        len(codes) == len(document.sites) > 0
        and [site.order for site in document.sites] == list(range(1, len(codes) + 1))
        and all(place.ubigeo in towns for place in document.places)
        and all(0 < order <= len(codes) for place in document.places for order, _ in place.sites)
        and all(code in codes for department in document.left_out for code in department.gives_up)
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
        weight[np.searchsorted(places().ubigeo, codes)] = [
            place.weight for place in document.places
        ]
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
    """Solve the question of a stored plan with today's figures; UserError if a list is missing."""
    if lacks := stored.lacks:
        names = tuple(message(f"planning.task.{task}") for task in lacks)
        raise UserError("siting.refusal.plan_lacks", names=message("list.of", items=names))
    return plan_for(
        stored.document.request, stored.own, replicas=replicas, time_limit_s=time_limit_s
    )
