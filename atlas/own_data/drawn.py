"""Circles, rings, outlines and density classes of an organisation's records."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from threading import Lock

import numpy as np
import pandas as pd

from atlas.drawing.small_maps import Box, rim_paths, small_box, small_view
from atlas.own_files.records import OwnRecords, shown_by_province
from atlas.results.cache import cached
from atlas.results.density import grid_for
from atlas.view import areas_for, available_levels
from data.geography import load_places
from geo.crs import to_analysis
from geo.density.rasters import palette_png
from geo.privacy.support import CLASSES, ProtectedDensity, protected_density
from layers.palette import DENSITY

_ONE_AT_A_TIME = Lock()


def density_of(records: OwnRecords, bandwidth_km: int) -> ProtectedDensity:
    """Return five classes of the pixels with enough support; cells of half a bandwidth."""
    if bandwidth_km not in records.densities:
        with _ONE_AT_A_TIME:  # or as many tables as sessions that ask
            records.densities[bandwidth_km] = protected_density(
                records.support, grid=grid_for(bandwidth_km / 2), bandwidth_m=bandwidth_km * 1000
            )
    return records.densities[bandwidth_km]


def left_out_of_density(records: OwnRecords, protected: ProtectedDensity | None) -> list[str]:
    """Provinces with a shown total that a density (None where no pixel may be shown) does not
    reach: none of their capitals of districts lies on a shown pixel. It rests on nothing but the
    two maps that are shown, and on public places."""
    codes = shown_by_province(records, None).index
    if protected is None:
        return list(codes)
    towns = load_places().dropna(subset=["longitude"])
    towns = towns[towns["province_ubigeo"].isin(codes)]
    easting, northing = to_analysis(towns["longitude"], towns["latitude"])
    west, north = protected.transform[2], protected.transform[5]
    column = ((easting - west) // protected.cell_size_m).astype(int)
    row = ((north - northing) // protected.cell_size_m).astype(int)
    rows, columns = protected.classes.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    is_shown = protected.classes[np.where(inside, row, 0), np.where(inside, column, 0)] > 0
    reached = set(towns["province_ubigeo"][inside & is_shown])
    return [code for code in codes if code not in reached]


LARGEST_RADIUS = 18.0
SMALLEST_RADIUS = 7.5
"""so that the number in it can be read; below it areas no longer compare."""


@cached
def province_names() -> dict[str, tuple[str, str]]:
    """Return names of province and department by province_ubigeo."""
    places = load_places().drop_duplicates("province_ubigeo")
    pairs = zip(places["province"], places["department"], strict=True)
    return dict(zip(places["province_ubigeo"], pairs, strict=True))


@cached
def _capitals() -> dict[str, tuple[float, float]]:
    """Return the view position of each province's capital, which is public."""
    places = load_places().dropna(subset=["longitude"])
    first = places.sort_values("district_ubigeo").drop_duplicates("province_ubigeo")
    return {
        str(row.province_ubigeo): small_view().at(float(row.longitude), float(row.latitude))
        for row in first.itertuples()
    }


def circles(counts: pd.Series) -> list[tuple[str, float, float, float]]:
    """Return province, x, y and radius in view units, largest first; areas are proportional."""
    capitals, drawn = _capitals(), []
    for code, count in counts.sort_values(ascending=False).items():
        radius = max(SMALLEST_RADIUS, LARGEST_RADIUS * math.sqrt(count / counts.max()))
        drawn.append((str(code), *capitals[str(code)], round(radius, 2)))
    return drawn


def rings(codes: Iterable[str]) -> list[tuple[str, float, float]]:
    """Return province, x and y in view units of a ring for each hidden count."""
    return [(code, *_capitals()[code]) for code in codes]


def province_rims(codes: Iterable[str]) -> list[str]:
    """Outlines of provinces where a refresh brought borders; one made since they were drawn has
    none."""
    if "provinces" not in available_levels():
        return []
    outlines = areas_for("provinces").set_index("area_ubigeo")["geometry"]
    return rim_paths([outlines[code] for code in codes if code in outlines.index])


def class_picture(protected: ProtectedDensity) -> tuple[str, Box]:
    """Return the five classes as a data: address, and its box in view units."""
    values = protected.classes.astype(np.float32)
    values[protected.classes == 0] = np.nan
    edges = [step + 0.5 for step in range(CLASSES + 1)]
    png, bounds = palette_png(values, protected.transform, edges, DENSITY)
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii"), small_box(bounds)
