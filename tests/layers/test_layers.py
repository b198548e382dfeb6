"""What each layer draws: children, panes, styles; never the HTML with its random names."""

from __future__ import annotations

import itertools
import math

import folium
import geopandas
import numpy as np
import pytest
import shapely

from geo.errors import DisclosureError
from layers.atlas_map import PANES
from layers.basemap import basemap_layer, label_layer
from layers.density import density_layer
from layers.document import layer_script
from layers.geojson import feature
from layers.mining import mining_cells_layer
from layers.palette import (
    AREA_SCALES,
    BELOW,
    CELL_COLORS,
    HATCH,
    INK,
    PALEST_WARM,
    SMR,
    ZERO_COLOR,
    few_paint,
)
from layers.places import named_places_layer, services_layer
from layers.regions import area_layer, department_layer, label_point, name_spots, region_layer
from layers.route_lines import arc, arrow, route_legs
from layers.routes import routes_layer
from layers.shapes import shapes_layer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


TEXTS = {f"{number:02d}": (("12 reports",), "") for number in range(1, 26)}


def drawn(group: folium.FeatureGroup) -> list[tuple[str, list[dict]]]:
    """Return (pane, features) of every GeoJson in the group."""
    return [
        (child.options["pane"], child.data["features"])
        for child in group._children.values()
        if isinstance(child, folium.GeoJson)
    ]


def properties(group: folium.FeatureGroup, index: int = 0) -> list[dict]:
    return [feature["properties"] for feature in drawn(group)[index][1]]


def test_what_is_seen_lies_above_what_is_filled():
    """Mining, water and outlines over the departments, ways over them, names over all."""
    above = sorted(PANES, key=PANES.__getitem__)
    assert above == [
        *("neighbours", "regions", "density", "halo", "water", "mining", "outlines"),
        *("routes", "places", "labels"),
    ]


def test_a_shape_carries_listed_properties_alone():
    with pytest.raises(DisclosureError, match="shelter"):
        feature(shapely.Point(0, 0), shelter="here")


def test_regions_carry_codes_classes_and_verdicts(regions):
    """Missing is hatched, zero is zero, few reports are pale, the verdict is an outline."""
    regions["secret"] = "x"
    group = region_layer(regions, SMR, value="smr", texts=TEXTS)
    assert [pane for pane, _ in drawn(group)] == ["regions", "labels"]
    by_code = {p["code"]: p for p in properties(group)}
    assert len(by_code) == 25
    assert by_code["05"]["style"]["fillColor"] == HATCH
    assert "fill-zero" in by_code["06"]["style"]["className"]
    assert by_code["21"]["style"]["fillColor"] == few_paint(SMR.colors[PALEST_WARM])
    assert by_code["22"]["style"]["fillColor"] == SMR.colors[PALEST_WARM]
    assert by_code["17"]["style"]["className"].startswith("region region-17")
    assert by_code["17"]["outline"]["color"] == INK
    assert by_code["18"]["outline"]["color"] == BELOW
    assert "outline" not in by_code["01"]
    assert "12 reports" in by_code["17"]["tip"]
    names = properties(group, 1)
    assert [(p["text"], p["figure"]) for p in names[:2]] == [
        ("Region 25", "8.4×"),
        ("Region 24", "8.1×"),
    ]
    assert [p["priority"] for p in names] == sorted(p["priority"] for p in names)
    assert all(set(p) <= {"code", "name", "tip", "style", "outline"} for p in by_code.values())
    named = {"code", "kind", "text", "figure", "inks", "spots", "first", "priority", "style"}
    assert all(set(p) - {"told"} == named for p in names)
    assert sorted(p["code"] for p in names if p.get("told")) == ["06", "17", "18"]


def test_places_for_a_name_lie_inside_and_apart():
    """The roomiest first; none at the edge, none twice; a far islet does not attract the name."""
    islet = shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(10, 10, 11, 11)])
    assert label_point(islet).distance(shapely.Point(2, 2)) < 0.1
    shape = shapely.box(0, 0, 6, 2)
    spots = [shapely.Point(spot) for spot in name_spots(shape)]
    assert spots[0].distance(label_point(shape)) < 0.001
    assert all(shape.boundary.distance(spot) > 0.4 for spot in spots)
    assert min(a.distance(b) for a, b in itertools.combinations(spots, 2)) > 0.4
    assert len(spots) > 4


