"""Lists beside a plan, from the terminal: excluded zones, areas within reach, estimated minutes."""

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from atlas.results.places import places
from atlas.words import words
from cli import app
from data.catalogue import ROOT
from geo.errors import UserError
from tests.atlas.commands.test_sites import ran, refused_by
from tests.atlas.own_data.planning_lists import kml, kml_shape, placemark
from tests.planned import FEW, run

REPORTS_OF_MADRE_DE_DIOS = 71
"""in 2023: the sum of two rows of the official file"""
FLAT = '{"type": "Polygon", "coordinates": [[[-76, -9], [-75, -9], [-74, -9], [-76, -9]]]}'


def test_rows_that_the_page_leaves_out_are_left_out_and_named(tmp_path):
    """A footnote, totals and an unknown code are left out and named; without rows it is refused."""
    asked = ("--sites", 1, "--lang", "es", *FEW, "--candidates", tmp_path / "c.csv")
    notes = "A3;;999\nTotal;;\nFuente: actas de marzo;;\n"
    (tmp_path / "c.csv").write_text(f"numero;nombre;ubigeo\nA1;Uno;170101\n{notes}")
    done = ran(*asked, "--format", "json")
    (site,) = json.loads(done.stdout)["sites"]
    assert site["name"] == "Uno"
    lines = [line for line in done.stderr.splitlines() if line.startswith("c.csv, fila ")]
    assert [line[12:14] for line in lines] == ["3:", "4:", "5:"]
    (tmp_path / "c.csv").write_text("numero;nombre;ubigeo\nA3;;999\n")
    assert "c.csv, fila 2: " in refused_by(*asked).stderr
    (tmp_path / "c.csv").write_text("nombre,lon,lat\nA,-69.2,-12.6\nB,-12.6,-69.2\n")
    assert "c.csv, fila 3: " in refused_by(*asked).stderr


def test_names_of_own_files_steer_no_terminal_and_no_plan(tmp_path):
    """Names of own files are printed and stored without control signs, and the plan opens again."""
    lists, records = (tmp_path / f"{name}\x1b[2J\udcff.csv" for name in "cr")
    lists.write_text("nombre;ubigeo\nUno;170101\nDos;999\n")
    records.write_text("fecha,ubigeo\n" + "2023,170101\n" * 40)
    plan = tmp_path / "p.plan.zip"
    own = ("--demand", "own", "--records", records, "--candidates", lists)
    done = ran("--sites", 1, *own, *FEW, "--out", plan)
    assert "c[2J.csv, row 3: " in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "Uno" in ran("--plan", plan).stdout


def test_open_questions_about_own_records_are_named_with_the_map_that_answers_them(tmp_path):
    """As the page asks them; the map that records check writes is taken."""
    rows = "".join(f"{at},170101,2023-05-01,M\n" for at in range(40))
    records, mapping = tmp_path / "r.csv", tmp_path / "m.json"
    records.write_text(f"registro,distrito_ubigeo,fecha,sexo\n{rows}")
    asked = ("--demand", "own", "--records", records, "--sites", 1, *FEW)
    line = refused_by(*asked).stderr
    assert "how to read r.csv is an open question." in line
    assert "--mapping FILE" in line
    CliRunner().invoke(app, ["records", "check", str(records), "--write-mapping", str(mapping)])
    answers = json.loads(mapping.read_text())
    answers["answers"] = dict.fromkeys(answers["answers"], "female")
    mapping.write_text(json.dumps(answers))
    assert (
        json.loads(ran(*asked, "--mapping", mapping, "--format", "json").stdout)["demand"] == "own"
    )
    assert "--mapping needs --records" in refused_by("--mapping", mapping, *FEW).stderr


@pytest.mark.parametrize("step", ["reading", "holding"])
def test_a_reader_that_is_stopped_says_nothing_of_the_file(tmp_path, monkeypatch, step):
    """While zones are read, and while they are held against the places: one line, what to do."""
    zones = tmp_path / "z.geojson"
    zones.write_text(
        '{"type": "Polygon", "coordinates": [[[-77, -12], [-76, -12], [-76, -11], [-77, -12]]]}'
    )
    values = {"limit": "120"}

    def stop(*_, **__):
        raise UserError("records.refusal.reader_wait", **values)

    module = {"reading": "own_files.isolation", "holding": "own_files.lists"}[step]
    monkeypatch.setattr(f"atlas.{module}.run_in_subprocess", stop)
    for lang, text in (("en", "this computer is busy"), ("es", "esta computadora está ocupada")):
        done = refused_by("--exclude", zones, "--resamples", 0, "--lang", lang)
        assert re.fullmatch(rf"z\.geojson: .*{text}.*\n", done.stderr)
        assert "CSV" not in done.stderr


