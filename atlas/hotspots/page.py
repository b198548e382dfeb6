"""Focos: one sentence, the matrix of departments by years, and what a reader asks next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from atlas.hotspots.page_change import FARTHEST, change_section
from atlas.hotspots.page_folds import (
    chance_section,
    courses_section,
    density_section,
    figures_table,
)
from atlas.hotspots.page_neighbours import provinces_section, scan_section
from atlas.html import render
from atlas.paper.brief_document import brief_file
from atlas.paper.geojson import geojson_bytes
from atlas.results.agreement import agreement_picture, agreement_rows, common_period
from atlas.results.density import WEB_CELL_KM, density_geotiff
from atlas.results.department_file import department_csv, department_name
from atlas.results.derivation import derivation_html
from atlas.results.history import on_axis
from atlas.results.hotspots import (
    FOLDS,
    HotspotState,
    parse_hotspot_state,
)
from atlas.results.matrix import (
    block_of,
    blocks,
    cell_text,
    level_registry,
    matrix_rows,
    matrix_table,
    sentence_of,
    yearly_registries,
)
from atlas.results.regions import bases_of, results_for
from atlas.results.sentences import flag_lines, ratio_text
from atlas.results.series import series_csv, series_html
from atlas.tables import csv_bytes
from atlas.view import BASES, DEPARTMENTS, MapState, is_by_prosecutors
from atlas.web.components import (
    component,
    data_button,
    fold,
    folding_controls,
    is_read_anew,
    link_warning,
    server_address,
    start,
    table_tools,
    went_back,
    write_link,
)
from atlas.web.timeline import kept_period, timeline
from atlas.words import Words, file_name, words
from data.periods import DEFAULT_PERIOD, MAIN, REGISTRIES, parse_period
from layers.palette import VERDICT

_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "hotspots.css").read_text(
    "utf-8"
)


def page() -> None:
    """Draw the page: the sentence and the matrix, then border, change, chance and density."""
    st.html(f"<style>{_STYLE}</style>")
    before = _begin()
    say = words(st.session_state["lang"])
    link_warning(before.problems, say)
    state = _controls(before, say)
    _share(state)
    sentence = sentence_of(state.department, state.period, state.base, say, state.registry)
    derivation = derivation_html(state.department, state.period, state.base, say, state.registry)
    st.html(render("hotspots/headline", say, sentence=sentence, derivation=derivation))
    with st.container(border=True, key="time"):
        timeline(state.registry, state.period, say=say, key="focos_timeline", on_change=_time)
        step = "month" if REGISTRIES[state.registry].step == "month" else "year"
        make = partial(series_csv, {state.registry: step}, say)
        name = file_name(say, "series", say(f"file.{state.registry}"))
        data_button(say, name, make, key="time", is_sign=True)
    with st.container(border=True, key="focos_cells"):
        _matrix(state, sentence["cautions"], say)
        make = partial(_results_csv, matrix_table, ("base", "unit"), say)
        name = file_name(say, "hotspots", say("file.matrix"))
        data_button(say, name, make, key="matrix", is_beside=True)
    with st.container(border=True, key="agreement"):
        picture = agreement_picture(state.department, say)
        st.html(render("hotspots/agreement", say, picture=picture))
        if state.department:
            ones = [
                derivation_html(
                    state.department,
                    common_period(),
                    BASES[0],
                    say,
                    one.code,
                    title=say(f"registry.{one.code}"),
                )
                for one in yearly_registries()[:2]
            ]
            title = f"{say('derivation.title')} {department_name(state.department)}"
            st.html(render("derivations", say, title=title, ones=ones))
        heads = [say("focos.controls.department")]
        for name in picture["names"]:
            heads += [name, say("focos.change.range"), say("focos.change.reading")]
        figures_table(say, "agreement", heads, picture["rows"], numbers=(1, 4))
        name = file_name(say, "hotspots", say("file.agreement"), common_period())
        make = partial(_results_csv, agreement_rows, ("unit",), say)
        data_button(say, name, make, key="agreement", is_beside=True)
    left, right = st.columns([2, 3], gap="small")
    with left, st.container(border=True, key="scan"):
        scan_section(state, say, partial(_choose, "scan_map"))
    if state.department:
        with left, st.container(border=True, key="series"):
            st.html(render("hotspots/section", say, part="series"))
            theme = st.context.theme.type or "light"
            # what is recorded late is said under the matrix
            st.html(series_html(state.department, state.span, say, theme, is_cautioned=False))
            department, address = state.department, server_address()
            make = partial(department_csv, department, lang=say.lang, address=address)
            data_button(say, file_name(say, "", department_name(department)), make, key="series")
    with right, st.container(border=True, key="change"):
        state, changed = change_section(state, say, partial(_choose, "change_map"))
    _share(state)
    state, told = _folds(state, say)
    _share(state)
    asked = "focos-change" if "from" in st.query_params else ""
    write_link(state.query(), sentence["finding"], changed, *told, at=asked)
    with st.container(border=True, key="files"):
        _downloads(state, say)
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))


def _folds(state: HotspotState, say: Words) -> tuple[HotspotState, list[str]]:
    """Draw what is folded at first; returns what is open and chosen in it, and says it."""
    told = []
    with fold(say("focos.provinces.title"), "provinces", is_open=bool(state.provinces)) as shown:
        # no fragment: another choice of the reader must end a scan that still runs
        if shown:
            state, sentence = provinces_section(state, say)
            told.append(sentence)
        else:
            state = state.with_(provinces="")
    is_open = {}
    for name in FOLDS:
        if name == "chance" and not is_by_prosecutors(state.registry):
            continue  # the maps of chance have the prosecutors' yearly waves
        # who sends certain maps of chance wants them seen
        wanted = name in state.open or (name == "chance" and state.twin_seed != 1)
        with fold(say(f"focos.{name}.title"), name, is_open=wanted) as shown:
            is_open[name] = shown
            if shown and name == "courses":
                courses_section(say)
            elif shown and name == "chance":
                st.fragment(partial(chance_section, say))()
            elif shown:
                state, sentence = density_section(state.span.unit, state, say)
                told.append(sentence)
    return state.with_(open=tuple(name for name in FOLDS if is_open.get(name))), told


def _begin() -> HotspotState:
    """Read the link at first and after Back or Forward.

    Period and department follow from page to page.
    """
    shared: MapState | None = st.session_state.get("state")
    lang = st.session_state["lang"]
    if is_read_anew("focos"):
        st.session_state["focos"] = parse_hotspot_state(
            # an address without a department that the reader went back to is one of the country
            st.query_params.to_dict(),
            lang=lang,
            before=None if went_back() else shared,
        )
    state: HotspotState = st.session_state["focos"]
    if shared is not None and not went_back():
        state = state.with_(
            registry=shared.registry,
            period=shared.period,
            department=shared.department,
        )
    return state.with_(lang=lang)


def _controls(state: HotspotState, say: Words) -> HotspotState:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    names = results_for(DEFAULT_PERIOD).set_index("department_ubigeo")["department"]
    # a cell writes here too; after another page they start from the state
    start("focos_department", state.department)
    with folding_controls(say, "focos.controls.show"):
        department = st.selectbox(
            say("focos.controls.department"),
            DEPARTMENTS,
            index=None,
            placeholder=say("focos.controls.choose"),
            key="focos_department",
            format_func=lambda code: names[code],
            label_visibility="collapsed",
            width=190,
        )
        offered = bases_of(state.period, state.registry)
        start("focos_base", state.base)
        if st.session_state["focos_base"] not in offered:
            st.session_state["focos_base"] = BASES[0]
        base: str | None = BASES[0]
        if len(offered) > 1:
            base = st.segmented_control(
                say("controls.base"),
                offered,
                required=True,
                key="focos_base",
                format_func=lambda code: say(f"base.{code}"),
                label_visibility="collapsed",
                wrap=True,
            )
    return state.with_(department=department, base=base or BASES[0], problems=())


def _time(registry: str, period: str) -> None:
    """Another registry or period was chosen; the map follows."""
    shared: MapState = st.session_state["state"]
    st.session_state["state"] = shared.with_(registry=registry, period=period)


def _share(state: HotspotState) -> None:
    """Leave period and department for the other pages."""
    before: MapState = st.session_state.get("state") or MapState(lang=state.lang)
    st.session_state["state"] = before.with_(
        registry=state.registry,
        period=state.period,
        department=state.department,
        base=state.base,
    )
    st.session_state["focos"] = state


def _choose(source: str) -> None:
    """A click on a cell chooses department, period and base; one on a map the department."""
    chosen = getattr(st.session_state.get(source), "select", None)
    if isinstance(chosen, str):
        chosen = {"department": chosen}
    if not isinstance(chosen, dict):
        return
    shared: MapState = st.session_state["state"]
    if chosen.get("department") in DEPARTMENTS:
        st.session_state["focos_department"] = chosen["department"]
        shared = shared.with_(department=chosen["department"])
    if chosen.get("base") in BASES:
        st.session_state["focos_base"] = chosen["base"]
    registry, period = chosen.get("registry"), chosen.get("period")
    if registry in REGISTRIES and isinstance(period, str):
        shared = shared.with_(registry=registry, period=kept_period(registry, period))
    st.session_state["state"] = shared


def _matrix(state: HotspotState, told: list[str], say: Words) -> None:
    """Draw the matrix; ``told`` are the cautions that the sentence above has said."""
    shown = blocks()
    lines = [
        {
            "code": level["department_ubigeo"],
            "name": level["department"],
            "level": _level(level, say),
            "blocks": [
                [
                    {
                        "registry": cell["registry_code"],
                        "period": cell["period"],
                        "base": cell["base"],
                        "verdict": str(cell["verdict"]),
                        "text": ratio_text(cell["smr"], say),
                        "said": cell_text(cell, say),
                    }
                    for cell in cells
                ]
                for cells in per_block
            ],
        }
        for level, per_block in matrix_rows(state.registry)
    ]
    leveled = level_registry(state.registry)
    component("matrix")(
        key="matrix",
        data={
            "html": render(
                "hotspots/matrix",
                say,
                blocks=shown,
                lines=lines,
                color=VERDICT.colors["above"],
                level=say("focos.level", registry=say(f"focos.registry.{leveled}")),
                notes=_notes(told, say),
            ),
            "chosen": {
                "department": state.department,
                "registry": state.registry,
                "period": state.period,
                "base": state.base,
            },
            "block": str(shown.index(block_of(state.period, state.base, state.registry))),
            "said": say("focos.matrix.hint"),
            "lang": say.lang,
            **table_tools(say),
        },
        on_select_change=partial(_choose, "matrix"),
    )


def _notes(told: list[str], say: Words) -> list[str]:
    """What the marked years are, unless it is told above, and whose figures these are."""
    shown = [parse_period(period, block.registry) for block in blocks() for period in block.periods]
    lines = dict.fromkeys(line for one in shown for line in flag_lines(one, one.flags, say))
    units = dict.fromkeys(block.unit for block in blocks())
    return [
        *(f"⚑ {line}" for line in lines if line not in told),
        *(say(f"unit.{unit}.source") for unit in units),
    ]


def _level(row: dict[str, Any], say: Words) -> dict[str, Any]:
    """The level of a department as the template draws it."""
    drawn = on_axis(row, ("low", "level", "high"), FARTHEST, say)
    low, value, high = (ratio_text(row[name], say) for name in ("low", "level", "high"))
    said = say("focos.level.said", name=row["department"], level=value, low=low, high=high)
    is_firm = row["low"] > 1 or row["high"] < 1
    return drawn | {"said": said if drawn["places"] else "", "is_firm": is_firm}


def _results_csv(table: Callable[[], pd.DataFrame], also: Sequence[str], say: Words) -> bytes:
    """Results of departments, registries and periods behind a chart."""
    names = ("department_ubigeo", "department", "registry_code", "period", *also)
    ratios = ("expected", "smr", "smr_low", "smr_high")
    columns = (*names, "reported_count", *ratios, "verdict")
    return csv_bytes(table(), "T1", columns=columns, say=say)


def _downloads(state: HotspotState, say: Words) -> None:
    """The files of what is shown, each made when it is asked for; their names hold codes only."""
    registry = "" if state.registry == MAIN else say(f"file.{state.registry}")
    base = "" if state.base == BASES[0] else say(f"file.{state.base}")
    shown = (registry, state.period, base)
    bandwidth, evidence = state.bandwidth_km, state.share

    def density() -> bytes:
        return density_geotiff(
            state.span,
            bandwidth_km=bandwidth,
            cell_km=WEB_CELL_KM,
            kernel="gaussian",
            evidence_share=evidence / 100,
        )[0]

    # asked for while the page is drawn: a file is made outside of it
    address = server_address()

    def picture(suffix: str) -> bytes:
        # drawing is loaded when a picture is asked for, not when the page opens
        from atlas.paper.picture import picture_bytes

        drawn = MapState(
            state.lang, state.period, "verdict", base=state.base, registry=state.registry
        )
        link = f"{address}/?{urlencode(drawn.query())}"
        return picture_bytes(drawn, suffix, address=link, made=date.today())

    name = partial(file_name, say)
    files: list[tuple[str, str, Callable[[], bytes]]] = [
        ("map_png", f"{name('map', *shown)}.png", lambda: picture(".png")),
        ("map_svg", f"{name('map', *shown)}.svg", lambda: picture(".svg")),
        (
            "excess_geojson",
            f"{name('excess', *shown)}.geojson",
            lambda: geojson_bytes(state.period, state.base, state.registry),
        ),
        (
            "density_tif",
            f"{name('density', *shown[:2], f'{bandwidth}km', say('file.evidence'), evidence)}.tif",
            density,
        ),
    ]
    if state.department:
        files.insert(2, ("brief_pdf", *brief_file(state.department, state.span, say, address)))
    st.html(render("hotspots/section", say, part="files", notes=[say("focos.files.lead")]))
    with st.container(horizontal=True, key="file_buttons"):
        for kind, called, make in files:
            st.download_button(
                say(f"focos.files.{kind}", evidence=say.percent(evidence / 100)),
                make,
                file_name=called,
                key=f"file_{kind}",
                on_click="ignore",
            )
