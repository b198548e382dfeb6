"""Finds the provinces that the outlines of zones touch, in the child."""

from __future__ import annotations

import shapely

from atlas.own_files.places import gazetteer
from data.geography import load_features


def provinces_touched(wkb: str) -> list[str]:
    """Return the names of the provinces that zones touch; ``wkb`` hexadecimal, WGS84 degrees."""
    frame = load_features("provinces_simplified")
    parts = shapely.get_parts(shapely.from_wkb(wkb))
    touched = shapely.STRtree(frame.geometry.to_numpy()).query(parts, predicate="intersects")[1]
    codes = frame["province_ubigeo"].to_numpy(str)[sorted({*touched.tolist()})]
    return [gazetteer().names[code] for code in codes.tolist()]
