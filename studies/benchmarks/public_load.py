"""Two hundred requests at once on the public page and the API, alone and beside busy sessions."""

from __future__ import annotations

import asyncio
import platform
import time
from collections import Counter

import httpx
import numpy as np
import psutil

from studies.benchmarks.browser import served, server, wait_for
from studies.benchmarks.sessions import busy_sessions

AT_ONCE, ROUNDS, SESSIONS = 200, 5, 20
PATHS = ("/public/es", "/public/en", "/api/v1/regions.json", "/api/v1/regions.csv?period=2021")


async def _one(client: httpx.AsyncClient, url: str) -> tuple[int, float]:
    began = time.perf_counter()
    try:
        status = (await client.get(url)).status_code
    except httpx.HTTPError:
        status = 0
    return status, time.perf_counter() - began


async def burst(address: str) -> tuple[Counter[int], list[float]]:
    """Ask 200 times at once, a fresh connection each, and return statuses and seconds."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        urls = [address + PATHS[place % len(PATHS)] for place in range(AT_ONCE)]
        answers = await asyncio.gather(*(_one(client, url) for url in urls))
    return Counter(status for status, _ in answers), [seconds for _, seconds in answers]


async def _rounds(address: str) -> tuple[Counter[int], np.ndarray]:
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    for _ in range(ROUNDS):
        found, times = await burst(address)
        statuses += found
        seconds += times
    return statuses, np.array(seconds)


async def _beside_sessions(address: str) -> tuple[Counter[int], np.ndarray, float]:
    async with busy_sessions(address, SESSIONS) as readers:
        began, before = time.perf_counter(), sum(one.changes for one in readers)
        statuses, seconds = await _rounds(address)
        lasted = time.perf_counter() - began
        return statuses, seconds, (sum(one.changes for one in readers) - before) / lasted


def _row(what: str, statuses: Counter[int], seconds: np.ndarray, process: psutil.Process) -> str:
    errors = sum(count for status, count in statuses.items() if status != 200)
    p50, p99 = np.percentile(seconds, [50, 99])
    memory = process.memory_info().rss / 2**20
    return (
        f"| {what} | {len(seconds)} | {errors} | {p50:.2f} s | {p99:.2f} s "
        f"| {len(seconds) / ROUNDS / seconds.reshape(ROUNDS, -1).max(axis=1).mean():.0f}/s "
        f"| {memory:.0f} MB |"
    )


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    print(
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {ROUNDS} "
        f"bursts of {AT_ONCE}, each on a fresh connection, client on the same machine\n"
    )
    print("| server | requests | errors | p50 | p99 | answered | memory |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with served("public") as (address, started):
        process = psutil.Process(started.pid)
        wait_for(address)
        asyncio.run(burst(address))
        print(_row("public (uvicorn)", *asyncio.run(_rounds(address)), process))
    with server("app.py") as (address, started):
        process = psutil.Process(started.pid)
        wait_for(address)
        asyncio.run(burst(address))
        print(_row("analyst (Streamlit), nobody else", *asyncio.run(_rounds(address)), process))
        statuses, seconds, rate = asyncio.run(_beside_sessions(address))
        print(_row(f"the same, {SESSIONS} sessions busy", statuses, seconds, process))
        print(f"\nthe {SESSIONS} sessions finished {rate:.1f} changes a second meanwhile")


if __name__ == "__main__":
    main()
