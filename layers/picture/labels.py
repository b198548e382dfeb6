"""Place names so that none touch or leave the picture; important ones go first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.picture.scene import Weight
from layers.picture.typography import width_of

_LEADING = 1.12
"""distance of two baselines over the size."""
_CAP = 0.72
"""height of the letters above the baseline over the size, accents of capitals left out."""
_INSIDE = 0.78
"""share of a name that must lie inside the region it names."""
_OUTSIDE = 15.0
"""what a name costs that lies outside its region whole, a part of it by its share."""
_ASIDE = 9.0
"""preference from which a name beside the land, tied by a line, is as good as one on it."""
_LOSS, _LOSS_ASIDE = 4.0, 40.0
"""what it costs to drop the figure: with a margin to stand in there is hardly a reason to."""

GAP = 2.0
"""units between a name and the end of its line."""
_TOGETHER = 256
"""places that are held at once against what is taken"""
_STEP, _LEAST = 4.0, 4.0
"""units between two places that are tried; the least way that a line goes away from its name."""
_REACH = 0.25
"""the longest line over the longer side of the free area."""
_PER_UNIT, _PER_TURN, _ON_LAND, _FROM_TOP = 1 / 22, 3.0, 2.5, 1.0
"""what a unit of line, a slant of a right angle, standing on a neighbour's land and a line from
the top of the name cost in preference."""
_OVER_OTHERS = 1 / 8
"""what a unit of line over what is neither the sea nor the area that it names costs more."""
_SAMPLES = 12
"""points of a line that are asked on whose land they lie"""
_POOR, _TURNS = _ASIDE + 9.0, 2
"""preference from which an area's name is tried once more, first of all; how many are."""
_NO_NAME, _NO_MARK = 80.0, 6.0
"""what an area, and a mark, without its name costs when two ways to place all are compared."""


IsFree = Callable[[np.ndarray], np.ndarray]
"""Which of some boxes touch nothing that is taken and stay in the picture."""


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """A name to be placed."""

    lines: tuple[str, ...]
    x: float
    y: float
    size: float
    weight: Weight = "regular"
    clearance: float = 0.0
    """radius of the mark that it names, units; 0: the name is centred on its position."""
    inside: BaseGeometry | None = None
    """area that the name must not leave, units."""
    beside: BaseGeometry | None = None
    """area in which it may stand when it does not fit inside: the sea."""
    margin: BaseGeometry | None = None
    """area in which it may stand tied by a line, when it fits in neither."""
    stretch: float = 1.0
    """how much wider than ours the reader's font may be."""


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """A name at its place."""

    lines: tuple[str, ...]
    left: float
    top: float
    width: float
    height: float
    size: float
    is_over_edge: bool = False
    """whether a part of it lies outside the area that it names."""
    leader: tuple[float, float, float, float] | None = None
    """the line from the name's edge to what it names: x, y, x, y."""

    @property
    def side(self) -> Literal["start", "middle", "end"]:
        """Which end of the words is at the line."""
        if self.leader is None or self.left < self.leader[0] < self.left + self.width:
            return "middle"
        return "start" if self.leader[0] < self.left else "end"

    @property
    def line(self) -> BaseGeometry | None:
        """The line that ties it to its place."""
        return shapely.LineString(np.reshape(self.leader, (2, 2))) if self.leader else None

    @property
    def area(self) -> BaseGeometry:
        """The area that it covers."""
        return shapely.box(self.left, self.top, self.left + self.width, self.top + self.height)

    def baselines(self) -> list[float]:
        """Return the y of each line."""
        return [self.top + self.size * (_CAP + 0.12 + _LEADING * n) for n in range(len(self.lines))]


