"""Start, change and weight of the map page beside the page that people write: make bench.

Prints a Markdown table with medians of five; every figure of a run comes from the same minutes on
the same machine, so the ratios hold where the seconds do not.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page, Route

from layers.document import LEAFLET_FOLDER
from studies.benchmarks.browser import ROOT, chromium, server, wait_for

RUNS = 5
KEYS = ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
"""on the timeline: five years, none shown before"""
NAIVE = "studies/benchmarks/naive_page.py"


def _naive_page(browser: Browser) -> Page:
    """A page whose requests to content networks are answered at once from the local copy."""
    page = browser.new_page()

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name in ("leaflet.js", "leaflet.css"):
            route.fulfill(path=LEAFLET_FOLDER / name)
        else:
            route.fulfill(body="", content_type="text/css" if ".css" in name else "text/javascript")

    page.route(lambda url: "127.0.0.1" not in url and url.startswith("http"), answer)
    return page


def _import_seconds(statement: str) -> float:
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True, capture_output=True)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _drawn_ours(page: Page) -> None:
    page.wait_for_selector(".atlas-map[data-drawn]", timeout=60_000)


def _drawn_naive(page: Page) -> None:
    page.wait_for_function(
        """() => [...document.querySelectorAll('iframe')].some(frame => {
             try { return frame.contentDocument
               .querySelectorAll('path.leaflet-interactive:not([data-old])').length > 400; }
             catch { return false; } })""",
        timeout=60_000,
    )


def _cold(
    new_page: Callable[[], Page], script: str, path: str, drawn: Callable[[Page], None]
) -> float:
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        with server(script) as (address, _):
            wait_for(address)
            page = new_page()
            page.goto(address + path)
            drawn(page)
            times.append(time.perf_counter() - begun)
            page.close()
    return statistics.median(times)


def _change_ours(page: Page, key: str) -> float:
    """Seconds from a key on the timeline to the frame's word that the new state is drawn."""
    return (
        page.evaluate(
            """key => new Promise(done => {
          const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
          const host = roots.map(r => r.querySelector('.atlas-map')).find(Boolean);
          const track = roots.map(r => r.querySelector('[role=listbox]')).find(Boolean);
          const begun = performance.now(), old = host.dataset.drawn;
          new MutationObserver((_, watcher) => {
            if (host.dataset.drawn === old) return;
            watcher.disconnect();
            done(performance.now() - begun);
          }).observe(host, {attributes: true});
          track.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        })""",
            key,
        )
        / 1000
    )


def _change_naive(page: Page, code: str) -> float:
    page.evaluate(
        """() => document.querySelectorAll('iframe').forEach(frame => { try {
             frame.contentDocument.querySelectorAll('path').forEach(p => p.dataset.old = '1');
           } catch {} })"""
    )
    begun = time.perf_counter()
    page.get_by_role("radio", name=code, exact=True).or_(
        page.get_by_role("button", name=code, exact=True)
    ).first.click()
    _drawn_naive(page)
    return time.perf_counter() - begun


def _weight(browser: Browser, address: str) -> tuple[int, int]:
    """Compressed bytes of the first map and its number of requests, Streamlit's own left out."""
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    ours: dict[str, str] = {}
    total = {"bytes": 0}

    def on_response(event: dict) -> None:
        url = event["response"]["url"].removeprefix(address)
        if url.startswith(("/map/", "/layers/", "/assets/")):
            ours[event["requestId"]] = url

    def on_finished(event: dict) -> None:
        if event["requestId"] in ours:
            total["bytes"] += int(event["encodedDataLength"])

    def on_frame(event: dict) -> None:
        total["bytes"] += len(event["response"]["payloadData"])

    session.on("Network.responseReceived", on_response)
    session.on("Network.loadingFinished", on_finished)
    session.on("Network.webSocketFrameReceived", on_frame)
    import urllib.request

    page.goto(address + "/")
    _drawn_ours(page)
    page.wait_for_timeout(500)
    page.close()
    # requests of the sandboxed frame run in a process of their own, unseen by the session above
    for path in (
        "/map/frame",
        "/assets/leaflet/leaflet.js",
        "/assets/leaflet/leaflet.css",
        "/assets/atlas/view.js",
        "/assets/atlas/names.js",
        "/assets/atlas/frame.js",
        "/assets/atlas/frame.css",
        *_layers(),
    ):
        request = urllib.request.Request(address + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            total["bytes"] += len(answer.read())
            ours[path] = path
    return total["bytes"], len(ours)


def _layers() -> list[str]:
    from atlas.map.addresses import layer_addresses
    from atlas.view import View

    return [item["url"] for item in layer_addresses(View())]


def main() -> None:
    """Run everything and print the table."""
    rows: list[tuple[str, str, str]] = []
    imports = _import_seconds("import app")
    rows.append(("import of the app's modules", f"{imports:.2f} s", "–"))
    with chromium() as browser:
        cold = _cold(browser.new_page, "app.py", "/", _drawn_ours)
        naive = _cold(lambda: _naive_page(browser), NAIVE, "/", _drawn_naive)
        rows.append(("server start to first drawn map", f"{cold:.2f} s", f"{naive:.2f} s"))
        with server("app.py") as (address, _):
            wait_for(address)
            page = browser.new_page()
            page.goto(address)
            _drawn_ours(page)
            first = [_change_ours(page, key) for key in KEYS]
            again = [_change_ours(page, key) for key in KEYS]
            weight, requests = _weight(browser, address)
        with server(NAIVE) as (address, _):
            wait_for(address)
            codes = ("2019", "2021", "2022", "2020", "2007-01/2014-04")
            slow = {}
            for name, path in (("st_folium", "/"), ("cached HTML in a frame", "/?iframe=1")):
                page = _naive_page(browser)
                page.goto(address + path)
                _drawn_naive(page)
                slow[name] = [_change_naive(page, code) for code in codes]
                slow[f"{name}, again"] = [_change_naive(page, code) for code in codes]
                page.close()
    median = statistics.median
    rows.append(
        (
            "period changed, state not drawn before",
            f"{median(first):.2f} s",
            f"{median(slow['st_folium']):.2f} s",
        )
    )
    rows.append(
        (
            "period changed, state drawn before",
            f"{median(again):.2f} s",
            f"{median(slow['st_folium, again']):.2f} s",
        )
    )
    rows.append(
        (
            "the same, naive page as cached HTML in a frame",
            "–",
            f"{median(slow['cached HTML in a frame']):.2f} s, again "
            f"{median(slow['cached HTML in a frame, again']):.2f} s",
        )
    )
    rows.append(
        (
            f"first map, compressed ({requests} requests and the socket)",
            f"{weight / 1024:.0f} KiB",
            "–",
        )
    )
    print(
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"medians of {RUNS}\n"
    )
    print("| what | atlas | naive page |\n| --- | --- | --- |")
    for name, ours, theirs in rows:
        print(f"| {name} | {ours} | {theirs} |")
    ratios = {
        "cold": naive / cold,
        "change": median(slow["st_folium"]) / median(first),
        "again": median(slow["st_folium, again"]) / median(again),
    }
    print("\nratios:", ", ".join(f"{name} {value:.1f}" for name, value in ratios.items()))


if __name__ == "__main__":
    main()
