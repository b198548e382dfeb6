"""The planner's controls, and the request that they make."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import small_map
from atlas.html import render
from atlas.planner.candidates import Candidates, district_capitals, listed_candidates
from atlas.planner.demand import KINDS, WITH_PERIOD, Demand, places
from atlas.planner.outcome import candidate_label
from atlas.planner.question import (
    BUFFER_KM,
    MOST_SITES,
    MOST_SOLES,
    SERVICES,
    TRAVELLED,
    OwnFiles,
    PlanRequest,
)
from atlas.planner.words import soles
from atlas.results.sentences import period_name
from atlas.view import DEPARTMENTS, PERIOD_CODES
from atlas.words import PlanRefusal, Words
from data.periods import LATEST_YEAR, parse_period
from geo.siting.problem import MODELS
from geo.siting.second_objective import SECONDS
from geo.siting.travel import LANDS, DetourFactors

HOLDS = ("teams", "budget")
"""which of the two holds where both are entered"""
RESTS = ("stays", "anew")
"""what becomes of the other sites when one is changed by hand"""
GONE = "plan_demand_gone"
"""key of the session: the chosen demand, where it is no longer offered."""
START: dict[str, Any] = {
    "plan_demand": "complaints",
    "plan_period": LATEST_YEAR,
    "plan_only": [],
    "plan_sites": 8,
    "plan_radius": 75,
    "plan_minutes": 120,
    "plan_model": "mclp",
    "plan_services": "none",
    "plan_lock": False,
    "plan_population": 0,
    **{f"plan_{land}": factor for land, factor in asdict(DetourFactors()).items()},
    "plan_river_codes": ["16"],
    "plan_buffer": BUFFER_KM,
    "plan_come": False,
    "plan_must": [],
    "plan_barred": [],
    "plan_rest": "stays",
    "plan_moves": [],
    "plan_capacity": 0,
    "plan_equity": 0,
    "plan_second": "ways",
    "plan_loss": 0,
    "plan_seed": 1,
    "plan_team_cost": 0,
    "plan_way_cost": 0.0,
    "plan_hour_cost": 0.0,
    "plan_budget": 0,
    "plan_by_budget": "",
}
LIMITS: dict[str, tuple[float, float | None, float]] = {
    "plan_sites": (1, MOST_SITES, 1),
    "plan_radius": (5, 1000, 5),
    "plan_minutes": (5, 1000, 5),
    "plan_population": (0, None, 1000),
    **{f"plan_{land}": (1.0, 10.0, 0.05) for land in LANDS},
    "plan_buffer": (0, 200, 5),
    "plan_capacity": (0, None, 10),
    "plan_equity": (0, 100, 5),
    "plan_loss": (0, 10, 1),
    "plan_seed": (0, 10**6, 1),
    "plan_team_cost": (0, 10**9, 1000),
    "plan_way_cost": (0.0, 1e6, 0.5),
    "plan_hour_cost": (0.0, 1e6, 0.5),
    "plan_budget": (0, 10**11, 10_000),
}
"""least, most and step of the controls that take a number"""
OF_CANDIDATES = ("plan_must", "plan_barred", "plan_moves")
"""choices that name candidates: of an own list they are the planner's own"""
_NAMES_CANDIDATES = (*OF_CANDIDATES, "must", "barred")
_ALWAYS_DRAWN = {
    *("plan_demand", "plan_period", "plan_sites", "plan_radius", "plan_minutes", "plan_model"),
    *("plan_rest", "plan_moves", "plan_by_budget"),
}
OWN_DEMANDS = ("points", "records")
_OFFERED: dict[str, Sequence[str]] = {
    "plan_demand": (*KINDS, *OWN_DEMANDS),
    "plan_period": PERIOD_CODES,
    "plan_model": MODELS,
    "plan_services": SERVICES,
    "plan_only": DEPARTMENTS,
    "plan_river_codes": DEPARTMENTS,
    "plan_second": SECONDS,
    "plan_rest": RESTS,
    "plan_by_budget": HOLDS,
}
_MOST_CODES, _MOST_TEXT = 100, 200


