"""What lies around: neighbours, rivers, the lake, drawn without a tile server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.geometry import load_features

if TYPE_CHECKING:
    import geopandas as gpd


def load_neighbours(*, root: Path | None = None) -> gpd.GeoDataFrame:
    """Return the five neighbours: country, country_es, iso_a3, geometry.

    They end at -64 degrees in the east and -23 in the south, and are fitted to the light outlines
    of the departments.
    """
    return load_features("neighbours", root)


def load_rivers(*, root: Path | None = None) -> gpd.GeoDataFrame:
    """Return the main rivers: name (None for one), scalerank (small = large river), geometry."""
    return load_features("rivers", root)


def load_lakes(*, root: Path | None = None) -> gpd.GeoDataFrame:
    """Return Lake Titicaca: name, geometry."""
    return load_features("lakes", root)
