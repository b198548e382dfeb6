"""Trust in the police: the same value everywhere, two for Lima, nothing that it does not show."""

from __future__ import annotations

import csv
import io
import json

import pytest
from markupsafe import escape
from typer.testing import CliRunner

import cli
from atlas.map.page_card import card_part
from atlas.paper.brief import subject_of
from atlas.paper.brief_document import brief_values
from atlas.public.api import trust_json
from atlas.public.openapi import Query
from atlas.results.areas import areas_table
from atlas.results.department_file import COLUMNS, area_csv
from atlas.results.regions import department_name
from atlas.results.story import AreaStory
from atlas.results.trust import (
    COUNTRY,
    areas_of,
    marked_years,
    survey_year,
    trust_by_year,
    trust_line,
    trust_pct,
    trust_rows,
    why_few,
)
from atlas.view import DEPARTMENTS, View
from atlas.words import words
from data.catalogue import ROOT
from data.periods import default_period, parse_period

YEAR = parse_period("2023")


def _file() -> dict[tuple[str, int], float]:
    with (ROOT / "tables" / "trust_in_police.csv").open(encoding="utf-8") as lines:
        return {
            (row["area_code"], int(row["year"])): float(row["trust_pct"])
            for row in csv.DictReader(lines)
        }


def test_every_outlet_has_the_value_of_the_table():
    """Read from the file as it lies there: areas, the department's CSV, the API; Lima is null."""
    values = {code: _file().get((code, 2024)) for code in DEPARTMENTS}
    assert survey_year() == 2024
    assert (values["21"], values["17"], values["15"]) == (7.6, 7.2, None)
    own = trust_pct().astype(object).where(trust_pct().notna(), None)
    assert own.to_dict() == values
    table = areas_table(default_period(), "departments").set_index("ubigeo")["trust_pct"]
    assert table.astype(object).where(table.notna(), None).to_dict() == values
    at = COLUMNS.index("trust_pct")
    for code in ("21", "15"):
        _, *lines = csv.reader(io.StringIO(area_csv(code, lang="en").decode("utf-8-sig")))
        assert {line[at] for line in lines} == {"" if code == "15" else "7.6"}
    rows = json.loads(trust_json(Query()).raw)["trust"]
    published = {(row["area_code"], row["year"]): row["trust_pct"] for row in rows}
    assert published == _file()


def test_a_condition_on_trust_leaves_lima_out():
    answer = CliRunner().invoke(cli.app, ["areas", "--where", "trust_pct<10", "--format", "json"])
    rows = json.loads(answer.stdout)
    assert {row["department"] for row in rows} == {
        "Madre de Dios", "Puno", "Ayacucho", "Huancavelica",
    }  # fmt: skip
    either = [
        len(json.loads(CliRunner().invoke(
            cli.app, ["areas", "--where", f"trust_pct{sign}18", "--format", "json"]).stdout))
        for sign in ("<", ">=")
    ]  # fmt: skip
    assert sum(either) == 24


@pytest.mark.parametrize(("department", "lang", "phrase"), [
    ("21", "en", "8 in 100 people of 15 and over trust the police. In the country it is 18. "
                 "This is a survey of 2024, with no margin published."),
    ("17", "es", "7 de cada 100 personas de 15 años o más confían en la Policía. En el país son "
                 "18. Es una encuesta de 2024, sin margen publicado."),
    ("15", "es", "De cada 100 personas de 15 años o más, confían en la Policía 18 en Lima "
                 "Metropolitana y 16 en Región Lima. En el país son 18. Es una encuesta de 2024, "
                 "sin margen publicado."),
])  # fmt: skip
def test_the_line_says_what_the_survey_says_and_what_may_follow(department, lang, phrase):
    assert trust_line(department, words(lang)) == phrase
    may = why_few(department, words(lang))[-1]
    assert not {"por lo tanto", "therefore", "because"} & {*may.lower().split()}
    assert may.startswith(("Puede que", "Fewer may"))
    assert "no lo demuestran" in may or "do not show that" in may


def test_all_years_in_one_table_with_2020_marked():
    heads, rows = trust_rows(words("es"))
    assert heads[1:] == [f"{year} ⚑" if year == 2020 else str(year) for year in range(2014, 2025)]
    assert len(rows) == 27
    assert [row[0] for row in rows[:2]] == [words("es")("card.peru"), "Amazonas"]
    assert areas_of("15") == ["15-01", "15-99"]
    assert {row[0]: row[-1] for row in rows}["Puno"] == "7.6"
    assert list(marked_years(words("en"))) == [2020]
    assert trust_by_year().loc[COUNTRY, [2019, 2020]].tolist() == [18.8, 28.2]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_card_and_brief_say_the_same_of_why_few_are_reported(lang):
    """Card and brief say that few reports may mean less reporting, with the survey's value."""
    say, values = words(lang), trust_pct()
    for department in DEPARTMENTS:
        line = why_few(department, say)
        if department != "15":
            assert line[0].startswith(say.number(values[department]))
        # in Callao and Tumbes more trust the police, nobody lives far and no office is silent
        key = "trust.may.none" if department in ("07", "24") else "trust.may"
        assert say(key) == line[-1]
        view = View(department=department, lang=lang)
        card = card_part(view, AreaStory(department, YEAR), "few", say)
        cannot = say("trust.cannot", name=department_name(department))
        texts = [escape(text) for text in (cannot, *line)]
        assert sorted(texts, key=card.index) == texts
    subject = subject_of("21", YEAR, lang)
    notes = brief_values(subject, 2)[0]["history"]["notes"]
    assert " ".join(why_few("21", say)) in str(notes)
    pasco = " ".join(why_few("19", say))
    assert say("period.2025-01/2025-11") in pasco
