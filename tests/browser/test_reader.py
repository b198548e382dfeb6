"""What a reader does with the map, in a real Chromium against a real server."""

from __future__ import annotations

import io
import itertools
import re
from functools import partial
from typing import Any

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import expect

from atlas.results.regions import results_for
from atlas.view import BASES, MEASURES, OVERLAYS, MapState
from atlas.words import words
from studies.benchmarks.first_screen import first_screen
from tests.browser.eventually import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]
CARD = "article.card"
TABLE = ".atlas-table"


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


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_the_map_opens_and_asks_this_host_only(visit, lang):
    """Every overlay on: 25 regions, no other host, no complaint in the console."""
    reader = visit().open(f"/?lang={lang}&layers={'-'.join(OVERLAYS)}")
    assert len(fills(reader)) == 25
    expect(reader.page.locator("html")).to_have_attribute("lang", lang)
    expect(reader.frame.locator("html")).to_have_attribute("lang", lang)
    expect(reader.page.locator(CARD).get_by_role("heading")).to_have_text(
        words(lang)("card.peru"), use_inner_text=True
    )
    asked = [url.removeprefix(reader.address) for url in reader.asked]
    # the recorder hears the frame and the socket too, else the test would prove nothing
    assert any(path.startswith("/layers/density.js") for path in asked)
    assert any(url.startswith("ws://") for url in asked)
    assert reader.foreign() == []
    assert reader.complaints == []


def test_a_click_on_the_map_opens_the_card(visit):
    """Inside the sandboxed frame; the address names the region, a second click closes it."""
    reader = visit().open("/?lang=es&period=2007-01/2014-04&layers=none")
    reader.region("17").click()
    reader.wait_for_query("dep=17")
    card = reader.page.locator(CARD)
    card.get_by_role("heading", name="Madre de Dios").wait_for()
    expect(card.locator(".figure b").first).to_have_text("178", use_inner_text=True)
    expect(reader.frame.locator("path.halo")).to_have_count(1)
    reader.region("17").click()
    reader.page.wait_for_function("() => !location.search.includes('dep=')")
    card.get_by_role("heading", name=words("es")("card.peru")).wait_for()


def test_the_table_does_the_same_by_keyboard(visit):
    """From the first header by Tab to the first region, Enter opens its card and marks the map."""
    reader = visit().open("/?lang=es&period=2023&measure=smr")
    table = reader.page.locator(TABLE)
    code = table.locator("tbody tr").first.get_attribute("data-code")
    name = table.locator("tbody tr button").first.inner_text()
    assert code == results_for("2023").set_index("department_ubigeo")["smr"].idxmax()
    table.locator("thead button").first.focus()
    for _ in range(table.locator("thead button").count()):
        reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    reader.wait_for_query(f"dep={code}")
    reader.page.locator(CARD).get_by_role("heading", name=name).wait_for()
    reader.frame.locator("path.halo").wait_for(state="attached")
    expect(table.locator("tr[aria-current=true]")).to_have_attribute("data-code", code)


def test_a_header_sorts_the_table(visit):
    """Order and aria-sort follow, and the second press turns the order round."""
    reader = visit().open("/?lang=es&period=2023&measure=smr")
    table = reader.page.locator(TABLE)

    def order() -> list[str]:
        return table.locator("tbody tr").evaluate_all("all => all.map(r => r.dataset.code)")

    results = results_for("2023").set_index("department_ubigeo")
    assert order() == results["smr"].sort_values(ascending=False).index.tolist()
    expect(table.locator("th[aria-sort]")).to_have_count(1)
    count = table.locator("thead th").nth(2)
    count.locator("button").click()
    expect(count).to_have_attribute("aria-sort", "descending")
    down = order()
    counts = results["reported_count"]
    assert [counts[code] for code in down] == sorted(counts, reverse=True)
    count.locator("button").click()
    expect(count).to_have_attribute("aria-sort", "ascending")
    assert [counts[code] for code in order()] == sorted(counts)
    name = table.locator("thead th").nth(1)
    name.locator("button").click()
    expect(name).to_have_attribute("aria-sort", "ascending")
    names = table.locator("tbody tr button").all_inner_texts()
    assert names[0] == "Amazonas"
    ranks = table.locator("tbody .rank")
    assert set(ranks.all_inner_texts()) == {""}, "the alphabet is no ranking"
    count.locator("button").click()
    expect(count).to_have_attribute("aria-sort", "descending")
    assert ranks.all_inner_texts() == [str(place) for place in range(1, 26)]
    count.locator("button").click()
    expect(count).to_have_attribute("aria-sort", "ascending")
    turned = [int(text) for text in ranks.all_inner_texts()]  # the same places from the other end
    assert sorted(turned) == list(range(1, 26))
    assert turned[-1] == 1
    assert len(names) == 25


