"""The command that chooses sites: files, stdout, refusals."""

import hashlib
import json
import math
import re
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import typer
from typer.testing import CliRunner

from atlas.checked import Limits
from atlas.own_files.isolation import check_file
from atlas.planner.document import document_of
from atlas.planner.files import plan_bytes
from atlas.planner.lists import hold_list, own_files
from atlas.planner.model import plan_for
from atlas.planner.plan_question import OWN_DEMANDS, Control, PlanQuestion
from atlas.words import LANGUAGES, words
from cli import app
from data.readers.refusal import Refusal
from geo.siting.travel import DetourFactors

ROOT = Path(__file__).resolve().parents[3]
FEW = ("--min-population", 75_000, "--resamples", 0)
"""75 candidates: a plan takes no time."""
pytestmark = pytest.mark.usefixtures("read_here")


def run(*asked):
    """The command in this process."""
    return CliRunner().invoke(app, ["sites", *map(str, asked)])


def test_the_plan_twice_is_the_same_file(tmp_path):
    """p points in opening order, what it rests on, and the same bytes from another process, whose
    stdout holds the answer alone: the solver could greet there."""
    first, second = tmp_path / "a.geojson", tmp_path / "b.geojson"
    asked = ("--demand", "complaints:2023", "--sites", "8", "--model", "mclp", "--radius-km", "75")
    asked = (*asked, "--min-population", "100000", "--seed", "1", "--resamples", "2")
    asked = (*asked, "--format", "json")
    alone = subprocess.run(
        [sys.executable, "cli.py", "sites", *asked, "--out", str(first)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (alone.returncode, alone.stderr) == (0, f"wrote {first}\n")
    done = run(*asked, "--out", second)
    assert (done.exit_code, done.stderr) == (0, f"wrote {second}\n")
    assert first.read_bytes() == second.read_bytes()
    content = json.loads(first.read_text(encoding="utf-8"))
    assert len(content["features"]) == 8
    assert {"coverage_share", "gap", "seed", "assumptions"} <= set(content["plan"])
    printed = json.loads(alone.stdout)
    assert printed == json.loads(done.stdout)
    assert printed["sites"] == 8
    assert printed["coverage_share"] == content["plan"]["coverage_share"]
    assert [one["order"] for one in printed["chosen"]] == list(range(1, 9))


def test_a_folder_with_a_web_page_is_refused(tmp_path):
    """Outreach sites never reach a public path, whatever the folder is called."""
    (tmp_path / "index.html").write_text("x")
    (tmp_path / "plans").mkdir()
    done = run("--out", tmp_path / "plans" / "plan.gpx")
    assert done.exit_code == 2
    assert "index.html, a published one" in done.stderr
    assert not (tmp_path / "plans" / "plan.gpx").exists()


@pytest.mark.parametrize("model", ["pmedian", "pcenter", "lscp"])
def test_other_models_on_few_candidates(model):
    """Each model answers; lscp finds its own number."""
    number = () if model == "lscp" else ("--sites", 3)
    done = run("--model", model, *number, "--min-population", 100000, "--format", "json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["model"] == model
    assert answer["gap"] <= 0.0101
    assert len(answer["chosen"]) == answer["sites"]


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (("--model", "lscp", "--sites", "4"), "lscp finds the number of sites itself"),
        (("--model", "best"), "unknown model 'best'"),
        (("--demand", "murders"), "unknown demand 'murders'"),
        (("--demand", "complaints:1999"), "1999"),
        (("--sites", "0"), "whole number of 1 or more"),
        (("--sites", "-3"), "'-3'"),
        (("--radius-km", "x"), "--radius-km is 'x'"),
        (("--radius-minutes", "30"), "needs --travel-times"),
        (("--hour-cost", "5"), "--hour-cost needs --travel-times"),
        (("--budget", "0"), "--budget"),
        (("--budget", "100"), "needs the cost of a team"),
        (("--buffer-km", "5"), "without --exclude"),
        (("--services", "none.csv"), "none.csv: found no file"),
        (("--must", "999999"), "is no candidate"),
        (("--detour", "sea=2"), "--detour is 'sea=2'"),
        (("--detour", "river=0.5"), "detour factor of river"),
        (("--river", "99"), r"unknown river '99': allowed are 01 \(Amazonas\)"),
        (("--departments", "99"), r"unknown departments '99': allowed are 01 \(Amazonas\), 02"),
        (("--departments", "1701"), r"unknown departments '1701': .* 25 \(Ucayali\)"),
        (("--departments", ""), r"unknown departments '': allowed are 01"),
        (("--departments", "17,Madre de Dios"), r"'17' comes twice; .*of 01 \(Amazonas\), 02"),
        (("--departments", "24", "--demand", "mining"), r"in Tumbes \(24\) this demand asks for"),
        (("--must", "Laberinto"), r"did you mean Puerto Rosario de Laberinto \(170104\)\?"),
        (("--lock-services",), "--lock-services without --services"),
        (("--loss", "0.1", "--model", "pcenter"), "a loss is a condition of mclp only"),
        (("--capacity", "0"), "the capacity is 0.0: give a positive number"),
        (("--seed", "one"), "--seed is 'one'"),
        (("--resamples", "1000000000"), "give a whole number of 0 to 10,000"),
        (("--min-department-share", "2"), "0 to 1"),
        (("--min-department-share", "0.9", *FEW[:2]), "cannot be covered|no choice of sites"),
        (("--out", "plan.shp"), "'.shp' is not offered"),
        (
            ("--out", "site/plan.geojson"),
            "lies under 'site', which is published: a plan of outreach",
        ),
    ],
)
def test_refusals_are_one_line(asked, match):
    """Exit code 2, one line on stderr, nothing on stdout, no trace."""
    done = run(*(() if "--resamples" in asked else ("--resamples", "0")), *asked)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert re.search(match, done.stderr)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_words_are_taken(tmp_path, lang):
    """Labels of either language ask the same as codes, down to the bytes; names stand for codes."""
    say = words(lang)
    asked = {
        "--demand": ("complaints:2023", f"{say('plan.demand.complaints')}: {say('period.2023')}"),
        "--model": ("mclp", say("plan.model.mclp").upper()),
        "--services": ("listed", say("plan.services.listed")),
        "--must": ("160101", "iquitos"),
        "--river": ("16,25", "Loreto, ucayali"),
        "--second": ("worst", say("plan.second.worst")),
        "--detour": ("highland=1.8", f"{say('plan.ways.highland')}=1.8"),
    }
    for at, name in enumerate(("codes.geojson", "words.geojson")):
        pairs = [text for flag, texts in asked.items() for text in (flag, texts[at])]
        few = ("--sites", 2, "--resamples", 0, "--min-population", 100_000, "--lang", lang)
        done = run(*pairs, *few, "--out", tmp_path / name)
        assert done.exit_code == 0, done.stderr
    made = [(tmp_path / name).read_bytes() for name in ("codes.geojson", "words.geojson")]
    assert made[0] == made[1]
    assert json.loads(made[0])["plan"]["lang"] == lang


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (("--must", "Santa Rosa"), "es el nombre de varios lugares; dé el código de uno: 021510"),
        (("--must", "Atlántida"), "no es candidato"),
        (("--without", "Puerto Maldonao"), r"¿quiso decir Puerto Maldonado \(170101\)\?"),
        (("--departments", "Lima,15"), "departments: '15' viene dos veces; dé cada departamento"),
        (("--departments", "Tacnna"), r"se permite 01 \(Amazonas\), .*23 \(Tacna\)"),
        (("--min-department-share", "0.9", *FEW[:2]), "90 %, ni siquiera una parte menor"),
        (("--max-worst", "100", *FEW[:2]), "ninguna elección de sitios cumple"),
        (("--team-cost", "-1"), "dé un número de 0 o más"),
        (("--format", "xml"), "format: no se conoce 'xml'; se permite json, table"),
        (("--demand", "complaints:1999"), "no se conoce '1999'; se permite 2007-01"),
        (("--services", "no.csv"), r"no\.csv: no se puede abrir"),
        (("--candidates", "/dev/null"), "null: el archivo está vacío"),
        (("--capacity", "50", "--model", "pcenter"), "es condición solo de mclp"),
        (("--detour", "mar=2"), "con costa, sierra, selva o río"),
    ],
)
def test_refusals_speak_the_language_asked_for(asked, match):
    """What is allowed stands in the refusal, in Spanish: what is not asked above, or differs."""
    done = run(*asked, "--resamples", "0", "--lang", "es")
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.search(match, done.stderr)


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
    """30,000 small squares are answered; the file says which list it obeys, and how many zones."""
    rng = np.random.default_rng(1)
    west, south = rng.uniform(-78, -70, 30_000), rng.uniform(-15, -2, 30_000)
    squares = shapely.box(west, south, west + 0.002, south + 0.002)
    frame = gpd.GeoDataFrame(geometry=squares, crs=4326)
    (tmp_path / "máscara.geojson").write_text(frame.to_json())
    done = run("--exclude", tmp_path / "máscara.geojson", *FEW, "--format", "json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    digest = hashlib.sha256((tmp_path / "máscara.geojson").read_bytes()).hexdigest()
    told = {"file": "máscara.geojson", "rows": 30_000, "rows_used": 30_000, "sha256": digest}
    assert answer["lists"] == [{"task": "zones", **told}]
    assert "30000 excluded zones" in " ".join(answer["assumptions"])
    counts = f"30000 zones; {answer['zones']['candidates_away']} candidates fall away; "
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
        raise Refusal("reader_wait", **told)

    module = {"reading": "own_files.isolation", "holding": "planner.candidates"}[step]
    monkeypatch.setattr(f"atlas.{module}.ask_child", stop)
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
        ("DELETE FROM gpkg_metadata", "this file is no plan that this atlas saved"),
    ],
)
def test_a_strangers_plan_is_judged_as_on_the_page(tmp_path, script, match):
    """In the child, by the same rules; one line and what to open instead."""
    plan = tmp_path / "plan.gpkg"
    assert run("--sites", 1, *FEW, "--out", plan).exit_code == 0
    base = sqlite3.connect(plan)
    base.executescript(script)
    base.close()
    done = run("--plan", plan)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.match(match, done.stderr)
    assert len(done.stderr.splitlines()) == 1