def shown_choices(values: Mapping[str, Any]) -> dict[str, Any]:
    """Choices as the controls can show them: numbers at their nearest, the start for what is none.

    The values come from a file or from the browser: nothing of them is believed.
    """
    return {key: _shown(key, values.get(key, start), start) for key, start in START.items()}


def _shown(key: str, value: Any, start: Any) -> Any:
    if isinstance(start, bool):
        return value if isinstance(value, bool) else start
    if key in LIMITS:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and abs(value) < MOST_SOLES):
            return start
        least, most, _ = LIMITS[key]
        near = max(least, value if most is None else min(most, value))
        return float(round(near, 2)) if isinstance(start, float) else round(near)
    if key == "plan_moves":
        return _moves(value)
    if isinstance(start, list):
        if not isinstance(value, list | tuple) or len(value) > _MOST_CODES:
            return list(start)
        offered = _OFFERED.get(key)
        texts = [one for one in value if isinstance(one, str) and len(one) <= _MOST_TEXT]
        return [one for one in dict.fromkeys(texts) if not offered or one in offered]
    return value if value in _OFFERED.get(key, ()) else start


def _moves(value: Any) -> list[list[Any]]:
    """Moves by hand, each with the teams it added and what was fixed and ruled out before it."""
    moves = value if isinstance(value, list) and len(value) <= _MOST_CODES else []
    for one in moves:
        is_move = isinstance(one, list) and len(one) == 3 and one[0] in (-1, 0, 1)
        codes = [*one[1], *one[2]] if is_move and isinstance(one[1], list) else [None]
        if not all(isinstance(code, str) and len(code) <= _MOST_TEXT for code in codes):
            return []
    return moves


def without_own_names(values: Mapping[str, Any], *, is_own: bool) -> dict[str, Any]:
    """Choices, or parts of a question, that name no candidate of an own list: where there is one
    (``is_own``) none at all, else only shipped places."""
    shipped = set() if is_own else set(places().ubigeo.tolist())
    kept = dict(values)
    for key in _NAMES_CANDIDATES:
        if key == "plan_moves":
            codes = [code for _, *before in kept.get(key, ()) for part in before for code in part]
        else:
            codes = list(kept.get(key, ()))
        if not shipped.issuperset(codes):
            kept[key] = []
    return kept


def choices_of(request: PlanRequest, tasks: Collection[str]) -> dict[str, Any]:
    """The choices nearest to a question that obeys lists of these tasks."""
    kind, _, period = request.demand.partition(":")
    own = next((task for task in OWN_DEMANDS if task in tasks), kind)
    values: dict[str, Any] = {
        "plan_demand": own if kind == "own" else kind,
        "plan_minutes" if "travel_times" in tasks else "plan_radius": request.radius,
        "plan_model": request.model,
        "plan_services": request.services,
        "plan_lock": request.lock_services,
        "plan_population": request.min_population,
        **{f"plan_{land}": factor for land, factor in asdict(request.factors).items()},
        "plan_river_codes": request.river_codes,
        "plan_only": request.departments,
        "plan_must": request.must,
        "plan_barred": request.barred,
        "plan_capacity": request.capacity or 0,
        "plan_equity": 100 * request.min_department_share,
        "plan_second": request.second,
        "plan_loss": 100 * request.loss,
        "plan_seed": request.seed,
        "plan_team_cost": request.team_cost,
        "plan_hour_cost" if "travel_times" in tasks else "plan_way_cost": request.way_cost,
        "plan_budget": request.budget or 0,
        "plan_by_budget": holds(request),
    }
    values |= {"plan_period": period} if period else {}
    values |= {"plan_sites": request.sites} if request.sites else {}
    if "zones" in tasks:
        values |= {"plan_buffer": request.buffer_km, "plan_come": request.zone_people == "come"}
    return shown_choices(values)


def holds(request: PlanRequest) -> str:
    """Whether the number of teams or the budget holds; "" without a budget."""
    if request.budget is None:
        return ""
    return "budget" if request.is_by_budget else "teams"


def begin() -> None:
    """Let the controls stand where they stood before another page was open, in every run: what
    stands behind a button is drawn when that is pressed, and would else begin at its minimum."""
    state = st.session_state
    for key, value in state.setdefault("plan_choices", dict(START)).items():
        state[key] = state.get(key, value)
        if (control := _behind(key)) != key:
            state[key] = state[control] = state.get(control, state[key])


