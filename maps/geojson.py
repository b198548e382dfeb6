"""The results of a period as GeoJSON: named properties only, with sources, licence and version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas
import shapely

from data import load_package
from data.periods import parse_period
from exports.spreadsheet import json_value
from geo.disclosure import gate
from geo.errors import ParameterError
from geo.map_properties import RESULT_PROPERTIES
from maps.attribution import borders_source, outlines_licence
from maps.overlays import departments_with
from maps.results import BASES, results_for
from maps.version import content_version


def geojson_bytes(period: str, base: str = BASES[0]) -> bytes:
    """The 25 departments of a period with their outlines.

    Raises
    ------
    ParameterError
        Unknown or incomplete period, or a base that it does not have.
    """
    chosen = parse_period(period)
    results = results_for(chosen.code, base)
    card = results.attrs["card"]
    frame = departments_with(gate(results, "T1")).assign(period=chosen.code)
    package = load_package()
    borders = borders_source(("departments_simplified",))
    metadata = {
        "title": f"Atlas Trata Perú: reported human trafficking by department, {chosen.code}",
        "period": chosen.code,
        "counted": chosen.unit,
        "registry": chosen.registry,
        "source": [
            {name: item.get(name) for name in ("title", "publisher", "url", "published")}
            for item in card["sources"]
        ],
        "licence": str(card["licence"]),
        "licence_statement": str(package["licence_statement"]),
        "outlines": f"{borders}, {outlines_licence()}; simplified",
        "version": str(package["version"]),
        "content": content_version(),
        "caveat": "Reported, not prevalence: a case sits where the file was opened. "
        "For planning and understanding, not for operations.",
    }
    return results_geojson(frame, metadata=metadata)


def results_geojson(frame: geopandas.GeoDataFrame, *, metadata: Mapping[str, Any]) -> bytes:
    """Write results as a FeatureCollection (RFC 7946); the same frame gives the same bytes.

    Parameters
    ----------
    frame : GeoDataFrame, EPSG:4326
        One row a department with ``RESULT_PROPERTIES`` and its outline; no other column leaves.
    metadata : mapping
        ``source`` (list), ``licence``, ``version`` and what else the reader must know.

    Raises
    ------
    ParameterError
        Another projection, a property or a piece of metadata that is missing.
    """
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise ParameterError(f"the outlines are in {frame.crs}: GeoJSON wants EPSG:4326")
    missing = [name for name in RESULT_PROPERTIES if name not in frame.columns]
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
                "properties": {
                    # nine digits, not nine places: a chance of one in 1e40 is no zero
                    name: json_value(row[name], digits=9)
                    for name in RESULT_PROPERTIES
                },
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
