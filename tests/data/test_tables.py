"""What the tables hold, and what they must not hold."""

import hashlib
import re

import pytest

from data.catalogue import ROOT, descriptor_of, load_table, read_resource, resource_names
from data.context import (
    load_mining_cells,
    load_route_waypoints,
    load_routes,
    load_services,
)
from data.geography import load_departments, load_places, load_service_places
from data.reports import (
    load_complaints,
    load_crosswalk,
    load_national_figures,
)
from tests.published import POLICE

TABLES = [name for name in resource_names() if descriptor_of(name)["format"] == "csv"]
CARDED = [name for name in TABLES if {"unit", "registry"} <= set(descriptor_of(name))]
"""unit and registry stand in their cards, once for all rows"""
COUNTED = [
    name
    for name in TABLES
    if {"reported_count", "value"}
    & {field["name"] for field in descriptor_of(name)["schema"]["fields"]}
    and name not in CARDED
]
WITHHELD = r"\bMZ01[2-5]\b|\bMZ030\b|\bR47\b|native communit|comunidad nativa|0800-2-3232"
RENIEC_HEADER = "reniec_code"


def test_files_are_plain_text_without_what_is_withheld():
    """UTF-8 with LF, so that a difference is a difference; withheld zones, the withheld route and
    the old number are in no file, not even in a note."""
    for path in (ROOT / "tables").iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), path
        assert b"\r" not in content, path
        assert content.endswith(b"\n"), path
        assert not re.search(WITHHELD, content.decode(), flags=re.IGNORECASE), path


def test_codes_are_those_of_inei():
    """Callao is 07 and Cusco 08 with INEI; the other list has them at 24 and 07."""
    departments = load_departments(simplified=True).set_index("department")
    assert departments.loc[["Callao", "Cusco", "Madre de Dios"], "department_ubigeo"].tolist() == [
        "07", "08", "17",
    ]  # fmt: skip
    assert not any(
        RENIEC_HEADER in field["name"]
        for name in TABLES
        for field in descriptor_of(name)["schema"]["fields"]
    )
    assert departments["quote"].str.contains(r"\d{4}").sum() == 0


def test_names_have_their_accents():
    """Every table that bears a department takes its name from departments."""
    districts = load_crosswalk()[["fiscal_district_name", "judicial_district_name"]]
    for _, names in (*load_table("departments")[["department"]].items(), *districts.items()):
        assert {"Áncash", "Apurímac", "Huánuco", "Junín", "San Martín"} <= set(names)
        assert not {"Ancash", "Apurimac", "Huanuco", "Junin", "San Martin"} & set(names)
    assert load_complaints()["department"].isin(load_table("departments")["department"]).all()


UNSOURCED = {
    *("route_waypoints", "registries", "sources", "official_files"),
    *("counting_registries", "period_notes", "profile_categories"),
}
"""tables whose rows are cited elsewhere, or are no figures"""
PINNED = {*COUNTED, "population", "population_provinces", "denominator_mismatch"}
PARTNERS = {
    "link_es": "link_to_trafficking",
    "volume_es": "volume_or_share",
    "type_es": "type",
}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_what_makes_it_a_figure(name):
    """Tier and a full card, without which it could not pass the gate; a source; Spanish where there
    is English and the other way round; of a count its unit, who counted it, and its quote."""
    frame = load_table(name)
    card = frame.attrs["card"]
    assert frame.attrs["tier"] in {"T0", "T1"}
    assert len(frame) == descriptor_of(name)["row_count"]
    assert set(card) == {
        "name", "title", "title_es", "sources", "licence", "sha256", "bytes", "accessed",
    }  # fmt: skip
    assert card["sha256"] == hashlib.sha256(read_resource(name).content).hexdigest()
    assert card["licence"]
    assert card["title_es"]
    assert all(source["title"] for source in card["sources"])
    assert name in UNSOURCED or frame["source_title"].notna().all()
    assert name not in COUNTED or frame[["unit", "registry"]].notna().all(axis=None)
    assert name not in PINNED or frame["quote"].notna().all()
    for column in [name for name in frame.columns if name.endswith("_es")]:
        partner = PARTNERS.get(column, column.removesuffix("_es"))
        assert (frame[column].isna() == frame[partner].isna()).all(), column


