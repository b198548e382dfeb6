"""How long a new reader waits for the first look and the live map, beside an empty Streamlit page.

`python -m studies.benchmarks.first_map [rounds]`: both servers run, readers take turns between
them, each with an empty cache; a cheap phone on a slow network opens the atlas; then each server is
started anew and asked as soon as its port is open. Prints the table of docs/benchmarks.md: medians
and how many times the empty page's they are, which holds on a busy machine where seconds do not.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser

from studies.benchmarks.browser import chromium, server, wait_for

EMPTY = 'import streamlit as st\nst.html("<p id=drawn>empty</p>")\n'
LIVE, TEXT = ".atlas-map[data-drawn]", "#drawn"
LOOK = f"#atlas-look .still svg, {LIVE}"  # a server that is too slow for a look sends none
PHONE = {"width": 390, "height": 844}
SLOWER = 4
"""times that a cheap phone's processor is slower"""
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 2e5}
"""1.6 Mbit/s, 150 ms"""


def first_visit(browser: Browser, address: str, *selectors: str) -> list[float]:
    """Seconds from asking for a page to each selector, in their order, with an empty cache."""
    context = browser.new_context()
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(f"{address}/?lang=es", wait_until="commit")
    times = []
    for selector in selectors:
        page.wait_for_selector(selector, state="attached", timeout=120_000)
        times.append(time.perf_counter() - begun)
    context.close()
    return times


def slow_visit(browser: Browser, address: str) -> list[tuple[float, float]]:
    """Seconds and kilobytes until the first look and the live map, on a phone's terms."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    session, received = context.new_cdp_session(page), [0.0]

    def count(event: dict) -> None:
        received[0] += event.get("encodedDataLength", 0)

    session.on("Network.dataReceived", count)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    begun = time.perf_counter()
    page.goto(f"{address}/?lang=es", wait_until="commit")
    marks = []
    for selector in (LOOK, LIVE):
        page.wait_for_selector(selector, state="attached", timeout=240_000)
        marks.append((time.perf_counter() - begun, received[0] / 1e3))
    context.close()
    return marks


def wait_for_look(address: str) -> None:
    """Wait until the server has made the look that these readers ask for."""
    while b"<svg" not in urllib.request.urlopen(f"{address}/?lang=es", timeout=60).read():
        time.sleep(0.1)


def _line(name: str, times: list[float], empty: list[float]) -> str:
    ratios = [value / other for value, other in zip(times, empty, strict=True)]
    return (
        f"| {name} | {statistics.median(times):.2f} s | {statistics.median(empty):.2f} s | "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
    )


def main(rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        warm: list[list[float]] = []
        with server("app.py") as (atlas, _), server(str(script)) as (empty, _):
            for address in (atlas, empty):
                wait_for(address)
            wait_for_look(atlas)
            first_visit(browser, atlas, LIVE)
            first_visit(browser, empty, TEXT)
            for _ in range(rounds):
                warm.append(
                    [
                        *first_visit(browser, atlas, LOOK, LIVE),
                        *first_visit(browser, empty, TEXT),
                    ]
                )
            slow = [slow_visit(browser, atlas) for _ in range(max(rounds // 2, 1))]
        cold: list[list[float]] = []
        for _ in range(max(rounds // 2, 1)):
            row = []
            for path, selectors in (("app.py", (LOOK, LIVE)), (str(script), (TEXT,))):
                begun = time.perf_counter()
                with server(path) as (address, _):
                    wait_for(address)
                    waited = time.perf_counter() - begun
                    row += [waited + each for each in first_visit(browser, address, *selectors)]
            cold.append(row)
    print("| what | atlas | empty page | times (least to most) |\n| --- | --- | --- | --- |")
    for name, rows in (("new reader, server warm", warm), ("from the server's start", cold)):
        look, live, text = (list(column) for column in zip(*rows, strict=True))
        print(_line(f"{name}: first look", look, text))
        print(_line(f"{name}: live map", live, text))
    for name, place in (("first look", 0), ("live map", 1)):
        seconds = statistics.median(visit[place][0] for visit in slow)
        kilobytes = statistics.median(visit[place][1] for visit in slow)
        print(f"| slow phone: {name} | {seconds:.1f} s, {kilobytes:,.0f} kB | | |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
