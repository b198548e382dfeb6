"""What a reader does with the map, in a real Chromium against a real server."""

from __future__ import annotations

import io
import itertools

import pytest
from PIL import Image
from playwright.sync_api import expect

from atlas.results.regions import results_for
from atlas.view import MEASURES, OVERLAYS
from atlas.words import words
from data.periods import parse_period
from tests.browser.desk import violations
from tests.browser.eventually import SETTLED, eventually

pytestmark = pytest.mark.browser
CARD = "article.card"
TABLE = ".atlas-table"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def fills(visit) -> dict[str, str]:
    """Colour of every department."""
    return visit.frame.eval_on_selector_all(
        "path.region",
        "all => Object.fromEntries(all.map(p => [p.dataset.departmentUbigeo, "
        "p.getAttribute('fill')]))",
    )


def view(visit) -> list[float]:
    """Where the reader looks: latitude, longitude, zoom."""
    return visit.frame.evaluate(
        "[map_atlas.getCenter().lat, map_atlas.getCenter().lng, map_atlas.getZoom()]"
    )


POINTS = """code => {
  const path = document.querySelector(`path.region[data-department-ubigeo="${code}"]`);
  const back = path.getScreenCTM().inverse(), box = path.getBoundingClientRect(), told = [];
  for (let i = 0.5; i < 30; i++) for (let j = 0.5; j < 30; j++) {
    const [x, y] = [box.x + box.width * i / 30, box.y + box.height * j / 30];
    // three pixels from the border, where neighbours drawn to the pixel may overlap
    const around = [[-3, 0], [3, 0], [0, -3], [0, 3]].map(([dx, dy]) =>
      path.isPointInFill(new DOMPoint(x + dx, y + dy).matrixTransform(back)));
    if (around.includes(false)) continue;
    const top = document.elementFromPoint(x, y);
    if (!top || !top.closest("#map_atlas")) continue;  // under a button
    top.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: x, clientY: y }));
    const tip = document.querySelector(".tip.shown");
    told.push([tip ? tip.querySelector("strong").textContent : "", top.className.baseVal, x, y]);
  }
  return told;
}"""


def test_a_map_of_every_overlay_is_whole_and_answers(visit):
    """25 regions, no other host; two stops for the keyboard; every point of a region is the
    region's, routes, cells and density or not."""
    reader = visit().open(f"/?lang=es&period=2023&layers={'-'.join(OVERLAYS)}")
    page, frame = reader.page, reader.frame
    assert len(fills(reader)) == 25
    for where in (page, frame):
        expect(where.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(CARD).get_by_role("heading")).to_have_text(
        words("es")("card.peru"), use_inner_text=True
    )
    asked = [url.removeprefix(reader.address) for url in reader.asked]
    # the recorder hears the frame and the socket too, else its silence would prove nothing
    assert any(path.startswith("/layers/density.js") for path in asked)
    assert any(url.startswith("ws://") for url in asked)

    names = results_for(parse_period("2023")).set_index("department_ubigeo")["department"]
    for code in ("19", "17", "15"):
        told = frame.evaluate(POINTS, code)
        assert len(told) > 30
        assert {name for name, *_ in told} == {names[code]}

    page.locator("body").press("Tab")
    inside = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        inside += frame.evaluate("document.hasFocus()")
        if page.evaluate(
            "[...document.querySelectorAll('*')].some(e => e.shadowRoot?.activeElement"
            "?.dataset?.focus)"
        ):
            break
    else:
        raise AssertionError("the table was not reached in 60 stops")
    assert inside <= 6, "456 cells with tooltips are no stops; the map and its buttons are"

    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
    # where the route lies now that nothing scrolls any more
    on_route = next(one for one in frame.evaluate(POINTS, "19") if "grip" in str(one[1]))
    held = page.locator("iframe[sandbox='allow-scripts']").bounding_box()
    x, y = held["x"] + on_route[2], held["y"] + on_route[3]
    tip = frame.locator(".tip.shown")

    def tells_the_route() -> bool:
        page.mouse.move(x + 1, y)  # a frame that is still being scrolled hears no pointer
        page.mouse.move(x, y)
        return "→" in tip.inner_text()

    eventually(page, tells_the_route)
    expect(tip.locator("strong").first).to_have_text("Pasco")
    page.mouse.down()
    page.mouse.up()
    reader.wait_for_query("dep=19")


