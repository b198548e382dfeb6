"""The CSV of a department: every year and registry in the reader's words, safe to open."""

from __future__ import annotations

import csv
import io
from functools import cache
from urllib.parse import parse_qsl, urlsplit

import pytest

from atlas.results.department_file import COLUMNS, area_csv
from atlas.results.regions import bases_of, results_for
from atlas.view import View
from atlas.words import words
from data.periods import REGISTRIES, Period, periods_of
from data.reports import load_series
from tests.refusing import refused

ADDRESS = "https://atlas.example.pe"


@cache
def content_of(department: str, lang: str = "es") -> bytes:
    """The file of a department, made once."""
    return area_csv(department, lang=lang, address=ADDRESS)


def rows_of(department: str, lang: str = "es") -> list[dict[str, str]]:
    """The file as a program reads it, by the names of the columns that mean the same in both."""
    text = content_of(department, lang).decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text, newline=""))
    assert heads == [words(lang)(f"column.{column}") for column in COLUMNS]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def test_a_spreadsheet_knows_its_accents() -> None:
    """A byte order mark, Spanish headings, accents; English on request."""
    content = content_of("06")
    assert content.startswith("\ufeffCódigo del departamento,Departamento,Registro,".encode())
    assert ",Población," in content.decode("utf-8-sig")
    english = content_of("06", "en")
    assert english.startswith("\ufeffCode of the department,Department,Registry,".encode())
    assert rows_of("06", "en")[0]["link"].startswith(f"{ADDRESS}/?lang=en")
    with refused("01 to 25"):
        area_csv("26", lang="es")


def step_of(period: Period) -> str:
    """What a row covers, by its code and its months."""
    if period.months == 12:
        return "año"
    longer = "años juntos" if "+" in period.code else "varios años"
    return longer if period.months > 12 else "parte de un año"


def test_every_year_registry_and_base_is_there() -> None:
    """Loreto: each row of results, with its ratio and verdict, and each month of the police."""
    say, rows = words("es"), rows_of("16")
    cells = {(row["registry_code"], row["period"], row["base"]): row for row in rows}
    assert len(cells) == len(rows)
    expected = 0
    for registry in REGISTRIES.values():
        for period in periods_of(registry):
            for base in bases_of(period):
                row = cells[say(f"registry.{registry.code}"), period.code, say(f"base.{base}")]
                table = results_for(period, base)
                truth = table.set_index("department_ubigeo").loc["16"]
                assert int(row["reported_count"]) == truth["reported_count"]
                assert float(row["smr"]) == pytest.approx(truth["smr"])
                assert float(row["smr_low"]) == pytest.approx(truth["smr_low"])
                assert row["verdict"] == say(f"verdict.{truth['verdict']}")
                assert row["unit"] == say(f"unit.{truth['unit']}.plural")
                assert row["step"] == step_of(period)
                expected += 1
    months = [row for row in rows if row["step"] == say("department_csv.step.month")]
    known = load_series("police", "month", "16")["reported_count"].dropna()
    assert [int(row["reported_count"]) for row in months] == known.astype(int).tolist()
    assert len(rows) == expected + len(months)
    for row in rows:
        assert row["link"].startswith(f"{ADDRESS}/?lang=es")
        # the page that the link opens compares by the base of the row
        view = View.from_link(dict(parse_qsl(urlsplit(row["link"]).query)))
        assert (view.base == "offences") == (row["base"] == say("base.offences"))
        assert row["source"]
        assert row["licence"]
        assert row["citation"]
        assert ADDRESS in row["caveat"]


def test_what_is_not_known_is_empty() -> None:
    """Pasco 2025 of the prosecutors: no count and no ratio, and the caution says so."""
    row = next(row for row in rows_of("19") if row["period"] == "2025-01/2025-11")
    assert (row["reported_count"], row["smr"], row["rate_per_100k"]) == ("", "", "")
    assert row["cautions"]
