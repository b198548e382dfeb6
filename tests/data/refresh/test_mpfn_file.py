"""The file of reported offences as it really is: marks, lost zeros, split rows, two law texts."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from data.names import normalise_name
from data.refresh.mpfn_file import Reading, read_mpfn
from geo.errors import UserError
from tests.mpfn_files import (
    AGGRAVATED,
    BASIC,
    COLUMNS,
    mpfn_rows,
    mpfn_text,
    shipped_counts,
)
from tests.published import REPORTS
from tests.refusing import refused

Rows = list[dict[str, str]]
TOTALS = {year: REPORTS[year] for year in ("2019", "2021", "2023")}
ARTICLES = {
    "old": {"153", "153-A"},
    "new": {"129-A", "129-B"},
    "both": {"153", "153-A", "129-A", "129-B"},
}


def _read(tmp_path: Path, content: bytes) -> Reading:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return read_mpfn(path, "file.csv")


@pytest.mark.parametrize(("year", "articles"), list(zip(TOTALS, ARTICLES, strict=True)))
def test_small_files_with_the_real_faults(tmp_path, year, articles):
    counts = shipped_counts(year)
    rows = mpfn_rows(int(year), counts, articles=articles)  # type: ignore[arg-type]
    reading = _read(tmp_path, b"\xef\xbb\xbf" + mpfn_text(rows).encode())
    assert (reading.years, reading.counts.total()) == ([int(year)], TOTALS[year])
    assert dict(reading.counts) == {
        (int(year), normalise_name(name), offence): count
        for (name, offence), count in counts.items()
    }
    assert len(reading.districts) == 34
    assert reading.rows_used > len(counts), "split rows are added"
    # the zero that the file lost is back
    assert set(reading.seats["amazonas"]) == {"010101"}
    named = {article for cell in reading.articles.values() for article in cell}
    assert named == ARTICLES[articles]


ROWS = mpfn_rows(2024, {("LORETO", BASIC): 5, ("CALLAO", AGGRAVATED): 3, ("ICA", BASIC): 1})
EXPECTED = {
    (2024, "loreto", BASIC): 5,
    (2024, "callao", AGGRAVATED): 3,
    (2024, "ica", BASIC): 1,
}


def _renamed(text: str) -> str:
    head, _, rest = text.partition("\n")
    head = head.replace("anio_denuncia", "Año Denuncia").replace("des_articulo", "DES_ARTÍCULO")
    return f"{head}\n{rest}"


def _separated(mark: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter=mark, restval="")
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue().encode()


TEXT = mpfn_text(ROWS)
FORMS = {
    "mark": TEXT.encode("utf-8-sig"),
    "cp1252": TEXT.replace("PERSONAS", "PERSONAS.").encode("cp1252"),
    "utf-16": TEXT.encode("utf-16"),
    "renamed": _renamed(TEXT).encode(),
    "crlf": TEXT.replace("\n", "\r\n").encode(),
    "moved": mpfn_text(ROWS, columns=[*COLUMNS[8:], "nueva_columna", *COLUMNS[:8]]).encode(),
    "empty": (TEXT + ",,,,,,,,,,,,,,,\n\n").encode(),
    "decimals": mpfn_text([{**row, "cantidad": f"{row['cantidad']}.0"} for row in ROWS]).encode(),
    "year": mpfn_text([{**row, "anio_denuncia": "2024.0"} for row in ROWS]).encode(),
    "capitals": mpfn_text(
        [{**row, "des_articulo": f" {row['des_articulo'].upper()} "} for row in ROWS]
    ).encode(),
    **{f"separator {mark!r}": _separated(mark) for mark in ";\t|"},
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_one_content_in_many_forms(tmp_path, content):
    assert dict(_read(tmp_path, content).counts) == EXPECTED


@pytest.mark.parametrize(
    ("form", "day"),
    [
        ("24/01/2025", "2025-01-24"),
        ("20250124", "2025-01-24"),
        ("2025-01-24 00:00:00", "2025-01-24"),
        ("sin fecha", ""),
    ],
)
def test_dates_come_in_several_forms(tmp_path, form, day):
    rows = [{**row, "fecha_corte": form} for row in ROWS]
    assert _read(tmp_path, mpfn_text(rows).encode()).cut.get(2024, "") == day


def test_other_offences_under_the_title_are_not_counted(tmp_path):
    rows = [row for row in ROWS if row["des_articulo"] not in (BASIC, AGGRAVATED)]
    assert {row["articulo"] for row in rows} == {"129-M", "130"}
    reading = _read(tmp_path, mpfn_text(rows).encode())
    assert (reading.rows_used, reading.counts) == (0, Counter())


def test_what_is_no_complaint_is_left_out_and_said(tmp_path):
    rows = [*ROWS, {**ROWS[-1], "des_articulo": BASIC, "tipo_caso": "CONSULTA", "cantidad": "9"}]
    reading = _read(tmp_path, mpfn_text(rows).encode())
    assert dict(reading.counts) == EXPECTED
    assert reading.left_out == {"consulta": 1}
    assert reading.offences == _read(tmp_path, mpfn_text(ROWS).encode()).offences


def _set(column: str, value: str) -> Callable[[Rows], Rows]:
    """The second row with another cell."""
    return lambda rows: [rows[0], {**rows[1], column: value}, *rows[2:]]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_set("cantidad", "doce"), r"file\.csv, line 3, cantidad is not a whole number"),
        (_set("cantidad", "-1"), "cantidad is not a whole number"),
        (_set("cantidad", "1.5"), "cantidad is not a whole number"),
        (_set("cantidad", ""), "cantidad is not a whole number"),
        (_set("anio_denuncia", "24"), "line 3, anio_denuncia is not a year"),
        (_set("periodo_denuncia", "TODO"), "does not name months"),
        (_set("distrito_fiscal", " "), "distrito_fiscal is empty"),
        (_set("des_articulo", "Trata de personas menores"), "is new to the atlas"),
    ],
)
def test_a_cell_that_cannot_be_understood_is_refused(tmp_path, change, match):
    with refused(match):
        _read(tmp_path, mpfn_text(change(list(ROWS))).encode())


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (mpfn_text(ROWS).replace("cantidad", "total", 1), "lacks the columns cantidad"),
        ("departamento,anio,poblacion\nLIMA,2024,1\n", "is not the file of reported offences"),
        (mpfn_text(ROWS)[:-70], "cells instead of 16|ends in the middle of a row"),
        ("", "is not the file"),
        ("PK\x03\x04" + "\x00" * 40, "is not the file"),
    ],
)
def test_another_or_a_cut_file_is_refused(tmp_path, content, match):
    with refused(match):
        _read(tmp_path, content.encode())


@pytest.mark.parametrize("row", ["," * 3_000_000, '"a\n",' * 500_000], ids=["line", "breaks"])
def test_a_row_without_end_is_refused_before_it_is_in_memory(tmp_path, row):
    """A file may have two gigabytes, and a cell of a list takes eight bytes and its text."""
    head = ",".join(COLUMNS).encode() + b"\n"
    with refused("long_row"):
        _read(tmp_path, head + row.encode())


def test_a_file_cut_anywhere_is_refused_or_has_whole_rows(tmp_path):
    content = mpfn_text(ROWS).encode()
    tail = content.rstrip(b"\n").rfind(b"\n") + 1
    whole = _read(tmp_path, content[:tail])
    for end in range(tail + 1, len(content) - 1):
        with pytest.raises(UserError):
            _read(tmp_path, content[:end])
    assert whole.rows_read == len(ROWS) - 1


def test_a_year_of_several_takings_is_as_old_as_its_first(tmp_path):
    """A year downloaded on several days is as old as its first download; the last cut counts."""
    rows = mpfn_rows(2026, {("LORETO", BASIC): 3})
    for number, (taken, cut) in enumerate(
        [("05/08/2026", "07/08/2026"), ("15/06/2026", "17/06/2026"), ("20/07/2026", "21/07/2026")]
    ):
        rows[number] |= {"Fecha_descarga": taken, "fecha_corte": cut}
    reading = _read(tmp_path, mpfn_text(rows[:3]).encode())
    assert (reading.taken, reading.cut) == ({2026: "2026-06-15"}, {2026: "2026-08-07"})
