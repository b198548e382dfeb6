"""The command that asks a network: known answers by hand, what it says, what it refuses."""

import io
import json
import re
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from atlas.results.places import places
from atlas.travel_times.minutes import read_speeds
from cli import app
from data.context import load_travel_speeds
from data.geography import load_departments
from geo.crs import ANALYSIS_CRS, to_wgs84
from geo.errors import DataError
from tests.osm_files import KM, country, lines_file, osm_text, place_csv
from tests.planned import zones_of


def run(*words):
    """The command in this process."""
    return CliRunner().invoke(app, ["travel-times", *map(str, words)])


def minutes_of(done):
    """The answer by pair."""
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(io.StringIO(done.stdout), dtype={"from": str, "to": str})
    assert list(table.columns)[:3] == ["from", "to", "minutes"]
    assert list(table.columns)[3:] in ([], ["zones"])
    return table.set_index(["from", "to"])["minutes"]


@pytest.fixture
def made(tmp_path):
    """The network and the list of its places."""
    points, ways, places = country()
    (tmp_path / "made.osm").write_text(osm_text(points, ways), encoding="utf-8")
    (tmp_path / "places.csv").write_text(place_csv(places), encoding="utf-8")
    return tmp_path


def asked(folder, *more, network="made.osm"):
    places = folder / "places.csv"
    return run("--network", folder / network, "--from", places, "--to", places, *more)


def speed(code, column="speed_kmh"):
    return float(load_travel_speeds().set_index("code").loc[code, column])


def test_known_answers(made):
    """By hand: a road, a slow surface, a ferry, a one-way with a sign, a river, a gap."""
    done = asked(made, "--signs", "cap")
    minutes = minutes_of(done)
    earth, river = speed("earth"), speed("river") * speed("river", "dry_factor")
    assert minutes["A", "B"] == pytest.approx(60 * 60 / speed("primary"), abs=0.01)
    assert minutes["B", "C"] == pytest.approx(60 * 20 / earth, abs=0.01)
    assert minutes["C", "D"] == minutes["D", "C"] == 120
    assert minutes["D", "E"] == pytest.approx(60 * 10 / 20, abs=0.01)
    assert minutes["E", "F"] == pytest.approx(60 * 24 / river, abs=0.01)
    assert minutes["A", "E"] == pytest.approx(
        minutes["A", "B"] + minutes["B", "C"] + 120 + minutes["D", "E"], abs=0.02
    )
    assert minutes["A", "A"] == 0
    assert ("E", "D") not in minutes.index  # against the one-way
    assert ("A", "G") not in minutes.index  # beyond the gap
    assert ("G", "H") in minutes.index
    assert "8 of 8 places joined" in done.stderr
    assert "32 of 64 pairs have a way" in done.stderr


def test_longer_ways_are_not_said_to_be_none(made):
    """A to B is an hour of primary road, B to C 20 km of earth: within 61 minutes C is too far."""
    for name in "AC":
        text = (made / "places.csv").read_text(encoding="utf-8").splitlines()
        rows = [row for row in text if row.startswith(("name,", f"{name},"))]
        (made / f"{name}.csv").write_text("\n".join(rows), encoding="utf-8")
    ends = ("--network", made / "made.osm", "--from", made / "A.csv", "--to", made / "C.csv")
    done = run(*ends, "--max-minutes", "61")
    assert "0 of 1 pairs have a way of at most 61 minutes\n" in done.stderr
    assert "no way of at most 61 minutes leads to: C\n" in done.stderr
    assert "1 of 1 pairs have a way\n" in run(*ends).stderr


def test_packed_files_answer_the_same(made):
    """.osm.pbf as .osm; with --out the answer is in the file and stdout is empty."""
    import osmium

    with osmium.SimpleWriter(str(made / "made.osm.pbf")) as out:
        for element in osmium.FileProcessor(str(made / "made.osm")):
            out.add(element)
    file = made / "times.csv"
    done = asked(made, "--out", file, network="made.osm.pbf")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.endswith(f"wrote {file}\n")
    assert file.read_text(encoding="utf-8") == asked(made).stdout


