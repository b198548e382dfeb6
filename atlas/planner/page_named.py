"""Plans with names, side by side: kept, compared, opened, carried away together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from atlas.html import render
from atlas.planner.outcome import Outcome
from atlas.planner.page_lists import kept_list
from atlas.planner.page_plan import map_section
from atlas.planner.page_session import PLAN, PlanSession
from atlas.planner.question import OwnFiles
from atlas.planner.saved import (
    SavedPlan,
    compared,
    plans_zip,
    remade,
    short_name,
    sites_compared,
)
from atlas.words import Words, file_name

MOST_KEPT = 6
_MOST_NAME = 60


def named_section(outcome: Outcome, say: Words) -> None:
    """Draw the box that names and keeps the plan, and the kept ones side by side."""
    kept = PLAN.held.kept
    lost = _bring_back(PLAN.held)
    short = short_name(outcome, say)
    with st.container(key="plan_compare"):
        st.html(render("heading", say, title=say("plan.kept"), text=say("plan.kept.text")))
        if lost:
            text = say("plan.kept.lost", names=", ".join(lost))
            st.html(render("paragraph", say, kind="plan-told", role="status", text=text))
        with st.container(horizontal=True, vertical_alignment="bottom", key="plan_kept_new"):
            st.text_input(
                say("plan.kept.name"),
                key=PLAN.key("name"),
                placeholder=short,
                max_chars=_MOST_NAME,
                width=320,
            )
            st.button(
                say("plan.kept.keep"),
                key=PLAN.key("keep"),
                on_click=_keep,
                args=(outcome, short),
                disabled=len(kept) >= MOST_KEPT,
                help=say("plan.kept.most", count=MOST_KEPT) if len(kept) >= MOST_KEPT else None,
            )
        if not kept:
            return
        _kept_buttons(kept, say)
        plans = dict(kept)
        if not any(outcome.is_same(one) for one in kept.values()):
            plans[say("plan.kept.now")] = outcome
        _compare(plans, say)


def _bring_back(held: PlanSession) -> list[str]:
    """Make the plans again whose names and questions the browser kept; names of those that were not
    made, as their figures are others now."""
    while held.stored:
        name = next(iter(held.stored))
        if name not in held.kept:
            if (one := remade(held.stored[name])) is not None:
                held.kept[name] = one
            else:
                held.lost.append(name)
        del held.stored[name]
    return held.lost


def _compare(plans: Mapping[str, Outcome], say: Words) -> None:
    names, outcomes = list(plans), list(plans.values())
    figures = compared(outcomes, say, names[0])
    tables = [
        (say("plan.kept"), names, figures),
        (say("plan.kept.all_sites"), names, sites_compared(outcomes)),
    ]
    st.html(render("plan/kept", say, tables=tables))
    if len(names) < 2:
        return
    for at, place in enumerate(st.columns(2, gap="medium")):
        with place:
            key = f"plan_kept_map_{at}"
            if st.session_state.get(key) not in plans:
                st.session_state[key] = names[at]
            chosen = st.selectbox(say("plan.kept.map", number=at + 1), names, key=key)
            outcome = plans[chosen]
            map_section(outcome, _zones_of(outcome), say, key=f"plan_map_{'ab'[at]}", rem=26)


def _zones_of(outcome: Outcome) -> OwnFiles:
    """The zones that a plan obeys, while the session has the same ones."""
    held, hashes = kept_list("zones"), {one.sha256 for one in outcome.lists}
    is_same = held is not None and {one.sha256 for one in held.parts} <= hashes
    return OwnFiles(zones=held.zones if held is not None and is_same else None)


def _kept_buttons(kept: Mapping[str, Outcome], say: Words) -> None:
    """Draw what can be done with the kept plans: open or remove one, carry all away."""
    names = list(kept)
    if st.session_state.get("plan_kept_one") not in kept:
        st.session_state["plan_kept_one"] = names[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", key="plan_kept_buttons"):
        st.selectbox(say("plan.kept.one"), names, key=PLAN.key("kept_one"), width=320)
        st.button(
            say("plan.kept.open"), key=PLAN.key("kept_open"), on_click=_open_kept, args=(say.lang,)
        )
        st.button(say("plan.kept.remove"), key=PLAN.key("kept_remove"), on_click=_remove_kept)
        is_invented = any(one.is_invented for one in kept.values())
        st.download_button(
            say("plan.kept.all"),
            partial(plans_zip, dict(kept), say),
            file_name=f"{file_name(say, 'plans', is_invented=is_invented)}.zip",
            mime="application/zip",
            key=PLAN.key("kept_all"),
            on_click="ignore",
        )


def _keep(outcome: Outcome, short: str) -> None:
    """Keep a plan under the name that was typed, or a short one; another of that name has a 2."""
    state, kept = st.session_state, PLAN.held.kept
    name = plain_name(state.get("plan_name") or "") or short
    number, taken = 1, name
    while taken in kept:
        number += 1
        taken = f"{name} ({number})"
    kept[taken] = outcome.ended
    state["plan_name"] = ""
    state["plan_kept_one"] = taken


def plain_name(text: object) -> str:
    """A name as it may be shown: one line without control signs."""
    return "".join(one for one in str(text) if one.isprintable()).strip()[:_MOST_NAME]


def _remove_kept() -> None:
    PLAN.held.kept.pop(st.session_state.get("plan_kept_one", ""), None)


def _open_kept(lang: str) -> None:
    """Open a kept plan as its file would be: with its lists, and checked."""
    one = PLAN.held.kept.get(st.session_state.get("plan_kept_one", ""))
    if one is not None:
        PLAN.held.waiting = SavedPlan.of(one, lang)
