"""Contestants in processes of their own take turns, so that a busy minute meets all of them."""

from __future__ import annotations

import multiprocessing as mp
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

RUNS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What one contestant took."""

    wall_ms: float
    """median of the runs."""
    cpu_ms: float
    """median of the runs, all threads."""
    first_ms: float
    """first call in its process, imports done, whatever it compiles included."""
    peak_mb: float
    """most memory during the first call, above what the process held before it."""
    answer: Any
    """what the contestant gave for `judged`."""


def in_turns(
    contestants: Mapping[str, tuple[Callable[..., Any], tuple[Any, ...]]], *, runs: int = RUNS
) -> dict[str, Measured]:
    """Run every contestant `runs` times, one after the other, round by round.

    Parameters
    ----------
    contestants : mapping of name to (prepare, arguments)
        Module-level functions: prepare(*arguments) imports and loads, and gives (run, judge), run()
        to be timed and judge(result) to be sent back.
    runs : int
        Odd.

    Returns
    -------
    dict of str to Measured
    """
    context = mp.get_context("spawn")
    started = {}
    for name, (prepare, arguments) in contestants.items():
        ours, theirs = context.Pipe()
        process = context.Process(target=_contestant, args=(theirs, prepare, arguments))
        process.start()
        started[name] = process, ours
    first, times, answers = {}, {name: [] for name in started}, {}
    try:
        for name, (_, line) in started.items():  # one by one: imports and first calls cost too
            line.send("first")
            first[name] = line.recv()
        for _ in range(runs):
            for name, (_, line) in started.items():
                line.send("run")
                times[name].append(line.recv())
        for name, (_, line) in started.items():
            line.send("judge")
            answers[name] = line.recv()
    finally:
        for process, line in started.values():
            line.close()
            process.join(5)
            process.kill()
    return {
        name: Measured(
            statistics.median(wall for wall, _ in times[name]),
            statistics.median(cpu for _, cpu in times[name]),
            *first[name],
            answers[name],
        )
        for name in started
    }


def peak_above(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Result, wall ms and the MB by which memory rose at most (Linux; elsewhere 0)."""
    before = _status("VmRSS")
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    except OSError:
        before = float("nan")
    begun = time.perf_counter()
    result = work()
    wall = 1000 * (time.perf_counter() - begun)
    return result, wall, _status("VmHWM") - before


def _status(field: str) -> float:
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return float("nan")


def _contestant(line: Connection, prepare: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    run = judge = result = None
    while True:
        try:
            order = line.recv()
        except EOFError:
            return
        if order == "first":
            run, judge = prepare(*arguments)
            result, wall, peak = peak_above(run)
            line.send((wall, peak))
        elif order == "run":
            result = None
            begun, spent = time.perf_counter(), time.process_time()
            result = run()
            wall, cpu = time.perf_counter() - begun, time.process_time() - spent
            line.send((1000 * wall, 1000 * cpu))
        else:
            line.send(judge(result))
