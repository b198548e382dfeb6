"""A planner at the page: what stands behind a button, a long search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.planner import Planner

pytestmark = pytest.mark.browser


def test_what_stands_behind_a_button_keeps_its_value(visit: Callable[..., Any]) -> None:
    """Another control changed first, then each group opened: factors, river, seed as they were.

    The browser draws them only now; told their minimum it would answer with that, and the plan
    would be another one without a word.
    """
    planner = Planner(visit(), "en")
    page, say = planner.page, planner.say
    planner.drawn(2)
    planner.choose(3)
    before = page.locator(".st-key-plan_assumptions").inner_text()
    body = page.locator("[data-testid=stPopoverBody]")
    for group, shown in (
        ("plan.ways", {"plan_coast": "1.25", "plan_highland": "1.70", "plan_jungle": "1.50",
                       "plan_river": "2.00"}),
        ("plan.fairness", {"plan_seed": "1"}),
        ("plan.candidates", {"plan_population": "100000"}),
    ):  # fmt: skip
        page.get_by_role("button", name=say(group)).click()
        for key, value in shown.items():
            expect(body.locator(f".st-key-{key} input")).to_have_value(value)
        if group == "plan.ways":
            expect(body.locator(".st-key-plan_river_codes")).to_contain_text("Loreto")
        page.keyboard.press("Escape")
        body.wait_for(state="detached")
        planner.quiet()
    planner.choose(4)
    assert page.locator(".st-key-plan_assumptions").inner_text() == before


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
