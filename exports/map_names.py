"""The names on a map: which there are, in what order they choose, how they are set."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from exports.faces import clean
from exports.labels import Placed, Wish, place
from exports.picture import MapPicture, Mark, Region
from exports.projection import View
from exports.scene import Anchor, Disc, Item, Text, Weight, line
from layers.palette import GROUND, INK, PLACE

BEYOND = shapely.box(-64.02, -23.0, -52.0, 4.0)
"""inland South America east of where the neighbours' outlines end."""
HATCH_GROUND = "#f4f3ef"
"""what lies between the lines of a hatch."""
_LIGHT = GROUND["light"]
_STYLE: dict[str, tuple[float, Weight, str]] = {
    "place": (10.5, "bold", PLACE),
    "estimate": (10.5, "semibold", PLACE),
    "capital": (9.0, "regular", "#4a4741"),
    "country": (11.5, "regular", "#8d887d"),
    "ocean": (11.5, "regular", "#7d98a6"),
}


@dataclass(frozen=True, slots=True)
class _Look:
    color: str
    halo: str
    weight: Weight


def mark_radius(mark: Mark, text_scale: float) -> float:
    """Radius of a mark's sign, units; 0 where there is only a name."""
    return {"place": 3.6, "estimate": 3.6, "capital": 1.5}.get(mark.kind, 0.0) * text_scale


def map_names(
    picture: MapPicture,
    view: View,
    shown: dict[str, shapely.Geometry],
    taken: tuple[shapely.Geometry, ...],
    lines: list[shapely.Geometry],
    text_scale: float,
) -> list[Item]:
    """Set the names that find room: the marked department, those above the expected, places, the
    other departments by their rank, towns.

    A department too small for its name has it in the sea or in the margin, at the end of a line.

    Parameters
    ----------
    picture, view
        What is drawn, and where.
    shown : dict
        Outline of each region in units, by code.
    taken : tuple of Geometry
        Areas where no name may stand.
    lines : list of Geometry
        Routes, which a name should rather not cross.
    text_scale : float
        Size of the names over the usual size.
    """
    land = shapely.union_all(
        [*shown.values(), view.seen(BEYOND), *(view.seen(g) for g in picture.ground.neighbours)]
    )
    sea = view.frame.difference(land.buffer(1.5))
    margin = view.frame.difference(
        shapely.union_all(list(shown.values())).buffer(2.5, join_style="bevel")
    )
    order = sorted(picture.regions, key=lambda one: (not one.is_marked, one.rank, one.code))
    first = [one for one in order if one.is_marked or one.outline == "above"]
    wanted: list[tuple[Wish, _Look]] = []
    for region in first:
        wanted += _region_wish(region, view, shown, sea, margin, text_scale)
    wanted += _mark_wishes(picture, view, shown, ("place", "estimate"), text_scale)
    for region in order:
        if region not in first:
            wanted += _region_wish(region, view, shown, sea, margin, text_scale)
    for kinds in (("capital",), ("country", "ocean")):
        wanted += _mark_wishes(picture, view, shown, kinds, text_scale)
    found = place(
        [wish for wish, _ in wanted], frame=view.frame.buffer(-2), taken=taken, avoided=lines
    )
    items: list[Item] = []
    for (wish, look), spot in zip(wanted, found, strict=True):
        if spot is not None:
            ground = None
            if sea.contains(spot.area):
                ground = _LIGHT["sea"]
            elif spot.leader:
                ground = _LIGHT["neighbour"]
            items += _leader(spot, text_scale) + _set(wish, look, spot, ground)
    return items


def _leader(spot: Placed, text_scale: float) -> list[Item]:
    """The line from a name to its department, and the point where it ends."""
    if spot.leader is None:
        return []
    x0, y0, x, y = spot.leader
    ends = [(x0, y0), (x, y)]
    # a light rim keeps it visible on a dark region
    return [
        line(ends, stroke="#f4f1ea", width=2.0 * text_scale),
        line(ends, stroke=INK, width=0.8 * text_scale),
        Disc(x, y, 1.8 * text_scale, INK, "#f4f1ea", 0.8 * text_scale),
    ]


