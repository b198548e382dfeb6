"""The map page beside an empty Streamlit page, as ratios of one run: make bench.

`python -m studies.benchmarks.map_page [ROUNDS]`: both servers run and readers take turns between
them, each with an empty cache, and change the period; a cheap phone on a slow network opens the
atlas; then each server is started anew and asked as soon as its port is open. Prints the table of
docs/benchmarks.md: medians and how many times the empty page's they are, which holds on a busy
machine where seconds do not.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from studies.benchmarks.browser import chromium, server, wait_for
from studies.benchmarks.machine import described

EMPTY = """import streamlit as st

year = st.segmented_control("Year", ["1", "2", "3", "4", "5", "6"], default="1", required=True)
st.html(f"<p id=drawn data-year={year}>empty</p>")
"""
"""one row of buttons and a word: what Streamlit itself takes for a page and for a change of it"""
LIVE, TEXT = ".atlas-map[data-drawn]", "#drawn"
LOOK = f"#atlas-look .still svg, {LIVE}"  # a server that is too slow for a look sends none
KEYS = ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
"""on the timeline: five years, none shown before"""
PHONE = {"width": 390, "height": 844}
SLOWER = 4
"""times that a cheap phone's processor is slower"""
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 2e5}
"""1.6 Mbit/s, 150 ms"""
_CHANGED = """key => new Promise((done, fail) => {
  const roots = [...document.querySelectorAll("*")].map(e => e.shadowRoot).filter(Boolean);
  const host = roots.map(r => r.querySelector(".atlas-map")).find(Boolean);
  const track = roots.map(r => r.querySelector(".track")).find(Boolean);
  const begun = performance.now(), old = host.dataset.drawn;
  new MutationObserver((_, watcher) => {
    if (host.dataset.drawn === old) return;
    watcher.disconnect();
    done((performance.now() - begun) / 1000);
  }).observe(host, {attributes: true});
  setTimeout(() => fail(new Error(`${key} changed nothing`)), 60000);
  track.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
})"""
"""seconds from a key on the timeline to the frame's word that the new state is drawn"""


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


def changes(page: Page) -> list[float]:
    """Seconds of each change of the map's period."""
    return [page.evaluate(_CHANGED, key) for key in KEYS]


def empty_changes(page: Page) -> list[float]:
    """Seconds of each change of the empty page's year."""
    times = []
    for year in range(2, 2 + len(KEYS)):
        button = page.get_by_role("radio", name=str(year), exact=True)
        begun = time.perf_counter()
        button.click()
        page.wait_for_selector(f"{TEXT}[data-year='{year}']", state="attached")
        times.append(time.perf_counter() - begun)
    return times


def wait_for_look(address: str) -> None:
    """Wait until the server has made the look that these readers ask for."""
    while b"<svg" not in urllib.request.urlopen(f"{address}/?lang=es", timeout=60).read():
        time.sleep(0.1)


def _row(name: str, times: Sequence[float], empty: Sequence[float]) -> str:
    ratios = [value / other for value, other in zip(times, empty, strict=True)]
    return (
        f"| {name} | {statistics.median(times):.2f} s | {statistics.median(empty):.2f} s | "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
    )


def _warm(browser: Browser, atlas: str, empty: str, rounds: int) -> None:
    """Print what readers of two running servers wait for."""
    wait_for_look(atlas)
    first_visit(browser, atlas, LIVE)
    first_visit(browser, empty, TEXT)
    visits = [
        (*first_visit(browser, atlas, LOOK, LIVE), *first_visit(browser, empty, TEXT))
        for _ in range(rounds)
    ]
    look, live, text = zip(*visits, strict=True)
    print(_row("new reader, server warm: first look", look, text))
    print(_row("new reader, server warm: live map", live, text))
    page, plain = browser.new_page(), browser.new_page()
    page.goto(f"{atlas}/?lang=es")
    page.wait_for_selector(LIVE, state="attached", timeout=120_000)
    plain.goto(empty)
    plain.wait_for_selector(TEXT, state="attached")
    for name in ("not drawn before", "drawn before"):
        print(_row(f"period changed, state {name}", changes(page), empty_changes(plain)))
        plain.get_by_role("radio", name="1", exact=True).click()
    slow = [slow_visit(browser, atlas) for _ in range(max(rounds // 2, 1))]
    for name, marks in zip(("first look", "live map"), zip(*slow, strict=True), strict=True):
        seconds, kilobytes = (statistics.median(each) for each in zip(*marks, strict=True))
        print(f"| slow phone: {name} | {seconds:.1f} s, {kilobytes:,.0f} kB | | |", flush=True)


def _cold(browser: Browser, scripts: dict[str, Sequence[str]]) -> list[float]:
    """Seconds from a server's start to what its first reader waits for, script by script."""
    times = []
    for script, selectors in scripts.items():
        begun = time.perf_counter()
        with server(script) as (address, _):
            wait_for(address)
            waited = time.perf_counter() - begun
            times += [waited + each for each in first_visit(browser, address, *selectors)]
    return times


def main(rounds: int) -> None:
    """Measure and print the table."""
    print(described("streamlit", "playwright"))
    print("\n| what | atlas | empty page | times (least to most) |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        with server("app.py") as (atlas, _), server(str(script)) as (empty, _):
            for address in (atlas, empty):
                wait_for(address)
            _warm(browser, atlas, empty, rounds)
        scripts = {"app.py": (LOOK, LIVE), str(script): (TEXT,)}
        starts = [_cold(browser, scripts) for _ in range(max(rounds // 2, 1))]
        look, live, text = zip(*starts, strict=True)
        print(_row("from the server's start: first look", look, text))
        print(_row("from the server's start: live map", live, text))


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "7"
    if not asked.isdecimal() or not int(asked):
        sys.exit(f"{asked!r} is no number of rounds; give a whole number from 1")
    main(int(asked))
