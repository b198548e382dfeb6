"""Every page of the analyst's atlas for who does not see it, or sees it small and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.web.wording import STREAMLIT
from atlas.words import words
from tests.browser.desk import violations
from tests.browser.eventually import eventually
from tests.browser.small_screen import OTHERS, beyond_the_screen

pytestmark = pytest.mark.browser
PAGES = {
    "/?dep=17&open=compare&beside=16-08": ("nav.map", ".history.beside tbody td"),
    "/focos": ("nav.hotspots", ".st-key-file_map_png button"),
    "/cifras": ("nav.figures", ".strips"),
    "/vista-publica": ("nav.awareness", ".glass.loaded"),
    "/metodo": ("nav.method", "[data-testid=stDataFrame] canvas"),
}
"""each page: its name, and what stands in it when its data have arrived"""


WIDE, DARK = (next(iter(PAGES)), "/metodo"), ("/focos", "/cifras", "/vista-publica")
"""pages that make test sees wide and light in Spanish, and narrow and dark in English"""


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
    """All rules, wide in the light and narrow in the dark; each page, reached by its own address,
    has a title of its own and one first heading, the help lines and no message of failure, asks
    this host only, and none is wider than the screen, nor has a word or a control beyond it at 320
    pixels."""
    size = {"width": 390, "height": 844} if scheme == "dark" else {"width": 1280, "height": 900}
    page = (one := visit(color_scheme=scheme, viewport=size)).page
    found, beyond = {}, {}
    for link, (name, ready) in ((link, PAGES[link]) for link in pages):
        page.goto(f"{one.address}{link}{'&' if '?' in link else '?'}lang={lang}")
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
        found[link] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], link
        beyond[link] = beyond_the_screen(page)
        if name == "nav.map":
            beyond |= {
                f"{link} {width}": beyond_the_screen(page, width, height)
                for width, height in OTHERS
            }
        # a change is never shown without its reading, however narrow the screen
        if link == "/focos":
            readings = page.locator(".forest tbody .reading")
            assert [one.is_visible() for one in readings.all()] == [True] * 25
    assert {link: told for link, told in found.items() if told} == {}
    assert {link: told for link, told in beyond.items() if told} == {}


_SAID = """() => {
  const found = new Set(), walk = document.createTreeWalker(document.body);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.nodeType === Node.TEXT_NODE) found.add(node.data.trim());
    else if (node.nodeType === Node.ELEMENT_NODE)
      for (const name of ["aria-label", "title", "placeholder", "alt"])
        found.add(node.getAttribute(name) ?? "");
  }
  return [...found];
}"""


@pytest.mark.parametrize(
    "pages", [("/metodo",), pytest.param(tuple(PAGES)[:-1], marks=pytest.mark.slow)]
)
def test_nothing_of_streamlit_speaks_english_on_a_spanish_page(
    visit: Callable[..., Any], pages: tuple[str, ...]
) -> None:
    """Text, names for a screen reader and hints, at three widths, with the menu open."""
    page = (one := visit()).page
    english = [
        re.compile(re.escape(text).replace(re.escape("{}"), ".+"), re.DOTALL)
        for text in STREAMLIT
        if text != words("es")(STREAMLIT[text])
    ]

    def is_spanish() -> bool:
        said = page.evaluate(_SAID)
        return not [text for text in said if any(one.fullmatch(text) for one in english)]

    for link, (_, ready) in ((link, PAGES[link]) for link in pages):
        page.set_viewport_size({"width": 1280, "height": 844})
        page.goto(f"{one.address}{link}{'&' if '?' in link else '?'}lang=es")
        page.locator(ready).first.wait_for(state="attached")
        page.wait_for_selector("footer.help")
        for width in (1280, 700, 390):
            page.set_viewport_size({"width": width, "height": 844})
            eventually(page, is_spanish)
        menu = page.get_by_role("button", name=words("es")("shell.menu"))
        expect(menu).to_be_visible()
        menu.click()
        expect(page.get_by_role("link", name=words("es")("nav.method"))).to_be_visible()
        eventually(page, is_spanish)
