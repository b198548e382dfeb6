"""The three lenses side by side: one small map, its key and one computed sentence each."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from layers.palette import VERDICT
from maps.grade_words import grade_text
from maps.hotspot_state import HotspotState
from maps.hotspots import LOCAL_REPLICAS, lens_table
from maps.lens_words import (
    excess_sentence,
    neighbours_sentence,
    p_text,
    phi_text,
    ratio_text,
    scan_sentence,
    seed_note,
    smallest_p_note,
)
from messages import Words
from views.legend_strip import key_list
from views.small_map import Drawing, draw_map

_CLASSES = ("above", "above_poisson_only", "unremarkable", "below_poisson_only", "below")
_OUTLINES = {"above": "solid", "above_poisson_only": "dashed"}


def _head(number: int, name: str, say: Words) -> None:
    st.html(
        f'<div class="lens"><h3>{number}. {escape(say(f"focos.lens.{name}.title"))}</h3>'
        f"<p>{escape(say(f'focos.lens.{name}.question'))}</p></div>"
    )


def _foot(sentence: str, keys: list[tuple[str, str]], note: str, extra: str = "") -> None:
    st.html(
        f'<div class="lens">{key_list(keys)}<p class="finding">{escape(sentence)}</p>{extra}'
        f'<p class="note">{escape(note)}</p></div>'
    )


def _keys(grades: pd.Series, words_of: str, say: Words) -> list[tuple[str, str]]:
    present = set(grades)
    keys = [
        (VERDICT.colors[name], grade_text(words_of, name, say))
        for name in _CLASSES
        if name in present
    ]
    if "untestable" in present:
        keys.append(("hatch", say("verdict.untestable")))
    return keys


def _drawing(
    grades: pd.DataFrame, column: str, say: Words, marks: list[tuple[str, str, str]], alt: str
) -> Drawing:
    codes = grades["department_ubigeo"]
    return Drawing(
        alt=alt,
        fills={
            code: VERDICT.color(VERDICT.classify(grade))
            for code, grade in zip(codes, grades[column], strict=True)
        },
        outlines={
            code: _OUTLINES[grade]
            for code, grade in zip(codes, grades[column], strict=True)
            if grade in _OUTLINES
        },
        tips={row.department_ubigeo: _tip(row, column, say) for row in grades.itertuples()},
        marks=marks,
    )


def _tip(row: object, column: str, say: Words) -> str:
    grade = getattr(row, column)
    kind = "near" if column == "neighbours" else column
    said = grade_text(kind, grade, say)
    if getattr(row, f"{column}_is_undecided", False):
        said = say("focos.key.edge", grade=said)
    parts = [f"{row.department}: {said}"]  # type: ignore[attr-defined]
    if pd.notna(row.smr):  # type: ignore[attr-defined]
        parts.append(
            say(
                "focos.tip.excess",
                count=say.number(row.reported_count),  # type: ignore[attr-defined]
                ratio=ratio_text(row.smr, say),  # type: ignore[attr-defined]
            )
        )
    parts += [
        say(f"flag.{flag}")
        for flag in ("not_ranked", "few_reports", "close_call", "denominator_mismatch")
        if flag in row.flags  # type: ignore[attr-defined]
    ]
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def excess_card(
    grades: pd.DataFrame, state: HotspotState, say: Words, select: Callable[[str], None]
) -> None:
    """Lens 1: the exact verdict in two grades."""
    _head(1, "excess", say)
    sentence = excess_sentence(grades, say)
    drawing = _drawing(grades, "excess", say, excess_marks(grades), sentence)
    _map("lens_excess", drawing, state, select)
    note = f"{say('focos.lens.excess.second_look')} {_phi(grades, say)}"
    _foot(sentence, _keys(grades["excess"], "excess", say), note)


def excess_marks(grades: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Marks of lens 1 in the order they are drawn.

    All share one spot: the flag leaves the lower half of the ring of few reports in sight, but
    either would cover the sign of an approximate population, which stands where it is alone.
    """
    marks = []
    for row in grades.itertuples():
        code, flags = str(row.department_ubigeo), set(row.flags)
        here = []
        if "few_reports" in flags:
            here.append(("few", code, ""))
        if flags & {"not_ranked", "close_call"}:
            here.append(("flag", code, ""))
        if not here and "denominator_mismatch" in flags:
            here.append(("number", code, "≠"))
        marks += here
    return marks


