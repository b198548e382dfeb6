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
    MOST_NAMED,
    Contents,
    contents_of,
    drawn_corridors,
    help_lines,
    how_many_above,
    mining_squares,
    require_measure,
    title,
)
from atlas.view import BASES, View
from atlas.words import Words, words
from data.periods import Period, default_period
from layers.legend import Entry
from layers.palette import GROUND
from layers.picture.items import map_items
from layers.picture.legend import SOFT, TEXT, add_keys, add_scale
from layers.picture.record import MapPicture, RouteLine
from layers.picture.scene import Item, Scene, Text, box, fit
from layers.picture.sheet import PAPER, map_sheet
from layers.picture.svg import scene_svg
from layers.picture.typeset import scene_png
from layers.picture.typography import ACCENT, LINE, Column, moved, wrap
from layers.route_lines import route_look

WIDTH, HEIGHT = 1200.0, 630.0
_SPLIT, _MARGIN = 690.0, 56.0
_ROWS = 5
"""departments listed on the card."""
_FEW_NAMES = 9
"""names that find room in large letters"""


def _picture(
    contents: Contents, say: Words, measure: str, base: str = BASES[0], *, with_layers: bool
) -> MapPicture:
    """Draw the map with nothing finer than a department or a square of mining."""
    by_rate = require_measure(measure) == "rate"
    overlays = ("mining",) if with_layers else ()
    drawn = map_picture(
        View(lang=say.lang, period=contents.period, measure=measure, base=base, overlays=overlays)
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
        title=title(contents, say),
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
    contents = contents_of(period or default_period())
    return scene_svg(map_sheet(_picture(contents, words(lang), measure, with_layers=True)))


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
        width_px=int(WIDTH),
    )


def card_scene(
    lang: str, *, period: Period, measure: str = MEASURES[0], base: str = BASES[0]
) -> Scene:
    """Lay out the card: words on the left, the map on the right."""
    say = words(lang)
    contents = contents_of(period)
    picture = _picture(contents, say, measure, base, with_layers=False)
    bounds = shapely.total_bounds([region.geometry for region in picture.regions])
    view = fit(tuple(bounds), left=_SPLIT, top=0, width=WIDTH - _SPLIT, height=HEIGHT, padding=18)
    items: list[Item] = [
        box(_SPLIT, 0, WIDTH - _SPLIT, HEIGHT, fill=GROUND["light"]["sea"]),
        *map_items(picture, view, text_scale=1.12),
        box(0, 0, _SPLIT, HEIGHT, fill=PAPER),
        box(0, 0, 10, HEIGHT, fill=ACCENT),
    ]
    items += _words(contents, picture, say, measure, base)
    source = " ".join(picture.source)
    return Scene(WIDTH, HEIGHT, tuple(items), picture.title, source, lang, PAPER)


def _words(
    contents: Contents, picture: MapPicture, say: Words, measure: str, base: str
) -> list[Item]:
    card = Column(_MARGIN, _SPLIT - 2 * _MARGIN, 66.0)
    card.items.append(Text(_MARGIN, 58, say("shell.logo"), 19, ACCENT, "bold"))
    card.text(picture.title, 40, TEXT, "bold", leading=1.1, rise=1.1)
    # a title of three lines takes the place of one row
    lines = wrap(picture.title, card.width, 40, "bold")
    rows_listed = _ROWS if len(lines) < 3 else _ROWS - 1
    card.y += 14
    add_scale(card, replace(picture.legend.scale, note=""), size=14)
    card.y += 18
    keys = picture.legend.keys
    if measure == "verdict":
        # the colours repeat the outlines, so their keys are left out
        keys = tuple(key for key in keys if key[0] not in ("above", "below"))
        _add_above(card, contents, base, say)
    else:
        for row in contents.rows[:rows_listed]:
            card.y += 30
            rate = say.number(row.rate_per_100k, 1)
            card.items += [
                Text(_MARGIN, card.y, row.name[:36], 20, TEXT, "semibold"),
                Text(_SPLIT - _MARGIN, card.y, rate, 20, TEXT, anchor="end"),
                box(_MARGIN, card.y + 8, card.width, 0.8, fill=LINE),
            ]
    card.y += 22
    add_keys(card, keys, size=14)
    call = " · ".join(say(f"public.help.{number}") for number in help_lines())
    call = f"{say('public.help.title')} {call}"
    card.items.append(Text(_MARGIN, card.y + 28, call, 18, ACCENT, "semibold"))
    foot = Column(_MARGIN, card.width)
    foot.text(picture.source[0], 14.5, TEXT, "semibold", leading=1.3, rise=1.3, after=3)
    foot.text(picture.source[1], 13, SOFT, leading=1.3, rise=1.3)
    return [*card.items, *moved(foot.items, 0, HEIGHT - 26 - foot.y)]


def _add_above(card: Column, contents: Contents, base: str, say: Words) -> None:
    card.text(how_many_above(contents, base, say), 28, TEXT, "semibold", leading=1.3, rise=1.3)
    card.y += 8
    names = [row.name for row in contents.above(base)]
    if len(names) > MOST_NAMED:
        size = 25 if len(names) <= _FEW_NAMES else 20
        card.text(f"{say.list(names)}.", size, TEXT, leading=1.3, rise=1.3, after=8)
    card.text(say("verdict.why"), 15, SOFT, leading=1.3, rise=1.3)