def place_labels(
    requests: Sequence[LabelRequest],
    *,
    frame: BaseGeometry,
    taken: Iterable[BaseGeometry] = (),
    avoided: Sequence[BaseGeometry] = (),
) -> list[PlacedLabel | None]:
    """Place names one by one, the most important first; None for one that does not fit.

    No name leaves ``frame``, none stands in the areas ``taken`` (legend, marks), and it should
    rather not cross the lines ``avoided``. An area whose name is lost or far away because another
    stands in its room chooses before all, where that makes the whole better.
    """
    shapely.prepare(frame)
    tree = shapely.STRtree(list(avoided)) if avoided else None
    blocked, order = list(taken), list(range(len(requests)))
    places = [_Places(request) for request in requests]
    best = _placed(places, order, frame, blocked, tree)
    tried: set[int] = set()
    for _ in range(_TURNS):
        poor = [
            (cost, -index)
            for index, (cost, _) in enumerate(best)
            if cost >= _POOR and requests[index].inside is not None and index not in tried
        ]
        if not poor:
            break
        index = -max(poor)[1]
        tried.add(index)
        turn = [index, *(other for other in order if other != index)]
        trial = _placed(places, turn, frame, blocked, tree)
        if sum(cost for cost, _ in trial) < sum(cost for cost, _ in best) - 1.0:
            best, order = trial, turn
    return [spot for _, spot in best]


class _Places:
    """Where a name may stand, worked out when it is first asked for and kept for the next turn."""

    def __init__(self, request: LabelRequest) -> None:
        self.request = request
        self._shares: dict[tuple[float, float, int], float] = {}

    @cached_property
    def sizes(self) -> list[tuple[tuple[str, ...], float, float]]:
        """Lines, width and height; a name loses its second line before it loses its place."""
        request, sizes = self.request, []
        for count in range(len(request.lines), 0, -1):
            lines = request.lines[:count]
            width = max(width_of(text, request.size, request.weight) for text in lines)
            height = request.size * (1.05 + _LEADING * (count - 1))
            sizes.append((lines, request.stretch * width + 1, height))
        return sizes

    @cached_property
    def own(self) -> np.ndarray:
        """Places on and around what is named, shape (n, 7).

        Preference, left, top, 1 where it reaches over the edge, lines lost, x and y of a line.
        """
        parts = []
        for loss, (_, width, height) in enumerate(self.sizes):
            corners = _corners(self.request, width, height)
            parts.append(np.c_[corners, np.full((len(corners), 3), (loss, np.nan, np.nan))])
        table = np.concatenate(parts)
        table[:, 0] += table[:, 4] * (_LOSS if self.request.margin is None else _LOSS_ASIDE)
        return table

    @cached_property
    def aside(self) -> np.ndarray:
        """Places in the margin, as rows of ``own``."""
        return _aside(self.request, self.sizes)

    def share_inside(self, spot: PlacedLabel) -> float:
        """How much of a place lies inside the area that it names."""
        key = (spot.left, spot.top, len(spot.lines))
        if key not in self._shares:
            box = (spot.left, spot.top, spot.left + spot.width, spot.top + spot.height)
            clipped = shapely.clip_by_rect(self.request.inside, *box)
            self._shares[key] = clipped.area / (spot.width * spot.height)
        return self._shares[key]


def _placed(
    places: Sequence[_Places],
    order: Sequence[int],
    frame: BaseGeometry,
    taken: Sequence[BaseGeometry],
    avoided: shapely.STRtree | None,
) -> list[tuple[float, PlacedLabel | None]]:
    """Each request's place with its cost, chosen in an order."""
    blocked = list(taken)
    first = len(blocked)  # a line may cross a mark or a route, never a name
    placed: list[tuple[float, PlacedLabel | None]] = [(0.0, None)] * len(places)

    def is_free(areas: np.ndarray) -> np.ndarray:
        fits = shapely.contains(frame, areas)
        if blocked:
            fits[shapely.STRtree(areas).query(blocked, predicate="intersects")[1]] = False
        return fits

    for index in order:
        request = places[index].request
        best: tuple[float, PlacedLabel] | None = None
        for rank, spot in _spots(places[index], is_free):
            if best is not None and rank >= best[0] - 1e-9:
                break  # edges and lines only make a place worse; the others rank behind
            cost = rank
            if spot.is_over_edge and request.inside is not None:
                share = places[index].share_inside(spot)
                if share < _INSIDE:
                    continue
                cost += _OUTSIDE * (1 - share)
            line = spot.line
            if line is not None and any(line.intersects(other) for other in blocked[first:]):
                continue
            if avoided is not None:
                area = spot.area
                crossed = avoided.geometries.take(avoided.query(area, predicate="intersects"))
                cost += float(shapely.length(shapely.intersection(crossed, area)).sum()) / 12
            if best is None or cost < best[0] - 1e-9:
                best = (cost, spot)
        if best is None:
            placed[index] = (_NO_MARK if request.inside is None else _NO_NAME, None)
            continue
        placed[index] = best
        blocked.append(best[1].area.buffer(1.0))
        line = best[1].line
        blocked += [line.buffer(0.8)] if line is not None else []
    return placed


