"""The user's folder of refreshed figures: where it is, who may write in it, how to write whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_data_path

from data.refresh.errors import RefreshError

MANIFEST = "refreshed.json"
"""The one file that says which refreshed tables hold; replacing it is the whole change."""
GENERATIONS = "generations"
_LOCK = "lock"


def data_folder() -> Path:
    """Return the folder of refreshed figures: ATLAS_DATA, else the platform's data folder.

    It need not exist; without it the shipped figures hold.
    """
    named = os.environ.get("ATLAS_DATA", "").strip()
    return Path(named).expanduser() if named else user_data_path("atlas-trata-peru", False)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one writer; the system frees it when the process ends, however it ends.

    Raises
    ------
    RefreshError
        When another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RefreshError(
            f"cannot write in {folder}: {error.strerror}; name another folder in ATLAS_DATA"
        ) from None
    try:
        try:
            _take(handle)
        except OSError:
            raise RefreshError(
                "another refresh is running on this folder: wait until it ends and start again; "
                "nothing was changed"
            ) from None
        yield
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def settle(folder: Path) -> None:
    """Wait until the disk knows the names in a folder; only POSIX can be asked."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes) -> None:
    """Put a new content in the place of an old one: a reader sees the old or the new, never half.

    Raises
    ------
    OSError
        When the disk is full or the folder is closed; the old content stays.
    """
    new = path.with_name(path.name + ".new")
    try:
        write_whole(new, content)
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    settle(path.parent)


if sys.platform == "win32":

    def _take(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:

    def _take(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