def test_a_new_period_keeps_the_position(visit):
    """The reader zoomed in: the layers change under the same view."""
    reader = visit().open("/?lang=es&period=2023&measure=count&layers=none")
    reader.frame.evaluate("map_atlas.setView([-12.5, -70.5], 7, {animate: false})")
    before, where = fills(reader), view(reader)
    reader.choose_period("2007-01/2014-04", "observatory")
    reader.drawn("2007-01/2014-04")
    assert view(reader) == where
    after = fills(reader)
    assert set(after) == set(before)
    assert sum(after[code] != before[code] for code in after) > 3
    assert len(fills(reader)) == 25


def test_the_country_stays_where_it_was_put(visit):
    """After every change of size: nothing that the map does by itself carries it off."""
    reader = visit().open("/?lang=es&layers=none")
    moved = reader.frame.evaluate(
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


@pytest.mark.parametrize("other", [pytest.param("es", marks=pytest.mark.slow), "en"])
def test_a_copied_link_shows_the_same(visit, other):
    """After several changes the address, opened elsewhere, gives card, layers and colours."""
    first = visit().open("/?lang=es")
    first.choose_period("2019")
    first.drawn("/2019/")
    first.press("measure", MEASURES.index("verdict"))
    first.drawn("/verdict/")
    first.press("base", BASES.index("offences"))
    first.drawn("/offences")
    first.press("layers_box", 0)
    first.press("overlays", OVERLAYS.index("zones"))
    first.drawn("zones")
    first.page.keyboard.press("Escape")
    first.page.locator(f'{TABLE} tr[data-code="17"] button').click()
    first.wait_for_query("dep=17")
    first.drawn("/17/")
    expect(first.page.locator(f"{CARD} h2")).to_have_text("Madre de Dios", use_inner_text=True)
    link = first.page.url.removeprefix(first.address).replace("lang=es", f"lang={other}")
    second = visit().open(link)
    second.drawn("/17/")
    expect(second.page.locator(f"{CARD} h2")).to_have_text("Madre de Dios", use_inner_text=True)
    assert fills(second) == fills(first)
    cards = [one.page.locator(f"{CARD} .figure b").all_inner_texts() for one in (first, second)]
    assert cards[0] == cards[1]
    for name in ("period", "measure", "base", "layers", "dep", "bw"):
        assert second.query(name) == first.query(name) is not None
    shown = "[...document.querySelectorAll('path.zone, path.mining-cell')].length"
    assert second.frame.evaluate(shown) == first.frame.evaluate(shown)
    order = "all => all.map(row => row.dataset.code)"
    rows = [one.page.locator(f"{TABLE} tbody tr").evaluate_all(order) for one in (first, second)]
    assert rows[0] == rows[1]


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
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    before = reader.page.evaluate(scrolled)
    reader.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reader.page.mouse.down()
    reader.page.wait_for_timeout(200)
    assert reader.page.evaluate(scrolled) == before
    reader.page.mouse.up()
    reader.wait_for_query("dep=16")
    assert "1900" not in reader.page.url
    # the notice goes, the map stays the one that it was
    expect(warning).to_have_count(0)
    assert reader.frame.evaluate("window.same") is True


def test_two_readers_do_not_mix(visit):
    """Two states at once: neither card, nor layers, nor address of one reaches the other."""
    one = visit().open("/?lang=es&period=2019&measure=count&dep=17&layers=none")
    two = visit().open("/?lang=en&period=2021&measure=rate&dep=08&layers=mining")
    one.choose_period("2023")
    two.press("measure", MEASURES.index("smr"))
    one.drawn("es/2023/count")
    two.drawn("en/2021/smr")
    assert (one.query("period"), one.query("dep"), one.query("lang")) == ("2023", "17", "es")
    assert (two.query("period"), two.query("dep"), two.query("lang")) == ("2021", "08", "en")
    names = [reader.page.locator(f"{CARD} h2").inner_text() for reader in (one, two)]
    assert names == ["Madre de Dios", "Cusco"]
    cells = [reader.frame.locator("path.mining-cell").count() for reader in (one, two)]
    assert cells[0] == 0
    assert cells[1] > 100
    assert fills(one) != fills(two)


def test_a_telephone_shows_map_card_table_in_one_column(visit):
    """Nothing to scroll sideways; the controls wait behind a switch."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True).open("/?lang=es&dep=17")
    page = reader.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain]')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    assert wide == [0]
    boxes = [page.locator(what).first.bounding_box() for what in (".atlas-map", CARD, TABLE)]
    for above, below in itertools.pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"] + 1
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    controls = page.locator(".st-key-controls")
    expect(controls).to_be_hidden()
    page.locator(".st-key-show_controls label").click()
    controls.wait_for(state="visible")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    "path", ["/?lang=es", pytest.param("/focos?lang=es", marks=pytest.mark.slow)]
)
def test_the_language_is_changed_without_unfolding(visit, path):
    """On a phone the switch stands beside the fold's, and the folded controls stay as they are."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    page = reader.page
    page.goto(f"{reader.address}{path}")
    say = words("es")("controls.show" if path == "/?lang=es" else "focos.controls.show")
    fold = page.locator(".st-key-fold").get_by_text(say)
    english = page.locator(".st-key-language").get_by_text("EN", exact=True)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        expect(english).to_be_visible()
        switch = page.locator(".st-key-language")

        def is_on_one_line(switch: Any = switch) -> bool:
            one, other = fold.bounding_box(), switch.bounding_box()
            return abs(one["y"] + one["height"] / 2 - other["y"] - other["height"] / 2) < 12

        eventually(page, is_on_one_line)
        one, other = fold.bounding_box(), switch.bounding_box()
        assert one["x"] + one["width"] <= other["x"]
        assert other["x"] + other["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    english.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".st-key-controls")).to_be_hidden()


def test_the_first_screen_names_the_regions_and_marks_little_else(visit):
    """Names, figures where they are the news, no overlay; 150 words and thirty marks at most."""
    reader = visit(viewport={"width": 1280, "height": 900}).open("/?lang=es")
    assert reader.query("layers") == "none"
    frame = reader.frame
    eventually(reader.page, lambda: frame.locator(".name-department").count() >= 20)
    results = results_for(MapState().period).set_index("department")
    for text in frame.locator(".name-department span").all_inner_texts():
        name, _, figure = text.partition("\n")
        is_news = results.loc[name, "verdict"] in ("above", "below")
        assert figure == (f"{results.loc[name, 'smr']:.1f}" if is_news else ""), name
    marks = ".name:not(.name-department), .arrowhead, .service, path.mining-cell, path.route"
    assert frame.locator(marks).count() <= 30
    assert first_screen(reader.page)["words"] <= 150
    frame.evaluate("map_atlas.setZoom(map_atlas.getZoom() + 1, {animate: false})")
    loreto = frame.locator(".name-department", has_text="Loreto")
    expect(loreto).to_have_text(f"Loreto{results.loc['Loreto', 'smr']:.1f}")
    assert "Amazon Mining Watch" not in frame.locator("#credits").inner_text()


NAMES = """() => {
  const names = [...document.querySelectorAll(".name-department span")];
  return {
    width: innerWidth, texts: names.map(name => name.innerText),
    boxes: names.map(name => name.getBoundingClientRect())
      .map(box => [box.left, box.top, box.right, box.bottom]),
  };
}"""


@pytest.mark.parametrize("period", [MapState().period, "2019"])
def test_the_smallest_phone_names_every_conclusion(visit, period):
    """At 320 pixels, at once and after resizing: each with its figure, and no name on another."""
    reader = visit(viewport={"width": 320, "height": 700}).open(f"/?lang=es&period={period}")
    results = results_for(period)
    is_told = results["verdict"].isin(["above", "below"])
    told = {f"{row.department}\n{row.smr:.1f}" for row in results[is_told].itertuples()}

    def is_right(width: int) -> bool:
        found = reader.frame.evaluate(NAMES)
        overlap = [
            min(a[right] - b[left], b[right] - a[left])
            for a, b in itertools.combinations(found["boxes"], 2)
            for left, right in ((0, 2), (1, 3))
        ]
        pairs = zip(overlap[::2], overlap[1::2], strict=True)
        return (
            width - 30 < found["width"] < width
            and told <= set(found["texts"])
            and all(min(pair) < 3 for pair in pairs)
        )

    for width in (320, 390, 320):
        reader.page.set_viewport_size({"width": width, "height": 700})
        eventually(reader.page, partial(is_right, width))


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
    if (!top || !top.closest("#map_atlas")) continue;  // under the legend or a button
    top.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: x, clientY: y }));
    const tip = document.querySelector(".tip.shown");
    told.push([tip ? tip.querySelector("strong").textContent : "", top.className.baseVal, x, y]);
  }
  return told;
}"""


def test_every_point_of_a_region_answers_as_the_region(visit):
    """With every overlay on: routes and cells lie on it, their lines come after its own."""
    reader = visit().open(f"/?lang=es&period=2023&layers={'-'.join(OVERLAYS)}")
    names = results_for("2023").set_index("department_ubigeo")["department"]
    for code in ("19", "17", "15"):
        told = reader.frame.evaluate(POINTS, code)
        assert len(told) > 30
        assert {name for name, *_ in told} == {names[code]}
    on_route = next(one for one in reader.frame.evaluate(POINTS, "19") if "grip" in str(one[1]))
    frame = reader.page.locator("iframe[sandbox='allow-scripts']").bounding_box()
    reader.page.mouse.move(frame["x"] + on_route[2], frame["y"] + on_route[3])
    tip = reader.frame.locator(".tip.shown")
    expect(tip.locator("strong").first).to_have_text("Pasco")
    expect(tip).to_contain_text("→")
    reader.page.mouse.down()
    reader.page.mouse.up()
    reader.wait_for_query("dep=19")


def test_one_finger_scrolls_the_page_and_two_move_the_map(visit):
    """A finger on the map does not trap the reader, and is told how the map is moved."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = reader.open("/?lang=es").page
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

    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    before = view(reader)
    eventually(page, spread)
    assert page.evaluate(scrolled) == 0
    expect(reader.frame.locator(".leaflet-zoom-anim")).to_have_count(0)  # it has come to rest
    before = view(reader)
    touch("touchStart", (200, 450))
    for step in range(1, 15):
        touch("touchMove", (200, 450 - 12 * step))
    expect(reader.frame.locator(".hint.shown")).to_have_text(words("es")("map.two_fingers"))
    touch("touchEnd")
    page.wait_for_function(f"{scrolled} > 60")
    assert view(reader) == before


