"""A copy of the data folder that a test may spoil."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.sealing import seal
from tests.spoilt_data import copy_of_data, edit_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tables and their catalogue, copied."""
    return copy_of_data(tmp_path)


@pytest.fixture
def edit(folder: Path) -> Callable[..., Path]:
    """Replace text in one table; sealed unless told otherwise, so that later checks are reached."""

    def change(table: str, old: str, new: str, *, sealed: bool = True) -> Path:
        edit_table(folder, table, old, new)
        if sealed:
            seal(folder)
        return folder

    return change
