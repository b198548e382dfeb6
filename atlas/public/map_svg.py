"""The public map as inline SVG: classes for the page's style, one path a department, no pin.

Everything is drawn in the units of a window 360 wide, so that a unit is about a pixel on a phone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.public.model import (
    Contents,
    RegionRow,
    drawn_corridors,
    mining_squares,
    region_sentence,
)
from atlas.results.sentences import rate_text
from atlas.words import Words
from data.geography import load_lakes, load_neighbours
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from layers.basemap import BEYOND
from layers.mining import hectare_class
from layers.palette import MISSING
from layers.picture.labels import LabelRequest, PlacedLabel, place_labels
from layers.picture.scene import View, fit, path_data, rings_of, short
from layers.route_lines import MOST_COUNTED
from layers.safe import safe

WIDTH, HEIGHT = 360.0, 528.0
CALLAO = "07"
_CALLAO_AWAY, _CALLAO_RADIUS = (-27.0, 5.0), 8.0
"""the smallest department is 5 units wide: a disc in the ocean stands for it"""
_BEND, _INSET = 0.13, 7.0
PANEL = (0.0, 398.0, 166.0, 528.0)
"""left, top, right, bottom of the corner of the ocean that the region's card covers."""
LARGE, _SMALL = 11.0, 6.6
"""size of the names on a phone and on a wide screen, where a unit is 1.7 pixels"""
_NAME_ONLY = 10.0
"""size of the other names on a phone, without their rate, where their region has room"""
_COMPACT = 17.0
"""size of the names on the compact page, where a unit may be 0.6 pixels"""
_OCEAN = -150.0
"""left end of the ocean there: its sheet is wider than the map, which stands at the right"""
_WIDE_PANEL = (-400.0, 320.0, 54.0, 528.0)
"""the corner of that ocean where the region's card is"""
_MOST_LARGE = 8
"""how many departments with more than expected have large letters on every screen"""
_MOST_NAMED = 6
"""how many with those of fewer, so that the rest keep their places"""
_STRETCH = 1.25
"""how much wider than ours the reader's own font may be"""


def map_svg(contents: Contents, say: Words, *, compact: bool = False) -> str:
    """Draw the map of the page; the compact one has few names, in large letters, and no layers."""
    bounds = shapely.total_bounds([row.geometry for row in contents.rows])
    view = fit(tuple(bounds), left=0, top=0, width=WIDTH, height=HEIGHT, padding=9)
    label = say(
        "public.map.label",
        unit=say(f"unit.{contents.period.unit}.plural"),
        period=say(f"period.{contents.period.code}"),
    )
    outlines = {row.code: view.seen(row.geometry) for row in contents.rows}
    parts = [
        f'<svg class="map" id="map" viewBox="0 0 {_units(WIDTH)} {_units(HEIGHT)}" role="img" '
        'preserveAspectRatio="xMaxYMid" '
        f'aria-label="{safe(label)}" aria-describedby="table-caption">',
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect class="hatch-ground" width="5" height="5"/><path class="hatch-line" d="M0 5 5 0"/>'
        "</pattern></defs>",
        _ground(view),
        '<g id="regions">',
        *(
            _region(row, outlines[row.code], region_sentence(row, contents, say))
            for row in reversed(contents.rows)
        ),
        "</g>",
        _lakes(view),
        '<g class="still" id="outlines" aria-hidden="true">',
        *(
            f'<path class="outline {_verdicts(row)}" d="{_outline(row, outlines[row.code])}"/>'
            for row in contents.rows
            if row.is_above
        ),
        "</g>",
        *(() if compact else (_mining(view), _corridors(outlines))),
        _names(contents.rows, outlines, view, say, compact=compact),
        "</svg>",
    ]
    return "".join(parts)


def _data(geometry: BaseGeometry, *, least: float = 0.0) -> str:
    return path_data(rings_of(geometry, least=least))


def _ground(view: View) -> str:
    frame = gate(load_neighbours.tiered(), "T1", outlet="public").frame
    outlines = [view.seen(outline) for outline in [*frame.geometry, BEYOND]]
    land = shapely.simplify(shapely.union_all(outlines).buffer(0.2), 0.5)
    borders = "".join(
        f'<path class="border" d="{_data(shapely.simplify(outline, 0.5))}"/>'
        for outline in outlines[:-1]
        if not outline.is_empty
    )
    return (
        f'<g class="still" aria-hidden="true"><path class="neighbour" d="{_data(land)}"/>'
        f"{borders}</g>"
    )


