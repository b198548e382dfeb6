"""How long a new reader waits for the first map, beside an empty Streamlit page in one run.

`python -m studies.benchmarks.first_map [rounds]`: both servers run, readers take turns between
them, each with an empty cache; then each is started anew. Prints medians and how many times the
empty page's they are, which holds on a busy machine where the seconds do not.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from studies.benchmarks.browser import chromium, server, wait_for

EMPTY = 'import streamlit as st\nst.html("<p id=drawn>empty</p>")\n'
READY = {"atlas": ".atlas-map[data-drawn]", "empty": "#drawn"}


def first_visit(browser: Browser, address: str, ready: str) -> float:
    """Seconds from asking for the page to its first map, with an empty cache."""
    context = browser.new_context()
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(ready, state="attached", timeout=120_000)
    taken = time.perf_counter() - begun
    context.close()
    return taken


def _line(name: str, times: dict[str, list[float]]) -> str:
    middle = {page: statistics.median(values) for page, values in times.items()}
    ratios = [a / b for a, b in zip(times["atlas"], times["empty"], strict=True)]
    return (
        f"| {name} | {middle['atlas']:.2f} s | {middle['empty']:.2f} s | "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
    )


def main(rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        scripts = {"atlas": "app.py", "empty": str(script)}
        warm: dict[str, list[float]] = {page: [] for page in scripts}
        cold: dict[str, list[float]] = {page: [] for page in scripts}
        with server(scripts["atlas"]) as (atlas, _), server(scripts["empty"]) as (empty, _):
            addresses = {"atlas": atlas, "empty": empty}
            for page, address in addresses.items():
                wait_for(address)
                first_visit(browser, address, READY[page])
            for _ in range(rounds):
                for page, address in addresses.items():
                    warm[page].append(first_visit(browser, address, READY[page]))
        for _ in range(max(rounds // 2, 1)):
            for page, path in scripts.items():
                begun = time.perf_counter()
                with server(path) as (address, _):
                    wait_for(address)
                    first_visit(browser, address, READY[page])
                    cold[page].append(time.perf_counter() - begun)
    print("| what | atlas | empty page | times |\n| --- | --- | --- | --- |")
    print(_line("new reader, server warm", warm))
    print(_line("server start to first map", cold))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
