"""Files of outlines made up for a test, and the real files of publishers where present."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import shapely

from data.catalogue import ROOT

_BESIDE = ROOT.parent.parent / "shared" / "external"


def external(name: str) -> bytes:
    """A file that somebody else published; the test is skipped where it is not."""
    folder = Path(os.environ.get("ATLAS_EXTERNAL") or _BESIDE)
    path = folder / name
    if not path.is_file():
        pytest.skip(f"{name} is not here: name the folder of external files in ATLAS_EXTERNAL")
    return path.read_bytes()


def collection(
    pairs: list[tuple[dict[str, Any], shapely.Geometry | None]], **members: object
) -> bytes:
    """A GeoJSON file of properties and outlines."""
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for properties, shape in pairs
    ]
    return json.dumps({"type": "FeatureCollection", **members, "features": features}).encode()
