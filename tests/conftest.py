"""Share a Chromium, another site, hostile data and the web server without a port."""

import asyncio
import csv
import io
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

# a busy machine is no failure; on the machine of the check the same examples every time: a
# red check must be a changed program
settings.register_profile(
    "atlas",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("atlas")

# the data folder of whoever runs the tests stays unseen, also by the servers that tests start
os.environ.pop("ATLAS_DATA", None)

HOSTILE = (
    "${window.P=1}`<img src=x onerror=window.P=1></script><script>window.P=1</script>\u2028"
    "![i](http://evil.example/i.png)[j](javascript:window.P=1)"
)
"""Text for every language that a page speaks: template, HTML, script, Markdown, line separator."""
HOSTILE_ADDRESS = "javascript:window.P=1//" + HOSTILE
"""Instead of every address of a source: a link to it would run."""
_PARSED = {"base": r"[\d,]+ ", "name": r"(?:Cem|SAU) ", "dataset": r".+"}
_CODE = re.compile(r"(?:.*_)?(?:id|ubigeo)(?:_.*)?|period.*")
SPARED = {
    "departments.iso_3166_2": "a code",
    "crosswalk.fiscal_district": "the key by which counts find their department",
    "registries.registry": "the key of registries; registry_es and registry_en are what is shown",
    "population.series_code": "the code that picks a series",
    "population_national.series_code": "the code that picks a series",
    "national_figures.measure": "the code that tells reports from victims",
    "breakdowns.dimension": "the code that picks a drawing",
    "breakdowns.category": "the code that picks a drawing",
    "routes.mode": "a code that picks a message",
    "national_figures.unit": "a code that picks a message",
    "breakdowns.unit": "a code that picks a message",
    "department_figures.unit": "a code that picks a message",
    "article_figures.unit": "a code that picks a message",
    "named_places.unit": "a code that picks a message",
    "department_figures.value_type": "a code that picks a message",
    "named_places.value_type": "a code that picks a message",
    "neighbours.iso_a3": "a code",
    "profile_categories.indicators": "the keys of the figures of a category",
}
"""Text columns that stay, each with its reason. Every other is hostile unless the schema
checks it (pattern, list, key of another table) or its name says code or period; so a new column
of words is hostile without a line written for it."""


def hostile_columns(resource: dict[str, Any]) -> tuple[str, ...]:
    """Return the text columns of a table or an outline that the schema lets hold any words."""
    schema = resource.get("schema", {})
    references = {name for key in schema.get("foreignKeys", []) for name in key["fields"]}
    return tuple(
        field["name"]
        for field in schema.get("fields") or resource["properties"]
        if field["type"] == "string"
        and not {"enum", "pattern"} & set(field.get("constraints", {}))
        and field["name"] not in references
        and not _CODE.fullmatch(field["name"])
        and f"{resource['name']}.{field['name']}" not in SPARED
    )


FEWEST_EXAMPLES, MOST_EXAMPLES = 10, 40
"""of a property in make test, which takes a quarter of what the property asks for"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that read other data come last: after each, all that was computed is forgotten.

    Properties take few examples, and all that they ask for in make test-slow.
    """
    if not os.environ.get("ATLAS_ALL_EXAMPLES"):
        for test in {getattr(item, "obj", None) for item in items}:
            if is_hypothesis_test(test):
                asked = test._hypothesis_internal_use_settings  # type: ignore[union-attr]
                few = max(FEWEST_EXAMPLES, min(MOST_EXAMPLES, asked.max_examples // 4))
                test._hypothesis_internal_use_settings = settings(  # type: ignore[union-attr]
                    asked, max_examples=min(few, asked.max_examples)
                )
    items.sort(key=lambda item: "data_folder" in getattr(item, "fixturenames", ()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes


def _spoilt(cells: dict[str, Any], number: int, columns: tuple[str, ...]) -> dict[str, Any]:
    """Fill a row with hostile words; what is parsed stays, and keys stay unique."""
    words = {}
    for column in columns:
        head = re.match(_PARSED[column], cells[column] or "") if column in _PARSED else None
        words[column] = (head.group(0) if head else "") + HOSTILE
        if column.endswith("_url"):
            words[column] = HOSTILE_ADDRESS
        if column == "dataset":
            words[column] += f" {number}"
    return {**cells, **words}


def _rewrite(path: Path, columns: tuple[str, ...]) -> None:
    if path.suffix == ".geojson":
        collection = json.loads(path.read_text(encoding="utf-8"))
        for number, feature in enumerate(collection["features"]):
            feature["properties"] = _spoilt(feature["properties"], number, columns)
        path.write_text(json.dumps(collection), encoding="utf-8")
        return
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(_spoilt(row, number, columns) for number, row in enumerate(rows))


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
            source["title"] = source["publisher"] = source["published"] = HOSTILE
            source["path"] = HOSTILE_ADDRESS
        if columns := hostile_columns(resource):
            _rewrite(folder / resource["path"], columns)
    (folder / PACKAGE_FILE).write_text(json.dumps(package), encoding="utf-8")
    fields = {
        f"{resource['name']}.{field['name']}"
        for resource in package["resources"]
        for field in resource.get("schema", {}).get("fields") or resource["properties"]
    }
    assert set(SPARED) <= fields, "an exception for a column that no longer exists"
    seal(folder)
    return folder


@pytest.fixture(scope="session")
def hostile_page_data(hostile_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but with the words by which the public page finds its help lines."""
    from data.catalogue import ROOT
    from data.sealing import seal

    folder = tmp_path_factory.mktemp("hostile_page")
    shutil.copytree(hostile_data, folder, dirs_exist_ok=True)
    path = "tables/services.csv"
    tables = [
        list(csv.DictReader(io.StringIO((where / path).read_text(encoding="utf-8"), newline="")))
        for where in (ROOT, folder)
    ]
    with (folder / path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(tables[1][0]), lineterminator="\n")
        writer.writeheader()
        for real, row in zip(*tables, strict=True):
            writer.writerow({**row, **{name: real[name] for name in ("contact", "type", "scope")}})
    seal(folder)
    return folder


@pytest.fixture(scope="session")
def public_tree() -> dict[str, bytes]:
    """The files of the public page in every language, with an address."""
    from atlas.public.site import site_files

    return site_files(base_url="https://example.org/trata/")


@pytest.fixture(scope="module")
def one_catalogue() -> Iterator[None]:
    """Let commands of these tests share the catalogue of the shipped folder and its results."""
    from data import catalogue

    shipped, read = _shipped(), catalogue.read_catalogue

    def read_once(folder: Path) -> Any:
        return shipped if folder == catalogue.ROOT else read(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "read_catalogue", read_once)
        yield


@cache
def _shipped() -> Any:
    from data.catalogue import ROOT, read_catalogue

    return read_catalogue(ROOT)


@pytest.fixture
def data_folder() -> Iterator[Callable[[Path], None]]:
    """Return a function that makes this process read another data folder, until the test ends."""
    from data.cache import empty_caches
    from data.catalogue import read_catalogue, using

    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(using(read_catalogue(folder)))
    empty_caches()  # nobody else asks for what was computed of it


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the whole run; a thread holds only one Playwright at a time."""
    from studies.benchmarks.browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def ngo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The atlas of an organisation; memory, log and folders are searched for what uploads leave."""
    from tests.browser.desk import atlas

    folder = tmp_path_factory.mktemp("ngo")
    cache = folder / "home" / "cache"
    cache.mkdir(parents=True)
    with atlas(folder, ATLAS_TIER="ngo", XDG_CACHE_HOME=str(cache)) as started:
        yield started


@pytest.fixture(scope="session")
def address(ngo: Any) -> str:
    """Run one server for all browser tests, so that each figure is computed once."""
    return str(ngo.address)


@pytest.fixture
def host() -> Iterator[Callable[[str], str]]:
    """Return a function that serves HTML from another origin: the same machine, another port."""
    page = {"content": b""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page["content"])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()

    def serve(body: str) -> str:
        head = '<!doctype html><html lang="es"><head><meta charset="utf-8"><title>Diario</title>'
        icon = '<link rel="icon" href="data:,"></head>'
        page["content"] = f"{head}{icon}<body><h1>Diario</h1>{body}</body></html>".encode()
        return f"http://127.0.0.1:{listening.server_port}"

    yield serve
    listening.shutdown()
    listening.server_close()


def run_apart(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: Playwright keeps an event loop in the tests'."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="session")
def apart() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """:func:`run_apart`, for tests that hold a coroutine."""
    return run_apart


def asked(application: Any, path: str, method: str = "GET", **headers: str) -> Answer:
    """What an ASGI application answers, with the path exactly as written."""
    target, _, query = path.partition("?")
    given = {"host": "127.0.0.1", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
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
            await asyncio.sleep(300)  # a browser that waits; the answer ends before
        return message or {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def talk() -> None:
        await asyncio.wait_for(application(scope, receive, send), 300)

    run_apart(talk())
    body = b"".join(message.get("body", b"") for message in sent[1:])
    names = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], names, body)


@pytest.fixture(scope="session")
def ask() -> Callable[..., Answer]:
    """Return a function that asks app.py as a server would."""
    import app

    return partial(asked, app.app)
