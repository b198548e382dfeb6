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
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) look(one.shadowRoot);
      const style = getComputedStyle(one);
      if (one.clientWidth < 4 || !one.checkVisibility({ visibilityProperty: true })) continue;
      if (one.matches("input[placeholder]")) {
        pen.font = style.font;
        const aside = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        if (pen.measureText(one.placeholder).width + aside > one.clientWidth + 1)
          cut.push(one.placeholder);
      }
      const hides = ["hidden", "clip"].includes(style.overflowX) && one.innerText?.trim();
      if (hides && style.textOverflow === "ellipsis" && one.scrollWidth > one.clientWidth + 1)
        cut.push(one.innerText.trim().slice(0, 40));
    }
  };
  look(document.body);
  return cut;
}"""


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
        found = (
            (axe if is_public else violations)(reader),
            reader.evaluate(CUT),
            reader.evaluate(SIDEWAYS),
        )
        if any(found):
            faults[link] = found
    assert reader.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert faults == {}