RING = [[-69.5, -12.9], [-68.9, -12.9], [-68.9, -12.3], [-69.5, -12.3]]
TOWN = [[-69.2, -12.61], [-69.17, -12.61], [-69.17, -12.58], [-69.2, -12.58]]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("rings", "notice"), [([RING, TOWN], "zones_holes"), ([TOWN, RING], "zones_filled")]
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hole_that_the_buffer_closes_is_no_open_one(tmp_path, lang):
    """Three holes of 3 to 60 km: by the 10 km kept one stays open, two do not; on stderr and in
    the file."""
    shell = [[-76, -10], [-73, -10], [-73, -8], [-76, -8]]
    holes = [
        [[x, -9.6], [x + size, -9.6], [x + size, -9.6 + size], [x, -9.6 + size]]
        for x, size in ((-75.8, 0.03), (-75.5, 0.15), (-75, 0.6))
    ]
    shape = {"type": "Polygon", "coordinates": [shell, *holes]}
    (tmp_path / "z.geojson").write_text(json.dumps(shape))
    say = words(lang)
    for buffer_km, count in ((None, 1), (40, 0), (0, 3)):
        flags = () if buffer_km is None else ("--buffer-km", buffer_km)
        done = run("--exclude", tmp_path / "z.geojson", *flags, *FEW, "--lang", lang)
        assert done.exit_code == 0, done.stderr
        texts = [
            say(f"siting.zones.{name}", count=number, km=10 if buffer_km is None else buffer_km)
            for name, number in (("holes", count), ("closed", 3 - count))
        ]
        seen = [text in done.stderr.splitlines() for text in texts]
        assert seen == [count > 0, count < 3]
    notice = say("records.notice.zones_holes", detail="3")
    assert say("records.text.note", text=notice) in done.stderr


