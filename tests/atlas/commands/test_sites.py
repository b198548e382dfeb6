"""The command that chooses sites: files, stdout, refusals."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from atlas.checked import Limits
from atlas.planner.files import plan_bytes
from atlas.planner.plan_question import OWN_DEMANDS, Control, PlanQuestion
from atlas.words import LANGUAGES, words
from cli import app
from geo.siting.travel import DetourFactors
from tests.planned import FEW, planned, run

ROOT = Path(__file__).resolve().parents[3]


def ran(*asked):
    """What the command answers, which must go well."""
    done = run(*asked)
    assert done.exit_code == 0, done.stderr
    return done


def refused_by(*asked):
    """What the command answers, which must be a refusal in one line."""
    done = run(*asked)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done


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
        ran(*pairs, *few, "--out", tmp_path / name)
    made = [(tmp_path / name).read_bytes() for name in ("codes.geojson", "words.geojson")]
    assert made[0] == made[1]
    assert json.loads(made[0])["plan"]["lang"] == lang


def test_a_saved_plan_is_made_again_byte_by_byte(tmp_path):
    """With the list it obeys, which is asked for and known by its bytes; no other question."""
    zones, first, again = tmp_path / "z.csv", tmp_path / "a.geojson", tmp_path / "b.geojson"
    zones.write_text("longitude,latitude,radius_km\n-77.03,-12.05,20\n")
    few = ("--team-cost", 9e4, "--budget", 2e5, *FEW[:2], "--resamples", 3, "--km-cost", 2)
    ran("--exclude", zones, *few, "--out", first)
    done = ran("--plan", first, "--exclude", zones, "--out", again)
    assert first.read_bytes() == again.read_bytes()
    assert " km × S/\u00a02 = S/" in done.stderr
    other = tmp_path / "other.csv"
    other.write_text("longitude,latitude,radius_km\n-77.03,-12.05,21\n")
    for flags, match in (
        ((), "give that file with --exclude"),
        (("--exclude", other), "--exclude is not the plan's file"),
        (("--exclude", zones, "--sites", 3), "leave out --sites"),
    ):
        done = run("--plan", first, *flags)
        assert (done.exit_code, done.stdout) == (2, "")
        assert match in done.stderr.splitlines()[-1]  # after what the list of zones says


def test_a_plan_changed_by_hand_is_a_question_of_the_command(tmp_path):
    """Fixed and left out by name or code: the bytes of the page's file, made again from it."""
    asked = ("--sites", 3, *FEW, "--lang", "es")
    one, other = tmp_path / "one.geojson", tmp_path / "other.geojson"
    ran(*asked, "--must", "Cusco", "--without", "150101", "--without", "Ica", "--out", one)
    few = {"must": ("080101",), "barred": ("150101", "110101"), "min_population": 75_000.0}
    document = planned(**few)
    assert one.read_bytes() == plan_bytes(document, ".geojson", words("es"))
    codes = {site.code for site in document.sites}
    assert "080101" in codes
    assert not codes & {*few["barred"]}
    told = [one.text(words("es")) for one in document.assumptions]
    assert "lugares descartados a mano: Lima, Ica" in told
    ran("--plan", one, "--out", other)
    assert one.read_bytes() == other.read_bytes()
    refused = refused_by(*asked, "--must", "Cusco", "--without", "Cusco")
    assert "Cusco está fijado y descartado a la vez" in refused.stderr


@pytest.mark.parametrize(
    "text", ["name,longitude,latitude\nA,-72,-13\nB,-72,-13\n", "ubigeo\n150101\n150101\n"]
)
def test_a_candidate_twice_counts_once(tmp_path, text):
    """As on the page, and stderr says which row adds nothing."""
    (tmp_path / "c.csv").write_text(text)
    few = ("--candidates", tmp_path / "c.csv", "--sites", 1, "--resamples", 0, "--format", "json")
    done = ran(*few)
    assert "c.csv, row 3: the same place or pair came before; it counts once" in done.stderr
    assert [(one["rows"], one["rows_used"]) for one in json.loads(done.stdout)["lists"]] == [(2, 1)]
    assert run(*few, "--sites", 2).exit_code == 2


