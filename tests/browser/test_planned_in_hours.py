"""A planner's whole task on the page: hours over a network, a plan, another session, a change by
hand, and the same figures in every format."""

from __future__ import annotations

import io
import json
from typing import Any
from xml.etree import ElementTree

import geopandas
import pandas as pd
import pypdf
import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from atlas.planner.words import amount
from atlas.words import words
from cli import app
from tests.browser.desk import Server
from tests.browser.eventually import eventually
from tests.browser.planner import Planner
from tests.osm_files import TARAPOTO, jungle

pytestmark = pytest.mark.browser
SAY = words("es")


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Minutes over a network, made by the command, and a zone where nobody may go."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "red.osm").write_text(jungle(), encoding="utf-8")
    ends = ("--from", "candidatos", "--to", "demanda", "--min-population", "20000")
    asked = ("--network", folder / "red.osm", *ends, "--max-minutes", "400")
    done = CliRunner().invoke(app, ["travel-times", *map(str, asked)])
    assert done.exit_code == 0, done.stderr
    zone = json.dumps({"type": "Polygon", "coordinates": [TARAPOTO]})
    return {
        "zones": ("zona.geojson", zone),
        "travel_times": ("tiempos.csv", done.stdout),
    }


@pytest.mark.slow  # the same in commands/test_planned_in_hours
def test_six_teams_three_hours(visit: Any, ngo: Server, lists: dict[str, tuple[str, str]]) -> None:
    """Iquitos kept, never in the zone, towns above 20,000, at most 60 reports a team."""
    one = Planner(visit(ngo.address))
    one.page.locator(".st-key-own_lists_box summary").first.click()
    for task, (name, content) in lists.items():
        one.hand_in(task, name, content)
    one.quiet()
    one.type("plan_sites", "6")
    one.type("plan_minutes", "180")
    one.behind("plan.candidates", "plan_population", "20000")
    must = one.page.locator("[data-testid=stPopoverBody] [class*=st-key-plan_must]")
    option = one.page.get_by_role("option").filter(has_text="Iquitos · ").first

    def is_chosen() -> bool:
        # the list is drawn anew when the towns above 20,000 come, and forgets what was typed
        if "Iquitos · " not in must.inner_text():
            must.locator("input").fill("Iquitos")
            option.dispatch_event("click", timeout=2_000)
        return "Iquitos · " in must.inner_text()

    eventually(one.page, is_chosen)
    one.quiet()
    expect(must).to_contain_text("Iquitos · ")
    one.close()
    one.behind("plan.fairness", "plan_capacity", "60")
    one.close()
    shown = one.drawn(6)
    saved = one.download("plan_file_geojson")
    plan = json.loads(saved)
    names = [site["name"] for site in _sites(plan)]
    assert [text[: len(name)] for text, name in zip(shown, names, strict=True)] == names
    assert [one["name"] for one in _sites(plan) if one["is_must_have"]] == ["Iquitos"]
    assert min(site["population"] for site in _sites(plan)) >= 20_000
    assert max(site["load"] for site in _sites(plan)) <= 60 + 1e-6
    for feature in plan["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert not (-76.6 <= longitude <= -76.2 and -6.9 <= latitude <= -6.3)
    other = Planner(visit(ngo.address))
    field = other.page.locator(".st-key-plan_store input[type=file]")
    file = {"name": "plan.geojson", "mimeType": "application/geo+json", "buffer": saved}
    field.set_input_files(file)
    blocked = other.page.locator(".st-key-plan_blocked")
    for task, (name, content) in lists.items():
        expect(blocked).to_contain_text(name)
        other.hand_in(task, name, content)
    told = other.page.locator(".plan-told").filter(has_text=SAY("plan.checked.same"))
    expect(told).to_be_visible()
    assert other.drawn(6) == shown
    assert other.download("plan_file_geojson") == saved

    # the last team goes by hand, the others stay
    table = other.page.locator(".st-key-plan_card_box table.stacked tbody tr")
    remove = table.last.get_by_role("button", name=SAY("plan.hand.remove"))
    remove.click()
    assert sorted(other.drawn(5)) == sorted(shown[:-1])
    expect(other.page.locator(".st-key-plan_cost")).to_contain_text("1 equipo menos")
    files = {
        kind: other.download(f"plan_file_{kind}")
        for kind in ("geojson", "gpx", "csv", "gpkg", "pdf")
    }
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
