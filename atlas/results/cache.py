"""One cache of results in memory, limited by bytes; the least recently used go first."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from data.catalogue import catalogue

MOST_BYTES = 128 * 2**20
"""of all results together: one period's tables take some 0.1 MB, one density 0.7 MB"""
_P = ParamSpec("_P")
_R = TypeVar("_R")


class ResultCache:
    """Results by function and arguments; the least recently used go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.RLock] = {}
        self._results: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Make a function compute once for its arguments and the catalogue in use.

        Return each caller its own copy-on-write DataFrame. Other results are shared: do not modify
        them. Exceptions are not cached.
        """

        @wraps(function)
        def once(*args: _P.args, **options: _P.kwargs) -> _R:
            key = (function, catalogue(), args, tuple(sorted(options.items())))
            if (kept := self._kept(key)) is None:
                with self._lock:
                    making = self._making.setdefault(key, threading.RLock())
                try:
                    with making:  # whoever comes meanwhile waits, and computes nothing twice
                        if (kept := self._kept(key)) is None:
                            kept = (function(*args, **options),)
                            size = len(pickle.dumps(kept, pickle.HIGHEST_PROTOCOL))
                            self._keep(key, kept[0], size)
                finally:  # of a fault too, or each wrong question would leave its lock for good
                    with self._lock:
                        self._making.pop(key, None)
            result = kept[0]
            return result.copy(deep=False) if isinstance(result, pd.DataFrame) else result

        return once

    def _kept(self, key: Hashable) -> tuple[Any, ...] | None:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def _keep(self, key: Hashable, result: Any, size: int) -> None:
        with self._lock:
            self._bytes += size - self._results.pop(key, (None, 0))[1]
            self._results[key] = result, size
            while self._bytes > self._most and len(self._results) > 1:
                self._bytes -= self._results.popitem(last=False)[1][1]

    def forget(self) -> None:
        """Drop all results: for tests, and after the figures changed."""
        with self._lock:
            self._results.clear()
            self._bytes = 0


cached = ResultCache()
"""the results of this process, whatever module computes them"""
