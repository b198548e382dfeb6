"""The legend as shapes and texts: the ramp, what each sign means, what to keep in mind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exports.faces import wrap
from exports.map_signs import sign_items
from exports.picture import KeyKind, MapPicture, Scale
from exports.scene import Disc, Item, Path, Text, box, line
from layers.palette import BELOW, INK, MINING, PLACE, ROUTE, ROUTE_MEDIUM

MARKED = "#c08fb0"
"""ribbon around the department that a picture is about."""
TEXT, SOFT, LINE = "#2f2b28", "#6c6761", "#dcd7cc"
_LEADING = 1.28


@dataclass(frozen=True, slots=True)
class LegendBox:
    """A legend laid out at the origin."""

    items: tuple[Item, ...]
    height: float


def legend_box(picture: MapPicture, *, width: float, size: float = 9.5) -> LegendBox:
    """Lay out the legend of a picture from (0, 0) downwards.

    Parameters
    ----------
    picture : MapPicture
        Its scale, keys and notes.
    width : float
        Units.
    size : float
        Size of the words, units.
    """
    scale = scale_box(picture.scale, width=width, size=size)
    keys = key_box(picture.keys, width=width, size=size)
    items = [*scale.items, *moved(keys.items, 0, scale.height + 7)]
    y = scale.height + 7 + keys.height
    for note in picture.notes:
        for words in wrap(note, width, size - 1):
            y += (size - 1) * _LEADING
            items.append(Text(0, y, words, size - 1, SOFT))
    return LegendBox(tuple(items), y + 3)


def scale_box(scale: Scale, *, width: float, size: float) -> LegendBox:
    """The ramp with its title, its ticks and its note."""
    items: list[Item] = []
    y = 0.0
    for words in wrap(scale.title, width, size + 1.5, "semibold"):
        y += (size + 1.5) * _LEADING
        items.append(Text(0, y, words, size + 1.5, TEXT, "semibold"))
    y += 6
    each = width / len(scale.colors)
    for number, color in enumerate(scale.colors):
        items.append(box(number * each, y, each, 10, fill=color))
    items.append(box(0, y, width, 10, stroke="#c9c3b6", stroke_width=0.5))
    y += 10 + size * 1.1
    under = len(scale.ticks) == len(scale.colors)
    lines = [wrap(tick, each, size - 1) if under else [tick] for tick in scale.ticks]
    for number, parts in enumerate(lines):
        x = each * (number + (0.5 if under else 1.0))
        for row, words in enumerate(parts):
            items.append(Text(x, y + row * size * 1.1, words, size - 1, SOFT, anchor="middle"))
    y += (max(len(parts) for parts in lines) - 1) * size * 1.1
    for words in wrap(scale.note, width, size - 0.5):
        y += size * _LEADING
        items.append(Text(0, y, words, size - 0.5, SOFT))
    return LegendBox(tuple(items), y)


def key_box(keys: tuple[tuple[KeyKind, str], ...], *, width: float, size: float) -> LegendBox:
    """What each sign means."""
    items: list[Item] = []
    y = 0.0
    for kind, said in keys:
        lines = wrap(said, width - 30, size)
        items += key_sign(kind, y + size * 0.78)
        for number, words in enumerate(lines):
            items.append(Text(30, y + size * (1.08 + 1.2 * number), words, size, TEXT))
        y += size * 1.2 * len(lines) + 4.2
    return LegendBox(tuple(items), y)


def key_sign(kind: KeyKind, middle: float) -> list[Item]:
    """The sign of one entry, 22 units wide from 0, around the height ``middle``."""
    frame = {"fill": "#fbfaf8", "stroke": INK}
    if kind == "above":
        return [box(1, middle - 4.5, 20, 9, stroke_width=1.5, **frame)]  # type: ignore[arg-type]
    if kind == "below":
        return [box(1, middle - 4.5, 20, 9, fill="#fbfaf8", stroke=BELOW, stroke_width=0.9)]
    if kind == "marked":
        return [box(2, middle - 3.5, 18, 7, fill="#fbfaf8", stroke=MARKED, stroke_width=3.4)]
    if kind == "missing":
        slants = [
            line([(x, middle + 4.5), (x + 5, middle - 4.5)], stroke="#b4b1a8", width=0.7)
            for x in np.arange(2.0, 17.0, 4.0)
        ]
        return [box(1, middle - 4.5, 20, 9, fill="#f4f3ef", stroke="#cfcbc0"), *slants]
    if kind in ("flag", "mismatch", "few"):
        return sign_items(kind, 11, middle, ink="#2f2b36", size=10)
    if kind == "mining":
        return [Disc(x, middle + dy, 1.9, MINING) for x, dy in ((6, 1), (11, -1.4), (15.5, 1.4))]
    if kind in ("route", "route_unknown"):
        color = ROUTE if kind == "route" else ROUTE_MEDIUM
        dash = None if kind == "route" else (3.6, 2.8)
        head = np.array([(21.5, middle), (16, middle - 2.6), (16, middle + 2.6)])
        return [
            line([(0.5, middle), (17, middle)], stroke=color, width=1.6, dash=dash),
            Path((head,), True, color),
        ]
    if kind == "isopleth":
        return [Disc(11, middle, 4.6, None, "#4b1d52", 0.8)]
    dash = (2.0, 1.4) if kind == "estimate" else None
    return [Disc(11, middle, 3.6, "#ffffff", PLACE, 1.5, dash)]


def moved(items: tuple[Item, ...], dx: float, dy: float) -> list[Item]:
    """The same items elsewhere."""
    return [
        replace(item, rings=tuple(ring + np.array([dx, dy]) for ring in item.rings))
        if isinstance(item, Path)
        else replace(item, x=item.x + dx, y=item.y + dy)
        for item in items
    ]
