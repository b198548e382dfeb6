"""The page in a real Chromium: from the disk, on small screens, without script, on paper."""

from __future__ import annotations

import io
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from atlas.paper.embed import COMPACT_PX
from atlas.public.document import COMPACT_LINKS, page_bytes
from atlas.public.model import contents_of, times_text
from atlas.results.regions import results_for
from atlas.results.sentences import rate_text
from atlas.view import BASES
from atlas.words import words
from data.periods import default_period, parse_period
from tests.browser.desk import Opened, axe

pytestmark = pytest.mark.browser


WIDTHS = (320, 360, 390, 600, 768, 920, 1280, 1920)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Both pages on the disk, as the file tree has them."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "en").mkdir()
    paths = {"es": folder / "index.html", "en": folder / "en" / "index.html"}
    for lang, path in paths.items():
        # with an address, as it is published: the part that shares it is there
        path.write_bytes(
            page_bytes(lang, period=parse_period("2023"), base_url="https://example.org/trata/")
        )
    return paths


@pytest.fixture
def opened(browser, files):
    """Return a function that opens the page from the disk; it may ask nobody, ever."""
    visits = []

    def open_page(lang="es", file=None, **options):
        visit = Opened(browser, **options)
        visits.append(visit)
        visit.page.goto((file or files[lang]).as_uri())
        return visit

    yield open_page
    for visit in visits:
        visit.context.close()
    for visit in visits:
        own = [url for url in visit.asked if url.endswith("index.html") or url == "data:,"]
        assert visit.asked == own
        assert visit.complaints == []