def test_legs_follow_the_rule_of_stated_towns(routes, waypoints):
    """A-B is known and shared, B-D and A-D are arcs, and x or hidden routes draw nothing."""
    legs = {(leg.start_place, leg.end_place): leg for leg in route_legs(routes, waypoints)}
    assert set(legs) == {("A", "B"), ("B", "D"), ("A", "D")}
    assert legs["A", "B"].is_known
    assert legs["A", "B"].route_ids == ("R1", "R2")
    assert legs["A", "B"].departments == ("16", "17", "22")
    assert not legs["B", "D"].is_known
    assert not legs["A", "D"].is_known
    routes.loc[routes.route_id == "R3", "is_default"] = False
    assert ("A", "D") not in {(g.start_place, g.end_place) for g in route_legs(routes, waypoints)}


def test_a_pair_of_towns_is_one_bundle(routes, waypoints):
    """A route with only its ends joins those that state the way; the way back is another line."""
    waypoints.loc[waypoints["route_id"] == "R3", "place"] = ["A", "B"]
    waypoints.loc[waypoints["place"] == "B", ["longitude", "latitude"]] = (-74.0, -8.0)
    legs = {(leg.start_place, leg.end_place): leg for leg in route_legs(routes, waypoints)}
    assert legs["A", "B"].route_ids == ("R1", "R2", "R3")
    assert legs["A", "B"].is_known
    waypoints["sequence"] *= [-1 if route == "R3" else 1 for route in waypoints["route_id"]]
    back = route_legs(routes, waypoints.sort_values("sequence"))
    assert {(leg.start_place, leg.end_place): leg.route_ids for leg in back} == {
        ("A", "B"): ("R1", "R2"),
        ("B", "A"): ("R3",),
        ("B", "D"): ("R1",),
    }


def test_a_bundle_is_as_wide_as_it_has_routes(routes, waypoints):
    """Width grows with the routes of a bundle; dashes mean that no route states the path."""
    texts = dict.fromkeys(routes["route_id"], "<b>")
    group = routes_layer(
        route_legs(routes, waypoints), texts=texts, unknown="path not known", caveat="not roads"
    )
    lines = properties(group)
    assert [line["style"]["className"] for line in lines] == ["route route-1"] * 2 + [
        "route route-2"
    ]
    assert [line["style"]["weight"] for line in lines] == [1.1, 1.1, 2.2]
    assert lines[0]["style"]["color"] != lines[2]["style"]["color"]
    for line in lines:
        assert ("dashArray" in line["style"]) == ("path not known" in line["note"])
    assert lines[2]["routes"] == [[code, "<p>&#60;b&#62;</p>"] for code in ("R1", "R2")]
    assert lines[2]["departments"] == "16 17 22"


def test_mining_cells_are_one_layer_without_the_missing(cells):
    hectares = {label: f"{ha:.0f} ha" for label, ha in cells["mined_ha"].items()}
    group = mining_cells_layer(
        cells, title="mining", caveat="no law", hectares=hectares, unwatched="coast\nand Andes"
    )
    assert [p["color"] for p in properties(group)] == [
        CELL_COLORS[0],
        CELL_COLORS[2],
        CELL_COLORS[3],
    ]
    assert "120 ha" in properties(group)[1]["tip"]
    halves = [p["half"] for p in properties(group)]
    assert halves == sorted(halves)
    assert max(halves) == 0.025  # the largest fills its side of 0.05 degrees
    (note,) = properties(group, 1)
    assert note["text"] == "coast<br>and Andes"


def test_a_shape_with_a_broken_line_is_never_filled(shapes):
    """Circles and areas are, faintly; a point and a line have no fill; the largest comes first."""
    group = shapes_layer("shapes", shapes, caveat="overlap")
    (_, features), *_ = drawn(group)
    named = {p["tip"].split("<")[1].split(">")[1]: p for p in properties(group)}
    assert [*named] == ["Corridor", "Huepetuhe", "Marañón", "Way", "Park"]
    assert [named[name].get("radius_km") for name in named] == [37.6, 14, None, None, None]
    assert [named[name]["style"].get("fill") for name in named] == [False, True, None, False, True]
    assert named["Corridor"]["style"]["dashArray"] == "6 4"
    assert [item["geometry"]["type"] for item in features[3:]] == ["LineString", "Polygon"]
    for words in ("100 km of river", "overlap"):
        assert words in named["Marañón"]["tip"]


def test_one_ring_per_place_and_estimates_look_different(places):
    """Rows of one place are merged; a mixed place is no mere estimate; no place, no ring."""
    by_text = {p["text"]: p for p in properties(named_places_layer(places, caveat=""))}
    assert {name: p["estimate"] for name, p in by_text.items()} == {
        "La Pampa": False,
        "La Rinconada": True,
    }
    assert "96 victims" in by_text["La Pampa"]["tip"]
    assert "200 bars" in by_text["La Pampa"]["tip"]


