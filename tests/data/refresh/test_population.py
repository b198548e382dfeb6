"""Population tables as the office publishes them, with their real faults."""

import io
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import ROOT
from data.geography import area_names
from data.refresh import source_files
from data.refresh.population import PopulationReading, code_of, people_of, read_population, year_of
from geo.errors import DataError

NAMES = area_names("departments", root=ROOT)
YEARS = (2027, 2028)
PEOPLE = {code: 100_000 + 1_000 * int(code) for code in NAMES}
TOTAL = sum(PEOPLE.values())


def _rows() -> list[list[Any]]:
    """The annex: title, a gap, headings in two rows, the country, places, a source at the end."""
    rows: list[list[Any]] = [
        ["PERÚ: POBLACIÓN TOTAL PROYECTADA AL 30 DE JUNIO, 2027-2028"],
        [],
        ["UBIGEO", "DEPARTAMENTO, PROVINCIA Y DISTRITO", "Población", None],
        [None, None, YEARS[0], f"{YEARS[1]} 1/"],
        ["000000", "PERÚ", TOTAL, f"{TOTAL + 25:,}"],
    ]
    for code, people in PEOPLE.items():
        # the workbook has lost the first zero of some codes
        rows.append([int(f"{code}0000"), NAMES[code].upper(), people, f"{people + 1:,}"])
        rows.append([f"{code}0100", "CAPITAL", people - 400, people - 399])
        rows.append([f"{code}0200", "OTRA", 400, "400"])
        rows.append([int(f"{code}0101"), "DISTRITO", people - 400, people - 399])
    return [*rows, [], ["1/ Cifras preliminares."], ["Fuente: INEI"]]


def _xlsx(rows: list[list[Any]], *, cover: bool = True) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    if cover:
        sheet.append(["ÍNDICE"])
        sheet = book.create_sheet("Anexo 1")
    for row in rows:
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _csv(rows: list[list[Any]], mark: str = ";", coding: str = "utf-8-sig") -> bytes:
    lines = (mark.join("" if cell is None else str(cell) for cell in row) for row in rows)
    return "\r\n".join(lines).encode(coding)


def _long() -> list[list[Any]]:
    head = ["departamento", "anio", "poblacion", "ubigeo"]
    return [head, *([NAMES[c].upper(), y, PEOPLE[c], int(c)] for c in NAMES for y in YEARS)]


def _read(content: bytes) -> PopulationReading:
    return read_population("p.xlsx", content, NAMES)


@pytest.mark.parametrize(
    "content",
    [_xlsx(_rows()), _csv(_rows()), _csv(_rows(), "\t", "cp1252")],
    ids=["xlsx", "csv", "old csv"],
)
def test_the_annex_is_read_with_its_faults(content):
    reading = _read(content)
    assert reading.years == list(YEARS)
    found = reading.departments.pivot(
        index="department_ubigeo", columns="year", values="population"
    )
    assert found[2027].to_dict() == PEOPLE
    assert found[2028].to_dict() == {code: people + 1 for code, people in PEOPLE.items()}
    assert reading.national == {2027: TOTAL, 2028: TOTAL + 25}
    assert reading.notes == []
    areas = reading.areas[reading.areas["year"] == 2027].set_index("area_ubigeo")["population"]
    assert (areas["0102"], areas["1701"], areas["170101"]) == (400, 116_600, 116_600)


def test_a_row_a_place_and_year_is_read_too():
    reading = _read(_csv(_long(), ","))
    assert reading.departments.groupby("year")["population"].sum().to_dict() == dict.fromkeys(
        YEARS, TOTAL
    )
    assert reading.notes[0] == "2027: no national row to check the sum against"
    assert len(reading.areas) == 0


def test_names_stand_for_codes_where_there_are_none():
    rows = [["Departamento", 2030], ["Total", TOTAL], *([NAMES[c], PEOPLE[c]] for c in NAMES)]
    reading = _read(_csv(rows))
    assert dict(reading.departments[["department_ubigeo", "population"]].to_numpy()) == PEOPLE
    assert reading.national == {2030: TOTAL}


def _changed(row: int, column: int, value: Any) -> list[list[Any]]:
    rows = _rows()
    rows[row][column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (_changed(4, 2, TOTAL + 1), "sum of the parts of the country in 2027; expected"),
        (_changed(6, 2, 3), "sum of the parts of 01 in 2027"),
        (_changed(5, 2, 101.5), "line 6: found 101.5 for 01 in 2027; expected a whole number"),
        (_changed(5, 2, "muchos"), "line 6: found 'muchos' for 01 in 2027"),
        (_changed(5, 2, None), "24 departments in 2027; expected 25"),
        (_changed(9, 0, 10000), "01 in 2027 a second time, with 102,000 after 101,000"),
        ([["Hola", "mundo"]], "no table of residents"),
    ],
)
def test_figures_that_do_not_add_up_are_refused(rows, match):
    with pytest.raises(DataError, match=match):
        _read(_xlsx(rows, cover=False))


def test_a_sheet_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(source_files, "MAX_ROWS", 50)
    content = _xlsx(_rows())
    for given_content, match in (
        (content, "more than 50 rows"),
        (content[:-300], "a ZIP that cannot be read|a workbook that cannot be read"),
    ):
        with pytest.raises(DataError, match=match):
            _read(given_content)


@given(st.integers(1, 25), st.integers(1, 99), st.integers(1, 99))
def test_a_code_survives_the_loss_of_its_zero(one, two, three):
    for code in (f"{one:02d}", f"{one:02d}{two:02d}", f"{one:02d}{two:02d}{three:02d}"):
        assert code_of(code) == code_of(int(code)) == code_of(float(code)) == code
        assert code_of(code.ljust(6, "0")) == code_of(int(code.ljust(6, "0"))) == code


@given(st.integers(0, 40_000_000))
def test_a_number_survives_its_spelling(people):
    for mark in (",", " ", "\N{NO-BREAK SPACE}", "."):
        assert people_of(f"{people:,}".replace(",", mark)) == people


@pytest.mark.parametrize("cell", ["12.5", "-3", "1,23", "1,234.567", "mil", -1, 0.25, float("nan")])
def test_what_is_no_number_of_people_is_refused(cell):
    """Thousands of people would be taken for people."""
    with pytest.raises(ValueError, match=r".+"):
        people_of(cell)


@pytest.mark.parametrize("cell", [1204, "2018-2022", "2023 hombres", None, 2023.5, 20231])
def test_what_is_no_year_is_none(cell):
    assert year_of(cell) is None
