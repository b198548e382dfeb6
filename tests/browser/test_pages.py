"""Test every page with axe, in small and dark windows, with hostile data, and Focos's matrix."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from atlas.map import page as map_page
from atlas.map.page_table import ranking_data
from atlas.map.places import places_json
from atlas.results.matrix import blocks
from atlas.results.regions import results_for
from atlas.view import DEPARTMENTS, OVERLAYS, View
from atlas.web.components import static_text, table_tools
from atlas.web.wording import STREAMLIT
from atlas.words import words
from data.periods import parse_period
from studies.benchmarks.first_screen import first_screen
from tests.browser.desk import violations
from tests.browser.eventually import AT_REST, OTHERS, SETTLED, beyond_the_screen, eventually

pytestmark = pytest.mark.browser
PAGES = {
    "/?dep=17&open=compare&beside=16-08": ("nav.map", ".history.beside tbody td"),
    "/focos?open=change": ("nav.hotspots", ".forest"),
    "/cifras": ("nav.figures", ".strips"),
    "/vista-publica": ("nav.awareness", ".glass.loaded"),
    "/metodo": ("nav.method", ".st-key-prose table"),
}
"""each page: its name, and what stands in it when its data have arrived"""


WIDE, DARK = (next(iter(PAGES)), "/metodo"), ("/focos?open=change", "/cifras", "/vista-publica")
"""pages that make test sees wide and light in Spanish, and narrow and dark in English"""


_SAID = """() => {
  const texts = new Set(), walk = document.createTreeWalker(document.body);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.nodeType === Node.TEXT_NODE) texts.add(node.data.trim());
    else if (node.nodeType === Node.ELEMENT_NODE)
      for (const name of ["aria-label", "title", "placeholder", "alt"])
        texts.add(node.getAttribute(name) ?? "");
  }
  return [...texts];
}"""


@pytest.mark.parametrize(
    ("lang", "scheme", "pages"),
    [
        ("es", "light", WIDE),
        ("en", "dark", DARK),
        pytest.param("es", "light", DARK, marks=pytest.mark.slow),
        pytest.param("en", "dark", WIDE, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_on_a_page(
    visit: Callable[..., Any], lang: str, scheme: str, pages: tuple[str, ...]
) -> None:
    """Each page passes axe, has one title and heading, asks one host and fits 320 pixels.

    On a Spanish page nothing of Streamlit is English, at three widths, with the menu open.
    """
    size = {"width": 390, "height": 844} if scheme == "dark" else {"width": 1280, "height": 900}
    page = (opened := visit(color_scheme=scheme, viewport=size)).page
    by_link, beyond = {}, {}
    for link, (name, ready) in ((link, PAGES[link]) for link in pages):
        page.goto(f"{opened.address}{link}{'&' if '?' in link else '?'}lang={lang}")
        page.locator(ready).first.wait_for(state="attached")
        page.wait_for_selector("footer.help")
        expect(page).to_have_title(f"{words(lang)(name)} · Atlas Trata Perú")
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("html")).to_have_attribute("lang", lang)
        for number in ("1818", "100"):
            expect(page.locator(f'footer.help a[href="tel:{number}"]')).to_have_count(1)
        expect(page.locator("[data-testid=stException], [data-testid=stAlert]")).to_have_count(0)
        # to a screen reader every button of a control says what it does
        expect(
            page.locator(
                ".st-key-control_bar [data-testid=stButtonGroup] button:not([aria-description])"
            )
        ).to_have_count(0)
        by_link[link] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], link
        beyond[link] = beyond_the_screen(page)
        if name == "nav.map":
            beyond |= {
                f"{link} {width}": beyond_the_screen(page, width, height)
                for width, height in OTHERS
            }
        # a change is never shown without its reading, however narrow the screen
        if link.startswith("/focos"):
            readings = page.locator(".forest tbody .reading")
            assert [opened.is_visible() for opened in readings.all()] == [True] * 25
        if lang == "es":
            assert_spanish(page)
            page.set_viewport_size(size)
    assert {link: problems for link, problems in by_link.items() if problems} == {}
    assert {link: problems for link, problems in beyond.items() if problems} == {}


def assert_spanish(page: Any) -> None:
    """Text, names for a screen reader and hints, at three widths, with the menu open."""
    english = [
        re.compile(re.escape(text).replace(re.escape("{}"), ".+"), re.DOTALL)
        for text in STREAMLIT
        if text != words("es")(STREAMLIT[text])
    ]

    def is_spanish() -> bool:
        texts = page.evaluate(_SAID)
        return not [text for text in texts if any(pattern.fullmatch(text) for pattern in english)]

    for width in (1280, 700, 390):
        page.set_viewport_size({"width": width, "height": 844})
        eventually(page, is_spanish)
    menu = page.get_by_role("button", name=words("es")("shell.menu"))
    expect(menu).to_be_visible()
    method = page.get_by_role("link", name=words("es")("nav.method"), exact=True)

    def is_open() -> bool:
        if not method.is_visible():  # a page that has just become narrow shuts its menu once more
            menu.click()
        return bool(method.is_visible())

    eventually(page, is_open)
    eventually(page, is_spanish)


AFTER_THE_MAP = {
    "/cifras": ".st-key-data_who button",
    "/metodo": ".catalogue tbody tr",
    "/focos": ".st-key-focos_provinces summary",
}
"""other pages with what stands in them when their data have arrived"""
WORDED = "-".join(layer for layer in OVERLAYS if layer != "density")
"""layers with words; the density is a picture, and takes the longest"""
RUNNABLE = "img[src='x'], img[src*='evil'], a[href^='javascript'], a[href*='evil']"


DRAW = """async ([code, data]) => {
  const script = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: draw } = await import(script);
  draw({ data, parentElement: document.body, setTriggerValue() {} });
}"""
"""draws a component on an empty page"""


def test_the_table_and_the_search_show_hostile_data_as_words(
    visit, data_folder, hostile_data, monkeypatch
):
    """As the map page gives them to their scripts; no word of a table stands on its timeline."""
    data_folder(hostile_data)
    given: dict[str, Any] = {}

    def take(name: str) -> Callable[..., None]:
        return lambda data, **_: given.update({name: data})

    monkeypatch.setattr(map_page, "component", take)
    say = words("es")
    take("table")(ranking_data(View(department="17"), say) | table_tools(say))
    map_page._search(say)
    given["search"]["src"] = f"data:application/json,{quote(places_json('es'))}"
    page = visit().page
    page.goto("about:blank")
    for name, data in given.items():
        files = ("tools.js", "table.js") if name == "table" else (f"{name}.js",)
        page.evaluate(DRAW, ["\n".join(static_text(file) for file in files), data])
    page.get_by_role("combobox").fill("onerror")
    shown = page.get_by_text("onerror")
    expect(page.locator("[role=option] b").and_(shown)).to_have_count(7)
    expect(page.locator("tbody button").and_(shown)).to_have_count(len(DEPARTMENTS))
    page.evaluate(SETTLED)
    assert page.evaluate("window.P") is None
    assert page.locator(f"{RUNNABLE}, script, [onerror]").count() == 0


# A server of its own. In make test: table and search (above), own records (test_own_data), the
# map (tests/layers/test_browser), cards (tests/atlas/pages/test_card), the public page
# (tests/atlas/public/test_public_browser).
@pytest.mark.slow
def test_no_page_runs_hostile_data(visit, hostile_address, hostile_text):
    """Hostile words stay words in maps, cards, tables and folded parts; nobody is asked."""
    reader = visit(hostile_address).open(f"/?lang=es&dep=17&layers={WORDED}")
    page, frame = reader.page, reader.frame
    shown = hostile_text.split("\u2028")[0]

    def assert_calm(path: str) -> None:
        for page_frame in page.frames:
            page_frame.evaluate(SETTLED)
            assert page_frame.evaluate("window.P") is None, path
            assert page_frame.locator(RUNNABLE).count() == 0, path

    frame.evaluate(
        "Object.values(map_atlas._layers).forEach("
        "layer => layer.getTooltip && layer.getTooltip() && layer.openTooltip())"
    )
    assert shown in page.locator("article.card h2").inner_text()
    rows = page.locator(".atlas-table tbody tr button").all_inner_texts()
    assert len(rows) == len(DEPARTMENTS)
    assert all("onerror" in text for text in rows)
    assert_calm("/")
    for path, ready in AFTER_THE_MAP.items():
        page.goto(f"{hostile_address}{path}?lang=es&dep=17")
        page.locator(ready).first.wait_for(state="attached")
        page.get_by_text(shown).first.wait_for(state="attached")
        page.locator(AT_REST).wait_for()
        assert page.locator("[data-testid=stException]").count() == 0, path
        assert_calm(path)


LAST = ".st-key-focos_provinces summary"
HELD = """() => { for (const host of document.querySelectorAll("*")) {
  const focused = host.shadowRoot?.activeElement;
  if (focused) return [focused.closest("tr")?.dataset.department, focused.dataset.period,
                    focused.dataset.base].join(" "); } }"""
"""department, period and base of the cell that has the focus"""


def _open(visit: Callable[..., Any], link: str, **options: Any) -> Any:
    opened = visit(**options)
    opened.page.goto(f"{opened.address}/focos?{link}")
    opened.page.locator(LAST).wait_for(state="attached")
    opened.page.locator(".matrix-root table").wait_for()
    return opened


def codes_of(page: Any) -> list[str]:
    """Departments in the order of the table."""
    rows = page.locator(".matrix-root tbody:not(.mine) tr")
    return list(rows.evaluate_all("all => all.map(row => row.dataset.department)"))


def _cell(page: Any, code: str, period: str, base: str = "people") -> Any:
    row = page.locator(f'.matrix-root tbody:not(.mine) tr[data-department="{code}"]')
    return row.locator(f'[data-registry="mpfn"][data-period="{period}"][data-base="{base}"]')


def test_a_phone_shows_a_block_at_a_time(visit: Callable[..., Any]) -> None:
    """A chosen row far down stands above too; the other denominator is one touch away."""
    opened = _open(
        visit, "lang=es&dep=06&period=2023", viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = opened.page
    codes = codes_of(page)
    assert codes.index("06") > 9 > codes.index("09")
    mine = page.locator(".matrix-root .mine tr")
    expect(mine).to_have_attribute("data-department", "06")
    expect(mine).to_be_visible()
    expect(_cell(page, "06", "2023")).to_be_hidden()  # once is enough
    page.locator('.matrix-root tr[data-department="09"] th button').tap()
    opened.wait_for_query("dep=09")
    expect(mine).to_have_count(0)
    expect(_cell(page, "09", "2023")).to_be_visible()
    expect(_cell(page, "09", "2023", "offences")).to_be_hidden()
    page.locator(".switch button[data-base='offences']").tap()
    opened.wait_for_query("base=offences")
    expect(_cell(page, "09", "2023", "offences")).to_be_visible()
    expect(_cell(page, "09", "2023")).to_be_hidden()
    # two thirds of what the page was when three lenses, strips and their keys stood on it
    tall = page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight")
    assert tall < 5_663
    # a touch or a key opens what a term of the key means
    term = page.locator(".keys .term").first
    meaning = page.get_by_text(words("es")("term.above"))
    term.tap()
    expect(meaning).to_be_visible()
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    term.press("Enter")
    expect(meaning).to_be_visible()
    page.keyboard.press("Escape")
    # what lies under all else is one touch away too
    page.locator("a[href='#fold-focos_compare']").tap()
    opened.wait_for_query("open=compare")
    expect(page.locator(".st-key-focos_compare summary").first).to_be_in_viewport()


def test_cells_choose_and_read_as_a_table(visit: Callable[..., Any]) -> None:
    """A click on a cell changes sentence, address and mark; headers name and sort the cells."""
    # keys go from 2020, whose cautions are others, to 2019: the table is written anew
    opened = _open(visit, "lang=es&period=2020&open=change")
    page, say = opened.page, words("es")
    # every level has its margin beside it, three words a row
    assert first_screen(page)["words"] <= 300 + 3 * 18
    results = results_for(parse_period("2023"))
    quiet = results.loc[results["verdict"] == "unremarkable", "department_ubigeo"].iloc[0]
    figure = _cell(page, quiet, "2023").locator("span")
    expect(figure).to_be_hidden()
    expect(_cell(page, "17", "2023").locator("span")).to_be_visible()
    page.locator(".matrix-root .figures").click()
    expect(figure).to_be_visible()
    assert "dep=" not in page.url
    assert_arrows_walk(opened)
    page.evaluate("window.stayed = true")
    cell = _cell(page, "16", "2020", "offences")
    cell.click()
    opened.wait_for_query("dep=16")
    assert (opened.query("period"), opened.query("base")) == ("2020", "offences")
    expect(page.locator("h1")).to_contain_text("Loreto, 2020")
    expect(cell).to_have_attribute("aria-current", "true")
    expect(page.locator(".matrix-root tbody:not(.mine) [aria-current]")).to_have_count(1)
    page.locator('.matrix-root tr[data-department="09"] th button').last.click()
    opened.wait_for_query("dep=09")
    assert opened.query("period") == "2020"

    table = page.get_by_role("table").filter(has=page.locator("tbody.mine"))
    expect(table.get_by_role("rowheader")).to_have_count(25)
    years = sum(len(block.periods) for block in blocks())
    # the department, the years, in how many of them it is above, the other registry, below the
    # names of the blocks
    expect(table.get_by_role("columnheader")).to_have_count(1 + years + 2 + len(blocks()))
    name = f"Loreto, 2023, {say('base.people')}: 115 delitos denunciados"
    expect(table.get_by_role("button", name=name)).to_have_count(1)

    opened.choose_period("2023")
    head = page.locator(".st-key-change th", has_text="2023").first
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    counts = results.set_index("department")["reported_count"]
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
        right = "all => all.map(element => element.getBoundingClientRect().right)"
        return cells.evaluate_all(right)

    eventually(page, lambda: min(edges()) > 0)  # a hidden cell has no edge
    root = page.locator(".matrix-root").evaluate("root => root.getBoundingClientRect().right")
    assert max(edges()) <= root <= 703

    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    head = page.locator(".matrix-root thead th", has_text="2021").first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    ratios = results_for(parse_period("2021")).set_index("department_ubigeo")["smr"]
    first = page.locator(".matrix-root tbody:not(.mine) tr").first
    expect(first).to_have_attribute("data-department", str(ratios.idxmax()))


def assert_arrows_walk(opened: Any) -> None:
    """Tab comes to the chosen cell and leaves; Enter chooses, and the focus stays where it was."""
    page, codes = opened.page, codes_of(opened.page)
    expect(page.locator(".matrix-root table button[tabindex='0']")).to_have_count(1)
    last = blocks()[0].periods[-1].code
    _cell(page, "16", last).focus()
    below = codes[codes.index("16") + 1]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(HELD) == f"{below} {last} people"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(HELD) == f"{below} {blocks()[1].periods[0].code} offences"
    expect(page.locator(".matrix-root .readout")).to_contain_text(words("es")("base.offences"))
    page.keyboard.press("Control+Home")
    assert page.evaluate(HELD) == f"{codes[0]}  "
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    opened.wait_for_query(f"dep={codes[0]}")
    opened.wait_for_query("period=2019")
    expect(_cell(page, codes[0], "2019")).to_have_attribute("aria-current", "true")
    assert page.evaluate(HELD) == f"{codes[0]} 2019 people"
    page.keyboard.press("Tab")
    assert page.evaluate(HELD) != f"{codes[0]} 2019 people"
    assert not page.evaluate(
        "document.activeElement.shadowRoot?.activeElement?.closest('table') ?? null"
    )
