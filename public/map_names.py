"""The names on the public map: who is named on a phone, where, at the end of which line."""

from __future__ import annotations

import shapely

from exports.labels import Placed, Wish, place
from exports.map_names import BEYOND
from exports.projection import View
from layers.safe import safe
from public.contents import RegionRow

PANEL = (0.0, 398.0, 166.0, 528.0)
"""left, top, right, bottom of the corner of the ocean that the region's card covers."""
LARGE, _SMALL = 11.0, 6.6
"""size of the names on a phone and on a wide screen, where a unit is 1.7 pixels"""
_MOST_LARGE = 8
_STRETCH = 1.25
"""how much wider than ours the reader's own font may be"""


def names_svg(
    rows: tuple[RegionRow, ...],
    shown: dict[str, shapely.Geometry],
    view: View,
    values: dict[str, str],
    disc: tuple[str, float, float, float],
) -> str:
    """Write the names: those with more reports than expected on every screen, all on a wide one.

    A name keeps its place when it is set smaller on a wide screen. A region without room for it
    has it in the sea, or on a neighbour's land, at the end of a line.

    Parameters
    ----------
    rows : tuple of RegionRow
        Highest rate first; the first chooses its place first.
    shown : dict
        Outline of each region in units, by code.
    view : View
    values : dict
        The figure under each name, by code.
    disc : (code, x, y, radius)
        The region that a disc in the sea stands for; its name stands below, on every screen.
    """
    code, x, y, radius = disc
    land = shapely.union_all(list(shown.values()))
    sea = view.frame.difference(shapely.union_all([land, view.seen(BEYOND)]).buffer(1.5))
    margin = view.frame.difference(land.buffer(1.5))
    order = sorted(rows, key=lambda row: (row.code != code, not row.is_above))
    large = order[: 1 + sum(row.is_above for row in order[1 : 1 + _MOST_LARGE])]
    wishes = []
    for row in order:
        lines = (row.name[:24], values[row.code])
        if row.code == code:
            middle = y + radius + 1.1 * LARGE
            wishes.append(Wish(lines, x, middle, LARGE, "semibold", stretch=_STRETCH))
            continue
        size = LARGE if row in large else _SMALL
        seen = shown[row.code]
        at_x, at_y = shapely.maximum_inscribed_circle(seen, tolerance=0.5).coords[0]
        wish = Wish(
            lines,
            at_x,
            at_y,
            size,
            "semibold",
            inside=shapely.simplify(seen.buffer(-0.5), 0.8),
            beside=sea,
            margin=margin,
            stretch=_STRETCH,
        )
        wishes.append(wish)
    taken = [shapely.box(*PANEL), shapely.Point(x, y).buffer(radius)]
    found = place(wishes, frame=view.frame.buffer(-2), taken=taken)
    pieces = []
    for row, spot in zip(order, found, strict=True):
        if spot is not None:
            kind = "l1" if row in large else "l2"
            pieces.append(_name(row, spot, kind, shown[row.code], land, sea))
    return f'<g class="names still" id="names" aria-hidden="true">{"".join(pieces)}</g>'


def _name(
    row: RegionRow,
    spot: Placed,
    kind: str,
    seen: shapely.Geometry,
    land: shapely.Geometry,
    sea: shapely.Geometry,
) -> str:
    # a name is set for the ground that it stands on: its region's colour, the sea, a neighbour
    if seen.intersection(spot.area).area > 0.5 * spot.area.area:
        ink = f"t-{row.rate_class} {verdict_classes(row)}"
    else:
        ink = (
            "t-sea" if sea.contains(spot.area.centroid) or land.intersects(spot.area) else "t-land"
        )
    x, side, tie = spot.left + spot.width / 2, "", ""
    if spot.leader:
        x0, y0, x1, y1 = map(units, spot.leader)
        # anchored at the line, so that smaller letters stay with it
        x += {"start": -0.5, "middle": 0.0, "end": 0.5}[spot.side] * spot.width
        side = f" at-{spot.side}" if spot.side != "middle" else ""
        course = f"M{x0} {y0} {x1} {y1}"
        tie = (
            f'<path class="tie rim {kind}" d="{course}"/><path class="tie {kind}" d="{course}"/>'
            f'<path class="tie end {kind}" d="M{x1} {y1}h0"/>'
        )
    lines = "".join(
        f'<tspan x="{units(x)}"{leading}>{safe(line)}</tspan>'
        for line, leading in zip(spot.lines, ("", ' dy="1.12em"'), strict=False)
    )
    y = units(spot.baselines()[0])
    return f'{tie}<text class="{kind} {ink}{side}" x="{units(x)}" y="{y}">{lines}</text>'


def verdict_classes(row: RegionRow) -> str:
    """Classes that hold the verdict of a row on each base, for its colours."""
    return " ".join(f"{base}-{judged.verdict}" for base, judged in row.judged.items())


def units(value: float) -> str:
    """A coordinate with one decimal, as short as it can be.

    Examples
    --------
    >>> units(3.0), units(-0.04), units(12.34)
    ('3', '0', '12.3')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