def _over_others(request: LabelRequest, lines: np.ndarray) -> np.ndarray:
    """Return the penalty of lines (x, y, shape (n, 2)) to a point that cross other areas."""
    ways = np.linspace(lines, (request.x, request.y), 2 + _SAMPLES)[1:-1]
    is_others = np.ones(ways.shape[:2], bool)
    for area in (request.inside, request.beside):
        if area is not None:
            shapely.prepare(area)
            is_others &= ~shapely.contains_xy(area, ways[..., 0], ways[..., 1])
    length = np.hypot(lines[:, 0] - request.x, lines[:, 1] - request.y)
    return _OVER_OTHERS * length * is_others.mean(axis=0)


def _spots(places: _Places, is_free: IsFree) -> Iterator[tuple[float, PlacedLabel]]:
    """Every free place to try with its preference, the best first.

    There are thousands and the first few decide, so the costly test, how much of a place lies
    inside, is left to the caller.
    """
    request, table = places.request, places.own
    if request.margin is not None:
        # most names fit where they belong: the rest of the picture is searched for the others
        near = table[:, 0] < _ASIDE
        yield from _in_order(request, places.sizes, table[near], is_free)
        table = np.concatenate([table[~near], places.aside])
    yield from _in_order(request, places.sizes, table, is_free)


def _in_order(
    request: LabelRequest,
    sizes: list[tuple[tuple[str, ...], float, float]],
    table: np.ndarray,
    is_free: IsFree,
) -> Iterator[tuple[float, PlacedLabel]]:
    extent = np.array([size[1:] for size in sizes])[table[:, 4].astype(int)]
    order = np.argsort(table[:, 0].round(9), kind="stable")
    for start in range(0, len(order), _TOGETHER):
        rows = order[start : start + _TOGETHER]
        corner = table[rows, 1:3]
        for row in rows[is_free(shapely.box(*corner.T, *(corner + extent[rows]).T))]:
            rank, left, top, is_over, loss, x, y = (float(value) for value in table[row])
            lines, wide, high = sizes[int(loss)]
            leader = None if np.isnan(x) else (x, y, request.x, request.y)
            yield (
                rank,
                PlacedLabel(lines, left, top, wide, high, request.size, bool(is_over), leader),
            )


def _aside(request: LabelRequest, sizes: list[tuple[tuple[str, ...], float, float]]) -> np.ndarray:
    """Places in the margin, as rows of ``_Places.own``."""
    parts = []
    for loss, (_, width, height) in enumerate(sizes):
        rows = aside_spots(
            (request.x, request.y), width, height, free=request.margin, sea=request.beside
        )
        rank = _ASIDE + rows[:, 0] + loss * _LOSS_ASIDE + _over_others(request, rows[:, 3:])
        none = np.zeros(len(rows))
        parts.append(np.c_[rank, rows[:, 1:3], none, none + loss, rows[:, 3:]])
    return np.concatenate(parts)


def _corners(request: LabelRequest, width: float, height: float) -> np.ndarray:
    """Places to try, shape (n, 4).

    Preference (smaller is better), left, top, and 1 where it reaches over the edge of the area.
    """
    x, y = request.x, request.y
    if request.clearance:
        away, slant = request.clearance + 2.0, (request.clearance + 1.0) * 0.75
        rows = [(0.0, x + away, y - height / 2), (0.4, x - away - width, y - height / 2)]
        for cost, up in ((0.6, True), (0.7, False)):
            top = y - slant - height if up else y + slant
            rows.append((cost, x + slant, top))
            rows.append((cost + 0.2, x - slant - width, top))
            rows.append((cost + 0.4, x - width / 2, y - away - height if up else y + away))
    elif request.inside is None:
        rows = [
            (abs(down) * 0.5, x - width / 2, y - height / 2 + down * height)
            for down in (0, -1, 1, -2, 2)
        ]
    else:
        return np.concatenate(
            [
                _spots_within(request, request.inside, width, height),
                _spots_at_sea(request, width, height),
            ]
        )
    return np.c_[np.array(rows), np.zeros(len(rows))]


