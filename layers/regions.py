"""The regions: filled by class, outlined by verdict, hatched where there is no figure.

Below the department provinces or districts are filled, over departments that one still clicks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import folium
import geopandas
import shapely

from layers.atlas_map import feature, geojson_layer, group, point
from layers.palette import BELOW, INK, MISSING, ZERO, Categories, Choropleth
from layers.safe import safe, tooltip

FLAGGED = ("depends_on_denominator", "not_ranked")
"""flags that earn a flag on the map: they concern the verdict itself."""
MISMATCHED = "denominator_mismatch"
"""flag that earns a small sign: most departments carry it, and sixteen flags would hide the map."""
_OUTLINES: dict[str, dict[str, Any]] = {
    "above": {"color": INK, "weight": 1.7},
    "below": {"color": BELOW, "weight": 0.9},
}


def region_layer(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth | Categories,
    *,
    value: str,
    texts: Mapping[str, tuple[Sequence[str], str, str]],
) -> folium.FeatureGroup:
    """Return the regions as one feature group: fills and flags; outlines ride on the fills.

    ``frame`` (EPSG:4326) has ``department_ubigeo``, ``department``, the column ``value``,
    ``verdict``, ``flags`` (list of str) and the geometry. ``texts`` holds by department_ubigeo the
    lines of its tooltip, what the figure is not, and why it is flagged; all translated.
    The outline of a verdict is a property of its region: the page draws it in the pane "outlines"
    from the same geometry, which is then sent once.
    """
    fills, flags = [], []
    for row in frame.to_dict("records"):
        code, name = str(row["department_ubigeo"]), str(row["department"])
        lines, caveat, flag = texts[code]
        fill_class = palette.classify(row[value])
        style = {
            "className": f"region region-{safe(code)} fill-{fill_class}",
            "fillColor": palette.color(fill_class),
        }
        if fill_class in (ZERO, MISSING):
            style |= {"color": "#b9b6ad"}
        fills.append(
            feature(
                row["geometry"],
                code=safe(code),
                name=safe(", ".join((name, *lines)), 600),
                tip=tooltip(name, lines, caveat),
                style=style,
                outline=_outline(row["verdict"]),
            )
        )
        marks = set(row["flags"] or ())
        if marks & {*FLAGGED, MISMATCHED}:
            spot = label_point(row["geometry"])
            tip = tooltip(name, [flag or caveat])
            kind = "flag" if marks & set(FLAGGED) else "mismatch"
            flags.append(point(spot.x, spot.y, kind=kind, tip=tip))
    return group(
        "regions",
        geojson_layer(
            fills, pane="regions", color="#ffffff", weight=0.9, fill_opacity=1, smooth_factor=0.6
        ),
        geojson_layer(flags, pane="places"),
    )


def _outline(verdict: object) -> dict[str, Any] | None:
    """The line around an area beyond the expected."""
    if verdict not in _OUTLINES:
        return None
    return {"className": f"outline outline-{verdict}", **_OUTLINES[str(verdict)]}


def label_point(geometry: shapely.Geometry) -> shapely.Point:
    """Return a point well inside the largest part of a region: its flag or its name stands there.

    The centre of the largest circle that fits, found to about 5 km.
    """
    parts = shapely.get_parts(geometry)
    largest = parts[shapely.area(parts).argmax()]
    return shapely.Point(shapely.maximum_inscribed_circle(largest, tolerance=0.05).coords[0])


_GROUND = "#f6f4ee"
"""a department where no province or district has an outline"""
_BORDER = {"className": "outline outline-department", "color": "#5f5a63", "weight": 1.1}
_EDGE = "#b9b6ad"


def area_layer(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth | Categories,
    *,
    value: str,
    lines: Mapping[str, str],
    caveat: str,
    edge_px: float,
) -> folium.FeatureGroup:
    """Return the areas as one feature group; a click goes to the department below.

    ``frame`` (EPSG:4326) has ``area_ubigeo``, ``area``, ``department``, the column ``value``, the
    geometry, and where reports are shown ``verdict``; ``lines`` is the figure of each area in
    words, by ``area_ubigeo``; ``caveat`` stands under every tooltip and is sent once; ``edge_px``
    is the width of the border between areas.
    """
    fills = []
    for row in frame.to_dict("records"):
        code = str(row["area_ubigeo"])
        kind = palette.classify(row[value])
        style = {
            "className": f"area area-{safe(code)} fill-{kind}",
            "fillColor": palette.color(kind),
        }
        if kind in (ZERO, MISSING):
            style["color"] = _EDGE
        said = f"<strong>{safe(row['area'])}</strong> {safe(row['department'])}"
        tip = f"{said}<p>{safe(lines[code])}</p>"
        outline = _outline(row.get("verdict"))
        fills.append(feature(row["geometry"], tip=tip, style=style, outline=outline))
    return group(
        "areas",
        geojson_layer(
            fills,
            # the pane above the departments: what comes first to the browser is not what lies below
            pane="density",
            tip_tail=tooltip("", caveat=caveat),
            color="#ffffff",
            weight=edge_px,
            fill_opacity=1,
            smooth_factor=0.6,
        ),
    )


def department_layer(frame: geopandas.GeoDataFrame) -> folium.FeatureGroup:
    """Return the departments without a figure: their border above, their ground to be clicked."""
    shapes = []
    for row in frame.to_dict("records"):
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
