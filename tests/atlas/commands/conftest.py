"""Lists are read in the process of the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _without_a_child(read_here: object, one_catalogue: object) -> None:
    """Lists are read in this process, and commands share what was computed."""
