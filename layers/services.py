"""Public services of the State, by city; shelters never carry a place."""

from __future__ import annotations

import folium
import pandas as pd

from layers.geojson import geojson_layer, group, point
from layers.safe import safe, tooltip


def services_layer(
    frame: pd.DataFrame, *, line: str = "line", caveat: str = ""
) -> folium.FeatureGroup:
    """Return one square per city with the number of services listed there.

    Parameters
    ----------
    frame : DataFrame
        ``city``, ``longitude``, ``latitude`` (NaN: national, not drawn) and the column ``line``:
        name, kind and year in one translated sentence.
    line : str
        Column with the sentence.
    caveat : str
        Translated; that what is not listed may still exist.
    """
    placed = frame.dropna(subset=["longitude", "latitude"])
    features = [
        point(
            rows["longitude"].iloc[0],
            rows["latitude"].iloc[0],
            kind="service",
            count=len(rows),
            tip=tooltip(str(city), [str(text) for text in rows[line]]),
        )
        for city, rows in placed.groupby("city", sort=True)
    ]
    tail = f'<p class="caveat">{safe(caveat)}</p>' if caveat else ""
    return group("services", geojson_layer(features, pane="places", tip_tail=tail))
