"""Excluded zones as files: shapes, tables of points, what is refused and why."""

from __future__ import annotations

import contextlib
import json
import re
import struct
import tempfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from atlas.own_files.isolation import check_file
from atlas.own_files.planning import TASKS, read_planning
from atlas.words import LANGUAGES, words
from data.readers.geofiles import _repacked
from data.readers.geopackage import geopackage_layer
from data.readers.limits import profile_of
from geo.errors import UserError
from geo.siting.zones import GROWTH_KM, distance_km, reduced
from tests.atlas.own_data import attacks
from tests.atlas.own_data.attacks import collection, written
from tests.atlas.own_data.planning_lists import (
    GEOD,
    SQUARE,
    group,
    kml,
    kml_shape,
    parts,
    placemark,
    read,
    sheets,
    with_corner,
    zone,
)
from tests.refusing import refused


def test_zones_as_shapes_of_any_kind():
    """Polygon, bowtie, with height; in UTM too."""
    bowtie = [[[-71, -13, 5], [-70, -12, 5], [-70, -13, 5], [-71, -12, 5], [-71, -13, 5]]]
    shapes = [SQUARE, {"type": "Polygon", "coordinates": bowtie}]
    rows, notes = read(collection([zone(shape) for shape in shapes]), "zones")
    assert notes == []
    shapes_read = parts(rows)
    # of the bowtie its lobes, and its outline for what may have no width
    assert sorted(shape.geom_type for shape in shapes_read) == ["LineString", *["Polygon"] * 3]
    assert not any(shape.has_z for shape in shapes_read)
    square, *lobes = sorted(
        (shape for shape in shapes_read if shape.area), key=lambda shape: -shape.area
    )
    assert square.equals(shapely.geometry.shape(SQUARE))
    assert sum(shape.area for shape in lobes) == pytest.approx(0.5)
    flat = gpd.GeoSeries([shapely.geometry.shape(SQUARE)], crs=4326).to_crs(32719)
    crs = {"type": "name", "properties": {"name": "EPSG:32719"}}
    utm = collection([zone(shapely.geometry.mapping(flat.iloc[0]))], crs=crs)
    assert parts(read(utm, "zones")[0])[0].hausdorff_distance(square) < 1e-6


def km_to(content, longitude, latitude):
    """Kilometres from a place to the nearest zone of a file."""
    rows, notes = read(content, "zones")
    assert notes == []
    return distance_km(parts(rows), [longitude], [latitude])[0]


def test_long_edges_are_straight_in_the_system_that_they_came_in():
    """900 km of UTM bend by 3 km in degrees: a place a kilometre inside is inside."""
    to_utm = Transformer.from_crs(4326, 32718, always_xy=True)
    x, y = to_utm.transform(-72.0, -12.6)
    crs = {"type": "name", "properties": {"name": "EPSG:32718"}}
    for low, high in ((-1e3, 60e3), (-60e3, 1e3)):
        box = shapely.box(x - 700e3, y + low, x + 200e3, y + high)
        content = collection([zone(shapely.geometry.mapping(box))], crs=crs)
        assert km_to(content, -72.0, -12.6) == 0
        away = to_utm.transform(x, y + (low if low == -1e3 else high) * 3, direction="INVERSE")
        assert km_to(content, *away) == pytest.approx(2 - GROWTH_KM, abs=0.05)


def test_how_rings_were_read_is_said():
    """Holes that stay open, rings that are none of a valid polygon: by number."""
    outer = [[-72, -14], [-69, -14], [-69, -11], [-72, -11], [-72, -14]]
    rings = [outer, *SQUARE["coordinates"]]
    shapes = [
        {"type": "Polygon", "coordinates": rings},
        {"type": "MultiPolygon", "coordinates": [rings[::-1], [outer, outer]]},
        SQUARE,
    ]
    (zones,), report = read_planning(collection([zone(shape) for shape in shapes]), "zones")
    counts = {"zones_holes": "1", "zones_filled": "2"}
    assert dict(report.notices) == counts | {"zones_touch": zones["touched"]}
    assert len(zones["holes_km"]) == 1
    for say in map(words, LANGUAGES):
        for code, count in counts.items():
            assert re.search(rf"\b{count} \w", say(f"records.notice.{code}", detail=count))


LINES = (
    [[-70, -13], [-71, -13], [-71, -12]],
    [[-70, -12.0001], [-70, -13], [-71, -13], [-71, -12], [-70, -12]],
    [[-70, -12], [-70, -13], [-71, -13], [-71, -12], [-70, -12]],
)