def _lakes(view: View) -> str:
    lakes = shapely.union_all(
        [view.seen(g) for g in gate(load_lakes.tiered(), "T1", outlet="public").frame.geometry]
    )
    return (
        '<g class="still" aria-hidden="true">'
        f'<path class="lake" d="{_data(shapely.simplify(lakes, 0.3), least=2)}"/></g>'
    )


def _callao(outline: BaseGeometry) -> tuple[float, float]:
    return outline.centroid.x + _CALLAO_AWAY[0], outline.centroid.y + _CALLAO_AWAY[1]


def _outline(row: RegionRow, outline: BaseGeometry) -> str:
    data = _data(outline)
    if row.code == CALLAO:
        cx, cy = _callao(outline)
        r = _CALLAO_RADIUS
        data += (
            f"M{_units(cx - r)} {_units(cy)}a{_units(r)} {_units(r)} 0 1 0 {_units(2 * r)} 0"
            f"a{_units(r)} {_units(r)} 0 1 0 {_units(-2 * r)} 0Z"
        )
    return data


def _region(row: RegionRow, outline: BaseGeometry, sentence: str) -> str:
    leader = ""
    if row.code == CALLAO:
        course = " ".join(map(_units, (outline.centroid.x, outline.centroid.y, *_callao(outline))))
        leader = f'<path class="leader still" aria-hidden="true" d="M{course}"/>'
    verdicts = _verdicts(row)
    return (
        f'{leader}<path id="r{row.code}" class="region q-{row.rate_class} {verdicts}" '
        f'd="{_outline(row, outline)}"><title>{safe(sentence, 600)}</title></path>'
    )


def _mining(view: View) -> str:
    dots: dict[int, list[str]] = {}
    for longitude, latitude, hectares in mining_squares():
        x, y = view.at(longitude, latitude)
        dots.setdefault(hectare_class(hectares / 10), []).append(f"M{_units(x)} {_units(y)}h0")
    # a line of length 0 with round ends draws a disc, so that one path draws them all
    paths = [(size, "".join(marks)) for size, marks in sorted(dots.items())]
    rims = "".join(f'<path class="rim m{size}" d="{data}"/>' for size, data in paths)
    discs = "".join(f'<path class="m{size}" d="{data}"/>' for size, data in paths)
    return f'<g class="mining still" aria-hidden="true">{rims}{discs}</g>'


def _corridors(outlines: dict[str, BaseGeometry]) -> str:
    """Draw corridors with an arrow at their end; wide where many routes are stated."""
    courses_of: dict[str, list[str]] = {"way": [], "way many": []}
    heads = []
    for row in drawn_corridors().to_dict("records"):
        ends = [
            outlines[str(row[name])].centroid for name in ("origin_ubigeo", "destination_ubigeo")
        ]
        a, b = (np.array([end.x, end.y]) for end in ends)
        vector = b - a
        # the ends stay off the middle of the regions, where their names are
        a, b = a + vector * _INSET / np.hypot(*vector), b - vector * _INSET / np.hypot(*vector)
        control = (a + b) / 2 + np.array([vector[1], -vector[0]]) * 2 * _BEND
        along = (b - control) / np.hypot(*(b - control))
        across = np.array([-along[1], along[0]]) * 2.8
        back = b - along * 3
        course = "M" + " ".join(map(_units, a)) + "Q" + " ".join(map(_units, (*control, *b)))
        courses_of["way many" if row["route_count"] >= MOST_COUNTED else "way"].append(course)
        heads.append(np.array([b + along * 3, back + across, back - across]))
    lines = "".join(
        f'<path class="{look}{rim}" d="{"".join(courses)}"/>'
        for rim in (" rim", "")
        for look, courses in courses_of.items()
    )
    head = f'<path class="head" d="{path_data(heads)}"/>'
    return f'<g class="corridors still" aria-hidden="true">{lines}{head}</g>'


