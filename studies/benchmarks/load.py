"""The dashboard with 1, 10 and 50 sessions at once, after many visits, with own records.

Run by make bench-load.

Everything stays on loopback, every wait has an end, and the servers are ended whatever happens.
Prints the Markdown tables of docs/benchmarks.md; arguments name the parts to run.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import time
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import psutil

from atlas.own_files.places import gazetteer
from atlas.web.uploads import SWEEP_SECONDS
from studies.benchmarks.browser import ROOT, served, server, wait_for
from studies.benchmarks.loops import percentile, repeated
from studies.benchmarks.machine import described
from studies.benchmarks.sessions import (
    MAP_CONTROLS,
    Owner,
    Reader,
    http_client,
    open_sessions,
    reader,
)

SESSIONS = (1, 10, 50)
VISITS, AT_ONCE = 160, 4
OWNERS, OWN_ROWS = 10, 50_000
ROUND_SECONDS, PACED_SECONDS = 15.0, 30.0
PACE = (5.0, 10.0)
"""a reader looks at least and at most so many seconds before the next change."""
LIMIT = 400.0
"""seconds that a part may take before it is given up."""
NAIVE = "studies/benchmarks/naive_page.py"
SEED = 20251125


@dataclass(frozen=True, slots=True)
class Round:
    """What a number of sessions did, and what the server's process weighed meanwhile."""

    sessions: int
    pace: str
    seconds: list[float]
    """of every change, from the click to the last layer."""
    lasted: float
    cores: float
    """processor time of the server, per second."""
    before_mb: float
    open_mb: float
    after_mb: float

    def row(self) -> str:
        """A line of the table."""
        each = (self.open_mb - self.before_mb) / self.sessions
        return (
            f"| {self.sessions} | {self.pace} | {len(self.seconds)} "
            f"| {len(self.seconds) / self.lasted:.1f}/s | {percentile(self.seconds, 0.5):.2f} s "
            f"| {percentile(self.seconds, 0.95):.2f} s | {self.cores:.2f} "
            f"| {self.before_mb:.0f} / {self.open_mb:.0f} / {self.after_mb:.0f} | {each:+.2f} |"
        )


HEAD = (
    "| sessions | pace | changes | changes | p50 | p95 | cores busy "
    "| MB before / open / closed | MB a session |\n" + "| --- " * 9 + "|"
)


def memory_mb(process: psutil.Process) -> float:
    """Resident memory of a server and of what it has started."""
    family = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in family) / 2**20


def forgotten_seconds() -> float:
    """How long the server may hold a closed session: its time to live and one round of sweeping."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return float(settings["server"]["disconnectedSessionTTL"]) + SWEEP_SECONDS + 3


async def every_state(one: Reader) -> None:
    """Show every period, measure and language once, and every overlay, so that caches are full."""
    for language in range(2):
        await _choose(one, "language", language)
        for period in range(len(one.controls["timeline"].options)):
            await _choose(one, "timeline", period)
            for measure in range(len(one.controls["measure"].options)):
                await _choose(one, "measure", measure)
        for overlay in range(len(one.controls["overlays"].options)):
            await one.click("overlays", overlay)


async def _choose(one: Reader, key: str, option: int) -> None:
    if option in one.controls[key].others():
        await one.click(key, option)


async def round_of(
    address: str,
    process: psutil.Process,
    count: int,
    *,
    paced: bool = False,
    keys: Sequence[str] = MAP_CONTROLS,
) -> Round:
    """Open sessions, let each change a control again and again, close them and wait."""
    before = memory_mb(process)
    length = PACED_SECONDS if paced else ROUND_SECONDS

    def loop(number: int, one: Reader) -> Awaitable[list[float]]:
        chance = random.Random(SEED + number)
        pause = (lambda: chance.uniform(*PACE)) if paced else None
        return repeated(lambda: one.change(chance, keys), seconds=length, pause=pause)

    async with open_sessions(address, count) as readers:
        spent, began = sum(process.cpu_times()[:2]), time.perf_counter()
        times = await asyncio.gather(*(loop(*pair) for pair in enumerate(readers)))
        lasted = time.perf_counter() - began
        cores = (sum(process.cpu_times()[:2]) - spent) / lasted
        held = memory_mb(process)
    await asyncio.sleep(forgotten_seconds())
    return Round(
        count,
        f"a change every {PACE[0]:.0f} to {PACE[1]:.0f} s" if paced else "as fast as it goes",
        [seconds for one in times for seconds in one],
        lasted,
        cores,
        before,
        held,
        memory_mb(process),
    )


async def visits(address: str, count: int, chance: random.Random) -> None:
    """Short visits, few at once: connect, one run, one change, leave."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def visit() -> None:
        async with gate, http_client() as client, reader(address, client) as one:
            await one.change(chance)

    await asyncio.gather(*(visit() for _ in range(count)))


async def _warmed(address: str) -> None:
    async with open_sessions(address, 1) as [one]:
        await every_state(one)
    await asyncio.sleep(forgotten_seconds())


