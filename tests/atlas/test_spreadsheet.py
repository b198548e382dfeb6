"""Tables that a spreadsheet cannot run, whatever stands in their cells (case 16)."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.tables import csv_text, formula_safe

ROOT = Path(__file__).resolve().parents[2]
ALIKE = "=＝﹦⁼₌+＋﹢⁺₊-－﹣−@＠﹫"
UNSEEN = ["", " ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u00ad", "\u2060", "\u0301", "\u3164"]


@pytest.mark.parametrize("start", [*ALIKE, *"\t\r\n"])
@pytest.mark.parametrize("before", UNSEEN)
def test_every_form_of_the_signs_is_quoted(before, start):
    """Full-width, small, raised and lowered; behind blanks and signs that nobody sees."""
    text = f"{before}{start}SUM(A1)"
    if start in "\t\r\n" and before:
        text = f"{before}{start}=SUM(A1)"
        assert "'=SUM(A1)" in formula_safe(text)
    else:
        assert formula_safe(text) == f"'{text}"


@given(st.text(alphabet=[*ALIKE, *"ab1;,|\t\r\n '\u200b"], max_size=12))
def test_no_cell_starts_a_formula_however_the_line_is_split(text):
    """Read with commas and quotes, or by a program that splits at other signs and knows none."""
    out = csv_text(["a", "b"], [["x", text]])
    for mark, quoting in ((",", csv.QUOTE_MINIMAL), (";", csv.QUOTE_NONE), ("\t", csv.QUOTE_NONE)):
        for row in csv.reader(io.StringIO(out, newline=""), delimiter=mark, quoting=quoting):
            for cell in row:
                seen = cell.strip(' "\u200b')
                assert not seen or seen[0] not in ALIKE or float(seen)


def test_numbers_and_names_stay_what_they_are():
    """Below zero as number and as text; accents, dashes and quotes inside a name."""
    whole = [-2.5, -3, "-2.5", "+4", "-7e-3", "Áncash", "La Mar – centro", "a=b", "'x", "", None]
    assert [formula_safe(one) for one in whole] == whole
    assert csv_text(["n"], [[-70.03]]) == "n\r\n-70.03\r\n"
    assert formula_safe("-1;") == "'-1;"


def test_one_place_writes_tables():
    """No other file that makes an export has a writer of its own; data/ keeps its own form."""
    files = (path for folder in ("atlas", "layers") for path in (ROOT / folder).rglob("*.py"))
    writing = re.compile(r"\.(writer|DictWriter|to_excel)\b")
    found = [
        path.relative_to(ROOT).as_posix() for path in files if writing.search(path.read_text())
    ]
    assert found == ["atlas/tables.py"]


def test_a_workbook_of_ours_holds_no_formula():
    """openpyxl makes a formula of any text that begins with =: the template gives it none."""
    import openpyxl

    from atlas.own_data.template import template_bytes

    row = {"record_id": "=1+1", "source": "＝HYPERLINK(1)", "longitude": "-70.03"}
    book = openpyxl.load_workbook(io.BytesIO(template_bytes("xlsx", rows=[row])))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert {"'=1+1", "'＝HYPERLINK(1)", "-70.03"} <= {cell.value for cell in cells}
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_formula_after_any_break_of_a_line_is_quoted(sign):
    """Programs that split lines at these signs begin a cell after them."""
    assert formula_safe(f"Puno{sign}=1+1") == f"Puno{sign}'=1+1"