def test_callao_can_be_hit_with_a_finger(visit):
    """A few pixels wide on the map of the country: the inset shows it large, with its count."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    reader.open("/?lang=es&period=2023&measure=count")
    callao = reader.frame.locator('#inset button[data-department-ubigeo="07"]')
    lima = reader.frame.locator('#inset button[data-department-ubigeo="15"]')
    for one in (callao, lima):
        box = one.bounding_box()
        assert box["width"] >= 44
        assert box["height"] >= 44
    count = results_for("2023").set_index("department_ubigeo").loc["07", "reported_count"]
    expect(callao).to_have_text(f"Callao{count:.0f}")
    assert reader.region("07").bounding_box()["width"] < 24
    callao.tap()
    reader.wait_for_query("dep=07")
    expect(callao).to_have_class("chosen")


def test_in_the_dark_more_is_brighter(visit):
    """The scale of the legend runs from dark to light, as its regions do."""
    reader = visit(color_scheme="dark").open("/?lang=es&layers=none")
    expect(reader.frame.locator("html")).to_have_class(re.compile("theme-dark"))
    rects = reader.frame.locator("#legend .scale rect")
    lights = []
    for rect in rects.all():
        with Image.open(io.BytesIO(rect.screenshot())) as picture:
            lights.append(ImageStat.Stat(picture.convert("L")).median[0])
    assert lights[-1] > lights[0] + 100
    assert max(lights) == lights[-1]


LEGEND_AND_WEST = """() => {
  const box = document.getElementById("legend");
  const sides = e => {
    const b = e.getBoundingClientRect();
    return [b.left, b.top, b.right, b.bottom];
  };
  return {
    legend: sides(box), scrolls: box.scrollHeight > box.clientHeight + 1, stop: box.tabIndex,
    west: [...document.querySelectorAll("path.region")]
      .filter(p => ["20", "24"].includes(p.dataset.departmentUbigeo)).map(sides),
  };
}"""


def test_the_legend_never_hides_the_north_west(visit):
    """With every overlay Tumbes and Piura stand clear; where room lacks, the legend scrolls."""
    reader = visit().open(f"/?lang=es&layers={'-'.join(OVERLAYS)}")
    reader.frame.wait_for_function("document.querySelectorAll('path.region').length === 25")

    def stands_clear(height: int) -> bool:
        """The frame takes its size, then the legend its place: neither at once."""
        found = reader.frame.evaluate(LEGEND_AND_WEST)
        left, top, right, bottom = found["legend"]
        return (
            len(found["west"]) == 2
            and all(
                one[0] >= right or one[3] <= top or one[2] <= left or one[1] >= bottom
                for one in found["west"]
            )
            and found["scrolls"] == (found["stop"] == 0) == (height < 700)
        )

    for width, height in ((1280, 900), (1024, 640)):
        reader.page.set_viewport_size({"width": width, "height": height})
        eventually(reader.page, partial(stands_clear, height))


def test_the_legend_unfolds_with_its_frame(visit):
    """A frame that was narrow at first is not taken for a phone; what the reader folds stays so."""
    reader = visit(viewport={"width": 390, "height": 844}).open("/?lang=es&layers=none")
    legend = reader.frame.locator("#legend details")
    expect(legend).not_to_have_attribute("open", re.compile(""))
    legend.locator("summary").click()
    expect(legend).to_have_attribute("open", "")
    reader.page.set_viewport_size({"width": 400, "height": 844})
    reader.page.wait_for_timeout(300)  # whatever the new size would fold
    expect(legend).to_have_attribute("open", "")
    other = visit(viewport={"width": 390, "height": 844}).open("/?lang=es&layers=none")
    legend = other.frame.locator("#legend details")
    expect(legend).not_to_have_attribute("open", re.compile(""))
    other.page.set_viewport_size({"width": 1280, "height": 900})
    expect(legend).to_have_attribute("open", "")


def test_a_phone_leads_from_the_map_to_the_card(visit):
    """What was chosen above lies far below; the opened legend lies below the country."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True).open("/?lang=es&dep=09")
    page, say = reader.page, words("es")
    page.get_by_role("button", name=say("map.card", name="Huancavelica")).click()
    title = page.locator("article.card h2")
    eventually(page, lambda: 0 < title.bounding_box()["y"] < 200)
    expect(title).to_be_focused()
    legend = reader.frame.locator("#legend details")
    legend.locator("summary").click()
    south = reader.frame.locator('path.region[data-department-ubigeo="23"]')

    def lies_below() -> bool:
        country = south.bounding_box()
        return country["y"] + country["height"] <= legend.bounding_box()["y"]

    eventually(page, lies_below)


