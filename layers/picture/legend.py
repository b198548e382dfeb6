"""The legend of a picture: its scale, its keys, and the sign of each."""

from __future__ import annotations

import math

import numpy as np

from layers import palette
from layers.legend import Entry, LegendSpec, Scale, Sign
from layers.palette import Look
from layers.picture.scene import (
    Disc,
    Item,
    Path,
    Text,
    box,
    line,
)
from layers.picture.typography import Column, moved, wrap

TEXT, SOFT = "#2f2b28", "#6c6761"
MARKED = "#c08fb0"
"""ribbon around the department that a picture is about."""


_LEADING = 1.28


def add_legend(column: Column, legend: LegendSpec, *, size: float = 9.5, columns: int = 1) -> None:
    """Add a legend: scale, signs, notes, with scales and signs in columns."""
    gap = 18.0
    wide = (column.width - gap * (columns - 1)) / columns

    def parts() -> list[Column]:
        return [column.beside(number * (wide + gap), wide) for number in range(columns)]

    scales = [scale for scale in (legend.scale, *legend.more) if scale.colors or scale.note]
    for row in range(0, len(scales), columns):
        ramps = parts()
        for part, scale in zip(ramps, scales[row : row + columns], strict=False):
            add_scale(part, scale, size=size)
        column.y = max(part.y for part in ramps) + min(0.74 * size, 7.0)
    signs, many = parts(), -(-len(legend.keys) // columns)
    for number, part in enumerate(signs):
        add_keys(part, legend.keys[number * many : (number + 1) * many], size=size)
    column.y = max(part.y for part in signs)
    for note in legend.notes:
        column.text(note, size - 1, SOFT, leading=_LEADING, rise=_LEADING)
    column.y += 3


def add_scale(column: Column, scale: Scale, *, size: float) -> None:
    """Add the ramp with its title, its ticks and its note; nothing for a scale without colours."""
    if not scale.colors:
        return
    column.text(
        scale.title,
        size + 1.5,
        TEXT,
        "semibold",
        leading=_LEADING,
        rise=_LEADING,
        after=min(0.63 * size, 6.0),
    )
    each, items, left = column.width / len(scale.colors), column.items, column.left
    for number, color in enumerate(map(palette.on_land, scale.colors)):
        x = left + number * each
        if scale.sizes:
            side = 10 * scale.sizes[number]
            middle = (x + (each - side) / 2, column.y + 5 - side / 2)
            items.append(box(*middle, side, side, fill=color))
        else:
            items.append(box(x, column.y, each, 10, fill=color))
    if not scale.sizes:
        items.append(box(left, column.y, column.width, 10, stroke="#c9c3b6", stroke_width=0.5))
    column.y += 10 + size * 1.1
    under = len(scale.ticks) == len(scale.colors)
    if not under:
        each = column.width / (len(scale.ticks) + 1)
    lines = [wrap(tick, each, size - 1) if under else [tick] for tick in scale.ticks]
    for number, parts in enumerate(lines):
        x = left + each * (number + (0.5 if under else 1.0))
        for row, words in enumerate(parts):
            y = column.y + row * size * 1.1
            items.append(Text(x, y, words, size - 1, SOFT, anchor="middle"))
    column.y += (max(len(parts) for parts in lines) - 1) * size * 1.1
    leading = size * _LEADING / (size - 0.5)
    column.text(scale.note, size - 0.5, SOFT, leading=leading, rise=leading)


def add_keys(column: Column, keys: tuple[Entry, ...], *, size: float) -> None:
    """Add what each sign means."""
    for kind, text in keys:
        start = column.y
        column.items += moved(key_sign(kind), column.left, start + size * 0.78)
        words = column.beside(30)
        words.text(text, size, TEXT, leading=1.2, rise=1.08)
        column.y = max(words.y + min(0.44 * size, 4.2), start + 10.4)  # signs do not touch


def look_disc(x: float, y: float, radius: float, look: Look) -> Disc:
    """A circle in a look."""
    return Disc(x, y, radius, None, look.color, 1.1, look.dash)


def service_dot(x: float, y: float, radius: float, *, is_approximate: bool) -> Disc:
    """A dot for a place that helps, hollow where its position is approximate."""
    fill, rim = (palette.SERVICE, "#ffffff") if not is_approximate else ("#ffffff", palette.SERVICE)
    return Disc(x, y, radius, fill, rim, radius / 3)


def route_head(x: float, y: float, angle: float, color: str, size: float) -> Path:
    turn = math.radians(angle)
    along = np.array([math.cos(turn), math.sin(turn)]) * size
    across = np.array([-along[1], along[0]]) * 0.5
    tip = np.array([x, y])
    back = tip - along * 0.5
    return Path((np.array([tip + along * 0.7, back + across, back - across]),), True, color)


def key_sign(sign: Sign) -> list[Item]:
    """The sign of one entry, 22 units wide from 0, around the height 0."""
    if not isinstance(sign, Look):
        return _SIGNS[sign]
    if sign.sign == "circle":
        return [look_disc(11, 0, 4.2, sign)]
    low, high = (-4.5, 4.5) if sign.sign == "area" else (0, 0)
    corners = [(1, low), (21, low), (21, high), (1, high), (1, low)]
    return [line(corners, stroke=sign.color, width=1.1, dash=sign.dash)]


def _route_sign(
    width: float, color: str, size: float, dash: tuple[float, float] | None = None
) -> list[Item]:
    return [
        line([(0.5, 0), (17, 0)], stroke=color, width=width, dash=dash),
        route_head(20, 0, 0, color, size),
    ]


def _reports_sign(fill: str) -> list[Item]:
    return [box(1, -4.5, 20, 9, fill=fill, stroke=palette.INK, stroke_width=1.5)]


def _isopleth_sign(dash: tuple[float, float] | None = None) -> list[Item]:
    return [line([(0.5, 0), (21.5, 0)], stroke=palette.RIM, width=0.8, dash=dash)]


_PAPER = "#fbfaf8"
_CORNERS = [(1, -4.5), (21, -4.5), (21, 4.5), (1, 4.5), (1, -4.5)]
_SIGNS: dict[str, list[Item]] = {
    "above": [box(1, -4.5, 20, 9, stroke=palette.INK, stroke_width=1.5)],
    "below": [line(_CORNERS, stroke=palette.BELOW, width=1.1, dash=palette.BELOW_DASH)],
    "zero": [box(1, -4.5, 20, 9, fill=palette.ZERO_COLOR, stroke="#cfcbc0")],
    "marked": [box(2, -3.5, 18, 7, fill=_PAPER, stroke=MARKED, stroke_width=3.4)],
    "missing": [
        box(1, -4.5, 20, 9, fill="#f4f3ef", stroke="#cfcbc0"),
        *(
            line([(x, 4.5), (x + 5, -4.5)], stroke="#b4b1a8", width=0.7)
            for x in np.arange(2.0, 17.0, 4.0)
        ),
    ],
    "few_ratio": [
        box(1, -4.5, 20, 9, fill=palette.SMR.colors[palette.PALEST_WARM]),
        *(
            line([(x, -4.5), (x + 5, 4.5)], stroke=palette.HATCH_LINE, width=0.7)
            for x in np.arange(2.0, 17.0, 4.0)
        ),
    ],
    **{mark: [Text(11, 3.8, mark, 12, TEXT, "bold", "middle")] for mark in ("†", "*")},
    "mining": [
        box(x, -side / 2, side, side, fill=color)
        for x, side, color in zip(
            (1, 5, 10, 16), (2.6, 3.6, 4.8, 6.0), palette.CELL_COLORS, strict=True
        )
    ],
    "reports": _reports_sign(palette.SMR.colors[4]),
    "reports_pale": _reports_sign(palette.pale(palette.SMR.colors[4])),
    "density": [
        Disc(11, 0, 6.6 - 1.5 * step, palette.on_land(color))
        for step, color in enumerate(palette.density_glow()[4::3])
    ],
    "routes": [
        line([(0, y), (22, y)], stroke=color, width=width)
        for y, color, width in (
            (-4.5, palette.ROUTE_MEDIUM, 1.1),
            (-0.5, palette.ROUTE, 2.2),
            (4.3, palette.ROUTE, 3.4),
        )
    ],
    "route_1": _route_sign(0.9, palette.ROUTE_MEDIUM, 3.2),
    "route_2": _route_sign(1.8, palette.ROUTE, 5.4),
    "route_3": _route_sign(2.7, palette.ROUTE, 6.3),
    "route_unknown": _route_sign(1.2, palette.ROUTE, 4.8, (3.6, 2.8)),
    "isopleth": _isopleth_sign(),
    "isopleth_50": _isopleth_sign(),
    "isopleth_90": _isopleth_sign(palette.RIM_DASHES[90]),
    "service": [service_dot(11, 0, 2.4, is_approximate=False)],
    "service_near": [service_dot(11, 0, 2.4, is_approximate=True)],
    "place": [Disc(11, 0, 3.6, "#ffffff", palette.PLACE, 1.5)],
    "estimate": [Disc(11, 0, 3.6, "#ffffff", palette.PLACE, 1.5, (2.0, 1.4))],
}
"""every sign of a legend, on paper and on pages, and marks of caution"""
