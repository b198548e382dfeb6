"""What every command refuses: one table, `refused.csv` (the command, a pattern of its one line)."""

from __future__ import annotations

import csv
import os
import re
import shlex
from pathlib import Path

import pytest

from tests.other_process import command

TABLE = Path(__file__).with_name("refused.csv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
POINTS = "lon,lat,w\n" + "".join(f"-76.{n},-12.{n},1\n" for n in range(10, 60))
FOREIGN = re.compile(
    "[\u2500\u2502\u256d\u2570\u256e\u256f\u250c\u2514]"
    "|pydantic|validation error|Input should|input_value|Traceback"
)
"""frames and words of libraries that would speak for themselves"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["command"])
def test_a_refusal_is_one_line(
    row: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_here: object
) -> None:
    """Exit code 2, nothing on stdout, one plain line that says what is allowed; nothing is written,
    and what was there stays."""
    (tmp_path / "own.csv").write_text(POINTS)
    (tmp_path / "kept.bin").write_bytes(b"old")
    monkeypatch.chdir(tmp_path)
    code, out, err = command(shlex.split(row["command"]))
    assert (code, out) == (2, ""), err
    (line,) = err.splitlines()
    assert err.endswith("\n")
    assert len(line) > 20
    assert re.search(row["told"], line), line
    assert not FOREIGN.search(err)
    assert sorted(os.listdir()) == ["kept.bin", "own.csv"]
    assert (tmp_path / "kept.bin").read_bytes() == b"old"
