"""Features and layers of a map; folium itself is loaded by the first layer that is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import shapely
from shapely.geometry import mapping

from geo.privacy.public_lists import require_properties
from layers.safe import script_json

if TYPE_CHECKING:
    import folium

Pane = Literal[
    "neighbours",
    "regions",
    "density",
    "halo",
    "water",
    "mining",
    "outlines",
    "routes",
    "places",
    "labels",
]

_POINT = "function (feature, place) { return window.atlas.point(feature, place); }"


def feature(geometry: Any, *, decimals: int = 3, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature; properties that are None are left out."""
    require_properties(properties)
    rounded = shapely.transform(geometry, lambda xy: xy.round(decimals))
    given = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "geometry": mapping(rounded), "properties": given}


def point(longitude: float, latitude: float, **properties: Any) -> dict[str, Any]:
    """Return a point feature at ``longitude, latitude`` (degrees)."""
    return feature(shapely.Point(float(longitude), float(latitude)), decimals=4, **properties)


def geojson_layer(
    features: Iterable[Mapping[str, Any]],
    *,
    pane: Pane,
    tip_head: str = "",
    tip_tail: str = "",
    **options: Any,
) -> folium.GeoJson:
    """Return one folium.GeoJson drawn in ``pane``."""
    import folium
    from folium.utilities import JsCode

    collection = {
        "type": "FeatureCollection",
        "features": [
            {**item, "properties": {"style": {}, **item["properties"]}} for item in features
        ],
    }
    each = JsCode(
        "function (feature, layer) { window.atlas.each(feature, layer, "
        f"{script_json(tip_head)}, {script_json(tip_tail)}); }}"
    )
    return folium.GeoJson(
        collection, on_each_feature=each, point_to_layer=JsCode(_POINT), pane=pane, **options
    )


def group(
    name: str, *layers: folium.GeoJson | folium.raster_layers.ImageOverlay
) -> folium.FeatureGroup:
    """Return a feature group of ``layers`` in the given order."""
    import folium

    result = folium.FeatureGroup(name=name, control=False)
    for layer in layers:
        layer.add_to(result)
    return result
