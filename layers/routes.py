"""Documented routes: lines join towns, they are not roads, and none counts victims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import folium

from layers.atlas_map import feature, geojson_layer, group, point
from layers.palette import ROUTE, ROUTE_MEDIUM
from layers.route_lines import BEND, Leg, arc, arrow
from layers.safe import tooltip


def route_width_px(independent: int) -> float:
    """Return the width of a leg that ``independent`` sources document, 1.2 to 3 pixels.

    >>> [route_width_px(n) for n in (1, 2, 4, 9)]
    [1.2, 1.8, 3.0, 3.0]
    """
    return round(min(1.2 + 0.6 * (max(independent, 1) - 1), 3.0), 1)


_LISTED = 5
"""routes named in one tooltip; the rest are counted."""


def routes_layer(
    legs: Iterable[Leg], *, texts: Mapping[str, str], unknown: str, caveat: str, more: str
) -> folium.FeatureGroup:
    """Return the legs of ``layers.route_lines.route_legs`` as bent lines with an arrowhead.

    ``texts`` is one translated line per route_id; ``unknown`` is said of a dashed arc, ``more``
    (with ``{count}``) where a leg has more routes than are listed.
    """
    lines, heads = [], []
    for leg in sorted(legs, key=lambda item: (item.is_known, item.independent)):
        bend = BEND[leg.is_known]
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
        said = [texts[route_id] for route_id in leg.route_ids]
        if len(said) > _LISTED:
            said = [*said[:_LISTED], more.replace("{count}", str(len(said) - _LISTED))]
        if not leg.is_known:
            said.append(unknown)
        title = f"{leg.start_place} → {leg.end_place}"
        lines.append(
            feature(
                arc(leg.start, leg.end, bend=bend),
                style=style,
                casing=True,
                tip=tooltip(title, said, caveat),
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
