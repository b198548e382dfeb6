"""What a reader does with the map on a phone, in a real Chromium against a real server."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import expect

from atlas.results.regions import results_for
from atlas.words import words
from data.periods import parse_period
from tests.browser.eventually import CARD, PHONE, SCROLLED, SETTLED, VIEWED, eventually

pytestmark = pytest.mark.browser
TABLE = ".atlas-table"


def test_a_telephone_shows_one_column_and_its_language_without_unfolding(visit):
    """A phone has map, card and table in one column, with no sideways scroll."""
    reader = visit(**PHONE).open("/?lang=es&dep=09")
    page, say = reader.page, words("es")
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 390
    main = "[...document.querySelectorAll('[data-testid=stMain]')]"
    assert page.evaluate(f"{main}.map(e => e.scrollWidth - e.clientWidth)") == [0]
    boxes = [page.locator(what).first.bounding_box() for what in (".atlas-map", CARD, TABLE)]
    for above, below in itertools.pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"] + 1
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    # the first screen: what is measured, its colours, whom to call, the layers in one row
    shown = [*(page.locator(what) for what in (".st-key-fold", ".atlas-map", ".shared .key"))]
    bounds = [element.bounding_box() for element in (*shown, page.locator("footer.help"))]
    assert [box["y"] for box in bounds] == sorted(box["y"] for box in bounds)
    ends = [box["y"] + box["height"] for box in bounds]
    assert ends[2] <= bounds[3]["y"]
    assert ends[3] <= 844
    chips = page.locator(".st-key-chips")
    assert chips.bounding_box()["height"] < 60
    # turned, the whole country lies below the row of layers, its colours beside it
    page.set_viewport_size({"width": 844, "height": 390})

    def is_beside() -> bool:
        row, key = chips.locator("[role=switch]").first, shown[2]
        parts = (row, key, *(reader.region(code) for code in ("16", "17", "23")))
        boxes = [part.bounding_box() for part in parts]
        if None in boxes:
            return False
        row, key, north, east, _ = boxes
        ends = [box["y"] + box["height"] for box in boxes]
        is_clear = ends[0] <= north["y"] and east["x"] + east["width"] <= key["x"]
        return is_clear and max(ends) <= 390 - 30

    eventually(page, is_beside)
    page.set_viewport_size(PHONE["viewport"])
    chips.get_by_role("switch", name=say("panel.noreports.name")).click()
    reader.wait_for_query("layers=noreports")

    page.get_by_role("button", name=say("map.card", name="Huancavelica")).click()
    title = page.locator("article.card h2")
    eventually(page, lambda: 0 < title.bounding_box()["y"] < 200)
    expect(title).to_be_focused()
    controls, switch = page.locator(".st-key-controls"), page.locator(".st-key-language")
    fold = page.locator(".st-key-fold").get_by_text(say("measure.smr"))
    expect(controls).to_be_hidden()
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        expect(switch.get_by_text("EN", exact=True)).to_be_visible()

        def are_inside(width: int = width) -> bool:
            fold_box, switch_box = fold.bounding_box(), switch.bounding_box()
            ends = [box["x"] + box["width"] for box in (fold_box, switch_box)]
            return fold_box["y"] + fold_box["height"] <= switch_box["y"] and max(ends) <= width

        eventually(page, are_inside)
        assert page.evaluate(wide) <= width
    switch.get_by_text("EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(controls).to_be_hidden()
    page.locator(".st-key-show_controls label").click()
    controls.wait_for(state="visible")
    assert page.evaluate(wide) <= 390

    page.set_viewport_size({"width": 390, "height": 844})
    timeline = page.locator(".timeline")
    timeline.locator('[data-code="2022"]').tap()
    reader.wait_for_query("period=2022")
    timeline.locator("label", has_text=words("en")("registry.police")).tap()
    reader.wait_for_query("registry=police")
    timeline.locator('[data-code="2018"]').tap()
    reader.wait_for_query("period=2018")
    for what in (".play", ".track", ".zoom", ".tabs label"):
        box = timeline.locator(what).first.bounding_box()
        assert box["height"] >= 44, what
    assert timeline.locator(".play").bounding_box()["width"] >= 44


def test_fingers_on_the_map_of_a_phone(visit):
    """One finger scrolls the page and two move the map; Callao is hit on the inset."""
    reader = visit(**PHONE, is_mobile=True)
    page = reader.open("/?lang=es&period=2023&measure=count").page
    fingers = reader.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        at = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    def spread() -> bool:
        touch("touchStart", (150, 350))
        touch("touchStart", (150, 350), (250, 350))
        for step in range(1, 12):
            touch("touchMove", (150 - 6 * step, 350 + 3 * step), (250 + 6 * step, 350 + 3 * step))
        touch("touchEnd")
        return reader.frame.evaluate(VIEWED)[2] > before[2] + 0.5

    callao = reader.frame.locator('#inset button[data-department-ubigeo="07"]')
    lima = reader.frame.locator('#inset button[data-department-ubigeo="15"]')
    for point in (callao, lima):
        box = point.bounding_box()
        assert box["width"] >= 44
        assert box["height"] >= 44
    count = (
        results_for(parse_period("2023")).set_index("department_ubigeo").loc["07", "reported_count"]
    )
    expect(callao).to_have_text(f"Callao{count:.0f}")
    assert reader.region("07").bounding_box()["width"] < 24
    callao.tap()
    reader.wait_for_query("dep=07")
    expect(callao).to_have_class("chosen")

    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
    before = reader.frame.evaluate(VIEWED)
    eventually(page, spread)
    assert page.evaluate(SCROLLED) == 0
    expect(reader.frame.locator(".leaflet-zoom-anim")).to_have_count(0)  # it has come to rest
    before = reader.frame.evaluate(VIEWED)
    touch("touchStart", (200, 450))
    for step in range(1, 15):
        touch("touchMove", (200, 450 - 12 * step))
    expect(reader.frame.locator(".hint.shown")).to_have_text(words("es")("map.two_fingers"))
    touch("touchEnd")
    page.wait_for_function(f"{SCROLLED} > 60")
    assert reader.frame.evaluate(VIEWED) == before

    page.locator("[data-testid=stExpandSidebarButton]").click()
    page.locator("[data-testid=stSidebar] a", has_text="Cifras").click()
    page.wait_for_selector(".strips")
    page.wait_for_function(
        "document.elementFromPoint(40, 300)?.closest('[data-testid=stSidebar]') === null"
    )


FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  const { left, top, right, bottom, width } = focused.getBoundingClientRect();
  const style = getComputedStyle(focused);
  const ring = focused.closest(".st-key-fold label") ?? focused;
  return {
    inside: left >= 0 && top >= 0 && right <= innerWidth + 40 && bottom <= innerHeight && width > 0,
    ringed: [ring, focused].some(each => getComputedStyle(each).outlineStyle !== "none")
      || style.boxShadow !== "none",
    tag: focused.tagName, role: focused.role ?? focused.getAttribute("role"),
    text: focused.textContent.trim(),
    part: ["[data-testid=stExpandSidebarButton]", "footer.help", ".st-key-fold", ".st-key-search",
      ".st-key-language_box", "iframe", ".st-key-on_map", ".st-key-chips", ".st-key-time"]
      .findIndex(part => document.activeElement.closest(part)),
  };
}"""