def test_a_click_opens_the_card_and_the_view_stays(visit):
    """A second click closes it; another period is drawn under the same view; and nothing that the
    map does by itself carries the country off."""
    reader = visit().open("/?lang=es&period=2007-01/2014-04&measure=count&layers=none")
    frame, card = reader.frame, reader.page.locator(CARD)
    reader.region("17").click()
    reader.wait_for_query("dep=17")
    card.get_by_role("heading", name="Madre de Dios").wait_for()
    expect(card.locator(".figure b").first).to_have_text("178", use_inner_text=True)
    expect(frame.locator("path.halo")).to_have_count(1)
    reader.region("17").click()
    reader.page.wait_for_function("() => !location.search.includes('dep=')")
    card.get_by_role("heading", name=words("es")("card.peru")).wait_for()

    frame.evaluate("void map_atlas.setView([-12.5, -70.5], 7, {animate: false})")
    before, where = fills(reader), view(reader)
    reader.choose_period("2023", "mpfn")
    reader.drawn("/2023/")
    assert view(reader) == where
    after = fills(reader)
    assert set(after) == set(before)
    assert sum(after[code] != before[code] for code in after) > 3

    moved = frame.evaluate(
        """async () => {
            const style = map_atlas.getContainer().style, moved = [];
            const spot = () => map_atlas.latLngToContainerPoint([-9.2, -75]);
            for (const size of ["300px", "500px", ""]) {
                style.width = style.height = size;
                atlas.fit();
                const put = spot();
                for (let frame = 0; frame < 30; frame++) {
                    await new Promise(requestAnimationFrame);
                }
                moved.push(put.distanceTo(spot()));
            }
            return moved;
        }"""
    )
    assert max(moved) <= 2


def test_the_table_is_worked_by_its_heads_and_by_keyboard(visit):
    """From the first header by Tab to the first region, Enter opens its card and marks the map; a
    header sorts, the second press turns the order round, aria-sort says so."""
    reader = visit().open("/?lang=es&period=2023&measure=smr&layers=none")
    table = reader.page.locator(TABLE)
    results = results_for(parse_period("2023")).set_index("department_ubigeo")

    def order() -> list[str]:
        return table.locator("tbody tr").evaluate_all("all => all.map(r => r.dataset.code)")

    assert order() == results["smr"].sort_values(ascending=False).index.tolist()
    expect(table.locator("th[aria-sort]")).to_have_count(1)
    code = order()[0]
    table.locator("thead button").first.focus()
    for _ in range(table.locator("thead button").count()):
        reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    reader.wait_for_query(f"dep={code}")
    name = results.loc[code, "department"]
    reader.page.locator(CARD).get_by_role("heading", name=name).wait_for()
    reader.frame.locator("path.halo").wait_for(state="attached")
    expect(table.locator("tr[aria-current=true]")).to_have_attribute("data-code", code)

    count, names = table.locator("thead th").nth(2), table.locator("thead th").nth(1)
    ranks = table.locator("tbody .rank")
    counts = results["reported_count"]
    for is_down in (True, False):
        count.locator("button").click()
        expect(count).to_have_attribute("aria-sort", "descending" if is_down else "ascending")
        assert [counts[code] for code in order()] == sorted(counts, reverse=is_down)
        places = [int(text) for text in ranks.all_inner_texts()]
        # the same places, from the other end
        assert sorted(places) == list(range(1, 26))
        assert places[0 if is_down else -1] == 1
    names.locator("button").click()
    expect(names).to_have_attribute("aria-sort", "ascending")
    assert table.locator("tbody tr button").all_inner_texts()[0] == "Amazonas"
    assert set(ranks.all_inner_texts()) == {""}, "the alphabet is no ranking"