def scan_card(
    grades: pd.DataFrame,
    clusters: pd.DataFrame,
    state: HotspotState,
    say: Words,
    select: Callable[[str], None],
) -> None:
    """Lens 2: the clusters of the scan with their relative risk and both p-values."""
    _head(2, "scan", say)
    marks = [
        ("number", str(code), str(row.number))
        for row in clusters.itertuples()
        for code in row.departments
    ]
    sentence = scan_sentence(clusters, say)
    _map("lens_scan", _drawing(grades, "scan", say, marks, sentence), state, select)
    keys = _keys(grades["scan"], "scan", say)
    note = f"{seed_note(clusters, say)} {_phi(grades, say)}".strip()
    _foot(sentence, keys, note, _cluster_table(grades, clusters, state, say))


def _cluster_table(
    grades: pd.DataFrame, clusters: pd.DataFrame, state: HotspotState, say: Words
) -> str:
    if clusters.empty:
        return ""
    names = dict(zip(grades["department_ubigeo"], grades["department"], strict=True))
    heads = "".join(
        f'<th scope="col" role="columnheader"{extra}>{escape(say(f"focos.scan.{key}"))}</th>'
        for key, extra in (
            ("cluster", ' colspan="2"'),
            ("risk", ' class="n"'),
            ("p", ' class="n"'),
            ("p_waves", ' class="n"'),
        )
    )
    rows = []
    for row in clusters.itertuples():
        here = ' class="here"' if state.department in row.departments else ""
        members = say.list(names[code] for code in row.departments)
        edge = f"<br>{escape(say('focos.scan.edge'))}" if row.is_undecided else ""
        rows.append(
            f'<tr{here} role="row"><td role="cell" class="n">{row.number}</td>'
            f'<th scope="row" role="rowheader">{escape(members)}</th>'
            f'<td role="cell" class="n">{ratio_text(row.relative_risk, say)}</td>'
            f'<td role="cell" class="n">{p_text(row.p_value, say)}</td>'
            f'<td role="cell" class="n">{p_text(row.p_value_overdispersed, say)}{edge}</td></tr>'
        )
    caption = escape(say("focos.scan.caption"))
    return (
        f'<table class="figures-table" role="table"><caption>{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(rows)}</tbody></table>'
    )


def neighbours_card(
    grades: pd.DataFrame, state: HotspotState, say: Words, select: Callable[[str], None]
) -> None:
    """Lens 3: neighbourhoods that stand out."""
    _head(3, f"near.{state.statistic}", say)
    marks = [
        ("high" if row.outlier == "HL" else "low", row.department_ubigeo, "")
        for row in grades.itertuples()
        if row.outlier
    ]
    sentence = neighbours_sentence(grades, state.statistic, say)
    _map("lens_near", _drawing(grades, "neighbours", say, marks, sentence), state, select)
    keys = _keys(grades["neighbours"], "near", say)
    for sign, quadrant in (("high", "HL"), ("low", "LH")):
        if (grades["outlier"] == quadrant).any():
            keys.append((sign, say(f"focos.key.{quadrant}")))
    local = lens_table(state.period, state.statistic, seed=state.seed, replicas=LOCAL_REPLICAS)
    _foot(sentence, keys, f"{smallest_p_note(local, say)} {_phi(grades, say)}".strip())


def _phi(grades: pd.DataFrame, say: Words) -> str:
    return phi_text(say, is_lent=str(grades["unit"].iloc[0]) == "complaint")


def _map(key: str, drawing: Drawing, state: HotspotState, select: Callable[[str], None]) -> None:
    draw_map(
        drawing,
        key=key,
        lang=state.lang,
        selected=state.department,
        on_select=lambda: select(key),
    )