@pytest.mark.parametrize(
    ("lang", "scheme", "width"),
    [
        ("en", "dark", 320),  # the compact page is in Spanish and light
        pytest.param("es", "light", 1280, marks=pytest.mark.slow),
        pytest.param("en", "light", 390, marks=pytest.mark.slow),
        pytest.param("es", "dark", 320, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing(opened, lang, scheme, width):
    """All rules of axe-core, best practices too, with everything unfolded and a region chosen."""
    # colours that are still on their way are no colours to judge
    still = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = opened(lang, viewport={"width": width, "height": 844}, **still).page
    page.locator("#r17").focus()
    for summary in page.locator("summary").all():
        summary.click()
    assert axe(page) == []
    page.locator("#by-verdict").check()
    assert axe(page) == []
    page.locator("#base-offences").check()
    assert axe(page) == []


def test_without_a_script_everything_is_there(opened):
    """Table, map, switch of colours, folded sources and the way out need no script."""
    page = opened("es", java_script_enabled=False).page
    assert page.locator("tbody tr").count() == 25
    assert page.locator("path.region").count() == 25
    assert page.locator("#panel").is_hidden()
    assert page.locator("thead button").count() == 0
    assert page.locator("#map .q-6").first.get_attribute("id") == "r17"
    puno = page.locator("#t21 .c-verdict")
    assert puno.inner_text().startswith("sin diferencia clara")
    assert page.locator(".switch.second").is_hidden()
    page.locator("#by-verdict").check()
    assert page.locator(".legend.for-verdict").is_visible()
    assert page.locator(".legend.for-rate").is_hidden()
    page.locator("#base-offences").check()
    assert puno.inner_text().startswith("más de lo esperado")
    page.get_by_text("Minería", exact=True).click()
    assert page.locator(".mining").is_hidden()
    page.locator(".ranges summary").first.click()
    assert page.locator("details[open] li").count() == 4
    exit_link = page.locator("a.exit").first
    assert exit_link.get_attribute("target") == "_top"


BOXES = """() => [...document.querySelectorAll("#names text")]
  .filter(e => getComputedStyle(e).display !== "none")
  .map(e => {
    const b = e.getBoundingClientRect();
    return [e.querySelector("tspan").textContent, b.left, b.top, b.right, b.bottom];
  })"""
CUT = """() => [...document.querySelectorAll("th, td, h1, h2, p, li, a, span, dd")]
  .filter(e => !e.closest(".ramp, legend") && e.clientWidth > 0 &&
               e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
  .map(e => e.className + ": " + e.textContent.slice(0, 40))"""


def _apart(first, second):
    return (
        first[3] <= second[1]
        or second[3] <= first[1]
        or first[4] <= second[2]
        or second[4] <= first[2]
    )


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_every_screen_holds_the_page(opened, lang):
    """From 320 to 1920 pixels nothing scrolls sideways, is cut off or covers another name."""
    page = opened(lang).page
    above = {
        name
        for base in BASES
        for name in results_for(parse_period("2023"), base).query("verdict == 'above'")[
            "department"
        ]
    }
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == [], width
        sheet, boxes = page.locator("#map").bounding_box(), page.evaluate(BOXES)
        named = {box[0] for box in boxes}
        assert len(named) == len(boxes)
        assert named > above | {"Callao"} if width < 920 else len(named) == 25
        for number, first_box in enumerate(boxes):
            assert first_box[1] >= sheet["x"] - 1
            assert first_box[3] <= sheet["x"] + sheet["width"] + 1
            assert all(_apart(first_box, other) for other in boxes[:number]), (first_box[0], width)
    page.set_viewport_size({"width": 600, "height": 500})
    for code in ("16", "24", "10", "23"):
        page.locator(f"#r{code}").click()
        expect(page.locator("#panel")).to_be_in_viewport(ratio=1)


def test_a_keyboard_walks_over_the_regions(opened):
    """One stop of the tabulator, then arrows; the card says what the table says."""
    page = opened("es").page
    results = results_for(parse_period("2023")).sort_values("rate_per_100k", ascending=False)
    page.locator("#by-rate").focus()
    page.keyboard.press("Tab")
    seen = []
    for row in results.itertuples():
        code = page.evaluate("document.activeElement.id")
        assert code == f"r{row.department_ubigeo}"
        seen.append(code)
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label.startswith(f"{row.department}: {row.reported_count} ")
        assert page.locator(".p-name").inner_text() == row.department
        assert page.locator(".p-rate").inner_text() == rate_text(row.rate_per_100k, words("es"))
        assert page.locator(".p-count").inner_text().startswith(f"{row.reported_count} ")
        assert page.locator("#map [aria-selected=true]").get_attribute("id") == code
        page.keyboard.press("ArrowDown")
    assert len(set(seen)) == 25
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.id") == seen[0]
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.id") == seen[-1]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "show-mining"


def test_a_finger_and_a_mouse_choose_regions(opened):
    """A tap pins a region and marks its row; hovering another shows it until the mouse leaves."""
    page = opened("es", has_touch=True, viewport={"width": 390, "height": 844}).page
    prompt = page.locator(".p-name").inner_text()
    assert prompt == words("es")("public.map.tap")
    page.locator("#r16").tap()
    assert page.locator(".p-name").inner_text() == "Loreto"
    assert page.locator("tr.is-chosen").get_attribute("id") == "t16"
    assert page.locator("path.chosen").count() == 1
    page.locator("#r17").hover()
    assert page.locator(".p-name").inner_text() == "Madre de Dios"
    page.mouse.move(2, 2)
    assert page.locator(".p-name").inner_text() == "Loreto"


FILLS = """() => Object.fromEntries([...document.querySelectorAll("path.region")]
  .map(e => [e.id.slice(1), getComputedStyle(e).fill]))"""


def test_the_denominator_is_chosen_on_the_page(opened):
    """Colours, outlines, heading, card and table follow the measure and the denominator.

    Puno and Callao of 2023 differ by denominator. A chosen region's rim is drawn below the
    outlines.
    """
    page = opened("es", reduced_motion="reduce").page
    page.locator("#r04").focus()
    order = page.evaluate("[...map.children].map(e => e.id || e.getAttribute('class'))")
    assert order.index("chosen-core") < order.index("outlines")
    assert order.index("outlines") < order.index("names") == len(order) - 1
    figure, heading = page.locator("#names .l1 tspan + tspan"), page.locator("#map-title")
    assert figure.first.is_visible()
    by_rate = heading.inner_text()
    assert by_rate.startswith("5 departamentos")
    page.locator("#by-verdict").check()
    assert not any(element.is_visible() for element in figure.all())
    assert heading.inner_text() == by_rate
    page.locator("#r21").focus()
    before = page.evaluate(FILLS)
    panel = page.locator("#panel")
    ratios = {
        base: results_for(parse_period("2023"), base).set_index("department_ubigeo")
        for base in BASES
    }
    for base, own, other in (
        ("people", "sin diferencia clara", "por delitos denunciados: más de lo esperado"),
        ("offences", "más de lo esperado", "por habitantes: sin diferencia clara"),
    ):
        page.locator(f"#base-{base}").check()
        assert page.locator(".p-verdict").inner_text() == f"{own} · {other}"
        assert panel.locator(".p-rate").inner_text() == f"{ratios[base].loc['21', 'smr']:.1f} veces"
        assert page.locator("#t21 .c-verdict").inner_text().split("\n")[-1] == other
        above = ratios[base].query("verdict == 'above'").index
        outlines = page.evaluate(
            """[...document.querySelectorAll(".outline")]
                 .filter(e => getComputedStyle(e).display !== "none").length"""
        )
        assert outlines == len(above)
        assert page.locator("#map-title").inner_text().startswith(f"{len(above)} departamentos")
    after = page.evaluate(FILLS)
    assert {code for code in after if after[code] != before[code]} == {"07", "21"}
    # by rate the outlines are by residents again, whatever was chosen
    page.locator("#by-rate").check()
    rate = ratios["people"].loc["21", "rate_per_100k"]
    assert panel.locator(".p-rate").inner_text() == f"{rate:.1f}"
    assert page.locator("#t21 .c-verdict").inner_text().startswith("sin diferencia clara")


@pytest.fixture
def compact(opened, tmp_path):
    """Return a function that opens the compact page in a frame's size."""

    def open_page(lang, measure, width, **options):
        file = tmp_path / "index.html"
        links = COMPACT_LINKS[lang]
        period = default_period()
        file.write_bytes(page_bytes(lang, period=period, measure=measure, links=links))
        size = {"width": width, "height": COMPACT_PX}
        return opened(file=file, viewport=size, **options).page

    return open_page


OVERLAPS = r"""() => {
  const box = what => (what.matches ? what : document.querySelector(what)).getBoundingClientRect();
  const apart = (a, b) =>
    a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const scale = box(".scale"), bad = [];
  const names = [...document.querySelectorAll("#names text")];
  for (const name of ["h1", ".kicker", ".scene", ".foot", ".links", ".exit", ".links > small"]) {
    const at = box(name);
    if (at.left < 0 || at.top < 0 || at.right > innerWidth || at.bottom > innerHeight)
      bad.push(name + " is cut off");
  }
  for (const name of names)
    if (!apart(name.getBoundingClientRect(), scale)) bad.push(name.textContent + " on the scale");
  const words = node => {
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    const words = [], range = new Range();
    while (walk.nextNode()) for (const word of walk.currentNode.data.matchAll(/\S+/g)) {
      range.setStart(walk.currentNode, word.index);
      range.setEnd(walk.currentNode, word.index + word[0].length);
      if (range.getClientRects().length) words.push([word[0], ...range.getClientRects()]);
    }
    return words;
  };
  const legend = [...document.querySelectorAll(".scale i")].map(i => ["swatch", box(i)])
    .concat(words(document.querySelector(".scale")));
  for (const [what, at] of legend)
    for (let x = at.left; x < at.right; x += 2) for (let y = at.top; y < at.bottom; y += 2)
      if (document.elementFromPoint(x, y)?.matches(".region"))
        bad.push(what + " on a department");
  const ticks = [...document.querySelectorAll(".ramp span")].map(box);
  for (let i = 1; i < ticks.length; i++)
    if (ticks[i].width && ticks[i].left < ticks[i - 1].right + 2) bad.push("labels touch");
  const broken = node => words(node).filter(([, ...lines]) => lines.length > 1)
    .forEach(([word]) => bad.push(word + " is broken"));
  broken(document.body);
  for (const region of document.querySelectorAll(".region")) {
    region.focus();
    if (!apart(box("#panel"), scale)) bad.push(region.id + " has a card over the scale");
    if (panel.scrollHeight > panel.clientHeight + 1) bad.push(region.id + " has its card cut");
    broken(panel);
    for (const name of names)
      if (!apart(box("#panel"), name.getBoundingClientRect()))
        bad.push(region.id + " has its card on " + name.textContent);
  }
  if (document.documentElement.scrollHeight > innerHeight) bad.push("it scrolls");
  return [...new Set(bad)];
}"""


@pytest.mark.parametrize(
    ("lang", "measure"),
    [
        ("es", "verdict"),
        *(
            pytest.param(*variant, marks=pytest.mark.slow)
            for variant in (("es", "rate"), ("en", "rate"), ("en", "verdict"))
        ),
    ],
)
def test_the_compact_page_is_whole_in_its_frame(compact, lang, measure):
    """600 pixels tall, from a phone to a column of text: nothing cut, covered or to be scrolled."""
    page = compact(lang, measure, 320, reduced_motion="reduce")
    for width in (320, 360, 390, 480, 481, 600, 720, 1280):
        page.set_viewport_size({"width": width, "height": COMPACT_PX})
        assert page.evaluate(OVERLAPS) == [], width
    expect(page.locator("tbody tr").first).to_be_in_viewport()  # a wide frame has it beside the map
    assert axe(page) == []
    page.set_viewport_size({"width": 480, "height": COMPACT_PX})
    page.get_by_text(words(lang)("public.compact.table")).click()
    expect(page.locator("tbody tr").first).to_be_in_viewport()
    expect(page.locator(".foot .exit")).to_be_in_viewport()
    expect(page.locator("[href='tel:1818']")).to_be_in_viewport()
    assert axe(page) == []


def test_the_card_shows_the_measure_that_is_on(compact):
    """By verdict the ratio; where nothing was tested, that, and no rate in its place."""
    page = compact("es", "verdict", 390)
    contents, say = contents_of(default_period()), words("es")
    rows = {row.code: row for row in contents.rows}
    verdicts = {code: str(row.figures.verdict) for code, row in rows.items()}
    untested = next(code for code, verdict in verdicts.items() if verdict == "untestable")
    for code in ("17", untested):
        page.locator(f"#r{code}").focus()
        expect(page.locator(".p-name")).to_have_text(rows[code].name)
        ratio, _ = times_text(rows[code].figures, say)
        assert bool(ratio) == (code == "17")
        expect(page.locator(".p-rate")).to_have_text(ratio)
        expect(page.locator(".p-verdict")).to_have_text(say(f"verdict.{verdicts[code]}"))


def test_the_table_sorts_both_ways(opened):
    """By every column, announced in aria-sort; the rows stay whole."""
    page = opened("es").page

    def column(name):
        return page.locator(f"tbody .c-{name}").all_inner_texts()

    results = results_for(parse_period("2023"))
    page.locator("thead .c-count button").click()
    counts = [int(text) for text in column("count")]
    assert counts == sorted(results["reported_count"], reverse=True)
    assert page.locator("thead .c-count").get_attribute("aria-sort") == "descending"
    assert page.locator("[aria-sort]").count() == 1
    page.locator("thead .c-count button").click()
    assert [int(text) for text in column("count")] == counts[::-1]
    page.locator("thead .c-name button").click()
    names = [text.splitlines()[0].rstrip("◐") for text in column("name")]
    assert names[:3] == ["Amazonas", "Áncash", "Apurímac"]
    page.locator("thead .c-verdict button").click()
    verdicts = [text.splitlines()[0].partition(" (")[0] for text in column("verdict")]
    counted = results["verdict"].value_counts()
    assert verdicts == (
        ["más de lo esperado"] * counted["above"]
        + ["sin diferencia clara"] * counted["unremarkable"]
        + ["menos de lo esperado"] * counted["below"]
    )
    assert column("name")[0] == "Madre de Dios"


def test_hostile_words_of_the_tables_are_shown_and_never_run(
    opened, data_folder, hostile_page_data, tmp_path
):
    """Every text column of the data holds a script: in the table and on the card it is text."""
    data_folder(hostile_page_data)
    file = tmp_path / "index.html"
    file.write_bytes(page_bytes("es", period=parse_period("2023")))
    page = opened(file=file).page
    script = "<script>window.P=1</script>"
    expect(page.locator("table")).to_contain_text(script, use_inner_text=True)
    page.locator("#map path[id^=r]").first.dispatch_event("click")
    expect(page.locator("#panel")).to_contain_text("<script>", use_inner_text=True)
    assert page.evaluate("window.P") is None


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_the_page_is_printed_whole(opened, lang):
    """Printed on A4 the map is one sheet and the table the next, in light colours."""
    page, say = opened(lang, color_scheme="dark").page, words(lang)
    page.emulate_media(media="print")
    for hidden in ("a.exit", ".switch", ".toggles", "#panel"):
        assert page.locator(hidden).first.is_hidden()
    assert page.locator("tbody tr").last.is_visible()
    assert page.locator("details li").first.is_visible()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(251, 250, 248)"
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    first, second, third = (" ".join(sheet.extract_text().split()) for sheet in sheets[:3])
    assert say("public.legend.corridor") in first
    assert say("public.table.title") not in first
    assert second.startswith(say("public.table.title"))
    listed = f"{second} {third}"
    assert all(name in listed for name in results_for(parse_period("2023"))["department"])
    assert len(sheets) <= 6


def test_the_page_is_sent_by_whatsapp(opened):
    """With its title and the address that its publisher gave, not that of the file."""
    page = opened("es").page
    link = page.get_by_role("link", name="WhatsApp").get_attribute("href")
    text = unquote(str(link).removeprefix("https://wa.me/?text="))
    assert text == f"{page.title()}. https://example.org/trata/index.html"
