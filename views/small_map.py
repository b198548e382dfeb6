"""A small map of the departments: finished colours and words in, a click out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from layers.palette import GROUND, HATCH
from maps.small_maps import small_map
from views.component import component

_HATCHES = {"light": ("#f4f3ef", "#a9a69d"), "dark": ("#3d4043", "#84868a")}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one small map shows."""

    alt: str
    """the map in one sentence, for those who do not see it."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """colour by department_ubigeo; a missing one is hatched."""
    tips: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[str, str] = field(default_factory=dict)
    """"solid" or "dashed" by department_ubigeo."""
    marks: Sequence[tuple[str, str, str]] = ()
    """kind (few, flag, high, low, number), department_ubigeo, text."""
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
    outlines = small_map()
    data: dict[str, Any] = {
        "lang": lang,
        "theme": theme,
        "ground": {**GROUND[theme], "line": "#d5d0c8" if theme == "light" else "#3a3733"},
        "hatch": _HATCHES[theme],
        **outlines.drawn,
        "alt": drawing.alt,
        "fills": (
            {code: GROUND[theme]["land"] for code, _, _ in outlines.shapes}
            if drawing.is_plain
            else {code: fill for code, fill in drawing.fills.items() if fill != HATCH}
        ),
        "tips": dict(drawing.tips),
        "outlines": dict(drawing.outlines),
        "marks": [
            *((kind, *outlines.spots[code], text, "") for kind, code, text in drawing.marks),
            *(("bubble", x, y, str(r), tip) for x, y, r, _, tip in drawing.bubbles),
            *(("label", x, y, text, "") for x, y, _, text, _ in drawing.bubbles),
        ],
        "rims": list(drawing.rims),
        "plain": drawing.is_plain,
        "heightRem": height_rem,
        "selected": selected,
        "clickable": on_select is not None,
    }
    if drawing.image is not None:
        data["image"] = {"href": drawing.image[0], "box": drawing.image[1]}
    component("minimap")(key=key, data=data, on_select_change=on_select or (lambda: None))
