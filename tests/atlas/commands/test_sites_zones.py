"""Excluded zones and lists of sites, from the terminal: kept, told of, refused."""

import hashlib
import json
import re
import sqlite3
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from atlas.own_files.isolation import check_file
from atlas.planner.document import document_of
from atlas.planner.files import plan_bytes
from atlas.planner.lists import hold_list, own_files
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.words import words
from geo.errors import UserError
from tests.planned import FEW, planned, run


def corner(longitude):
    """A square as text whose last corner lies at another longitude."""
    corners = f"[-76, -9], [-75, -9], [{longitude}, -8], [-76, -9]"
    return f'{{"type": "Polygon", "coordinates": [[{corners}]]}}'


NEARLY = (
    '{"type": "LineString", "coordinates": [[-76, -9], [-75, -9], [-75, -8], [-76, -8], '
    "[-76, -8.99999]]}"
)
FLAT = '{"type": "Polygon", "coordinates": [[[-76, -9], [-75, -9], [-74, -9], [-76, -9]]]}'


def test_a_plan_names_the_zones_it_keeps_away_from(tmp_path):
    """300 small squares are answered; the file says which list it obeys, and how many zones."""
    rng = np.random.default_rng(1)
    west, south = rng.uniform(-78, -70, 300), rng.uniform(-15, -2, 300)
    squares = shapely.box(west, south, west + 0.002, south + 0.002)
    frame = gpd.GeoDataFrame(geometry=squares, crs=4326)
    (tmp_path / "máscara.geojson").write_text(frame.to_json())
    done = run("--exclude", tmp_path / "máscara.geojson", *FEW, "--format", "json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    digest = hashlib.sha256((tmp_path / "máscara.geojson").read_bytes()).hexdigest()
    told = {"file": "máscara.geojson", "rows": 300, "rows_used": 300, "sha256": digest}
    assert answer["lists"] == [{"task": "zones", **told}]
    assert "300 excluded zones" in " ".join(answer["assumptions"])
    counts = f"300 zones; {answer['zones']['candidates_away']} candidates fall away; "
    assert counts in done.stderr


def test_a_plan_of_the_page_s_lists_is_made_again_here(tmp_path):
    """Candidates with numbers, semicolons and a row left out; times to their numbers: the command
    reads them as the page does, and gives the page's bytes. Without a plan a bad row is refused."""
    texts = {
        "candidates": "numero;nombre;ubigeo\nA1;Uno;170101\nA2;Dos;080101\nA3;;999\n",
        "travel_times": "desde,hasta,minutos\n170101,A1,0\n170102,A1,60\n080101,A2,5\n",
    }
    lists, flags = {}, []
    for task, text in texts.items():
        (tmp_path / f"{task}.csv").write_text(text)
        told = {"today": date(2024, 6, 1), "file": f"{task}.csv", "content": text.encode()}
        lists[task] = hold_list(check_file(text.encode(), task), task, **told)
        flags += [f"--{task.replace('_', '-')}", tmp_path / f"{task}.csv"]
        plan = plan_for(PlanQuestion(sites=2, radius=120.0), own_files(lists), replicas=0)
        content = plan_bytes(document_of(*plan), ".geojson", words("es"))
        (tmp_path / "plan.geojson").write_bytes(content)
        done = run("--plan", tmp_path / "plan.geojson", *flags, "--out", tmp_path / "otra.geojson")
        assert done.exit_code == 0, done.stderr
        assert (tmp_path / "otra.geojson").read_bytes() == content
    done = run("--sites", 1, *flags[:2], "--lang", "es")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "candidates.csv, fila 4: " in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("z.geojson", None, "z.geojson: found no file"),
        ("z.geojson", "{", "z.geojson: the JSON cannot be read"),
        ("z.geojson", '{"type": "Point", "coordinates": [-12, -77]}', "row 1: longitude and lat"),
        ("z.csv", "longitude,latitude,radius_km\n-75,-9,x\n", "z.csv, row 2: no number"),
        ("z.csv", "longitude,latitude\n", "found no zone|no row"),
        ("z.geojson", corner("1e308"), "^zone in z.geojson, row 1: no place on earth"),
        ("z.geojson", corner("-1e308"), "^zone in z.geojson, row 1: no place on earth"),
        ("z.geojson", corner("170"), "^zone in z.geojson, row 1: .*antimeridian: split it"),
        ("z.geojson", NEARLY, "^zone in z.geojson, row 1: .*close it and save it as a polygon"),
        ("z.geojson", FLAT, "^zone in z.geojson, row 1: the polygon has no area"),
        ("z.csv", "lon,lat,radio_km\n1e308,-9,5\n", "^zone in z.csv, row 2: no number"),
        ("z.csv", "lon,lat,radio_km\n-75,-9,1e308\n", "^zone in z.csv, row 2: no number"),
    ],
)
def test_zones_are_read_whole_or_refused(tmp_path, name, text, match):
    """A zone left out would send people there: exit code 2, one line, no plan."""
    if text is not None:
        (tmp_path / name).write_text(text)
    done = run("--exclude", tmp_path / name, "--resamples", 0, "--out", tmp_path / "plan.csv")
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert re.search(match, done.stderr)
    assert "the point" not in done.stderr
    assert not (tmp_path / "plan.csv").exists()


