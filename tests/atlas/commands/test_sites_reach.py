"""Areas within reach, in kilometres and of a file in minutes; minutes as an estimate."""

import io
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from atlas.planner.demand import places
from atlas.planner.files import plan_bytes
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.words import words
from data.context import load_travel_speeds
from geo.siting.travel import great_circle_km
from tests.planned import pdf_text, planned, run

BASES = {"Base Norte": (-69.18, -12.59), "Base Sur": (-70.38, -13.10), "Base Sin": (-71.0, -13.5)}
TEAMS = "nombre,longitud,latitud\n" + "".join(f"{n},{x},{y}\n" for n, (x, y) in BASES.items())
SHAPES = {"base norte": shapely.box(-69.6, -13.2, -69.0, -12.0)}
SHAPES["Base Sur"] = shapely.MultiPolygon(
    [shapely.box(-70.6, -13.3, -69.3, -12.5), shapely.box(-71, -12, -70.9, -11.9)]
)


def areas_file(path, shapes=SHAPES, **changed):
    """A file of areas as travel-times writes it."""
    values = {"minutes": 120.0, "season": "rainy", "signs": "ignore", "widened_km": 2.0, **changed}
    frame = gpd.GeoDataFrame(
        {"place": list(shapes), **values}, geometry=list(shapes.values()), crs="EPSG:4326"
    )
    frame.to_file(path, layer="areas", driver="GPKG")
    return path


@pytest.fixture
def given(tmp_path):
    """Candidates, minutes to their towns, and the options that ask for two of them."""
    (tmp_path / "teams.csv").write_text(TEAMS, encoding="utf-8")
    rows = ["from,to,minutes", "Base Norte,170101,10", "Base Norte,170103,110", "Base Sur,170104,9"]
    rows += ["Base Sur,170103,100", "Base Sin,170101,400"]
    (tmp_path / "times.csv").write_text("\n".join(rows), encoding="utf-8")
    times = ("--travel-times", tmp_path / "times.csv", "--radius-minutes", 120)
    few = ("--candidates", tmp_path / "teams.csv", "--sites", 2, "--resamples", 0)
    return tmp_path, (*few, *times)


def people_within(shape):
    """Residents of the towns in a shape, by geopandas."""
    here = places()
    towns = gpd.GeoDataFrame(
        {"people": here.population}, geometry=gpd.points_from_xy(here.longitude, here.latitude)
    )
    return towns.loc[towns.intersects(shape), "people"].sum()


def test_areas_of_a_file_are_in_every_file_of_a_plan(given):
    """The same shapes in --reach and in the layer; residents inside and in both by geopandas. The
    layer beside the sites does not keep the plan from being a list of candidates."""
    folder, asked = given
    areas, reach, plan = areas_file(folder / "a.gpkg"), folder / "r.geojson", folder / "p.gpkg"
    done = run(*asked, "--areas", areas, "--reach", reach, "--out", plan, "--format", "json")
    assert done.exit_code == 0, done.stderr
    content = json.loads(reach.read_text(encoding="utf-8"))
    shapes = {
        one["properties"]["name"]: shapely.geometry.shape(one["geometry"])
        for one in content["features"]
    }
    told = {one["properties"]["name"]: one["properties"] for one in content["features"]}
    for name, shape in SHAPES.items():
        name = name.replace("base norte", "Base Norte")
        assert shapes[name].symmetric_difference(shape).area < 1e-9
        assert told[name]["people"] == pytest.approx(people_within(shape))
        assert (told[name]["kind"], told[name]["season"]) == ("area", "rainy")
    both = shapely.intersection(*SHAPES.values())
    assert content["reach"]["people_shared"] == pytest.approx(people_within(both))
    assert content["reach"]["people_shared"] > 0
    assert content["reach"]["people"] == pytest.approx(
        people_within(shapely.union(*SHAPES.values()))
    )
    layer = gpd.read_file(plan, layer="reach").set_index("name")
    assert {name: layer.loc[name, "people"] for name in told} == {
        name: one["people"] for name, one in told.items()
    }
    for name, shape in shapes.items():
        assert layer.loc[name].geometry.symmetric_difference(shape).area < 1e-9
    answer = json.loads(done.stdout)
    assert answer["reach"]["sites"][0].items() <= {**told[answer["chosen"][0]["name"]]}.items()
    assert "reach" not in {key for one in answer["chosen"] for key in one}
    again = run(*asked[2:4], "--resamples", 0, "--candidates", plan)
    assert again.exit_code == 0, again.stderr


