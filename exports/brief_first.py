"""First page of a brief: where, how many, how sure."""

from __future__ import annotations

from dataclasses import replace

import shapely

from exports.brief import Brief, Check
from exports.brief_layout import ACCENT, INK, LINE, PALE, SOFT, paragraph
from exports.brief_page import FOOT, LEFT, RIGHT, PlacedScene, frame, sheet
from exports.faces import shorten, width_of, wrap
from exports.legend_box import LegendBox, key_box, moved, scale_box
from exports.map_items import map_items
from exports.projection import View, fit, paths
from exports.scene import Item, Scene, Text, box, line
from layers.palette import GROUND

_MAP_WIDTH, _MAP_TOP, _MOST_HEIGHT = 316.0, 104.0, 420.0
_INSET = 70.0
_TIGHT = (1.0, 0.94, 0.88, 0.82, 0.76)
"""sizes of the card's words that are tried until they fit beside the map."""
_GAP = 14.0


def first_page(brief: Brief) -> list[PlacedScene]:
    """Lay out the page: name, map beside the card, three checks, how to read it."""
    items = frame(brief, 1)
    size = 29.0
    while width_of(brief.name, size, "bold") > RIGHT - LEFT and size > 12:
        size -= 1
    items.append(Text(LEFT - 1, 70, brief.name, size, INK, "bold"))
    small = 10.0
    while width_of(brief.seat, small) > RIGHT - LEFT and small > 7.5:
        small -= 0.25
    items.append(Text(LEFT, 88, shorten(brief.seat, RIGHT - LEFT, small), small, SOFT))
    below = _below(brief)
    # the map takes the height that the words leave
    height = min(FOOT - _MAP_TOP - below.height, _MOST_HEIGHT)
    left = LEFT + _MAP_WIDTH + 20
    cards = (_card(brief, left=left, top=_MAP_TOP, tight=tight) for tight in _TIGHT)
    card = next((one for one in cards if one.height <= height), None)
    items += (card or _card(brief, left=left, top=_MAP_TOP, tight=_TIGHT[-1])).items
    items += moved(below.items, 0, _MAP_TOP + height)
    return [
        sheet(brief, items),
        PlacedScene(_map(brief, height), LEFT, _MAP_TOP, _MAP_WIDTH, corner=5),
    ]


def _below(brief: Brief) -> LegendBox:
    """What stands under the map, laid out from 0 downwards."""
    items: list[Item] = []
    y = _legend(items, brief, top=8) + 3
    source = " ".join(brief.picture.source)
    y = paragraph(
        items, source, left=LEFT, top=y, width=RIGHT - LEFT, size=7.4, color=SOFT, leading=1.22
    )
    y = _checks(items, brief, top=y + 11)
    y = _caveats(items, brief, top=y + 9)
    return LegendBox(tuple(items), y)


def _map(brief: Brief, height: float) -> Scene:
    view = fit(brief.zoom, left=0, top=0, width=_MAP_WIDTH, height=height, padding=26, across=0.5)
    marked = shapely.union_all(
        [view.seen(one.geometry) for one in brief.picture.regions if one.is_marked]
    )
    inset = _inset_view(brief, view, marked, height)
    panel = inset.frame.buffer(3, join_style="mitre")
    items: list[Item] = [
        box(0, 0, _MAP_WIDTH, height, fill=GROUND["light"]["sea"]),
        *map_items(brief.picture, view, taken=(panel.buffer(3),), text_scale=0.86),
        box(
            inset.left - 3, inset.top - 3, inset.width + 6, inset.height + 6, fill="#ffffff",
            stroke=LINE, radius=4,
        ),
        *_locator(brief, inset),
        box(0.35, 0.35, _MAP_WIDTH - 0.7, height - 0.7, stroke=LINE, radius=5),
    ]  # fmt: skip
    return Scene(
        _MAP_WIDTH,
        height,
        tuple(items),
        brief.picture.title,
        brief.picture.subtitle,
        brief.lang,
        GROUND["light"]["sea"],
    )


def _inset_view(brief: Brief, view: View, marked: shapely.Geometry, height: float) -> View:
    """The country in the corner where it hides least of the department and of its names."""
    west, south, east, north = shapely.total_bounds([one.geometry for one in brief.picture.regions])
    tall = _INSET * 1.36
    places = [view.at(mark.longitude, mark.latitude) for mark in brief.picture.marks]
    best = None
    for left in (9.0, _MAP_WIDTH - _INSET - 9):
        for top in (height - tall - 9, 9.0):
            panel = shapely.box(left - 3, top - 3, left + _INSET + 3, top + tall + 3)
            hidden = panel.intersection(marked).area
            hidden += 60.0 * sum(panel.contains(shapely.Point(*at)) for at in places)
            if best is None or hidden < best[0]:
                best = (hidden, left, top)
    assert best is not None
    return fit(
        (west, south, east, north), left=best[1], top=best[2], width=_INSET, height=tall, padding=2
    )


