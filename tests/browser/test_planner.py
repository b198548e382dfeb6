"""A planner at the page: values behind buttons, a long search, kept plans, changes by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.eventually import eventually
from tests.browser.planner import Planner

pytestmark = pytest.mark.browser
FORBIDDEN_STORE = (
    "for (const name of ['getItem', 'setItem']) { const real = Storage.prototype[name];"
    "  Storage.prototype[name] = function (key, ...rest) {"
    "    if (key === 'atlas-planner') throw new DOMException('forbidden', 'SecurityError');"
    "    return real.call(this, key, ...rest); }; }"
)
"""Run before a page, it forbids the planner to keep anything."""


def test_the_answer_stands_on_one_screen_and_outlives_a_reload(visit: Callable[..., Any]) -> None:
    """The answer fits one screen, no name of the map overlaps, and a reload keeps the plan.

    The saved file opens again; a file that is no plan is refused. Forbidden storage delays nothing.
    """
    planner = Planner(visit(), sites=6)
    page, say = planner.page, planner.say
    planner.drawn(6)
    for part in (".plan-headline", ".plan-sites", ".plan-out", ".plan-answer .sure",
                 ".st-key-plan_bar", ".st-key-plan_map_box .plan-map"):  # fmt: skip
        box = page.locator(part).bounding_box()
        assert box is not None, part
        assert box["y"] + box["height"] <= 900, part
    names = planner.map.locator("text:not(.n)").evaluate_all(_BOXES)
    frame = planner.map.locator("svg").bounding_box()
    assert len(names) > 15
    for place, (left, top, right, bottom) in enumerate(names):
        assert frame["x"] <= left
        assert right <= frame["x"] + frame["width"]
        for other in names[:place]:
            is_apart = (
                other[2] <= left or right <= other[0] or other[3] <= top or bottom <= other[1]
            )
            assert is_apart, (place, other)
    planner.assert_accessible()
    # after a press elsewhere the choices, drawn when they are opened, begin with what is asked
    page.locator(".st-key-plan_folds").get_by_text(say("plan.compare")).click()
    planner.quiet()
    expect(planner.teams).to_have_value("6")
    sites = planner.choose(3)
    content = planner.download("plan_save")
    page.reload()
    assert planner.drawn(3) == sites
    assert urlsplit(page.url).query == "lang=es"
    planner.open(content)
    planner.says("plan.opened")
    assert planner.drawn(3) == sites
    page.get_by_role("button", name=say("plan.hand.close")).click()
    planner.open(b"{}")
    refusal = say("siting.refusal.saved_unreadable")
    expect(page.locator(".plan-told", has_text=refusal[1:])).to_be_visible()

    planner.visit.is_spent = True
    page.add_init_script(FORBIDDEN_STORE)
    page.reload()
    expect(page.locator(".plan-answer")).to_be_visible()


_BOXES = """names => names.filter(name => name.style.display !== "none").map(name => {
  const { left, top, right, bottom } = name.getBoundingClientRect();
  return [left + 1, top + 3, right - 1, bottom - 3]; })"""


_RESTS = """mark => new Promise(done => {
    let top = null, frames = 0;
    const look = () => {
        const now = mark.getBoundingClientRect().top;
        frames = now === top ? frames + 1 : 0;
        top = now;
        if (frames < 20) requestAnimationFrame(look);
        else done();
    };
    look();
})"""
"""The mark has not moved for twenty frames; a finger that comes earlier only stops the page."""


class Hand(Planner):
    """A planner who changes a plan of eight sites."""

    def __init__(self, visit: Any, lang: str = "es") -> None:
        super().__init__(visit, lang, sites=8)
        self.drawn(8)

    def names(self) -> set[str]:
        """Names of the sites, as the list has them."""
        return set(self.sites.locator("strong").all_inner_texts())

    def comes_to(self, names: set[str]) -> None:
        """Wait for a plan of these sites."""
        eventually(self.page, lambda: self.names() == names)

    def site(self, name: str) -> Locator:
        """A site on the map."""
        return self.map.locator("g.site").filter(has_text=name)

    def middle(self, name: str) -> tuple[float, float]:
        """Where a site stands on the screen, once a swipe before it has run out."""
        mark = self.site(name).locator(".mark")
        mark.evaluate(_RESTS)  # what still runs out would carry it away again, under the header
        mark.evaluate("mark => mark.scrollIntoView({block: 'center'})")
        mark.evaluate(_RESTS)
        box = mark.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def panel(self, name: str) -> Locator:
        """A button that a site or a place of the map opened."""
        return self.map.locator(".panel").get_by_role("button", name=name, exact=True)


def test_mouse_and_list_change_a_plan_and_take_it_back(visit: Callable[..., Any]) -> None:
    """Drag, row and button change a plan and can be undone, by keys too; the address keeps none."""
    hand = Hand(visit())
    page, say = hand.page, hand.say
    before = hand.names()
    assert "Iquitos" in before
    x, y = hand.middle("Iquitos")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 90, steps=4)
    tip = hand.map.locator(".says")
    expect(tip).to_contain_text(say("plan.hand.dragged", name="").strip())
    target = tip.inner_text().removeprefix(say("plan.hand.dragged", name="")).partition(" · ")[0]
    page.mouse.up()
    eventually(page, lambda: target in hand.names())
    assert "Iquitos" not in hand.names()
    expect(hand.change).to_contain_text("reportes menos")
    hand.drawn(8)
    _undo(hand, before)

    row = hand.sites.filter(has_text="Iquitos")
    row.hover()
    row.get_by_role("button", name=say("plan.hand.remove")).click()
    eventually(page, lambda: "Iquitos" not in hand.names())
    hand.drawn(8)
    _undo(hand, before)

    included = page.locator(".plan-out li:has(button)").first
    name = included.locator("strong").inner_text()
    included.get_by_role("button").click()
    expect(page.locator(".plan-out strong", has_text=name)).to_have_count(0)
    hand.drawn(8)
    _undo(hand, before)
    assert page.url.endswith("/planificador?lang=es")
    _change_by_keys_alone(hand)


def _undo(hand: Hand, before: set[str]) -> None:
    hand.page.get_by_role("button", name=hand.say("plan.hand.undo"), exact=True).click()
    hand.comes_to(before)
    expect(hand.change).to_have_count(0)
    hand.quiet()


def _change_by_keys_alone(hand: Hand) -> None:
    """Arrows from site to site, Enter for what can be done; a pin that arrows move, by name."""
    page, say = hand.page, hand.say
    before, keys = hand.names(), page.keyboard
    sites = hand.map.locator("g.site")
    hand.map.locator("g.site[tabindex='0']").focus()
    keys.press("ArrowRight")
    second = hand.map.locator("g.site:focus")
    expect(second).to_have_attribute("aria-label", re.compile(r"2\. "))
    keys.press("Enter")
    expect(hand.panel(say("plan.hand.fix"))).to_be_focused()
    keys.press("Escape")
    expect(second).to_be_focused()
    keys.press("Enter")
    keys.press("Enter")  # fix
    expect(page.locator(".plan-sites b.fixed")).to_have_count(1)
    expect(hand.change).to_contain_text(say("plan.change.same"))
    expect(second).to_be_focused()
    assert hand.names() == before
    hand.quiet()
    keys.press("Enter")
    keys.press("Tab")
    expect(hand.panel(say("plan.hand.move"))).to_be_focused()
    keys.press("Enter")
    pin = hand.map.locator("g.pin")
    expect(pin).to_be_focused()
    for _ in range(3):
        keys.press("Shift+ArrowUp")
    target = (pin.get_attribute("aria-label") or "").partition(" · ")[0]
    keys.press("Enter")
    eventually(page, lambda: target in hand.names())
    hand.drawn(8)
    expect(sites).to_have_count(8)


def test_a_finger_scrolls_over_a_site_and_drags_one_that_it_rests_on(
    visit: Callable[..., Any],
) -> None:
    """On a phone: a swipe that begins on a site moves the page and not the plan."""
    opened = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    hand = Hand(opened)
    page, say = hand.page, hand.say
    before = hand.names()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *place: float) -> None:
        points = [{"x": place[0], "y": place[1]}] if place else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def scrolled() -> float:
        return float(page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"))

    x, y = hand.middle("Iquitos")
    begun = scrolled()
    touch("touchStart", x, y)
    for step in range(1, 8):
        touch("touchMove", x, y - 20 * step)
    touch("touchEnd")
    eventually(page, lambda: scrolled() > begun + 50)
    assert hand.names() == before
    expect(hand.change).to_have_count(0)

    x, y = hand.middle("Iquitos")
    begun = scrolled()
    touch("touchStart", x, y)
    expect(hand.site("Iquitos")).to_have_class("site lifted")
    for step in range(1, 8):
        touch("touchMove", x - 5 * step, y + 10 * step)
    expect(hand.map.locator(".says")).to_contain_text(say("plan.hand.dragged", name="").strip())
    assert scrolled() == begun
    touch("touchEnd")
    eventually(page, lambda: "Iquitos" not in hand.names())
    hand.drawn(8)
    site = hand.map.locator("g.site").last  # the first of the plan, drawn above the others
    site.locator(".mark").tap()
    for name in ("fix", "move", "remove", "close"):
        box = hand.panel(say(f"plan.hand.{name}")).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    hand.assert_accessible()
