"""Focos: the finding, the matrix of departments by years, and what opens on each question."""

from __future__ import annotations

from functools import partial

import streamlit as st

from atlas.hotspots.page_change import FOCOS, change_section
from atlas.hotspots.page_neighbours import provinces_section, scan_section
from atlas.html import render
from atlas.results.derivation import derivation_html
from atlas.results.figures import Figures
from atlas.results.finding import reasons
from atlas.results.matrix import (
    block_of,
    blocks,
    both_text,
    cell_text,
    dark_by_chance,
    matrix_rows,
    other_registry,
    yearly_registry,
)
from atlas.results.regions import bases_of, department_name
from atlas.results.sentences import cautions_of, ratio_text
from atlas.results.story import story_of
from atlas.view import BASES, DEPARTMENTS, FOLDS, View
from atlas.web.compare import compare_section, compared_places
from atlas.web.components import (
    choose_code,
    component,
    fold,
    folding_controls,
    link_warning,
    static_text,
    table_tools,
    write_link,
)
from atlas.web.session import MAP, shared_view, start, triggered
from atlas.web.timeline import period_in, timeline_box
from atlas.words import Words, file_name, words
from data.periods import REGISTRIES, Period
from layers.palette import VERDICT


def page() -> None:
    """Draw the page: the sentence and the matrix, then folds that compute when opened."""
    st.html(f"<style>{static_text('hotspots.css')}</style>")
    before = _begin()
    say = words(st.session_state["lang"])
    link_warning(before.problems, say)
    view = _controls(before, say)
    _share(view)
    sentence = reasons(story_of(view.period, view.base, view.department), say)
    derivation = derivation_html(view.department, view.period, view.base, say)
    compared = FOCOS.key("compare") if view.department else ""
    values = {"sentence": sentence, "derivation": derivation, "compared": compared}
    st.html(render("hotspots/headline", say, **values))
    timeline_box(view, say, key=FOCOS.key("timeline"), on_change=_choose_period)
    with st.container(border=True, key="focos_cells"):
        _matrix(view, sentence.cautions, say)
    with st.container(key="focos_folds", gap="xsmall"):
        view, sentences = _folds(view, say)
    _share(view)
    asked = "focos-change" if "from" in st.query_params else ""
    write_link(view.link("hotspots"), sentence.finding, *sentences, section=asked)
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))


_TITLES = {"neighbours": "focos.scan.title", "compare": "compare.title"}


def _folds(view: View, say: Words) -> tuple[View, list[str]]:
    """Draw what is computed when it is opened; return the view with the choices, and sentences."""
    sentences: list[str] = []
    # a link to a change of two periods, or to provinces, wants them seen
    wanted = {*view.open, *(["change"] if view.before else [])}
    opened = []
    for name in (*FOLDS["hotspots"][:2], "provinces", *FOLDS["hotspots"][2:]):
        if name == "compare" and not view.department:
            continue
        is_open = view.provinces is not None if name == "provinces" else name in wanted
        title = say(_TITLES.get(name, f"focos.{name}.title"))
        with fold(title, FOCOS.key(name), is_open=is_open) as is_shown:
            if not is_shown:
                view = view.changed(**_CLOSED.get(name, {}))
                continue
            if name != "provinces":
                opened.append(name)
            if name == "change":
                with st.container(key="change"):
                    view, sentence = change_section(view, say, partial(_choose, "change_map"))
            elif name == "neighbours":
                sentence = scan_section(view, say, partial(_choose, "scan_map"))
            elif name == "provinces":
                # no fragment: another choice of the reader must end a scan that still runs
                view, sentence = provinces_section(view, say)
            elif name == "compare":
                view = view.changed(beside=compared_places(view))
                compare_section(view, say)
                continue
            sentences.append(sentence)
    return view.changed(open=tuple(opened)), sentences


_CLOSED = {"change": {"before": None, "after": None}, "provinces": {"provinces": None}}
"""fields of a fold that a link has only while it is open"""


