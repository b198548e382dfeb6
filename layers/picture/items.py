"""The map and its legend as shapes and texts: ground, regions, signs, names, keys."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers import palette
from layers.basemap import BEYOND, border_lines
from layers.mining import hectare_class
from layers.picture.labels import LabelRequest, PlacedLabel, place_labels
from layers.picture.legend import MARKED, look_disc, route_head, service_dot
from layers.picture.record import MapPicture, Region
from layers.picture.scene import (
    Anchor,
    Disc,
    Image,
    Item,
    Path,
    Text,
    View,
    Weight,
    box,
    hatch,
    line,
    paths,
)
from layers.picture.typography import LINE, clean
from layers.route_lines import BEND, arc, arrow
from layers.shapes import largest_first

_LIGHT = palette.GROUND["light"]
_BORDER = "#cfcbc0"
_RIM, _DARK, _TOWN, _CAPITALS = "#f4f1ea", "#2f2b36", "#4a4741", "#48433f"
_STYLE: dict[str, tuple[float, Weight, str]] = {
    "place": (10.5, "bold", palette.PLACE),
    "estimate": (10.5, "semibold", palette.PLACE),
    "capital": (9.0, "regular", _TOWN),
    "country": (11.5, "regular", "#6b675f"),
    "ocean": (11.5, "regular", "#466474"),
    "isopleth": (8.4, "semibold", palette.RIM),
}
_RADIUS = {"place": 3.6, "estimate": 3.6, "capital": 1.5}
"""of a mark's sign, units; the others are a name only."""
_CORNER = 0.35
"""units: root of the area of the smallest triangle that an outline keeps"""
_ROOM = 0.4
"""units by which an outline may move where a name looks for its place"""
_Named = tuple[LabelRequest, tuple[str, str], str]
"""a request for a name's place, the colours of the name and its figure, and of its rim."""


def map_items(
    picture: MapPicture,
    view: View,
    *,
    taken: tuple[BaseGeometry, ...] = (),
    text_scale: float = 1.0,
) -> list[Item]:
    """Draw the map of a picture inside a window; nothing is drawn outside it.

    ``taken`` are areas of the window where no name may stand; ``text_scale`` is the size of names
    and marks over the usual size.
    """
    seen = [view.seen(region.geometry) for region in picture.regions]
    # corners that nobody would see go, shared borders together
    drawn = shapely.coverage_simplify(seen, _CORNER)
    outlines = dict(zip((region.code for region in picture.regions), drawn, strict=True))
    rooms = {code: shapely.simplify(outline, _ROOM) for code, outline in outlines.items()}
    drawing = _Drawing(picture, view, text_scale, outlines, rooms, list(taken))
    drawing.add_ground()
    drawing.add_regions()
    drawing.add_density()
    drawing.add_lines()
    for percent, rim in picture.isopleths:
        dash = palette.RIM_DASHES.get(percent)
        drawing.items += paths(view.seen(rim), stroke=palette.RIM, width=0.6, dash=dash)
    drawing.add_cells()
    drawing.add_shapes()
    drawing.add_routes()
    drawing.add_marks()
    return [*drawing.items, *drawing.names()]


