"""The cache of results: once for its arguments, up to a number of bytes, forgotten as a whole."""

from __future__ import annotations

import pytest

from atlas.results import cache
from atlas.results.cache import ResultCache
from geo.errors import ParameterError
from tests.refusing import refused


def counting(kept: ResultCache) -> tuple[list[int], object]:
    """A cached function that makes as many bytes as it is asked for, and its calls."""
    calls: list[int] = []

    @kept
    def make(size: int, *, seed: int = 0) -> bytes:
        calls.append(size)
        if size < 0:
            raise ParameterError("no such size")
        return bytes(size)

    return calls, make


def test_a_result_is_computed_once_and_shared() -> None:
    """The same object for the same arguments; another function of the same cache has its own."""
    kept = ResultCache()
    calls, make = counting(kept)
    others, other = counting(kept)
    assert make(10) is make(10)
    make(10, seed=1)
    other(10)
    assert (calls, others) == ([10, 10], [10])


def test_the_results_used_longest_ago_go_first() -> None:
    """Three fit: the one that was asked for again outlives the one that was not."""
    calls, make = counting(ResultCache(most_bytes=3_500))
    for size in (1_000, 1_001, 1_002, 1_000, 1_003, 1_000, 1_001):
        make(size)
    assert calls == [1_000, 1_001, 1_002, 1_003, 1_001]
    make(9_000)  # larger than all the room: it is given and kept alone
    make(9_000)
    assert calls[5:] == [9_000]


def test_a_fault_is_not_kept_and_forget_forgets() -> None:
    """Whoever asks again has it tried again."""
    kept = ResultCache()
    calls, make = counting(kept)
    for _ in range(2):
        with refused("no such size"):
            make(-1)
    make(1)
    kept.forget()
    make(1)
    assert calls == [-1, -1, 1, 1]


def test_refreshed_figures_are_other_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another seal of the refreshed folder computes anew; back to the first it is still there."""
    calls, make = counting(ResultCache())
    seal = ["a"]
    monkeypatch.setattr(cache, "refreshed_seal", lambda: seal[0])
    for seal[0] in "aba":
        make(5)
    assert calls == [5, 5]