def test_a_plan_whose_share_was_changed_is_told_so(tmp_path):
    """The file's share is not what its question gives: said on stderr, and only then."""
    plan = tmp_path / "plan.geojson"
    ran(*FEW, "--sites", 2, "--out", plan)
    assert "Not the same plan" not in run("--plan", plan).stderr
    content = json.loads(plan.read_text(encoding="utf-8"))
    content["plan"]["coverage_share"] = 0.99
    plan.write_text(json.dumps(content), encoding="utf-8")
    for lang, told in (
        ("en", "Not the same plan. From the same figures, the file covered 99.0%"),
        ("es", "No es el mismo"),
    ):
        done = run("--plan", plan, "--lang", lang)
        assert done.exit_code == 0
        assert told in done.stderr
    refused = refused_by("--plan", plan, "--sites", 3, "--lang", "es")
    assert refused.stderr.strip().endswith("quite --sites")


def test_departments_by_code_and_by_name_are_one_question(tmp_path):
    """In any order, with and without accents; demand, sites and shares are of these alone, the
    line about the plan says so, and a saved plan brings its own."""
    few, made = ("--sites", 2, "--resamples", 2), []
    for number, text in enumerate(("17,02", "ancash, MADRE DE DIOS")):
        out = tmp_path / f"{number}.geojson"
        done = ran("--departments", text, *few, "--out", out)
        assert "of Áncash and Madre de Dios, 2 sites" in done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]
    content = json.loads(made[0])
    assert content["plan"]["question"]["departments"] == ["02", "17"]
    done = ran("--plan", tmp_path / "0.geojson", "--out", tmp_path / "again.geojson")
    assert (tmp_path / "again.geojson").read_bytes() == made[0]
    refused = refused_by("--plan", tmp_path / "0.geojson", "--departments", "17")
    assert "leave out --departments" in refused.stderr


def test_beside_a_number_of_teams_a_budget_decides_nothing():
    """The number holds, as it is told; without it the budget does, and nothing is to be told."""
    few = (*FEW, "--team-cost", 1e5, "--budget", 2e5)
    for lang, told in (("en", "--sites 3 counts: the budget does not"), ("es", "vale --sites 3")):
        done = ran(*few, "--sites", 3, "--lang", lang, "--format", "json")
        assert told in done.stderr
        answer = json.loads(done.stdout)
        assert (answer["sites"], answer["cost"]["left"]) == (3, -1e5)
    done = run(*few, "--format", "json")
    assert json.loads(done.stdout)["sites"] == 2
    assert "holds" not in done.stderr


def test_a_plan_s_own_file_is_taken_back_as_a_list(tmp_path):
    """Its sites as candidates and as services, under their names; amounts of eight digits and the
    digests of its lists are no identity numbers. As a GeoPackage in test_sites_lists."""
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    few = ("--demand", "population", "--resamples", 2, "--team-cost", 5_000_000)
    done = ran(*few, *FEW[:2], "--sites", 4, "--budget", 12_345_678, "--out", first)
    done = ran(*few, "--sites", 2, "--candidates", first, "--out", second)
    done = ran(*few, "--sites", 1, "--candidates", second, "--services", first, "--format", "json")
    answer = json.loads(done.stdout)
    assert answer["coverage_share_of_services"] > 0
    assert [(one["task"], one["rows_used"]) for one in answer["lists"]] == [
        ("candidates", 2),
        ("services", 4),
    ]
    chosen = answer["chosen"][0]
    assert chosen["name"] != chosen["code"]
    ran(*few, "--sites", 1, "--candidates", second, "--must", chosen["name"].upper())


