"""A planner's whole task over a network, from the command line: hours, a plan, its files."""

import io
import json
from xml.etree import ElementTree

import geopandas
import pandas as pd
import pypdf
import pytest
import shapely
from typer.testing import CliRunner

from atlas.own_files.zones import as_rows
from atlas.planner.candidates import Zones
from atlas.planner.document import document_of
from atlas.planner.files import SUFFIXES, plan_bytes
from atlas.planner.model import plan_for
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import OwnFiles
from atlas.planner.saved import open_saved
from atlas.planner.sentences import amount
from atlas.words import words
from cli import app
from data.planning_files import read_travel_times
from tests.osm_files import TARAPOTO, jungle

SAY = words("es")


def run(*asked):
    """The command in this process, which must go well."""
    done = CliRunner().invoke(app, [str(one) for one in asked])
    assert done.exit_code == 0, done.stderr
    return done


def test_six_teams_three_hours(tmp_path):
    """Iquitos kept, never in the zone, towns above 20,000, at most 60 reports a team; saved, made
    again of either file, and the same figures in every format."""
    zone = {"type": "Polygon", "coordinates": [TARAPOTO]}
    (tmp_path / "red.osm").write_text(jungle(), encoding="utf-8")
    (tmp_path / "zona.geojson").write_text(json.dumps(zone), encoding="utf-8")
    times, plan = tmp_path / "tiempos.csv", tmp_path / "plan.geojson"
    ends = ("--from", "candidatos", "--to", "demanda", "--min-population", 20_000)
    speed = ("--season", "lluviosa", "--max-minutes", 400)
    run("travel-times", "--network", tmp_path / "red.osm", *ends, *speed, "--out", times)
    lists = ("--travel-times", times, "--exclude", tmp_path / "zona.geojson")
    asked = ("--must", "Iquitos", "--min-population", 20_000, "--capacity", 60, "--sites", 6)
    few = ("--radius-minutes", 180, "--resamples", 0, "--lang", "es")
    run("sites", *lists, *asked, *few, "--out", plan)

    content = json.loads(plan.read_text(encoding="utf-8"))
    sites = [one["properties"] for one in content["features"]]
    assert len(sites) == 6
    assert not content["plan"]["is_stopped"], content["plan"]["gap"]
    assert [one["code"] for one in sites if one["is_must_have"]] == ["160101"]
    assert min(one["population"] for one in sites) >= 20_000
    assert max(one["load"] for one in sites) <= 60 + 1e-6
    assert sum(one["load"] for one in sites) == pytest.approx(
        content["plan"]["coverage_share"] * content["plan"]["demand_total"], abs=0.01
    )
    minutes = pd.read_csv(times, dtype={"from": str, "to": str}).set_index(["from", "to"])
    for one in content["plan"]["assigned"]:
        assert minutes.loc[(one["site"], one["place"]), "minutes"] <= 180
    for feature in content["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert not (-76.6 <= longitude <= -76.2 and -6.9 <= latitude <= -6.3)

    saved = open_saved(plan.read_bytes())
    held = OwnFiles(
        zones=Zones(as_rows([shapely.Polygon(TARAPOTO)])[0]["wkb"], 1),
        travel_times=read_travel_times(times),
        sources=saved.lists,
    )
    outcome = document_of(*plan_for(saved.request, held, replicas=0))
    made = {one: plan_bytes(outcome, one, SAY, is_worded=True) for one in SUFFIXES}
    assert made[".geojson"] == plan.read_bytes()
    (tmp_path / "plan.gpkg").write_bytes(made[".gpkg"])
    run("sites", "--plan", tmp_path / "plan.gpkg", *lists, "--out", tmp_path / "otra.geojson")
    assert (tmp_path / "otra.geojson").read_bytes() == plan.read_bytes()

    names, loads = [one["name"] for one in sites], [one["load"] for one in sites]
    told = [amount(load, SAY) for load in loads]
    table = geopandas.read_file(tmp_path / "plan.gpkg", layer="sites")
    assert (table["name"].tolist(), table["load"].tolist()) == (names, loads)
    sheet = pd.read_csv(io.BytesIO(made[".csv"]))
    assert sheet[SAY("column.name")].tolist() == names
    assert sheet[f"{SAY('plan.col.load')} ({SAY('siting.unit.complaints')})"].tolist() == loads
    points = ElementTree.fromstring(made[".gpx"]).findall("{*}wpt")
    pages = pypdf.PdfReader(io.BytesIO(plan_pdf_bytes(outcome, "es"))).pages
    paper = " ".join(" ".join(page.extract_text() for page in pages).split())
    for order, (name, load, point) in enumerate(zip(names, told, points, strict=True), start=1):
        assert point.findtext("{*}name") == f"{order} {name}"
        assert f"Atiende {load} reportes" in point.findtext("{*}desc")
        assert name in paper
        assert SAY("plan.load", load=load, most="60.0") in paper
