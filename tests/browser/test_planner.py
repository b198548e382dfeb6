"""A planner at the page: teams changed, a long question left, a plan carried away, axe."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.words import words
from tests.browser.desk import violations
from tests.browser.small_screen import beyond_the_screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
LONG = 60_000
"""milliseconds that a search may take on a busy machine"""


class Planner:
    """A reader of the page; few and large candidates, so that a search is short."""

    def __init__(self, one: Any, lang: str) -> None:
        self.page, self.say = one.page, words(lang)
        self.page.goto(f"{one.address}/planificador?lang={lang}")
        self.sites(8)

    def sites(self, count: int) -> None:
        """Wait until a plan of that many sites is drawn, and has been resampled."""
        self.page.wait_for_function(
            """([count, heading]) => {
                 const table = document.querySelector("table.plan-table");
                 return table && table.querySelectorAll(".order").length === count
                   && table.innerText.includes(heading); }""",
            arg=[count, self.say("plan.col.stability")],
            timeout=LONG,
        )

    def teams(self, count: int) -> None:
        """Type another number of teams."""
        box = self.page.get_by_label(self.say("plan.sites"), exact=True)
        box.fill(str(count))
        box.press("Enter")

    def ask(self, name: str) -> None:
        """Press the button of a costly question."""
        self.page.locator(f".st-key-plan_ask_{name} button").click()

    def quiet(self) -> None:
        """Wait until nothing runs."""
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(
            timeout=LONG
        )


def assert_accessible(page: Any) -> None:
    """No complaint of axe-core, nothing wider than the screen."""
    assert violations(page) == []
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert beyond_the_screen(page) == []


def test_a_change_ends_a_long_question_and_the_file_is_the_new_plan(
    visit: Callable[..., Any],
) -> None:
    """The curve is asked for and left: the next number of teams is answered, and downloaded.

    The page before it is wide and light, and accessible.
    """
    planner = Planner(visit(reduced_motion="reduce"), "es")
    page = planner.page
    planner.quiet()
    assert_accessible(page)
    planner.ask("curve")
    page.locator("[data-testid=stProgress]").wait_for(timeout=LONG)
    planner.teams(3)
    planner.sites(3)
    planner.quiet()
    # the question belongs to the plan that was left
    expect(page.locator(".st-key-plan_ask_curve button")).to_be_visible()
    with page.expect_download(timeout=LONG) as waiting:
        page.get_by_role("button", name="GeoJSON", exact=True).click()
    plan = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert [feature["geometry"]["type"] for feature in plan["features"]] == ["Point"] * 3
    assert plan["plan"]["seed"] == 1
    assert plan["plan"]["assumptions"]
    assert page.url.endswith("/planificador?lang=es")


def test_what_stands_behind_a_button_keeps_its_value(visit: Callable[..., Any]) -> None:
    """Another control changed first, then each group opened: factors, river, seed as they were.

    The browser draws them only now; told their minimum it would answer with that, and the plan
    would be another one without a word. On a phone and in the dark the page is accessible.
    """
    planner = Planner(visit(reduced_motion="reduce", color_scheme="dark"), "en")
    page, say = planner.page, planner.say
    planner.teams(3)
    planner.sites(3)
    planner.quiet()
    before = page.locator(".st-key-plan_assumptions").inner_text()
    body = page.locator("[data-testid=stPopoverBody]")
    for group, shown in (
        ("plan.ways", {"plan_coast": "1.25", "plan_highland": "1.70", "plan_jungle": "1.50",
                       "plan_river": "2.00"}),
        ("plan.fairness", {"plan_seed": "1"}),
        ("plan.candidates", {"plan_population": "0"}),
    ):  # fmt: skip
        page.get_by_role("button", name=say(group)).click()
        for key, value in shown.items():
            expect(body.locator(f".st-key-{key} input")).to_have_value(value)
        if group == "plan.ways":
            expect(body.locator(".st-key-plan_river_codes")).to_contain_text("Loreto")
        page.keyboard.press("Escape")
        body.wait_for(state="detached")
        planner.quiet()
    planner.teams(4)
    planner.sites(4)
    assert page.locator(".st-key-plan_assumptions").inner_text() == before
    planner.quiet()
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)


def test_a_long_search_shows_its_first_plan_and_stops(visit: Callable[..., Any]) -> None:
    """ "Nobody too far" is drawn before it is proven; stopped, the page keeps what it shows."""
    planner = Planner(visit(reduced_motion="reduce"), "es")
    page, say = planner.page, planner.say
    planner.teams(12)
    page.get_by_label(say("plan.model"), exact=True).click()
    page.get_by_role("option", name=say("plan.model.pcenter"), exact=True).click()
    stop = page.get_by_role("button", name=say("plan.stop"), exact=True)
    stop.wait_for(timeout=LONG)
    expect(page.locator("table.plan-table .order")).to_have_count(12)
    stop.click()
    expect(stop).to_be_hidden(timeout=LONG)
    planner.quiet()
    told = say("plan.gap.stopped_pcenter").split("{")[0]
    expect(page.locator(".plan-card")).to_contain_text(told)
    expect(page.locator("table.plan-table .order")).to_have_count(12)
