"""The cache: once, within its limits, by folder, emptied by one call, no lock left behind."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.public.http_cache import JSON, AnswerCache, packed
from data.cache import ResultCache, cached, empty_caches
from data.catalogue import ROOT, read_catalogue, using
from geo.errors import ParameterError
from geo.privacy.provenance import Tier, Tiered
from tests.refusing import refused


def counting(cache: ResultCache) -> tuple[list[int], Any]:
    """A cached function that makes as many bytes as it is asked for, and its calls."""
    calls: list[int] = []

    @cache
    def make(size: int, *, seed: int = 0) -> bytes:
        calls.append(size)
        if size < 0:
            raise ParameterError("no such size")
        return bytes(size)

    return calls, make


def test_a_result_is_computed_once_and_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same arguments and function; anew with another data folder, and back again."""
    cache = ResultCache()
    calls, make = counting(cache)
    others, other = counting(cache)
    assert make(10) is make(10)
    make(10, seed=1)
    other(10)
    assert (calls, others) == ([10, 10], [10])
    opened = ["a"]
    monkeypatch.setattr("data.cache._folder", lambda: opened[0])
    for opened[0] in "aba":
        make(5)
    assert calls[2:] == [5, 5]


def test_the_results_used_longest_ago_go_first() -> None:
    """Three fit: the one that was asked for again outlives the one that was not."""
    calls, make = counting(ResultCache(most_bytes=3_500))
    for size in (1_000, 1_001, 1_002, 1_000, 1_003, 1_000, 1_001):
        make(size)
    assert calls == [1_000, 1_001, 1_002, 1_003, 1_001]
    make(9_000)  # larger than all the room: it is given and kept alone
    make(9_000)
    assert calls[5:] == [9_000]


def test_a_fault_is_not_kept_and_leaves_no_lock() -> None:
    """Each wrong question had a lock of its own that stayed for good."""
    cache = ResultCache()
    calls, make = counting(cache)
    for _ in range(2):
        for size in range(-50, 0):
            with refused("no such size"):
                make(size)
    assert len(calls) == 100
    make(1)
    assert cache._making == {}
    make.forget()
    make(1)
    assert calls[100:] == [1, 1]


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=8))
@settings(deadline=None, max_examples=20)
def test_who_comes_meanwhile_waits_and_no_lock_is_left(sizes: list[int]) -> None:
    """Threads that ask for the same at once: each size that there is is computed once."""
    cache = ResultCache()
    calls, make = counting(cache)
    together = threading.Barrier(len(sizes))

    def ask(size: int) -> None:
        together.wait()
        with contextlib.suppress(ParameterError):
            make(size)

    with ThreadPoolExecutor(len(sizes)) as threads:
        list(threads.map(ask, sizes))
    assert sorted(call for call in calls if call >= 0) == sorted({s for s in sizes if s >= 0})
    assert cache._making == {}


def test_one_call_empties_every_cache() -> None:
    """Results, the last answers of a function, and answers that are being made."""
    calls: list[str] = []

    @cached
    def result(name: str) -> str:
        calls.append(name)
        return name

    @cached(most=2)
    def last(name: str) -> str:
        calls.append(name)
        return name

    @cached(most=2, of_folder=False)
    def of_argument(name: str) -> str:
        calls.append(name)
        return name

    answers = AnswerCache(lambda name: packed(result(name).encode(), JSON))
    for _ in range(2):
        for ask in (result, last, of_argument):
            assert ask("a") == ask("a") == "a"
        assert answers.begin("b").result() is answers.begin("b").result()
        empty_caches()
    assert calls == ["a", "a", "a", "b"] * 2


def test_another_folder_is_asked_anew_and_nothing_is_cleared(monkeypatch) -> None:
    """Every function of the house that is kept is kept by folder, or by an argument of one."""
    asked = []

    @cached(most=5)
    def names() -> int:
        asked.append(1)
        return len(asked)

    first = names()
    with using(read_catalogue(ROOT)):
        assert names() == first + 1
    assert names() == first


def test_a_kept_frame_is_ones_own() -> None:
    @cached(most=1)
    def stored_frame() -> Tiered[pd.DataFrame]:
        frame = pd.DataFrame({"n": [1, 2], "text": ["a", "b"]})
        return Tiered(frame, Tier.T1, {"name": "made up"})

    spoilt = stored_frame()
    spoilt.frame.loc[0, "n"] = 9
    spoilt.frame["text"] = "spoilt"
    spoilt.card["name"] = "spoilt"
    assert stored_frame().frame.to_dict("list") == {"n": [1, 2], "text": ["a", "b"]}
    assert stored_frame().card == {"name": "made up"}
