"""Every page for a reader whose browser has letters of twice the size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from studies.benchmarks.browser import FLAGS, chromium_path
from tests.browser.desk import axe, violations
from tests.browser.eventually import AT_REST

pytestmark = pytest.mark.browser
PAGES = {
    "/": "article.card h2",
    "/focos": ".matrix-root tbody td",
    "/cifras?dep=17": ".strips",
    "/planificador": ".plan-answer li",
    "/mis-datos": ".st-key-own_consent",
    "/metodo": ".st-key-prose table",
    "/public/{lang}": "#table tbody tr",
    "/public/{lang}/compact": ".foot",
}
"""each page, and what stands in it when its data have arrived"""
SIDEWAYS = """() => {
  const page = document.querySelector("[data-testid=stMain]") ?? document.documentElement;
  return page.scrollWidth - page.clientWidth;
}"""
CUT = """() => {
  const cut = [];
  const pen = document.createElement("canvas").getContext("2d");
  const look = root => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot);
      const style = getComputedStyle(node);
      if (node.clientWidth < 4 || !node.checkVisibility({ visibilityProperty: true })) continue;
      if (node.matches("input[placeholder]")) {
        pen.font = style.font;
        const aside = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        if (pen.measureText(node.placeholder).width + aside > node.clientWidth + 1)
          cut.push(node.placeholder);
      }
      const hides = ["hidden", "clip"].includes(style.overflowX) && node.innerText?.trim();
      if (hides && style.textOverflow === "ellipsis" && node.scrollWidth > node.clientWidth + 1)
        cut.push(node.innerText.trim().slice(0, 40));
    }
  };
  look(document.body);
  return cut;
}"""


OUT_OF_CARD = """() => {
  const card = document.querySelector(".st-key-card").getBoundingClientRect();
  const range = document.createRange();
  return [...document.querySelectorAll(".card .figure")].filter(figure => {
    range.selectNodeContents(figure);
    return range.getBoundingClientRect().right > card.right - 8;
  }).map(figure => figure.innerText);
}"""
SEEN_OF_A_ROW = """() => {
  const scroller = [...document.querySelectorAll("*")].map(element => element.shadowRoot)
    .find(root => root?.querySelector(".atlas-table"))?.querySelector(".scroller")
    ?? document.querySelector(".atlas-table .scroller");
  const edge = scroller.getBoundingClientRect();
  return [...scroller.querySelector("tbody tr").children].filter(cell => {
    const box = cell.getBoundingClientRect();
    return box.width && box.left >= edge.left - 1 && box.right <= edge.right + 1;
  }).length;
}"""
CHIPS_BEYOND = """() => [...document.querySelectorAll("*")].map(node => node.shadowRoot ?? node)
  .flatMap(root => [...root.querySelectorAll(".chips button")])
  .filter(node => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth)
  .map(node => node.innerText)"""


@pytest.fixture(scope="module")
def reader(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page of a browser whose reader set letters of 32 pixels where 16 are usual."""
    profile = tmp_path_factory.mktemp("large")
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"webkit": {"webprefs": {"default_font_size": 32}}}))
    context = browser.browser_type.launch_persistent_context(
        str(profile), executable_path=chromium_path(), args=FLAGS, locale="es-PE",
        reduced_motion="reduce",
    )  # fmt: skip
    yield context.pages[0]
    context.close()


@pytest.mark.parametrize(
    ("lang", "width", "height"),
    [
        ("es", 390, 844),
        pytest.param("en", 390, 844, marks=pytest.mark.slow),
        pytest.param("es", 1280, 900, marks=pytest.mark.slow),
        ("en", 1280, 900),
    ],
)
def test_letters_of_twice_the_size_fit(
    reader: Any, address: str, lang: str, width: int, height: int
) -> None:
    """No page is moved sideways, no word is cut off or stands beyond the screen, axe finds none."""
    reader.set_viewport_size({"width": width, "height": height})
    faults: dict[str, Any] = {}
    for link, ready in PAGES.items():
        is_public = link.startswith("/public")
        query = "" if is_public else f"{'&' if '?' in link else '?'}lang={lang}"
        reader.goto(f"{address}{link.format(lang=lang)}{query}")
        reader.locator(ready).first.wait_for(state="attached")
        if not is_public:
            reader.locator(AT_REST).wait_for()
            reader.wait_for_selector("#atlas-look", state="detached")
        clipped = (
            (axe if is_public else violations)(reader),
            reader.evaluate(CUT),
            reader.evaluate(SIDEWAYS),
        )
        if any(clipped):
            faults[link] = clipped
    assert reader.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert faults == {}


@pytest.mark.parametrize(("width", "height", "least"), [(390, 844, 1.5), (1280, 900, 2)])
def test_the_map_and_its_card_have_the_readers_letters(
    reader: Any, address: str, width: int, height: int, least: float
) -> None:
    """Figures, table, layers stand whole; names and buttons grow; help lines are in sight."""
    reader.set_viewport_size({"width": width, "height": height})
    reader.goto(f"{address}/?lang=en&dep=22")
    reader.locator(AT_REST).wait_for()
    reader.wait_for_selector("#atlas-look", state="detached")
    reader.locator(".atlas-table tbody tr").nth(4).wait_for(state="attached")
    assert reader.evaluate(OUT_OF_CARD) == []
    assert reader.evaluate(SEEN_OF_A_ROW) == 4  # name, reports, times the expected, conclusion
    assert reader.evaluate(CHIPS_BEYOND) == []
    for number in ("1818", "100"):
        box = reader.locator(f'footer.help a[href="tel:{number}"]').bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    frame = reader.frame_locator("iframe[sandbox='allow-scripts']")
    letters = frame.locator(".name-department span").first
    usual = 10.5
    assert (
        letters.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        >= usual * least
    )
    for button in frame.locator(".leaflet-bar a:visible").all():
        assert button.bounding_box()["height"] >= 60