def put(choices: Mapping[str, Any]) -> None:
    """Let the controls say what nobody typed into them; called before they are drawn.

    A browser that had drawn what stands behind a button, and does not draw it now, would answer
    with the old values: after each call these controls are others to it.
    """
    state = st.session_state
    state["plan_turn"] = state.get("plan_turn", 0) + 1
    for key, value in choices.items():
        state[key] = value


def _behind(key: str) -> str:
    """The key of the control of a choice that stands behind a button."""
    turn = st.session_state.get("plan_turn", 0)
    return f"{key}_{turn}" if turn and key not in _ALWAYS_DRAWN else key


def keep() -> None:
    """Remember the controls for the way back from another page."""
    st.session_state["plan_choices"] = {
        key: st.session_state.get(key, value) for key, value in START.items()
    }


def first_row(say: Words, own: Mapping[str, Demand], *, by_time: bool) -> None:
    """Demand, period, teams, reach, model: what a plan cannot do without."""
    offered = (*KINDS, *own)
    state = st.session_state
    if state["plan_demand"] not in offered:
        state[GONE], state["plan_demand"] = state["plan_demand"], KINDS[0]
    elif state.get(GONE) in offered:  # what the planner had chosen is there again
        state["plan_demand"] = state.pop(GONE)
    st.segmented_control(
        say("plan.demand"),
        offered,
        required=True,
        key="plan_demand",
        format_func=lambda code: say(f"plan.demand.{code}"),
        on_change=lambda: state.pop(GONE, None),
        wrap=True,
    )
    if st.session_state["plan_demand"] in WITH_PERIOD:
        st.selectbox(
            say("controls.period"),
            PERIOD_CODES,
            key="plan_period",
            format_func=lambda code: period_name(parse_period(code), say),
            width=130,
            help=say("plan.period.help", year=LATEST_YEAR),
        )
    if _is_by_budget():
        told = say("plan.sites.by_budget")
        st.text_input(say("plan.sites"), told, disabled=True, width=180, help=say("plan.cost.note"))
    else:
        _number_box(
            say("plan.sites"),
            "plan_sites",
            disabled=state["plan_model"] == "lscp",
            width=130,
            help=say("plan.sites.help"),
        )
    _number_box(
        say("plan.minutes" if by_time else "plan.radius"),
        "plan_minutes" if by_time else "plan_radius",
        width=180,
        help=say("plan.minutes.help" if by_time else "plan.radius.help"),
    )
    st.selectbox(
        say("plan.model"),
        MODELS,
        key="plan_model",
        format_func=lambda code: say(f"plan.model.{code}"),
        width=240,
        help=say("plan.model.help"),
    )


def gone_demand(say: Words) -> None:
    """Say that the chosen demand is gone and what counts instead, until another is chosen."""
    if GONE in st.session_state:
        gone, now = (say(f"plan.demand.{one}") for one in (st.session_state[GONE], KINDS[0]))
        text = say("plan.demand.gone", gone=gone, now=now)
        st.html(render("paragraph", say, kind="plan-told", role="alert", text=text))


def _is_by_budget() -> bool:
    """Whether the budget decides the number of teams."""
    state = st.session_state
    is_wanted = state["plan_by_budget"] == "budget" and state["plan_model"] != "lscp"
    return bool(state["plan_budget"]) and is_wanted


def budget_choice(say: Words) -> None:
    """Ask which holds once a budget stands beside a number of teams; until then the number does."""
    state = st.session_state
    if not state[_behind("plan_budget")]:
        state["plan_by_budget"] = ""  # the next budget is asked about anew
    if not state[_behind("plan_budget")] or state["plan_model"] == "lscp":
        return
    told = {"teams": say("plan.teams", count=state["plan_sites"])}
    told["budget"] = soles(state[_behind("plan_budget")], say)
    now = state["plan_by_budget"]
    with st.container(horizontal=True, vertical_alignment="center", key="plan_holds"):
        text = say(f"plan.holds.{now or 'asked'}", **told)
        role = "status" if now else "alert"
        st.html(render("paragraph", say, kind="plan-told", role=role, text=text))
        for name in HOLDS:
            if name != now:
                label = say(f"plan.holds.{name}.take", **told)
                st.button(label, key=f"plan_holds_{name}", on_click=_hold, args=(name,))


