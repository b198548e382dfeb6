"""Provinces and districts: filled by class, missing apart from zero, departments stay chosen."""

from __future__ import annotations

import math
from itertools import pairwise

import geopandas
import pytest
import shapely

from layers.document import layer_script
from layers.palette import AREA_SCALES, HATCH, ZERO_COLOR
from layers.regions import area_layer, department_layer

PALETTE = AREA_SCALES["mined", "districts"]


@pytest.fixture
def areas() -> geopandas.GeoDataFrame:
    """Four squares: much, little, nothing, unknown."""
    return geopandas.GeoDataFrame(
        {
            "area_ubigeo": ["170101", "170102", "170103", "170104"],
            "area": ["One", "Two", "Three", "<b>${4}"],
            "department": ["Madre de Dios"] * 4,
            "mined_ha": [12_000.0, 3.0, 0.0, math.nan],
        },
        geometry=[shapely.box(-70 + n, -13, -69 + n, -12) for n in range(4)],
        crs="EPSG:4326",
    )


def _features(areas: geopandas.GeoDataFrame) -> list[dict]:
    lines = {"170102": "", "170103": "", "170101": "12,000 ha", "170104": "no <figure>"}
    layer = area_layer(
        areas, PALETTE, value="mined_ha", lines=lines, caveat="not a trend", edge_px=0.3
    )
    (geojson,) = layer._children.values()
    return geojson.data["features"]


def test_classes_zero_and_missing_are_told_apart(areas) -> None:
    """The worst colour is the most hectares', never the unknown's."""
    styles = [feature["properties"]["style"] for feature in _features(areas)]
    assert [style["className"].split()[-1] for style in styles] == [
        *("fill-4", "fill-0", "fill-zero", "fill-missing"),
    ]
    assert [style["fillColor"] for style in styles] == [
        *(PALETTE.colors[4], PALETTE.colors[0], ZERO_COLOR, HATCH),
    ]


def test_an_area_has_no_code_of_its_own_on_the_page(areas) -> None:
    """The page chooses departments: a click falls through to the one below."""
    for feature in _features(areas):
        assert set(feature["properties"]) == {"tip", "style"}


def test_words_are_made_harmless(areas) -> None:
    """Names come from a file of somebody's: in the tooltip they are text."""
    tip = _features(areas)[3]["properties"]["tip"]
    assert "<b>" not in tip.replace("<strong>", "")
    assert "${" not in tip
    assert "no &#60;figure&#62;" in tip
    assert "Madre de Dios" in tip


def test_departments_keep_code_name_and_border(regions) -> None:
    """What is clicked, what a screen reader says, what is drawn and written above; no figure."""
    layer = department_layer(regions)
    shapes, names = (geojson.data["features"] for geojson in layer._children.values())
    first = shapes[0]["properties"]
    assert {name["properties"]["figure"] for name in names} == {""}
    assert (first["code"], first["name"]) == ("01", "Region 1")
    assert first["outline"]["className"] == "outline outline-department"
    assert "tip" not in first
    assert 'window.atlas.put("departments"' in layer_script(layer, "departments")


@pytest.mark.parametrize("scale", AREA_SCALES)
def test_scales_darken(scale: tuple[str, str]) -> None:
    """More is darker, step by step, also without colours."""
    palette = AREA_SCALES[scale]
    lights = [
        sum(f * int(color[i : i + 2], 16) for f, i in ((0.299, 1), (0.587, 3), (0.114, 5)))
        for color in palette.colors
    ]
    assert all(a - b > 8 for a, b in pairwise(lights))
