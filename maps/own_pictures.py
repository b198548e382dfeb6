"""Own records as pictures for the small maps; made for one session, kept by none."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from data import load_places
from geo.density import Density
from geo.protected_density import CLASSES, ProtectedDensity
from geo.rasters import palette_png
from layers.palette import DENSITY
from maps.levels import areas_for, available_levels
from maps.small_maps import Box, rim_paths, small_box, small_view

LARGEST_RADIUS = 18.0
"""of a circle, in view units of the small map."""
SMALLEST_RADIUS = 7.5
"""so that the number in it can be read; below it areas no longer compare."""
Circle = tuple[str, float, float, float]
"""province_ubigeo, x, y and radius in view units."""


@lru_cache(maxsize=1)
def province_names() -> dict[str, tuple[str, str]]:
    """Province and department by province_ubigeo."""
    places = load_places().drop_duplicates("province_ubigeo")
    pairs = zip(places["province"], places["department"], strict=True)
    return dict(zip(places["province_ubigeo"], pairs, strict=True))


@lru_cache(maxsize=1)
def _capitals() -> dict[str, tuple[float, float]]:
    """View position of each province's capital: a public place, whatever the records say."""
    places = load_places().dropna(subset=["longitude"])
    first = places.sort_values("district_ubigeo").drop_duplicates("province_ubigeo")
    return {
        str(row.province_ubigeo): small_view().at(float(row.longitude), float(row.latitude))
        for row in first.itertuples()
    }


def circles(counts: pd.Series) -> list[Circle]:
    """A circle for each shown province, its area as the count, the largest first.

    Parameters
    ----------
    counts : Series
        Rounded counts by province_ubigeo; hidden provinces are not in it.
    """
    if counts.empty:
        return []
    top = float(counts.max())
    capitals = _capitals()
    return [
        (str(code), *capitals[str(code)], _radius(float(count), top))
        for code, count in counts.sort_values(ascending=False).items()
    ]


def province_rims(codes: Iterable[str]) -> list[str]:
    """Outlines of provinces by their code, where a refresh brought borders; none elsewhere.

    A province that the borders lack (made since they were drawn) has its circle and no outline.
    """
    if "provinces" not in available_levels():
        return []
    outlines = areas_for("provinces").set_index("area_ubigeo")["geometry"]
    return rim_paths([outlines[code] for code in codes if code in outlines.index])


def class_picture(protected: ProtectedDensity) -> tuple[str, Box]:
    """The five classes as a data: address and its box in view units."""
    values = protected.classes.astype(np.float32)
    values[protected.classes == 0] = np.nan
    painted = Density(
        values=values,
        transform=protected.transform,
        cell_size_m=protected.cell_size_m,
        bandwidth_m=protected.bandwidth_m,
        kernel=protected.kernel,
        edge_correction="none",
        total=0.0,
        snapped_count=0,
        snapped_max_distance_m=0.0,
    )
    edges = [step + 0.5 for step in range(CLASSES + 1)]
    png, bounds = palette_png(painted, edges, DENSITY)
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii"), small_box(bounds)


def _radius(count: float, top: float) -> float:
    return round(max(SMALLEST_RADIUS, LARGEST_RADIUS * math.sqrt(count / top)), 2)