def test_a_service_without_a_position_of_its_own_is_hollow(services):
    exact, near = properties(services_layer(services, caveat=""))
    assert (exact["estimate"], near["estimate"]) == (False, True)
    assert "Jr. Lima 120" in exact["tip"]


def test_density_is_a_data_address_with_labelled_lines():
    """The density picture is embedded, and each contour has a label on its line."""
    lines = {
        50: shapely.union_all([shapely.box(at, 1, at + 1, 2).boundary for at in (1, 7)]),
        90: shapely.box(0, 0, 9, 9).boundary,
    }
    labels = {50: "half", 90: "most"}
    group = density_layer(PNG, (-81, -18, -68, 0), isopleths=lines, labels=labels, note="modelled")
    picture = next(iter(group._children.values()))
    assert picture.url.startswith("data:image/png;base64,iVBORw0KGgo")
    assert picture.bounds == [[-18, -81], [0, -68]]
    most, half = properties(group, 1)
    assert (most["text"], half["text"]) == ("most", "half")
    for label, line in ((most, lines[90]), (half, lines[50])):
        assert all(line.distance(shapely.Point(spot)) < 0.01 for spot in label["spots"])
    assert lines[50].distance(shapely.Point(most["spots"][0])) > 0.5


def test_the_ground_does_not_draw_the_frame_of_its_data_as_a_border(regions):
    """Of a square country at the edge of the data no side is a border; inside, one is."""
    two = [shapely.box(-70, -10, -67, 0), shapely.box(-67, -10, -64, 0)]
    neighbours = geopandas.GeoDataFrame({"country": ["A", "B"], "geometry": two}, crs="EPSG:4326")
    water = geopandas.GeoDataFrame(
        {"scalerank": [3], "geometry": [shapely.LineString([(-70, -5), (-69, -5)])]},
        crs="EPSG:4326",
    )
    group = basemap_layer(regions, neighbours, water, water.iloc[:0])
    borders = [
        shapely.geometry.shape(f["geometry"])
        for f in drawn(group)[0][1]
        if f["properties"]["style"]["className"] == "border"
    ]
    assert all(border.distance(shapely.Point(-67, -5)) < 0.01 for border in borders)
    assert all(border.distance(shapely.Point(-64, -5)) > 2 for border in borders)


def test_labels_come_with_zoom_and_priority(regions):
    towns = geopandas.pd.DataFrame(
        {
            "name": ["Capital 1", "Pueblo"],
            "population": [400_000.0, 9_000.0],
            "longitude": [-79.5, -79.0],
            "latitude": [-1.5, -2.0],
        }
    )
    none = geopandas.GeoDataFrame({"country": [], "geometry": []}, crs="EPSG:4326")
    shown = properties(label_layer(regions, towns, none, names={}, ocean="sea"))
    kinds = {p["text"]: p for p in shown}
    assert sum(p["text"] == "Capital 1" for p in shown) == 1
    assert kinds["Capital 1"]["first"] < kinds["Capital 2"]["first"] < kinds["Pueblo"]["first"]
    assert kinds["Capital 1"]["priority"] < kinds["Pueblo"]["priority"]


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
    """Classes, zero and unknown have their own colours, and clicks fall through to departments."""
    assert all(set(shape["properties"]) == {"tip", "style"} for shape in _features(areas))
    styles = [feature["properties"]["style"] for feature in _features(areas)]
    assert [style["className"].split()[-1] for style in styles] == [
        *("fill-4", "fill-0", "fill-zero", "fill-missing")
    ]
    assert [style["fillColor"] for style in styles] == [
        *(PALETTE.colors[4], PALETTE.colors[0], ZERO_COLOR, HATCH)
    ]


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


def test_ends_are_kept_and_the_bend_is_the_share_of_the_length():
    """On the equator the middle of an arc lies 10 % aside, and the way back on the other side."""
    xy = np.array(arc((0.0, 0.0), (1.0, 0.0), bend=0.1).coords)
    assert xy[[0, -1]] == pytest.approx(np.array([[0, 0], [1, 0]]))
    assert xy[6:8].mean(axis=0) == pytest.approx([0.5, 0.1], abs=1e-3)
    back = np.array(arc((1.0, 0.0), (0.0, 0.0), bend=0.1).coords)
    assert xy[5, 1] > 0 > back[5, 1]


@pytest.mark.parametrize(
    ("end", "angle"), [((1, 0), 0), ((0, 1), -90), ((-1, 0), 180), ((0, -1), 90)]
)
def test_arrows_point_along_the_travel(end, angle):
    """At the end; angles are clockwise on the screen, where north is up."""
    longitude, latitude, drawn_angle = arrow((0, 0), end, bend=0.0)
    assert np.cos(np.radians(drawn_angle - angle)) == pytest.approx(1)
    assert (longitude, latitude) == end
