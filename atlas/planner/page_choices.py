"""Every choice of the planner: controls that each write one field of the session's question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import small_map
from atlas.own_files.cells import money
from atlas.planner.candidates import (
    Candidates,
    candidate_label,
    listed_candidates,
    shipped_candidates,
)
from atlas.planner.demand import KINDS, Demand
from atlas.planner.page_session import PLAN, tell
from atlas.planner.plan_question import (
    GROUPS,
    OF_LISTS,
    OWN_DEMANDS,
    Control,
    PlanQuestion,
)
from atlas.planner.question import OwnFiles
from atlas.results.places import places
from atlas.results.sentences import period_name
from atlas.web.own_lists import are_offered
from atlas.words import Words, message
from data.periods import latest_year, parse_period
from geo.errors import UserError

_OF_CANDIDATES = ("must", "barred")
"""fields that name candidates: of an own list they are the planner's own"""


def without_own_names(request: PlanQuestion, *, is_own: bool) -> PlanQuestion:
    """Remove own candidates from a question: all names if there is an own list (``is_own``).

    Otherwise remove the names of no shipped place.
    """
    shipped = set() if is_own else set(places().ubigeo.tolist())
    own = [name for name in _OF_CANDIDATES if not shipped.issuperset(getattr(request, name))]
    return request.changed(**dict.fromkeys(own, ()))


def fit_question(own: OwnFiles, demands: Mapping[str, Demand]) -> None:
    """Fit the session's question to the present lists.

    A table of minutes turns the reach into minutes. A demand that is gone is replaced.
    """
    session = PLAN.state
    if session.request is None or session.again:
        return
    tasks = _tasks(own)
    request = session.request.moved(session.tasks, tasks)
    session.tasks = frozenset(tasks)
    if new := demands.keys() - session.offered:  # whoever brings them wants them counted, at once
        request, session.own_demand = request.changed(demand="own"), max(new)
    session.offered = frozenset(demands)
    if request.demand == "own" and session.own_demand not in demands:
        gone = message(f"plan.demand.{session.own_demand or 'own'}")
        request = request.changed(demand=PlanQuestion().demand)
        tell("plan.demand.gone", gone=gone, now=message(f"plan.demand.{KINDS[0]}"))
    offered = _candidates(request, own)
    for name in _OF_CANDIDATES:
        codes = tuple(code for code in getattr(request, name) if code in offered)
        request = request.changed(**{name: codes})
    if request != session.request:
        session.ask(request)


def asked_question(own: OwnFiles, demands: Mapping[str, Demand]) -> tuple[PlanQuestion, OwnFiles]:
    """Return the question, and the own lists that it uses."""
    session = PLAN.state
    request = (session.request or PlanQuestion()).beside(_tasks(own))
    kind = session.own_demand if request.demand == "own" else ""
    if request.budget is not None and not request.team_cost and not _has_costs(own):
        request = request.changed(budget=None)  # it counts as soon as there is a price
    # records are obeyed where they are the demand
    others = set(OWN_DEMANDS) - {kind}
    sources = tuple(source for source in own.sources if source.task not in others)
    return request, replace(own, demand=demands.get(kind), sources=sources)


def _has_costs(own: OwnFiles) -> bool:
    listed = own.candidates
    return listed is not None and "cost" in listed and bool(listed["cost"].notna().any())


def draw_choices(say: Words, own: OwnFiles, demands: Mapping[str, Demand]) -> None:
    """Draw every choice: first what counts, how many teams and how far, then each group folded."""
    tasks = _tasks(own)
    kind = _demand(say, demands)
    with st.container(horizontal=True, key="plan_row"):
        if kind == KINDS[0]:
            _period(say)
        _control("sites", _asked_by("sites", tasks), say, width=130)
        _control("radius", _asked_by("radius", tasks), say, width=180)
    _control("model", _asked_by("model", tasks), say)
    for group in GROUPS:
        with st.expander(say(group), key=PLAN.key(f"group_{group}")):
            for field in PlanQuestion.model_fields:
                for control in PlanQuestion.controls(field, tasks):
                    # own candidates are all offered, however many live there
                    if control.group == group and control.without not in tasks & {"candidates"}:
                        _condition(field, control, say, own)


def _asked_by(field: str, tasks: set[str]) -> Control:
    return PlanQuestion.controls(field, tasks)[0]


def _key(name: str) -> str:
    """Return the key of a control, new each time that the question was set otherwise."""
    turn = PLAN.state.turn
    return f"{name}_{turn}" if turn else name