def _names(
    rows: tuple[RegionRow, ...],
    outlines: dict[str, BaseGeometry],
    view: View,
    say: Words,
    *,
    compact: bool,
) -> str:
    """Write the names: those that differ from the expected on every screen, all on a wide one.

    A name keeps its place when it is set smaller on a wide screen. A region without room for it
    has it in the sea, or on a neighbour's land, at the end of a line; the first row chooses first.
    A phone has the others, without their rates, where their region holds them.
    """
    x, y = _callao(outlines[CALLAO])
    largest = _COMPACT if compact else LARGE
    frame = shapely.box(_OCEAN, 0, WIDTH, HEIGHT) if compact else view.frame
    land = shapely.union_all(list(outlines.values()))
    sea = frame.difference(shapely.union_all([land, view.seen(BEYOND)]).buffer(1.5))
    margin = frame.difference(land.buffer(1.5))
    order = sorted(rows, key=lambda row: (row.code != CALLAO, not row.is_above, not row.is_below))
    above = sum(row.is_above for row in order[1 : 1 + _MOST_LARGE])
    below = sum(row.is_below for row in order[1 + above : 1 + _MOST_NAMED])
    large = order[: 1 + above + below]
    order = large + [row for row in rows if row not in large]
    requests, small = [], []
    if compact:
        order = [row for row in large if row.is_above]
    for row in order:
        name = row.name[:24]
        rate = () if row.rate_class == MISSING else (rate_text(row.figures.rate, say),)
        lines = (*(name.split(" ", 1) if compact else [name]), *rate)
        if row.code == CALLAO:
            middle = y + _CALLAO_RADIUS + 1.1 * largest
            requests.append(LabelRequest(lines, x, middle, largest, "semibold", stretch=_STRETCH))
            continue
        size = largest if row in large else _SMALL
        outline = outlines[row.code]
        at_x, at_y = shapely.maximum_inscribed_circle(outline, tolerance=0.5).coords[0]
        # the largest letters may cross a border
        room = shapely.simplify(outline.buffer(3 if compact else -0.5), 0.8)
        request = LabelRequest(
            lines, at_x, at_y, size, "semibold", 0.0, room, sea, margin, _STRETCH
        )
        requests.append(request)
        if row not in large:
            short_name = replace(request, lines=(name,), size=_NAME_ONLY, beside=None, margin=None)
            small.append((row, short_name))
    corner = _WIDE_PANEL if compact else PANEL
    taken = [
        shapely.box(*corner),
        shapely.Point(x, y).buffer(_CALLAO_RADIUS),
    ]
    spots = place_labels(requests, frame=frame.buffer(-2), taken=taken)
    pieces = []
    for row, spot in zip(order, spots, strict=True):
        if spot is not None:
            kind = "l1" if row in large else "l2"
            pieces.append(_name(row, spot, kind, outlines[row.code], land, sea))
            if kind == "l1":
                taken += [spot.area, *([spot.line] if spot.line else [])]
    spots = place_labels([request for _, request in small], frame=view.frame, taken=taken)
    for (row, _), spot in zip(small, spots, strict=True):
        if spot is not None:
            pieces.append(_name(row, spot, "l3", outlines[row.code], land, sea))
    return f'<g class="names still" id="names" aria-hidden="true">{"".join(pieces)}</g>'


def _name(
    row: RegionRow,
    spot: PlacedLabel,
    kind: str,
    outline: BaseGeometry,
    land: BaseGeometry,
    sea: BaseGeometry,
) -> str:
    # the ink suits the ground: the region's colour, the sea or a neighbour
    if outline.intersection(spot.area).area > 0.5 * spot.area.area:
        ink = f"q-{row.rate_class} {_verdicts(row)}"
    else:
        ink = (
            "t-sea" if sea.contains(spot.area.centroid) or land.intersects(spot.area) else "t-land"
        )
    above = [base for base, figures in row.judged.items() if figures.verdict == Verdict.ABOVE]
    if len(above) == 1 < len(row.judged):
        kind += f" only-{above[0]}"
    x, side, tie = spot.left + spot.width / 2, "", ""
    if spot.leader:
        x0, y0, x1, y1 = map(_units, spot.leader)
        # anchored at the leader, so that smaller letters stay beside it
        x += {"start": -0.5, "middle": 0.0, "end": 0.5}[spot.side] * spot.width
        side = f" at-{spot.side}" if spot.side != "middle" else ""
        course = f"M{x0} {y0} {x1} {y1}"
        tie = (
            f'<path class="tie rim {kind}" d="{course}"/><path class="tie {kind}" d="{course}"/>'
            f'<path class="tie end {kind}" d="M{x1} {y1}h0"/>'
        )
    lines = "".join(
        f'<tspan x="{_units(x)}"{leading}>{safe(line)}</tspan>'
        for line, leading in zip(spot.lines, ("", *[' dy="1.12em"'] * 2), strict=False)
    )
    y = _units(spot.baselines()[0])
    return f'{tie}<text class="{kind} {ink}{side}" x="{_units(x)}" y="{y}">{lines}</text>'


def _verdicts(row: RegionRow) -> str:
    return " ".join(f"{base}-{figures.verdict}" for base, figures in row.judged.items())


def _units(value: float) -> str:
    return short(value, 1)