@pytest.mark.parametrize("corners", LINES, ids=["open", "nearly closed", "closed"])
@pytest.mark.usefixtures("read_this_here")
def test_every_line_is_refused_by_row(corners):
    """Whole, in pieces, beside an area; in a zipped Shapefile and a KML: an area is drawn."""
    whole = {"type": "LineString", "coordinates": corners}
    zipped = attacks.zipped(written("z.shp", [shapely.geometry.shape(whole)]))
    for content, lines in (
        (collection([zone(SQUARE), zone(whole)]), [2]),
        (collection([zone({"type": "MultiLineString", "coordinates": [corners]})]), [1]),
        (collection([zone(group(SQUARE, whole))]), [1]),
        (zipped, [1]),
        (kml(placemark(kml_shape("LineString", corners))), [1]),
    ):
        assert read(content, "zones")[1] == [(at, "geometry", "zone_line", True) for at in lines]


def test_a_zone_of_which_nothing_is_left_is_a_fault(monkeypatch):
    """Never counted as used, whatever may have lost it."""

    def losing(shapes):
        left = reduced(shapes)
        return replace(left, parts=left.parts[left.zone != 1], zone=left.zone[left.zone != 1])

    monkeypatch.setattr("atlas.own_files.zones.reduced", losing)
    _, report = read_planning(collection([zone(SQUARE)] * 3), "zones")
    (entry,) = report.entries
    assert (entry.line, entry.code, entry.is_fault) == (2, "geometry_empty", True)
    assert report.used_count == 2


@pytest.mark.parametrize(
    "content",
    [
        SQUARE,
        zone(SQUARE),
        collection([zone(SQUARE)]),
        {"type": "GeometryCollection", "geometries": [SQUARE]},
    ],
)
def test_one_shape_alone_is_a_zone(content):
    """A geometry or a feature without a collection, as GIS programs copy them."""
    rows, notes = read(content if isinstance(content, bytes) else json.dumps(content), "zones")
    assert notes == []
    assert parts(rows)[0].equals(shapely.geometry.shape(SQUARE))


def test_zones_as_a_table_of_centres():
    """A radius of kilometres above 0; a blank, 0 or a doubtful one is a fault."""
    text = "lon,lat,radio_km\n-70,-13,20\n-71,-13,0\n-71,-14,-3\n-72,-14,\n"
    text += '-72,-14,1.000\n-72,-14,"12,500"\n'
    rows, notes = read(text, "zones")
    (circle,) = parts(rows)
    rim = [GEOD.inv(-70, -13, x, y)[2] / 1000 for x, y in circle.exterior.coords]
    assert 19.7 < min(rim) <= max(rim) < 20.3
    assert notes == [
        (3, "radius_km", "zone_point", True),
        (4, "radius_km", "below_minimum", True),
        (5, "radius_km", "zone_point", True),
        *((line, "radius_km", "thousands", True) for line in (6, 7)),
    ]
    exact = "lon;lat;radio_km\n-70;-13;0,500\n-71;-13;1,50\n-72;-13;2\n"
    assert read(exact, "zones")[1] == []


@pytest.mark.parametrize("task", TASKS)
def test_sheets_of_a_list(task):
    """Of several sheets the one with content is read; cells beyond headings of zones are listed."""
    rows = {
        "travel_times": [["desde", "hasta", "minutos"], ["170101", "A", 5]],
        "zones": [["lon", "lat", "radio_km"], [-70, -13, 5]],
    }.get(task, [["lon", "lat", "ubigeo"], [-70, -13, "080101"]])
    assert len(read(sheets(Vacía=[], Hoja=rows, Otra=[[None]]), task)[0]) == 1
    beside = read(sheets(Hoja=[rows[0], [*rows[1], None, -69.184, -12.593, 20]]), task)
    assert ((2, "", "cells", True) in beside[1]) == (task == "zones")


NUMBERS = st.sampled_from([0, -12.5, -70, 10**400, True, None, "x", {}])
NESTED = st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=5), max_leaves=12)
KINDS = st.sampled_from([*shapely.GeometryType.__members__, "X", "", None, 1, []])
GEOMETRIES = st.recursive(
    st.fixed_dictionaries({"type": KINDS}, optional={"coordinates": NESTED}) | NUMBERS,
    lambda inner: st.fixed_dictionaries(
        {"type": KINDS, "geometries": st.lists(inner, max_size=3) | NUMBERS}
    ),
    max_leaves=4,
)


@given(geometry=GEOMETRIES)
@settings(max_examples=300)
def test_any_geometry_is_read_or_refused(geometry):
    """What looks like GeoJSON is a zone, a listed fault, or a refusal: never passed over."""
    with contextlib.suppress(UserError):
        rows, notes = read(collection([zone(geometry)]), "zones")
        assert (len(rows), len(notes)) in ((1, 0), (0, 1))