def test_people_in_zones_stay_unless_they_are_let_out(tmp_path):
    """The default covers nobody inside; "come" does; a plan from before lets them out with a line
    and is made anew without."""
    zones, plan = tmp_path / "z.geojson", tmp_path / "plan.geojson"
    zones.write_text(json.dumps({"type": "Polygon", "coordinates": [RING]}))
    answers, three = {}, ("--sites", 3, *FEW)
    for people in ("stay", "come"):
        flags = () if people == "stay" else ("--zone-people", "come")
        done = run("--exclude", zones, *flags, *three, "--format", "json", "--out", plan)
        assert done.exit_code == 0, done.stderr
        answers[people] = json.loads(done.stdout)
        assert "1 zone; 1 candidate falls away; 40.9 reports stand inside" in done.stderr
        assert words("en")(f"siting.zones.{people}") in done.stderr.splitlines()
        assert answers[people]["zone_people"] == people
    stay, come = answers["stay"], answers["come"]
    inside, total = stay["demand_in_zones"], stay["demand_total"]
    assert come["demand_in_zones"] == inside == pytest.approx(40.9, abs=0.05)
    assert stay["coverage_share"] * total + stay["missed"] + inside == pytest.approx(
        total, abs=1e-3
    )
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
    for flags in (("--zone-people", "stay", *three), ("--plan", plan, "--zone-people", "stay")):
        done = run(*flags)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "--zone-people without --exclude" in done.stderr


