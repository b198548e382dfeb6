"""A planner's whole task on the page: hours over a network, a plan, another server, a change by
hand, and the same figures in every format."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas
import pandas as pd
import pypdf
import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from atlas.own_files.planning import TASKS
from atlas.planner.words import amount
from atlas.words import words
from cli import app
from tests.browser.desk import Desk, Server, atlas, violations
from tests.osm_files import TARAPOTO, jungle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
LONG = 90_000
"""milliseconds that a search may take on a busy machine"""
SAY = words("es")


class Planner(Desk):
    """A planner at the page of a server that has seen nobody yet."""

    def __init__(self, one: Any) -> None:
        self.page = one.page
        self.page.set_default_timeout(LONG)
        self.page.goto(f"{one.address}/planificador?lang=es")
        self.at_rest()

    def at_rest(self) -> None:
        """Wait until nothing runs."""
        self.page.locator(".plan-figures, .st-key-plan_blocked p").first.wait_for(timeout=LONG)
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(
            timeout=LONG
        )

    def hand_in(self, task: str, name: str, content: str) -> None:
        """Hand a list in; the box of lists is open."""
        button = self.page.locator(".st-key-plan_task button").nth(TASKS.index(task))
        if button.get_attribute("aria-checked") != "true":
            button.click()
        expect(button).to_have_attribute("aria-checked", "true")
        self.upload(content, name=name, where="plan")

    def type(self, control: str, value: str) -> None:
        """Type a number into a control, known by its key."""
        box = self.page.locator(f".st-key-{control} input:visible")
        box.fill(value)
        box.press("Enter")
        self.at_rest()
        expect(box).to_have_value(value)

    def behind(self, group: str, control: str, value: str) -> None:
        """Type a number into a control behind a button, which stays open."""
        body = self.page.locator("[data-testid=stPopoverBody]")
        self.page.get_by_role("button", name=SAY(group)).click()
        box = body.locator(f"[class*=st-key-{control}] input")
        box.fill(value)
        box.press("Enter")
        self.at_rest()
        expect(box).to_have_value(value)

    def close(self) -> None:
        """Close what stands behind a button."""
        self.page.locator("h1").click()
        self.page.locator("[data-testid=stPopoverBody]").wait_for(state="detached")
        self.at_rest()

    def sites(self, count: int) -> list[str]:
        """Wait for the end of the search for so many sites; their names, each with where it is."""
        rows = self.page.locator(".st-key-plan_card_box table.stacked tbody tr")
        expect(rows).to_have_count(count, timeout=LONG)
        expect(self.page.locator(".st-key-plan_search")).to_have_count(0, timeout=LONG)
        self.at_rest()
        return [text.split("\n")[0] for text in rows.locator("th").all_inner_texts()]

    def download(self, kind: str) -> bytes:
        """The plan as a file."""
        with self.page.expect_download(timeout=LONG) as waiting:
            self.page.locator(f".st-key-plan_file_{kind} button").click()
        return Path(waiting.value.path()).read_bytes()


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Minutes over a network, made by the command, and a zone where nobody may go."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "red.osm").write_text(jungle(), encoding="utf-8")
    ends = ("--from", "candidatos", "--to", "demanda", "--min-population", "2000")
    asked = ("--network", folder / "red.osm", *ends, "--max-minutes", "400")
    done = CliRunner().invoke(app, ["travel-times", *map(str, asked)])
    assert done.exit_code == 0, done.stderr
    zone = json.dumps({"type": "Polygon", "coordinates": [TARAPOTO]})
    return {
        "zones": ("zona.geojson", zone),
        "travel_times": ("tiempos.csv", done.stdout),
    }


def test_six_teams_three_hours(
    visit: Any, tmp_path: Path, ngo: Server, lists: dict[str, tuple[str, str]]
) -> None:
    """Iquitos kept, never in the zone, towns above 2,000, at most 60 reports a team."""
    one = Planner(visit(ngo.address, reduced_motion="reduce"))
    one.page.locator(".st-key-own_lists_box summary").first.click()
    for task, (name, content) in lists.items():
        one.hand_in(task, name, content)
    one.at_rest()
    one.type("plan_sites", "6")
    one.type("plan_minutes", "180")
    one.behind("plan.candidates", "plan_population", "2000")
    one.page.locator("[data-testid=stPopoverBody] [class*=st-key-plan_must] input").fill("Iquitos")
    expect(one.page.get_by_role("option").first).to_contain_text("Iquitos · ")  # the list is short
    one.page.get_by_role("option").first.click()
    one.at_rest()
    one.close()
    one.behind("plan.fairness", "plan_capacity", "60")
    one.close()
    shown = one.sites(6)
    saved = one.download("geojson")
    plan = json.loads(saved)
    names = [site["name"] for site in _sites(plan)]
    assert [text[: len(name)] for text, name in zip(shown, names, strict=True)] == names
    assert [one["name"] for one in _sites(plan) if one["is_must_have"]] == ["Iquitos"]
    assert min(site["population"] for site in _sites(plan)) >= 2000
    assert max(site["load"] for site in _sites(plan)) <= 60 + 1e-6
    for feature in plan["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert not (-76.6 <= longitude <= -76.2 and -6.9 <= latitude <= -6.3)
    assert violations(one.page) == []

    with atlas(tmp_path, ATLAS_TIER="ngo") as second:
        other = Planner(visit(second.address))
        field = other.page.locator(".st-key-plan_store input[type=file]")
        file = {"name": "plan.geojson", "mimeType": "application/geo+json", "buffer": saved}
        field.set_input_files(file)
        blocked = other.page.locator(".st-key-plan_blocked")
        for task, (name, content) in lists.items():
            expect(blocked).to_contain_text(name, timeout=LONG)
            other.hand_in(task, name, content)
        told = other.page.locator(".plan-told").filter(has_text=SAY("plan.checked.same"))
        expect(told).to_be_visible(timeout=LONG)
        assert other.sites(6) == shown
        assert other.download("geojson") == saved

        # the last team goes by hand, the others stay
        table = other.page.locator(".st-key-plan_card_box table.stacked tbody tr")
        remove = table.last.get_by_role("button", name=SAY("plan.hand.remove"))
        remove.click()
        assert sorted(other.sites(5)) == sorted(shown[:-1])
        expect(other.page.locator(".st-key-plan_cost")).to_contain_text("1 equipo menos")
        files = {kind: other.download(kind) for kind in ("geojson", "gpx", "csv", "gpkg", "pdf")}
        other.page.close()  # or it would miss the server
    sites = _sites(json.loads(files["geojson"]))
    left, loads = [site["name"] for site in sites], [site["load"] for site in sites]
    assert sorted(left) == sorted(names[:-1])
    layer = geopandas.read_file(io.BytesIO(files["gpkg"]), layer="sites")
    assert (layer["name"].tolist(), layer["load"].tolist()) == (left, loads)
    sheet = pd.read_csv(io.BytesIO(files["csv"]))
    head = f"{SAY('plan.col.load')} ({SAY('siting.unit.complaints')})"
    assert (sheet[SAY("column.name")].tolist(), sheet[head].tolist()) == (left, loads)
    points = ElementTree.fromstring(files["gpx"]).findall("{*}wpt")
    pages = pypdf.PdfReader(io.BytesIO(files["pdf"])).pages
    paper = " ".join(" ".join(page.extract_text() for page in pages).split())
    for order, (name, load, point) in enumerate(zip(left, loads, points, strict=True), start=1):
        assert point.findtext("{*}name") == f"{order} {name}"
        assert f"Atiende {amount(load, SAY)} reportes" in point.findtext("{*}desc", "")
        assert SAY("plan.load", load=amount(load, SAY), most="60.0") in paper
        assert name in paper


def _sites(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in plan["features"]]
