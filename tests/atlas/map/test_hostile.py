"""Data that somebody spoilt on purpose, in good order: shown as text, never run."""

from __future__ import annotations

import csv
import io

import pytest

from atlas.map.http import standalone_document
from atlas.results.regions import results_for
from atlas.tables import csv_bytes
from atlas.view import OVERLAYS, View
from data.periods import parse_period
from tests.browser.eventually import SETTLED


def test_the_hostile_data_reach_the_results(data_folder, hostile_data, hostile_text):
    """The tables pass every check of the loaders: the words are all that is wrong with them."""
    data_folder(hostile_data)
    results = results_for(parse_period("2023"))
    assert set(results["department"]) == {hostile_text}
    assert results["reported_count"].sum() > 0


@pytest.mark.slow  # the page: browser/test_spoilt_data
@pytest.mark.browser
@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_a_map_of_hostile_data_runs_nothing(browser, data_folder, hostile_data, tmp_path, lang):
    """The pointer on every layer: no script ran, no picture asked, the text is there."""
    data_folder(hostile_data)
    state = View(lang=lang, overlays=OVERLAYS, department="17")
    path = tmp_path / "map.html"
    path.write_text(standalone_document(state), encoding="utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 800})
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn]", state="attached")
    shown = page.evaluate(
        """() => [...document.querySelectorAll(".leaflet-interactive")].map(node => {
          const box = node.getBoundingClientRect();
          node.dispatchEvent(new MouseEvent("mousemove", {
            bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 }));
          return document.querySelector(".tip").textContent;
        })"""
    )
    page.evaluate(SETTLED)
    assert page.evaluate("window.P") is None
    assert page.locator("img[src='x'], a[href^='javascript']").count() == 0
    assert sum("${window.P=1}`<img src=x onerror=window.P=1>" in text for text in shown) > 25
    assert page.locator("path[data-department-ubigeo].region").count() == 25
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []
    page.close()


def test_a_download_of_hostile_data_keeps_the_words_in_one_cell(
    data_folder, hostile_data, hostile_text
):
    """Quotes, commas and line separators do not break the rows."""
    data_folder(hostile_data)
    text = csv_bytes(results_for(parse_period("2023")), "T1").decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["department"] for row in rows] == [hostile_text] * 25