def test_a_ferry_without_a_duration_takes_the_speed_of_the_table(made):
    """And a table of the planner's own changes it; rain turns earth to mud."""
    points, ways, _ = country()
    ways[2] = (ways[2][0], {"route": "ferry"})
    (made / "made.osm").write_text(osm_text(points, ways), encoding="utf-8")
    dry, rainy = (minutes_of(asked(made, "--season", season)) for season in ("dry", "rainy"))
    for minutes, factor in ((dry, "dry_factor"), (rainy, "rainy_factor")):
        kmh = speed("ferry") * speed("ferry", factor)
        assert minutes["C", "D"] == pytest.approx(60 * 30 / kmh, abs=0.01)
    earth = speed("earth") * speed("earth", "rainy_factor")
    assert rainy["B", "C"] == pytest.approx(60 * 20 / earth, abs=0.01)
    assert rainy["A", "B"] == dry["A", "B"]
    own = made / "speeds.csv"
    own.write_text("code,speed_kmh,dry_factor\nferry,30,1\nprimary,40,\nriver,0,1\n")
    minutes = minutes_of(asked(made, "--speeds", own))
    assert minutes["C", "D"] == pytest.approx(60, abs=0.01)
    assert minutes["A", "B"] == pytest.approx(90, abs=0.01)
    assert ("E", "F") not in minutes.index


def test_the_way_to_the_road_is_walked(made):
    """From half way along an edge, two kilometres away, 30 km are by road and two on foot."""
    off = {"A": (-75.0, -9.0), "M": (-75.0 + 2 * KM / np.cos(np.radians(8.73)), -9.0 + 30 * KM)}
    off["Z"] = (-75.3, -9.0)
    (made / "places.csv").write_text(place_csv(off), encoding="utf-8")
    done = asked(made)
    minutes = minutes_of(done)
    expected = 60 * 30 / speed("primary") + 60 * 2 / speed("walk")
    assert minutes["A", "M"] == pytest.approx(expected, abs=0.05)
    assert [pair for pair in minutes.index if "Z" in pair] == [("Z", "Z")]
    assert "2 of 3 places joined" in done.stderr
    assert "2.00 km at most (M)" in done.stderr
    assert "too far from any way: Z" in done.stderr
    assert ("A", "M") not in minutes_of(asked(made, "--snap-km", "1")).index


@pytest.mark.parametrize(
    ("tags", "of_point", "is_open"),
    [
        ({"access": "private"}, {}, False),
        ({"access": "no", "motor_vehicle": "yes"}, {}, True),
        ({"motor_vehicle": "no"}, {}, False),
        ({}, {"barrier": "bollard"}, False),
        ({}, {"barrier": "gate"}, True),
        ({}, {"barrier": "gate", "access": "private"}, False),
        ({}, {"barrier": "bollard", "motor_vehicle": "permissive"}, True),
        ({"smoothness": "impassable"}, {}, False),
        ({"highway": "path", "motor_vehicle": "no"}, {"barrier": "bollard"}, True),
        ({"highway": "path", "foot": "private"}, {}, False),
        ({"highway": "proposed"}, {}, False),
    ],
)
def test_access_and_barriers(made, tags, of_point, is_open):
    """A road of two edges with something in the middle: A to C goes through or not."""
    points = {1: (-75.0, -9.0), 2: (-75.0, -9.0 + 5 * KM), 3: (-75.0, -9.0 + 10 * KM)}
    points |= {8: (-75.0, -9.0 - 5 * KM), 9: (-75.0, -9.0 + 15 * KM)}
    road = {"highway": "primary"}
    ways = [((8, 1), road), ((1, 2, 3), road | tags), ((3, 9), road)]
    text = osm_text(points, ways, {2: of_point})
    (made / "made.osm").write_text(text, encoding="utf-8")
    (made / "places.csv").write_text(place_csv({"A": points[8], "C": points[9]}))
    pairs = minutes_of(asked(made, "--snap-km", "0.1")).index
    assert (("A", "C") in pairs) == is_open