async def closed_loop(address: str, process: psutil.Process) -> None:
    """As fast as it goes."""
    await _warmed(address)
    for count in SESSIONS:
        print((await round_of(address, process, count)).row(), flush=True)


async def readers_pace(address: str, process: psutil.Process) -> None:
    """With the pauses of somebody who looks at the map."""
    await _warmed(address)
    for count in SESSIONS[1:]:
        print((await round_of(address, process, count, paced=True)).row(), flush=True)


async def short_visits(address: str, process: psutil.Process) -> None:
    """Memory after none, half and all of the visits."""
    await _warmed(address)
    chance = random.Random(SEED)
    await visits(address, 2 * AT_ONCE, chance)
    await asyncio.sleep(forgotten_seconds())
    found = [memory_mb(process)]
    for _ in range(2):
        await visits(address, VISITS // 2, chance)
        await asyncio.sleep(forgotten_seconds())
        found.append(memory_mb(process))
    print(
        f"\nmemory after 0, {VISITS // 2} and {VISITS} visits: "
        + ", ".join(f"{value:.1f}" for value in found)
        + f" MB; a visit leaves {(found[1] - found[0]) / (VISITS // 2):+.3f} MB in the first half "
        f"and {(found[2] - found[1]) / (VISITS // 2):+.3f} MB in the second"
    )


def own_file(seed: int) -> bytes:
    """Records of one organisation, each within some kilometres of a capital drawn by chance."""
    chance, places = random.Random(seed), sorted(gazetteer().positions.items())
    lines = ["registro,fecha,ubigeo,longitud,latitud"]
    for number in range(OWN_ROWS):
        code, (longitude, latitude) = chance.choice(places)
        x, y = (axis + chance.uniform(-0.05, 0.05) for axis in (longitude, latitude))
        lines.append(f"{number},2023-{chance.randint(1, 12):02d},{code},{x:.5f},{y:.5f}")
    return "\n".join(lines).encode()


async def own_records(address: str, process: psutil.Process) -> None:
    """Memory with and after ten sessions that hold 50,000 records each."""

    async def enter(stack: contextlib.AsyncExitStack, number: int) -> None:
        one = await stack.enter_async_context(reader(address, client, "lang=es", Owner))
        await one.upload(own_file(SEED + number))

    found = []
    async with http_client() as client:
        for count in (1, OWNERS):
            before = memory_mb(process)
            async with contextlib.AsyncExitStack() as stack:
                for number in range(count):
                    await enter(stack, number)
                held = memory_mb(process)
            await asyncio.sleep(forgotten_seconds())
            found.append((count, before, held, memory_mb(process)))
    for count, *sizes in found:
        told = " / ".join(f"{size:.0f}" for size in sizes)
        print(f"own records, {count} sessions of {OWN_ROWS:,}: {told} MB before / open / closed")


def _on_atlas(
    part: Callable[[str, psutil.Process], Awaitable[None]], tier: str = "analyst"
) -> None:
    with served(tier) as (address, started):
        wait_for(address)
        asyncio.run(asyncio.wait_for(part(address, psutil.Process(started.pid)), LIMIT))


def beside_naive() -> None:
    """Ten sessions that change the period, on the atlas and on the page that people write."""
    found: dict[str, Round] = {}

    async def period_only(address: str, process: psutil.Process) -> Round:
        async with open_sessions(address, 1) as [one]:
            key = "timeline" if "timeline" in one.controls else "period"
            for option in range(len(one.controls[key].options)):
                await _choose(one, key, option)
        return await round_of(address, process, 10, keys=(key,))

    plain = {"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true"}  # Streamlit's own default
    contexts = {"atlas": served("analyst"), "naive page": server(NAIVE, environment=plain)}
    for name, context in contexts.items():
        with context as (address, started):
            wait_for(address)
            work = period_only(address, psutil.Process(started.pid))
            found[name] = asyncio.run(asyncio.wait_for(work, LIMIT))
        print(found[name].row().replace("as fast as it goes", f"{name}, period only"), flush=True)
    ours, theirs = found["atlas"], found["naive page"]
    print(
        f"\nnaive page over atlas: p50 {_ratio(theirs, ours, 0.5):.1f}, p95 "
        f"{_ratio(theirs, ours, 0.95):.1f}, changes a second "
        f"{len(theirs.seconds) / theirs.lasted / (len(ours.seconds) / ours.lasted):.2f}"
    )


def _ratio(one: Round, other: Round, share: float) -> float:
    return percentile(one.seconds, share) / percentile(other.seconds, share)


PARTS: dict[str, Callable[[], None]] = {
    "closed": lambda: _on_atlas(closed_loop),
    "paced": lambda: _on_atlas(readers_pace),
    "naive": beside_naive,
    "visits": lambda: _on_atlas(short_visits),
    "own": lambda: _on_atlas(own_records, "ngo"),
}


def main(names: Sequence[str]) -> int:
    """Run the parts named, or all."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no part {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    print(described("streamlit", "starlette", "uvicorn", "websockets"), "\n")
    print(HEAD)
    for name in names or PARTS:
        PARTS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