def test_without_areas_the_places_that_are_reached_are_marked(given):
    """No polygon anywhere; the points are the towns of the table within reach, its residents
    theirs."""
    folder, asked = given
    reach, plan = folder / "r.geojson", folder / "p.gpkg"
    done = run(*asked, "--reach", reach, "--out", plan)
    assert done.exit_code == 0, done.stderr
    assert "is not known and is not drawn" in done.stderr
    features = json.loads(reach.read_text(encoding="utf-8"))["features"]
    assert {one["geometry"]["type"] for one in features} == {"MultiPoint"}
    assert gpd.read_file(plan, layer="reach").geom_type.unique().tolist() == ["MultiPoint"]
    here = places()
    want = {"Base Norte": ["170101", "170103"], "Base Sur": ["170103", "170104"]}
    for one in features:
        codes = np.isin(here.ubigeo, want[one["properties"]["name"]])
        spots = np.column_stack([here.longitude, here.latitude])[codes].round(6).tolist()
        assert sorted(one["geometry"]["coordinates"]) == sorted(spots)
        assert one["properties"]["people"] == pytest.approx(here.population[codes].sum())
        assert one["properties"]["area_km2"] is None


def test_kilometres_have_rings_and_a_plan_is_made_again_with_them(tmp_path):
    """A polygon a site in --reach and in the layer; --plan takes --reach beside it, and gives the
    same bytes."""
    few = ("--min-population", 75_000, "--resamples", 0, "--sites", 3)
    first, plan, again = (tmp_path / name for name in ("a.geojson", "p.gpkg", "b.geojson"))
    assert run(*few, "--reach", first, "--out", plan).exit_code == 0
    assert run("--plan", plan, "--reach", again, "--lang", "en").exit_code == 0
    assert first.read_bytes() == again.read_bytes()
    layer = gpd.read_file(plan, layer="reach")
    assert set(layer.geom_type) <= {"Polygon", "MultiPolygon"}
    assert len(layer) == 3
    assert pyogrio.list_layers(plan)[:, 0].tolist() == ["sites", "assigned", "reach"]


def test_areas_may_stand_beside_a_saved_plan_and_belong_to_one_made_with_them(given):
    """They decide no site: a plan made without takes them; one made with them asks for the same."""
    folder, asked = given
    areas, plan, other = (folder / name for name in ("a.gpkg", "p.geojson", "o.geojson"))
    areas_file(areas)
    lists = asked[:2] + asked[6:8]
    done = run(*asked, "--out", plan)
    assert done.exit_code == 0, done.stderr
    done = run("--plan", plan, *lists, "--areas", areas, "--out", other)
    assert done.exit_code == 0, done.stderr
    one, two = (json.loads(path.read_text(encoding="utf-8")) for path in (plan, other))
    assert [site["id"] for site in one["features"]] == [site["id"] for site in two["features"]]
    assert [each["task"] for each in two["plan"]["lists"]] == [
        "candidates",
        "travel_times",
        "areas",
    ]
    done = run("--plan", other, *lists)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "the plan obeys 'a.gpkg': give that file with --areas\n"


