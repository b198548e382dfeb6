"""What a reader does with the map, in a real Chromium against a real server."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from atlas.results.regions import results_for
from atlas.view import MEASURES, OVERLAYS
from atlas.words import file_name, words
from data.geography import load_provinces
from data.periods import parse_period
from tests.browser.eventually import AT_REST, CARD, SCROLLED, SETTLED, VIEWED, eventually, saved

pytestmark = pytest.mark.browser
TABLE = ".atlas-table"
CODES = "all => all.map(row => row.dataset.code)"


def fills(visit) -> dict[str, str]:
    """Colour of every department."""
    return visit.frame.eval_on_selector_all(
        "path.region",
        "all => Object.fromEntries(all.map(p => [p.dataset.departmentUbigeo, "
        "p.getAttribute('fill')]))",
    )


POINTS = """code => {
  const path = document.querySelector(`path.region[data-department-ubigeo="${code}"]`);
  const back = path.getScreenCTM().inverse(), box = path.getBoundingClientRect(), tips = [];
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
    tips.push([tip ? tip.querySelector("strong").textContent : "", top.className.baseVal, x, y]);
  }
  return tips;
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
        points = frame.evaluate(POINTS, code)
        assert len(points) > 30
        assert {name for name, *_ in points} == {names[code]}

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
    on_route = next(point for point in frame.evaluate(POINTS, "19") if "grip" in str(point[1]))
    box = page.locator("iframe[sandbox='allow-scripts']").bounding_box()
    x, y = box["x"] + on_route[2], box["y"] + on_route[3]
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
    before, where = fills(reader), reader.frame.evaluate(VIEWED)
    reader.choose_period("2023", "mpfn")
    reader.drawn("/2023/")
    assert reader.frame.evaluate(VIEWED) == where
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


TIP = """cell => {
  const { x, y, width, height } = cell.getBoundingClientRect();
  const at = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2 };
  cell.dispatchEvent(new MouseEvent("mousemove", at));
  return [...document.querySelectorAll(".tip strong")].map(title => title.textContent);
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
    tips = [cells.nth(number).evaluate(TIP) for number in range(0, 450, 30)]
    # one of them lies on the country's border, beside the outlines of its provinces
    grounds = [tip[0] for tip in tips if len(tip) == 2]
    assert len(grounds) >= len(tips) - 1
    assert set(grounds) <= set(load_provinces()["province"])
    assert {tip[-1] for tip in tips} == {words("es")("mining.title")}
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
