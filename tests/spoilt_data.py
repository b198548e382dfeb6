"""A copy of the shipped data folder, and a change in one of its tables."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from data.catalogue import PACKAGE_FILE, ROOT, read_catalogue, using
from data.sealing import seal


def copy_of_data(folder: Path) -> Path:
    """Copy the tables and their catalogue into a folder."""
    shutil.copytree(ROOT / "tables", folder / "tables")
    shutil.copy(ROOT / PACKAGE_FILE, folder)
    return folder


def edit_table(folder: Path, table: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text, which must be there; nothing is sealed."""
    path = folder / "tables" / table
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {table}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def reading(folder: Path) -> AbstractContextManager[None]:
    """Use what a data folder holds now, however faulty its files are."""
    return using(read_catalogue(folder))


def faulty_data(folder: Path) -> Path:
    """A data folder whose cards fit its files, and whose reports miss their published total."""
    copy_of_data(folder)
    edit_table(folder, "complaints.csv", ",301,", ",302,")
    seal(folder)
    return folder
