"""The check of the whole catalogue lists every fault and never raises."""

import json
from pathlib import Path

import pytest

from data.catalogue import load_package, load_table, resource_names
from data.population import population_of_year
from data.reports import load_police_counts, load_region_counts
from data.sealing import seal
from data.validation import loader_faults, validate_catalogue
from geo.crs import PERU_BOUNDS
from geo.errors import DataError
from tests.spoilt_data import copy_of_data, edit_table, reading


def _all_faults(root, passed=()):
    """Faults by the name of the file without its folder."""
    reports = validate_catalogue(root, passed=passed)
    return {report.file.split("/")[-1]: report.faults for report in reports}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """What one check says of a folder with a fault of its own in each of nine files."""
    folder = copy_of_data(tmp_path_factory.mktemp("spoilt"))
    edit_table(folder, "mining_zones.csv", ",-69.26762,-12.42777,", ",69.26762,-12.42777,")
    edit_table(
        folder, "mining_zones.csv", "MZ001,La Pampa,La Pampa,17,", "MZ001,La Pampa,La Pampa,99,"
    )
    edit_table(folder, "mining_zones.csv", "status_es", "estado")
    edit_table(folder, "service_places.csv", "MIMP001,CEM,", "MIMP001,HRT,")
    edit_table(folder, "complaints.csv", ",301,complaint,", ",300,complaint,")
    edit_table(folder, "national_figures.csv", ",complaint,denuncia,", ",,denuncia,")
    edit_table(folder, "related_offences.csv", "153-C,2,", "153-C,3,")
    people = (folder / "tables" / "population.csv").read_text(encoding="utf-8")
    (line,) = [row for row in people.splitlines() if row.startswith("17,2012,old_projection")]
    figure = population_of_year(2012)["17"]
    edit_table(folder, "population.csv", line, line.replace(f",{figure},", f",{figure + 7},"))
    seal(folder)
    with pytest.raises(DataError, match="reported_count of 2019 sums to 27"), reading(folder):
        load_table("related_offences")
    edit_table(folder, "services.csv", "Iquitos", "Iquitoz")
    tables = folder / "tables"
    outlines = tables / "neighbours.geojson"
    outlines.write_bytes(outlines.read_bytes()[:5000])
    routes = tables / "routes.csv"
    routes.write_bytes(routes.read_bytes().replace("ó".encode(), b"\xf3", 1))
    (tables / "towns.csv").unlink()
    return _all_faults(folder)


def test_the_shipped_catalogue_has_no_fault():
    reports = validate_catalogue()
    assert len(reports) == len(resource_names())
    assert [report.faults for report in reports] == [[]] * len(reports)
    assert sum(report.rows for report in reports) > 6000


LISTED = {
    "mining_zones.csv": [
        'Label "estado" in field status_es',
        'line 2: Row at position "2" violates the foreign key',
        'line 11: The cell "69.26762"',
    ],
    # either way of adding; what a loader then refuses is listed already and not said again
    "complaints.csv": [
        "2007-01/2014-04 as published adds up to 1,975; expected 1,976",
        "2007-01/2014-04 mapped to departments adds up to 1,975",
    ],
    "services.csv": ["expected sha256:"],
    "service_places.csv": ['line 2: The cell "HRT"'],
    "towns.csv": ["no such file"],
    "neighbours.geojson": ["no FeatureCollection", "5,000 bytes"],
    "routes.csv": [""],  # in another encoding
    # where nobody printed a total, the sum as shipped guards the resealed table
    "population.csv": [
        "2012 sums to 30,135,882 in 25 rows; expected 30,135,875 in 25 rows",
        "sum of the 25 rows as shipped",
    ],
    "related_offences.csv": [
        "reported_count of 2019 sums to 27 in 18 rows; expected 26 in 18 rows"
    ],
}


