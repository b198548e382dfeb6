"""Draw own lists: upload, report row by row, refusal, removal; only the session has them."""

from __future__ import annotations

import shlex
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from atlas.html import render
from atlas.own_files.lists import PlanningList, list_template
from atlas.own_files.planning import TASKS
from atlas.own_files.report import Report
from atlas.planner.demand import Demand, demand_of_records
from atlas.planner.page_choices import without_own_names
from atlas.planner.page_session import PLAN, paragraph
from atlas.planner.plan_file import StoredPlan
from atlas.planner.question import OwnFiles, own_files, where_zones_lie
from atlas.settings import contact
from atlas.web.own_lists import (
    OWN,
    are_offered,
    confirm_button,
    discard_button,
    folded_report,
    kept_list,
    largest_of,
    question_table,
    refusal_html,
    refused_lists,
    row_counts,
    take_file,
)
from atlas.web.upload_report import release_files, upload_box
from atlas.words import Words, file_name, message
from data.catalogue import read_resource
from geo.privacy.minimum_count import k_anonymity, shown_from

NETWORK_COMMAND = (
    "python cli.py travel-times --network peru.osm.pbf --from candidates "
    "--to demand --season rainy --max-minutes 720 --out {name}.csv"
)


def own_demands() -> dict[str, Demand]:
    """Return the records of Mis datos as demand, gated, under their name."""
    own_list = kept_list("records")
    records = None if own_list is None or not OWN.state.uses_records else own_list.own
    demand = None if records is None else demand_of_records(records)
    return {} if demand is None else {"records": demand}


def usable_lists() -> tuple[OwnFiles, dict[str, Demand]]:
    """Return the usable own lists and their demands; none on a server that takes none."""
    if not are_offered():
        return OwnFiles(), {}
    return own_files(OWN.state.lists), own_demands()


def planning_uploads(say: Words) -> None:
    """Draw the box of own lists, on a server that takes them."""
    if not are_offered():
        named = contact()
        st.caption(say("planning.not_offered") + (f" [{named[0]}]({named[1]})." if named else ""))
        return
    st.html(render("heading", say, title=say("planning.title"), level="h3"))
    with st.container(key="plan_lists"):
        paragraph(say("planning.text"), say)
        asked = next((task for task in TASKS if task in missing_tasks()), "")
        with st.container(key="plan_task"):
            task: str = st.segmented_control(
                say("planning.task"),
                TASKS,
                default=asked or TASKS[0],
                required=True,
                # a new key selects the list that a plan asks for, and resets once all is forgotten
                key=PLAN.key(f"task_{asked}_{OWN.state.forgotten}"),
                format_func=lambda name: say(f"planning.task.{name}"),
                wrap=True,
            )
        paragraph(say(f"planning.how.{task}", from_count=shown_from(k_anonymity())), say)
        st.download_button(
            say("planning.template"),
            partial(list_template, task, say),
            file_name=f"{file_name(say, f'list.{task}')}.csv",
            mime="text/csv",
            key=PLAN.key("template"),
            on_click="ignore",
        )
        if task == "travel_times":
            _network_help(say)
        upload_box(
            say,
            key="plan",
            label="own.file" if task == "zones" else "planning.file",
            largest=largest_of(task),
            take=partial(take_file, task),
        )
        for name in TASKS:
            _shown(name, say)


def _network_help(say: Words) -> None:
    """Show how the command makes travel times, because a network is too large for a page."""
    with st.expander(say("planning.network"), key=PLAN.key("network")):
        paragraph(say("planning.network.text"), say)
        command = NETWORK_COMMAND.format(name=file_name(say, "list.travel_times"))
        st.code(_with_zones(command), language=None, wrap_lines=True)
        st.download_button(
            say("planning.speeds"),
            read_resource("travel_speeds").content,
            file_name=f"{file_name(say, 'speeds')}.csv",
            mime="text/csv",
            key=PLAN.key("speeds"),
            on_click="ignore",
        )


def _with_zones(command: str) -> str:
    """The command, with the zones that the session holds: no way of its table crosses them."""
    zones = kept_list("zones")
    parts = () if zones is None else zones.parts
    return " ".join([command, *(f"--exclude {shlex.quote(part.file)}" for part in parts)])


def blocking_lists(demand: str) -> dict[str, PlanningList]:
    """Return refused files that stop the plan; own records only if a plan counts them."""
    beside = PLAN.state.compared
    counts_records = demand == "records" or (beside is not None and "records" in beside.tasks)
    return {
        task: refused
        for task, refused in refused_lists().items()
        if task != "records" or counts_records
    }


def refused_section(blocking: Mapping[str, PlanningList], say: Words) -> None:
    """Draw, in place of the plan, which lists are refused, and the buttons that lead on."""
    with st.container(key="plan_blocked"):
        title, text = say("plan.blocked"), say("plan.blocked.text")
        st.html(f'<div role="alert">{render("heading", say, title=title, text=text)}</div>')
        for task, refused in blocking.items():
            st.html(refusal_html(refused, say))
            answers = question_table(refused, say, key=PLAN.key(f"out_asked_{task}"))
            with st.container(horizontal=True, key=f"plan_out_{task}"):
                key = PLAN.key(f"out_confirm_{task}")
                confirm_button(refused, say, key=key, answers=answers)
                discard_button(task, say, key=PLAN.key(f"out_discard_{task}"))
                if kept_list(task) is not None:
                    remove_button(task, say, key=PLAN.key(f"out_remove_{task}"))


