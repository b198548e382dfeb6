"""Data that are hostile in good order."""

from __future__ import annotations

import pytest

from atlas.view import DEPARTMENTS, OVERLAYS
from tests.browser.eventually import AT_REST, SETTLED

pytestmark = pytest.mark.browser
PAGES = {
    "/cifras": ".st-key-download_breakdowns button",
    "/metodo": "[data-testid=stDataFrame] canvas",
}
"""other pages with what stands in them when their data have arrived"""
WORDED = "-".join(layer for layer in OVERLAYS if layer != "density")
"""layers with words; the density is a picture, and takes the longest"""
FOCOS = {"/focos": ".st-key-file_map_png button"}
RUNNABLE = "img[src='x'], img[src*='evil'], a[href^='javascript'], a[href*='evil']"


@pytest.mark.parametrize("pages", [{}, pytest.param(PAGES | FOCOS, marks=pytest.mark.slow)])
def test_no_page_runs_hostile_data(visit, hostile_address, hostile_text, pages):
    """Map, card and table with every tooltip open, in make test-slow every other page, its folded
    parts too: the words are there as words, nothing else happens, and nobody is asked."""
    reader = visit(hostile_address).open(f"/?lang=es&dep=17&layers={WORDED}")
    page, frame = reader.page, reader.frame
    shown = hostile_text.split("\u2028")[0]

    def assert_calm(path: str) -> None:
        for one in page.frames:
            one.evaluate(SETTLED)
            assert one.evaluate("window.P") is None, path
            assert one.locator(RUNNABLE).count() == 0, path

    frame.evaluate(
        "Object.values(map_atlas._layers).forEach("
        "layer => layer.getTooltip && layer.getTooltip() && layer.openTooltip())"
    )
    assert shown in page.locator("article.card h2").inner_text()
    rows = page.locator(".atlas-table tbody tr button").all_inner_texts()
    assert len(rows) == len(DEPARTMENTS)
    assert all("onerror" in text for text in rows)
    assert_calm("/")
    for path, ready in pages.items():
        page.goto(f"{hostile_address}{path}?lang=es&dep=17")
        page.locator(ready).first.wait_for(state="attached")
        page.get_by_text(shown).first.wait_for(state="attached")
        page.locator(AT_REST).wait_for()
        assert page.locator("[data-testid=stException]").count() == 0, path
        assert_calm(path)
