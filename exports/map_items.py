"""The map itself as shapes and texts: ground, regions, what lies on them, names."""

from __future__ import annotations

import math

import numpy as np
import shapely

from exports.legend_box import MARKED
from exports.map_names import BEYOND, HATCH_GROUND, ink_on, map_names, mark_radius
from exports.map_signs import map_signs
from exports.picture import MapPicture
from exports.projection import View, hatch, paths
from exports.scene import Disc, Item, Path
from layers.arcs import arc, arrow
from layers.palette import BELOW, GROUND, INK, MINING, PLACE

BEND = {True: 0.05, False: 0.11}
"""bend of a leg whose course is known, and of one whose course is not."""
_LIGHT = GROUND["light"]
_BORDER, _HATCH = "#cfcbc0", "#b4b1a8"


def map_items(
    picture: MapPicture,
    view: View,
    *,
    taken: tuple[shapely.Geometry, ...] = (),
    text_scale: float = 1.0,
    with_names: bool = True,
) -> list[Item]:
    """Draw the map of a picture inside a window.

    Parameters
    ----------
    picture : MapPicture
    view : View
        The window; nothing is drawn outside it.
    taken : tuple of Geometry
        Areas of the window where no name may stand.
    text_scale : float
        Size of the names and marks over the usual size.
    with_names : bool
        Whether to write names.
    """
    items: list[Item] = [*_ground(picture, view)]
    shown = {region.code: view.seen(region.geometry) for region in picture.regions}
    items += _regions(picture, view, shown)
    for rim in picture.isopleths:
        items += paths(view.seen(rim).boundary, stroke="#4b1d52", width=0.8)
    items += _cells(picture, view)
    legs, lines = _routes(picture, view)
    items += legs
    marks, blocked = _marks(picture, view, text_scale)
    items += marks
    names: list[Item] = []
    if with_names:
        names = map_names(picture, view, shown, (*taken, *blocked), lines, text_scale)
    inks = {region.code: ink_on(region.fill) for region in picture.regions}
    signs = map_signs(picture, view, shown, names, [*taken, *blocked], text_scale, inks)
    return [*items, *names, *signs]


def _ground(picture: MapPicture, view: View) -> list[Path]:
    land = [shapely.simplify(geometry, 0.01) for geometry in picture.ground.neighbours]
    west, south, east, north = shapely.total_bounds(land)
    # the outlines end at a frame: its edges are not borders and must not be drawn as such
    edge = shapely.box(west, south, east, north).boundary.buffer(0.02)
    items = paths(view.seen(BEYOND), fill=_LIGHT["neighbour"])
    for geometry in land:
        items += paths(view.seen(geometry), fill=_LIGHT["neighbour"], least=0.3)
    for geometry in land:
        border = geometry.boundary.difference(edge)
        items += paths(view.seen(border), stroke=_BORDER, width=0.6)
    return items


def _regions(picture: MapPicture, view: View, shown: dict[str, shapely.Geometry]) -> list[Path]:
    items: list[Path] = []
    for region in picture.regions:
        seen = shown[region.code]
        items += paths(seen, fill=region.fill or HATCH_GROUND, stroke="#ffffff", width=0.9)
        if region.fill is None:
            items += hatch(seen, stroke=_HATCH)
    for river in picture.ground.rivers:
        items += paths(view.seen(river), stroke=_LIGHT["river"], width=0.7)
    for lake in picture.ground.lakes:
        items += paths(view.seen(lake), fill=_LIGHT["sea"], stroke=_LIGHT["river"], width=0.5)
    # the department that the picture is about wears a ribbon; its verdict stays a dark line
    for region in picture.regions:
        if region.is_marked:
            items += paths(shown[region.code], stroke="#ffffff", width=6.4, least=2)
            items += paths(shown[region.code], stroke=MARKED, width=4.4, least=2)
    for region in picture.regions:
        if region.outline == "below":
            items += paths(shown[region.code], stroke=BELOW, width=0.9, least=2)
    for region in picture.regions:
        if region.outline == "above":
            items += paths(shown[region.code], stroke=INK, width=1.5, least=2)
    return items


def _cells(picture: MapPicture, view: View) -> list[Disc]:
    side = view.scale * math.radians(picture.cell_degrees)
    full = 800.0 * (picture.cell_degrees / 0.05) ** 2
    items = []
    for longitude, latitude, hectares in picture.cells:
        x, y = view.at(longitude, latitude)
        if view.frame.contains(shapely.Point(x, y)):
            share = min(1.0, math.sqrt(hectares / full))
            radius = max(0.8, side * (0.22 + 0.3 * share))
            rim = "#eef4f2" if radius > 1.4 else None
            items.append(Disc(x, y, radius, MINING, rim, radius / 6))
    return items


def _routes(picture: MapPicture, view: View) -> tuple[list[Path], list[shapely.Geometry]]:
    items: list[Path] = []
    rims: list[Path] = []
    lines = []
    for leg in sorted(picture.routes, key=lambda one: (one.is_known, one.width)):
        bend = BEND[leg.is_known]
        seen = view.seen(arc(leg.start, leg.end, bend=bend), margin=0)
        if seen.is_empty:
            continue
        lines.append(seen)
        dash = None if leg.is_known else (3.6, 2.8)
        width = leg.width if leg.is_known else min(leg.width, 1.2)
        # a light rim keeps the line visible on a dark region
        rims += paths(seen, stroke="#f4f1ea", width=width + 1.1, dash=dash)
        items += paths(seen, stroke=leg.color, width=width, dash=dash)
        longitude, latitude, angle = arrow(leg.start, leg.end, bend=bend)
        x, y = view.at(longitude, latitude)
        if view.frame.contains(shapely.Point(x, y).buffer(5)):
            items.append(_head(x, y, angle, leg.color, 3.4 + leg.width))
    return [*rims, *items], lines


def _head(x: float, y: float, angle: float, color: str, size: float) -> Path:
    turn = math.radians(angle)
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-along[1], along[0]])
    tip = np.array([x, y])
    ring = np.array(
        [
            tip + along * size * 0.7,
            tip - along * size * 0.5 + across * size * 0.5,
            tip - along * size * 0.5 - across * size * 0.5,
        ]
    )
    return Path((ring,), True, color)


def _marks(
    picture: MapPicture, view: View, text_scale: float
) -> tuple[list[Disc], list[shapely.Geometry]]:
    items, blocked = [], []
    for mark in reversed(picture.marks):
        radius = mark_radius(mark, text_scale)
        x, y = view.at(mark.longitude, mark.latitude)
        if not radius or not view.frame.contains(shapely.Point(x, y).buffer(radius)):
            continue
        if mark.kind == "capital":
            items.append(Disc(x, y, radius, "#4a4741", "#ffffff", 0.5))
        else:
            dash = (2.0, 1.4) if mark.kind == "estimate" else None
            items.append(Disc(x, y, radius, "#ffffff", PLACE, 1.5 * text_scale, dash))
        blocked.append(shapely.Point(x, y).buffer(radius + 0.5))
    return items, blocked