def test_areas_that_are_nobody_s_are_named(given):
    """On stderr by name, in the plan as a number; a site without an area is named too."""
    folder, asked = given
    shapes = {"Base Norte": SHAPES["base norte"], "Otra base": SHAPES["Base Sur"]}
    done = run(*asked, "--areas", areas_file(folder / "a.gpkg", shapes), "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert "1 area of the file belongs to no candidate: Otra base." in done.stderr
    assert "The file has no area of Base Sur" in done.stderr
    assert "Otra base" not in done.stdout
    kinds = {one["name"]: one["kind"] for one in json.loads(done.stdout)["reach"]["sites"]}
    assert kinds == {"Base Norte": "area", "Base Sur": "places"}


@pytest.mark.parametrize(
    ("shapes", "changed", "more", "told"),
    [
        (
            SHAPES,
            {"minutes": 90.0},
            (),
            "are of 90 minutes, and the plan's reach is 120: write them",
        ),
        (SHAPES, {"minutes": [90.0, 120.0]}, (), 'do not all have the same "minutes"'),
        (SHAPES, {"season": ["dry", "rainy"]}, (), 'do not all have the same "season"'),
        (SHAPES, {"season": "wet"}, (), "row 1: the season is neither dry nor rainy"),
        ({"Otra": SHAPES["base norte"]}, {}, (), "is of a candidate of this plan: Otra;"),
        (
            {"Base Sur": shapely.Point(-70, -13)},
            {},
            (),
            "row 1: the area is not a polygon near Peru",
        ),
        ({"Base Sur": shapely.box(10, 50, 11, 51)}, {}, (), "row 1: "),
        ({"": SHAPES["base norte"]}, {}, (), "row 1: nothing came; a value is needed"),
        (SHAPES, {"dni": "x"}, (), "dni"),
        (
            SHAPES,
            {},
            ("--reach", "site/r.geojson"),
            "--reach lies under 'site', which is published",
        ),
        (SHAPES, {}, ("--reach", "r.gpkg"), "'.gpkg'"),
    ],
)
def test_areas_that_are_refused(given, shapes, changed, more, told):
    """One line, nothing on stdout, no file."""
    folder, asked = given
    more = [folder / one if "." in one else one for one in more]
    done = run(*asked, "--areas", areas_file(folder / "a.gpkg", shapes, **changed), *more)
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert told in line
    assert not list(folder.rglob("r.*"))


def test_areas_need_their_minutes_and_their_own_file(given):
    """A plan in kilometres or by estimate has none of the network; a table is no file of areas."""
    folder, asked = given
    areas = areas_file(folder / "a.gpkg")
    for more in ((), ("--estimate",)):
        done = run(*asked[:6], *more, "--areas", areas)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "this plan does not have its travel times: add them" in done.stderr
    done = run(*asked, "--areas", folder / "teams.csv")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "come in the GeoPackage that travel-times --areas-out writes" in done.stderr


ESTIMATE = ("--estimate", "--departments", 17, "--sites", 1, "--must", 170101, "--resamples", 0)


def test_estimated_minutes_by_hand():
    """In the jungle: straight kilometres, 1.5 times as long a way, at the speed of its land."""
    done = run(*ESTIMATE, "--radius-minutes", 90, "--format", "json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    here, kmh = places(), load_travel_speeds().set_index("code")["speed_kmh"]
    there = np.flatnonzero(here.department_ubigeo == "17")
    at = np.flatnonzero(here.ubigeo == "170101")
    straight = great_circle_km(
        *(one[side] for side in (there, at) for one in (here.longitude, here.latitude))
    )
    minutes = 60 * 1.5 * straight[:, 0] / kmh["jungle"]
    assert answer["worst_min"] == pytest.approx(minutes.max(), abs=1e-5)
    served = {one["place"] for one in answer["assigned"]}
    assert served == set(here.ubigeo[there][minutes <= 90])
    assert answer["estimate"]["kmh"] == {
        name: kmh[name] for name in ("coast", "highland", "jungle", "river")
    }
    assert (answer["estimate"]["low"], answer["estimate"]["high"]) == (0.8, 1.8)
    assert answer["radius_unit"] == "min"
    assert {one["kind"] for one in answer["reach"]["sites"]} == {"places"}


@pytest.mark.parametrize(("lang", "word"), [("es", "estimación"), ("en", "estimate")])
def test_an_estimate_says_so_wherever_it_is_shown(tmp_path, lang, word):
    """stderr, each of the files, the table of a person, the print sheet; without it, nowhere. The
    plan is made again from its file."""
    plan, again, say = tmp_path / "plan.geojson", tmp_path / "again.geojson", words(lang)
    done = run(*ESTIMATE, "--hour-cost", 5, "--team-cost", 100, "--lang", lang, "--out", plan)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.startswith(f"{word}: ")
    assert f"120 min ({word}): " in done.stderr
    assert run("--plan", plan, "--out", again).exit_code == 0
    assert again.read_bytes() == plan.read_bytes()
    asked = {"radius": 120.0, "departments": ("17",), "sites": 1, "min_population": 0.0}
    estimated = planned(estimate=True, way_cost=5.0, team_cost=100.0, must=("170101",), **asked)
    assert plan_bytes(estimated, ".geojson", say) == plan.read_bytes()
    for suffix in (".geojson", ".gpx", ".csv"):
        assert f"({word})" in plan_bytes(estimated, suffix, say, is_worded=True).decode()
    rows = pd.read_csv(io.BytesIO(plan_bytes(estimated, ".csv", say, is_worded=True)))
    assert [name for name in rows.columns if name.endswith(f"({word})")]
    assert pdf_text(plan_pdf_bytes(estimated, lang)).count(f"({word})") >= 4
    assert f"({word})" not in pdf_text(plan_pdf_bytes(planned(**asked), lang))
