"""What a reader does with the map, in a real Chromium against a real server."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.results.regions import results_for
from atlas.view import MEASURES, OVERLAYS
from atlas.words import file_name, words
from data.geography import load_provinces
from data.periods import parse_period
from tests.browser.desk import axe
from tests.browser.eventually import AT_REST, SETTLED, eventually, saved

pytestmark = pytest.mark.browser
CARD = "article.card"
TABLE = ".atlas-table"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
CODES = "all => all.map(row => row.dataset.code)"


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
  for (let i = 0.5; i < 20; i++) for (let j = 0.5; j < 20; j++) {
    const [x, y] = [box.x + box.width * i / 20, box.y + box.height * j / 20];
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


LABELS = """() => ({
  width: innerWidth,
  labels: [...document.querySelectorAll(".name span")].map(span => {
    const box = span.getBoundingClientRect();
    return [span.innerText.split("\\n")[0].toUpperCase(), box.left, box.top, box.right, box.bottom];
  }),
})"""


def test_a_map_of_every_overlay_is_whole_and_answers(visit):
    """All 25 regions answer at each of their points, in two tab stops, without other hosts.

    No name covers another or is written twice.
    """
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

    assert_names_are_apart(reader)
    names = results_for(parse_period("2023")).set_index("department_ubigeo")["department"]
    for code in ("19", "17", "15"):
        told = frame.evaluate(POINTS, code)
        assert len(told) > 30
        assert {name for name, *_ in told} == {names[code]}

    page.locator(".st-key-map_measure button").last.focus()
    inside = 0
    for _ in range(30):
        page.keyboard.press("Tab")
        inside += frame.evaluate("document.hasFocus()")
        if page.evaluate(
            "[...document.querySelectorAll('*')].some(e => e.shadowRoot?.activeElement"
            "?.dataset?.focus)"
        ):
            break
    else:
        raise AssertionError("the table was not reached in 30 stops")
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
    page.locator(AT_REST).wait_for()
    page.evaluate(SETTLED)
    assert "dep=" not in page.url  # the line is what was pressed, not the department under it


def assert_names_are_apart(reader):
    """Names are a pixel apart at three widths, and each department above has its name."""
    results = results_for(parse_period("2023"))
    above = {name.upper() for name in results.loc[results["verdict"] == "above", "department"]}
    assert "TUMBES" in above
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

        def rests(is_clear: Callable[[], bool] = is_clear) -> bool:
            first = is_clear()  # it may be so for a moment, while the frame gets its width
            reader.frame.evaluate(SETTLED)
            return first and is_clear()

        eventually(reader.page, rests, lambda: (above, reader.frame.evaluate(LABELS)))
    name = reader.frame.locator(".name-department.on-fill span").first
    expect(name).to_have_css("text-transform", "uppercase")
    expect(name).to_have_css("font-weight", "600")


def test_a_click_opens_the_card_and_the_view_stays(visit):
    """A click opens and closes the card; the map's view stays in each period; the table sorts."""
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

    reader.page.set_viewport_size({"width": 1280, "height": 700})
    box = reader.region("16").bounding_box()
    before = reader.page.evaluate(SCROLLED)
    reader.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reader.page.mouse.down()
    reader.page.evaluate(SETTLED)
    assert reader.page.evaluate(SCROLLED) == before
    reader.page.mouse.up()
    reader.wait_for_query("dep=16")
    assert reader.page.evaluate(SCROLLED) == before
    reader.page.set_viewport_size({"width": 1280, "height": 900})

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
            for (const size of ["300px", ""]) {
                style.width = style.height = size;
                atlas.fit();
                const put = spot();
                for (let frame = 0; frame < 20; frame++) {
                    await new Promise(requestAnimationFrame);
                }
                moved.push(put.distanceTo(spot()));
            }
            return moved;
        }"""
    )
    assert max(moved) <= 2
    reader.press("map_measure", MEASURES.index("smr"))
    reader.drawn("2023/smr")
    assert_table_sorts(reader)


def assert_table_sorts(reader):
    """By ratio as it comes, by count both ways, by name without ranks; a row marks the map."""
    table = reader.page.locator(TABLE)
    results = results_for(parse_period("2023")).set_index("department_ubigeo")

    def order() -> list[str]:
        return table.locator("tbody tr").evaluate_all(CODES)

    by_ratio = results["smr"].sort_values(ascending=False).index.tolist()
    eventually(reader.page, lambda: order() == by_ratio)
    expect(table.locator("th[aria-sort]")).to_have_count(1)
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
    table.locator('tr[data-code="17"] button').click()
    reader.wait_for_query("dep=17")
    expect(reader.frame.locator("path.halo")).to_have_count(1)
    expect(table.locator("tr[aria-current=true]")).to_have_attribute("data-code", "17")


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
    bounds = [one.bounding_box() for one in (*shown, page.locator("footer.help"))]
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
            one, other = fold.bounding_box(), switch.bounding_box()
            ends = [box["x"] + box["width"] for box in (one, other)]
            return one["y"] + one["height"] <= other["y"] and max(ends) <= width

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


FOCUSED = """() => {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const { left, top, right, bottom, width } = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const ring = one.closest(".st-key-fold label") ?? one;
  return {
    inside: left >= 0 && top >= 0 && right <= innerWidth + 40 && bottom <= innerHeight && width > 0,
    ringed: [ring, one].some(each => getComputedStyle(each).outlineStyle !== "none")
      || style.boxShadow !== "none",
    tag: one.tagName, role: one.role ?? one.getAttribute("role"), text: one.textContent.trim(),
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
    seen = [one for one in stops if one["tag"] not in ("BODY", "IFRAME")]
    assert [one for one in seen if not (one["inside"] and one["ringed"])] == []
    parts = [one["part"] for one in seen if one["part"] >= 0]
    assert parts == sorted(parts)
    assert set(parts) >= {0, 1, 2, 3, 4, 6, 7, 8}
    switches = [one["text"] for one in seen if one["part"] == 7 and one["role"] == "switch"]
    assert len(switches) == len(set(switches)) == 7
    expect(page.locator(".st-key-panel [role=switch]:visible")).to_have_count(0)

    menu = page.locator("[data-testid=stSidebar]")
    page.locator("[data-testid=stExpandSidebarButton]").click()
    expect(menu).to_have_attribute("data-collapsed", "false")
    page.reload()
    page.wait_for_selector("article.card h2")
    expect(menu).to_have_attribute("data-collapsed", "true")
    expect(menu.get_by_role("link")).to_have_count(0)


TIP = """cell => {
  const { x, y, width, height } = cell.getBoundingClientRect();
  const at = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2 };
  cell.dispatchEvent(new MouseEvent("mousemove", at));
  return [...document.querySelectorAll(".tip strong")].map(one => one.textContent);
}"""


def test_police_reports_by_province(visit):
    """The police's provinces have table, outlines, card, search and Back, and leave nothing over.

    What is not offered by province: tests/atlas/pages/test_pages.
    """
    link = "/?lang=es&registry=police&period=2022&level=provinces&area=smr&layers=mining"
    reader = visit(permissions=["clipboard-read", "clipboard-write"]).open(link)
    reader.drawn("provinces", "smr")
    assert_table_is_taken(reader.page)
    expect(reader.frame.locator("path.area")).to_have_count(196)
    expect(reader.frame.locator("path.outline-above")).to_have_count(1)
    assert "fill-6" in reader.frame.locator("path.area-0808").get_attribute("class")
    card = reader.page.locator("article.card")
    expect(card).to_contain_text("Espinar (Cusco; margen: ")
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
    expect(reader.frame.locator(".name-province")).to_have_text("Tambopata")
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


def assert_table_is_taken(page):
    """196 provinces, searched, copied and downloaded."""
    say = words("es")
    table = page.locator(".atlas-table")
    table.locator("input").fill("canchis")
    expect(table.locator("tbody tr:visible")).to_have_count(1)
    table.get_by_role("button", name=say("table.copy")).click()
    expect(table.get_by_role("status").last).to_have_text(say("table.copied"))
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert [line.split("\t")[0] for line in lines] == [
        say("level.provinces.one"),
        "Canchis · Cusco",
    ]
    table.locator("input").fill("nada de esto")
    expect(table.get_by_role("status").first).to_have_text(say("table.none"))
    table.locator("input").fill("")
    # the file is the table that is shown, with its source on each row
    name, content = saved(page, say("data.download"), ".st-key-ranking")
    heads, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    parts = (say("file.level.provinces"), say("file.measure.smr"), say("file.police"), "2022")
    assert name == f"{file_name(say, 'map', *parts)}.csv"
    assert len(rows) == 196
    assert heads[0] == say("level.provinces.one")
    assert heads[-3:] == [say(f"column.{name}") for name in ("link", "source", "caveat")]
    assert {row[-3] for row in rows} == {page.url}
    assert {row[-1] for row in rows} == {say("map.caveat")}
    assert all("Mininter" in row[-2] for row in rows)


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
    page = (one := visit(**options)).page
    eventually(page, lambda: "<svg" in page.request.get(f"{one.address}/?lang=es").text())
    page.route("**/static/js/**", lambda route: None)
    page.goto(f"{one.address}/?lang=es", wait_until="commit")
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
    one.wait_for_query("dep=17")
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
    page = (one := visit()).page
    # a busy server that has just started may answer without the look that it is still making
    eventually(page, lambda: "<svg" in page.request.get(f"{one.address}/?lang=es").text())
    page.goto(f"{one.address}/?lang=es", wait_until="commit")
    page.wait_for_selector("#atlas-look .still svg a", state="attached")
    page.wait_for_selector(".atlas-map[data-drawn]", state="attached")
    expect(page.locator("#atlas-look")).to_have_count(0)
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate(SHIFT) < 0.05
    page.goto(f"{one.address}/cifras?lang=es")  # its first screen comes in parts
    expect(page.locator("#atlas-look")).to_have_count(0)
    assert page.evaluate(SHIFT) < 0.05
    browser = page.context.browser
    assert browser
    still = browser.new_context(java_script_enabled=False).new_page()
    still.goto(f"{one.address}/?lang=es")
    expect(still.locator("#atlas-look h1")).to_be_visible()
    expect(still.locator("#atlas-look noscript a")).to_have_attribute("href", "/public/es")
    still.locator("#atlas-look .wide a", has_text="CUSCO").click()
    expect(still).to_have_url(re.compile("dep=08"))
    still.context.close()
    cut_off = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    cut_off.route("**/static/js/**", lambda route: route.abort())
    cut_off.clock.install()
    cut_off.goto(f"{one.address}/?lang=es")
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
