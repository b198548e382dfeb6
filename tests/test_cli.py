"""The command line: answers on stdout, a fault is one line on stderr and exit code 2."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import cli
from data.catalogue import PACKAGE_FILE
from data.catalogue import ROOT as DATA
from data.geography import load_departments
from data.periods import parse_period
from geo.crs import ANALYSIS_CRS
from tests.other_process import command as run_here
from tests.parsed_html import parse

ROOT = Path(cli.__file__).resolve().parent
KEYS = [
    "department_ubigeo", "department", "population", "person_years", "rate_per_100k",
    "reported_count", "unit", "registry", "base", "exposure", "expected", "smr", "smr_low",
    "smr_high", "p_value", "q_value", "holm_p_value", "p_value_chance", "verdict", "flags",
]  # fmt: skip
BOX = "\u2500\u2502\u256d\u2570\u256e\u256f\u250c\u2514"


@pytest.fixture
def run():
    """Return a function that runs the program in this process: code, stdout, stderr."""
    return lambda *arguments: run_here(list(arguments))


def assert_refused(code: int, out: str, err: str) -> None:
    """One plain line for the reader, nothing for the next program in the pipe."""
    assert (code, out) == (2, "")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert len(err.strip()) > 20
    assert "Traceback" not in err
    assert not set(BOX) & set(err)


def test_regions_json_is_one_array_of_25_objects(run):
    """The published figures: 178 complaints in Madre de Dios against 8.2 expected."""
    code, out, err = run("regions", "--period", "2007-01/2014-04", "--format", "json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert len(rows) == 25
    assert all(list(row) == KEYS for row in rows)
    assert [row["department_ubigeo"] for row in rows] == [f"{n:02d}" for n in range(1, 26)]
    assert sum(row["reported_count"] for row in rows) == 1976
    found = rows[16]
    assert (found["department"], found["reported_count"]) == ("Madre de Dios", 178)
    assert found["smr"] == pytest.approx(21.58, abs=0.01)
    assert found["smr"] == pytest.approx(found["reported_count"] / found["expected"])
    assert (found["unit"], found["verdict"]) == ("complaint", "above")


def test_lima_in_2022_is_shown_and_never_ranked(run):
    """99 offences reported in an incomplete year: the count stands, every test is null."""
    code, out, err = run("regions", "--period", "2022", "--format", "json")
    lima = json.loads(out)[14]
    assert (code, err) == (0, "")
    assert (lima["reported_count"], lima["verdict"]) == (99, "untestable")
    nulls = ["expected", *(key for key in KEYS if key.startswith(("smr", "p_", "q_", "holm")))]
    assert nulls == [key for key in nulls if lima[key] is None]
    assert "not_ranked" in lima["flags"]


def test_csv_and_table_hold_the_same_rows(run):
    """Every way of printing shows the same 25 departments and the same columns."""
    from atlas.results.regions import results_for

    expected = results_for(parse_period("2023"))
    _, out, _ = run("regions", "--period", "2023", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == KEYS
    assert [int(row["reported_count"]) for row in rows] == expected["reported_count"].tolist()
    assert [float(row["smr"]) for row in rows] == expected["smr"].tolist()
    _, table, _ = run("regions", "--period", "2023")
    lines = table.splitlines()
    assert lines[0].split() == KEYS
    assert len(lines) == 26
    start_of = lines[0].index("reported_count")
    assert [int(line[start_of:].split()[0]) for line in lines[1:]] == expected[
        "reported_count"
    ].tolist()


def test_density_is_a_geotiff_that_keeps_the_total(run, tmp_path):
    """Tiled, packed, in the analysis projection; density times area is the count to 0.1 %."""
    import rasterio

    out = tmp_path / "density.tif"
    code, stdout, err = run("density", "--period", "2023", "--cell-km", "10", "--out", str(out))
    assert (code, stdout) == (0, "")
    assert err.count("\n") == 1
    with rasterio.open(out) as raster:
        values = raster.read(1)
        assert raster.profile["tiled"]
        assert raster.compression is not None
        assert raster.crs == rasterio.CRS.from_wkt(ANALYSIS_CRS.to_wkt())
        assert raster.res == (10_000, 10_000)
        tags = {**raster.tags(), **raster.tags(1)}
    from atlas.results.regions import results_for

    total = results_for(parse_period("2023"))["reported_count"].sum()
    assert np.nansum(values.astype(float)) * 100 == pytest.approx(total, rel=1e-3)
    assert "km" in tags["units"]
    assert tags["PERIOD"] == "2023"
    assert tags["COUNTED"] == "reported offence"
    assert tags["SOURCE"]
    assert tags["REGISTRY"]
    assert "not for operations" in tags["CAVEAT"]


def test_automatic_bandwidth_and_another_kernel(run, tmp_path):
    """The measured bandwidth is told, and the file says which kernel made it."""
    import rasterio

    out = tmp_path / "density.tif"
    code, _, err = run(
        *("density", "--bandwidth-km", "auto", "--cell-km", "12", "--kernel", "quartic"),
        *("--out", str(out)),
    )
    assert code == 0, err
    with rasterio.open(out) as raster:
        assert raster.tags()["kernel"] == "quartic"
        assert raster.tags()["is_bandwidth_automatic"] == "True"


def test_map_is_one_file_that_fetches_nothing(run, tmp_path):
    """No address but data:, no style that loads, 25 regions even without scripts."""
    out = tmp_path / "map.html"
    code, stdout, _ = run("map", "--measure", "rate", "--lang", "en", "--out", str(out))
    assert (code, stdout) == (0, "")
    text = out.read_text(encoding="utf-8")
    fetching = ("src", "srcset", "data", "poster", "action", "background", "href", "xlink:href")
    addresses = [
        node.attributes[name] or ""
        for node in parse(text.encode()).walk()
        for name in fetching
        if name in node.attributes and not (node.name == "a" and "href" in name)
    ]  # a link that waits for a click fetches nothing
    assert [url for url in addresses if not url.startswith(("data:", "#"))] == []
    still = text[text.index("<noscript>") : text.index("</noscript>")]
    for name in load_departments(simplified=True)["department"]:
        assert f">{name.upper()}</text>" in still
    assert "@import" not in text
    assert '<html lang="en"' in text


@pytest.mark.parametrize("where", ["missing/a.geojson", "", "file/a.geojson"])
def test_a_place_that_cannot_be_written_is_refused(run, tmp_path, where):
    """A missing folder, a folder in place of a file, a file in place of a folder."""
    (tmp_path / "file").write_bytes(b"old")
    assert_refused(*run("geojson", "--out", str(tmp_path / where)))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"
    assert list(tmp_path.parent.glob(f".{tmp_path.name}*")) == []


def test_a_link_keeps_pointing_and_a_device_is_no_file(run, tmp_path):
    """The target of a link is written; what is neither a file nor new is refused."""
    (tmp_path / "real.geojson").write_bytes(b"old")
    (tmp_path / "link.geojson").symlink_to(tmp_path / "real.geojson")
    code, _, _ = run("geojson", "--out", str(tmp_path / "link.geojson"))
    assert code == 0
    assert (tmp_path / "link.geojson").is_symlink()
    assert (tmp_path / "real.geojson").read_bytes().startswith(b'{"type":"FeatureCollection"')
    os.mkfifo(tmp_path / "pipe")
    assert_refused(*run("geojson", "--out", str(tmp_path / "pipe")))
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_stdout_is_one_line():
    """What could not be printed is said on stderr, once, and the exit code is 2."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "cli.py", "regions", "--format", "json"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot write the answer" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_of_somebody_else_is_refused(run, tmp_path):
    """Read-only folders stay as they are."""
    tmp_path.chmod(0o555)
    assert_refused(*run("geojson", "--out", str(tmp_path / "a.geojson")))


