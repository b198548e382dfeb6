"""Outlines of provinces and districts made from what is shipped, and the real files where present.

Nothing is copied: each department is divided among its capitals, every point to the nearest.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from data.catalogue import ROOT
from data.geography import load_departments, load_places
from data.refresh.locate import projected
from geo.crs import to_analysis, to_wgs84

_BESIDE = ROOT.parent.parent / "shared" / "external"


def external(name: str) -> bytes:
    """A file that somebody else published; the test is skipped where it is not."""
    folder = Path(os.environ.get("ATLAS_EXTERNAL") or _BESIDE)
    path = folder / name
    if not path.is_file():
        pytest.skip(f"{name} is not here: name the folder of external files in ATLAS_EXTERNAL")
    return path.read_bytes()


@cache
def divided(level: str) -> tuple[tuple[str, shapely.Geometry], ...]:
    """Code and outline of every province or district, a coverage of the shipped departments."""
    places = load_places(root=ROOT).dropna(subset=["longitude", "latitude"])
    if level == "provinces":
        # the capital of a province is in its first district
        places = places[places["district_ubigeo"].str.endswith("01")]
        places = places.assign(code=places["province_ubigeo"])
    else:
        places = places.assign(code=places["district_ubigeo"])
    outlines = load_departments(root=ROOT)
    found = []
    for code, outline in zip(outlines["department_ubigeo"], outlines["geometry"], strict=True):
        own = places[places["department_ubigeo"] == code].drop_duplicates(["longitude", "latitude"])
        flat = projected(outline)
        points = shapely.points(*to_analysis(own["longitude"], own["latitude"]))
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(points), extend_to=flat.buffer(9e5))
        )
        if len(points) == 1:
            cells = np.array([flat])
        for cell in cells:
            held = np.flatnonzero(shapely.intersects(points, cell))
            land = shapely.intersection(cell, flat)
            # a capital may lie outside the shipped outline of its own department
            if len(held) == 1 and shapely.area(land) > 0:
                found.append((str(own["code"].iloc[held[0]]), _round(_surface(land))))
    return tuple(sorted(found, key=lambda pair: pair[0]))


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


def provinces(change: Callable[[list], list] | None = None) -> bytes:
    """The provinces as MINAM's file names them, with two of its faults: a code twice, no zero."""
    pairs: list[tuple[dict[str, Any], shapely.Geometry | None]] = []
    for code, shape in divided("provinces"):
        if code == "2001":
            west, south, east, north = shape.bounds
            middle = (west + east) / 2
            for name, left, right in (("PIURA", west, middle), ("PUIRA", middle, east)):
                half = shapely.intersection(shape, shapely.box(left, south, right, north))
                pairs.append(({"FIRST_IDPR": int(code), "NOMBPROV": name}, half))
            continue
        pairs.append(({"FIRST_IDPR": int(code)}, shape))
    return collection(change(pairs) if change else pairs)


def districts() -> bytes:
    """The districts as INEI codes them, one without a geometry."""
    pairs: list[tuple[dict[str, Any], shapely.Geometry | None]] = [
        ({"IDDIST": code}, shape) for code, shape in divided("districts")
    ]
    pairs[7] = (pairs[7][0], None)
    return collection(pairs)


def write_provinces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process use a folder of refreshed figures that holds the provinces."""
    from atlas.version import content_version
    from atlas.view import areas_for
    from data.refresh.boundaries import plan_boundaries
    from data.refresh.folder import forget
    from tests.refreshed_years import source_of, write_figures

    monkeypatch.setenv("ATLAS_DATA", str(folder))
    forget()
    source = source_of(provinces(), "https://example.org/p", "2026-01-02")
    plan = plan_boundaries(source, publisher="A <publisher>", licence="open")
    write_figures(plan.replacements)
    areas_for.cache_clear()
    content_version.cache_clear()


def forget_provinces() -> None:
    """Back to what is shipped, the version that pages and addresses name included."""
    from atlas.version import content_version
    from atlas.view import areas_for
    from data.refresh.folder import forget

    forget()
    areas_for.cache_clear()
    content_version.cache_clear()


def _round(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(
        shape, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1])).round(6)
    )


def _surface(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
