"""The regions: filled by class, outlined by verdict, hatched where there is no figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import folium
import geopandas
import shapely

from geo.errors import ParameterError
from layers.geojson import feature, geojson_layer, group, point
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


@dataclass(frozen=True, slots=True)
class RegionText:
    """What the tooltip of one region says, translated and formatted."""

    lines: tuple[str, ...]
    """where the figure sits; the value with its unit and period; more if need be."""
    caveat: str = ""
    """what the figure is not."""
    flag: str = ""
    """why the region is flagged; shown at the flag."""


def region_layer(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth | Categories,
    *,
    value: str,
    texts: Mapping[str, RegionText],
    show_verdicts: bool = True,
) -> folium.FeatureGroup:
    """Return the regions as one feature group: fills and flags; outlines ride on the fills.

    The outline of a verdict is a property of its region: the page draws it in the pane
    "outlines" from the same geometry, which is then sent once.

    Parameters
    ----------
    frame : GeoDataFrame, EPSG:4326
        ``department_ubigeo``, ``department``, the column named ``value``, ``verdict``, ``flags``
        (list of str) and the geometry.
    palette : Choropleth or Categories
        Sorts ``value`` into classes and paints them.
    value : str
        Column to show.
    texts : mapping of department_ubigeo to RegionText
        Words of the tooltips.
    show_verdicts : bool
        Whether the verdict is drawn as an outline.

    Raises
    ------
    ParameterError
        If a column is missing.
    """
    wanted = ["department_ubigeo", "department", value, "verdict", "flags", "geometry"]
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise ParameterError(f"the frame of regions lacks {absent}; it needs {wanted}")
    fills, flags = [], []
    for row in frame[list(dict.fromkeys(wanted))].to_dict("records"):
        code, name = str(row["department_ubigeo"]), str(row["department"])
        text = texts.get(code, RegionText(()))
        fill_class = palette.classify(row[value])
        style = {
            "className": f"region region-{safe(code)} fill-{fill_class}",
            "fillColor": palette.color(fill_class),
        }
        if fill_class in (ZERO, MISSING):
            style |= {"color": "#b9b6ad"}
        outline = None
        if show_verdicts and row["verdict"] in _OUTLINES:
            outline = {
                "className": f"outline outline-{row['verdict']}",
                **_OUTLINES[row["verdict"]],
            }
        fills.append(
            feature(
                row["geometry"],
                code=safe(code),
                name=safe(", ".join((name, *text.lines)), 600),
                tip=tooltip(name, text.lines, text.caveat),
                style=style,
                outline=outline,
            )
        )
        marks = set(row["flags"] or ())
        if marks & {*FLAGGED, MISMATCHED}:
            spot = label_point(row["geometry"])
            tip = tooltip(name, [text.flag or text.caveat])
            kind = "flag" if marks & set(FLAGGED) else "mismatch"
            flags.append(point(spot.x, spot.y, kind=kind, tip=tip))
    return group(
        "regions",
        geojson_layer(
            fills, pane="regions", color="#ffffff", weight=0.9, fill_opacity=1, smooth_factor=0.6
        ),
        geojson_layer(flags, pane="places"),
    )


def label_point(geometry: shapely.Geometry) -> shapely.Point:
    """Return a point well inside the largest part of a region: its flag or its name stands there.

    The centre of the largest circle that fits, found to about 5 km.
    """
    parts = shapely.get_parts(geometry)
    largest = parts[shapely.area(parts).argmax()]
    return shapely.Point(shapely.maximum_inscribed_circle(largest, tolerance=0.05).coords[0])
