"""The map as a page: the frame that the dashboard keeps, or one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

from exports.map_sheet import map_sheet
from exports.map_svg import scene_svg
from exports.picture import MapPicture, Region
from layers.area_palettes import area_palette
from layers.atlas_map import AtlasMap
from layers.document import map_document
from layers.legend import LegendSpec
from layers.palette import HATCH
from maps.area_words import area_keys, area_notes, area_scale, area_title
from maps.attribution import attribution
from maps.layer_addresses import shown_layers
from maps.legend import legend_for, measure_title
from maps.levels import AREA_COLUMNS, areas_for
from maps.overlays import ground_script, layer_script_for
from maps.picture import map_picture
from maps.results import results_for
from maps.small_maps import ground
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


def _still(state: MapState, say: Words, title: str) -> str:
    """The map as one picture for a reader without scripts."""
    if state.level == LEVELS[0]:
        picture = map_picture(state, with_signs=True)
    else:
        palette = area_palette(state.area_measure, state.level)
        regions = []
        for row in areas_for(state.level).to_dict("records"):
            fill = palette.color(palette.classify(row[AREA_COLUMNS[state.area_measure]]))
            color = None if fill == HATCH else fill
            regions.append(Region(row["area_ubigeo"], "", "", row["geometry"], color, "none"))
        scale, keys = area_scale(state, say), tuple(area_keys(state, say))
        legend = LegendSpec((scale,), keys, tuple(area_notes(state, say)))
        source = (attribution(),)
        picture = MapPicture(
            say.lang, title, scale.note, ground(), tuple(regions), (), (), (), (), legend, source
        )
    svg = scene_svg(map_sheet(picture)).decode()
    return f'<div class="still">{svg[svg.index("<svg") :]}</div>'


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
    if state.level != LEVELS[0]:
        title = area_title(state, say)
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
        noscript_svg=_still(state, say, title),
    )
