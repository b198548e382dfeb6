"""The layer of a GeoPackage is read as GDAL reads it, and nothing that the base holds is run."""

from datetime import date

import pandas as pd
import pyogrio
import pytest
import shapely

from data.readers import geopackage
from data.readers.geofiles import _text
from data.readers.geopackage import geopackage_layer
from tests.atlas.own_data import attacks
from tests.refusing import refused

OPTIONS = [
    *({"VERSION": version} for version in ("1.0", "1.1", "1.2", "1.3", "1.4")),
    {"FID": "mi id", "GEOMETRY_NAME": 'la "geom"'},
    {"SPATIAL_INDEX": "NO"},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_rows_and_shapes_are_those_that_gdal_reads(options):
    """Numbers, days, truth values and empty cells; a point, shapes with height and one without."""
    shapes = [shapely.Point(-77, -12, 9), shapely.box(-72, -13, -71, -12), None, shapely.Point()]
    columns = {
        "n": [1, 2, 3, 4],
        "x": [0.5, 2.0, None, 1e-7],
        "yes": [True, False, True, False],
        "word": ["2023-05-01", None, "", "x"],
        "day": [date(2024, 2, 29)] * 4,
        "at": pd.to_datetime(["2024-02-29 23:59", None, "2023-01-01 00:00", "2022-12-31 00:01"]),
    }
    content = attacks.written("a.gpkg", shapes, ["layer0"], gdal=options, **columns)["a.gpkg"]
    layer = geopackage_layer(content)
    meta, _, geometry, cells = pyogrio.raw.read(content, layer="layer0")
    assert (layer.names, layer.epsg) == (list(meta["fields"]), 4326)
    assert layer.rows == [[_text(cell) for cell in row] for row in zip(*cells, strict=True)]
    assert (
        shapely.to_wkb(layer.shapes).tolist() == shapely.to_wkb(shapely.from_wkb(geometry)).tolist()
    )


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE aside (a, b AS (zeroblob(a)))",
        "CREATE TABLE aside (a, b INTEGER GENERATED ALWAYS AS (a + 1) STORED)",
        "CREATE VIRTUAL TABLE rtree_layer0_geom2 USING rtree(id, minx, maxx, miny, maxy, +more)",
    ],
)
def test_what_is_no_plain_table_is_refused(sql):
    with refused("geopackage_unsafe"):
        geopackage_layer(attacks.geopackage(sql))


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"GP\x00\x21\xe6\x10\x00\x00", "geodata_damaged"),
        (b"GP\x00\x0b\xe6\x10\x00\x00", "geodata_damaged"),
        (b"GP\x00\x02\xe6\x10\x00\x00", "crs_mixed"),
        (b"", "geodata_damaged"),
    ],
)
def test_a_shape_in_another_coding_is_refused(head, code):
    """A coding of its maker's own, a box of no kind, another order of bytes, bare WKB."""
    content = attacks.geopackage(SPATIAL_INDEX="NO")
    values = (head + shapely.to_wkb(attacks.LIMA[0]),)
    with refused(code):
        geopackage_layer(attacks.changed(content, "UPDATE layer0 SET geom = ?", values=values))


def test_no_function_is_called():
    """Were a view overlooked, its functions would be denied."""
    content = attacks.geopackage("CREATE VIEW w AS SELECT zeroblob(9) AS i FROM layer0")
    with refused("geodata_damaged"), geopackage._opened_base(content) as base:
        base.execute("SELECT i FROM w").fetchall()
