"""Words, marks and controls of a page's first screen, before anything is touched.

Prints a Markdown table. A word counts when a part of it can be seen; a mark is what the map draws
over its ground and its areas (a line, an arrowhead, a cell, a ring, a flag, a town's name is one
each; the areas' own names are words); a control is what can be pressed or filled in, each choice of
a group by itself.
"""

from __future__ import annotations

import contextlib
import sys

from playwright.sync_api import Frame, Page

from studies.benchmarks.browser import chromium, server, wait_for

SIZES = ((1280, 900), (390, 844))
PAGES = ("", "focos", "cifras")

# components draw in shadow roots of their own, which neither a walk nor a selector enters
_ROOTS = """const roots = [document];
  for (const root of roots) {
    for (const node of root.querySelectorAll('*')) if (node.shadowRoot) roots.push(node.shadowRoot);
  }"""
_WORDS = f"""([right, bottom]) => {{
  {_ROOTS}
  const range = document.createRange();
  let words = 0;
  for (const root of roots) {{
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {{
      const parent = node.parentElement;
      if (!parent || parent.closest('script, style, [data-testid=stIconMaterial]')) continue;
      if (!parent.checkVisibility({{ visibilityProperty: true, opacityProperty: true }})) continue;
      for (const word of node.data.matchAll(/\\S*[\\p{{L}}\\p{{N}}]\\S*/gu)) {{
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const box = range.getBoundingClientRect();
        let [x0, y0, x1, y1] = [0, 0, right, bottom];
        for (let frame = parent; frame; frame = frame.parentElement ?? frame.getRootNode().host) {{
          if (getComputedStyle(frame).overflow === 'visible') continue;
          const clip = frame.getBoundingClientRect();
          [x0, y0] = [Math.max(x0, clip.left), Math.max(y0, clip.top)];
          [x1, y1] = [Math.min(x1, clip.right), Math.min(y1, clip.bottom)];
        }}
        const inside = box.right > x0 && box.left < x1 && box.bottom > y0 && box.top < y1;
        if (inside && box.width > 1) words += 1;
      }}
    }}
  }}
  return words; }}"""
_MARKS = """() => {
  const ground = 'neighbours, water, outlines, regions, areas, departments'.split(', ')
    .map(pane => `.leaflet-${pane}-pane`).join();
  const paths = [...document.querySelectorAll('.leaflet-pane path')].filter(path => {
    const box = path.getBoundingClientRect();
    return box.width + box.height > 0 && !path.closest(ground); });
  const names = document.querySelectorAll('.leaflet-marker-icon:not(.name-department)');
  return paths.filter(path => !path.matches('.tie')).length + names.length; }"""
_CONTROLS = f"""bottom => {{
  {_ROOTS}
  const pressed = 'a[href], button, label:has(input), input, select, textarea, summary, [tabindex]';
  return roots.flatMap(root => [...root.querySelectorAll(pressed)]).filter(control => {{
    const box = control.getBoundingClientRect();
    return box.width > 1 && box.top < bottom && box.bottom > 0 && !control.disabled
      && (control.tabIndex >= 0 || control.matches('label, [role=radio]'))
      && !(control.matches('input') && control.closest('label')); }}).length; }}"""


def _frame(page: Page) -> Frame | None:
    frames = [frame for frame in page.frames if frame.url.endswith("/map/frame")]
    return frames[0] if frames else None


def first_screen(page: Page) -> dict[str, int]:
    """Count what stands on the screen of a page that has been drawn."""
    size = page.viewport_size or {"width": 0, "height": 0}
    window = [size["width"], size["height"]]
    seen = {"words": page.evaluate(_WORDS, window), "marks": 0}
    seen["controls"] = page.evaluate(_CONTROLS, size["height"])
    frame = _frame(page)
    if frame:
        box = page.locator("iframe[src='/map/frame']").bounding_box()
        assert box is not None
        inside = [box["width"], size["height"] - box["y"]]
        seen["words"] += frame.evaluate(_WORDS, inside)
        seen["controls"] += frame.evaluate(_CONTROLS, inside[1])
        seen["marks"] = frame.evaluate(_MARKS)
    return seen


def main(address: str = "") -> None:
    """Measure a server that runs at an address, or one of this folder."""
    with contextlib.ExitStack() as stack:
        if not address:
            address, _ = stack.enter_context(server("app.py"))
            wait_for(address)
        browser = stack.enter_context(chromium())
        print("| page | window | words | marks on the map | controls |")
        for name in PAGES:
            for width, height in SIZES:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(f"{address}/{name}?lang=es")
                page.locator("footer.help").wait_for(timeout=60_000)
                page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
                if not name:
                    page.locator(".atlas-map[data-drawn]").wait_for()
                page.wait_for_timeout(1_000)
                seen = first_screen(page)
                print(
                    f"| {name or 'mapa'} | {width}x{height} | {seen['words']} | {seen['marks']} |"
                    f" {seen['controls']} |"
                )
                page.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