def test_cells_are_assigned_as_the_detections_by_district_are():
    """About 94 % lie in Madre de Dios; the outlines alone would say 83 %."""
    cells = load_mining_cells()
    shares = cells.groupby("department")["mined_ha"].sum() / cells["mined_ha"].sum()
    assert 0.93 < shares["Madre de Dios"] < 0.955
    assert shares["Cusco"] < 0.02
    far = cells[~cells["is_near_border"]]
    assert (far["department_ubigeo"] == far["department_ubigeo_by_polygon"]).all()


def test_shelters_have_no_place_and_hotlines_are_the_shown_ones():
    services = load_services()
    shelters = services[services["type"].str.contains("Shelter")]
    assert len(shelters) == 1
    assert shelters[["city", "department_ubigeo", "longitude", "latitude"]].isna().all(axis=None)
    assert not services["note"].fillna("").str.contains("refuge|lodging|albergue").any()
    assert services["contact"].dropna().tolist() == ["1818", "100", "0800-15170"]


def test_offices_are_those_of_the_directory_and_none_stands_twice():
    """What another source names and the directory has is not listed beside it; a doubtful position
    gives way to the district's capital."""
    offices, others = load_service_places(), load_services()
    assert not set(offices["service_type"]) & set(others["type"])
    doubted = load_table("service_places")["position_doubt"].notna()
    assert offices["is_approximate"].tolist() == doubted.tolist()
    capital = load_places().set_index("district_ubigeo")[["longitude", "latitude"]]
    near = offices[offices["is_approximate"]]
    assert (near[["longitude", "latitude"]].to_numpy() == capital.loc[near["district_ubigeo"]]).all(
        axis=None
    )


def test_waypoints_belong_to_routes_and_have_a_department_at_home():
    points = load_route_waypoints()
    assert set(points["route_id"]) <= set(load_routes()["route_id"])
    assert (points["country"] == "PE").eq(points["department_ubigeo"].notna()).all()
    assert points["is_stated"].sum() == 160
    mazuko = points.loc[points["place"] == "Mazuko", "department_ubigeo"]
    assert set(mazuko) == {"17"}


def test_places_know_their_people():
    """Three that no newer list has have neither position nor people; two are new."""
    places = load_places().set_index("district_ubigeo")
    assert len(places) == 1895
    assert places.loc["160405", "district"] == "Santa Rosa de Loreto"
    listed = places["residents"].notna()
    assert places.index[~listed].tolist() == ["150144", "160109", "160114"]
    assert (places["longitude"].notna() == listed).all()
    lived_in = places["population_2022"].notna()
    assert places.index[lived_in != listed].tolist() == ["130112", "160405"]
    assert places.loc["130112", "district"] == "Alto Trujillo"
    assert places["capital"].notna().equals(listed)
    assert places["residents"].sum() == 34_157_732


def test_peru_told_the_united_nations_what_the_police_counted():
    """2018 to 2021 are the police file's, year by year; 2017's are not; all five say so."""
    figures = load_national_figures()
    reported = figures[
        figures["registry"].str.startswith("UNODC GLOTIP") & (figures["unit"] == "victim")
    ].assign(year=lambda frame: frame["period_start"].str[:4])
    by_year = reported.set_index("year")["value"]["2017":].astype(int).to_dict()
    assert by_year == {"2017": 540, **{year: POLICE[year] for year in list(POLICE)[1:5]}}
    is_noted = reported["note"].fillna("").str.contains("police file")
    assert set(reported.loc[is_noted, "year"]) == set(by_year)


def test_the_page_on_the_data_names_every_file_with_its_rows():
    """docs/data.md is the catalogue for people; it may not lag behind."""
    page = (ROOT.parent / "docs" / "data.md").read_text(encoding="utf-8")
    for name in resource_names():
        card = descriptor_of(name)
        file = card["path"].removeprefix("tables/")
        assert f"| {file} | {card['row_count']:,} |" in page
