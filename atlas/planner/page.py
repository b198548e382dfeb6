"""Planificador, the page itself; its controls, plan and lists stand in the other page_ files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from atlas.html import render
from atlas.own_files.planning import LISTS
from atlas.planner import (
    page_choices,
    page_hand,
    page_kept,
    page_lists,
    page_plan,
    page_session,
    sentences,
)
from atlas.planner.demand import Demand
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.model import (
    FIRST_SWAPS_S,
    SEARCH_S,
    attainable_percent,
    is_paid,
    plan_for,
    resampled,
)
from atlas.planner.model import STABILITY_REPLICAS as REPLICAS
from atlas.planner.page_plan import questions_section
from atlas.planner.page_session import PLAN, Key, paragraph
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, question_for
from atlas.planner.saved import restored_plan, short_name
from atlas.web.components import language_control, write_link
from atlas.words import Words, words
from geo.errors import GeoError, UserError
from geo.interrupt import watched
from geo.siting.solver import InfeasibleError, UnsolvedError, gap_of

_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "planner.css").read_text(
    "utf-8"
)


def page() -> None:
    """Draw the page: choices, plan, then what takes longer."""
    say = words(st.session_state["lang"])
    # the address says nothing about the plan
    write_link({"lang": say.lang})
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center", key="plan_head"):
        st.title(say("nav.planner"), anchor=False)
        store = st.container(key="plan_store", width="content")
        # a new session asks the browser for its choices first
        has_choices = PLAN.held.choices is not None
        if has_choices:  # else the browser's answer ends the run, and the control loses its value
            language_control(say)
    st.html(
        render("paragraph", say, kind="lead", text=say("plan.lead"))
        + render("paragraph", say, kind="plan-caveat", role="note", text=say("plan.caveat"))
    )
    if not has_choices:
        # the browser may have other choices than the start values: no plan yet
        with store:
            page_kept.browser(say)
        paragraph(say("plan.asking"), say, "plan-asking")
        return
    page_kept.open_uploaded_plan(say)
    page_hand.begin()
    page_choices.begin()
    controls = st.container(key="plan_controls", border=True)
    blocked, box = st.empty(), st.container()
    with box:
        own, demands = _own(say)
    with controls:
        with st.container(horizontal=True, key="plan_row"):
            page_choices.first_row(say, demands, own)
        page_choices.gone_demand(say)
        with st.container(horizontal=True, key="plan_conditions"):
            page_choices.conditions(say, own)
        page_choices.budget_choice(say)
    request, own = page_choices.chosen_question(own, demands)
    page_choices.remember_choices()
    with store:
        page_kept.browser(say, own)
    if blocking := page_lists.blocking_lists(st.session_state["plan_demand"]):
        # a plan without it could send people where they must not go; above the box, which is open
        # then and long
        with blocked.container():
            page_lists.refused_section(blocking, say)
        return
    with blocked.container():
        page_kept.sentences_section(say)
        if page_kept.missing_lists_section(say):
            return
        request = page_kept.with_carried_parts(request, say)
        if page_kept.older_plan_section(request, say):
            return
    key = (request, own.digest)
    if PLAN.held.drawn_key != key:  # a changed plan asks for nothing but itself
        PLAN.held.drawn_key, PLAN.held.wanted = key, set()
    status = st.container(key="plan_status")
    document = _plan(request, own, key, status, say)
    if document is None:
        PLAN.held.moves_asked = []  # their plan does not exist
        return
    page_hand.make_moves(document, own, key[1], status.empty(), say)
    plain, say = say, sentences.wording(document, say)
    if document.is_invented:
        paragraph(say("own.invented"), say, "plan-invented", role="note")
    if own_lists := sentences.list_texts(document, say):
        paragraph(f"{say('plan.lists.page')} {'; '.join(own_lists)}.", say, "plan-lists")
    page_kept.checked_section(document, say)
    sheet = say("plan.printed", button=say("plan.files.pdf"))
    st.html(render("printed", say, title=short_name(document, say), text=sheet))
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_map_box"):
        page_hand.cost_section(document, own, key[1], status.empty(), say)
        page_plan.map_section(document, own, say, key="plan_map", rem=60, is_main=True)
        page_hand.rest_control(document, say)
        with st.container(key="plan_why"):
            page_hand.add_section(document, own, key[1], say)
    with right, st.container(key="plan_card_box"):
        page_plan.card_section(document, say)
        page_plan.table_section(document, say)
        page_plan.people_section(document, say)
    # a better plan makes the questions new
    asked = key if page_session.kept_answer(key) is not None else (key, "first")
    questions_section(document, own, asked, plain)
    page_kept.kept_plans_section(document, plain)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_departments"):
        page_plan.departments_section(document, say)
    with right, st.container(key="plan_assumptions"):
        page_plan.assumptions_section(document, say)
    with st.container(key="plan_files"):
        page_plan.files_section(document, say)
    _search(document, own, key, status, say)
    _stability(document, own, key, status, say)


def _own(say: Words) -> tuple[OwnFiles, dict[str, Demand]]:
    """Draw the box of own lists; return them and their demands, on an organisation's server."""
    if not page_lists.are_offered():
        return OwnFiles(), {}
    # open while a list is refused or asked for: its place is where the right one goes
    is_refused = any(task in LISTS for task in page_lists.refused_lists())
    held = PLAN.held
    is_open = is_refused or held.waiting is not None or bool(held.again)
    # an expander drawn closed stays closed: to open it takes a new key
    turn, was_open = held.box
    turn += is_open and not was_open
    held.box = turn, is_open
    box = st.container(key="own_lists_box")
    with box, st.expander(say("planning.title"), key=f"own_lists_{turn}", expanded=turn > 0):
        files = page_lists.planning_uploads(say)
    return files, page_lists.own_demands()


