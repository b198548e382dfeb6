"""Refreshed mining, outlines and population: shown first, written as a set, read by the loaders."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from data.catalogue import ROOT, descriptor_of, load_table, read_resource, resource_names
from data.context import (
    load_mining_by_department,
    load_mining_by_district,
    load_mining_cells,
    mining_span,
)
from data.geography import area_levels, load_areas, load_provinces
from data.population import (
    load_population,
    load_province_population,
    population_of_year,
    series_of_years,
)
from data.refresh import store
from data.refresh.boundaries import plan_boundaries
from data.refresh.folder import forget
from data.refresh.mining import plan_mining
from data.refresh.population import plan_population
from data.refresh.store import Plan
from data.refreshed import refreshed_cards
from geo.privacy.disclosure import gate
from tests.border_files import collection, districts, divided, external, provinces
from tests.refreshed_years import source_of, write_figures
from tests.refusing import refused

ACCESSED = "2031-05-06"


def _outlines(content: bytes) -> Plan:
    return plan_boundaries(source_of(content, accessed=ACCESSED), publisher="INEI", licence="open")


@cache
def _planned(of: Callable[[], bytes]) -> Plan:
    """The plan of outlines, read once; no test puts others in use before."""
    return _outlines(of())


def _patches() -> bytes:
    """50 ha in Huepetuhe before the change of model, 7 after, 3 in a suspect department."""
    west, south = -70.6, -13.0
    made = []
    for ha, period, (x, y), code in (
        (50.0, "2023", (west, south), "170204"),
        (7.0, "2026Q1", (west + 0.01, south), "170204"),
        (3.0, "2024", (-76.5, -6.5), "220101"),
    ):
        row = {"mined_ha": ha, "period": period, "ubigeo": code, "share_in_peru": 1}
        made.append((row, shapely.box(x, y, x + 0.005, y + 0.005)))
    return collection(made)


def _people(years: range, *, provinces_too: bool = True) -> bytes:
    """A table of residents: 1,000 in every province, and a row of the country."""
    codes = list(load_province_population(root=ROOT)["province_ubigeo"])
    counts: dict[str, int] = {}
    for code in codes:
        counts[code[:2]] = counts.get(code[:2], 0) + 1_000
    lines = [["UBIGEO", "LUGAR", *map(str, years)]]
    lines.append(["000000", "PERU", *[str(1_000 * len(codes))] * len(years)])
    lines += [[f"{code}0000", "D", *[str(people)] * len(years)] for code, people in counts.items()]
    if provinces_too:
        lines += [[f"{code}00", "P", *["1000"] * len(years)] for code in codes]
    return "\n".join(",".join(line) for line in lines).encode()


def _plan_people(content: bytes, **options: Any) -> Plan:
    return plan_population(source_of(content, accessed=ACCESSED), **options)


def test_outlines_are_shown_before_they_are_written(store_folder):
    plan = _planned(provinces)
    said = "\n".join(plan.lines)
    assert "joined by code: 2001 (2 parts)" in said
    assert "provinces: 196 outlines, replaced" in said
    assert "without an outline" not in said
    assert area_levels() == ("provinces",)
    assert not store_folder.exists()
    write_figures(plan.replacements)
    card = refreshed_cards()["provinces_full"]
    assert (card["rows_read"], card["rows_used"], card["accessed"]) == (197, 196, ACCESSED)
    assert descriptor_of("provinces_simplified")["sources"][0]["publisher"] == "INEI"
    assert load_provinces()["geometry"].notna().all()
    said = "\n".join(_planned(districts).lines)
    lacking = divided("districts")[7][0]
    assert f"districts: {len(divided('districts')) - 1} outlines, new here" in said
    assert f"without a geometry in the file: {lacking}" in said
    assert f"in the tables and without an outline: {lacking}" in said
    write_figures(_planned(districts).replacements)
    assert area_levels() == ("provinces", "districts")
    store.reset()
    assert area_levels() == ("provinces",)
    assert "1608" in set(load_areas("provinces")["area_ubigeo"])
    with refused("no table 'districts_simplified'"):
        load_areas("districts")


def test_the_shipped_provinces_are_the_refresh_of_their_source():
    """The file that the card names, read as a refresh reads it, gives the shipped bytes.

    But for the Maynas of 2007, whose land Putumayo and today's Maynas divide between them.
    """
    plan = _outlines(external("boundaries/peru_provincial_simple.geojson"))
    shipped = read_resource("provinces_simplified", ROOT)
    lines = [
        {
            feature["properties"]["province_ubigeo"]: feature
            for feature in json.loads(one)["features"]
        }
        for one in (plan.replacements["provinces_simplified"].content, shipped.content)
    ]
    read, divided_since = lines
    assert set(divided_since) - set(read) == {"1608"}
    assert all(read[code] == divided_since[code] for code in read if code != "1601")
    whole = shape(read["1601"]["geometry"])
    parts = [shape(divided_since[code]["geometry"]) for code in ("1601", "1608")]
    assert shapely.intersection(*parts).area == 0
    # its border has two points more, rounded to 0.001 degrees
    off = shapely.symmetric_difference(whole, shapely.union_all(parts)).area
    assert off < 1e-6 * whole.area
    notice = (ROOT / "tables" / "provinces.LICENSE.txt").read_text()
    for licence, said in (
        ("MPL-2.0", "Mozilla Public License"),
        ("CC-BY-SA-4.0", "Creative Commons Attribution-ShareAlike 4.0"),
    ):
        assert licence in [one["name"] for one in shipped.descriptor["licenses"]]
        assert said in notice


def test_provinces_hold_what_is_known_by_province(store_folder):
    write_figures(_planned(provinces).replacements)
    areas = gate(load_areas("provinces"), "T1").set_index("area_ubigeo")
    shipped = load_province_population().set_index("province_ubigeo")["population_2025"]
    assert areas["population"].to_dict() == shipped.to_dict()
    assert areas.attrs["population_year"] == 2025
    assert areas.attrs["without_outline"] == []
    by_district = load_mining_by_district().set_index("district_ubigeo")["mined_ha"]
    tambopata = by_district[by_district.index.str.startswith("1701")].sum()
    assert areas.loc["1701", "mined_ha"] == pytest.approx(tambopata)
    # San Juan Bautista is set aside, the rest of Maynas is not; San Martín is set aside whole
    assert areas.loc["1601", "doubtful_ha"] == pytest.approx(by_district["160113"])
    assert areas.loc["1601", "mined_ha"] > 0
    moyobamba = by_district[by_district.index.str.startswith("2201")].sum()
    assert areas.loc["2201", ["mined_ha", "doubtful_ha"]].tolist() == [0, moyobamba]
    lima = load_table("places").set_index("province_ubigeo")["area_km2"]["1501"]
    if lima.notna().all():
        density = shipped["1501"] / lima.sum()
        assert areas.loc["1501", "people_per_km2"] == pytest.approx(density)
    assert not [name for name in areas.columns if "report" in name or "smr" in name]


@pytest.fixture(scope="module")
def written_once(tmp_path_factory):
    """A folder with districts, mining and five years of people, checked as one edition, and the
    plans that brought them."""
    folder = tmp_path_factory.mktemp("plans") / "folder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATLAS_DATA", str(folder))
        forget()
        write_figures(_planned(districts).replacements)
        mining = plan_mining(source_of(_patches(), accessed=ACCESSED))
        people = _plan_people(_people(range(2025, 2030)))
        write_figures({**mining.replacements, **people.replacements}, check=True)
    forget()
    return folder, mining, people


@pytest.fixture
def in_use(written_once, monkeypatch):
    """That folder is in use: the plans of mining and of people."""
    folder, *plans = written_once
    monkeypatch.setenv("ATLAS_DATA", str(folder))
    forget()
    yield plans
    forget()


def test_a_district_without_an_outline_is_told(in_use):
    """Its figures are in the tables and not on the map."""
    areas = load_areas("districts")
    assert divided("districts")[7][0] in areas.attrs["without_outline"]
    assert len(areas) == len(divided("districts")) - 1
    assert areas["area"].notna().all()


def test_mining_is_written_as_a_set(in_use):
    """Cells, sums by department and by district, and the periods, all from one file."""
    said = "\n".join(in_use[0].lines)
    assert "suspect, left out of the cells: 1 polygons, 3.00 ha" in said
    assert "the detector's model changed in 2024" in said
    assert "17 Madre de Dios: 87,647.3 -> 57.0 ha" in said
    assert mining_span() == ("2023", "2026Q1")
    cells = load_mining_cells()
    assert cells[["mined_ha_to_2023", "mined_ha_since_2024"]].sum().tolist() == [50.0, 7.0]
    by_department = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    assert by_department.to_dict() == {"17": 57.0, "22": 3.0}
    assert load_mining_by_district()["mined_ha"].sum() == pytest.approx(60, abs=0.1)
    periods = load_table("mining_cells_by_period").groupby("period")["mined_ha"].sum()
    assert periods.to_dict() == {"2023": 50.0, "2026Q1": 7.0}
    assert cells["source_title"].iloc[0] == "Amazon Mining Watch: mining detections 2023 to 2026Q1"
    assert any("model changed" in note for note in refreshed_cards()["mining_cells"]["notes"])


def test_new_years_of_population_find_their_person_years(in_use):
    """A year that the atlas lacked is answered; the years it had keep their series."""
    said = "\n".join(in_use[1].lines)
    assert "2026: 25 departments differ from projection_2018_2026" in said
    assert "new years: 2027, 2028, 2029" in said
    assert int(population_of_year(2027).sum()) == 196_000
    before = load_population(series_code="projection_2018_2026").query("year == 2026")
    assert population_of_year(2026).sum() == before["population"].sum() != 196_000
    assert series_of_years()[2029] == "refreshed_2025_2029"
    assert set(load_population(series_code="refreshed_2025_2029")["year"]) == {2027, 2028, 2029}
    again = _plan_people(_people(range(2025, 2030)))
    assert "2029: new, 196,000 residents" in "\n".join(again.lines)


def test_the_level_shows_the_year_of_the_refresh(store_folder):
    """A projection reaches decades ahead: the map shows the present, not its end. Without outlines
    of districts nobody knows where hectares lie, and nothing is guessed."""
    plan = plan_mining(source_of(_patches(), accessed=ACCESSED))
    assert any("hectares by district will be unknown" in line for line in plan.lines)
    people = _plan_people(_people(range(2027, 2040)))
    write_figures({**plan.replacements, **people.replacements, **_planned(provinces).replacements})
    areas = load_areas("provinces")
    assert areas.attrs["population_year"] == int(ACCESSED[:4])
    assert set(areas["population"]) == {1000.0}
    assert areas["mined_ha"].isna().all()


def test_years_are_replaced_only_when_asked(store_folder):
    content = _people(range(2024, 2027), provinces_too=False)
    plan = _plan_people(content)
    assert plan.replacements == {}
    assert "nothing to write" in plan.lines[-1]
    plan = _plan_people(content, replace_years=True)
    assert "replaced years: 2024, 2025, 2026" in plan.lines[-1]
    shipped = population_of_year(2023)
    write_figures(plan.replacements)
    assert {year: series_of_years()[year] for year in (2023, 2025)} == {
        2023: "projection_2018_2026",
        2025: "refreshed_2024_2026",
    }
    assert int(population_of_year(2025).sum()) == 196_000
    assert population_of_year(2023).equals(shipped)
    write_figures(plan.replacements)
    assert int(population_of_year(2025).sum()) == 196_000
    assert int(population_of_year(2023).sum()) == 33_725_844
    assert "population_areas" not in resource_names()