def test_shapes_made_to_be_slow_end_in_the_child():
    """A country-wide scrawl; distances from zones have the same limits."""
    assert profile_of("distances") == profile_of("zones")
    with pytest.raises(UserError) as caught:
        check_file(collection([zone({"type": "Polygon", "coordinates": [STROKE]})]), "zones")
    assert caught.value.key.rpartition(".")[2] in ("reader_time", "reader_memory")


STROKE = np.random.default_rng(1).uniform((-81, -18), (-69, -1), (160_000, 2)).round(3).tolist()
STROKE[-1] = STROKE[0]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "geometry_empty"),
        ({"type": "Polygon", "coordinates": []}, "geometry_empty"),
        ({"type": "Point", "coordinates": ["a", 1]}, "geometry_empty"),
        ({"type": "Circle", "coordinates": [-71, -13]}, "geometry_empty"),
        ({"type": "Point", "coordinates": [-171, -13]}, "zone_point"),
        ({"type": "MultiPoint", "coordinates": [[-71, -13], [-70, -12]]}, "zone_point"),
        (shapely.geometry.mapping(shapely.box(-13, -71, -12, -70)), "swapped"),
        ({"type": "MultiPolygon", "coordinates": [[], SQUARE["coordinates"]]}, "geometry_empty"),
        (group({"type": "Polygon", "coordinates": []}, SQUARE), "geometry_empty"),
        (group(SQUARE, {"type": "Point", "coordinates": [-71, -13]}), "zone_point"),
        ({"type": "Polygon", "coordinates": [[[-71, -13]] * 4]}, "zone_flat"),
        (with_corner(-70.5, -13), "zone_flat"),
        (group(SQUARE, with_corner(-68, -13)), "zone_flat"),
        (with_corner(1e308, -12), "not_degrees"),
        (with_corner(-70, -1e308), "not_degrees"),
        (with_corner(170, -12), "zone_antimeridian"),
        (with_corner(70, -12), "sign_lost"),
        (with_corner(-50, -12), "zone_far"),
    ],
)
def test_faults_of_a_zone(geometry, code):
    rows, notes = read(collection([zone(SQUARE), zone(geometry)]), "zones")
    assert len(rows) == 1
    assert notes == [(2, "geometry", code, True)]


@pytest.mark.usefixtures("read_this_here")
def test_zones_of_a_shapefile_and_a_geopackage():
    """The same shapes come back."""
    for content in (GEOPACKAGE, attacks.zipped(PARTS)):
        checked = check_file(content, "zones")
        assert checked.report.is_clean
        assert shapely.equals(parts(checked.rows), BOXES).all()


BOXES = [shapely.box(-71, -13, -70, -12), shapely.box(-76, -9, -75, -8)]
PARTS, GEOPACKAGE = written("z.shp", BOXES), written("z.gpkg", BOXES)["z.gpkg"]
DELETED = PARTS["z.dbf"][:-1]
DELETED = DELETED[: -len(DELETED[65:]) // 2] + b"*" + DELETED[-len(DELETED[65:]) // 2 + 1 :]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"z.dbf": DELETED}, "shapefile_deleted"),
        ({"z.shx": PARTS["z.shx"][:27] + b"\x36" + PARTS["z.shx"][28:108]}, "shapefile_counts"),
        ({"z.shx": PARTS["z.shx"][:108]}, "shapefile_counts"),
        ({"z.dbf": PARTS["z.dbf"][:4] + b"\x01" + PARTS["z.dbf"][5:]}, "shapefile_counts"),
        ({"z.shp": PARTS["z.shp"] + PARTS["z.shp"][100:]}, "shapefile_counts"),
        ({"z.shp": PARTS["z.shp"][:-8]}, "shapefile_counts"),
        ({"z.shp": b""}, "shapefile_counts"),
        ({"other.geojson": b"{}"}, "zip_content"),
        ({"z.geojson": b"{}"}, "zip_content"),
        ({"other.dbf": b""}, "zip_content"),
    ],
)
def test_a_shapefile_whose_files_disagree_is_refused(changed, code):
    """A row flagged as deleted, fewer or more records in one file, a list that is not read."""
    _repacked(attacks.zipped({**PARTS, "readme.txt": b"x"}))
    with refused(code):
        _repacked(attacks.zipped({**PARTS, **changed}))


_HEAD, _WIDTH = struct.unpack_from("<2H", PARTS["z.dbf"], 8)
SPOTS = {
    "z.shp": [27, 100, 104, 107],
    "z.shx": [27, 103, 107, 111, 115],
    "z.dbf": [4, 8, 10, _HEAD, _HEAD + _WIDTH],
}
"""Where the files of a Shapefile say how long they are, where a record begins, and what counts."""


