"""Everything on one map: names that are read, routes that are lifted, one button to share it."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import expect

from atlas.drawing.overlays import bundles
from atlas.results.regions import results_for
from atlas.words import words
from data.periods import parse_period
from layers.palette import SMR, faded
from tests.browser.eventually import eventually

pytestmark = pytest.mark.browser
ALL = "/?lang=es&period=2023&layers=density-mining-zones-routes-places-services"
LABELS = """() => ({
  width: innerWidth,
  labels: [...document.querySelectorAll(".name span")].map(span => {
    const box = span.getBoundingClientRect();
    return [span.innerText.split("\\n")[0].toUpperCase(), box.left, box.top, box.right, box.bottom];
  }),
})"""
ROUTES = "path.route:not(.casing, .grip)"


def test_no_name_covers_another_and_none_is_written_twice(visit):
    """With every layer on, from the smallest phone to a large screen: boxes are a pixel apart, and
    each department with more reports than expected has its name, on a phone at the coast too."""
    results = results_for(parse_period("2023"))
    above = {name.upper() for name in results.loc[results["verdict"] == "above", "department"]}
    assert "TUMBES" in above
    reader = visit(viewport={"width": 1280, "height": 900}).open(ALL)
    reader.drawn("density", "mining", "zones", "routes", "places", "services")
    for width in (320, 390, 1280):
        reader.page.set_viewport_size({"width": width, "height": 900})

        def is_clear(width: int = width) -> bool:
            seen = reader.frame.evaluate(LABELS)
            names = [label[0] for label in seen["labels"]]
            assert len(names) >= 12, width
            over = [
                (a[0], b[0])
                for a, b in itertools.combinations(seen["labels"], 2)
                if min(a[3], b[3]) - max(a[1], b[1]) > 1 and min(a[4], b[4]) - max(a[2], b[2]) > 1
            ]
            is_once = not over and len(names) == len({*names})
            return width * 0.5 < seen["width"] < width and is_once and above <= {*names}

        eventually(reader.page, is_clear)
    name = reader.frame.locator(".name-department.on-fill span").first
    expect(name).to_have_css("text-transform", "uppercase")
    expect(name).to_have_css("font-weight", "600")


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


def test_density_and_routes_together_are_read_apart(visit):
    """A label of a contour stands on its own line; the inset has the glow; the legend's fills are
    as faint as the map's; the button of all together is pressed. A route's legs stand out and the
    others fade, with its source; what one route alone tells is light with a small head, and over
    the density waits until the map is near or its department chosen."""
    reader = visit(viewport={"width": 1280, "height": 900}).open(
        "/?lang=es&period=2023&layers=density-mining-routes"
    )
    reader.drawn("density", "mining", "routes")
    page, frame = reader.page, reader.frame
    assert dict(frame.evaluate(CONTOURS)) == {"50 %": [False], "90 %": [True]}
    expect(frame.locator("#inset .colors image")).to_have_count(1)
    fill = frame.locator("path.region-16").evaluate(
        "path => [path.getAttribute('fill'), getComputedStyle(path).fillOpacity]"
    )
    assert fill == [SMR.colors[4], "0.42"]
    swatches = page.locator(".layers .scale").first.locator("g rect")
    assert swatches.nth(4).get_attribute("fill") == faded(SMR.colors[4])
    outline = frame.locator("path.outline-above").first
    assert outline.evaluate("path => getComputedStyle(path).strokeWidth") == "2.4px"
    together = page.locator(".layers .together")
    expect(together).to_have_attribute("aria-pressed", "true")
    content = together.evaluate("button => getComputedStyle(button, '::before').content")
    assert content.startswith('"✓')

    legs = bundles()
    expect(frame.locator(ROUTES)).to_have_count(len(legs))
    single = frame.locator(f"{ROUTES}.route-1").first
    expect(single).to_be_hidden()
    wide = frame.locator(f"{ROUTES}.route-2").first
    assert "head-2" in wide.evaluate("path => getComputedStyle(path).markerEnd")

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
            const titles = [...(tip?.querySelectorAll("strong") ?? [])].map(one => one.textContent);
            if (titles[1] === title) { // after the department's
              return [document.querySelectorAll("path.route.lifted:not(.casing, .grip)").length,
                tip.textContent, document.documentElement.classList.contains("lifting")];
            }
          }
        }""",
        f"{longest.start_place} → {longest.end_place}",
    )
    lifted, told, is_lifting = spot
    assert lifted in {sum(code in leg.route_ids for leg in legs) for code in longest.route_ids}
    assert "confianza" in told
    assert is_lifting
    frame.evaluate(
        "dispatchEvent(new MessageEvent('message', {source: parent, data: {type: 'leave'}}))"
    )
    expect(frame.locator("html.lifting")).to_have_count(0)

    frame.evaluate("void map_atlas.setZoom(map_atlas.getZoom() + 1, { animate: false })")
    expect(frame.locator("html.near")).to_have_count(1)
    assert "head-1" in single.evaluate("path => getComputedStyle(path).markerEnd")
    reader.region("17").dispatch_event("click")
    reader.wait_for_query("dep=17")
    of_dios = sum("17" in leg.departments for leg in legs)
    expect(reader.frame.locator(f"{ROUTES}.of-chosen")).to_have_count(of_dios)
    expect(reader.frame.locator(f"{ROUTES}.route-1.of-chosen").first).to_be_visible()
    expect(page.locator(".st-key-chips_beside [role=switch]").first).to_be_visible()
    reader.open("/?lang=es&period=2023&layers=routes")
    single = reader.frame.locator(f"{ROUTES}.route-1").first
    assert "head-0" in single.evaluate("path => getComputedStyle(path).markerEnd")


def test_one_button_shares_the_view(visit):
    """The link of the view, the code of the compact page and a post are copied; its box lies on the
    map and over no table."""
    say = words("es")
    reader = visit(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    ).open("/?lang=es&period=2023&layers=mining")
    page = reader.page
    page.locator(".st-key-share button:visible").first.click()
    box = page.locator("[data-testid=stPopoverBody]")
    expect(box).to_be_visible()
    map_box, menu = page.locator(".atlas-map").bounding_box(), box.bounding_box()
    assert menu["x"] >= map_box["x"]
    assert menu["x"] + menu["width"] <= map_box["x"] + map_box["width"]

    def copied(kind: str) -> str:
        page.get_by_role("button", name=say(f"share.{kind}")).click()
        expect(box.get_by_text(say("share.copied"))).to_be_visible()
        return page.evaluate("navigator.clipboard.readText()")

    assert copied("link") == page.url
    code = copied("embed")
    assert "/public/es/compact?period=2023&amp;measure=verdict" in code
    assert 'height="600"' in code
    post = copied("post")
    assert post.endswith(page.url)
    assert "Madre de Dios" in post
    assert len(post.removesuffix(page.url)) <= 280
