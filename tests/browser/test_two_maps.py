"""Two maps side by side: they move together, mark each other's regions, come and go with Back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.view import MEASURES
from atlas.words import words
from tests.browser.desk import violations
from tests.browser.eventually import AT_REST, eventually
from tests.browser.small_screen import beyond_the_screen

pytestmark = pytest.mark.browser
WHERE = "[map_atlas.getCenter().lat, map_atlas.getCenter().lng, map_atlas.getZoom()]"
MIDDLE = """code => {
  const box = document.querySelector(`path.region[data-department-ubigeo="${code}"]`)
    .getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}"""


def frames(page: Any) -> list[Any]:
    """The frames of the maps, the first one's first."""
    return [frame for frame in page.frames if frame.url.endswith("/map/frame")]


def places(page: Any) -> list[dict[str, float]]:
    """Where each map stands on the page."""
    return [box.bounding_box() for box in page.locator(".atlas-map").all()]


def are_drawn(page: Any, count: int) -> None:
    """Wait until so many maps have their departments."""
    shapes = "document.querySelectorAll('path.region').length"
    eventually(page, lambda: [one.evaluate(shapes) for one in frames(page)] == [25] * count)


def test_two_maps_move_together_and_mark_each_other(visit) -> None:
    """The first stays loaded; the pointer on Loreto in one marks it in the other, with what it is
    there; zooming in either moves both; the second has a measure of its own; closing and Back bring
    each state; side by side at 1024 pixels, one above the other on a phone."""
    reader = visit(viewport={"width": 1024, "height": 900}).open("/?lang=es&period=2021")
    page, say = reader.page, words("es")
    reader.wait_for_query("layers=none")
    reader.frame.evaluate("window.same = true")
    open_it = page.get_by_role("button", name=say("two.open"))
    open_it.click()
    reader.wait_for_query("second=period%3A2019")
    are_drawn(page, 2)
    first, second = frames(page)
    assert first.evaluate("window.same") is True
    expect(page.locator(".two-maps .answer")).to_contain_text("De 2019 a 2021.")
    left, right = places(page)
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert (left["width"], left["height"]) == (right["width"], right["height"])
    assert violations(page) == []
    eventually(page, lambda: first.evaluate(WHERE) == pytest.approx(second.evaluate(WHERE)))

    x, y = second.evaluate(MIDDLE, "16")
    page.mouse.move(right["x"] + x, right["y"] + y)
    expect(first.locator("path.echo")).to_have_count(1)
    expect(first.locator(".tip.shown strong")).to_have_text("Loreto")
    expect(first.locator(".tip.shown")).to_contain_text("2021")
    expect(second.locator(".tip.shown")).to_contain_text("2019")
    page.mouse.move(2, 2)
    expect(first.locator("path.echo")).to_have_count(0)

    before = first.evaluate(WHERE)
    second.locator(".leaflet-control-zoom-in").click()
    eventually(page, lambda: first.evaluate(WHERE)[2] > before[2])
    eventually(page, lambda: first.evaluate(WHERE) == pytest.approx(second.evaluate(WHERE)))
    first.locator(".leaflet-control-whole").click()
    eventually(page, lambda: second.evaluate(WHERE) == pytest.approx(before, abs=0.02))
    eventually(page, lambda: reader.query("at") is None)

    reader.press("map_second_measure", MEASURES.index("rate"))
    reader.wait_for_query("measure%3Arate")
    link = page.url
    page.locator(AT_REST).wait_for()
    page.get_by_role("button", name=say("two.close")).click()
    page.wait_for_function("() => !location.search.includes('second')")
    are_drawn(page, 1)
    page.go_back()
    expect(page).to_have_url(link)
    are_drawn(page, 2)
    expect(page.locator(".maps .head").nth(1)).to_contain_text(say("measure.rate"))
    page.go_back()
    page.wait_for_function("() => location.search.endsWith('period%3A2019')")
    expect(page.locator(".maps .shared")).to_contain_text(say("measure.smr"))
    page.set_viewport_size({"width": 390, "height": 844})
    eventually(page, lambda: places(page)[0]["x"] == places(page)[1]["x"])
    upper, lower = places(page)
    assert upper["y"] + upper["height"] < lower["y"]
    assert lower["y"] + lower["height"] - upper["y"] <= 844, "both are seen at once"


@pytest.mark.parametrize(
    ("lang", "scheme", "width"),
    [pytest.param("es", "light", 1280, marks=pytest.mark.slow), ("en", "dark", 390)],
)
def test_axe_finds_nothing_on_two_maps(visit, lang: str, scheme: str, width: int) -> None:
    """Each with a scale of its own; every button says what it does; nothing is wider than the
    screen; the timelines have names of their own."""
    size = {"width": width, "height": 844}
    reader = visit(color_scheme=scheme, viewport=size)
    reader.open(f"/?lang={lang}&period=2021&second=registry:police,period:2020,measure:verdict")
    page = reader.page
    are_drawn(page, 2)
    names = page.locator(".timeline").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert len({*names}) == 2
    unsaid = ".st-key-control_bar [data-testid=stButtonGroup] button:not([aria-description])"
    expect(page.locator(unsaid)).to_have_count(0)
    assert violations(page) == []
    assert beyond_the_screen(page, width, 844) == []
