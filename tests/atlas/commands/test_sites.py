"""The command that chooses sites: files, stdout, refusals."""

import io
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import typer

from atlas.planner.files import SUFFIXES, plan_bytes
from atlas.planner.plan_file import plan_zip
from atlas.planner.plan_question import OWN_DEMANDS, Control, PlanQuestion
from atlas.words import LANGUAGES, words
from cli import app
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
    """Two processes write the same plan, in opening order, and stdout holds only the answer."""
    first, second = tmp_path / "a.geojson", tmp_path / "b.geojson"
    asked = ("--demand", "complaints:2023", "--sites", "3", "--resamples", "2", "--format", "json")
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
    assert len(content["features"]) == 3
    printed = json.loads(alone.stdout)
    assert printed == json.loads(done.stdout) == content["plan"]
    assert [site["order"] for site in printed["sites"]] == [1, 2, 3]
    assert {"headline", "left_out", "confidence", "gap", "coverage_share"} <= set(printed)
    keys = {"department_ubigeo", "reported_count", "verdict", "cost_to_include"}
    assert all(keys <= set(site) for site in printed["left_out"])
    assert all({"kept_share", "backs_up", "alternatives"} <= set(site) for site in printed["sites"])
    assert printed["confidence"] in ("firm", "doubtful", "open")


def test_page_and_command_agree_to_the_byte(tmp_path):
    """Each file of a plan; and the one file that is opened again."""
    document = planned(sites=6, cover_departments=("09",))
    for number, suffix in enumerate((*SUFFIXES, ".plan.zip")):
        out, lang = tmp_path / f"plan{suffix}", LANGUAGES[number % 2]
        say, asked = words(lang), ("--sites", 6, "--cover-departments", "Huancavelica")
        ran(*asked, *FEW, "--lang", lang, "--out", out)
        is_plan = suffix == ".plan.zip"
        expected = plan_zip(document) if is_plan else plan_bytes(document, suffix, say)
        assert out.read_bytes() == expected, suffix


def test_a_saved_plan_is_printed_as_it_was_stored(tmp_path):
    """And computed again where that is asked for; no other part of a question stands beside it."""
    zones, plan, again = tmp_path / "z.csv", tmp_path / "a.plan.zip", tmp_path / "b.plan.zip"
    zones.write_text("longitude,latitude,radius_km\n-77.03,-12.05,20\n")
    asked = ("--departments", "15", "--team-cost", 9e4, "--budget", 2e5, "--resamples", 2)
    first = ran("--exclude", zones, *asked, "--format", "json", "--out", plan)
    stored = ran("--plan", plan, "--format", "json", "--out", again)
    assert stored.stdout == first.stdout
    assert again.read_bytes() == plan.read_bytes()
    computed = ran("--plan", plan, "--again", "--resamples", 2, "--format", "json")
    assert computed.stdout == first.stdout
    bare = tmp_path / "c.plan.zip"
    ran("--plan", plan, "--without-lists", "--out", bare)
    done = refused_by("--plan", bare, "--again")
    assert "the file of this plan does not hold" in done.stderr
    for flags in (("--sites", 3), ("--exclude", zones), ("--departments", "17")):
        assert f"Leave out {flags[0]}" in refused_by("--plan", plan, *flags).stderr
    assert "again. Give --plan" in refused_by("--again").stderr
    plan.write_bytes(b"PK nothing of ours")
    refused_by("--plan", plan)


def test_own_records_are_what_the_plan_counts(tmp_path):
    """At once, gated; one line says how many rows count and why the others do not."""
    out = tmp_path / "p.plan.zip"
    rows = "".join(f"r{at},170101,2023-05-01\n" for at in range(40))
    rows += "".join(f"s{at},080101,2023-05-01\n" for at in range(30))
    (tmp_path / "r.csv").write_text(f"record_id,district_ubigeo,date\n{rows}x,999999,2023-01-01\n")
    asked = ("--demand", "own", "--records", tmp_path / "r.csv", "--sites", 1, *FEW)
    done = ran(*asked, "--format", "json", "--out", out)
    assert "Of 71 rows 70 count" in done.stderr
    answer = json.loads(done.stdout)
    assert answer["demand"] == "own"
    assert {department["department_ubigeo"] for department in answer["departments"]} <= {"08", "17"}
    again = ran("--plan", out, "--again", "--resamples", 0, "--format", "json")
    assert json.loads(again.stdout)["coverage_share"] == answer["coverage_share"]
    assert b"r1," not in out.read_bytes()
    assert "go together" in refused_by("--demand", "own").stderr


def test_a_workbook_has_a_sheet_for_each_question(tmp_path):
    """Sites, what is missed, assumptions; a name that a spreadsheet would run is a text."""
    table, out = tmp_path / "c.csv", tmp_path / "plan.xlsx"
    table.write_text("nombre,ubigeo,costo\n=SUM(A1),170101,5000\nBase,080101,7000\n")
    ran("--candidates", table, "--sites", 2, *FEW, "--lang", "es", "--out", out)
    book = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))
    say = words("es")
    titles = [say("plan.sheet.sites"), say("plan.sheet.left_out"), say("plan.assumptions")]
    assert book.sheetnames == titles
    sites = list(book[titles[0]].values)
    assert {row[1] for row in sites[1:]} == {"'=SUM(A1)", "Base"}
    assert {5000, 7000} <= {cell for row in sites for cell in row}
    left = list(book[titles[1]].values)
    assert any("Huancavelica" in str(row[0]) for row in left)
    missed = [row[1] for row in left[1:]]
    assert missed == sorted(missed, reverse=True)
    assert "{" not in str([[*book[title].values] for title in titles])


