"""Focos: the finding, the matrix of departments by years, and sections on each further question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from atlas.hotspots.page_change import FARTHEST, change_section
from atlas.hotspots.page_folds import (
    FOCOS,
    chance_section,
    courses_section,
    density_section,
    figures_table,
)
from atlas.hotspots.page_neighbours import provinces_section, scan_section
from atlas.html import render
from atlas.paper.brief_document import brief_file
from atlas.paper.geojson import geojson_bytes
from atlas.paper.picture import picture_bytes
from atlas.results.agreement import agreement_picture, agreement_rows, common_periods
from atlas.results.density import WEB_CELL_KM, density_geotiff
from atlas.results.department_file import area_csv
from atlas.results.derivation import derivation_html
from atlas.results.history import on_axis
from atlas.results.matrix import (
    block_of,
    blocks,
    cell_text,
    level_registry,
    matrix_rows,
    matrix_table,
    sentence_of,
)
from atlas.results.regions import bases_of, department_name
from atlas.results.sentences import cautions_of, ratio_text
from atlas.results.series import series_html
from atlas.tables import csv_bytes
from atlas.view import BASES, DEPARTMENTS, FOLDS, View
from atlas.web.compare import compare_section, compared_places
from atlas.web.components import (
    choose_code,
    component,
    data_button,
    fold,
    folding_controls,
    link_warning,
    server_address,
    static_text,
    table_tools,
    write_link,
)
from atlas.web.session import MAP, shared_view, start, triggered
from atlas.web.timeline import period_in, timeline_box
from atlas.words import Words, file_name, words
from data.periods import MAIN, REGISTRIES, Period
from layers.palette import VERDICT


def page() -> None:
    """Draw the page: the sentence and the matrix, then border, change, chance and density."""
    st.html(f"<style>{static_text('hotspots.css')}</style>")
    before = _begin()
    say = words(st.session_state["lang"])
    link_warning(before.problems, say)
    view = _controls(before, say)
    _share(view)
    sentence = sentence_of(view.department, view.period, view.base, say)
    derivation = derivation_html(view.department, view.period, view.base, say)
    compared = FOCOS.key("compare") if view.department else ""
    values = {"sentence": sentence, "derivation": derivation, "compared": compared}
    st.html(render("hotspots/headline", say, **values))
    timeline_box(view, say, key=FOCOS.key("timeline"), on_change=_choose_period)
    with st.container(border=True, key="focos_cells"):
        _matrix(view, sentence["cautions"], say)
        make = partial(_results_csv, matrix_table, ("base", "unit"), say)
        name = file_name(say, "hotspots", say("file.matrix"))
        data_button(say, name, make, key="matrix", is_beside=True)
    with st.container(border=True, key="agreement"):
        picture = agreement_picture(view.department, say)
        st.html(render("hotspots/agreement", say, picture=picture))
        if view.department:
            ones = [
                derivation_html(
                    view.department,
                    period,
                    BASES[0],
                    say,
                    title=say(f"registry.{period.registry_code}"),
                )
                for period in common_periods()
            ]
            title = f"{say('derivation.title')} {department_name(view.department)}"
            st.html(render("derivations", say, title=title, ones=ones))
        heads = [say("focos.controls.department")]
        for name in picture["names"]:
            heads += [name, say("focos.change.range"), say("focos.change.reading")]
        figures_table(say, "agreement", heads, picture["rows"], numbers=(1, 4))
        name = file_name(say, "hotspots", say("file.agreement"), common_periods()[0].code)
        make = partial(_results_csv, agreement_rows, ("unit",), say)
        data_button(say, name, make, key="agreement", is_beside=True)
    left, right = st.columns([2, 3], gap="small")
    with left, st.container(border=True, key="scan"):
        scan_section(view, say, partial(_choose, "scan_map"))
    if view.department:
        with left, st.container(border=True, key="series"):
            st.html(render("hotspots/section", say, part="series"))
            theme = st.context.theme.type or "light"
            # what is recorded late is said under the matrix
            st.html(series_html(view.department, view.period, say, theme, is_cautioned=False))
            department, address = view.department, server_address()
            make = partial(area_csv, department, lang=say.lang, address=address)
            data_button(say, file_name(say, "", department_name(department)), make, key="series")
    with right, st.container(border=True, key="change"):
        view, changed = change_section(view, say, partial(_choose, "change_map"))
    _share(view)
    with st.container(key="focos_folds", gap="xsmall"):
        view, sentences = _folds(view, say)
    _share(view)
    asked = "focos-change" if "from" in st.query_params else ""
    write_link(view.link("hotspots"), sentence["finding"], changed, *sentences, section=asked)
    with st.container(border=True, key="files"):
        _downloads(view, say)
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))


def _folds(view: View, say: Words) -> tuple[View, list[str]]:
    """Draw the folded parts; return the view with their choices, and their sentences."""
    sentences = []
    with fold(
        say("focos.provinces.title"), FOCOS.key("provinces"), is_open=bool(view.provinces)
    ) as is_shown:
        # no fragment: another choice of the reader must end a scan that still runs
        if is_shown:
            view, sentence = provinces_section(view, say)
            sentences.append(sentence)
        else:
            view = view.changed(provinces=None)
    is_open = {}
    for name in FOLDS["hotspots"]:
        if name == "chance" and not view.period.is_by_prosecutors:
            continue  # the maps of chance have the prosecutors' yearly waves
        if name == "compare" and not view.department:
            continue
        # who sends certain maps of chance wants them seen
        wanted = name in view.open or (name == "chance" and view.twin_seed != 1)
        title = "compare.title" if name == "compare" else f"focos.{name}.title"
        with fold(say(title), FOCOS.key(name), is_open=wanted) as is_shown:
            is_open[name] = is_shown
            if is_shown and name == "compare":
                view = view.changed(beside=compared_places(view))
                compare_section(view, say)
            elif is_shown and name == "courses":
                courses_section(say)
            elif is_shown and name == "chance":
                st.fragment(partial(chance_section, say))()
            elif is_shown:
                view, sentence = density_section(view, say)
                sentences.append(sentence)
    opened = tuple(name for name, is_shown in is_open.items() if is_shown)
    return view.changed(open=opened), sentences


def _begin() -> View:
    """Read the link at first and after Back or Forward.

    Period, department and whom it is compared with follow from page to page.
    """
    lang, shared = st.session_state["lang"], shared_view()
    common = {"period": shared.period, "department": shared.department} if shared else {}
    if FOCOS.is_read_anew():
        FOCOS.held.view = View.from_link(
            st.query_params.to_dict(),
            "hotspots",
            start={"lang": lang, **common},
            narrowed={"base": lambda chosen: bases_of(chosen["period"])},
        )
    view = FOCOS.held.view.changed(lang=lang, **common)
    if shared is None:
        return view
    if not shared.department or shared.province:  # the map has no comparison to open or close
        return view.changed(beside=shared.beside)
    return view.changed(beside=shared.beside, open=_with_comparison(view, shared))


def _controls(view: View, say: Words) -> View:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    # a cell writes here too; after another page they start from the view
    start(FOCOS.key("department"), view.department)
    with folding_controls(say, "focos.controls.show"):
        department = st.selectbox(
            say("focos.controls.department"),
            DEPARTMENTS,
            index=None,
            placeholder=say("focos.controls.choose"),
            key=FOCOS.key("department"),
            format_func=department_name,
            label_visibility="collapsed",
            width=190,
        )
        offered = bases_of(view.period)
        key = FOCOS.key("base")
        start(key, view.base)
        if st.session_state[key] not in offered:
            st.session_state[key] = BASES[0]
        base = BASES[0]
        if len(offered) > 1:
            base = choose_code(
                say,
                "controls.base",
                offered,
                chosen=st.session_state[key],
                key=key,
                words_of="base.{code}",
            )
    return view.changed(department=department, base=base, problems=())


def _share(view: View) -> None:
    """Leave period, department and the comparison for the other pages."""
    MAP.held.change(
        period=view.period,
        department=view.department,
        base=view.base,
        beside=view.beside,
        open=_with_comparison(MAP.held.view, view),
    )
    FOCOS.held.view = view


def _with_comparison(view: View, other: View) -> tuple[str, ...]:
    """The open folds of a view, with the comparison if it is open in another."""
    alone = tuple(name for name in view.open if name != "compare")
    return (*alone, "compare") if "compare" in other.open else alone


def _choose_period(period: Period) -> None:
    """Another registry or period was chosen; the map follows."""
    MAP.held.change(period=period)


def _choose(source: str) -> None:
    """A click on a cell chooses department, period and base; one on a map the department."""
    chosen = triggered(source)
    if isinstance(chosen, str):
        chosen = {"department": chosen}
    if not isinstance(chosen, dict):
        return
    if chosen.get("department") in DEPARTMENTS:
        st.session_state[FOCOS.key("department")] = chosen["department"]
        MAP.held.change(department=chosen["department"])
    if chosen.get("base") in BASES:
        st.session_state[FOCOS.key("base")] = chosen["base"]
    registry, period = chosen.get("registry"), chosen.get("period")
    if registry in REGISTRIES and isinstance(period, str):
        _choose_period(period_in(registry, period))


def _matrix(view: View, cautions: list[str], say: Words) -> None:
    """Draw the matrix; ``cautions`` are those that the sentence above has said."""
    columns = blocks()
    lines = [
        {
            "code": level["department_ubigeo"],
            "name": level["department"],
            "level": _level_values(level, say),
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
        for level, per_block in matrix_rows(view.registry)
    ]
    leveled = level_registry(view.registry)
    component("matrix")(
        key="matrix",
        data={
            "html": render(
                "hotspots/matrix",
                say,
                blocks=columns,
                lines=lines,
                color=VERDICT.colors["above"],
                level=say("focos.level", registry=say(f"focos.registry.{leveled}")),
                notes=_notes(cautions, say),
            ),
            "chosen": {
                "department": view.department,
                "registry": view.registry,
                "period": view.period.code,
                "base": view.base,
            },
            "block": str(columns.index(block_of(view.period, view.base))),
            "said": say("focos.matrix.hint"),
            "lang": say.lang,
            **table_tools(say),
        },
        on_select_change=partial(_choose, "matrix"),
    )


def _notes(cautions: list[str], say: Words) -> list[str]:
    """What the marked years are, unless it is said above, and whose figures these are."""
    lines = cautions_of((period for block in blocks() for period in block.periods), say)
    units = dict.fromkeys(block.unit for block in blocks())
    return [
        *(f"⚑ {line}" for line in lines if line not in cautions),
        *(say(f"unit.{unit}.source") for unit in units),
    ]


def _level_values(row: dict[str, Any], say: Words) -> dict[str, Any]:
    drawn = on_axis(row, ("low", "level", "high"), FARTHEST, say)
    low, value, high = (ratio_text(row[name], say) for name in ("low", "level", "high"))
    text = say("focos.level.said", name=row["department"], level=value, low=low, high=high)
    is_firm = row["low"] > 1 or row["high"] < 1
    return drawn | {"said": text if drawn["places"] else "", "is_firm": is_firm}


def _results_csv(table: Callable[[], pd.DataFrame], also: Sequence[str], say: Words) -> bytes:
    names = ("department_ubigeo", "department", "registry_code", "period", *also)
    ratios = ("expected", "smr", "smr_low", "smr_high")
    columns = (*names, "reported_count", *ratios, "verdict")
    return csv_bytes(table(), "T1", columns=columns, say=say)


def _downloads(view: View, say: Words) -> None:
    """The files of what is shown, each made when it is asked for; their names hold codes only."""
    registry = "" if view.registry == MAIN else say(f"file.{view.registry}")
    base = "" if view.base == BASES[0] else say(f"file.{view.base}")
    named = (registry, view.period.code, base)
    bandwidth, evidence = view.bandwidth_km, view.share

    def density() -> bytes:
        return density_geotiff(
            view.period,
            bandwidth_km=bandwidth,
            cell_km=WEB_CELL_KM,
            kernel="gaussian",
            evidence_share=evidence / 100,
        )[0]

    # asked for while the page is drawn: a file is made outside of it
    address = server_address()

    def picture(suffix: str) -> bytes:
        drawn = View(lang=view.lang, period=view.period, measure="verdict", base=view.base)
        link = f"{address}/?{urlencode(drawn.link())}"
        return picture_bytes(drawn, suffix, address=link, made=date.today())

    name = partial(file_name, say)
    files: list[tuple[str, str, Callable[[], bytes]]] = [
        ("map_png", f"{name('map', *named)}.png", lambda: picture(".png")),
        ("map_svg", f"{name('map', *named)}.svg", lambda: picture(".svg")),
        (
            "excess_geojson",
            f"{name('excess', *named)}.geojson",
            lambda: geojson_bytes(view.period, view.base),
        ),
        (
            "density_tif",
            f"{name('density', *named[:2], f'{bandwidth}km', say('file.evidence'), evidence)}.tif",
            density,
        ),
    ]
    if view.department:
        files.insert(2, ("brief_pdf", *brief_file(view.department, view.period, say, address)))
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