def _hold(name: str) -> None:
    st.session_state["plan_by_budget"] = name


def conditions(say: Words, own: OwnFiles) -> None:
    """Everything that narrows a plan, each group behind a button of its own."""
    names = {code: name for code, name, _ in small_map().shapes}
    with st.popover(say("plan.departments_only.head")):
        st.multiselect(
            say("plan.departments_only"),
            DEPARTMENTS,
            key=_behind("plan_only"),
            format_func=lambda code: names[code],
            placeholder=say("plan.departments_only.none"),
            help=say("plan.departments_only.help"),
            select_all=False,  # in English only, and no limit
        )
        st.caption(say("plan.departments_only.note"))
    only = tuple(sorted(st.session_state[_behind("plan_only")]))
    with st.popover(say("plan.services")):
        st.segmented_control(
            say("plan.services.which"),
            SERVICES,
            required=True,
            key=_behind("plan_services"),
            format_func=lambda code: say(f"plan.services.{code}"),
        )
        st.toggle(
            say("plan.services.lock"), key=_behind("plan_lock"), help=say("plan.services.lock.help")
        )
        st.caption(say("plan.services.note"))
    with st.popover(say("plan.candidates")):
        if own.candidates is None:
            _number_box(
                say("plan.candidates.population"),
                "plan_population",
                help=say("plan.candidates.population.help"),
            )
            options = _shipped_options(int(st.session_state["plan_population"]), only)
        else:
            options = _options(listed_candidates(own.candidates), only)
        st.session_state["plan_moves"] = [
            [teams, *([code for code in codes if code in options] for codes in before)]
            for teams, *before in st.session_state["plan_moves"]
        ]
        for name in ("must", "barred"):
            key = _behind(f"plan_{name}")
            kept = [code for code in st.session_state[key] if code in options]
            st.session_state[key] = st.session_state[f"plan_{name}"] = kept
            st.multiselect(
                say(f"plan.{name}"),
                list(options),
                key=key,
                format_func=lambda code: options.get(code, code),
                placeholder=say("plan.must.none"),
                help=say(f"plan.{name}.help"),
                select_all=False,  # in English only, and no plan
            )
        if own.zones is not None:
            _number_box(
                say("plan.buffer"),
                "plan_buffer",
                help=say("plan.buffer.help"),
            )
            st.toggle(
                say("plan.zone_people"),
                key=_behind("plan_come"),
                help=say("plan.zone_people.help"),
            )
            st.caption(say("plan.buffer.note"))
    with st.popover(say("plan.ways")):
        st.caption(say("plan.ways.note"))
        for land in LANDS:
            _number_box(
                say(f"plan.ways.{land}"),
                f"plan_{land}",
                help=say("plan.ways.land.help"),
            )
        st.multiselect(
            say("plan.ways.by_river"),
            DEPARTMENTS,
            key=_behind("plan_river_codes"),
            format_func=lambda code: names[code],
            placeholder=say("plan.ways.by_river.none"),
            help=say("plan.ways.by_river.help"),
            select_all=False,
        )
        st.caption(say("siting.land"))
    with st.popover(say("plan.fairness")):
        is_mclp = st.session_state["plan_model"] == "mclp"
        _number_box(
            say("plan.capacity"),
            "plan_capacity",
            disabled=not is_mclp,
            help=say("plan.capacity.help"),
        )
        st.slider(
            say("plan.equity"),
            min_value=0,
            max_value=100,
            format="%d %%",
            key=_behind("plan_equity"),
            disabled=not is_mclp,
            help=say("plan.equity.help"),
        )
        st.caption(say("plan.fairness.note"))
        st.segmented_control(
            say("plan.second"),
            SECONDS,
            required=True,
            key=_behind("plan_second"),
            format_func=lambda code: say(f"plan.second.{code}"),
            help=say("plan.second.help"),
            disabled=not is_mclp,
        )
        st.slider(
            say("plan.loss"),
            min_value=0,
            max_value=10,
            format="%d %%",
            key=_behind("plan_loss"),
            disabled=not is_mclp or st.session_state["plan_second"] == "none",
        )
        _number_box(
            say("plan.seed"),
            "plan_seed",
            help=say("plan.seed.help"),
        )

    with st.popover(say("plan.cost.head")):
        _number_box(say("plan.team_cost"), "plan_team_cost", help=say("plan.team_cost.help"))
        by_time = own.travel_times is not None
        is_travelled = st.session_state["plan_demand"] in (*TRAVELLED, *OWN_DEMANDS)
        _number_box(
            say("plan.way_cost.hours" if by_time else "plan.way_cost"),
            "plan_hour_cost" if by_time else "plan_way_cost",
            disabled=not is_travelled,
            help=say("plan.way_cost.help" if is_travelled else "siting.refusal.way_cost"),
        )
        _number_box(say("plan.budget"), "plan_budget", help=say("plan.budget.help"))
        st.caption(say("plan.cost.note"))