@dataclass(slots=True)
class _Drawing:
    picture: MapPicture
    view: View
    scale: float
    outlines: dict[str, BaseGeometry]
    """outline of each region in units, by code."""
    rooms: dict[str, BaseGeometry]
    """the same in few corners, where names look for their places."""
    taken: list[BaseGeometry]
    """where no name may stand."""
    avoided: list[BaseGeometry] = field(default_factory=list)
    """routes and squares of mining, which a name should rather not cross."""
    items: list[Item] = field(default_factory=list)

    def add_ground(self) -> None:
        land = [shapely.simplify(geometry, 0.01) for geometry in self.picture.ground.neighbours]
        self.items += paths(self.view.seen(BEYOND), fill=_LIGHT["neighbour"])
        for geometry in land:
            self.items += paths(self.view.seen(geometry), fill=_LIGHT["neighbour"], least=0.3)
        for border in border_lines(land):
            self.items += paths(self.view.seen(border), stroke=_BORDER, width=0.6)

    def add_regions(self) -> None:
        for region in self.picture.regions:
            seen = self.outlines[region.code]
            fill = self._ground(region)
            # white beside white would be one land
            stroke = LINE if fill == palette.ZERO_COLOR else "#ffffff"
            grounds = paths(seen, fill=fill, stroke=stroke, width=0.9)
            self.items += [replace(ground, code=region.code) for ground in grounds]
            if region.fill is None or region.is_few:
                self.items += hatch(seen, stroke=palette.HATCH_LINE, is_falling=region.is_few)

    def add_density(self) -> None:
        """The glow of the density, inside the window."""
        if self.picture.density is None:
            return
        png, (west, south, east, north) = self.picture.density
        (left, top), (right, bottom) = self.view.project(np.array([(west, north), (east, south)]))
        view = self.view
        window = (view.left, view.top, view.width, view.height)
        self.items.append(Image(left, top, right - left, bottom - top, png, window))

    def add_lines(self) -> None:
        """Rivers and lakes, and the outlines of departments that say something."""
        regions, sea, river = self.picture.regions, _LIGHT["sea"], _LIGHT["river"]
        for geometry in self.picture.ground.rivers:
            self.items += paths(self.view.seen(geometry), stroke=river, width=0.7)
        for geometry in self.picture.ground.lakes:
            self.items += paths(self.view.seen(geometry), fill=sea, stroke=river, width=0.5)
            for border in border_lines(self.picture.ground.neighbours):
                across = self.view.seen(shapely.intersection(border, geometry))
                self.items += paths(across, stroke=_BORDER, width=0.6)
        # a ribbon around the department that the picture is about; its verdict stays a dark line
        marked = [region for region in regions if region.is_marked]
        below = [region for region in regions if region.outline == "below"]
        above = [region for region in regions if region.outline == "above"]
        is_over_glow = self.picture.density is not None
        for some, stroke, width, dash in (
            (marked, "#ffffff", 6.4, None),
            (marked, MARKED, 4.4, None),
            (below, palette.BELOW, 1.1, palette.BELOW_DASH),
            # the strongest mark, over the glow too
            (above if is_over_glow else [], "#ffffff", 3.6, None),
            (above, palette.INK, 1.9 if is_over_glow else 1.5, None),
        ):
            for region in some:
                seen = self.outlines[region.code]
                self.items += paths(seen, stroke=stroke, width=width, least=2, dash=dash)

    def add_cells(self) -> None:
        """Squares by their hectares, all their white edges below them."""
        cell = self.view.scale * math.radians(self.picture.cell_degrees)
        edges, squares = [], []
        for longitude, latitude, hectares in self.picture.cells:
            x, y = self.view.at(longitude, latitude)
            if self.view.frame.contains(shapely.Point(x, y)):
                number = hectare_class(hectares)
                side = cell * palette.CELL_SIZES[number] + 0.7
                rim, left, top = side + 1.2, x - side / 2, y - side / 2
                edges.append(box(left - 0.6, top - 0.6, rim, rim, fill="#ffffff"))
                squares.append(box(left, top, side, side, fill=palette.CELL_COLORS[number]))
                self.avoided.append(shapely.box(left, top, left + side, top + side))
        self.items += [*edges, *squares]

    def add_shapes(self) -> None:
        """Draw circles at their stated radius, and lines and areas as lines."""
        for shape in largest_first(self.picture.shapes):
            look, geometry = shape.look, shape.geometry
            if not isinstance(geometry, shapely.Point):
                seen = self.view.seen(geometry)
                self.items += paths(seen, stroke=look.color, width=1.1, dash=look.dash)
                continue
            x, y = self.view.at(geometry.x, geometry.y)
            radius = 3.2 * self.scale
            if shape.radius_km is not None:
                radius = max(radius, self.view.km(shape.radius_km, geometry.y))
            if self.view.frame.contains(shapely.Point(x, y).buffer(radius)):
                self.items.append(look_disc(x, y, radius, look))

    def add_routes(self) -> None:
        items: list[Path] = []
        for leg in sorted(self.picture.routes, key=lambda leg: (not leg.is_pale, leg.width)):
            bend = BEND[leg.is_known]
            seen = self.view.seen(arc(leg.start, leg.end, bend=bend), margin=0)
            if seen.is_empty:
                continue
            self.avoided.append(seen)
            dash = None if leg.is_known else (3.6, 2.8)
            items += paths(seen, stroke=leg.color, width=leg.width, dash=dash)
            if not leg.is_pale:  # a light rim keeps the line visible on a dark region
                self.items += paths(seen, stroke=_RIM, width=leg.width + 1.1, dash=dash)
            longitude, latitude, angle = arrow(leg.start, leg.end, bend=bend)
            x, y = self.view.at(longitude, latitude)
            if self.view.frame.contains(shapely.Point(x, y).buffer(5)):
                size = 3.2 if leg.is_pale else 3.6 + leg.width
                items.append(route_head(x, y, angle, leg.color, size))
        self.items += items

    def add_marks(self) -> None:
        """Dots of places that help, under every name; rings and dots of towns."""
        radius = 1.9 * self.scale
        for longitude, latitude, is_approximate in self.picture.services:
            x, y = self.view.at(longitude, latitude)
            if self.view.frame.contains(shapely.Point(x, y).buffer(radius)):
                self.items.append(service_dot(x, y, radius, is_approximate=is_approximate))
        for mark in reversed(self.picture.marks):
            x, y = self.view.at(mark.longitude, mark.latitude)
            radius = _RADIUS.get(mark.kind, 0.0) * self.scale * (1.5 if mark.count > 1 else 1)
            if not radius or not self.view.frame.contains(shapely.Point(x, y).buffer(radius)):
                continue
            if mark.kind != "capital":
                dash = (2.0, 1.4) if mark.kind == "estimate" else None
                self.items.append(
                    Disc(x, y, radius, "#ffffff", palette.PLACE, 1.5 * self.scale, dash)
                )
                if mark.count > 1:
                    size = 7.2 * self.scale
                    text, base = str(mark.count), y + size * 0.35
                    self.items.append(Text(x, base, text, size, palette.PLACE, "bold", "middle"))
            else:
                self.items.append(Disc(x, y, radius, _TOWN, "#ffffff", 0.5))
            self.taken.append(shapely.Point(x, y).buffer(radius + 0.5))

    def names(self) -> list[Item]:
        """Place the names that fit: marked department, those above, places, others by rank, towns.

        A department too small for its name has it in the sea or in the margin, tied by a line.
        """
        around = [BEYOND, *self.picture.ground.neighbours]
        own = list(self.rooms.values())
        land = shapely.union_all([*own, *(self.view.seen(geometry) for geometry in around)])
        sea = self.view.frame.difference(land.buffer(1.5))
        rim = shapely.union_all(own).buffer(2.5, join_style="bevel")
        margin = self.view.frame.difference(shapely.union_all([rim, *self.taken]))
        order = sorted(
            (region for region in self.picture.regions if region.name),
            key=lambda region: (not region.is_marked, region.rank, region.code),
        )
        first = [region for region in order if region.is_marked or region.outline == "above"]
        others = [region for region in order if region not in first]
        wanted = [
            *(self._region_name(region, sea, margin) for region in first),
            *self._mark_names("place", "estimate"),
            *(self._region_name(region, sea, margin) for region in others),
            *self._mark_names("isopleth"),
            *self._mark_names("capital"),
            *self._mark_names("country", "ocean"),
        ]
        named = [entry for entry in wanted if entry is not None]
        spots = place_labels(
            [request for request, _, _ in named],
            frame=self.view.frame.buffer(-2),
            taken=self.taken,
            avoided=self.avoided,
        )
        items: list[Item] = []
        for (request, inks, halo), spot in zip(named, spots, strict=True):
            if spot is None:
                continue
            # what lies around a name that does not stand on its own region
            at_sea = sea.contains(spot.area)
            if at_sea or spot.leader:
                ground = _LIGHT["sea" if at_sea else "neighbour"]
                halo = ground if halo != "#ffffff" else halo
                if request.inside is not None:  # all names there alike, whatever their region's ink
                    inks = (_CAPITALS, _DARK)
            items += self._leader(spot) + _name_texts(request, inks, halo, spot)
        return items

    def _leader(self, spot: PlacedLabel) -> list[Item]:
        if spot.leader is None:
            return []
        x0, y0, x, y = spot.leader
        ends = [(x0, y0), (x, y)]
        # a light rim keeps it visible on a dark region
        return [
            line(ends, stroke=_RIM, width=2.0 * self.scale),
            line(ends, stroke=palette.INK, width=0.8 * self.scale),
            Disc(x, y, 1.8 * self.scale, palette.INK, _RIM, 0.8 * self.scale),
        ]

    def _region_name(
        self, region: Region, sea: BaseGeometry, margin: BaseGeometry
    ) -> _Named | None:
        seen = shapely.intersection(self.rooms[region.code], self.view.frame)
        is_whole = self.view.whole(region.geometry)
        if seen.is_empty or (seen.area < 40 and not is_whole):
            return None
        x, y = shapely.maximum_inscribed_circle(seen, tolerance=0.5).coords[0]
        size = (10.0 if region.is_marked else 8.8) * self.scale
        weight: Weight = "bold" if region.is_marked else "semibold"
        lines = tuple(part for part in (clean(region.name).upper(), clean(region.value)) if part)
        aside = margin if is_whole else None
        request = LabelRequest(
            lines, x, y, size, weight, inside=seen.buffer(-1), beside=sea, margin=aside
        )
        ground, is_hatched = self._ground(region), region.is_few or not region.fill
        name, figure = palette.name_inks(palette.HATCH_LINE if is_hatched else ground)
        # the glow may be strong there
        return request, (figure if self.picture.density else name, figure), ground

    def _mark_names(self, *kinds: str) -> Iterable[_Named]:
        for mark in self.picture.marks:
            x, y = self.view.at(mark.longitude, mark.latitude)
            is_seen = self.view.frame.contains(shapely.Point(x, y))
            if not mark.name or mark.kind not in kinds or not is_seen:
                continue
            size, weight, color = _STYLE[mark.kind]
            halo = {"country": _LIGHT["neighbour"], "ocean": _LIGHT["sea"]}.get(mark.kind)
            if mark.kind == "capital" and (region := self._region_at(x, y)):
                halo = self._ground(region)
                is_hatched = region.is_few or not region.fill
                # as its figure where lines of a hatch or the glow lie under it
                is_busy = is_hatched or self.picture.density is not None
                color = palette.name_inks(palette.HATCH_LINE if is_hatched else halo)[is_busy]
            radius = _RADIUS.get(mark.kind, 0.0) * self.scale
            lines = tuple(map(clean, mark.name.split("\n")))
            request = LabelRequest(lines, x, y, size * self.scale, weight, radius)
            yield request, (color, color), halo or "#ffffff"

    def _ground(self, region: Region) -> str:
        """Colour that a region is painted with: paler under the density."""
        fill = region.fill or palette.HATCH_GROUND
        return palette.pale(fill) if self.picture.density else fill

    def _region_at(self, x: float, y: float) -> Region | None:
        spot = shapely.Point(x, y)
        return next((r for r in self.picture.regions if self.rooms[r.code].contains(spot)), None)


def _name_texts(
    request: LabelRequest, inks: tuple[str, str], halo: str, spot: PlacedLabel
) -> list[Item]:
    share, anchor = 0.5, "middle"
    if spot.leader:
        anchor = spot.side
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    elif request.clearance:
        # a name leans against its mark, so that a wider font grows away from it
        is_left = spot.left + spot.width / 2 < request.x - 0.2 * spot.width
        share, anchor = (1.0, "end") if is_left else (0.0, "start")
    side: Anchor = anchor
    x = spot.left + spot.width * share
    return [
        Text(x, y, words, spot.size, inks[min(number, 1)], request.weight, side, halo)
        for number, (words, y) in enumerate(zip(spot.lines, spot.baselines(), strict=True))
    ]
