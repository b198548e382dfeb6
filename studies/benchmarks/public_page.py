"""First paint of the public page on a slow phone, its weight, and how fast it is made: make bench.

A real server on loopback (compressed, as a host sends it), Chromium with the processor slowed four
times by the debugger, 390 by 844 pixels, an empty cache at each visit; medians of seven.
"""

from __future__ import annotations

import gzip
import platform
import statistics
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser

from studies.benchmarks.browser import ROOT, chromium

RUNS = 7
SLOWER = 4
"""times the processor is slowed."""
_PAINTS = """() => new Promise(done => {
  const read = () => performance.getEntriesByType("paint")
    .find(entry => entry.name === "first-contentful-paint");
  const wait = () => read() ? done([read().startTime,
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd]) : setTimeout(wait, 10);
  wait();
})"""


class _Host(BaseHTTPRequestHandler):
    """Sends one page, compressed."""

    def __init__(self, page: bytes, *arguments: Any) -> None:
        self.page = page
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer every path with the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """First contentful paint and the end of the page's script, milliseconds."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page = context.new_page()
    debugger = context.new_cdp_session(page)
    debugger.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address)
    paint, script = page.evaluate(_PAINTS)
    context.close()
    return float(paint), float(script)


def _seconds(statement: str) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def main() -> None:
    """Measure and print a Markdown table."""
    from atlas.public.document import page_bytes

    page = page_bytes("es")
    begun = time.perf_counter()
    page_bytes("en")
    made = time.perf_counter() - begun
    packed = gzip.compress(page, mtime=0)
    host = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Host, packed))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    with chromium() as browser:
        visits = [_visit(browser, f"http://127.0.0.1:{host.server_port}/") for _ in range(RUNS)]
    host.shutdown()
    paint, script = (statistics.median(values) for values in zip(*visits, strict=True))
    whole = _seconds("from atlas.public.site import site_files; site_files()")
    print(f"{platform.platform()}, Python {platform.python_version()}, medians of {RUNS}\n")
    print("| what | aim | measured |\n| --- | --- | --- |")
    print(f"| first paint, processor slowed {SLOWER} times | 1,000 ms | {paint:,.0f} ms |")
    print(f"| the page's script has run, the same | – | {script:,.0f} ms |")
    print(f"| weight, compressed (one request) | 300 kB | {len(packed) / 1000:.0f} kB |")
    print(f"| weight, as it stands | – | {len(page) / 1000:.0f} kB |")
    print(f"| one page made, figures already read | – | {made:.2f} s |")
    print(f"| `cli.py public`, all files, from nothing | – | {whole:.1f} s |")


if __name__ == "__main__":
    main()
