"""The rooms' own papers: the examples run, and the names that they give exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("geo", "data", "layers", "atlas", "tests", "studies")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_explains_itself(room):
    """A page at most, an example that runs, files that are there."""
    path = ROOT / room / "README.md"
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 45
    found = doctest.testfile(str(path), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert (found.failed, found.attempted > 0) == (0, True)
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    named = re.findall(r"`([\w/]+(?:\.py|/))`", rows)
    assert named
    assert [name for name in named if not (ROOT / room / name).exists()] == []
