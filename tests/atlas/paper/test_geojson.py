"""GeoJSON: named properties only, metadata, null for what is missing."""

from __future__ import annotations

import json

import shapely

from atlas.paper.geojson import geojson_bytes
from data.periods import parse_period
from geo.privacy.public_lists import RESULT_PROPERTIES as PROPERTIES


def test_every_department_with_its_named_properties_and_no_other() -> None:
    """Null for what was not tested; outlines run counter-clockwise; source and licence are said."""
    document = json.loads(geojson_bytes(parse_period("2022"), "people"))
    features = {one["id"]: one for one in document["features"]}
    assert len(features) == 25
    assert all(tuple(one["properties"]) == PROPERTIES for one in features.values())
    assert features["15"]["properties"]["smr"] is None
    assert "not_ranked" in features["15"]["properties"]["flags"]
    assert all(document["metadata"][name] for name in ("source", "licence", "version"))
    outline = shapely.geometry.shape(features["17"]["geometry"])
    assert all(part.exterior.is_ccw for part in shapely.get_parts(outline))
