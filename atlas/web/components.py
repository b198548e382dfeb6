"""Small components that every page uses: a choice, the language, a small map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from atlas.map.small_maps import small_map
from atlas.words import LANGUAGES, Words
from layers.palette import GROUND, HATCH

_FOLDER = Path(__file__).resolve().parent / "static"


@cache
def component(name: str) -> Callable[..., Any]:
    """Register a component of atlas/web/static once per process."""
    return st.components.v2.component(
        f"atlas_{name}",
        css=(_FOLDER / f"{name}.css").read_text(encoding="utf-8"),
        js=(_FOLDER / f"{name}.js").read_text(encoding="utf-8"),
    )


def _switch() -> None:
    st.session_state["lang"] = st.session_state["language"]


def language_control(say: Words) -> None:
    """Draw the switch; the page is drawn anew in the chosen language, everything else stays."""
    st.segmented_control(
        say("controls.language"),
        LANGUAGES,
        default=say.lang,
        required=True,
        key="language",
        format_func=str.upper,
        label_visibility="collapsed",
        on_change=_switch,
    )


def choose_code(
    say: Words,
    label: str,
    codes: Sequence[str],
    *,
    chosen: str,
    key: str,
    words_of: str,
    is_off: bool = False,
) -> str:
    """Draw a row of buttons and return the chosen code; switched off where nothing can be chosen.

    ``label`` is the message that names the control for screen readers, ``chosen`` the first choice,
    ``words_of`` the pattern of a button's message with ``{code}``.
    """
    return st.segmented_control(
        say(label),
        codes,
        default=chosen,
        required=True,
        key=key,
        format_func=lambda code: say(words_of.format(code=code)),
        label_visibility="collapsed",
        disabled=is_off,
        wrap=True,
    )


@contextmanager
def folding_controls(say: Words, label: str) -> Iterator[None]:
    """Draw the row of a page's controls; on a phone it folds behind a switch named by ``label``.

    The switch of language never folds.
    """
    with st.container(horizontal=True, key="control_bar", vertical_alignment="top"):
        with st.container(key="fold"):
            st.toggle(say(label), key="show_controls")
        with st.container(horizontal=True, key="controls", vertical_alignment="center"):
            yield
        with st.container(key="language_box", width="content"):
            language_control(say)


HATCHES = {"light": ("#f4f3ef", "#a9a69d"), "dark": ("#3d4043", "#84868a")}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one small map shows."""

    alt: str
    """the map in one sentence, for those who do not see it."""
    level: str = "departments"
    """whose outlines are drawn: these or "provinces", over which the departments' borders go."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """colour by code of the area; a missing one is hatched."""
    tips: Mapping[str, str] = field(default_factory=dict)
    marks: Sequence[tuple[str, str, str]] = ()
    """kind (number), code of the area, text."""
    image: tuple[str, tuple[float, float, float, float]] | None = None
    """address of a picture over the land and its x, y, width, height in view units."""
    rims: Sequence[str] = ()
    """paths of lines over the picture."""
    bubbles: Sequence[tuple[float, float, float, str, str]] = ()
    """circles: x, y and radius in view units, the number in it and what it says."""
    is_plain: bool = False
    """whether departments without a fill are land and not hatched."""


def draw_map(
    drawing: Drawing,
    *,
    key: str,
    lang: str,
    height_rem: float = 20,
    selected: str | None = None,
    on_select: Callable[[], None] | None = None,
) -> None:
    """Draw a small map; the clicked code is read from ``st.session_state[key].select``."""
    theme = st.context.theme.type or "light"
    outlines = small_map(drawing.level)
    data: dict[str, Any] = {
        "lang": lang,
        "theme": theme,
        "ground": {**GROUND[theme], "line": "#d5d0c8" if theme == "light" else "#3a3733"},
        "hatch": HATCHES[theme],
        **outlines.drawn,
        "alt": drawing.alt,
        "fills": (
            {code: GROUND[theme]["land"] for code, _, _ in outlines.shapes}
            if drawing.is_plain
            else {code: fill for code, fill in drawing.fills.items() if fill != HATCH}
        ),
        "tips": dict(drawing.tips),
        "marks": [
            *((kind, *outlines.spots[code], text, "") for kind, code, text in drawing.marks),
            *(("bubble", x, y, str(r), tip) for x, y, r, _, tip in drawing.bubbles),
            *(("label", x, y, text, "") for x, y, _, text, _ in drawing.bubbles),
        ],
        "rims": list(drawing.rims),
        "plain": drawing.is_plain,
        "lines": [] if drawing.level == "departments" else [d for *_, d in small_map().shapes],
        "heightRem": height_rem,
        "selected": selected,
        "clickable": on_select is not None,
    }
    if drawing.image is not None:
        data["image"] = {"href": drawing.image[0], "box": drawing.image[1]}
    component("minimap")(key=key, data=data, on_select_change=on_select or (lambda: None))
