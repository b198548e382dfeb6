"""What a reader takes along: a link, a picture, a table, a file of data, a printed page."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader

from atlas.results.province import who_counts
from atlas.results.regions import results_for
from atlas.version import edition
from atlas.words import file_name, words
from data.periods import parse_period
from tests.browser.eventually import AT_REST, eventually, saved

pytestmark = pytest.mark.browser
SAY = words("es")
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_map_and_card_are_taken_along(visit):
    """Link, embed code, post, print, table, CSV and portrait of a view can be taken away."""
    reader = visit(permissions=CLIPBOARD).open("/?lang=es&period=2023&layers=none")
    page = reader.page
    share = page.locator(".st-key-share button:visible")
    assert_on_the_map(page, share)
    share.click()
    box = page.locator("[data-testid=stPopoverBody]")
    expect(box).to_be_visible()
    map_box, menu = page.locator(".atlas-map").bounding_box(), box.bounding_box()
    assert menu["x"] >= map_box["x"]
    assert menu["x"] + menu["width"] <= map_box["x"] + map_box["width"]

    def copied(kind: str) -> str:
        page.get_by_role("button", name=SAY(f"share.{kind}")).click()
        expect(box.locator(f"button[data-copies={kind}]")).to_have_text(SAY("share.copied"))
        return page.evaluate("navigator.clipboard.readText()")

    assert copied("link") == page.url
    box.get_by_text(SAY("share.more")).click()  # what few ask for
    code = copied("embed")
    pinned = "period=2023&amp;measure=verdict&amp;base=people"
    assert pinned in code
    assert 'height="600"' in code
    assert f"cifras {edition()}" in copied("cite")
    assert copied("bibtex").startswith("@misc{")
    post = copied("post")
    assert post.endswith(page.url)
    assert "Madre de Dios" in post
    assert len(post.removesuffix(page.url)) <= 280
    page.keyboard.press("Escape")
    box.wait_for(state="detached")

    assert_printed_whole(reader)
    assert_card_is_taken(reader)

    share.press("Enter")
    mark = page.get_by_text(SAY("picture.menu.mark", name="Cajamarca"))
    expect(mark).to_be_visible()
    name, plain = saved(page, SAY("picture.menu.tall"))
    parts = (SAY("file.measure.smr"), "2023", SAY("file.form.tall"))
    assert name == f"{file_name(SAY, 'map', *parts)}.png"
    image = Image.open(io.BytesIO(plain))
    assert image.size == (1080, 1350)
    assert "127.0.0.1" not in image.text["Description"], "an address only where one is published"
    mark.click()

    def is_marked() -> bool:
        return saved(page, SAY("picture.menu.tall"))[1] != plain

    eventually(page, is_marked)  # the file is that of the run before until the page has come round


def assert_on_the_map(page, button):
    """The button stands at the top of the map, on a wide screen and a narrow one."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})

        def is_on_the_map() -> bool:
            box, frame = button.bounding_box(), page.locator(".atlas-map").bounding_box()
            right = frame["x"] + frame["width"]
            return (
                frame["x"] < box["x"] < box["x"] + box["width"] < right
                and frame["y"] < box["y"] < frame["y"] + 60
            )

        eventually(page, is_on_the_map)


def assert_card_is_taken(reader):
    """Traced, unfolded, on paper and as a file; keys alone press what sends it."""
    row = results_for(parse_period("2023")).set_index("department_ubigeo").loc["06"]
    sources = reader.page.locator(".st-key-map_sources")
    sources.locator("summary").first.click()
    fold = sources.locator(".derivation")
    formula = fold.locator(f'dt:text-is("{SAY("column.smr")}") + dd strong')
    expect(formula).to_have_text(re.compile(rf"= {row['smr']:.1f}$"))
    expect(formula).to_be_hidden()
    fold.locator("summary").click()
    expect(formula).to_be_visible()
    expect(fold.locator("a[href^='https://']").first).to_be_visible()

    years = reader.page.locator(".st-key-map_history")
    years.locator("summary").first.click()
    captions = years.locator("caption b")
    expect(captions).to_have_text([SAY(f"registry.{c}") for c in ("mpfn", "police", "observatory")])
    expect(years.locator("tr.here th")).to_have_text("2023")
    first = years.locator("table").first
    first.get_by_role("button", name=SAY("column.reported_count")).click()
    counts = first.locator("td.n:nth-child(2)").all_inner_texts()
    assert counts == sorted(counts, key=int, reverse=True)
    expect(years.get_by_role("button", name=SAY("table.copy"))).to_have_count(3)

    reader.page.get_by_role("button", name=SAY("card.brief"), exact=True).press("Enter")
    files = {}
    for kind in ("brief_1", "figures"):
        tool = reader.page.locator(f".st-key-card_{kind} button:visible")
        with reader.page.expect_download() as sent:
            tool.press("Enter")
        expect(tool).to_be_enabled()
        expect(tool).to_be_focused()
        files[sent.value.suggested_filename] = sent.value.path().read_bytes()
    brief, figures = files
    assert brief.startswith("atlas-cajamarca-2023-")
    (paper,) = PdfReader(io.BytesIO(files[brief])).pages
    assert f"{reader.address}/?lang=es" in paper.extract_text()
    assert figures.startswith("atlas-cajamarca-2007-")
    assert files[figures].startswith("\ufeffCódigo del departamento,Departamento,".encode())


