"""Named mining zones: a circle only where the extent is a radius, else a mark; never a river."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import folium
import pandas as pd

from layers.geojson import geojson_layer, group, point
from layers.palette import MINING
from layers.safe import tooltip


def mining_zones_layer(
    zones: pd.DataFrame,
    *,
    lines: Mapping[str, tuple[str, ...]],
    caveat: str,
    name: str = "name",
) -> folium.FeatureGroup:
    """Return the zones that have a place.

    Parameters
    ----------
    zones : DataFrame
        ``zone_id``, ``longitude``, ``latitude`` (NaN: no place, not drawn), ``extent_km``,
        ``extent_kind`` (``radius``, ``length`` or empty), ``is_corridor`` and the column ``name``.
        Only a radius is drawn as a circle; a length of river or road stays words.
    lines : mapping of zone_id to lines
        Status in the source's words, figure, link; translated.
    caveat : str
        Translated: zones overlap, hectares are never summed.
    name : str
        Column with the name in the reader's language.

    Notes
    -----
    The legal mining corridor is an outline and never filled: it is not painted as illegal.
    """
    features = []
    for row in zones.to_dict("records"):
        if pd.isna(row["longitude"]) or pd.isna(row["latitude"]):
            continue
        title = str(row[name])
        style: dict[str, Any] = {"className": "zone", "color": MINING, "weight": 1.1}
        radius_km = None
        if row["extent_kind"] == "radius" and pd.notna(row["extent_km"]):
            radius_km = float(row["extent_km"])
            style |= {"fill": True, "fillColor": MINING, "fillOpacity": 0.08}
        if bool(row["is_corridor"]):
            style = {
                "className": "zone zone-corridor",
                "color": MINING,
                "weight": 1.5,
                "dashArray": "6 4",
                "fill": False,
            }
        features.append(
            point(
                row["longitude"],
                row["latitude"],
                kind="zone",
                radius_km=radius_km,
                style=style,
                tip=tooltip(title, lines.get(row["zone_id"], ()), caveat),
            )
        )
    features.sort(key=lambda item: -(item["properties"].get("radius_km") or 0.0))
    return group("mining_zones", geojson_layer(features, pane="mining"))
