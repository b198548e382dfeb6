"""Mined hectares per cell as satellites saw them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from layers.geojson import geojson_layer, group, point
from layers.palette import CELL_COLORS, CELL_SIZES
from layers.safe import safe, tooltip

if TYPE_CHECKING:
    import folium

HECTARE_CLASSES = (1.0, 10.0, 100.0, 400.0)
"""lower edges in hectares; what is below the first is drawn as the first."""


def hectare_class(hectares: float) -> int:
    """Return the class 0 to 3 of a cell.

    >>> [hectare_class(h) for h in (0.4, 9.9, 10, 399, 400)]
    [0, 0, 1, 2, 3]
    """
    return max(sum(hectares >= edge for edge in HECTARE_CLASSES) - 1, 0)


UNWATCHED = ((-79.2, -14.4), (-79.6, -16.4), (-80.6, -12.6), (-81.3, -9.6))
"""longitude, latitude at sea: where may stand that coast and Andes are not monitored."""


def mining_cells_layer(
    cells: pd.DataFrame, *, title: str, caveat: str, hectares: Mapping[int, str], unwatched: str
) -> folium.FeatureGroup:
    """Return all cells as one GeoJson of squares, larger and darker the more was mined.

    ``cells`` has ``longitude``, ``latitude`` (centre, degrees), ``cell_degrees`` and ``mined_ha``;
    ``hectares`` are the figures with their unit, by row label. Cells without a figure, or with
    zero hectares, are left out. ``unwatched`` is written off the coast, a line break in it.
    """
    features = []
    for label, row in zip(cells.index, cells.to_dict("records"), strict=True):
        mined_ha = row["mined_ha"]
        if pd.isna(mined_ha) or mined_ha <= 0:
            continue
        size = hectare_class(float(mined_ha))
        features.append(
            point(
                row["longitude"],
                row["latitude"],
                kind="cell",
                half=round(float(row["cell_degrees"]) * CELL_SIZES[size] / 2, 4),
                color=CELL_COLORS[size],
                tip=f"<p>{safe(hectares[label])}</p>",
            )
        )
    head, tail = tooltip(title), tooltip("", caveat=caveat)
    layer = geojson_layer(features, pane="mining", tip_head=head, tip_tail=tail)
    note = point(
        *UNWATCHED[0],
        kind="note",
        text="<br>".join(safe(line, 60) for line in unwatched.split("\n")),
        spots=UNWATCHED,
        first=4,
        priority=70,
    )
    return group("mining_cells", layer, geojson_layer([note], pane="labels"))
