"""Lists of the planner's own on a page: upload, report row by row, remove; memory of the session.

Call :func:`planning_uploads` where the box is to stand and hand what it returns to the planner;
:func:`own_demands` tells what own demand there is. On other servers than an organisation's there
is no box, and nothing is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from geo.threshold import k_anonymity, shown_from
from maps.own_planning import (
    PlanningList,
    demand_of_points,
    hold_list,
    list_template,
    own_files,
)
from maps.siting_demand import Demand
from maps.siting_request import BUFFER_KM, OwnFiles
from messages import Words
from records.planning import TASKS
from records.reading import check_list
from records.refusal import Refusal
from tiers import ServerTier, current
from views.own_report import entries_table, notices_list
from views.upload_box import release_files, upload_box

LISTS = "own_lists"
"""Key of the session: usable and faulty lists by task."""
_REFUSALS = "own_list_refusals"
PLANS = ("plan_results", "plan_aside")
"""Keys of the session under which the planner keeps its answers; they name own candidates."""
HELD = (LISTS, _REFUSALS)
"""Keys of the session under which anything of a list may stand."""


def are_offered() -> bool:
    """Whether this server takes anything of an organisation's own."""
    return current() is ServerTier.NGO


def own_demands() -> dict[str, Demand]:
    """Own demand of the session: "records" from Mis datos, "points" from a list; both gated."""
    found: dict[str, Demand] = {}
    records: Demand | None = st.session_state.get("own_demand")
    if records is not None:
        found["records"] = records
    points = _lists().get("points")
    demand = demand_of_points(points) if points is not None and points.is_usable else None
    if demand is not None:
        found["points"] = demand
    return found


def planning_uploads(say: Words) -> OwnFiles:
    """Draw the box of own lists and return what the planner may use of them.

    Returns
    -------
    OwnFiles
        candidates, services, travel_times and zones; no demand (:func:`own_demands`).
    """
    if not are_offered():
        return OwnFiles()
    with st.container(key="plan_lists"):
        st.html(f'<p class="how">{escape(say("planning.text"))}</p>')
        task: str = st.segmented_control(
            say("planning.task"),
            TASKS,
            default=TASKS[0],
            required=True,
            key="plan_task",
            format_func=lambda name: say(f"planning.task.{name}"),
            wrap=True,
        )
        how = say(f"planning.how.{task}", from_count=shown_from(k_anonymity()))
        st.html(f'<p class="how">{escape(how)}</p>')
        st.download_button(
            say("planning.template"),
            partial(list_template, task, say),
            file_name=f"{say(f'planning.file.{task}')}.csv",
            mime="text/csv",
            key="plan_template",
            on_click="ignore",
        )
        label = say("own.file") if task == "zones" else say("planning.file")
        upload_box(say, key="plan", label=label, take=partial(_take, task))
        for name in TASKS:
            _shown(name, say)
    return own_files(_lists())


def _lists() -> dict[str, PlanningList]:
    return st.session_state.get(LISTS, {})


def _take(task: str, content: bytes) -> None:
    """Read a list; the one of its kind that was there before is forgotten."""
    _forget(task)
    try:
        checked = check_list(content, task)
    except Refusal as refusal:
        st.session_state.setdefault(_REFUSALS, {})[task] = refusal.as_dict()
        return
    st.session_state.setdefault(LISTS, {})[task] = hold_list(checked, task, today=date.today())


def _forget(task: str) -> None:
    for key in HELD:
        st.session_state.get(key, {}).pop(task, None)


def _remove(task: str) -> None:
    """Forget a list, and the plans that were made with it."""
    _forget(task)
    for name in PLANS:
        st.session_state.pop(name, None)
    release_files()


def _shown(task: str, say: Words) -> None:
    """One list: how many rows count, what is wrong, and the button that forgets it."""
    refusal: dict[str, Any] | None = st.session_state.get(_REFUSALS, {}).get(task)
    name = say(f"planning.task.{task}")
    if refusal is not None:
        reason = say(
            f"records.refusal.{refusal['code']}",
            **{part: refusal[part] for part in ("column", "line", "limit")},
        )
        text = escape(say("own.refused", reason=reason))
        st.html(f'<p class="own-told bad" role="alert"><b>{escape(name)}.</b> {text}</p>')
        return
    held = _lists().get(task)
    if held is None:
        return
    report = held.report
    counts = {"used": say.number(report.used_count), "rows": say.number(report.row_count)}
    state = say("planning.used", **counts)
    if not held.is_usable:
        why = say(_why_not(held), from_count=shown_from(k_anonymity()))
        state = f"{why} {say('planning.read', **counts)}"
    elif task == "zones":
        km = st.session_state.get("plan_choices", {}).get("plan_buffer", BUFFER_KM)
        told = say("planning.zones.buffer", km=say.number(km), where=say("plan.candidates"))
        state = f"{state} {told}"
    kind = "" if held.is_usable else " bad"
    with st.container(horizontal=True, vertical_alignment="center", key=f"plan_list_{task}"):
        st.html(
            f'<p class="own-told{kind}" role="status"><b>{escape(name)}.</b> {escape(state)}</p>'
        )
        forget: Callable[[], None] = partial(_remove, task)
        st.button(say("planning.remove", name=name), key=f"plan_remove_{task}", on_click=forget)
    if report.entries or report.notices:
        with st.expander(say("planning.report", count=say.number(report.entry_count))):
            st.html(notices_list(report, say) + entries_table(report, say))


def _why_not(held: PlanningList) -> str:
    if not held.report.is_accepted:
        return "planning.not_accepted"
    return "planning.zones_whole" if held.task == "zones" else "planning.points_hidden"
