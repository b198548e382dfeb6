"""Keep plans: in the browser, from a file, and side by side under names."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from functools import cache, partial
from itertools import islice
from typing import Any

import streamlit as st

from atlas.html import render
from atlas.planner import sentences
from atlas.planner.document import PlanDocument
from atlas.planner.page_choices import set_choices, valid_choices, without_own_names
from atlas.planner.page_lists import (
    are_offered,
    has_lists_of,
    kept_list,
    remove_button,
    session_sources,
)
from atlas.planner.page_plan import map_section
from atlas.planner.page_session import OWN, PLAN, PlanSession, paragraph
from atlas.planner.plan_question import FIELDS_OF_LIST, PlanQuestion
from atlas.planner.question import ListSource, OwnFiles
from atlas.planner.saved import (
    SavedPlan,
    check_saved,
    compared,
    list_differences,
    open_saved,
    plan_from_browser,
    plans_zip,
    question_of,
    short_name,
    sites_compared,
)
from atlas.web.components import component
from atlas.web.upload_report import reading_box
from atlas.words import Words, error_message, file_name, message
from data.catalogue import figures_edition
from data.readers.limits import UPLOAD_BYTES
from geo.errors import UserError

BROWSER = "plan_browser"
"""Key of the session: the component that keeps the choices and takes a file."""
_MOST_STORED = 60_000
"""characters of what a browser kept; of us it keeps a tenth of it, or half where six plans have
many fixed sites."""


@cache
def _server() -> str:
    """Return a mark of this process, by which the browser notices that the server began again."""
    return secrets.token_hex(8)


def browser(say: Words, own: OwnFiles | None = None) -> None:
    """Draw the button that opens a plan; let the browser keep the choices, or ask it for them.

    Of own lists it keeps only which kinds there were; plans that obey one are lost.
    """
    held = PLAN.held
    held.ask = held.ask or secrets.token_hex(8)
    limit = f"{UPLOAD_BYTES >> 20} MB"
    component("planstore")(
        key=BROWSER,
        data={
            "ask": "" if own else held.ask,
            "keep": "" if own is None else _browser_content(own),
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


def _browser_content(own: OwnFiles) -> str:
    """Return choices, carried conditions, named plans and kinds of own lists as JSON; no name and
    no place of these lists, and no plan that obeys one."""
    held = PLAN.held
    choices = dict(held.choices or {})
    choices["plan_demand"] = held.gone_demand or choices["plan_demand"]
    more = held.fields
    if more is None:
        more = {name: value for name, (_, value) in held.carried.items()}
    tasks = {source.task for source in own.sources} | set(held.again)
    choices, more = (
        without_own_names(part, is_own="candidates" in tasks) for part in (choices, more)
    )
    named = {name: SavedPlan.of(plan, "es").for_browser() for name, plan in held.kept_plans.items()}
    plans = [[name, plan] for name, plan in {**named, **held.stored}.items() if plan]
    more = PlanQuestion.of(**more).model_dump(include=set(more))
    content = {"server": _server(), "choices": choices, "more": more, "lists": sorted(tasks)}
    return json.dumps({**content, "plans": plans}, sort_keys=True)


def _read_stored_choices() -> None:
    """Begin a session with what the browser kept, as far as the controls can show it."""
    held = PLAN.held
    if held.choices is not None:
        return
    try:
        text = str(getattr(st.session_state.get(BROWSER), "stored", None) or "{}")
        stored = json.loads(text) if len(text) <= _MOST_STORED else {}
        choices, more = dict(stored.get("choices", {})), dict(stored.get("more", {}))
        question = question_of(PlanQuestion().model_dump() | more)
        kinds = {*FIELDS_OF_LIST, "services"}
        lists = tuple(task for task in stored.get("lists", ()) if task in kinds)
        plans = {one_line_name(name): dict(values) for name, values in stored.get("plans", ())}
        is_of_this_server = stored.get("server", _server()) == _server()
    except (ValueError, TypeError, AttributeError, RecursionError):
        choices, more, lists, plans, is_of_this_server = {}, {}, (), {}, True
    held.choices = valid_choices(choices)
    held.fields = {name: getattr(question, name) for name in more} or None
    held.again = lists
    held.stored = dict(islice(plans.items(), MOST_KEPT))
    if not is_of_this_server:
        _tell("plan.restarted")


def _read_uploaded_file() -> None:
    text = getattr(st.session_state.get(BROWSER), "file", None)
    if isinstance(text, str):
        PLAN.held.uploaded_file = text


def open_uploaded_plan(say: Words) -> None:
    """Read the file of a plan, and take its question once its lists are uploaded.

    Called before the controls are drawn.
    """
    held = PLAN.held
    text, held.uploaded_file = held.uploaded_file, None
    if text is not None:
        held.waiting = held.opened = held.today = None
        try:
            with reading_box(say("plan.open.working"), say):
                held.waiting = open_saved(base64.b64decode(text, validate=True))
        except binascii.Error:
            _tell("siting.refusal.saved_unreadable")
        except UserError as refusal:
            reason = error_message(refusal, "plan")
            _tell(reason.key, **dict(reason.values))
    if held.waiting is not None and has_lists_of(held.waiting):
        _open(held.waiting)
    held.again = tuple(task for task in held.again if kept_list(task) is None)


def _open(saved: SavedPlan, without: tuple[str, ...] = (), *, is_whole: bool = True) -> None:
    """Set the controls to the question of a plan; without some of its lists it is another
    question."""
    held, tasks = PLAN.held, saved.tasks - set(without)
    held.waiting, held.gone_demand = None, ""
    held.choices = valid_choices(saved.request.choices(tasks))
    set_choices(held.choices)
    OWN.held.uses_records |= "records" in tasks
    lost = {name for task in without for name in FIELDS_OF_LIST.get(task, ())}
    held.fields = {name: value for name, value in saved.request if name not in lost}
    held.opened = saved if is_whole else None
    if not is_whole:
        _tell("plan.open.another")


def _tell(key: str, **values: object) -> None:
    """Show a sentence until the planner asks something else."""
    PLAN.held.sentences.append(message(key, **values))
    PLAN.held.sentences_at = None


def sentences_section(say: Words) -> None:
    """Draw the sentences of the session, until the choices change."""
    held = PLAN.held
    held.sentences_at = held.sentences_at or held.choices
    if held.sentences_at != held.choices:
        held.sentences.clear()
    for sentence in dict.fromkeys(held.sentences):
        text = sentence.text(say)
        paragraph(f"{text[0].upper()}{text[1:]}", say, "plan-told", role="alert")


def missing_lists_section(say: Words) -> bool:
    """Draw which lists are asked for before there is a plan; return whether any is."""
    saved, again = PLAN.held.waiting, PLAN.held.again
    if saved is None and not again:
        return False
    more: list[Any] = []
    if saved is None:
        lines = [say(f"planning.task.{task}") for task in again]
        lines += [say("plan.waits.must")] if "candidates" in again else []
        lost = again
    else:
        pairs, more = list_differences(saved, session_sources(saved))
        lines = [_line(source, other, say) for source, other in pairs]
        lines += [_line(source, None, say, "more") for source in more]
        lost = tuple(dict.fromkeys(source.task for source, _ in pairs))
    kind = "again" if saved is None else "saved"
    title, text = say(f"plan.waits.{kind}"), say(f"plan.waits.{kind}.text")
    if not are_offered():
        text = say("plan.waits.not_here")
    with st.container(key="plan_blocked"):
        heading = render("heading", say, title=title, text=text) + render("list", say, texts=lines)
        st.html(f'<div role="alert">{heading}</div>')
        with st.container(horizontal=True, key="plan_waits_buttons"):
            for source in more:
                remove_button(source.task, say, key=PLAN.key(f"waits_remove_{source.task}"))
            label = say("plan.waits.without")
            st.button(label, key=PLAN.key("waits_without"), on_click=_without, args=(saved, lost))
            if saved is not None:
                label = say("plan.waits.not")
                st.button(label, key=PLAN.key("waits_not"), on_click=_forget, args=("waiting",))
    return True


def _line(source: ListSource, other: ListSource | None, say: Words, lost: str = "lost") -> str:
    """Name a list that a plan obeys and that is missing, or another file in its place."""
    values = {"list": say(f"planning.task.{source.task}"), "file": source.file}
    values |= {"rows": say.number(source.rows), "other": other.file if other else ""}
    return say(f"plan.waits.{'other' if other else lost}", **values)


def _without(saved: SavedPlan | None, lost: tuple[str, ...]) -> None:
    PLAN.held.again = ()
    if saved is not None:
        _open(saved, lost, is_whole=False)
    else:
        for name in {name for task in lost for name in FIELDS_OF_LIST.get(task, ())}:
            (PLAN.held.fields or {}).pop(name, None)
        _tell("plan.waits.another")


def _forget(*names: str) -> None:
    for name in names:
        setattr(PLAN.held, name, {} if name == "carried" else None)


def with_carried_parts(request: PlanQuestion, say: Words) -> PlanQuestion:
    """Return the question of the controls with what an opened plan asks and no control shows.

    Such a part stays, and is shown, until its control is moved.
    """
    session = PLAN.held
    if session.fields is not None:
        session.carried = {
            name: (getattr(request, name), value) for name, value in session.fields.items()
        }
        session.fields = None
    session.carried = held = {
        name: (control_value, value)
        for name, (control_value, value) in session.carried.items()
        if value != control_value == getattr(request, name)
    }
    if not held:
        return request
    with st.container(key="plan_carried_box", horizontal=True, vertical_alignment="center"):
        texts = [sentences.condition_text(name, value, say) for name, (_, value) in held.items()]
        paragraph(say("plan.carried", conditions="; ".join(texts)), say, "plan-told", role="note")
        gone = ("carried", "opened")
        st.button(
            say("plan.carried.drop"), key=PLAN.key("carried_drop"), on_click=_forget, args=gone
        )
    return request.changed(**{name: value for name, (_, value) in held.items()})


def older_plan_section(request: PlanQuestion, say: Words) -> bool:
    """Draw an opened plan of other figures as its file has it, until it is computed anew; return
    whether it is drawn."""
    saved = opened(request)
    if saved is None or saved.figures == figures_edition():
        return False
    if PLAN.held.today is saved or not has_lists_of(saved):
        return False
    values = {"edition": saved.figures, "now": figures_edition()}
    share = say.percent(saved.coverage_share, 1)
    shares = [sentences.share_text(site.within_reach_added_share, say) for site in saved.sites]
    names = [(f"{site.order}. {site.name}", site.department) for site in saved.sites]
    rows = [(*name, share) for name, share in zip(names, shares, strict=True)]
    heads = [say(f"plan.older.{name}") for name in ("site", "department", "added")]
    with st.container(key="plan_older"):
        finding = say("plan.older.was", sites=len(saved.sites), share=share)
        st.html(
            render("heading", say, title=say("plan.older"), text=say("plan.older.text", **values))
            + render("paragraph", say, kind="finding", text=finding)
            + render("plan/table", say, heads=heads, rows=rows, is_named=True)
        )
        st.button(
            say("plan.older.today"), key=PLAN.key("today_button"), on_click=_today, type="primary"
        )
    return True


def _today() -> None:
    PLAN.held.today = PLAN.held.opened


def opened(request: PlanQuestion) -> SavedPlan | None:
    """Return the plan that was opened, while the choices ask its question."""
    saved = PLAN.held.opened
    return saved if saved is not None and saved.request == request else None


def checked_section(document: PlanDocument, say: Words) -> None:
    """Say whether an opened plan came out as its file has it."""
    saved = opened(document.request)
    if saved is None or not has_lists_of(saved):
        return
    kind, text = check_saved(saved, document, say)
    paragraph(text, say, "plan-told", role="status", bold=say(f"plan.checked.{kind}"))
    if saved.counts_zone_people:
        with st.container(horizontal=True, vertical_alignment="center", key="plan_older_zones"):
            paragraph(sentences.older_text(document, say), say, "plan-told", role="note")
            stays = {"plan_come": False}
            label = say("plan.zone_people.anew")
            st.button(label, key=PLAN.key("zones_stay"), on_click=set_choices, args=(stays,))


MOST_KEPT = 6
_MOST_NAME = 60


def kept_plans_section(document: PlanDocument, say: Words) -> None:
    """Draw the box that names and keeps the plan, and the kept plans side by side."""
    kept_plans = PLAN.held.kept_plans
    lost = _restore_kept_plans(PLAN.held)
    short = short_name(document, say)
    with st.container(key="plan_compare"):
        st.html(render("heading", say, title=say("plan.kept"), text=say("plan.kept.text")))
        if lost:
            paragraph(say("plan.kept.lost", names=", ".join(lost)), say, "plan-told", role="status")
        with st.container(horizontal=True, vertical_alignment="bottom", key="plan_kept_new"):
            st.text_input(
                say("plan.kept.name"),
                key=PLAN.key("name"),
                placeholder=short,
                max_chars=_MOST_NAME,
                width=320,
            )
            is_full = len(kept_plans) >= MOST_KEPT
            help_text = say("plan.kept.most", count=MOST_KEPT) if is_full else say("plan.kept.text")
            st.button(
                say("plan.kept.keep"),
                key=PLAN.key("keep"),
                on_click=_keep,
                args=(document, short),
                disabled=is_full,
                help=help_text,
            )
        if not kept_plans:
            return
        _kept_buttons(kept_plans, say)
        plans = dict(kept_plans)
        if not any(document.is_same(plan) for plan in kept_plans.values()):
            plans[say("plan.kept.now")] = document
        _compare(plans, say)


def _restore_kept_plans(held: PlanSession) -> list[str]:
    """Make the plans again that the browser kept; return the names of those whose figures
    changed."""
    while held.stored:
        name = next(iter(held.stored))
        if name not in held.kept_plans:
            if (plan := plan_from_browser(held.stored[name])) is not None:
                held.kept_plans[name] = plan
            else:
                held.lost.append(name)
        del held.stored[name]
    return held.lost


def _compare(plans: Mapping[str, PlanDocument], say: Words) -> None:
    names, documents = list(plans), list(plans.values())
    figures = compared(documents, say, names[0])
    tables = [
        (say("plan.kept"), names, figures),
        (say("plan.kept.all_sites"), names, sites_compared(documents)),
    ]
    st.html(render("plan/kept", say, tables=tables))
    if len(names) < 2:
        return
    for number, place in enumerate(st.columns(2, gap="medium")):
        with place:
            key = f"plan_kept_map_{number}"
            if st.session_state.get(key) not in plans:
                st.session_state[key] = names[number]
            chosen = st.selectbox(say("plan.kept.map", number=number + 1), names, key=key)
            document = plans[chosen]
            map_section(document, _zones_of(document), say, key=f"plan_map_{'ab'[number]}", rem=26)


def _zones_of(document: PlanDocument) -> OwnFiles:
    """Return the zones that a plan obeys, while the session has the same ones."""
    held, hashes = kept_list("zones"), {source.sha256 for source in document.lists}
    is_same = held is not None and {source.sha256 for source in held.parts} <= hashes
    return OwnFiles(zones=held.zones if held is not None and is_same else None)


def _kept_buttons(kept_plans: Mapping[str, PlanDocument], say: Words) -> None:
    """Draw the buttons that open or remove a kept plan, or download all."""
    names = list(kept_plans)
    if st.session_state.get("plan_kept_one") not in kept_plans:
        st.session_state["plan_kept_one"] = names[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", key="plan_kept_buttons"):
        st.selectbox(say("plan.kept.one"), names, key=PLAN.key("kept_one"), width=320)
        st.button(
            say("plan.kept.open"), key=PLAN.key("kept_open"), on_click=_open_kept, args=(say.lang,)
        )
        st.button(say("plan.kept.remove"), key=PLAN.key("kept_remove"), on_click=_remove_kept)
        is_invented = any(plan.is_invented for plan in kept_plans.values())
        st.download_button(
            say("plan.kept.all"),
            partial(plans_zip, dict(kept_plans), say),
            file_name=f"{file_name(say, 'plans', is_invented=is_invented)}.zip",
            mime="application/zip",
            key=PLAN.key("kept_all"),
            on_click="ignore",
        )


def _keep(document: PlanDocument, short: str) -> None:
    """Keep a plan under the typed name, or a short one; append a number to a name that is taken."""
    state, kept_plans = st.session_state, PLAN.held.kept_plans
    name = one_line_name(state.get("plan_name") or "") or short
    number, taken = 1, name
    while taken in kept_plans:
        number += 1
        taken = f"{name} ({number})"
    kept_plans[taken] = document.ended
    state["plan_name"] = ""
    state["plan_kept_one"] = taken


def one_line_name(text: object) -> str:
    """Return a name as one line without control signs."""
    return "".join(sign for sign in str(text) if sign.isprintable()).strip()[:_MOST_NAME]


def _remove_kept() -> None:
    PLAN.held.kept_plans.pop(st.session_state.get("plan_kept_one", ""), None)


def _open_kept(lang: str) -> None:
    plan = PLAN.held.kept_plans.get(st.session_state.get("plan_kept_one", ""))
    if plan is not None:
        PLAN.held.waiting = SavedPlan.of(plan, lang)
