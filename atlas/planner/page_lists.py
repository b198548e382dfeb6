"""Own lists on a page: upload, report row by row, refusal, removal; kept in the session alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from atlas.html import render
from atlas.own_files.isolation import check_file
from atlas.own_files.planning import NAME_CHARACTERS, TASKS
from atlas.own_files.reading import is_mapping, read_mapping
from atlas.own_files.report import Report, refusal_key
from atlas.planner.demand import Demand
from atlas.planner.lists import (
    PlanningList,
    demand_of_points,
    demand_of_records,
    hold_list,
    list_template,
    own_files,
    refused_list,
    unconfirmed_list,
    with_earlier,
)
from atlas.planner.outcome import Outcome
from atlas.planner.page_choices import shown_choices
from atlas.planner.plan_question import OF_LISTS
from atlas.planner.question import ListSource, OwnFiles
from atlas.planner.saved import SavedPlan, lists_apart
from atlas.settings import ServerTier, current
from atlas.web.upload_report import release_files, report_html, upload_box
from atlas.words import Words, file_name
from data.catalogue import ROOT, descriptor_of
from data.readers.limits import PAGE_ZONES_BYTES, TIMES_BYTES, UPLOAD_BYTES
from data.readers.privacy import shown
from data.readers.refusal import Refusal
from geo.privacy.minimum_count import k_anonymity, shown_from

LISTS = "own_lists"
"""Key of the session: by task, the last good list; "records" names the file of own records."""
REFUSED = "own_lists_refused"
"""Key of the session: by task, a file that came after it and cannot be used. No plan that obeys
such a list is made: the planner discards the file, replaces it, or removes the list."""
USES_RECORDS = "own_demand"
"""Key of the session: True where own records are offered as demand."""
NETWORK_COMMAND = (
    "python cli.py travel-times --network peru.osm.pbf --from candidates --min-population 50000 "
    "--to demand --season rainy --max-minutes 720 --out {name}.csv"
)
PLANS = "plan_results"
"""Key of the session under which the planner keeps its answers; they name own candidates."""
KEPT = "plan_kept"
"""Key of the session: by name, the plans that stand side by side."""
OPENED = ("plan_waiting", "plan_opened", "plan_today")
"""Keys of the session: a saved plan that waits for its lists, and one that was opened."""
HELD_FIELDS = ("plan_fields", "plan_carried", "plan_again")
"""Keys of the session: what no control shows of an opened plan; lists that a reload has lost."""
BY_HAND = ("plan_asked", "plan_refused_move", "plan_no_best", "plan_best", "plan_key")
"""Keys of the session: moves that wait, one that could not be made, a question without a plan, the
best so far of a search, the question that is shown."""
MAPPING = "own_mapping"
"""Key of the session: the name of a kept map of columns and what it says, for own records."""
HELD = (LISTS, REFUSED, USES_RECORDS, MAPPING, PLANS, KEPT, *OPENED, *HELD_FIELDS, *BY_HAND)
"""Keys of the session under which anything of an upload may stand, or of a plan made of one."""


def are_offered() -> bool:
    """Whether this server takes anything of an organisation's own."""
    return current() is ServerTier.NGO


def own_demands() -> dict[str, Demand]:
    """Own demand of the session: "records" from Mis datos, "points" from a list; both gated."""
    records, points = kept_list("records"), kept_list("points")
    offered: dict[str, Demand | None] = {}
    if records is not None and records.own is not None and USES_RECORDS in st.session_state:
        offered["records"] = demand_of_records(records.own)
    if points is not None:
        offered["points"] = demand_of_points(points)
    return {name: demand for name, demand in offered.items() if demand is not None}


def planning_uploads(say: Words) -> OwnFiles:
    """Draw the box of own lists, on an organisation's server; what the planner may use of them."""
    if not are_offered():
        return OwnFiles()
    with st.container(key="plan_lists"):
        st.html(render("paragraph", say, kind="how", text=say("planning.text")))
        asked = next((task for task in TASKS if task in asked_tasks()), "")
        with st.container(key="plan_task"):
            task: str = st.segmented_control(
                say("planning.task"),
                TASKS,
                default=asked or TASKS[0],
                required=True,
                key=f"plan_task_{asked}",  # stands anew on the list that a plan asks for
                format_func=lambda name: say(f"planning.task.{name}"),
                wrap=True,
            )
        how = say(f"planning.how.{task}", from_count=shown_from(k_anonymity()))
        st.html(render("paragraph", say, kind="how", text=how))
        st.download_button(
            say("planning.template"),
            partial(list_template, task, say),
            file_name=f"{file_name(say, f'list.{task}')}.csv",
            mime="text/csv",
            key="plan_template",
            on_click="ignore",
        )
        if task == "travel_times":
            _network_help(say)
        upload_box(
            say,
            key="plan",
            label="own.file" if task == "zones" else "planning.file",
            largest=_largest(task),
            take=partial(take_file, task),
        )
        for name in TASKS:
            _shown(name, say)
    return own_files(_lists())


