"""CSV that a spreadsheet cannot run."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest

from atlas.method.page import offered_tables, table_csv
from atlas.results.regions import results_for
from atlas.tables import CAVEAT, csv_bytes
from atlas.words import words
from data.catalogue import descriptor_of, load_table
from data.periods import parse_period
from geo.errors import DisclosureError


def test_results_come_whole():
    """25 rows, all columns, the flags in one cell."""
    table = results_for(parse_period("2022"))
    out = csv_bytes(table, "T1", period="2022").decode()
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert list(rows[0]) == [*table.columns, "period", "source", "caveat"]
    assert {row["period"] for row in rows} == {"2022"}
    assert "Delitos denunciados 2022" in rows[0]["source"]
    assert {row["caveat"] for row in rows} == {CAVEAT}
    assert [int(row["reported_count"]) for row in rows] == table["reported_count"].tolist()
    assert "not_ranked" in rows[14]["flags"].split(";")


def test_a_frame_without_a_card_does_not_leave():
    """The gate stands before every download."""
    with pytest.raises(DisclosureError):
        csv_bytes(pd.DataFrame({"a": [1]}), "T1")


@pytest.mark.parametrize("name", offered_tables())
def test_every_table_of_the_catalogue_can_be_had(name):
    """As many rows as the card says, as a file that Método gives."""
    text = table_csv(name).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == descriptor_of(name)["row_count"] + 1


def _cube(years: int) -> pd.DataFrame:
    codes = load_table("population_provinces")["province_ubigeo"]
    axes = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)])
    frame = axes.to_frame(index=False, name=["province_ubigeo", "year"]).assign(reported_count=0)
    frame.loc[:2, "reported_count"] = [178, 13, 12]
    card = {"name": "own records", "sources": [{"title": "an organisation"}], "licence": "own"}
    frame.attrs.update(tier="T2", card=card)
    return frame


def test_own_records_leave_hidden_and_say_so():
    """The exact cube goes in, "<13" and multiples of 5 come out, in every one of 196 rows."""
    out = csv_bytes(_cube(1), "T2").decode()
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    counts = [row["reported_count"] for row in rows]
    assert counts[:4] == ["180", "15", "<13", "<13"]
    assert set(counts[2:]) == {"<13"}
    assert len(rows) == 196
    assert [row["is_suppressed"] for row in rows[:3]] == ["False", "False", "True"]
    with pytest.raises(DisclosureError, match="accepts T1 at most"):
        csv_bytes(_cube(1), "T1")


def test_two_large_files_of_own_records_are_never_the_same(monkeypatch):
    """Over the size that the server keeps by samples, each file begins with a line of its own."""
    monkeypatch.setattr("atlas.tables._SAMPLED_BYTES", 10_000)
    one, two = (csv_bytes(_cube(1), "T2").split(b"\r\n", 1) for _ in range(2))
    assert re.fullmatch(rb"# export [0-9a-f-]{36}", one[0])
    assert one[0] != two[0]
    assert one[1] == two[1]
    monkeypatch.undo()
    assert csv_bytes(_cube(1), "T2") == one[1]
    assert csv_bytes(load_table("services"), "T1") == csv_bytes(load_table("services"), "T1")


@pytest.mark.parametrize("lang", ["es", "en"])
def test_what_is_shown_opens_in_a_spreadsheet_of_the_language(lang):
    """A byte order mark, words for heads and codes, the source and the caveat in every row."""
    say = words(lang)
    frame = results_for(parse_period("2023"))
    columns = ["department", "reported_count", "smr", "verdict"]
    content = csv_bytes(frame, "T1", columns=columns, say=say)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 25
    row = next(one for one in rows if one[say("column.department")] == "Madre de Dios")
    expected = frame.set_index("department").loc["Madre de Dios"]
    assert row[say("column.reported_count")] == str(int(expected["reported_count"]))
    assert float(row[say("column.smr")]) == pytest.approx(expected["smr"], rel=1e-4)
    assert row[say("column.verdict")] == say("verdict.above")
    assert all(one[say("column.source")] and one[say("column.caveat")] for one in rows)


def test_own_counts_in_words_are_the_protected_ones():
    """Names are added to what the gate let out; exact and hidden counts stay behind."""
    say, codes = words("es"), load_table("population_provinces")["province_ubigeo"]
    named = {"province": ("province_ubigeo", {code: f"P{code}" for code in codes})}
    columns = ["province_ubigeo", "province", "year", "reported_count"]
    heads = {"year": say("column.year")}
    content = csv_bytes(_cube(1), "T2", columns=columns, say=say, heads=heads, named=named)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row[say("column.reported_count")] for row in rows[:3]] == ["180", "15", "<13"]
    assert all(row["Provincia"] == f"P{row['Código de la provincia']}" for row in rows)
