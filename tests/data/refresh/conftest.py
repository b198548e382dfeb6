"""Files that a test brings are in use until it ends."""

from collections.abc import Iterator

import pytest

from tests.brought_files import Brought


@pytest.fixture
def brought() -> Iterator[Brought]:
    """What brings files, one after the other."""
    files = Brought()
    yield files
    files.close()
