"""Change and level from the terminal: exact keys, nulls, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]
CODES = [f"{number:02d}" for number in range(1, 26)]
CHANGE = [
    "department_ubigeo",
    "ratio",
    "low",
    "high",
    "p_value",
    "q_value",
    "verdict",
    "department",
]
LEVEL = [
    "department_ubigeo", "level", "low", "high", "probability_above", "next_low", "next_high",
    "department",
]  # fmt: skip


def test_change_is_one_array_of_25_objects(run: Run) -> None:
    """Lima's 2022 is untestable with nulls, everything else has numbers."""
    code, out, err = run("change", "--from", "2021", "--to", "2022", "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["department_ubigeo"] for row in rows] == CODES
    assert all(list(row) == CHANGE for row in rows)
    lima = rows[14]
    assert [lima[key] for key in CHANGE[1:]] == [None] * 5 + ["untestable", "Lima"]
    assert all(row["low"] < row["ratio"] < row["high"] for row in rows if row is not lima)
    assert {row["verdict"] for row in rows} <= {"rose", "fell", "unremarkable", "untestable"}


def test_level_is_one_array_of_25_objects(run: Run) -> None:
    """Every department has a level, Lima too."""
    code, out, err = run("level", "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["department_ubigeo"] for row in rows] == CODES
    assert all(list(row) == LEVEL for row in rows)
    assert all(isinstance(row[key], float) for row in rows for key in LEVEL[1:-1])
    assert rows[16]["probability_above"] > 0.99


def test_tables_say_what_they_are_relative_to(run: Run) -> None:
    """On stderr; stdout carries the rows alone."""
    _, out, err = run("change", "--from", "2019", "--to", "2023")
    assert (len(out.splitlines()), err.count("\n")) == (26, 1)
    assert "change in 4 years with kappa 0.188" in err
    assert "change in 1 year with kappa 0." in run("change", "--from", "2019", "--to", "2020")[2]
    _, out, err = run("level", "--format", "csv")
    assert (out.splitlines()[0], len(out.splitlines()), err) == (",".join(LEVEL), 26, "")
