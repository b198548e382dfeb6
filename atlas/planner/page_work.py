"""Work of the planner's page between two draws: done under a bar, kept, stopped by a newer run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from atlas.html import render
from atlas.own_files.isolation import while_reading
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.model import FIRST_S, FIRST_SWAPS_S, plan_for
from atlas.planner.page_session import PLAN, Key
from atlas.planner.question import OwnFiles
from atlas.words import Words, error_message, words
from geo.errors import UserError
from geo.siting.solver import UnsolvedError
from geo.siting.worker import cancellable

MOST_ANSWERS = 24
"""answers that a session keeps; each is a few hundred kilobytes."""
_DRAW_EVERY_S = 0.15
Answer = TypeVar("Answer")


def kept_answer(key: object) -> Any:
    """The answer that the session keeps under a key, or None."""
    return PLAN.held.results.get(key)


def work(
    key: object,
    make: Callable[[Callable[[float], None]], Answer],
    *,
    place: Any,
    text: str | Callable[[], str],
) -> Answer:
    """Do a piece of work under a progress bar and keep its answer; a newer run of the page stops
    it."""
    share, drawn_at = 0.0, -_DRAW_EVERY_S

    def draw(sentence: str) -> None:
        place.progress(min(1.0, max(0.0, share)), text=sentence)

    def tick() -> None:
        nonlocal drawn_at
        if time.monotonic() - drawn_at >= _DRAW_EVERY_S:
            drawn_at = time.monotonic()
            draw(text if isinstance(text, str) else text())

    def progress(done: float) -> None:
        nonlocal share
        share = done
        tick()

    still_reading = words(st.session_state["lang"])("own.reading.still")
    tick()
    try:
        with cancellable(tick), while_reading(lambda: draw(still_reading)):
            answer = make(progress)
    except Exception:  # a refusal takes the place of the bar; a newer run draws its own
        place.empty()
        raise
    place.empty()
    keep_answer(key, answer)
    return answer


def first_plan(key: Key, own: OwnFiles, place: Any, text: str) -> PlanDocument:
    """Give the plan of a question and its lists: the proven one if the session has it, else the
    best of a short search, or of the whole search where the short one finds none."""

    def search(_: Callable[[float], None]) -> PlanDocument:
        try:
            question, plan = plan_for(
                key[0], own, replicas=0, time_limit_s=FIRST_S, swaps_s=FIRST_SWAPS_S
            )
            return document_of(question, plan, is_searching=plan.is_stopped)
        except UnsolvedError:
            return document_of(*plan_for(key[0], own, replicas=0))

    document: PlanDocument | None = kept_answer(key) or kept_answer((key, "first"))
    if document is None:
        document = work((key, "first"), search, place=place, text=text)
        if not document.plan.is_stopped:
            keep_answer(key, document)
    return document


def keep_answer(key: object, answer: object) -> None:
    """Keep an answer for the session; drop the oldest beyond MOST_ANSWERS."""
    results = PLAN.held.results
    results[key] = answer
    while len(results) > MOST_ANSWERS:
        results.popitem(last=False)


def paragraph(text: str, say: Words, kind: str = "how", **values: str) -> None:
    """Draw a paragraph of a kind, with its role."""
    st.html(render("paragraph", say, kind=kind, text=text, **values))


def refusal_text(error: Exception, say: Words) -> str:
    """Why there is no plan, in the reader's language, as a sentence."""
    if isinstance(error, UserError):
        # a file that is refused is of the zones alone: nothing else goes to the child meanwhile
        text = error_message(error, "zones").text(say)
    else:  # its message speaks English and may name what was handed in
        text = say("plan.refused")
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