RING = [[-69.5, -12.9], [-68.9, -12.9], [-68.9, -12.3], [-69.5, -12.3]]
TOWN = [[-69.2, -12.61], [-69.17, -12.61], [-69.17, -12.58], [-69.2, -12.58]]


@pytest.mark.parametrize(
    ("rings", "notice", "lang"),
    [([RING, TOWN], "zones_holes", "es"), ([TOWN, RING], "zones_filled", "en")],
)
def test_what_a_reader_noticed_is_said_as_the_page_says_it(tmp_path, rings, notice, lang):
    """Of a ring around a town, which is then open, and of the same rings the wrong way round."""
    shape = {"type": "Polygon", "coordinates": rings}
    (tmp_path / "z.geojson").write_text(json.dumps(shape))
    asked = ("--exclude", tmp_path / "z.geojson", "--buffer-km", 0)
    few = ("--departments", "17", "--sites", 1, *FEW)
    done = ran(*asked, *few, "--lang", lang, "--format", "json")
    say = words(lang)
    text = say("records.text.note", text=say(f"records.notice.{notice}", detail="1"))
    assert f"z.geojson: {text}" in done.stderr.splitlines()
    answer = json.loads(done.stdout)
    is_open = notice == "zones_holes"
    values = {"count": 1, "holes": int(is_open), "holes_closed": 0, "candidates_away": 1 - is_open}
    assert answer["zones"] == values
    assert (answer["demand_in_zones"] == 0) == is_open
    assert (say("plan.site.surrounded") in done.stdout) == is_open


def test_what_a_file_of_zones_holds_is_confirmed_by_flags(tmp_path):
    """Polygon, point, a note and a comment: one line names each with the flags that answer it."""
    file = tmp_path / "z.kml"
    file.write_bytes(
        kml(
            "<!-- borrador -->",
            placemark(kml_shape("Polygon", [*RING, RING[0]]), "<description>ver</description>"),
            placemark(kml_shape("Point", [[-75, -10]]), name="Campamento"),
        )
    )
    asked = ("--exclude", file, "--departments", "25", "--sites", 1, *FEW)
    (line,) = refused_by(*asked).stderr.splitlines()
    flags = ["--drop-zone-columns description", "--drop-zone-members '<!-- -->'"]
    assert line.endswith(f"({' '.join(flags)} --zone-points-km KM)")
    assert "description" in line.partition("which the atlas does not read")[0]
    given = ("--drop-zone-columns", "description", "--drop-zone-members", "<!-- -->")
    (line,) = refused_by(*asked, *given).stderr.splitlines()
    assert line.endswith("(--zone-points-km KM)")
    done = ran(*asked, *given, "--zone-points-km", 5, "--format", "json")
    assert json.loads(done.stdout)["zones"]["count"] == 2
    for flag in ("--zone-points-km", "--drop-zone-members"):
        assert "--exclude" in refused_by(flag, "5", "--sites", 1).stderr


def test_zones_are_kept_at_ten_kilometres_unless_another_number_is_given(tmp_path):
    """As on the page; a saved plan keeps its own, which is not the start of the option."""
    zones, out = tmp_path / "z.csv", tmp_path / "a.plan.zip"
    zones.write_text("longitude,latitude,radius_km\n-77.03,-12.05,2\n")
    asked = ("--sites", 1, "--departments", "15", *FEW, "--exclude", zones)
    for flags, km in (
        (asked, 10.0),
        ((*asked, "--buffer-km", 0, "--out", out), 0.0),
        (("--plan", out), 0.0),
    ):
        done = run(*flags, "--format", "json")
        assert json.loads(done.stdout)["question"]["buffer_km"] == km


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("z.geojson", None, "z.geojson cannot be opened"),
        ("z.geojson", "{", "z.geojson: the JSON is damaged"),
        ("z.geojson", '{"type": "Point", "coordinates": [-77, -12]}', "A zone is a polygon, or a"),
        ("z.csv", "provincia\nSatippo\n", "z.csv, row 2: the name is written otherwise .*Satipo"),
        ("z.geojson", FLAT, "^zone in z.geojson, row 1: the polygon has no area"),
        (
            "z.csv",
            "longitude,latitude,radius_km\n-75,-9,x\n",
            "^zone in z.csv, row 2: this is not a number",
        ),
        ("z.csv", "longitude,latitude,radius_km\n", "found no zone|no row"),
    ],
)
def test_zones_are_read_whole_or_refused(tmp_path, name, text, match):
    """A faulty zone refuses the list in one line, with code 2 and no plan.

    Every fault of a zone: tests/atlas/own_data.
    """
    if text is not None:
        (tmp_path / name).write_text(text)
    done = refused_by(
        "--exclude", tmp_path / name, "--resamples", 0, "--out", tmp_path / "plan.csv"
    )
    (line,) = done.stderr.splitlines()
    assert re.search(match, line)
    assert not (tmp_path / "plan.csv").exists()


