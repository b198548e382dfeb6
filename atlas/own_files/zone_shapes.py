"""What the shapes of a file are, in degrees, and what is wrong with each."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from data.readers.geojson import Layer, to_degrees
from geo.crs import PERU_BOUNDS, coordinate_fault
from geo.siting.zones import parts_of

MOST_BEYOND = 10.0
"""degrees that a zone may reach over Peru's box: farther, a corner of it is a slip of the hand."""
_LONGEST_METRES = 10_000.0
"""A longer edge of a projected file is cut before it is turned to degrees, where it is no straight
line: 600 km of UTM lie up to 1.7 km beside it, 10 km less than a metre."""
_LARGEST_METRES = 2e7


def shape_faults(shapes: list[Any]) -> list[str]:
    """Return for each shape in degrees the code of its fault or that of a part, "" for none."""
    faults = np.full(len(shapes), "", object)

    def note(code: Any, positions: Any) -> None:
        faults[positions] = np.where(faults[positions] == "", code, faults[positions])

    parts, owners = parts_of(shapes)
    note("geometry_empty", np.setdiff1d(np.arange(len(shapes)), owners))  # a collection of nothing
    note("geometry_empty", owners[shapely.is_empty(parts) | shapely.is_missing(parts)])
    kinds = shapely.get_type_id(parts)
    note("zone_point", owners[kinds == 0])
    note("zone_line", owners[(kinds == 1) | (kinds == 2)])
    note("zone_shape", owners[kinds > 3])
    bounds = shapely.bounds(parts)
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    note("geometry_empty", owners[owner[~np.isfinite(coordinates).all(axis=1)]])
    west, south, east, north = bounds.T
    is_wide = (east - west > 180) & (west >= -180) & (east <= 180)
    note("zone_antimeridian", owners[is_wide])
    low, high = (np.array(corner) for corner in (PERU_BOUNDS[:2], PERU_BOUNDS[2:]))
    is_far = (bounds[:, :2] < low - MOST_BEYOND) | (bounds[:, 2:] > high + MOST_BEYOND)
    is_apart = (bounds[:, 2:] < low) | (bounds[:, :2] > high)
    reaches = np.zeros(len(shapes), bool)
    reaches[owners[~is_apart.any(axis=1)]] = True
    for part in np.flatnonzero((faults[owners] == "") & (is_far.any(axis=1) | ~reaches[owners])):
        wrong = {
            coordinate_fault(west[part], south[part]),
            coordinate_fault(east[part], north[part]),
        } - {""}
        note(max(wrong - {"outside_peru"}, default=""), owners[[part]])
        note("zone_far" if reaches[owners[part]] else "outside_peru", owners[[part]])
    return faults.tolist()


def in_degrees(layer: Layer) -> tuple[list[Any], list[tuple[str, str]]]:
    """Turn shapes into degrees; their edges are straight in the system of the file."""
    epsg = layer.epsg
    flat = shapely.force_2d(np.asarray(layer.shapes, object))
    if epsg == 4326:
        return flat.tolist(), []

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees(points, epsg))

    if CRS.from_epsg(epsg).is_projected:
        bounds = shapely.bounds(flat)
        is_on_earth = (np.abs(bounds) < _LARGEST_METRES).all(axis=1)
        flat[is_on_earth] = shapely.segmentize(flat[is_on_earth], _LONGEST_METRES)
    turned = [None if shape is None else shapely.transform(shape, moved) for shape in flat]
    return turned, [("reprojected", f"EPSG:{epsg}")]
