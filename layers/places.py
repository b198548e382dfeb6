"""Named places with a published figure, and places that help; shelters never carry a place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from layers.geojson import geojson_layer, group, point
from layers.safe import safe, tooltip

if TYPE_CHECKING:
    import folium


def short_name(place: str) -> str:
    """Return the part of a place's name that fits on a map.

    >>> short_name("La Pampa (Interoceánica km 98-115)"), short_name("Cusco province")
    ('La Pampa', 'Cusco')
    >>> short_name("Provincia de Espinar")
    'Espinar'
    """
    first = re.split(r"\s*[(,]|\s+-\s+|\s+(?:and|y)\s+", place.strip())[0]
    first = re.sub(r"^(?:Provincia|Región|Distrito) (?:de|del) ", "", first)
    return re.sub(r"\s+(province|region)$", "", first)


def by_place(frame: pd.DataFrame) -> Iterator[tuple[float, float, list[str], pd.DataFrame]]:
    """Yield longitude, latitude, short names and rows of each place that has a position.

    The name most sources use comes first; among equals the more specific one ("Delta 1", not
    "Delta").
    """
    placed = frame.dropna(subset=["longitude", "latitude"])
    keys = [placed["longitude"].round(3), placed["latitude"].round(3)]
    for (longitude, latitude), rows in placed.groupby(keys, sort=True):
        counted = Counter(short_name(str(place)) for place in rows["place"])
        names = sorted(counted, key=lambda name: (-counted[name], -len(name), name))
        yield float(longitude), float(latitude), names, rows


def named_places_layer(frame: pd.DataFrame, *, caveat: str) -> folium.FeatureGroup:
    """Return one ring per place, listing every figure given there.

    ``frame`` has ``place``, ``longitude``, ``latitude`` (NaN: not drawn), ``is_estimate`` and
    ``line``: figure, unit, year and source in one translated sentence. A place of which only
    estimates are known gets a dashed, hollow ring.
    """
    features = [
        point(
            longitude,
            latitude,
            kind="place",
            text=safe(names[0], 60),
            estimate=bool(rows["is_estimate"].all()),
            first=4,
            # a place that carries several figures outranks one with a single figure
            priority=round(10 - min(len(rows), 9), 1),
            tip=tooltip(" / ".join(names[:3]), [str(text) for text in rows["line"]]),
        )
        for longitude, latitude, names, rows in by_place(frame)
    ]
    tail = tooltip("", caveat=caveat)
    return group("named_places", geojson_layer(features, pane="places", tip_tail=tail))


def services_layer(frame: pd.DataFrame, *, caveat: str) -> folium.FeatureGroup:
    """Return one mark per place that helps: a dot on the map of the country, nearer a sign.

    ``frame`` has ``name``, ``longitude``, ``latitude`` (degrees), ``is_approximate`` (drawn
    hollow) and ``lines``: type, address and what is not exact, as translated texts.
    """
    features = [
        point(
            row.longitude,
            row.latitude,
            kind="service",
            estimate=bool(row.is_approximate),
            tip=tooltip(str(row.name), row.lines),
        )
        for row in frame.itertuples(index=False)
    ]
    tail = tooltip("", caveat=caveat)
    return group("services", geojson_layer(features, pane="places", tip_tail=tail))
