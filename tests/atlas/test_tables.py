"""Tables: whole, gated, and none that a spreadsheet could run, whatever stands in its cells."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.method.page import offered_tables, table_csv
from atlas.results.regions import results_for
from atlas.tables import csv_bytes, csv_text, formula_safe
from atlas.words import words
from data.catalogue import descriptor_of, load_table
from data.periods import parse_period
from geo.errors import DisclosureError
from geo.privacy.provenance import Tier, Tiered


def test_a_frame_without_a_card_does_not_leave():
    with pytest.raises(DisclosureError):
        csv_bytes(pd.DataFrame({"a": [1]}), "T1")


def test_every_table_of_the_catalogue_can_be_had():
    for name in offered_tables():
        text = table_csv(name).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len(rows) == descriptor_of(name)["row_count"] + 1, name


def _cube(years: int) -> Tiered[pd.DataFrame]:
    codes = load_table("population_provinces")["province_ubigeo"]
    axes = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)])
    frame = axes.to_frame(index=False, name=["province_ubigeo", "year"]).assign(reported_count=0)
    frame.loc[:2, "reported_count"] = [178, 13, 12]
    card = {"name": "own records", "sources": [{"title": "an organisation"}], "licence": "own"}
    return Tiered(frame, Tier.T2, card)


def test_own_records_leave_hidden_and_say_so():
    """Exact counts come out as "<13" and multiples of 5, in each of 196 rows."""
    out = csv_bytes(_cube(1), "T2").decode()
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    counts = [row["reported_count"] for row in rows]
    assert counts[:4] == ["180", "15", "<13", "<13"]
    assert set(counts[2:]) == {"<13"}
    assert len(rows) == 196
    assert [row["is_suppressed"] for row in rows[:3]] == ["False", "False", "True"]
    with pytest.raises(DisclosureError, match="accepts T1 at most"):
        csv_bytes(_cube(1), "T1")
    say, codes = words("es"), load_table("population_provinces")["province_ubigeo"]
    named = {"province": ("province_ubigeo", {code: f"P{code}" for code in codes})}
    columns = ["province_ubigeo", "province", "year", "reported_count"]
    heads = {"year": say("column.year")}
    content = csv_bytes(_cube(1), "T2", columns=columns, say=say, heads=heads, named=named)
    in_words = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row[say("column.reported_count")] for row in in_words] == counts
    assert all(row["Provincia"] == f"P{row['Código de la provincia']}" for row in in_words)


def test_two_large_files_of_own_records_are_never_the_same(monkeypatch):
    """Over the size that the server keeps by samples, each file begins with a line of its own."""
    monkeypatch.setattr("atlas.tables._SAMPLED_BYTES", 10_000)
    first, second = (csv_bytes(_cube(1), "T2").split(b"\r\n", 1) for _ in range(2))
    assert re.fullmatch(rb"# export [0-9a-f-]{36}", first[0])
    assert first[0] != second[0]
    assert first[1] == second[1]
    monkeypatch.undo()
    assert csv_bytes(_cube(1), "T2") == first[1]
    services = load_table.tiered("services")
    assert csv_bytes(services, "T1") == csv_bytes(services, "T1")


def test_what_is_shown_opens_in_a_spreadsheet_of_the_language():
    """A byte order mark, words for heads and codes, the source and the caveat in every row."""
    say = words("es")
    results = results_for.tiered(parse_period("2023"))
    columns = ["department", "reported_count", "smr", "verdict"]
    content = csv_bytes(results, "T1", columns=columns, say=say)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 25
    row = next(
        row_read for row_read in rows if row_read[say("column.department")] == "Madre de Dios"
    )
    expected = results.frame.set_index("department").loc["Madre de Dios"]
    assert row[say("column.reported_count")] == str(int(expected["reported_count"]))
    assert float(row[say("column.smr")]) == pytest.approx(expected["smr"], rel=1e-4)
    assert row[say("column.verdict")] == say("verdict.above")
    assert all(
        row_read[say("column.source")] and row_read[say("column.caveat")] for row_read in rows
    )


ROOT = Path(__file__).resolve().parents[2]
ALIKE = "=＝﹦⁼₌+＋﹢⁺₊-－﹣−@＠﹫"
UNSEEN = ["", " ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u00ad", "\u2060", "\u0301", "\u3164"]


@pytest.mark.parametrize("before", UNSEEN)
def test_every_form_of_the_signs_is_quoted(before):
    """Full-width, small, raised and lowered signs are quoted, also after blanks and breaks."""
    for start in ALIKE if before else [*ALIKE, *"\t\r\n"]:
        assert formula_safe(f"{before}{start}SUM(A1)") == f"'{before}{start}SUM(A1)"
    for sign in "\t\r\n" if before else "":
        assert "'=SUM(A1)" in formula_safe(f"{before}{sign}=SUM(A1)")
    for sign in "\x0b\x0c\x85\u2028\u2029":
        assert formula_safe(f"Puno{before}{sign}=1+1") == f"Puno{before}{sign}'=1+1"


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
    whole = [-2.5, -3, "-2.5", "+4", "-7e-3", "Áncash", "La Mar – centro", "a=b", "'x", "", None]
    assert [formula_safe(text) for text in whole] == whole
    assert csv_text(["n"], [[-70.03]]) == "n\r\n-70.03\r\n"
    assert formula_safe("-1;") == "'-1;"


def test_one_place_writes_tables():
    """No other file that makes an export has a writer of its own; data/ keeps its own form."""
    files = (path for folder in ("atlas", "layers") for path in (ROOT / folder).rglob("*.py"))
    writing = re.compile(r"\.(writer|DictWriter|to_excel)\b")
    writers = [
        path.relative_to(ROOT).as_posix() for path in files if writing.search(path.read_text())
    ]
    assert writers == ["atlas/tables.py"]


def test_a_workbook_of_ours_holds_no_formula():
    """Texts that begin with = are no formulas in the template, though openpyxl makes them so."""
    import openpyxl

    from atlas.own_data.template import template_bytes

    row = {"record_id": "=1+1", "source": "＝HYPERLINK(1)", "longitude": "-70.03"}
    book = openpyxl.load_workbook(io.BytesIO(template_bytes("xlsx", rows=[row])))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert {"'=1+1", "'＝HYPERLINK(1)", "-70.03"} <= {cell.value for cell in cells}
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
