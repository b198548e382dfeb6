"""The planner's choices: a request out of the controls, kept in the session and in no address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import streamlit as st

from data.periods import LATEST_YEAR
from geo.siting_problem import MODELS
from geo.travel import DetourFactors
from maps.plan_outcome import candidate_label, token_of
from maps.siting_candidates import Candidates, district_capitals, listed_candidates
from maps.siting_demand import Demand
from maps.siting_request import BUFFER_KM, SERVICES, OwnFiles, SitingRequest
from maps.state import DEPARTMENTS, PERIOD_CODES
from messages import Words

DEMANDS = ("complaints", "eb", "mining", "population")
MOST_SITES = 60
_GONE = "plan_demand_gone"
"""key of the session: the chosen demand, where it is no longer offered."""
_FACTORS = DetourFactors()
START: dict[str, Any] = {
    "plan_demand": "complaints",
    "plan_period": LATEST_YEAR,
    "plan_sites": 8,
    "plan_radius": 75,
    "plan_minutes": 120,
    "plan_model": "mclp",
    "plan_services": "none",
    "plan_lock": False,
    "plan_population": 0,
    "plan_coast": _FACTORS.coast,
    "plan_highland": _FACTORS.highland,
    "plan_jungle": _FACTORS.jungle,
    "plan_river": _FACTORS.river,
    "plan_river_codes": ["16"],
    "plan_buffer": BUFFER_KM,
    "plan_must": [],
    "plan_capacity": 0,
    "plan_equity": 0,
    "plan_seed": 1,
}
"""the controls by key, as they stand at first."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the controls say."""

    request: SitingRequest
    own: OwnFiles
    token: str
    """of the planner's own files and records: another one, another plan."""


def begin() -> None:
    """Let the controls stand where they stood before another page was open.

    Each is set anew in every run: the browser draws what stands behind a button only when that is
    pressed, and a control that is told its value in the first run alone begins at its minimum.
    """
    kept = st.session_state.setdefault("plan_choices", dict(START))
    for key, value in kept.items():
        st.session_state[key] = st.session_state.get(key, value)


def keep() -> None:
    """Remember the controls for the way back from another page."""
    st.session_state["plan_choices"] = {
        key: st.session_state.get(key, value) for key, value in START.items()
    }


def first_row(say: Words, own: Mapping[str, Demand], *, by_time: bool) -> None:
    """Demand, period, teams, reach, model: what a plan cannot do without."""
    offered = (*DEMANDS, *own)
    state = st.session_state
    if state["plan_demand"] not in offered:
        state[_GONE], state["plan_demand"] = state["plan_demand"], DEMANDS[0]
    elif state.get(_GONE) in offered:  # what the planner had chosen is there again
        state["plan_demand"] = state.pop(_GONE)
    st.segmented_control(
        say("plan.demand"),
        offered,
        required=True,
        key="plan_demand",
        format_func=lambda code: say(f"plan.demand.{code}"),
        on_change=lambda: state.pop(_GONE, None),
        wrap=True,
    )
    if st.session_state["plan_demand"] in DEMANDS[:2]:
        st.selectbox(
            say("controls.period"),
            PERIOD_CODES,
            key="plan_period",
            format_func=lambda code: say(f"period.{code}.short"),
            width=150,
        )
    st.number_input(
        say("plan.sites"),
        min_value=1,
        max_value=MOST_SITES,
        step=1,
        key="plan_sites",
        disabled=st.session_state["plan_model"] == "lscp",
        width=130,
    )
    st.number_input(
        say("plan.minutes" if by_time else "plan.radius"),
        min_value=5,
        max_value=1000,
        step=5,
        key="plan_minutes" if by_time else "plan_radius",
        width=150,
    )
    st.selectbox(
        say("plan.model"),
        MODELS,
        key="plan_model",
        format_func=lambda code: say(f"plan.model.{code}"),
        width=270,
    )


def gone_demand(say: Words) -> None:
    """Say that the chosen demand is gone and what counts instead, until another is chosen."""
    gone = st.session_state.get(_GONE)
    if gone is not None:
        names = {
            key: say(f"plan.demand.{code}") for key, code in (("gone", gone), ("now", DEMANDS[0]))
        }
        text = escape(say("plan.demand.gone", **names))
        st.html(f'<p class="plan-told" role="alert">{text}</p>')


