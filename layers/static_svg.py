"""The regions as one still picture: what a reader without scripts sees."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas
import numpy as np
import shapely

from layers.palette import HATCH, Categories, Choropleth
from layers.safe import safe


def static_svg(
    frame: geopandas.GeoDataFrame,
    palette: Choropleth | Categories,
    *,
    value: str,
    title: str,
    names: Mapping[str, str] | None = None,
    width_px: int = 520,
) -> str:
    """Return an SVG of the regions in Web Mercator.

    Parameters
    ----------
    frame : GeoDataFrame, EPSG:4326
        ``department_ubigeo``, ``department``, the column ``value`` and (simplified) geometry.
    palette : Choropleth or Categories
        Paints the values; missing is hatched.
    value : str
        Column to show.
    title : str
        What the picture says, translated.
    names : mapping of department_ubigeo to str, optional
        Title of each region; else the department's name.
    width_px : int
        Width of the view box.
    """
    west, south, east, north = frame.total_bounds
    scale = width_px / np.radians(east - west)
    top = np.arcsinh(np.tan(np.radians(north)))
    height = (top - np.arcsinh(np.tan(np.radians(south)))) * scale

    def to_view(xy: np.ndarray) -> np.ndarray:
        x = np.radians(xy[:, 0] - west) * scale
        y = (top - np.arcsinh(np.tan(np.radians(xy[:, 1])))) * scale
        return np.column_stack([x, y])

    paths = []
    for row in frame.to_dict("records"):
        code = str(row["department_ubigeo"])
        fill = palette.color(palette.classify(row[value])).replace(HATCH, "url(#hatch-static)")
        seen = shapely.transform(row["geometry"], to_view)
        name = (names or {}).get(code, str(row["department"]))
        paths.append(
            f'<path data-department-ubigeo="{safe(code)}" fill="{fill}" d="{_path(seen)}">'
            f"<title>{safe(name)}</title></path>"
        )
    hatch = (
        '<defs><pattern id="hatch-static" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" fill="#f4f3ef"/><path d="M0 6L6 0" stroke="#b4b1a8"/>'
        "</pattern></defs>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="still" role="img" '
        f'viewBox="-2 -2 {width_px + 4} {height + 4:.0f}"><title>{safe(title)}</title>{hatch}'
        f'<g stroke="#fff" stroke-width="0.9" stroke-linejoin="round">{"".join(paths)}</g></svg>'
    )


def _path(geometry: shapely.Geometry) -> str:
    pieces = []
    for polygon in shapely.get_parts(geometry):
        for ring in (polygon.exterior, *polygon.interiors):
            xy = np.round(np.asarray(ring.coords), 1)
            kept = xy[np.r_[True, np.any(np.diff(xy, axis=0) != 0, axis=1)]]
            pieces.append("M" + "L".join(f"{x:g},{y:g}" for x, y in kept[:-1]) + "Z")
    return "".join(pieces)