def test_services_in_zones_do_not_flatter_a_plan(tmp_path):
    """Lima's only service in Lima's zone: it covers nobody, whoever comes out, nor is it locked in
    far away; stderr and the answer say so. A plan without its list of zones is no plan."""
    names = [tmp_path / name for name in ("z.geojson", "s.csv", "c.csv", "plan.geojson")]
    zones, services, candidates, plan = names
    ring = [[-77.15, -12.06], [-76.95, -12.06], [-76.95, -11.85], [-77.15, -11.85]]
    zones.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    town = "Comas,-77.04944,-11.95722\n"
    services.write_text(f"name,longitude,latitude\n{town}")
    candidates.write_text(f"name,longitude,latitude\n{town}Trujillo,-79.03,-8.11\n")
    asked = ("--candidates", candidates, "--demand", "population", "--sites", 1, "--second", "none")
    asked = (*asked, "--resamples", 0, "--exclude", zones, "--buffer-km", 0, "--format", "json")
    bare = json.loads(run(*asked, "--out", plan).stdout)
    say = words("en")
    for flags, key in (
        ((), "siting.zones.services"),
        (("--zone-people", "come"), "siting.zones.services"),
        (("--lock-services",), "siting.zones.locked"),
    ):
        done = run(*asked, "--services", services, *flags)
        assert done.exit_code == 0, done.stderr
        answer = json.loads(done.stdout)
        assert say(key, count=1) in done.stderr.splitlines()
        assert say(key, count=1) in answer["assumptions"]
        assert answer["zones"] == {**bare["zones"], "services_away": 1}
        assert answer["coverage_share"] == bare["coverage_share"] < 0.05
        used = {one["task"]: one["rows_used"] for one in answer["lists"]}
        assert used == {"candidates": 2, "services": 0, "zones": 1}
    locked = say("siting.services.locked", count=0, sites=0)
    assert locked in answer["assumptions"]
    content = json.loads(plan.read_text())
    lists = content["plan"]["lists"]
    content["plan"]["lists"] = [one for one in lists if one["task"] != "zones"]
    plan.write_text(json.dumps(content))
    done = run("--plan", plan, "--candidates", candidates)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith(say("siting.refusal.saved_parts"))