def _remove(task: str) -> None:
    """Forget a list, a refused file of its kind, and the plans made with it."""
    own, session = OWN.state, PLAN.state
    for lists in (own.lists, own.refused):
        lists.pop(task, None)
    own.uses_records &= task != "records"
    session.results, session.moves_asked = OrderedDict(), []
    session.refused_move = session.best = session.change = session.last = None
    session.steps.clear()
    if session.opened is not None and task in session.opened.document.tasks:
        session.opened = None
    if session.compared is not None and task in session.compared.tasks:
        session.compared = None
    release_files()


def forget() -> None:
    """Forget own lists and records, and what was made with them; keep other choices."""
    own, before = OWN.state, PLAN.state
    OWN.forget()
    PLAN.forget()
    if before.request is not None:
        is_own = "candidates" in own.lists
        PLAN.state.request = without_own_names(before.request, is_own=is_own)
        PLAN.state.tasks = before.tasks
    PLAN.state.turn, OWN.state.forgotten = before.turn + 1, own.forgotten + 1
    release_files()


def missing_tasks() -> tuple[str, ...]:
    """Return the kinds of lists that a reload lost and that are still missing."""
    return PLAN.state.again


def keep_lists_of(stored: StoredPlan) -> None:
    """Take the lists that came in the file of a plan as those of the session."""
    for task in ("candidates", "services", "zones"):
        parts = tuple(source for source in stored.document.lists if source.task == task)
        if (value := getattr(stored.own, task)) is not None and parts:
            report = Report(
                row_count=sum(source.rows for source in parts),
                used_count=sum(source.rows_used for source in parts),
            )
            file = " + ".join(source.file for source in parts)
            rows = pd.DataFrame() if task == "zones" else value
            zones = value if task == "zones" else None
            OWN.state.lists[task] = PlanningList(task, report, rows, file, zones=zones, parts=parts)


def remove_button(task: str, say: Words, *, key: str) -> None:
    """Draw the button that forgets a list, and the plans that obey it."""
    label = say("planning.remove", name=say(f"planning.task.{task}"))
    st.button(label, key=key, on_click=_remove, args=(task,))


def _about_costs(own_list: PlanningList, say: Words) -> str:
    """Say which column the costs of candidates come from, and how many have none."""
    if "cost" not in own_list.rows:
        return say("planning.no_costs")
    column = next(
        (heading for code, heading in own_list.report.notices if code == "cost_column"), ""
    )
    text = say("planning.costs", column=column or say("planning.heading.cost"))
    if missing := int(own_list.rows["cost"].isna().sum()):
        text += " " + say("planning.costs.missing", count=missing)
    return text


def _minutes_in_use(own_list: PlanningList, say: Words) -> tuple[str, dict[str, str]]:
    """Return how many rows of minutes join our places, as the last plan says that obeys them."""
    last, hashes = PLAN.state.last, {part.sha256 for part in own_list.parts}
    of_plan = [source for source in last.lists if source.sha256 in hashes] if last else []
    if len(of_plan) < len(own_list.parts):
        return "planning.minutes_read", row_counts(own_list, say)
    used = say.number(sum(source.rows_used for source in of_plan))
    return "planning.in_use", {**row_counts(own_list, say), "used": used}


def _shown(task: str, say: Words) -> None:
    """Draw a list and a refused file: rows, faults, and the buttons that forget them."""
    own_list, refused = kept_list(task), refused_lists().get(task)
    if own_list is not None:
        key, counts = (
            "planning.in_use" if refused is None else "planning.kept",
            row_counts(own_list, say),
        )
        if task == "travel_times" and refused is None:
            key, counts = _minutes_in_use(own_list, say)
        state = say(key, file=own_list.file, **counts)
        if task == "candidates":
            state += f" {_about_costs(own_list, say)}"
        if task == "zones":
            km = PLAN.state.request.buffer_km if PLAN.state.request else 0.0
            where = say("plan.candidates")
            state += " " + say("planning.zones.buffer", km=say.number(km), where=where)
            if own_list.zones is not None:
                messages = where_zones_lie(own_list.zones, len(own_list.parts))
                messages += [message("siting.zones.whole")] if own_list.zones.widened else []
                for text in (each.text(say) for each in messages):
                    state += f" {text[0].upper()}{text[1:]}."
        name = f"{say(f'planning.task.{task}')}."
        with st.container(horizontal=True, vertical_alignment="center", key=f"plan_list_{task}"):
            paragraph(state, say, "own-told", role="status", bold=name)
            remove_button(task, say, key=PLAN.key(f"remove_{task}"))
    if refused is not None:
        if refused.asked:
            st.html(refusal_html(refused, say))
        answers = question_table(refused, say, key=PLAN.key(f"asked_{task}"))
        with st.container(horizontal=True, vertical_alignment="center", key=f"plan_bad_{task}"):
            if not refused.asked:
                st.html(refusal_html(refused, say))
            confirm_button(refused, say, key=PLAN.key(f"confirm_{task}"), answers=answers)
            discard_button(task, say, key=PLAN.key(f"discard_{task}"))
    latest = refused or own_list
    if latest is not None:
        folded_report(latest.report, say)
