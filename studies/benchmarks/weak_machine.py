"""Seconds and memory of the atlas on a weak machine: one core and 2 GB, the browser beside it.

`python -m studies.benchmarks.weak_machine`, on Linux: server and browser share a core, and 2 GB
where the system lets a process limit itself (a cgroup; addresses are no measure of memory). Prints
what a first reader waits for and the server's highest memory since its start, then what further
visits of the map leave in memory.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from atlas.words import words
from studies.benchmarks.browser import chromium, served, wait_for
from studies.benchmarks.machine import described
from studies.benchmarks.map_page import LIVE

MEMORY = 2 * 2**30
VISITS = 10
"""of the map, twice: the second ten leave nothing where no session is kept"""
MOST_MB = 600
"""aim for the server, whatever page is open"""


def limit_memory() -> str:
    """Put this process and what it starts into a control group; says whether it could."""
    for parent, limit in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        group = Path("/sys/fs/cgroup") / parent / "atlas-weak-machine"
        try:
            group.mkdir(exist_ok=True)
            with (group / limit).open("r+", encoding="utf-8") as file:
                file.write(str(MEMORY))
            with (group / "cgroup.procs").open("r+", encoding="utf-8") as file:
                file.write(str(os.getpid()))
        except OSError:
            continue
        return "2 GB for server and browser"
    return "no limit of memory could be set"


def memory_mb(pid: int, field: str = "VmHWM") -> float:
    """The highest memory of a process until now; what it has now by the field VmRSS."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(re.findall(rf"{field}:\s+(\d+)", status)[0]) / 1024


def see(selector: str, path: str) -> Callable[[Page, str], None]:
    """What opens an address of the atlas and waits for a part of it."""

    def visit(page: Page, address: str) -> None:
        page.goto(f"{address}/{path}", timeout=600_000)
        page.wait_for_selector(selector, state="attached", timeout=600_000)

    return visit


def take_brief(page: Page, address: str) -> None:
    """Ask the card of a department for its brief of one page."""
    say = words("es")
    see(LIVE, "?lang=es&dep=17")(page, address)
    page.get_by_role("button", name=say("card.brief"), exact=True).click()
    with page.expect_download(timeout=600_000) as file:
        page.get_by_role("button", name=say("card.brief_1")).click()
    if not file.value.path().read_bytes().startswith(b"%PDF"):
        raise SystemExit("the brief is no PDF")


STEPS: dict[str, Callable[[Page, str], None]] = {
    "map": see(LIVE, "?lang=es"),
    "Focos": see("#root .switch [data-registry]", "focos?lang=es"),
    "plan": see(".plan-answer", "planificador?lang=es"),
    "card and its brief as PDF": take_brief,
}


def measure(browser: Browser) -> None:
    """Print a row for the start and for each step, in the order of a first visit."""
    begun = time.perf_counter()
    with served("analyst") as (address, process):
        wait_for(address)
        print("| step | s | highest memory of the server |\n| --- | --- | --- |")
        print(f"| start | {time.perf_counter() - begun:.1f} | {memory_mb(process.pid):.0f} MB |")
        for name, visit in STEPS.items():
            page = browser.new_context().new_page()
            page.set_default_timeout(600_000)
            begun = time.perf_counter()
            visit(page, address)
            seconds, peak = time.perf_counter() - begun, memory_mb(process.pid)
            is_over = " (over the aim)" if peak > MOST_MB else ""
            print(f"| {name} | {seconds:.1f} | {peak:.0f} MB{is_over} |", flush=True)
            page.context.close()
        for total in (VISITS, 2 * VISITS):
            for _ in range(VISITS):
                page = browser.new_context().new_page()
                STEPS["map"](page, address)
                page.context.close()
            print(f"| {total} visits | | {memory_mb(process.pid, 'VmRSS'):.0f} MB then |")


if __name__ == "__main__":
    print(described("streamlit"), limit_memory(), sep="; ")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with chromium() as chrome:
        measure(chrome)
