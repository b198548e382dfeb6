"""Outlines and context, without GDAL."""

import numpy as np
import pytest
import shapely

from data.catalogue import load_table
from data.context import load_mining_by_district, load_mining_suspects
from data.geography import (
    area_names,
    load_areas,
    load_departments,
    load_districts,
    load_features,
    load_lakes,
    load_neighbours,
    load_places,
    load_provinces,
    load_rivers,
    load_service_places,
    load_towns,
    mining_illegality_by_area,
    mother_districts,
)
from data.refresh.locate import projected
from data.sealing import seal
from geo.crs import to_analysis
from geo.errors import DataError
from tests.spoilt_data import reading

AREAS = ("provinces", "departments")


@pytest.mark.parametrize("simplified", [False, True])
def test_departments_tile_the_country(simplified):
    frame = load_departments(simplified=simplified)
    assert len(frame) == 25
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.is_valid.all()
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    west, south, east, north = frame.total_bounds
    assert (round(west, 1), round(south, 1), round(east, 1), round(north, 1)) == (
        -81.3, -18.4, -68.7, -0.0,
    )  # fmt: skip


def test_provinces_tile_the_country():
    """196 valid outlines that share their borders, codes and names of the population's table.

    RENIEC's codes are others: Huamanga is 0501 at INEI and 0401 there. Each centre lies in its
    province or within 15 km of it.
    """
    frame = load_provinces().set_index("province_ubigeo")
    people = load_table("population_provinces").set_index("province_ubigeo")
    assert frame.index.tolist() == sorted(people.index)
    assert frame["province"].to_dict() == people["province"].to_dict()
    assert frame.loc["0501", "province"] == "Huamanga"
    outlines = load_features("provinces_simplified")
    named = dict(zip(outlines["province_ubigeo"], outlines["name"], strict=True))
    assert named == frame["province"].to_dict()
    assert frame.geometry.notna().all()
    assert frame.geometry.is_valid.all()
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    area = sum(projected(outline).area for outline in frame.geometry) / 1e6
    assert area == pytest.approx(1_285_216, rel=0.005)
    for code, row in frame.iterrows():
        centre = projected(shapely.Point(row["longitude"], row["latitude"]))
        assert projected(row.geometry).distance(centre) < 15_000, code


def test_every_capital_lies_by_its_province():
    places = load_places().dropna(subset=["longitude"])
    outlines = load_provinces().set_index("province_ubigeo").geometry
    own = [projected(outlines[code]) for code in places["province_ubigeo"]]
    points = shapely.points(*to_analysis(places["longitude"], places["latitude"]))
    away = shapely.distance(np.array(own), points)
    assert places["district_ubigeo"][away > 10_000].tolist() == []


@pytest.mark.parametrize("scale", ["full", "simplified"])
def test_lines_of_departments_are_lines_of_their_provinces(scale):
    provinces, departments = (load_features(f"{level}_{scale}") for level in AREAS)
    shapes = provinces.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    for code, own in zip(departments["department_ubigeo"], departments.geometry, strict=True):
        joined = shapely.coverage_union_all(shapes[provinces["province_ubigeo"].str[:2] == code])
        assert shapely.equals(joined, own), code


def test_provinces_are_their_districts():
    districts, provinces = load_districts(), load_features("provinces_full")
    shapes = districts.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert set(districts["district_ubigeo"]) < set(area_names("districts"))
    for code, own in zip(provinces["province_ubigeo"], provinces.geometry, strict=True):
        joined = shapely.coverage_union_all(shapes[districts["district_ubigeo"].str[:4] == code])
        assert shapely.equals(joined, own), code


def test_areas_are_within_five_percent_of_the_official_ones():
    for simplified in (False, True):
        frame = load_departments(simplified=simplified)
        km2 = shapely.area(projected(frame.geometry.to_numpy())) / 1e6
        assert (km2 / frame["area_km2"] - 1).abs().max() < 0.05


def test_the_light_copy_keeps_the_end_of_callao():
    """La Punta is a few blocks wide."""
    light, full = (load_departments(simplified=simplified) for simplified in (True, False))
    assert shapely.hausdorff_distance(light.geometry[6], full.geometry[6]) < 0.001
    assert light.geometry[6].contains(shapely.Point(-77.1640, -12.0725))


def test_what_stands_outside_its_department_is_named():
    """On the map of the country too: nothing but what lies at the edge, up to 900 m beyond it."""
    outside = {}
    full = load_departments().set_index("department_ubigeo").geometry
    light = load_departments(simplified=True).set_index("department_ubigeo").geometry
    for what, frame, name in (
        ("services", load_service_places(), "name"),
        ("towns", load_towns(), "name"),
        ("capitals", load_places().dropna(subset=["longitude"]), "capital"),
    ):
        key = "district_ubigeo" if what == "services" else "department_ubigeo"
        points = shapely.points(frame["longitude"], frame["latitude"])
        own = full.loc[frame[key].str[:2]].to_numpy()
        is_out = ~shapely.covers(own, points)
        outside[what] = set(frame[name][is_out])
        assert shapely.distance(own[is_out], points[is_out]).max() < 0.009
        away = shapely.distance(light.loc[frame[key].str[:2]].to_numpy(), points)
        assert away.max() < 0.02
    assert outside == {
        "services": {"Cem Regular Islay", "Cem Comisaría La Cruz"},  # 60 m at sea
        "towns": {
            *("Balsas", "Puerto de Lomas", "Kimbiri", "Monterrico", "Nuevo Progreso"),
            "Salinera Colán",
        },
        "capitals": {"Balsas", "Lomas", "Ilo"},
    }