def _network_help(say: Words) -> None:
    """How to make travel times of a network: too large for a page, so by the command."""
    with st.expander(say("planning.network"), key="plan_network"):
        st.html(render("paragraph", say, kind="how", text=say("planning.network.text")))
        command = NETWORK_COMMAND.format(name=file_name(say, "list.travel_times"))
        st.code(command, language=None, wrap_lines=True)
        st.download_button(
            say("planning.speeds"),
            (ROOT / descriptor_of("travel_speeds")["path"]).read_bytes,
            file_name=f"{file_name(say, 'speeds')}.csv",
            mime="text/csv",
            key="plan_speeds",
            on_click="ignore",
        )


def _lists() -> dict[str, PlanningList]:
    return st.session_state.get(LISTS, {})


def kept_list(task: str) -> PlanningList | None:
    """The last good list of a kind."""
    return _lists().get(task)


def refused_lists() -> dict[str, PlanningList]:
    """Files that cannot be used, by task."""
    return st.session_state.get(REFUSED, {}) if are_offered() else {}


def blocking_lists(demand: str) -> dict[str, PlanningList]:
    """Refused files that stop the plan; own records only where it or a kept plan counts them."""
    kept: dict[str, Outcome] = st.session_state.get(KEPT, {})
    counts_records = demand == "records" or any("records" in one.tasks for one in kept.values())
    return {
        task: held for task, held in refused_lists().items() if task != "records" or counts_records
    }


def refused_section(blocking: Mapping[str, PlanningList], say: Words) -> None:
    """Draw, where the plan would be, which lists are refused and the three ways out of it."""
    with st.container(key="plan_blocked"):
        title, text = say("plan.blocked"), say("plan.blocked.text")
        st.html(f'<div role="alert">{render("heading", say, title=title, text=text)}</div>')
        for task, held in blocking.items():
            before = kept_list(task)
            where = say("nav.own" if task == "records" else "planning.title")
            ways = [
                say("planning.out.none")
                if before is None
                else say("planning.out.keep", file=before.file, **_counts(before, say)),
                say("planning.out.replace", where=where),
                *(() if before is None else (say("planning.out.remove"),)),
            ]
            st.html(refusal_html(held, say) + render("list", say, texts=ways))
            with st.container(horizontal=True, key=f"plan_out_{task}"):
                discard_button(task, say, key=f"plan_out_discard_{task}")
                if before is not None:
                    remove_button(task, say, key=f"plan_out_remove_{task}")


def _largest(task: str) -> int:
    return {"zones": PAGE_ZONES_BYTES, "travel_times": TIMES_BYTES}.get(task, UPLOAD_BYTES)


def take_file(
    task: str, name: str, content: bytes, mapping: Mapping[str, Any] | None = None
) -> None:
    """Read a list, or own records; the last good one of its kind stays, for the way back.

    Records that were read otherwise than the template wait for somebody to confirm it, which is
    what ``mapping`` says; a kept one comes as a file of its own, before the records or after them.
    """
    file = shown(name, NAME_CHARACTERS)
    if task == "records" and is_mapping(content):
        _take_mapping(file, content)
        return
    refused: dict[str, PlanningList] = st.session_state.setdefault(REFUSED, {})
    # refused until it is read: whatever ends the reading, no plan goes by
    refused[task] = refused_list(task, file, Refusal("unfinished"))
    try:
        if task == "records" and mapping is None:
            _, mapping = st.session_state.get(MAPPING, ("", None))
        checked = check_file(content, task, largest=_largest(task), mapping=mapping)
        reading = checked.report.reading
        if reading is not None and reading.needs_confirming:
            refused[task] = unconfirmed_list(file, content, checked.report)
            return
        held = hold_list(checked, task, today=date.today(), file=file, content=content)
    except Refusal as refusal:
        held = refused_list(task, file, refusal)
    if held.is_usable:
        st.session_state.setdefault(LISTS, {})[task] = with_earlier(held, kept_list(task))
        del refused[task]
    else:
        refused[task] = held


def _take_mapping(file: str, content: bytes) -> None:
    """Keep a map of columns for the files that follow, and read with it the one that waits."""
    refused: dict[str, PlanningList] = st.session_state.setdefault(REFUSED, {})
    waiting = refused.get("records") or refused_list("records", file, Refusal("unfinished"))
    try:
        mapping = read_mapping(content)
    except Refusal as refusal:
        refused["records"] = replace(waiting, refusal=refusal.as_dict())
        return
    st.session_state[MAPPING] = (file, mapping)
    if waiting.content:
        take_file("records", waiting.file, waiting.content)
    elif (waiting.refusal or {}).get("code", "").startswith("mapping"):
        del refused["records"]


