"""Plans that are kept: taken back from their own file, and held against each other.

A plan's GeoJSON and GeoPackage hold the whole question. Asked again of the same figures and lists
it gives the same plan, and the same bytes, on any machine; a search that was stopped would not, and
its sites and bound are taken from the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from atlas.checked import Whole
from atlas.own_files.isolation import ask_child
from atlas.own_files.planning import LISTS
from atlas.planner.document import PlanDocument
from atlas.planner.files import plan_bytes
from atlas.planner.outcome import Outcome, outcome_of
from atlas.planner.plan_question import MOST_TEXT, PlanQuestion
from atlas.planner.question import MOST_RESAMPLES, ListSource, Question, question_for
from atlas.planner.words import (
    amount,
    cost_of_plan,
    gap_short,
    mean_way,
    share_text,
    territory,
    way,
    wording,
    worst_served,
)
from atlas.tables import json_value, opened_csv
from atlas.words import LANGUAGES, Words, words
from data.refreshed import figures_edition
from geo.errors import GeoError, UserError
from geo.siting.problem import Plan, plan_of

_FIRST = frozenset(
    {
        *("demand", "model", "sites", "radius", "services", "lock_services", "min_population"),
        *("must", "capacity", "min_department_share", "second", "loss", "worst_cost", "factors"),
        *("river_codes", "buffer_km", "seed"),
    }
)
"""parts of a question that every saved plan has, whatever was added to it since"""


def _short(text: str) -> str:
    """A text that a terminal can show: what we write has no signs that steer one."""
    if len(text) > MOST_TEXT or not text.isprintable():
        raise ValueError
    return text


_Text = Annotated[str, AfterValidator(_short)]
_Number = Annotated[float, Field(ge=-1e300, le=1e300)]
_Share = Annotated[float, Field(ge=-1, le=1)]
_Count = Annotated[Whole, Field(ge=0, lt=10**9)]


class _Values(BaseModel):
    """Values that anybody may have made; what is not asked for is left."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class _List(_Values):
    task: str
    file: _Text
    rows: _Count
    rows_used: _Count
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class SavedSite(_Values):
    """What is told of a site where its plan cannot be made again."""

    code: _Text
    name: _Text = ""
    department: _Text = ""
    order: _Count = 0
    within_reach_added_share: _Share = 0.0


class SavedPlan(_Values):
    """What is kept of a plan, whether a file, the browser or the session keeps it."""

    request: PlanQuestion
    lang: _Text = "es"
    figures: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    """:func:`data.refreshed.figures_edition` when it was made."""
    sites: tuple[SavedSite, ...]
    """in the order of opening."""
    objective: _Number
    bound: _Number
    method: _Text
    is_stopped: bool = False
    """its search was stopped: asked again, it would be another plan."""
    coverage_share: _Share = 0.0
    resamples: _Count = 0
    lists: tuple[ListSource, ...] = ()
    counts_zone_people: bool = False
    """made before anybody could say whether people inside zones come out: it lets them."""

    @property
    def tasks(self) -> set[str]:
        """Kinds of the lists that it obeys."""
        return {one.task for one in self.lists}

    @property
    def codes(self) -> list[str]:
        """Codes of its sites."""
        return [one.code for one in self.sites]

    @classmethod
    def of(cls, document: PlanDocument, lang: str) -> Self:
        """What the file of a plan would say."""
        plan, of_site = document.plan, SavedSite.model_fields
        return cls(
            request=document.request,
            lang=lang,
            figures=document.figures,
            sites=tuple(
                SavedSite(**{name: getattr(one, name) for name in of_site})
                for one in document.sites
            ),
            **{name: getattr(plan, name) for name in _PROOF},
            coverage_share=plan.evaluation.coverage_share,
            resamples=plan.stability.resamples if plan.stability else 0,
            lists=document.lists,
        )

    def for_browser(self) -> dict[str, Any] | None:
        """A few plain values; None of a plan that obeys own lists, which stay here."""
        values = {name: getattr(self, name) for name in ("figures", *_PROOF)}
        values |= {"question": self.request.model_dump(), "codes": self.codes}
        return None if self.lists else dict(json_value(values))

    @classmethod
    def from_browser(cls, values: Mapping[str, Any]) -> Self:
        """The plan of these values; ValueError and its kin where they are none of ours."""
        proof = {name: values[name] for name in ("figures", *_PROOF)}
        sites = tuple({"code": code} for code in values["codes"])
        request = question_of(values["question"])
        return cls.model_validate({**proof, "request": request, "sites": sites})


_PROOF = ("objective", "bound", "method", "is_stopped")


def open_saved(content: bytes) -> SavedPlan:
    """A plan of its GeoJSON or GeoPackage, which anybody may have made: a child takes it apart.

    UserError says that it is none of ours, a UserError why it was not read.
    """
    try:
        values = ask_child(content, "plan")
    except UserError as refusal:
        if refusal.key in ("records.refusal.no_plan", "records.refusal.empty"):
            raise UserError("siting.refusal.saved_unreadable") from None
        raise
    return saved_plan(values)


