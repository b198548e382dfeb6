"""How far a download is: one line on stderr that writes over itself, for a person only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EVERY_S = 0.2


@contextmanager
def progress() -> Iterator[Callable[[int, int | None], None] | None]:
    """Yield a function to be told of bytes; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    shown = 0.0

    def told(size: int, total: int | None) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown < _EVERY_S and size != total:
            return
        shown = now
        of = f" of {total / 1e6:,.1f} MB, {size / total:.0%}" if total else " MB"
        print(f"\r\x1b[K{size / 1e6:,.1f}{of}", end="", file=sys.stderr, flush=True)

    try:
        yield told
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