def test_a_copied_link_shows_the_same_and_two_readers_do_not_mix(visit):
    """After several changes the address, opened elsewhere in the other language, gives card,
    layers, colours and order; what either chooses then does not reach the other."""
    first = visit().open("/?lang=es")
    first.choose_period("2019")
    first.drawn("/2019/")
    first.press("map_measure", MEASURES.index("verdict"))
    first.drawn("/verdict/")
    first.page.get_by_role("switch", name=words("es")("panel.zones.name")).click()
    first.drawn("zones")
    first.page.locator(f'{TABLE} tr[data-code="17"] button').click()
    first.wait_for_query("dep=17")
    first.drawn("/17/")
    expect(first.page.locator(f"{CARD} h2")).to_have_text("Madre de Dios", use_inner_text=True)
    link = first.page.url.removeprefix(first.address).replace("lang=es", "lang=en")
    second = visit().open(link)
    second.drawn("/17/")
    expect(second.page.locator(f"{CARD} h2")).to_have_text("Madre de Dios", use_inner_text=True)
    assert fills(second) == fills(first)
    cards = [one.page.locator(f"{CARD} .figure b").all_inner_texts() for one in (first, second)]
    assert cards[0] == cards[1]
    for name in ("period", "measure", "layers", "dep", "bw"):
        assert second.query(name) == first.query(name) is not None
    shown = "[...document.querySelectorAll('path.zone, path.mining-cell')].length"
    assert second.frame.evaluate(shown) == first.frame.evaluate(shown)
    order = "all => all.map(row => row.dataset.code)"
    rows = [one.page.locator(f"{TABLE} tbody tr").evaluate_all(order) for one in (first, second)]
    assert rows[0] == rows[1]

    first.choose_period("2023")
    second.press("map_measure", MEASURES.index("rate"))
    second.page.locator(f'{TABLE} tr[data-code="08"] button').click()
    first.drawn("es/2023/verdict", "/17/")
    second.drawn("en/2019/rate", "/08/")  # the map is in view beside the table
    second.wait_for_query("dep=08")
    names = ("lang", "period", "measure", "dep")
    assert [first.query(name) for name in names] == ["es", "2023", "verdict", "17"]
    assert [second.query(name) for name in names] == ["en", "2019", "rate", "08"]
    assert first.page.locator(f"{CARD} h2").inner_text() == "Madre de Dios"
    expect(second.page.locator(f"{CARD} h2")).to_have_text("Cusco", use_inner_text=True)


@pytest.mark.slow  # tests/atlas/pages says which field
def test_a_wrong_link_says_so_and_works(visit):
    """The field is named, the value is not repeated, the map is there and answers."""
    # so low that the map ends out of sight: a press must not scroll the page under the pointer
    reader = visit(viewport={"width": 1280, "height": 700}).open(
        "/?lang=es&period=1900&measure=<script>alert(1)</script>&dep=17&layers=none"
    )
    warning = reader.page.locator("[data-testid=stAlert]")
    text = warning.first.inner_text()
    assert "period" in text
    assert "measure" in text
    assert "1900" not in text
    assert "script" not in reader.page.locator("body").inner_text()
    assert len(fills(reader)) == 25
    expect(reader.page.locator(f"{CARD} h2")).to_have_text("Madre de Dios", use_inner_text=True)
    reader.frame.evaluate("window.same = true")
    box = reader.region("16").bounding_box()
    before = reader.page.evaluate(SCROLLED)
    reader.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reader.page.mouse.down()
    reader.page.evaluate(SETTLED)
    assert reader.page.evaluate(SCROLLED) == before
    reader.page.mouse.up()
    reader.wait_for_query("dep=16")
    assert reader.page.evaluate(SCROLLED) == before
    assert "1900" not in reader.page.url
    # the notice goes, the map stays the one that it was
    expect(warning).to_have_count(0)
    assert reader.frame.evaluate("window.same") is True


