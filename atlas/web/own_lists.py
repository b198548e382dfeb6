"""Own lists and records of a session: used, refused or to confirm; only it has them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import streamlit as st

from atlas.drawing.small_maps import map_points
from atlas.html import render
from atlas.own_files.checking import NAME_CHARACTERS
from atlas.own_files.isolation import check_file
from atlas.own_files.lists import (
    PlanningList,
    hold_list,
    refused_list,
    unconfirmed_list,
    with_earlier,
)
from atlas.own_files.reading import is_mapping, read_mapping
from atlas.own_files.report import Report, refusal_message, why_left_out
from atlas.own_files.zone_columns import ASKED_NAMES, LARGEST_RADIUS_KM, LEAST_RADIUS_KM
from atlas.own_files.zone_content import POINTS
from atlas.settings import ServerTier, current
from atlas.web.components import plain_label
from atlas.web.session import Feature
from atlas.web.upload_report import release_files, report_html
from atlas.words import Words, message
from data.readers.limits import PAGE_ZONES_BYTES, TIMES_BYTES, UPLOAD_BYTES
from data.readers.privacy import shown
from data.readers.schema import TIME_UNITS
from geo.errors import UserError
from geo.privacy.minimum_count import k_anonymity, shown_from


@dataclass
class OwnSession:
    """Own lists and records."""

    lists: dict[str, PlanningList] = field(default_factory=dict)
    """by task, the last good list; "records" names the file of own records."""
    refused: dict[str, PlanningList] = field(default_factory=dict)
    """by task, a file that came after it and cannot be used. No plan that obeys such a list is
    made: the planner discards the file, replaces it, or removes the list."""
    uses_records: bool = False
    """own records are offered as demand."""
    mapping: tuple[str, Mapping[str, Any]] | None = None
    """name of a kept map of columns and what it says, for own records."""
    unanswered: str = ""
    """why the last confirmation was refused, in words."""
    forgotten: int = 0
    """how often the reader had all of it forgotten."""
    is_deleted: bool = False
    """just now."""


OWN = Feature("own", OwnSession)
LEFT_OPEN = ("names", "capitals")
"""what somebody is asked of rows of a list: places by names that are like theirs, and capitals in
place of wrong coordinates"""


def are_offered() -> bool:
    """Say whether this server takes own lists of an organisation."""
    return current() is ServerTier.NGO


def kept_list(task: str) -> PlanningList | None:
    """The last good list of a kind."""
    return OWN.state.lists.get(task)


def refused_lists() -> dict[str, PlanningList]:
    """Files that cannot be used, by task."""
    return OWN.state.refused if are_offered() else {}


def largest_of(task: str) -> int:
    """Bytes that a file of a task may have."""
    large = {"zones": PAGE_ZONES_BYTES, "travel_times": TIMES_BYTES}
    return large.get(task, UPLOAD_BYTES)


def take_file(
    task: str, name: str, content: bytes, mapping: Mapping[str, Any] | None = None
) -> None:
    """Read a list, or own records; the last good one of its kind stays.

    Records read otherwise than the template wait until somebody confirms their columns in
    ``mapping``; a kept mapping comes as a file of its own, before the records or after them.
    """
    file = shown(name, NAME_CHARACTERS)
    if task == "records" and is_mapping(content):
        _take_mapping(file, content)
        return
    own, refused = OWN.state, OWN.state.refused
    own.is_deleted = False
    # refused until it is read: an interrupted reading stops the plan too
    refused[task] = refused_list(task, file, message("records.refusal.unfinished"))
    try:
        if task == "records" and mapping is None and own.mapping is not None:
            mapping = own.mapping[1]
        checked = check_file(content, task, largest=largest_of(task), mapping=mapping)
        reading = checked.report.reading
        if reading is not None and reading.needs_confirming:
            refused[task] = unconfirmed_list(file, content, checked.report)
            return
        own_list = hold_list(checked, task, today=date.today(), file=file, content=content)
        if own_list.zones is not None:
            own_list.zones.measure(map_points())
        if task == "zones" and not own_list.is_usable:
            own_list = _with_question(own_list, content, {"names": True}, mapping)
        notices = dict(checked.report.notices)
        for left_open in LEFT_OPEN:
            if (names := notices.get(f"{left_open}_asked")) and left_open not in (mapping or {}):
                asked = {**(mapping or {}), left_open: True}
                refusal = message(f"records.refusal.{left_open}", names=names)
                own_list = replace(own_list, refusal=refusal, content=content, to_confirm=asked)
                break
        own_list = with_earlier(own_list, kept_list(task))
    except UserError as refusal:
        own_list = refused_list(task, file, refusal_message(refusal, task))
        is_personal = ".personal_" in refusal.key
        columns: Any = refusal.values.get("columns", [])
        # whatever stands beside zones may be one: nothing of them is left out as personal
        if refusal.key == "records.refusal.times_unit":
            own_list = _with_question(own_list, content, {"unit": ""}, mapping)
        elif refusal.key == "records.refusal.zone_columns":
            values: dict[str, Any] = refusal.values
            asked = {
                name: [*(mapping or {}).get(name, ()), *values[kind]]
                for name, kind in (("drop", "columns"), ("drop_members", "members"))
                if values[kind]
            }
            own_list = _with_question(own_list, content, asked, mapping)
            own_list = replace(own_list, asked=tuple(values["asked"]))
        elif columns and is_personal and task != "zones":
            dropped = [*(mapping or {}).get("drop", ()), *columns]
            own_list = _with_question(own_list, content, {"drop": dropped}, mapping)
    if own_list.is_usable:
        own.lists[task] = own_list
        del refused[task]
    else:
        refused[task] = own_list


def _with_question(
    refused: PlanningList,
    content: bytes,
    asked: Mapping[str, Any],
    confirmed: Mapping[str, Any] | None,
) -> PlanningList:
    """Return a refused list with what can be confirmed, if it lacks nothing else."""
    faults = {entry.code for entry in refused.report.entries if entry.is_fault}
    if refused.report.unlisted or not faults <= ASKED_NAMES:
        return refused
    return replace(refused, content=content, to_confirm={**(confirmed or {}), **asked})


def _take_mapping(file: str, content: bytes) -> None:
    """Keep a mapping of columns for later files, and read the waiting file with it."""
    refused = OWN.state.refused
    unfinished = message("records.refusal.unfinished")
    waiting = refused.get("records") or refused_list("records", file, unfinished)
    try:
        mapping = read_mapping(content)
    except UserError as refusal:
        refused["records"] = replace(waiting, refusal=refusal_message(refusal))
        return
    OWN.state.mapping = file, mapping
    if waiting.content:
        take_file("records", waiting.file, waiting.content)
    elif waiting.refusal and waiting.refusal.key.startswith("records.refusal.mapping"):
        del refused["records"]


def discard(task: str) -> None:
    """Forget a refused file."""
    OWN.state.refused.pop(task, None)
    release_files()


def discard_button(task: str, say: Words, *, key: str) -> None:
    """Draw the button that restores the last good list."""
    refused = refused_lists().get(task)
    is_waiting = refused is not None and bool(refused.content) and not refused.to_confirm
    label = say("own.read.discard" if is_waiting else "planning.discard")
    st.button(label, key=key, on_click=discard, args=(task,))


def question_table(refused: PlanningList, say: Words, *, key: str) -> Mapping[str, Any] | None:
    """Draw what a file of zones holds besides its zones, and return a person's answers.

    Each part that may say how far a zone reaches has a box to tick; points ask for a radius. Return
    None while a box or the radius is empty, so that nothing can be confirmed.
    """
    if refused.asked:
        st.html(render("own/asked", say, rows=refused.asked))
    answers: dict[str, Any] = {}
    # a box is of one file: another has to be ticked anew
    digest = hashlib.sha256(refused.content).hexdigest()[:8]
    ticked = [
        st.checkbox(
            say(f"zones.asked.says_nothing.{part['why']}", name=plain_label(str(part["name"]))),
            key=f"{key}_{digest}_{number}",
        )
        for number, part in enumerate(refused.asked)
        if part["why"] not in ("text", POINTS)
    ]
    if any(part["why"] == POINTS for part in refused.asked):
        answers["points_km"] = st.number_input(
            say("zones.asked.points_km"),
            min_value=LEAST_RADIUS_KM,
            max_value=LARGEST_RADIUS_KM,
            value=None,
            key=f"{key}_{digest}_km",
        )
    return answers if all(ticked) and None not in answers.values() else None


def confirm_button(
    refused: PlanningList, say: Words, *, key: str, answers: Mapping[str, Any] | None = None
) -> None:
    """Draw the buttons that confirm what a refused file leaves open.

    Rows in a list of places have a second button that leaves them out; minutes without a unit have
    one for each unit. Without ``answers`` the buttons are off until the questions above are
    answered.
    """
    asked, is_of_zones = {**refused.to_confirm, **(answers or {})}, refused.task == "zones"
    if not refused.to_confirm and not refused.asked:
        return
    confirm_key = "zones.drop" if is_of_zones and refused.refusal else "drop"
    confirm_key = "names.yes" if not refused.refusal else confirm_key
    ways = [(confirm_key, asked)]
    if "unit" in asked:
        ways = [(f"unit.{unit}", {**asked, "unit": unit}) for unit in TIME_UNITS]
    for left_open in LEFT_OPEN:
        if refused.refusal and refused.refusal.key == f"records.refusal.{left_open}":
            yes, no = asked, {**asked, left_open: False}
            ways = [(f"{left_open}.yes", yes), (f"{left_open}.no", no)]
    for number, (way, confirmed) in enumerate(ways):
        args = (refused.task, refused.file, refused.content, confirmed)
        st.button(
            say(f"planning.{way}"),
            key=f"{key}_{number}" if number else key,
            on_click=take_file,
            args=args,
            disabled=bool(refused.asked) and answers is None,
        )


def folded_report(report: Report, say: Words) -> None:
    """Draw the report behind its heading, if it has entries or notices."""
    if report.entries or report.notices:
        with st.expander(say("planning.report", count=say.number(report.entry_count))):
            st.html(report_html(report, say))


def refusal_html(refused: PlanningList, say: Words) -> str:
    """Write what is wrong with a file."""
    if refused.refusal is not None:
        reason = refused.refusal.text(say)
        text = say("planning.refused", file=refused.file, reason=reason)
    else:
        why = say(_why_not(refused), from_count=shown_from(k_anonymity()))
        if refused.task != "records" and (faults := why_left_out(refused.report, say)):
            why = (
                f"{faults[0].upper()}{faults[1:]}. {why}"  # the reason before what follows from it
            )
        counts = say("planning.read", **row_counts(refused, say))
        text = say("planning.refused_rows", file=refused.file, why=why, read=counts)
    name = f"{say(f'planning.task.{refused.task}')}."
    return render("paragraph", say, kind="own-told bad", bold=name, text=text)


def row_counts(own_list: PlanningList, say: Words) -> dict[str, str]:
    """Rows of a list, used and in all, as a sentence takes them."""
    report = own_list.report
    return {"used": say.number(report.used_count), "rows": say.number(report.row_count)}


def _why_not(own_list: PlanningList) -> str:
    if own_list.task == "records":
        if own_list.report.row_count == 0:
            return "own.no_rows"
        return "own.not_accepted" if own_list.report.has_outside else "own.none_used"
    if own_list.report.is_accepted:
        return "planning.zones_whole"
    return "planning.outside" if own_list.report.has_outside else "planning.none_used"
