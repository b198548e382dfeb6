"""A copy of the data folder that a test may spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data.catalogue import PACKAGE_FILE, ROOT
from data.sealing import seal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tables and their catalogue, copied."""
    shutil.copytree(ROOT / "tables", tmp_path / "tables")
    shutil.copy(ROOT / PACKAGE_FILE, tmp_path)
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Callable[..., Path]:
    """Replace text in one table; sealed unless told otherwise, so that later checks are reached."""

    def change(table: str, old: str, new: str, *, sealed: bool = True) -> Path:
        path = folder / "tables" / table
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {table}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
        if sealed:
            seal(folder)
        return folder

    return change
