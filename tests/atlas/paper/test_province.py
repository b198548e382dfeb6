"""The brief of a province: its figures, what is said of its department, what is refused."""

from __future__ import annotations

import csv
import io

import pypdf
import pytest
from typer.testing import CliRunner

import cli
from atlas.paper.brief_document import brief_bytes
from atlas.results.department_file import area_csv
from atlas.results.province import asked_province_period, province
from atlas.results.regions import results_for
from atlas.words import words
from data.catalogue import load_table
from data.periods import province_periods
from geo.errors import UserError


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("code", ["1701", "1608", "1501"])
def test_years_are_those_of_the_police_table(code):
    """Counts from the table itself; each year's conclusion from the results of all provinces."""
    table = load_table("police_provinces")
    known = table[table["province_ubigeo"] == code].groupby("period")["reported_count"].sum()
    about = province(code)
    assert [period.code for period, _ in about.years] == [str(year) for year in range(2017, 2023)]
    for period, row in about.years:
        assert row["reported_count"] == known.get(period.code, 0)
        results = results_for(period.at("provinces")).set_index("province_ubigeo")
        assert row["verdict"] == results.loc[code, "verdict"]


def test_tambopata_in_both_languages():
    """Nine complaints in 2022, 23 in 2017; the prosecutors' figure is the department's."""
    for lang, said in (
        ("es", ("Provincia de Madre de Dios", "No publica por provincia", "Año por año")),
        ("en", ("Province of Madre de Dios", "It does not publish by province", "Year by year")),
    ):
        content = brief_bytes("1701", asked_province_period("", None), lang=lang, pages=2)
        text = " ".join(_text(content).split())
        for expected in (*said, "Tambopata", "2017: 23", "2022: 9", "Puerto Maldonado (85,024)"):
            assert expected in text
        assert content == brief_bytes(
            "1701", asked_province_period("2022", "police"), lang=lang, pages=2
        )


@pytest.mark.parametrize("code", ["0701", "1608", "2101"])
def test_a_brief_of_few_reports_is_one_page(code, tmp_path):
    """Also of a province without outline, of the smallest, of one without complaints."""
    out = tmp_path / "brief.pdf"
    result = CliRunner().invoke(cli.app, ["brief", "--province", code, "--out", str(out)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(pypdf.PdfReader(out).pages) == 1


def test_the_file_of_a_province_holds_the_polices_years():
    """A row a period, with the code; the counts of the published table; an unknown one refused."""
    rows = list(csv.DictReader(io.StringIO(area_csv("1701", lang="en").decode("utf-8-sig"))))
    say = words("en")
    code, period, count = (
        say(f"column.{name}") for name in ("province_ubigeo", "period", "reported_count")
    )
    assert {row[code] for row in rows} == {"1701"}
    table = load_table("police_provinces")
    known = table[table["province_ubigeo"] == "1701"].groupby("period")["reported_count"].sum()
    single = {row[period]: int(row[count]) for row in rows if len(row[period]) == 4}
    assert single == {str(year): known.get(str(year), 0) for year in range(2017, 2023)}
    with pytest.raises(UserError):
        area_csv("1799", lang="en")


def test_the_newest_year_is_taken_unless_one_is_named():
    """Of the registry that has provinces."""
    assert asked_province_period("", None).code == province_periods()[-1].code == "2022"
    assert asked_province_period("2017/2022", "police").code == "2017/2022"
