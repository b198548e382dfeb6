"""The atlas of an organisation on a real server, and one person at its page of own data.

The server may write no file of more than half a megabyte, so an upload that is spooled to the
disk fails there and not only in theory.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python

from studies.benchmarks.browser import ROOT, free_port, wait_for
from tests.browser.eventually import AT_REST, MOVED, SETTLED, eventually

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
CANARY = "CANARIO7F3A9"
LARGEST_FILE = 512 * 1024
SETTLING = 6
"""Looks at a page before a complaint of axe-core counts."""


@dataclass(slots=True)
class Server:
    """A running atlas of an organisation, and all places where it could leave something."""

    address: str
    process: subprocess.Popen
    folder: Path
    """home, temporary files and log."""


@contextlib.contextmanager
def atlas(folder: Path, **environment: str) -> Iterator[Server]:
    """Serve the atlas with a home and a temporary folder of its own, at a free port."""
    port = free_port()
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)

    def few_bytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))

    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "app.py"),
                *("--server.address", "127.0.0.1", "--server.port", str(port)),
                *("--server.disconnectedSessionTTL", "2"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "HOME": str(folder / "home"),
                "TMPDIR": str(folder / "tmp"),
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=few_bytes,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield Server(f"http://127.0.0.1:{port}", process, folder)
    finally:
        process.terminate()
        process.wait(timeout=20)


class Desk:
    """One person at the page of own data."""

    def __init__(self, visit: Any, lang: str = "es") -> None:
        self.page = visit.page
        self.context = visit.context
        self.puts: list[str] = []
        self.page.on(
            "request",
            lambda request: self.puts.append(request.url) if request.method == "PUT" else None,
        )
        self.page.goto(f"{visit.address}/mis-datos?lang={lang}")
        self.page.wait_for_selector(".st-key-own_consent input", state="attached")

    def upload(
        self, content: bytes | str, name: str = "registros.csv", *, where: str = "own"
    ) -> None:
        """Agree if that has not been done, hand in a file, wait for what becomes of it."""
        raw = content.encode() if isinstance(content, str) else content
        field = self.agree(where)
        turn = self.turn(where)
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": raw}
        field.set_input_files(file)
        self.page.wait_for_function(
            "([turn, where]) => {"
            " const box = document.querySelector(`[class*=st-key-${where}_file_]`);"
            " return box && !box.classList.contains(turn); }",
            arg=[turn, where],
        )
        self.page.locator(AT_REST).wait_for()

    def agree(self, where: str = "own") -> Any:
        """Agree if that has not been done; the field for a file, once the page is at rest."""
        box = self.page.locator(f".st-key-{where}_consent input")
        label = self.page.locator(f".st-key-{where}_consent label")
        zone = self.page.locator(
            f"[class*=st-key-{where}_file_] [data-testid=stFileUploaderDropzone]"
            ":not([aria-disabled=true])"
        )
        at_rest = self.page.locator(AT_REST)

        def is_open() -> bool:
            at_rest.wait_for()
            if not zone.is_visible() and not box.is_checked():
                label.click()  # again where a page that was still being drawn took it back
            return zone.is_visible() and at_rest.count() == 1

        eventually(self.page, is_open)
        return zone.locator("input")

    def turn(self, where: str) -> str:
        """Key of the uploader; a new one stands there when a file has been read."""
        box = self.page.locator(f"[class*=st-key-{where}_file_]").first
        classes = box.get_attribute("class") or ""
        return re.search(rf"st-key-{where}_file_\d+", classes)[0]  # type: ignore[index]

    def text(self) -> str:
        """All that the page says."""
        return self.page.locator("[data-testid=stMain]").inner_text()

    def session(self) -> tuple[str, dict[str, str], dict[str, str]]:
        """Upload address of this session, its cookies, and the header against forgery."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}
        url = self.puts[-1].rpartition("/")[0]
        return url, cookies, {"X-Xsrftoken": cookies.get("_streamlit_xsrf", "")}


class Opened:
    """A page, all that it asked for and complained of, and who arrived where leaving leads to."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.arrived: list[dict[str, str]] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("console", lambda message: self.complaints.append(message.text))
        self.context.route("https://www.google.com/**", self._answer)
        self.page = self.context.new_page()

    def _answer(self, route: Any) -> None:
        self.arrived.append(dict(route.request.headers))
        route.fulfill(body="<title>elsewhere</title>", content_type="text/html")


def rows(count: int, code: str, year: int = 2023) -> str:
    """A file of records of one district, each a little apart from the other."""
    lines = [f"{CANARY}-{code}-{number},{year},{code}" for number in range(count)]
    return "\n".join(["registro,fecha,ubigeo", *lines])


def axe(page: Any) -> list[Any]:
    """What axe-core complains of, all rules, in this state of the page."""
    # a policy of the page would refuse a script element; the debugger's evaluation may run
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations_found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")[
        "violations"
    ]
    return [
        (rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in violations_found
    ]


def violations(page: Any) -> list[Any]:
    """What axe-core complains of once nothing fades in or moves any more."""
    violated: list[Any] = []
    for _ in range(SETTLING):
        page.locator(AT_REST).wait_for()
        if not (violated := axe(page)):
            break
        # what is still being drawn is pale; what stays is a fault
        page.evaluate(MOVED)
        page.evaluate(SETTLED)
    return violated
