"""Results by department as GeoJSON: named properties only, and where the figures come from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import geopandas
import shapely

from geo.errors import ParameterError
from geo.map_properties import RESULT_PROPERTIES

PROPERTIES = RESULT_PROPERTIES
"""every property that leaves; a column that is not named here stays."""


def results_geojson(frame: geopandas.GeoDataFrame, *, metadata: Mapping[str, Any]) -> bytes:
    """Write results as a GeoJSON FeatureCollection (RFC 7946), the same bytes for the same frame.

    Parameters
    ----------
    frame : GeoDataFrame, EPSG:4326
        One row a department with ``PROPERTIES`` and its outline.
    metadata : mapping
        ``source`` (list), ``licence``, ``version`` and what else the reader must know.

    Raises
    ------
    ParameterError
        Another projection, a property or a piece of metadata that is missing.
    """
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise ParameterError(f"the outlines are in {frame.crs}: GeoJSON wants EPSG:4326")
    missing = [name for name in PROPERTIES if name not in frame.columns]
    if missing:
        raise ParameterError(f"the results lack {', '.join(missing)}: take them from maps.results")
    unsaid = [name for name in ("source", "licence", "version") if not metadata.get(name)]
    if unsaid:
        raise ParameterError(f"the metadata lack {', '.join(unsaid)}: say where figures come from")
    features = []
    for row in frame.to_dict("records"):
        # exterior rings counter-clockwise, about one metre of precision
        outline = shapely.set_precision(row["geometry"], 1e-5)
        outline = shapely.orient_polygons(outline)
        features.append(
            {
                "type": "Feature",
                "id": str(row["department_ubigeo"]),
                "properties": {name: _plain(row[name]) for name in PROPERTIES},
                "geometry": json.loads(shapely.to_geojson(outline)),
            }
        )
    document = {
        "type": "FeatureCollection",
        "metadata": dict(metadata),
        "features": features,
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8")


def _plain(value: Any) -> Any:
    """A cell as JSON knows it: null for a missing number, never NaN."""
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        # nine digits, not nine places: a chance of one in 1e40 is no zero
        return float(f"{value:.9g}") if math.isfinite(value) else None
    return value
