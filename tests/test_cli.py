"""The command line: answers on stdout, a fault is one line on stderr and exit code 2."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from atlas.commands import NO_LONGER_OFFERED
from atlas.results.regions import results_for
from atlas.rows import Region
from data.catalogue import PACKAGE_FILE, ROOT
from data.geography import load_departments
from data.periods import parse_period
from data.validation import FileReport
from tests.other_process import run
from tests.parsed_html import parse

pytestmark = pytest.mark.usefixtures("one_catalogue")
KEYS = [*Region.model_fields]
BOX = "\u2500\u2502\u256d\u2570\u256e\u256f\u250c\u2514"


def assert_refused(code: int, out: str, err: str) -> None:
    """One plain line for the reader, nothing for the next program in the pipe."""
    assert (code, out) == (2, "")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert len(err.strip()) > 20
    assert "Traceback" not in err
    assert not set(BOX) & set(err)


def test_regions_json_is_one_array_of_25_objects():
    code, out, err = run("regions", "--period", "2007-01/2014-04", "--format", "json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert len(rows) == 25
    assert all(list(row) == KEYS for row in rows)
    assert [row["department_ubigeo"] for row in rows] == [f"{n:02d}" for n in range(1, 26)]
    assert sum(row["reported_count"] for row in rows) == 1976
    region = rows[16]
    assert (region["department"], region["reported_count"]) == ("Madre de Dios", 178)
    assert region["smr"] == pytest.approx(21.58, abs=0.01)
    assert region["smr"] == pytest.approx(region["reported_count"] / region["expected"])
    assert (region["unit"], region["verdict"]) == ("complaint", "above")


def test_csv_and_table_hold_the_same_rows():
    expected = results_for(parse_period("2023"))
    _, out, _ = run("regions", "--period", "2023", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == KEYS
    assert [int(row["reported_count"]) for row in rows] == expected["reported_count"].tolist()
    assert [float(row["smr"]) for row in rows] == expected["smr"].tolist()
    head, *lines = run("regions", "--period", "2023")[1].splitlines()
    start = head.index("reported_count")
    assert [int(line[start:].split()[0]) for line in lines] == expected["reported_count"].tolist()


def test_map_is_one_file_that_fetches_nothing(tmp_path):
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
        assert f">{name.upper()}" in still
    assert "@import" not in text
    assert '<html lang="en"' in text


@pytest.mark.parametrize("where", ["missing/a.geojson", "", "file/a.geojson"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, where):
    (tmp_path / "file").write_bytes(b"old")
    assert_refused(*run("geojson", "--out", str(tmp_path / where)))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"
    assert list(tmp_path.parent.glob(f".{tmp_path.name}*")) == []


def test_a_link_keeps_pointing_and_a_device_is_no_file(tmp_path):
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
def test_a_full_disk_behind_stdout_is_one_line(monkeypatch, capsys):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "argv", ["cli.py", "regions", "--format", "json"])
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot write the answer" in line


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
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


@pytest.mark.parametrize("start", [["cli.py", "regions"], ["-c", "import app"]])
def test_a_data_folder_that_cannot_be_used_stops_the_start(tmp_path, start):
    """Commands and server: one line that names the file and what makes the folder anew."""
    (tmp_path / "refreshed.json").write_text("{}")  # as an earlier edition left it
    done = subprocess.run(
        [sys.executable, *start],
        env={**os.environ, "ATLAS_DATA": str(tmp_path)},
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_refused(done.returncode, done.stdout, done.stderr)
    assert PACKAGE_FILE in done.stderr
    assert "cli.py refresh KIND FILE --out" in done.stderr


def test_the_catalogue_check_lists_every_fault(tmp_path, monkeypatch):
    """Code 0 if every file is as its card says, 1 with the faults listed otherwise."""
    sound, faulty = FileReport("a.csv", 3), FileReport("b.csv", 2, ["no such file", "line 2: x"])
    reports = {str(tmp_path): [sound, faulty], "None": [sound]}
    monkeypatch.setattr("data.validation.validate_catalogue", lambda root: reports[str(root)])
    code, out, err = run("catalogue", "check")
    assert (code, err) == (0, "")
    assert out.split() == ["a.csv:", "3", "rows,", "ok"]
    code, out, err = run("catalogue", "check", "--folder", str(tmp_path))
    assert (code, err) == (1, "")
    for words in ("a.csv", "b.csv", *faulty.faults):
        assert words in out


def printed(monkeypatch, encoding: str, arguments: tuple[str, ...]) -> str:
    """What a command writes to a terminal that names an encoding, read as UTF-8."""
    bare = io.BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["cli.py", *arguments])
        patch.setattr(sys, "stdout", io.TextIOWrapper(bare, encoding))
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert stopped.value.code in (0, 1)
        sys.stdout.flush()
        return bare.getvalue().decode("utf-8")


def test_a_file_s_name_steers_no_terminal(tmp_path):
    out = str(tmp_path / "d.tif")
    code, _, err = run("density", "--points", "bad\x1b[31m.csv", "--out", out)
    assert code == 2
    assert "\x1b" not in err
    assert "bad\\x1b[31m.csv" in err


@pytest.mark.parametrize("style", ["json", "csv", "table"])
def test_no_encoding_stops_an_answer(monkeypatch, style):
    command = ("regions", "--format", style)
    whole = printed(monkeypatch, "utf-8", command)
    assert not whole.isascii()
    assert printed(monkeypatch, "ascii", command) == printed(monkeypatch, "cp437", command) == whole


def test_a_closed_stdout_is_nobody_to_answer(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cli.py", "regions", "--format", "csv"])
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert (stopped.value.code, capsys.readouterr().err) == (0, "")


@pytest.mark.parametrize("asked", NO_LONGER_OFFERED)
def test_each_row_of_what_went_is_refused(asked):
    """A removed command, option or value is refused in one line with its own name."""
    name = asked[asked.index("--") :] if "--" in asked else asked
    option, _, value = name.partition(" ")
    joined = asked.replace(name, f"{option}={value or 'x'}")
    for line in (asked, joined) if "--" in asked else (asked, f"{asked} x.csv"):
        code, out, err = run(*line.split())
        assert_refused(code, out, err)
        assert err.startswith(f"{name} is no longer offered: "), line


def test_the_name_of_a_department_stands_for_its_code():
    asked = ("series", "--registry", "mpfn", "--format", "csv", "--department")
    answer = run(*asked, "Loreto")
    assert answer == run(*asked, "16")
    assert answer[0] == 0