def _spots_within(
    request: LabelRequest, room: BaseGeometry, width: float, height: float
) -> np.ndarray:
    if room.is_empty:
        return np.empty((0, 4))
    shapely.prepare(room)
    left, top, right, bottom = room.bounds
    step = max(2.0, min(right - left, bottom - top) / 24)
    columns, rows = np.arange(left, right, step), np.arange(top, bottom, step)
    cx, cy = (axis.ravel() for axis in np.meshgrid(columns, rows, indexing="ij"))
    x, y = cx - width / 2, cy - height / 2
    is_in = shapely.contains(room, shapely.box(x, y, x + width, y + height))
    has_centre = shapely.contains_xy(room, cx, cy)
    off = np.hypot(cx - request.x, cy - request.y) / max(width, 20.0)
    return np.c_[np.where(is_in, 0.0, 3.0) + off * 1.5, x, y, ~is_in][has_centre]


def _spots_at_sea(request: LabelRequest, width: float, height: float) -> np.ndarray:
    if request.beside is None or request.inside is None or request.inside.is_empty:
        return np.empty((0, 4))
    shapely.prepare(request.beside)
    rim = np.asarray(shapely.get_coordinates(request.inside.boundary))
    vx, vy = rim[:: max(1, len(rim) // 60)].T
    x, y = vx - 4 - width, vy - height / 2
    is_free = shapely.contains(request.beside, shapely.box(x, y, vx - 4, vy + height / 2))
    off = np.hypot(vx - request.x, vy - request.y) / 20
    return np.c_[8 + off, x, y, np.zeros(len(x))][is_free]


def aside_spots(
    point: tuple[float, float],
    width: float,
    height: float,
    *,
    free: BaseGeometry,
    sea: BaseGeometry | None,
) -> np.ndarray:
    """Places of a box in a free area with the line that ties it to a point, shape (n, 5)."""
    if free.is_empty:
        return np.empty((0, 5))
    west, north, east, south = free.bounds
    columns = np.arange(west + 1, east - width, _STEP)
    rows = np.arange(north + 1, south - height, _STEP)
    if not len(columns) or not len(rows):
        return np.empty((0, 5))
    left, top = (axis.ravel() for axis in np.meshgrid(columns, rows, indexing="ij"))
    x, y = point
    longest = _REACH * max(east - west, south - north)
    sides = np.where(left > x, left - GAP, left + width + GAP)
    is_beside = (left > x) | (left + width < x)
    ends = (
        (sides, top + height / 2, np.abs(sides - x), is_beside, 0.0),
        (left + width / 2, top - GAP / 2, top - y, np.full(len(left), fill_value=True), _FROM_TOP),
    )
    parts = []
    for end_x, end_y, away, is_possible, cost in ends:
        length = np.hypot(end_x - x, end_y - y)
        is_near = is_possible & (away >= _LEAST) & (length <= longest)
        slant = np.arccos(np.clip(away / np.maximum(length, 1e-9), 0, 1)) / (np.pi / 2)
        total = length * _PER_UNIT + _PER_TURN * slant + cost
        parts.append(np.column_stack([total, left, top, end_x, end_y])[is_near])
    spots = np.concatenate(parts)
    # the geometry is tested last, of the fifth that is near enough, and first by the middle alone
    shapely.prepare(free)
    spots = spots[shapely.contains_xy(free, spots[:, 1:3] + (width / 2, height / 2))]
    boxes = shapely.box(*spots[:, 1:3].T, *(spots[:, 1:3] + (width, height)).T)
    is_free = shapely.contains(free, boxes)
    spots, boxes = spots[is_free], boxes[is_free]
    if sea is not None:
        shapely.prepare(sea)
        spots[:, 0] += np.where(shapely.contains(sea, boxes), 0.0, _ON_LAND)
    return spots