def _begin() -> View:
    """Read the link at first and after Back or Forward.

    Period, department and whom it is compared with follow from page to page.
    """
    lang, shared = st.session_state["lang"], shared_view()
    common = {"period": shared.period, "department": shared.department} if shared else {}
    if FOCOS.is_read_anew():
        FOCOS.state.view = View.from_link(
            st.query_params.to_dict(),
            "hotspots",
            start={"lang": lang, **common},
            narrowed={"base": lambda chosen: bases_of(chosen["period"])},
        )
    view = FOCOS.state.view.changed(lang=lang, **common)
    if shared is None:
        return view
    if not shared.department or shared.province:  # the map has no comparison to open or close
        return view.changed(beside=shared.beside)
    return view.changed(beside=shared.beside, open=_with_comparison(view, shared))


def _controls(view: View, say: Words) -> View:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    # a cell writes here too; after another page they start from the view
    start(FOCOS.key("department"), view.department)
    with folding_controls(say, lambda: say("focos.controls.show")):
        department = st.selectbox(
            say("column.department"),
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
    MAP.state.change(
        period=view.period,
        department=view.department,
        base=view.base,
        beside=view.beside,
        open=_with_comparison(MAP.state.view, view),
    )
    FOCOS.state.view = view


def _with_comparison(view: View, other: View) -> tuple[str, ...]:
    """The open folds of a view, with the comparison if it is open in another."""
    alone = tuple(name for name in view.open if name != "compare")
    return (*alone, "compare") if "compare" in other.open else alone


def _choose_period(period: Period) -> None:
    """Another registry or period was chosen; the map follows."""
    MAP.state.change(period=period)


def _choose(source: str) -> None:
    """A click on a cell chooses department, period and base; one on a map the department."""
    chosen = triggered(source)
    if isinstance(chosen, str):
        chosen = {"department": chosen}
    if not isinstance(chosen, dict):
        return
    if chosen.get("department") in DEPARTMENTS:
        st.session_state[FOCOS.key("department")] = chosen["department"]
        MAP.state.change(department=chosen["department"])
    if chosen.get("base") in BASES:
        st.session_state[FOCOS.key("base")] = chosen["base"]
    registry, period = chosen.get("registry"), chosen.get("period")
    if registry in REGISTRIES and isinstance(period, str):
        _choose_period(period_in(registry, period))


def _matrix(view: View, cautions: list[str], say: Words) -> None:
    """Draw the matrix; ``cautions`` are those that the sentence above has said."""
    columns = blocks()
    shared, elsewhere = other_registry(view.registry)
    lines = [
        {
            "code": row.code,
            "name": row.name,
            "above": say("focos.above.of", count=row.above, of=row.years) if row.years else "–",
            "share": row.above / row.years if row.years else -1,
            "blocks": [[_cell_values(cell, say) for cell in cells] for cells in row.cells],
            "other": _cell_values(elsewhere[row.code], say),
        }
        for row in matrix_rows(view.registry)
    ]
    counted = yearly_registry(view.registry)
    other = say(
        "focos.other",
        registry=say(f"focos.registry.{shared.registry_code}"),
        period=say(f"period.{shared.code}"),
    )
    component("matrix")(
        key="matrix",
        data={
            "html": render(
                "hotspots/matrix",
                say,
                blocks=columns,
                lines=lines,
                color=VERDICT.colors["above"],
                other=other,
                notes=[
                    both_text(say),
                    say("focos.above.note", registry=say(f"focos.registry.{counted}")),
                    say("focos.matrix.many", share=say.percent(dark_by_chance())),
                ],
                marks=_marks(cautions, say),
                source=_sources(say),
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
            **table_tools(say, file_name(say, "hotspots", say("file.matrix")), _sources(say)),
        },
        on_select_change=partial(_choose, "matrix"),
    )


def _marks(cautions: list[str], say: Words) -> list[str]:
    """What the marked years are, unless it is said above."""
    lines = cautions_of((period for block in blocks() for period in block.periods), say)
    return [line for line in lines if line not in cautions]


def _sources(say: Words) -> str:
    units = dict.fromkeys(block.unit for block in blocks())
    return " ".join(say(f"unit.{unit}.source") for unit in units)


def _cell_values(cell: Figures, say: Words) -> dict[str, str]:
    return {
        "registry": cell.period.registry_code,
        "period": cell.period.code,
        "base": cell.base,
        "verdict": str(cell.verdict),
        "text": ratio_text(cell.ratio, say),
        "said": cell_text(cell, say),
    }
