"""The regions: filled by class, outlined by verdict, named with their figure, hatched without one.

Below the department provinces or districts are filled, over departments that one still clicks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.geojson import feature, geojson_layer, group, point
from layers.palette import (
    BELOW,
    BELOW_DASH,
    HATCH,
    HATCH_GROUND,
    HATCH_LINE,
    INK,
    MISSING,
    QUIET,
    QUIET_AREAS,
    ZERO,
    Categories,
    Choropleth,
    few_ground,
    in_the_dark,
    name_inks,
    shown_class,
)
from layers.safe import safe, tooltip

if TYPE_CHECKING:
    import folium

_OUTLINES: dict[str, dict[str, Any]] = {
    "above": {"color": INK, "weight": 1.7},
    "below": {
        "color": BELOW,
        "weight": 1.5,
        "dashArray": " ".join(f"{length:g}" for length in BELOW_DASH),
        "lineCap": "butt",
    },
}


def region_layer(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth | Categories,
    *,
    value: str,
    texts: Mapping[str, tuple[Sequence[str], str]],
) -> folium.FeatureGroup:
    """Return the regions as one feature group: fills with their outlines, and names.

    ``frame`` (EPSG:4326) has ``department_ubigeo``, ``department``, the column ``value``,
    ``verdict``, ``flags``, ``figure`` (as it is written under the name), ``told`` (whether it is on
    the map of the whole country), ``rank`` (0 chooses its place first) and the geometry. ``texts``
    holds by department_ubigeo the lines of its tooltip and what the figure is not; all translated.
    The outline of a verdict is a property of its region: the page draws it in the pane "outlines"
    from the same geometry, which is then sent once.
    """
    fills, colors = [], []
    for row in frame.to_dict("records"):
        code, name = str(row["department_ubigeo"]), str(row["department"])
        lines, caveat = texts[code]
        fill_class = shown_class(palette, row[value], row["verdict"], row["flags"])
        colors.append(palette.color(fill_class))
        style = {
            "className": f"region region-{safe(code)} fill-{fill_class}",
            "fillColor": colors[-1],
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
                outline=verdict_outline(row["verdict"]),
            )
        )
    return group(
        "regions",
        geojson_layer(
            fills, pane="regions", color="#ffffff", weight=0.9, fill_opacity=1, smooth_factor=0.6
        ),
        geojson_layer(_names(frame.assign(fill=colors)), pane="labels"),
    )


def _inks(fill: str) -> list[list[str]]:
    """Colours of name, figure and rim on a fill, in the light theme and in the dark."""
    # letters cross the lines of a hatch, the darkest of what lies there
    ground = HATCH_GROUND if fill == HATCH else few_ground(fill)
    fill, rim = (HATCH_LINE, ground) if ground else (fill, fill)
    dark = in_the_dark(fill)
    return [[*name_inks(fill), rim], [*name_inks(dark, is_dark=True), in_the_dark(rim)]]


def _names(frame: geopandas.GeoDataFrame) -> list[dict[str, Any]]:
    """A name with its figure for each department, the one of the lowest rank first."""
    return [
        point(
            *spots[0],
            kind="department",
            code=safe(row["department_ubigeo"]),
            text=safe(row["department"], 40),
            figure=safe(row["figure"], 20),
            told=bool(row["told"]) or None,
            inks=_inks(row["fill"]),
            spots=spots,
            first=4,
            # before every other name on the map
            priority=round(row["rank"] / 100, 2),
        )
        for row in frame.sort_values("rank").to_dict("records")
        for spots in [name_spots(row["geometry"])]
    ]


def name_spots(geometry: BaseGeometry, count: int = 9) -> list[list[float]]:
    """Return longitude, latitude of places for a name, the roomiest first, then spread out.

    Each next one is the farthest from those before among points well inside the largest part.
    """
    largest, first = _largest_part(geometry), label_point(geometry)
    west, south, east, north = largest.bounds
    xs, ys = np.meshgrid(np.linspace(west, east, 24), np.linspace(south, north, 24))
    grid = shapely.points(xs.ravel(), ys.ravel())
    shapely.prepare(largest)
    depth = shapely.distance(largest.boundary, first)
    inside = grid[
        shapely.contains(largest, grid) & (shapely.distance(largest.boundary, grid) > 0.45 * depth)
    ]
    chosen = [first]
    while len(inside) and len(chosen) < count:
        away = np.min([shapely.distance(inside, spot) for spot in chosen], axis=0)
        chosen.append(inside[away.argmax()])
    return [[round(spot.x, 2), round(spot.y, 2)] for spot in chosen]


def verdict_outline(verdict: object) -> dict[str, Any] | None:
    """The line around an area beyond the expected."""
    if verdict not in _OUTLINES:
        return None
    return {"className": f"outline outline-{verdict}", **_OUTLINES[str(verdict)]}


def label_point(geometry: BaseGeometry) -> shapely.Point:
    """Return a point well inside the largest part of a region, for its name.

    The centre of the largest circle that fits, found to about 5 km.
    """
    circle = shapely.maximum_inscribed_circle(_largest_part(geometry), tolerance=0.05)
    return shapely.Point(circle.coords[0])


def _largest_part(geometry: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(geometry)
    return parts[shapely.area(parts).argmax()]


_BORDER = {"className": "outline outline-department", "color": "#5f5a63", "weight": 1.1}
_EDGE = "#b9b6ad"
_PROVINCE_DIGITS = 4


def area_layer(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth | Categories,
    *,
    value: str,
    lines: Mapping[str, str],
    caveat: str,
    edge_px: float,
) -> folium.FeatureGroup:
    """Return the areas as one feature group; a click chooses a province, else the department below.

    ``frame`` (EPSG:4326) has ``area_ubigeo``, ``area``, ``department``, the column ``value``, the
    geometry, and where reports are shown ``verdict`` and ``flags``; ``lines`` is the figure of each
    area in words, by ``area_ubigeo``; ``caveat`` stands under every tooltip and is sent once;
    ``edge_px`` is the width of the border between areas.
    """
    fills = []
    for row in frame.to_dict("records"):
        code = str(row["area_ubigeo"])
        kind = shown_class(palette, row[value], row.get("verdict"), row.get("flags", ()))
        style = {
            "className": f"area area-{safe(code)} fill-{kind}",
            "fillColor": palette.color(kind),
        }
        if kind in (ZERO, MISSING, *QUIET_AREAS.colors):
            style["color"] = _EDGE
        heading = f"<strong>{safe(row['area'])}</strong> {safe(row['department'])}"
        tip = f"{heading}<p>{safe(lines[code])}</p>"
        outline = verdict_outline(row.get("verdict"))
        is_chosen = len(code) == _PROVINCE_DIGITS  # by a click, and then has its name on the map
        fills.append(
            feature(
                row["geometry"],
                tip=tip,
                style=style,
                outline=outline,
                code=code if is_chosen else None,
                name=safe(row["area"], 40) if is_chosen else None,
                inks=_inks(palette.color(kind)) if is_chosen else None,
            )
        )
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
    """Return the departments without a figure: border and name above, ground to be clicked."""
    shapes = []
    for row in frame.to_dict("records"):
        code, name = safe(row["department_ubigeo"]), safe(row["department"])
        style = {"className": f"region region-{code}", "fillColor": QUIET, "color": _EDGE}
        shapes.append(feature(row["geometry"], code=code, name=name, style=style, outline=_BORDER))
    sizes = frame.geometry.map(lambda geometry: geometry.area).rank(ascending=False)
    return group(
        "departments",
        geojson_layer(shapes, pane="regions", weight=0.9, fill_opacity=1),
        geojson_layer(
            _names(frame.assign(figure="", told=False, rank=sizes, fill=QUIET)), pane="labels"
        ),
    )