def saved_plan(values: Mapping[str, Any]) -> SavedPlan:
    """A plan of the values of its file, or of its sheet; UserError where one is none of ours."""
    try:
        plan = values["plan"]
        lists = tuple(
            ListSource(**dict(_List.model_validate(one))) for one in plan.get("lists", [])
        )
        tasks = {one.task for one in lists}
        if plan["lang"] not in LANGUAGES or not tasks <= {"records", *LISTS}:
            raise ValueError
        is_older = "zones" in tasks and "zone_people" not in plan["question"]
        as_it_was = {"zone_people": "come"} if is_older else {}
        of_plan = ("lang", "figures", "coverage_share", *_PROOF)
        saved = SavedPlan.model_validate(
            {
                **{name: plan[name] for name in of_plan},
                "request": question_of({**plan["question"], **as_it_was}),
                "resamples": plan.get("stability", {}).get("resamples", 0),
                "lists": lists,
                "sites": tuple(values["sites"]),
                "counts_zone_people": is_older,
            }
        )
        agrees = _agrees(plan, lists)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError("siting.refusal.saved_unreadable") from None
    if not agrees:
        raise UserError("siting.refusal.saved_parts")
    if saved.resamples > MOST_RESAMPLES:
        told = {"count": f"{saved.resamples:,}", "most": f"{MOST_RESAMPLES:,}"}
        raise UserError("siting.refusal.saved_resamples", **told)
    return saved


def _agrees(plan: Mapping[str, Any], lists: Sequence[ListSource]) -> bool:
    """Whether a plan counts the zones that its lists have, and names no list beside them.

    What an older plan did not count is not asked of it.
    """
    zones = [one.rows_used for one in lists if one.task == "zones"]
    counted = [plan["zones"]["count"]] if "zones" in plan else zones
    inside = not zones and (plan.get("demand_in_zones") or plan["question"]["buffer_km"])
    catalogue, named = words(plan["lang"]).catalogue, Counter[str]()
    texts = [one for one in plan.get("assumptions", []) if isinstance(one, str)]
    for task in ("records", *LISTS):
        beginning = catalogue[f"siting.list.{task}"].partition("{file}")[0]
        named[task] = sum(text.startswith(beginning) for text in texts)
    return counted == zones and not inside and not named - Counter(one.task for one in lists)


def as_it_was_saved(saved: SavedPlan, question: Question) -> Plan | None:
    """A saved plan without a search, its sites judged anew.

    None where its figures are others, or its sites are none that the question allows.
    """
    problem, codes = question.problem, question.candidates.code
    if saved.figures != figures_edition():
        return None
    chosen = [int(j) for code in saved.codes for j in np.flatnonzero(codes == code)]
    is_allowed = bool(problem.is_allowed[chosen].all()) and set(problem.must) <= set(chosen)
    count = len(set(chosen))
    if not is_allowed or count != len(saved.sites) or saved.request.sites not in (None, count):
        return None
    proof = {name: getattr(saved, name) for name in _PROOF}
    return plan_of(problem, saved.request.model, chosen, **proof, seed=saved.request.seed)


def checked(saved: SavedPlan, document: PlanDocument, say: Words) -> tuple[str, str]:
    """Whether a saved plan came out as its file has it: "same", "today" (the figures are others) or
    "other", and the sentence."""
    codes, before = list(document.codes), saved.codes
    now = document.plan.evaluation.coverage_share
    is_same = codes == before and abs(now - saved.coverage_share) < 1e-6
    kind = "same" if is_same else "today" if saved.figures != figures_edition() else "other"
    told = {
        "was": say.percent(saved.coverage_share, 1),
        "now": say.percent(now, 1),
        "shared": len(set(codes) & set(before)),
        "sites": len(before),
    }
    return kind, say(f"plan.checked.{kind}.text", **told)


def remade(values: Mapping[str, Any]) -> Outcome | None:
    """A plan of what the browser kept; None of what is none of ours, or of other figures."""
    try:
        saved = SavedPlan.from_browser(values)
        question = question_for(saved.request)
        plan = as_it_was_saved(saved, question)
    except (GeoError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return None if plan is None else outcome_of(question, plan)


def question_of(values: Mapping[str, Any]) -> PlanQuestion:
    """A question of the values of a file; ValueError where one is none of ours.

    What an older file does not know yet has its default: nobody could ask for it then.
    """
    if not set(values) >= _FIRST:
        raise ValueError("other fields")
    for value in values.values():
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, str):
                _short(one)
    return PlanQuestion.model_validate(dict(values))


