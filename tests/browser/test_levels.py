"""A reader of provinces: reports of the police on the map, and back to departments."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from atlas.words import words
from data.geography import load_provinces
from tests.browser.eventually import eventually

pytestmark = pytest.mark.browser


TIP = """cell => {
  const { x, y, width, height } = cell.getBoundingClientRect();
  const at = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2 };
  cell.dispatchEvent(new MouseEvent("mousemove", at));
  return [...document.querySelectorAll(".tip strong")].map(one => one.textContent);
}"""


def test_police_reports_by_province(visit) -> None:
    """The shipped outlines, one of them beyond the expected; among cells less than a pixel apart
    one speaks for all; a click opens the province's card, a search the next, and Back leads there
    again; regions again leave nothing over. What there is not by province:
    tests/atlas/pages/test_pages."""
    link = "/?lang=es&registry=police&period=2022&level=provinces&area=smr&layers=mining"
    reader = visit().open(link)
    reader.drawn("provinces", "smr")
    expect(reader.frame.locator("path.area")).to_have_count(196)
    expect(reader.frame.locator("path.outline-above")).to_have_count(1)
    assert "fill-6" in reader.frame.locator("path.area-0808").get_attribute("class")
    card = reader.page.locator("article.card")
    expect(card).to_contain_text("Espinar (Cusco; margen: ")
    expect(card).to_contain_text("= 54.9")  # how Espinar comes to it
    # on a telephone no word of the table is cut, the longest names of provinces among them
    reader.page.set_viewport_size({"width": 390, "height": 844})
    cut = "e => [e.clientWidth < 390, e.scrollWidth - e.clientWidth]"
    table = reader.page.locator(".atlas-table .scroller")
    eventually(reader.page, lambda: table.evaluate(cut) == [True, 0])
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    cells = reader.frame.locator(".mining-cell")
    told = [cells.nth(number).evaluate(TIP) for number in range(0, 450, 30)]
    # one of them lies on the country's border, beside the outlines of its provinces
    grounds = [one[0] for one in told if len(one) == 2]
    assert len(grounds) >= len(told) - 1
    assert set(grounds) <= set(load_provinces()["province"])
    assert {one[-1] for one in told} == {words("es")("mining.title")}
    # Manu is wide: its middle is its own
    reader.frame.locator("path.area-1702").click()
    reader.wait_for_query("prov=1702")
    expect(card.locator("h2")).to_have_text("Manu")
    label = words("es")("search.label")
    reader.page.get_by_role("combobox", name=label).fill("tambopata")
    reader.page.get_by_role("listbox", name=label).get_by_role("option").first.click()
    reader.wait_for_query("prov=1701")
    expect(card.locator("h2")).to_have_text("Tambopata")
    expect(card.locator(".figure b").first).to_have_text("9")
    reader.page.go_back()
    expect(card.locator("h2")).to_have_text("Manu")
    rows = reader.page.locator(".atlas-table tbody tr")
    rows.nth(3).wait_for(state="detached")
    expect(rows).to_have_count(3)
    reader.press("map_level", 0)
    reader.page.wait_for_function("() => !location.search.includes('level=')")
    expect(reader.frame.locator("path.area")).to_have_count(0)
    expect(reader.frame.locator("path.region")).to_have_count(25)
