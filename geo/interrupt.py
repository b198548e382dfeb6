"""Interrupt long work: ask the caller again and again whether to continue.

Searches call :func:`checkpoint` between their steps. Outside of :func:`watched` that costs nothing;
inside, the watcher is called, and whatever it raises ends the search there. Work that knows how
much of it is done says so, and who asked to be told is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[], None]
Progress = Callable[[float], None]
"""Told the share of the work that is done, 0 to 1."""
_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_PROGRESS: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def watched(watcher: Watcher | None, progress: Progress | None = None) -> Iterator[None]:
    """Let functions be called between the steps of all that runs inside."""
    tokens = _WATCHER.set(watcher), _PROGRESS.set(progress)
    try:
        yield
    finally:
        _WATCHER.reset(tokens[0])
        _PROGRESS.reset(tokens[1])


def checkpoint(done: float | None = None) -> None:
    """Ask the watcher, if any, whether to continue; report the share done if known."""
    watcher, progress = _WATCHER.get(), _PROGRESS.get()
    if watcher is not None:
        watcher()
    if progress is not None and done is not None:
        progress(done)
