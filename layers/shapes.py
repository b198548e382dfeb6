"""Circles, points, lines and areas of an overlay, each painted in a look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.geojson import feature, geojson_layer, group, point
from layers.palette import Look
from layers.safe import safe, tooltip

if TYPE_CHECKING:
    import folium


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing of an overlay."""

    geometry: BaseGeometry
    """EPSG:4326."""
    look: Look
    title: str
    lines: tuple[str, ...] = ()
    """what its tooltip says below the title; translated."""
    radius_km: float | None = None
    """of a circle around a point; None: how large it is is not known."""


def largest_first(shapes: Iterable[Shape]) -> list[Shape]:
    """Return shapes in the order in which they are drawn: no circle hides a smaller one."""
    return sorted(shapes, key=lambda shape: -(shape.radius_km or 0.0))


def shapes_layer(name: str, shapes: Iterable[Shape], *, caveat: str) -> folium.FeatureGroup:
    """Return the shapes as one feature group, with ``caveat`` under every tooltip.

    A circle and an area are filled faintly, unless their line is broken: they are outlines then.
    """
    features = []
    for shape in largest_first(shapes):
        geometry, look = shape.geometry, shape.look
        style: dict[str, Any] = {"className": look.name, "color": look.color, "weight": 1.1}
        if look.dash:
            dash = " ".join(f"{2 * length:g}" for length in look.dash)
            style |= {"weight": 1.5, "dashArray": dash, "fill": False}
        elif shape.radius_km is not None or shapely.get_dimensions(geometry) == 2:
            style |= {"fill": True, "fillColor": look.color, "fillOpacity": 0.08}
        tip = tooltip(shape.title, shape.lines, caveat)
        if isinstance(geometry, shapely.Point):
            label = shape.title.partition(" (")[0]  # what else it is called its tooltip says
            details = {"radius_km": shape.radius_km, "text": safe(label, 60), "tip": tip}
            drawn = point(geometry.x, geometry.y, kind="zone", style=style, **details)
        else:
            drawn = feature(geometry, style={"fill": False, **style}, tip=tip)
        features.append(drawn)
    return group(name, geojson_layer(features, pane="mining"))
