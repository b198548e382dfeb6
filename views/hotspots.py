"""Focos: three lenses side by side, what their answer rests on, and what chance looks like."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from maps.grade_words import grade_text
from maps.hotspot_state import (
    LARGEST_SEED,
    REPLICA_CODES,
    STATISTICS,
    HotspotState,
    parse_hotspot_state,
)
from maps.hotspots import LOCAL_REPLICAS
from maps.lens_agreement import agreement_sentences
from maps.lens_words import department_sentence
from maps.lenses import LENS_COLUMNS, clusters_for, highest_excess, lens_grades
from maps.results import results_for
from maps.state import DEPARTMENTS, PERIOD_CODES, MapState
from messages import Words, words
from views.chance import chance_section
from views.controls import choose_code, folding_controls
from views.density_rules import density_section
from views.legend_strip import key_list
from views.lens_cards import excess_card, neighbours_card, scan_card
from views.lens_files import downloads_section
from views.period_change import change_section
from views.robust_strip import robust_row, robustness_section

_STYLE = (Path(__file__).resolve().parent / "components" / "hotspots.css").read_text("utf-8")


def _begin() -> HotspotState:
    """Read the link once a session; period and department follow from page to page."""
    shared: MapState | None = st.session_state.get("state")
    lang = st.session_state["lang"]
    if "focos" not in st.session_state:
        st.session_state["focos"] = parse_hotspot_state(
            st.query_params.to_dict(), lang=lang, before=shared
        )
    state: HotspotState = st.session_state["focos"]
    if shared is not None:
        state = state.with_(period=shared.period, department=shared.department or state.department)
    if state.department is None:
        state = state.with_(department=highest_excess(state.period))
    return state.with_(lang=lang)


def _controls(state: HotspotState, say: Words) -> HotspotState:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    names = results_for(state.period).set_index("department_ubigeo")["department"]
    # a click on a map writes here too; after another page the list starts from the state
    st.session_state.setdefault("focos_department", state.department)
    with folding_controls(say, "focos.controls.show"):
        period = choose_code(
            say,
            "controls.period",
            PERIOD_CODES,
            chosen=state.period,
            key="focos_period",
            words_of="period.{code}.short",
        )
        department = st.selectbox(
            say("focos.controls.department"),
            DEPARTMENTS,
            key="focos_department",
            format_func=lambda code: names[code],
            label_visibility="collapsed",
            width=170,
        )
        statistic = choose_code(
            say,
            "focos.controls.statistic",
            STATISTICS,
            chosen=state.statistic,
            key="focos_statistic",
            words_of="focos.statistic.{code}",
        )
        with st.popover(say("focos.controls.simulated"), key="focos_simulated"):
            replicas = st.segmented_control(
                say("focos.controls.replicas"),
                REPLICA_CODES,
                default=str(state.replicas),
                required=True,
                key="focos_replicas",
                format_func=lambda code: say.number(int(code)),
            )
            seed = st.number_input(
                say("focos.controls.seed"),
                min_value=0,
                max_value=LARGEST_SEED,
                value=state.seed,
                step=1,
                key="focos_seed",
            )
    return state.with_(
        lang=say.lang,
        period=period,
        department=department,
        statistic=statistic,
        replicas=int(replicas),
        seed=int(seed),
        problems=(),
    )


def _share(state: HotspotState) -> None:
    """Leave period and department for the other pages, and the state in the address."""
    before: MapState = st.session_state.get("state") or MapState(lang=state.lang)
    st.session_state["state"] = before.with_(period=state.period, department=state.department)
    st.session_state["focos"] = state
    if st.query_params.to_dict() != state.query():
        st.query_params.from_dict(state.query())


def _select(source: str) -> None:
    """A click on one of the maps chooses the department."""
    code = getattr(st.session_state.get(source), "select", None)
    if code in DEPARTMENTS:
        st.session_state["focos_department"] = code
        st.session_state["focos"] = st.session_state["focos"].with_(department=code)
        st.session_state["state"] = st.session_state["state"].with_(department=code)


def _headline(grades: pd.DataFrame, state: HotspotState, say: Words) -> None:
    row = grades.set_index("department_ubigeo", drop=False).loc[str(state.department)]
    robust = robust_row(str(row["unit"]), str(state.department))
    chips = "".join(
        f'<li data-grade="{escape(str(row[lens]))}"><span>{number}. '
        f"{escape(say(f'focos.chip.{lens}'))}</span> <b>{escape(_chip(row, lens, say))}</b></li>"
        for number, lens in enumerate(LENS_COLUMNS, start=1)
    )
    agreed = agreement_sentences(grades, state.department, say)
    said = "".join(f"<li>{escape(text)}</li>" for text in agreed)
    unit = str(row["unit"])
    marked = {flag for flags in grades["flags"] for flag in flags}
    caveats = [
        say(f"flag.{flag}") for flag in ("lockdown", "not_ranked", "part_year") if flag in marked
    ]
    where = f"{say(f'period.{state.period}')}. {say(f'unit.{unit}.source')}"
    st.html(
        f'<section class="headline"><h1>{escape(say("focos.title"))}</h1>'
        f'<p class="where">{escape(" ".join([where, *caveats]))}</p>'
        f'<div class="two"><div><p class="sentence">'
        f"{escape(department_sentence(row, grades, robust, say))}</p>"
        f'<ul class="chips">{chips}</ul><p class="note">{_contents(say)}</p></div>'
        f'<div class="agree"><h2>{escape(say("focos.agree.title"))}</h2><ul>{said}</ul></div>'
        "</div></section>"
    )


def _contents(say: Words) -> str:
    """Links to what lies below the lenses."""
    links = " · ".join(
        f'<a href="#focos-{part}" target="_self">{escape(say(f"focos.here.{part}"))}</a>'
        for part in ("robust", "chance", "density", "change", "files")
    )
    return f"{escape(say('focos.here'))}: {links}"


def _chip(row: pd.Series, lens: str, say: Words) -> str:
    if lens == "neighbours" and row["outlier"]:
        return say(f"focos.key.{row['outlier']}")
    kind = "near" if lens == "neighbours" else lens
    said = grade_text(kind, str(row[lens]), say)
    return say("focos.key.edge", grade=said) if row.get(f"{lens}_is_undecided", False) else said


def _lenses(state: HotspotState, say: Words) -> pd.DataFrame:
    """Lens 1 is exact and drawn at once; the others follow when their maps are simulated."""
    one, two, three = st.columns(3, gap="small")
    with one, st.container(border=True, key="lens_one"):
        results = results_for(state.period)
        excess_card(results.assign(excess=results["verdict"]), state, say, _select)
    with two, st.container(border=True, key="lens_two"):
        # a new choice does not stop a simulation that runs: it goes to its end and is kept for
        # later, and only then does this run give way, at the next element it draws
        with st.spinner(say("focos.working")):
            chosen = {"seed": state.seed, "replicas": state.replicas}
            grades = lens_grades(state.period, state.statistic, **chosen)
            clusters = clusters_for(state.period, **chosen)
        scan_card(grades, clusters, state, say, _select)
    with three, st.container(border=True, key="lens_three"):
        neighbours_card(grades, state, say, _select)
    marks = ["hatch", "few", "flag", "mismatch", "solid", "dashed"]
    keys = [(sign, say(f"focos.mark.{sign}")) for sign in marks]
    drawn = say(
        "focos.simulated",
        replicas=say.number(state.replicas),
        local=say.number(LOCAL_REPLICAS),
        seed=say.number(state.seed),
    )
    st.html(f'<div class="strip-legend">{key_list(keys)}<p class="note">{escape(drawn)}</p></div>')
    return grades


def page() -> None:
    """Draw the page: what is cheap first, what is simulated after it."""
    st.html(f"<style>{_STYLE}</style>")
    before = _begin()
    say = words(st.session_state["lang"])
    if before.problems:
        st.warning(say("error.link", fields=say.list(f"«{name}»" for name in before.problems)))
    state = _controls(before, say)
    _share(state)
    headline = st.container(key="headline")
    grades = _lenses(state, say)
    results = results_for(state.period)
    unit = str(results["unit"].iloc[0])
    with st.container(border=True, key="robust"):
        robustness_section(unit, state, say)
    with headline:
        _headline(grades, state, say)
    with st.container(border=True, key="chance"):
        st.fragment(partial(_chance, results, say))()
    with st.container(border=True, key="density"):
        bandwidth, share = density_section(unit, state, say)
    with st.container(border=True, key="change"):
        compared = change_section(state, say)
    with st.container(border=True, key="files"):
        downloads_section(
            state,
            say,
            unit=unit,
            bandwidth_km=bandwidth,
            evidence_percent=share,
            compared=compared,
        )
    st.html(f'<p class="caveat">{escape(say("map.caveat"))}</p>')


def _chance(results: pd.DataFrame, say: Words) -> None:
    """In a fragment: the next maps of chance are drawn without the rest of the page."""
    state: HotspotState = st.session_state["focos"]
    chance_section(results, state, say)
    if st.query_params.to_dict() != state.query():
        st.query_params.from_dict(state.query())
