"""One kind of cache: what was computed of a data folder, by function, folder and arguments.

``@cached`` is for results: those of the whole process share a limit of bytes, and whoever asks for
one that is being computed waits for it. ``@cached(most=512)`` keeps the last answers of one
function, for tables that are read once and for small answers that a row of a file asks for.
:func:`empty_caches` drops all of them. What hangs on no data folder (fonts, templates, words) may
keep ``functools``' caches.
"""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from geo.privacy.provenance import Tiered

MOST_BYTES = 128 * 2**20
"""of all results together: one period's tables take some 0.1 MB, one density 0.7 MB"""
P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
_emptied: list[Callable[[], object]] = []
_folder: Callable[[], Hashable] = str


class Cached(Protocol[P, R_co]):
    """A function whose answers are kept."""

    __name__: str
    __wrapped__: Callable[P, R_co]
    """the function itself, for what no process may keep"""

    def __call__(self, *args: P.args, **options: P.kwargs) -> R_co:
        """Return the answer; a frame as a copy of one's own, anything else to read only."""

    def forget(self) -> None:
        """Drop the answers of this function."""


def kept_by(folder: Callable[[], Hashable]) -> None:
    """Say which data folder is in use: ``data.catalogue`` does."""
    global _folder
    _folder = folder


def emptied_by(empty: Callable[[], object]) -> None:
    """Have :func:`empty_caches` call this too: for answers that are kept while they are made."""
    _emptied.append(empty)


def empty_caches() -> None:
    """Drop all that this process computed of any data folder."""
    for empty in _emptied:
        empty()


@dataclass(slots=True)
class _Making:
    """A result that is being computed, and how many wait for it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    count: int = 0


class ResultCache:
    """Results by function, folder and arguments; those used longest ago go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._making: dict[Hashable, _Making] = {}
        self._results: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def __call__(self, function: Callable[P, R]) -> Cached[P, R]:
        """Make a function compute once; a fault is not kept."""

        @wraps(function)
        def once(*args: P.args, **options: P.kwargs) -> R:
            key = (function, _folder(), args, tuple(sorted(options.items())))
            entry = self._kept(key) or self._made(key, lambda: function(*args, **options))
            return _own(entry[0])

        cast(Any, once).forget = lambda: self._drop(function)
        return cast(Cached[P, R], once)

    def _made(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> tuple[Any, int]:
        with self._lock:
            making = self._making.setdefault(key, _Making())
            making.count += 1
        try:
            with making.lock:  # whoever comes meanwhile waits, and computes nothing twice
                if (entry := self._kept(key)) is None:
                    result = compute()
                    entry = result, len(pickle.dumps(result, pickle.HIGHEST_PROTOCOL))
                    self._keep(key, entry)
                return entry
        finally:  # of a fault too, or each wrong question would leave its lock for good
            with self._lock:
                making.count -= 1
                if not making.count:
                    self._making.pop(key, None)

    def _kept(self, key: tuple[Any, ...]) -> tuple[Any, int] | None:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def _keep(self, key: tuple[Any, ...], entry: tuple[Any, int]) -> None:
        with self._lock:
            self._bytes += entry[1] - self._results.pop(key, (None, 0))[1]
            self._results[key] = entry
            while self._bytes > self._most and len(self._results) > 1:
                self._bytes -= self._results.popitem(last=False)[1][1]

    def _drop(self, function: Callable[..., Any]) -> None:
        with self._lock:
            for key in [key for key in self._results if key[0] is function]:
                self._bytes -= self._results.pop(key)[1]

    def forget(self) -> None:
        """Drop all results."""
        with self._lock:
            self._results.clear()
            self._bytes = 0


_RESULTS = ResultCache()
emptied_by(_RESULTS.forget)


@overload
def cached(function: Callable[P, R]) -> Cached[P, R]: ...
@overload
def cached(*, most: int, of_folder: bool = True) -> Callable[[Callable[P, R]], Cached[P, R]]: ...
def cached(
    function: Callable[..., Any] | None = None, *, most: int = 0, of_folder: bool = True
) -> Any:
    """Keep the answers of a function: all of the process within MOST_BYTES, or the last ``most``.

    ``of_folder`` is False where an argument belongs to one folder already. Arguments are hashable.

    >>> @cached(most=2)
    ... def doubled(number: int) -> int:
    ...     print("computed")
    ...     return 2 * number
    >>> doubled(4), doubled(4)
    computed
    (8, 8)
    >>> empty_caches()
    >>> doubled(4)
    computed
    8
    """
    if function is not None:
        return _RESULTS(function)

    def kept_last(function: Callable[P, R]) -> Cached[P, R]:
        @lru_cache(maxsize=most)
        def call(_: Hashable, *args: Any, **options: Any) -> Any:
            return function(*args, **options)

        @wraps(function)
        def last(*args: P.args, **options: P.kwargs) -> R:
            return _own(call(_folder() if of_folder else None, *args, **options))

        emptied_by(call.cache_clear)
        cast(Any, last).forget = call.cache_clear
        return cast(Cached[P, R], last)

    return kept_last


def _own(result: Any) -> Any:
    """A frame of one's own, which shares its cells until somebody writes to it."""
    if isinstance(result, Tiered) or type(result).__module__.startswith(("pandas", "geopandas")):
        return result.copy(deep=False)
    return result
