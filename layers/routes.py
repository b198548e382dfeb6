"""Documented routes: lines join towns, they are not roads, and none counts victims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import folium

from layers.atlas_map import feature, geojson_layer, group
from layers.palette import ROUTE, ROUTE_MEDIUM
from layers.route_lines import BEND, Leg, arc
from layers.safe import safe, tooltip

MOST_COUNTED = 3
"""routes from which a line grows no wider"""


def route_look(count: int) -> tuple[str, float]:
    """Return colour and width in pixels of a line that ``count`` documented routes travel.

    One route alone is thin and lighter.

    >>> [route_look(count) for count in (1, 2, 3, 9)]
    [('#5169a3', 1.1), ('#29437f', 2.2), ('#29437f', 3.4), ('#29437f', 3.4)]
    """
    widths = (1.1, 2.2, 3.4)
    return ROUTE if count > 1 else ROUTE_MEDIUM, widths[min(count, MOST_COUNTED) - 1]


def routes_layer(
    legs: Iterable[Leg], *, texts: Mapping[str, str], unknown: str, caveat: str
) -> folium.FeatureGroup:
    """Return the legs of ``layers.route_lines.route_legs`` as bent lines with an arrow at their end.

    ``texts`` is one translated line per route_id; ``unknown`` is said of a dashed arc. A leg has
    the texts of its routes by their ids, so that the page can lift a route whole, and the
    departments in which its routes stop.
    """
    lines = []
    for leg in sorted(legs, key=lambda item: (len(item.route_ids), item.is_known)):
        color, width = route_look(len(leg.route_ids))
        look = f"route route-{min(len(leg.route_ids), MOST_COUNTED)}"
        style: dict[str, object] = {"className": look, "color": color, "weight": width}
        if not leg.is_known:
            style["dashArray"] = "5 4"
        lines.append(
            feature(
                arc(leg.start, leg.end, bend=BEND[leg.is_known]),
                style=style,
                routes=[[code, f"<p>{safe(texts[code])}</p>"] for code in leg.route_ids],
                departments=" ".join(leg.departments),
                tip=tooltip(f"{leg.start_place} → {leg.end_place}"),
                note=tooltip("", [] if leg.is_known else [unknown]),
            )
        )
    return group(
        "routes",
        geojson_layer(
            lines,
            pane="routes",
            tip_tail=tooltip("", caveat=caveat),
            fill=False,
            smooth_factor=0.5,
            no_clip=True,  # a line cut at the edge of the map would have its arrow there
        ),
    )
