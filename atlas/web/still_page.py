"""Draw the first look of a page: its heading, its sentence and the link's own map.

Of the map the headline of the live page (``headline.py``), so that it stays when that has come.

Made of the same scene as the picture; ``static/look/look.css`` lays it over the place of the live
map. No plan and no own figure is ever in it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode

import shapely

from atlas.paper.picture import map_picture
from atlas.results.finding import finding
from atlas.results.matrix import block_of, blocks, matrix_rows
from atlas.results.sentences import ratio_text
from atlas.results.story import story_of
from atlas.view import LEVELS, View
from atlas.web.errors import page_title
from atlas.web.headline import headline
from atlas.words import Words, words
from layers.palette import GROUND
from layers.picture.items import map_items
from layers.picture.record import MapPicture, Region
from layers.picture.scene import Image, Item, Scene, Text, fit
from layers.picture.scene import View as Frame
from layers.picture.svg import inline_svg
from layers.picture.typography import width_of

LEADS = {
    "figures": "figures.lead",
    "planner": "plan.lead",
    "own_data": "own.lead",
    "public": "awareness.lead",
}
"""the message under the heading of each page that has neither map nor matrix"""
Form = Literal["wide", "narrow"]
_SIZES: dict[Form, tuple[float, float]] = {"wide": (775, 687), "narrow": (369, 510)}
"""of the live map on a screen of 1280 and of 390 pixels"""
_TEXT_SCALE = 1.22
_ACROSS: dict[Form, float] = {"wide": 0.7, "narrow": 0.5}
_BEYOND = 240.0
"""units that are drawn on each side of the window: other screens show more"""


def look_content(feature: str, view: View) -> dict[str, Any]:
    """The values of a page and view for the template of the look."""
    say = words(view.lang)
    content: dict[str, Any] = {"heading": say(page_title(feature))}
    if feature == "map":
        picture = map_picture(view.changed(second=None), is_light=True)
        content |= headline(view, say)
        content["maps"] = [(form, still_map(picture, view, form)) for form in _SIZES]
    if feature == "hotspots":
        content |= _matrix(view, say)
    if feature in ("map", "hotspots") and view.level == LEVELS[0]:
        content["sentence"] = finding(story_of(view.period, view.base, view.department), say)
    elif feature in LEADS:
        content["sentence"] = say(LEADS[feature])
    return content


def _matrix(view: View, say: Words) -> dict[str, Any]:
    """The matrix of Focos as a plain table: the years of the registry and base of a view."""
    block = block_of(view.period, view.base)
    place = blocks().index(block)
    rows = [
        (
            row.name,
            [(str(cell.verdict), ratio_text(cell.ratio, say)) for cell in row.cells[place]],
        )
        for row in matrix_rows(view.registry)
    ]
    name = say(
        "focos.block",
        registry=say(f"focos.registry.{block.registry}"),
        base=say(f"base.{block.base}"),
    )
    return {"caption": name, "heads": block.heads(say), "rows": rows}


def still_map(picture: MapPicture, view: View, form: Form) -> str:
    """The map of a picture as an element of the page, laid out for a wide or a narrow screen.

    Department names lead to their card; colours of the ground and of the names beside it follow the
    reader's theme by variables of ``static/look/look.css``.
    """
    width, height = _SIZES[form]
    west, south, east, north = shapely.total_bounds([area.geometry for area in picture.regions])
    bounds = (float(west), float(south), float(east), float(north))
    inner = fit(bounds, left=0, top=0, width=width, height=height, padding=14, across=_ACROSS[form])
    whole = replace(
        inner,
        left=-_BEYOND,
        top=-_BEYOND,
        width=width + 2 * _BEYOND,
        height=height + 2 * _BEYOND,
        west=inner.west - math.degrees(_BEYOND / inner.scale),
        north=inner.north + _BEYOND / inner.scale,
    )
    margin = whole.frame.difference(inner.frame.buffer(-2))
    marks = tuple(
        mark for mark in picture.marks if mark.kind not in ("capital", "country", "ocean")
    )
    regions = tuple(_named(region, inner, form) for region in picture.regions)
    bare = replace(picture, marks=marks, regions=regions)
    items = map_items(bare, whole, taken=(margin,), text_scale=_TEXT_SCALE)
    codes = {region.name.upper(): region.code for region in picture.regions}
    themed = tuple(_themed(item, view, codes) for item in items)
    description = " ".join([picture.subtitle, *picture.source[:1]])
    scene = Scene(whole.width, whole.height, themed, picture.title, description, picture.lang)
    return inline_svg(scene, (0, 0, width, height))


def _named(region: Region, view: Frame, form: Form) -> Region:
    """Return a region with its name or figure as on the live map.

    Only marked or outlined regions have a figure. A narrow screen leaves out names that need a
    line.
    """
    if region.outline != "none" or region.is_marked:
        return region
    left, _, right, _ = view.seen(region.geometry).bounds
    width = width_of(region.name.upper(), 8.8 * _TEXT_SCALE, "semibold")
    is_named = form == "wide" or right - left > 0.8 * width
    return replace(region, value="", name=region.name if is_named else "")


_THEMED = {color: f"var(--{name})" for name, color in GROUND["light"].items()}
"""colours of the ground, which the page's theme changes"""


def _themed(item: Item, view: View, codes: dict[str, str]) -> Item:
    """An item with the theme's colours; the name of a department leads to its card."""
    if isinstance(item, Text):
        code, on_ground = codes.get(item.text), item.halo in _THEMED
        return replace(
            item,
            color="var(--ink)" if on_ground else item.color,
            halo=_THEMED.get(item.halo or "", item.halo),
            link=f"?{urlencode(view.changed(department=code).link())}" if code else "",
        )
    if isinstance(item, Image):
        return item
    fill, stroke = (_THEMED.get(color or "", color) for color in (item.fill, item.stroke))
    return replace(item, fill=fill, stroke=stroke)
