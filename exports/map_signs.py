"""Signs of caution on a map: a flag, unequal people, a broken ring; each near what it warns of."""

from __future__ import annotations

import numpy as np
import shapely

from exports.faces import width_of
from exports.picture import MapPicture, Region, Sign
from exports.projection import View
from exports.scene import Disc, Item, Path, Text, line

_SIDE = 9.0
"""side of the square that a sign fills, units."""
_GRID = 24


def sign_items(sign: Sign, x: float, y: float, *, ink: str, size: float = _SIDE) -> list[Item]:
    """One sign around a position.

    Parameters
    ----------
    sign : {"flag", "mismatch", "few"}
    x, y : float
        Its middle, units.
    ink : str
        Its colour, #rrggbb.
    size : float
        Side of the square that it fills, units.
    """
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


def map_signs(
    picture: MapPicture,
    view: View,
    shown: dict[str, shapely.Geometry],
    names: list[Item],
    blocked: list[shapely.Geometry],
    text_scale: float,
    inks: dict[str, str],
) -> list[Item]:
    """Set every region's signs where they cover no name: in its land, near its own name if it can.

    Parameters
    ----------
    picture, view
        What is drawn, and where.
    shown : dict
        Outline of each region in units, by code.
    names : list of Text, Path and Disc
        The names that have found their place, with the lines that lead to them.
    blocked : list of Geometry
        Marks that lie there.
    text_scale : float
        Size of the signs over the usual size.
    inks : dict
        Colour that can be read on each region, by code.
    """
    side = _SIDE * text_scale
    texts = [name for name in names if isinstance(name, Text)]
    leaders = [
        shapely.LineString(ring) for name in names if isinstance(name, Path) for ring in name.rings
    ]
    taken = [*blocked, *(_area(text) for text in texts), *(one.buffer(1) for one in leaders)]
    items: list[Item] = []
    for region in picture.regions:
        seen = shapely.intersection(shown[region.code], view.frame)
        if not region.signs or seen.is_empty:
            continue
        width = side * 1.15 * len(region.signs)
        box = _spot(region, seen, texts, taken, width, side)
        taken.append(box.buffer(0.5))
        left, top, _, bottom = box.bounds
        ink = inks[region.code]
        if not seen.buffer(1).contains(box):
            # too small a land: the sign reaches over its rim and needs a ground of its own
            items.append(Path((np.asarray(box.buffer(0.8).exterior.coords)[:-1],), True, "#ffffff"))
            ink = "#2f2b36"
        for number, sign in enumerate(region.signs):
            x = left + side * 1.15 * (number + 0.5)
            items += sign_items(sign, x, (top + bottom) / 2, ink=ink, size=side)
    return items


def _spot(
    region: Region,
    seen: shapely.Geometry,
    texts: list[Text],
    taken: list[shapely.Geometry],
    width: float,
    height: float,
) -> shapely.Polygon:
    """The nearest free place in the land; where there is none, the one that covers least."""
    x, y = shapely.maximum_inscribed_circle(seen, tolerance=0.5).coords[0]
    own = [text for text in texts if text.text == region.name and seen.intersects(_area(text))]
    if own:
        x, y = shapely.centroid(_area(own[0])).coords[0]
    spots = _candidates(seen, (x, y), width, height)
    covered = np.zeros(len(spots))
    if taken:
        tree = shapely.STRtree(taken)
        at, other = tree.query(spots)
        shared = shapely.area(shapely.intersection(spots[at], tree.geometries.take(other)))
        np.add.at(covered, at, shared)
    beyond = shapely.area(shapely.difference(spots, seen))
    # over the rim of a small land is better than over a name
    return spots[int(np.argmin(4 * covered + 0.4 * beyond))]


def _candidates(
    seen: shapely.Geometry, near: tuple[float, float], width: float, height: float
) -> np.ndarray:
    """Boxes on a grid over the land, those near a point first."""
    west, north, east, south = seen.bounds
    step = max(1.5, min(east - west, south - north) / _GRID)
    x, y = (
        axis.ravel()
        for axis in np.meshgrid(
            np.append(near[0], np.arange(west, east + step, step)),
            np.append(near[1], np.arange(north, south + step, step)),
        )
    )
    order = np.argsort(np.hypot(x - near[0], y - near[1]), kind="stable")
    x, y = x[order], y[order]
    boxes = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return np.asarray(boxes)


def _area(text: Text) -> shapely.Polygon:
    """What a line of text covers."""
    width = width_of(text.text, text.size, text.weight)
    left = text.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] * width
    return shapely.box(
        left - 1, text.y - text.size * 0.8, left + width + 1, text.y + text.size * 0.25
    )
