"""A real server and what a reader does with it; whoever asks another host fails the test."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect

from studies.benchmarks.browser import ROOT, server, wait_for
from tests.browser.eventually import PATIENCE_MS

LEFT_OUT = shutil.ignore_patterns(
    *(".venv*", ".git", ".hypothesis", ".*_cache", "build", "site"),
    *("tests", "studies"),
)
"""what a server does not need; compiled modules it does, or each start compiles them anew"""
LOOK = {
    "viewport": {"width": 1280, "height": 900},
    "color_scheme": "light",
    "reduced_motion": "reduce",  # no processor time for movements
}
"""what a page takes on without a browser context of its own"""
expect.set_options(timeout=PATIENCE_MS)
PROBE = re.compile(
    r"http://127\.0\.0\.1:\d+/(?:metodo|focos|cifras|planificador|vista-publica|mis-datos)"
    r"/_stcore/(health|host-config)"
)
"""Opened at a page below the root, Streamlit's shell first asks whether it was mounted there."""


@pytest.fixture(scope="session")
def hostile_address(
    hostile_page_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server of a copy of the atlas with hostile data."""
    folder = tmp_path_factory.mktemp("served") / "atlas"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    shutil.copytree(hostile_page_data, folder / "data", dirs_exist_ok=True)
    with server("app.py", folder=folder) as (url, _):
        wait_for(url)
        yield url


class Visit:
    """One reader, with all that their browser context asked and complained of."""

    def __init__(self, context: Any, address: str) -> None:
        self.address, self.context = address, context
        context.set_default_timeout(PATIENCE_MS)
        self.is_spent = False
        """whether the page has to go: it runs a script of the test before each page it opens"""
        self.asked: list[str] = []
        self.complaints: list[str] = []
        # of every page and of every frame in it, sandboxed or not
        self.ears = {
            "request": lambda request: self.asked.append(request.url),
            "weberror": lambda error: self.complaints.append(str(error.error)),
            "console": self._heard,
        }
        for event, ear in self.ears.items():
            context.on(event, ear)
        self.page = context.pages[0] if context.pages else context.new_page()
        self.page.on("websocket", self._connected)
        context.clear_cookies()
        context.new_cdp_session(self.page).send(
            "Storage.clearDataForOrigin", {"origin": address, "storageTypes": "local_storage"}
        )

    def end(self) -> None:
        """Leave one page, as a new one is; the context is free for the next reader."""
        for event, ear in self.ears.items():
            self.context.remove_listener(event, ear)
        self.context.clear_permissions()
        for page in self.context.pages:
            if page != self.page or self.is_spent or not self._is_left():
                page.close()

    def _is_left(self) -> bool:
        """Leave the page on the site's own address so that its scripts end; False if closed."""
        page = self.page
        page.remove_listener("websocket", self._connected)
        with contextlib.suppress(Error):
            page.evaluate("sessionStorage.clear()")
            page.mouse.move(0, 0)
            page.emulate_media(media="null")
            page.goto(f"{self.address}/_stcore/health")
            session = self.context.new_cdp_session(page)
            session.send("Page.resetNavigationHistory")
            session.detach()
            return bool(page.locator("body").inner_text() == "ok")
        return False

    def _connected(self, socket: Any) -> None:
        self.asked.append(socket.url)

    def _heard(self, message: Any) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not PROBE.fullmatch(where):
            self.complaints.append(f"{message.text} {where}")

    def open(self, link: str = "/") -> Visit:
        """Open a link of the atlas and wait until its map, card and table are drawn and seen."""
        self.page.goto(self.address + link)
        self.drawn()
        self.page.wait_for_selector("#atlas-look", state="detached")  # it lay over them
        self.page.wait_for_selector("article.card h2")
        self.page.locator(".atlas-table tbody tr button").nth(24).wait_for(state="attached")
        return self

    def drawn(self, *codes: str) -> None:
        """Wait until the frame has drawn a state that holds these codes."""
        self.page.wait_for_function(
            """codes => { const host = document.querySelector(".atlas-map") ||
                 [...document.querySelectorAll("*")].map(e => e.shadowRoot).filter(Boolean)
                 .map(r => r.querySelector(".atlas-map")).find(Boolean);
               const drawn = host && host.dataset.drawn;
               return drawn && codes.every(code => drawn.includes(code)); }""",
            arg=list(codes),
            polling=100,  # not once a frame: it looks at every element
        )

    @property
    def frame(self) -> Any:
        """The sandboxed frame of the map."""
        return next(frame for frame in self.page.frames if frame.url.endswith("/map/frame"))

    def region(self, code: str) -> Any:
        """The shape of a department on the map."""
        inside = self.page.frame_locator("iframe[sandbox='allow-scripts']")
        return inside.locator(f'path.region[data-department-ubigeo="{code}"]')

    def press(self, control: str, place: int) -> None:
        """Press the button at a place (from 0) of a control, known by its key."""
        self.page.locator(f".st-key-{control} button").nth(place).click()

    def choose_period(self, code: str, registry: str = "mpfn") -> None:
        """Choose a registry and one of its steps on the timeline, each known by its code."""
        timeline = self.page.locator(".timeline")
        choice = timeline.locator(f'input[value="{registry}"]')
        if not choice.is_checked():
            timeline.locator(f'label:has(input[value="{registry}"])').click()
        timeline.locator(f'[data-code="{code}"]').click()

    def query(self, name: str) -> str | None:
        """A parameter of the address, as written."""
        match = re.search(rf"[?&]{name}=([^&]*)", self.page.url)
        return match.group(1) if match else None

    def wait_for_query(self, text: str) -> None:
        """Wait until the address holds a piece of text."""
        self.page.wait_for_function("text => location.search.includes(text)", arg=text)

    def foreign(self) -> list[str]:
        """Addresses asked that are neither this machine's nor without a host."""
        return [url for url in self.asked if urlsplit(url).hostname not in ("127.0.0.1", None)]


@pytest.fixture(scope="session")
def contexts() -> dict[str, list[Any]]:
    """Browser contexts that nobody uses now, by their options, each with its page.

    The page keeps Streamlit's scripts, read and compiled: in a new one opening the map takes 2.0 s
    of processor time, in one that stays 1.4. What a reader leaves in it is forgotten.
    """
    return defaultdict(list)


@pytest.fixture
def visit(
    browser: Any, address: str, contexts: dict[str, list[Any]]
) -> Iterator[Callable[..., Visit]]:
    """Return a function that begins a visit; afterwards nobody may have asked another host."""
    visits: list[tuple[str, Visit]] = []

    def begin(where: str = "", **options: Any) -> Visit:
        look = {name: options.pop(name, usual) for name, usual in LOOK.items()}
        permissions = options.pop("permissions", [])
        options = {"locale": "es-PE", **options}
        kind = json.dumps(options, sort_keys=True)
        context = contexts[kind].pop() if contexts[kind] else browser.new_context(**options)
        visits.append((kind, Visit(context, where or address)))
        page = visits[-1][1].page
        page.set_viewport_size(look.pop("viewport"))
        page.emulate_media(**look)
        if permissions:
            context.grant_permissions(permissions)
        return visits[-1][1]

    yield begin
    foreign = [url for _, opened in visits for url in opened.foreign()]
    complaints = [text for _, opened in visits for text in opened.complaints]
    for kind, opened in visits:
        opened.end()
        contexts[kind].append(opened.context)
    assert foreign == []
    assert complaints == []