@pytest.mark.parametrize("step", ["reading", "holding"])
def test_a_reader_that_is_stopped_says_nothing_of_the_file(tmp_path, monkeypatch, step):
    """While zones are read, and while they are held against the places: one line, what to do."""
    zones = tmp_path / "z.geojson"
    zones.write_text('{"type": "Point", "coordinates": [-77, -12]}')
    told = {"limit": "120"}

    def stop(*_, **__):
        raise UserError("records.refusal.reader_wait", **told)

    module = {"reading": "own_files.isolation", "holding": "planner.candidates"}[step]
    monkeypatch.setattr(f"atlas.{module}.run_in_subprocess", stop)
    for lang, text in (("en", "this computer is busy"), ("es", "esta computadora está ocupada")):
        done = run("--exclude", zones, "--resamples", 0, "--lang", lang)
        assert (done.exit_code, done.stdout) == (2, "")
        assert re.fullmatch(rf"z\.geojson: .*{text}.*\n", done.stderr)
        assert "CSV" not in done.stderr


def test_a_list_that_is_read_long_is_told_of(tmp_path, monkeypatch, read_here):
    """By a child: on stderr, in the language of the command; the answer is the same."""
    monkeypatch.setattr("atlas.own_files.isolation._run", read_here)
    monkeypatch.setattr("atlas.own_files.isolation.STILL_SECONDS", 0.0)
    zones = tmp_path / "z.geojson"
    zones.write_text('{"type": "Point", "coordinates": [-70, -12]}')
    done = run("--exclude", zones, "--sites", 1, *FEW, "--lang", "es")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    # zones and distances
    assert done.stderr.splitlines()[:2] == [words("es")("own.reading.still")] * 2


@pytest.mark.parametrize(
    ("script", "match"),
    [
        ("CREATE VIEW v AS SELECT 1", "plan.gpkg: the GeoPackage holds views, .*as it was downl"),
        ("DELETE FROM gpkg_metadata", "this file is not a plan that this atlas saved"),
    ],
)
def test_a_strangers_plan_is_judged_as_on_the_page(tmp_path, script, match):
    """In the child, by the same rules; one line and what to open instead."""
    plan = tmp_path / "plan.gpkg"
    plan.write_bytes(plan_bytes(planned(), ".gpkg", words("en")))
    base = sqlite3.connect(plan)
    base.executescript(script)
    base.close()
    done = run("--plan", plan)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.match(match, done.stderr)
    assert len(done.stderr.splitlines()) == 1


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
    done = run(*asked, "--sites", 3, *FEW, "--lang", lang, "--format", "json")
    assert done.exit_code == 0, done.stderr
    say = words(lang)
    text = say("records.text.note", text=say(f"records.notice.{notice}", detail="1"))
    assert f"z.geojson: {text}" in done.stderr.splitlines()
    answer = json.loads(done.stdout)
    is_open = notice == "zones_holes"
    told = {"count": 1, "holes": int(is_open), "holes_closed": 0, "candidates_away": 1 - is_open}
    assert answer["zones"] == told
    assert (answer["demand_in_zones"] == 0) == is_open


def test_people_in_zones_stay_unless_they_are_let_out(tmp_path):
    """The default covers nobody inside; "come" does; a plan from before lets them out with a line
    and is made anew without."""
    zones, plan = tmp_path / "z.geojson", tmp_path / "plan.geojson"
    zones.write_text(json.dumps({"type": "Polygon", "coordinates": [RING]}))
    answers, three = {}, ("--sites", 1, *FEW)
    for people in ("stay", "come"):
        flags = () if people == "stay" else ("--zone-people", "come")
        done = run("--exclude", zones, *flags, *three, "--format", "json", "--out", plan)
        assert done.exit_code == 0, done.stderr
        answers[people] = json.loads(done.stdout)
        assert "1 zone; 1 candidate falls away; 40.9 reports stand inside" in done.stderr
        assert words("en")(f"siting.zones.{people}") in done.stderr.splitlines()
        assert answers[people]["zone_people"] == people
    stay, come = answers["stay"], answers["come"]
    done = run("--exclude", zones, "--model", "pcenter", *three)
    assert words("en")("siting.zones.others") in done.stderr.splitlines()

    content = json.loads(plan.read_text())
    del content["plan"]["question"]["zone_people"]
    plan.write_text(json.dumps(content))
    done = run("--plan", plan, "--exclude", zones, "--format", "json", "--out", plan)
    again, share = json.loads(done.stdout), come["coverage_share_if_they_stay"]
    assert again == come
    (line,) = (one for one in done.stderr.splitlines() if "--zone-people stay" in one)
    assert words("en").percent(share, 1) in line
    done = run("--plan", plan, "--exclude", zones, "--zone-people", "stay", "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == stay
    assert words("en")("plan.checked.other") not in done.stderr
    done = run("--plan", plan, "--zone-people", "stay")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--zone-people without --exclude" in done.stderr


def test_zones_are_kept_at_ten_kilometres_unless_another_number_is_given(tmp_path):
    """As on the page; a saved plan keeps its own, which is not the start of the option."""
    zones, out = tmp_path / "z.csv", tmp_path / "plan.geojson"
    zones.write_text("longitude,latitude,radius_km\n-77.03,-12.05,2\n")
    asked = ("--sites", 1, *FEW, "--exclude", zones)
    for flags, km in (
        (asked, 10.0),
        ((*asked, "--buffer-km", 0, "--out", out), 0.0),
        (("--plan", out, "--exclude", zones), 0.0),
    ):
        done = run(*flags, "--format", "json")
        assert json.loads(done.stdout)["question"]["buffer_km"] == km
