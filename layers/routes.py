"""Documented routes: lines join towns, they are not roads, and none counts victims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from layers.geojson import feature, geojson_layer, group
from layers.route_lines import BEND, MOST_COUNTED, Leg, arc, route_look
from layers.safe import safe, tooltip

if TYPE_CHECKING:
    import folium


def routes_layer(
    legs: Iterable[Leg], *, texts: Mapping[str, str], unknown: str, caveat: str
) -> folium.FeatureGroup:
    """Return the legs of ``layers.route_lines.route_legs`` as bent lines with an arrow each.

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