def assert_printed_whole(reader):
    """A printed map is whole at any zoom; a card has its own page; no sheet has only notes."""
    page = reader.page

    def printed() -> list[str]:
        paper = PdfReader(io.BytesIO(page.pdf(format="A4")))
        return [" ".join(sheet.extract_text().split()) for sheet in paper.pages]

    reader.frame.evaluate("void map_atlas.setView([-12, -70], 9, { animate: false })")
    sheets = printed()
    assert len(sheets) == 2, "the map; the country's figures, the table and the notes"
    assert_whole(*sheets)
    departments = results_for(parse_period("2023"))["department"]
    assert [name for name in departments if name.upper() not in sheets[0]] == []
    # afterwards the reader looks at what was looked at before
    assert reader.frame.evaluate("map_atlas.getZoom()") == 9

    page.locator('.atlas-table tr[data-code="06"] button').click()
    reader.wait_for_query("dep=06")
    page.locator("article.card h2", has_text="Cajamarca").wait_for()
    page.locator(AT_REST).wait_for()
    page.locator(".st-key-card_tools").wait_for()
    _, card, table = printed()
    assert card.startswith("Cajamarca")
    assert SAY("unit.reported offence.source") in card
    cautions = [" ".join(line.split()) for line in who_counts("06", parse_period("2023"), SAY)]
    assert [line for line in cautions if line not in card] == []
    assert "Pasco" in table


def assert_whole(on_map, table):
    """Every department, verdict and name, and no button."""
    results = results_for(parse_period("2023"))
    assert [name for name in results["department"] if name not in table] == []
    both = f"{on_map} {table}"
    assert both.count("●") == 1 + (results["verdict"] == "above").sum()
    unit = SAY(f"unit.{parse_period('2023').unit}.plural")
    for part in (SAY("picture.title.smr"), SAY("legend.subject", unit=unit, period="2023")):
        assert part in both
    # the map itself: its names, those of neighbours and its legend
    for part in ("LORETO", "TACNA", "BRASIL", SAY("verdict.above")):
        assert part in on_map
    for button in ("share.menu", "table.copy", "data.download", "nav.hotspots"):
        assert SAY(button) not in both


def test_a_phone_shares_by_its_own_sheet(visit):
    """Text, link and picture in one tap; the help line stays in sight below the open menu."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    reader.page.add_init_script(
        "navigator.canShare = () => true;"
        "navigator.share = async (what) => { window.shared = what; };"
    )
    page = reader.open("/?lang=es&period=2023&layers=none").page
    with page.expect_response(lambda answer: "/share/es.png" in answer.url) as drawn:
        page.locator(".st-key-share button:visible").click()
    assert drawn.value.ok
    sheet = page.get_by_role("button", name=SAY("share.sheet"))
    eventually(page, lambda: (sheet.click(), page.evaluate("window.shared.files?.length"))[1] == 1)
    shared = page.evaluate("({ ...window.shared, files: window.shared.files.map(f => f.name) })")
    assert shared["url"] == page.url
    assert "Madre de Dios" in shared["text"]
    assert shared["files"][0].endswith(".png")
    menu = page.locator("[data-testid=stPopoverBody]").bounding_box()
    help_line = page.locator("footer.help").bounding_box()
    assert menu["y"] + menu["height"] <= help_line["y"]
    plain = page.get_by_role("link", name="WhatsApp").get_attribute("href")
    assert plain.startswith("https://wa.me/?text=")
