"""What a reader takes along: a picture, a table, a file of data, a printed page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader

from atlas.results.regions import results_for
from atlas.words import file_name, words
from data.periods import parse_period
from data.reports import load_series
from tests.browser.eventually import AT_REST, eventually, take_file
from tests.browser.planner import Planner

pytestmark = pytest.mark.browser


def _saved(page: Any, label: str, within: str = "body") -> tuple[str, bytes]:
    """Name and content of what a button sends."""
    download = take_file(page.locator(within).get_by_role("button", name=label, exact=True))
    return download.suggested_filename, Path(download.path()).read_bytes()


def test_a_table_is_searched_copied_and_taken(visit):
    """196 provinces: a name without its accent finds its row, the rows that stay are copied."""
    say = words("es")
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.open("/?lang=es&registry=police&period=2022&level=provinces&area=smr")
    page = reader.page
    table = page.locator(".atlas-table")
    table.locator("input").fill("canchis")
    expect(table.locator("tbody tr:visible")).to_have_count(1)
    table.get_by_role("button", name=say("table.copy")).click()
    expect(table.get_by_role("status").last).to_have_text(say("table.copied"))
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert [line.split("\t")[0] for line in lines] == [
        say("level.provinces.one"),
        "Canchis · Cusco",
    ]
    name, content = _saved(page, say("data.download"), ".st-key-ranking")
    parts = (say("file.level.provinces"), say("file.measure.smr"), say("file.police"), "2022")
    assert name == f"{file_name(say, 'map', *parts)}.csv"
    rows = content.decode("utf-8-sig").splitlines()
    assert len(rows) == 197
    series, months = _saved(page, say("data.download"), ".st-key-time")
    assert series == f"{file_name(say, 'series', say('file.police'))}.csv"
    assert len(months.decode("utf-8-sig").splitlines()) == 1 + len(load_series("police", "month"))
    assert say("column.reported_count") in rows[0]
    table.locator("input").fill("nada de esto")
    expect(table.get_by_role("status").first).to_have_text(say("table.none"))


@pytest.mark.slow  # printed: the map below
def test_other_pages_are_printed_without_their_controls(visit):
    """All 25 rows of the matrix; of Cifras the numbers and no button; of a plan what it is, and no
    question that nobody asked."""
    say, reader = words("es"), visit()
    controls = ("data.download", "plan.open", "plan.hand.fix", "plan.curve", "plan.kept.name")

    def printed() -> str:
        reader.page.locator(AT_REST).wait_for()
        paper = PdfReader(io.BytesIO(reader.page.pdf(format="A4")))
        text = " ".join(" ".join(one.extract_text() for one in paper.pages).split())
        assert [key for key in controls if say(key) in text] == []
        return text

    for link, last, names in (
        (
            "/focos?lang=es&period=2023",
            ".matrix-root table",
            results_for(parse_period("2023"))["department"],
        ),
        ("/cifras?lang=es", ".strips", [say("figures.victims")]),
    ):
        reader.page.goto(reader.address + link)
        reader.page.locator(last).first.wait_for()
        text = printed()
        assert [name for name in names if name not in text] == [], link
    Planner(reader).drawn(2)
    text = printed()
    assert "2023 · 2 equipos · 75 km" in text
    assert say("plan.assumptions") in text


def test_a_portrait_leaves_from_the_map(visit):
    """By the button on the map; named in the reader's language, as large as it says."""
    say = words("es")
    page = visit().open("/?lang=es&period=2023&layers=none&dep=16").page
    button = page.locator(".st-key-share button:visible")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})

        def is_on_the_map() -> bool:
            box, frame = button.bounding_box(), page.locator(".atlas-map").bounding_box()
            right = frame["x"] + frame["width"]
            return (
                frame["x"] < box["x"] < box["x"] + box["width"] < right
                and frame["y"] < box["y"] < frame["y"] + 60
            )

        eventually(page, is_on_the_map)
    button.press("Enter")
    expect(page.get_by_text(say("picture.menu.mark", name="Loreto"))).to_be_visible()
    name, plain = _saved(page, say("picture.menu.tall"))
    parts = (say("file.measure.smr"), "2023", say("file.form.tall"))
    assert name == f"{file_name(say, 'map', *parts)}.png"
    image = Image.open(io.BytesIO(plain))
    assert image.size == (1080, 1350)
    assert "127.0.0.1" not in image.text["Description"], "an address only where one is published"
    page.get_by_text(say("picture.menu.mark", name="Loreto")).click()

    def is_marked() -> bool:
        return _saved(page, say("picture.menu.tall"))[1] != plain

    eventually(page, is_marked)  # the file is that of the run before until the page has come round


@pytest.mark.parametrize("is_landscape", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_map_and_card_are_printed_whole(visit, is_landscape):
    """Zoomed in before: title, period, every department with its verdict, the legend, no button.
    A card has a page of its own, long where two fiscal districts count, and no sheet holds notes
    alone."""
    reader = visit().open("/?lang=es&period=2023&layers=none")
    page, say = reader.page, words("es")

    def printed() -> PdfReader:
        return PdfReader(io.BytesIO(page.pdf(format="A4", landscape=is_landscape)))

    reader.frame.evaluate("void map_atlas.setView([-12, -70], 9, { animate: false })")
    paper = printed()
    assert_whole(paper)
    assert len(paper.pages) == 2, "the map; the country's figures, the table and the notes"
    on_map = paper.pages[0].extract_text()
    departments = results_for(parse_period("2023"))["department"]
    unnamed = [name for name in departments if name.upper() not in on_map]
    # an upright sheet has room for every name
    assert is_landscape or not unnamed
    # afterwards the reader looks at what was looked at before
    assert reader.frame.evaluate("map_atlas.getZoom()") == 9

    page.locator('.atlas-table tr[data-code="06"] button').click()
    reader.wait_for_query("dep=06")
    page.locator("article.card h2", has_text="Cajamarca").wait_for()
    page.locator(AT_REST).wait_for()
    page.locator(".st-key-card_tools").wait_for()
    _, card, table = (" ".join(one.extract_text().split()) for one in printed().pages)
    assert card.startswith("Cajamarca")
    assert say("unit.reported offence.source") in card
    assert "Pasco" in table


def assert_whole(paper):
    """Every department, verdict and name, and no button."""
    say = words("es")
    whole = " ".join(one.extract_text() for one in paper.pages)
    said = " ".join(whole.split())
    results = results_for(parse_period("2023"))
    # the table stands after the map, which names them too
    rows = " ".join(" ".join(one.extract_text() for one in paper.pages[1:]).split())
    for name in results["department"]:
        assert name in rows
    assert said.count("●") == 1 + (results["verdict"] == "above").sum()
    unit = say(f"unit.{parse_period('2023').unit}.plural")
    for part in (say("picture.title.smr"), say("legend.subject", unit=unit, period="2023")):
        assert part in said
    # the map itself: its names, those of neighbours and its legend
    on_map = " ".join(paper.pages[0].extract_text().split())
    for part in ("LORETO", "TACNA", "BRASIL", say("verdict.above")):
        assert part in on_map
    for button in (
        say("share.menu"),
        say("table.copy"),
        say("data.download"),
        say("nav.hotspots"),
    ):
        assert button not in said