def _plan(
    request: PlanQuestion, own: OwnFiles, key: Key, status: Any, say: Words
) -> PlanDocument | None:
    """Return the plan of the choices, or say why there is none."""
    first = page_session.kept_answer((key, "first"))
    held, best = PLAN.held, None
    stopped, held.stopped = held.stopped == key, None
    if stopped:
        best, held.best = held.best, None
    if stopped and first is not None and page_session.kept_answer(key) is None:
        # the second search began anew: what it has so far may be worse than what is shown
        if best is not None and best[0] == key:
            gain = best[1][1] - first.plan.objective
            if (gain if first.plan.model == "mclp" else -gain) > 0:  # more coverage, shorter ways
                asked, limit = first.request, FIRST_SWAPS_S
                made = plan_for(asked, own, replicas=0, swaps_s=limit, best=best[1])
                if not request.is_by_budget or is_paid(*made):
                    first = document_of(*made)
        page_session.keep_answer(key, first.ended)
    document = page_session.kept_answer(key) or first
    if document is not None:
        return document
    try:
        if (opened := page_kept.opened(request)) is not None and opened.is_stopped:
            question = question_for(request, own)
            if (plan := restored_plan(opened, question)) is not None:
                document = document_of(question, plan)
                page_session.keep_answer(key, document)
                return document
        return page_session.first_plan(key, own, status.empty(), say("plan.working"))
    except GeoError as error:
        is_share = isinstance(error, InfeasibleError) and request.min_department_share > 0
        is_short = isinstance(error, UserError) and error.key == "siting.refusal.capacity_short"
        if not is_share or is_short:
            paragraph(page_session.refusal_text(error, say), say, "plan-told", role="alert")
        if is_share:
            _attainable(request, own, key, status, say)
    return None


def _attainable(request: PlanQuestion, own: OwnFiles, key: object, status: Any, say: Words) -> None:
    """Say to what part every department can be covered, and offer to ask for that."""
    attainable = page_session.kept_answer((key, "share"))
    try:
        attainable = attainable or page_session.work(
            (key, "share"),
            lambda _: attainable_percent(request, own),
            place=status.empty(),
            text=say("plan.share.working"),
        )
    except GeoError:
        attainable = (0, False, request.sites or 1)
    percent, is_proven, teams = attainable
    least = request.min_department_share
    text = sentences.attainable_text(least, percent, is_proven, teams, say)
    paragraph(text, say, "plan-told", role="alert")
    if percent:

        def take() -> None:
            st.session_state["plan_equity"] = percent

        st.button(
            say("plan.share.take", percent=percent), key=PLAN.key("share_take"), on_click=take
        )


def _search(document: PlanDocument, own: OwnFiles, key: Key, status: Any, say: Words) -> None:
    """Search for the best plan while the first one is shown, until somebody stops it."""
    if page_session.kept_answer(key) is not None:
        return
    request, begun = document.request, time.monotonic()

    def stop() -> None:
        PLAN.held.stopped = key

    def better(sites: Sequence[int], objective: float, bound: float) -> None:
        PLAN.held.best = key, (tuple(sites), objective, bound)

    def progress_text() -> str:
        best = PLAN.held.best
        gap = document.plan.gap if best is None or best[0] != key else gap_of(*best[1][1:])
        if gap == 0 and document.plan.model == "mclp":  # the search only shortens ways now
            return say("plan.searching.proven")
        if gap == 0 or gap >= sentences.UNKNOWN_GAP:
            return say("plan.searching")
        return say("plan.searching.gap", gap=sentences.share_text(gap, say))

    def make(progress: Callable[[float], None]) -> PlanDocument:
        try:
            with watched(lambda: progress((time.monotonic() - begun) / SEARCH_S)):
                by_budget = key[0].is_by_budget and not key[0].is_by_cost
                return document_of(
                    *plan_for(request, own, replicas=0, better=better, holds_budget=by_budget)
                )
        except UnsolvedError:
            return document.ended

    with status, st.container(key="plan_search"):
        bar = st.empty()
        st.button(say("plan.stop"), key=PLAN.key("stop"), on_click=stop)
    page_session.work(key, make, place=bar, text=progress_text)
    st.rerun()


def _stability(document: PlanDocument, own: OwnFiles, key: object, status: Any, say: Words) -> None:
    """Resample the demand once the plan is drawn, then draw it anew."""
    if not page_plan.is_judged_soon(document):
        return

    def make(progress: Callable[[float], None]) -> PlanDocument:
        question = question_for(document.request, own)
        return document_of(question, resampled(question, document.plan, REPLICAS, progress))

    page_session.work(key, make, place=status.empty(), text=say("plan.resampling"))
    st.rerun()
