"""A plan that lives: opened on another server, kept through a reload and a restart, compared."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.desk import atlas
from tests.browser.planner import Planner

pytestmark = pytest.mark.browser


class Keeper(Planner):
    """A planner who keeps plans under names."""

    def keep(self, name: str) -> None:
        """Keep the plan under a name."""
        field = self.page.locator(".st-key-plan_name input")
        field.fill(name)
        field.press("Tab")
        self.page.locator(".st-key-plan_keep button:visible").click()

    def has_kept(self, *names: str) -> None:
        """Wait until these plans, and no others, stand side by side."""
        heads = self.page.locator(".plan-table.kept").first.locator("thead th")
        expect(heads).to_have_text(names, use_inner_text=False)


def test_a_plan_that_left_a_long_question_outlives_a_reload(visit: Any) -> None:
    """The curve is asked for and left: the next number of teams is answered, and downloaded. The
    page before it is wide and light, and accessible.

    Loaded anew the page has the plan and the named one, and the address tells nothing; a file that
    is no plan is refused. One that is opened: tests/frozen.
    """
    one = Keeper(visit(), plan_population=20_000)
    page = one.page
    one.drawn(2)
    one.assert_accessible()
    unsaid = page.locator(".st-key-plan_row [data-testid=stButtonGroup] button")
    expect(unsaid.locator(":scope:not([aria-description])")).to_have_count(0)
    curve = page.locator(".st-key-plan_ask_curve button:visible")
    curve.click()
    page.locator("[data-testid=stProgress]").wait_for()
    sites = one.choose(3)
    # the question belongs to the plan that was left
    expect(curve).to_be_visible()
    plan = json.loads(one.download("plan_file_geojson"))
    assert [feature["geometry"]["type"] for feature in plan["features"]] == ["Point"] * 3
    assert plan["plan"]["seed"] == 1
    assert plan["plan"]["assumptions"]

    one.keep("De tres")
    one.has_kept("De tres")
    one.drawn(3)
    page.reload()
    assert one.drawn(3) == sites
    one.has_kept("De tres")
    assert one.teams.input_value() == "3"
    assert urlsplit(page.url).query == "lang=es"
    one.open(b"{}")
    refusal = one.say("siting.refusal.saved_unreadable")
    expect(page.locator(".plan-told")).to_contain_text(refusal[1:])


@pytest.mark.slow  # a server that begins again takes as long as ten pages
def test_a_plan_outlives_its_server(visit: Any, tmp_path: Path) -> None:
    """A server that began again is told of, once; the plan and the named one are as before."""
    with atlas(tmp_path / "first") as first:
        one = Keeper(visit(first.address))
        one.drawn(2)
        sites = one.choose(3)
        one.keep("De tres")
        one.has_kept("De tres")
        one.drawn(3)
    port = urlsplit(first.address).port
    assert port
    with atlas(tmp_path / "second", port=port):
        # Streamlit finds the server again by itself
        one.told("plan.restarted")
        assert one.drawn(3) == sites
        one.has_kept("De tres")
        # the browser told of a server that was away
        gone = ("ERR_CONNECTION_REFUSED", "No response received", "is not responding")
        away = [text for text in one.visit.complaints if not any(word in text for word in gone)]
        assert away == []
        one.visit.complaints.clear()
        one.choose(2)
        expect(one.page.locator(".plan-told")).to_have_count(0)
        one.page.close()  # or it would miss the server


def test_a_browser_that_keeps_nothing_shows_the_page(visit: Any, address: str) -> None:
    """Storage that is forbidden is no reason to wait."""
    one = visit(address)
    one.is_spent = True
    one.page.add_init_script(
        "const get = Storage.prototype.getItem, set = Storage.prototype.setItem;"
        "for (const [name, real] of [['getItem', get], ['setItem', set]])"
        "  Storage.prototype[name] = function (key, ...rest) {"
        "    if (key === 'atlas-planner') throw new DOMException('forbidden', 'SecurityError');"
        "    return real.call(this, key, ...rest); };"
    )
    one.page.goto(f"{one.address}/planificador?lang=en")
    expect(one.page.locator(".plan-figures")).to_be_visible()


@pytest.mark.slow  # side by side: tests/atlas/pages/test_plan
def test_named_plans_leave_together(visit: Any, address: str) -> None:
    """Two plans with names, held against each other; a ZIP of their files and two tables."""
    narrow = {"width": 390, "height": 844}
    one = Keeper(visit(address, viewport=narrow), "en")
    names = ["<b>Sierra</b>", "=Selva"]
    for count, name in zip((2, 3), names, strict=True):
        one.choose(count) if count > 2 else one.drawn(count)
        one.keep(name)
        one.has_kept(*names[: count - 1])
        one.drawn(count)
    one.assert_accessible()
    packed = zipfile.ZipFile(io.BytesIO(one.download("plan_kept_all")))
    shares, sites = [], set()
    for name in packed.namelist():
        if name.endswith(".geojson"):
            plan = json.loads(packed.read(name))
            shares.append(one.say.percent(plan["plan"]["coverage_share"], 1))
            sites |= {site["properties"]["name"] for site in plan["features"]}
            assert plan["plan"]["sites"] == len(plan["features"]) == len(shares) + 1
    tables = []
    for name in ("compared", "sites"):
        content = packed.read(f"{one.say(f'file.plans_{name}')}.csv")
        assert content[:3] == b"\xef\xbb\xbf"
        tables.append(list(csv.reader(content.decode("utf-8-sig").splitlines())))
        assert tables[-1][0][1:] == ["<b>Sierra</b>", "'=Selva"]
    assert tables[0][1][1:] == shares
    assert {row[0] for row in tables[1][1:]} == sites
