"""The check of the whole catalogue lists every fault and never raises."""

from data.catalogue import resource_names
from data.sealing import seal
from data.validation import validate_catalogue


def _faults(root, table):
    return next(item.faults for item in validate_catalogue(root) if item.file.endswith(table))


def test_the_shipped_catalogue_has_no_fault():
    """What is shipped passes both readers."""
    reports = validate_catalogue()
    assert len(reports) == len(resource_names())
    assert [report.faults for report in reports] == [[]] * len(reports)
    assert sum(report.rows for report in reports) > 6000


def test_all_faults_of_a_table_are_listed(folder, edit):
    """Three planted faults, three lines named, in one pass."""
    edit("mining_zones.csv", ",-69.26762,-12.42777,", ",69.26762,-12.42777,")
    edit("mining_zones.csv", "MZ001,La Pampa,La Pampa,17,", "MZ001,La Pampa,La Pampa,99,")
    edit("mining_zones.csv", "status_es", "estado")
    faults = "\n".join(_faults(folder, "mining_zones.csv"))
    assert "column 'status_es' missing" in faults
    assert "line 2: department_ubigeo '99' is not in departments" in faults
    assert "position 69.26762, -12.42777 is not in Peru" in faults


def test_a_changed_total_is_told_before_and_after_the_crosswalk(folder, edit):
    """The total of the window is 1,976 whichever way it is added."""
    edit("complaints.csv", ",301,complaint,", ",300,complaint,")
    faults = "\n".join(_faults(folder, "complaints.csv"))
    assert "2007-01/2014-04 as published adds up to 1,975; expected 1,976" in faults
    assert "2007-01/2014-04 mapped to departments adds up to 1,975" in faults


def test_a_count_without_unit_is_told_with_its_line(folder, edit):
    """Unit and registry stand beside every count."""
    edit("national_figures.csv", ",complaint,denuncia,", ",,denuncia,")
    assert any("value without unit" in fault for fault in _faults(folder, "national_figures.csv"))


def test_a_changed_byte_and_a_missing_file_are_told(folder, edit):
    """Other files are still checked when one is gone."""
    edit("services.csv", "Iquitos", "Iquitoz", sealed=False)
    (folder / "tables" / "towns.csv").unlink()
    assert any("expected sha256:" in fault for fault in _faults(folder, "services.csv"))
    assert _faults(folder, "towns.csv") == ["no such file"]
    assert _faults(folder, "routes.csv") == []


def test_a_truncated_geojson_is_told(folder):
    """Half a file is a fault, not a crash."""
    path = folder / "tables" / "neighbours.geojson"
    path.write_bytes(path.read_bytes()[:5000])
    faults = "\n".join(_faults(folder, "neighbours.geojson"))
    assert "no FeatureCollection" in faults
    assert "5,000 bytes" in faults


def test_a_catalogue_that_is_no_json_is_one_report(folder):
    """Nothing raises, whatever the folder holds."""
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    (report,) = validate_catalogue(folder)
    assert report.file == "datapackage.json"
    assert report.faults


def test_bytes_that_are_no_text_are_told(folder):
    """A table in another encoding is named."""
    path = folder / "tables" / "routes.csv"
    path.write_bytes(path.read_bytes().replace("ó".encode(), b"\xf3", 1))
    assert _faults(folder, "routes.csv")


def test_sealing_changes_only_what_changed(folder, edit):
    """After a wanted edit one card is new, and a second seal finds nothing."""
    edit("services.csv", "Iquitos", "Iquitoz", sealed=False)
    assert seal(folder) == ["services"]
    assert seal(folder) == []
    assert _faults(folder, "services.csv") == []
