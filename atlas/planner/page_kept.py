"""Store plans: the last one in the browser, one in a file, and one for comparison."""

from __future__ import annotations

import base64
import json
import secrets
from functools import cache, partial

import streamlit as st

from atlas.html import render
from atlas.planner import by_hand, sentences
from atlas.planner.document import PlanDocument
from atlas.planner.page_choices import without_own_names
from atlas.planner.page_lists import keep_lists_of
from atlas.planner.page_session import PLAN, paragraph, tell
from atlas.planner.plan_file import SUFFIX, open_plan, plan_zip
from atlas.planner.plan_question import MOST_TEXT, OF_LISTS, OWN_DEMANDS, PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.web.components import component
from atlas.web.own_lists import are_offered, kept_list
from atlas.words import Words, error_message, file_name, message
from data.catalogue import figures_edition
from data.readers.limits import UPLOAD_BYTES
from geo.errors import UserError

BROWSER = "plan_browser"
"""Key of the session: the component that keeps the last plan and takes a file."""
_MOST_STORED = 1_000_000
"""characters of what a browser kept; of us it keeps a tenth of it."""


@cache
def _server() -> str:
    """Return a random mark by which the browser recognises a restarted server."""
    return secrets.token_hex(8)


def browser(say: Words, own: OwnFiles | None = None, document: PlanDocument | None = None) -> None:
    """Draw the button that opens a plan, and let the browser store or return question and plan.

    Of own lists, and of plans that obey them, it keeps only which kinds there were.
    """
    session = PLAN.state
    session.ask_mark = session.ask_mark or secrets.token_hex(8)
    limit = f"{UPLOAD_BYTES >> 20} MB"
    component("planstore")(
        key=BROWSER,
        data={
            "ask": "" if own else session.ask_mark,
            "keep": "" if own is None else _browser_content(own, document),
            "largest": UPLOAD_BYTES,
            "words": {
                "open": say("plan.open"),
                "tooLarge": say("plan.open.too_large", limit=limit),
                "unreadable": say("plan.open.unreadable"),
            },
        },
        width="content",
        on_stored_change=_read_stored_choices,
        on_file_change=_read_uploaded_file,
    )


def _browser_content(own: OwnFiles, document: PlanDocument | None) -> str:
    """Return question, kinds of own lists and a plan without lists as JSON.

    It has no name and no place of these lists.
    """
    session = PLAN.state
    tasks = {source.task for source in own.sources} | set(session.again)
    asked = without_own_names(session.request or PlanQuestion(), is_own="candidates" in tasks)
    content = {
        "server": _server(),
        "question": asked.model_dump(mode="json"),
        "own_demand": session.own_demand,
        "lists": sorted(tasks),
    }
    if document is not None and not document.lists:
        plan = base64.b64encode(plan_zip(document)).decode()
        is_opened = session.opened is not None
        content |= {"plan": plan, "figures": document.figures, "is_opened": is_opened}
    return json.dumps(content, sort_keys=True)


def _read_stored_choices() -> None:
    """Begin a session with the question that the browser stored, if it is valid.

    The stored plan is opened as it was if it was an opened one, or if figures have changed since.
    """
    session = PLAN.state
    if session.request is not None:
        return
    begin = PlanQuestion()
    try:
        text = str(getattr(st.session_state.get(BROWSER), "stored", None) or "{}")
        stored = json.loads(text) if len(text) <= _MOST_STORED else {}
        asked = stored.get("question")
        request = PlanQuestion.model_validate_json(json.dumps(asked)) if asked else begin
        kinds = {*OF_LISTS, *OWN_DEMANDS, "services"}
        lists = tuple(task for task in stored.get("lists", ()) if task in kinds)
        own_demand = stored.get("own_demand")
        is_of_this_server = stored.get("server", _server()) == _server()
        if stored and not asked:
            tell("plan.older_store")
        is_of_today = stored.get("figures") == figures_edition()
        if "plan" in stored and (stored.get("is_opened") or not is_of_today):
            session.uploaded_file = str(stored["plan"])
    except (ValueError, TypeError, AttributeError, RecursionError):
        request, lists, own_demand, is_of_this_server = begin, (), "", True
    session.request, session.again = request, lists
    session.own_demand = own_demand if own_demand in OWN_DEMANDS else ""
    session.tasks = frozenset(lists).intersection(OF_LISTS)
    if not is_of_this_server:
        tell("plan.restarted")


def _read_uploaded_file() -> None:
    text = getattr(st.session_state.get(BROWSER), "file", None)
    if isinstance(text, str):
        PLAN.state.uploaded_file = text


def open_uploaded_plan(say: Words) -> None:
    """Read the file of a plan; it is shown as it was stored. Called before the controls."""
    session = PLAN.state
    text, session.uploaded_file = session.uploaded_file, None
    if text is None:
        return
    session.opened = None
    name, _, text = text.rpartition("|")
    if name:  # what was said of the file before
        session.sentences.clear()
    try:
        with st.spinner(say("plan.open.working")):
            session.opened = open_plan(base64.b64decode(text, validate=True))
        return
    except (ValueError, UserError) as refusal:
        reason = message("siting.refusal.saved_unreadable")
        if isinstance(refusal, UserError):
            reason = error_message(refusal, "plan")
        if name:
            reason = message("plan.open.refused", file=name[:MOST_TEXT], why=reason)
        tell(reason.key, **dict(reason.values))
    tell("plan.open.other")


