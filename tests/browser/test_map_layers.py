"""Layers on one map, and two maps side by side."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from atlas.drawing.overlays import bundles
from atlas.view import MEASURES
from atlas.words import words
from layers.palette import SMR, faded
from tests.browser.desk import violations
from tests.browser.eventually import AT_REST, VIEWED, beyond_the_screen, eventually
from tests.browser.test_map import fills

pytestmark = pytest.mark.browser
ROUTES = "path.route:not(.casing, .grip)"


CONTOURS = """() => [...document.querySelectorAll(".name-isopleth span")].map(span => {
  const box = span.getBoundingClientRect(), at = [];
  for (const line of document.querySelectorAll("path.isopleth")) {
    const isBroken = line.hasAttribute("stroke-dasharray"), long = line.getTotalLength();
    for (let d = 0; d < long; d += 2) {
      const p = line.getPointAtLength(d).matrixTransform(line.getScreenCTM());
      if (p.x > box.left && p.x < box.right && p.y > box.top && p.y < box.bottom) at.push(isBroken);
    }
  }
  return [span.textContent, [...new Set(at)]];
})"""


def test_all_layers_lie_on_the_reports_with_one_click(visit):
    """Density, mining and routes lie over regions that keep name, outline, hover and measure."""
    reader = visit(color_scheme="dark").open("/?lang=es&period=2023&layers=none")
    page, frame, say = reader.page, reader.frame, words("es")
    panel = page.locator(".st-key-layers")
    colours = fills(reader)
    lights = _lights(panel)
    assert max(lights) == lights[-1] > lights[0] + 100
    expect(page.locator(".st-key-chips")).to_be_hidden()
    panel.get_by_role("button", name=say("panel.together")).click()
    reader.wait_for_query("layers=mining-routes-density")
    reader.drawn("density", "mining", "routes")
    assert fills(reader) == colours
    expect(frame.locator("path.outline-above").first).to_be_visible()
    expect(frame.locator("img.density")).to_have_count(1)
    expect(frame.locator("#legend")).to_be_hidden()
    expect(panel.locator("[aria-checked=true]")).to_have_count(4)
    expect(panel.locator("svg.scale")).to_have_count(3)
    faint = _lights(panel)
    assert max(faint) == faint[-1] > faint[0]  # as faint as the map draws them under the density
    assert violations(page) == []
    assert_read_apart(reader)


def _lights(panel):
    """How light each colour of the scale of the reports is, from its lower end."""
    scale = panel.locator("svg.scale").first
    middles = scale.evaluate(
        """svg => { const whole = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("rect")].map(line => line.getBoundingClientRect())
            .map(box => [box.x + box.width / 2 - whole.x, box.y + box.height / 2 - whole.y]); }"""
    )
    with Image.open(io.BytesIO(scale.screenshot())) as picture:
        grey = picture.convert("L")
        return [grey.getpixel((round(x), round(y))) for x, y in middles]


def assert_read_apart(reader):
    """Contours have labels on their lines, fills match the legend, and routes stand apart."""
    page, frame = reader.page, reader.frame
    assert dict(frame.evaluate(CONTOURS)) == {"50 %": [False], "90 %": [True]}
    expect(frame.locator("#inset .colors image")).to_have_count(1)
    fill = frame.locator("path.region-16").evaluate(
        "path => [path.getAttribute('fill'), getComputedStyle(path).fillOpacity]"
    )
    assert fill == [SMR.colors[4], "0.42"]
    swatches = page.locator(".layers .scale").first.locator("g rect")
    assert swatches.nth(4).get_attribute("fill") == faded(SMR.colors[4])
    expect(page.locator(".layers .together")).to_have_attribute("aria-pressed", "true")

    legs = bundles()
    expect(frame.locator(ROUTES)).to_have_count(len(legs))

    longest = max(
        (leg for leg in legs if len(leg.route_ids) > 1),
        key=lambda leg: abs(leg.start[1] - leg.end[1]),
    )
    spot = frame.evaluate(
        """title => {
          for (const grip of document.querySelectorAll("path.grip.route-2")) {
            const middle = grip.getPointAtLength(grip.getTotalLength() * 0.45);
            const at = middle.matrixTransform(grip.getScreenCTM());
            const move = new MouseEvent("mousemove",
              { bubbles: true, clientX: at.x, clientY: at.y });
            document.elementFromPoint(at.x, at.y).dispatchEvent(move);
            const tip = document.querySelector(".tip.shown");
            const bold = tip?.querySelectorAll("strong") ?? [];
            const titles = Array.from(bold, line => line.textContent);
            if (titles[1] === title) { // after the department's
              return [document.querySelectorAll("path.route.lifted:not(.casing, .grip)").length,
                tip.textContent, document.documentElement.classList.contains("lifting")];
            }
          }
        }""",
        f"{longest.start_place} → {longest.end_place}",
    )
    lifted, tip, is_lifting = spot
    assert lifted in {sum(code in leg.route_ids for leg in legs) for code in longest.route_ids}
    assert "confianza" in tip
    assert is_lifting
    frame.evaluate(
        "dispatchEvent(new MessageEvent('message', {source: parent, data: {type: 'leave'}}))"
    )
    expect(frame.locator("html.lifting")).to_have_count(0)

    frame.evaluate("void map_atlas.setZoom(map_atlas.getZoom() + 1, { animate: false })")
    expect(frame.locator("html.near")).to_have_count(1)
    reader.region("17").dispatch_event("click")
    reader.wait_for_query("dep=17")
    of_dios = sum("17" in leg.departments for leg in legs)
    expect(reader.frame.locator(f"{ROUTES}.of-chosen")).to_have_count(of_dios)
    expect(reader.frame.locator(f"{ROUTES}.route-1.of-chosen").first).to_be_visible()
    expect(page.locator(".st-key-chips_on_map [role=switch]").first).to_be_visible()
    page.locator(".st-key-chips_on_map").get_by_role(
        "switch", name=words("es")("panel.density.name")
    ).click()
    reader.wait_for_query("layers=mining-routes&")
    expect(frame.locator("img.density")).to_have_count(0)
    frame.evaluate("void map_atlas.setZoom(map_atlas.getZoom() - 1, { animate: false })")
    expect(frame.locator("html.near")).to_have_count(0)


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
    eventually(page, lambda: [frame.evaluate(shapes) for frame in frames(page)] == [25] * count)


def test_two_maps_move_together_and_mark_each_other(visit) -> None:
    """Two maps move together, mark the same department, and keep measures of their own.

    They are side by side at 1024 pixels, and one above the other on a phone; both pass axe.
    """
    reader = visit(viewport={"width": 1024, "height": 900}).open("/?lang=es&period=2021")
    page, say = reader.page, words("es")
    reader.wait_for_query("layers=none")
    reader.frame.evaluate("window.same = true")
    open_it = page.get_by_role("button", name=say("two.open"))
    open_it.click()
    reader.wait_for_query("period=2019")  # the earlier year stands left
    reader.wait_for_query("second=period%3A2021")
    are_drawn(page, 2)
    first, second = frames(page)
    assert first.evaluate("window.same") is True
    expect(page.locator(".two-maps .answer")).to_contain_text("en 2019 a 917 en 2021")
    left, right = places(page)
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert (left["width"], left["height"]) == (right["width"], right["height"])
    names = page.locator(".timeline").evaluate_all("all => all.map(bar => bar.ariaLabel)")
    assert len({*names}) == 2
    unsaid = ".st-key-control_bar [data-testid=stButtonGroup] button:not([aria-description])"
    expect(page.locator(unsaid)).to_have_count(0)
    assert violations(page) == []
    eventually(page, lambda: first.evaluate(VIEWED) == pytest.approx(second.evaluate(VIEWED)))

    x, y = second.evaluate(MIDDLE, "16")
    page.mouse.move(right["x"] + x, right["y"] + y)
    expect(first.locator("path.echo")).to_have_count(1)
    expect(first.locator(".tip.shown strong")).to_have_text("Loreto")
    expect(first.locator(".tip.shown")).to_contain_text("2019")
    expect(second.locator(".tip.shown")).to_contain_text("2021")
    page.mouse.move(2, 2)
    expect(first.locator("path.echo")).to_have_count(0)

    before = first.evaluate(VIEWED)
    second.locator(".leaflet-control-zoom-in").click()
    eventually(page, lambda: first.evaluate(VIEWED)[2] > before[2])
    eventually(page, lambda: first.evaluate(VIEWED) == pytest.approx(second.evaluate(VIEWED)))
    first.locator(".leaflet-control-whole").click()
    eventually(page, lambda: second.evaluate(VIEWED) == pytest.approx(before, abs=0.02))
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
    page.wait_for_function("() => location.search.endsWith('period%3A2021')")
    expect(page.locator(".maps .shared")).to_contain_text(say("column.smr"))
    page.set_viewport_size({"width": 390, "height": 844})
    eventually(page, lambda: places(page)[0]["x"] == places(page)[1]["x"])
    upper, lower = places(page)
    assert upper["y"] + upper["height"] < lower["y"]
    assert lower["y"] + lower["height"] - upper["y"] <= 844, "both are seen at once"
    assert beyond_the_screen(page, 390) == []
    page.emulate_media(color_scheme="dark")  # at dusk, without loading the page anew
    page.wait_for_selector(":root.atlas-dark", state="attached")
    are_drawn(page, 2)
    assert violations(page) == []
    page.get_by_role("button", name=say("two.close")).click()
    are_drawn(page, 1)
    assert violations(page) == []
