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
from maps.own_planning import demand_of_records
from maps.own_records import OwnRecords, hold
from messages import Words, words
from records.reading import check_records
from records.refusal import Refusal
from records.report import Report
from views.language import language_control
from views.own_figures import density_section, heading, map_section, table_section
from views.own_report import report_section
from views.planning_uploads import HELD as HELD_LISTS
from views.planning_uploads import PLANS, planning_uploads
from views.upload_box import release_files, upload_box

_STYLE = (Path(__file__).resolve().parent / "components" / "own.css").read_text("utf-8")
RECORDS = ("own", "own_report", "own_refusal", "own_demand")
HELD = (*RECORDS, *HELD_LISTS, *PLANS)
"""Keys of the session under which anything of an upload may stand, or of a plan made of one."""


def _delete() -> None:
    """Forget everything of an upload, and let the memory go at once."""
    for name in HELD:
        st.session_state.pop(name, None)
    st.session_state["own_turn"] = st.session_state.get("own_turn", 0) + 1
    st.session_state["own_deleted"] = True
    release_files()
    gc.collect()


def _take(content: bytes) -> None:
    """Read an upload; only what may be shown of it stays in the session."""
    for name in RECORDS:
        st.session_state.pop(name, None)
    try:
        checked = check_records(content)
    except Refusal as refusal:
        st.session_state["own_refusal"] = refusal.as_dict()
        return
    st.session_state["own_report"] = checked.report.without_values()
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
    upload_box(say, key="own", label=say("own.file"), take=lambda _, content: _take(content))


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
            (report.used_count, "own.used" if report.is_accepted else "own.used_refused"),
            (report.left_out_count, "own.left_out"),
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", key="own_status"):
        st.html(f'<div class="own-numbers">{numbers}</div>')
        st.button(say("own.delete"), key="own_delete", type="primary", on_click=_delete)
    if not report.is_accepted:
        why = "own.not_accepted" if report.has_outside else "own.none_used"
        text = escape(say(why if report.row_count else "own.no_rows"))
        st.html(f'<p class="own-told bad" role="alert">{text}</p>')


def _demand(own: OwnRecords, say: Words) -> None:
    demand = demand_of_records(own)
    count = len(own_weights(own))
    st.html(
        f"{heading('own.demand', own, say)}"
        f'<p class="how">{escape(say("own.demand.text", count=say.number(count)))}</p>'
    )
    # the switch's own key dies with the page, what was chosen does not
    chosen = st.toggle(
        say("own.demand.use"),
        value="own_demand" in st.session_state,
        key="own_use",
        disabled=demand is None,
    )
    if chosen and demand is not None:
        st.session_state["own_demand"] = demand
    else:
        st.session_state.pop("own_demand", None)


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    st.query_params.from_dict({"lang": say.lang})
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.own"), anchor=False)
        language_control(say)
    st.html(f'<p class="lead">{escape(say("own.lead"))}</p>')
    own: OwnRecords | None = st.session_state.get("own")
    report: Report | None = st.session_state.get("own_report")
    if own is not None and own.is_invented:
        st.html(
            f'<p class="own-invented" role="note"><b>{escape(say("own.invented"))}</b> '
            f"{escape(say('own.invented.text'))}</p>"
        )
    _told(say)
    if own is not None and report is not None:
        _status(report, say)
        with st.expander(say("own.another"), key="own_another"):
            _boxes(say)
        _result(own, report, say)
        st.html(f'<p class="how">{escape(say("own.caveat"))}</p>')
    else:
        if report is not None:
            _status(report, say)
            with st.container(key="own_report_box"):
                report_section(report, say)
        _boxes(say)
    with st.expander(say("planning.title"), key="own_lists_box"):
        planning_uploads(say)


def _boxes(say: Words) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="own_prepare", height="stretch"):
        _prepare(say)
    with right, st.container(key="own_upload", height="stretch"):
        _upload(say)


def _result(own: OwnRecords, report: Report, say: Words) -> None:
    """What came of an upload: what to correct, the two maps, the table, the demand."""
    if not report.is_clean:
        with st.container(key="own_report_box"):
            report_section(report, say)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="own_counts", height="stretch"):
        map_section(own, say)
    with right, st.container(key="own_density", height="stretch"):
        density_section(own, say)
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="own_table_box", height="stretch"):
        table_section(own, say)
    with right, st.container(key="own_demand_box", height="stretch"):
        _demand(own, say)
        if report.is_clean:
            report_section(report, say)
