"""Where names go: no two touch, none leaves the picture, the important ones choose first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from exports.faces import width_of
from exports.scene import Weight

_LEADING = 1.12
"""distance of two baselines over the size."""
_CAP = 0.72
"""height of the letters above the baseline over the size, accents of capitals left out."""
_INSIDE = 0.78
"""share of a name that must lie inside the region it names."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A name that wants a place."""

    lines: tuple[str, ...]
    x: float
    y: float
    size: float
    weight: Weight = "regular"
    clearance: float = 0.0
    """radius of the mark that it names, units; 0: the name is centred on its position."""
    inside: shapely.Geometry | None = None
    """area that the name must not leave, units."""
    beside: shapely.Geometry | None = None
    """area in which it may stand when it does not fit inside: the sea."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A name that found one."""

    lines: tuple[str, ...]
    left: float
    top: float
    width: float
    height: float
    size: float

    @property
    def area(self) -> shapely.Geometry:
        """What it covers."""
        return shapely.box(self.left, self.top, self.left + self.width, self.top + self.height)

    def baselines(self) -> list[float]:
        """y of each line."""
        return [self.top + self.size * (_CAP + 0.12 + _LEADING * n) for n in range(len(self.lines))]


def place(
    wishes: Sequence[Wish],
    *,
    frame: shapely.Geometry,
    taken: Iterable[shapely.Geometry] = (),
    avoided: Sequence[shapely.Geometry] = (),
) -> list[Placed | None]:
    """Place names one after the other; what finds no room is None.

    Parameters
    ----------
    wishes : sequence of Wish
        The most important first.
    frame : Geometry
        No name leaves it.
    taken : iterable of Geometry
        Areas where nothing may stand: legend, marks.
    avoided : sequence of Geometry
        Lines that a name should rather not cross.
    """
    blocked = list(taken)
    tree = shapely.STRtree(list(avoided)) if avoided else None
    found: list[Placed | None] = []
    for wish in wishes:
        best: tuple[float, Placed] | None = None
        for rank, spot in _spots(wish):
            area = spot.area
            if not frame.contains(area) or any(area.intersects(other) for other in blocked):
                continue
            cost = rank
            if tree is not None:
                crossed = tree.geometries.take(tree.query(area, predicate="intersects"))
                cost += float(shapely.length(shapely.intersection(crossed, area)).sum()) / 12
            if best is None or cost < best[0] - 1e-9:
                best = (cost, spot)
        found.append(best[1] if best else None)
        if best:
            blocked.append(best[1].area.buffer(1.0))
    return found


def _spots(wish: Wish) -> Iterable[tuple[float, Placed]]:
    # a name loses its second line before it loses its place
    for loss, count in enumerate(range(len(wish.lines), 0, -1)):
        lines = wish.lines[:count]
        width = max(width_of(text, wish.size, wish.weight) for text in lines) + 1
        height = wish.size * (1.05 + _LEADING * (count - 1))
        for rank, x, y in _corners(wish, width, height):
            yield rank + 4 * loss, Placed(lines, x, y, width, height, wish.size)


def _corners(wish: Wish, width: float, height: float) -> Iterable[tuple[float, float, float]]:
    """Preference (smaller is better) and upper left corner of every place to try."""
    x, y = wish.x, wish.y
    if wish.clearance:
        away, slant = wish.clearance + 2.0, (wish.clearance + 1.0) * 0.75
        yield 0.0, x + away, y - height / 2
        yield 0.4, x - away - width, y - height / 2
        for cost, up in ((0.6, True), (0.7, False)):
            top = y - slant - height if up else y + slant
            yield cost, x + slant, top
            yield cost + 0.2, x - slant - width, top
            yield cost + 0.4, x - width / 2, y - away - height if up else y + away
        return
    if wish.inside is None:
        for down in (0, -1, 1, -2, 2):
            yield abs(down) * 0.5, x - width / 2, y - height / 2 + down * height
        return
    room = wish.inside
    shapely.prepare(room)
    left, top, right, bottom = room.bounds
    step = max(2.0, min(right - left, bottom - top) / 24)
    for cx in np.arange(left, right, step):
        for cy in np.arange(top, bottom, step):
            area = shapely.box(cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
            if room.contains(area):
                over = 0.0
            elif room.intersection(area).area >= _INSIDE * area.area:
                over = 3.0
            else:
                continue
            off = float(np.hypot(cx - x, cy - y)) / max(width, 20.0)
            yield over + off * 1.5, float(cx - width / 2), float(cy - height / 2)
    if wish.beside is not None:
        shapely.prepare(wish.beside)
        rim = np.asarray(shapely.get_coordinates(room.boundary))
        for vx, vy in rim[:: max(1, len(rim) // 60)]:
            area = shapely.box(vx - 4 - width, vy - height / 2, vx - 4, vy + height / 2)
            if wish.beside.contains(area):
                off = float(np.hypot(vx - x, vy - y)) / 20
                yield 8 + off, float(vx - 4 - width), float(vy - height / 2)