@pytest.mark.parametrize(
    ("ways", "cost"),
    [
        ((), "2 teams × S/\u00a090,000 = S/\u00a0180,000"),
        (("--km-cost", 2), " km × S/\u00a02 = S/"),
    ],
)
def test_a_saved_plan_is_made_again_byte_by_byte(tmp_path, ways, cost):
    """With the list it obeys, which is asked for and known by its bytes; no other question."""
    zones, first, again = tmp_path / "z.csv", tmp_path / "a.geojson", tmp_path / "b.geojson"
    zones.write_text("longitude,latitude,radius_km\n-77.03,-12.05,20\n")
    few = ("--team-cost", 9e4, "--budget", 2e5, *FEW[:2], "--resamples", 3, *ways)
    assert run("--exclude", zones, *few, "--out", first).exit_code == 0
    done = run("--plan", first, "--exclude", zones, "--out", again)
    assert done.exit_code == 0, done.stderr
    assert first.read_bytes() == again.read_bytes()
    assert cost in done.stderr
    other = tmp_path / "other.csv"
    other.write_text("longitude,latitude,radius_km\n-77.03,-12.05,21\n")
    for flags, match in (
        ((), "obeys 'z.csv': give that file with --exclude"),
        (("--exclude", other), "another file than the plan's 'z.csv'"),
        (("--exclude", zones, "--sites", 3), "leave out --sites"),
    ):
        done = run("--plan", first, *flags)
        assert (done.exit_code, done.stdout) == (2, "")
        assert match in done.stderr


def test_a_plan_changed_by_hand_is_a_question_of_the_command(tmp_path):
    """Fixed and left out by name or code: the bytes of the page's file, made again from it."""
    asked = ("--sites", 3, *FEW, "--lang", "es")
    one, other = tmp_path / "one.geojson", tmp_path / "other.geojson"
    done = run(*asked, "--must", "Cusco", "--without", "150101", "--without", "Ica", "--out", one)
    assert done.exit_code == 0, done.stderr
    request = PlanQuestion(
        sites=3, min_population=75_000.0, must=("080101",), barred=("150101", "110101")
    )
    document = document_of(*plan_for(request, replicas=0))
    assert one.read_bytes() == plan_bytes(document, ".geojson", words("es"))
    codes = {site.code for site in document.sites}
    assert "080101" in codes
    assert not codes & set(request.barred)
    told = [one.text(words("es")) for one in document.assumptions]
    assert "lugares descartados a mano: Lima, Ica" in told
    assert run("--plan", one, "--out", other).exit_code == 0
    assert one.read_bytes() == other.read_bytes()
    refused = run(*asked, "--must", "Cusco", "--without", "Cusco")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Cusco está fijado y descartado a la vez" in refused.stderr


def test_a_csv_in_a_language_is_the_page_s_download(tmp_path):
    """With --lang the mark and the words of the headings; without it the names that scripts read;
    a plan made again takes the language that is asked for."""
    few = ("--sites", 2, *FEW)
    sheets = plan_for(PlanQuestion(sites=2, min_population=75_000.0), replicas=0)
    saved, out = tmp_path / "plan.geojson", tmp_path / "plan.csv"
    assert run(*few, "--out", saved).exit_code == 0
    for asked in (few, ("--plan", saved)):
        for lang in LANGUAGES:
            done = run(*asked, "--lang", lang, "--out", out)
            assert done.exit_code == 0, done.stderr
            document = document_of(*sheets)
            assert out.read_bytes() == plan_bytes(document, ".csv", words(lang), is_worded=True)
            assert out.read_bytes().startswith(b"\xef\xbb\xbf")
        assert run(*asked, "--out", out).exit_code == 0
        assert out.read_bytes() == plan_bytes(document_of(*sheets), ".csv", words("en"))