@pytest.mark.parametrize("simplified", [False, True])
def test_no_gap_shows_along_the_frontier(simplified):
    """Country, neighbours and Titicaca leave nothing open but six lakes."""
    country = load_departments(simplified=simplified).geometry
    land = shapely.union_all([*country, *load_neighbours().geometry, *load_lakes().geometry])
    rings = [ring for part in shapely.get_parts(land) for ring in part.interiors]
    holes = shapely.polygons(rings)
    open_km2 = shapely.area(projected(holes)) / 1e6
    # what the light copy leaves of Titicaca's shore is less than a pixel wide
    assert (open_km2 > 9).sum() == 6


def test_rivers_end_at_the_coast():
    land = shapely.union_all([*load_departments().geometry, *load_neighbours().geometry])
    at_sea = shapely.difference(load_rivers().geometry.to_numpy(), shapely.buffer(land, 0.02))
    assert shapely.length(at_sea).sum() == 0


def test_a_younger_district_has_a_mother():
    """Its land is in the district whose outline holds its capital; one was never made."""
    without = set(area_names("districts")) - set(load_districts()["district_ubigeo"])
    mothers = mother_districts()
    assert (len(without), without - set(mothers)) == (21, {"150144"})
    assert mothers["130112"] == "130102"  # Alto Trujillo was a part of El Porvenir
    assert mothers["160114"] == "160803"  # of Maynas once, of Putumayo today


def test_an_invalid_outline_is_refused(folder):
    path = folder / "tables" / "lakes.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[\n{"type":"Feature","properties":{"name":"x"},'
        '"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}}\n]}\n',
        encoding="utf-8",
    )
    seal(folder)
    with pytest.raises(DataError, match="line 2: found Self-intersection"), reading(folder):
        load_lakes()


def test_a_province_has_a_density_if_all_its_districts_have_an_area(edit):
    """Half of its land would double it: without one area there is none, the others stay."""
    folder = edit("places.csv", "Asunción,25.71,", "Asunción,,")
    shipped = load_areas("provinces").set_index("area_ubigeo")["people_per_km2"]
    with reading(folder):
        spoilt = load_areas("provinces").set_index("area_ubigeo")["people_per_km2"]
    assert shipped["0101"] > 0
    # a district that was never made, or made after the areas were listed, takes none away
    assert shipped[["1301", "1501", "1601", "1608"]].gt(0).all()
    assert np.isnan(spoilt["0101"])
    np.testing.assert_array_equal(spoilt.drop("0101"), shipped.drop("0101"))


def test_hectares_of_suspect_places_stand_apart():
    suspects = set(load_mining_suspects()["area_ubigeo"])
    assert {len(code) for code in suspects} == {2, 6}
    table = load_mining_by_district()
    places = list(zip(table["district_ubigeo"], table["mined_ha"], strict=True))
    areas = load_areas("provinces").set_index("area_ubigeo")
    for code in areas.index:
        own = [(place, ha) for place, ha in places if place[:4] == code]
        doubtful = sum(ha for place, ha in own if {place, place[:2]} & suspects)
        assert areas.loc[code, "doubtful_ha"] == pytest.approx(doubtful)
        assert areas.loc[code, "mined_ha"] == pytest.approx(sum(ha for _, ha in own) - doubtful)


def test_likely_illegal_mining_by_area():
    """Sums of the publisher's rows by hand; unjudged departments are absent, suspects flagged."""
    provinces, departments = (
        mining_illegality_by_area(level).round(1) for level in ("provinces", "departments")
    )
    columns = ["mined_ha", "likely_illegal_ha", "very_likely_illegal_ha", "includes_suspects"]
    assert departments.loc["17", columns].tolist() == [86306.7, 71246.0, 26240.1, False]
    assert provinces.loc["1701", columns].tolist() == [46086.7, 37816.0, 3210.8, False]
    assert provinces.loc["1702", columns].tolist() == [40220.0, 33430.0, 23029.3, False]
    assert provinces["includes_suspects"][lambda is_in: is_in].index.tolist() == ["1601"]
    judged = set(load_mining_suspects()["area_ubigeo"]) & set(departments.index)
    assert judged == set()
    assert departments["mined_ha"].sum() == pytest.approx(91502.8, abs=0.5)
    share = departments["likely_illegal_ha"].sum() / departments["mined_ha"].sum()
    assert share == pytest.approx(0.816, abs=0.001)
    areas = load_areas("provinces").set_index("area_ubigeo")["likely_illegal_ha"]
    assert areas.dropna().round(1).to_dict() == provinces["likely_illegal_ha"].to_dict()


def test_a_table_of_points_is_read_as_features_without_rows_that_stand_nowhere():
    table, frame = load_table("services"), load_features("services")
    placed = table.dropna(subset=["longitude"])
    assert 0 < len(frame) == len(placed) < len(table)
    assert [*zip(frame.geometry.x, frame.geometry.y, strict=True)] == [
        *zip(placed["longitude"], placed["latitude"], strict=True)
    ]
    assert frame.crs == "EPSG:4326"
    assert load_features.tiered("services").card["sources"]
