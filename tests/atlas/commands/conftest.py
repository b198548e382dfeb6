"""Lists are read in the process of the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _without_a_child(read_here: object, one_catalogue: object) -> None:
    """Lists are read in this process, unless a test starts the program in another; commands share
    what was computed of the shipped figures."""
