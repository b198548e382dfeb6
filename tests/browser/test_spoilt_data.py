"""Data that are not what their catalogue says, and data that are hostile in good order."""

from __future__ import annotations

import shutil

import pytest

from atlas.view import DEPARTMENTS, OVERLAYS
from atlas.words import words
from data.catalogue import PACKAGE_FILE
from data.catalogue import ROOT as DATA

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]
PAGES = {
    "/": ".atlas-table tbody tr",
    "/focos": ".st-key-file_map_png button",
    "/cifras": ".st-key-download_breakdowns button",
    "/metodo": "[data-testid=stDataFrame] canvas",
}
"""each page with what stands in it when its data have arrived"""
RUNNABLE = "img[src='x'], img[src*='evil'], a[href^='javascript'], a[href*='evil']"
SETTLED_MS = 500


def test_a_changed_byte_is_a_message(visit, served_with, tmp_path):
    """The reader is told which file; no traceback, no path of the machine."""
    shutil.copytree(DATA / "tables", tmp_path / "tables")
    shutil.copy(DATA / PACKAGE_FILE, tmp_path)
    path = tmp_path / "tables" / "complaints.csv"
    path.write_bytes(path.read_bytes().replace(b",301,", b",302,", 1))
    with served_with(tmp_path) as address:
        reader = visit(address)
        reader.page.goto(address + "/?lang=es")
        reader.page.get_by_text(words("es")("error.data")).wait_for()
        reader.page.get_by_text("complaints.csv").wait_for()
        text = reader.page.locator("body").inner_text()
        assert "Traceback" not in text
        assert "/data/" not in text
        assert str(tmp_path) not in text


def test_hostile_data_run_nothing_in_the_map(visit, hostile_address, hostile_text):
    """Map, card and table of spoilt words, every tooltip open: text only, and nobody is asked."""
    reader = visit(hostile_address).open(f"/?lang=es&dep=17&layers={'-'.join(OVERLAYS)}")
    page, frame = reader.page, reader.frame
    frame.evaluate(
        "Object.values(map_atlas._layers).forEach("
        "layer => layer.getTooltip && layer.getTooltip() && layer.openTooltip())"
    )
    assert hostile_text.split("\u2028")[0] in page.locator("article.card h2").inner_text()
    rows = page.locator(".atlas-table tbody tr button").all_inner_texts()
    assert len(rows) == len(DEPARTMENTS)
    assert all("onerror" in text for text in rows)
    assert frame.evaluate("window.P") is None
    assert page.evaluate("window.P") is None
    for place in (page, frame):
        assert place.locator("img[src='x'], a[href^='javascript']").count() == 0
    assert reader.foreign() == []


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_no_page_runs_hostile_data(visit, hostile_address, hostile_text, lang):
    """Every page, its folded parts too: the words are there as words, and nothing else happens."""
    reader = visit(hostile_address)
    page = reader.page
    shown = hostile_text.split("\u2028")[0]
    for path, ready in PAGES.items():
        page.goto(f"{hostile_address}{path}?lang={lang}&dep=17")
        page.locator(ready).first.wait_for(state="attached")
        page.get_by_text(shown).first.wait_for(state="attached")
        page.wait_for_timeout(SETTLED_MS)
        assert page.locator("[data-testid=stException]").count() == 0, path
        for frame in page.frames:
            assert frame.evaluate("window.P") is None, path
            assert frame.locator(RUNNABLE).count() == 0, path
    assert reader.foreign() == []
    assert reader.complaints == []
