"""Draw Planificador; its choices, plan and lists are in the other page_ files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from atlas.html import render
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
from atlas.web.components import fold, language_control, write_link
from atlas.words import Words, words
from geo.errors import GeoError
from geo.interrupt import watched
from geo.siting.solver import UnsolvedError, gap_of

_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "planner.css").read_text(
    "utf-8"
)


def page() -> None:
    """Draw the page: the answer on one screen with its map, what can be pressed, details folded."""
    say = words(st.session_state["lang"])
    # the address says nothing about the plan
    write_link({"lang": say.lang})
    st.html(f"<style>{_STYLE}</style>")
    # a new session asks the browser for its question first
    has_question = PLAN.state.request is not None
    screen = st.container(key="plan_screen")
    with screen:
        with st.container(key="plan_head"):
            with st.container(horizontal=True, vertical_alignment="center", key="plan_top"):
                above = st.container(key="plan_above", width="stretch")
                store = st.container(key="plan_store", width="content")
                if has_question:  # else the browser's answer ends the run, and the control is lost
                    language_control(say)
            head = st.container(key="plan_headline")
        map_box = st.container(key="plan_map_box")
        answer = st.container(key="plan_answer_box")
        bar = st.container(horizontal=True, key="plan_bar", vertical_alignment="center")
    if not has_question:
        with store:
            page_kept.browser(say)
        with answer:
            paragraph(say("plan.asking"), say, "plan-asking")
        return
    page_kept.open_uploaded_plan(say)
    own, demands = page_lists.usable_lists()
    page_choices.fit_question(own, demands)
    is_stored = PLAN.state.opened is not None
    if not is_stored:
        with bar, st.popover(say("plan.adjust"), type="primary", key=PLAN.key("adjust")):
            page_choices.draw_choices(say, own, demands)
            page_lists.planning_uploads(say)
    request, own = page_choices.asked_question(own, demands)
    key, opened = (request, own.digest), PLAN.state.opened
    with store:
        last = page_session.kept_answer(key) if opened is None else opened.document
        page_kept.browser(say, own, last)
    with head:
        blocking = page_lists.blocking_lists(
            "records" if PLAN.state.own_demand == "records" else ""
        )
        if blocking:
            # a plan without it could send people where they must not go
            page_lists.refused_section(blocking, say)
            return
        page_kept.sentences_section(say)
        if (PLAN.state.request or request).budget != request.budget:
            paragraph(say("plan.budget.waits"), say, "plan-told", role="note")
        if page_kept.missing_lists_section(say):
            return
        stored = page_kept.opened_bar(say)
    if stored is not None:
        _draw(stored, OwnFiles(), (above, head, map_box, answer, bar), say, can_change=False)
        return
    status = st.container(key="plan_status")
    with head:
        document = _plan(request, own, key, status, say)
    if document is None:
        PLAN.state.moves_asked = []  # their plan does not exist
        before = PLAN.state.last
        with head:
            page_hand.undo_section(request, say)
            if before is not None:
                paragraph(say("plan.before"), say, "plan-told", role="note")
        if before is not None:
            _draw(before, OwnFiles(), (above, head, map_box, answer, bar), say, can_change=False)
        return
    PLAN.state.last = document
    page_hand.make_moves(document, own, key[1], status.empty(), say)
    _draw(document, own, (above, head, map_box, answer, bar), say, can_change=True)
    _search(document, own, key, status, say)
    _stability(document, own, key, status, say)


def _draw(
    document: PlanDocument, own: OwnFiles, boxes: Sequence[Any], say: Words, *, can_change: bool
) -> None:
    """Draw a plan in the boxes of the screen, and its details below."""
    above, head, map_box, answer, bar = boxes
    if can_change:
        document = document.with_notes(PLAN.state.notes)
    other = PLAN.state.compared
    other = None if other is None or other.is_same(document) else other
    with above:
        paragraph(sentences.asked_line(document, say), say, "plan-of")
    with head:
        if document.is_invented:
            paragraph(say("own.field.invented"), say, "plan-invented", role="note")
        st.html(render("plan/headline", say, **sentences.answer_head(document, say)))
    with map_box:
        page_plan.map_section(document, own, say, can_change=can_change, beside=other)
        paragraph(say("plan.caveat"), say, "plan-caveat", role="note")
    with answer:
        if can_change:
            page_hand.change_section(document, say)
        page_plan.answer_section(document, say, can_change=can_change)
    with bar:
        if PLAN.state.opened is None:
            paragraph(say("plan.adjust.what"), say, "plan-adjust")
        page_kept.save_section(document, own, say)
        page_plan.files_section(document, say)
    title = sentences.short_name(document, say)
    st.html(render("printed", say, title=title, text=sentences.notice(document, say)))
    with st.container(key="plan_folds"):
        with fold(say("plan.departments"), PLAN.key("fold_departments"), is_open=False) as is_open:
            if is_open:
                page_plan.departments_section(document, say)
        if can_change:
            with fold(say("plan.curve"), PLAN.key("fold_curve"), is_open=False) as is_open:
                if is_open:
                    page_plan.curve_section(document, own, say)
        with fold(say("plan.compare"), PLAN.key("fold_compare"), is_open=False) as is_open:
            if is_open:
                page_kept.compare_section(document, other, say)
        with fold(say("plan.assumptions"), PLAN.key("fold_basis"), is_open=False) as is_open:
            if is_open:
                if own_lists := sentences.list_texts(document, say):
                    text = f"{say('plan.lists.page')} {'; '.join(own_lists)}."
                    paragraph(text, say, "plan-lists")
                page_plan.assumptions_section(document, say)


def _plan(
    request: PlanQuestion, own: OwnFiles, key: Key, status: Any, say: Words
) -> PlanDocument | None:
    """Return the plan of the choices, or None and say why there is none."""
    first = page_session.kept_answer((key, "first"))
    session, best = PLAN.state, None
    stopped, session.stopped = session.stopped == key, None
    if stopped:
        best, session.best = session.best, None
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
    """Search for the best plan while the first one is shown, until it is stopped."""
    if page_session.kept_answer(key) is not None:
        return
    request, begun = document.request, time.monotonic()

    def stop() -> None:
        PLAN.state.stopped = key

    def better(sites: Sequence[int], objective: float, bound: float) -> None:
        PLAN.state.best = key, (tuple(sites), objective, bound)

    def progress_text() -> str:
        best = PLAN.state.best
        gap = document.gap if best is None or best[0] != key else gap_of(*best[1][1:])
        # at 0 the search only shortens ways
        is_covered = gap == 0 and document.request.model == "mclp"
        return say("plan.searching.proven" if is_covered else "plan.searching")

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
    """Resample the demand once the plan is drawn, then draw it again."""
    if not page_plan.is_judged_soon(document):
        return

    def make(progress: Callable[[float], None]) -> PlanDocument:
        question, plan = plan_for(document.request, own, replicas=0)
        return document_of(question, varied(question, plan, REPLICAS, progress))

    page_session.work(key, make, place=status.empty(), text=say("plan.resampling"))
    st.rerun()
