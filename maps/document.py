"""The map as a page: the frame that the dashboard keeps, or one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

from layers.area_palettes import area_palette
from layers.atlas_map import AtlasMap
from layers.document import map_document
from layers.palette import palette_for
from layers.static_svg import static_svg
from maps.area_words import area_title
from maps.attribution import attribution
from maps.layer_addresses import MEASURE_COLUMNS, PALETTE_NAMES, shown_layers
from maps.legend import legend_for, measure_title
from maps.levels import AREA_COLUMNS, areas_for
from maps.overlays import departments_with, ground_script, layer_script_for
from maps.results import results_for
from maps.state import LEVELS, MapState
from messages import Words, words


@lru_cache(maxsize=1)
def frame_document() -> str:
    """The frame: ground, names and an empty map that waits for the layers of a state."""
    return map_document(
        AtlasMap(assets="served", attribution=attribution()),
        [ground_script()],
        title="Atlas Trata Perú",
        lang="es",
    )


@lru_cache(maxsize=1)
def frame_policy() -> str:
    """Content security policy of the frame: its own scripts by hash, no connection anywhere."""
    inline = re.findall(r"<script>(.*?)</script>", frame_document(), flags=re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in inline
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-scripts"
    )


def _area_svg(state: MapState, say: Words, title: str) -> str:
    """The areas as one still picture; each path carries its department's code."""
    frame = areas_for(state.level)
    return static_svg(
        frame.assign(department=frame["area"]),
        area_palette(state.area_measure, state.level),
        value=AREA_COLUMNS[state.area_measure],
        title=title,
    )


def standalone_document(state: MapState) -> str:
    """The map of a state as one self-contained HTML file."""
    say = words(state.lang)
    results = results_for(state.period, state.base)
    unit = str(results["unit"].iloc[0])
    title = say(
        "document.title",
        unit=say(f"unit.{unit}.plural"),
        period=say(f"period.{state.period}"),
        measure=measure_title(state, say),
    )
    scripts = [ground_script(), *(layer_script_for(key, state) for key in shown_layers(state))]
    if state.level == LEVELS[0]:
        still = static_svg(
            departments_with(results),
            palette_for(PALETTE_NAMES[state.measure]),  # type: ignore[arg-type]
            value=MEASURE_COLUMNS[state.measure],
            title=title,
        )
    else:
        title = area_title(state, say)
        still = _area_svg(state, say, title)
    return map_document(
        AtlasMap(
            assets="inline",
            attribution=f"{say(f'unit.{unit}.source')} {attribution()}",
            zoom_in=say("map.zoom_in"),
            zoom_out=say("map.zoom_out"),
        ),
        scripts,
        title=title,
        lang=state.lang,
        legend=legend_for(state, say, is_alone=True),
        selected=state.department,
        noscript_svg=still,
    )
