"""Mined hectares that satellites detected, per cell of 0.05 degrees: where, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import folium
import pandas as pd

from layers.geojson import geojson_layer, group, point
from layers.palette import CELL_COLORS
from layers.safe import safe

HECTARE_CLASSES = (1.0, 10.0, 100.0, 400.0)
"""lower edges in hectares; what is below the first is drawn as the first."""


@dataclass(frozen=True, slots=True)
class MiningWords:
    """Translated words of the cells' tooltips."""

    title: str
    """mining detected by satellite"""
    hectares: str
    """pattern with ``{hectares}``, e.g. ``"{hectares} ha"``"""
    caveat: str
    """cannot tell legal from illegal; the Amazon basin only"""


def hectare_class(hectares: float) -> int:
    """Return the class 0 to 3 of a cell.

    Examples
    --------
    >>> [hectare_class(h) for h in (0.4, 9.9, 10, 399, 400)]
    [0, 0, 1, 2, 3]
    """
    return max(sum(hectares >= edge for edge in HECTARE_CLASSES) - 1, 0)


def mining_cells_layer(
    cells: pd.DataFrame,
    *,
    words: MiningWords,
    formatted: Mapping[int, str] | None = None,
) -> folium.FeatureGroup:
    """Return all cells as one GeoJson of squares.

    Parameters
    ----------
    cells : DataFrame
        ``longitude``, ``latitude`` (centre, degrees), ``cell_degrees``, ``mined_ha``. Cells
        without a figure, or with zero hectares, are left out.
    words : MiningWords
        Translated words.
    formatted : mapping of row label to str, optional
        Hectares as the language writes them; else rounded with a comma for thousands.
    """
    features = []
    for label, row in zip(cells.index, cells.to_dict("records"), strict=True):
        hectares = row["mined_ha"]
        if pd.isna(hectares) or hectares <= 0:
            continue
        text = (formatted or {}).get(label, f"{hectares:,.0f}" if hectares >= 1 else "<1")
        features.append(
            point(
                row["longitude"],
                row["latitude"],
                kind="cell",
                half=round(float(row["cell_degrees"]) / 2, 4),
                color=CELL_COLORS[hectare_class(float(hectares))],
                tip=f"<p>{safe(words.hectares.replace('{hectares}', text))}</p>",
            )
        )
    layer = geojson_layer(
        features,
        pane="mining",
        tip_head=f"<strong>{safe(words.title)}</strong>",
        tip_tail=f'<p class="caveat">{safe(words.caveat)}</p>',
    )
    return group("mining_cells", layer)
