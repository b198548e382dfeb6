"""The matrix of Focos in a real browser: cells choose, by mouse, keyboard and touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.results.matrix import blocks, matrix_rows, matrix_table
from atlas.results.regions import results_for
from atlas.words import words
from data.periods import parse_period
from studies.benchmarks.first_screen import first_screen
from tests.browser.desk import violations
from tests.browser.eventually import eventually
from tests.browser.small_screen import beyond_the_screen

pytestmark = pytest.mark.browser
LAST = ".st-key-file_map_png button"
HELD = """() => { for (const one of document.querySelectorAll("*")) {
  const held = one.shadowRoot?.activeElement;
  if (held) return [held.closest("tr")?.dataset.department, held.dataset.period,
                    held.dataset.base].join(" "); } }"""
"""department, period and base of the cell that has the focus"""


def _open(visit: Callable[..., Any], link: str, **options: Any) -> Any:
    one = visit(**options)
    one.page.goto(f"{one.address}/focos?{link}")
    one.page.locator(LAST).wait_for(state="attached")
    one.page.locator(".matrix-root table").wait_for()
    return one


def _cell(page: Any, code: str, period: str, base: str = "people") -> Any:
    row = page.locator(f'.matrix-root tbody:not(.mine) tr[data-department="{code}"]')
    return row.locator(f'[data-registry="mpfn"][data-period="{period}"][data-base="{base}"]')


def test_the_table_is_one_stop_and_arrows_walk_it(visit: Callable[..., Any]) -> None:
    """Tab comes to the chosen cell and leaves; Enter chooses, and the focus stays where it was."""
    one = _open(visit, "lang=en&dep=16&period=2023")
    page, codes = one.page, [level["department_ubigeo"] for level, _ in matrix_rows()]
    expect(page.locator(".matrix-root table button[tabindex='0']")).to_have_count(1)
    last = blocks()[0].periods[-1].code
    _cell(page, "16", last).focus()
    below = codes[codes.index("16") + 1]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(HELD) == f"{below} {last} people"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(HELD) == f"{below} {blocks()[1].periods[0].code} offences"
    expect(page.locator(".matrix-root .readout")).to_contain_text("by reported offences")
    page.keyboard.press("Control+Home")
    assert page.evaluate(HELD) == f"{codes[0]}  "
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    one.wait_for_query(f"dep={codes[0]}")
    one.wait_for_query("period=2019")
    expect(_cell(page, codes[0], "2019")).to_have_attribute("aria-current", "true")
    assert page.evaluate(HELD) == f"{codes[0]} 2019 people"
    page.keyboard.press("Tab")
    assert page.evaluate(HELD) != f"{codes[0]} 2019 people"
    assert not page.evaluate(
        "document.activeElement.shadowRoot?.activeElement?.closest('table') ?? null"
    )


def test_a_phone_shows_a_block_at_a_time(visit: Callable[..., Any]) -> None:
    """A chosen row far down stands above too; the other denominator is one touch away."""
    codes = [level["department_ubigeo"] for level, _ in matrix_rows()]
    assert codes.index("06") > 9 > codes.index("09")
    one = _open(
        visit, "lang=es&dep=06&period=2023", viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = one.page
    mine = page.locator(".matrix-root .mine tr")
    expect(mine).to_have_attribute("data-department", "06")
    expect(mine).to_be_visible()
    expect(_cell(page, "06", "2023")).to_be_hidden()  # once is enough
    page.locator('.matrix-root tr[data-department="09"] th button').tap()
    one.wait_for_query("dep=09")
    expect(mine).to_have_count(0)
    expect(_cell(page, "09", "2023")).to_be_visible()
    expect(_cell(page, "09", "2023", "offences")).to_be_hidden()
    page.locator(".switch button[data-base='offences']").tap()
    one.wait_for_query("base=offences")
    expect(_cell(page, "09", "2023", "offences")).to_be_visible()
    expect(_cell(page, "09", "2023")).to_be_hidden()
    # two thirds of what the page was when three lenses, strips and their keys stood on it
    tall = page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight")
    assert tall < 5_663
    # what lies under all else is one touch away too
    page.locator("a[href='#fold-focos_compare']").tap()
    one.wait_for_query("open=compare")
    expect(page.locator(".st-key-focos_compare summary").first).to_be_in_viewport()


@pytest.mark.slow  # the page folded: test_accessible_pages
@pytest.mark.parametrize(("lang", "scheme"), [("es", "light"), ("en", "dark")])
def test_open_folds_pass_axe_and_fit(visit: Callable[..., Any], lang: str, scheme: str) -> None:
    """Chance and density unfolded: no complaint of axe-core, nothing over the edge of a screen."""
    one = _open(visit, f"lang={lang}&dep=16&twin=2", color_scheme=scheme)
    page = one.page
    page.locator(".st-key-focos_density summary").click()
    page.locator(".st-key-density_difference svg").wait_for()
    assert violations(page) == []
    for width in (320, 390):
        assert beyond_the_screen(page, width) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_cells_choose_and_read_as_a_table(visit: Callable[..., Any]) -> None:
    """The first screen says one thing: figures where they are news, all when asked for. A click:
    the sentence, the address and the marked cell follow, and the page stays. Headers of rows,
    columns and blocks, a name for each cell that says all of it; whole on an upright sheet; heads
    sort the years and what changed."""
    one = _open(visit, "lang=es&period=2025-01/2025-11")
    page, say = one.page, words("es")
    assert first_screen(page)["words"] <= 300
    table = matrix_table()
    quiet = table[(table["verdict"] == "unremarkable") & (table["registry_code"] == "mpfn")]
    row = quiet[(quiet["base"] == "people") & (quiet["period"] == "2023")].iloc[0]
    figure = _cell(page, row["department_ubigeo"], "2023").locator("span")
    expect(figure).to_be_hidden()
    expect(_cell(page, "17", "2023").locator("span")).to_be_visible()
    page.locator(".matrix-root .figures").click()
    expect(figure).to_be_visible()
    assert "dep=" not in page.url

    page.evaluate("window.stayed = true")
    cell = _cell(page, "16", "2020", "offences")
    cell.click()
    one.wait_for_query("dep=16")
    assert (one.query("period"), one.query("base")) == ("2020", "offences")
    expect(page.locator("h1")).to_contain_text("Loreto, 2020")
    expect(cell).to_have_attribute("aria-current", "true")
    expect(page.locator(".matrix-root tbody:not(.mine) [aria-current]")).to_have_count(1)
    page.locator('.matrix-root tr[data-department="09"] th button').last.click()
    one.wait_for_query("dep=09")
    assert one.query("period") == "2020"

    table = page.get_by_role("table").filter(has=page.locator("tbody.mine"))
    expect(table.get_by_role("rowheader")).to_have_count(25)
    years = sum(len(block.periods) for block in blocks())
    # the department, the years, the level and its interval, below the names of the blocks
    expect(table.get_by_role("columnheader")).to_have_count(1 + years + 2 + len(blocks()) + 1)
    name = f"Loreto, 2023, {say('base.people')}: 115 reportes"
    expect(table.get_by_role("button", name=name)).to_have_count(1)

    one.choose_period("2023")
    head = page.locator(".st-key-change th", has_text="2023").first
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    counts = results_for(parse_period("2023")).set_index("department")["reported_count"]
    first = page.locator(".st-key-change tbody tr th").first
    expect(first).to_have_text(counts.idxmax())
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert counts[first.inner_text().strip()] == counts.min()
    assert page.evaluate("window.stayed")

    page.set_viewport_size({"width": 703, "height": 1032})
    page.emulate_media(media="print")
    cells = page.locator(".matrix-root tbody:not(.mine) td[data-of]")
    expect(cells).to_have_count(25 * years)

    def edges() -> list[float]:
        right = "all => all.map(one => one.getBoundingClientRect().right)"
        return cells.evaluate_all(right)

    eventually(page, lambda: min(edges()) > 0)  # a hidden cell has no edge
    root = page.locator(".matrix-root").evaluate("one => one.getBoundingClientRect().right")
    assert max(edges()) <= root <= 703

    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    head = page.locator(".matrix-root thead th", has_text="2021").first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    ratios = results_for(parse_period("2021")).set_index("department_ubigeo")["smr"]
    first = page.locator(".matrix-root tbody:not(.mine) tr").first
    expect(first).to_have_attribute("data-department", str(ratios.idxmax()))


@pytest.mark.slow  # the words: tests/atlas/pages/test_hotspots
def test_a_link_with_two_periods_leads_to_what_changed(visit: Callable[..., Any]) -> None:
    """So does the address of the section; a link without them opens at the top."""
    top = "document.querySelector('#focos-change').getBoundingClientRect().top"
    one = _open(visit, "lang=es")
    assert one.page.evaluate(top) > 900
    for link in ("lang=es&from=2021&to=2023", "lang=es#focos-change"):
        one.page.goto("about:blank")
        one.page.goto(f"{one.address}/focos?{link}")
        one.page.wait_for_function(
            "() => { const one = document.querySelector('#focos-change');"
            " const top = one?.getBoundingClientRect().top; return top > 0 && top < 120; }"
        )
        assert one.page.url.endswith("#focos-change") == ("#" in link)
