"""Planner state of a session, only in memory, and long work with stored answers."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from atlas.html import render
from atlas.planner.answer import document_of
from atlas.planner.by_hand import Move
from atlas.planner.document import PlanDocument
from atlas.planner.model import FIRST_S, FIRST_SWAPS_S, plan_for
from atlas.planner.plan_file import StoredPlan
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.web.session import Feature
from atlas.words import Message, Words, error_message, message
from geo.errors import UserError
from geo.siting.solver import UnsolvedError
from geo.siting.worker import cancellable

Key = tuple[PlanQuestion, str]
"""a question with the digest of its lists"""
Best = tuple[tuple[int, ...], float, float]
"""sites, objective and bound of the best choice so far of a search"""


@dataclass(frozen=True, slots=True)
class Change:
    """A change by hand, and the plan before it."""

    move: Move
    before: PlanDocument
    after: PlanQuestion
    """what is asked since."""


@dataclass
class PlanSession:
    """The question of a session, its answers, and the plans beside it."""

    request: PlanQuestion | None = None
    """the question; None until the browser was asked. Every control writes one of its fields."""
    own_demand: str = ""
    """which own list is the demand: "records", or "" for none."""
    offered: frozenset[str] = frozenset()
    """own demands that were there when the question was last asked."""
    tasks: frozenset[str] = frozenset()
    """own lists beside which the question was last asked."""
    turn: int = 0
    """how often the question was set otherwise than by a control; part of the controls' keys."""
    ask_mark: str = ""
    """mark by which the browser answers this session once."""
    results: OrderedDict[object, Any] = field(default_factory=OrderedDict)
    """answers by question; they name own candidates."""
    stopped: Key | None = None
    """a question whose search somebody has stopped."""
    best: tuple[Key, Best] | None = None
    moves_asked: list[dict[str, str]] = field(default_factory=list)
    """moves by hand still to be made, in order."""
    steps: list[PlanQuestion] = field(default_factory=list)
    """the question before each move by hand, the last one last."""
    change: Change | None = None
    """the last one."""
    refused_move: tuple[PlanQuestion, str] | None = None
    """request of a plan and why its last move was refused."""
    notes: dict[str, str] = field(default_factory=dict)
    """what somebody wrote of candidates, by code."""
    last: PlanDocument | None = None
    """the plan that was drawn last, which stays beside a refusal."""
    compared: PlanDocument | None = None
    """the plan that was set beside the one that is shown."""
    uploaded_file: str | None = None
    """a plan's file that has just come, as the browser sends it."""
    opened: StoredPlan | None = None
    """a plan that is shown as it was stored."""
    again: tuple[str, ...] = ()
    """tasks of lists that a reload has lost."""
    sentences: list[Message] = field(default_factory=list)
    """sentences of the session, said until something other than ``sentences_at`` is asked."""
    sentences_at: PlanQuestion | None = None

    def ask(self, request: PlanQuestion) -> None:
        """Replace the question from code and reset all controls."""
        self.request = request
        self.turn += 1


PLAN = Feature("plan", PlanSession)


MOST_ANSWERS = 24
"""answers that a session keeps; each is a few hundred kilobytes."""
_DRAW_EVERY_S = 0.15
Answer = TypeVar("Answer")


def kept_answer(key: object) -> Any:
    """The answer that the session keeps under a key, or None."""
    return PLAN.state.results.get(key)


def work(
    key: object,
    make: Callable[[Callable[[float], None]], Answer],
    *,
    place: Any,
    text: str | Callable[[], str],
) -> Answer:
    """Do work under a progress bar and keep its answer; a newer run of the page stops it."""
    share, drawn_at = 0.0, -_DRAW_EVERY_S

    def tick() -> None:
        nonlocal drawn_at
        if time.monotonic() - drawn_at >= _DRAW_EVERY_S:
            drawn_at = time.monotonic()
            sentence = text if isinstance(text, str) else text()
            place.progress(min(1.0, max(0.0, share)), text=sentence)

    def progress(done: float) -> None:
        nonlocal share
        share = done
        tick()

    tick()
    try:
        with cancellable(tick):
            answer = make(progress)
    except Exception:  # the refusal replaces the bar; a newer run draws its own
        place.empty()
        raise
    place.empty()
    keep_answer(key, answer)
    return answer


def first_plan(key: Key, own: OwnFiles, place: Any, text: str) -> PlanDocument:
    """Return the plan of a question: the proven one of the session, or the best of a short search.

    The whole search runs if the short one has no answer.
    """

    def search(_: Callable[[float], None]) -> PlanDocument:
        try:
            question, plan = plan_for(
                key[0], own, replicas=0, time_limit_s=FIRST_S, swaps_s=FIRST_SWAPS_S
            )
            has_ended = not plan.is_stopped
            return document_of(
                question, plan, is_searching=plan.is_stopped, prices_of_inclusion=has_ended
            )
        except UnsolvedError:
            return document_of(*plan_for(key[0], own, replicas=0))

    document: PlanDocument | None = kept_answer(key) or kept_answer((key, "first"))
    if document is None:
        document = work((key, "first"), search, place=place, text=text)
        if not document.is_stopped:
            keep_answer(key, document)
    return document


def keep_answer(key: object, answer: object) -> None:
    """Keep an answer for the session; drop the oldest beyond MOST_ANSWERS."""
    results = PLAN.state.results
    results[key] = answer
    while len(results) > MOST_ANSWERS:
        results.popitem(last=False)


def tell(key: str, **values: object) -> None:
    """Show a sentence until the planner asks something else."""
    PLAN.state.sentences.append(message(key, **values))
    PLAN.state.sentences_at = None


def paragraph(text: str, say: Words, kind: str = "how", **values: str) -> None:
    """Draw a paragraph of a kind, with its role."""
    st.html(render("paragraph", say, kind=kind, text=text, **values))


def refusal_text(error: Exception, say: Words) -> str:
    """Return why there is no plan, as a sentence in the reader's language."""
    if isinstance(error, UserError):
        # a file that is refused is of the zones alone: nothing else goes to the child meanwhile
        text = error_message(error, "zones").text(say)
    else:  # its message speaks English and may name what was handed in
        text = say("plan.refused")
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
