"""GeoJSON of the catalogue, checked like the tables and built without GDAL."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from shapely import is_valid_reason
from shapely.geometry import shape

from data.catalogue import read_resource, with_card
from geo.crs import WGS84
from geo.errors import DataError

if TYPE_CHECKING:
    import geopandas as gpd


def load_features(name: str, root: Path | None = None) -> gpd.GeoDataFrame:
    """Return a GeoJSON file of the catalogue as a GeoDataFrame (EPSG:4326).

    Parameters
    ----------
    name : str
        Resource, e.g. "rivers".
    root : Path, optional
        Data folder.

    Raises
    ------
    DataError
        When bytes differ from the card, the file is no FeatureCollection, a feature lacks a
        property that the card lists, or a geometry is empty or not valid.
    """
    import geopandas as gpd

    resource = read_resource(name, root)
    names = tuple(item["name"] for item in resource.descriptor["properties"])
    features = _features(resource.path, resource.content, names)
    properties = pd.DataFrame(
        {key: [record[key] for record, _ in features] for key in names}
    ).astype({key: object for key in names if _is_text(resource.descriptor, key)})
    frame = gpd.GeoDataFrame(properties, geometry=[item for _, item in features], crs=WGS84)
    return with_card(frame, resource.descriptor)


def attach(table: pd.DataFrame, outlines: gpd.GeoDataFrame, *, key: str) -> gpd.GeoDataFrame:
    """Give each row of a table the geometry of the same code; every code must have one."""
    import geopandas as gpd

    geometry = outlines.set_index(key)["geometry"]
    missing = sorted(set(table[key]) - set(geometry.index))
    if missing or len(geometry) != len(table):
        file = outlines.attrs["card"]["name"] + ".geojson"
        raise DataError(
            file,
            came=f"{len(geometry)} features, none for {', '.join(missing) or 'nobody'}",
            expected=f"one per {key} ({len(table)})",
        )
    frame = gpd.GeoDataFrame(table, geometry=geometry.loc[table[key]].to_numpy(), crs=WGS84)
    frame.attrs = {**table.attrs, "geometry_card": outlines.attrs["card"]}
    return frame


def _is_text(descriptor: dict[str, Any], key: str) -> bool:
    return any(
        item["name"] == key and item["type"] == "string" for item in descriptor["properties"]
    )


@lru_cache(maxsize=16)
def _features(
    path: str, content: bytes, names: tuple[str, ...]
) -> tuple[tuple[dict[str, Any], Any], ...]:
    """Parse features; the geometries are immutable, so the cache may hand them out."""
    try:
        features = json.loads(content.decode("utf-8"))["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(path, came=str(error), expected="a FeatureCollection") from error
    result = []
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {}
        missing = [name for name in names if name not in properties]
        if missing:
            raise DataError(
                path,
                row=number + 1,
                came=f"feature {number} without {', '.join(missing)}",
                expected=f"properties {', '.join(names)}",
            )
        geometry = shape(feature["geometry"])
        if geometry.is_empty or not geometry.is_valid:
            raise DataError(
                path, row=number + 1, came=is_valid_reason(geometry), expected="a valid geometry"
            )
        result.append((properties, geometry))
    return tuple(result)
