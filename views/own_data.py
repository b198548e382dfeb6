"""Mis datos: a template, an upload, a report row by row, a private map; one button deletes it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from maps.own_demand import own_weights
from maps.own_planning import PlanningList
from maps.own_records import OwnRecords
from messages import Words, words
from records.limits import UPLOAD_BYTES
from records.report import Report
from views.language import language_control
from views.own_figures import density_section, heading, map_section, table_section
from views.own_report import report_section
from views.planning_uploads import (
    HELD,
    USES_RECORDS,
    discard_button,
    folded_report,
    kept_list,
    planning_uploads,
    refusal_html,
    refused_lists,
    take_file,
)
from views.upload_box import release_files, upload_box

_STYLE = (Path(__file__).resolve().parent / "components" / "own.css").read_text("utf-8")
SAMPLE = "datos-inventados.csv"


def _delete() -> None:
    """Forget everything of an upload, and let the memory go at once."""
    for name in HELD:
        st.session_state.pop(name, None)
    st.session_state["own_turn"] = st.session_state.get("own_turn", 0) + 1
    st.session_state["own_deleted"] = True
    release_files()
    gc.collect()


def _use_sample() -> None:
    from records.template import sample_bytes

    st.session_state["own_deleted"] = False
    take_file("records", SAMPLE, sample_bytes("csv", lang=st.session_state["lang"]))


def _prepare(say: Words) -> None:
    from records.template import sample_bytes, template_bytes

    st.html(
        f'<h2>{escape(say("own.prepare"))}</h2><p class="how">{escape(say("own.prepare.text"))}</p>'
    )
    with st.container(horizontal=True, gap="small", key="own_files"):
        files: dict[str, tuple[str, Callable[[], bytes]]] = {
            "template_xlsx": ("plantilla.xlsx", partial(template_bytes, "xlsx", lang=say.lang)),
            "template_csv": ("plantilla.csv", partial(template_bytes, "csv", lang=say.lang)),
            "sample_csv": (SAMPLE, partial(sample_bytes, "csv", lang=say.lang)),
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
    upload_box(
        say,
        key="own",
        label="own.file",
        largest=UPLOAD_BYTES,
        take=partial(take_file, "records"),
    )


def _refused(refused: PlanningList, kept: PlanningList | None, say: Words) -> None:
    """Why nothing was taken of the last file; what stays of the one before, and the way back."""
    if kept is None:
        st.html(f'<div role="alert">{refusal_html(refused, say)}</div>')
        return
    used, rows = (say.number(n) for n in (kept.report.used_count, kept.report.row_count))
    text = escape(say("own.kept", file=kept.file, used=used, rows=rows))
    with st.container(key="own_bad"):
        st.html(f'<div role="alert">{refusal_html(refused, say)}<p class="how">{text}</p></div>')
        discard_button("records", say, key="own_discard")
        folded_report(refused.report, say)


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


def _use() -> None:
    if st.session_state["own_use"]:
        st.session_state[USES_RECORDS] = True
    else:
        st.session_state.pop(USES_RECORDS, None)


def _demand(own: OwnRecords, say: Words) -> None:
    count = len(own_weights(own))
    st.html(
        f"{heading('own.demand', own, say)}"
        f'<p class="how">{escape(say("own.demand.text", count=say.number(count)))}</p>'
    )
    # the switch's own key dies with the page, what was chosen does not
    st.toggle(
        say("own.demand.use"),
        value=USES_RECORDS in st.session_state,
        key="own_use",
        disabled=not count,
        on_change=_use,
    )


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    st.query_params.from_dict({"lang": say.lang})
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.own"), anchor=False)
        language_control(say)
    st.html(f'<p class="lead">{escape(say("own.lead"))}</p>')
    kept, refused = kept_list("records"), refused_lists().get("records")
    own = None if kept is None else kept.own
    if own is not None and own.is_invented:
        st.html(
            f'<p class="own-invented" role="note"><b>{escape(say("own.invented"))}</b> '
            f"{escape(say('own.invented.text'))}</p>"
        )
    if refused is not None:
        _refused(refused, kept, say)
    elif st.session_state.get("own_deleted"):
        st.html(f'<p class="own-told" role="status">{escape(say("own.deleted"))}</p>')
    if kept is not None and own is not None:
        _status(kept.report, say)
        with st.expander(say("own.another"), key="own_another"):
            _boxes(say)
        _result(own, kept.report, say)
        st.html(f'<p class="how">{escape(say("own.caveat"))}</p>')
    else:
        if refused is not None and refused.refusal is None:
            _status(refused.report, say)
            with st.container(key="own_report_box"):
                report_section(refused.report, say)
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
