"""Encodings, odd rows, words that fit nothing, and personal data (cases 21 to 23)."""

from __future__ import annotations

import pytest

from geo.errors import UserError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_case_21_encodings_and_separators(judge, encoding, separator):
    """Four encodings and four separators give the same district."""
    rows = [["fecha", "departamento", "distrito"], ["2023-05", "Lima", "Ancón"]]
    content = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    records, _ = judge(content)
    assert records[0]["district_ubigeo"] == "150102"


def test_case_21_decimal_commas(judge):
    """-77,03 is a number of degrees."""
    records, report = judge("fecha;longitud;latitud\n2023;-77,03;-12,05\n")
    assert (records[0]["longitude"], records[0]["latitude"]) == (-77.03, -12.05)
    assert report.is_clean


def test_case_21_every_row_is_used_or_listed(judge):
    """Short rows, long rows, empty rows, a quoted line break: none is lost."""
    text = 'fecha,ubigeo,fuente\n2023,150101\n\n2023,150101,policía,x\n"2023","150101","a\nb"\n'
    records, report = judge(text + "2023,150101,policía\n")
    assert report.row_count == 4
    assert report.used_count == len(records) == 2
    assert [(e.line, e.code) for e in report.entries] == [
        (2, "cells"),
        (4, "cells"),
        (5, "code_unlisted"),
    ]
    assert ("empty_rows", "1") in report.notices
    assert [record["line"] for record in records] == [5, 7]


@pytest.mark.parametrize(
    ("count", "code"),
    [
        ("-3", "below_minimum"),
        ("0", "below_minimum"),
        ("2.5", "not_whole"),
        ("1e20", "above_maximum"),
        ("1001", "above_maximum"),
        ("varias", "not_whole"),
        ("2 (tres)", "not_whole"),
        ("nan", "not_whole"),
        ("1e999", "not_whole"),
    ],
)
def test_case_22_counts(judge, count, code):
    """A count is a whole number from 1 to 1,000."""
    _, report = judge(f"fecha,ubigeo,victimas\n2023,150101,{count}\n2023,150101,3\n")
    assert [(e.line, e.column, e.code) for e in report.entries] == [(2, "victim_count", code)]
    assert report.used_count == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "date_format"),
        ("0000", "date_year"),
        ("2999", "date_year"),
        ("2023-13", "date_range"),
        ("31/02/2023", "date_range"),
        ("ayer", "date_format"),
        ("05/17/2023", "date_range"),
        ("2026-02", "date_year"),
        ("", "missing"),
        ("1/2/23", "date_order"),
    ],
)
def test_case_22_dates(judge, text, code):
    """Years from 1990 to now; nothing is guessed."""
    _, report = judge(f"fecha,ubigeo\n{text},150101\n2023,150101\n")
    assert [(e.line, e.column, e.code) for e in report.entries] == [(2, "date", code)]


@pytest.mark.parametrize("text", ["may-23", "MAY-23", "mayo de 2023", "5/2023"])
def test_months_as_spreadsheets_write_them(judge, text):
    """What a cell of a Spanish spreadsheet turns into is read, the number of a day as well."""
    records, report = judge(f"fecha,ubigeo\n{text},150101\n2023,150101\n")
    assert (records[0]["year"], records[0]["month"]) == (2023, 5)
    assert report.is_clean
    records, report = judge("fecha,ubigeo\n45047,150101\n99999,150101\n")
    assert [(one["year"], one["month"]) for one in records] == [(2023, 5)]
    assert [(entry.line, entry.code) for entry in report.entries] == [(3, "date_format")]


SECRET = "70123456"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"DNI{SECRET}x",
        "70.123.456",
        "70 123 456",
        "７０１２３４５６",
        "7012\u200b3456",
        "70\u00ad12\u20603456",
        "7\u03010123456",
        "70123456-7",
        "7012-3456",
        "7012\u20113456",
        "70-12-34-56",
        "70.12.34.56",
        "70 12 34 56",
        "70-123456",
        "70 123456",
        "70\u00b7123456",
        "701-23456",
        "701-23456 2023",
        "701-234-56",
        "70123-456",
        "7-012-3456",
        "1987-3456",  # no case is so old
        "1. 7012 3456",
        "7012.3456",
        "7012\u200b/\u200b3456",
        "7012_3456",
        "7012-3456-1",
        "17/05/2023 7012 3456",
        "D.N.I. 7012/3456",
        "DNI Nº 70-12.3456",
        "7012 - 3456",
        "70\u00a0123\u2009456",
        "70-123-456",
        "７０．１２３．４５６",
        "dni n° 701-23456",
        "DNI: 7 0 1 2 3 4 5 6",
        "+51 987\u200b654321",
        "a@b.pe",
        "rosa＠example．org",
        "+51 987 654 321",
        "987-654-321",
        "rosa@example.org",
    ],
)
@pytest.mark.parametrize("column", ["nota", "finalidad", "registro"])
def test_case_23_personal_values(judge, value, column):
    """An identity number, a phone or a mail in any column, known or not."""
    with pytest.raises(UserError) as caught:
        judge(f"fecha,ubigeo,{column}\n2023,150101,\n2023,150101,{value}\n")
    assert caught.value.key == "records.refusal.personal_value"
    assert caught.value.values == {"column": column, "line": 3}


@pytest.mark.parametrize(
    "value",
    [
        "2019-2023",
        "2019 – 2023",
        "2020 2021 2022",
        "0015-2023",
        "2023-0015",
        "00123-2023-0-1801-JR-PE-01",
        "2023-1234-5678",
        "17-05-2023",
        "2023-05-17 10:30",
        "150101",
        "150101 150102",
        "1701-0801",
        "-12.046373",
        "-12.0464 -77.0428",
        "-77.042793",
        "77.04 -12.05",
        "278000 8665000",
        "278000.12",
        "17/05/2023",
        "17/05/23 10:30",
        "2020 2021",
        "123-2023-0",
        "A9-170101-0",
        "2023_05_17",
        "08.00-17.30",
    ],
)
def test_case_23_numbers_that_are_no_identity(judge, value):
    """Spans of years, case numbers, days, codes of places and coordinates are read as ever."""
    records, _ = judge(f"fecha,ubigeo,nota\n2023,150101,{value}\n")
    assert len(records) == 1


@pytest.mark.parametrize(
    ("cells", "is_taken"),
    [
        (["1234.5678", "987.6543", "12"], True),
        (["1234.5678", "4512.7836", "12"], False),
        (["1234.5678", "987.6543", "unos 12"], False),
        (["12345678", "987.6543", "12"], False),
    ],
)
def test_case_23_four_decimals_of_a_measure(judge, cells, is_taken):
    """A DNI halved by a point looks like one: the rest of the column tells which it is."""
    text = "fecha,ubigeo,area_km2\n" + "".join(f"2023,150101,{cell}\n" for cell in cells)
    if is_taken:
        assert len(judge(text)[0]) == 3
        return
    with pytest.raises(UserError) as caught:
        judge(text)
    assert (caught.value.key, caught.value.values["line"]) == ("records.refusal.personal_value", 2)


def test_case_23_coordinates_and_days_are_no_identity(judge):
    """Eight decimals of a degree and a day in eight digits pass."""
    records, _ = judge("fecha,longitud,latitud\n20230517,-77.03083123,-12.04528123\n")
    assert (records[0]["year"], records[0]["month"]) == (2023, 5)
