"""Change a plan by hand on its map or in its list, say what moved, and take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import small_view
from atlas.planner import by_hand
from atlas.planner.document import MOST_NOTE, PlanDocument
from atlas.planner.page_session import PLAN, Change, first_plan, paragraph, refusal_text
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.words import Words
from data.readers.privacy import shown
from geo.errors import GeoError

_WORDS = (
    *("add", "add_here", "cancel", "close", "dragged", "fix", "keys", "move", "move_here", "pin"),
    *("pin_hint", "release", "remove", "working"),
)
_BY_HAND = ("sites", "must", "barred", "cover_departments")
"""fields of a question that moves change"""


def move_handler(component: str) -> Callable[[], None]:
    """Return a component's callback for a move; the next run makes it, once it knows the plan."""

    def take_over() -> None:
        if isinstance(move := st.session_state[component].get("move"), Mapping):
            texts = {str(name): str(value) for name, value in dict(move).items()}
            PLAN.state.moves_asked.append(texts)

    return take_over


def make_moves(document: PlanDocument, own: OwnFiles, token: str, place: Any, say: Words) -> None:
    """Make the next requested move and draw again; a refused move leaves the plan as it is."""
    session = PLAN.state
    move = None
    while session.moves_asked and move is None:
        asked = session.moves_asked.pop(0)
        if asked.get("kind") == "note" and asked.get("site") in document.codes:
            session.notes[asked["site"]] = shown(asked.get("to", ""), MOST_NOTE)
        else:
            move = by_hand.move_of(asked, document)
    if move is None:
        return
    session.refused_move = None
    try:
        request = by_hand.after_move(document.request, document.codes, move)
        first_plan((request, token), own, place, say("plan.hand.working"))
    except GeoError as error:
        text = say("plan.hand.refused", why=refusal_text(error, say))
        session.refused_move = document.request, text
        session.moves_asked.clear()
        return
    session.steps.append(document.request)
    session.change = Change(move, document.ended, request)
    session.ask(request)
    st.rerun()


def _undo() -> None:
    """Go back to the question before the last move."""
    session = PLAN.state
    if session.request is not None and session.steps:
        before = session.steps.pop()
        session.ask(session.request.changed(**{name: getattr(before, name) for name in _BY_HAND}))
    session.change = None


def _keep_others(move: by_hand.Move) -> None:
    """Repeat the last move with the other sites fixed."""
    _undo()
    asked = {"kind": move.kind, "site": move.site, "to": move.to, "keep": "yes"}
    PLAN.state.moves_asked = [asked]


def _start_over() -> None:
    """Undo all moves by hand."""
    session = PLAN.state
    session.steps.clear()
    session.change = None
    session.ask(
        (session.request or PlanQuestion()).changed(must=(), barred=(), cover_departments=())
    )


def undo_section(request: PlanQuestion, say: Words) -> None:
    """Draw Undo and, if anything was set by hand, Start over."""
    if PLAN.state.steps:
        st.button(say("plan.hand.undo"), key=PLAN.key("undo"), on_click=_undo)
    if _asked_by_hand(request):
        st.button(say("plan.hand.reset"), key=PLAN.key("reset"), on_click=_start_over)


def _asked_by_hand(request: PlanQuestion) -> int:
    return len(request.must) + len(request.barred) + len(request.cover_departments)


def change_section(document: PlanDocument, say: Words) -> None:
    """Say what the last move changed, with buttons to undo it or fix the other sites."""
    session, request = PLAN.state, document.request
    if session.refused_move is not None and session.refused_move[0] == request:
        paragraph(session.refused_move[1], say, "plan-told", role="alert")
    change = session.change if session.change and session.change.after == request else None
    changes = _asked_by_hand(request)
    if change is None and not session.steps and not changes:
        return
    with st.container(key="plan_change"):
        text = say("plan.hand.steps", count=len(session.steps) or changes)
        if change is not None:
            text = by_hand.change_text(change.before, document, say)
        paragraph(text, say, "finding", role="status")
        with st.container(horizontal=True, key="plan_change_buttons"):
            undo_section(request, say)
            if change is not None and _moved_others(change, document):
                label = "keep_more" if change.move.kind == "add" else "keep"
                st.button(
                    say(f"plan.hand.{label}"),
                    key=PLAN.key("keep_others"),
                    on_click=_keep_others,
                    args=(change.move,),
                )


def removed(document: PlanDocument) -> list[tuple[str, str]]:
    """Return code and name of each candidate that was removed or moved away from by hand."""
    offered = document.candidates
    barred = [code for code in document.request.barred if code in offered]
    return [(code, offered[code][0].partition(" · ")[0]) for code in barred]


def _moved_others(change: Change, document: PlanDocument) -> bool:
    """Say whether a site is gone that the move does not name; a department needs one to go."""
    if change.move.kind in ("include", "restore"):
        return False
    return bool({*change.before.codes} - {change.move.goes, *document.codes})


def map_data(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return the candidates that the map can add, and the words of its moves."""
    session = PLAN.state
    refused = session.refused_move[1] if session.refused_move else ""
    return {
        "candidates": [
            [code, *(round(at, 1) for at in small_view().at(east, north)), name]
            for code, (name, east, north) in document.candidates.items()
        ],
        "words": {name: say.catalogue[f"plan.hand.{name}"] for name in _WORDS},
        # the map is drawn anew after a refused move too
        "turn": f"{len(session.steps)} {refused}",
    }
