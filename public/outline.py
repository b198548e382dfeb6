"""The public map as inline SVG: classes for the page's style, one path a department, no pin.

Everything is drawn in the units of a window 360 wide, so that a unit is about a pixel on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from data import load_lakes, load_neighbours
from exports.map_names import BEYOND
from exports.projection import View, fit
from geo.disclosure import gate
from layers.mining_cells import hectare_class
from layers.safe import safe
from public.contents import Contents, RegionRow
from public.map_names import names_svg, units, verdict_classes

WIDTH, HEIGHT = 360.0, 528.0
CALLAO = "07"
_CALLAO_AWAY, _CALLAO_RADIUS = (-27.0, 5.0), 8.0
"""the smallest department is 5 units wide: a disc in the ocean stands for it"""
_BEND, _INSET = 0.13, 7.0


@dataclass(frozen=True, slots=True)
class MapWords:
    """Translated words of the map."""

    title: str
    """what the map shows, for those who do not see it."""
    says: dict[str, str]
    """department_ubigeo to the sentence of the region."""
    values: dict[str, str]
    """department_ubigeo to the figure under its name."""


def _data(geometry: shapely.Geometry, *, least: float = 0.0) -> str:
    pieces = []
    for polygon in shapely.get_parts(geometry):
        if polygon.geom_type != "Polygon" or polygon.area < least:
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            xy = np.round(np.asarray(ring.coords), 1)
            kept = xy[np.r_[True, np.any(np.diff(xy, axis=0) != 0, axis=1)]][:-1]
            pieces.append("M" + " ".join(f"{units(x)} {units(y)}" for x, y in kept) + "Z")
    return "".join(pieces)


def _window(rows: tuple[RegionRow, ...]) -> View:
    bounds = shapely.total_bounds([row.geometry for row in rows])
    return fit(tuple(bounds), left=0, top=0, width=WIDTH, height=HEIGHT, padding=9)


def map_svg(
    contents: Contents,
    mining: list[tuple[float, float, float]],
    corridors: pd.DataFrame,
    words: MapWords,
) -> str:
    """Draw the map of the page.

    Parameters
    ----------
    contents : Contents
    mining : list of (longitude, latitude, hectares)
        Squares of ``public.contents.mining_squares``.
    corridors : DataFrame
        Gated corridors of ``geo.corridors.department_corridors``.
    words : MapWords

    Returns
    -------
    str
        An SVG element. Each region carries its classes and a title with the sentence that the
        table says as well; no other property leaves.
    """
    view = _window(contents.rows)
    shown = {row.code: view.seen(row.geometry) for row in contents.rows}
    disc = (CALLAO, *_callao(shown[CALLAO]), _CALLAO_RADIUS)
    parts = [
        f'<svg class="map" id="map" viewBox="0 0 {units(WIDTH)} {units(HEIGHT)}" role="img" '
        f'aria-label="{safe(words.title)}" aria-describedby="table-caption">',
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect class="hatch-ground" width="5" height="5"/><path class="hatch-line" d="M0 5 5 0"/>'
        "</pattern></defs>",
        _ground(view),
        '<g id="regions">',
        *(_region(row, shown[row.code], words) for row in reversed(contents.rows)),
        "</g>",
        _lakes(view),
        '<g class="still" aria-hidden="true">',
        *(
            f'<path class="outline {verdict_classes(row)}" d="{_outline(row, shown[row.code])}"/>'
            for row in contents.rows
            if row.is_above
        ),
        "</g>",
        _mining(view, mining),
        _corridors(corridors, shown),
        names_svg(contents.rows, shown, view, words.values, disc),
        "</svg>",
    ]
    return "".join(parts)


def _ground(view: View) -> str:
    frame = gate(load_neighbours(), "T1", outlet="public")
    seen = [view.seen(g) for g in [*frame.geometry, BEYOND]]
    land = shapely.simplify(shapely.union_all(seen).buffer(0.2), 0.5)
    borders = "".join(
        f'<path class="border" d="{_data(shapely.simplify(one, 0.5))}"/>'
        for one in seen[:-1]
        if not one.is_empty
    )
    return (
        f'<g class="still" aria-hidden="true"><path class="neighbour" d="{_data(land)}"/>'
        f"{borders}</g>"
    )


def _lakes(view: View) -> str:
    lakes = shapely.union_all(
        [view.seen(g) for g in gate(load_lakes(), "T1", outlet="public").geometry]
    )
    return (
        '<g class="still" aria-hidden="true">'
        f'<path class="lake" d="{_data(shapely.simplify(lakes, 0.3), least=2)}"/></g>'
    )


def _callao(seen: shapely.Geometry) -> tuple[float, float]:
    """Middle of the disc that stands for the smallest department."""
    return seen.centroid.x + _CALLAO_AWAY[0], seen.centroid.y + _CALLAO_AWAY[1]


def _outline(row: RegionRow, seen: shapely.Geometry) -> str:
    data = _data(seen)
    if row.code == CALLAO:
        cx, cy = _callao(seen)
        r = _CALLAO_RADIUS
        data += (
            f"M{units(cx - r)} {units(cy)}a{units(r)} {units(r)} 0 1 0 {units(2 * r)} 0"
            f"a{units(r)} {units(r)} 0 1 0 {units(-2 * r)} 0Z"
        )
    return data


def _region(row: RegionRow, seen: shapely.Geometry, words: MapWords) -> str:
    leader = ""
    if row.code == CALLAO:
        course = " ".join(map(units, (seen.centroid.x, seen.centroid.y, *_callao(seen))))
        leader = f'<path class="leader still" aria-hidden="true" d="M{course}"/>'
    verdicts = verdict_classes(row)
    return (
        f'{leader}<path id="r{row.code}" class="region q-{row.rate_class} {verdicts}" '
        f'd="{_outline(row, seen)}"><title>{safe(words.says[row.code], 600)}</title></path>'
    )


def _mining(view: View, squares: list[tuple[float, float, float]]) -> str:
    dots: dict[int, list[str]] = {}
    for longitude, latitude, hectares in squares:
        x, y = view.at(longitude, latitude)
        dots.setdefault(hectare_class(hectares / 10), []).append(f"M{units(x)} {units(y)}h0")
    # a line of no length with round ends is a disc, and hundreds of them are one path
    paths = [(size, "".join(marks)) for size, marks in sorted(dots.items())]
    rims = "".join(f'<path class="rim m{size}" d="{data}"/>' for size, data in paths)
    discs = "".join(f'<path class="m{size}" d="{data}"/>' for size, data in paths)
    return f'<g class="mining still" aria-hidden="true">{rims}{discs}</g>'


def _corridors(corridors: pd.DataFrame, shown: dict[str, shapely.Geometry]) -> str:
    ways, heads = [], []
    for row in corridors.to_dict("records"):
        ends = [shown[str(row[name])].centroid for name in ("origin_ubigeo", "destination_ubigeo")]
        a, b = (np.array([end.x, end.y]) for end in ends)
        way = b - a
        # the ends stay off the middle of the regions, where their names are
        a, b = a + way * _INSET / np.hypot(*way), b - way * _INSET / np.hypot(*way)
        control = (a + b) / 2 + np.array([way[1], -way[0]]) * 2 * _BEND
        t = 0.62
        at = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
        along = (1 - t) * (control - a) + t * (b - control)
        along = along / np.hypot(*along)
        across = np.array([-along[1], along[0]]) * 2.4
        ring = (at + along * 3, at - along * 2.2 + across, at - along * 2.2 - across)
        ways.append("M" + " ".join(map(units, a)) + "Q" + " ".join(map(units, (*control, *b))))
        heads.append("M" + " ".join(f"{units(x)} {units(y)}" for x, y in ring) + "Z")
    return (
        f'<g class="corridors still" aria-hidden="true"><path class="way rim" d="{"".join(ways)}"/>'
        f'<path class="way" d="{"".join(ways)}"/><path class="head" d="{"".join(heads)}"/></g>'
    )
