"""Data that somebody spoilt on purpose, in good order: shown as text, never run."""

from __future__ import annotations

import csv
import io

from atlas.results.regions import results_for
from atlas.tables import csv_bytes
from data.periods import parse_period


def test_hostile_data_reach_the_results_and_a_download(data_folder, hostile_data, hostile_text):
    """The tables pass every check of the loaders: the words are all that is wrong with them.

    Quotes, commas and line separators do not break the rows of a file.
    """
    data_folder(hostile_data)
    results = results_for(parse_period("2023"))
    assert set(results["department"]) == {hostile_text}
    assert results["reported_count"].sum() > 0
    text = csv_bytes(results, "T1").decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["department"] for row in rows] == [hostile_text] * 25
