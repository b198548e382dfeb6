"""Mis datos: a template, an upload, a report row by row, a private map; one button deletes it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import date
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from maps.own_demand import own_weights
from maps.own_records import OwnRecords, hold
from messages import Words, words
from records.reading import check_records
from records.refusal import Refusal
from records.report import Report
from views.language import language_control
from views.own_figures import counts_section, density_section
from views.own_report import report_section

_STYLE = (Path(__file__).resolve().parent / "components" / "own.css").read_text("utf-8")
HELD = ("own", "own_report", "own_refusal", "own_demand")
"""Keys of the session under which anything of an upload may stand."""


def _delete() -> None:
    """Forget everything of an upload, and let the memory go at once."""
    for name in HELD:
        st.session_state.pop(name, None)
    st.session_state["own_turn"] = st.session_state.get("own_turn", 0) + 1
    st.session_state["own_deleted"] = True
    _release_files()
    gc.collect()


def _release_files() -> None:
    """Take the session's uploads out of the server's memory; the page has what it needs."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def _take(content: bytes) -> None:
    """Read an upload; only what may be shown of it stays in the session."""
    for name in HELD:
        st.session_state.pop(name, None)
    try:
        checked = check_records(content)
    except Refusal as refusal:
        st.session_state["own_refusal"] = refusal.as_dict()
        return
    st.session_state["own_report"] = checked.report
    if checked.report.is_accepted:
        st.session_state["own"] = hold(checked, today=date.today())


def _use_sample() -> None:
    from records.template import sample_bytes

    st.session_state["own_deleted"] = False
    _take(sample_bytes("csv", lang=st.session_state["lang"]))


def _prepare(say: Words) -> None:
    from records.template import sample_bytes, template_bytes

    st.html(
        f'<h2>{escape(say("own.prepare"))}</h2><p class="how">{escape(say("own.prepare.text"))}</p>'
    )
    with st.container(horizontal=True, gap="small", key="own_files"):
        files: dict[str, tuple[str, Callable[[], bytes]]] = {
            "template_xlsx": ("plantilla.xlsx", partial(template_bytes, "xlsx", lang=say.lang)),
            "template_csv": ("plantilla.csv", partial(template_bytes, "csv", lang=say.lang)),
            "sample_csv": ("datos-inventados.csv", partial(sample_bytes, "csv", lang=say.lang)),
        }
        for name, (file_name, make) in files.items():
            st.download_button(
                say(f"own.{name}"),
                make,
                file_name=file_name,
                key=f"own_{name}",
                on_click="ignore",
            )
        st.button(say("own.sample_use"), key="own_sample", on_click=_use_sample)


def _upload(say: Words) -> None:
    st.html(f'<h2>{escape(say("own.upload"))}</h2><p class="how">{escape(say("own.law"))}</p>')
    agreed = st.checkbox(say("own.consent"), key="own_consent")
    turn = st.session_state.setdefault("own_turn", 0)
    file = st.file_uploader(
        say("own.file"), key=f"own_file_{turn}", disabled=not agreed, max_upload_size=5
    )
    if file is not None and agreed:
        with st.spinner(say("own.reading")):
            _take(file.getvalue())
        # a new box for the next file: the old one held this one in memory
        st.session_state["own_turn"] = turn + 1
        st.session_state["own_deleted"] = False
        del file
        _release_files()
        st.rerun()


def _told(say: Words) -> None:
    """What became of the last upload, when nothing of it can be shown."""
    refusal: dict[str, Any] | None = st.session_state.get("own_refusal")
    if refusal is not None:
        reason = say(
            f"records.refusal.{refusal['code']}",
            **{name: refusal[name] for name in ("column", "line", "limit")},
        )
        text = escape(say("own.refused", reason=reason))
        st.html(f'<p class="own-told bad" role="alert">{text}</p>')
    elif st.session_state.get("own_deleted"):
        st.html(f'<p class="own-told" role="status">{escape(say("own.deleted"))}</p>')


def _status(report: Report, say: Words) -> None:
    """Rows, used, left out, and the button that forgets them."""
    numbers = "".join(
        f"<div><b>{say.number(count)}</b><span>{escape(say(label))}</span></div>"
        for count, label in (
            (report.row_count, "own.rows"),
            (report.used_count, "own.used"),
            (report.left_out_count, "own.left_out"),
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", key="own_status"):
        st.html(f'<div class="own-numbers">{numbers}</div>')
        st.button(say("own.delete"), key="own_delete", type="primary", on_click=_delete)
    if not report.is_accepted:
        text = escape(say("own.not_accepted"))
        st.html(f'<p class="own-told bad" role="alert">{text}</p>')


def _demand(own: OwnRecords, say: Words) -> None:
    weights = own_weights(own)
    st.html(
        f"<h2>{escape(say('own.demand'))}</h2>"
        f'<p class="how">{escape(say("own.demand.text", count=say.number(len(weights))))}</p>'
    )
    chosen = st.toggle(say("own.demand"), key="own_use", disabled=not weights)
    if chosen:
        st.session_state["own_demand"] = {"weights": weights, "is_invented": own.is_invented}
    else:
        st.session_state.pop("own_demand", None)


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    st.query_params.from_dict({"lang": say.lang})
    browse = say("own.browse")
    label = f'[data-testid="stFileUploaderDropzone"] button::after {{ content: "{browse}"; }}'
    st.html(f"<style>{_STYLE}\n{label}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.own"), anchor=False)
        language_control(say)
    st.html(f'<p class="lead">{escape(say("own.lead"))}</p>')
    own: OwnRecords | None = st.session_state.get("own")
    if own is not None and own.is_invented:
        st.html(
            f'<p class="own-invented" role="note"><b>{escape(say("own.invented"))}</b> '
            f"{escape(say('own.invented.text'))}</p>"
        )
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="own_prepare"):
        _prepare(say)
    with right, st.container(key="own_upload"):
        _upload(say)
    _told(say)
    report: Report | None = st.session_state.get("own_report")
    if report is None:
        return
    _status(report, say)
    if own is None:
        with st.container(key="own_report_box"):
            report_section(report, say)
    else:
        with st.container(key="own_counts"):
            counts_section(own, say)
        left, right = st.columns([5, 6], gap="medium")
        with left, st.container(key="own_density"):
            density_section(own, say)
        with right, st.container(key="own_demand_box"):
            _demand(own, say)
        # a table of many columns wants the whole width, one sentence does not
        place = right if report.is_clean else st.container()
        with place, st.container(key="own_report_box"):
            report_section(report, say)
    st.html(f'<p class="how">{escape(say("own.caveat"))}</p>')
