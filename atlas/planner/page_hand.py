"""Changing a plan by hand: on its map, in its table, from a list; what it costs is told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from markupsafe import Markup

from atlas.html import render
from atlas.planner.by_hand import (
    Change,
    Move,
    change_between,
    held_by_hand,
    move_of,
    moved,
)
from atlas.planner.outcome import Outcome, exchange_for
from atlas.planner.page_choices import RESTS, put
from atlas.planner.page_session import PLAN
from atlas.planner.page_work import first_plan, known, refusal_text, work
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.planner.reasons import cause_text, change_text, cost_text, exchange_text
from atlas.planner.words import UNKNOWN_GAP, gap_text, mean_way, share_text, soles
from atlas.words import Words
from geo.errors import GeoError

_WORDS = (
    *("add", "add_here", "cancel", "close", "dragged", "fix", "keys", "move", "move_here", "pin"),
    *("release", "remove", "working"),
)


def begin() -> None:
    """Let the controls say what a move made of them, before they are drawn."""
    made, PLAN.held.made = PLAN.held.made, {}
    if made:
        put(made)


def ask(**move: str) -> None:
    """Ask for a move; it is made in the next run, once the plan that it changes is known."""
    PLAN.held.moves_asked.append(move)


def asker(component: str) -> Callable[[], None]:
    """What a component calls when a move was made in it."""

    def take_over() -> None:
        if (move := st.session_state[component].get("move")) is not None:
            ask(**{str(name): str(value) for name, value in dict(move).items()})

    return take_over


def make_moves(outcome: Outcome, own: OwnFiles, token: str, place: Any, say: Words) -> None:
    """Make the move that was asked for and draw anew; one that cannot be leaves the plan."""
    held = PLAN.held
    asked = held.moves_asked
    while asked:
        move = move_of(asked[0], outcome)
        if move is not None:
            break
        asked.pop(0)
    if not asked or move is None:
        return
    held.refused_move = None
    try:
        request = _after(outcome, move)
        first_plan((request, token), own, place, say("plan.hand.working"))
    except GeoError as error:
        text = say("plan.hand.refused", why=refusal_text(error, say))
        held.refused_move = outcome.request, text
        asked.clear()
        return
    asked.pop(0)
    before = outcome.request
    teams = 0 if request.sites is None else request.sites - len(outcome.plan.sites)
    step = [teams, [*before.must], [*before.barred]]
    held.made = {
        **_choices(request),
        "plan_moves": [*st.session_state["plan_moves"], step],
        "plan_why_code": None,
    }
    st.rerun()


def _after(outcome: Outcome, move: Move) -> PlanQuestion:
    stays, request = st.session_state["plan_rest"] == "stays", outcome.request
    if stays and request.is_by_cost:  # what stays is no longer chosen by its cost
        request = request.changed(sites=len(outcome.plan.sites))
    return moved(request, outcome.codes, move, rest_stays=stays)


def _choices(request: PlanQuestion) -> dict[str, Any]:
    """The controls that a move changes, as a question has them."""
    # with a number of teams the planner decides from here on, no budget
    changed = ("plan_sites", "plan_must", "plan_barred", "plan_by_budget")
    return {key: value for key, value in request.choices().items() if key in changed}


def _without(request: PlanQuestion, *, all_moves: bool) -> PlanQuestion:
    """The question before the last move, or before all of them; without moves, with no site fixed
    or barred at all."""
    moves = st.session_state["plan_moves"]
    undone = (moves if all_moves else moves[-1:]) or [[0, [], []]]
    teams = sum(one[0] for one in undone)
    number = None if request.sites is None else max(1, request.sites - teams)
    return request.changed(sites=number, must=tuple(undone[0][1]), barred=tuple(undone[0][2]))


def _undo(request: PlanQuestion, all_moves: bool) -> None:
    before = _choices(_without(request, all_moves=all_moves))
    moves = [] if all_moves else st.session_state["plan_moves"][:-1]
    put({**before, "plan_moves": moves})


def cost_section(outcome: Outcome, own: OwnFiles, token: str, place: Any, say: Words) -> None:
    """Draw what the changes by hand cost against the best plan without them, and the way back."""
    request, state, held = outcome.request, st.session_state, PLAN.held
    if held.refused_move is not None and held.refused_move[0] == request:
        text = held.refused_move[1]
        st.html(render("paragraph", say, kind="plan-told", role="alert", text=text))
    else:
        held.refused_move = None
    if not (request.must or request.barred):
        state["plan_moves"] = []
        st.html(render("paragraph", say, kind="how", text=say("plan.hand.how")))
        return
    best_of, best = _without(request, all_moves=True), None
    if best_of != request and held.no_best != (best_of, token):
        try:
            best = first_plan((best_of, token), own, place, say("plan.working"))
        except GeoError:
            held.no_best = best_of, token
    text = say("plan.hand.no_best")
    if best is not None:
        text = cost_text(change_between(best, outcome), outcome, say)
    if request.budget and state["plan_moves"] and not request.is_by_budget:
        text += " " + say("plan.hand.budget")
    with st.container(horizontal=True, key="plan_cost", vertical_alignment="center"):
        st.html(render("paragraph", say, kind="finding", role="status", text=text))
        for name, all_moves in (("undo", False), ("undo_all", True)):
            if all_moves or state["plan_moves"]:
                st.button(
                    say(f"plan.hand.{name}"),
                    key=PLAN.key(name),
                    on_click=_undo,
                    args=(request, all_moves),
                )


def can_remove(outcome: Outcome) -> bool:
    """Whether a site can go: the last one is not replaced where the rest stays."""
    stays = st.session_state["plan_rest"] == "stays" and outcome.request.model != "lscp"
    return len(outcome.plan.sites) > 1 or not stays


def map_data(outcome: Outcome, say: Words) -> dict[str, Any]:
    """What the map needs for moves: the candidates that could be added, and its words."""
    held = PLAN.held
    refused = held.refused_move[1] if held.refused_move else ""
    return {
        "candidates": [[code, x, y, name] for code, (name, x, y) in outcome.candidates.items()],
        "words": {name: say.catalogue[f"plan.hand.{name}"] for name in _WORDS},
        "canRemove": can_remove(outcome),
        # a refused move too is drawn anew
        "turn": f"{len(st.session_state['plan_moves'])} {refused}",
    }


def rest_control(outcome: Outcome, say: Words) -> None:
    """Draw the switch that says what a move does to the other sites."""
    with st.container(key="plan_rest_box"):
        st.segmented_control(
            say("plan.rest"),
            RESTS,
            required=True,
            key=PLAN.key("rest"),
            format_func=lambda code: say(f"plan.rest.{code}"),
            help=say("plan.rest.help"),
            disabled=outcome.request.model == "lscp",
        )


def add_section(outcome: Outcome, own: OwnFiles, token: str, say: Words) -> None:
    """Draw the list of candidates, and of a chosen one the best exchange, then a plan with it."""
    st.html(render("heading", say, title=say("plan.why"), text=say("plan.why.text")))
    options, state = outcome.candidates, st.session_state
    if state.get("plan_why_code") not in options:
        state["plan_why_code"] = None
    code = st.selectbox(
        say("plan.why.which"),
        list(options),
        index=None,
        key=PLAN.key("why_code"),
        format_func=lambda one: options[one][0] if one in options else str(one),
        placeholder=say("plan.why.choose"),
    )
    if code is None:
        return
    try:
        if outcome.request.model != "lscp":  # its number of teams follows from what it covers
            _exchange(code, outcome, own, token, say)
        request = _after(outcome, Move("add", code))
        other = first_plan((request, token), own, st.empty(), say("plan.hand.working"))
    except GeoError as error:
        st.html(render("paragraph", say, kind="how", text=refusal_text(error, say)))
        return
    name = _name_of(code, other)
    _change(name, outcome, other, say)
    label = say("plan.why.take", name=name)
    st.button(label, key=PLAN.key("add"), on_click=ask, kwargs={"kind": "add", "site": code})


def _exchange(code: str, outcome: Outcome, own: OwnFiles, token: str, say: Words) -> None:
    """Draw the best exchange of one site for a candidate: what is lost and won, and why."""
    held = held_by_hand(outcome.request, st.session_state["plan_moves"])
    key = (outcome.request, outcome.codes, token, "exchange", code, *sorted(held))
    (found,) = known(key) or work(
        key,
        lambda _: (exchange_for(outcome, own, code, held),),
        place=st.empty(),
        text=say("plan.hand.working"),
    )
    if found is None:
        st.html(render("paragraph", say, kind="finding", text=say("plan.why.no_exchange")))
        return
    goes, exchange = found
    asked = outcome.request.changed(sites=len(outcome.plan.sites))
    request = moved(asked, outcome.codes, Move("move", goes, code), rest_stays=True)
    other = first_plan((request, token), own, st.empty(), say("plan.hand.working"))
    names = {"name": _name_of(code, other), "other": _name_of(goes, outcome)}
    change = change_between(outcome, other)
    cause = cause_text(exchange, change, outcome, say, **names)
    st.html(
        render("paragraph", say, kind="finding", text=exchange_text(change, outcome, say, **names))
        + render("paragraph", say, kind="how", text=cause)
        + _figures_html(change, outcome, other, say)
    )
    st.button(
        say("plan.why.exchange.take", **names),
        key=PLAN.key("exchange"),
        on_click=ask,
        kwargs={"kind": "move", "site": goes, "to": code},
    )


def _name_of(code: str, outcome: Outcome) -> str:
    return next(site.name for site in outcome.sites if site.code == code)


def _figures_html(change: Change, outcome: Outcome, other: Outcome, say: Words) -> Markup:
    """Coverage, ways and cost of two plans side by side."""
    plans, unit = (change.before, change.after), outcome.plan.unit
    rows = [(say("plan.figure.covered"), *(share_text(one.coverage_share, say) for one in plans))]
    for name in ("mean", "worst"):
        both = [(getattr(one, f"{name}_cost"), one.unreachable_share) for one in plans]
        ways = (mean_way(*cost, unit, say) for cost in both)
        rows.append((say(f"plan.figure.{name}"), *ways))
    costs = [one.cost for one in (outcome, other) if one.cost is not None]
    if costs:
        rows.append((say("plan.cost"), *(soles(one.total, say) for one in costs)))
    heads = ["", say("plan.why.before"), say("plan.why.after")]
    return render("plan/table", say, heads=heads, rows=rows, is_named=True)


def _change(name: str, outcome: Outcome, other: Outcome, say: Words) -> None:
    change = change_between(outcome, other)
    came = [one for one in change.taken if one != name]
    is_one_more = len(change.after.sites) > len(change.before.sites)
    gone = say("plan.why.gone", names=say.list(change.given_up) or "–")
    notes = [say("plan.why.one_more") if is_one_more else gone]
    notes += [say("plan.why.taken", names=say.list(came))] if came else []
    gap = max(change.before.gap, change.after.gap)
    if 0 < gap < UNKNOWN_GAP:
        notes.append(gap_text(gap, change.is_stopped, say))
    head = say(f"plan.why.{'with_one_more' if is_one_more else 'anew'}")
    text = change_text(name, change, outcome, say)
    st.html(
        render("paragraph", say, kind="finding", bold=head, text=text)
        + render("paragraph", say, kind="how", text=" ".join(notes))
        + _figures_html(change, outcome, other, say)
    )
