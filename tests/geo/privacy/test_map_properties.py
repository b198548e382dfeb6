"""No property in any GeoJSON beyond those named, whoever writes it."""

import ast
from pathlib import Path

import pytest
import shapely

from atlas.planner.document import PlanDocument, document_of
from atlas.planner.files import plan_bytes
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.words import words
from geo.errors import DisclosureError
from geo.privacy.public_lists import DRAWING_PROPERTIES, RESULT_PROPERTIES, require_properties
from layers.atlas_map import feature, point

ROOT = Path(__file__).resolve().parents[3]
WRITERS = {"atlas/paper/geojson.py", "atlas/planner/files.py", "layers/atlas_map.py"}
"""The modules that make GeoJSON; all take the names from the list."""


def test_a_property_that_is_not_named_is_refused(monkeypatch):
    """A count, a name or an id smuggled into a feature stops the map instead of leaving."""
    document = document_of(*plan_for(PlanQuestion(sites=1, min_population=1e5), replicas=0))
    values = document.site_values(document.sites[0])
    for name in ("victim_age", "record_id", "reported_exact"):
        with pytest.raises(DisclosureError, match=name):
            feature(shapely.Point(-70, -12), tip="x", **{name: 7})
        with pytest.raises(DisclosureError, match=name):
            point(-70, -12, **{name: None})
        more = {**values, name: 7}
        monkeypatch.setattr(PlanDocument, "site_values", lambda *_, more=more: dict(more))
        with pytest.raises(DisclosureError, match=name):
            plan_bytes(document, ".geojson", words("en"))
    require_properties([*RESULT_PROPERTIES, *DRAWING_PROPERTIES])


def test_nobody_else_writes_geojson():
    """Only the listed modules write a feature or a collection, or call to_json.

    The readers (data/) take them in, the benchmarks measure a page that is not ours.
    """
    found = set()
    for path in (one for top in ("atlas", "geo", "layers") for one in (ROOT / top).rglob("*.py")):
        place = path.relative_to(ROOT)
        text = path.read_text(encoding="utf-8")
        if not any(word in text for word in ("features", "geometry", "to_json", "to_geo_dict")):
            continue
        tree = ast.parse(text)
        for node in ast.walk(tree):
            keys = node.keys if isinstance(node, ast.Dict) else []
            written = {key.value for key in keys if isinstance(key, ast.Constant)}
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else ""
            # "properties" alone is a JSON schema's word as well
            is_feature = {"properties", "geometry"} <= written or "features" in written
            if is_feature or name in ("to_geo_dict", "to_json"):
                found.add(str(place))
    assert found == WRITERS