@given(data=st.data())
@settings(max_examples=150)
def test_what_passes_of_a_shapefile_is_read_whole(data):
    """Lengths, offsets, counts and flags changed, an end cut off: refused, or GDAL reads both."""
    name = data.draw(st.sampled_from(list(SPOTS)))
    content = bytearray(PARTS[name])
    for at in data.draw(st.lists(st.sampled_from(SPOTS[name]), max_size=2)):
        content[at] = data.draw(st.sampled_from(b"*\x00\x01\x36 ") | st.integers(0, 255))
    del content[len(content) - data.draw(st.sampled_from([0, 0, 1, 8, _WIDTH])) :]
    members = {**PARTS, name: bytes(content)}
    with contextlib.suppress(UserError):
        _repacked(attacks.zipped(members))
        with tempfile.TemporaryDirectory() as folder:
            for part, raw in members.items():
                (Path(folder) / part).write_bytes(raw)
            try:
                frame = gpd.read_file(Path(folder) / "z.shp")
            except Exception:  # the child refuses what GDAL cannot open
                return
        assert len(frame) == 2


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(kind=TEXT | st.binary(max_size=12) | st.sampled_from(["FEATURES"]))
@settings(max_examples=60)
def test_a_second_layer_of_a_geopackage_counts_however_it_is_called(kind):
    """It is listed with any kind of data, or in no list at all, by the type of its column."""
    shapes = "INSERT INTO gpkg_geometry_columns VALUES ('b', 'geom', 'POLYGON', 4326, 0, 0)"
    listed = "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('b', ?, 4326)"
    blob, polygon = "CREATE TABLE b (geom BLOB)", "CREATE TABLE b (g MultiPolygon Z)"
    for statements in ([blob, listed], [blob, listed, shapes], [blob, shapes], [polygon]):
        is_no_layer = statements == [blob, listed] and kind in ("attributes", "tiles")
        content = attacks.changed(GEOPACKAGE, *statements, values=(kind,))
        if is_no_layer:
            geopackage_layer(content)
            continue
        with refused("geopackage_layers"):
            geopackage_layer(content)


@given(value=st.recursive(NUMBERS, lambda inner: st.lists(inner, min_size=1, max_size=3)))
@settings(max_examples=200)
def test_no_list_of_pairs_passes_in_a_property(value):
    """However deep, a list in a list that begins with a number is refused; other values pass."""

    def has_pair(node, inner=False):
        if not isinstance(node, list):
            return False
        is_pair = inner and type(node[0]) in (int, float)
        return is_pair or any(has_pair(part, inner=True) for part in node[:1])

    content = collection([zone(SQUARE, valor=value)])
    if has_pair(value):
        with pytest.raises(UserError):
            read(content, "zones")
    elif not isinstance(value, list):
        with contextlib.suppress(UserError):
            assert read(content, "zones")[1] == []


def test_a_middle_and_the_own_measures_of_a_zone_pass():
    """A point or a box within it, its area and outline in any unit, its colours."""
    centre = {"type": "Point", "coordinates": [-70.4, -12.5]}
    plain = {"c": centre, "bbox": [-71, -13, -70, -12], "at": {"lat": -12.5, "lng": -70.4}}
    assert read(collection([zone(SQUARE, **plain, X=-70.5, ymax="-12.0")]), "zones")[1] == []
    km2, metres = GEOD.geometry_area_perimeter(shapely.geometry.shape(SQUARE))
    km2, km = abs(km2) / 1e6, metres / 1e3
    measures = {"area_km2": km2, "hectares": km2 * 100, "perimetro_km": km, "SHAPE_Leng": 3.41421}
    assert read(collection([zone(SQUARE, **measures, Superficie=km2 * 1e6)]), "zones")[1] == []
    drawn = {
        "stroke-width": 2,
        "style": {"color": "#ff0000"},
        "fill-opacity": 0.5,
        "fid": 12,
        "year": 2020,
    }
    assert read(collection([zone(SQUARE, **drawn)]), "zones")[1] == []


@pytest.mark.parametrize(
    "value",
    [
        {"area_km2": 5},
        {"population": 5},
        {"n": [1, 2]},
        {"t": ["a", "b"]},
        {"a": "1,5 2,5"},
        {"b": "2001, 2002"},
        {"d": "-71.5,-13.2,-70.1,-12.2"},
        {"bbox": [-75, -13, -70, -12]},
        {"c": {"type": "Point", "coordinates": [-77, -12]}},
        {"style": {"ancho": 5}},
    ],
)
def test_values_that_do_not_fit_the_zone_are_asked(value):
    with refused("zone_(columns|radius)"):
        read(collection([zone(SQUARE, **value)]), "zones")