def test_a_telephone_shows_one_column_and_its_language_without_unfolding(visit):
    """Map, card, table, nothing to scroll sideways; the switch of the language stands beside the
    fold's, and the folded controls stay as they are; from the map one comes to the card. Chips
    switch the layers."""
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
    chips = page.locator(".st-key-chips")
    chips.get_by_role("switch", name=say("panel.noreports.name")).click()
    reader.wait_for_query("layers=noreports")

    page.get_by_role("button", name=say("map.card", name="Huancavelica")).click()
    title = page.locator("article.card h2")
    eventually(page, lambda: 0 < title.bounding_box()["y"] < 200)
    expect(title).to_be_focused()
    controls, switch = page.locator(".st-key-controls"), page.locator(".st-key-language")
    fold = page.locator(".st-key-fold").get_by_text(say("controls.show"))
    expect(controls).to_be_hidden()
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        expect(switch.get_by_text("EN", exact=True)).to_be_visible()

        def is_on_one_line() -> bool:
            one, other = fold.bounding_box(), switch.bounding_box()
            return abs(one["y"] + one["height"] / 2 - other["y"] - other["height"] / 2) < 12

        eventually(page, is_on_one_line)
        one, other = fold.bounding_box(), switch.bounding_box()
        assert one["x"] + one["width"] <= other["x"]
        assert other["x"] + other["width"] <= width
        assert page.evaluate(wide) <= width
    switch.get_by_text("EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(controls).to_be_hidden()
    page.locator(".st-key-show_controls label").click()
    controls.wait_for(state="visible")
    assert page.evaluate(wide) <= 390


def test_fingers_on_the_map_of_a_phone(visit):
    """One scrolls the page and is told how the map is moved, two move the map; Callao, a few
    pixels wide, is hit on the inset; the menu makes way for the page that was chosen."""
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
        return view(reader)[2] > before[2] + 0.5

    callao = reader.frame.locator('#inset button[data-department-ubigeo="07"]')
    lima = reader.frame.locator('#inset button[data-department-ubigeo="15"]')
    for one in (callao, lima):
        box = one.bounding_box()
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
    before = view(reader)
    eventually(page, spread)
    assert page.evaluate(SCROLLED) == 0
    expect(reader.frame.locator(".leaflet-zoom-anim")).to_have_count(0)  # it has come to rest
    before = view(reader)
    touch("touchStart", (200, 450))
    for step in range(1, 15):
        touch("touchMove", (200, 450 - 12 * step))
    expect(reader.frame.locator(".hint.shown")).to_have_text(words("es")("map.two_fingers"))
    touch("touchEnd")
    page.wait_for_function(f"{SCROLLED} > 60")
    assert view(reader) == before

    page.locator("[data-testid=stExpandSidebarButton]").click()
    page.locator("[data-testid=stSidebar] a", has_text="Cifras").click()
    page.wait_for_selector(".strips")
    page.wait_for_function(
        "document.elementFromPoint(40, 300)?.closest('[data-testid=stSidebar]') === null"
    )


def test_all_layers_lie_on_the_reports_with_one_click(visit):
    """Density, mining and routes over the regions, which keep name, outline, hover and measure;
    the panel says their scales, in the dark from dark to light."""
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


def _lights(panel):
    """How light each colour of the scale of the reports is, from its lower end."""
    scale = panel.locator("svg.scale").first
    middles = scale.evaluate(
        """svg => { const whole = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("rect")].map(one => one.getBoundingClientRect())
            .map(box => [box.x + box.width / 2 - whole.x, box.y + box.height / 2 - whole.y]); }"""
    )
    with Image.open(io.BytesIO(scale.screenshot())) as picture:
        grey = picture.convert("L")
        return [grey.getpixel((round(x), round(y))) for x, y in middles]