def test_all_faults_of_a_file_are_listed(spoilt):
    for file, faults in LISTED.items():
        assert spoilt[file]
        for fault in faults:
            assert fault in "\n".join(spoilt[file])
    assert len(spoilt["complaints.csv"]) == 2
    assert (spoilt["crosswalk.csv"], spoilt["departments_full.geojson"]) == ([], [])


def test_a_count_without_unit_is_told_with_its_line(spoilt):
    """Every schema requires unit and registry, counts from 0, and positions in Peru."""
    (fault,) = spoilt["national_figures.csv"]
    assert 'line 5: The cell "" in row at position "5" and field "unit"' in fault
    for resource in load_package()["resources"]:
        fields = resource.get("schema", {}).get("fields", [])
        rules = {entry["name"]: entry.get("constraints", {}) for entry in fields}
        if "reported_count" in rules or "value" in rules:
            count = rules.get("reported_count") or rules["value"]
            assert count["minimum"] == 0
            assert all(name in resource or rules[name]["required"] for name in ("unit", "registry"))
        if "longitude" in rules and resource["name"] != "route_waypoints":
            bounds = [
                rules[n][m] for m in ("minimum", "maximum") for n in ("longitude", "latitude")
            ]
            assert tuple(bounds) == PERU_BOUNDS


def test_a_catalogue_that_is_no_json_is_one_report(folder):
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    (report,) = validate_catalogue(folder)
    assert report.file == "datapackage.json"
    assert report.faults


def test_sealing_changes_only_what_changed(folder, edit):
    edit("services.csv", "Iquitos", "Iquitoz", sealed=False)
    assert seal(folder) == ["services"]
    assert seal(folder) == []


def _without(folder, table, start):
    """Remove the one line that begins so, and seal."""
    path = folder / "tables" / table
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    rest = [line for line in lines if not line.startswith(start)]
    assert len(rest) == len(lines) - 1
    path.write_text("".join(rest), encoding="utf-8", newline="\n")
    seal(folder)


def test_lost_rows_are_told(folder):
    """Missing rows are reported: counts that cannot load, and rows of related offences by year."""
    _without(folder, "population.csv", "17,2023,projection_2018_2026,")
    _without(folder, "related_offences.csv", "2019,CALLAO,Esclavitud")
    with pytest.raises(DataError, match=r"24 departments in 2023"), reading(folder):
        load_region_counts("2023")
    faults = _all_faults(folder, passed=resource_names())
    (fault,) = faults["population.csv"]
    assert "2023" in fault
    assert "24" in fault
    (fault,) = faults["related_offences.csv"]
    assert "sums to 25 in 17 rows; expected 26 in 18 rows" in fault


def test_what_only_a_loader_sees_is_told(folder):
    """Outlines in the wrong department are reported; a known fault hides no other of its file."""
    path = folder / "tables" / "departments_simplified.geojson"
    outlines = path.read_text(encoding="utf-8")
    changed = outlines.replace('"department_ubigeo":"17"', '"department_ubigeo":"16"')
    assert changed != outlines
    path.write_text(changed, encoding="utf-8")
    _without(folder, "population.csv", "17,2023,projection_2018_2026,")
    known = {"population.csv": ["line 9: a fault of another row"]}
    with reading(folder):
        faults = {Path(file).name: fault for file, fault in loader_faults(known)}
    assert set(faults) == {"departments_simplified.geojson", "population.csv"}
    assert "none for 17" in faults["departments_simplified.geojson"]
    assert "24 departments in 2023" in faults["population.csv"]


def test_a_loader_that_breaks_otherwise_is_a_fault_of_the_catalogue(folder, monkeypatch):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        resource.pop("registry", None)
    path.write_text(json.dumps(package), encoding="utf-8")
    calls = [(load_police_counts, {"table": "police_provinces"})]
    monkeypatch.setattr("data.validation._loader_calls", lambda: calls)
    faults = "\n".join(_all_faults(folder, passed=resource_names())["datapackage.json"])
    assert "load_police_counts(table='police_provinces') fails: KeyError" in faults
