"""The parts of the load measurement that need no server: the loop and percentiles."""

from collections.abc import Callable
from typing import Any

import pytest

from studies.benchmarks.loops import percentile, repeated


class Clock:
    """Time that passes only where a test lets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def looped(
    apart: Any, step: float, seconds: float, pause: Callable[[], float] | None = None
) -> list[float]:
    """A loop whose work takes a step of a clock of its own."""
    clock = Clock()

    async def work() -> None:
        clock.now += step

    return apart(repeated(work, seconds=seconds, pause=pause, clock=clock, sleep=clock.sleep))


def test_a_loop_begins_nothing_after_its_end_and_counts_what_it_began(apart):
    """Four times three seconds fit into ten: the last has begun at nine and is waited for. A reader
    pauses before a change; pauses are no part of it, and the last is cut where the time is over."""
    assert looped(apart, 3, 10) == [3, 3, 3, 3]
    assert looped(apart, 5, 10) == [5, 5]
    assert looped(apart, 99, 10) == [99]
    assert looped(apart, 1, 10, pause=lambda: 4) == [1, 1]
    assert looped(apart, 1, 10, pause=lambda: 60) == []


def test_percentile_is_the_nearest_rank():
    values = [15, 20, 35, 40, 50]
    shares = (0.05, 0.30, 0.40, 0.50, 1.00)
    assert [percentile(values, share) for share in shares] == [15, 20, 20, 35, 50]
    assert percentile(list(range(1, 21)), 0.95) == 19
    for wrong in (0, 1.01):
        with pytest.raises(ValueError, match="share above 0"):
            percentile(values, wrong)
    with pytest.raises(ValueError, match="needs values"):
        percentile([], 0.5)
