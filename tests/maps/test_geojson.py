"""GeoJSON: named properties only, metadata, null for what is missing, refusals."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from geo.errors import ParameterError
from geo.map_properties import RESULT_PROPERTIES as PROPERTIES
from maps.geojson import results_geojson

META = {"source": ["MPFN"], "licence": "ODC-BY", "version": "1.0.0"}


def _frame() -> gpd.GeoDataFrame:
    row: dict[str, object] = dict.fromkeys(PROPERTIES, 1.5)
    row |= {"department_ubigeo": "02", "department": "Áncash <b>", "smr": float("nan")}
    row |= {"flags": ["depends_on_denominator"], "secret": "stays"}
    return gpd.GeoDataFrame([row], geometry=[shapely.box(-78, -10, -77, -9)], crs="EPSG:4326")


def test_known_feature() -> None:
    """One row becomes one feature with every named property, null for NaN, and no other."""
    document = json.loads(results_geojson(_frame(), metadata=META))
    (feature,) = document["features"]
    assert tuple(feature["properties"]) == PROPERTIES
    assert feature["properties"]["smr"] is None
    assert feature["properties"]["flags"] == ["depends_on_denominator"]
    assert feature["id"] == "02"
    assert document["metadata"] == META
    ring = feature["geometry"]["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw


def test_refusals() -> None:
    """Another projection, a missing column, silence about the source."""
    with pytest.raises(ParameterError, match="EPSG:4326"):
        results_geojson(_frame().to_crs(3857), metadata=META)
    with pytest.raises(ParameterError, match="lack verdict"):
        results_geojson(_frame().drop(columns="verdict"), metadata=META)
    with pytest.raises(ParameterError, match="lack licence"):
        results_geojson(_frame(), metadata={**META, "licence": ""})
