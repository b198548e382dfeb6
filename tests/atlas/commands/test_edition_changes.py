"""What a refresh changes in counts and conclusions: files, page, and what the edition says."""

from __future__ import annotations

import csv
import json
from html import unescape
from pathlib import Path

import pytest

from atlas.results.coverage_dates import missing_texts
from atlas.results.edition_changes import edition_lines
from atlas.results.regions import results_for
from atlas.words import words
from data.catalogue import load_package, read_catalogue, using
from data.periods import parse_period
from data.refresh import folder as folders
from tests.brought_files import YEAR
from tests.mpfn_files import mpfn_rows, mpfn_text
from tests.other_process import run


def test_a_refresh_writes_what_changed_in_counts_and_conclusions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh with an invented 2024 prints each new count and who is above, as Método does."""
    monkeypatch.setattr(folders, "_refuse_faults", lambda *_: None)  # the folder is checked below
    counts = {key: count * (6 if "CUSCO" in key[0] else 1) for key, count in YEAR.items()}
    file = tmp_path / "delitos-denunciados-2024.csv"
    file.write_text(mpfn_text(mpfn_rows(2024, counts)), encoding="utf-8")
    out = tmp_path / "cifras-2024"
    code, printed, messages = run(
        "refresh", "complaints", str(file), "--out", str(out), "--format", "json"
    )
    assert code == 0, messages
    assert {row["period"] for row in json.loads(printed)} == {"2024"}
    assert "Cusco" in messages
    lines = list(csv.DictReader((out / "changes.csv").open(encoding="utf-8")))
    assert {line["file"] for line in lines} == {file.name}
    totals = [line for line in lines if line["fiscal_district"] == "(all)"]
    assert int(totals[0]["after"]) == sum(counts.values())
    page = (out / "changes.html").read_text(encoding="utf-8")
    with using(read_catalogue(out)):
        rows = load_package()["conclusions"]
        above = {row["department_ubigeo"] for row in rows if row["is_above"]}
        results = results_for(parse_period("2024")).set_index("department_ubigeo")
        assert above == set(results.index[results["verdict"] == "above"])
        assert "08" in above
        for lang in ("es", "en"):
            (line,) = edition_lines(words(lang))
            assert line in unescape(page)
            assert "Cusco" in line
    assert run("catalogue", "check", "--folder", str(out))[0] == 0


def test_a_shipped_edition_says_that_nobody_brought_newer_figures() -> None:
    assert edition_lines(words("en")) == [words("en")("edition.shipped")]
    (text,) = missing_texts(words("en"))
    assert "delitos-denunciados-2024.csv" in text
    assert "cli.py refresh complaints delitos-denunciados-2024.csv --out cifras-2024" in text
    assert "https://www.datosabiertos.gob.pe/" in text
