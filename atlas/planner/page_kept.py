"""Plans that are kept: choices and names in the browser, a saved plan opened."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from functools import cache
from itertools import islice
from typing import Any

import streamlit as st

from atlas.html import render
from atlas.own_files.report import refusal_key
from atlas.planner.outcome import Outcome
from atlas.planner.page_choices import GONE, put, shown_choices, without_own_names
from atlas.planner.page_lists import (
    KEPT,
    USES_RECORDS,
    are_offered,
    at_hand,
    kept_list,
    remove_button,
)
from atlas.planner.page_named import MOST_KEPT, STORED, plain_name
from atlas.planner.plan_question import OF_LISTS, PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.planner.saved import (
    SavedPlan,
    checked,
    lists_apart,
    open_saved,
    question_of,
)
from atlas.planner.words import condition_text, older_text, share_text
from atlas.web.components import component
from atlas.web.upload_report import reading_box
from atlas.words import Message, PlanRefusal, Words, message
from data.readers.limits import UPLOAD_BYTES
from data.readers.refusal import Refusal
from data.refreshed import figures_edition

BROWSER = "plan_browser"
"""Key of the session: the component that keeps the choices and takes a file."""
_MOST_STORED = 60_000
"""characters of what a browser kept; of us it keeps a tenth of it, or half where six plans have
many fixed sites."""


@cache
def _server() -> str:
    """A mark of this process: the browser knows by it that the server began again."""
    return secrets.token_hex(8)


def browser(say: Words, own: OwnFiles | None = None) -> None:
    """Draw the button that opens a plan; let the browser keep the choices, or ask it for them.

    It keeps nothing of own lists but of which kinds there were; plans that obey one are lost.
    """
    state = st.session_state
    limit = f"{UPLOAD_BYTES >> 20} MB"
    component("planstore")(
        key=BROWSER,
        data={
            "ask": "" if own else state.setdefault("plan_ask", secrets.token_hex(8)),
            "keep": "" if own is None else _to_keep(own),
            "largest": UPLOAD_BYTES,
            "words": {
                "open": say("plan.open"),
                "tooLarge": say("plan.open.too_large", limit=limit),
                "unreadable": say("plan.open.unreadable"),
            },
        },
        width="content",
        on_stored_change=_take_stored,
        on_file_change=_take_file,
    )


def _to_keep(own: OwnFiles) -> str:
    """Choices, what else an opened plan asks, named plans, kinds of own lists; no name and no place
    of these, and no plan that obeys one."""
    state = st.session_state
    choices = dict(state["plan_choices"])
    choices["plan_demand"] = state.get(GONE, choices["plan_demand"])
    more = {name: value for name, (_, value) in state.get("plan_carried", {}).items()}
    more = state.get("plan_fields", more)
    tasks = {one.task for one in own.sources} | set(state.get("plan_again", ()))
    choices, more = (
        without_own_names(one, is_own="candidates" in tasks) for one in (choices, more)
    )
    named = {
        name: SavedPlan.of(one, "es").for_browser() for name, one in state.get(KEPT, {}).items()
    }
    plans = [[name, one] for name, one in {**named, **state.get(STORED, {})}.items() if one]
    more = PlanQuestion.of(**more).model_dump(include=set(more))
    content = {"server": _server(), "choices": choices, "more": more, "lists": sorted(tasks)}
    return json.dumps({**content, "plans": plans}, sort_keys=True)


def _take_stored() -> None:
    """Begin a session with what the browser kept, as far as the controls can show it."""
    state = st.session_state
    if "plan_choices" in state:
        return
    try:
        text = str(getattr(state.get(BROWSER), "stored", None) or "{}")
        stored = json.loads(text) if len(text) <= _MOST_STORED else {}
        choices, more = dict(stored.get("choices", {})), dict(stored.get("more", {}))
        known = question_of(PlanQuestion().model_dump() | more)
        lists = tuple(task for task in stored.get("lists", ()) if task in (*OF_LISTS, "services"))
        plans = {plain_name(name): dict(values) for name, values in stored.get("plans", ())}
        is_of_this_server = stored.get("server", _server()) == _server()
    except (ValueError, TypeError, AttributeError, RecursionError):
        choices, more, lists, plans, is_of_this_server = {}, {}, (), {}, True
    state["plan_choices"] = shown_choices(choices)
    if more:
        state["plan_fields"] = {name: getattr(known, name) for name in more}
    if lists:
        state["plan_again"] = lists
    state[STORED] = dict(islice(plans.items(), MOST_KEPT))
    if not is_of_this_server:
        _tell("plan.restarted")


def _take_file() -> None:
    text = getattr(st.session_state.get(BROWSER), "file", None)
    if isinstance(text, str):
        st.session_state["plan_handed_in"] = text


def is_asked() -> bool:
    """Whether the choices are known; a new session has to ask the browser first."""
    return "plan_choices" in st.session_state


def open_handed_in(say: Words) -> None:
    """Read a plan's file that came, and take its question once its lists are at hand.

    Called before the controls are drawn.
    """
    state = st.session_state
    text = state.pop("plan_handed_in", None)
    if text is not None:
        _forget("plan_waiting", "plan_opened", "plan_today")
        try:
            with reading_box(say("plan.open.working"), say):
                state["plan_waiting"] = open_saved(base64.b64decode(text, validate=True))
        except PlanRefusal as refusal:
            _tell(refusal.message.key, **dict(refusal.message.values))
        except binascii.Error:
            _tell("siting.refusal.saved_unreadable")
        except Refusal as refusal:
            _tell(refusal_key(refusal.code, "plan"), limit=refusal.limit)
    waiting: SavedPlan | None = state.get("plan_waiting")
    if waiting is not None and not any(lists_apart(waiting, at_hand(waiting))):
        _open(waiting)
    again = tuple(task for task in state.get("plan_again", ()) if kept_list(task) is None)
    if again:
        state["plan_again"] = again
    else:
        state.pop("plan_again", None)


def _open(saved: SavedPlan, without: tuple[str, ...] = (), *, is_whole: bool = True) -> None:
    """Let the controls ask what a plan asked; without some of its lists it is another question."""
    state = st.session_state
    state.pop("plan_waiting", None)
    state.pop(GONE, None)
    tasks = saved.tasks - set(without)
    choices = shown_choices(saved.request.choices(tasks))
    state["plan_choices"] = choices
    put(choices)
    if "records" in tasks:
        state[USES_RECORDS] = True
    lost = {name for task in without for name in OF_LISTS.get(task, ())}
    state["plan_fields"] = {name: value for name, value in saved.request if name not in lost}
    state.pop("plan_opened", None)
    if is_whole:
        state["plan_opened"] = saved
    else:
        _tell("plan.open.another")


def _tell(key: str, **values: object) -> None:
    """Say a sentence until the planner asks something else."""
    st.session_state.setdefault("plan_told", []).append(message(key, **values))
    st.session_state.pop("plan_told_at", None)


def told_section(say: Words) -> None:
    """Draw what is to be said of the session, until the choices are others."""
    state = st.session_state
    told: list[Message] = state.get("plan_told", [])
    if told and state.setdefault("plan_told_at", state["plan_choices"]) != state["plan_choices"]:
        told.clear()
    for one in dict.fromkeys(told):
        text = one.text(say)
        text = f"{text[0].upper()}{text[1:]}"
        st.html(render("paragraph", say, kind="plan-told", role="alert", text=text))


def asks_for_lists() -> bool:
    """Whether a plan waits for lists."""
    return bool({"plan_waiting", "plan_again"} & set(st.session_state))


def waiting_section(say: Words) -> bool:
    """Draw which lists are asked for before there is a plan; whether any is."""
    state = st.session_state
    saved: SavedPlan | None = state.get("plan_waiting")
    again: tuple[str, ...] = state.get("plan_again", ())
    if saved is None and not again:
        return False
    more: list[Any] = []
    if saved is None:
        lines = [say(f"planning.task.{task}") for task in again]
        lines += [say("plan.waits.must")] if "candidates" in again else []
        lost = again
    else:
        pairs, more = lists_apart(saved, at_hand(saved))
        lines = [_line(one, other, say) for one, other in pairs]
        lines += [say("plan.waits.more", **_named(one, say)) for one in more]
        lost = tuple(dict.fromkeys(one.task for one, _ in pairs))
    kind = "again" if saved is None else "saved"
    title, text = say(f"plan.waits.{kind}"), say(f"plan.waits.{kind}.text")
    if not are_offered():
        text = say("plan.waits.not_here")
    with st.container(key="plan_blocked"):
        heading = render("heading", say, title=title, text=text) + render("list", say, texts=lines)
        st.html(f'<div role="alert">{heading}</div>')
        with st.container(horizontal=True, key="plan_waits_buttons"):
            for one in more:
                remove_button(one.task, say, key=f"plan_waits_remove_{one.task}")
            label = say("plan.waits.without")
            st.button(label, key="plan_waits_without", on_click=_without, args=(saved, lost))
            if saved is not None:
                st.button(
                    say("plan.waits.not"),
                    key="plan_waits_not",
                    on_click=_forget,
                    args=("plan_waiting",),
                )
    return True


def _named(one: Any, say: Words) -> dict[str, str]:
    return {
        "list": say(f"planning.task.{one.task}"),
        "file": one.file,
        "rows": say.number(one.rows),
    }


def _line(one: Any, other: Any, say: Words) -> str:
    """A list that a plan obeys and that is not at hand."""
    if other is None:
        return say("plan.waits.lost", **_named(one, say))
    return say("plan.waits.other", **_named(one, say), other=other.file)


def _without(saved: SavedPlan | None, lost: tuple[str, ...]) -> None:
    st.session_state.pop("plan_again", None)
    if saved is not None:
        _open(saved, lost, is_whole=False)
    else:
        fields_left = st.session_state.get("plan_fields") or {}
        for name in {name for task in lost for name in OF_LISTS.get(task, ())}:
            fields_left.pop(name, None)
        _tell("plan.waits.another")


def _forget(*keys: str) -> None:
    for key in keys:
        st.session_state.pop(key, None)


def carried(request: PlanQuestion, say: Words) -> PlanQuestion:
    """The question of the controls, and what else an opened plan asks that none of them shows.

    A part that no control can show stays until its control is moved, and is said.
    """
    state = st.session_state
    if (values := state.pop("plan_fields", None)) is not None:
        shown = {name: getattr(request, name) for name in values}
        state["plan_carried"] = {
            name: (shown[name], value) for name, value in values.items() if shown[name] != value
        }
    held = {
        name: (shown, value)
        for name, (shown, value) in state.get("plan_carried", {}).items()
        if getattr(request, name) == shown
    }
    state["plan_carried"] = held
    if not held:
        return request
    with st.container(key="plan_carried_box", horizontal=True, vertical_alignment="center"):
        texts = [condition_text(name, value, say) for name, (_, value) in held.items()]
        text = say("plan.carried", conditions="; ".join(texts))
        st.html(render("paragraph", say, kind="plan-told", role="note", text=text))
        gone = ("plan_carried", "plan_opened")
        st.button(say("plan.carried.drop"), key="plan_carried_drop", on_click=_forget, args=gone)
    return request.changed(**{name: value for name, (_, value) in held.items()})


def as_it_was(request: PlanQuestion, say: Words) -> bool:
    """Draw an opened plan of other figures as its file has it, until it is to be computed anew."""
    saved = opened(request)
    if saved is None or saved.figures == figures_edition():
        return False
    if st.session_state.get("plan_today") is saved or any(lists_apart(saved, at_hand(saved))):
        return False
    told = {"edition": saved.figures, "now": figures_edition()}
    share = say.percent(saved.coverage_share, 1)
    rows = [
        (
            f"{one.order}. {one.name}",
            one.department,
            share_text(one.within_reach_added_share, say),
        )
        for one in saved.sites
    ]
    heads = [say(f"plan.older.{name}") for name in ("site", "department", "added")]
    with st.container(key="plan_older"):
        finding = say("plan.older.was", sites=len(saved.sites), share=share)
        st.html(
            render("heading", say, title=say("plan.older"), text=say("plan.older.text", **told))
            + render("paragraph", say, kind="finding", text=finding)
            + render("plan/table", say, heads=heads, rows=rows, is_named=True)
        )
        st.button(say("plan.older.today"), key="plan_today_button", on_click=_today, type="primary")
    return True


def _today() -> None:
    st.session_state["plan_today"] = st.session_state.get("plan_opened")


def opened(request: PlanQuestion) -> SavedPlan | None:
    """The plan that was opened, while the choices ask what it asked."""
    saved: SavedPlan | None = st.session_state.get("plan_opened")
    return saved if saved is not None and saved.request == request else None


def checked_section(outcome: Outcome, say: Words) -> None:
    """Say whether an opened plan came out as its file has it."""
    saved = opened(outcome.request)
    if saved is None:
        return
    if any(lists_apart(saved, at_hand(saved))):
        return
    kind, text = checked(saved, outcome, say)
    told_of = {"kind": "plan-told", "role": "status", "bold": say(f"plan.checked.{kind}")}
    st.html(render("paragraph", say, **told_of, text=text))
    if saved.counts_zone_people:
        with st.container(horizontal=True, vertical_alignment="center", key="plan_older_zones"):
            text = older_text(outcome, say)
            st.html(render("paragraph", say, kind="plan-told", role="note", text=text))
            stays = {"plan_come": False}
            label = say("plan.zone_people.anew")
            st.button(label, key="plan_zones_stay", on_click=put, args=(stays,))
