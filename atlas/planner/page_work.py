"""Work of the planner's page between two draws: done under a bar, kept, stopped by a newer run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from atlas.own_files.isolation import while_reading
from atlas.planner.outcome import Outcome, first_outcome
from atlas.planner.page_session import PLAN, Key
from atlas.planner.question import OwnFiles
from atlas.words import Words, error_message, words
from geo.errors import UserError
from geo.siting.worker import cancellable

KEPT = 24
"""answers that a session keeps, the oldest given up first; each is a few hundred kilobytes."""
_TOLD_EVERY_S = 0.15
Answer = TypeVar("Answer")


def known(key: object) -> Any:
    """An answer that the session has, or None."""
    return PLAN.held.results.get(key)


def work(
    key: object,
    make: Callable[[Callable[[float], None]], Answer],
    *,
    place: Any,
    text: str | Callable[[], str],
) -> Answer:
    """Do a piece of work under a bar, where a newer run of the page stops it; keep its answer."""
    share, written = 0.0, -_TOLD_EVERY_S

    def tick() -> None:
        nonlocal written
        if time.monotonic() - written >= _TOLD_EVERY_S:
            written = time.monotonic()
            told = text if isinstance(text, str) else text()
            place.progress(min(1.0, max(0.0, share)), text=told)

    def progress(done: float) -> None:
        nonlocal share
        share = done
        tick()

    def tell() -> None:
        still = words(st.session_state["lang"])("own.reading.still")
        place.progress(min(1.0, max(0.0, share)), text=still)

    tick()
    try:
        with cancellable(tick), while_reading(tell):
            answer = make(progress)
    except Exception:  # a refusal takes the place of the bar; a newer run draws its own
        place.empty()
        raise
    place.empty()
    keep_answer(key, answer)
    return answer


def first_plan(key: Key, own: OwnFiles, place: Any, text: str) -> Outcome:
    """The plan of a question and the digest of its lists: proven if it is known, else the best of a
    short search, which may have proven it."""
    found: Outcome | None = known(key) or known((key, "first"))
    if found is None:
        found = work((key, "first"), lambda _: first_outcome(key[0], own), place=place, text=text)
        if not found.plan.is_stopped:
            keep_answer(key, found)
    return found


def keep_answer(key: object, answer: object) -> None:
    """Hold an answer for the session, and give up the oldest beyond what it keeps."""
    results = PLAN.held.results
    results[key] = answer
    while len(results) > KEPT:
        results.popitem(last=False)


def want(name: str) -> None:
    """Ask for a piece of work; the page does it when the plan is drawn."""
    PLAN.held.wanted.add(name)


def is_wanted(name: str) -> bool:
    """Whether it was asked for since the last change of the plan."""
    return name in PLAN.held.wanted


def forget_wanted_of_others(key: Key) -> None:
    """A changed plan asks for nothing but itself."""
    held = PLAN.held
    if held.shown != key:
        held.shown, held.wanted = key, set()


def refusal_text(error: Exception, say: Words) -> str:
    """Why there is no plan, in the reader's language."""
    if isinstance(error, UserError):
        # a file that is refused is of the zones alone: nothing else goes to the child meanwhile
        text = error_message(error, "zones").text(say)
    else:  # its message speaks English and may name what was handed in
        text = say("plan.refused")
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
