"""A planner at the page: values behind buttons, a long search, kept plans, changes by hand."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import atlas
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


def test_values_and_plans_outlive_what_is_redrawn(visit: Callable[..., Any]) -> None:
    """Another control changed first, then each group opened: factors, river, seed as they were. The
    browser draws them only now; told their minimum it would answer with that, and the plan would
    be another one without a word.

    Loaded anew the page has the plan and the named one, and the address tells nothing; a file that
    is no plan is refused. Storage that is forbidden is no reason to wait. A plan that is opened:
    tests/frozen. A question that was left: tests/atlas/pages/test_plan.
    """
    planner = Planner(visit())
    page, say = planner.page, planner.say
    planner.drawn(2)
    planner.assert_accessible()
    unsaid = page.locator(".st-key-plan_row [data-testid=stButtonGroup] button")
    expect(unsaid.locator(":scope:not([aria-description])")).to_have_count(0)
    planner.choose(3)
    before = page.locator(".st-key-plan_assumptions").inner_text()
    body = page.locator("[data-testid=stPopoverBody]")
    for group, values in (
        ("plan.ways", {"plan_coast": "1.25", "plan_highland": "1.70", "plan_jungle": "1.50",
                       "plan_river": "2.00"}),
        ("plan.fairness", {"plan_seed": "1"}),
        ("plan.candidates", {"plan_population": "100000"}),
    ):  # fmt: skip
        page.get_by_role("button", name=say(group)).click()
        for key, value in values.items():
            expect(body.locator(f".st-key-{key} input")).to_have_value(value)
        if group == "plan.ways":
            expect(body.locator(".st-key-plan_river_codes")).to_contain_text("Loreto")
        page.keyboard.press("Escape")
        body.wait_for(state="detached")
        planner.quiet()
    sites = planner.choose(4)
    assert page.locator(".st-key-plan_assumptions").inner_text() == before
    plan = json.loads(planner.download("plan_file_geojson"))
    assert [feature["geometry"]["type"] for feature in plan["features"]] == ["Point"] * 4
    assert plan["plan"]["seed"] == 1
    assert plan["plan"]["assumptions"]

    planner.keep("De cuatro")
    planner.has_kept("De cuatro")
    planner.drawn(4)
    page.reload()
    assert planner.drawn(4) == sites
    planner.has_kept("De cuatro")
    assert planner.teams.input_value() == "4"
    assert urlsplit(page.url).query == "lang=es"
    planner.open(b"{}")
    refusal = say("siting.refusal.saved_unreadable")
    expect(page.locator(".plan-told")).to_contain_text(refusal[1:])

    planner.visit.is_spent = True
    page.add_init_script(FORBIDDEN_STORE)
    page.reload()
    expect(page.locator(".plan-figures")).to_be_visible()


def test_a_long_search_shows_its_first_plan_and_stops(visit: Callable[..., Any]) -> None:
    """ "Nobody too far" is drawn before it is proven; stopped, the page keeps what it shows."""
    long = {"plan_population": 0, "plan_sites": 12, "plan_model": "pcenter"}
    planner = Planner(visit(), **long)
    page, say = planner.page, planner.say
    stop = page.get_by_role("button", name=say("plan.stop"), exact=True)
    stop.wait_for()
    expect(page.locator("table.plan-table .order")).to_have_count(12)
    stop.click()
    expect(stop).to_be_hidden()
    planner.quiet()
    told = say("plan.gap.stopped_pcenter").split("{")[0]
    expect(page.locator(".plan-card")).to_contain_text(told)
    expect(page.locator("table.plan-table .order")).to_have_count(12)


@pytest.mark.slow  # a server that begins again takes as long as ten pages
def test_a_plan_outlives_its_server(visit: Callable[..., Any], tmp_path: Path) -> None:
    """A server that began again is told of, once; the plan and the named one are as before."""
    with atlas(tmp_path / "first") as first:
        planner = Planner(visit(first.address))
        planner.drawn(2)
        sites = planner.choose(3)
        planner.keep("De tres")
        planner.has_kept("De tres")
        planner.drawn(3)
    port = urlsplit(first.address).port
    assert port
    with atlas(tmp_path / "second", port=port):
        # Streamlit finds the server again by itself
        planner.told("plan.restarted")
        assert planner.drawn(3) == sites
        planner.has_kept("De tres")
        # the browser told of a server that was away
        gone = ("ERR_CONNECTION_REFUSED", "No response received", "is not responding")
        complaints = planner.visit.complaints
        assert [text for text in complaints if not any(word in text for word in gone)] == []
        complaints.clear()
        planner.choose(2)
        expect(planner.page.locator(".plan-told")).to_have_count(0)
        planner.page.close()  # or it would miss the server


@pytest.mark.slow  # side by side: tests/atlas/pages/test_plan
def test_named_plans_leave_together(visit: Callable[..., Any]) -> None:
    """Two plans with names, held against each other; a ZIP of their files and two tables."""
    narrow = {"width": 390, "height": 844}
    planner = Planner(visit(viewport=narrow), "en")
    names = ["<b>Sierra</b>", "=Selva"]
    for count, name in zip((2, 3), names, strict=True):
        planner.choose(count) if count > 2 else planner.drawn(count)
        planner.keep(name)
        planner.has_kept(*names[: count - 1])
        planner.drawn(count)
    planner.assert_accessible()
    packed = zipfile.ZipFile(io.BytesIO(planner.download("plan_kept_all")))
    plans = [json.loads(packed.read(name)) for name in packed.namelist() if "geojson" in name]
    assert [plan["plan"]["sites"] for plan in plans] == [len(plan["features"]) for plan in plans]
    assert [plan["plan"]["sites"] for plan in plans] == [2, 3]
    tables = []
    for name in ("compared", "sites"):
        content = packed.read(f"{planner.say(f'file.plans_{name}')}.csv")
        assert content[:3] == b"\xef\xbb\xbf"
        tables.append(list(csv.reader(content.decode("utf-8-sig").splitlines())))
        assert tables[-1][0][1:] == ["<b>Sierra</b>", "'=Selva"]
    shares = [planner.say.percent(plan["plan"]["coverage_share"], 1) for plan in plans]
    assert tables[0][1][1:] == shares
    sites = {site["properties"]["name"] for plan in plans for site in plan["features"]}
    assert {row[0] for row in tables[1][1:]} == sites


class Hand(Planner):
    """A planner who changes a plan of eight sites."""

    def __init__(self, visit: Any, lang: str = "es") -> None:
        super().__init__(visit, lang, plan_sites=8)
        self.drawn(8)

    def names(self) -> set[str]:
        """Names of the sites, as the table has them."""
        return set(
            self.page.locator("table.plan-table").first.evaluate(
                "table => [...table.querySelectorAll('tbody th')].map(head => "
                "head.firstChild.data.trim())"
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


def test_mouse_and_table_change_a_plan_and_take_it_back(visit: Callable[..., Any]) -> None:
    """A drag moves one site and no other; a row removes one; all taken back. Then keys alone. What
    the list adds: tests/atlas/pages/test_plan.

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
    page.get_by_role("button", name=say("plan.hand.undo"), exact=True).click()
    hand.comes_to(before - {"Iquitos"} | {target})
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