def test_the_old_file_stays_until_the_new_one_is_whole(run, tmp_path, monkeypatch):
    """A disk that fills up while writing costs nothing that was there."""
    out = tmp_path / "a.geojson"
    out.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, stdout, err = run("geojson", "--out", str(out))
    assert_refused(code, stdout, err)
    assert "No space left" in err
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_data_folder_that_is_broken_is_one_line(run, data_folder, tmp_path):
    """The reader of a spoilt copy is told the file, not shown our code."""
    data_folder(tmp_path)
    code, stdout, err = run("regions", "--format", "json")
    assert_refused(code, stdout, err)
    assert PACKAGE_FILE in err


def test_the_catalogue_check_passes_and_lists_every_planted_fault(run, tmp_path):
    """0 on what is shipped; 1 on a spoilt copy, with all faults and no traceback."""
    code, out, err = run("catalogue", "check")
    assert (code, err) == (0, "")
    assert all(line.endswith("ok") for line in out.splitlines())
    shutil.copytree(DATA / "tables", tmp_path / "tables")
    shutil.copy(DATA / PACKAGE_FILE, tmp_path)
    zones = tmp_path / "tables" / "mining_zones.csv"
    text = zones.read_text(encoding="utf-8")
    assert "MZ001,La Pampa,La Pampa,17," in text
    zones.write_text(
        text.replace("MZ001,La Pampa,La Pampa,17,", "MZ001,La Pampa,La Pampa,99,").replace(
            ",-69.26762,", ",69.26762,"
        ),
        encoding="utf-8",
    )
    (tmp_path / "tables" / "towns.csv").unlink()
    code, out, err = run("catalogue", "check", "--folder", str(tmp_path))
    assert (code, err) == (1, "")
    for fault in ("expected hash", '"99"', '"69.26762"', "no such file"):
        assert fault in out
    assert "routes.csv" in out
    assert "Traceback" not in out