def lists_apart(
    saved: SavedPlan, sources: Iterable[ListSource]
) -> tuple[list[tuple[ListSource, ListSource | None]], list[ListSource]]:
    """Lists of a plan that are not at hand byte by byte, each with the other file of its task that
    is, and lists at hand that the plan does not obey; areas within reach, which decide no plan, may
    stand beside any."""
    left, lost = list(sources), []
    for one in saved.lists:
        same = [other for other in left if (other.task, other.sha256) == (one.task, one.sha256)]
        if same:
            left.remove(same[0])
        else:
            lost.append(one)
    tasks = {one.task for one in lost}
    others = {other.task: other for other in left if other.task in tasks}
    pairs = [(one, others.get(one.task)) for one in lost]
    return pairs, [other for other in left if other.task not in {*tasks, "areas"}]


def short_name(document: PlanDocument, say: Words) -> str:
    """A plan in a few words."""
    kind, _, period = document.request.demand.partition(":")
    say = wording(document, say)
    parts = [f"{say(f'plan.demand.{kind}')}{territory(document, say)}"]
    parts += [say(f"period.{period}.short")] if period else []
    parts.append(say("plan.teams", count=len(document.sites)))
    parts.append(way(document.plan.radius, document.plan.unit, say))
    return " · ".join(parts)


def compared(plans: Sequence[PlanDocument], say: Words, first: str) -> list[list[str]]:
    """Rows of figures with a column a plan after the name of the figure; ``first`` names the first
    plan. The last row has the conditions that not all of them share."""
    asked = [_asked(one, say) for one in plans]
    shared = set(asked[0]).intersection(*asked[1:])
    some_zones = any(one.zones is not None for one in plans)
    columns = []
    for one, texts in zip(plans, asked, strict=True):
        seen, unit, told = one.plan.evaluation, one.plan.unit, wording(one, say)
        inside = amount(one.demand_in_zones, say) if one.has_people_in_zones else "–"
        columns.append(
            [
                share_text(seen.coverage_share, say),
                f"{amount(one.missed, say)} {one.unit.text(say)}",
                *([inside] if some_zones else []),
                mean_way(seen.mean_cost, seen.unreachable_share, unit, told),
                mean_way(seen.worst_cost, seen.unreachable_share, unit, told),
                worst_served(one, say),
                say(f"plan.model.{one.plan.model}"),
                gap_short(one.plan.gap, say),
                cost_of_plan(one, say),
                "–" if one is plans[0] else say.number(len({*one.codes} & {*plans[0].codes})),
                "; ".join(text for text in texts if text not in shared) or "–",
            ]
        )
    some_serve = "_either" * any(one.request.capacity is not None for one in plans)
    names = (
        *(f"figure.{name}{some_serve}" for name in ("covered", "missed_short")),
        *(["figure.in_zones_short"] if some_zones else []),
        *("figure.mean", "figure.worst"),
        *("kept.worst_department", "model", "front.gap", "cost"),
    )
    heads = [*(say(f"plan.{name}") for name in names), say("plan.kept.shared", name=first)]
    heads.append(say("plan.kept.asked"))
    return [
        [f"{head[0].upper()}{head[1:]}", *row] for head, *row in zip(heads, *columns, strict=True)
    ]


def sites_compared(plans: Sequence[PlanDocument]) -> list[list[str]]:
    """Rows of sites, those of most plans first: the name, then its number in each plan."""
    orders = [{site.code: site for site in one.sites} for one in plans]
    every = {code: site.name for sites in reversed(orders) for code, site in sites.items()}
    count = {code: sum(code in sites for sites in orders) for code in every}
    return [
        [name, *(str(sites[code].order) if code in sites else "" for sites in orders)]
        for code, name in sorted(every.items(), key=lambda one: (-count[one[0]], one[1]))
    ]


def plans_zip(plans: Mapping[str, PlanDocument], say: Words) -> bytes:
    """The GeoJSON of every plan, and their figures and sites compared, a CSV each; the same plans,
    the same bytes."""
    names, outcomes = list(plans), list(plans.values())
    files = {}
    for number, (name, one) in enumerate(plans.items(), start=1):
        plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")
        files[f"{number}-{plain}.geojson"] = plan_bytes(one, ".geojson", say)
    for file, head, rows in (
        ("plans_compared", "figure", compared(outcomes, say, names[0])),
        ("plans_sites", "site", sites_compared(outcomes)),
    ):
        heads = [say(f"plan.kept.{head}"), *names]
        files[f"{say(f'file.{file}')}.csv"] = opened_csv(heads, rows)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _asked(document: PlanDocument, say: Words) -> list[str]:
    """All that a plan was asked for with, each in words that tell it from another."""
    kind, _, period = document.request.demand.partition(":")
    demand = [say(f"plan.demand.{kind}"), *([say(f"period.{period}.short")] if period else [])]
    asks = {
        say("plan.demand"): demand,
        say("plan.sites"): [say.number(len(document.sites))],
        say("plan.must"): [site.name for site in document.sites if site.is_must_have],
        say("plan.seed"): [str(document.request.seed)],
    }
    return [
        *(f"{name}: {', '.join(values)}" for name, values in asks.items() if values),
        *(one.text(say) for one in document.assumptions),
    ]
