"""Encodings, odd rows, words that fit nothing, slow texts, personal data (cases 12, 21 to 23)."""

from __future__ import annotations

import math
import time

import pytest

from data.names import normalise_name
from data.readers.privacy import looks_personal
from geo.errors import UserError


def test_case_21_encodings_and_separators(judge):
    """Four encodings and four separators give the same district; a decimal comma is one."""
    rows = [["fecha", "departamento", "distrito"], ["2023-05", "Lima", "Ancón"]]
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        for separator in ",;\t|":
            content = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
            records, _ = judge(content)
            assert records[0]["district_ubigeo"] == "150102", (encoding, separator)
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
    assert [record["line"] for record in records] == [5, 7]


FAULTS = {
    # a count is a whole number from 1 to 1,000
    "victim_count": {
        "below_minimum": ("-3", "0"),
        "above_maximum": ("1e20", "1001"),
        "not_whole": ("2.5", "varias", "nan", "1e999"),
    },
    # years from 1990 to now; nothing is guessed
    "date": {
        "date_format": ("0", "ayer", "99999"),
        "date_year": ("0000", "2999", "2026-02"),
        "date_range": ("2023-13", "31/02/2023", "13/13/2023"),
        "missing": ("",),
    },
}


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        (column, text, code)
        for column, codes in FAULTS.items()
        for code, texts in codes.items()
        for text in texts
    ],
)
def test_case_22_counts_and_dates(judge, column, text, code):
    """Each with its line, and the sound row beside it is used."""
    count, date = (text, "2023") if column == "victim_count" else ("3", text)
    _, report = judge(f"fecha,ubigeo,victimas\n{date},150101,{count}\n2023,150101,3\n")
    assert [(e.line, e.column, e.code) for e in report.entries] == [(2, column, code)]
    assert report.used_count == 1


def test_months_as_spreadsheets_write_them(judge):
    """Months as spreadsheets write them are read; a day in eight digits is no identity number."""
    texts = ("may-23", "MAY-23", "mayo de 2023", "5/2023", "45047", "20230517")
    records, report = judge(
        "fecha,ubigeo\n" + "".join(f"{text},1501{n:02}\n" for n, text in enumerate(texts, 1))
    )
    assert [record["year"] for record in records] == [2023] * len(texts)
    assert report.is_clean


SECRET = "70123456"
IDENTITIES = (
    *(SECRET, f"DNI{SECRET}x", "70.123.456", "70 123 456", "７０１２３４５６", "70123456-7"),
    *("7012\u200b3456", "70\u00ad12\u20603456", "7\u03010123456", "7012\u20113456", "7012-3456"),
    *("70-12-34-56", "70.12.34.56", "70 12 34 56", "70-123456", "70 123456", "70\u00b7123456"),
    *("701-23456", "701-23456 2023", "701-234-56", "70123-456", "7-012-3456", "1. 7012 3456"),
    "1987-3456",  # no case is so old
    *("7012.3456", "7012\u200b/\u200b3456", "7012_3456", "7012-3456-1", "17/05/2023 7012 3456"),
    *("D.N.I. 7012/3456", "DNI Nº 70-12.3456", "7012 - 3456", "70\u00a0123\u2009456"),
    *("70-123-456", "７０．１２３．４５６", "dni n° 701-23456", "DNI: 7 0 1 2 3 4 5 6"),
    *("+51 987\u200b654321", "+51 987 654 321", "987-654-321"),
    *("a@b.pe", "rosa＠example．org", "rosa@example.org"),
)


@pytest.mark.parametrize("value", IDENTITIES)
def test_case_23_personal_values(judge, value):
    """An identity number, a phone or a mail in any column, known or not."""
    for column in ("nota", "finalidad", "registro"):
        with pytest.raises(UserError) as caught:
            judge(f"fecha,ubigeo,{column}\n2023,150101,\n2023,150101,{value}\n")
        assert caught.value.key == "records.refusal.personal_value"
        assert caught.value.values["column"] == column
        assert caught.value.values["line"] == 3


NUMBERS = (
    *("2019-2023", "2019 – 2023", "2020 2021 2022", "2020 2021", "0015-2023", "2023-0015"),
    *("00123-2023-0-1801-JR-PE-01", "2023-1234-5678", "123-2023-0", "A9-170101-0"),
    *("17-05-2023", "2023-05-17 10:30", "17/05/2023", "17/05/23 10:30", "2023_05_17"),
    *("08.00-17.30", "150101", "150101 150102", "1701-0801", "-12.046373", "-12.0464 -77.0428"),
    *("-77.042793", "77.04 -12.05", "278000 8665000", "278000.12"),
)


def test_case_23_numbers_that_are_no_identity(judge):
    """Years, case numbers, days, codes and coordinates are no identity numbers."""
    for value in NUMBERS:
        records, _ = judge(f"fecha,ubigeo,nota\n2023,150101,{value}\n")
        assert len(records) == 1, value
    assert len(judge("fecha,longitud,latitud\n2023,-77.03083123,-12.04528123\n")[0]) == 1


@pytest.mark.parametrize(
    ("cells", "is_taken"),
    [
        (["1234.5678", "987.6543", "12"], True),
        (["1234.5678", "4512.7836", "12"], False),
        (["1234.5678", "12"], False),  # half of them are halves: not less than half
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


def _seconds(work, size):
    best = math.inf
    for _ in range(3):
        before = time.process_time()
        work(size)
        best = min(best, time.process_time() - before)
    return best


@pytest.mark.parametrize(
    "work",
    [
        lambda n: looks_personal("a" * n),
        lambda n: looks_personal("x@y" * (n // 3)),
        lambda n: looks_personal("a@" + "." * n),
        lambda n: looks_personal("1 " * (n // 2)),
        lambda n: looks_personal("a1-23_" * (n // 6)),
        lambda n: looks_personal("1   -" * (n // 5)),
        lambda n: looks_personal("a" + "\u0316\u0301" * (n // 2)),
        lambda n: normalise_name("a" + "\u0316\u0301" * (n // 2)),
    ],
    ids=[
        "no mail",
        "half mails",
        "dots",
        "digits",
        "pieces",
        "gaps",
        "accents",
        "folded accents",
    ],
)
def test_time_grows_as_the_text_does(work):
    """Eight times the text takes some eight times as long; quadratic would be 64."""
    assert _seconds(work, 160_000) < 24 * max(_seconds(work, 20_000), 0.001)
