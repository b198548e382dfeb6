"""Levels below the department: which are there, and what is known at them. Reports are not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from data.geography import AreaLevel, area_levels, load_areas
from maps.state import LEVELS

if TYPE_CHECKING:
    import geopandas as gpd

AREA_COLUMNS = {"people": "population", "per_km2": "people_per_km2", "mined": "mined_ha"}
"""column of the areas that a measure shows."""


def available_levels() -> tuple[str, ...]:
    """The departments, and the levels whose outlines a refresh brought.

    Examples
    --------
    >>> available_levels()
    ('departments',)
    """
    present = area_levels()
    return tuple(level for level in LEVELS if level == "departments" or level in present)


@lru_cache(maxsize=2)
def areas_for(level: str) -> gpd.GeoDataFrame:
    """The provinces or districts that have an outline, gated; shared by all: read only.

    Raises
    ------
    ParameterError
        When the level is not there.
    """
    return load_areas(cast(AreaLevel, level))
