"""The ground of the map, drawn from embedded geography: neighbours, land, water, names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from layers.geojson import feature, geojson_layer, group, point
from layers.regions import label_point
from layers.safe import safe

if TYPE_CHECKING:
    import folium

_TOWNS = 320
"""towns with a name at most, the most populous first."""
_BESIDE = 5.9
"""zoom from which neighbours and ocean have their names; further out they are left out."""
BEYOND = shapely.Polygon(
    [
        *((-64.02, -23.0), (-44.0, -23.0), (-39.0, -17.5), (-38.5, -13.0), (-35.2, -9.0)),
        *((-35.0, -5.5), (-39.0, -3.0), (-44.0, -2.5), (-50.0, 0.5), (-51.5, 4.0), (-64.02, 4.0)),
    ]
)
"""South America east of where the neighbours' outlines end, its coast in a few straight lines."""


def basemap_layer(
    departments: geopandas.GeoDataFrame,
    neighbours: geopandas.GeoDataFrame,
    rivers: geopandas.GeoDataFrame,
    lakes: geopandas.GeoDataFrame,
) -> folium.FeatureGroup:
    """Return the ground: neighbouring land, the country, rivers and lakes, frames in EPSG:4326.

    Simplified to about 1 km here (the country comes simplified).
    """
    land = [shapely.simplify(geometry, 0.02) for geometry in neighbours.geometry]
    borders = border_lines(land)
    whole = shapely.coverage_union_all(departments.geometry.to_numpy())
    ground = [feature(geometry, style={"className": "neighbour"}) for geometry in land]
    ground.append(feature(BEYOND, style={"className": "neighbour"}))
    lines = [
        feature(line, style={"className": "border", "fill": False, "stroke": True})
        for line in borders
    ]
    water = [
        feature(
            shapely.simplify(row.geometry, 0.02),
            decimals=2 if row.scalerank > 6 else 3,
            style={"className": "river", "weight": 0.6 if row.scalerank > 6 else 0.9},
        )
        for row in rivers.itertuples()
    ]
    ponds = [
        feature(
            shapely.simplify(geometry, 0.008),
            style={"className": "lake", "fill": True, "stroke": False},
        )
        for geometry in lakes.geometry
    ]
    style = {"className": "border", "weight": 0.8}
    across = [
        feature(line, style=style)
        for line in shapely.intersection(borders, shapely.union_all(lakes.geometry.to_numpy()))
        if not line.is_empty
    ]
    return group(
        "basemap",
        geojson_layer(
            [*ground, *lines], pane="neighbours", interactive=False, stroke=False, weight=0.8
        ),
        geojson_layer(
            [feature(whole, style={"className": "land"})],
            pane="neighbours",
            interactive=False,
            weight=0.6,
        ),
        geojson_layer([*water, *ponds, *across], pane="water", interactive=False, fill=False),
    )


def border_lines(neighbours: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the borders of the neighbours without the frame at which their outlines end.

    Below the country, which is drawn over them, they say nothing; across a lake they are its
    frontier.
    """
    cut = shapely.box(*shapely.total_bounds(neighbours)).boundary.buffer(0.02)
    return [geometry.boundary.difference(cut) for geometry in neighbours]


def label_layer(
    departments: geopandas.GeoDataFrame,
    towns: pd.DataFrame,
    neighbours: geopandas.GeoDataFrame,
    *,
    names: dict[str, str],
    ocean: str,
) -> folium.FeatureGroup:
    """Return names other than the departments'; the page shows those that fit the zoom.

    ``names`` are the countries' names in the language; the most populous towns are named.
    """
    labels = []
    people_of = towns.groupby("name")["population"].max().astype(float).to_dict()
    capitals = set()
    for row in departments.to_dict("records"):
        capitals.add(row["capital"])
        position = (row["capital_longitude"], row["capital_latitude"])
        if pd.notna(position[0]):
            large = people_of.get(row["capital"], 0.0) > 250_000
            first, priority = (6.25, 18) if large else (6.75, 22)
            labels.append(_label("capital", row["capital"], position, first, priority))
    ranked = towns.dropna(subset=["longitude", "latitude"]).nlargest(_TOWNS, "population")
    for row in ranked.to_dict("records"):
        if row["name"] not in capitals:
            people = float(row["population"])
            first_zoom = 7 if people > 120_000 else 7.75 if people > 40_000 else 8.5
            rank = 60 - min(people / 20_000, 25)
            position = (row["longitude"], row["latitude"])
            labels.append(_label("town", row["name"], position, first_zoom, rank))
    for row in neighbours.to_dict("records"):
        if row["country"] not in ("Peru", "Perú"):
            seen = shapely.intersection(row["geometry"], shapely.box(-81.5, -19.5, -66.5, 1.5))
            if seen.area < 6.0:
                continue  # a corner of a country has no room for its name
            name = names.get(row["country"], row["country"])
            labels.append(_label("country", name, label_point(seen).coords[0], _BESIDE, 80))
    labels.append(_label("ocean", ocean, (-80.6, -11.2), _BESIDE, 85))
    return group("labels", geojson_layer(labels, pane="labels"))


def _label(
    kind: str, text: str, position: tuple[float, float], first: float, priority: float
) -> dict[str, object]:
    return point(
        *position, kind=kind, text=safe(text, 60), first=first, priority=round(priority, 1)
    )
