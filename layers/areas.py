"""Provinces or districts filled by class, over departments that stay what one clicks."""

from __future__ import annotations

from collections.abc import Mapping

import folium
import geopandas

from geo.errors import ParameterError
from layers.geojson import feature, geojson_layer, group
from layers.palette import MISSING, ZERO, Choropleth
from layers.safe import safe

_GROUND = "#f6f4ee"
"""a department where no province or district has an outline"""
_BORDER = {"className": "outline outline-department", "color": "#5f5a63", "weight": 1.1}
_EDGE = "#b9b6ad"


def area_layer(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth,
    *,
    value: str,
    lines: Mapping[str, str],
    caveat: str,
    edge_px: float,
) -> folium.FeatureGroup:
    """Return the areas as one feature group; a click goes to the department below.

    Parameters
    ----------
    frame : GeoDataFrame, EPSG:4326
        ``area_ubigeo``, ``area``, ``department``, the column named ``value`` and the geometry.
    palette : Choropleth
        Sorts ``value`` into classes and paints them.
    value : str
        Column to show.
    lines : mapping of area_ubigeo to str
        The figure in words, for the tooltip.
    caveat : str
        What the figures are not; under every tooltip, sent once.
    edge_px : float
        Width of the border between areas.

    Raises
    ------
    ParameterError
        If a column is missing.
    """
    wanted = ["area_ubigeo", "area", "department", value, "geometry"]
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise ParameterError(f"the frame of areas lacks {absent}; it needs {wanted}")
    fills = []
    for row in frame[wanted].to_dict("records"):
        code = str(row["area_ubigeo"])
        kind = palette.classify(row[value])
        style = {
            "className": f"area area-{safe(code)} fill-{kind}",
            "fillColor": palette.color(kind),
        }
        if kind in (ZERO, MISSING):
            style["color"] = _EDGE
        said = f"<strong>{safe(row['area'])}</strong> {safe(row['department'])}"
        tip = f"{said}<p>{safe(lines.get(code, ''))}</p>"
        fills.append(feature(row["geometry"], tip=tip, style=style))
    return group(
        "areas",
        geojson_layer(
            fills,
            # the pane above the departments: what comes first to the browser is not what lies below
            pane="density",
            tip_tail=f'<p class="caveat">{safe(caveat)}</p>' if caveat else "",
            color="#ffffff",
            weight=edge_px,
            fill_opacity=1,
            smooth_factor=0.6,
        ),
    )


def department_layer(frame: geopandas.GeoDataFrame) -> folium.FeatureGroup:
    """Return the departments without a figure: their border above, their ground to be clicked.

    Parameters
    ----------
    frame : GeoDataFrame, EPSG:4326
        ``department_ubigeo``, ``department`` and the geometry.
    """
    shapes = []
    for row in frame[["department_ubigeo", "department", "geometry"]].to_dict("records"):
        code = str(row["department_ubigeo"])
        style = {"className": f"region region-{safe(code)}", "fillColor": _GROUND, "color": _EDGE}
        shapes.append(
            feature(
                row["geometry"],
                code=safe(code),
                name=safe(row["department"]),
                style=style,
                outline=_BORDER,
            )
        )
    return group("departments", geojson_layer(shapes, pane="regions", weight=0.9, fill_opacity=1))