def test_the_tab_key_goes_over_a_phone_as_the_eye_does(visit):
    """Each stop can be seen and shows it, each layer is one stop; a menu left open has closed."""
    page = visit(**PHONE).open("/?lang=es").page
    stops = []
    while not stops or stops[-1]["role"] != "listbox":
        page.keyboard.press("Tab")
        page.evaluate(SETTLED)
        stops.append(page.evaluate(FOCUSED))
        assert len(stops) < 40
    # the document of the map's frame is a stop of its own, before what is in it
    seen = [stop for stop in stops if stop["tag"] not in ("BODY", "IFRAME")]
    assert [stop for stop in seen if not (stop["inside"] and stop["ringed"])] == []
    parts = [stop["part"] for stop in seen if stop["part"] >= 0]
    assert parts == sorted(parts)
    assert set(parts) >= {0, 1, 2, 3, 4, 6, 7, 8}
    switches = [stop["text"] for stop in seen if stop["part"] == 7 and stop["role"] == "switch"]
    assert len(switches) == len(set(switches)) == 7
    expect(page.locator(".st-key-panel [role=switch]:visible")).to_have_count(0)

    menu = page.locator("[data-testid=stSidebar]")
    page.locator("[data-testid=stExpandSidebarButton]").click()
    expect(menu).to_have_attribute("data-collapsed", "false")
    page.reload()
    page.wait_for_selector("article.card h2")
    expect(menu).to_have_attribute("data-collapsed", "true")
    expect(menu.get_by_role("link")).to_have_count(0)
