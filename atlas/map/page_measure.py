"""The controls of a map: its level, its measure and its base, each a row of buttons."""

from __future__ import annotations

import streamlit as st

from atlas.results.regions import bases_of
from atlas.view import (
    AREA_MEASURES,
    BASES,
    LEVELS,
    MEASURES,
    RATIO_MEASURES,
    View,
    available_levels,
)
from atlas.web.components import choose_code
from atlas.web.session import MAP, start
from atlas.words import Words
from data.periods import PERIODS

SECOND = "second_"
"""begins the keys of the second map's controls"""
_LABELS = {
    "": ("controls.level", "controls.measure", "controls.base"),
    SECOND: ("two.controls.level", "two.controls.measure", "two.controls.base"),
}
"""of the rows, for screen readers"""


def measure_controls(view: View, say: Words, of: str = "") -> View:
    """The level, where there is more than one, and what is shown at it; ``of`` another map."""
    levels, level = available_levels(), view.level
    label_level, label_measure, _ = _LABELS[of]
    if len(levels) > 1:
        level = choose_code(
            say,
            label_level,
            levels,
            chosen=view.level,
            key=MAP.key(f"{of}level"),
            words_of="level.{code}",
        )
    if level != LEVELS[0]:
        key = MAP.key(f"{of}area_measure")
        start(key, view.area_measure if view.level == level else view.measure)
        measure = st.segmented_control(
            say(label_measure),
            (*MEASURES, *AREA_MEASURES),
            required=True,
            key=key,
            format_func=lambda code: say(
                f"{'measure' if code in MEASURES else 'area'}.{code}.short"
            ),
            label_visibility="collapsed",
            wrap=True,
        )
        return view.changed(level=level, area_measure=measure)
    measure = choose_code(
        say,
        label_measure,
        MEASURES,
        chosen=view.measure,
        key=MAP.key(f"{of}measure"),
        words_of="measure.{code}.short",
    )
    return _base_control(view.changed(level=level, measure=measure), say, of)


def _base_control(view: View, say: Words, of: str) -> View:
    """What is expected: by residents or by offences, where the map shows the ratio."""
    if view.measure not in RATIO_MEASURES or not view.period.is_by_prosecutors:
        return view.changed(base=BASES[0])
    is_off = bases_of(view.period) != BASES
    base = choose_code(
        say,
        _LABELS[of][2],
        BASES,
        chosen=BASES[0] if is_off else view.base,
        # a control that is switched off is another one: it keeps no choice
        key=MAP.key(f"{of}base_off" if is_off else f"{of}base"),
        words_of="base.{code}",
        is_off=is_off,
    )
    if is_off and view.base == BASES[0]:
        st.caption(no_base(say), width="content")
    return view.changed(base=base)


def no_base(say: Words) -> str:
    """Why a period has no offences to compare with."""
    first = next(period for period in PERIODS if bases_of(period) == BASES)
    return say("base.absent", year=first.start[:4])
