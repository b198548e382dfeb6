"""What a small screen cannot show: words and controls that reach over its edge."""

from __future__ import annotations

import contextlib
from typing import Any

from tests.browser.eventually import AT_REST, eventually

SMALLEST = 320
"""CSS pixels; at this width no page may ask to be scrolled both ways (WCAG 2.2, 1.4.10)."""
OTHERS = ((640, 450), (768, 1024), (1024, 768), (1366, 650), (1920, 1080))
"""1280 pixels at 200 % zoom, tablets, a small laptop, a large screen"""
_BEYOND = """() => {
  const width = document.documentElement.clientWidth, found = [];
  const hidden = node => {
    for (let one = node; one; one = one.parentElement || one.getRootNode().host) {
      const box = one.getBoundingClientRect();
      const isCut = getComputedStyle(one).overflowX !== "visible";
      if (one.tagName === "CANVAS" || (isCut && (box.width <= 1 || box.height <= 1))) return true;
    }
    return !node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const told = (box, what, node) => {
    if (box.width > 0 && (box.right > width + 1 || box.left < -1) && !hidden(node))
      found.push(`${what} ${Math.round(box.left)}-${Math.round(box.right)}`);
  };
  const look = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (node.shadowRoot) look(node.shadowRoot);
        if (node.matches("button, input, select, table, iframe, img"))
          told(node.getBoundingClientRect(), node.tagName, node);
        continue;
      }
      const text = node.data.trim(), owner = node.parentElement;
      if (!text || !owner || owner.closest("style, script, svg")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) told(box, text.slice(0, 40), owner);
    }
  };
  look(document.body);
  return found;
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
