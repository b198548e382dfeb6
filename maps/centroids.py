"""Where a department stands for the lenses that need a point, and who touches whom."""

from __future__ import annotations

from functools import lru_cache

from data import load_departments
from geo.contiguity import Contiguity, queen_contiguity
from geo.crs import to_analysis

TOUCHING_DEGREES = 0.001
"""About 100 m: outlines that are drawn apart by a rounded digit still touch."""


@lru_cache(maxsize=1)
def centroids() -> dict[str, tuple[float, float]]:
    """Easting and northing (metres, equal-area) of each department's centroid, by code."""
    table = load_departments()
    points = table.geometry.apply(lambda outline: outline.centroid)
    easting, northing = to_analysis(points.apply(lambda p: p.x), points.apply(lambda p: p.y))
    return {
        code: (float(x), float(y))
        for code, x, y in zip(table["department_ubigeo"], easting, northing, strict=True)
    }


def contiguity_of(codes: list[str]) -> Contiguity:
    """Neighbours among the departments named, in the order given."""
    table = load_departments().set_index("department_ubigeo")
    return queen_contiguity(table.geometry.loc[codes].to_numpy(), tolerance=TOUCHING_DEGREES)
