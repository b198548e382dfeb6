"""Plans of lists that are read without a child."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _without_a_child(read_here: object) -> None:
    """Lists and plans are read in this process; the child has its tests in own_data."""