@pytest.mark.parametrize(
    "text", ["name,longitude,latitude\nA,-72,-13\nB,-72,-13\n", "ubigeo\n150101\n150101\n"]
)
def test_a_candidate_twice_counts_once(tmp_path, text):
    """As on the page, and stderr says which row adds nothing."""
    (tmp_path / "c.csv").write_text(text)
    few = ("--candidates", tmp_path / "c.csv", "--sites", 1, "--resamples", 0, "--format", "json")
    done = run(*few)
    assert done.exit_code == 0, done.stderr
    assert "c.csv, row 3: the same place or pair came before; it counts once" in done.stderr
    assert [(one["rows"], one["rows_used"]) for one in json.loads(done.stdout)["lists"]] == [(2, 1)]
    assert run(*few, "--sites", 2).exit_code == 2


def test_a_plan_whose_share_was_changed_is_told_so(tmp_path):
    """The file's share is not what its question gives: said on stderr, and only then."""
    plan = tmp_path / "plan.geojson"
    assert run(*FEW, "--sites", 2, "--out", plan).exit_code == 0
    assert "Not the same plan" not in run("--plan", plan).stderr
    content = json.loads(plan.read_text(encoding="utf-8"))
    content["plan"]["coverage_share"] = 0.99
    plan.write_text(json.dumps(content), encoding="utf-8")
    for lang, told in (
        ("en", "Not the same plan. The file covered 99.0%"),
        ("es", "No es el mismo"),
    ):
        done = run("--plan", plan, "--lang", lang)
        assert done.exit_code == 0
        assert told in done.stderr
    refused = run("--plan", plan, "--sites", 3, "--lang", "es")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.strip().endswith("quite --sites")


def test_departments_by_code_and_by_name_are_one_question(tmp_path):
    """In any order, with and without accents; demand, sites and shares are of these alone, the
    line about the plan says so, and a saved plan brings its own."""
    few, made = ("--sites", 2, "--resamples", 2), []
    for number, text in enumerate(("17,02", "áncash, MADRE DE DIOS", "Ancash,17")):
        out = tmp_path / f"{number}.geojson"
        done = run("--departments", text, *few, "--out", out)
        assert done.exit_code == 0, done.stderr
        assert "of Áncash and Madre de Dios, 2 sites" in done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1] == made[2]
    content = json.loads(made[0])
    assert content["plan"]["question"]["departments"] == ["02", "17"]
    asking = content["plan"]["departments"]
    assert {one["department_ubigeo"] for one in asking} == {"02", "17"}
    assert content["plan"]["demand_total"] == pytest.approx(sum(one["demand"] for one in asking))
    assert {one["properties"]["department_ubigeo"] for one in content["features"]} <= {"02", "17"}
    done = run("--plan", tmp_path / "0.geojson", "--out", tmp_path / "again.geojson")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "again.geojson").read_bytes() == made[0]
    refused = run("--plan", tmp_path / "0.geojson", "--departments", "17")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "leave out --departments" in refused.stderr


def test_the_share_without_a_way_is_told(tmp_path):
    """Travel times that reach few places: how much of the demand has no way, of which part the mean
    is, and that a plan can be limited to where they are."""
    times = tmp_path / "times.csv"
    times.write_text("from,to,minutes\n170101,170103,30\n170101,170102,50\n")
    asked = ("--travel-times", times, "--must", "170101", "--sites", 1, "--resamples", 0)
    done = run(*asked, "--out", tmp_path / "plan.csv")
    assert done.exit_code == 0, done.stderr
    part = float(re.search(r"of the ([\d.]+)% of the demand with a way", done.stderr)[1])
    none = float(re.search(r"; ([\d.]+)% has no way to any site", done.stderr)[1])
    assert part + none == pytest.approx(100, abs=0.06)
    assert part < 10
    assert "travel times are there in Madre de Dios (17) only" in done.stderr
    within = run(*asked, "--departments", "17")
    assert float(re.search(r"of the ([\d.]+)% of the", within.stderr)[1]) > part


