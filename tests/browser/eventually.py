"""Wait for a page's final state, and measure what it sends and what leaves a small screen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

PATIENCE_MS = 90_000
"""milliseconds after which a wait is a failure; a machine that is busy elsewhere is not one"""
STEP_MS = 50
SETTLED = (
    "() => new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done))))"
)
"""Evaluated in a frame, it ends when what was asked of it before has been drawn: for what must not
happen, where there is nothing to wait for."""
MOVED = """() => Promise.allSettled(document.getAnimations()
  .filter(animation => Number.isFinite(animation.effect.getComputedTiming().endTime))
  .map(animation => animation.finished))"""
"""Evaluated, it ends when what fades in or moves has come to rest."""
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
"""the page while no script runs for it"""
CARD = "article.card"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
VIEWED = "[map_atlas.getCenter().lat, map_atlas.getCenter().lng, map_atlas.getZoom()]"
"""Where the reader of a map looks: latitude, longitude, zoom."""


def take_file(button: Any) -> Any:
    """Press a button that sends a file once nothing moves, and return the download."""
    page = button.page
    page.locator(AT_REST).wait_for()
    button.scroll_into_view_if_needed()
    page.evaluate(MOVED)
    page.evaluate(SETTLED)
    with page.expect_download() as download:
        button.click()
    return download.value


def saved(page: Any, label: str, within: str = "body") -> tuple[str, bytes]:
    """Name and content of what a button sends."""
    download = take_file(page.locator(within).get_by_role("button", name=label, exact=True))
    return download.suggested_filename, Path(download.path()).read_bytes()


def eventually(page: Any, probe: Callable[[], bool], look: Callable[[], Any] = lambda: "") -> None:
    """Ask until the answer is yes; a frame's policy may forbid the polling that Playwright offers.

    What `look` sees then is said when it never is.

    Raises
    ------
    AssertionError
        When the answer is no for as long as is waited.
    """
    for _ in range(PATIENCE_MS // STEP_MS):
        with contextlib.suppress(Error, StopIteration):  # a frame that goes while it is asked
            if probe():
                return
        page.wait_for_timeout(STEP_MS)
    assert probe(), f"not so after {PATIENCE_MS / 1000:g} s {look()}"


SMALLEST = 320
"""CSS pixels; at this width no page may ask to be scrolled both ways (WCAG 2.2, 1.4.10)."""
OTHERS = ((640, 450), (768, 1024), (1024, 768), (1366, 650), (1920, 1080))
"""1280 pixels at 200 % zoom, tablets, a small laptop, a large screen"""
_BEYOND = """() => {
  const width = document.documentElement.clientWidth, places = [];
  const hidden = node => {
    for (let frame = node; frame; frame = frame.parentElement || frame.getRootNode().host) {
      const box = frame.getBoundingClientRect();
      const isCut = getComputedStyle(frame).overflowX !== "visible";
      if (frame.tagName === "CANVAS" || (isCut && (box.width <= 1 || box.height <= 1))) return true;
      // a row that is moved sideways, itself on the screen
      const isRow = frame !== node && getComputedStyle(frame).overflowX === "auto";
      const isMoved = isRow && frame.scrollWidth > frame.clientWidth;
      if (isMoved && !frame.matches("[data-testid=stMain]")) return box.right <= width + 1;
    }
    return !node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const note = (box, what, node) => {
    if (box.width > 0 && (box.right > width + 1 || box.left < -1) && !hidden(node))
      places.push(`${what} ${Math.round(box.left)}-${Math.round(box.right)}`);
  };
  const look = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (node.shadowRoot) look(node.shadowRoot);
        if (node.matches("button, input, select, table, iframe, img"))
          note(node.getBoundingClientRect(), node.tagName, node);
        continue;
      }
      const text = node.data.trim(), owner = node.parentElement;
      if (!text || !owner || owner.closest("style, script, svg")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) note(box, text.slice(0, 40), owner);
    }
  };
  look(document.body);
  return places;
}"""


def beyond_the_screen(page: Any, width: int = SMALLEST, height: int = 844) -> list[str]:
    """Look at a page on a screen of a width: what stands over its edge, with where it stands.

    The screen is as wide as before when this returns.
    """
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": height})
    # a frame, so that the page is laid out anew
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.locator(AT_REST).wait_for()
    beyond: list[str] = []

    def is_within() -> bool:
        beyond[:] = page.evaluate(_BEYOND)
        return not beyond

    # Streamlit's header takes in its links some time after the screen became narrower
    with contextlib.suppress(AssertionError):
        eventually(page, is_within)
    page.set_viewport_size(before)
    return beyond
