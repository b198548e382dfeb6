"""Coordinates, shapes, systems of coordinates and codes (cases 17 to 20)."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import CRS, Transformer

from atlas.own_files.isolation import check_file
from atlas.results.places import places
from data.geography import mother_districts
from geo.errors import UserError
from tests.atlas.own_data import attacks
from tests.atlas.own_data.attacks import HEADINGS, POINT, collection, feature


def codes(report) -> set[str]:
    """Codes of the report's entries."""
    return {entry.code for entry in report.entries}


def test_case_17_coordinates_that_mean_something_else(judge):
    """Each slip is named with its line, and the file is not imported."""
    rows = [
        ("-12.05,-77.03", "swapped"),
        ("77.03,12.05", "sign_lost"),
        ("500,-12", "not_degrees"),
        ("-3.7,40.4", "outside_peru"),
        ("278000,8665000", "utm_metres"),
        ("-69,-3.0", "outside_peru"),  # in the box, in Brazil
    ]
    text = "\n".join([HEADINGS, "2023,150101,-77.03,-12.05", *(f"2023,,{xy}" for xy, _ in rows)])
    records, report = judge(text)
    assert [(e.line, e.code) for e in report.entries] == [
        (line, code) for line, (_, code) in enumerate(rows, start=3)
    ]
    assert len(records) == 1
    assert report.left_out_count == 6
    assert not report.is_accepted


def test_case_17_every_shipped_capital_is_in_peru(judge):
    """Every capital is in Peru, in its own district unless on its line or in a younger one."""
    towns = places()
    rows = [f"2023,{x},{y}" for x, y in zip(towns.longitude, towns.latitude, strict=True)]
    records, report = judge("\n".join(["fecha,longitud,latitud", *rows]))
    assert len(records) == len(rows)
    assert not [entry for entry in report.entries if entry.is_fault]
    districts = np.array([record["district_ubigeo"] for record in records])
    mothers = mother_districts()
    own = np.array([mothers.get(code, code) for code in towns.ubigeo])
    assert (districts != own).sum() == 14
    assert dict(report.notices)["place_inside"] == str(len(rows) - 2)
    (question,) = report.reading.questions
    assert question.code == "outside"
    assert ("Ilo (Ilo" in question.column, "Lomas (Caravel" in question.column) == (True, True)


@pytest.mark.parametrize(("answer", "used"), [("", 2), ("nearest", 2), ("leave_out", 1)])
def test_a_position_that_no_district_holds_is_asked_about(judge, answer, used):
    """A point in no outline is asked about; Mazuko is in Inambari, not with the nearest capital."""
    text = "fecha,longitud,latitud\n2023,-77.2213,-12.0890\n2023,-70.381,-13.095\n"
    records, report = judge(text, mapping={"answers": {"outside": answer} if answer else {}})
    assert [record["province_ubigeo"] for record in records] == ["0701", "1701"][-used:]
    assert records[-1]["district_ubigeo"] == "170102"
    assert [q.code for q in report.reading.questions] == ["outside"]
    codes = [entry.code for entry in report.entries]
    assert codes == (["outside_districts"] if answer == "leave_out" else [])


SHAPES = [
    ([], "geometry_empty", "Point"),
    (["a", 1], "geometry_empty", "Point"),
    ([[[-77, -12], [-76, -11], [-77, -11], [-76, -12]]], "geometry_kind", "Polygon"),
    ([[-77, -12], [-76, -11]], "geometry_kind", "MultiPoint"),
    ([-77, -12], "geometry_kind", "Circle"),
]


def test_case_18_shapes_that_are_no_points(judge):
    """Empty, bowtie, collections: listed, and the sound feature beside them used."""
    group = {"type": "GeometryCollection", "geometries": [POINT]}
    shapes = [{"type": kind, "coordinates": coordinates} for coordinates, _, kind in SHAPES]
    records, report = judge(collection([feature(geometry) for geometry in (POINT, *shapes, group)]))
    assert len(records) == 1
    codes = [*(code for _, code, _ in SHAPES), "geometry_kind"]
    assert [(e.line, e.code, e.is_fault) for e in report.entries] == [
        (line, code, True) for line, code in enumerate(codes, 2)
    ]


