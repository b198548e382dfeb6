"""A modelled density as a picture, with the lines that hold a share of the cases."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import folium
import geopandas
import shapely

from layers.atlas_map import feature, geojson_layer, group, point
from layers.palette import INK
from layers.safe import safe, tooltip


def density_layer(
    png: bytes,
    bounds: tuple[float, float, float, float],
    *,
    isopleths: geopandas.GeoDataFrame,
    labels: Mapping[int, str],
    note: str,
) -> folium.FeatureGroup:
    """Return the picture and its isopleths.

    ``png`` is already warped to Web Mercator, where the page stretches it linearly over ``bounds``
    (west, south, east, north in degrees); ``isopleths`` (EPSG:4326) has ``percent`` and the
    smallest area with that share of the cases; ``labels`` stand at the lines, ``note`` is their
    tooltip.
    """
    west, south, east, north = bounds
    picture = folium.raster_layers.ImageOverlay(
        "data:image/png;base64," + base64.b64encode(png).decode("ascii"),
        bounds=[[south, west], [north, east]],
        opacity=1,
        pane="density",
        pixelated=False,
        class_name="density",
    )
    lines, spots = [], []
    for row in isopleths.sort_values("percent", ascending=False).to_dict("records"):
        percent = int(row["percent"])
        text = labels[percent]
        line = row["geometry"].boundary if row["geometry"].area else row["geometry"]
        if line.is_empty:
            continue
        style = {
            "className": f"isopleth isopleth-{percent}",
            "color": INK,
            "weight": 0.7 + (100 - percent) / 100,
        }
        lines.append(feature(line, style=style, tip=tooltip(text, [note])))
        rings = shapely.get_parts(shapely.line_merge(line))
        longest = rings[shapely.length(rings).argmax()]
        spot = max(longest.coords, key=lambda xy: xy[1])
        spots.append(
            point(
                *spot[:2], kind="isopleth", text=safe(text, 20), first=4, priority=12 + percent / 50
            )
        )
    return group(
        "density",
        picture,
        geojson_layer(lines, pane="outlines", fill=False, smooth_factor=0.8),
        geojson_layer(spots, pane="labels"),
    )
