"""A modelled density as a picture, with the lines that hold a share of the cases."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry

from layers.geojson import feature, geojson_layer, group, point
from layers.palette import RIM, RIM_DASHES
from layers.safe import safe, tooltip

if TYPE_CHECKING:
    import folium


def density_layer(
    png: bytes,
    bounds: tuple[float, float, float, float],
    *,
    isopleths: Mapping[int, BaseGeometry],
    labels: Mapping[int, str],
    note: str,
) -> folium.FeatureGroup:
    """Return the picture and its isopleths.

    ``png`` is already warped to Web Mercator, where the page stretches it linearly over ``bounds``
    (west, south, east, north in degrees); ``isopleths`` are lines in degrees around the smallest
    area with a share of the cases, by percent; ``labels`` stand on the lines, ``note`` is their
    tooltip.
    """
    from folium.raster_layers import ImageOverlay

    west, south, east, north = bounds
    picture = ImageOverlay(
        "data:image/png;base64," + base64.b64encode(png).decode("ascii"),
        bounds=[[south, west], [north, east]],
        opacity=1,
        pane="density",
        pixelated=False,
        class_name="density",
    )
    lines, spots = [], []
    for percent, line in sorted(isopleths.items(), reverse=True):
        if line.is_empty:
            continue
        style: dict[str, object] = {"className": "isopleth", "color": RIM, "weight": 1.1}
        if percent in RIM_DASHES:
            style["dashArray"] = " ".join(f"{length:g}" for length in RIM_DASHES[percent])
        lines.append(feature(line, style=style, tip=tooltip(labels[percent], [note])))
        places = label_places(isopleths, percent)
        spots.append(
            point(
                *places[0],
                kind="isopleth",
                text=safe(labels[percent], 20),
                spots=places,
                first=4,
                priority=12 + percent / 50,
            )
        )
    return group(
        "density",
        picture,
        geojson_layer(lines, pane="outlines", fill=False, smooth_factor=0.8),
        geojson_layer(spots, pane="labels"),
    )


_RINGS, _AROUND = 5, 10
"""the longest lines of a share that may bear its label, and how many places on each"""
_CLEAR = 0.6
"""degrees from the other lines at which a label can only be this line's"""


def label_places(isopleths: Mapping[int, BaseGeometry], percent: int) -> list[tuple[float, float]]:
    """Return longitude, latitude of places on a line for its label, the clearest first.

    Clear of the lines of other shares: a label between two lines belongs to neither.
    """
    parts = shapely.get_parts(shapely.line_merge(isopleths[percent]))
    longest = parts[shapely.length(parts).argsort()[::-1][:_RINGS]]
    others = shapely.union_all([line for key, line in isopleths.items() if key != percent])
    places = []
    for rank, ring in enumerate(longest):
        for step in range(_AROUND):
            spot = ring.interpolate((step + 0.5) / _AROUND, normalized=True)
            clear = _CLEAR if others.is_empty else min(spot.distance(others), _CLEAR)
            places.append((-round(clear, 1), rank, step, spot))
    places.sort(key=lambda place: place[:3])
    return [(round(spot.x, 2), round(spot.y, 2)) for *_, spot in places]