def chosen(own: OwnFiles, demands: Mapping[str, Demand]) -> tuple[PlanRequest, OwnFiles]:
    """The request that the controls make, and what of the planner's own it obeys."""
    state = st.session_state
    kind = state["plan_demand"]
    demand, timed = demands.get(kind), kind in WITH_PERIOD
    is_mclp = state["plan_model"] == "mclp"
    by_time = own.travel_times is not None
    request = PlanRequest(
        departments=tuple(sorted(state["plan_only"])),
        demand="own" if demand else f"{kind}:{state['plan_period']}" if timed else kind,
        model=state["plan_model"],
        sites=None
        if state["plan_model"] == "lscp" or _is_by_budget()
        else int(state["plan_sites"]),
        radius=float(state["plan_minutes"] if by_time else state["plan_radius"]),
        services="none" if by_time else state["plan_services"],
        lock_services=bool(state["plan_lock"]) and not by_time,
        min_population=0.0 if own.candidates is not None else float(state["plan_population"]),
        must=tuple(state["plan_must"]),
        barred=tuple(state["plan_barred"]),
        capacity=float(state["plan_capacity"]) if is_mclp and state["plan_capacity"] else None,
        min_department_share=state["plan_equity"] / 100 if is_mclp else 0.0,
        second=state["plan_second"],
        loss=state["plan_loss"] / 100,
        factors=DetourFactors(**{land: state[f"plan_{land}"] for land in LANDS}),
        river_codes=tuple(state["plan_river_codes"]),
        buffer_km=float(state["plan_buffer"]) if own.zones is not None else 0.0,
        zone_people="come" if own.zones is not None and state["plan_come"] else "stay",
        seed=int(state["plan_seed"]),
        team_cost=float(state["plan_team_cost"]),
        way_cost=float(state["plan_hour_cost" if by_time else "plan_way_cost"])
        if kind in (*TRAVELLED, *OWN_DEMANDS)
        else 0.0,
        budget=float(state["plan_budget"]) or None,
    )
    # points and records are obeyed where they are the demand
    others = {"points", "records"} - {kind}
    sources = tuple(one for one in own.sources if one.task not in others)
    return request, replace(own, demand=demand, sources=sources)


def _number_box(label: str, key: str, **how: Any) -> None:
    least, most, step = LIMITS[key]
    st.number_input(label, min_value=least, max_value=most, step=step, key=_behind(key), **how)


@st.cache_data(max_entries=8, show_spinner=False)
def _shipped_options(population: int, departments: tuple[str, ...]) -> dict[str, str]:
    try:
        return _options(district_capitals(population), departments)
    except PlanRefusal:  # nobody has so many; the plan says it
        return {}


def _options(found: Candidates, departments: tuple[str, ...]) -> dict[str, str]:
    """Candidates of the departments by code, as they are offered."""
    try:
        there = found.within(departments)
    except PlanRefusal:  # none of them stands there; the plan says it
        return {}
    return {
        str(code): candidate_label(str(code), str(name))
        for code, name in zip(there.code, there.name, strict=True)
    }
