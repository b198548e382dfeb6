"""Pictures for those who share the page: a card for social networks and the map as one SVG.

Drawn from the same gated figures as the page; source and date are inside.
"""

from __future__ import annotations

from dataclasses import replace

import shapely

from atlas.paper.picture import map_picture
from atlas.public.model import (
    MEASURES,
    MINING_CELL_DEGREES,
    Contents,
    contents_of,
    drawn_corridors,
    help_lines,
    mining_squares,
    require_measure,
    title,
)
from atlas.view import BASES, View
from atlas.words import Words, words
from data.periods import Period, default_period
from layers.legend import Entry
from layers.picture.record import MapPicture, RouteLine
from layers.picture.scene import Scene
from layers.picture.sheet import map_sheet
from layers.picture.svg import scene_svg
from layers.picture.typeset import scene_png
from layers.route_lines import route_look

WIDTH_PX = 1200
_SIZE = (960.0, 504.0)
"""units: 1200 x 630 pixels, as networks show it"""


def _picture(
    contents: Contents, say: Words, measure: str, base: str = BASES[0], *, with_layers: bool
) -> MapPicture:
    """Draw the map with nothing finer than a department or a square of mining."""
    by_rate = require_measure(measure) == "rate"
    overlays = ("mining",) if with_layers else ()
    drawn = map_picture(
        View(lang=say.lang, period=contents.period, measure=measure, base=base, overlays=overlays),
        is_light=True,
    )
    missing = {row.code for row in contents.rows if row.rate_class == "missing"}
    regions = tuple(
        replace(
            region,
            fill=None if region.code in missing else region.fill,
            # a map of verdicts has no figures under the names
            value=region.value if by_rate else "",
        )
        for region in drawn.regions
    )
    marks = tuple(mark for mark in drawn.marks if mark.kind in ("country", "ocean"))
    keys: list[Entry] = [key for key in drawn.legend.keys if key[0] != "missing"]
    if missing:
        keys.append(("missing", say("public.legend.missing")))
    if with_layers:
        keys.append(("route_2", say("public.legend.corridor")))
    return replace(
        drawn,
        regions=regions,
        cells=tuple(mining_squares()) if with_layers else (),
        cell_degrees=MINING_CELL_DEGREES,
        routes=_lines(contents) if with_layers else (),
        marks=marks if with_layers else (),
        legend=replace(drawn.legend, keys=tuple(keys)),
    )


def _lines(contents: Contents) -> tuple[RouteLine, ...]:
    middle = {row.code: shapely.centroid(row.geometry) for row in contents.rows}
    lines = []
    for row in drawn_corridors().to_dict("records"):
        start, end = (middle[str(row[name])] for name in ("origin_ubigeo", "destination_ubigeo"))
        color, width = route_look(row["route_count"])
        lines.append(RouteLine((start.x, start.y), (end.x, end.y), True, color, width * 0.6))
    return tuple(lines)


def map_svg_bytes(lang: str, *, period: Period | None = None, measure: str = MEASURES[0]) -> bytes:
    """Return the map of the page as one SVG with title, legend and source."""
    contents, say = contents_of(period or default_period()), words(lang)
    picture = _picture(contents, say, measure, with_layers=True)
    return scene_svg(map_sheet(replace(picture, title=title(contents, say))))


def card_png(
    lang: str,
    *,
    period: Period | None = None,
    measure: str = MEASURES[0],
    base: str = BASES[0],
) -> bytes:
    """Return the card for social networks, 1200 x 630 pixels; the same data give the same bytes."""
    return scene_png(
        card_scene(lang, period=period or default_period(), measure=measure, base=base),
        width_px=WIDTH_PX,
    )


def card_scene(
    lang: str, *, period: Period, measure: str = MEASURES[0], base: str = BASES[0]
) -> Scene:
    """Lay out the map beside its finding as a slide; the help lines begin its foot."""
    say = words(lang)
    picture = _picture(contents_of(period), say, measure, base, with_layers=False)
    call = " · ".join(say(f"public.help.{number}") for number in help_lines())
    source = (f"{say('public.help.title')} {call}", *picture.source)
    return map_sheet(replace(picture, source=source), "wide", size=_SIZE)
