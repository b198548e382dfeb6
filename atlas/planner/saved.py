"""Saved plans: read from file or browser, checked, compared with each other.

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
from atlas.own_files.isolation import run_in_subprocess
from atlas.own_files.planning import LISTS
from atlas.planner import sentences
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.files import plan_bytes
from atlas.planner.plan_question import MOST_TEXT, PlanQuestion
from atlas.planner.question import MOST_RESAMPLES, ListSource, Question, question_for
from atlas.tables import json_value, opened_csv
from atlas.words import LANGUAGES, Words, words
from data.catalogue import figures_edition
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
    """Refuse a text with signs that steer a terminal; ours has none."""
    if len(text) > MOST_TEXT or not text.isprintable():
        raise ValueError
    return text


_Text = Annotated[str, AfterValidator(_short)]
_Number = Annotated[float, Field(ge=-1e300, le=1e300)]
_Share = Annotated[float, Field(ge=-1, le=1)]
_Count = Annotated[Whole, Field(ge=0, lt=10**9)]


class _Values(BaseModel):
    """Values of a file that anybody may have made; unknown ones are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class _List(_Values):
    task: str
    file: _Text
    rows: _Count
    rows_used: _Count
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class SavedSite(_Values):
    """A site as its file shows it where the plan cannot be made again."""

    code: _Text
    name: _Text = ""
    department: _Text = ""
    order: _Count = 0
    within_reach_added_share: _Share = 0.0


class SavedPlan(_Values):
    """A plan as a file, the browser or the session keeps it."""

    request: PlanQuestion
    lang: _Text = "es"
    figures: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    """:func:`data.catalogue.figures_edition` when it was made."""
    sites: tuple[SavedSite, ...]
    """in the order of opening."""
    objective: _Number
    bound: _Number
    method: _Text
    is_stopped: bool = False
    """its search was stopped: a new search would find another plan."""
    coverage_share: _Share = 0.0
    resamples: _Count = 0
    lists: tuple[ListSource, ...] = ()
    counts_zone_people: bool = False
    """older than the choice whether people inside zones come out: it lets them."""

    @property
    def tasks(self) -> set[str]:
        return {source.task for source in self.lists}

    @property
    def codes(self) -> list[str]:
        return [site.code for site in self.sites]

    @classmethod
    def of(cls, document: PlanDocument, lang: str) -> Self:
        """Return a plan as its file would have it."""
        plan, of_site = document.plan, SavedSite.model_fields
        return cls(
            request=document.request,
            lang=lang,
            figures=document.figures,
            sites=tuple(
                SavedSite(**{name: getattr(site, name) for name in of_site})
                for site in document.sites
            ),
            **{name: getattr(plan, name) for name in _PROOF},
            coverage_share=plan.evaluation.coverage_share,
            resamples=plan.stability.resamples if plan.stability else 0,
            lists=document.lists,
        )

    def for_browser(self) -> dict[str, Any] | None:
        """Return plain values; None for a plan that obeys own lists, which stay here."""
        values = {name: getattr(self, name) for name in ("figures", *_PROOF)}
        values |= {"question": self.request.model_dump(), "codes": self.codes}
        return None if self.lists else dict(json_value(values))

    @classmethod
    def from_browser(cls, values: Mapping[str, Any]) -> Self:
        """Read these values; ValueError and its kin if they are not ours."""
        proof = {name: values[name] for name in ("figures", *_PROOF)}
        sites = tuple({"code": code} for code in values["codes"])
        request = question_of(values["question"])
        return cls.model_validate({**proof, "request": request, "sites": sites})


_PROOF = ("objective", "bound", "method", "is_stopped")


def open_saved(content: bytes) -> SavedPlan:
    """Read a plan of its GeoJSON or GeoPackage in a child, since anybody may have made the file.

    UserError: the file is not ours, or was not read.
    """
    try:
        values = run_in_subprocess(content, "plan")
    except UserError as refusal:
        if refusal.key in ("records.refusal.no_plan", "records.refusal.empty"):
            raise UserError("siting.refusal.saved_unreadable") from None
        raise
    return saved_plan(values)


