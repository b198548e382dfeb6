"""One thing done again and again until a time is over, and what the times of it say."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence


async def repeated(
    work: Callable[[], Awaitable[None]],
    *,
    seconds: float,
    pause: Callable[[], float] | None = None,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> list[float]:
    """Do something again and again, and return how long each time took.

    Parameters
    ----------
    work : callable
        What is timed.
    seconds : float
        Nothing is begun after these; what was begun before is awaited and counts.
    pause : callable, optional
        Seconds before the next time; the first has one too, so that many loops do not begin
        together. None: no pause, a closed loop.
    clock, sleep : callable
        Of the loop; a test brings its own.

    Returns
    -------
    list of float
        Seconds of each time, pauses left out.
    """
    took: list[float] = []
    end = clock() + seconds
    while True:
        if pause is not None:
            await sleep(min(pause(), max(0.0, end - clock())))
        begun = clock()
        if begun >= end:
            return took
        await work()
        took.append(clock() - begun)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least a share of them does not exceed (nearest rank).

    Parameters
    ----------
    values : sequence of float
        Not empty.
    share : float
        Above 0, at most 1.

    Raises
    ------
    ValueError
        No values, or a share that is none.

    Examples
    --------
    >>> percentile([15, 20, 35, 40, 50], 0.4)
    20
    """
    if not values or not 0 < share <= 1:
        raise ValueError("a percentile needs values and a share above 0 and up to 1")
    # 0.95 of 20 is 19, not what is left of it in binary
    return sorted(values)[math.ceil(round(share * len(values), 9)) - 1]
