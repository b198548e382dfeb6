"""No table leaves the catalogue unless it is what its card says."""

import json
import re
import shutil
from functools import partial

import pytest

from data.catalogue import (
    PACKAGE_FILE,
    ROOT,
    catalogue,
    descriptor_of,
    load_table,
    open_catalogue,
    resource_names,
    using,
)
from data.context import load_mining_zones, load_routes, load_services
from data.geography import load_departments, load_places, load_rivers
from data.population import load_population
from data.reports import load_complaints, load_region_counts
from geo.errors import DataError
from tests.refusing import refused
from tests.spoilt_data import edit_table, reading


def test_every_file_in_the_folder_has_a_card():
    """A file without a card would be read by nobody and checked by nobody.

    The one text is the licence of the outlines, which asks to stand beside them.
    """
    listed = {descriptor_of(name)["path"] for name in resource_names()}
    files = {f"tables/{path.name}" for path in (ROOT / "tables").iterdir()}
    assert files - listed == {"tables/outlines.LICENSE.txt"}
    assert listed <= files


def test_line_endings_are_named_as_what_they_are(folder):
    """Git or an editor on Windows changes them, and one command brings them back."""
    path = folder / "tables" / "complaints.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    expected = r"complaints\.csv: found line endings .* git checkout -- data"
    with pytest.raises(DataError, match=expected), reading(folder):
        load_complaints()


def test_what_is_written_later_is_not_seen(folder, edit):
    """A catalogue keeps the figures it read, even if a refresh replaces its folder."""
    with reading(folder):
        edit("complaints.csv", ",301,", ",302,")
        assert load_complaints()["reported_count"].sum() == 7809
        with reading(folder), pytest.raises(DataError, match="1,977 in 2007-01/2014-04"):
            load_complaints()
        shutil.rmtree(folder)
        assert len(load_routes()) == len(load_table("routes"))


@pytest.fixture
def named(monkeypatch):
    """Name a folder in ATLAS_DATA, and open it as a start does."""

    def open_named(folder):
        monkeypatch.setenv("ATLAS_DATA", str(folder))
        return open_catalogue()

    before = catalogue()
    yield open_named
    with using(before):
        monkeypatch.delenv("ATLAS_DATA", raising=False)
    open_catalogue()


def test_the_folder_that_atlas_data_names_is_opened(folder, edit, named):
    opened = named(edit("services.csv", "Iquitos", "Iquitoz"))
    assert catalogue() is opened
    assert opened.folder == folder
    assert load_services()["city"].eq("Iquitoz").any()


def _of_other_tables(folder):
    path = folder / PACKAGE_FILE
    package = json.loads(path.read_bytes())
    made = [{"kind": "complaints", "file": "a b.csv"}, {"kind": "police", "file": "p.xlsx"}]
    path.write_text(json.dumps({**package, "tables_version": 5, "refreshes": made}), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (shutil.rmtree, r"datapackage\.json: found no such file.*KIND FILE"),
        (lambda folder: (folder / PACKAGE_FILE).write_text("[1]"), "expected a data package"),
        (
            lambda folder: (folder / "tables" / "towns.csv").unlink(),
            r"tables/towns\.csv: found no such file",
        ),
        (
            lambda folder: edit_table(folder, "services.csv", "Iquitos", "Iquitoz"),
            r"tables/services\.csv: found sha256",
        ),
        (
            _of_other_tables,
            "found tables_version 5; expected tables_version 6.*"
            "refresh complaints 'a b.csv' --out .* && "
            "ATLAS_DATA=.* refresh police p.xlsx --previous .* --out",
        ),
        (
            lambda folder: edit_table(folder, "../datapackage.json", "tables/towns", "../towns"),
            "expected a path inside the data folder",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_stops_the_start(folder, named, spoil, match):
    """The line says which file, and which command makes the folder anew."""
    before = catalogue()
    spoil(folder)
    with refused(match):
        named(folder)
    assert catalogue() is before


@pytest.mark.parametrize(
    ("file", "old", "new", "load", "match"),
    [
        ("routes.csv", "purpose_es", "purpose_xx", load_routes, "'purpose_es' missing"),
        (
            *("mining_zones.csv", "La Pampa,La Pampa,17,", "La Pampa,La Pampa,99,"),
            *(load_mining_zones, "line 2: found '99' in column 'department_ubigeo'"),
        ),
        (
            *("complaints.csv", ",301,complaint,", ",300,complaint,", load_complaints),
            "found 1,975 in 2007-01/2014-04; expected 1,976",
        ),
        (
            *("crosswalk.csv", "\nCALLAO,", "\nEL CALLAO,", load_complaints),
            "'CALLAO' in column 'fiscal_district'",
        ),
        (
            *("article_regions.csv", "S", "X", partial(load_table, "article_regions")),
            "a code of the table 'sources'",
        ),
        (
            *("population_national.csv", "32131400", "32131401", load_population),
            "32,131,400 residents in 2019",
        ),
        (
            *("departments_full.geojson", '_ubigeo":"17"', '_ubigeo":"16"', load_departments),
            "none for 17",
        ),
        (
            *("rivers.geojson", '"scalerank"', '"rank"', load_rivers),
            "line 2: found feature 1 without scalerank",
        ),
    ],
)
def test_a_faulty_file_is_named_with_its_line(folder, edit, file, old, new, load, match):
    edit(file, old, new)
    with pytest.raises(DataError, match=match), reading(folder):
        load()


@pytest.mark.parametrize(
    ("load", "column"),
    [
        (load_places.tiered, "district"),
        (partial(load_table.tiered, "population"), "department"),
        (partial(load_region_counts.tiered, "2023"), "department"),
    ],
)
def test_a_frame_is_a_copy(load, column):
    first = load()
    before = first.frame.loc[0, column]
    first.frame.loc[0, column] = "spoiled"
    first.card["name"] = "spoiled"
    second = load()
    assert second.frame.loc[0, column] == before != "spoiled"
    assert second.card["name"] != "spoiled"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"tier": "T2"}, "found tier T2; expected tier T0 or T1"),
        ({"tier": None}, "found tier None; expected tier T0 or T1"),
        ({"sources": []}, "found a card without sources"),
        ({"licenses": [], "licence_statement": ""}, "found a card without licence"),
    ],
)
def test_what_is_not_published_and_cited_leaves_no_loader(folder, change, match):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["name"] in ("services", "rivers"):
            resource.update(change)
    path.write_text(json.dumps(package), encoding="utf-8")
    for load in (load_services, load_rivers):
        with pytest.raises(DataError, match=match), reading(folder):
            load()


def test_no_name_carries_a_footnote_or_an_invisible_sign():
    names = {"department", "province", "district", "capital", "name", "place", "town", "label"}
    wrong = []
    for name in (
        resource for resource in resource_names() if descriptor_of(resource)["format"] == "csv"
    ):
        table = load_table(name)
        for column in names & set(table.columns):
            for text in table[column].dropna():
                is_marked = re.search(r"\s{2}|^\s|\s$|\d+/$|[*†‡]|[\u00a0\ufeff]", text)
                if is_marked or not text.isprintable():
                    wrong.append((name, column, ascii(text)))
    assert not wrong


def test_a_corrected_cell_is_named_with_its_old_value():
    for name in resource_names():
        for correction in descriptor_of(name).get("corrections", ()):
            table = load_table(name)
            for key, value in correction["row"].items():
                table = table[table[key] == value]
            assert (
                table[correction["column"]].tolist() == [correction["now"]] != [correction["was"]]
            )
            assert correction["reason"]
            assert correction["source"]
