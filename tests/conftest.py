"""What several packages of tests share: a Chromium, hostile data, the web server without a port."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# on the check's machine the same examples every time: a red check must be a changed program
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

HOSTILE = (
    "${window.P=1}`<img src=x onerror=window.P=1></script><script>window.P=1</script>\u2028"
    "![i](http://evil.example/i.png)[j](javascript:window.P=1)"
)
"""Text for every language that a page speaks: template, HTML, script, Markdown, line separator."""
HOSTILE_COLUMNS = {
    "departments": ("department", "capital", "quote"),
    "crosswalk": ("seat_province", "seat_district", "jurisdiction", "caveat", "quote"),
    "places": ("province", "district", "capital"),
    "named_places": ("place", "place_es", "measure", "measure_es", "note", "quote"),
    "mining_zones": (
        *("name", "name_es", "year_of_figure", "status", "status_es"),
        *("link_to_trafficking", "link_es", "figure_note"),
    ),
    "routes": ("name", "name_es", "purpose", "purpose_es", "origin", "destination", "note"),
    "route_waypoints": ("place", "country"),
    "services": ("name", "name_es", "type", "type_es", "type_en", "city", "year", "contact"),
    "towns": ("name",),
    "registries": ("registry_es", "registry_en"),
    "sources": ("source_title", "publisher", "published", "source_url"),
}
"""Columns that hold words for a reader, by table; codes stay, or the loaders would refuse."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes


def _rewrite(path: Path, columns: tuple[str, ...], text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **dict.fromkeys(columns, text)} for row in rows)


@pytest.fixture(scope="session")
def hostile_text() -> str:
    """The text that must be shown and never run."""
    return HOSTILE


@pytest.fixture(scope="session")
def hostile_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in good order whose every word is hostile."""
    from data.catalogue import PACKAGE_FILE, ROOT
    from data.sealing import seal

    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(ROOT / "tables", folder / "tables")
    package = json.loads((ROOT / PACKAGE_FILE).read_text(encoding="utf-8"))
    for resource in package["resources"]:
        resource["title"] = resource["title_es"] = resource["description"] = HOSTILE
        for source in resource["sources"]:
            source["title"] = source["publisher"] = HOSTILE
    (folder / PACKAGE_FILE).write_text(json.dumps(package), encoding="utf-8")
    for table, columns in HOSTILE_COLUMNS.items():
        _rewrite(folder / "tables" / f"{table}.csv", columns, HOSTILE)
    seal(folder)
    return folder


def _forget() -> None:
    """Empty what the modules above the loaders remember of the data."""
    for name in [name for name in sys.modules if name.split(".")[0] == "maps"]:
        for value in list(vars(sys.modules[name]).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.fixture
def data_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Return a function that makes this process read another data folder, until the test ends."""
    import data.catalogue

    def use(folder: Path) -> None:
        monkeypatch.setattr(data.catalogue, "ROOT", folder)
        _forget()

    yield use
    monkeypatch.undo()
    _forget()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the whole run; a thread holds only one Playwright at a time."""
    from benchmarks.browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def ask() -> Callable[..., Answer]:
    """Return a function that asks app.py as a server would, with the path exactly as written."""
    import app

    def ask(path: str, **headers: str) -> Answer:
        target, _, query = path.partition("?")
        given = {"host": "127.0.0.1", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.replace("_", "-").encode(), text.encode()) for name, text in given.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        incoming = iter([{"type": "http.request", "body": b"", "more_body": False}])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            message = next(incoming, None)
            if message is None:
                await asyncio.sleep(20)  # a browser that waits; the answer ends before
            return message or {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        async def talk() -> None:
            await asyncio.wait_for(app.app(scope, receive, send), 20)

        # a thread of its own: Playwright keeps an event loop in this one
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, talk()).result()
        body = b"".join(message.get("body", b"") for message in sent[1:])
        names = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], names, body)

    return ask
