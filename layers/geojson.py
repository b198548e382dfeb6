"""GeoJSON for the page: few decimals, few properties, one way to name pane, style and tooltip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import folium
import shapely
from folium.utilities import JsCode
from shapely.geometry import mapping

from geo.map_properties import require_properties
from layers.panes import Pane
from layers.safe import script_json

_POINT = JsCode("function (feature, place) { return window.atlas.point(feature, place); }")


def feature(geometry: Any, *, decimals: int = 3, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature; properties that are None are left out.

    Parameters
    ----------
    geometry : shapely geometry
        Longitude and latitude in degrees.
    decimals : int
        Kept per coordinate; three are about 110 m, below one pixel up to zoom 10.
    **properties
        Names of :data:`geo.map_properties.DRAWING_PROPERTIES`; any other is a DisclosureError.
    """
    require_properties(properties)
    rounded = shapely.transform(geometry, lambda xy: xy.round(decimals))
    kept = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "geometry": mapping(rounded), "properties": kept}


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
    """Return one folium.GeoJson drawn in ``pane``.

    Parameters
    ----------
    features : iterable of dict
        Properties the page knows: ``style`` (path options of this feature alone), ``tip`` (HTML
        made of safe text), ``code`` (department), ``name`` (what a screen reader says) and, on
        points, ``kind`` with what that kind needs.
    pane : str
        One of :data:`layers.panes.PANES`.
    tip_head, tip_tail : str
        HTML (made of safe text) around every tooltip: sent once, not per feature.
    **options
        Path options of all features, in folium's spelling.
    """
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
        collection, on_each_feature=each, point_to_layer=_POINT, pane=pane, **options
    )


def group(
    name: str, *layers: folium.GeoJson | folium.raster_layers.ImageOverlay
) -> folium.FeatureGroup:
    """Return a feature group of ``layers`` in the given order."""
    result = folium.FeatureGroup(name=name, control=False)
    for layer in layers:
        layer.add_to(result)
    return result