def test_beside_a_number_of_teams_a_budget_decides_nothing():
    """The number holds, as it is told; without it the budget does, and nothing is to be told."""
    few = (*FEW, "--team-cost", 1e5, "--budget", 2e5)
    for lang, told in (("en", "--sites 3 holds: the budget does not"), ("es", "vale --sites 3")):
        done = run(*few, "--sites", 3, "--lang", lang, "--format", "json")
        assert done.exit_code == 0, done.stderr
        assert told in done.stderr
        answer = json.loads(done.stdout)
        assert (answer["sites"], answer["cost"]["left"]) == (3, -1e5)
    done = run(*few, "--format", "json")
    assert json.loads(done.stdout)["sites"] == 2
    assert "holds" not in done.stderr


def test_zones_are_kept_at_ten_kilometres_unless_another_number_is_given(tmp_path):
    """As on the page; a saved plan keeps its own; without zones there is nothing to keep from."""
    zones, few = tmp_path / "z.csv", ("--sites", 2, *FEW)
    zones.write_text("longitude,latitude,radius_km\n-77.03,-12.05,2\n")
    out = tmp_path / "plan.geojson"
    for flags, km in (((), 10.0), (("--buffer-km", 0), 0.0), (("--buffer-km", 35), 35.0)):
        done = run(*few, "--exclude", zones, *flags, "--out", out, "--format", "json")
        assert json.loads(done.stdout)["question"]["buffer_km"] == km
        again = run("--plan", out, "--exclude", zones, "--format", "json")
        assert json.loads(again.stdout)["question"]["buffer_km"] == km
    assert json.loads(run(*few, "--format", "json").stdout)["question"]["buffer_km"] == 0.0


