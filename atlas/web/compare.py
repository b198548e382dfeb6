"""Draw other departments beside the chosen one: choice, years, tables, file."""

from __future__ import annotations

import streamlit as st

from atlas.html import render
from atlas.results.compare import (
    ALIKE,
    CHOSEN,
    FEWEST,
    KINDS,
    MOST,
    NEIGHBOUR,
    alike_line,
    beside_codes,
    compare_blocks,
    likeness_lines,
    placed,
    years_note,
)
from atlas.results.regions import department_name
from atlas.results.series import compared_charts
from atlas.view import BASES, DEPARTMENTS, View
from atlas.web.components import sortable_table
from atlas.web.session import MAP, went_back
from atlas.words import Words, file_name

_KIND, _OTHERS = "compare_kind", "compare_others"
SECTION = "comparison"
"""id of its heading"""


def compared_places(view: View) -> str:
    """Whom a page compares with, as a view has it: the link's, or what its controls say."""
    if went_back() or _KIND not in st.session_state:
        return view.beside
    kind = st.session_state[_KIND] or NEIGHBOUR
    others = [code for code in st.session_state.get(_OTHERS, ()) if code != view.department]
    return "-".join(others) or CHOSEN if kind == CHOSEN else str(kind)


def open_comparison() -> None:
    """Begin with the departments most alike, unless others have been chosen."""
    st.session_state.setdefault(_KIND, ALIKE)
    go_to_comparison()


def go_to_comparison() -> None:
    """Show its heading and answer first, whatever stood above or below them before."""
    MAP.held.section = SECTION


def compare_section(view: View, say: Words) -> None:
    """Draw the choice of departments to compare, and their figures in each registry."""
    department = str(view.department)
    kind, codes = beside_codes(department, view.beside)
    answer = st.container()  # above the controls, which may say that there is none yet
    # set anew each time: on another page it is another control to Streamlit
    st.session_state[_KIND] = kind
    st.segmented_control(
        say("compare.with"),
        (NEIGHBOUR, ALIKE, CHOSEN),
        key=_KIND,
        format_func=lambda code: say(KINDS[code]),
        required=True,
        on_change=go_to_comparison,
    )
    if kind == CHOSEN:
        st.session_state[_OTHERS] = codes[1:]
        st.multiselect(
            say("compare.others"),
            [code for code in DEPARTMENTS if code != department],
            key=_OTHERS,
            format_func=department_name,
            max_selections=MOST - 1,
            select_all=False,
            placeholder=say("compare.others.help", most=MOST - 1),
        )
        if len(codes) < FEWEST:
            return
    notes = likeness_lines(department, say) if kind == ALIKE else []
    notes += [alike_line(codes, say)] if kind == CHOSEN else []
    notes += years_note(view.period, say)
    if notes:
        st.html(render("paragraph", say, kind="help", text=" ".join(notes)))
    places = placed(kind, codes)
    if view.base != BASES[0]:
        text = say("compare.by_residents", base=say(f"base.{view.base}"))
        st.html(render("paragraph", say, kind="help", text=text))
    theme = st.context.theme.type or "light"
    charts = compared_charts([code for code, _ in places], say, theme)
    blocks = compare_blocks(places, view, say)
    answer.html(
        "".join(render("paragraph", say, kind="sentence", text=block.answer) for block in blocks)
    )
    drawn = [charts[block.years.code] for block in blocks if block.years.code in charts]
    st.html(render("series_beside", say, charts=drawn))
    for number, block in enumerate(blocks):
        years = block.years
        caption = say("compare.caption", unit=years.unit)
        about = {"caption": caption, "first": say("compare.first"), "is_beside": True}
        table = render("card_years", say, block=years, **about)
        of = say("file.compare"), say(f"file.{years.code}")
        pairs = render(
            "pairs",
            say,
            registry=years.registry,
            caption=block.pairs_caption,
            rows=block.pairs,
        )
        file = file_name(say, "", department_name(department), *of, say("file.pairs"))
        sortable_table(pairs, say, key=f"pairs_{number}", file=file, source=years.source)
        file = file_name(say, "", department_name(department), *of)
        source, key = years.source, f"compare_{number}"
        sortable_table(table, say, key=key, file=file, source=source)
    st.html(render("paragraph", say, kind="help", text=say("compare.pair.picked")))
    how = f"{say('compare.pair.how')} {say('compare.how')}"
    st.html(render("paragraph", say, kind="help", text=how, summary=say("card.method")))
