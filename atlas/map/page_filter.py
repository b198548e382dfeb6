"""The filter of Mapa's table: conditions on its areas, and the columns that it shows."""

from __future__ import annotations

from functools import partial

import streamlit as st

from atlas.conditions import FIELDS, Condition, operators_of, read_condition
from atlas.html import render
from atlas.results.areas import (
    areas_table,
    condition_text,
    field_name,
    filter_text,
    is_filtered,
    matched_areas,
    sign_of,
)
from atlas.view import LEVELS, MOST_CONDITIONS, View
from atlas.web.components import fold
from atlas.web.session import MAP
from atlas.words import Words
from geo.excess import Verdict

_FIRST = ("likely_illegal_ha", ">=")
"""field and operator that the row begins with"""


def filter_fold(view: View, say: Words) -> None:
    """Draw the fold of conditions and columns, with a sentence on the areas left."""
    if view.level not in LEVELS[:2]:
        if view.where:
            st.html(render("paragraph", say, kind="help", text=say("areas.not_districts")))
        return
    answer, is_met = "", True
    if is_filtered(view):
        matched, table = matched_areas(view)
        is_met = len(matched) > 0
        answer = say("areas.of", count=len(matched), all=len(table))
    with fold(say("areas.filter"), MAP.key("filter"), is_open=False, answer=answer) as is_open:
        if is_open:
            _new_condition(view, say)
            _conditions(view, say)
            _columns(view, say)
            st.html(render("paragraph", say, kind="help", text=say("areas.how")))
    # an open fold has the conditions already, and their count
    if is_filtered(view) and not (is_open and is_met):
        st.html(render("paragraph", say, kind="sentence", text=filter_text(view, say)))


def offered_fields(view: View) -> list[str]:
    """Return the fields that something is known of at a view's level and in its period."""
    table = areas_table(view.period, view.level, view.base)
    return [field for field in FIELDS if table[field].notna().any()]


def _new_condition(view: View, say: Words) -> None:
    """Draw the field, the operator and the value of one more condition, and its button."""
    fields = offered_fields(view)
    field = st.selectbox(
        say("areas.field"),
        fields,
        index=fields.index(_FIRST[0]) if _FIRST[0] in fields else 0,
        key=MAP.key("filter_field"),
        format_func=partial(field_name, say=say),
        label_visibility="collapsed",
    )
    signs = operators_of(field)
    keys = MAP.key("filter_field"), MAP.key(f"filter_operator_{len(signs)}")
    with st.container(horizontal=True, key="filter_row", gap="small"):
        st.selectbox(
            say("areas.operator"),
            signs,
            index=signs.index(_FIRST[1]) if _FIRST[1] in signs else 0,
            key=keys[1],
            format_func=sign_of,
            label_visibility="collapsed",
            width=84,
        )
        if field == "verdict":
            st.selectbox(
                say("areas.value"),
                [str(verdict) for verdict in Verdict],
                key=MAP.key("filter_verdict"),
                format_func=lambda code: say(f"table.verdict.{code}"),
                label_visibility="collapsed",
                width=150,
            )
        else:
            st.number_input(
                say("areas.value"),
                value=None,
                step=1.0,
                format="%g",
                key=MAP.key("filter_value"),
                placeholder=say("areas.value"),
                label_visibility="collapsed",
                width=110,
            )
        st.button(
            say("areas.add"),
            key=MAP.key("filter_add"),
            on_click=_add,
            args=(*keys, MAP.key("filter_verdict" if field == "verdict" else "filter_value")),
            disabled=len(view.where) >= MOST_CONDITIONS,
        )


def _add(*keys: str) -> None:
    """Add the condition that the controls of these keys hold when the button is pressed."""
    field, sign, value = (st.session_state[key] for key in keys)
    where = MAP.state.view.where
    if value is None or len(where) >= MOST_CONDITIONS:
        return
    MAP.state.change(where=(*where, str(Condition(field, sign, value))))
    st.session_state[MAP.key("filter_value")] = None


def _conditions(view: View, say: Words) -> None:
    """Draw each condition as a button that takes it away."""
    with st.container(horizontal=True, key="filter_chips", gap="small"):
        for text in view.where:
            st.button(
                condition_text(read_condition(text), say),
                key=MAP.key(f"filter_{text}"),
                icon=":material/close:",
                help=say("areas.remove"),
                on_click=_remove,
                args=(text,),
            )


def _remove(text: str) -> None:
    MAP.state.change(where=tuple(other for other in MAP.state.view.where if other != text))


def _columns(view: View, say: Words) -> None:
    """Draw the choice of columns besides those of the conditions."""
    key, fields = MAP.key("columns"), offered_fields(view)
    st.session_state[key] = [field for field in view.columns if field in fields]
    st.multiselect(
        say("areas.columns"),
        fields,
        key=key,
        format_func=partial(field_name, say=say),
        placeholder=say("areas.columns.placeholder"),
        on_change=lambda: MAP.state.change(columns=tuple(st.session_state[key])),
    )
