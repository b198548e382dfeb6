"""A plan changed by hand: with the mouse, with keys alone, in the table, with a finger; axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.eventually import eventually
from tests.browser.planner import Planner

pytestmark = pytest.mark.browser


class Hand(Planner):
    """A planner who changes a plan of eight sites."""

    def __init__(self, visit: Any, lang: str = "es") -> None:
        super().__init__(visit, lang, plan_sites=8)
        self.drawn(8)

    def names(self) -> set[str]:
        """Names of the sites, as the table has them."""
        return set(
            self.page.locator("table.plan-table").first.evaluate(
                "table => [...table.querySelectorAll('tbody th')].map(one => "
                "one.firstChild.data.trim())"
            )
        )

    def comes_to(self, names: set[str]) -> None:
        """Wait for a plan of these sites."""
        eventually(self.page, lambda: self.names() == names)

    def site(self, name: str) -> Locator:
        """A site on the map."""
        return self.map.locator("g.site").filter(has_text=name)

    def middle(self, name: str) -> tuple[float, float]:
        """Where a site stands on the screen."""
        mark = self.site(name).locator(".mark")
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def panel(self, name: str) -> Locator:
        """A button that a site or a place of the map opened."""
        return self.map.locator(".panel").get_by_role("button", name=name, exact=True)


def test_mouse_table_and_list_change_a_plan_and_take_it_back(visit: Callable[..., Any]) -> None:
    """A drag moves one site and no other; a row removes one; the list adds one; all taken back.
    Then keys alone.

    What cannot be leaves the plan and says why. Nothing of it is in the address.
    """
    hand = Hand(visit())
    page, say = hand.page, hand.say
    before = hand.names()
    assert "Iquitos" in before
    x, y = hand.middle("Iquitos")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 90, steps=4)
    told = hand.map.locator(".says")
    expect(told).to_contain_text(say("plan.hand.dragged", name="").strip())
    target = told.inner_text().removeprefix(say("plan.hand.dragged", name="")).partition(" · ")[0]
    page.mouse.up()
    hand.comes_to(before - {"Iquitos"} | {target})
    expect(hand.cost).to_contain_text("menos de cobertura")
    hand.quiet()

    # all are fixed now: chosen anew, one more has no room
    page.get_by_text(say("plan.rest.anew"), exact=True).click()
    hand.quiet()
    hand.map.get_by_role("button", name=say("plan.hand.add"), exact=True).click()
    hand.panel(say("plan.hand.add_here")).click()
    refused = page.locator(".st-key-plan_map_box [role=alert]")
    expect(refused).to_contain_text("9 sitios fijados no caben en 8")
    assert hand.names() == before - {"Iquitos"} | {target}

    page.get_by_text(say("plan.rest.stays"), exact=True).click()
    hand.quiet()
    page.get_by_role("button", name=f"{say('plan.hand.remove')}: {target}").click()
    hand.comes_to(before - {"Iquitos"})
    expect(hand.cost).to_contain_text("y 1 equipo menos")
    hand.quiet()
    page.get_by_label(say("plan.why.which"), exact=True).fill("Iquitos")
    expect(page.get_by_role("option").first).to_contain_text("Iquitos")  # the list is short
    page.get_by_role("option").first.click()
    page.get_by_role("button", name=say("plan.why.take", name="Iquitos")).click()
    hand.comes_to(before)
    expect(hand.cost).to_contain_text(say("plan.hand.covered_same"))
    page.get_by_role("button", name=say("plan.hand.undo"), exact=True).click()
    hand.comes_to(before - {"Iquitos"})
    page.get_by_role("button", name=say("plan.hand.undo_all")).click()
    hand.comes_to(before)
    expect(hand.cost).to_be_hidden()
    assert page.url.endswith("/planificador?lang=es")
    hand.quiet()
    _change_by_keys_alone(hand)


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
    expect(page.locator("td.order.fixed")).to_have_count(1)
    expect(hand.cost).to_contain_text(say("plan.hand.covered_same"))
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
    assert len(hand.names() - before) == 1
    hand.quiet()
    expect(sites).to_have_count(8)


def test_a_finger_scrolls_over_a_site_and_drags_one_that_it_rests_on(
    visit: Callable[..., Any],
) -> None:
    """On a phone: a swipe that begins on a site moves the page and not the plan."""
    one = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    hand = Hand(one)
    page, say = hand.page, hand.say
    before = hand.names()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *place: float) -> None:
        points = [{"x": place[0], "y": place[1]}] if place else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def scrolled() -> float:
        return float(page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"))

    middle = "document.querySelector('.st-key-plan_map_box').scrollIntoView({block: 'center'})"
    page.evaluate(middle)
    x, y = hand.middle("Iquitos")
    begun = scrolled()
    touch("touchStart", x, y)
    for step in range(1, 8):
        touch("touchMove", x, y - 20 * step)
    touch("touchEnd")
    eventually(page, lambda: scrolled() > begun + 50)
    assert hand.names() == before
    expect(hand.cost).to_be_hidden()

    page.evaluate(middle)
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
    assert len(hand.names() - before) == 1
    hand.quiet()
    site = hand.map.locator("g.site").last
    site.locator(".mark").tap()
    for name in ("release", "move", "remove", "close"):
        box = hand.panel(say(f"plan.hand.{name}")).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    hand.assert_accessible()
