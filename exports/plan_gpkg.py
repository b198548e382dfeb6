"""A plan as a GeoPackage, written in memory, the same bytes each time."""

from __future__ import annotations

import io
import json

import geopandas
import pyogrio

from exports.plan_files import as_text, plan_geojson
from exports.plan_sheet import PlanSheet

_FIXED_DATE = "2000-01-01T00:00:00.000Z"
"""GeoPackage wants a date of last change; a plan has none: the same plan, the same file."""
_PER_ROW = ("demand", "coverage_share", "gap", "seed", "lists", "assumptions", "notice")
"""values of the plan that every site repeats, for programs that show no metadata."""


def plan_gpkg(sheet: PlanSheet) -> bytes:
    """GeoPackage with the layer ``sites`` (points, EPSG:4326), the whole plan in its metadata.

    Metadata item ``plan``: JSON with assumptions, seed and departments, as in the GeoJSON.
    """
    content = json.loads(plan_geojson(sheet))
    features, plan = content["features"], content["plan"]
    places = [feature["geometry"]["coordinates"] for feature in features]
    sites = geopandas.GeoDataFrame(
        [feature["properties"] for feature in features],
        geometry=geopandas.points_from_xy([at[0] for at in places], [at[1] for at in places]),
        crs="EPSG:4326",
    )
    for name in _PER_ROW:
        value = plan.get(name)
        sites[f"plan_{name}"] = as_text(value) if isinstance(value, list) else value
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        out = io.BytesIO()
        pyogrio.write_dataframe(
            sites,
            out,
            driver="GPKG",
            layer="sites",
            layer_metadata={"plan": json.dumps(plan, ensure_ascii=False)},
        )
        return out.getvalue()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