def test_case_18_heights_and_lone_multipoints_are_points(judge):
    """A third coordinate is dropped with notice, a MultiPoint of one is its point."""
    records, report = judge(
        collection(
            [
                feature({"type": "Point", "coordinates": [-77.03, -12.05, 150.0]}),
                feature({"type": "MultiPoint", "coordinates": [[-77.03, -12.05]]}, ubigeo="150101"),
            ]
        )
    )
    assert [(r["longitude"], r["latitude"]) for r in records] == [(-77.03, -12.05)] * 2
    assert ("third_coordinate", "") in report.notices


@pytest.mark.usefixtures("read_this_here")
def test_case_19_metres_that_are_degrees():
    """Announced as metres and written in degrees: seen."""
    wrong = check_file(attacks.shapefile(prj=CRS.from_epsg(32718).to_wkt("WKT1_ESRI")))
    assert codes(wrong.report) <= {"outside_peru", "not_degrees"}
    assert not wrong.report.is_accepted


def test_case_19_sound_files_pass_both_ways(isolation):
    """The same two records by Shapefile and GeoPackage in the child."""
    kind = "gpkg" if isolation == "unshared" else "shapefile"
    checked = check_file(attacks.geopackage() if kind == "gpkg" else attacks.shapefile())
    assert checked.report.kind == kind
    assert checked.report.is_clean
    assert checked.report.is_accepted
    assert [(r["year"], r["province_ubigeo"]) for r in checked.rows] == [(2023, "1501")] * 2


@pytest.mark.usefixtures("read_this_here")
def test_case_19_a_file_in_metres_is_converted():
    """The file says UTM 18S and the numbers agree: Lima stays in Lima."""
    point = Transformer.from_crs(4326, 32718, always_xy=True).transform(-77.03, -12.05)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32718"}}
    own = feature({"type": "Point", "coordinates": point})
    checked = check_file(collection([own], crs=crs))
    assert [record["province_ubigeo"] for record in checked.rows] == ["1501"]
    assert ("reprojected", "EPSG:32718") in checked.report.notices


@pytest.mark.parametrize("sql", ["CREATE VIEW v AS SELECT 1", "create /**/ view v AS SELECT 1"])
@pytest.mark.usefixtures("read_this_here")
def test_case_19_a_view_noted_as_a_table(sql):
    """SQLite goes by the statement, not by the type beside it, and so does the check."""
    noted = "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)"
    schema = "PRAGMA writable_schema=ON"
    content = attacks.changed(attacks.geopackage(), schema, noted, values=(sql,))
    with pytest.raises(UserError) as caught:
        check_file(content)
    assert caught.value.key.rpartition(".")[2] in ("geopackage_unsafe", "geodata_damaged")


HARMLESS = (
    "CREATE TRIGGER own AFTER INSERT ON layer0 BEGIN SELECT 1; END",
    "CREATE TRIGGER gpkg_own AFTER INSERT ON layer0 BEGIN SELECT load_extension('/tmp/x'); END",
    "CREATE VIRTUAL TABLE rtree_layer0_other USING rtree(id, minx, maxx, miny, maxy)",
)
"""what reading the rows of a table never uses"""


@pytest.mark.usefixtures("read_this_here")
def test_case_19_geopackages_of_any_usual_writing():
    """Older GeoPackages, other names and wrong counts give the same records; no code is run."""
    beside = (
        *HARMLESS,
        "CREATE INDEX own ON layer0 (upper(fecha))",
        "CREATE TABLE other (a)",
        "UPDATE gpkg_ogr_contents SET feature_count = 1",
    )
    old = {"VERSION": "1.0", "FID": "mi id", "GEOMETRY_NAME": 'a"b', "SPATIAL_INDEX": "NO"}
    for content in (
        attacks.geopackage(*beside, **old),
        attacks.geopackage(*beside, "CREATE INDEX shapes ON layer0 (geom, fid)"),
    ):
        checked = check_file(content)
        assert [record["province_ubigeo"] for record in checked.rows] == ["1501"] * 2