def test_zones_close_the_ways_that_cross_them(made):
    """A zone on the road from A to B closes the way, and the table has the zones' digest."""
    square = [[-75.1, -8.8], [-74.9, -8.8], [-74.9, -8.7], [-75.1, -8.7], [-75.1, -8.8]]
    zone = {"type": "Polygon", "coordinates": [square]}
    (made / "zone.geojson").write_text(json.dumps(zone))
    done = asked(made, "--exclude", made / "zone.geojson")
    minutes = minutes_of(done)
    assert ("A", "B") not in minutes.index
    assert ("B", "C") in minutes.index
    assert "60 km of them closed by the excluded zones" in done.stderr
    assert "no way leads from" not in done.stderr.replace("no way leads from: A", "")
    digest = zones_of(shapely.geometry.shape(zone)).zones.digest
    assert set(pd.read_csv(io.StringIO(done.stdout), dtype=str)["zones"]) == {digest}
    assert "zones" not in asked(made).stdout
    whole = [[-80, -12], [-70, -12], [-70, 0], [-80, 0], [-80, -12]]
    (made / "zone.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [whole]}))
    done = asked(made, "--exclude", made / "zone.geojson")
    assert done.exit_code == 2
    closed, length = re.search(
        r"one can use. The excluded zones close (\d+) of (\d+) km", done.stderr
    ).groups()
    assert closed == length


def test_river_towns_are_where_one_changes_to_a_boat(made):
    """A road and a river that nowhere meet: over Iquitos, 1 km from both, one goes on by boat."""
    towns = places()
    at = list(towns.ubigeo).index("160101")
    x, y = float(towns.longitude[at]), float(towns.latitude[at])
    points = {1: (x - 0.3, y), 2: (x - 1 * KM, y), 3: (x + 1 * KM, y), 4: (x + 0.3, y)}
    ways = [((1, 2), {"highway": "primary"}), ((3, 4), {"waterway": "river", "boat": "yes"})]
    (made / "made.osm").write_text(osm_text(points, ways), encoding="utf-8")
    (made / "places.csv").write_text(place_csv({"road": points[1], "river": points[4]}))
    minutes = minutes_of(asked(made))
    walked = 60 * 2 / speed("walk")
    assert minutes["road", "river"] == minutes["river", "road"] > walked
    over = walked + 60 * (0.3 / KM - 1) * (1 / speed("primary") + 1 / (speed("river") * 0.54))
    assert minutes["road", "river"] == pytest.approx(over, rel=0.01)


def _star(department, **tags):
    """Return roads from a department's first capital to each of its other ones."""
    towns = places()
    ends = [at for at, code in enumerate(towns.ubigeo) if code.startswith(department)]
    points = {
        n: (float(towns.longitude[at]), float(towns.latitude[at])) for n, at in enumerate(ends)
    }
    road = {"highway": "primary", **tags}
    return osm_text(points, [((0, number), road) for number in range(1, len(ends))])


def test_a_one_way_is_not_planned_backwards(tmp_path):
    """With one-way roads from Piura the team stands there, and the plan says how it read them."""
    text = _star("20", oneway="yes")
    (tmp_path / "made.osm").write_text(text, encoding="utf-8")
    times = tmp_path / "times.csv"
    done = run("--network", tmp_path / "made.osm", "--snap-km", "0.1", "--out", times)
    assert done.exit_code == 0, done.stderr
    rows = pd.read_csv(times, dtype={"from": str, "to": str})
    assert ("200101", "200104") in set(zip(rows["from"], rows["to"], strict=True))
    more = ("--sites", "1", "--resamples", "0", "--format", "json", "--demand", "population")
    asked = ["sites", "--travel-times", str(times), "--radius-minutes", "600", *more]
    done = CliRunner().invoke(app, [*asked, "--must", "200101"])
    assert done.exit_code == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["coverage_share"] == pytest.approx(1)
    direction = "travel times read from the post to the people"
    assert direction in " ".join(plan["assumptions"]).casefold()
    assert f"{direction}\n" in done.stderr


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ("--network cut.osm", "damaged file"),
        ("--network empty.osm", "no road and no river"),
        ("--season wet", "unknown season 'wet'"),
        ("--snap-km 0", "--snap-km is '0'"),
        ("--out times.xlsx", "Use .csv"),
        ("--out site/times.csv", "lies under 'site'"),
        ("--speeds none.csv", "none.csv cannot be opened"),
        ("--exclude none.geojson", "none.geojson cannot be opened"),
        ("--to none.csv", "none.csv cannot be opened"),
        ("--to demand --snap-km 0.001", "none of the 1,892 places of --to lies within 0.001 km"),
        ("--to twice.csv", "twice.csv, row 3: the same name"),
        ("--network none.osm", "none.osm: found no such file"),
        ("--network none.zip", "none.zip cannot be opened"),
        ("--network places.csv", "places.csv: found another kind of file"),
        ("--network table.zip", "table.zip: the content is not GeoJSON, GeoPackage"),
        ("--network square.geojson", "no line of a known class of road"),
        ("--network square.geojson --columns class=kind", "no column 'kind'"),
        ("--columns class=kind", "made.osm has tags"),
        ("--columns kind=class", "--columns has 'kind=class'"),
        ("--areas-out areas.gpkg", "--areas-out needs --max-minutes"),
        ("--areas-out a.geojson --max-minutes 9", "'.geojson' are not offered"),
        ("--areas-out site/a.gpkg --max-minutes 9", "--areas-out lies under 'site'"),
        ("--signs obey", r"unknown signs 'obey'. Allowed are ignore, cap"),
    ],
)
def test_refusals_are_one_line(made, monkeypatch, options, match):
    (made / "cut.osm").write_text("<osm version='0.6'><node id='1' lat=")
    (made / "empty.osm").write_text("<osm version='0.6'></osm>")
    (made / "twice.csv").write_text("name,longitude,latitude\nA,-75,-9\nA,-75,-10\n")
    (made / "table.zip").write_text("name,longitude,latitude\nA,-75,-9\n")
    lines_file(made / "square.geojson", [("box", shapely.box(-75, -9, -74, -8))], ("fclass",))
    monkeypatch.chdir(made)
    done = asked(made, *options.split())
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert re.search(match, line)