def _discard(task: str) -> None:
    """Back to the last good list; without one, to none."""
    st.session_state.get(REFUSED, {}).pop(task, None)
    release_files()


def _remove(task: str) -> None:
    """Forget a list, a refused file of its kind, and the plans that were made with it."""
    for key in (LISTS, REFUSED):
        st.session_state.get(key, {}).pop(task, None)
    for name in (PLANS, *BY_HAND, *((USES_RECORDS,) if task == "records" else ())):
        st.session_state.pop(name, None)
    for held in ("plan_fields", "plan_carried"):
        for name in OF_LISTS.get(task, ()):
            (st.session_state.get(held) or {}).pop(name, None)
    for name in OPENED:
        saved: SavedPlan | None = st.session_state.get(name)
        if saved is not None and task in saved.tasks:
            st.session_state.pop(name)
    kept: dict[str, Outcome] = st.session_state.get(KEPT, {})
    for name in [name for name, one in kept.items() if task in one.tasks]:
        del kept[name]
    release_files()


def at_hand(saved: SavedPlan) -> list[ListSource]:
    """Lists of the session that a plan obeys here; points and records only where they are its
    demand."""
    others = {"points", "records"} - saved.tasks
    usable = [one for one in _lists().values() if one.is_usable]
    return [part for one in usable for part in one.parts if part.task not in others]


def asked_tasks() -> tuple[str, ...]:
    """Kinds of the lists that a plan waits for."""
    saved: SavedPlan | None = st.session_state.get("plan_waiting")
    if saved is None:
        return tuple(st.session_state.get("plan_again", ()))
    return tuple(one.task for one, _ in lists_apart(saved, at_hand(saved))[0])


def discard_button(task: str, say: Words, *, key: str) -> None:
    """Draw the button that goes back to the last good list."""
    held = refused_lists().get(task)
    is_waiting = held is not None and bool(held.content)
    label = say("own.read.discard" if is_waiting else "planning.discard")
    st.button(label, key=key, on_click=_discard, args=(task,))


def remove_button(task: str, say: Words, *, key: str) -> None:
    """Draw the button that forgets a list, and with it the plans that obey it."""
    label = say("planning.remove", name=say(f"planning.task.{task}"))
    st.button(label, key=key, on_click=_remove, args=(task,))


def _shown(task: str, say: Words) -> None:
    """A list and a refused file: how many rows count, what is wrong, the buttons that forget."""
    held, refused = _lists().get(task), refused_lists().get(task)
    if held is not None:
        state = say(
            "planning.in_use" if refused is None else "planning.kept",
            file=held.file,
            **_counts(held, say),
        )
        if task == "zones":
            km = shown_choices(st.session_state.get("plan_choices", {}))["plan_buffer"]
            where = say("plan.candidates")
            state += " " + say("planning.zones.buffer", km=say.number(km), where=where)
        name = f"{say(f'planning.task.{task}')}."
        with st.container(horizontal=True, vertical_alignment="center", key=f"plan_list_{task}"):
            told = {"kind": "own-told", "role": "status", "bold": name, "text": state}
            st.html(render("paragraph", say, **told))
            remove_button(task, say, key=f"plan_remove_{task}")
    if refused is not None:
        with st.container(horizontal=True, vertical_alignment="center", key=f"plan_bad_{task}"):
            st.html(refusal_html(refused, say))
            discard_button(task, say, key=f"plan_discard_{task}")
    latest = refused or held
    if latest is not None:
        folded_report(latest.report, say)


def folded_report(report: Report, say: Words) -> None:
    """Draw the report behind its heading, where it says anything."""
    if report.entries or report.notices:
        with st.expander(say("planning.report", count=say.number(report.entry_count))):
            st.html(report_html(report, say))


def refusal_html(refused: PlanningList, say: Words) -> str:
    """What is wrong with a file, as HTML."""
    if refused.refusal is not None:
        code = refused.refusal["code"]
        reason = say(refusal_key(code, refused.task), **refused.refusal)
        text = say("planning.refused", file=refused.file, reason=reason)
    else:
        why = say(_why_not(refused), from_count=shown_from(k_anonymity()))
        counts = say("planning.read", **_counts(refused, say))
        text = say("planning.refused_rows", file=refused.file, why=why, read=counts)
    name = f"{say(f'planning.task.{refused.task}')}."
    return render("paragraph", say, kind="own-told bad", bold=name, text=text)


def _counts(held: PlanningList, say: Words) -> dict[str, str]:
    report = held.report
    return {"used": say.number(report.used_count), "rows": say.number(report.row_count)}


def _why_not(held: PlanningList) -> str:
    if held.task == "records":
        if held.report.row_count == 0:
            return "own.no_rows"
        return "own.not_accepted" if held.report.has_outside else "own.none_used"
    if not held.report.is_accepted:
        return "planning.not_accepted"
    return "planning.zones_whole" if held.task == "zones" else "planning.points_hidden"
