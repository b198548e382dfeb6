"""Opens the pages in a Chromium; keeps what they say, how they look, what they give away."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

from studies.benchmarks.browser import chromium
from studies.record.answers import file_name
from studies.record.asked import LANGS, page_links

PATIENCE_MS = 240_000
"""that a page may take on a busy machine"""
WINDOWS = {"1280": (1280, 900, "light"), "390": (390, 844, "light"), "dark": (1280, 900, "dark")}
_GIVING = ("/?", "/focos", "/cifras", "/planificador", "/vista-publica", "/metodo")
"""how a link of each page with files begins; the first such link gives its files"""
_TEXT = """() => {
  const lines = [];
  const walk = node => {
    if (node.nodeType === Node.TEXT_NODE) lines.push(node.data);
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["STYLE", "SCRIPT", "NOSCRIPT", "TEMPLATE"].includes(node.tagName)) return;
      for (const name of ["aria-label", "placeholder", "title", "value"])
        if (node.hasAttribute(name)) lines.push(`[${name}] ${node.getAttribute(name)}`);
      if (node.tagName === "INPUT") lines.push(`[is] ${node.value} ${node.checked}`);
      if (node.shadowRoot) walk(node.shadowRoot);
    }
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return lines.map(line => line.trim()).filter(Boolean).join("\\n");
}"""
"""every text and name, shown or folded, in shadow trees too"""
_DRAWN = """() => {
  const host = [...document.querySelectorAll("*")].map(node => node.shadowRoot)
    .map(root => root?.querySelector(".atlas-map")).find(Boolean);
  return !host || Boolean(host.dataset.drawn);
}"""


def record_pages(server: str, folder: Path, records: Path | None = None) -> int:
    """Record text, picture, layers and files of every link; return the number of failed links.

    ``records`` is a file of own records that is handed in, where the server takes any.
    """
    folder.mkdir(parents=True)
    giving = [next(link for link in page_links() if link.startswith(way)) for way in _GIVING]
    failed = 0
    with chromium() as browser:
        for link in page_links():
            for window, lang in [("1280", lang) for lang in LANGS] + [
                ("390", "es"),
                ("dark", "es"),
            ]:
                if window != "1280" and link not in giving:
                    continue
                of = re.sub("lang=..", f"lang={lang}", link)
                name = f"{file_name(of)}-{window}"

                def look(page: Page, of: str = of, name: str = name, link: str = link) -> None:
                    page.goto(server + of)
                    _keep(page, folder / name)
                    if link in giving and name.endswith("1280") and "lang=es" in of:
                        _files(page, folder / f"{name}-files")
                        _asked(page, folder / f"{name}-asked")

                failed += not _tried(browser, window, look, name)
        if records is not None:
            for lang in LANGS:

                def hand_in(page: Page, lang: str = lang) -> None:
                    page.goto(f"{server}/mis-datos?lang={lang}")
                    _hand_in(page, records)
                    _keep(page, folder / f"mis-datos-{lang}-read")

                failed += not _tried(browser, "1280", hand_in, f"mis-datos {lang}")
    for path in folder.glob("*.txt"):
        path.write_text(path.read_text("utf-8").replace(server, "http://server"), "utf-8")
    return failed


def _tried(browser: Any, window: str, look: Callable[[Page], None], name: str) -> bool:
    """Look at a page in a window of its own, twice if need be; whether it went well."""
    width, height, theme = WINDOWS[window]
    for attempt in (1, 2):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            locale="es-PE",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        try:
            look(page)
            return True
        except Error as error:
            print(f"{name}, attempt {attempt}: {str(error).splitlines()[0]}", file=sys.stderr)
        finally:
            context.close()
    return False


def _at_rest(page: Page) -> str:
    """Wait until nothing runs, the map is drawn and the page says the same twice; what it says."""
    page.locator("footer.help, .way").first.wait_for()
    before = ""
    for _ in range(120):
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_function(_DRAWN)
        page.wait_for_timeout(400)
        text = "\n\n".join(_text_of(frame) for frame in page.frames)
        if text == before:
            break
        before = text
    return before


def _text_of(frame: Any) -> str:
    try:
        return str(frame.evaluate(_TEXT))
    except Error:
        return ""  # a frame that is being loaded; the next look sees it


def _keep(page: Page, path: Path) -> None:
    """Write what a page says and how it looks, every fold of it open."""
    _at_rest(page)
    for closed in page.locator("[data-testid=stExpander] details:not([open]) > summary").all():
        closed.click()
    text = _at_rest(page)
    path.with_name(f"{path.name}.txt").write_text(f"{page.url}\n{text}\n", "utf-8")
    picture = b""
    for _ in range(6):
        again = page.screenshot(full_page=True, animations="disabled")
        if again == picture:
            break
        picture = again
    path.with_name(f"{path.name}.png").write_bytes(picture)


def _files(page: Page, folder: Path) -> None:
    """Write every file that a page offers, those behind its menus too."""
    folder.mkdir()
    menus = page.locator("[data-testid=stPopover] button")
    for place in (None, *range(menus.count())):
        if place is not None:
            menus.nth(place).click()
        for button in page.locator("[data-testid=stDownloadButton] button:visible").all():
            with page.expect_download() as waiting:
                button.click()
            name = waiting.value.suggested_filename
            if not (folder / name).exists():
                waiting.value.save_as(folder / name)
        if place is not None:
            page.keyboard.press("Escape")


def _asked(page: Page, folder: Path) -> None:
    """Press the buttons whose questions a plan answers when asked, and keep the page."""
    buttons = page.locator("[class*=st-key-plan_ask_] button")
    for place in range(buttons.count()):
        buttons.nth(place).click()
        _at_rest(page)
    if buttons.count():
        _keep(page, folder)


def _hand_in(page: Page, records: Path) -> None:
    """Agree, and hand in a file of own records."""
    _at_rest(page)
    page.locator("[data-testid=stCheckbox] label").first.click()
    _at_rest(page)
    page.locator("input[type=file]").first.set_input_files(records)
    _at_rest(page)
