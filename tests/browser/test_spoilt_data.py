"""Data that are not what their catalogue says, and data that are hostile in good order."""

from __future__ import annotations

import shutil

import pytest

from data.catalogue import PACKAGE_FILE
from data.catalogue import ROOT as DATA
from maps.state import DEPARTMENTS, OVERLAYS
from messages import words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]


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


def test_hostile_data_run_nothing_in_the_page(visit, served_with, hostile_data, hostile_text):
    """Map, card, table and method page of spoilt words: text only, and nobody is asked."""
    with served_with(hostile_data) as address:
        reader = visit(address).open(f"/?lang=es&dep=17&layers={'-'.join(OVERLAYS)}")
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
        page.goto(address + "/metodo?lang=en")
        page.wait_for_selector("[data-testid=stDataFrame] canvas")
        page.wait_for_timeout(300)
        assert page.evaluate("window.P") is None
        assert page.locator("img[src*='evil'], img[src='x']").count() == 0
        assert reader.foreign() == []