def test_a_town_is_the_name_of_a_place(tmp_path):
    """Ciudad names a candidate where nothing else does; beside a name it is only where it lies."""
    table, few = tmp_path / "c.csv", ("--sites", 1, "--resamples", 0)
    table.write_text("Ciudad,longitud,latitud\nLaberinto,-69.59,-12.71\nOtra,-69.18,-12.59\n")
    done = ran("--candidates", table, *few, "--must", "laberinto")
    assert "Laberinto" in done.stdout
    done = refused_by("--candidates", table, *few, "--must", "Laberrinto", "--lang", "es")
    assert "¿quiso decir Laberinto?" in done.stderr
    table.write_text("Nombre,Ciudad,longitud,latitud\nBase,Laberinto,-69.59,-12.71\n")
    done = ran("--candidates", table, *few, "--must", "Base")


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
        done = refused_by(f"{flag}={value!r}")
        (line,) = done.stderr.splitlines()
        assert re.search("positive|whole number|of 0 or more|0 to", line) or "1 to" in line


def test_a_list_says_what_was_dropped_and_which_names_were_guessed(tmp_path):
    """A heading that is none, and a district one letter off: said on stderr, without what came."""
    listed = tmp_path / "mine.csv"
    listed.write_text("nombre,distrito,color\nA,Tambopta,1\nB,Iquitos,2\n", encoding="utf-8")
    done = run("--candidates", listed, "--sites", 1, "--resamples", 0, "--format", "json")
    assert (
        "mine.csv, row 2: the name is written otherwise; taken as 170101 Tambopata" in done.stderr
    )
    assert "the column 'color' is not in the template and was dropped" in done.stderr
    assert "Tambopta" not in done.stderr


def test_a_csv_in_a_language_is_the_page_s_download(tmp_path):
    """With --lang the mark and the words of the headings; without it the names that scripts read;
    a plan made again takes the language that is asked for."""
    document = planned(sites=2, min_population=75_000.0)
    saved, out = tmp_path / "plan.geojson", tmp_path / "plan.csv"
    ran("--sites", 2, *FEW, "--out", saved)
    for lang in LANGUAGES:
        ran("--plan", saved, "--lang", lang, "--out", out)
        assert out.read_bytes() == plan_bytes(document, ".csv", words(lang), is_worded=True)
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    ran("--plan", saved, "--out", out)
    assert out.read_bytes() == plan_bytes(document, ".csv", words("en"))


@pytest.mark.parametrize(("lang", "model"), [("es", "mclp"), ("en", "pmedian"), (None, "pmedian")])
def test_the_table_and_its_line_speak_the_language_of_the_command(tmp_path, lang, model):
    """Headings for people in the language of --lang, those of programs without it; the line about
    the plan and its cost in that language, English without it. Travel times reach few places: how
    much of the demand has no way is told whatever the model, and of which part the mean is."""
    times, plan, say = tmp_path / "times.csv", tmp_path / "plan.geojson", words(lang or "en")
    times.write_text("from,to,minutes\n170101,170103,30\n170101,170102,50\n")
    asked = ("--travel-times", times, "--must", "170101", "--resamples", 20, "--out", plan)
    asked = (*asked, "--sites", 1, "--min-population", 75_000, "--team-cost", 5, "--model", model)
    done = ran(*asked, *(() if lang is None else ("--lang", lang)))
    heading = done.stdout.splitlines()[0]
    drawn_again = ("chosen_share", "chosen_near_share") if model == "mclp" else ()
    for name in ("within_reach_added_share", "within_reach_share", "load", *drawn_again, "name"):
        assert (say(f"column.{name}") if lang else name) in heading
    assert ("_" in heading) == (lang is None)
    texts = {
        "es": ("1 sitio, ", "costo: 1 equipo", "no tiene camino"),
        "en": ("1 site, ", "cost: 1", "has no way"),
    }[say.lang]
    for text in (*texts, say("siting.unit.complaints"), say("command.plan.part")[-12:]):
        assert text in done.stderr
    share = json.loads(plan.read_text())["plan"]["unreachable_share"]
    assert share > 0.2
    as_json = ran("--plan", plan, "--travel-times", times, "--format", "json", "--lang", say.lang)
    for answer in (done, as_json):
        (line,) = (one for one in answer.stderr.splitlines() if texts[-1] in one)
        assert say.percent(share, 1) in line
    if lang == "en":
        assert "travel times are there in Madre de Dios (17) only" in done.stderr
        part = float(re.search(r"of the ([\d.]+)% of the demand with a way", done.stderr)[1])
        assert part == pytest.approx(100 * (1 - share), abs=0.06)