def _region_wish(
    region: Region,
    view: View,
    shown: dict[str, shapely.Geometry],
    sea: shapely.Geometry,
    margin: shapely.Geometry,
    text_scale: float,
) -> list[tuple[Wish, _Look]]:
    seen = shapely.intersection(shown[region.code], view.frame)
    is_whole = view.whole(region.geometry)
    if seen.is_empty or (seen.area < 40 and not is_whole):
        return []
    x, y = shapely.maximum_inscribed_circle(seen, tolerance=0.5).coords[0]
    size = (12.0 if region.is_marked else 9.6) * text_scale
    weight: Weight = "bold" if region.is_marked else "semibold"
    lines = tuple(part for part in (clean(region.name), clean(region.value)) if part)
    aside = margin if is_whole else None
    wish = Wish(lines, x, y, size, weight, inside=seen.buffer(-1), beside=sea, margin=aside)
    return [(wish, _Look(ink_on(region.fill), region.fill or HATCH_GROUND, weight))]


def _mark_wishes(
    picture: MapPicture,
    view: View,
    shown: dict[str, shapely.Geometry],
    kinds: tuple[str, ...],
    text_scale: float,
) -> list[tuple[Wish, _Look]]:
    wanted = []
    for mark in picture.marks:
        x, y = view.at(mark.longitude, mark.latitude)
        if mark.kind not in kinds or not view.frame.contains(shapely.Point(x, y)):
            continue
        size, weight, color = _STYLE[mark.kind]
        halo = {"country": _LIGHT["neighbour"], "ocean": _LIGHT["sea"]}.get(mark.kind)
        if mark.kind == "capital":
            halo = _fill_at(picture, shown, x, y)
            color = color if ink_on(halo) != "#ffffff" else "#ffffff"
        radius = mark_radius(mark, text_scale)
        wish = Wish((clean(mark.name),), x, y, size * text_scale, weight, radius)
        wanted.append((wish, _Look(color, halo or "#ffffff", weight)))
    return wanted


def _set(wish: Wish, look: _Look, spot: Placed, ground: str | None) -> list[Item]:
    """The lines of a name; ``ground`` is the colour around it where that is not its region's."""
    color, halo = look.color, look.halo
    if ground:
        halo = ground if halo != "#ffffff" else halo
        color = "#2f2b36" if color == "#ffffff" else color
    share, anchor = 0.5, "middle"
    if spot.leader:
        anchor = spot.side
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    elif wish.clearance:
        # a name leans against its mark, so that a wider font grows away from it
        middle = spot.left + spot.width / 2
        is_left = middle < wish.x - 0.2 * spot.width
        share, anchor = (1.0, "end") if is_left else (0.0, "start")
    texts: list[Item] = []
    for number, (words, y) in enumerate(zip(spot.lines, spot.baselines(), strict=True)):
        weight: Weight = "regular" if number else look.weight
        side: Anchor = anchor  # type: ignore[assignment]
        x = spot.left + spot.width * share
        texts.append(Text(x, y, words, spot.size, color, weight, side, halo))
    return texts


def _fill_at(
    picture: MapPicture, shown: dict[str, shapely.Geometry], x: float, y: float
) -> str | None:
    """Colour under a point."""
    at = shapely.Point(x, y)
    for region in picture.regions:
        if shown[region.code].contains(at):
            return region.fill or HATCH_GROUND
    return None


def ink_on(fill: str | None) -> str:
    """Dark or white letters, whichever can be read on a fill."""
    if fill is None:
        return "#2f2b36"
    red, green, blue = (int(fill[at : at + 2], 16) for at in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 130 else "#2f2b36"
