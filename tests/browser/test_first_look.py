"""What a reader sees before the page is live, in a real Chromium against a real server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.words import words
from tests.browser.desk import axe
from tests.browser.eventually import CARD, PHONE, SCROLLED, eventually

pytestmark = pytest.mark.browser

SHIFT = """() => new Promise(done => {
  setTimeout(done, 500, 0); // where nothing has moved nothing is said
  new PerformanceObserver(list => done(list.getEntries()
    .reduce((sum, entry) => sum + entry.value, 0))).observe({type: "layout-shift", buffered: true});
})"""
"""how far a page's parts have moved since it was opened"""


@pytest.mark.parametrize("options", [{}, PHONE])
def test_the_first_screen_stays_when_the_live_page_comes(
    visit: Callable[..., Any], options: dict[str, Any]
) -> None:
    """Title, count, finding and help lines keep their place; an early tap is obeyed."""
    page = (opened := visit(**options)).page
    eventually(page, lambda: "<svg" in page.request.get(f"{opened.address}/?lang=es").text())
    page.route("**/static/js/**", lambda route: None)
    page.goto(f"{opened.address}/?lang=es", wait_until="commit")
    look = page.locator("#atlas-look")
    for part in (".map-headline .finding", "footer.help", ".loading"):
        expect(look.locator(part)).to_be_visible()
    wanted = (".map-headline h1", ".map-headline .counted", ".map-headline .finding")
    before = [
        (look.locator(part).inner_text(), look.locator(part).bounding_box()) for part in wanted
    ]
    assert before[0][0] == words("es")("look.country")
    look.locator(".still:visible [data-code='17']").first.click(force=True)
    expect(look.locator(".kept")).to_be_visible()
    page.unroute("**/static/js/**")  # what was held goes on
    opened.wait_for_query("dep=17")
    expect(look).to_have_count(0)
    expect(page.locator(CARD)).to_contain_text("Madre de Dios")
    page.locator(".st-key-card_close button").click()
    live = page.locator(".stMain")
    expect(live.locator(wanted[2])).to_have_text(before[2][0])
    page.evaluate(f"{SCROLLED} = 0")  # to the card, on a phone
    assert [
        (live.locator(part).inner_text(), live.locator(part).bounding_box()) for part in wanted
    ] == before


def test_the_first_look_gives_way_to_the_live_map(visit: Callable[..., Any]) -> None:
    """The first look is there before scripts, goes when the map is drawn, and moves nothing.

    Without scripts it leads to the cards. It has no fault for axe and keeps the reader's theme.
    """
    page = (opened := visit()).page
    # a busy server that has just started may answer without the look that it is still making
    eventually(page, lambda: "<svg" in page.request.get(f"{opened.address}/?lang=es").text())
    page.goto(f"{opened.address}/?lang=es", wait_until="commit")
    page.wait_for_selector("#atlas-look .still svg a", state="attached")
    page.wait_for_selector(".atlas-map[data-drawn]", state="attached")
    expect(page.locator("#atlas-look")).to_have_count(0)
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate(SHIFT) < 0.05
    page.goto(f"{opened.address}/cifras?lang=es")  # its first screen comes in parts
    expect(page.locator("#atlas-look")).to_have_count(0)
    assert page.evaluate(SHIFT) < 0.05
    browser = page.context.browser
    assert browser
    still = browser.new_context(java_script_enabled=False).new_page()
    still.goto(f"{opened.address}/?lang=es")
    expect(still.locator("#atlas-look h1")).to_be_visible()
    expect(still.locator("#atlas-look noscript a")).to_have_attribute("href", "/public/es")
    still.locator("#atlas-look .wide a", has_text="CUSCO").click()
    expect(still).to_have_url(re.compile("dep=08"))
    still.context.close()
    cut_off = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    cut_off.route("**/static/js/**", lambda route: route.abort())
    cut_off.clock.install()
    cut_off.goto(f"{opened.address}/?lang=es")
    expect(cut_off.locator("#atlas-look p.late").first).to_be_hidden()
    cut_off.clock.fast_forward(21_000)
    expect(cut_off.locator("#atlas-look p.late").first).to_be_visible()
    assert not axe(cut_off)
    light = cut_off.locator("#atlas-look").evaluate(
        "look => getComputedStyle(look).backgroundColor"
    )
    cut_off.evaluate("localStorage.setItem('stActiveTheme-/-v2', JSON.stringify('Dark'))")
    cut_off.reload()
    expect(cut_off.locator("#atlas-look")).not_to_have_css("background-color", light)
    cut_off.context.close()
