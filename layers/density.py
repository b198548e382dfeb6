"""A modelled density as a picture, with the lines that hold a share of the cases."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import folium
import geopandas
import shapely

from geo.errors import ParameterError
from layers.geojson import feature, geojson_layer, group, point
from layers.palette import INK
from layers.safe import safe, tooltip


def density_layer(
    png: bytes,
    bounds: tuple[float, float, float, float],
    *,
    isopleths: geopandas.GeoDataFrame | None = None,
    labels: Mapping[int, str] | None = None,
    note: str = "",
    opacity: float = 0.85,
) -> folium.FeatureGroup:
    """Return the picture and its isopleths.

    Parameters
    ----------
    png : bytes
        A PNG already warped to Web Mercator: the page stretches it linearly there.
    bounds : (west, south, east, north)
        Degrees.
    isopleths : GeoDataFrame, EPSG:4326, optional
        ``percent`` (25, 50, 75, 90) and geometry: the smallest area with that share.
    labels : mapping of percent to str, optional
        What stands at a line, e.g. ``"50 %"``.
    note : str
        Tooltip of the lines: modelled, by which spreading rule.
    opacity : float
        Of the picture, 0 to 1.

    Raises
    ------
    ParameterError
        If the bytes are no PNG or the bounds are not in order.
    """
    if not png.startswith(b"\x89PNG\r\n"):
        raise ParameterError(f"the picture starts with {png[:4]!r}; a PNG is needed")
    west, south, east, north = bounds
    if not (west < east and south < north):
        raise ParameterError(f"bounds are {bounds}; needed: west < east and south < north")
    picture = folium.raster_layers.ImageOverlay(
        "data:image/png;base64," + base64.b64encode(png).decode("ascii"),
        bounds=[[south, west], [north, east]],
        opacity=opacity,
        pane="density",
        pixelated=False,
        class_name="density",
    )
    if isopleths is None:
        return group("density", picture)
    lines, spots = [], []
    for row in isopleths.sort_values("percent", ascending=False).to_dict("records"):
        percent = int(row["percent"])
        text = (labels or {}).get(percent, f"{percent} %")
        line = row["geometry"].boundary if row["geometry"].area else row["geometry"]
        if line.is_empty:
            continue
        style = {
            "className": f"isopleth isopleth-{percent}",
            "color": INK,
            "weight": 0.8 + (100 - percent) / 90,
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