def _locator(brief: Brief, view: View) -> list[Item]:
    items: list[Item] = []
    for region in brief.picture.regions:
        seen = shapely.simplify(view.seen(region.geometry), 0.15)
        fill = ACCENT if region.is_marked else "#dad5cc"
        items += paths(seen, fill=fill, stroke="#ffffff", width=0.35)
    return items


def _card(brief: Brief, *, left: float, top: float, tight: float = 1.0) -> LegendBox:
    """Numbers, verdict, context and flags; ``tight`` shrinks the words where there are many."""
    items: list[Item] = []
    width = RIGHT - left
    y = top
    first, *others = brief.figures
    items.append(Text(left - 1, y + 31, first.value, 40, ACCENT, "bold"))
    y = paragraph(items, first.label, left=left, top=y + 37, width=width, size=9.4, color=SOFT)
    y += 8 * tight
    each = width / max(1, len(others))
    low = y
    for number, figure in enumerate(others):
        x = left + number * each
        items.append(Text(x, y + 18, figure.value, 21, INK, "bold"))
        low = max(
            low,
            paragraph(
                items, figure.label, left=x, top=y + 23, width=each - 6, size=8.4, color=SOFT,
                leading=1.18,
            ),
        )  # fmt: skip
    y = low + 12 * tight
    items.append(line([(left, y), (RIGHT, y)], stroke=LINE, width=0.8))
    y = paragraph(
        items, brief.sentence, left=left, top=y + 11 * tight, width=width, size=12.4 * tight,
        weight="semibold", leading=1.26,
    )  # fmt: skip
    y += 7 * tight
    for said in brief.context:
        y = paragraph(items, said, left=left, top=y, width=width, size=9.6 * tight) + 4 * tight
    y += 6 * tight
    size = 8.0 * max(tight, 0.9)
    for flag in brief.flags:
        lines = wrap(flag, width - 16, size)
        height = size * 1.275 * len(lines) + 7
        items.append(box(left, y, width, height, fill=PALE, radius=3))
        items.append(box(left, y, 2.6, height, fill="#c98a3a"))
        paragraph(items, flag, left=left + 9, top=y + 3, width=width - 16, size=size, leading=1.275)
        y += height + 4 * tight
    return LegendBox(tuple(items), y - top)


def _legend(items: list[Item], brief: Brief, *, top: float) -> float:
    """The ramp under the map, the signs in two columns beside it."""
    ramp = scale_box(replace(brief.picture.scale, note=""), width=128, size=7.6)
    items += moved(ramp.items, LEFT, top)
    half = (len(brief.picture.keys) + 1) // 2
    lower = top + ramp.height
    width = (RIGHT - LEFT - 146) / 2
    for number, keys in enumerate((brief.picture.keys[:half], brief.picture.keys[half:])):
        column = key_box(keys, width=width - 6, size=7.8)
        items += moved(column.items, LEFT + 146 + number * width, top + 1)
        lower = max(lower, top + 1 + column.height)
    return lower


def _checks(items: list[Item], brief: Brief, *, top: float) -> float:
    y = paragraph(
        items, brief.check_heading, left=LEFT, top=top, width=RIGHT - LEFT, size=12, weight="bold"
    )
    y += 4
    width = (RIGHT - LEFT - 2 * _GAP) / 3
    heights = [_check(None, check, left=0, top=0, width=width) for check in brief.checks]
    for number, check in enumerate(brief.checks):
        left = LEFT + number * (width + _GAP)
        items.append(box(left, y, width, max(heights), fill=PALE, radius=4))
        items.append(box(left, y, width, 2.4, fill=ACCENT if check.is_strong else "#bdb7ab"))
        _check(items, check, left=left, top=y, width=width)
    y += max(heights) + 6
    return paragraph(
        items, brief.check_note, left=LEFT, top=y, width=RIGHT - LEFT, size=8.6, color=SOFT
    )


def _check(
    items: list[Item] | None, check: Check, *, left: float, top: float, width: float
) -> float:
    """Draw a check, or only measure it where ``items`` is None; its height, points."""
    target: list[Item] = [] if items is None else items
    inner = width - 18
    y = paragraph(
        target, check.question, left=left + 9, top=top + 8, width=inner, size=8.4, color=SOFT
    )
    y = paragraph(
        target, check.answer, left=left + 9, top=y + 2, width=inner, size=10.8, weight="bold",
        color=ACCENT if check.is_strong else INK, leading=1.2,
    )  # fmt: skip
    y = paragraph(
        target, check.detail, left=left + 9, top=y + 3, width=inner, size=8.0, leading=1.25
    )
    return y + 7 - top


def _caveats(items: list[Item], brief: Brief, *, top: float) -> float:
    y = paragraph(
        items, brief.caveat_heading, left=LEFT, top=top, width=RIGHT - LEFT, size=9.4,
        weight="bold", color=ACCENT,
    ) + 1  # fmt: skip
    for caveat in brief.caveats:
        items.append(Text(LEFT, y + 8.2, "·", 10, ACCENT, "bold"))
        y = paragraph(
            items, caveat, left=LEFT + 9, top=y, width=RIGHT - LEFT - 9, size=8.4, leading=1.25
        ) + 1.5  # fmt: skip
    return y