def test_people_in_zones_stay_unless_they_are_let_out(tmp_path):
    """The default covers nobody inside; "come" does.

    Inside stands Tambopata alone. Second way to its part of the reports of Madre de Dios in 2023:
    residents that grow from the count of 2018 to that of 2025, provinces fitted to the department,
    districts to the province.
    """
    tables = {
        name: pd.read_csv(ROOT / "tables" / f"{name}.csv", dtype={key: str}).set_index(key)
        for name, key in (("places", "district_ubigeo"), ("census_2025", "area_ubigeo"))
    }
    first, last = tables["places"]["population_2018"], tables["census_2025"]["residents"]
    grown = 60 / 86.5  # months: from 30 June 2018 to the middle of 2023, and to 15 September 2025

    def part(code, inside):
        within = first[first.index.str.startswith(inside)]
        units = within.groupby(within.index.str[: len(code)]).sum()
        middle = units * (last[units.index] / units) ** grown
        return middle[code] / middle.sum()

    inside = REPORTS_OF_MADRE_DE_DIOS * part("1701", "17") * part("170101", "1701")
    zones = tmp_path / "z.geojson"
    zones.write_text(json.dumps({"type": "Polygon", "coordinates": [RING]}))
    for people in ("stay", "come"):
        flags = () if people == "stay" else ("--zone-people", "come")
        few = ("--departments", "17", "--sites", 1, *FEW)
        done = ran("--exclude", zones, *flags, *few, "--format", "json")
        sentence = f"1 candidate falls away. {inside:.0f} reports "
        assert sentence in done.stderr
        assert words("en")(f"siting.zones.{people}") in done.stderr.splitlines()
        assert json.loads(done.stdout)["question"]["zone_people"] == people


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


NEAR = ("170101", "170103", "170104")


@pytest.fixture
def given(tmp_path):
    """Candidates, minutes to their towns, and the options that ask for two of them."""
    (tmp_path / "teams.csv").write_text(TEAMS, encoding="utf-8")
    rows = ["from,to,minutes", "Base Norte,170101,10", "Base Norte,170103,110", "Base Sur,170104,9"]
    rows += ["Base Sur,170103,100", "Base Sin,170101,400"]
    towns = places()
    others = towns.ubigeo[(towns.department_ubigeo == "17") & ~np.isin(towns.ubigeo, NEAR)]
    rows += [f"Base Sin,{code},500" for code in others]
    (tmp_path / "times.csv").write_text("\n".join(rows), encoding="utf-8")
    times = ("--travel-times", tmp_path / "times.csv", "--radius-minutes", 120)
    few = ("--candidates", tmp_path / "teams.csv", "--sites", 2, "--resamples", 0)
    return tmp_path, (*few, *times)


def people_within(shape):
    """Residents of the towns in a shape, by geopandas."""
    inhabited = places()
    towns = gpd.GeoDataFrame(
        {"people": inhabited.population},
        geometry=gpd.points_from_xy(inhabited.longitude, inhabited.latitude),
    )
    return towns.loc[towns.intersects(shape), "people"].sum()


def test_areas_of_a_file_are_in_the_file_of_reach(given):
    """The same shapes; residents inside and in both by geopandas."""
    folder, asked = given
    areas, reach, plan = areas_file(folder / "a.gpkg"), folder / "r.geojson", folder / "p.plan.zip"
    done = ran(*asked, "--areas", areas, "--reach", reach, "--out", plan, "--format", "json")
    content = json.loads(reach.read_text(encoding="utf-8"))
    shapes = {
        feature["properties"]["name"]: shapely.geometry.shape(feature["geometry"])
        for feature in content["features"]
    }
    area_by_name = {
        feature["properties"]["name"]: feature["properties"] for feature in content["features"]
    }
    for name, shape in SHAPES.items():
        name = name.replace("base norte", "Base Norte")
        assert shapes[name].symmetric_difference(shape).area < 1e-9
        assert area_by_name[name]["people"] == pytest.approx(people_within(shape))
        assert (area_by_name[name]["kind"], area_by_name[name]["season"]) == ("area", "rainy")
    # 0.6 degrees of longitude by 1.2 of latitude at 12.6 south
    assert area_by_name["Base Norte"]["area_km2"] == pytest.approx(
        0.6 * 108.64 * 1.2 * 110.64, rel=0.01
    )
    both = shapely.intersection(*SHAPES.values())
    assert content["reach"]["people_shared"] == pytest.approx(people_within(both))
    assert content["reach"]["people_shared"] > 0
    assert content["reach"]["people"] == pytest.approx(
        people_within(shapely.union(*SHAPES.values()))
    )
    assert {feature["name"] for feature in json.loads(done.stdout)["sites"]} == set(area_by_name)
    again = folder / "again.geojson"
    ran("--plan", plan, "--reach", again)
    assert again.read_bytes() == reach.read_bytes()