@pytest.mark.parametrize(
    ("suffix", "demand"), [(".csv", "population"), (".gpkg", "complaints:2023")]
)
def test_a_plan_s_own_file_is_taken_back_as_a_list(
    tmp_path, monkeypatch, read_here, suffix, demand
):
    """Its sites as candidates and as services, under their names; amounts of eight digits and the
    digests of its lists are no identity numbers. A GeoPackage needs a child's drivers."""
    if suffix == ".gpkg":
        monkeypatch.setattr("atlas.own_files.isolation._run", read_here)
    first, second = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    few = ("--demand", demand, "--resamples", 2, "--team-cost", 5_000_000)
    done = run(*few, *FEW[:2], "--sites", 4, "--budget", 12_345_678, "--out", first)
    assert done.exit_code == 0, done.stderr
    done = run(*few, "--sites", 2, "--candidates", first, "--out", second)
    assert done.exit_code == 0, done.stderr
    done = run(*few, "--sites", 1, "--candidates", second, "--services", first, "--format", "json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["coverage_share_of_services"] > 0
    assert [(one["task"], one["rows_used"]) for one in answer["lists"]] == [
        ("candidates", 2),
        ("services", 4),
    ]
    chosen = answer["chosen"][0]
    assert chosen["name"] != chosen["code"]
    named = run(*few, "--sites", 1, "--candidates", second, "--must", chosen["name"].upper())
    assert named.exit_code == 0, named.stderr


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_s_own_table_is_a_list_of_candidates(tmp_path, lang):
    """In either language its sites come back under their names."""
    few = ("--sites", 2, "--departments", 17, "--resamples", 0)
    assert run(*few, "--lang", lang, "--out", tmp_path / "plan.csv").exit_code == 0
    done = run(*few, "--candidates", tmp_path / "plan.csv", "--must", "Puerto Maldonado")
    assert done.exit_code == 0, done.stderr
    assert "170101" in done.stdout


def test_a_town_is_the_name_of_a_place(tmp_path):
    """Ciudad names a candidate where nothing else does; beside a name it is only where it lies."""
    table, few = tmp_path / "c.csv", ("--sites", 1, "--resamples", 0)
    table.write_text("Ciudad,longitud,latitud\nLaberinto,-69.59,-12.71\nOtra,-69.18,-12.59\n")
    done = run("--candidates", table, *few, "--must", "laberinto")
    assert done.exit_code == 0, done.stderr
    assert "Laberinto" in done.stdout
    done = run("--candidates", table, *few, "--must", "Laberrinto", "--lang", "es")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "¿quiso decir Laberinto?" in done.stderr
    table.write_text("Nombre,Ciudad,longitud,latitud\nBase,Laberinto,-69.59,-12.71\n")
    done = run("--candidates", table, *few, "--must", "Base")
    assert done.exit_code == 0, done.stderr


OPTIONS = {one.name: one for one in typer.main.get_command(app).commands["sites"].params}
ASKED = [
    (field, control, OPTIONS[control.option or field])
    for field in PlanQuestion.model_fields
    for control in PlanQuestion.carried(field, Control)
    if (control.option or field) in OPTIONS and not control.part and control.key != "plan_period"
]


@pytest.mark.parametrize(("field", "control", "option"), ASKED)
def test_an_option_is_what_its_field_says(field, control, option):
    """Default, choices, unit and condition of each option are those of the question's field."""
    default = PlanQuestion.model_fields[field].default
    start = default if control.start is None else control.start
    if option.default in (None, (), []):
        assert start in (None, (), DetourFactors()) or f"{start:g} unless given" in option.help
    elif isinstance(start, tuple):
        assert option.default == ",".join(start)
    elif isinstance(start, bool | str):
        assert option.default == start
    else:
        assert float(option.default) == start
    coded = [] if field in ("departments", "river_codes") else control.offers
    assert all(code in option.help for code in coded if code not in OWN_DEMANDS)
    told = f"{option.opts[0]} {option.help}"
    assert {"%": "0 to 1", "km": "km", "min": "minutes"}.get(control.unit, "") in told
    assert not control.of_mclp or "(mclp" in told or field == "loss"  # given up for --second


@pytest.mark.parametrize(
    ("flag", "limits"),
    [
        (option.opts[0], limits)
        for field, control, option in ASKED
        for limits in PlanQuestion.carried(field, Limits)
        if not control.needs
    ],
)
def test_an_option_is_refused_beyond_its_limits(flag, limits):
    """One line that names what is allowed, for the least and for the most."""
    beyond = [math.nextafter(limits.least, -1), math.nextafter(limits.most, math.inf)]
    for value in beyond:
        done = run(f"{flag}={value!r}")
        assert (done.exit_code, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert re.search("positive|whole number|of 0 or more|0 to", line) or "1 to" in line


def test_a_second_team_within_reach_is_asked_for_and_counted():
    """More of the demand has two within reach than without asking; once and twice are all that is
    covered, place by place, in the answer, the CSV and the plan's own file."""
    few = ("--min-population", 100_000, "--sites", 8, "--loss", 0.1, "--resamples", 0)
    answers = {}
    for second in ("none", "backup"):
        done = run(*few, "--second", second, "--format", "json")
        assert done.exit_code == 0, done.stderr
        answers[second] = json.loads(done.stdout)
    asked, plain = answers["backup"], answers["none"]
    assert asked["demand_covered_twice"] > plain["demand_covered_twice"]
    assert asked["coverage_share"] >= 0.9 * plain["coverage_share"] - 1e-6
    for answer in answers.values():
        covered = answer["coverage_share"] * answer["demand_total"]
        once, twice = answer["demand_covered_once"], answer["demand_covered_twice"]
        assert once + twice == pytest.approx(covered, abs=1e-3)
    assert any("second site or service within reach" in line for line in asked["assumptions"])