def printed(monkeypatch, encoding: str, arguments: tuple[str, ...]) -> str:
    """What a command writes to a terminal of an encoding, read back as that."""
    bare = io.BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["cli.py", *arguments])
        patch.setattr(sys, "stdout", io.TextIOWrapper(bare, encoding))
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert stopped.value.code in (0, 1)
        sys.stdout.flush()
        return bare.getvalue().decode(encoding)


def spelled(text: str) -> str:
    """Text whose signs were written as JSON writes them, as it was."""
    return re.sub(r"(?:\\u[0-9a-f]{4})+", lambda found: json.loads(f'"{found[0]}"'), text)


PRINTED = [
    *(("regions", "--format", one) for one in ("json", "csv")),
    ("travel-times", "--network", "NETWORK", "--from", "PLACES", "--to", "PLACES"),
    ("records", "check", "RECORDS", "--lang", "es"),
]
"""Commands whose answers have other signs than ASCII's, one of each way of printing them."""


def test_a_file_s_name_steers_no_terminal(run, tmp_path: Path) -> None:
    """Signs of an escape are written out in the one line of a refusal."""
    path = tmp_path / "bad\x1b[31m.geojson"
    path.write_text("{")
    code, _, err = run("sites", "--exclude", str(path))
    assert code == 2
    assert "\x1b" not in err
    assert "bad\\x1b[31m.geojson" in err


@pytest.mark.parametrize("command", PRINTED)
def test_no_encoding_stops_an_answer(monkeypatch, tmp_path, command):
    """What the terminal lacks is written as JSON writes it: nothing is lost, JSON stays JSON."""
    from tests.osm_files import osm_text

    files = {
        "NETWORK": osm_text(
            {1: (-74.5, -13.2), 2: (-74.5, -13.3)}, [((1, 2), {"highway": "primary"})]
        ),
        "PLACES": "name,longitude,latitude\nÑahuín – Ω,-74.5,-13.2\nB,-74.5,-13.3\n",
        "RECORDS": "fecha,distrito,provincia,departamento\nayer – Ω,Junín,Junín,Junín\n",
    }
    for file, text in files.items():
        path = tmp_path / f"{file}.{'osm' if file == 'NETWORK' else 'csv'}"
        path.write_text(text, encoding="utf-8")
        command = tuple(str(path) if one == file else one for one in command)
    whole = printed(monkeypatch, "utf-8", command)
    for encoding in ("ascii", "cp437"):
        narrow = printed(monkeypatch, encoding, command)
        assert spelled(narrow) == whole
        if "json" in command:
            assert json.loads(narrow) == json.loads(whole)


def test_a_closed_stdout_is_nobody_to_answer():
    """The command does its work and says nothing."""
    command = f"{sys.executable} cli.py regions --format csv >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=90)
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_command_takes_a_language():
    """For messages and headings of tables; JSON keys, CSV columns and codes never change."""
    for name in _commands(cli.app):
        shown = CliRunner().invoke(cli.app, [*name, "--help"])
        assert "--lang" in shown.output, name
    asked = ["level", "--format", "table"]
    tables = {lang: _printed([*asked, *lang]) for lang in ((), ("--lang", "es"), ("--lang", "en"))}
    assert tables[()].startswith("department_ubigeo")
    assert tables["--lang", "es"].startswith("Código del departamento")
    assert "Level, times the country" in tables["--lang", "en"]
    for style in ("json", "csv"):
        plain = _printed(["level", "--format", style])
        assert plain == _printed(["level", "--format", style, "--lang", "es"])
    refused = CliRunner().invoke(cli.app, ["regions", "--registry", "x", "--lang", "es"])
    assert "se permite mpfn" in refused.stderr
    assert "allowed are" in CliRunner().invoke(cli.app, ["regions", "--registry", "x"]).stderr
    unknown = CliRunner().invoke(cli.app, ["regions", "--lang", "xx"])
    assert (unknown.exit_code, unknown.stdout) == (2, "")


def _commands(app: typer.Typer, before: tuple[str, ...] = ()) -> list[list[str]]:
    """The words of every command of a program."""
    names = [
        [*before, command.name or command.callback.__name__.replace("_", "-")]
        for command in app.registered_commands
    ]
    for group in app.registered_groups:
        names += _commands(group.typer_instance, (*before, group.name))
    return names


def _printed(options: list[str]) -> str:
    result = CliRunner().invoke(cli.app, options)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("worded", "coded"),
    [
        ("regions --registry Policía --period 2022", "regions --registry police --period 2022"),
        ("regions --base habitantes --level Departamentos", "regions"),
        (
            "series --registry fiscalia --department Loreto",
            "series --registry mpfn --department 16",
        ),
    ],
)
def test_the_pages_words_stand_for_codes(worded, coded):
    """In either language, whatever the capitals and accents."""
    tables = [_printed([*text.split(), "--format", "csv"]) for text in (worded, coded)]
    assert tables[0] == tables[1]