def test_what_a_sign_slows_is_told(made):
    """10 km of a secondary road at 55 km/h, signed 20: 30 minutes in the place of 10.9."""
    slower = 600 / 20 - 600 / speed("secondary")
    for word, sign, expected in (
        ("cap", "signs slow 10 km", 30),
        ("ignore", "signs are left aside. Obeyed, they would slow 10 km", 30 - slower),
    ):
        done = asked(made, "--signs", word)
        assert minutes_of(done)["D", "E"] == pytest.approx(expected, abs=0.01)
        assert sign in done.stderr
        assert f"(10 km at 20 km/h {slower:.0f} minutes)" in done.stderr
    (made / "own.csv").write_text("code,speed_kmh\nsecondary,40\nprimary,40\n")
    done = asked(made, "--speeds", made / "own.csv", "--signs", "cap")
    (line,) = (printed for printed in done.stderr.splitlines() if printed.startswith("--speeds"))
    assert line.startswith(
        "--speeds could not change 10 km of class secondary, because signs hold them"
    )
    assert "--speeds" not in asked(made, "--speeds", made / "own.csv").stderr


def areas_of(folder, *more):
    """The layer by place, in metres."""
    out = folder / "areas.gpkg"
    done = asked(folder, "--areas-out", out, *more)
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert done.stderr.endswith(f"wrote {out}\n") or "--out" in more
    assert pyogrio.list_layers(out)[:, 0].tolist() == ["areas"]
    return gpd.read_file(out).set_index("place").to_crs(ANALYSIS_CRS), done


def test_areas_of_a_road_by_hand(made):
    """By hand: half an hour along a road, 2 km wide; of a ferry only its landings.

    Kilometres on the sphere are up to 0.6 % more than on the ellipsoid of the areas.
    """
    areas, done = areas_of(made, "--max-minutes", "30", "--season", "rainy")
    km = speed("primary") / 2
    assert areas.loc["A", "area_km2"] == pytest.approx(4 * km + np.pi * 4, rel=0.008)
    assert areas.loc["A"].geometry.area / 1e6 == pytest.approx(4 * km + np.pi * 4, rel=0.008)
    assert areas.loc["A", ["minutes", "season", "signs", "widened_km"]].tolist() == [
        *(30, "rainy", "ignore", 2)
    ]
    earth = speed("earth") * speed("earth", "rainy_factor") / 2
    assert areas.loc["C", "area_km2"] == pytest.approx(4 * earth + np.pi * 4, rel=0.008)
    both, _ = areas_of(made, "--max-minutes", "120", "--season", "rainy", "--signs", "cap")
    assert both.loc["C"].geometry.geom_type == "MultiPolygon"
    middle = gpd.GeoSeries.from_xy([-75.0], [-9.0 + 95 * KM], crs=4326).to_crs(ANALYSIS_CRS)
    assert not both.loc["C"].geometry.contains(middle[0])
    assert both["signs"].unique().tolist() == ["cap"]
    assert "areas within 30 minutes, 2 km around the ways reached: 8, of" in done.stderr


def test_areas_stand_beside_the_minutes(made):
    """Areas leave the table of minutes unchanged; a place without any way has none and is named."""
    far = (made / "places.csv").read_text() + "Z,-72,-9\n"
    (made / "places.csv").write_text(far)
    out, most = made / "times.csv", ("--max-minutes", "30")
    areas, done = areas_of(made, *most, "--out", out)
    assert out.read_text(encoding="utf-8") == asked(made, *most).stdout
    assert list(areas.index) == list("ABCDEFGH")
    assert "no area, for no way is reached in time: Z\n" in done.stderr
    before = (made / "areas.gpkg").read_bytes()
    areas_of(made, *most)
    assert (made / "areas.gpkg").read_bytes() == before


