"""The legend as shapes and texts: the ramp, what each sign means, what to keep in mind."""

from __future__ import annotations

import numpy as np

from exports.faces import wrap
from exports.layout import Column, moved
from exports.picture import Sign
from exports.scene import Disc, Item, Path, Text, box, line
from layers.legend import Key, LegendSpec, Scale
from layers.palette import BELOW, INK, MINING, PLACE, ROUTE, ROUTE_MEDIUM, ZERO_COLOR

MARKED = "#c08fb0"
"""ribbon around the department that a picture is about."""
TEXT, SOFT = "#2f2b28", "#6c6761"
SIDE = 9.0
"""side of the square that a sign of caution fills, units."""
_LEADING = 1.28


def add_legend(column: Column, legend: LegendSpec, *, size: float = 9.5) -> None:
    """Add a legend with one scale; ``size`` of the words in units."""
    add_scale(column, legend.scales[0], size=size)
    column.y += 7
    add_keys(column, legend.keys, size=size)
    for note in legend.notes:
        column.text(note, size - 1, SOFT, leading=_LEADING, rise=_LEADING)
    column.y += 3


def add_scale(column: Column, scale: Scale, *, size: float) -> None:
    """Add the ramp with its title, its ticks and its note."""
    column.text(scale.title, size + 1.5, TEXT, "semibold", leading=_LEADING, rise=_LEADING, after=6)
    each, items, left = column.width / len(scale.colors), column.items, column.left
    for number, color in enumerate(scale.colors):
        items.append(box(left + number * each, column.y, each, 10, fill=color))
    items.append(box(left, column.y, column.width, 10, stroke="#c9c3b6", stroke_width=0.5))
    column.y += 10 + size * 1.1
    under = len(scale.ticks) == len(scale.colors)
    lines = [wrap(tick, each, size - 1) if under else [tick] for tick in scale.ticks]
    for number, parts in enumerate(lines):
        x = left + each * (number + (0.5 if under else 1.0))
        for row, words in enumerate(parts):
            y = column.y + row * size * 1.1
            items.append(Text(x, y, words, size - 1, SOFT, anchor="middle"))
    column.y += (max(len(parts) for parts in lines) - 1) * size * 1.1
    leading = size * _LEADING / (size - 0.5)
    column.text(scale.note, size - 0.5, SOFT, leading=leading, rise=leading)


def add_keys(column: Column, keys: tuple[tuple[Key, str], ...], *, size: float) -> None:
    """Add what each sign means."""
    for kind, text in keys:
        column.items += moved(key_sign(kind), column.left, column.y + size * 0.78)
        words = column.beside(30)
        words.text(text, size, TEXT, leading=1.2, rise=1.08)
        column.y = words.y + 4.2


def key_sign(kind: Key) -> list[Item]:
    """The sign of one entry, 22 units wide from 0, around the height 0."""
    paper = "#fbfaf8"
    if kind == "above":
        return [box(1, -4.5, 20, 9, fill=paper, stroke=INK, stroke_width=1.5)]
    if kind == "below":
        return [box(1, -4.5, 20, 9, fill=paper, stroke=BELOW, stroke_width=0.9)]
    if kind == "zero":
        return [box(1, -4.5, 20, 9, fill=ZERO_COLOR, stroke="#cfcbc0")]
    if kind == "marked":
        return [box(2, -3.5, 18, 7, fill=paper, stroke=MARKED, stroke_width=3.4)]
    if kind == "missing":
        slants = [
            line([(x, 4.5), (x + 5, -4.5)], stroke="#b4b1a8", width=0.7)
            for x in np.arange(2.0, 17.0, 4.0)
        ]
        return [box(1, -4.5, 20, 9, fill="#f4f3ef", stroke="#cfcbc0"), *slants]
    if kind in ("flag", "mismatch", "few"):
        return sign_items(kind, 11, 0, ink="#2f2b36", size=10)
    if kind == "mining":
        return [Disc(x, y, 1.9, MINING) for x, y in ((6, 1), (11, -1.4), (15.5, 1.4))]
    if kind in ("route", "route_unknown"):
        color, dash = (ROUTE, None) if kind == "route" else (ROUTE_MEDIUM, (3.6, 2.8))
        head = np.array([(21.5, 0.0), (16, -2.6), (16, 2.6)])
        return [
            line([(0.5, 0), (17, 0)], stroke=color, width=1.6, dash=dash),
            Path((head,), True, color),
        ]
    if kind == "isopleth":
        return [Disc(11, 0, 4.6, None, "#4b1d52", 0.8)]
    dash = (2.0, 1.4) if kind == "estimate" else None
    return [Disc(11, 0, 3.6, "#ffffff", PLACE, 1.5, dash)]


def sign_items(sign: Sign, x: float, y: float, *, ink: str, size: float = SIDE) -> list[Item]:
    """One sign around its middle, as large as a square of ``size`` units."""
    half = size / 2
    if sign == "few":
        return [Disc(x, y, half * 0.86, None, ink, size * 0.12, (size * 0.2, size * 0.13))]
    if sign == "mismatch":
        width = size * 0.13
        return [
            line([(x - half * 0.8, y - half * 0.28), (x + half * 0.8, y - half * 0.28)],
                 stroke=ink, width=width),
            line([(x - half * 0.8, y + half * 0.28), (x + half * 0.8, y + half * 0.28)],
                 stroke=ink, width=width),
            line([(x + half * 0.45, y - half * 0.85), (x - half * 0.45, y + half * 0.85)],
                 stroke=ink, width=width),
        ]  # fmt: skip
    pole = x - half * 0.6
    cloth = np.array(
        [
            (pole, y - half * 0.95),
            (x + half * 0.95, y - half * 0.95),
            (x + half * 0.5, y - half * 0.4),
            (x + half * 0.95, y + half * 0.15),
            (pole, y + half * 0.15),
        ]
    )
    mast = line([(pole, y - half), (pole, y + half)], stroke=ink, width=size * 0.13)
    return [Path((cloth,), True, ink), mast]
