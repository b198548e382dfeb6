"""Departments side by side, from the terminal."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import cli
from atlas.results.compare import (
    COLUMNS,
    FEATURES,
    NOTES,
    compare_csv,
    department_features,
    most_alike,
    neighbours_of,
    placed,
)
from atlas.results.regions import results_for
from atlas.view import DEPARTMENTS
from atlas.words import words
from data.periods import parse_period


def _asked(*options: str):
    return CliRunner().invoke(cli.app, ["compare", *options])


def _rows(*options: str) -> list[dict]:
    result = _asked(*options, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_each_registry_gives_its_newest_full_year_and_the_earliest_beside_it():
    """Figures are those of the regions' table, to the last digit; nothing is added."""
    rows = _rows("--departments", "17,loreto")
    assert list(rows[0])[: len(COLUMNS)] == list(COLUMNS)
    assert [(row["registry"], row["period"]) for row in rows[:4]] == [
        ("mpfn", "2023"),
        ("mpfn", "2019"),
        ("police", "2024"),
        ("police", "2017"),
    ]
    assert [row["department_ubigeo"] for row in rows] == ["17"] * 4 + ["16"] * 4
    for row in rows:
        table = results_for(parse_period(row["period"], row["registry"]))
        figures = table.set_index("department_ubigeo").loc[row["department_ubigeo"]]
        for name in ("reported_count", "rate_per_100k", "smr", "smr_low", "smr_high", "verdict"):
            assert row[name] == figures[name]


def test_a_registry_without_the_period_says_so_without_figures():
    """2024 is counted by the police alone."""
    rows = _rows("--departments", "17,08", "--period", "2024")
    by_registry = {row["registry"]: row for row in rows if row["department_ubigeo"] == "17"}
    assert by_registry["police"]["reported_count"] == 66
    assert by_registry["police"]["note"] is None
    for registry in ("mpfn", "observatory"):
        row = by_registry[registry]
        assert "2024" in row["note"]
        assert {row[name] for name in ("reported_count", "smr", "verdict")} == {None}


def test_a_count_that_is_not_compared_is_noted():
    """Lima of 2022 has a count and no conclusion."""
    row = _rows("--departments", "15,07", "--period", "2022")[0]
    assert row["reported_count"] == 99
    assert row["smr"] is None
    assert "2022" in row["note"]


def test_the_file_of_a_comparison_notes_who_is_not_compared():
    """Lima of the police, beside a department without a note."""
    content = compare_csv(placed("chosen", ["15", "11"]), words("es")).decode("utf-8-sig")
    notes = {
        (row["department_ubigeo"], row["registry"]): row["note"]
        for row in csv.DictReader(io.StringIO(content))
        if row["period"] in ("2023", "2024")
    }
    assert notes == {
        ("15", "mpfn"): "",
        ("15", "police"): words("es")(NOTES["not_compared"], period="2024"),
        ("11", "mpfn"): "",
        ("11", "police"): "",
    }


def test_neighbours_follow_the_department():
    """Madre de Dios borders Cusco, Puno and Ucayali; touching is mutual."""
    rows = _rows("--neighbours", "Madre de Dios", "--period", "2023")
    places = list(dict.fromkeys((row["department_ubigeo"], row["role"]) for row in rows))
    assert places == [
        ("17", "chosen"),
        ("08", "neighbour"),
        ("21", "neighbour"),
        ("25", "neighbour"),
    ]
    for code in DEPARTMENTS:
        assert all(code in neighbours_of(other) for other in neighbours_of(code))


@pytest.mark.parametrize("department", ["17", "08", "15"])
def test_the_most_alike_are_those_of_a_second_calculation(department):
    """Standard scores by pandas; the order, the distance and what is near."""
    table = department_features()
    scores = (table - table.mean()) / table.std(ddof=0)
    apart = scores - scores.loc[department]
    distance = np.sqrt((apart**2).mean(axis=1)).drop(department).sort_values()
    result = _asked("--like", department, "--period", "2023", "--format", "json")
    rows = [row for row in json.loads(result.stdout) if row["registry"] == "mpfn"]
    assert [row["department_ubigeo"] for row in rows] == [department, *distance.index[:3]]
    assert [row["distance"] for row in rows[1:]] == pytest.approx(distance[:3].tolist())
    for row in rows[1:]:
        near = apart.loc[row["department_ubigeo"]].abs().sort_values()
        assert row["features"] == [name for name in near.index if near[name] < 0.5]
    nearest = set(distance.index[:3])
    without = {name: (apart.drop(columns=name) ** 2).mean(axis=1) for name in FEATURES}
    decisive = [
        name
        for name, squares in without.items()
        if set(squares.drop(department).nsmallest(3).index) != nearest
    ]
    assert list(most_alike(department)[1]) == decisive
    assert "says nothing of trafficking" in result.stderr


def test_features_are_complete_and_published():
    """No department lacks one; poverty and development cover every resident."""
    table = department_features()
    assert list(table.index) == list(DEPARTMENTS)
    assert table.notna().all(axis=None)
    assert table.loc["17", "mined"] == table["mined"].max()
