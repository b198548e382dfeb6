"""What people kept of the second edition opens, or says what to do.

The files beside this one were written by that edition (README.md says how) and are never written
anew. Only what a person has in hands is used: links, commands, files, the code on somebody's page.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.atlas.conftest import read_here  # noqa: F401
from tests.other_process import open_page, run

HERE = Path(__file__).parent
PLANS, RECORDS = HERE / "plans", HERE / "records"
LINKS = list(csv.DictReader((HERE / "links.csv").read_text(encoding="utf-8").splitlines()))
HOST = "https://atlas.example.pe"
"""whose address the kept embed code has"""
pytestmark = pytest.mark.usefixtures("one_catalogue")
LONG = 60_000
"""milliseconds that a page may take on a busy machine"""


def plain(html: str) -> str:
    """What HTML says, without its marks."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)).split())


def says(text: str, fact: str) -> bool:
    """Whether a text has a fact; its number is no end of a longer one."""
    before = r"(?<![\d.,])" if fact[0].isdigit() else ""
    return re.search(before + re.escape(fact), text) is not None


def words_in(value: Any) -> Iterator[str]:
    """Every text in what a component is given."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from words_in(item)


def seen(app: Any) -> str:
    """All that a page says or gives its reader's browser to say, addresses too."""
    texts = [item.proto.body for item in app.get("html")]
    for item in app.get("bidi_component"):
        texts += words_in(json.loads(item.proto.json or "{}"))
    kinds = ("title", "header", "markdown", "caption", "code", "info", "warning")
    texts += [str(item.value) for kind in kinds for item in app.get(kind)]
    return " ".join(plain(text) if "<" in text else text for text in texts)


WAITING = (
    *("provinces=", "measure=rate&layers=none", "area=rate", "area=people", "area=per_km2"),
    *("layers=places-services", "period=2019+2021", "lang=en&registry=observatory", "bw=60"),
    *("layers=mining-zones", "dep=19", "at=-12", "utm_source", "focos?lang=en", "from=2019"),
    *("year=2019", "period=2024-03", "public/card", "area=mined"),
)
"""in a link that make test-slow opens: it differs from another in a figure and in no code"""


def opened(row: dict[str, str]) -> Any:
    """A link as a case."""
    marks = [pytest.mark.slow] if any(part in row["link"] for part in WAITING) else []
    return pytest.param(row, id=row["link"], marks=marks)


@pytest.mark.parametrize("row", [opened(row) for row in LINKS])
def test_a_link_shows_what_it_showed(row: dict[str, str], ask: Callable[..., Any]) -> None:
    """The facts, the layers of the map, each of which can be had, and what was not understood."""
    facts = row["shows"].split(" | ")
    address = urlsplit(row["link"])
    if address.path.startswith(("/api/", "/public/")):
        answer = ask(row["link"])
        text = answer.body.decode("utf-8", "replace")
        text = plain(text) if "html" in answer.headers["content-type"] else text
        assert answer.status == 200
    else:
        app = open_page(address.path.strip("/"), dict(parse_qsl(address.query)))
        assert not app.exception
        assert not app.error
        assert len(app.warning) == bool(row["warns"])
        assert all(f"«{row['warns']}»" in item.value for item in app.warning)
        text = seen(app)
        layers = dict(re.findall(r"(/layers/(\w+)\.js\?\S*)", text))
        assert " ".join(layers.values()) == row["layers"]
        assert all(ask(layer).status == 200 for layer in layers)
    assert [fact for fact in facts if not says(text, fact)] == []


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("plan.csv", ".plan.zip"),
        ("plan.gpx", ".plan.zip"),
        ("plan.gpkg", ".plan.zip"),
        ("plan.geojson", "plans of the third edition no longer open"),
    ],
)
def test_a_file_that_is_no_plan_of_today_says_what_to_open(name: str, match: str) -> None:
    code, out, err = run("sites", "--plan", str(PLANS / name))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert match in err


def test_a_mapping_reads_the_sheet_of_next_month() -> None:
    """Its answers are taken: the file is accepted, 156 of 160 rows; unanswered it would be 147."""
    files = (str(RECORDS / "casos.csv"), "--mapping", str(RECORDS / "mapa.json"))
    code, out, _ = run("records", "check", *files, "--format", "json")
    report = json.loads(out)
    assert code == 1  # there are rows to look at
    assert (report["rows"], report["used"], report["accepted"]) == (160, 156, True)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A new reader's window."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="es-PE")
    context.set_default_timeout(LONG)
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_the_code_on_a_newspapers_page_shows_the_atlas(
    page: Any, address: str, host: Callable[[str], str]
) -> None:
    """The whole page takes its height and says the verdict, as asked; the compact one the rate."""
    codes = [(HERE / f"embed_{name}.html").read_text("utf-8") for name in ("whole", "compact")]
    page.goto(host("".join(codes).replace(HOST, address)))
    page.wait_for_function("parseInt(document.querySelector('iframe').style.height) > 900")
    finding = "5 departamentos reportan más de lo esperado"
    for place in range(len(codes)):
        body = page.frame_locator("iframe").nth(place).locator("body")
        expect(body.locator(".kicker")).to_contain_text("2023")
        expect(body.get_by_text(finding).filter(visible=True)).to_be_visible()
        expect(body.locator('a[href="tel:1818"]').first).to_be_visible()
    assert page.locator("iframe").nth(1).bounding_box()["height"] == 600