def saved_plan(values: Mapping[str, Any]) -> SavedPlan:
    """Check the values of a plan's file; UserError where one is not ours."""
    try:
        plan = values["plan"]
        lists = tuple(
            ListSource(**dict(_List.model_validate(source))) for source in plan.get("lists", [])
        )
        tasks = {source.task for source in lists}
        if plan["lang"] not in LANGUAGES or not tasks <= {"records", *LISTS}:
            raise ValueError
        is_older = "zones" in tasks and "zone_people" not in plan["question"]
        older_zone_people = {"zone_people": "come"} if is_older else {}
        of_plan = ("lang", "figures", "coverage_share", *_PROOF)
        saved = SavedPlan.model_validate(
            {
                **{name: plan[name] for name in of_plan},
                "request": question_of({**plan["question"], **older_zone_people}),
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
        counts = {"count": f"{saved.resamples:,}", "most": f"{MOST_RESAMPLES:,}"}
        raise UserError("siting.refusal.saved_resamples", **counts)
    return saved


def _agrees(plan: Mapping[str, Any], lists: Sequence[ListSource]) -> bool:
    """Say whether a plan counts the zones of its lists and names no list beside them.

    An older plan is not checked for what it did not count yet.
    """
    zones = [source.rows_used for source in lists if source.task == "zones"]
    counted = [plan["zones"]["count"]] if "zones" in plan else zones
    inside = not zones and (plan.get("demand_in_zones") or plan["question"]["buffer_km"])
    catalogue, named = words(plan["lang"]).catalogue, Counter[str]()
    texts = [text for text in plan.get("assumptions", []) if isinstance(text, str)]
    for task in ("records", *LISTS):
        beginning = catalogue[f"siting.list.{task}"].partition("{used}")[0]
        named[task] = sum(text.startswith(beginning) for text in texts)
    return counted == zones and not inside and not named - Counter(source.task for source in lists)


def restored_plan(saved: SavedPlan, question: Question) -> Plan | None:
    """Judge the sites of a saved plan anew, without a search.

    None where its figures are others, or the question does not allow its sites.
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


def check_saved(saved: SavedPlan, document: PlanDocument, say: Words) -> tuple[str, str]:
    """Say whether a saved plan came out as its file has it: "same", "today" (the figures are
    others) or "other", with the sentence."""
    codes, before = list(document.codes), saved.codes
    now = document.plan.evaluation.coverage_share
    is_same = codes == before and abs(now - saved.coverage_share) < 1e-6
    kind = "same" if is_same else "today" if saved.figures != figures_edition() else "other"
    numbers = {
        "was": say.percent(saved.coverage_share, 1),
        "now": say.percent(now, 1),
        "shared": len(set(codes) & set(before)),
        "sites": len(before),
    }
    return kind, say(f"plan.checked.{kind}.text", **numbers)


def plan_from_browser(values: Mapping[str, Any]) -> PlanDocument | None:
    """Make the plan that a browser kept; None if it is not ours, or of other figures."""
    try:
        saved = SavedPlan.from_browser(values)
        question = question_for(saved.request)
        plan = restored_plan(saved, question)
    except (GeoError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return None if plan is None else document_of(question, plan)


def question_of(values: Mapping[str, Any]) -> PlanQuestion:
    """Read a question of a file; ValueError where a value is not ours.

    A field that an older file lacks has its default: nobody could ask for it then.
    """
    if not set(values) >= _FIRST:
        raise ValueError("other fields")
    for value in values.values():
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, str):
                _short(item)
    return PlanQuestion.model_validate(dict(values))


def list_differences(
    saved: SavedPlan, sources: Iterable[ListSource]
) -> tuple[list[tuple[ListSource, ListSource | None]], list[ListSource]]:
    """Return the lists of a plan that are missing byte by byte, each with the other file of its
    task, and the lists that the plan does not obey, but for areas, which decide no plan."""
    left, lost = list(sources), []
    for source in saved.lists:
        content = source.task, source.sha256
        same = [other for other in left if (other.task, other.sha256) == content]
        if same:
            left.remove(same[0])
        else:
            lost.append(source)
    tasks = {source.task for source in lost}
    others = {other.task: other for other in left if other.task in tasks}
    pairs = [(source, others.get(source.task)) for source in lost]
    return pairs, [other for other in left if other.task not in {*tasks, "areas"}]


def short_name(document: PlanDocument, say: Words) -> str:
    """Name a plan in a few words."""
    say = sentences.wording(document, say)
    demand, *period = sentences.demand_names(document.request, say, ".short")
    teams = say("plan.teams", count=len(document.sites))
    reach = sentences.way(document.plan.radius, document.plan.unit, say)
    return " · ".join([f"{demand}{sentences.territory(document, say)}", *period, teams, reach])


def compared(plans: Sequence[PlanDocument], say: Words, first: str) -> list[list[str]]:
    """Return rows of figures, a column a plan after the name of the figure; ``first`` names the
    first plan. The last row has the conditions that not all of them share."""
    asked = [_asked(document, say) for document in plans]
    shared = set(asked[0]).intersection(*asked[1:])
    some_zones = any(document.zones is not None for document in plans)
    columns, first_codes = [], {*plans[0].codes}
    for document, texts in zip(plans, asked, strict=True):
        seen, unit = document.plan.evaluation, document.plan.unit
        worded, inside = sentences.wording(document, say), "–"
        if document.has_people_in_zones:
            inside = sentences.amount(document.demand_in_zones, say)
        columns.append(
            [
                sentences.share_text(seen.coverage_share, say),
                f"{sentences.amount(document.missed, say)} {document.unit.text(say)}",
                *([inside] if some_zones else []),
                sentences.mean_way(seen.mean_cost, seen.unreachable_share, unit, worded),
                sentences.mean_way(seen.worst_cost, seen.unreachable_share, unit, worded),
                sentences.worst_served(document, say),
                say(f"plan.model.{document.plan.model}"),
                sentences.gap_short(document.plan.gap, say),
                sentences.cost_of_plan(document, say),
                "–" if document is plans[0] else say.number(len(first_codes & {*document.codes})),
                "; ".join(text for text in texts if text not in shared) or "–",
            ]
        )
    some_serve = "_either" * any(document.request.capacity is not None for document in plans)
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
    """Return rows of sites, those of most plans first: the name, then its number in each plan."""
    orders = [{site.code: site for site in document.sites} for document in plans]
    every = {code: site.name for sites in reversed(orders) for code, site in sites.items()}
    count = {code: sum(code in sites for sites in orders) for code in every}
    return [
        [name, *(str(sites[code].order) if code in sites else "" for sites in orders)]
        for code, name in sorted(every.items(), key=lambda item: (-count[item[0]], item[1]))
    ]


def plans_zip(plans: Mapping[str, PlanDocument], say: Words) -> bytes:
    """Pack the GeoJSON of every plan, and CSVs of their figures and sites compared; the same plans
    give the same bytes."""
    names, documents = list(plans), list(plans.values())
    files = {}
    for number, (name, document) in enumerate(plans.items(), start=1):
        plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")
        files[f"{number}-{plain}.geojson"] = plan_bytes(document, ".geojson", say)
    for file, head, rows in (
        ("plans_compared", "figure", compared(documents, say, names[0])),
        ("plans_sites", "site", sites_compared(documents)),
    ):
        heads = [say(f"plan.kept.{head}"), *names]
        files[f"{say(f'file.{file}')}.csv"] = opened_csv(heads, rows)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _asked(document: PlanDocument, say: Words) -> list[str]:
    """Return the question of a plan as texts, for comparison."""
    asks = {
        say("plan.demand"): sentences.demand_names(document.request, say, ".short"),
        say("plan.sites"): [say.number(len(document.sites))],
        say("plan.must"): [site.name for site in document.sites if site.is_must_have],
        say("plan.seed"): [str(document.request.seed)],
    }
    return [
        *(f"{name}: {', '.join(values)}" for name, values in asks.items() if values),
        *document.assumption_texts(say),
    ]
