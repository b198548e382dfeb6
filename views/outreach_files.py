"""What a plan rests on, department by department, and the files that carry it away."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from maps.plan_outcome import Outcome
from maps.plan_words import amount
from maps.siting_sheet import sheet_bytes
from messages import Words

FILES = {
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
}


def departments_section(outcome: Outcome, say: Words) -> None:
    """Draw what is covered and missed of each department, most missed first."""
    rows = sorted(outcome.sheet(say.lang).departments, key=lambda one: -one["missed"])
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(say(f"plan.departments.{name}"))}</th>'
        for name, kind in (("name", ""), ("missed", "n"), ("covered", "n"), ("share", "n"))
    )
    body = "".join(
        f'<tr><th scope="row">{escape(str(one["department"]))}</th>'
        f'<td class="n">{escape(amount(one["missed"], say))}</td>'
        f'<td class="n">{escape(amount(one["covered"], say))}</td>'
        f'<td class="n bar"><b>{escape(say.percent(one["share"], 0))}</b>'
        f'<i style="--v:{one["share"]:.4f}"></i></td></tr>'
        for one in rows
    )
    label = escape(say("plan.departments"), quote=True)
    st.html(
        f"<h2>{label}</h2>"
        f'<p class="how">{escape(say("plan.departments.text", unit=outcome.unit.text(say)))}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="plan-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def assumptions_section(outcome: Outcome, say: Words) -> None:
    """Draw what the answer rests on, sentence by sentence."""
    items = "".join(
        f"<li>{escape(text[0].upper() + text[1:])}.</li>"
        for text in outcome.sheet(say.lang).plan["assumptions"]
    )
    seed = escape(say("plan.assumptions.seed", seed=outcome.plan.seed))
    st.html(
        f"<h2>{escape(say('plan.assumptions'))}</h2>"
        f'<p class="how">{escape(say("plan.assumptions.text"))}</p>'
        f'<ul class="notes">{items}<li>{seed}</li></ul>'
    )


def _pdf(outcome: Outcome, lang: str) -> bytes:
    # drawing is loaded when the sheet is asked for, not when the page opens
    from maps.plan_print import plan_pdf_bytes

    return plan_pdf_bytes(outcome, lang)


def files_section(outcome: Outcome, say: Words) -> None:
    """Draw the buttons; a file is written when it is asked for."""
    st.html(
        f'<h2>{escape(say("plan.files"))}</h2><p class="how">{escape(say("plan.files.text"))}</p>'
    )
    sheet = outcome.sheet(say.lang)
    mark = "datos-inventados-" if outcome.is_invented else ""
    with st.container(horizontal=True, key="plan_file_buttons"):
        st.download_button(
            say("plan.files.pdf"),
            partial(_pdf, outcome, say.lang),
            file_name=f"{mark}plan.pdf",
            mime="application/pdf",
            key="plan_file_pdf",
            on_click="ignore",
        )
        for suffix, mime in FILES.items():
            st.download_button(
                say(f"plan.files.{suffix}"),
                partial(sheet_bytes, sheet, f".{suffix}"),
                file_name=f"{mark}plan.{suffix}",
                mime=mime,
                key=f"plan_file_{suffix}",
                on_click="ignore",
            )
