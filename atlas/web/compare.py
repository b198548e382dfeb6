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
)
from atlas.results.regions import department_name
from atlas.results.series import compared_charts
from atlas.view import BASES, DEPARTMENTS, View
from atlas.web.components import sortable_table
from atlas.web.session import MAP, went_back
from atlas.words import Words, file_name

_KIND, _OTHERS, _FULL = "compare_kind", "compare_others", "compare_full"
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
    """Ask which departments, unless some have been chosen."""
    st.session_state.setdefault(_KIND, CHOSEN)
    go_to_comparison()


def _choose_others() -> None:
    """Go to the answer; refuse a department too many and leave the choice as it was."""
    before = beside_codes(str(MAP.state.view.department), MAP.state.view.beside)[1][1:]
    if len(st.session_state[_OTHERS]) > MOST - 1:
        st.session_state[_OTHERS] = before
        st.session_state[_FULL] = True
    go_to_comparison()


def go_to_comparison() -> None:
    """Show its heading and answer first, whatever stood above or below them before."""
    MAP.state.section = SECTION


def compare_section(view: View, say: Words) -> None:
    """Draw the choice of departments to compare, and their figures in each registry."""
    department = str(view.department)
    kind, codes = beside_codes(department, view.beside)
    # set anew each time: on another page it is another control to Streamlit
    st.session_state[_KIND] = kind
    st.segmented_control(
        say("compare.with"),
        tuple(KINDS),
        key=_KIND,
        format_func=lambda code: say(KINDS[code]),
        required=True,
        on_change=go_to_comparison,
    )
    if kind == CHOSEN:
        st.session_state[_OTHERS] = codes[1:]
        # a list that opens would cover the answer on a phone
        st.pills(
            say("compare.others", most=MOST - 1),
            [code for code in DEPARTMENTS if code != department],
            selection_mode="multi",
            key=_OTHERS,
            format_func=department_name,
            on_change=_choose_others,
        )
        if st.session_state.pop(_FULL, False):
            st.html(
                render(
                    "paragraph",
                    say,
                    kind="help",
                    text=say("compare.others.full", most=MOST - 1),
                    role="status",
                )
            )
        if len(codes) < FEWEST:
            return
    places = placed(kind, codes)
    if view.base != BASES[0]:
        text = say("compare.by_residents", base=say(f"base.{view.base}"))
        st.html(render("paragraph", say, kind="help", text=text))
    theme = st.context.theme.type or "light"
    charts = compared_charts([code for code, _ in places], say, theme)
    blocks = compare_blocks(places, view, say)
    answers = [
        render("paragraph", say, kind="compared", bold=block.head, text=block.answer)
        for block in blocks
    ]
    answers.append(render("paragraph", say, kind="help", text=say("compare.caveat")))
    st.html("".join(answers))
    notes = likeness_lines(department, say) if kind == ALIKE else []
    notes += [alike_line(codes, say)] if kind == CHOSEN else []
    if notes:
        likeness = {"text": " ".join(notes), "summary": say("compare.like.why")}
        st.html(render("paragraph", say, kind="help", **likeness))
    drawn = [charts[block.years.code] for block in blocks if block.years.code in charts]
    st.html(render("series_beside", say, charts=drawn))
    for number, block in enumerate(blocks):
        years = block.years
        caption = say("compare.caption", unit=years.unit)
        layout = {"caption": caption, "first": say("compare.first"), "is_beside": True}
        table = render("card_years", say, block=years, **layout)
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
