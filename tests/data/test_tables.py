"""What the tables hold, and what they must not hold."""

import hashlib
import re

import pytest

from data.catalogue import ROOT, descriptor_of, load_table, read_resource, resource_names
from data.context import (
    load_services,
)
from data.geography import load_places, load_service_places
from data.reports import (
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


def test_files_are_plain_text_without_what_is_withheld():
    """Files are UTF-8 with LF, and hold no withheld zone, withheld route or old number."""
    for path in (ROOT / "tables").iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), path
        assert b"\r" not in content, path
        assert content.endswith(b"\n"), path
        assert not re.search(WITHHELD, content.decode(), flags=re.IGNORECASE), path


UNSOURCED = {
    *("route_waypoints", "registries", "sources", "official_files"),
    *("counting_registries", "period_notes", "profile_categories"),
    *("victims", "victims_earlier"),
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
    """Each row has tier, card, source, quote, both languages and the unit of its count."""
    published, described = load_table.tiered(name), descriptor_of(name)
    frame, card = published.frame, published.card
    assert described["description_es"] != described["description"]
    for field in described["schema"]["fields"]:
        assert field["type"] not in {"integer", "number"} or field["unit"], field
    assert published.tier in {"T0", "T1"}
    assert len(frame) == described["row_count"]
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


def test_shelters_have_no_place_and_hotlines_are_the_shown_ones():
    services = load_services()
    shelters = services[services["type"].str.contains("Shelter")]
    assert len(shelters) == 1
    assert shelters[["city", "department_ubigeo", "longitude", "latitude"]].isna().all(axis=None)
    assert not services["note"].fillna("").str.contains("refuge|lodging|albergue").any()
    assert services["contact"].dropna().tolist() == ["1818", "100", "0800-15170"]


def test_offices_are_those_of_the_directory_and_none_stands_twice():
    """No office of the directory is repeated, and a doubtful position becomes the capital."""
    offices, others = load_service_places(), load_services()
    assert not set(offices["service_type"]) & set(others["type"])
    doubted = load_table("service_places")["position_doubt"].notna()
    assert offices["is_approximate"].tolist() == doubted.tolist()
    capital = load_places().set_index("district_ubigeo")[["longitude", "latitude"]]
    near = offices[offices["is_approximate"]]
    assert (near[["longitude", "latitude"]].to_numpy() == capital.loc[near["district_ubigeo"]]).all(
        axis=None
    )


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