def _demand(say: Words, demands: Mapping[str, Demand]) -> str:
    session, control = PLAN.state, PlanQuestion.carried("demand", Control)[0]
    request = session.request or PlanQuestion()
    kind, key = request.demand.partition(":")[0], _key(control.key)
    kind = session.own_demand if kind == "own" else kind
    st.session_state[key] = kind  # again in each run: a choice that opens later begins with it

    def write() -> None:
        request = session.request or PlanQuestion()
        chosen = st.session_state[key]
        session.own_demand = chosen if chosen in OWN_DEMANDS else ""
        code = f"{chosen}:{latest_year()}" if chosen == KINDS[0] else chosen
        session.request = request.changed(demand="own" if session.own_demand else code)

    st.segmented_control(
        say(control.label),
        (*KINDS, *demands),
        required=True,
        key=key,
        format_func=lambda code: control.name(code, say),
        on_change=write,
        wrap=True,
    )
    return kind


def _period(say: Words) -> None:
    session, control = PLAN.state, PlanQuestion.carried("demand", Control)[1]
    request = session.request or PlanQuestion()
    key = _key(control.key)
    st.session_state[key] = request.demand.partition(":")[2]

    def write() -> None:
        request = session.request or PlanQuestion()
        session.request = request.changed(demand=f"{KINDS[0]}:{st.session_state[key]}")

    st.selectbox(
        say(control.label),
        list(control.offers),
        key=key,
        format_func=lambda code: period_name(parse_period(code), say),
        on_change=write,
        width=150,
        help=say("plan.period.help", year=str(latest_year())),
    )


def _condition(field: str, control: Control, say: Words, own: OwnFiles) -> None:
    """Draw a control with its notes, disabled if the plan does not use it."""
    request, how = PLAN.state.request or PlanQuestion(), dict[str, Any]()
    if control.of_mclp:
        how["disabled"] = request.model != "mclp"
    elif "candidates" in control.lists:
        how["options"] = _candidates(request, own)
    _control(field, control, say, **how)
    if control.below:
        st.caption(say(control.below))


def _control(field: str, control: Control, say: Words, *, options: Any = None, **how: Any) -> None:
    """Draw the control of a field by its kind; ``options`` replace its choices."""
    request = PLAN.state.request or PlanQuestion()
    default = PlanQuestion.model_fields[field].default
    start, key = control.start_value(default), _key(control.key)
    shown = control.nearest_valid(control.from_field(getattr(request, field)), start)
    st.session_state[key] = _soles(shown, say) if control.unit == "soles" else shown

    def write() -> None:
        value = st.session_state[key]
        if control.span and control.unit != "%":
            if control.unit == "soles":
                value = money(value) if value.strip() else 0.0
            if (value := _number(value, control)) is None:
                _keep_number(control, shown, say)
                return
        value = control.to_field(value, default)
        value = tuple(value) if isinstance(value, list) else value
        PLAN.state.request = (PLAN.state.request or PlanQuestion()).changed(**{field: value})

    how = {"label": say(control.label), "key": key, "on_change": write, **how}
    if control.help:
        texts = [control.help, *([control.of_lists] if control.of_lists and are_offered() else [])]
        how.setdefault("help", " ".join(map(say, texts)))
    if isinstance(start, bool):
        st.toggle(**how)
    elif control.span:
        if control.unit == "soles":  # a field of numbers would read 240.000 as 240
            st.text_input(**how)
            return
        how["min_value"], how["max_value"] = control.span
        if control.unit == "%":
            st.slider(format="%d %%", **how)
        else:  # a text comes as None, as long as the control has no value of its own
            st.number_input(step=control.step, value=None, **how)
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
        how["options"] = list(control.offers)
        st.segmented_control(
            required=True, format_func=lambda code: control.name(code, say), wrap=True, **how
        )


def _number(value: float | None, control: Control) -> float | None:
    """Return a typed number in the control's type; None without one or outside its limits."""
    least, most = control.span or (0, 0)
    return None if value is None or not least <= value <= most else type(least)(value)


def _keep_number(control: Control, shown: float, say: Words) -> None:
    """Keep what stood in a field of numbers, and say which are allowed."""
    least, most = control.span or (0, 0)
    ends = {"least": say.number(least), "most": say.number(most)}
    tell("plan.number", name=say(control.label), value=_soles(shown, say), **ends)
    PLAN.state.turn += 1


def _soles(value: float, say: Words) -> str:
    return say.number(value, 0 if round(value) == value else 2)


def _tasks(own: OwnFiles) -> set[str]:
    return {task for task in OF_LISTS if getattr(own, task) is not None}


def _candidates(request: PlanQuestion, own: OwnFiles) -> dict[str, str]:
    """Return the candidates on offer, by code."""
    if own.candidates is None:
        return _shipped_options(request.candidates, request.departments)
    return _options(listed_candidates(own.candidates), request.departments)


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
