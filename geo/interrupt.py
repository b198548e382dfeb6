"""Long work that gives way: whoever waits for it is asked, again and again, whether to go on.

Searches call :func:`checkpoint` between their steps. Outside of :func:`watched` that costs nothing;
inside, the watcher is called, and whatever it raises ends the search there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[], None]
_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Watcher | None) -> Iterator[None]:
    """Let a function be called between the steps of all that runs inside."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def checkpoint() -> None:
    """Ask the watcher, if there is one, whether to go on."""
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher()