def opened_bar(say: Words) -> PlanDocument | None:
    """Draw the bar above an opened plan, and return the plan as it was stored."""
    stored = PLAN.state.opened
    if stored is None:
        return None
    with st.container(key="plan_opened", horizontal=True, vertical_alignment="center"):
        texts = [say("plan.opened"), *(each.text(say) for each in stored.notices)]
        paragraph(" ".join(texts), say, "plan-told", role="status")
        if not stored.lacks and (not stored.document.lists or are_offered()):
            label = say("plan.opened.again")
            st.button(label, key=PLAN.key("again"), on_click=_ask_again, type="primary")
        st.button(say("plan.hand.close"), key=PLAN.key("close"), on_click=_close)
    return stored.document


def _close() -> None:
    PLAN.state.opened = None


def _ask_again() -> None:
    """Ask the question of the opened plan, with its lists."""
    session, stored = PLAN.state, PLAN.state.opened
    if stored is None:
        return
    keep_lists_of(stored)
    document = stored.document
    session.tasks = frozenset(document.tasks).intersection(OF_LISTS)
    session.own_demand = next((task for task in OWN_DEMANDS if task in document.tasks), "")
    session.steps.clear()
    session.notes.update(document.own_notes)
    session.ask(document.request)
    _close()


def sentences_section(say: Words) -> None:
    """Draw the session's sentences until the question changes."""
    session = PLAN.state
    session.sentences_at = session.sentences_at or session.request
    if session.sentences_at != session.request:
        session.sentences.clear()
    for sentence in dict.fromkeys(session.sentences):
        text = sentence.text(say)
        paragraph(f"{text[0].upper()}{text[1:]}", say, "plan-told", role="alert")


def missing_lists_section(say: Words) -> bool:
    """Draw which lists a reload has lost, before there is a plan; return whether any is."""
    again = PLAN.state.again = tuple(task for task in PLAN.state.again if kept_list(task) is None)
    if not again:
        return False
    lines = [say(f"planning.task.{task}") for task in again]
    text = say("plan.waits.again.text" if are_offered() else "plan.waits.not_here")
    with st.container(key="plan_blocked"):
        heading = render("heading", say, title=say("plan.waits.again"), text=text)
        st.html(f'<div role="alert">{heading}{render("list", say, texts=lines)}</div>')
        label = say("plan.waits.without")
        st.button(label, key=PLAN.key("waits_without"), on_click=_without)
    return True


def _without() -> None:
    PLAN.state.again = ()
    tell("plan.waits.another")


def save_section(document: PlanDocument, own: OwnFiles, say: Words) -> None:
    """Draw the button that saves the plan as one file, with the own lists if the person says so."""
    name = file_name(say, "plan", is_invented=document.is_invented)
    has_lists = bool({"candidates", "services", "zones"} & document.tasks)

    def button(*, has_lists: bool) -> None:
        st.download_button(
            say("plan.save"),
            partial(plan_zip, document, own if has_lists else None),
            file_name=f"{name}{SUFFIX}",
            mime="application/zip",
            key=PLAN.key("save"),
            on_click="ignore",
        )

    is_of_sums = bool(set(OWN_DEMANDS) & document.tasks)
    if not (has_lists or is_of_sums):
        button(has_lists=False)
        return
    with st.popover(say("plan.save"), key=PLAN.key("save_how")):
        if is_of_sums:
            paragraph(say("plan.save.sums"), say)
        if has_lists:
            label = say("plan.save.lists")
            has_lists = st.toggle(label, value=True, key=PLAN.key("save_lists"))
        button(has_lists=has_lists)


def compare_section(document: PlanDocument, other: PlanDocument | None, say: Words) -> None:
    """Compare the plan shown with another: the difference in a sentence, both in a table.

    The map above marks which sites leave and enter.
    """
    session = PLAN.state

    def put_beside() -> None:
        session.compared = document.ended

    if other is None:
        paragraph(say("plan.compare.text"), say)
    else:
        names = [say("plan.compare.aside"), say("plan.compare.shown")]
        text = by_hand.change_text(other, document, say)
        paragraph(say("plan.compare.difference", name=names[0], text=text), say, "finding")
        columns = [
            f"{name}: {sentences.short_name(plan, say)}"
            for name, plan in zip(names, (other, document), strict=True)
        ]
        rows = sentences.compared([other, document], say)
        st.html(render("plan/compared", say, heads=columns, rows=rows))
    with st.container(horizontal=True):
        st.button(say("plan.compare.put"), key=PLAN.key("compare"), on_click=put_beside)
        if other is not None:
            st.button(say("plan.hand.close"), key=PLAN.key("compare_close"), on_click=_forget_other)


def _forget_other() -> None:
    PLAN.state.compared = None
