"""cli.py profile: a flat array, null where few are hidden, one line for what there is not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest


def test_profile_as_json_and_csv(run: Callable[..., tuple[int, str, str]]) -> None:
    """The same rows in both; 2025 is its nine months."""
    asked = ("profile", "--registry", "police", "--department", "15", "--period", "2017/2025-09")
    code, out, err = run(*asked, "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert all(list(row) == ["group", "category", "share", "count", "base"] for row in rows)
    women = next(row for row in rows if row["category"] == "female")
    assert women["share"] == pytest.approx(women["count"] / 2769)
    assert any(row["count"] is None for row in rows)
    assert all(row["share"] is None for row in rows if row["count"] is None)
    code, out, _ = run(*asked, "--format", "csv")
    found = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["count"] for row in found] == [
        "" if r["count"] is None else str(r["count"]) for r in rows
    ]
    assert run("profile", "--period", "2025")[1] == run("profile", "--period", "2025-01/2025-09")[1]
    assert "Mujeres" in run("profile", "--lang", "es")[1]