def conditions(say: Words, own: OwnFiles) -> None:
    """Everything that narrows a plan, each group behind a button of its own."""
    with st.popover(say("plan.services")):
        st.segmented_control(
            say("plan.services.which"),
            SERVICES,
            required=True,
            key="plan_services",
            format_func=lambda code: say(f"plan.services.{code}"),
        )
        st.toggle(say("plan.services.lock"), key="plan_lock")
        _note(say("plan.services.note"))
    with st.popover(say("plan.candidates")):
        if own.candidates is None:
            st.number_input(
                say("plan.candidates.population"), min_value=0, step=1000, key="plan_population"
            )
            options = candidate_options(int(st.session_state["plan_population"]))
        else:
            options = _options_of(listed_candidates(own.candidates))
        st.session_state["plan_must"] = [
            code for code in st.session_state["plan_must"] if code in options
        ]
        st.multiselect(
            say("plan.must"),
            list(options),
            key="plan_must",
            format_func=lambda code: options.get(code, code),
            placeholder=say("plan.must.none"),
            select_all=False,  # in English only, and no plan
        )
        if own.zones is not None:
            st.number_input(
                say("plan.buffer"), min_value=0, max_value=200, step=5, key="plan_buffer"
            )
            _note(say("plan.buffer.note"))
    with st.popover(say("plan.ways")):
        _note(say("plan.ways.note"))
        for land in ("coast", "highland", "jungle", "river"):
            st.number_input(
                say(f"plan.ways.{land}"),
                min_value=1.0,
                max_value=10.0,
                step=0.05,
                key=f"plan_{land}",
            )
        names = department_names()
        st.multiselect(
            say("plan.ways.by_river"),
            DEPARTMENTS,
            key="plan_river_codes",
            format_func=lambda code: names[code],
            placeholder=say("plan.ways.by_river.none"),
            select_all=False,
        )
        _note(say("siting.land"))
    with st.popover(say("plan.fairness")):
        is_mclp = st.session_state["plan_model"] == "mclp"
        st.number_input(
            say("plan.capacity"), min_value=0, step=10, key="plan_capacity", disabled=not is_mclp
        )
        st.slider(
            say("plan.equity"),
            min_value=0,
            max_value=100,
            step=5,
            format="%d %%",
            key="plan_equity",
            disabled=not is_mclp,
        )
        _note(say("plan.fairness.note"))
        st.number_input(say("plan.seed"), min_value=0, max_value=10**6, step=1, key="plan_seed")


def chosen(own: OwnFiles, demands: Mapping[str, Demand]) -> Choices:
    """The request that the controls make."""
    state = st.session_state
    kind = state["plan_demand"]
    demand, timed = demands.get(kind), kind in DEMANDS[:2]
    is_mclp = state["plan_model"] == "mclp"
    by_time = own.travel_times is not None
    request = SitingRequest(
        demand="own" if demand else f"{kind}:{state['plan_period']}" if timed else kind,
        model=state["plan_model"],
        sites=None if state["plan_model"] == "lscp" else int(state["plan_sites"]),
        radius=float(state["plan_minutes"] if by_time else state["plan_radius"]),
        services="none" if by_time else state["plan_services"],
        lock_services=bool(state["plan_lock"]) and not by_time,
        min_population=0.0 if own.candidates is not None else float(state["plan_population"]),
        must=tuple(state["plan_must"]),
        capacity=float(state["plan_capacity"]) if is_mclp and state["plan_capacity"] else None,
        min_department_share=state["plan_equity"] / 100 if is_mclp else 0.0,
        factors=DetourFactors(
            coast=state["plan_coast"],
            highland=state["plan_highland"],
            jungle=state["plan_jungle"],
            river=state["plan_river"],
        ),
        river_codes=tuple(state["plan_river_codes"]),
        buffer_km=float(state["plan_buffer"]) if own.zones is not None else 0.0,
        seed=int(state["plan_seed"]),
    )
    # points and records are obeyed where they are the demand
    others = {"points", "records"} - {kind}
    sources = tuple(one for one in own.sources if one.task not in others)
    files = replace(own, demand=demand, sources=sources)
    return Choices(request, files, token_of(files))


@st.cache_data(max_entries=8, show_spinner=False)
def candidate_options(population: int) -> dict[str, str]:
    """Shipped candidates by code, as they are offered."""
    try:
        return _options_of(district_capitals(population))
    except ValueError:
        return {}


def _options_of(found: Candidates) -> dict[str, str]:
    return {
        str(code): candidate_label(str(code), str(name))
        for code, name in zip(found.code, found.name, strict=True)
    }


def department_names() -> dict[str, str]:
    """Departments by code."""
    from maps.small_maps import small_map

    return {code: name for code, name, _ in small_map().shapes}


def _note(text: str) -> None:
    st.caption(text)
