"""Documented routes: lines join towns, they are not roads, and none counts victims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import folium

from layers.arcs import arc, arrow
from layers.geojson import feature, geojson_layer, group, point
from layers.legs import Leg
from layers.palette import ROUTE, ROUTE_MEDIUM
from layers.safe import tooltip

_BEND = {True: 0.05, False: 0.11}


@dataclass(frozen=True, slots=True)
class RouteWords:
    """Translated words of the routes' tooltips."""

    path_unknown: str
    """said of a dashed arc: the source names its ends, not its course"""
    caveat: str
    """lines join towns, they are not roads"""
    more: str = "+{count}"
    """when more routes share a leg than are listed; ``{count}`` is replaced"""


def route_width_px(independent: int) -> float:
    """Return the width of a leg that ``independent`` sources document, 1.2 to 3 pixels.

    Examples
    --------
    >>> [route_width_px(n) for n in (1, 2, 4, 9)]
    [1.2, 1.8, 3.0, 3.0]
    """
    return round(min(1.2 + 0.6 * (max(independent, 1) - 1), 3.0), 1)


def routes_layer(
    legs: Iterable[Leg], *, texts: Mapping[str, str], words: RouteWords, listed: int = 5
) -> folium.FeatureGroup:
    """Return the legs as bent lines with an arrowhead at three fifths of each.

    Parameters
    ----------
    legs : iterable of Leg
        From :func:`layers.legs.route_legs`.
    texts : mapping of route_id to str
        One line per route: name, mode, confidence, source; translated.
    words : RouteWords
        Translated words.
    listed : int
        Routes named in one tooltip; the rest are counted.
    """
    lines, heads = [], []
    for leg in sorted(legs, key=lambda item: (item.is_known, item.independent)):
        bend = _BEND[leg.is_known]
        color = ROUTE if leg.confidence == "high" else ROUTE_MEDIUM
        width = route_width_px(leg.independent)
        style: dict[str, object] = {"className": "route", "color": color, "weight": width}
        if not leg.is_known:
            style |= {
                "className": "route route-unknown",
                "dashArray": "5 4",
                "opacity": 0.8,
                "weight": min(width, 1.8) - 0.1,
            }
        said = [texts.get(route_id, route_id) for route_id in leg.route_ids]
        if len(said) > listed:
            said = [*said[:listed], words.more.replace("{count}", str(len(said) - listed))]
        if not leg.is_known:
            said.append(words.path_unknown)
        title = f"{leg.start_place} → {leg.end_place}"
        lines.append(
            feature(
                arc(leg.start, leg.end, bend=bend),
                style=style,
                casing=True,
                tip=tooltip(title, said, words.caveat),
            )
        )
        longitude, latitude, angle = arrow(leg.start, leg.end, bend=bend)
        heads.append(
            point(
                longitude,
                latitude,
                kind="arrow",
                angle=round(angle),
                color=color,
                size=round(6.5 + width, 1),
            )
        )
    return group(
        "routes",
        geojson_layer(lines, pane="routes", fill=False, smooth_factor=0.5, line_cap="round"),
        geojson_layer(heads, pane="routes"),
    )
