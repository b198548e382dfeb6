"""Open regular files only: a pipe would wait for ever, and a device never ends."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file, or a link to one, for reading bytes.

    OSError where it cannot be opened or is anything else (a folder, a pipe, a socket, a device):
    nothing is waited for, and nothing of it is read.
    """
    # without the flag the opening of a pipe waits until somebody writes to it
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "no regular file")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path, *, most: int) -> bytes | None:
    """Return all bytes of a regular file; None if it has more than ``most`` bytes."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            return None
        content = file.read(most + 1)
        return content if len(content) <= most else None