def test_a_candidate_twice_counts_once(tmp_path):
    """As on the page, and stderr says which row adds nothing."""
    (tmp_path / "c.csv").write_text("name,longitude,latitude\nA,-72,-13\nB,-72,-13\n")
    few = ("--candidates", tmp_path / "c.csv", "--sites", 1, "--resamples", 0, "--format", "json")
    done = ran(*few)
    assert "c.csv, row 3: the same place or pair came before. It counts only once" in done.stderr
    assert [(used["rows"], used["rows_used"]) for used in json.loads(done.stdout)["lists"]] == [
        (2, 1)
    ]
    assert run(*few, "--sites", 2).exit_code == 2


def test_departments_by_code_and_by_name_are_one_question(tmp_path):
    """In any order, with and without accents; demand, sites and shares are of these alone."""
    made = []
    for number, text in enumerate(("17,02", "ancash, MADRE DE DIOS")):
        out = tmp_path / f"{number}.geojson"
        done = ran("--departments", text, "--sites", 2, "--resamples", 0, "--out", out)
        assert "of Áncash and Madre de Dios" in done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]
    assert json.loads(made[0])["plan"]["question"]["departments"] == ["02", "17"]
    assert "'99'" in refused_by("--cover-departments", "99").stderr


def test_a_plan_s_own_file_is_taken_back_as_a_list(tmp_path):
    """Its sites as candidates and as services, under their names."""
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    few = ("--demand", "population", "--resamples", 0)
    ran(*few, "--sites", 4, "--out", first)
    few += ("--drop-columns", "plan_figures,load,people")  # as a refusal says: eight digits
    ran(*few, "--sites", 2, "--candidates", first, "--out", second)
    done = ran(*few, "--sites", 1, "--candidates", second, "--services", first, "--format", "json")
    answer = json.loads(done.stdout)
    assert answer["coverage_share_of_services"] > 0
    assert [(used["task"], used["rows_used"]) for used in answer["lists"]] == [
        ("candidates", 2),
        ("services", 4),
    ]
    chosen = answer["sites"][0]
    assert chosen["name"] != chosen["code"]
    ran(*few, "--sites", 1, "--candidates", second, "--must", chosen["name"].upper())


def test_a_town_is_the_name_of_a_place(tmp_path):
    """Ciudad names a candidate where nothing else does; beside a name it is only where it lies."""
    table, few = tmp_path / "c.csv", ("--sites", 1, "--resamples", 0)
    table.write_text("Ciudad,longitud,latitud\nLaberinto,-69.59,-12.71\nOtra,-69.18,-12.59\n")
    done = ran("--candidates", table, *few, "--must", "laberinto")
    assert "Laberinto" in done.stdout
    done = refused_by("--candidates", table, *few, "--must", "Laberrinto", "--lang", "es")
    assert "¿Quiso decir Laberinto?" in done.stderr
    table.write_text("Nombre,Ciudad,longitud,latitud\nBase,Laberinto,-69.59,-12.71\n")
    done = ran("--candidates", table, *few, "--must", "Base")


OPTIONS = {
    parameter.name: parameter for parameter in typer.main.get_command(app).commands["sites"].params
}
ASKED = [
    (field, control, OPTIONS[control.option or field])
    for field in PlanQuestion.model_fields
    for control in PlanQuestion.carried(field, Control)
    if (control.option or field) in OPTIONS and control.key != "plan_period"
]


def test_the_options_are_these():
    """Each field of the question has its option; the rest says what is read, written and said."""
    others = {"out", "saved", "again", "without_lists", "records", "travel_times", "areas", "reach"}
    others |= {"exclude", "resamples", "time_limit", "format", "lang"}
    fields = {control.option or field for field, control, _ in ASKED}
    assert fields | others <= set(OPTIONS)
    asked = {field for field, _, _ in ASKED}
    assert asked == set(PlanQuestion.model_fields)


@pytest.mark.parametrize(("field", "control", "option"), ASKED)
def test_an_option_is_what_its_field_says(field, control, option):
    """Default, choices, unit and condition of each option are those of the question's field."""
    default = PlanQuestion.model_fields[field].default
    start = default if control.start is None else control.start
    if option.default in (None, (), []):
        assert start in (None, ()) or f"{start:g} unless given" in option.help
    elif isinstance(start, bool | str):
        assert option.default == start
    else:
        assert float(option.default) == start
    coded = [] if field.endswith("departments") else control.offers
    types = {part for code in coded if code not in OWN_DEMANDS for part in code.split("_")}
    assert all(part in option.help for part in types)
    printed = f"{option.opts[0]} {option.help}"
    assert {"%": "0 to 1", "km": "km", "min": "minutes"}.get(control.unit, "") in printed
    assert not control.of_mclp or "(mclp" in printed


def test_a_list_says_what_was_dropped_and_which_names_were_guessed(tmp_path):
    """A heading that is none, and a district one letter off: said on stderr, without what came."""
    listed = tmp_path / "mine.csv"
    listed.write_text("nombre,distrito,color\nA,Tambopta,1\nB,Iquitos,2\n", encoding="utf-8")
    done = run("--candidates", listed, "--sites", 1, "--resamples", 0, "--format", "json")
    assert (
        "mine.csv, row 2: the name is written otherwise. We take it as 170101 Tambopata"
        in done.stderr
    )
    assert "the column 'color' is not in the template and was dropped" in done.stderr
    assert "Tambopta" not in done.stderr
