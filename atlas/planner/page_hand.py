"""Change a plan by hand on its map, in its table or from a list, and show what a change costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import small_view
from atlas.html import render
from atlas.planner import by_hand
from atlas.planner.document import PlanDocument
from atlas.planner.page_choices import RESTS, set_choices
from atlas.planner.page_session import PLAN, first_plan, paragraph, refusal_text
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.web.components import plain_label
from atlas.words import Words
from geo.errors import GeoError

_WORDS = (
    *("add", "add_here", "cancel", "close", "dragged", "fix", "keys", "move", "move_here", "pin"),
    *("release", "remove", "working"),
)


def begin() -> None:
    """Set the controls to the result of a move, before they are drawn."""
    made, PLAN.held.made = PLAN.held.made, {}
    if made:
        set_choices(made)


def request_move(**move: str) -> None:
    """Ask for a move; the next run makes it, once it knows the plan that the move changes."""
    PLAN.held.moves_asked.append(move)


def move_handler(component: str) -> Callable[[], None]:
    """Return what a component calls when a move was made in it."""

    def take_over() -> None:
        if (move := st.session_state[component].get("move")) is not None:
            request_move(**{str(name): str(value) for name, value in dict(move).items()})

    return take_over


def make_moves(document: PlanDocument, own: OwnFiles, token: str, place: Any, say: Words) -> None:
    """Make the next move that was asked for and draw anew; a refused move leaves the plan."""
    held = PLAN.held
    asked = held.moves_asked
    while asked:
        move = by_hand.move_of(asked[0], document)
        if move is not None:
            break
        asked.pop(0)
    if not asked or move is None:
        return
    held.refused_move = None
    try:
        request = _after(document, move)
        first_plan((request, token), own, place, say("plan.hand.working"))
    except GeoError as error:
        text = say("plan.hand.refused", why=refusal_text(error, say))
        held.refused_move = document.request, text
        asked.clear()
        return
    asked.pop(0)
    before = document.request
    teams = 0 if request.sites is None else request.sites - len(document.sites)
    step = [teams, [*before.must], [*before.barred]]
    held.made = {
        **_choices(request),
        "plan_moves": [*st.session_state["plan_moves"], step],
        "plan_why_code": None,
    }
    st.rerun()


def _after(document: PlanDocument, move: by_hand.Move) -> PlanQuestion:
    # a site that goes leaves its team to be sent elsewhere; one that comes is one more
    stays = st.session_state["plan_rest"] == "stays"
    return by_hand.after_move(document.request, document.codes, move, rest_stays=stays)


def _choices(request: PlanQuestion) -> dict[str, Any]:
    changed = ("plan_sites", "plan_must", "plan_barred")
    return {key: value for key, value in request.choices().items() if key in changed}


def _without(request: PlanQuestion, *, all_moves: bool) -> PlanQuestion:
    """Return the question before the last move, or before all; without moves, with no site fixed or
    barred."""
    moves = st.session_state["plan_moves"]
    undone = (moves if all_moves else moves[-1:]) or [[0, [], []]]
    teams = sum(move[0] for move in undone)
    number = None if request.sites is None else max(1, request.sites - teams)
    return request.changed(sites=number, must=tuple(undone[0][1]), barred=tuple(undone[0][2]))


def _undo(request: PlanQuestion, all_moves: bool) -> None:
    before = _choices(_without(request, all_moves=all_moves))
    moves = [] if all_moves else st.session_state["plan_moves"][:-1]
    set_choices({**before, "plan_moves": moves})


def cost_section(document: PlanDocument, own: OwnFiles, token: str, place: Any, say: Words) -> None:
    """Draw the cost of the changes by hand against the best plan without them, and the undo
    buttons."""
    request, state, held = document.request, st.session_state, PLAN.held
    if held.refused_move is not None and held.refused_move[0] == request:
        paragraph(held.refused_move[1], say, "plan-told", role="alert")
    else:
        held.refused_move = None
    if not (request.must or request.barred):
        state["plan_moves"] = []
        paragraph(say("plan.hand.how"), say)
        return
    best_of, best = _without(request, all_moves=True), None
    if best_of != request and held.no_best != (best_of, token):
        try:
            best = first_plan((best_of, token), own, place, say("plan.working"))
        except GeoError:
            held.no_best = best_of, token
    text = say("plan.hand.no_best")
    if best is not None:
        text = by_hand.change_text(best, document, say)
    with st.container(horizontal=True, key="plan_cost", vertical_alignment="center"):
        paragraph(text, say, "finding", role="status")
        for name, all_moves in (("undo", False), ("undo_all", True)):
            if all_moves or state["plan_moves"]:
                st.button(
                    say(f"plan.hand.{name}"),
                    key=PLAN.key(name),
                    on_click=_undo,
                    args=(request, all_moves),
                )


def can_remove(document: PlanDocument) -> bool:
    """Say whether a site can go: the last one is not replaced where the rest stays."""
    return len(document.sites) > 1 or st.session_state["plan_rest"] != "stays"


def map_data(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return what the map needs for moves: the candidates that could be added, and its words."""
    held = PLAN.held
    refused = held.refused_move[1] if held.refused_move else ""
    return {
        "candidates": [
            [code, *(round(at, 1) for at in small_view().at(east, north)), name]
            for code, (name, east, north) in document.candidates.items()
        ],
        "words": {name: say.catalogue[f"plan.hand.{name}"] for name in _WORDS},
        "canRemove": can_remove(document),
        # the map is drawn anew after a refused move too
        "turn": f"{len(st.session_state['plan_moves'])} {refused}",
    }


def rest_control(document: PlanDocument, say: Words) -> None:
    """Draw the switch that says what a move does to the other sites."""
    with st.container(key="plan_rest_box"):
        st.segmented_control(
            say("plan.rest"),
            RESTS,
            required=True,
            key=PLAN.key("rest"),
            format_func=lambda code: say(f"plan.rest.{code}"),
            help=say("plan.rest.help"),
        )


def add_section(document: PlanDocument, own: OwnFiles, token: str, say: Words) -> None:
    """Draw the list of candidates; for a chosen one the best exchange, then a plan with it."""
    st.html(render("heading", say, title=say("plan.why"), text=say("plan.why.text")))
    options, state = document.candidates, st.session_state
    if state.get("plan_why_code") not in options:
        state["plan_why_code"] = None
    code = st.selectbox(
        say("plan.why.which"),
        list(options),
        index=None,
        key=PLAN.key("why_code"),
        format_func=lambda option: options[option][0] if option in options else str(option),
        placeholder=say("plan.why.choose"),
    )
    if code is None:
        return
    try:
        request = _after(document, by_hand.Move("add", code))
        other = first_plan((request, token), own, st.empty(), say("plan.hand.working"))
    except GeoError as error:
        paragraph(refusal_text(error, say), say)
        return
    paragraph(by_hand.change_text(document, other, say), say, "finding")
    label = say("plan.why.take", name=plain_label(other.site(code).name))
    st.button(
        label, key=PLAN.key("add"), on_click=request_move, kwargs={"kind": "add", "site": code}
    )