def test_the_legend_folds_where_the_window_is_low(visit):
    """At 200 % zoom it would cover the north; by hand it opens at every width."""
    reader = visit(viewport={"width": 640, "height": 450}).open("/?lang=es")
    legend = reader.frame.locator("#legend details")
    expect(legend).not_to_have_attribute("open", re.compile(""))
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    expect(legend).to_have_attribute("open", "")
    legend.locator("summary").click()
    expect(legend).not_to_have_attribute("open", re.compile(""))
    expect(legend.locator("summary")).to_have_text(
        words("es")("legend.heading"), use_inner_text=True
    )


def test_the_map_is_two_stops_for_the_keyboard(visit):
    """456 cells with tooltips are no stops of the tab key; the map and its buttons are."""
    reader = visit().open("/?layers=mining-routes-places")
    reader.page.locator("body").press("Tab")
    inside = 0
    for _ in range(60):
        reader.page.keyboard.press("Tab")
        inside += reader.frame.evaluate("document.hasFocus()")
        if reader.page.evaluate(
            "[...document.querySelectorAll('*')].some(e => e.shadowRoot?.activeElement"
            "?.dataset?.focus)"
        ):
            break
    else:
        raise AssertionError("the table was not reached in 60 stops")
    assert inside <= 6


def test_the_menu_of_a_phone_makes_way(visit):
    """A page chosen from the drawer is not left under it."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    reader.open("/?lang=es")
    reader.page.locator("[data-testid=stExpandSidebarButton]").click()
    reader.page.locator("[data-testid=stSidebar] a", has_text="Cifras").click()
    reader.page.wait_for_selector(".strips", timeout=30_000)
    reader.page.wait_for_function(
        "document.elementFromPoint(40, 300)?.closest('[data-testid=stSidebar]') === null"
    )


@pytest.mark.parametrize(
    ("link", "first"),
    [
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (("/", "measure"), ("/focos", "focos_base"))
        ),
        ("/planificador", "plan_demand"),
    ],
)
def test_every_button_of_a_control_says_what_it_does(visit, link, first):
    """To a screen reader, and to the eye when the keyboard comes to it."""
    reader = visit()
    reader.page.goto(f"{reader.address}{link}?lang=es")
    bar = reader.page.locator(".st-key-control_bar, .st-key-plan_row")
    expect(bar.first.locator("[data-testid=stButtonGroup] button").first).to_be_visible()
    unsaid = bar.locator("[data-testid=stButtonGroup] button:not([aria-description])")
    expect(unsaid).to_have_count(0)
    button = reader.page.locator(f".st-key-{first} button").first
    shown = "button => getComputedStyle(button, '::after').content"
    assert button.evaluate(shown) == "none"
    button.focus()
    reader.page.keyboard.press("Shift")  # the keyboard is in use: focus is seen
    said = button.get_attribute("aria-description")
    eventually(reader.page, lambda: said in button.evaluate(shown))
