"""The planner's controls, and the question that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import small_map
from atlas.planner.candidates import (
    Candidates,
    candidate_label,
    listed_candidates,
    shipped_candidates,
)
from atlas.planner.demand import KINDS, Demand, places
from atlas.planner.page_session import PLAN, paragraph
from atlas.planner.plan_question import (
    CONTROLS,
    FIELDS_OF_LIST,
    GROUPS,
    MOST_CODES,
    MOST_TEXT,
    OWN_DEMANDS,
    Control,
    PlanQuestion,
)
from atlas.planner.question import OwnFiles
from atlas.results.sentences import period_name
from atlas.words import Words
from data.periods import latest_year, parse_period
from geo.errors import UserError

RESTS = ("stays", "anew")
"""what becomes of the other sites when one is changed by hand"""
OF_CANDIDATES = (
    *(key for key, (field, _) in CONTROLS.items() if field in FIELDS_OF_LIST["candidates"]),
    "plan_moves",
)
"""choices that name candidates: of an own list they are the planner's own"""
_PAGE_CONTROLS = {
    "plan_rest": ("", Control("plan.rest", start="stays", offers=RESTS)),
}
"""controls that ask for no part of the question"""


def valid_choices(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return all choices as the controls can show them; what is missing has its start value."""
    fields = PlanQuestion.model_fields
    choices: dict[str, Any] = {"plan_moves": _moves(values.get("plan_moves"))}
    for key, (field, control) in {**CONTROLS, **_PAGE_CONTROLS}.items():
        start = control.start_value(fields[field].default if field else None)
        choices[key] = control.nearest_valid(values.get(key, start), start)
    return choices


def _moves(value: Any) -> list[list[Any]]:
    """Return moves by hand, each with the teams it added and the codes fixed and barred before
    it."""
    moves = value if isinstance(value, list) and len(value) <= MOST_CODES else []
    for move in moves:
        is_move = isinstance(move, list) and len(move) == 3 and move[0] in (-1, 0, 1)
        codes = [*move[1], *move[2]] if is_move and isinstance(move[1], list) else [None]
        if not all(isinstance(code, str) and len(code) <= MOST_TEXT for code in codes):
            return []
    return moves


def without_own_names(values: Mapping[str, Any], *, is_own: bool) -> dict[str, Any]:
    """Remove candidates of an own list from choices or parts of a question: all names where there
    is one (``is_own``), else those of no shipped place."""
    shipped = set() if is_own else set(places().ubigeo.tolist())
    cleaned = dict(values)
    for key in (*OF_CANDIDATES, *FIELDS_OF_LIST["candidates"]):
        codes = cleaned.get(key, ())
        if key == "plan_moves":
            codes = [code for _, *before in codes for part in before for code in part]
        if not shipped.issuperset(codes):
            cleaned[key] = []
    return cleaned


def begin() -> None:
    """Restore the controls after another page was open, in every run: a control behind a button is
    drawn when that is pressed, and would else begin at its minimum."""
    state, held = st.session_state, PLAN.held
    if held.choices is None:
        held.choices = valid_choices({})
    for key, value in held.choices.items():
        state[key] = state.get(key, value)
        if (control := _widget_key(key)) != key:
            state[key] = state[control] = state.get(control, state[key])


def set_choices(choices: Mapping[str, Any]) -> None:
    """Set controls before they are drawn.

    A browser that had drawn a control behind a button, and does not draw it now, would answer with
    the old value: so each call gives these controls new keys.
    """
    PLAN.held.turn += 1
    for key, value in choices.items():
        st.session_state[key] = value


def _widget_key(key: str) -> str:
    """Return the widget key of a choice, which changes with each :func:`set_choices`."""
    turn = PLAN.held.turn
    is_behind = key in CONTROLS and CONTROLS[key][1].group
    return f"{key}_{turn}" if turn and is_behind else key


def remember_choices() -> None:
    """Remember the controls for the way back from another page."""
    PLAN.held.choices = {
        key: st.session_state.get(key, value) for key, value in valid_choices({}).items()
    }


def first_row(say: Words, demands: Mapping[str, Demand], own: OwnFiles) -> None:
    """Draw demand, period, teams, reach and model."""
    offered = (*KINDS, *demands)
    state, held = st.session_state, PLAN.held
    if state["plan_demand"] not in offered:
        held.gone_demand, state["plan_demand"] = state["plan_demand"], KINDS[0]
    elif held.gone_demand in offered:  # the chosen demand is offered again
        held.gone_demand, state["plan_demand"] = "", held.gone_demand

    def choose() -> None:
        held.gone_demand = ""

    _draw("plan_demand", say, options=offered, on_change=choose, wrap=True)
    if state["plan_demand"] == KINDS[0]:
        _draw(
            *("plan_period", say),
            name_of=lambda code: period_name(parse_period(code), say),
            width=130,
            help=say("plan.period.help", year=latest_year()),
        )
    _draw("plan_sites", say, width=130)
    _draw(PlanQuestion.controls("radius", _tasks(own))[0].key, say, width=180)
    _draw("plan_model", say, width=240)


def gone_demand(say: Words) -> None:
    """Say that the chosen demand is gone and what counts instead, until another is chosen."""
    if kind := PLAN.held.gone_demand:
        gone, now = (say(f"plan.demand.{code}") for code in (kind, KINDS[0]))
        paragraph(say("plan.demand.gone", gone=gone, now=now), say, "plan-told", role="alert")


def conditions(say: Words, own: OwnFiles) -> None:
    """Draw everything that narrows a plan, each group behind a button of its own."""
    tasks = _tasks(own)
    for group in GROUPS:
        with st.popover(say(group)):
            for field in PlanQuestion.model_fields:
                for control in PlanQuestion.controls(field, tasks):
                    # own candidates are all offered, however many live there
                    if control.group == group and control.without not in tasks & {"candidates"}:
                        _condition(control, say, own)


def _condition(control: Control, say: Words, own: OwnFiles) -> None:
    """Draw a control with its notes, disabled where the plan has no use for it."""
    state, key, how = st.session_state, control.key, dict[str, Any]()
    if control.of_mclp:
        how["disabled"] = state["plan_model"] != "mclp"
    elif "candidates" in control.lists:
        how["options"] = _candidates_left(control, own)
    _draw(key, say, **how)
    if control.below:
        st.caption(say(control.below))


def _candidates_left(control: Control, own: OwnFiles) -> dict[str, str]:
    """Return the candidates on offer; remove the choices that name another."""
    state = st.session_state
    only = tuple(sorted(state[_widget_key("plan_only")]))
    if own.candidates is None:
        options = _shipped_options(state[_widget_key("plan_candidates")], only)
    else:
        options = _options(listed_candidates(own.candidates), only)
    state["plan_moves"] = [
        [teams, *([code for code in codes if code in options] for codes in before)]
        for teams, *before in state["plan_moves"]
    ]
    key = _widget_key(control.key)
    state[key] = state[control.key] = [code for code in state[key] if code in options]
    return options


def _draw(key: str, say: Words, *, options: Any = None, name_of: Any = None, **how: Any) -> None:
    """Draw a control by its kind; ``options`` replace what it offers. A single choice with a width
    is drawn as a list, else as a row."""
    field, control = CONTROLS[key]
    start = control.start_value(PlanQuestion.model_fields[field].default)
    how = {"label": say(control.label), "key": _widget_key(key), **how}
    if control.help:
        how.setdefault("help", say(control.help))
    if isinstance(start, bool):
        st.toggle(**how)
    elif control.span:
        how["min_value"], how["max_value"] = control.span
        if control.unit == "%":
            st.slider(format="%d %%", **how)
        else:
            st.number_input(step=control.step, **how)
    elif isinstance(start, list):
        names = {code: name for code, name, _ in small_map().shapes} if options is None else options
        st.multiselect(
            options=list(control.offers or options),
            format_func=lambda code: names.get(code, code),
            placeholder=say(control.empty),
            select_all=False,  # in English only, and no limit
            **how,
        )
    else:
        how["options"] = list(control.offers if options is None else options)
        how["format_func"] = name_of or (lambda code: control.name(code, say))
        if "width" in how:
            st.selectbox(**how)
        else:
            st.segmented_control(required=True, **how)


def _tasks(own: OwnFiles) -> set[str]:
    return {task for task in FIELDS_OF_LIST if getattr(own, task, None) is not None}


def chosen_question(own: OwnFiles, demands: Mapping[str, Demand]) -> tuple[PlanQuestion, OwnFiles]:
    """Return the question of the controls, and the own lists that it obeys."""
    kind = st.session_state["plan_demand"]
    choices = {key: st.session_state[key] for key in valid_choices({})}
    request = PlanQuestion.of_choices(choices, _tasks(own))
    # points and records are obeyed where they are the demand
    others = set(OWN_DEMANDS) - {kind}
    sources = tuple(source for source in own.sources if source.task not in others)
    return request, replace(own, demand=demands.get(kind), sources=sources)


@st.cache_data(max_entries=8, show_spinner=False)
def _shipped_options(which: str, departments: tuple[str, ...]) -> dict[str, str]:
    return _options(shipped_candidates(which), departments)


def _options(candidates: Candidates, departments: tuple[str, ...]) -> dict[str, str]:
    try:
        there = candidates.within(departments)
    except UserError:  # no candidate stands there; the plan says it
        return {}
    return {
        str(code): candidate_label(str(code), str(name))
        for code, name in zip(there.code, there.name, strict=True)
    }