def test_an_area_holds_every_place_that_is_reached_and_none_beyond(made):
    """Of places farther apart than 2 km: those inside are those that the table has minutes to."""
    areas, _ = areas_of(made, "--max-minutes", 60, "--out", made / "times.csv")
    reached = pd.read_csv(made / "times.csv", dtype=str)
    listed = pd.read_csv(made / "places.csv")
    spots = gpd.GeoSeries.from_xy(listed.iloc[:, 1], listed.iloc[:, 2], crs=4326)
    spots = dict(zip(listed.iloc[:, 0], spots.to_crs(ANALYSIS_CRS), strict=True))
    pairs = set(zip(reached["from"], reached["to"], strict=True))
    assert len(pairs) > len(areas)
    for start in areas.index:
        ends = {end for end in spots if (start, end) in pairs}
        inside = {end for end, spot in spots.items() if areas.geometry[start].covers(spot)}
        assert inside == ends


def test_areas_are_land_without_the_zones(made):
    """An area on the shore of Lima has no sea, and no zone beside the road."""
    points = {1: (-77.100, -12.0775), 2: (-77.020, -12.1175)}
    text = osm_text(points, [((1, 2), {"highway": "primary"})])
    (made / "made.osm").write_text(text, encoding="utf-8")
    (made / "places.csv").write_text(place_csv({"A": points[1]}))
    most = ("--max-minutes", "60")
    (area,) = areas_of(made, *most)[0].geometry
    road = gpd.GeoSeries([shapely.LineString(points.values())], crs=4326).to_crs(ANALYSIS_CRS)[0]
    assert area.within(road.buffer(2010))
    assert area.area < 0.9 * road.buffer(2000).area
    peru = load_departments().to_crs(ANALYSIS_CRS).union_all()
    assert area.difference(peru).area < 1e4
    inside = shapely.Point(road.interpolate(0.5, normalized=True).coords[0]).buffer(1900)
    spot = area.intersection(inside).difference(road.buffer(1200)).representative_point()
    x, y = to_wgs84([spot.x], [spot.y])
    zone = shapely.Point(x[0], y[0]).buffer(0.004)
    (made / "zone.geojson").write_text(shapely.to_geojson(zone))
    cut = areas_of(made, *most, "--exclude", made / "zone.geojson")[0].geometry.iloc[0]
    barred = gpd.GeoSeries([zone], crs=4326).to_crs(ANALYSIS_CRS)[0]
    assert area.contains(spot)
    assert area.area > cut.area + 1e5
    assert cut.distance(barred) > 0
    assert road.distance(barred) > 250


def test_a_way_outside_the_outlines_keeps_land_around_it(made):
    """A track in Lake Titicaca, 8 km from the land of the outlines."""
    x, y = -69.6, -15.75
    text = osm_text({1: (x, y), 2: (x, y + KM)}, [((1, 2), {"highway": "track"})])
    (made / "made.osm").write_text(text, encoding="utf-8")
    (made / "places.csv").write_text(place_csv({"A": (x, y)}))
    areas, _ = areas_of(made, "--max-minutes", "60")
    assert areas.loc["A", "area_km2"] == pytest.approx(2 * 0.25 + np.pi * 0.25**2, rel=0.02)


def test_without_osmium_it_says_what_to_install(made, monkeypatch):
    monkeypatch.setitem(sys.modules, "osmium", None)
    done = asked(made)
    assert done.exit_code == 2
    assert "--network needs osmium, which is optional. Install it with pip install" in done.stderr


def speeds(folder, text):
    (path := folder / "s.csv").write_text(text, encoding="utf-8")
    return path


def test_own_speeds_stand_in_for_the_shipped_ones(tmp_path):
    shipped = load_travel_speeds()
    own = read_speeds(speeds(tmp_path, "code;speed_kmh;rainy_factor\ntrack;12,5;0,4\n"), shipped)
    assert own[["kind", "code", "speed_kmh", "rainy_factor", "dry_factor"]].values.tolist() == [
        ["road", "track", 12.5, 0.4, 1.0]
    ]
    for text, match in (
        ("code\ntrack\n", "no code and speed_kmh"),
        ("code,speed_kmh\ntrack,-1\n", "line 2: found speed_kmh out of range"),
        ("code,speed_kmh,rainy_factor\ntrack,1,0\n", "rainy_factor out of range"),
        ("code,speed_kmh\ntrack,1\ntrack,2\n", "line 3: found a code twice"),
        ("code,speed_kmh\nraceway,90\n", "line 2: found a row without its kind"),
        ("code,speed_kmh\ntrack,\n", "line 2: found a row without its kind or speed"),
    ):
        with pytest.raises(DataError, match=match):
            read_speeds(speeds(tmp_path, text), shipped)