def test_without_areas_the_places_that_are_reached_are_marked(given):
    """Without areas the points are the towns within reach that the site serves."""
    folder, asked = given
    reach = folder / "r.geojson"
    done = ran(*asked, "--reach", reach)
    assert "is not known and is not drawn" in done.stderr
    features = json.loads(reach.read_text(encoding="utf-8"))["features"]
    assert {feature["geometry"]["type"] for feature in features} == {"MultiPoint"}
    towns = places()
    want = {"Base Norte": ["170101", "170103"], "Base Sur": ["170103", "170104"]}
    marked = []
    for feature in features:
        codes = np.isin(towns.ubigeo, want[feature["properties"]["name"]])
        spots = np.column_stack([towns.longitude, towns.latitude])[codes].round(6).tolist()
        marked += feature["geometry"]["coordinates"]
        assert all(spot in spots for spot in feature["geometry"]["coordinates"])
        assert feature["properties"]["people"] == pytest.approx(towns.population[codes].sum())
        assert feature["properties"]["area_km2"] is None
    assert len(marked) == 3


def test_kilometres_have_rings(tmp_path):
    reach = tmp_path / "a.geojson"
    ran(*FEW, "--departments", "17", "--sites", 1, "--reach", reach)
    (feature,) = json.loads(reach.read_text(encoding="utf-8"))["features"]
    assert feature["geometry"]["type"] == "MultiPolygon"


def test_areas_that_are_nobody_s_are_named(given):
    """On stderr by name, in the plan as a number; a site without an area is named too."""
    folder, asked = given
    shapes = {"Base Norte": SHAPES["base norte"], "Otra base": SHAPES["Base Sur"]}
    done = ran(*asked, "--areas", areas_file(folder / "a.gpkg", shapes), "--format", "json")
    assert "1 area of the file belongs to no candidate" in done.stderr
    assert "Otra base" not in done.stdout
    kinds = {site["name"]: site["area_km2"] is None for site in json.loads(done.stdout)["sites"]}
    assert kinds == {"Base Norte": False, "Base Sur": True}


@pytest.mark.parametrize(
    ("shapes", "changed", "more", "match"),
    [
        (SHAPES, {"minutes": 90.0}, (), "are of 90 minutes, and the plan's reach is 120. Write"),
        (SHAPES, {"minutes": [90.0, 120.0]}, (), 'do not all have the same "minutes"'),
        (SHAPES, {"season": "wet"}, (), "row 1: the season is neither dry nor rainy"),
        ({"Otra": SHAPES["base norte"]}, {}, (), "is of a candidate of this plan (Otra)"),
        ({"Base Sur": shapely.Point(-70, -13)}, {}, (), "row 1: the area is not a polygon near"),
        ({"Base Sur": shapely.box(10, 50, 11, 51)}, {}, (), "row 1: "),
        ({"": SHAPES["base norte"]}, {}, (), "row 1: no value came. A value is needed"),
        ({"Base Sur": SHAPES["base norte"]}, {}, (), "the area of Base Sur does not hold Base Sur"),
        ({"Base Sur": shapely.box(-81, -15, -69, -1)}, {}, (), "is wider than half the country"),
        (SHAPES, {"dni": "x"}, (), "dni"),
        (SHAPES, {}, ("--reach", "site/r.geojson"), "--reach lies under 'site', which is publ"),
        (SHAPES, {}, ("--reach", "r.gpkg"), "'.gpkg'"),
    ],
)
def test_areas_that_are_refused(given, shapes, changed, more, match):
    """One line, nothing on stdout, no file."""
    folder, asked = given
    more = [folder / name if "." in name else name for name in more]
    done = refused_by(*asked, "--areas", areas_file(folder / "a.gpkg", shapes, **changed), *more)
    (line,) = done.stderr.splitlines()
    assert match in line
    assert not list(folder.rglob("r.*"))


def test_areas_need_their_minutes_and_their_own_file(given):
    """A plan in kilometres or by estimate has none of the network; a table is no file of areas."""
    folder, asked = given
    areas = areas_file(folder / "a.gpkg")
    for options, file, match in (
        (asked[:6], areas, "This plan does not have its travel times. Add them"),
        (asked, folder / "teams.csv", "in the GeoPackage that travel-times --areas-out writes"),
    ):
        done = refused_by(*options, "--areas", file)
        assert match in done.stderr
