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
from atlas.planner.answer import document_of
from atlas.planner.demand import Demand
from atlas.planner.document import PlanDocument
from atlas.planner.model import (
    FIRST_SWAPS_S,
    SEARCH_S,
    plan_for,
    varied,
)
from atlas.planner.model import STABILITY_REPLICAS as REPLICAS
from atlas.planner.page_session import PLAN, Key, paragraph
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.web.components import language_control, write_link
from atlas.words import Words, words
from geo.errors import GeoError
from geo.interrupt import watched
from geo.siting.solver import UnsolvedError, gap_of

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
        stored = page_kept.opened_bar(say)
    if stored is not None:
        _draw(stored, OwnFiles(), "", None, say)
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
    _draw(document, own, key[1], status, say)
    _search(document, own, key, status, say)
    _stability(document, own, key, status, say)


def _draw(document: PlanDocument, own: OwnFiles, token: str, status: Any, say: Words) -> None:
    """Draw a plan, and what can be done with it; without a ``status`` one that is only shown."""
    if document.is_invented:
        paragraph(say("own.invented"), say, "plan-invented", role="note")
    if own_lists := sentences.list_texts(document, say):
        paragraph(f"{say('plan.lists.page')} {'; '.join(own_lists)}.", say, "plan-lists")
    sheet = say("plan.printed", button=say("plan.files.pdf"))
    title = sentences.short_name(document, say)
    st.html(render("printed", say, title=title, text=sheet))
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_map_box"):
        if status is not None:
            page_hand.cost_section(document, own, token, status.empty(), say)
        where = {"key": "plan_map", "rem": 60}
        page_plan.map_section(document, own, say, **where, is_main=status is not None)
        if status is not None:
            page_hand.rest_control(document, say)
            with st.container(key="plan_why"):
                page_hand.add_section(document, own, token, say)
    with right, st.container(key="plan_card_box"):
        page_plan.card_section(document, say)
        page_plan.table_section(document, say)
        page_kept.save_section(document, own, say)
    if status is not None:
        with st.container(key="plan_curve"):
            page_plan.curve_section(document, own, say)
        page_kept.kept_plans_section(document, say)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_departments"):
        page_plan.departments_section(document, say)
    with right, st.container(key="plan_assumptions"):
        page_plan.assumptions_section(document, say)
    with st.container(key="plan_files"):
        page_plan.files_section(document, say)


def _own(say: Words) -> tuple[OwnFiles, dict[str, Demand]]:
    """Draw the box of own lists; return them and their demands, on an organisation's server."""
    if not page_lists.are_offered():
        return OwnFiles(), {}
    # open while a list is refused or asked for: its place is where the right one goes
    is_refused = any(task in LISTS for task in page_lists.refused_lists())
    held = PLAN.held
    is_open = is_refused or bool(held.again)
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
            gain = best[1][1] - first.objective
            if (gain if first.request.model == "mclp" else -gain) > 0:  # more cover, shorter ways
                asked, limit = first.request, FIRST_SWAPS_S
                first = document_of(*plan_for(asked, own, replicas=0, swaps_s=limit, best=best[1]))
        page_session.keep_answer(key, first.ended)
    document = page_session.kept_answer(key) or first
    if document is not None:
        return document
    try:
        return page_session.first_plan(key, own, status.empty(), say("plan.working"))
    except GeoError as error:
        paragraph(page_session.refusal_text(error, say), say, "plan-told", role="alert")
    return None


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
        gap = document.gap if best is None or best[0] != key else gap_of(*best[1][1:])
        if gap == 0 and document.request.model == "mclp":  # the search only shortens ways now
            return say("plan.searching.proven")
        if not gap or gap >= sentences.UNKNOWN_GAP:
            return say("plan.searching")
        return say("plan.searching.gap", gap=sentences.share_text(gap, say))

    def make(progress: Callable[[float], None]) -> PlanDocument:
        try:
            with watched(lambda: progress((time.monotonic() - begun) / SEARCH_S)):
                return document_of(*plan_for(request, own, replicas=0, better=better))
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
        question, plan = plan_for(document.request, own, replicas=0)
        return document_of(question, varied(question, plan, REPLICAS, progress))

    page_session.work(key, make, place=status.empty(), text=say("plan.resampling"))
    st.rerun()
